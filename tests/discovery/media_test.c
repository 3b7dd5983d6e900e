/* SPDX-License-Identifier: MIT */
#include "discovery/media.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "platform/file.h"

/*
 * Sticks are loop devices with ext4, which a tree like /sys says are plugged into USB.  The
 * boot stories stick-* have real ones, with all file systems.
 */

static char base[64], sys[96], where[96], logged[16384];
static struct loop loop;
static struct media media;
static struct media_find find;
static struct error e;
static char sticks[8][32]; /* "loop3" */
static unsigned stick_count;

static bool run(const char *format, ...) PRINTF_LIKE(1, 2);
static bool run(const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	return system(line) == 0;
}

static void keep(void *context, const struct log_entry *entry)
{
	size_t used = strlen(logged);

	(void)context;
	snprintf(logged + used, sizeof(logged) - used, "%c %s\n", "EWNID"[entry->level],
		 entry->line);
}

static bool told(const char *part)
{
	if (strstr(logged, part))
		return true;
	printf("\"%s\" is not in:\n%s", part, logged);
	return false;
}

static bool speaks_of(const char *device)
{
	char with_colon[48], with_blank[48];

	snprintf(with_colon, sizeof(with_colon), " %s:", device);
	snprintf(with_blank, sizeof(with_blank), " %s (", device);
	return strstr(logged, with_colon) || strstr(logged, with_blank);
}

static void clean(void)
{
	media_stop(&media);
	while (stick_count)
		(void)!run("losetup -d /dev/%s", sticks[--stick_count]);
	if (base[0])
		(void)!run("rm -rf '%s'", base);
	base[0] = '\0';
}

static void start(void)
{
	static bool first = true;
	char path[160];

	if (first)
		atexit(clean);
	first = false;
	clean();
	snprintf(base, sizeof(base), "/tmp/media-test-XXXXXX");
	CHECK(mkdtemp(base) != NULL);
	snprintf(sys, sizeof(sys), "%s/sys", base);
	snprintf(where, sizeof(where), "%s/mounted", base);
	snprintf(path, sizeof(path), "%s/block", sys);
	CHECK(file_make_directories(path, 0700, &e));
	logged[0] = '\0';
	log_to(keep, NULL);
	log_up_to(LOG_LEVEL_INFO);
	loop_start(&loop);
	media = (struct media){ .loop = &loop, .serial = "SN1", .where = where, .sys = sys };
	CHECK(media_start(&media, &e));
}

static void attribute(const char *name, const char *attribute, const char *text)
{
	char path[256], above[256];

	snprintf(path, sizeof(path), "%s/block/%s/%s", sys, name, attribute);
	snprintf(above, sizeof(above), "%s", path);
	*strrchr(above, '/') = '\0';
	CHECK(file_make_directories(above, 0700, &e));
	CHECK(file_write(path, bytes_of_text(text), 0600, &e));
}

/* Say that the block device @name is a stick. */
static void plug(const char *name)
{
	static unsigned diskseq = 100;
	char text[160], to[256];

	snprintf(text, sizeof(text), "%s/devices/usb1/1-1/1-1:1.0/host0/block/%s", sys, name);
	CHECK(file_make_directories(text, 0700, &e));
	snprintf(text, sizeof(text), "../devices/usb1/1-1/1-1:1.0/host0/block/%s", name);
	snprintf(to, sizeof(to), "%s/block/%s", sys, name);
	unlink(to);
	CHECK(symlink(text, to) == 0);
	attribute(name, "size", "8192\n");
	snprintf(text, sizeof(text), "%u\n", diskseq++);
	attribute(name, "diskseq", text);
}

static void unplug(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/block/%s", sys, name);
	CHECK(unlink(path) == 0);
}

/* Attach the file base/@image; the name of its device.  Devices come in no order: see sorted(). */
static const char *attach(const char *image, const char *options)
{
	char line[256], *name = sticks[stick_count];
	FILE *f;

	snprintf(line, sizeof(line), "losetup -f --show %s %s/%s", options, base, image);
	f = popen(line, "r");
	CHECK(f && fscanf(f, "/dev/%31s", name) == 1);
	CHECK(f && pclose(f) == 0);
	stick_count++;
	plug(name);
	return name;
}

/* base/@image: an ext4 file system with what the folder base/@content holds. */
static void make_image(const char *image, const char *content)
{
	CHECK(run("mkdir -p %s/%s && truncate -s 4M %s/%s && mke2fs -q -t ext4 -d %s/%s %s/%s", base,
		  content, base, image, base, content, base, image));
}

static void make_content(const char *content, const char *directory, const char *text)
{
	CHECK(run("d=%s/%s/%s && mkdir -p $d && cd $d && printf '%s' >conveyed-information.cms && "
		  "printf oc >owner-certificate.cms && printf ov >ownership-voucher.vcj",
		  base, content, directory, text));
}

static bool next(void)
{
	logged[0] = '\0';
	find = (struct media_find){ .device = "", .file_system = "", .directory = "", .root = "" };
	return media_next(&media, &find, &e);
}

static bool no_more(void)
{
	bool good = !next() && e.code == ERROR_LATER && strcmp(e.rule, "USB-15") == 0;
	bool mounted = rmdir(where) != 0 && errno != ENOENT;

	if (!good || mounted)
		printf("%s: %s %s%s\n", e.rule, e.text, find.device, mounted ? " mounted" : "");
	return good && !mounted;
}

TEST(a_machine_without_media, "USB-15")
{
	start();
	CHECK(no_more());
	media_begin_round(&media);
	CHECK(no_more());
	media_release(&media);
	CHECK_STR(logged, "");
	media_stop(&media);
	media_stop(&media);
	CHECK(loop.fds == NULL && loop.timers == NULL);
}

TEST(a_serial_number_that_is_no_directory_is_told, "USB-9")
{
	start();
	CHECK_STR(logged, "");
	media_stop(&media);
	media.serial = "../etc";
	CHECK(media_start(&media, &e));
	CHECK(told("W USB-9: serial ../etc"));
	media_stop(&media);
	logged[0] = '\0';
	media.serial = NULL; /* not known is not wrong */
	CHECK(media_start(&media, &e));
	CHECK(no_more());
	CHECK_STR(logged, "");
}

/* A pipe behaves like a drive that never answers; the loop turns meanwhile. */
static void tick(void *context)
{
	*(bool *)context = true;
}

TEST(a_device_that_hangs_is_given_up, "USB-15")
{
	char pipe[32], name[48]; /* "/dev/shm/../../tmp/media-1234" */
	struct loop_timer timer;
	bool ticked = false;

	start();
	snprintf(pipe, sizeof(pipe), "/tmp/media-%d", (int)getpid());
	snprintf(name, sizeof(name), "shm!..!..!tmp!media-%d", (int)getpid());
	CHECK(mkfifo(pipe, 0600) == 0);
	plug(name);
	media.read_ms = 200;
	timer = (struct loop_timer){ .expired = tick, .context = &ticked };
	loop_timer_set(&loop, &timer, loop_now_ms() + 20);
	CHECK(no_more());
	CHECK(told("does not answer, given up after 200 ms"));
	CHECK(ticked);
	CHECK(no_more()); /* not again in this round */
	CHECK_STR(logged, "");
	unlink(pipe);
}

TEST(what_is_no_device_is_told, "USB-15")
{
	start();
	plug("no-such-device");
	CHECK(no_more());
	CHECK(told("W no-such-device: No such file or directory"));
}

static void interface(const char *name, const char *class)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", sys, name);
	CHECK(file_make_directories(path, 0700, &e));
	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/bInterfaceClass", sys, name);
	CHECK(file_write(path, bytes_of_text(class), 0600, &e));
}

TEST(a_stick_without_its_disk_is_awaited, "USB-15")
{
	start();
	CHECK(!media_pending(&media));
	interface("2-1:1.0", "03\n"); /* a keyboard */
	CHECK(!media_pending(&media));
	interface("1-1:1.0", "08\n");
	CHECK(media_pending(&media));
	plug("sdx");
	CHECK(!media_pending(&media));
	unplug("sdx");
	CHECK(media_pending(&media));
	media.watch.started_ms -= CONFIG_MEDIA_ENUMERATE_MS;
	CHECK(media_pending(&media));
	/* Not for ever: a card reader may have no card. */
	media.watch.changed_ms -= CONFIG_MEDIA_SETTLE_MS;
	CHECK(!media_pending(&media));
}

TEST(a_machine_with_usb_waits_a_moment, "USB-15")
{
	start();
	interface("usb1", "");
	CHECK(media_pending(&media));
	media.watch.started_ms -= CONFIG_MEDIA_ENUMERATE_MS;
	CHECK(!media_pending(&media));
}

/* ---- with loop devices ---------------------------------------------------------------------
 */

/* Where there are none for us, the tests from here on do not exist. */
__attribute__((constructor)) static void without_loop_devices(void)
{
	static struct check_test *nobody;

	if (getuid() == 0 && access("/dev/loop-control", W_OK) == 0)
		return;
	printf("no loop devices here: only what needs none is tried\n");
	check_end = &nobody;
}

TEST(a_stick_is_read, "USB-1 USB-4 USB-5 USB-10")
{
	struct statvfs facts;
	char path[160];

	start();
	make_content("one", "EN9/SN1/bootstrapping-data", "mine");
	make_content("one", "EN9/SN2/bootstrapping-data", "not mine");
	make_image("one.img", "one");
	attach("one.img", "");
	CHECK(next());
	CHECK_STR(find.device, sticks[0]);
	CHECK_STR(find.file_system, "ext4");
	CHECK_STR(find.directory, "EN9/SN1/bootstrapping-data");
	CHECK_STR(find.root, where);
	CHECK(bytes_equal_text(find.conveyed_information, "mine"));
	CHECK(bytes_equal_text(find.owner_certificate, "oc"));
	CHECK(bytes_equal_text(find.ownership_voucher, "ov"));
	CHECK(told("N ") && told("(ext4): bootstrapping data in EN9/SN1/bootstrapping-data"));
	snprintf(path, sizeof(path), "%s/EN9", where);
	CHECK(statvfs(path, &facts) == 0);
	CHECK(facts.f_flag & ST_RDONLY && facts.f_flag & ST_NOSUID && facts.f_flag & ST_NODEV &&
	      facts.f_flag & ST_NOEXEC);
	media_release(&media);
	CHECK(access(path, F_OK) != 0); /* unmounted */
	media_release(&media);
	CHECK(no_more()); /* once a round */
	media_begin_round(&media);
	CHECK(next());
	media_stop(&media);
	CHECK(access(path, F_OK) != 0);
}

TEST(a_file_that_is_still_open_does_not_keep_it_mounted, "USB-10")
{
	char path[160], text[5] = "";
	int fd;

	start();
	make_content("one", "EN9", "mine");
	make_image("one.img", "one");
	attach("one.img", "");
	CHECK(next());
	snprintf(path, sizeof(path), "%s/EN9/conveyed-information.cms", where);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	media_release(&media);
	CHECK(access(path, F_OK) != 0);
	CHECK(read(fd, text, 4) == 4);
	CHECK_STR(text, "mine");
	close(fd);
}

/* Devices by name: losetup takes any free one. */
static int by_name(const void *a, const void *b)
{
	const char *left = a, *right = b;
	size_t n = strlen(left), m = strlen(right);

	return n != m ? (n < m ? -1 : 1) : strcmp(left, right);
}

/* The device's file gets the contents of @image. */
static void fill(const char *device, const char *image)
{
	CHECK(run("cd %s && dd if=%s of=%s bs=1M conv=notrunc status=none && "
		  "blockdev --flushbufs /dev/%s", base, image, device, device));
}

TEST(one_stick_after_the_other, "USB-15 USB-9 USB-8 USB-4 USB-6 USB-17")
{
	char line[128];

	start();
	CHECK(run("truncate -s 4M %s/garbage.img && yes | head -c 4M | dd of=%s/garbage.img conv=notrunc "
		  "status=none", base, base));
	make_content("other", "EN9/SN2", "other");
	make_image("other.img", "other");
	make_content("half", "EN9/SN1", "half");
	CHECK(run("rm %s/half/EN9/SN1/owner-certificate.cms", base));
	make_image("half.img", "half");
	CHECK(run("mkdir -p %s/photos/DCIM", base));
	make_image("photos.img", "photos");
	CHECK(run("head -c 4M /dev/zero >%s/swap.img && mkswap -q %s/swap.img 2>/dev/null", base, base));
	make_content("good", "EN9/SN1", "first");
	CHECK(run("touch %s/good/EN9/SN1/ztp_actions.cms", base));
	make_image("good.img", "good");
	make_content("again", "sztp", "second");
	make_image("again.img", "again");
	static const char *const images[] = { "garbage.img", "other.img", "half.img", "photos.img",
					      "swap.img", "good.img", "again.img" };
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		CHECK(run("truncate -s 4M %s/new", base));
		attach("new", "");
		CHECK(run("cd %s && mv new %s", base, sticks[i]));
	}
	qsort(sticks, stick_count, sizeof(sticks[0]), by_name);
	for (size_t i = 0; i < stick_count; i++)
		fill(sticks[i], images[i]);
	CHECK(next());
	CHECK_STR(find.device, sticks[5]);
	CHECK(bytes_equal_text(find.conveyed_information, "first"));
	snprintf(line, sizeof(line), "I %s: USB-4: no file system of", sticks[0]);
	CHECK(told(line));
	CHECK(!speaks_of(sticks[1])); /* silently */
	snprintf(line, sizeof(line), "W %s (ext4): USB-8: EN9/SN1: there is an ownership voucher",
		 sticks[2]);
	CHECK(told(line));
	snprintf(line, sizeof(line), "I %s (ext4): holds no bootstrapping data", sticks[3]);
	CHECK(told(line));
	snprintf(line, sizeof(line), "I %s: USB-4: no file system of", sticks[4]);
	CHECK(told(line));
	snprintf(line, sizeof(line), "I %s: USB-17: EN9/SN1/ztp_actions.cms is ignored", sticks[5]);
	CHECK(told(line));
	/* One is changed for another meanwhile: it belongs to this round. */
	unplug(sticks[1]);
	fill(sticks[1], "again.img");
	plug(sticks[1]);
	CHECK(next());
	CHECK_STR(find.device, sticks[1]);
	CHECK_STR(find.directory, "sztp");
	CHECK(!speaks_of(sticks[2]));
	/* One is pulled out before its turn. */
	unplug(sticks[6]);
	CHECK(no_more());
	CHECK_STR(logged, "");
	plug(sticks[6]);
	CHECK(next());
	CHECK_STR(find.device, sticks[6]);
	CHECK(no_more());
}

TEST(every_partition_is_a_medium, "USB-4 USB-15")
{
	char first[48];

	start();
	make_content("one", "EN9", "one");
	make_image("one.img", "one");
	make_content("two", "sztp/SN1", "two");
	make_image("two.img", "two");
	CHECK(run("cd %s && truncate -s 16M disk.img && "
		  "sgdisk -n 1:2048:+4M -n 2:0:+1M -n 3:0:+4M disk.img >/dev/null && "
		  "dd if=one.img of=disk.img bs=1M seek=1 conv=notrunc status=none && "
		  "dd if=two.img of=disk.img bs=1M seek=6 conv=notrunc status=none", base));
	attach("disk.img", "-P");
	snprintf(first, sizeof(first), "%sp1", sticks[0]);
	CHECK(run("[ -b /dev/%s ] || partx -a /dev/%s", first, sticks[0]));
	CHECK(next());
	CHECK_STR(find.device, first);
	CHECK(bytes_equal_text(find.conveyed_information, "one"));
	CHECK(next());
	snprintf(first, sizeof(first), "%sp3", sticks[0]);
	CHECK_STR(find.device, first);
	CHECK_STR(find.directory, "sztp/SN1");
	CHECK(bytes_equal_text(find.conveyed_information, "two"));
	CHECK(no_more());
}

/* With its journal not replayed: on a stick that cannot be written the kernel would have to. */
TEST(a_stick_that_was_not_unmounted, "USB-10")
{
	start();
	make_content("one", "EN9", "mine");
	make_image("one.img", "one");
	CHECK(run("cd %s && debugfs -w -R 'feature needs_recovery' one.img >/dev/null 2>&1 && "
		  "cp one.img before.img", base));
	attach("one.img", "-r");
	CHECK(next());
	CHECK(bytes_equal_text(find.conveyed_information, "mine"));
	CHECK(no_more());
	CHECK(run("losetup -d /dev/%s", sticks[0]));
	CHECK(run("cmp %s/one.img %s/before.img", base, base));
	stick_count = 0;
}

/* A file of it points to where nothing is. */
TEST(a_broken_file_system_is_a_failed_source, "USB-15")
{
	static const char part[] = " (ext2): EN9/SN1/conveyed-information.cms: ";
	bool warned;

	start();
	make_content("one", "EN9/SN1", "mine");
	CHECK(run("cd %s && truncate -s 4M one.img && mke2fs -q -t ext2 -d one one.img && "
		  "debugfs -w -R 'sif EN9/SN1/conveyed-information.cms block[0] 0x7fffff00' one.img "
		  "2>/dev/null", base));
	attach("one.img", "");
	make_content("two", "EN9/SN1", "two");
	make_image("two.img", "two");
	attach("two.img", "");
	CHECK(next());
	CHECK(bytes_equal_text(find.conveyed_information, "two"));
	warned = strstr(logged, part) != NULL;
	CHECK(no_more());
	CHECK(warned || told(part));
}

TEST(limits_are_settings, "USB-10")
{
	start();
	make_content("one", "EN9", "twelve bytes");
	make_image("one.img", "one");
	attach("one.img", "");
	media.file_max = 12;
	CHECK(next());
	media_begin_round(&media);
	media.file_max = 11;
	CHECK(no_more());
	CHECK(told("W ") && told("USB-10: EN9: conveyed-information.cms is larger than 11 bytes"));
	media_begin_round(&media);
	media.file_max = 0;
	media.set_max = 16;
	CHECK(next());
	media_begin_round(&media);
	media_release(&media);
	media.set_max = 15;
	CHECK(no_more());
	CHECK(told("USB-10: EN9: ownership-voucher.vcj is larger"));
}

static unsigned changes;

static void on_change(void *context)
{
	(void)context;
	changes++;
}

TEST(tells_when_a_device_comes_or_goes, "USB-15")
{
	bool never = false;
	int control, number;

	start();
	media.changed = on_change;
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	CHECK(control >= 0);
	changes = 0;
	number = ioctl(control, LOOP_CTL_ADD, 1000 + getpid() % 10000);
	CHECK(number >= 0);
	for (unsigned i = 0; !changes && i < 100; i++)
		(void)!loop_run_until(&loop, &never, loop_now_ms() + 50, &e);
	CHECK(changes > 0);
	changes = 0;
	CHECK(ioctl(control, LOOP_CTL_REMOVE, number) >= 0);
	for (unsigned i = 0; !changes && i < 100; i++)
		(void)!loop_run_until(&loop, &never, loop_now_ms() + 50, &e);
	CHECK(changes > 0);
	close(control);
}

/* SPDX-License-Identifier: MIT */
#include "discovery/media_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "platform/file.h"

/* A folder stands for the mounted medium. */

#define SERIAL "SN1"

static char base[64];
static int root = -1;
static uint8_t room[CONFIG_MEDIA_SET_MAX];
static struct media_files files;
static struct writer to;
static struct error e;

static void clean(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	if (base[0] && system(command) != 0)
		puts("cannot clean up");
	if (root >= 0)
		close(root);
	root = -1;
}

/* An empty medium. */
static void start(void)
{
	if (!base[0])
		atexit(clean);
	clean();
	snprintf(base, sizeof(base), "/tmp/media-files-test-XXXXXX");
	CHECK(mkdtemp(base) != NULL);
	root = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0);
}

static const char *in(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static void put(const char *name, const char *text)
{
	char above[256];

	snprintf(above, sizeof(above), "%s", in(name));
	*strrchr(above, '/') = '\0';
	CHECK(file_make_directories(above, 0700, &e));
	CHECK(file_write(in(name), bytes_of_text(text), 0600, &e));
}

/* Conveyed information that names its place, so that one sees which was taken. */
static void put_information(const char *directory)
{
	char name[192];

	snprintf(name, sizeof(name), "%s/conveyed-information.cms", directory);
	put(name, directory);
}

static void put_signed(const char *directory)
{
	char name[192];

	put_information(directory);
	snprintf(name, sizeof(name), "%s/owner-certificate.cms", directory);
	put(name, "oc");
	snprintf(name, sizeof(name), "%s/ownership-voucher.vcj", directory);
	put(name, "ov1");
}

static bool reads_with(const char *serial, size_t file_max, size_t set_max)
{
	const struct media_files_limits limits = { file_max, set_max };

	to = writer_over(room, set_max);
	e = (struct error){ .code = ERROR_NONE };
	return media_files_read(&files, &to, root, serial, &limits, &e);
}

static bool reads(const char *serial)
{
	return reads_with(serial, CONFIG_ARTIFACT_MAX, CONFIG_MEDIA_SET_MAX);
}

static bool takes(const char *directory)
{
	if (!reads(SERIAL)) {
		printf("%s: %s\n", e.rule, e.text);
		return false;
	}
	CHECK_STR(files.directory, directory);
	return files.conveyed_information == strlen(directory) &&
	       memcmp(room, directory, strlen(directory)) == 0;
}

static bool refuses(enum error_code code, const char *rule, const char *part)
{
	bool good = !reads(SERIAL) && e.code == code && strcmp(e.rule, rule) == 0 &&
		    strstr(e.text, part);

	if (!good)
		printf("%d %s: %s\n", (int)e.code, e.rule, e.text);
	return good;
}

TEST(takes_the_first_directory_that_holds_something, "USB-6 USB-5")
{
	static const char *const order[] = {
		"EN9/SN1/bootstrapping-data", "EN9/SN1", "EN9", "sztp/SN1", "sztp", ".",
	};

	start();
	/* From the last to the first: each one goes before all that are there. */
	for (size_t i = ARRAY_SIZE(order); i--;) {
		put_information("EN9/SN2/bootstrapping-data");
		put_information(order[i]);
		CHECK(takes(order[i]));
	}
	/* A directory without the file does not count, whatever else is in it. */
	CHECK(unlink(in("EN9/SN1/bootstrapping-data/conveyed-information.cms")) == 0);
	put("EN9/SN1/bootstrapping-data/owner-certificate.cms", "oc");
	CHECK(takes("EN9/SN1"));
}

TEST(reads_the_three_files, "USB-7 USB-3 USB-1")
{
	start();
	put_signed("EN9/SN1/bootstrapping-data");
	put("EN9/SN1/bootstrapping-data/ownership-voucher.cms", "other");
	CHECK(takes("EN9/SN1/bootstrapping-data"));
	CHECK(files.owner_certificate == 2 && files.ownership_voucher == 3);
	CHECK(memcmp(room + files.conveyed_information, "ocov1", 5) == 0);
	CHECK(to.used == files.conveyed_information + 5 && !files.has_actions);
	CHECK(unlink(in("EN9/SN1/bootstrapping-data/ownership-voucher.vcj")) == 0);
	CHECK(takes("EN9/SN1/bootstrapping-data"));
	CHECK(memcmp(room + files.conveyed_information, "ocother", 7) == 0);
	/* Both at once in the root, as it is named there. */
	start();
	put_signed(".");
	CHECK(takes("."));
}

TEST(other_names_are_not_ours, "USB-7")
{
	start();
	put("EN9/conveyed-information.json", "x");
	put("EN9/conveyed-information", "x");
	put("EN9/conveyed-information.cms.bak", "x");
	put("EN9/Conveyed-Information.cms", "x"); /* this file system is not FAT */
	put("EN9/SN1/data/conveyed-information.cms", "x");
	put("boot/EN9/conveyed-information.cms", "x");
	CHECK(refuses(ERROR_LATER, "USB-9", "other devices"));
}

TEST(half_a_signed_set_is_refused, "USB-8")
{
	start();
	put_information("EN9/SN1");
	CHECK(takes("EN9/SN1")); /* unsigned perhaps: its reader will know */
	put("EN9/SN1/owner-certificate.cms", "oc");
	CHECK(refuses(ERROR_REFUSED, "USB-8", "EN9/SN1: there is an owner certificate without"));
	CHECK(unlink(in("EN9/SN1/owner-certificate.cms")) == 0);
	put("EN9/SN1/ownership-voucher.cms", "ov");
	CHECK(refuses(ERROR_REFUSED, "USB-8", "EN9/SN1: there is an ownership voucher without"));
	/* Not taken from elsewhere. */
	put("EN9/owner-certificate.cms", "oc");
	put("owner-certificate.cms", "oc");
	CHECK(refuses(ERROR_REFUSED, "USB-8", "EN9/SN1"));
	put("EN9/SN1/owner-certificate.cms", "oc");
	CHECK(takes("EN9/SN1"));
}

TEST(a_set_that_fails_is_not_replaced_by_a_later_one, "USB-6 USB-8")
{
	start();
	put_signed("EN9");
	put_information("EN9/SN1");
	put("EN9/SN1/owner-certificate.cms", "oc");
	CHECK(refuses(ERROR_REFUSED, "USB-8", "EN9/SN1"));
}

TEST(data_for_others_are_passed_over, "USB-9")
{
	start();
	CHECK(refuses(ERROR_LATER, "USB-6", "no bootstrapping data"));
	put("DCIM/picture.jpg", "x");
	CHECK(refuses(ERROR_LATER, "USB-6", "no bootstrapping data"));
	put_signed("EN9/SN2/bootstrapping-data");
	CHECK(refuses(ERROR_LATER, "USB-9", "other devices"));
	put_signed("sztp/SN10");
	CHECK(refuses(ERROR_LATER, "USB-9", "other devices"));
	put_signed("EN9/SN1");
	CHECK(takes("EN9/SN1"));
	start();
	put_signed("sztp/SN11");
	CHECK(refuses(ERROR_LATER, "USB-9", "other devices"));
}

TEST(serial_numbers_that_are_no_directories, "USB-9")
{
	static const char *const wrong[] = { "", "..", ".", ".hidden", "a/b", "/", "a\\b", "../x" };

	start();
	CHECK(media_files_is_directory("SN1") && media_files_is_directory("a.b-c_d e"));
	put_information("x");		 /* EN9/../x */
	put_information("EN9/.hidden");
	put_information("EN9/a/b");
	put_information("EN9/a\\b");
	put_information("bootstrapping-data"); /* EN9/../bootstrapping-data */
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK(!media_files_is_directory(wrong[i]));
		CHECK(!reads(wrong[i]) && e.code == ERROR_LATER);
	}
	/* Directories without serial number serve such a device too. */
	put_information("EN9");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(reads(wrong[i]) && strcmp(files.directory, "EN9") == 0);
}

TEST(files_have_a_largest_size, "USB-10")
{
	start();
	put_signed("EN9");
	CHECK(truncate(in("EN9/conveyed-information.cms"), CONFIG_ARTIFACT_MAX) == 0);
	CHECK(reads(SERIAL) && files.conveyed_information == CONFIG_ARTIFACT_MAX);
	CHECK(truncate(in("EN9/conveyed-information.cms"), CONFIG_ARTIFACT_MAX + 1) == 0);
	CHECK(refuses(ERROR_REFUSED, "USB-10", "EN9: conveyed-information.cms is larger"));
	put_information("EN9");
	CHECK(truncate(in("EN9/ownership-voucher.vcj"), CONFIG_ARTIFACT_MAX + 1) == 0);
	CHECK(refuses(ERROR_REFUSED, "USB-10", "EN9: ownership-voucher.vcj is larger"));
	/* The limit is a parameter, and all together have theirs. */
	put_signed("EN9");
	CHECK(reads_with(SERIAL, 3, 100));
	CHECK(!reads_with(SERIAL, 2, 100) && strcmp(e.rule, "USB-10") == 0);
	CHECK(reads_with(SERIAL, 100, 8));
	CHECK(!reads_with(SERIAL, 100, 7) && strcmp(e.rule, "USB-10") == 0);
	CHECK(!reads_with(SERIAL, 100, 3) && strcmp(e.rule, "USB-10") == 0);
}

TEST(empty_files_are_no_artifacts, "USB-3")
{
	start();
	put_signed("EN9");
	put("EN9/owner-certificate.cms", "");
	CHECK(refuses(ERROR_REFUSED, "USB-3", "EN9/owner-certificate.cms is empty"));
	put("EN9/conveyed-information.cms", "");
	CHECK(refuses(ERROR_REFUSED, "USB-3", "EN9/conveyed-information.cms is empty"));
}

static void replace(const char *name)
{
	CHECK(unlink(in(name)) == 0);
}

TEST(only_regular_files_are_read, "USB-10")
{
	static const char name[] = "EN9/conveyed-information.cms";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	start();
	put_information(".");
	put("real.cms", "x");
	put(name, "x");
	replace(name);
	CHECK(symlink("../real.cms", in(name)) == 0);
	CHECK(refuses(ERROR_REFUSED, "USB-10", name));
	replace(name);
	CHECK(symlink("/etc/hostname", in(name)) == 0);
	CHECK(refuses(ERROR_REFUSED, "USB-10", name));
	replace(name);
	CHECK(mkfifo(in(name), 0600) == 0); /* which would keep us waiting */
	CHECK(refuses(ERROR_REFUSED, "USB-10", "not a regular file"));
	replace(name);
	CHECK(mkdir(in(name), 0700) == 0);
	CHECK(refuses(ERROR_REFUSED, "USB-10", "not a regular file"));
	CHECK(rmdir(in(name)) == 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", in(name));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(refuses(ERROR_REFUSED, "USB-10", name));
	close(fd);
	replace(name);
	if (mknod(in(name), S_IFCHR | 0600, 0x103) == 0) { /* null; not for everybody */
		CHECK(refuses(ERROR_REFUSED, "USB-10", "EN9"));
		replace(name);
	}
	CHECK(takes("."));
}

TEST(directories_behind_links_are_refused, "USB-10")
{
	start();
	put_signed("other");
	put_information(".");
	CHECK(symlink("other", in("EN9")) == 0);
	CHECK(refuses(ERROR_REFUSED, "USB-10", "EN9/SN1/bootstrapping-data"));
	CHECK(unlink(in("EN9")) == 0);
	CHECK(symlink("/", in("EN9")) == 0);
	CHECK(refuses(ERROR_REFUSED, "USB-10", "EN9"));
	CHECK(unlink(in("EN9")) == 0);
	put("EN9", "a file");
	CHECK(takes("."));
}

TEST(actions_beside_the_data_are_noticed, "USB-17")
{
	start();
	put_signed("EN9/SN1");
	put("EN9/ztp_actions.cms", "x");
	CHECK(takes("EN9/SN1") && !files.has_actions);
	put("EN9/SN1/ztp_actions.cms", "x");
	CHECK(takes("EN9/SN1") && files.has_actions);
	/* Nothing of it is read. */
	CHECK(to.used == files.conveyed_information + 5);
}

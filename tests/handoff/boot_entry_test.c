/* SPDX-License-Identifier: MIT */
#include "handoff/boot_entry.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "handoff/kexec.h"
#include "platform/file.h"

/* Small trees in a temporary directory stand for the file systems of a disk. */

static char base[64];
static struct boot_place places[3];
static size_t place_count;
static struct boot_entry b;
static struct boot_search search;
static struct error e;

static void remove_tree(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	if (base[0])
		CHECK(system(command) == 0);
	base[0] = '\0';
	for (size_t i = 0; i < place_count; i++)
		close(places[i].root);
	place_count = 0;
}

static void add_place(enum boot_place_kind kind, const char *name, const char *uuid)
{
	char path[128];

	if (!base[0]) {
		snprintf(base, sizeof(base), "/tmp/boot-entry-XXXXXX");
		CHECK(mkdtemp(base) != NULL);
		atexit(remove_tree);
	}
	snprintf(path, sizeof(path), "%s/%s", base, name);
	CHECK(mkdir(path, 0700) == 0);
	places[place_count++] = (struct boot_place){
		.kind = kind,
		.root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.name = name,
		.partition_uuid = uuid,
	};
}

static void put(size_t place, const char *path, const char *text)
{
	char above[256];

	snprintf(above, sizeof(above), "%s", path);
	if (strrchr(above, '/')) {
		*strrchr(above, '/') = '\0';
		CHECK(file_make_directories_in(places[place].root, above, 0755, &e));
	}
	CHECK(file_write_in(places[place].root, path, bytes_of_text(text), 0644, &e));
}

static void put_link(size_t place, const char *path, const char *target)
{
	CHECK(symlinkat(target, places[place].root, path) == 0);
}

/* An ESP and a root file system that looks installed. */
static void start(void)
{
	remove_tree();
	add_place(BOOT_PLACE_ESP, "vda1", "11111111-0000-0000-0000-000000000000");
	add_place(BOOT_PLACE_ROOT, "vda2", "22222222-0000-0000-0000-000000000000");
	put(1, "etc/os-release", "ID=test\n");
}

static bool find(void)
{
	memset(&e, 0, sizeof(e));
	return boot_entry_find(&b, &search, places, place_count, "console=ttyS0", &e);
}

static bool told(const char *what, const char *why)
{
	for (size_t i = 0; i < search.count; i++)
		if (strstr(search.candidates[i].what, what) &&
		    strstr(search.candidates[i].why, why))
			return true;
	return false;
}

TEST(takes_the_newest_entry_whose_files_are_there, "DONE-1")
{
	start();
	put(0, "loader/entries/os-9.conf", "version 9\nsort-key os\nlinux /k9\ninitrd /i9\n");
	put(0, "loader/entries/os-10.conf",
	    "title OS\nversion 10\nsort-key os\nlinux /k10\ninitrd /u\ninitrd /i10\noptions "
	    "a b\n");
	put(0, "loader/entries/os-11.conf", "version 11\nsort-key os\nlinux /k11\n");
	put(0, "loader/entries/os-12.conf",
	    "version 12\nsort-key os\nlinux /k9\ninitrd /i12\n");
	put(0, "loader/entries/broken.conf", "nothing\n");
	put(0, "loader/entries/.hidden.conf", "linux /k9\n");
	put(0, "loader/entries/other.conf", "architecture aa64\nsort-key a\nlinux /k9\n");
	put(0, "loader/entries/shell.conf", "sort-key a\nefi /shell.efi\n");
	put(0, "k9", "kernel");
	put(0, "i9", "initrd");
	put(0, "k10", "kernel");
	put(0, "i10", "initrd");
	put(0, "u", "ucode");
	CHECK(find());
	CHECK(b.source == BOOT_ENTRY_SOURCE_BLS && b.place == 0);
	CHECK_STR(b.id, "os-10.conf");
	CHECK_STR(b.title, "OS");
	CHECK_STR(b.kernel, "k10");
	CHECK(b.initrd_count == 2);
	CHECK_STR(b.initrds[0], "u");
	CHECK_STR(b.initrds[1], "i10");
	CHECK_STR(b.options, "a b");
	CHECK(search.count == 7);
	CHECK(told("os-10.conf", "taken"));
	CHECK(told("os-9.conf", "os-10.conf comes before it"));
	CHECK(told("os-11.conf", "kernel k11 is not there"));
	CHECK(told("os-12.conf", "initrd i12 is not there"));
	CHECK(told("broken.conf", "names no kernel"));
	CHECK(told("other.conf", "architecture aa64"));
	CHECK(told("shell.conf", "EFI program"));
}

TEST(entries_of_all_places_stand_in_one_line, "")
{
	start();
	add_place(BOOT_PLACE_XBOOTLDR, "vda3", "");
	put(0, "loader/entries/a.conf", "version 1\nsort-key os\nlinux /k\n");
	put(2, "loader/entries/b.conf", "version 2\nsort-key os\nlinux /k\n");
	put(0, "k", "kernel");
	put(2, "k", "kernel");
	CHECK(find());
	CHECK(b.place == 2);
	CHECK_STR(b.id, "b.conf");
}

TEST(entries_below_boot_may_be_relative_to_it, "")
{
	start();
	put(1, "boot/loader/entries/a.conf", "linux /vmlinuz-6\ninitrd /boot/initrd-6\n");
	put(1, "boot/vmlinuz-6", "kernel");
	put(1, "boot/initrd-6", "initrd");
	CHECK(find());
	CHECK_STR(b.kernel, "boot/vmlinuz-6");
	CHECK_STR(b.initrds[0], "boot/initrd-6");
}

TEST(leaves_entries_of_another_kind_alone, "")
{
	start();
	put(0, "loader/entries.srel", "type2\n");
	put(0, "loader/entries/a.conf", "linux /k\n");
	put(0, "k", "kernel");
	CHECK(!find());
	CHECK(told("loader/entries", "srel"));
	put(0, "loader/entries.srel", "type1\n");
	CHECK(find());
}

TEST(takes_the_links_of_a_debian_root, "DONE-1")
{
	start();
	put(1, "boot/vmlinuz-6.1.0-9", "kernel");
	put(1, "boot/initrd.img-6.1.0-9", "initrd");
	put_link(1, "boot/vmlinuz", "vmlinuz-6.1.0-9");
	put_link(1, "boot/initrd.img", "initrd.img-6.1.0-9");
	CHECK(find());
	CHECK(b.source == BOOT_ENTRY_SOURCE_SCAN && b.place == 1);
	CHECK_STR(b.kernel, "boot/vmlinuz");
	CHECK_STR(b.initrds[0], "boot/initrd.img");
	CHECK_STR(b.options,
		  "root=PARTUUID=22222222-0000-0000-0000-000000000000 ro console=ttyS0");
}

TEST(takes_absolute_links_at_the_top_inside_the_root, "")
{
	start();
	put(1, "boot/vmlinuz-6", "kernel");
	put(1, "boot/initrd.img-6", "initrd");
	put_link(1, "vmlinuz", "/boot/vmlinuz-6");
	put_link(1, "initrd.img", "boot/initrd.img-6");
	CHECK(find());
	CHECK_STR(b.kernel, "vmlinuz");
	CHECK_STR(b.initrds[0], "initrd.img");
	CHECK(b.initrd_count == 1);
}

TEST(links_cannot_lead_out_of_the_root, "")
{
	char outside[128];

	start();
	snprintf(outside, sizeof(outside), "%s/outside", base);
	CHECK(file_write(outside, bytes_of_text("not yours"), 0644, &e));
	CHECK(file_make_directories_in(places[1].root, "boot", 0755, &e));
	put_link(1, "boot/vmlinuz", outside);
	put_link(1, "vmlinuz", "../outside");
	CHECK(!find());
	CHECK_STR(e.rule, "DONE-1");
	CHECK(e.code == ERROR_REFUSED);
}

TEST(entry_files_win_over_links, "")
{
	start();
	put(1, "boot/vmlinuz", "kernel");
	put(0, "loader/entries/a.conf", "linux /k\n");
	put(0, "k", "kernel");
	CHECK(find());
	CHECK(b.source == BOOT_ENTRY_SOURCE_BLS);
	/* And the links are the answer when no entry can be used. */
	put(0, "loader/entries/a.conf", "linux /gone\n");
	CHECK(find());
	CHECK(b.source == BOOT_ENTRY_SOURCE_SCAN);
	CHECK(b.initrd_count == 0);
	CHECK(told("a.conf", "not there"));
}

TEST(two_roots_are_not_guessed_between, "")
{
	start();
	add_place(BOOT_PLACE_ROOT, "vda3", "33333333-0000-0000-0000-000000000000");
	put(2, "usr/lib/os-release", "ID=other\n");
	put(1, "boot/vmlinuz", "kernel");
	CHECK(!find());
	CHECK(told("boot/vmlinuz", "cannot be told"));
}

TEST(an_empty_disk_is_refused, "DONE-1")
{
	start();
	CHECK(!find());
	CHECK(e.code == ERROR_REFUSED && search.count == 0);
	CHECK(!boot_entry_find(&b, &search, places, 0, "", &e));
}

/* ---- copying for kexec --------------------------------------------------------------------
 */

static void sum(uint8_t digest[static 32], struct bytes bytes)
{
	memset(digest, 0, 32);
	for (size_t i = 0; i < bytes.size; i++)
		digest[i % 32] ^= bytes.at[i];
	digest[31] = (uint8_t)bytes.size;
}

static bool holds(int fd, const char *text, size_t size)
{
	char got[256] = "";

	return pread(fd, got, sizeof(got), 0) == (ssize_t)size &&
	       memcmp(got, text, size) == 0;
}

TEST(initrds_are_joined_and_padded, "DONE-1")
{
	struct kexec_image image;
	uint8_t digest[32];

	start();
	put(0, "loader/entries/a.conf", "linux /k\ninitrd /u\ninitrd /i\noptions root=x\n");
	put(0, "k", "kernel");
	put(0, "u", "12345");
	put(0, "i", "abcd");
	CHECK(find());
	CHECK(kexec_prepare(&image, &b, places, bytes_of_text("extra!"), "quiet", sum, &e));
	CHECK(image.kernel_bytes == 6 && holds(image.kernel_fd, "kernel", 6));
	CHECK(image.initrd_bytes == 20);
	CHECK(holds(image.initrd_fd, "12345\0\0\0abcdextra!\0\0", 20));
	CHECK_STR(image.cmdline, "root=x quiet");
	sum(digest, bytes_of("12345\0\0\0abcdextra!\0\0", 20));
	CHECK(memcmp(digest, image.initrd_sha256, 32) == 0);
	sum(digest, bytes_of_text("kernel"));
	CHECK(memcmp(digest, image.kernel_sha256, 32) == 0);
	sum(digest, bytes_of_text("root=x quiet"));
	CHECK(memcmp(digest, image.cmdline_sha256, 32) == 0);
	/* What was measured cannot be changed any more. */
	CHECK(write(image.kernel_fd, "x", 1) < 0);
	CHECK(ftruncate(image.initrd_fd, 0) < 0);
	kexec_release(&image);
	kexec_release(&image);
}

TEST(no_initrd_is_no_file, "")
{
	struct kexec_image image;

	start();
	put(0, "loader/entries/a.conf", "linux /k\n");
	put(0, "k", "kernel");
	CHECK(find());
	CHECK(kexec_prepare(&image, &b, places, bytes_of(NULL, 0), "", sum, &e));
	CHECK(image.initrd_fd == -1 && image.initrd_bytes == 0);
	CHECK_STR(image.cmdline, "");
	kexec_release(&image);
}

TEST(command_lines_longer_than_kexec_takes_are_refused, "DONE-1")
{
	struct kexec_image image;
	char extra[2100];

	start();
	put(0, "loader/entries/a.conf", "linux /k\noptions 12345\n");
	put(0, "k", "kernel");
	CHECK(find());
	memset(extra, 'x', sizeof(extra));
	extra[2010] = '\0'; /* 5 + space + 2010 */
	CHECK(kexec_prepare(&image, &b, places, bytes_of(NULL, 0), extra, sum, &e));
	CHECK(strlen(image.cmdline) == 2016);
	kexec_release(&image);
	extra[2010] = 'x';
	extra[2011] = '\0';
	CHECK(!kexec_prepare(&image, &b, places, bytes_of(NULL, 0), extra, sum, &e));
	CHECK(e.code == ERROR_REFUSED && strstr(e.text, "2017"));
}

TEST(files_that_went_away_are_refused, "")
{
	struct kexec_image image;

	start();
	put(0, "loader/entries/a.conf", "linux /k\ninitrd /i\n");
	put(0, "k", "kernel");
	put(0, "i", "initrd");
	CHECK(find());
	CHECK(unlinkat(places[0].root, "i", 0) == 0);
	CHECK(!kexec_prepare(&image, &b, places, bytes_of(NULL, 0), "", sum, &e));
	CHECK(mkdirat(places[0].root, "i", 0755) == 0);
	CHECK(!kexec_prepare(&image, &b, places, bytes_of(NULL, 0), "", sum, &e));
}

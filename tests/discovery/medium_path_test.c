/* SPDX-License-Identifier: MIT */
#include "discovery/medium_path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "platform/file.h"

static char path[CONFIG_URI_MAX];
static struct error e;

static bool reads(const char *uri)
{
	return medium_path_read(path, sizeof(path), bytes_of_text(uri), &e);
}

static bool refuses(const char *uri)
{
	snprintf(path, sizeof(path), "untouched");
	bool refused = !reads(uri) && strcmp(e.rule, "USB-14") == 0 &&
		       strcmp(path, "untouched") == 0;

	if (!refused)
		printf("%s became %s\n", uri, path);
	return refused;
}

TEST(paths_are_below_the_root, "USB-13 USB-14")
{
	CHECK(reads("file:///images/x.iso"));
	CHECK_STR(path, "images/x.iso");
	CHECK(reads("file:/images/x.iso"));
	CHECK_STR(path, "images/x.iso");
	CHECK(reads("FILE://localhost/x.iso"));
	CHECK_STR(path, "x.iso");
	CHECK(reads("file:////images//x.iso"));
	CHECK_STR(path, "images/x.iso");
	CHECK(reads("file:///x%20y%2Ez%25/%c3%a4"));
	CHECK_STR(path, "x y.z%/\xc3\xa4");
	CHECK(reads("file:///..x/x../.../.x"));
	CHECK_STR(path, "..x/x../.../.x");
}

TEST(names_of_slots_are_dropped, "USB-14 XR-16")
{
	CHECK(reads("file:///disk2:/images/x.iso"));
	CHECK_STR(path, "images/x.iso");
	CHECK(reads("file:///disk33:/x.iso"));
	CHECK_STR(path, "x.iso");
	CHECK(reads("file:///usb:/x.iso"));
	CHECK_STR(path, "x.iso");
	CHECK(reads("file:/Disk2%3a/x.iso"));
	CHECK_STR(path, "x.iso");
	/* The first segment only, and only these names. */
	CHECK(reads("file:///disk2:/usb:/x.iso"));
	CHECK_STR(path, "usb:/x.iso");
	CHECK(reads("file:///images/disk2:/x.iso"));
	CHECK_STR(path, "images/disk2:/x.iso");
	CHECK(reads("file:///disk:/x"));
	CHECK_STR(path, "disk:/x");
	CHECK(reads("file:///diskA:/x"));
	CHECK_STR(path, "diskA:/x");
	CHECK(reads("file:///disk2/x"));
	CHECK_STR(path, "disk2/x");
	CHECK(reads("file:///usb/x"));
	CHECK_STR(path, "usb/x");
	CHECK(refuses("file:///disk2:"));
	CHECK(refuses("file:///usb:/"));
}

TEST(nothing_leads_out_by_its_spelling, "USB-14")
{
	static const char *const wrong[] = {
		"file:///..",
		"file:///../x",
		"file:///a/../x",
		"file:///a/..",
		"file:///./x",
		"file:///disk2:/../x",
		"file:///%2e%2e/x",
		"file:///.%2E/x",
		"file:///%2e/x",
		"file:///disk2:/%2e./x",
		"file:///a%2f..%2fx",
		"file:///a%2Fx",
		"file:///a%5cx",
		"file:///a%00b",
		"file:///a%0ab",
		"file:///a%7f",
		"file:///a%",
		"file:///a%2",
		"file:///a%zz",
		"file:///a%2%65",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(refuses(wrong[i]));
	/* Encoded twice is decoded once. */
	CHECK(reads("file:///%252e%252e/x"));
	CHECK_STR(path, "%2e%2e/x");
}

TEST(other_addresses_name_no_file, "USB-14")
{
	static const char *const wrong[] = {
		"",
		"x.iso",
		"/x.iso",
		"file:",
		"file:x.iso",
		"file:///",
		"file://",
		"file://stick/x.iso",
		"file://disk2:/x.iso",
		"file://localhost:80/x.iso",
		"file:///x.iso?a=b",
		"file:///x.iso#a",
		"http://host.example/x.iso",
		"https://localhost/x.iso",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(refuses(wrong[i]));
	CHECK(!medium_path_read(path, 4, bytes_of_text("file:///abcd"), &e));
	CHECK(medium_path_read(path, 5, bytes_of_text("file:///abcd"), &e));
}

/* ---- opening ---------------------------------------------------------------------------- */

static char base[64], root[80];

static void clean(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	if (base[0] && system(command) != 0)
		puts("cannot clean up");
}

static void make_medium(void)
{
	char name[128];

	snprintf(base, sizeof(base), "/tmp/medium-path-test-XXXXXX");
	CHECK(mkdtemp(base) != NULL);
	atexit(clean);
	snprintf(root, sizeof(root), "%s/medium", base);
	snprintf(name, sizeof(name), "%s/images", root);
	CHECK(file_make_directories(name, 0700, &e));
	snprintf(name, sizeof(name), "%s/images/x y.img", root);
	CHECK(file_write(name, bytes_of_text("image"), 0600, &e));
	snprintf(name, sizeof(name), "%s/secret", base);
	CHECK(file_write(name, bytes_of_text("secret"), 0600, &e));
	snprintf(name, sizeof(name), "%s/relative", root);
	CHECK(symlink("../secret", name) == 0);
	snprintf(name, sizeof(name), "%s/absolute", root);
	CHECK(symlink("/etc/hostname", name) == 0);
	snprintf(name, sizeof(name), "%s/inside", root);
	CHECK(symlink("images/x y.img", name) == 0);
	snprintf(name, sizeof(name), "%s/etc", root);
	CHECK(symlink("/etc", name) == 0);
	snprintf(name, sizeof(name), "%s/pipe", root);
	CHECK(mkfifo(name, 0600) == 0);
}

static enum error_code opens(const char *uri, const char *contents)
{
	char text[16] = "";
	int fd = -1;

	if (!medium_path_open(&fd, root, bytes_of_text(uri), &e)) {
		CHECK(fd == -1);
		CHECK_STR(e.rule, "USB-14");
		return e.code;
	}
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	CHECK_STR(text, contents);
	close(fd);
	return ERROR_NONE;
}

TEST(opens_what_lies_on_the_medium, "USB-13 XR-16")
{
	make_medium();
	CHECK(opens("file:///disk2:/images/x%20y.img", "image") == ERROR_NONE);
	CHECK(opens("file:///images/x%20y.img", "image") == ERROR_NONE);
	CHECK(opens("file:///images/other.img", "") == ERROR_LATER);
	snprintf(root, sizeof(root), "%s/gone", base);
	CHECK(opens("file:///images/x%20y.img", "") == ERROR_LATER);
}

TEST(links_and_devices_are_no_files, "USB-14 USB-10")
{
	snprintf(root, sizeof(root), "%s/medium", base);
	CHECK(opens("file:///relative", "") == ERROR_REFUSED);
	CHECK(opens("file:///absolute", "") == ERROR_REFUSED);
	CHECK(opens("file:///inside", "") == ERROR_REFUSED);
	CHECK(opens("file:///etc/hostname", "") == ERROR_REFUSED);
	CHECK(opens("file:///images", "") == ERROR_REFUSED);
	CHECK(opens("file:///pipe", "") == ERROR_REFUSED);
	CHECK(opens("file:///images/../../secret", "") == ERROR_REFUSED);
}

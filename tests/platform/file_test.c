/* SPDX-License-Identifier: MIT */
#include "platform/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char base[64], path[192];
static struct error e;
static char room[64];
static size_t used;

static void clean(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	if (base[0] && system(command) != 0)
		puts("cannot clean up");
}

static const char *in(const char *name)
{
	if (!base[0]) {
		snprintf(base, sizeof(base), "/tmp/file-test-XXXXXX");
		CHECK(mkdtemp(base) != NULL);
		atexit(clean);
	}
	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

TEST(writes_and_reads_back, "")
{
	struct stat st;

	CHECK(file_write(in("a"), bytes_of_text("hello"), 0640, &e));
	CHECK(file_read(room, sizeof(room), &used, in("a"), 0, &e));
	CHECK(used == 5 && memcmp(room, "hello", 5) == 0);
	CHECK(stat(in("a"), &st) == 0 && (st.st_mode & 07777) == 0640);
	CHECK(file_write(in("a"), bytes_of(NULL, 0), 0600, &e));
	CHECK(file_read(room, sizeof(room), &used, in("a"), 0, &e) && used == 0);
	CHECK(stat(in("a"), &st) == 0 && (st.st_mode & 07777) == 0600);
	CHECK(access(in(".a.new"), F_OK) < 0);
}

TEST(a_link_is_replaced_not_followed, "")
{
	CHECK(file_write(in("target"), bytes_of_text("old"), 0600, &e));
	CHECK(symlink("target", in("link")) == 0);
	CHECK(file_write(in("link"), bytes_of_text("new"), 0600, &e));
	CHECK(file_read(room, sizeof(room), &used, in("target"), 0, &e));
	CHECK(used == 3 && memcmp(room, "old", 3) == 0);
	CHECK(file_read(room, sizeof(room), &used, in("link"), FILE_NOFOLLOW, &e));
}

TEST(takes_regular_files_up_to_the_limit_only, "")
{
	CHECK(file_write(in("b"), bytes_of_text("0123456789"), 0600, &e));
	CHECK(file_read(room, 10, &used, in("b"), 0, &e) && used == 10);
	CHECK(!file_read(room, 9, &used, in("b"), 0, &e) && e.code == ERROR_REFUSED);
	CHECK(!file_read(room, 10, &used, base, 0, &e));
	CHECK(!file_read(room, 10, &used, "/dev/zero", 0, &e) && e.code == ERROR_REFUSED);
	CHECK(mkfifo(in("fifo"), 0600) == 0);
	CHECK(!file_read(room, 10, &used, in("fifo"), 0, &e) && e.code == ERROR_REFUSED);
	CHECK(!file_read(room, 10, &used, in("nothing"), 0, &e) && e.code == ERROR_USAGE);
	CHECK(symlink("b", in("to-b")) == 0);
	CHECK(file_read(room, 10, &used, in("to-b"), 0, &e));
	CHECK(!file_read(room, 10, &used, in("to-b"), FILE_NOFOLLOW, &e));
}

TEST(reads_lines_and_numbers, "")
{
	CHECK(file_write(in("line"), bytes_of_text("  QEMU DISK  \nmore\n"), 0600, &e));
	CHECK_STR(file_read_line(room, sizeof(room), in("line")), "QEMU DISK");
	CHECK_STR(file_read_line(room, 5, in("line")), "");
	CHECK_STR(file_read_line(room, sizeof(room), in("nothing")), "");
	CHECK(file_read_number(in("line"), 7) == 7);
	CHECK(file_write(in("number"), bytes_of_text("4096\n"), 0600, &e));
	CHECK(file_read_number(in("number"), 7) == 4096);
	CHECK(file_write(in("number"), bytes_of_text("-1\n"), 0600, &e));
	CHECK(file_read_number(in("number"), 7) == 7);
}

TEST(makes_directories, "")
{
	CHECK(file_make_directories(in("d/e/f"), 0700, &e));
	CHECK(file_make_directories(in("d/e/f"), 0700, &e));
	CHECK(file_make_directories(in("d//e/g/"), 0700, &e));
	CHECK(access(in("d/e/g"), F_OK) == 0);
	CHECK(file_write(in("plain"), bytes_of_text("x"), 0600, &e));
	CHECK(!file_make_directories(in("plain/x"), 0700, &e));
}

TEST(failing_leaves_the_old_file, "")
{
	CHECK(mkdir(in("dir"), 0700) == 0);
	CHECK(!file_write(in("dir"), bytes_of_text("x"), 0600, &e));
	CHECK(e.code == ERROR_MACHINE);
	CHECK(access(in(".dir.new"), F_OK) < 0);
	CHECK(!file_write(in("no/such/place"), bytes_of_text("x"), 0600, &e));
	CHECK(!file_write("", bytes_of_text("x"), 0600, &e));
}

/* ---- inside a root ----------------------------------------------------------------------
 */

typedef int opener(int root, const char *name, int flags, mode_t mode);

static bool opens(opener *open_it, int root, const char *name, const char *contents)
{
	int fd = open_it(root, name, O_RDONLY, 0);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, room, sizeof(room));
	close(fd);
	return n == (ssize_t)strlen(contents) && memcmp(room, contents, (size_t)n) == 0;
}

/* The kernel's way and our own walk give the same answers. */
TEST(nothing_leads_out_of_a_root, "")
{
	static opener *const openers[] = { file_open_in, file_walk_in };
	int root;

	CHECK(file_make_directories(in("r/a/b"), 0700, &e));
	CHECK(file_write(in("outside"), bytes_of_text("outside"), 0600, &e));
	CHECK(file_write(in("r/in"), bytes_of_text("inside"), 0600, &e));
	CHECK(file_write(in("r/a/b/deep"), bytes_of_text("deep"), 0600, &e));
	CHECK(symlink("../outside", in("r/up")) == 0);
	CHECK(symlink("/in", in("r/a/absolute")) == 0);
	CHECK(symlink("../in", in("r/a/relative")) == 0);
	CHECK(symlink("b", in("r/a/c")) == 0);
	CHECK(symlink("../../../../../in", in("r/a/far")) == 0);
	CHECK(symlink("loop", in("r/loop")) == 0);
	CHECK(symlink("/proc/self/root/etc", in("r/magic")) == 0);
	root = open(in("r"), O_RDONLY | O_DIRECTORY);
	CHECK(root >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		opener *o = openers[i];
		int fd;

		CHECK(opens(o, root, "in", "inside"));
		CHECK(opens(o, root, "/in", "inside"));
		CHECK(opens(o, root, "//a/./b/../b//deep", "deep"));
		CHECK(opens(o, root, "../../in", "inside"));
		CHECK(opens(o, root, "a/absolute", "inside"));
		CHECK(opens(o, root, "a/relative", "inside"));
		CHECK(opens(o, root, "a/c/deep", "deep"));
		CHECK(opens(o, root, "a/far", "inside"));
		CHECK(!opens(o, root, "up", "outside"));
		CHECK(!opens(o, root, "../outside", "outside"));
		CHECK(o(root, "loop", O_RDONLY, 0) < 0 && errno == ELOOP);
		CHECK(o(root, "magic/passwd", O_RDONLY, 0) < 0);
		CHECK(o(root, "nothing", O_RDONLY, 0) < 0 && errno == ENOENT);
		CHECK(o(root, "in/x", O_RDONLY, 0) < 0);
		fd = o(root, "/", O_RDONLY | O_DIRECTORY, 0);
		CHECK(fd >= 0);
		close(fd);
		fd = o(root, "a/c", O_RDONLY | O_DIRECTORY, 0);
		CHECK(fd >= 0);
		close(fd);
		CHECK(o(root, "a/c", O_RDONLY | O_NOFOLLOW, 0) < 0);
	}
	close(root);
}

static int open_beneath(int root, const char *name, int flags, mode_t mode)
{
	(void)mode;
	return file_open_beneath(root, name, flags);
}

TEST(nothing_leads_over_a_link, "USB-10 USB-14")
{
	static opener *const openers[] = { open_beneath, file_walk_beneath };
	int root;

	CHECK(file_make_directories(in("l/a/b"), 0700, &e));
	CHECK(file_write(in("l/in"), bytes_of_text("inside"), 0600, &e));
	CHECK(file_write(in("l/a/b/deep"), bytes_of_text("deep"), 0600, &e));
	CHECK(symlink("../in", in("l/a/relative")) == 0);
	CHECK(symlink("/in", in("l/absolute")) == 0);
	CHECK(symlink("a", in("l/c")) == 0);
	root = open(in("l"), O_PATH | O_DIRECTORY);
	CHECK(root >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		opener *o = openers[i];

		CHECK(opens(o, root, "in", "inside"));
		CHECK(opens(o, root, "./a//b/./deep", "deep"));
		CHECK(o(root, "a/relative", O_RDONLY, 0) < 0 && errno == ELOOP);
		CHECK(o(root, "absolute", O_RDONLY, 0) < 0 && errno == ELOOP);
		CHECK(o(root, "c/b/deep", O_RDONLY, 0) < 0 && errno == ELOOP);
		CHECK(o(root, "../l/in", O_RDONLY, 0) < 0 && errno == EXDEV);
		CHECK(o(root, "nothing", O_RDONLY, 0) < 0 && errno == ENOENT);
		CHECK(o(root, "in/x", O_RDONLY, 0) < 0 && errno == ENOTDIR);
	}
	close(root);
}

TEST(writes_inside_a_root, "DONE-6")
{
	int root;

	CHECK(mkdir(in("w"), 0700) == 0);
	CHECK(mkdir(in("elsewhere"), 0700) == 0);
	root = open(in("w"), O_RDONLY | O_DIRECTORY);
	CHECK(symlink("/../../elsewhere", in("w/var")) == 0);
	/* The link's end is inside the root: it is made there or not at all. */
	CHECK(!file_make_directories_in(root, "var/lib/x", 0700, &e));
	CHECK(unlinkat(root, "var", 0) == 0);
	CHECK(file_make_directories_in(root, "/var/lib/x", 0700, &e));
	CHECK(file_write_in(root, "/var/lib/x/result.json", bytes_of_text("{}"), 0600, &e));
	CHECK(file_read_in(room, sizeof(room), &used, root, "var/lib/x/result.json", &e));
	CHECK(used == 2 && access(in("w/var/lib/x/result.json"), F_OK) == 0);
	CHECK(rmdir(in("elsewhere")) == 0);
	close(root);
}

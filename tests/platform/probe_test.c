/* SPDX-License-Identifier: MIT */
#include "platform/probe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

/* libblkid looks at a file as it looks at a disk. */

static struct disk disk;
static struct error e;
static int fd = -1;

static void clean(void)
{
	unlink(disk.path);
}

/* An empty disk of 8 MiB. */
static void start(void)
{
	if (fd < 0) {
		snprintf(disk.path, sizeof(disk.path), "/tmp/probe-test-XXXXXX");
		fd = mkstemp(disk.path);
		CHECK(fd >= 0);
		atexit(clean);
	}
	CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, 8 << 20) == 0);
	disk.contents = DISK_CONTENTS_UNKNOWN;
	disk.holds[0] = '\0';
}

static void put(const void *bytes, size_t size, off_t offset)
{
	CHECK(pwrite(fd, bytes, size, offset) == (ssize_t)size);
}

static bool holds(const char *what)
{
	bool good = probe_contents(&disk, &e) && disk.contents == DISK_CONTENTS_SOME &&
		    strstr(disk.holds, what);

	if (!good)
		printf("holds \"%s\", not \"%s\"\n", disk.holds, what);
	return good;
}

TEST(zeros_are_nothing, "")
{
	start();
	CHECK(probe_contents(&disk, &e));
	CHECK(disk.contents == DISK_CONTENTS_NONE);
	CHECK_STR(disk.holds, "");
}

TEST(random_bytes_are_nothing_we_know, "")
{
	uint8_t bytes[4096];

	start();
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i * 31 + i * 7);
	put(bytes, sizeof(bytes), 0);
	CHECK(probe_contents(&disk, &e));
}

TEST(tables_are_something, "")
{
	static const uint8_t dos[66] = {
		[0] = 0x80, [4] = 0x83, [8] = 0, [9] = 8, [13] = 16, [64] = 0x55, [65] = 0xaa
	};
	static const uint8_t protective[66] = {
		[4] = 0xee, [8] = 1, [12] = 0xff, [13] = 0x3f, [64] = 0x55, [65] = 0xaa
	};

	start();
	put(dos, sizeof(dos), 446);
	CHECK(holds("dos partition table"));
	start();
	put(protective, sizeof(protective), 446);
	CHECK(holds("partition table")); /* even without the GPT it protects */
}

/* What firmware would repair the table from. */
TEST(a_backup_table_alone_is_something, "")
{
	char command[256];

	start();
	snprintf(command, sizeof(command), "sgdisk -n 1:2048:+1M %s >/dev/null", disk.path);
	CHECK(system(command) == 0);
	CHECK(holds("gpt partition table"));

	static const uint8_t zeros[1 << 20];

	put(zeros, sizeof(zeros), 0);
	CHECK(holds("gpt partition table"));
}

TEST(file_systems_and_their_likes_are_something, "")
{
	static const uint8_t ext4[] = { 0x53, 0xef };
	static const char luks[] = "LUKS\xba\xbe\0\1";
	static const char lvm[] = "LABELONE\1\0\0\0\0\0\0\0";

	start();
	put(ext4, sizeof(ext4), 1024 + 56);
	put("\1\0\0\0", 4, 1024 + 76); /* revision */
	CHECK(probe_contents(&disk, &e));
	CHECK(disk.contents == DISK_CONTENTS_SOME);
	start();
	put(luks, sizeof(luks) - 1, 0);
	CHECK(holds("LUKS"));
	start();
	put(lvm, sizeof(lvm) - 1, 512);
	put("LVM2 001", 8, 512 + 24);
	CHECK(holds("LVM2_member"));
	/* md 1.0 lies at the end: 8 KiB before it, at a multiple of 4 KiB. */
	start();
	uint8_t md[256] = { 0xfc, 0x4e, 0x2b, 0xa9, 1 };
	uint64_t sector = ((8 << 20) / 512 - 16) & ~7ull;

	for (unsigned i = 0; i < 8; i++)
		md[144 + i] = (uint8_t)(sector >> 8 * i);
	put(md, sizeof(md), (off_t)(sector * 512));
	CHECK(holds("linux_raid_member"));
}

TEST(what_cannot_be_read_is_unknown, "")
{
	struct disk gone = { .path = "/dev/no-such-disk" };

	CHECK(!probe_contents(&gone, &e));
	CHECK(gone.contents == DISK_CONTENTS_UNKNOWN && e.code == ERROR_MACHINE);
}

TEST(lists_partitions, "")
{
	struct probe_partition *list = calloc(CONFIG_PARTITIONS_MAX, sizeof(*list));
	char command[512];
	size_t count;

	start();
	CHECK(!probe_partitions(list, &count, disk.path, &e) && e.code == ERROR_REFUSED);
	snprintf(command, sizeof(command),
		 "sgdisk -n 1:2048:+1M -t 1:ef00 -c 1:ESP -n 3:0:+2M -t 3:8304 -c 3:\"my "
		 "root\" "
		 "-u 3:AABBCCDD-0000-1111-2222-333344445555 %s >/dev/null",
		 disk.path);
	CHECK(system(command) == 0);
	CHECK(probe_partitions(list, &count, disk.path, &e));
	CHECK(count == 2);
	CHECK(list[0].number == 1 && list[1].number == 3);
	CHECK_STR(list[0].type_uuid, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	CHECK_STR(list[1].uuid, "aabbccdd-0000-1111-2222-333344445555");
	CHECK_STR(list[1].name, "my root");
	CHECK(list[0].start_bytes == 1 << 20 && list[0].size_bytes == 1 << 20);
	free(list);
}

TEST(tells_a_file_system, "")
{
	struct probe_partition p;
	char command[256];

	start();
	snprintf(command, sizeof(command), "mke2fs -q -F -t ext4 -L 'my label' %s",
		 disk.path);
	CHECK(system(command) == 0);
	CHECK(probe_file_system(&p, disk.path, &e));
	CHECK_STR(p.fs_type, "ext4");
	CHECK_STR(p.fs_label, "my label");
	CHECK(strlen(p.fs_uuid) == 36);
	CHECK_STR(p.uuid, "");
	start();
	CHECK(probe_file_system(&p, disk.path, &e));
	CHECK_STR(p.fs_type, "");
}

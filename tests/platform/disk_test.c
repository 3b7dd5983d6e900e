/* SPDX-License-Identifier: MIT */
#include "platform/disk.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "platform/file.h"

/* A tree like /sys, with the links as the kernel makes them. */

static char base[64], sys[96], proc[96];
static struct disk list[CONFIG_DISKS_MAX];
static size_t count;
static struct error e;

static void clean(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	if (base[0] && system(command) != 0)
		puts("cannot clean up");
}

static void put(const char *path, const char *text)
{
	char full[512], above[512];

	snprintf(full, sizeof(full), "%s/%s", base, path);
	snprintf(above, sizeof(above), "%s", full);
	*strrchr(above, '/') = '\0';
	CHECK(file_make_directories(above, 0700, &e));
	CHECK(file_write(full, bytes_of_text(text), 0600, &e));
}

static void add(const char *name, const char *device, const char *size)
{
	char path[256], link[256];

	snprintf(path, sizeof(path), "sys/devices/%s/block/%s/size", device, name);
	put(path, size);
	snprintf(path, sizeof(path), "../devices/%s/block/%s", device, name);
	snprintf(link, sizeof(link), "%s/block/%s", sys, name);
	CHECK(symlink(path, link) == 0);
}

static void attribute(const char *name, const char *attribute, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "sys/block/%s/%s", name, attribute);
	put(path, text);
}

static void start(void)
{
	char path[128];

	if (!base[0])
		atexit(clean);
	clean();
	snprintf(base, sizeof(base), "/tmp/disk-test-XXXXXX");
	CHECK(mkdtemp(base) != NULL);
	snprintf(sys, sizeof(sys), "%s/sys", base);
	snprintf(proc, sizeof(proc), "%s/proc", base);
	snprintf(path, sizeof(path), "%s/block", sys);
	CHECK(file_make_directories(path, 0700, &e));
}

static bool look(void)
{
	return disk_list(list, &count, sys, proc, &e);
}

TEST(tells_the_facts_of_a_disk, "")
{
	start();
	add("vda", "pci0000:00/0000:00:03.0/virtio1", "16777216\n");
	attribute("vda", "ro", "0\n");
	attribute("vda", "removable", "0\n");
	attribute("vda", "diskseq", "9\n");
	attribute("vda", "serial", "TARGET1");
	attribute("vda", "queue/logical_block_size", "4096\n");
	attribute("vda", "queue/rotational", "1\n");
	attribute("vda", "vda1/partition", "1\n");
	CHECK(look());
	CHECK(count == 1);
	CHECK_STR(list[0].name, "vda");
	CHECK_STR(list[0].path, "/dev/vda");
	CHECK_STR(list[0].bus_path, "pci0000:00/0000:00:03.0/virtio1");
	CHECK_STR(list[0].transport, "virtio");
	CHECK_STR(list[0].serial, "TARGET1");
	CHECK(list[0].size_bytes == 16777216ull * 512);
	CHECK(list[0].sector_bytes == 4096 && list[0].diskseq == 9 && list[0].rotational);
	CHECK(!list[0].read_only && !list[0].removable && !list[0].hidden &&
	      !list[0].used_by[0]);
	CHECK(list[0].contents == DISK_CONTENTS_UNKNOWN);
}

TEST(tells_the_bus, "")
{
	static const struct {
		const char *name, *device, *transport;
	} cases[] = {
		{ "sda", "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0",
		  "usb" },
		{ "sdb", "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", "sata" },
		{ "sdc", "pci0000:00/0000:03:00.0/host2/target2:0:1/2:0:1:0", "scsi" },
		{ "sdd", "pci0000:00/0000:00:05.0/virtio2/host3/target3:0:0/3:0:0:0",
		  "virtio" },
		{ "mmcblk0", "platform/soc/mmc_host/mmc0/mmc0:0001", "mmc" },
		{ "xvda", "vbd-51712", "xen" },
	};

	start();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		add(cases[i].name, cases[i].device, "2048\n");
	CHECK(look() && count == ARRAY_SIZE(cases));
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < ARRAY_SIZE(cases); c++)
			if (strcmp(cases[c].name, list[i].name) == 0)
				CHECK_STR(list[i].transport, cases[c].transport);
}

TEST(passes_over_what_is_no_disk, "")
{
	start();
	add("sr0", "pci0000:00/ata2/host1/target1:0:0/1:0:0:0", "2048\n");
	add("ram0", "virtual", "2048\n");
	add("zram0", "virtual", "2048\n");
	add("dm-0", "virtual", "2048\n");
	add("md127", "virtual", "2048\n");
	add("fd0", "platform/floppy.0", "8\n");
	add("loop0", "virtual", "0\n");
	add("loop1", "virtual", "2048\n");
	add("sda", "pci0000:00/ata1/host0/target0:0:0/0:0:0:0",
	    "0\n"); /* card reader without a card */
	CHECK(look() && count == 1);
	CHECK_STR(list[0].name, "loop1");
	CHECK_STR(list[0].bus_path, ""); /* on no bus: target.c leaves it */
}

TEST(hides_paths_and_boot_areas, "")
{
	start();
	add("mmcblk0", "platform/mmc_host/mmc0/mmc0:0001", "2048\n");
	add("mmcblk0boot0", "platform/mmc_host/mmc0/mmc0:0001/x", "2048\n");
	add("nvme0c0n1", "pci0000:00/nvme/nvme0", "2048\n");
	attribute("nvme0c0n1", "hidden", "1\n");
	CHECK(look() && count == 3);
	CHECK(!list[0].hidden && list[1].hidden && list[2].hidden);
}

TEST(tells_who_uses_a_disk, "")
{
	start();
	add("sda", "pci0/ata1/host0/x", "2048\n");
	add("sdb", "pci0/ata2/host0/x", "2048\n");
	add("sdc", "pci0/ata3/host0/x", "2048\n");
	add("sdd", "pci0/ata4/host0/x", "2048\n");
	add("sde", "pci0/ata5/host0/x", "2048\n");
	add("nvme0n1", "pci0/nvme/nvme0", "2048\n");
	attribute("sda", "holders/dm-3/x", "");
	attribute("sdb", "sdb2/holders/md0/x", "");
	put("proc/self/mounts", "proc /proc proc rw 0 0\n/dev/sdc1 /mnt ext4 rw 0 0\n"
				"/dev/sdd99x /y ext4 rw 0 0\n/dev/nvme0n1p2 / ext4 rw 0 0\n");
	put("proc/swaps", "Filename Type Size\n/dev/sde partition 1 0 -2\n");
	CHECK(look() && count == 6);
	CHECK_STR(list[0].used_by, "dm-3");
	CHECK_STR(list[1].used_by, "md0");
	CHECK_STR(list[2].used_by, "sdc1 mounted");
	CHECK_STR(list[3].used_by, "");
	CHECK_STR(list[4].used_by, "sde used for swap");
	CHECK_STR(list[5].used_by, "nvme0n1p2 mounted");
}

TEST(reads_the_serial_number_of_scsi, "")
{
	start();
	add("sda", "pci0/host0/target0:0:0/0:0:0:0", "2048\n");
	attribute("sda", "device/model", "HARDDISK        \n");
	attribute("sda", "device/wwid", "naa.5000c500a1b2c3d4\n");
	attribute("sda", "device/vpd_pg80", "?\200?\010  AB12  ");
	/* The header's first and third byte are zero, which a text cannot hold. */
	char path[192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/block/sda/device/vpd_pg80", sys);
	f = fopen(path, "w");
	CHECK(f != NULL && fwrite("\0\200\0\010  AB12  ", 1, 12, f) == 12 && fclose(f) == 0);
	CHECK(look() && count == 1);
	CHECK_STR(list[0].model, "HARDDISK");
	CHECK_STR(list[0].wwid, "naa.5000c500a1b2c3d4");
	CHECK_STR(list[0].serial, "AB12");
	/* One that lies about its length has none. */
	f = fopen(path, "w");
	CHECK(f != NULL && fwrite("\0\200\377\377AB", 1, 6, f) == 6 && fclose(f) == 0);
	CHECK(look());
	CHECK_STR(list[0].serial, "");
}

TEST(text_of_a_device_is_escaped, "")
{
	start();
	add("vda", "pci0/virtio0", "2048\n");
	attribute("vda", "serial", "evil\033[2J");
	CHECK(look());
	CHECK_STR(list[0].serial, "evil\\x1b[2J");
}

TEST(marks_the_boot_medium, "")
{
	start();
	add("sda", "pci0/usb1/host0/x", "2048\n");
	add("vda", "pci0/virtio0", "2048\n");
	attribute("sda", "sda1/uevent", "MAJOR=8\nPARTN=1\nPARTUUID=4a67b082-0a4c-41cf\n");
	CHECK(look() && count == 2);
	disk_mark_boot_medium(list, count, sys, "");
	CHECK(!list[0].boot_medium);
	disk_mark_boot_medium(list, count, sys, "4A67B082-0A4C-41CF");
	CHECK(list[0].boot_medium && !list[1].boot_medium);
}

TEST(orders_by_name_and_bounds_the_number, "")
{
	char name[16], device[64];

	start();
	add("vdaa", "pci0/virtio1", "2048\n");
	add("vdb", "pci0/virtio2", "2048\n");
	CHECK(look() && count == 2);
	CHECK_STR(list[0].name, "vdb");
	for (unsigned i = 0; i < CONFIG_DISKS_MAX - 2; i++) {
		snprintf(name, sizeof(name), "sd%u", i);
		snprintf(device, sizeof(device), "pci0/ata%u/host0/x", i);
		add(name, device, "2048\n");
	}
	CHECK(look() && count == CONFIG_DISKS_MAX);
	add("sdx", "pci0/ata999/host0/x", "2048\n");
	CHECK(!look() && e.code == ERROR_MACHINE);
}

TEST(partitions_are_named_as_the_kernel_does, "")
{
	char to[64];

	CHECK_STR(disk_partition_path(to, sizeof(to), "/dev/vda", 2), "/dev/vda2");
	CHECK_STR(disk_partition_path(to, sizeof(to), "/dev/nvme0n1", 2), "/dev/nvme0n1p2");
	CHECK_STR(disk_partition_path(to, sizeof(to), "/dev/mmcblk0", 11), "/dev/mmcblk0p11");
	CHECK_STR(disk_partition_path(to, sizeof(to), "/dev/loop7", 1), "/dev/loop7p1");
}

TEST(lists_removable_media, "USB-15")
{
	start();
	add("sdb", "pci0/usb1/1-1/1-1:1.0/host3/x", "2048\n"); /* an SSD in a USB case */
	add("sda", "pci0/ata1/host0/x", "2048\n");
	add("vda", "pci0/virtio1", "2048\n");
	add("sdc", "pci0/virtio2/host4/x", "2048\n");
	attribute("sdc", "removable", "1\n");
	add("sdaa", "pci0/usb1/1-2/1-2:1.0/host5/x", "2048\n");
	add("sdd", "pci0/usb1/1-3/1-3:1.0/host6/x", "0\n"); /* a reader without a card */
	add("mmcblk0", "platform/mmc_host/mmc0/mmc0:0001", "2048\n");
	add("mmcblk0boot0", "platform/mmc_host/mmc0/mmc0:0001", "2048\n");
	add("sr0", "pci0/ata2/host1/x", "2097151\n");
	attribute("sr0", "removable", "1\n");
	add("fd0", "platform/floppy.0", "8\n");
	attribute("fd0", "removable", "1\n");
	add("loop0", "virtual", "2048\n");
	CHECK(disk_list_removable(list, &count, sys, &e) && count == 5);
	CHECK_STR(list[0].name, "sdb");
	CHECK_STR(list[1].name, "sdc");
	CHECK_STR(list[2].name, "sr0");
	CHECK_STR(list[3].name, "sdaa");
	CHECK_STR(list[4].name, "mmcblk0");
	/* Disks to install to are another matter: no optical drives there. */
	CHECK(look());
	for (size_t i = 0; i < count; i++)
		CHECK(strcmp(list[i].name, "sr0") != 0);
	snprintf(sys, sizeof(sys), "/nothing");
	CHECK(!disk_list_removable(list, &count, sys, &e) && e.code == ERROR_MACHINE);
}

TEST(a_file_is_no_disk, "")
{
	struct disk d;

	CHECK(!disk_find(&d, "/etc/passwd", &e) && e.code == ERROR_USAGE);
	CHECK(!disk_find(&d, "/nothing", &e) && e.code == ERROR_USAGE);
}

/* On a machine with a disk it is over after the quiet time; with none after the long one. */
TEST(settles_after_the_quiet_time, "")
{
	struct disk_watch w = { .loop = NULL };
	struct loop loop;
	uint64_t started = loop_now_ms();

	loop_start(&loop);
	disk_watch_stop(&w); /* never started: nothing happens */
	CHECK(disk_watch_start(&w, &loop, &e));
	w.started_ms -= CONFIG_DISK_SETTLE_MAX_MS - CONFIG_DISK_QUIET_MS;
	CHECK(disk_watch_settle(&w, &e));
	CHECK(loop_now_ms() - started >= CONFIG_DISK_QUIET_MS);
	started = loop_now_ms();
	CHECK(disk_watch_settle(&w, &e)); /* and then at once */
	CHECK(loop_now_ms() - started < CONFIG_DISK_QUIET_MS);
	disk_watch_stop(&w);
	disk_watch_stop(&w);
	CHECK(loop.fds == NULL && loop.timers == NULL);
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"
#include "platform/loop.h"

/*
 * Whole disks as the kernel tells of them: facts, waiting until they have all appeared,
 * opening one for good, and its partitions after they changed.  Which disk is taken is
 * image/target.h's business.
 */

enum disk_contents {
	DISK_CONTENTS_UNKNOWN, /* not looked, or could not */
	DISK_CONTENTS_NONE,    /* no partition table, file system or RAID signature */
	DISK_CONTENTS_SOME,
};

struct disk {
	char name[32];	    /* "vda"; changes from boot to boot, never a choice */
	char path[40];	    /* "/dev/vda" */
	char bus_path[192]; /* below /sys/devices; empty: not on a bus (loop, ram, ...) */
	char transport[8];  /* virtio, nvme, sata, scsi, usb, mmc, ufs, xen; "" unknown */
	char model[64];	    /* these three from the device, escaped */
	char serial[64];
	char wwid[128];
	uint64_t size_bytes;
	uint32_t sector_bytes; /* logical */
	uint64_t diskseq;      /* this appearance of this disk; 0: kernel older than 5.15 */
	bool removable, read_only, rotational;
	bool hidden;	  /* a path of a multipath device, or a boot area (mmcblk0boot0) */
	bool boot_medium; /* we were started from it (disk_mark_boot_medium) */
	char used_by[48]; /* "vda1 mounted on /x", "dm-0", "swap"; empty: free */
	enum disk_contents contents; /* probe_contents() */
	char holds[64];		     /* "gpt partition table" */
};

/*
 * List the machine's whole disks, ordered by name.  Contents stay unknown.
 *
 * @list: at least CONFIG_DISKS_MAX; @sys is "/sys" (a test gives its own tree) and @proc
 * "/proc".  Optical drives, floppies, zram and the kernel's other virtual ones are not
 * disks; loop devices are listed when they have a backing file.
 * Errors: ERROR_MACHINE no /sys, or more than CONFIG_DISKS_MAX disks.
 */
MUST_CHECK bool disk_list(struct disk *list, size_t *count, const char *sys, const char *proc,
			  struct error *e);

/*
 * The same for media that people plug in: removable ones, and whatever is on USB or in an
 * MMC slot (USB-15); optical drives too, with or without a disc.
 */
MUST_CHECK bool disk_list_removable(struct disk *list, size_t *count, const char *sys,
				    struct error *e);

/* Facts of one disk by its path, which may be a symbolic link (/dev/disk/by-id/...). */
MUST_CHECK bool disk_find(struct disk *disk, const char *path, struct error *e);

/*
 * Watches for disks from disk_watch_start() on, so that the waiting is over by the time
 * somebody asks.  Fields belong to disk.c; the memory is the caller's until
 * disk_watch_stop().
 *
 * Settled means: a disk has been seen, and none came or went for CONFIG_DISK_QUIET_MS.
 * Without any disk: CONFIG_DISK_SETTLE_MAX_MS after the start.  (systemd and Incus-OS wait
 * 3 s for slow USB; ours drops USB disks by default, and the quiet time runs beside
 * discovery, so half a second is enough and costs nothing.)
 */
struct disk_watch {
	struct loop *loop;
	struct loop_fd fd;
	struct loop_timer timer;
	uint64_t started_ms, changed_ms;
	bool woken;
	void (*changed)(void *context); /* for each change; set after the start, or NULL */
	void *context;
};

MUST_CHECK bool disk_watch_start(struct disk_watch *w, struct loop *loop, struct error *e);
void disk_watch_stop(struct disk_watch *w);

/* Turn the loop until the disks have settled.  true also when none appeared in time. */
MUST_CHECK bool disk_watch_settle(struct disk_watch *w, struct error *e);

/*
 * Open a disk to overwrite it: nobody else may hold it or a partition of it.
 *
 * @disk: the facts it was chosen by; size, diskseq and read-only are read again and must
 * be the same.  @direct: O_DIRECT; what the device cannot do, the caller finds out.
 * The descriptor holds udev's lock (flock), so nobody probes while we write.
 * Errors: ERROR_MACHINE in use, changed or broken.
 */
MUST_CHECK bool disk_open(int *fd, const struct disk *disk, bool direct, struct error *e);

/*
 * Make the kernel read the partition table again, trying for CONFIG_DISK_RESCAN_MS while
 * somebody holds a partition, and wait until its nodes are in /dev.
 *
 * @fd: from disk_open(); close it afterwards, for mounting a partition needs the disk.
 */
MUST_CHECK bool disk_rescan(int fd, const struct disk *disk, struct loop *loop,
			    struct error *e);

/* Path of partition @number: "/dev/vda1", "/dev/nvme0n1p1".  Returns @to. */
const char *disk_partition_path(char *to, size_t size, const char *disk_path,
				unsigned number);

/*
 * Mark the disks of @list we were started from: those that hold a partition with
 * @partition_uuid (LoaderDevicePartUUID of the boot loader, or one named by the caller).
 */
void disk_mark_boot_medium(struct disk *list, size_t count, const char *sys,
			   const char *partition_uuid);

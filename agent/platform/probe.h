/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"
#include "platform/disk.h"

/* What is on a disk or a partition, as libblkid tells it. */

struct probe_partition {
	unsigned number;
	char path[48];	    /* "/dev/vda1" */
	char type_uuid[40]; /* GPT type, lower case; MBR: "0x83" */
	char uuid[40];	    /* PARTUUID */
	char name[112];	    /* GPT name, escaped */
	char fs_type[16];   /* "ext4", "vfat"; empty: nothing known */
	char fs_label[64];  /* escaped */
	char fs_uuid[40];
	uint64_t start_bytes, size_bytes;
};

/*
 * Is there anything on this disk?  Any partition table, file system, RAID, LVM or LUKS
 * signature at either end counts.  Sets disk->contents and disk->holds.
 *
 * Errors: ERROR_MACHINE it cannot be read; contents stay unknown, which is not "none".
 */
MUST_CHECK bool probe_contents(struct disk *disk, struct error *e);

/*
 * List the partitions of the disk at @path, in the table's order.
 *
 * @list: at least CONFIG_PARTITIONS_MAX; further ones are left out.
 * Errors: ERROR_REFUSED no partition table, ERROR_MACHINE it cannot be read.
 */
MUST_CHECK bool probe_partitions(struct probe_partition *list, size_t *count,
				 const char *path, struct error *e);

/*
 * The file system on one device.  path and fs_* are filled; number, uuid and type_uuid when
 * the device is a partition, else they are empty.
 * Errors: ERROR_MACHINE it cannot be read.
 */
MUST_CHECK bool probe_file_system(struct probe_partition *found, const char *path,
				  struct error *e);

/* SPDX-License-Identifier: MIT */
#include "platform/probe.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"

/* libblkid reads hostile bytes; what it says is text for us, and escaped. */

static void copy_value(char *to, size_t size, blkid_probe probe, const char *name)
{
	const char *value;

	if (blkid_probe_lookup_value(probe, name, &value, NULL) == 0)
		text_quote(to, size, bytes_of_text(value));
}

static void lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text | 0x20);
}

static blkid_probe open_probe(int *fd, const char *path, struct error *e)
{
	blkid_probe probe;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0) {
		error_errno(e, ERROR_MACHINE, NULL, "%s", path);
		return NULL;
	}
	probe = blkid_new_probe();
	if (!probe || blkid_probe_set_device(probe, *fd, 0, 0) != 0) {
		error_set(e, ERROR_MACHINE, NULL, "%s: cannot look what is on it", path);
		if (probe)
			blkid_free_probe(probe);
		close(*fd);
		return NULL;
	}
	return probe;
}

static void close_probe(blkid_probe probe, int fd)
{
	blkid_free_probe(probe);
	close(fd);
}

bool probe_contents(struct disk *disk, struct error *e)
{
	char type[48] = "";
	blkid_probe probe;
	int fd, found;

	probe = open_probe(&fd, disk->path, e);
	if (!probe)
		return false;
	blkid_probe_enable_superblocks(probe, true);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE |
							 BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(probe, true);
	/* A table with a wrong checksum, or only its backup, is something too. */
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT | BLKID_PARTS_MAGIC);
	errno = 0;
	found = blkid_do_probe(probe); /* 0 something, 1 nothing, else it failed */
	if (found == 0) {
		disk->contents = DISK_CONTENTS_SOME;
		copy_value(type, sizeof(type), probe, "PTTYPE");
		if (type[0]) {
			snprintf(disk->holds, sizeof(disk->holds), "%s partition table",
				 type);
		} else {
			copy_value(type, sizeof(type), probe, "TYPE");
			snprintf(disk->holds, sizeof(disk->holds), "%s",
				 type[0] ? type : "data");
		}
	} else if (found == 1) {
		disk->contents = DISK_CONTENTS_NONE;
		disk->holds[0] = '\0';
	} else {
		error_errno(e, ERROR_MACHINE, NULL, "%s: cannot look what is on it",
			    disk->path);
	}
	close_probe(probe, fd);
	return found == 0 || found == 1;
}

/* A partition's entry in the table of its disk; nothing for what is no partition. */
static void read_own_entry(struct probe_partition *p, blkid_probe probe)
{
	char number[16] = "";
	uint64_t value;

	blkid_reset_probe(probe);
	blkid_probe_enable_superblocks(probe, false);
	blkid_probe_enable_partitions(probe, true);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	if (blkid_do_safeprobe(probe) != 0)
		return;
	copy_value(p->uuid, sizeof(p->uuid), probe, "PART_ENTRY_UUID");
	copy_value(p->type_uuid, sizeof(p->type_uuid), probe, "PART_ENTRY_TYPE");
	copy_value(number, sizeof(number), probe, "PART_ENTRY_NUMBER");
	lower(p->uuid);
	lower(p->type_uuid);
	if (text_number(&value, bytes_of_text(number), UINT32_MAX))
		p->number = (unsigned)value;
}

bool probe_file_system(struct probe_partition *found, const char *path, struct error *e)
{
	struct probe_partition p = { .number = 0 };
	blkid_probe probe;
	int fd;

	probe = open_probe(&fd, path, e);
	if (!probe)
		return false;
	blkid_probe_enable_superblocks(probe, true);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL |
							 BLKID_SUBLKS_UUID);
	blkid_probe_enable_partitions(probe, false);
	/* 1: nothing; -2: several, so none to trust.  Both leave the type empty. */
	if (blkid_do_safeprobe(probe) == 0) {
		copy_value(p.fs_type, sizeof(p.fs_type), probe, "TYPE");
		copy_value(p.fs_label, sizeof(p.fs_label), probe, "LABEL");
		copy_value(p.fs_uuid, sizeof(p.fs_uuid), probe, "UUID");
	}
	read_own_entry(&p, probe);
	close_probe(probe, fd);
	snprintf(p.path, sizeof(p.path), "%.47s", path);
	*found = p;
	return true;
}

static void read_partition(struct probe_partition *p, blkid_partition part, const char *path)
{
	struct probe_partition file_system = { .number = 0 };
	const char *text;
	struct error e;

	memset(p, 0, sizeof(*p));
	p->number = (unsigned)blkid_partition_get_partno(part);
	p->start_bytes = (uint64_t)blkid_partition_get_start(part) * 512;
	p->size_bytes = (uint64_t)blkid_partition_get_size(part) * 512;
	disk_partition_path(p->path, sizeof(p->path), path, p->number);
	if (probe_file_system(&file_system, p->path, &e)) {
		memcpy(p->fs_type, file_system.fs_type, sizeof(p->fs_type));
		memcpy(p->fs_label, file_system.fs_label, sizeof(p->fs_label));
		memcpy(p->fs_uuid, file_system.fs_uuid, sizeof(p->fs_uuid));
	}
	text = blkid_partition_get_type_string(part);
	if (text)
		text_quote(p->type_uuid, sizeof(p->type_uuid), bytes_of_text(text));
	else
		snprintf(p->type_uuid, sizeof(p->type_uuid), "0x%02x",
			 (unsigned)blkid_partition_get_type(part) & 0xff);
	lower(p->type_uuid);
	text = blkid_partition_get_uuid(part);
	if (text)
		text_quote(p->uuid, sizeof(p->uuid), bytes_of_text(text));
	lower(p->uuid);
	text = blkid_partition_get_name(part);
	if (text)
		text_quote(p->name, sizeof(p->name), bytes_of_text(text));
}

bool probe_partitions(struct probe_partition *list, size_t *count, const char *path,
		      struct error *e)
{
	blkid_partlist parts;
	blkid_probe probe;
	size_t n = 0;
	int fd, all;

	probe = open_probe(&fd, path, e);
	if (!probe)
		return false;
	blkid_probe_enable_superblocks(probe, false);
	blkid_probe_enable_partitions(probe, true);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	parts = blkid_probe_get_partitions(probe);
	all = parts ? blkid_partlist_numof_partitions(parts) : 0;
	for (int i = 0; i < all && n < CONFIG_PARTITIONS_MAX; i++) {
		blkid_partition part = blkid_partlist_get_partition(parts, i);

		if (part && !blkid_partition_is_extended(part))
			read_partition(&list[n++], part, path);
	}
	close_probe(probe, fd);
	if (!parts)
		return error_set(e, ERROR_REFUSED, NULL, "%s has no partition table", path);
	*count = n;
	return true;
}

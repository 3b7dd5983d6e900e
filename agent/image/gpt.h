/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * A GUID partition table inside the first bytes of an image: strict reading, and the same
 * table again for a disk of another size.  Pure.  Source: UEFI 2.10 §5.2.3, §5.3.
 */

enum gpt_kind {
	GPT_KIND_NONE,	       /* no GPT at this sector size or any other */
	GPT_KIND_TABLE,	       /* one for this sector size */
	GPT_KIND_OTHER_SECTOR, /* one, but for another sector size */
};

/* Which it is.  Looks for the header's signature only. */
enum gpt_kind gpt_look(struct bytes head, uint32_t sector_bytes);

struct gpt {
	uint32_t sector_bytes;
	uint64_t backup_lba; /* where the header says its backup is */
	uint64_t first_usable_lba, last_usable_lba;
	uint64_t entries_lba;
	uint32_t entries, entry_bytes;
	uint64_t last_used_lba; /* largest end of a partition; 0 without any */
	unsigned partitions;
	struct bytes header; /* as long as it says; borrowed from the head */
	struct bytes table;  /* the entries; borrowed from the head */
	bool protective;     /* LBA 0 holds exactly one MBR entry, of type ee, from LBA 1 */
};

/*
 * Read the primary table.
 *
 * @head: the image from its first byte on, with header and entries whole.
 * Errors: ERROR_MALFORMED.
 */
MUST_CHECK bool gpt_read(struct gpt *gpt, struct bytes head, uint32_t sector_bytes,
			 struct error *e);

/*
 * Make the same table fit a disk of @disk_bytes: backup at its real end, last usable LBA,
 * checksums, size in the protective MBR.
 *
 * @head: patched in place; the bytes gpt_read() saw.  @tail: the disk's last bytes; the
 * backup is written into it.  Errors: ERROR_REFUSED a partition does not fit.
 */
MUST_CHECK bool gpt_move(struct bytes *backup, uint8_t *head, size_t head_size, uint8_t *tail,
			 size_t tail_size, uint64_t disk_bytes, uint32_t sector_bytes,
			 struct error *e);

/* CRC-32 as UEFI wants it. */
uint32_t gpt_crc32(struct bytes bytes);

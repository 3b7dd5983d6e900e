/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * Decoded bytes onto a disk in an order that never leaves anything bootable that has not
 * been proven: the image's first megabyte and what falls into the disk's last one stay in
 * memory until the end, zeros lie there meanwhile, and LBA 0 is written last of all.
 *
 * The order, each step flushed:
 *   zero the first and last megabyte  -  body, zero runs punched  -  [caller's verdict]  -
 *   read the body back  -  backup table  -  primary table and head but LBA 0 and 1  -
 *   LBA 1  -  LBA 0
 *
 * Works the same on a regular file.  One that has a size is a disk of that size; an empty
 * one grows to the image's.
 */

/* Everything that touches the target.  Each returns false with errno. */
struct disk_writer_io {
	bool (*write)(void *context, const void *from, size_t size, uint64_t offset);
	bool (*read)(void *context, void *to, size_t size, uint64_t offset);
	bool (*punch)(void *context, uint64_t offset, uint64_t size); /* EOPNOTSUPP: cannot */
	bool (*flush)(void *context);
};

/* Fields belong to disk_writer.c; those of the first group may be read. */
struct disk_writer {
	uint64_t disk_bytes;   /* 0: a file that grows */
	uint32_t sector_bytes; /* of a file: 512 until its table says 4096 */
	uint64_t bytes;	       /* taken so far */
	uint64_t bytes_zero;   /* of the body: not sent, the device was told to zero them */
	bool gpt, gpt_moved;
	bool touched; /* something has been written */
	uint64_t write_ns, flush_ns;

	int fd;
	const char *name;
	const struct disk_writer_io *io;
	void *io_context;
	uint64_t bytes_max;
	uint64_t tail_at; /* offset of the withheld tail; UINT64_MAX for a growing file */
	uint64_t zero_from, zero_to; /* a run of zeros that waits to be punched */
	bool is_device, head_checked, no_punch, committed;
	uint8_t *memory, *block, *head, *tail, *zeros;
	size_t block_used;
	uint64_t body_sum; /* of what lies between head and tail */
};

/*
 * Look at the target and get the memory.  Nothing is written.
 *
 * @fd: a block device or regular file; borrowed until disk_writer_end().
 * @name: for sentences; kept.
 * @bytes_max: refuse a larger image; 0: only what the disk holds.
 * @io: NULL: @fd itself.
 * Errors: ERROR_REFUSED IMG-15 the target is too small for any image, ERROR_MACHINE.
 */
MUST_CHECK bool disk_writer_open(struct disk_writer *w, int fd, const char *name,
				 uint64_t bytes_max, const struct disk_writer_io *io,
				 void *io_context, struct error *e);

/* Room for the next bytes, never empty; fill some of it and call disk_writer_took(). */
uint8_t *disk_writer_room(struct disk_writer *w, size_t *size);

/*
 * @size bytes of the room have been filled.
 * Errors: ERROR_REFUSED IMG-15 too large, or made for another sector size; ERROR_MALFORMED
 * the partition table is damaged; ERROR_MACHINE IMG-14.
 */
MUST_CHECK bool disk_writer_took(struct disk_writer *w, size_t size, struct error *e);

/* All bytes have been taken: write what is left of the body, and flush it. */
MUST_CHECK bool disk_writer_flush(struct disk_writer *w, struct error *e);

/* Read the body again and compare its checksum with what was taken (IMG-10). */
MUST_CHECK bool disk_writer_read_back(struct disk_writer *w,
				      void (*progress)(void *context, uint64_t done),
				      void *context, struct error *e);

/* The image is proven: write tail, head, LBA 1, LBA 0.  Each is flushed and read again. */
MUST_CHECK bool disk_writer_commit(struct disk_writer *w, struct error *e);

/* Make the target unbootable again if it was touched and not committed. */
void disk_writer_discard(struct disk_writer *w);

/* Release the memory.  Safe to call twice. */
void disk_writer_end(struct disk_writer *w);

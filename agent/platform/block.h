/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/*
 * Reading and writing an open disk, or a regular file in its place, at any offset: whole
 * or not at all, past the page cache where that works.  In which order is the caller's
 * business (image/disk_writer.h).
 */

struct block_facts {
	bool is_device; /* else a regular file */
	uint64_t size_bytes;
	uint32_t sector_bytes; /* logical; 512 for a file */
};

/* Errors: ERROR_REFUSED neither disk nor file, ERROR_MACHINE.  @name is for the sentence. */
MUST_CHECK bool block_look(struct block_facts *facts, int fd, const char *name,
			   struct error *e);

/*
 * All of @size bytes; false with errno.  Where direct access is not possible (alignment of
 * a stacked device, a file system without it) the descriptor falls back to the page cache
 * once and for all.  A write that fails is tried once more: a path may have failed over.
 */
MUST_CHECK bool block_write(int fd, const void *from, size_t size, uint64_t offset);
MUST_CHECK bool block_read(int fd, void *to, size_t size, uint64_t offset);

/*
 * Make the range zero without sending zeros; false with errno when the device has no
 * command for it (EOPNOTSUPP) or it failed.  Unlike a discard it promises zeros: on a
 * block device the kernel zeroes out and does not fall back to writing (block/fops.c).
 */
MUST_CHECK bool block_punch(int fd, uint64_t offset, uint64_t size);

/* Onto the medium; what is read from here on comes from there.  false with errno. */
MUST_CHECK bool block_flush(int fd);

/* Do without direct access from here on.  false: there was none. */
bool block_use_cache(int fd);

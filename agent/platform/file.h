/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/*
 * Files, bounded and without surprises: what is read is a regular file of at most a given
 * size, what is written is there whole or not at all.  The _in functions take a directory
 * as the root of the world: absolute paths and symbolic links are resolved inside it, so a
 * link in an installed system cannot lead out of it.
 */

/* Refuse a symbolic link as the last component. */
#define FILE_NOFOLLOW 1

/*
 * Read the whole of @path.
 *
 * @to, @size: where it goes; a larger file is an error, never cut.
 * Errors: ERROR_USAGE it cannot be opened, ERROR_REFUSED not a regular file or too large,
 * ERROR_MACHINE reading failed.
 */
MUST_CHECK bool file_read(void *to, size_t size, size_t *used, const char *path,
			  unsigned flags, struct error *e);

/* Same for an open file, from its start.  @name is for the sentence. */
MUST_CHECK bool file_read_fd(void *to, size_t size, size_t *used, int fd, const char *name,
			     struct error *e);

/*
 * One line of text, without the line's end and without spaces around it: /sys and /proc.
 * Returns @to; empty when the file is not there or is too long.
 */
const char *file_read_line(char *to, size_t size, const char *path);

/* A decimal number in a file of /sys; @otherwise when there is none. */
uint64_t file_read_number(const char *path, uint64_t otherwise);

/*
 * Replace @path by @contents: a temporary file beside it, fsync, rename, fsync of the
 * directory.  After a power cut there is the old file or the new one.
 *
 * Errors: ERROR_MACHINE; the temporary file is removed.
 */
MUST_CHECK bool file_write(const char *path, struct bytes contents, mode_t mode,
			   struct error *e);

/* Make @path and the directories above it; those that exist stay as they are. */
MUST_CHECK bool file_make_directories(const char *path, mode_t mode, struct error *e);

/*
 * Open @path as if @root were "/".
 *
 * @flags, @mode: open(2)'s; O_CLOEXEC is added.
 * Returns the descriptor, or -1 with errno (EXDEV: the path leads out of the root).
 * Source: openat2(2), RESOLVE_IN_ROOT; an own walk where the kernel has none.
 */
int file_open_in(int root, const char *path, int flags, mode_t mode);

/*
 * Open the relative @path below @root, on the same mount, with no symbolic link on the way:
 * for what strangers made.
 *
 * Returns the descriptor, or -1 with errno (ELOOP: a symbolic link; EXDEV: it leads out).
 * Source: openat2(2), RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS; an own walk as above.
 */
int file_open_beneath(int root, const char *path, int flags);

/* The own walks, always; for their tests. */
int file_walk_in(int root, const char *path, int flags, mode_t mode);
int file_walk_beneath(int root, const char *path, int flags, mode_t mode);

/* file_read, file_write and file_make_directories inside @root. */
MUST_CHECK bool file_read_in(void *to, size_t size, size_t *used, int root, const char *path,
			     struct error *e);
MUST_CHECK bool file_write_in(int root, const char *path, struct bytes contents, mode_t mode,
			      struct error *e);
MUST_CHECK bool file_make_directories_in(int root, const char *path, mode_t mode,
					 struct error *e);

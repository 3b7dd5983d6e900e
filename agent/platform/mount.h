/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/* Mounting one file system and taking it down again. */

#define MOUNT_WRITE 1 /* else read-only, without replaying a journal */

/*
 * Mount @device at @where (made when missing): nosuid, nodev, noexec always.
 *
 * @type: from probe.h; only ext2/3/4, xfs, btrfs, f2fs, vfat, exfat, iso9660, udf,
 * squashfs and erofs are taken.
 * Errors: ERROR_REFUSED another type, ERROR_MACHINE the kernel refuses.
 */
MUST_CHECK bool mount_device(const char *device, const char *type, const char *where,
			     unsigned flags, struct error *e);

/* Unmount, trying again for two seconds while it is busy. */
MUST_CHECK bool mount_remove(const char *where, struct error *e);

/* Unmount at once what is not busy, and what is as soon as it is no longer. */
void mount_detach(const char *where);

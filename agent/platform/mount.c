/* SPDX-License-Identifier: MIT */
#include "platform/mount.h"

#include <errno.h>
#include <sys/mount.h>
#include <time.h>

#include "base/text.h"
#include "platform/file.h"

/*
 * A journal is not replayed when mounting read-only: replaying writes, and what we look at
 * may be somebody's evidence.  Each file system has its own word for it.
 */
static const struct {
	const char *type, *read_only;
} types[] = {
	{ "ext4", "noload" },
	{ "ext3", "noload" },
	{ "ext2", "" },
	{ "xfs", "norecovery" },
	{ "btrfs", "rescue=nologreplay" },
	{ "f2fs", "norecovery" },
	{ "vfat", "" },
	{ "exfat", "" },
	{ "iso9660", "" },
	{ "udf", "" },
	{ "squashfs", "" },
	{ "erofs", "" },
};

bool mount_device(const char *device, const char *type, const char *where, unsigned flags,
		  struct error *e)
{
	unsigned long bits = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	const char *options = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].type, type) == 0)
			options = types[i].read_only;
	if (!options)
		return error_set(e, ERROR_REFUSED, NULL,
				 "%s: file system %s is not one we mount", device,
				 type[0] ? TEXT_QUOTED(bytes_of_text(type)) : "(none)");
	if (flags & MOUNT_WRITE)
		options = "";
	else
		bits |= MS_RDONLY;
	if (!file_make_directories(where, 0700, e))
		return false;
	if (mount(device, where, type, bits, options) < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "cannot mount %s (%s)", device,
				   type);
	return true;
}

bool mount_remove(const char *where, struct error *e)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	for (unsigned tries = 0; tries < 40; tries++) {
		if (umount2(where, UMOUNT_NOFOLLOW) == 0)
			return true;
		if (errno != EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	return error_errno(e, ERROR_MACHINE, NULL, "cannot unmount %s", where);
}

void mount_detach(const char *where)
{
	umount2(where, MNT_DETACH | UMOUNT_NOFOLLOW);
}

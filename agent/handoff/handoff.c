/* SPDX-License-Identifier: MIT */
#include "handoff/handoff.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/reboot.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <unistd.h>

bool handoff_quiesce(const char *disk, struct error *e)
{
	int fd;

	sync();
	if (!disk)
		return true;
	fd = open(disk, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, ERROR_MACHINE, "DONE-2", "%s", disk);
	/* The next kernel reads the medium, not our page cache. */
	if (fsync(fd) < 0 || ioctl(fd, BLKFLSBUF) < 0) {
		error_errno(e, ERROR_MACHINE, "DONE-2", "cannot flush %s", disk);
		close(fd);
		return false;
	}
	close(fd);
	return true;
}

static void restart(int how, const char *what, struct error *e)
{
	sync();
	if (reboot(how) == 0)
		errno = EAGAIN;
	error_errno(e, ERROR_MACHINE, "DONE-4", "%s", what);
}

void handoff_jump(struct error *e)
{
	restart(LINUX_REBOOT_CMD_KEXEC, "the jump into the new kernel failed", e);
}

void handoff_reboot(struct error *e)
{
	restart(LINUX_REBOOT_CMD_RESTART, "the machine does not restart", e);
}

void handoff_power_off(struct error *e)
{
	restart(LINUX_REBOOT_CMD_POWER_OFF, "the machine does not switch off", e);
}

/* SPDX-License-Identifier: MIT */
#include "platform/block.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

bool block_look(struct block_facts *facts, int fd, const char *name, struct error *e)
{
	struct block_facts f = { .sector_bytes = 512 };
	struct stat st;
	int sector = 0;

	if (fstat(fd, &st) < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "%s", name);
	if (S_ISREG(st.st_mode)) {
		f.size_bytes = (uint64_t)st.st_size;
	} else if (S_ISBLK(st.st_mode)) {
		f.is_device = true;
		if (ioctl(fd, BLKGETSIZE64, &f.size_bytes) < 0 ||
		    ioctl(fd, BLKSSZGET, &sector) < 0)
			return error_errno(e, ERROR_MACHINE, NULL, "%s: size", name);
		f.sector_bytes = (uint32_t)sector;
	} else {
		return error_set(e, ERROR_REFUSED, NULL, "%s is neither a disk nor a file",
				 name);
	}
	*facts = f;
	return true;
}

bool block_use_cache(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_DIRECT) && fcntl(fd, F_SETFL, flags & ~O_DIRECT) == 0;
}

bool block_write(int fd, const void *from, size_t size, uint64_t offset)
{
	bool again = false;

	while (size) {
		ssize_t n = pwrite(fd, from, size, (off_t)offset);

		if (n < 0 && (errno == EINTR || (errno == EINVAL && block_use_cache(fd))))
			continue;
		if (n < 0 && errno == EIO && !again) {
			again = true;
			continue;
		}
		if (n <= 0) {
			errno = n < 0 ? errno : ENOSPC;
			return false;
		}
		from = (const uint8_t *)from + n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return true;
}

bool block_read(int fd, void *to, size_t size, uint64_t offset)
{
	while (size) {
		ssize_t n = pread(fd, to, size, (off_t)offset);

		if (n < 0 && (errno == EINTR || (errno == EINVAL && block_use_cache(fd))))
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : ENODATA;
			return false;
		}
		to = (uint8_t *)to + n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return true;
}

bool block_punch(int fd, uint64_t offset, uint64_t size)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
			 (off_t)size) == 0;
}

bool block_flush(int fd)
{
	if (fsync(fd) < 0)
		return false;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "discovery/media_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/file.h"

/* USB-6; %s is the serial number. */
static const char *const directories[] = {
	"EN9/%s/bootstrapping-data", "EN9/%s", "EN9", "sztp/%s", "sztp", ".",
};

bool media_files_is_directory(const char *serial)
{
	return serial[0] && serial[0] != '.' && !strpbrk(serial, "/\\");
}

static int open_in(int root, const char *directory, const char *name)
{
	char path[CONFIG_SERIAL_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return file_open_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

/* Read the file @name, if it is there; @size 0: it is not. */
static bool read_one(size_t *size, struct writer *to, int root, const char *directory,
		     const char *name, const struct media_files_limits *limits,
		     struct error *e)
{
	size_t room = to->size - to->used, used;
	int fd = open_in(root, directory, name);

	*size = 0;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return true;
	if (fd < 0) {
		/* A link, a socket, a device; anything else is a broken medium. */
		bool no_file = errno == ELOOP || errno == EXDEV || errno == ENXIO || errno == EACCES;

		return error_errno(e, no_file ? ERROR_REFUSED : ERROR_MACHINE,
				   no_file ? "USB-10" : NULL, "%s/%s", directory, name);
	}
	if (room > limits->file_max)
		room = limits->file_max;
	bool good = file_read_fd(to->start + to->used, room, &used, fd, name, e);

	close(fd);
	if (!good) {
		if (e->code == ERROR_REFUSED)
			error_rule(e, "USB-10");
		return error_wrap(e, "%s", directory);
	}
	if (used == 0)
		return error_set(e, ERROR_REFUSED, "USB-3", "%s/%s is empty", directory, name);
	to->used += used;
	*size = used;
	return true;
}

static bool read_set(struct media_files *f, struct writer *to, int root,
		     const struct media_files_limits *limits, struct error *e)
{
	struct stat st;
	int fd;

	if (!read_one(&f->conveyed_information, to, root, f->directory,
		      "conveyed-information.cms", limits, e))
		return false;
	if (!f->conveyed_information)
		return true;
	if (!read_one(&f->owner_certificate, to, root, f->directory, "owner-certificate.cms",
		      limits, e) ||
	    !read_one(&f->ownership_voucher, to, root, f->directory, "ownership-voucher.vcj",
		      limits, e))
		return false;
	if (!f->ownership_voucher &&
	    !read_one(&f->ownership_voucher, to, root, f->directory, "ownership-voucher.cms",
		      limits, e))
		return false;
	/* Whether the information is signed, only its reader knows; but half a set is none. */
	if (!f->owner_certificate != !f->ownership_voucher)
		return error_set(e, ERROR_REFUSED, "USB-8", "%s: there is an %s without an %s",
				 f->directory,
				 f->owner_certificate ? "owner certificate" : "ownership voucher",
				 f->owner_certificate ? "ownership voucher" : "owner certificate");
	fd = open_in(root, f->directory, "ztp_actions.cms");
	f->has_actions = fd >= 0 && fstat(fd, &st) == 0;
	if (fd >= 0)
		close(fd);
	return true;
}

bool media_files_read(struct media_files *files, struct writer *to, int root,
		      const char *serial, const struct media_files_limits *limits,
		      struct error *e)
{
	bool serial_is_safe = media_files_is_directory(serial);
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		struct media_files f = { .directory = "" };

		if (strchr(directories[i], '%') && !serial_is_safe)
			continue;
		snprintf(f.directory, sizeof(f.directory), directories[i], serial);
		if (!read_set(&f, to, root, limits, e))
			return false;
		if (f.conveyed_information) {
			*files = f;
			return true;
		}
	}
	/* Somebody's stick, or a stick for other devices? */
	if (fstatat(root, "EN9", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    fstatat(root, "sztp", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(e, ERROR_LATER, "USB-9", "holds data for other devices only");
	return error_set(e, ERROR_LATER, "USB-6", "holds no bootstrapping data");
}

/* SPDX-License-Identifier: MIT */
#include "handoff/boot_disk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "platform/file.h"
#include "platform/mount.h"

#define MOUNTS "/run/sztpboot/boot"

/* UAPI.1 and UAPI.2; MBR has 0xef for the first. */
#define TYPE_ESP      "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
#define TYPE_XBOOTLDR "bc13c2ff-59e6-4262-a352-b275fd6f7172"

static enum boot_place_kind kind_of(const struct probe_partition *p)
{
	if (strcmp(p->type_uuid, TYPE_ESP) == 0 || strcmp(p->type_uuid, "0xef") == 0)
		return BOOT_PLACE_ESP;
	if (strcmp(p->type_uuid, TYPE_XBOOTLDR) == 0)
		return BOOT_PLACE_XBOOTLDR;
	return BOOT_PLACE_ROOT;
}

/* Mount one partition and add it.  One that cannot be mounted is passed over. */
static void add(struct boot_disk *d, const struct probe_partition *partition)
{
	struct boot_place *place = &d->places[d->count];
	char *where = d->where[d->count];
	struct error e;
	int root;

	if (d->count == CONFIG_BOOT_PLACES_MAX || !partition->fs_type[0])
		return;
	snprintf(where, sizeof(d->where[0]), MOUNTS "/%zu", d->count);
	if (!mount_device(partition->path, partition->fs_type, where, 0, &e)) {
		log_debug("boot_disk", "%s", e.text);
		return;
	}
	root = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		log_warn("boot_disk", "%s cannot be opened", where);
		if (!mount_remove(where, &e))
			log_warn("boot_disk", "%s", e.text);
		return;
	}
	d->partitions[d->count] = *partition;
	place->kind = kind_of(partition);
	place->root = root;
	place->name = d->partitions[d->count].path;
	place->partition_uuid = d->partitions[d->count].uuid;
	d->count++;
}

static bool open_device(struct boot_disk *d, const char *path, struct error *e)
{
	struct probe_partition *list = calloc(CONFIG_PARTITIONS_MAX, sizeof(*list));
	size_t count = 0;
	bool good = false;

	if (!list)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for the partitions of %s",
				 path);
	d->mounted = true;
	if (probe_partitions(list, &count, path, e)) {
		/* As UAPI.1 orders them: ESP, XBOOTLDR, then the rest. */
		for (int kind = BOOT_PLACE_ESP; kind <= BOOT_PLACE_ROOT; kind++)
			for (size_t i = 0; i < count; i++)
				if ((int)kind_of(&list[i]) == kind)
					add(d, &list[i]);
	} else if (e->code != ERROR_REFUSED || !probe_file_system(&list[0], path, e)) {
		goto out;
	} else {
		add(d, &list[0]);
	}
	good = d->count > 0 || error_set(e, ERROR_REFUSED, "DONE-1",
					 "%s has no file system that can be mounted", path);
out:
	free(list);
	return good;
}

/* A directory: which partition is it on?  Nobody must know, so failing is silent. */
static void find_partition(struct probe_partition *p, const struct stat *st)
{
	char link[64], target[256], device[64];
	struct error e;
	ssize_t n;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(st->st_dev),
		 minor(st->st_dev));
	n = readlink(link, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';

	const char *name = strrchr(target, '/');

	snprintf(device, sizeof(device), "/dev/%.40s", name ? name + 1 : target);
	if (!probe_file_system(p, device, &e))
		memset(p, 0, sizeof(*p));
}

static bool open_directory(struct boot_disk *d, const char *path, const struct stat *st,
			   struct error *e)
{
	struct boot_place *place = &d->places[0];

	place->kind = BOOT_PLACE_ROOT;
	place->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->root < 0)
		return error_errno(e, ERROR_USAGE, NULL, "%s", path);
	find_partition(&d->partitions[0], st);
	place->name = path;
	place->partition_uuid = d->partitions[0].uuid;
	d->count = 1;
	return true;
}

bool boot_disk_open(struct boot_disk *d, const char *path, struct error *e)
{
	struct stat st;

	memset(d, 0, sizeof(*d));
	if (stat(path, &st) < 0)
		return error_errno(e, ERROR_USAGE, NULL, "%s", path);
	if (S_ISDIR(st.st_mode))
		return open_directory(d, path, &st, e);
	if (S_ISBLK(st.st_mode))
		return open_device(d, path, e);
	return error_set(e, ERROR_USAGE, NULL, "%s is neither a disk nor a directory", path);
}

bool boot_disk_close(struct boot_disk *d, struct error *e)
{
	bool good = true;

	while (d->count) {
		d->count--;
		close(d->places[d->count].root);
		if (d->mounted && !mount_remove(d->where[d->count], e))
			good = false;
	}
	return good;
}

static bool is_directory_in(int root, const char *path)
{
	int fd = file_open_in(root, path, O_PATH | O_DIRECTORY, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool is_there(int root, const char *path)
{
	int fd = file_open_in(root, path, O_PATH, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool boot_disk_mount_root(const char *path, const char *where, struct error *e)
{
	struct probe_partition root = { .number = 0 };
	struct boot_disk d;
	size_t found = 0;
	struct error ignored;

	if (!boot_disk_open(&d, path, e))
		return false;
	for (size_t i = 0; i < d.count && d.mounted; i++) {
		int fd = d.places[i].root;

		if (d.places[i].kind != BOOT_PLACE_ROOT || !is_directory_in(fd, "var") ||
		    !(is_there(fd, "etc/os-release") || is_there(fd, "usr/lib/os-release")))
			continue;
		root = d.partitions[i];
		found++;
	}
	if (!boot_disk_close(&d, &ignored)) {
		*e = ignored;
		return false;
	}
	if (found != 1)
		return error_set(e, ERROR_REFUSED, NULL,
				 "%s has %s root file system with /etc/os-release and /var",
				 path, found ? "more than one" : "no");
	return mount_device(root.path, root.fs_type, where, MOUNT_WRITE, e);
}

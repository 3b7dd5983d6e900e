/* SPDX-License-Identifier: MIT */
#include "platform/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/text.h"
#include "platform/file.h"

#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, uint64_t) /* Linux 5.15 */
#endif

/* ---- facts from /sys ------------------------------------------------------------------ */

/* A text of the device, escaped; from the first of the attributes that has one. */
static void read_text(char *to, size_t size, const char *directory,
		      const char *const *attributes)
{
	to[0] = '\0';
	for (; *attributes && !to[0]; attributes++) {
		char path[PATH_MAX], line[256];

		snprintf(path, sizeof(path), "%s/%s", directory, *attributes);
		file_read_line(line, sizeof(line), path);
		text_quote(to, size, bytes_of_text(line));
	}
}

static uint64_t number_of(const char *directory, const char *attribute, uint64_t otherwise)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, attribute);
	return file_read_number(path, otherwise);
}

/*
 * SCSI keeps the serial number in page 80 of its vital product data: four bytes of header,
 * the last two of which are the length.
 */
static void read_scsi_serial(char *to, size_t size, const char *directory)
{
	char path[PATH_MAX];
	uint8_t page[256];
	struct error e;
	size_t used;
	bool bad;

	snprintf(path, sizeof(path), "%s/device/vpd_pg80", directory);
	if (!file_read(page, sizeof(page), &used, path, 0, &e))
		return;

	struct reader r = reader_over(bytes_of(page, used), &bad);

	reader_skip(&r, 2);
	struct bytes serial = reader_bytes(&r, reader_be16(&r));

	while (serial.size && serial.at[0] == ' ')
		serial = bytes_of(serial.at + 1, serial.size - 1);
	while (serial.size && serial.at[serial.size - 1] == ' ')
		serial.size--;
	if (!bad)
		text_quote(to, size, serial);
}

/* The bus, from the path of the device: the nearest one counts (USB before its PCI host). */
static const char *transport_of(const char *bus_path, const char *name)
{
	static const struct {
		const char *part, *transport;
	} buses[] = {
		{ "/usb", "usb" },	 { "/nvme", "nvme" }, { "/mmc", "mmc" },
		{ "/virtio", "virtio" }, { "/ata", "sata" },  { "ufshc", "ufs" },
		{ "/vbd-", "xen" },	 { "/host", "scsi" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
		if (strstr(bus_path, buses[i].part))
			return buses[i].transport;
	return strncmp(name, "nvme", 4) == 0 ? "nvme" : "";
}

/* First name in a directory that is not "." or ".."; false: none. */
static bool first_name(char *to, size_t size, const char *directory)
{
	DIR *d = opendir(directory);
	const struct dirent *entry;
	bool found = false;

	while (d && !found && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(to, size, "%.40s", entry->d_name);
		found = true;
	}
	if (d)
		closedir(d);
	return found;
}

static bool is_number(const char *text)
{
	return text[0] && text[strspn(text, "0123456789")] == '\0';
}

/* Is @name a partition of @disk: "vda1" of "vda", "nvme0n1p1" of "nvme0n1"? */
static bool is_partition_of(const char *name, const char *disk)
{
	size_t n = strlen(disk);

	if (strncmp(name, disk, n) != 0)
		return false;
	if (n && disk[n - 1] >= '0' && disk[n - 1] <= '9')
		return name[n] == 'p' && is_number(name + n + 1);
	return is_number(name + n);
}

/* Held by another driver (dm, md), the disk itself or one of its partitions? */
static void read_holders(struct disk *d, const char *directory)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *parts;

	snprintf(path, sizeof(path), "%s/holders", directory);
	if (first_name(d->used_by, sizeof(d->used_by), path))
		return;
	parts = opendir(directory);
	while (parts && !d->used_by[0] && (entry = readdir(parts))) {
		if (!is_partition_of(entry->d_name, d->name))
			continue;
		snprintf(path, sizeof(path), "%s/%s/holders", directory, entry->d_name);
		first_name(d->used_by, sizeof(d->used_by), path);
	}
	if (parts)
		closedir(parts);
}

/*
 * Mounted or swapped on?  /proc names devices by path; btrfs and overlay name none of ours,
 * so the exclusive open of disk_open() has the last word.
 */
static void read_use(struct disk *list, size_t count, const char *proc)
{
	static const struct {
		const char *file, *how;
	} tables[] = { { "self/mounts", "mounted" }, { "swaps", "used for swap" } };

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		char path[PATH_MAX], line[1024];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", proc, tables[t].file);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f)) {
			char *device = strtok(line, " \t\n");

			if (!device || strncmp(device, "/dev/", 5) != 0)
				continue;
			device += 5;
			for (size_t i = 0; i < count; i++) {
				struct disk *d = &list[i];

				if (!d->used_by[0] && (strcmp(device, d->name) == 0 ||
						       is_partition_of(device, d->name)))
					snprintf(d->used_by, sizeof(d->used_by), "%.24s %s",
						 device, tables[t].how);
			}
		}
		if (f)
			fclose(f);
	}
}

/* Not disks whatever they hold: the kernel's virtual ones, floppies, optical drives. */
static bool is_kind_of_disk(const char *name, const char *directory, bool optical)
{
	static const char *const others[] = { "sr", "ram", "zram", "fd", "dm-", "md", "mtdblock" };

	for (size_t i = optical; i < ARRAY_SIZE(others); i++) {
		size_t n = strlen(others[i]);

		if (strncmp(name, others[i], n) == 0 && is_number(name + n))
			return false;
	}
	/* loop and nbd devices exist without anything in them. */
	return number_of(directory, "size", 0) > 0;
}

/* mmcblk0boot0, mmcblk0rpmb: areas beside the disk. */
static bool is_boot_area(const char *name)
{
	return strncmp(name, "mmcblk", 6) == 0 &&
	       (strstr(name, "boot") || strstr(name, "rpmb") || strstr(name, "gp"));
}

/* Where it is plugged in.  NVMe with several paths hangs below "virtual" all the same. */
static void read_bus_path(struct disk *d, const char *directory)
{
	char target[PATH_MAX];
	const char *devices;

	if (!realpath(directory, target))
		return;
	devices = strstr(target, "/devices/");
	if (!devices || strncmp(devices, "/devices/virtual/block/", 23) == 0)
		return;
	devices += strlen("/devices/");
	/* Without its tail "/block/vda", which changes from boot to boot. */
	const char *tail = strstr(devices, "/block/");
	size_t n = tail ? (size_t)(tail - devices) : strlen(devices);

	snprintf(d->bus_path, sizeof(d->bus_path), "%.*s", (int)n, devices);
}

static void read_disk(struct disk *d, const char *sys, const char *name)
{
	char directory[PATH_MAX], slashed[PATH_MAX];

	memset(d, 0, sizeof(*d));
	snprintf(directory, sizeof(directory), "%s/block/%.31s", sys, name);
	snprintf(d->name, sizeof(d->name), "%.31s", name);
	snprintf(d->path, sizeof(d->path), "/dev/%s", d->name);
	for (char *c = d->path + 5; *c; c++)
		if (*c == '!') /* /sys's way of writing "/" (cciss!c0d0) */
			*c = '/';
	d->size_bytes = number_of(directory, "size", 0) * 512; /* always of 512 */
	d->sector_bytes = (uint32_t)number_of(directory, "queue/logical_block_size", 512);
	d->diskseq = number_of(directory, "diskseq", 0);
	d->removable = number_of(directory, "removable", 0) != 0;
	d->read_only = number_of(directory, "ro", 0) != 0;
	d->rotational = number_of(directory, "queue/rotational", 0) != 0;
	d->hidden = number_of(directory, "hidden", 0) != 0 || is_boot_area(d->name);
	read_text(d->model, sizeof(d->model), directory,
		  (const char *const[]){ "device/model", "device/name", NULL });
	read_text(d->serial, sizeof(d->serial), directory,
		  (const char *const[]){ "serial", "device/serial", NULL });
	read_text(d->wwid, sizeof(d->wwid), directory,
		  (const char *const[]){ "wwid", "device/wwid", "device/cid", NULL });
	if (!d->serial[0])
		read_scsi_serial(d->serial, sizeof(d->serial), directory);
	read_bus_path(d, directory);
	snprintf(slashed, sizeof(slashed), "/%s", d->bus_path);
	snprintf(d->transport, sizeof(d->transport), "%s",
		 d->bus_path[0] ? transport_of(slashed, d->name) : "");
	read_holders(d, directory);
}

static int by_name(const void *a, const void *b)
{
	const struct disk *left = a, *right = b;
	size_t n = strlen(left->name), m = strlen(right->name);

	/* vdb before vdaa */
	return n != m ? (n < m ? -1 : 1) : strcmp(left->name, right->name);
}

static bool list_disks(struct disk *list, size_t *count, const char *sys, const char *proc,
		       bool removable, struct error *e)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/block", sys);
	d = opendir(path);
	if (!d)
		return error_errno(e, ERROR_MACHINE, NULL, "%s", path);
	while ((entry = readdir(d))) {
		char directory[PATH_MAX];

		snprintf(directory, sizeof(directory), "%s/%.64s", path, entry->d_name);
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(list->name) ||
		    !is_kind_of_disk(entry->d_name, directory, removable))
			continue;
		if (n == CONFIG_DISKS_MAX) {
			closedir(d);
			return error_set(e, ERROR_MACHINE, NULL,
					 "this machine has more than %d disks",
					 CONFIG_DISKS_MAX);
		}
		read_disk(&list[n], sys, entry->d_name);
		if (!removable || (!list[n].hidden &&
				   (list[n].removable || strcmp(list[n].transport, "usb") == 0 ||
				    strcmp(list[n].transport, "mmc") == 0)))
			n++;
	}
	closedir(d);
	qsort(list, n, sizeof(*list), by_name);
	read_use(list, n, proc);
	*count = n;
	return true;
}

bool disk_list(struct disk *list, size_t *count, const char *sys, const char *proc,
	       struct error *e)
{
	return list_disks(list, count, sys, proc, false, e);
}

bool disk_list_removable(struct disk *list, size_t *count, const char *sys, struct error *e)
{
	return list_disks(list, count, sys, "/proc", true, e);
}

bool disk_find(struct disk *disk, const char *path, struct error *e)
{
	char real[PATH_MAX], link[64];
	struct disk found;
	struct stat st;

	if (!realpath(path, real) || stat(real, &st) < 0)
		return error_errno(e, ERROR_USAGE, NULL, "%s", path);
	if (!S_ISBLK(st.st_mode))
		return error_set(e, ERROR_USAGE, NULL, "%s is not a disk", path);
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	if (!realpath(link, real))
		return error_errno(e, ERROR_MACHINE, NULL, "%s", link);
	snprintf(link, sizeof(link), "%.50s", strrchr(real, '/') + 1);
	if (number_of(real, "partition", 0))
		return error_set(e, ERROR_USAGE, NULL, "%s is a partition, not a whole disk",
				 path);
	read_disk(&found, "/sys", link);
	if (found.size_bytes == 0)
		return error_set(e, ERROR_USAGE, NULL, "%s has no medium", path);
	read_use(&found, 1, "/proc");
	*disk = found;
	return true;
}

void disk_mark_boot_medium(struct disk *list, size_t count, const char *sys,
			   const char *partition_uuid)
{
	if (!partition_uuid[0])
		return;
	for (size_t i = 0; i < count; i++) {
		char path[PATH_MAX];
		const struct dirent *entry;
		DIR *d;

		snprintf(path, sizeof(path), "%s/block/%s", sys, list[i].name);
		d = opendir(path);
		while (d && (entry = readdir(d))) {
			char uevent[PATH_MAX], text[1024], wanted[80];
			struct error e;
			size_t used;

			if (!is_partition_of(entry->d_name, list[i].name))
				continue;
			snprintf(uevent, sizeof(uevent), "%s/%.64s/uevent", path,
				 entry->d_name);
			if (!file_read(text, sizeof(text) - 1, &used, uevent, 0, &e))
				continue;
			text[used] = '\0';
			snprintf(wanted, sizeof(wanted), "PARTUUID=%.64s\n", partition_uuid);
			if (strcasestr(text, wanted))
				list[i].boot_medium = true;
		}
		if (d)
			closedir(d);
	}
}

/* ---- waiting -------------------------------------------------------------------------- */

/* "add@/devices/.../block/vda\0ACTION=add\0SUBSYSTEM=block\0DEVTYPE=disk\0..." */
static bool is_disk_event(struct bytes message)
{
	bool block = false, disk = false, comes_or_goes = false, bad;
	struct reader r = reader_over(message, &bad);

	while (reader_left(&r)) {
		struct bytes field = reader_until(&r, '\0');

		block |= bytes_equal_text(field, "SUBSYSTEM=block");
		disk |= bytes_equal_text(field, "DEVTYPE=disk");
		comes_or_goes |= bytes_equal_text(field, "ACTION=add") ||
				 bytes_equal_text(field, "ACTION=remove") ||
				 bytes_equal_text(field, "DISK_MEDIA_CHANGE=1");
	}
	return !bad && block && disk && comes_or_goes;
}

static void watch_ready(void *context, unsigned events)
{
	struct disk_watch *w = context;
	uint8_t message[8192];
	bool changed = false;
	ssize_t n;

	(void)events;
	for (;;) {
		n = recv(w->fd.fd, message, sizeof(message), MSG_DONTWAIT);
		if (n < 0 && errno == ENOBUFS)
			changed = true; /* so many that some were lost */
		else if (n <= 0)
			break;
		else
			changed |= is_disk_event(bytes_of(message, (size_t)n));
	}
	w->woken = true;
	if (!changed)
		return;
	w->changed_ms = loop_now_ms();
	if (w->changed)
		w->changed(w->context);
}

static void watch_expired(void *context)
{
	struct disk_watch *w = context;

	w->woken = true;
}

bool disk_watch_start(struct disk_watch *w, struct loop *loop, struct error *e)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "cannot watch for disks");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		error_errno(e, ERROR_MACHINE, NULL, "cannot watch for disks");
		close(fd);
		return false;
	}
	memset(w, 0, sizeof(*w));
	w->loop = loop;
	w->started_ms = w->changed_ms = loop_now_ms();
	w->fd = (struct loop_fd){
		.fd = fd, .wants = LOOP_READ, .ready = watch_ready, .context = w
	};
	w->timer = (struct loop_timer){ .expired = watch_expired, .context = w };
	loop_fd_add(loop, &w->fd);
	return true;
}

void disk_watch_stop(struct disk_watch *w)
{
	if (!w->loop)
		return;
	loop_fd_remove(w->loop, &w->fd);
	loop_timer_cancel(w->loop, &w->timer);
	close(w->fd.fd);
	w->loop = NULL;
}

/* One that is on a bus and no stick: what an installation could go to. */
static bool candidate_is_there(void)
{
	struct disk *list = calloc(CONFIG_DISKS_MAX, sizeof(*list));
	struct error e;
	size_t count = 0;
	bool there = false;

	if (!list)
		return true;
	if (!disk_list(list, &count, "/sys", "/proc", &e))
		there = true; /* the caller's own disk_list() will tell */
	for (size_t i = 0; i < count; i++)
		there |= list[i].bus_path[0] && !list[i].removable && !list[i].hidden;
	free(list);
	return there;
}

bool disk_watch_settle(struct disk_watch *w, struct error *e)
{
	for (;;) {
		uint64_t now = loop_now_ms();
		uint64_t until = w->changed_ms + CONFIG_DISK_QUIET_MS;

		if (now >= until) {
			if (candidate_is_there() ||
			    now >= w->started_ms + CONFIG_DISK_SETTLE_MAX_MS)
				return true;
			until = w->started_ms + CONFIG_DISK_SETTLE_MAX_MS;
		}
		w->woken = false;
		loop_timer_set(w->loop, &w->timer, until);
		if (!loop_run_until(w->loop, &w->woken, 0, e))
			return false;
	}
}

/* ---- opening and partitions -------------------------------------------------------------
 */

static bool is_same(int fd, const struct disk *disk, struct error *e)
{
	uint64_t size = 0, sequence = 0;
	int read_only = 0;

	if (ioctl(fd, BLKGETSIZE64, &size) < 0 || ioctl(fd, BLKROGET, &read_only) < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "%s", disk->path);
	if (size != disk->size_bytes)
		return error_set(e, ERROR_MACHINE, NULL,
				 "%s has changed its size since it was chosen", disk->path);
	if (read_only)
		return error_set(e, ERROR_MACHINE, NULL, "%s is read-only", disk->path);
	if (disk->diskseq &&
	    (ioctl(fd, BLKGETDISKSEQ, &sequence) < 0 || sequence != disk->diskseq))
		return error_set(e, ERROR_MACHINE, NULL,
				 "%s is not the disk that was chosen any more", disk->path);
	return true;
}

bool disk_open(int *fd, const struct disk *disk, bool direct, struct error *e)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	int flags = O_RDWR | O_EXCL | O_CLOEXEC;
	struct stat st;
	int opened = -1;

	if (direct)
		opened = open(disk->path, flags | O_DIRECT);
	if (opened < 0 && (!direct || errno == EINVAL))
		opened = open(disk->path, flags);
	if (opened < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "cannot open %s for writing",
				   disk->path);
	if (fstat(opened, &st) < 0 || !S_ISBLK(st.st_mode)) {
		close(opened);
		return error_set(e, ERROR_MACHINE, NULL, "%s is not a disk", disk->path);
	}
	/* udev holds a shared lock while it probes: a moment. */
	for (unsigned tries = 0; flock(opened, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (tries == 50) {
			close(opened);
			return error_set(e, ERROR_MACHINE, NULL,
					 "%s is locked by another program", disk->path);
		}
		nanosleep(&pause, NULL);
	}
	if (!is_same(opened, disk, e)) {
		close(opened);
		return false;
	}
	*fd = opened;
	return true;
}

const char *disk_partition_path(char *to, size_t size, const char *disk_path, unsigned number)
{
	size_t n = strlen(disk_path);
	bool digit = n && disk_path[n - 1] >= '0' && disk_path[n - 1] <= '9';

	snprintf(to, size, "%s%s%u", disk_path, digit ? "p" : "", number);
	return to;
}

struct pause {
	struct loop_timer timer;
	bool over;
};

static void pause_over(void *context)
{
	((struct pause *)context)->over = true;
}

static bool pause_ms(struct loop *loop, uint64_t ms, struct error *e)
{
	struct pause p = { .timer = { .expired = pause_over, .context = &p } };
	bool good;

	loop_timer_set(loop, &p.timer, loop_now_ms() + ms);
	good = loop_run_until(loop, &p.over, 0, e);
	loop_timer_cancel(loop, &p.timer);
	return good;
}

/* Have all partitions that /sys lists their nodes?  devtmpfs makes them at once, udev late.
 */
static bool nodes_are_there(const struct disk *disk)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	bool all = true;
	DIR *d;

	snprintf(path, sizeof(path), "/sys/block/%s", disk->name);
	d = opendir(path);
	while (d && all && (entry = readdir(d))) {
		struct stat st;

		if (!is_partition_of(entry->d_name, disk->name))
			continue;
		snprintf(path, sizeof(path), "/dev/%.64s", entry->d_name);
		all = stat(path, &st) == 0 && S_ISBLK(st.st_mode);
	}
	if (d)
		closedir(d);
	return all;
}

bool disk_rescan(int fd, const struct disk *disk, struct loop *loop, struct error *e)
{
	uint64_t give_up_ms = loop_now_ms() + CONFIG_DISK_RESCAN_MS;
	uint64_t wait_ms = 50;

	while (ioctl(fd, BLKRRPART) < 0) {
		if (errno == EINVAL) /* a device that has no partitions: loop without -P */
			return true;
		if (errno != EBUSY || loop_now_ms() >= give_up_ms)
			return error_errno(
				e, ERROR_MACHINE, NULL,
				"the kernel does not read the partitions of %s again",
				disk->path);
		if (!pause_ms(loop, wait_ms, e))
			return false;
		wait_ms *= 2;
	}
	while (!nodes_are_there(disk)) {
		if (loop_now_ms() >= give_up_ms)
			return error_set(e, ERROR_MACHINE, NULL,
					 "the partitions of %s do not appear in /dev",
					 disk->path);
		if (!pause_ms(loop, 20, e))
			return false;
	}
	return true;
}

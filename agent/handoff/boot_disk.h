/* SPDX-License-Identifier: MIT */
#pragma once

#include "handoff/boot_entry.h"
#include "platform/probe.h"

/*
 * The file systems of one disk, mounted read-only for as long as boot_entry.h looks and
 * kexec.h copies.  Only this disk: a stick with a boot loader on it does not count.
 */

struct boot_disk {
	struct boot_place places[CONFIG_BOOT_PLACES_MAX];
	struct probe_partition partitions[CONFIG_BOOT_PLACES_MAX];
	char where[CONFIG_BOOT_PLACES_MAX][64];
	size_t count;
	bool mounted; /* false: a directory the caller named */
};

/*
 * Mount ESP, XBOOTLDR and Linux file systems of the disk (or of one partition, or take a
 * directory as a root file system).
 *
 * @path: "/dev/vda", "/dev/vda2" or a directory.
 * Errors: ERROR_REFUSED no file system to look at, ERROR_MACHINE.
 */
MUST_CHECK bool boot_disk_open(struct boot_disk *d, const char *path, struct error *e);

/* Unmount all.  false: something stayed mounted, @e says what. */
MUST_CHECK bool boot_disk_close(struct boot_disk *d, struct error *e);

/*
 * Mount the installed system's root file system for writing, at @where: the one place of
 * kind BOOT_PLACE_ROOT that holds /etc/os-release or /usr/lib/os-release and /var.
 */
MUST_CHECK bool boot_disk_mount_root(const char *path, const char *where, struct error *e);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "discovery/media_files.h"
#include "platform/disk.h"

/*
 * Removable media as a source of bootstrapping data (RFC 8572 §4.1): which devices there
 * are, one after the other mounted and read.  Whether what they hold is true is the
 * bootstrap conversation's business; here everything is hostile.
 *
 * A medium is one file system: on a whole device, or one of its partitions.  Devices count
 * when they are removable, or on USB or an MMC slot (USB-15); the one we were started from
 * and optical drives among them.  A device is probed, mounted (read-only, nosuid, nodev,
 * noexec) and read by a child process, which is given CONFIG_MEDIA_READ_MS: neither a
 * broken file system nor a device that hangs or is pulled out stops the program, and leases
 * are renewed meanwhile.  Each refusal is logged with device, directory and rule.
 */
struct media {
	/* Set by the caller before media_start(); kept until media_stop(). */
	struct loop *loop;
	const char *serial; /* NULL: unknown; directories without serial number count */
	const char *where; /* where media are mounted; NULL: /run/sztpboot/medium */
	const char *sys;   /* NULL: /sys */
	size_t file_max, set_max; /* bytes; 0: CONFIG_ARTIFACT_MAX, CONFIG_MEDIA_SET_MAX (USB-10) */
	unsigned read_ms; /* 0: CONFIG_MEDIA_READ_MS */
	void (*changed)(void *context); /* a device came or went; may be NULL */
	void *context;

	/* The rest belongs to media.c. */
	struct disk_watch watch;
	struct media_tried {
		char name[32];
		uint64_t diskseq;
		unsigned looked; /* file systems of it that this round has looked at */
		bool over;
	} tried[CONFIG_MEDIA_MAX];
	size_t tried_count;
	struct media_scan *scan; /* memory shared with the child; holds what was found */
	int stuck;		 /* a child that hangs in the kernel, and its device; 0: none */
	uint64_t stuck_diskseq;
};

/* A medium that holds something, mounted; borrowed until media_release(). */
struct media_find {
	const char *device;    /* "sda1" */
	const char *file_system; /* "vfat" */
	const char *directory; /* below the root: "EN9/SN1"; "." for the root itself */
	const char *root;      /* where it is mounted: bootstrap_source.medium */
	struct bytes conveyed_information;
	struct bytes owner_certificate, ownership_voucher; /* empty: not there */
};

/* Start watching for devices.  Errors: ERROR_MACHINE. */
MUST_CHECK bool media_start(struct media *m, struct error *e);

/* Unmount and stop watching.  Fine on one that was not started, and twice. */
void media_stop(struct media *m);

/* From here on every medium is looked at once more. */
void media_begin_round(struct media *m);

/*
 * The next medium of this round, in the order of names, that holds conveyed information;
 * a device that came meanwhile belongs to the round.  Turns the loop while it reads.
 * Releases the one before.
 *
 * Errors: ERROR_LATER USB-15 no further medium holds anything; ERROR_MACHINE.
 */
MUST_CHECK bool media_next(struct media *m, struct media_find *find, struct error *e);

/* Unmount what media_next() gave; lazily when somebody still has a file of it open. */
void media_release(struct media *m);

/*
 * May a stick that is plugged in still be on its way?  The kernel takes a second from plug
 * to disk, and one that is there when the machine starts should not lose against the
 * network.  True while there is a USB storage device without its disk, at most
 * CONFIG_MEDIA_SETTLE_MS after the last change; and for CONFIG_MEDIA_ENUMERATE_MS from the
 * start, where there is USB at all.
 */
bool media_pending(const struct media *m);

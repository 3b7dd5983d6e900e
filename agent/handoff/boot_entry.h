/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * What to boot: looks through file systems that the caller has opened, in an order that is
 * written down, and says why each other candidate lost.  Loading it is kexec.h's business.
 */

enum boot_entry_source {
	BOOT_ENTRY_SOURCE_BLS,	/* loader/entries, UAPI.1 type 1 */
	BOOT_ENTRY_SOURCE_SCAN, /* vmlinuz and initrd.img symbolic links of Debian's kind */
};

/* "bls" or "scan". */
const char *boot_entry_source_name(enum boot_entry_source source);

enum boot_place_kind {
	BOOT_PLACE_ESP,
	BOOT_PLACE_XBOOTLDR,
	BOOT_PLACE_ROOT, /* a Linux root file system, or one that may be */
};

/* One file system to look at; all borrowed. */
struct boot_place {
	enum boot_place_kind kind;
	int root;		    /* directory, open */
	const char *name;	    /* "vda2", or the directory's name */
	const char *partition_uuid; /* "" when there is none: then no root= can be made */
};

struct boot_entry {
	enum boot_entry_source source;
	size_t place;			   /* index into the places */
	char id[128];			   /* "debian-6.1.0.conf"; "/boot/vmlinuz" */
	char title[128];		   /* escaped */
	char version[64];		   /* escaped */
	char kernel[CONFIG_BOOT_PATH_MAX]; /* inside the place */
	char initrds[CONFIG_BOOT_INITRDS_MAX][CONFIG_BOOT_PATH_MAX];
	size_t initrd_count;
	char options[CONFIG_BOOT_OPTIONS_MAX];
};

struct boot_candidate {
	char what[160]; /* "vda1: loader/entries/debian.conf" */
	char why[160];	/* "taken", or why it lost */
	bool taken;
};

struct boot_search {
	struct boot_candidate candidates[CONFIG_BOOT_CANDIDATES_MAX];
	size_t count; /* more are left out */
};

/*
 * Find the entry to boot: BLS entries of all places first, in the specification's order,
 * then the symbolic links.
 *
 * @search: written also when nothing is found.
 * @console: our own command line's console= arguments, for entries without a command line
 * of their own; may be empty.
 * Errors: ERROR_REFUSED there is nothing to boot.
 */
MUST_CHECK bool boot_entry_find(struct boot_entry *entry, struct boot_search *search,
				const struct boot_place *places, size_t count,
				const char *console, struct error *e);

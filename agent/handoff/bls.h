/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * Boot loader entries of type 1 and the order among them.  Pure: bytes in, entry out.
 * Source: UAPI.1 Boot Loader Specification, UAPI.10 Version Format.
 */

struct bls_entry {
	char id[128];	 /* file name without the counter: "debian-6.1.0.conf" */
	char title[128]; /* escaped, as the next two */
	char version[64];
	char machine_id[64];
	char sort_key[64];
	char architecture[16];
	char kernel[CONFIG_BOOT_PATH_MAX]; /* "linux"; without a leading '/'; may be empty */
	char initrds[CONFIG_BOOT_INITRDS_MAX][CONFIG_BOOT_PATH_MAX];
	size_t initrd_count;
	char options[CONFIG_BOOT_OPTIONS_MAX]; /* all lines, one space between */
	bool is_program;		       /* "efi" or "uki": nothing for kexec */
	bool has_counter; /* boot counting: +LEFT or +LEFT-DONE in the file's name */
	uint64_t tries_left, tries_done;
};

/*
 * Read one entry file.
 *
 * @file_name: "NAME[+LEFT[-DONE]].conf".
 * Unknown keys are passed over, as the specification wants; so are device trees, which a
 * firmware with ACPI or the running kernel supplies.
 * Errors: ERROR_MALFORMED a key that may stand once stands twice, a path with "..", a
 * control character, a value too long, or no kernel and no program at all.
 */
MUST_CHECK bool bls_read(struct bls_entry *entry, const char *file_name, struct bytes text,
			 struct error *e);

/* Does @name look like an entry file: visible, and ends in ".conf"? */
bool bls_is_entry_name(const char *name);

/* Below 0: @a comes first.  UAPI.1, "Sorting": those without tries left come last. */
int bls_compare(const struct bls_entry *a, const struct bls_entry *b);

/* Below 0: @a is the older.  UAPI.10. */
int bls_compare_versions(struct bytes a, struct bytes b);

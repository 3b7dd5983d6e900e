/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "config.h"

/*
 * The files of bootstrapping data on a medium: in which directory, under which names, how
 * large (USB-3, USB-6 to USB-10, USB-17).  Names are compared as the file system does it:
 * without case on FAT and exFAT.
 */

struct media_files_limits {
	size_t file_max, set_max; /* bytes (USB-10) */
};

/* Offsets, not pointers: the memory is shared with another process. */
struct media_files {
	char directory[CONFIG_SERIAL_MAX + 32]; /* "EN9/SN1/bootstrapping-data"; ".": the root */
	size_t conveyed_information, owner_certificate, ownership_voucher; /* sizes; 0: none */
	bool has_actions; /* ztp_actions.cms lies beside them (USB-17) */
};

/* Can the serial number be the name of a directory (USB-9)?  Else only those without it count. */
bool media_files_is_directory(const char *serial);

/*
 * Find and read the set for the device @serial below the directory @root.
 *
 * @to: takes the files, one behind the other, in the order of struct media_files; its size
 * is the largest set.
 * Returns false with ERROR_LATER when there is nothing: e->rule is "USB-9" when there are
 * per-device directories but none of ours (skipped silently), else "USB-6".
 * Errors: ERROR_REFUSED USB-10 no regular file or too large, USB-8 half of a signed set;
 * ERROR_MACHINE it cannot be read.  The text begins with the directory.
 */
MUST_CHECK bool media_files_read(struct media_files *files, struct writer *to, int root,
				 const char *serial, const struct media_files_limits *limits,
				 struct error *e);

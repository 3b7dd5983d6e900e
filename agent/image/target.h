/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"
#include "platform/disk.h"

/*
 * Which disk is overwritten: from facts to exactly one disk or a refusal, with a sentence
 * for every disk taken or left.  Pure: no device is touched.  Never the first of several,
 * never by name alone.  Source: product.md section 6.
 */

enum target_install {
	TARGET_INSTALL_EMPTY, /* install.disk = empty: only a disk that holds nothing */
	TARGET_INSTALL_ANY,   /* install.disk = any: what it holds may be lost */
};

/* What the signed data, the sealed policy or the person at the keyboard allows. */
struct target_policy {
	enum target_install install;
	uint64_t size_min_bytes; /* 0: not known */
	uint64_t size_max_bytes; /* 0: no limit */
	/* Each may be NULL: not compared.  All that are given must fit.  A disk named by
	 * serial, wwid or bus_path may be removable or on USB; the one we booted from may
	 * not. */
	const char *model, *serial, *wwid, *bus_path, *transport;
};

struct target_verdict {
	bool taken;
	char reason[160]; /* "taken: the only empty disk", "left: holds gpt partition table"
			   */
};

/*
 * Choose.
 *
 * @verdicts: one for each disk, written also when the answer is a refusal.
 * Errors: ERROR_REFUSED none or several fit.  ERROR_LATER there is no disk at all.
 */
MUST_CHECK bool target_choose(size_t *chosen, struct target_verdict *verdicts,
			      const struct disk *disks, size_t count,
			      const struct target_policy *policy, struct error *e);

/* "empty" or "any" from a setting. */
MUST_CHECK bool target_install_read(enum target_install *install, const char *text);

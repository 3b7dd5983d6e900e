/* SPDX-License-Identifier: MIT */
#pragma once

#include "image/image.h"
#include "platform/disk.h"
#include "settings.h"
#include "sztp/bootstrap.h"

/*
 * The boot image step (RFC 8572 §5.6): choose the disk, stream the image from the first
 * download-uri that gives it, write, read back, make bootable last.
 */
struct install {
	struct loop *loop;
	const struct settings *settings;
	struct disk_watch *watch; /* started early, so that disks have settled by now */

	/* Results; kept for the next round of the same run. */
	bool installed;		    /* the disk holds the whole image of @sha256 */
	uint8_t sha256[32];
	struct disk disk;	    /* which was written; path "" before */
	struct image_report image;
	char uri[CONFIG_URI_MAX];   /* where it came from */
};

/*
 * All disks, settled, with the one we were started from marked; what they hold is not known.
 * @disks: at least CONFIG_DISKS_MAX.
 */
MUST_CHECK bool install_list_disks(struct disk *disks, size_t *count, struct disk_watch *watch,
				   struct error *e);

/* May the machine's own system be on it? */
bool install_is_fixed(const struct disk *disk);

/*
 * The disk, if there is one, that holds a system which a run of this agent has completed: it
 * left its result there (HW-1).  "": none.
 */
void install_find_completed(char name[static 32], struct disk_watch *watch);

/*
 * What an earlier round of this run has installed is not fetched again (IMG-3), and a disk
 * that it wrote may be written again: it holds nobody else's data.
 *
 * @from: onboarding information with at least one download-uri.
 * Errors: ERROR_REFUSED IMG-9 no digest or another digest; IMG-8 no usable URI; the disk
 * policy's refusals; ERROR_LATER the servers do not answer; ERROR_MACHINE IMG-14.
 */
MUST_CHECK bool install_image(struct install *i, const struct bootstrap_onboarding *from,
			      struct error *e);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"
#include "image/decode.h"
#include "image/disk_writer.h"
#include "image/sha256.h"

/*
 * A boot image onto a disk: bytes are pushed as they arrive, hashed as downloaded,
 * unpacked, written, read back, and only then made bootable.  Where they come from is the
 * caller's business; after a lost connection he goes on pushing at install->bytes_in.
 *
 * The target is not touched before the first megabyte has been unpacked and looks like an
 * image for this disk.  From then on, until finish returns true, nothing on it is bootable:
 * first and last megabyte are zero.  Source: RFC 8572 §5.6 step 3, IMG-4, IMG-9, IMG-10,
 * IMG-14 to IMG-16.
 *
 * Memory: 7 MiB and the zstd window, whatever the image's size.
 */

struct image_progress {
	const char *stage;		      /* "write" or "read back" */
	uint64_t bytes_in, bytes_in_expected; /* as downloaded; 0 not known */
	uint64_t bytes_out;		      /* written, or read back */
	uint64_t bytes_out_expected;	      /* 0 not known */
};

struct image_options {
	int fd;		       /* disk_open(), or a regular file open for reading and writing;
				  borrowed until finish or abort */
	const char *name;      /* for sentences: "vda"; kept */
	const uint8_t *sha256; /* 32 bytes, copied; NULL only with a caller who has no digest
				  (command write without --sha256) */
	uint64_t bytes_in_expected; /* size of the download; 0 not known */
	uint64_t
		bytes_out_expected; /* size of the image; 0 not known: zstd may announce it */
	uint64_t bytes_out_max;	    /* policy's limit; 0: only the disk's size */
	enum decode_format format;  /* DECODE_FORMAT_AUTO by magic */
	unsigned window_log_max;    /* zstd; 0: CONFIG_IMAGE_WINDOW_LOG */
	bool no_readback;	    /* IMG-10 wants it; only command write may leave it out */
	const struct disk_writer_io *io; /* NULL: the descriptor; a test puts faults here */
	void *io_context;

	/* Called after each block written and while reading back; may be NULL. */
	void (*progress)(void *context, const struct image_progress *progress);
	void *context;
};

struct image_report {
	uint64_t bytes_in, bytes_out, bytes_zero; /* zero bytes not sent to the device */
	char sha256[65];			  /* of the bytes as received */
	enum decode_format format;
	bool read_back; /* the body was read again and is what was decoded */
	bool gpt;	/* the image has a GPT */
	bool gpt_moved; /* its backup was moved to the end of a larger disk */
	double hash_s, decode_s, write_s, flush_s, readback_s, commit_s, total_s;
};

/* Fields belong to image.c, but bytes_in (as received so far) may be read. */
struct image_install {
	struct image_options options;
	uint8_t sha256_expected[32];
	uint64_t bytes_in;
	struct sha256 sha256;
	struct decode decode;
	struct disk_writer writer;
	struct image_report report;
	uint64_t started_ns;
	bool running;
};

/*
 * Start.  The target is looked at, not written.
 * Errors: ERROR_REFUSED IMG-15 the image is larger than the disk, ERROR_MACHINE.
 */
MUST_CHECK bool image_install_begin(struct image_install *install,
				    const struct image_options *options, struct error *e);

/*
 * The next bytes of the download.  After an error call image_install_abort().
 * Errors: ERROR_MALFORMED damaged data, ERROR_REFUSED it does not fit this disk,
 * ERROR_MACHINE (IMG-14) the disk fails.
 */
MUST_CHECK bool image_install_push(struct image_install *install, struct bytes bytes,
				   struct error *e);

/*
 * The download is complete: compare, flush, read back, make bootable.  Ends the install
 * either way; when it fails, the disk has been left unbootable.
 *
 * Errors: ERROR_MALFORMED the data end too early, ERROR_REFUSED IMG-9 another digest,
 * ERROR_MACHINE IMG-14 writing or reading back failed.
 */
MUST_CHECK bool image_install_finish(struct image_install *install,
				     struct image_report *report, struct error *e);

/* Give up; what was touched is left unbootable.  Safe to call twice or after finish. */
void image_install_abort(struct image_install *install);

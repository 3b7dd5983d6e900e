/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * Unpacking a stream: raw, zstd (RFC 8878) or gzip (RFC 1952), told apart by the first
 * bytes, never by a name.  Concatenated members are one stream, zero padding after the
 * last is passed over, anything else there is an error.  What the result means is the
 * caller's business.
 */

enum decode_format {
	DECODE_FORMAT_AUTO,
	DECODE_FORMAT_RAW,
	DECODE_FORMAT_ZSTD,
	DECODE_FORMAT_GZIP,
};

/* Fields belong to decode.c. */
struct decode {
	enum decode_format format;
	void *engine; /* ZSTD_DStream or z_stream, from decode_start until decode_end */
	unsigned window_log_max;
	uint8_t magic[6];
	unsigned magic_size, magic_taken;
	bool started, between, padding;
	uint64_t taken; /* bytes taken so far, for the sentence */
	uint64_t made;
};

/* "raw", "zst", "gz", "auto". */
const char *decode_format_name(enum decode_format format);
MUST_CHECK bool decode_format_read(enum decode_format *format, const char *text);

/*
 * How many bytes a stream that begins with @first says it unpacks to: of zstd, its first
 * frame; 0 when it does not say.  A hint, for refusing early and for showing progress.
 */
uint64_t decode_announced(struct bytes first);

/* @window_log_max: a zstd frame that wants more memory than 2^this is refused. */
void decode_start(struct decode *d, enum decode_format format, unsigned window_log_max);

/*
 * Unpack some.
 *
 * @in: advanced past what was taken.  @to, @size: room for the result; @made is how much
 * of it was filled.  Call again while input is left or the room was filled.
 * Errors: ERROR_MALFORMED damaged or trailing data, ERROR_REFUSED a format or window we
 * do not take, ERROR_MACHINE no memory.
 */
MUST_CHECK bool decode_step(struct decode *d, struct bytes *in, uint8_t *to, size_t size,
			    size_t *made, struct error *e);

/*
 * The input is over.  A last call of decode_step is not needed before it, except for what
 * fewer than six raw bytes in all leave behind: @rest points to those (else size 0).
 * Errors: ERROR_MALFORMED it ended inside a member, or was empty.
 */
MUST_CHECK bool decode_finish(struct decode *d, struct bytes *rest, struct error *e);

/* Free the engine.  Safe at any time after decode_start. */
void decode_end(struct decode *d);

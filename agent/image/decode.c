/* SPDX-License-Identifier: MIT */
#include "image/decode.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/*
 * Every format is a sequence of members; "between" two of them the stream may end, go on
 * with another member, or turn into zero padding.  Raw data is always between.
 */

#define MAGIC_BYTES 6 /* enough for the longest magic we know, xz */

const char *decode_format_name(enum decode_format format)
{
	static const char *const names[] = {
		[DECODE_FORMAT_AUTO] = "auto",
		[DECODE_FORMAT_RAW] = "raw",
		[DECODE_FORMAT_ZSTD] = "zst",
		[DECODE_FORMAT_GZIP] = "gz",
	};

	return names[format];
}

bool decode_format_read(enum decode_format *format, const char *text)
{
	for (enum decode_format f = DECODE_FORMAT_AUTO; f <= DECODE_FORMAT_GZIP; f++) {
		if (strcmp(decode_format_name(f), text) == 0) {
			*format = f;
			return true;
		}
	}
	return false;
}

uint64_t decode_announced(struct bytes first)
{
	unsigned long long size = ZSTD_getFrameContentSize(first.at, first.size);

	return size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ? 0 : size;
}

void decode_start(struct decode *d, enum decode_format format, unsigned window_log_max)
{
	memset(d, 0, sizeof(*d));
	d->format = format;
	d->window_log_max = window_log_max;
	d->between = true;
}

static bool starts(const struct decode *d, const void *magic, size_t size)
{
	return d->magic_size >= size && memcmp(d->magic, magic, size) == 0;
}

static bool sniff(struct decode *d, struct error *e)
{
	/* A skippable frame (RFC 8878 §3.1.2) may stand first: magic 184d2a50 to ..5f. */
	bool skippable = d->magic_size >= 4 && (d->magic[0] & 0xf0) == 0x50 &&
			 memcmp(d->magic + 1, "\x2a\x4d\x18", 3) == 0;

	if (starts(d, "\xfd\x37zXZ", 6))
		return error_set(e, ERROR_REFUSED, NULL,
				 "the image is packed with xz; raw, zstd and gzip are taken");
	if (starts(d, "BZh", 3))
		return error_set(
			e, ERROR_REFUSED, NULL,
			"the image is packed with bzip2; raw, zstd and gzip are taken");
	if (skippable || starts(d, "\x28\xb5\x2f\xfd", 4))
		d->format = DECODE_FORMAT_ZSTD;
	else if (starts(d, "\x1f\x8b", 2))
		d->format = DECODE_FORMAT_GZIP;
	else
		d->format = DECODE_FORMAT_RAW;
	return true;
}

static bool no_memory(struct error *e)
{
	return error_set(e, ERROR_MACHINE, NULL, "no memory for unpacking the image");
}

static bool engine_start(struct decode *d, struct error *e)
{
	d->started = true;
	if (d->format == DECODE_FORMAT_ZSTD) {
		ZSTD_DStream *z = ZSTD_createDStream();

		if (!z)
			return no_memory(e);
		d->engine = z;
		if (ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax,
							(int)d->window_log_max)))
			return error_set(e, ERROR_USAGE, NULL,
					 "zstd takes no window of 2^%u bytes",
					 d->window_log_max);
	} else if (d->format == DECODE_FORMAT_GZIP) {
		z_stream *z = calloc(1, sizeof(*z));

		if (!z)
			return no_memory(e);
		if (inflateInit2(z, 16 + MAX_WBITS) != Z_OK) { /* 16: gzip only */
			free(z);
			return no_memory(e);
		}
		d->engine = z;
	}
	return true;
}

static bool damaged(const struct decode *d, const char *what, struct error *e)
{
	return error_set(e, ERROR_MALFORMED, "IMG-9",
			 "image data are damaged near byte %llu: %s",
			 (unsigned long long)d->taken, what);
}

static bool zstd_failed(const struct decode *d, size_t code, struct error *e)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return error_set(
			e, ERROR_REFUSED, NULL,
			"the image needs a zstd window of more than 2^%u bytes; pack it "
			"with level 19 or less and without --long",
			d->window_log_max);
	case ZSTD_error_memory_allocation:
		return no_memory(e);
	case ZSTD_error_prefix_unknown:
		return damaged(
			d, d->made ? "something follows the last zstd frame" : "not zstd", e);
	case ZSTD_error_checksum_wrong:
		return damaged(d, "zstd checksum is wrong", e);
	case ZSTD_error_dictionary_wrong:
	case ZSTD_error_dictionary_corrupted:
		return error_set(e, ERROR_REFUSED, NULL, "the image needs a zstd dictionary");
	default:
		return damaged(d, "not valid zstd", e);
	}
}

static bool zstd_step(struct decode *d, struct bytes *in, uint8_t *to, size_t size,
		      size_t *made, struct error *e)
{
	ZSTD_inBuffer from = { in->at, in->size, 0 };
	ZSTD_outBuffer out = { to, size, 0 };

	while (from.pos < from.size || (!d->between && out.pos < out.size)) {
		size_t taken = from.pos, filled = out.pos;

		if (d->between && ((const uint8_t *)from.src)[from.pos] == 0) {
			d->padding = true;
			break;
		}
		size_t code = ZSTD_decompressStream(d->engine, &out, &from);

		d->taken += from.pos - taken;
		if (ZSTD_isError(code))
			return zstd_failed(d, code, e);
		d->between = code == 0;
		if (from.pos == taken && out.pos == filled && !d->between)
			break; /* it wants more input, or more room */
	}
	*in = bytes_of(in->at + from.pos, in->size - from.pos);
	*made = out.pos;
	return true;
}

static bool gzip_step(struct decode *d, struct bytes *in, uint8_t *to, size_t size,
		      size_t *made, struct error *e)
{
	z_stream *z = d->engine;
	size_t limit = 1u << 30; /* zlib counts in unsigned int */
	size_t offered = in->size < limit ? in->size : limit;
	size_t room = size < limit ? size : limit;

	z->next_in = (uint8_t *)in->at;
	z->avail_in = (unsigned)offered;
	z->next_out = to;
	z->avail_out = (unsigned)room;
	while (z->avail_out && (z->avail_in || !d->between)) {
		unsigned before_in = z->avail_in, before_out = z->avail_out;

		if (d->between) {
			if (*z->next_in == 0) {
				d->padding = true;
				break;
			}
			if (inflateReset(z) != Z_OK)
				return damaged(d, "not valid gzip", e);
			d->between = false;
		}
		int code = inflate(z, Z_NO_FLUSH);

		d->taken += before_in - z->avail_in;
		if (code == Z_STREAM_END)
			d->between = true;
		else if (code == Z_MEM_ERROR)
			return no_memory(e);
		else if (code != Z_OK && code != Z_BUF_ERROR)
			return damaged(d, z->msg ? z->msg : "not valid gzip", e);
		else if (z->avail_in == before_in && z->avail_out == before_out)
			break;
	}
	*in = bytes_of(in->at + (offered - z->avail_in), in->size - (offered - z->avail_in));
	*made = room - z->avail_out;
	return true;
}

static void raw_step(struct decode *d, struct bytes *in, uint8_t *to, size_t size,
		     size_t *made)
{
	size_t n = in->size < size ? in->size : size;

	if (n)
		memcpy(to, in->at, n);
	d->taken += n;
	*in = bytes_of(in->at + n, in->size - n);
	*made = n;
}

static bool padding_step(struct decode *d, struct bytes *in, size_t *made, struct error *e)
{
	*made = 0;
	for (size_t i = 0; i < in->size; i++)
		if (in->at[i] != 0)
			return damaged(d, "something follows the end of the packed data", e);
	d->taken += in->size;
	*in = bytes_of(in->at + in->size, 0);
	return true;
}

static bool engine_step(struct decode *d, struct bytes *in, uint8_t *to, size_t size,
			size_t *made, struct error *e)
{
	*made = 0;
	if (!d->padding) {
		switch (d->format) {
		case DECODE_FORMAT_ZSTD:
			if (!zstd_step(d, in, to, size, made, e))
				return false;
			break;
		case DECODE_FORMAT_GZIP:
			if (!gzip_step(d, in, to, size, made, e))
				return false;
			break;
		case DECODE_FORMAT_RAW:
		case DECODE_FORMAT_AUTO:
			raw_step(d, in, to, size, made);
			break;
		}
	}
	size_t ignored;

	d->made += *made;
	return !d->padding || padding_step(d, in, &ignored, e);
}

bool decode_step(struct decode *d, struct bytes *in, uint8_t *to, size_t size, size_t *made,
		 struct error *e)
{
	size_t first = 0, rest = 0;

	if (!d->started && d->format == DECODE_FORMAT_AUTO) {
		while (d->magic_size < MAGIC_BYTES && in->size) {
			d->magic[d->magic_size++] = *in->at;
			*in = bytes_of(in->at + 1, in->size - 1);
		}
		if (d->magic_size < MAGIC_BYTES) {
			*made = 0;
			return true;
		}
		if (!sniff(d, e))
			return false;
	}
	if (!d->started && !engine_start(d, e))
		return false;
	if (d->magic_taken < d->magic_size) {
		struct bytes magic = bytes_of(d->magic + d->magic_taken,
					      d->magic_size - d->magic_taken);

		if (!engine_step(d, &magic, to, size, &first, e))
			return false;
		d->magic_taken = (unsigned)(d->magic_size - magic.size);
	}
	if (d->magic_taken == d->magic_size && first < size &&
	    !engine_step(d, in, to + first, size - first, &rest, e))
		return false;
	*made = first + rest;
	return true;
}

bool decode_finish(struct decode *d, struct bytes *rest, struct error *e)
{
	struct bytes left = bytes_of(d->magic, d->started ? 0 : d->magic_size);

	/* Shorter than any magic: raw, as whoever made it may have meant. */
	if (d->taken + left.size == 0)
		return error_set(e, ERROR_MALFORMED, "IMG-9", "the image is empty");
	if (!d->between)
		return error_set(e, ERROR_MALFORMED, "IMG-9",
				 "image data end too early, after %llu bytes",
				 (unsigned long long)d->taken);
	if (!d->started)
		d->format = DECODE_FORMAT_RAW;
	*rest = left;
	return true;
}

void decode_end(struct decode *d)
{
	if (d->engine && d->format == DECODE_FORMAT_ZSTD)
		ZSTD_freeDStream(d->engine);
	if (d->engine && d->format == DECODE_FORMAT_GZIP) {
		inflateEnd(d->engine);
		free(d->engine);
	}
	d->engine = NULL;
}

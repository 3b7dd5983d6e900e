/* SPDX-License-Identifier: MIT */
#include "image/image.h"

#include <time.h>

#include "base/text.h"

/* The stages in one thread: hash, unpack into the writer's own room, write. */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double seconds_since(uint64_t started_ns)
{
	return (double)(now_ns() - started_ns) / 1e9;
}

static void tell(struct image_install *install, const char *stage, uint64_t bytes_out,
		 uint64_t expected)
{
	struct image_progress p = {
		.stage = stage,
		.bytes_in = install->bytes_in,
		.bytes_in_expected = install->options.bytes_in_expected,
		.bytes_out = bytes_out,
		.bytes_out_expected = bytes_out <= expected ? expected : 0,
	};

	if (install->options.progress)
		install->options.progress(install->options.context, &p);
}

/* Free space is looked at as soon as the size is known. */
static bool fits(const struct image_install *install, struct error *e)
{
	uint64_t needed = install->options.bytes_out_expected;

	if (needed <= install->writer.bytes_max)
		return true;
	return error_set(e, ERROR_REFUSED, "IMG-15",
			 "the image has %llu bytes, %s can take %llu",
			 (unsigned long long)needed, install->options.name,
			 (unsigned long long)install->writer.bytes_max);
}

bool image_install_begin(struct image_install *install, const struct image_options *options,
			 struct error *e)
{
	unsigned window = options->window_log_max;

	memset(install, 0, sizeof(*install));
	install->options = *options;
	if (options->sha256)
		memcpy(install->sha256_expected, options->sha256, 32);
	install->started_ns = now_ns();
	sha256_start(&install->sha256);
	decode_start(&install->decode, options->format,
		     window ? window : CONFIG_IMAGE_WINDOW_LOG);
	if (!disk_writer_open(&install->writer, options->fd, options->name,
			      options->bytes_out_max, options->io, options->io_context, e)) {
		disk_writer_end(&install->writer);
		return false;
	}
	install->running = true;
	if (options->format == DECODE_FORMAT_RAW && !options->bytes_out_expected)
		install->options.bytes_out_expected = options->bytes_in_expected;
	if (!fits(install, e)) {
		image_install_abort(install);
		return false;
	}
	return true;
}

/* Unpack all of @bytes into the writer. */
static bool unpack(struct image_install *install, struct bytes bytes, struct error *e)
{
	struct disk_writer *w = &install->writer;
	size_t size, made;

	do {
		uint64_t started = now_ns();
		uint64_t block = w->bytes / CONFIG_IMAGE_BLOCK;
		uint8_t *room = disk_writer_room(w, &size);

		if (!decode_step(&install->decode, &bytes, room, size, &made, e))
			return false;
		install->report.decode_s += seconds_since(started);
		if (!disk_writer_took(w, made, e))
			return false;
		if (w->bytes / CONFIG_IMAGE_BLOCK != block)
			tell(install, "write", w->bytes, install->options.bytes_out_expected);
	} while (bytes.size || made == size);
	return true;
}

bool image_install_push(struct image_install *install, struct bytes bytes, struct error *e)
{
	uint64_t expected = install->options.bytes_in_expected;
	uint64_t started = now_ns();

	if (bytes.size == 0)
		return true;
	if (install->bytes_in == 0 && !install->options.bytes_out_expected) {
		install->options.bytes_out_expected = decode_announced(bytes);
		if (!fits(install, e))
			return false;
	}
	install->bytes_in += bytes.size;
	if (expected && install->bytes_in > expected)
		return error_set(e, ERROR_MALFORMED, "IMG-9",
				 "more than the announced %llu bytes of image arrive",
				 (unsigned long long)expected);
	sha256_add(&install->sha256, bytes);
	install->report.hash_s += seconds_since(started);
	return unpack(install, bytes, e);
}

static bool compare(struct image_install *install, const uint8_t digest[static 32],
		    struct error *e)
{
	uint64_t expected = install->options.bytes_in_expected;
	char is[65], should[65];

	if (expected && install->bytes_in < expected)
		return error_set(e, ERROR_MALFORMED, "IMG-9",
				 "the image ends after %llu of %llu bytes",
				 (unsigned long long)install->bytes_in,
				 (unsigned long long)expected);
	if (!install->options.sha256)
		return true;
	if (memcmp(digest, install->sha256_expected, 32) != 0)
		return error_set(e, ERROR_REFUSED, "IMG-9",
				 "image digest is %s, onboarding information says %s",
				 text_hex(is, sizeof(is), bytes_of(digest, 32)),
				 text_hex(should, sizeof(should),
					  bytes_of(install->sha256_expected, 32)));
	return true;
}

static void read_back_progress(void *context, uint64_t done)
{
	struct image_install *install = context;

	tell(install, "read back", done, install->writer.bytes);
}

static bool prove_and_commit(struct image_install *install, struct image_report *r,
			     struct error *e)
{
	struct disk_writer *w = &install->writer;
	uint8_t digest[32];
	struct bytes rest;
	uint64_t started;
	size_t size;

	sha256_get(&install->sha256, digest);
	if (!compare(install, digest, e) || !decode_finish(&install->decode, &rest, e))
		return false;
	if (rest.size) {
		memcpy(disk_writer_room(w, &size), rest.at, rest.size);
		if (!disk_writer_took(w, rest.size, e))
			return false;
	}
	if (!disk_writer_flush(w, e))
		return false;
	tell(install, "write", w->bytes, w->bytes);

	started = now_ns();
	if (!install->options.no_readback) {
		if (!disk_writer_read_back(w, read_back_progress, install, e))
			return false;
		r->read_back = true;
		r->readback_s = seconds_since(started);
	}
	started = now_ns();
	if (!disk_writer_commit(w, e))
		return false;
	r->commit_s = seconds_since(started);
	text_hex(r->sha256, sizeof(r->sha256), bytes_of(digest, 32));
	return true;
}

bool image_install_finish(struct image_install *install, struct image_report *report,
			  struct error *e)
{
	struct disk_writer *w = &install->writer;
	struct image_report r = install->report;

	if (!prove_and_commit(install, &r, e)) {
		image_install_abort(install);
		return false;
	}
	r.bytes_in = install->bytes_in;
	r.bytes_out = w->bytes;
	r.bytes_zero = w->bytes_zero;
	r.format = install->decode.format;
	r.gpt = w->gpt;
	r.gpt_moved = w->gpt_moved;
	r.write_s = (double)w->write_ns / 1e9;
	r.flush_s = (double)w->flush_ns / 1e9;
	r.total_s = seconds_since(install->started_ns);
	*report = r;
	image_install_abort(install);
	return true;
}

void image_install_abort(struct image_install *install)
{
	if (!install->running)
		return;
	install->running = false;
	disk_writer_discard(&install->writer); /* nothing when it was committed */
	disk_writer_end(&install->writer);
	decode_end(&install->decode);
}

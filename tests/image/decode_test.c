/* SPDX-License-Identifier: MIT */
#include "image/decode.h"

#include <stdlib.h>

#include "check.h"

/*
 * Packed once with `zstd -3 --check` (1.5.4) and `gzip -9n`: "the quick brown fox\n" 500
 * times, 10000 bytes.  zstd's compressor is not in our library, so the bytes stand here.
 */
#include "image/decode_data.h"

static uint8_t out[1 << 16];
static struct error e;

/* Decode in pieces of @step into rooms of @room.  Bytes made, or -1. */
static long run(struct bytes in, enum decode_format format, size_t step, size_t room)
{
	struct decode d;
	struct bytes rest;
	size_t used = 0, made = 0;
	long result = -1;

	decode_start(&d, format, CONFIG_IMAGE_WINDOW_LOG);
	for (size_t at = 0; at < in.size; at += step) {
		struct bytes piece = bytes_of(in.at + at,
					      in.size - at < step ? in.size - at : step);

		do {
			if (sizeof(out) - used < room ||
			    !decode_step(&d, &piece, out + used, room, &made, &e))
				goto out;
			used += made;
		} while (piece.size || made == room);
	}
	if (!decode_finish(&d, &rest, &e))
		goto out;
	if (rest.size)
		memcpy(out + used, rest.at, rest.size);
	result = (long)(used + rest.size);
out:
	decode_end(&d);
	return result;
}

static bool is_text(size_t times)
{
	for (size_t i = 0; i < 10000 * times; i++)
		if (out[i] != (uint8_t) "the quick brown fox\n"[i % 20])
			return false;
	return true;
}

static const struct bytes zst = { zst_data, sizeof(zst_data) };
static const struct bytes gz = { gz_data, sizeof(gz_data) };

/* @a, then @b, then @zeros zero bytes. */
static struct bytes joined(struct bytes a, struct bytes b, size_t zeros)
{
	static uint8_t all[4096];

	memset(all, 0, sizeof(all));
	memcpy(all, a.at, a.size);
	if (b.size)
		memcpy(all + a.size, b.at, b.size);
	return bytes_of(all, a.size + b.size + zeros);
}

TEST(tells_formats_by_magic, "")
{
	CHECK(run(zst, DECODE_FORMAT_AUTO, 4096, 4096) == 10000 && is_text(1));
	CHECK(run(gz, DECODE_FORMAT_AUTO, 4096, 4096) == 10000 && is_text(1));
	CHECK(run(zst, DECODE_FORMAT_ZSTD, 4096, 4096) == 10000 && is_text(1));
	CHECK(run(gz, DECODE_FORMAT_GZIP, 4096, 4096) == 10000 && is_text(1));
	CHECK(run(zst, DECODE_FORMAT_RAW, 4096, 4096) == (long)zst.size);
	CHECK(run(bytes_of_text("plain bytes"), DECODE_FORMAT_AUTO, 4096, 4096) == 11);
	CHECK(memcmp(out, "plain bytes", 11) == 0);
}

TEST(all_piece_and_room_sizes_give_the_same, "")
{
	static const size_t rooms[] = { 1, 2, 7, 19, 4096 };

	for (size_t r = 0; r < ARRAY_SIZE(rooms); r++) {
		for (size_t step = 1; step < 40; step++) {
			CHECK(run(zst, DECODE_FORMAT_AUTO, step, rooms[r]) == 10000 &&
			      is_text(1));
			CHECK(run(gz, DECODE_FORMAT_AUTO, step, rooms[r]) == 10000 &&
			      is_text(1));
			CHECK(run(bytes_of_text("plain bytes"), DECODE_FORMAT_AUTO, step,
				  rooms[r]) == 11);
		}
	}
}

TEST(short_raw_data_are_not_lost, "")
{
	for (size_t n = 1; n < 12; n++) {
		CHECK(run(bytes_of("raw bytes..", n), DECODE_FORMAT_AUTO, 3, 64) == (long)n);
		CHECK(memcmp(out, "raw bytes..", n) == 0);
	}
}

TEST(members_may_follow_one_another, "")
{
	for (size_t step = 1; step < 300; step += 13) {
		CHECK(run(joined(zst, zst, 0), DECODE_FORMAT_AUTO, step, 999) == 20000);
		CHECK(is_text(2));
		CHECK(run(joined(gz, gz, 0), DECODE_FORMAT_AUTO, step, 999) == 20000);
		CHECK(is_text(2));
	}
}

TEST(zero_padding_is_passed_over, "")
{
	for (size_t step = 1; step < 300; step += 13) {
		CHECK(run(joined(zst, bytes_of(NULL, 0), 512), DECODE_FORMAT_AUTO, step,
			  999) == 10000);
		CHECK(run(joined(gz, bytes_of(NULL, 0), 512), DECODE_FORMAT_AUTO, step,
			  999) == 10000);
	}
}

TEST(anything_else_behind_the_end_is_refused, "IMG-9")
{
	static const struct bytes junk = { (const uint8_t *)"\0\0\0junk", 7 };

	for (size_t skip = 0; skip < 4; skip += 3) {
		struct bytes j = bytes_of(junk.at + skip, junk.size - skip);

		for (size_t step = 1; step < 300; step += 13) {
			CHECK(run(joined(zst, j, 0), DECODE_FORMAT_AUTO, step, 999) == -1);
			CHECK(e.code == ERROR_MALFORMED);
			CHECK(run(joined(gz, j, 0), DECODE_FORMAT_AUTO, step, 999) == -1);
			CHECK(e.code == ERROR_MALFORMED);
		}
	}
}

TEST(refuses_every_truncation, "IMG-9")
{
	/* Below six bytes there is no telling, and the whole is taken for raw. */
	for (size_t n = 6; n < zst.size; n++) {
		CHECK(run(bytes_of(zst.at, n), DECODE_FORMAT_AUTO, 17, 999) == -1);
		CHECK(e.code == ERROR_MALFORMED);
		CHECK_STR(e.rule, "IMG-9");
	}
	for (size_t n = 6; n < gz.size; n++)
		CHECK(run(bytes_of(gz.at, n), DECODE_FORMAT_AUTO, 17, 999) == -1);
	for (size_t n = 1; n < 6; n++) {
		CHECK(run(bytes_of(zst.at, n), DECODE_FORMAT_ZSTD, 17, 999) == -1);
		CHECK(run(bytes_of(gz.at, n), DECODE_FORMAT_GZIP, 17, 999) == -1);
	}
	CHECK(run(bytes_of(NULL, 0), DECODE_FORMAT_AUTO, 17, 999) == -1);
	CHECK(run(bytes_of(NULL, 0), DECODE_FORMAT_ZSTD, 17, 999) == -1);
}

TEST(refuses_damage, "IMG-9")
{
	uint8_t copy[512];
	unsigned unnoticed = 0;

	for (size_t i = 6; i < zst.size; i++) {
		memcpy(copy, zst.at, zst.size);
		copy[i] ^= 0x20;
		long n = run(bytes_of(copy, zst.size), DECODE_FORMAT_AUTO, 4096, 4096);
		unnoticed += n == 10000 && is_text(1);
		CHECK(n == -1 || (n == 10000 && is_text(1)));
	}
	CHECK(unnoticed < 3); /* bits of the header that say nothing */
	for (size_t i = gz.size - 8; i < gz.size; i++) {
		memcpy(copy, gz.at, gz.size);
		copy[i] ^= 0x20;
		CHECK(run(bytes_of(copy, gz.size), DECODE_FORMAT_AUTO, 4096, 4096) == -1);
	}
	CHECK(run(bytes_of_text("neither of them"), DECODE_FORMAT_ZSTD, 99, 99) == -1);
	CHECK(run(bytes_of_text("neither of them"), DECODE_FORMAT_GZIP, 99, 99) == -1);
}

TEST(names_what_it_does_not_take, "")
{
	CHECK(run(bytes_of("\xfd\x37zXZ\0\0\0", 8), DECODE_FORMAT_AUTO, 99, 99) == -1);
	CHECK(e.code == ERROR_REFUSED && strstr(e.text, "xz"));
	CHECK(run(bytes_of("BZh91AY", 7), DECODE_FORMAT_AUTO, 99, 99) == -1);
	CHECK(e.code == ERROR_REFUSED && strstr(e.text, "bzip2"));
}

TEST(refuses_a_window_above_the_limit, "")
{
	/* RFC 8878 §3.1.1.1: no single segment, window descriptor 0x88: 2^27 bytes. */
	static const uint8_t large[] = {
		0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x01, 0x00, 0x00
	};

	CHECK(run(bytes_of(large, sizeof(large)), DECODE_FORMAT_AUTO, 99, 99) == -1);
	CHECK(e.code == ERROR_REFUSED && strstr(e.text, "window"));
}

TEST(names_are_read_back, "")
{
	enum decode_format f;

	CHECK(decode_format_read(&f, "zst") && f == DECODE_FORMAT_ZSTD);
	CHECK(decode_format_read(&f, "auto") && f == DECODE_FORMAT_AUTO);
	CHECK(!decode_format_read(&f, "xz"));
	CHECK(!decode_format_read(&f, ""));
}

TEST(tells_the_announced_size, "IMG-15")
{
	CHECK(decode_announced(zst) == 10000);
	CHECK(decode_announced(bytes_of(zst.at, 18)) == 10000);
	CHECK(decode_announced(bytes_of(zst.at, 5)) == 0);
	CHECK(decode_announced(gz) == 0);
	CHECK(decode_announced(bytes_of(NULL, 0)) == 0);
}

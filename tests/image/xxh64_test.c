/* SPDX-License-Identifier: MIT */
#include "image/xxh64.h"

#include "check.h"
#include "image/decode_data.h"

TEST(known_answers, "")
{
	CHECK(xxh64_of(bytes_of(NULL, 0), 0) == 0xef46db3751d8e999);
	CHECK(xxh64_of(bytes_of_text("a"), 0) == 0xd24ec4f1a98c6e5b);
	CHECK(xxh64_of(bytes_of_text("abc"), 0) == 0x44bc2cf5ad770999);
}

/* zstd puts the low four bytes of it at the end of a frame: another's computation. */
TEST(agrees_with_a_zstd_frame, "")
{
	static uint8_t text[10000];
	uint64_t sum;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t) "the quick brown fox\n"[i % 20];
	sum = xxh64_of(bytes_of(text, sizeof(text)), 0);
	for (size_t i = 0; i < 4; i++)
		CHECK(zst_data[sizeof(zst_data) - 4 + i] == (uint8_t)(sum >> 8 * i));
}

TEST(every_bit_and_the_seed_count, "IMG-10")
{
	uint8_t data[100] = { 0 };
	uint64_t sum = xxh64_of(bytes_of(data, sizeof(data)), 7);

	CHECK(sum != xxh64_of(bytes_of(data, sizeof(data)), 8));
	CHECK(sum != xxh64_of(bytes_of(data, sizeof(data) - 1), 7));
	for (size_t bit = 0; bit < 8 * sizeof(data); bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(sum != xxh64_of(bytes_of(data, sizeof(data)), 7));
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* SPDX-License-Identifier: MIT */
#include "image/sha256.h"

#include <bearssl.h>

#include "base/text.h"
#include "check.h"

static const char *hex_of(const char *text)
{
	static char hex[65];
	uint8_t digest[32];

	sha256_of(digest, bytes_of_text(text));
	return text_hex(hex, sizeof(hex), bytes_of(digest, 32));
}

/* FIPS 180-4's examples. */
static void known_answers(void)
{
	CHECK_STR(hex_of(""),
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	CHECK_STR(hex_of("abc"),
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK_STR(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(both_engines_give_known_answers, "")
{
	known_answers();
	sha256_use_portable(true);
	CHECK_STR(sha256_engine(), "portable");
	known_answers();
	sha256_use_portable(false);
}

static uint8_t data[3000];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 131 + (i >> 5));
}

TEST(agrees_with_bearssl_at_every_length, "")
{
	fill();
	for (size_t n = 0; n <= 600; n++) {
		uint8_t ours[32], theirs[32];
		br_sha256_context c;

		sha256_of(ours, bytes_of(data, n));
		br_sha256_init(&c);
		br_sha256_update(&c, data, n);
		br_sha256_out(&c, theirs);
		CHECK(memcmp(ours, theirs, 32) == 0);
	}
}

TEST(pieces_make_the_same_digest, "IMG-10")
{
	uint8_t whole[32], pieces[32], before[32];

	fill();
	sha256_of(whole, bytes_of(data, sizeof(data)));
	for (size_t step = 1; step < 200; step += 7) {
		struct sha256 s;

		sha256_start(&s);
		for (size_t at = 0; at < sizeof(data); at += step) {
			size_t n = sizeof(data) - at < step ? sizeof(data) - at : step;

			sha256_add(&s, bytes_of(data + at, n));
			sha256_get(&s, before); /* looking does not disturb */
		}
		sha256_add(&s, bytes_of(NULL, 0));
		sha256_get(&s, pieces);
		CHECK(memcmp(whole, pieces, 32) == 0);
	}
}

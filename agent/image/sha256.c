/* SPDX-License-Identifier: MIT */
#include "image/sha256.h"

#include <bearssl.h>

/*
 * Two engines do the same work, whole blocks of 64 bytes at a time.  The one for the SHA
 * extensions is used only after it has given FIPS 180-4's answer for "abc" on this
 * machine: a processor or emulator that shows the flag and computes nonsense would
 * otherwise refuse every image.
 */

typedef void engine(uint32_t state[static 8], const uint8_t *blocks, size_t count);

static const uint32_t initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static void put_be32(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 24);
	to[1] = (uint8_t)(value >> 16);
	to[2] = (uint8_t)(value >> 8);
	to[3] = (uint8_t)value;
}

static uint32_t get_be32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 |
	       from[3];
}

/* BearSSL's code, carried from call to call by its state (a count of whole blocks). */
static void portable(uint32_t state[static 8], const uint8_t *blocks, size_t count)
{
	br_sha256_context context;
	uint8_t encoded[32];

	for (unsigned i = 0; i < 8; i++)
		put_be32(encoded + 4 * i, state[i]);
	br_sha256_init(&context);
	br_sha256_set_state(&context, encoded, 0);
	br_sha256_update(&context, blocks, 64 * count);
	br_sha256_state(&context, encoded);
	for (unsigned i = 0; i < 8; i++)
		state[i] = get_be32(encoded + 4 * i);
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/*
 * Intel's SHA extensions: sha256rnds2 does two rounds on the state held as ABEF and CDGH;
 * sha256msg1 and sha256msg2 make the next four words of the message schedule.
 */
__attribute__((target("sha,sse4.1,ssse3"))) static void
extensions(uint32_t state[static 8], const uint8_t *blocks, size_t count)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[0]), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[4]), 0x1b);
	__m128i abef = _mm_alignr_epi8(abcd, efgh, 8);
	__m128i cdgh = _mm_blend_epi16(efgh, abcd, 0xf0);

	for (; count; count--, blocks += 64) {
		const __m128i abef_before = abef, cdgh_before = cdgh;
		__m128i w[4];

		for (unsigned i = 0; i < 4; i++)
			w[i] = _mm_shuffle_epi8(
				_mm_loadu_si128((const __m128i *)(blocks + 16 * i)), swap);
#pragma GCC unroll 16
		for (unsigned i = 0; i < 16; i++) {
			__m128i now = w[i % 4], last = w[(i + 3) % 4];
			__m128i sum = _mm_add_epi32(
				now,
				_mm_load_si128((const __m128i *)&round_constants[4 * i]));

			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
			abef = _mm_sha256rnds2_epu32(abef, cdgh,
						     _mm_shuffle_epi32(sum, 0x0e));
			if (i < 12)
				w[i % 4] = _mm_sha256msg2_epu32(
					_mm_add_epi32(
						_mm_sha256msg1_epu32(now, w[(i + 1) % 4]),
						_mm_alignr_epi8(last, w[(i + 2) % 4], 4)),
					last);
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	abcd = _mm_shuffle_epi32(abef, 0x1b);
	efgh = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)&state[0], _mm_blend_epi16(abcd, efgh, 0xf0));
	_mm_storeu_si128((__m128i *)&state[4], _mm_alignr_epi8(efgh, abcd, 8));
}

static engine *extensions_here(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
		return NULL;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_SHA))
		return NULL;
	return extensions;
}
#else
static engine *extensions_here(void)
{
	return NULL;
}
#endif

static bool gives_known_answer(engine *e)
{
	static const uint8_t abc[64] = { 'a', 'b', 'c', 0x80, [63] = 24 };
	static const uint32_t answer[8] = {
		0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
		0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
	};
	uint32_t state[8];

	memcpy(state, initial, sizeof(state));
	e(state, abc, 1);
	return memcmp(state, answer, sizeof(answer)) == 0;
}

static bool portable_only;

static engine *choose(void)
{
	static engine *best;

	if (portable_only)
		return portable;
	if (!best) {
		engine *fast = extensions_here();

		best = fast && gives_known_answer(fast) ? fast : portable;
	}
	return best;
}

const char *sha256_engine(void)
{
	return choose() == portable ? "portable" : "SHA extensions";
}

void sha256_use_portable(bool only)
{
	portable_only = only;
}

void sha256_start(struct sha256 *s)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->state, initial, sizeof(s->state));
}

void sha256_add(struct sha256 *s, struct bytes bytes)
{
	engine *run = choose();
	size_t held = s->count % 64;

	s->count += bytes.size;
	if (held) {
		size_t fill = 64 - held;

		if (bytes.size < fill) {
			if (bytes.size)
				memcpy(s->block + held, bytes.at, bytes.size);
			return;
		}
		memcpy(s->block + held, bytes.at, fill);
		run(s->state, s->block, 1);
		bytes = bytes_of(bytes.at + fill, bytes.size - fill);
	}
	if (bytes.size >= 64)
		run(s->state, bytes.at, bytes.size / 64);
	if (bytes.size % 64)
		memcpy(s->block, bytes.at + bytes.size / 64 * 64, bytes.size % 64);
}

void sha256_get(const struct sha256 *s, uint8_t digest[static 32])
{
	size_t held = s->count % 64;
	uint8_t last[128] = { 0 };
	size_t size = held < 56 ? 64 : 128;
	uint32_t state[8];

	memcpy(state, s->state, sizeof(state));
	memcpy(last, s->block, held);
	last[held] = 0x80;
	put_be32(last + size - 8, (uint32_t)(s->count >> 29));
	put_be32(last + size - 4, (uint32_t)(s->count << 3));
	choose()(state, last, size / 64);
	for (unsigned i = 0; i < 8; i++)
		put_be32(digest + 4 * i, state[i]);
}

void sha256_of(uint8_t digest[static 32], struct bytes bytes)
{
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, bytes);
	sha256_get(&s, digest);
}

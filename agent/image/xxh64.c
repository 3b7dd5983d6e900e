/* SPDX-License-Identifier: MIT */
#include "image/xxh64.h"

#include <endian.h>

#define PRIME_1 0x9e3779b185ebca87u
#define PRIME_2 0xc2b2ae3d27d4eb4fu
#define PRIME_3 0x165667b19e3779f9u
#define PRIME_4 0x85ebca77c2b2ae63u
#define PRIME_5 0x27d4eb2f165667c5u

static uint64_t turn(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static uint64_t round_of(uint64_t sum, uint64_t lane)
{
	return turn(sum + lane * PRIME_2, 31) * PRIME_1;
}

static uint64_t word_at(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

uint64_t xxh64_of(struct bytes bytes, uint64_t seed)
{
	size_t stripes = bytes.size / 32, words = bytes.size % 32 / 8;
	const uint8_t *at = bytes.at;
	uint64_t sum = seed + PRIME_5;
	uint32_t half;

	if (stripes) {
		uint64_t lanes[4] = { seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed,
				      seed - PRIME_1 };

		for (size_t s = 0; s < stripes; s++, at += 32)
			for (unsigned i = 0; i < 4; i++)
				lanes[i] = round_of(lanes[i], word_at(at + 8 * i));
		sum = turn(lanes[0], 1) + turn(lanes[1], 7) + turn(lanes[2], 12) +
		      turn(lanes[3], 18);
		for (unsigned i = 0; i < 4; i++)
			sum = (sum ^ round_of(0, lanes[i])) * PRIME_1 + PRIME_4;
	}
	sum += bytes.size;
	for (size_t w = 0; w < words; w++, at += 8)
		sum = turn(sum ^ round_of(0, word_at(at)), 27) * PRIME_1 + PRIME_4;
	if (bytes.size % 8 >= 4) {
		memcpy(&half, at, sizeof(half));
		sum = turn(sum ^ le32toh(half) * PRIME_1, 23) * PRIME_2 + PRIME_3;
		at += 4;
	}
	for (size_t n = bytes.size % 4; n; n--, at++)
		sum = turn(sum ^ *at * PRIME_5, 11) * PRIME_1;
	sum = (sum ^ sum >> 33) * PRIME_2;
	sum = (sum ^ sum >> 29) * PRIME_3;
	return sum ^ sum >> 32;
}

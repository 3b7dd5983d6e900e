/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

#include <stdio.h>
#include <time.h>

#include "check.h"

static uint8_t a[1 << 16], b[1 << 16];

TEST(secrets_are_equal_only_when_every_byte_is, "SEC-6")
{
	for (size_t i = 0; i < 64; i++) {
		CHECK(bytes_equal_secret(bytes_of(a, 64), bytes_of(b, 64)));
		for (unsigned bit = 0; bit < 8; bit++) {
			b[i] ^= (uint8_t)(1u << bit);
			CHECK(!bytes_equal_secret(bytes_of(a, 64), bytes_of(b, 64)));
			b[i] = 0;
		}
	}
	CHECK(!bytes_equal_secret(bytes_of(a, 63), bytes_of(b, 64)));
	CHECK(!bytes_equal_secret(bytes_of(a, 64), bytes_of(b, 63)));
	CHECK(bytes_equal_secret(bytes_of(NULL, 0), bytes_of(b, 0)));
}

static bool equal;

/* The fastest of many, in ns of processor time: what else goes on only ever adds. */
static long fastest(void)
{
	long best = 0;

	for (int i = 0; i < 200; i++) {
		struct timespec from, to;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		equal |= bytes_equal_secret(bytes_of(a, sizeof(a)), bytes_of(b, sizeof(b)));
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		long ns = (to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec;
		if (i == 0 || ns < best)
			best = ns;
	}
	return best;
}

/* A comparison that ended at the first difference would be thousands of times faster there. */
TEST(an_early_difference_is_no_quicker_than_a_late_one, "SEC-6")
{
	equal = false;
	b[0] = 1;
	long early = fastest();
	b[0] = 0;
	b[sizeof(b) - 1] = 1;
	long late = fastest();
	b[sizeof(b) - 1] = 0;
	CHECK(!equal);
	printf("first byte %ld ns, last byte %ld ns\n", early, late);
	CHECK(early * 4 > late);
}

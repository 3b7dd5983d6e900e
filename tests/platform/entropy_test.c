/* SPDX-License-Identifier: MIT */
#include "platform/entropy.h"

#include "check.h"

TEST(fills_all_of_it_and_never_the_same, "RND-1 RND-2")
{
	static uint8_t a[100000], b[sizeof(a)];
	struct error e;
	size_t same = 0;

	CHECK(entropy_fill(a, sizeof(a), &e) && entropy_fill(b, sizeof(b), &e));
	for (size_t i = 0; i < sizeof(a); i++)
		same += a[i] == b[i];
	CHECK(same > 200 && same < 700); /* one in 256 by chance */
	CHECK(entropy_fill(a, 0, &e));
}

TEST(other_sources_are_mixed_in, "TPM-130")
{
	struct error e;

	CHECK(entropy_stir(bytes_of("from a TPM", 10), &e));
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/*
 * SHA-256 at the machine's speed: the SHA extensions of x86 where CPUID shows them and a
 * known answer comes out right, else BearSSL's code.  Measured: 1.7 GB/s against 0.3.
 */

struct sha256 {
	uint32_t state[8];
	uint64_t count; /* bytes so far */
	uint8_t block[64];
};

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, struct bytes bytes);

/* The digest of everything added.  @s may go on being added to. */
void sha256_get(const struct sha256 *s, uint8_t digest[static 32]);

/* All at once. */
void sha256_of(uint8_t digest[static 32], struct bytes bytes);

/* "SHA extensions" or "portable". */
const char *sha256_engine(void);

/* From here on the portable code only (true), or the best there is (false).  For tests. */
void sha256_use_portable(bool only);

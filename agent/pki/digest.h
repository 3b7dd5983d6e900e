/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/* SHA-2 over bytes at hand.  SHA-1 and MD5 do not exist here (CMS-12). */

#define DIGEST_SIZE_MAX 64

enum digest_kind {
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
};

struct digest {
	uint8_t value[DIGEST_SIZE_MAX];
	size_t size;
};

const char *digest_name(enum digest_kind kind);
size_t digest_size(enum digest_kind kind);
struct digest digest_of(enum digest_kind kind, struct bytes data);

/* Over @first, then @second: for a signed part whose tag is written differently (CMS-7). */
struct digest digest_of_two(enum digest_kind kind, struct bytes first, struct bytes second);

struct bytes digest_bytes(const struct digest *d);

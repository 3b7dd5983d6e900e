/* SPDX-License-Identifier: MIT */
#pragma once

#include <bearssl.h>

#include "pki/ldevid_signer.h"

/* An LDevID key in memory: P-256 or P-384. */
struct ldevid_software {
	struct ldevid_signer signer; /* the rest belongs to ldevid_software.c */
	bool (*random)(void *to, size_t size, struct error *e);
	br_ec_private_key key; /* curve 0: there is none */
	uint8_t number[BR_EC_KBUF_PRIV_MAX_SIZE];
	uint8_t point[BR_EC_KBUF_PUB_MAX_SIZE];
	size_t point_size;
};

/* No key yet.  @s must stay where it is; @random must be well seeded (RND-1). */
void ldevid_software_start(struct ldevid_software *s,
			   bool (*random)(void *to, size_t size, struct error *e));

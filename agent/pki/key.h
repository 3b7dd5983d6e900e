/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/* Public keys as certificates carry them (SubjectPublicKeyInfo). */

enum key_kind {
	KEY_RSA,
	KEY_P256,
	KEY_P384,
	KEY_P521,
};

struct key {
	enum key_kind kind;
	struct bytes modulus;  /* RSA: big-endian, first octet not 0 */
	struct bytes exponent; /* RSA: big-endian, first octet not 0 */
	struct bytes point;    /* EC: 04 x y; on the curve or not is found when it is used */
};

/*
 * Read a SubjectPublicKeyInfo.
 *
 * @spki: the whole SEQUENCE; borrowed, @key points into it.
 * Refused: kinds other than those above; RSA below 2048 and above CONFIG_RSA_BITS_MAX bits,
 * even moduli, exponents below 3, even, or above 64 bits (a verifier's time); EC points that
 * are not uncompressed or have another length.
 * Errors: ERROR_MALFORMED, ERROR_REFUSED with CMS-12.
 * Source: RFC 5280 §4.1.2.7, RFC 3279 §2.3.1, RFC 5480 §2.
 */
MUST_CHECK bool key_read(struct key *key, struct bytes spki, struct error *e);

bool key_equal(const struct key *a, const struct key *b);

/* "RSA-2048", "P-256": for people. */
struct key_string {
	char text[16];
};
struct key_string key_string(const struct key *key);
#define KEY_TEXT(key) (key_string(key).text)

/* What one verification costs, in units of one P-256 verification (search budgets). */
unsigned key_cost(const struct key *key);

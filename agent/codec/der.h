/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/reader.h"

/*
 * DER (X.690 §10): one item after the other from a reader.  Definite lengths in their
 * shortest form only, tag numbers below 31 only.  Whatever is not DER marks the reader
 * bad, so a whole structure is read straight through and asked once (base/reader.h).
 */

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_TELETEX_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

/* Context tags: DER_CONTEXT(0) is [0] primitive, DER_CONTEXT_OPEN(0) constructed. */
#define DER_CONTEXT(n)	    (0x80 | (n))
#define DER_CONTEXT_OPEN(n) (0xa0 | (n))

struct der_item {
	uint8_t tag;
	struct bytes content;
	struct bytes whole; /* tag, length and content, as signatures cover them */
};

/* The next item of any tag; all 0 once bad.  Bad at the end of the input. */
struct der_item der_next(struct reader *r);

/* Is the next item of this tag?  false at the end, and once bad. */
bool der_at(const struct reader *r, uint8_t tag);

/* The next item, which must have this tag: its content, all of it, or a reader inside. */
struct bytes der_take(struct reader *r, uint8_t tag);
struct bytes der_take_whole(struct reader *r, uint8_t tag);
struct reader der_open(struct reader *r, uint8_t tag);

/* Bad unless nothing is left: the end of a structure without extension. */
void der_end(struct reader *r);

/* BOOLEAN: 00 or ff. */
bool der_boolean(struct reader *r);

/* INTEGER in its shortest form: the content octets, at least one. */
struct bytes der_integer(struct reader *r);

/* INTEGER from 0 to @max. */
uint32_t der_small(struct reader *r, uint32_t max);

/* A positive INTEGER without its sign octet; bad when 0 or negative. */
struct bytes der_positive(struct reader *r);

/* BIT STRING of whole octets (no unused bits): the octets. */
struct bytes der_bit_octets(struct reader *r);

/* BIT STRING of named bits, trailing zeros left off: bit n of the result is bit n, n < 32. */
uint32_t der_named_bits(struct reader *r);

/* OBJECT IDENTIFIER: the content octets, well formed. */
struct bytes der_oid(struct reader *r);

/* NULL. */
void der_null(struct reader *r);

/*
 * UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5 (seconds, Z, no fraction):
 * seconds since 1970.
 */
int64_t der_time(struct reader *r);

/*
 * Error text for input that should be one DER item and is not: says "not DER", and why
 * where that can be seen: PEM, damaged by text conversion (ENCODE-3), cut short, indefinite
 * length (CMS-3), bytes after the end.  Returns false.
 */
bool der_complain(struct bytes input, struct error *e);

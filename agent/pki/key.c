/* SPDX-License-Identifier: MIT */
#include "pki/key.h"

#include <stdio.h>

#include "codec/der.h"
#include "config.h"
#include "pki/oid.h"

#define RSA_BITS_MIN	 2048 /* CMS-12 */
#define RSA_EXPONENT_MAX 8    /* bytes; what is longer only costs the verifier time */

static size_t bit_length(struct bytes number)
{
	size_t bits = number.size * 8;

	for (uint8_t top = number.at[0]; bits && !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

static bool is_even(struct bytes number)
{
	return number.size == 0 || !(number.at[number.size - 1] & 1);
}

static bool read_rsa(struct key *key, struct reader parameters, struct bytes bits,
		     struct error *e)
{
	bool bad;
	struct reader r = reader_over(bits, &bad);

	der_null(&parameters);
	der_end(&parameters);

	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct bytes modulus = der_positive(&sequence);
	struct bytes exponent = der_positive(&sequence);

	der_end(&sequence);
	if (!reader_ok(&r) || !reader_ok(&parameters))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "RSA key is malformed (RFC 8017 §A.1.1)");

	size_t size = bit_length(modulus);

	if (size < RSA_BITS_MIN || size > CONFIG_RSA_BITS_MAX)
		return error_set(e, ERROR_REFUSED, "CMS-12",
				 "RSA key of %zu bits, %d to %d are accepted", size,
				 RSA_BITS_MIN, CONFIG_RSA_BITS_MAX);
	if (is_even(modulus) || is_even(exponent) || exponent.size > RSA_EXPONENT_MAX ||
	    (exponent.size == 1 && exponent.at[0] < 3))
		return error_set(e, ERROR_REFUSED, "CMS-12", "RSA key no honest tool makes");
	*key = (struct key){ .kind = KEY_RSA, .modulus = modulus, .exponent = exponent };
	return true;
}

static bool read_ec(struct key *key, struct reader parameters, struct bytes bits,
		    struct error *e)
{
	struct bytes curve = der_oid(&parameters);
	struct key out = { .point = bits };
	size_t coordinate;

	der_end(&parameters);
	if (!reader_ok(&parameters))
		return error_set(e, ERROR_REFUSED, "CMS-12",
				 "EC key whose curve is not given by its name");
	switch (oid_find(curve)) {
	case OID_P256:
		out.kind = KEY_P256;
		coordinate = 32;
		break;
	case OID_P384:
		out.kind = KEY_P384;
		coordinate = 48;
		break;
	case OID_P521:
		out.kind = KEY_P521;
		coordinate = 66;
		break;
	default:
		return error_set(e, ERROR_REFUSED, "CMS-12", "EC key on curve %s",
				 OID_TEXT(curve));
	}
	if (bits.size != 1 + 2 * coordinate || bits.at[0] != 0x04)
		return error_set(e, ERROR_REFUSED, "CMS-12",
				 "EC key that is no uncompressed point");
	*key = out;
	return true;
}

bool key_read(struct key *key, struct bytes spki, struct error *e)
{
	bool bad;
	struct reader r = reader_over(spki, &bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct reader identifier = der_open(&sequence, DER_SEQUENCE);
	struct bytes algorithm = der_oid(&identifier);
	struct bytes bits = der_bit_octets(&sequence);

	der_end(&sequence);
	if (!reader_ok(&r))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "public key is malformed (RFC 5280 §4.1)");
	switch (oid_find(algorithm)) {
	case OID_RSA_ENCRYPTION:
		return read_rsa(key, identifier, bits, e);
	case OID_EC_PUBLIC_KEY:
		return read_ec(key, identifier, bits, e);
	default:
		return error_set(e, ERROR_REFUSED, "CMS-12", "key of kind %s",
				 OID_TEXT(algorithm));
	}
}

bool key_equal(const struct key *a, const struct key *b)
{
	return a->kind == b->kind && bytes_equal(a->modulus, b->modulus) &&
	       bytes_equal(a->exponent, b->exponent) && bytes_equal(a->point, b->point);
}

struct key_string key_string(const struct key *key)
{
	struct key_string s;

	switch (key->kind) {
	case KEY_RSA:
		snprintf(s.text, sizeof(s.text), "RSA-%zu",
			 bit_length(key->modulus) % 100000);
		break;
	case KEY_P256:
		snprintf(s.text, sizeof(s.text), "P-256");
		break;
	case KEY_P384:
		snprintf(s.text, sizeof(s.text), "P-384");
		break;
	case KEY_P521:
		snprintf(s.text, sizeof(s.text), "P-521");
		break;
	}
	return s;
}

/* Measured: 0.2 with 2048 bits and the exponent 65537, 4 with 8192, 9 with an exponent of 64. */
static unsigned rsa_cost(const struct key *key)
{
	size_t kibibits = (bit_length(key->modulus) + 1023) / 1024;

	return (unsigned)(1 + kibibits * kibibits * bit_length(key->exponent) / 256);
}

unsigned key_cost(const struct key *key)
{
	switch (key->kind) {
	case KEY_RSA:
		return rsa_cost(key);
	case KEY_P256:
		return 1;
	case KEY_P384:
		return 5;
	case KEY_P521:
		return 10;
	}
	return 10;
}

/* SPDX-License-Identifier: MIT */
#include "pki/signature.h"

#include <bearssl.h>

#include "base/writer.h"
#include "codec/der.h"
#include "config.h"
#include "pki/oid.h"

/*
 * How an RSA signature is judged: the one right encoding (RFC 8017 §9.2, with the NULL) is
 * written out and compared with what the public operation gives, whole.  Nothing of the
 * attacker's is parsed, so no laxness of a parser can be used.  RSASSA-PSS has a random salt,
 * so its encoding is opened, with the salt length of the parameters and no other.
 *
 * ECDSA: r and s are taken out of strict DER and handed to BearSSL as numbers, because its
 * own DER reader takes more than DER.
 */

static bool refuse(struct error *e, struct bytes oid)
{
	switch (oid_find(oid)) {
	case OID_MD5:
	case OID_SHA1:
	case OID_SHA224:
	case OID_MD5_WITH_RSA:
	case OID_SHA1_WITH_RSA:
	case OID_SHA224_WITH_RSA:
	case OID_ECDSA_WITH_SHA1:
	case OID_ECDSA_WITH_SHA224:
		return error_set(e, ERROR_REFUSED, "CMS-12",
				 "%s is too weak; sign with SHA-256", OID_TEXT(oid));
	default:
		return error_set(e, ERROR_REFUSED, "CMS-12", "algorithm %s is not known here",
				 OID_TEXT(oid));
	}
}

struct identifier {
	struct bytes oid;
	bool has_null, has_other; /* parameters */
	struct bytes parameters;  /* the whole item */
};

static bool read_identifier(struct identifier *to, struct bytes whole, struct error *e)
{
	bool bad;
	struct reader r = reader_over(whole, &bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct identifier id = { .oid = der_oid(&sequence) };

	if (reader_left(&sequence)) {
		struct der_item parameters = der_next(&sequence);

		id.has_null = parameters.tag == DER_NULL && parameters.content.size == 0;
		id.has_other = !id.has_null;
		id.parameters = parameters.whole;
		der_end(&sequence);
	}
	if (!reader_ok(&r))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "algorithm identifier is malformed");
	*to = id;
	return true;
}

static bool refuse_parameters(struct error *e, struct bytes oid)
{
	return error_set(e, ERROR_REFUSED, "CMS-12", "%s with parameters it may not have",
			 OID_TEXT(oid));
}

/* RSA has NULL (RFC 4055 §5: absent must be taken, too), ECDSA nothing (RFC 5758 §3.2). */
static bool parameters_fit(enum signature_scheme scheme, const struct identifier *id)
{
	return !id->has_other && !(scheme == SIGNATURE_ECDSA && id->has_null);
}

bool signature_digest_read(enum digest_kind *to, struct bytes identifier, struct error *e)
{
	enum digest_kind kind;
	struct identifier id;

	if (!read_identifier(&id, identifier, e))
		return false;
	switch (oid_find(id.oid)) {
	case OID_SHA256:
		kind = DIGEST_SHA256;
		break;
	case OID_SHA384:
		kind = DIGEST_SHA384;
		break;
	case OID_SHA512:
		kind = DIGEST_SHA512;
		break;
	default:
		return refuse(e, id.oid);
	}
	if (id.has_other)
		return refuse_parameters(e, id.oid);
	*to = kind;
	return true;
}

/* [n] EXPLICIT INTEGER DEFAULT @missing. */
static uint32_t read_number(struct reader *r, unsigned n, uint32_t missing)
{
	if (!der_at(r, (uint8_t)DER_CONTEXT_OPEN(n)))
		return missing;

	struct reader field = der_open(r, (uint8_t)DER_CONTEXT_OPEN(n));
	uint32_t number = der_small(&field, UINT16_MAX);

	der_end(&field);
	return number;
}

/* MGF1 with the hash of the message, nothing else; its default is SHA-1. */
static bool is_mask_by(enum digest_kind kind, struct bytes field)
{
	bool bad;
	struct reader r = reader_over(field, &bad);
	struct reader mask = der_open(&r, DER_SEQUENCE);
	struct bytes oid = der_oid(&mask), hash = der_take_whole(&mask, DER_SEQUENCE);
	enum digest_kind found;
	struct error ignored;

	der_end(&mask);
	return reader_ok(&r) && oid_is(oid, OID_MGF1) &&
	       signature_digest_read(&found, hash, &ignored) && found == kind;
}

/*
 * RSASSA-PSS-params (RFC 4055 §3.1).  Each field has a default: SHA-1 twice, which is
 * refused, 20 octets of salt, and the one trailer there is, which may also be written out.
 */
static bool read_pss(struct signature_algorithm *to, const struct identifier *id,
		     struct error *e)
{
	bool bad;
	struct reader all = reader_over(id->parameters, &bad);
	struct reader r = der_open(&all, DER_SEQUENCE);
	struct bytes hash = oid_content(OID_SHA1), mask = { 0 };
	bool has_hash = der_at(&r, DER_CONTEXT_OPEN(0));
	enum digest_kind kind;

	if (has_hash)
		hash = der_take(&r, DER_CONTEXT_OPEN(0));
	if (der_at(&r, DER_CONTEXT_OPEN(1)))
		mask = der_take(&r, DER_CONTEXT_OPEN(1));

	uint32_t salt = read_number(&r, 2, 20), trailer = read_number(&r, 3, 1);

	der_end(&r);
	if (!reader_ok(&all) || trailer != 1)
		return refuse_parameters(e, id->oid);
	if (!has_hash)
		return refuse(e, hash);
	if (!signature_digest_read(&kind, hash, e))
		return false;
	if (!is_mask_by(kind, mask))
		return error_set(e, ERROR_REFUSED, "CMS-12",
				 "RSASSA-PSS by %s with a mask that is not MGF1 by it",
				 digest_name(kind));
	*to = (struct signature_algorithm){ (enum signature_scheme)(SIGNATURE_RSA_PSS + salt),
					    kind };
	return true;
}

/* An identifier that names both, the scheme and the digest. */
static bool read_combined(struct signature_algorithm *to, const struct identifier *id,
			  struct error *e)
{
	static const struct {
		enum oid oid;
		struct signature_algorithm algorithm;
	} table[] = {
		{ OID_SHA256_WITH_RSA, { SIGNATURE_RSA, DIGEST_SHA256 } },
		{ OID_SHA384_WITH_RSA, { SIGNATURE_RSA, DIGEST_SHA384 } },
		{ OID_SHA512_WITH_RSA, { SIGNATURE_RSA, DIGEST_SHA512 } },
		{ OID_ECDSA_WITH_SHA256, { SIGNATURE_ECDSA, DIGEST_SHA256 } },
		{ OID_ECDSA_WITH_SHA384, { SIGNATURE_ECDSA, DIGEST_SHA384 } },
		{ OID_ECDSA_WITH_SHA512, { SIGNATURE_ECDSA, DIGEST_SHA512 } },
	};
	enum oid oid = oid_find(id->oid);

	if (oid == OID_RSASSA_PSS)
		return read_pss(to, id, e);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].oid != oid)
			continue;
		if (!parameters_fit(table[i].algorithm.scheme, id))
			return refuse_parameters(e, id->oid);
		*to = table[i].algorithm;
		return true;
	}
	return refuse(e, id->oid);
}

bool signature_algorithm_read(struct signature_algorithm *to, struct bytes identifier,
			      struct error *e)
{
	struct identifier id;

	return read_identifier(&id, identifier, e) && read_combined(to, &id, e);
}

bool signature_signer_read(struct signature_algorithm *to, struct bytes identifier,
			   enum digest_kind digest, struct error *e)
{
	struct signature_algorithm algorithm = { SIGNATURE_RSA, digest };
	struct identifier id;

	if (!read_identifier(&id, identifier, e))
		return false;
	if (!oid_is(id.oid, OID_RSA_ENCRYPTION)) {
		if (!read_combined(&algorithm, &id, e))
			return false;
	} else if (!parameters_fit(SIGNATURE_RSA, &id)) {
		return refuse_parameters(e, id.oid);
	}
	if (algorithm.digest != digest)
		return error_set(e, ERROR_REFUSED, "CMS-13", "%s beside a digest by %s",
				 OID_TEXT(id.oid), digest_name(digest));
	*to = algorithm;
	return true;
}

/* The DigestInfo before the digest itself: SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING.
 */
static void write_digest_info(struct writer *w, enum digest_kind kind)
{
	static const enum oid oids[] = { [DIGEST_SHA256] = OID_SHA256,
					 [DIGEST_SHA384] = OID_SHA384,
					 [DIGEST_SHA512] = OID_SHA512 };
	struct bytes oid = oid_content(oids[kind]);
	size_t size = digest_size(kind);

	writer_u8(w, DER_SEQUENCE);
	writer_u8(w, (uint8_t)(2 + 2 + oid.size + 2 + 2 + size));
	writer_u8(w, DER_SEQUENCE);
	writer_u8(w, (uint8_t)(2 + oid.size + 2));
	writer_u8(w, DER_OID);
	writer_u8(w, (uint8_t)oid.size);
	writer_bytes(w, oid);
	writer_be16(w, DER_NULL << 8);
	writer_u8(w, DER_OCTET_STRING);
	writer_u8(w, (uint8_t)size);
}

/* The public operation: what was signed, as long as the modulus, of CONFIG_RSA_BITS_MAX. */
static bool open_rsa(uint8_t *to, const struct key *key, struct bytes signature)
{
	br_rsa_public_key public = {
		.n = (unsigned char *)(uintptr_t)key->modulus.at,
		.nlen = key->modulus.size,
		.e = (unsigned char *)(uintptr_t)key->exponent.at,
		.elen = key->exponent.size,
	};

	if (key->modulus.size > CONFIG_RSA_BITS_MAX / 8 ||
	    signature.size != key->modulus.size)
		return false;
	memcpy(to, signature.at, signature.size);
	return br_rsa_public_get_default()(to, signature.size, &public) == 1;
}

static bool verify_rsa(const struct key *key, enum digest_kind kind,
		       const struct digest *digest, struct bytes signature)
{
	uint8_t info_bytes[32], right[CONFIG_RSA_BITS_MAX / 8],
		given[CONFIG_RSA_BITS_MAX / 8];
	struct writer info = writer_over(info_bytes, sizeof(info_bytes));
	struct writer w = writer_over(right, sizeof(right));
	size_t size = key->modulus.size;

	if (!open_rsa(given, key, signature))
		return false;
	write_digest_info(&info, kind);
	writer_be16(&w, 0x0001);
	writer_fill(&w, 0xff, size - 3 - info.used - digest->size);
	writer_u8(&w, 0x00);
	writer_bytes(&w, writer_done(&info));
	writer_bytes(&w, digest_bytes(digest));
	return writer_ok(&info) && writer_ok(&w) && w.used == size &&
	       memcmp(right, given, size) == 0;
}

/* Take off the mask MGF1 makes of @seed (RFC 8017 §B.2.1); at most 255 digests long. */
static void unmask(uint8_t *data, size_t size, enum digest_kind kind, struct bytes seed)
{
	uint8_t counter[4] = { 0 };

	for (size_t at = 0; at < size; counter[3]++) {
		struct digest mask = digest_of_two(kind, seed, bytes_of(counter, 4));

		for (size_t i = 0; i < mask.size && at < size; i++)
			data[at++] ^= mask.value[i];
	}
}

/*
 * EMSA-PSS-VERIFY (RFC 8017 §9.1.2): padding of 0, 01, salt, all masked; hash; bc.  It is one
 * bit shorter than the modulus, thus one octet where the modulus begins with 01.
 */
static bool verify_pss(const struct key *key, enum digest_kind kind, size_t salt,
		       const struct digest *digest, struct bytes signature)
{
	uint8_t given[CONFIG_RSA_BITS_MAX / 8], *at = given, bits = 0;
	uint8_t message[8 + DIGEST_SIZE_MAX] = { 0 };
	size_t size = key->modulus.size;

	if (!open_rsa(given, key, signature))
		return false;
	while (bits < key->modulus.at[0] >> 1) /* those the first octet may have */
		bits = (uint8_t)(bits << 1 | 1);
	if (given[0] & ~bits)
		return false;
	if (!bits) {
		at++;
		size--;
		bits = 0xff;
	}
	if (size < digest->size + salt + 2 || at[size - 1] != 0xbc)
		return false;

	size_t masked = size - digest->size - 1, padding = masked - salt - 1;
	struct bytes hash = bytes_of(at + masked, digest->size);

	unmask(at, masked, kind, hash);
	at[0] &= bits;
	for (size_t i = 0; i < padding; i++)
		if (at[i])
			return false;
	if (at[padding] != 0x01)
		return false;
	memcpy(message + 8, digest->value, digest->size);

	struct digest right = digest_of_two(kind, bytes_of(message, 8 + digest->size),
					    bytes_of(at + padding + 1, salt));

	return bytes_equal(digest_bytes(&right), hash);
}

static int curve_of(enum key_kind kind)
{
	switch (kind) {
	case KEY_P256:
		return BR_EC_secp256r1;
	case KEY_P384:
		return BR_EC_secp384r1;
	case KEY_P521:
		return BR_EC_secp521r1;
	case KEY_RSA:
		break;
	}
	return 0;
}

static bool verify_ecdsa(const struct key *key, const struct digest *digest,
			 struct bytes signature)
{
	bool bad;
	struct reader all = reader_over(signature, &bad);
	struct reader sequence = der_open(&all, DER_SEQUENCE);
	struct bytes r = der_positive(&sequence), s = der_positive(&sequence);
	size_t size = key->point.size / 2;
	uint8_t raw[2 * 66] = { 0 };
	br_ec_public_key public = {
		.curve = curve_of(key->kind),
		.q = (unsigned char *)(uintptr_t)key->point.at,
		.qlen = key->point.size,
	};

	der_end(&sequence);
	if (!reader_ok(&all) || size > sizeof(raw) / 2 || r.size > size || s.size > size)
		return false;
	memcpy(raw + size - r.size, r.at, r.size);
	memcpy(raw + 2 * size - s.size, s.at, s.size);
	return br_ecdsa_vrfy_raw_get_default()(br_ec_get_default(), digest->value,
					       digest->size, &public, raw, 2 * size) == 1;
}

bool signature_verify(const struct key *key, const struct signature_algorithm *algorithm,
		      const struct digest *digest, struct bytes signature, struct error *e)
{
	enum signature_scheme scheme = algorithm->scheme;
	bool good;

	if ((key->kind == KEY_RSA) != (scheme != SIGNATURE_ECDSA))
		return error_set(e, ERROR_REFUSED, NULL,
				 "the signature is of another kind than its key");
	if (digest->size != digest_size(algorithm->digest))
		return error_set(e, ERROR_REFUSED, NULL, "the digest is not by %s",
				 digest_name(algorithm->digest));
	if (scheme == SIGNATURE_ECDSA)
		good = verify_ecdsa(key, digest, signature);
	else if (scheme == SIGNATURE_RSA)
		good = verify_rsa(key, algorithm->digest, digest, signature);
	else
		good = verify_pss(key, algorithm->digest, scheme - SIGNATURE_RSA_PSS, digest,
				  signature);
	return good || error_set(e, ERROR_REFUSED, NULL, "the signature is not by this key");
}

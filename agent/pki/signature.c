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
 * attacker's is parsed, so no laxness of a parser can be used.
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

static bool combined(struct signature_algorithm *to, enum oid oid)
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

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].oid == oid) {
			*to = table[i].algorithm;
			return true;
		}
	}
	return false;
}

/* RSA has NULL (RFC 4055 §5: absent must be taken, too), ECDSA nothing (RFC 5758 §3.2). */
static bool parameters_fit(const struct signature_algorithm *a, const struct identifier *id)
{
	return !id->has_other && !(a->scheme == SIGNATURE_ECDSA && id->has_null);
}

bool signature_algorithm_read(struct signature_algorithm *to, struct bytes identifier,
			      struct error *e)
{
	struct signature_algorithm algorithm;
	struct identifier id;

	if (!read_identifier(&id, identifier, e))
		return false;
	if (!combined(&algorithm, oid_find(id.oid)))
		return refuse(e, id.oid);
	if (!parameters_fit(&algorithm, &id))
		return refuse_parameters(e, id.oid);
	*to = algorithm;
	return true;
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

bool signature_signer_read(struct signature_algorithm *to, struct bytes identifier,
			   enum digest_kind digest, struct error *e)
{
	struct signature_algorithm algorithm = { SIGNATURE_RSA, digest };
	struct identifier id;

	if (!read_identifier(&id, identifier, e))
		return false;
	if (!oid_is(id.oid, OID_RSA_ENCRYPTION) && !combined(&algorithm, oid_find(id.oid)))
		return refuse(e, id.oid);
	if (!parameters_fit(&algorithm, &id))
		return refuse_parameters(e, id.oid);
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

static bool verify_rsa(const struct key *key, enum digest_kind kind,
		       const struct digest *digest, struct bytes signature)
{
	uint8_t info_bytes[32], right[CONFIG_RSA_BITS_MAX / 8],
		given[CONFIG_RSA_BITS_MAX / 8];
	struct writer info = writer_over(info_bytes, sizeof(info_bytes));
	struct writer w = writer_over(right, sizeof(right));
	size_t size = key->modulus.size;
	br_rsa_public_key public = {
		.n = (unsigned char *)(uintptr_t)key->modulus.at,
		.nlen = size,
		.e = (unsigned char *)(uintptr_t)key->exponent.at,
		.elen = key->exponent.size,
	};

	if (size > sizeof(given) || signature.size != size)
		return false;
	write_digest_info(&info, kind);
	writer_be16(&w, 0x0001);
	writer_fill(&w, 0xff, size - 3 - info.used - digest->size);
	writer_u8(&w, 0x00);
	writer_bytes(&w, writer_done(&info));
	writer_bytes(&w, digest_bytes(digest));

	memcpy(given, signature.at, size);
	return writer_ok(&info) && writer_ok(&w) && w.used == size &&
	       br_rsa_public_get_default()(given, size, &public) == 1 &&
	       memcmp(right, given, size) == 0;
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
	bool is_rsa = key->kind == KEY_RSA, good;

	if (is_rsa != (algorithm->scheme == SIGNATURE_RSA))
		return error_set(e, ERROR_REFUSED, NULL,
				 "the signature is of another kind than its key");
	if (digest->size != digest_size(algorithm->digest))
		return error_set(e, ERROR_REFUSED, NULL, "the digest is not by %s",
				 digest_name(algorithm->digest));
	good = is_rsa ? verify_rsa(key, algorithm->digest, digest, signature)
		      : verify_ecdsa(key, digest, signature);
	return good || error_set(e, ERROR_REFUSED, NULL, "the signature is not by this key");
}

/* SPDX-License-Identifier: MIT */
#include "pki/certification_request.h"

#include "codec/der_writer.h"
#include "pki/oid.h"

static const struct bytes nothing;

/* AlgorithmIdentifier; @parameter is an OID, or OID_UNKNOWN for @null or nothing. */
static void write_algorithm(struct writer *w, enum oid oid, enum oid parameter, bool null)
{
	size_t from = w->used;

	der_writer_item(w, DER_OID, oid_content(oid));
	if (parameter != OID_UNKNOWN)
		der_writer_item(w, DER_OID, oid_content(parameter));
	else if (null)
		der_writer_item(w, DER_NULL, nothing);
	der_writer_wrap(w, from, DER_SEQUENCE);
}

void certification_request_write_algorithm(struct writer *w, enum key_kind kind)
{
	if (kind == KEY_RSA)
		write_algorithm(w, OID_RSA_ENCRYPTION, OID_UNKNOWN, true);
	else
		write_algorithm(w, OID_EC_PUBLIC_KEY, kind == KEY_P256 ? OID_P256 : OID_P384, false);
}

bool certification_request_read_info(struct certification_request_content *content,
				     struct bytes info, enum key_kind kind, struct error *e)
{
	uint8_t algorithm[32];
	struct writer w = writer_over(algorithm, sizeof(algorithm));
	bool bad;
	struct reader r = reader_over(info, &bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);

	der_small(&sequence, 0); /* version */
	struct bytes subject = der_take_whole(&sequence, DER_SEQUENCE);
	struct reader key = der_open(&sequence, DER_SEQUENCE);
	struct bytes found = der_take_whole(&key, DER_SEQUENCE);

	der_take(&key, DER_BIT_STRING);
	der_end(&key);
	struct bytes attributes = der_take_whole(&sequence, DER_CONTEXT_OPEN(0));

	der_end(&sequence);
	if (!reader_ok(&r))
		return error_set(e, ERROR_MALFORMED, "CSR-7", "cert-req-info: not RFC 2986 §4.1");
	certification_request_write_algorithm(&w, kind);
	if (!bytes_equal(found, writer_done(&w)))
		return error_set(e, ERROR_REFUSED, "CSR-7",
				 "cert-req-info: not about a key of the selected algorithm");
	content->subject = subject;
	content->attributes = attributes;
	return true;
}

static void write_info(struct writer *w, const struct certification_request_content *content,
		       struct bytes public_key)
{
	size_t from = w->used;

	der_writer_number(w, nothing); /* version 0 */
	writer_bytes(w, content->subject);
	writer_bytes(w, public_key);
	if (content->attributes.size)
		writer_bytes(w, content->attributes);
	else
		der_writer_item(w, DER_CONTEXT_OPEN(0), nothing);
	der_writer_wrap(w, from, DER_SEQUENCE);
}

bool certification_request_write(struct writer *w,
				 const struct certification_request_content *content,
				 const struct certification_request_key *key, struct error *e)
{
	uint8_t signature[CERTIFICATION_REQUEST_SIGNATURE_MAX];
	size_t from = w->used, size;
	struct digest digest;
	struct key public;

	if (!key_read(&public, key->public_key, e))
		return false;
	write_info(w, content, key->public_key);
	digest = digest_of(key->digest, bytes_of(w->start + from, w->used - from));
	if (writer_ok(w)) {
		if (!key->sign(key->context, digest_bytes(&digest), signature, sizeof(signature),
			       &size, e))
			return false;
		if (public.kind == KEY_RSA)
			write_algorithm(w, OID_SHA256_WITH_RSA, OID_UNKNOWN, true);
		else
			write_algorithm(w, key->digest == DIGEST_SHA384 ? OID_ECDSA_WITH_SHA384
									: OID_ECDSA_WITH_SHA256,
					OID_UNKNOWN, false);
		size_t bits = w->used;

		writer_u8(w, 0); /* unused bits */
		if (public.kind == KEY_RSA)
			writer_bytes(w, bytes_of(signature, size));
		else
			der_writer_ecdsa(w, bytes_of(signature, size));
		der_writer_wrap(w, bits, DER_BIT_STRING);
	}
	der_writer_wrap(w, from, DER_SEQUENCE);
	return writer_ok(w) ||
	       error_set(e, ERROR_MACHINE, NULL, "no room for a certification request");
}

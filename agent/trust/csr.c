/* SPDX-License-Identifier: MIT */
#include "trust/csr.h"

#include "codec/der.h"
#include "pki/digest.h"
#include "trust/envelope.h"

/*
 * DER is written inside out: contents first, then wrap() moves them up and puts tag and
 * length before.  Requests are small, so the moving costs nothing.
 */

static void wrap(struct writer *w, size_t from, uint8_t tag)
{
	size_t size = w->used - from;
	uint8_t head[4] = { tag };
	size_t n = 1;

	if (size > 0xffff || w->bad) {
		w->bad = true;
		return;
	}
	if (size >= 0x100) {
		head[n++] = 0x82;
		head[n++] = size >> 8;
	} else if (size >= 0x80) {
		head[n++] = 0x81;
	}
	head[n++] = size;
	writer_fill(w, 0, n);
	if (w->bad)
		return;
	memmove(w->start + from + n, w->start + from, size);
	memcpy(w->start + from, head, n);
}

static void write_oid(struct writer *w, const uint8_t *oid, size_t size)
{
	writer_u8(w, DER_OID);
	writer_u8(w, size);
	writer_bytes(w, bytes_of(oid, size));
}

#define OID(w, ...)                                                                          \
	do {                                                                                 \
		static const uint8_t oid[] = { __VA_ARGS__ };                                \
		write_oid(w, oid, sizeof(oid));                                              \
	} while (0)

#define OID_EC_PUBLIC_KEY 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01
#define OID_P256	  0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07
#define OID_P384	  0x2b, 0x81, 0x04, 0x00, 0x22
#define OID_RSA		  0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01
#define OID_ECDSA_SHA256  0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02
#define OID_ECDSA_SHA384  0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03
#define OID_RSA_SHA256	  0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b
#define OID_SERIAL_NUMBER 0x55, 0x04, 0x05

static void write_null(struct writer *w)
{
	writer_u8(w, DER_NULL);
	writer_u8(w, 0);
}

static void write_bit_string(struct writer *w, struct bytes octets)
{
	size_t from = w->used;

	writer_u8(w, 0); /* unused bits */
	writer_bytes(w, octets);
	wrap(w, from, DER_BIT_STRING);
}

static void write_rsa_key(struct writer *w, const struct tpm_key *key)
{
	uint8_t e[4] = { key->exponent >> 24, key->exponent >> 16, key->exponent >> 8,
			 key->exponent };
	size_t outside = w->used, from, skip = 0;

	writer_u8(w, 0); /* unused bits */
	from = w->used;
	writer_u8(w, 0); /* sign: a modulus has its highest bit set */
	writer_bytes(w, bytes_of(key->modulus, key->modulus_size));
	wrap(w, from, DER_INTEGER);
	while (skip < 3 && !e[skip])
		skip++;
	{
		size_t number = w->used;

		if (e[skip] & 0x80)
			writer_u8(w, 0);
		writer_bytes(w, bytes_of(e + skip, 4 - skip));
		wrap(w, number, DER_INTEGER);
	}
	wrap(w, from, DER_SEQUENCE);
	wrap(w, outside, DER_BIT_STRING);
}

void csr_write_public_key(struct writer *w, const struct tpm_key *key)
{
	size_t from = w->used;

	switch (key->kind) {
	case TPM_KEY_KIND_ECC_P256:
		OID(w, OID_EC_PUBLIC_KEY);
		OID(w, OID_P256);
		break;
	case TPM_KEY_KIND_ECC_P384:
		OID(w, OID_EC_PUBLIC_KEY);
		OID(w, OID_P384);
		break;
	case TPM_KEY_KIND_RSA:
		OID(w, OID_RSA);
		write_null(w);
		break;
	}
	wrap(w, from, DER_SEQUENCE);
	if (key->kind == TPM_KEY_KIND_RSA)
		write_rsa_key(w, key);
	else
		write_bit_string(w, bytes_of(key->point, key->point_size));
	wrap(w, from, DER_SEQUENCE);
}

static void write_subject(struct writer *w, const char *serial)
{
	size_t from = w->used, text;

	OID(w, OID_SERIAL_NUMBER);
	text = w->used;
	writer_text(w, serial);
	wrap(w, text, DER_PRINTABLE_STRING);
	wrap(w, from, DER_SEQUENCE);
	wrap(w, from, DER_SET);
	wrap(w, from, DER_SEQUENCE);
}

/* X.680 §41.4: what a PrintableString may hold. */
static bool is_printable(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= 64 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			    " '()+,-./:=?") == n;
}

static void write_algorithm(struct writer *w, enum tpm_key_kind kind)
{
	size_t from = w->used;

	switch (kind) {
	case TPM_KEY_KIND_ECC_P256:
		OID(w, OID_ECDSA_SHA256);
		break;
	case TPM_KEY_KIND_ECC_P384:
		OID(w, OID_ECDSA_SHA384);
		break;
	case TPM_KEY_KIND_RSA:
		OID(w, OID_RSA_SHA256);
		write_null(w);
		break;
	}
	wrap(w, from, DER_SEQUENCE);
}

bool csr_write(struct writer *w, struct tpm *t, const struct tpm_key *key, const char *serial,
	       struct error *e)
{
	uint8_t raw[ENVELOPE_SIGNATURE_MAX], asn1[ENVELOPE_SIGNATURE_MAX];
	struct bytes signature;
	struct digest digest;
	size_t from = w->used, size = sizeof(raw);

	if (!is_printable(serial))
		return error_set(e, ERROR_REFUSED, "TPM-111",
				 "serial number does not fit a PrintableString of 64");
	writer_u8(w, DER_INTEGER); /* version 0 */
	writer_u8(w, 1);
	writer_u8(w, 0);
	write_subject(w, serial);
	csr_write_public_key(w, key);
	writer_u8(w, DER_CONTEXT_OPEN(0)); /* no attributes */
	writer_u8(w, 0);
	wrap(w, from, DER_SEQUENCE);
	if (!writer_ok(w))
		return error_set(e, ERROR_MACHINE, NULL, "no room for the request");

	digest = digest_of(key->kind == TPM_KEY_KIND_ECC_P384 ? DIGEST_SHA384 : DIGEST_SHA256,
			   bytes_of(w->start + from, w->used - from));
	if (!tpm_key_sign(t, key, digest_bytes(&digest), raw, &size, e))
		return false;
	signature = bytes_of(raw, size);
	if (key->kind != TPM_KEY_KIND_RSA)
		signature = bytes_of(asn1, envelope_signature_asn1(asn1, signature));
	write_algorithm(w, key->kind);
	write_bit_string(w, signature);
	wrap(w, from, DER_SEQUENCE);
	return writer_ok(w) || error_set(e, ERROR_MACHINE, NULL, "no room for the request");
}

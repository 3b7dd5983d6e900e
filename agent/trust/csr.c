/* SPDX-License-Identifier: MIT */
#include "trust/csr.h"

#include "codec/der_writer.h"
#include "pki/certification_request.h"
#include "pki/oid.h"

static void write_rsa_key(struct writer *w, const struct tpm_key *key)
{
	uint8_t e[4] = { key->exponent >> 24, key->exponent >> 16, key->exponent >> 8,
			 key->exponent };
	size_t outside = w->used;

	writer_u8(w, 0); /* unused bits */
	size_t from = w->used;

	der_writer_number(w, bytes_of(key->modulus, key->modulus_size));
	der_writer_number(w, bytes_of(e, sizeof(e)));
	der_writer_wrap(w, from, DER_SEQUENCE);
	der_writer_wrap(w, outside, DER_BIT_STRING);
}

void csr_write_public_key(struct writer *w, const struct tpm_key *key)
{
	static const enum key_kind kinds[] = {
		[TPM_KEY_KIND_ECC_P256] = KEY_P256,
		[TPM_KEY_KIND_ECC_P384] = KEY_P384,
		[TPM_KEY_KIND_RSA] = KEY_RSA,
	};
	size_t from = w->used;

	certification_request_write_algorithm(w, kinds[key->kind]);
	if (key->kind == TPM_KEY_KIND_RSA)
		write_rsa_key(w, key);
	else
		der_writer_bits(w, bytes_of(key->point, key->point_size));
	der_writer_wrap(w, from, DER_SEQUENCE);
}

static void write_subject(struct writer *w, const char *serial)
{
	size_t from = w->used;

	der_writer_item(w, DER_OID, oid_content(OID_SERIAL_NUMBER));
	der_writer_item(w, DER_PRINTABLE_STRING, bytes_of_text(serial));
	der_writer_wrap(w, from, DER_SEQUENCE);
	der_writer_wrap(w, from, DER_SET);
	der_writer_wrap(w, from, DER_SEQUENCE);
}

/* X.680 §41.4: what a PrintableString may hold. */
static bool is_printable(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= 64 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			    " '()+,-./:=?") == n;
}

struct tpm_signer {
	struct tpm *tpm;
	const struct tpm_key *key;
};

static bool sign(void *context, struct bytes digest, uint8_t *signature, size_t room,
		 size_t *size, struct error *e)
{
	const struct tpm_signer *s = context;

	*size = room;
	return tpm_key_sign(s->tpm, s->key, digest, signature, size, e);
}

bool csr_write(struct writer *w, struct tpm *t, const struct tpm_key *key, const char *serial,
	       struct error *e)
{
	uint8_t names[128], public_key[640];
	struct writer subject = writer_over(names, sizeof(names));
	struct writer spki = writer_over(public_key, sizeof(public_key));
	struct tpm_signer signer = { t, key };

	if (!is_printable(serial))
		return error_set(e, ERROR_REFUSED, "TPM-111",
				 "serial number does not fit a PrintableString of 64");
	write_subject(&subject, serial);
	csr_write_public_key(&spki, key);
	const struct certification_request_content content = { .subject = writer_done(&subject) };
	const struct certification_request_key with = {
		.public_key = writer_done(&spki),
		.digest = key->kind == TPM_KEY_KIND_ECC_P384 ? DIGEST_SHA384 : DIGEST_SHA256,
		.sign = sign,
		.context = &signer,
	};

	return certification_request_write(w, &content, &with, e);
}

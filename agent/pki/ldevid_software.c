/* SPDX-License-Identifier: MIT */
#include "pki/ldevid_software.h"

#include "codec/der_writer.h"
#include "codec/pem.h"
#include "pki/certification_request.h"

static enum key_kind kind_of(const struct ldevid_software *s)
{
	return s->key.curve == BR_EC_secp256r1 ? KEY_P256 : KEY_P384;
}

static void discard(void *context)
{
	struct ldevid_software *s = context;

	bytes_wipe(s->number, sizeof(s->number));
	s->key.curve = 0;
	s->point_size = 0;
}

static bool generate(void *context, enum key_kind kind, struct writer *public_key, struct error *e)
{
	struct ldevid_software *s = context;
	const br_ec_impl *ec = br_ec_get_default();
	uint8_t seed[48];
	br_hmac_drbg_context random;
	size_t from = public_key->used;

	discard(s);
	if (!s->random(seed, sizeof(seed), e))
		return false;
	br_hmac_drbg_init(&random, &br_sha256_vtable, seed, sizeof(seed));
	br_ec_keygen(&random.vtable, ec, &s->key, s->number,
		     kind == KEY_P256 ? BR_EC_secp256r1 : BR_EC_secp384r1);
	s->point_size = br_ec_compute_pub(ec, NULL, s->point, &s->key);
	bytes_wipe(seed, sizeof(seed));
	bytes_wipe(&random, sizeof(random));
	certification_request_write_algorithm(public_key, kind);
	der_writer_bits(public_key, bytes_of(s->point, s->point_size));
	der_writer_wrap(public_key, from, DER_SEQUENCE);
	return true;
}

static bool sign(void *context, struct bytes digest, uint8_t *signature, size_t room, size_t *size,
		 struct error *e)
{
	const struct ldevid_software *s = context;

	*size = 0;
	if (s->point_size && digest.size == 32 && room >= 2 * s->key.xlen)
		*size = br_ecdsa_sign_raw_get_default()(br_ec_get_default(), &br_sha256_vtable,
							digest.at, &s->key, signature);
	return *size || error_set(e, ERROR_MACHINE, "CSR-9", "there is no LDevID key");
}

/* PrivateKeyInfo (RFC 5208) with an ECPrivateKey (RFC 5915). */
static void write_key(struct writer *w, const struct ldevid_software *s)
{
	static const uint8_t one = 1;
	size_t octets, public;

	der_writer_number(w, bytes_of(NULL, 0)); /* version 0 */
	certification_request_write_algorithm(w, kind_of(s));
	octets = w->used;
	der_writer_number(w, bytes_of(&one, 1));
	der_writer_item(w, DER_OCTET_STRING, bytes_of(s->key.x, s->key.xlen));
	public = w->used;
	der_writer_bits(w, bytes_of(s->point, s->point_size));
	der_writer_wrap(w, public, DER_CONTEXT_OPEN(1));
	der_writer_wrap(w, octets, DER_SEQUENCE);
	der_writer_wrap(w, octets, DER_OCTET_STRING);
	der_writer_wrap(w, 0, DER_SEQUENCE);
}

static bool save(void *context, struct bytes request, struct writer *pem)
{
	const struct ldevid_software *s = context;
	uint8_t der[256];
	struct writer w = writer_over(der, sizeof(der));

	if (!s->point_size || !memmem(request.at, request.size, s->point, s->point_size))
		return false;
	write_key(&w, s);
	pem_write(pem, "PRIVATE KEY", writer_done(&w));
	bytes_wipe(der, sizeof(der));
	return true;
}

void ldevid_software_start(struct ldevid_software *s,
			   bool (*random)(void *to, size_t size, struct error *e))
{
	*s = (struct ldevid_software){
		.signer = { .kinds = LDEVID_SIGNER_BIT(KEY_P256) | LDEVID_SIGNER_BIT(KEY_P384),
			    .generate = generate,
			    .sign = sign,
			    .save = save,
			    .discard = discard,
			    .context = s },
		.random = random,
	};
}

/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_crypto.h"

#include <bearssl.h>
#include <stdlib.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include "platform/entropy.h"

/*
 * Thirteen functions with ESYS' signatures.  Two traps of its own (TPM-87): the OAEP label
 * comes without its NUL but is hashed with it, and one error path of ESYS aborts an HMAC
 * through the hash function, so both kinds share one context type and one abort.
 */

/* Pulls our Tss2_TctiLdr.o out of this room's archive, which is linked before the library. */
__attribute__((used)) static void (*const loader)(TSS2_TCTI_CONTEXT **) =
	Tss2_TctiLdr_Finalize;

struct ESYS_CRYPTO_CONTEXT_BLOB {
	const br_hash_class *hash;
	bool is_hmac;
	br_hash_compat_context digest;
	br_hmac_context hmac;
};

static const br_hash_class *hash_class(TPM2_ALG_ID algorithm)
{
	switch (algorithm) {
	case TPM2_ALG_SHA256:
		return &br_sha256_vtable;
	case TPM2_ALG_SHA384:
		return &br_sha384_vtable;
	case TPM2_ALG_SHA512:
		return &br_sha512_vtable;
	}
	return NULL;
}

static size_t hash_size(const br_hash_class *hash)
{
	return (hash->desc >> BR_HASHDESC_OUT_OFF) & BR_HASHDESC_OUT_MASK;
}

static TSS2_RC context_new(ESYS_CRYPTO_CONTEXT_BLOB **to, TPM2_ALG_ID algorithm)
{
	const br_hash_class *hash = hash_class(algorithm);

	if (!to)
		return TSS2_ESYS_RC_BAD_REFERENCE;
	if (!hash)
		return TSS2_ESYS_RC_NOT_IMPLEMENTED;
	*to = calloc(1, sizeof(**to));
	if (!*to)
		return TSS2_ESYS_RC_MEMORY;
	(*to)->hash = hash;
	return TSS2_RC_SUCCESS;
}

static void context_abort(ESYS_CRYPTO_CONTEXT_BLOB **context, void *unused)
{
	(void)unused;
	if (!context || !*context)
		return;
	bytes_wipe(*context, sizeof(**context));
	free(*context);
	*context = NULL;
}

static TSS2_RC hash_start(ESYS_CRYPTO_CONTEXT_BLOB **context, TPM2_ALG_ID algorithm,
			  void *unused)
{
	TSS2_RC rc = context_new(context, algorithm);

	(void)unused;
	if (rc == TSS2_RC_SUCCESS)
		(*context)->hash->init(&(*context)->digest.vtable);
	return rc;
}

static TSS2_RC hmac_start(ESYS_CRYPTO_CONTEXT_BLOB **context, TPM2_ALG_ID algorithm,
			  const uint8_t *key, size_t size, void *unused)
{
	TSS2_RC rc = context_new(context, algorithm);
	br_hmac_key_context keyed;

	(void)unused;
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	(*context)->is_hmac = true;
	br_hmac_key_init(&keyed, (*context)->hash, key, size);
	br_hmac_init(&(*context)->hmac, &keyed, 0);
	bytes_wipe(&keyed, sizeof(keyed));
	return rc;
}

static TSS2_RC update(ESYS_CRYPTO_CONTEXT_BLOB *context, const uint8_t *data, size_t size,
		      void *unused)
{
	(void)unused;
	if (!context || (!data && size))
		return TSS2_ESYS_RC_BAD_REFERENCE;
	if (context->is_hmac)
		br_hmac_update(&context->hmac, data, size);
	else
		context->hash->update(&context->digest.vtable, data, size);
	return TSS2_RC_SUCCESS;
}

static TSS2_RC finish(ESYS_CRYPTO_CONTEXT_BLOB **context, uint8_t *to, size_t *size,
		      void *unused)
{
	ESYS_CRYPTO_CONTEXT_BLOB *c;
	size_t needed;

	(void)unused;
	if (!context || !*context || !to || !size)
		return TSS2_ESYS_RC_BAD_REFERENCE;
	c = *context;
	needed = hash_size(c->hash);
	if (*size < needed)
		return TSS2_ESYS_RC_BAD_SIZE;
	if (c->is_hmac)
		br_hmac_out(&c->hmac, to);
	else
		c->hash->out(&c->digest.vtable, to);
	*size = needed;
	context_abort(context, NULL);
	return TSS2_RC_SUCCESS;
}

/* @count 0: fill the whole buffer.  The kernel's generator, not the TPM's (TPM-131). */
static TSS2_RC random_nonce(TPM2B_NONCE *nonce, size_t count, void *unused)
{
	struct error e;

	(void)unused;
	if (!nonce || count > sizeof(nonce->buffer))
		return TSS2_ESYS_RC_BAD_VALUE;
	nonce->size = count ? count : sizeof(nonce->buffer);
	return entropy_fill(nonce->buffer, nonce->size, &e) ? TSS2_RC_SUCCESS
							    : TSS2_ESYS_RC_GENERAL_FAILURE;
}

static bool seeded_generator(br_hmac_drbg_context *generator)
{
	uint8_t seed[48];
	struct error e;
	bool ok = entropy_fill(seed, sizeof(seed), &e);

	if (ok)
		br_hmac_drbg_init(generator, &br_sha256_vtable, seed, sizeof(seed));
	bytes_wipe(seed, sizeof(seed));
	return ok;
}

/* Left-pad a TPM number to @size; false when it is longer. */
static bool pad(uint8_t *to, size_t size, const TPM2B_ECC_PARAMETER *from)
{
	if (from->size > size)
		return false;
	memset(to, 0, size - from->size);
	memcpy(to + size - from->size, from->buffer, from->size);
	return true;
}

/*
 * An ephemeral key Q on the key's curve and Z, the x coordinate of the shared point; Q goes
 * marshalled into @out too.
 */
static TSS2_RC ecdh_point(TPM2B_PUBLIC *key, size_t room, TPM2B_ECC_PARAMETER *z,
			  TPMS_ECC_POINT *q, BYTE *out, size_t *used, void *unused)
{
	const br_ec_impl *ec = br_ec_get_default();
	br_hmac_drbg_context generator;
	br_ec_private_key ephemeral;
	br_ec_public_key public;
	uint8_t scalar[BR_EC_KBUF_PRIV_MAX_SIZE], own[BR_EC_KBUF_PUB_MAX_SIZE], shared[97];
	size_t size, offset, length = 0;
	TSS2_RC rc = TSS2_ESYS_RC_GENERAL_FAILURE;
	int curve;

	(void)unused;
	if (key->publicArea.type != TPM2_ALG_ECC)
		return TSS2_ESYS_RC_BAD_VALUE;
	switch (key->publicArea.parameters.eccDetail.curveID) {
	case TPM2_ECC_NIST_P256:
		curve = BR_EC_secp256r1;
		size = 32;
		break;
	case TPM2_ECC_NIST_P384:
		curve = BR_EC_secp384r1;
		size = 48;
		break;
	default:
		return TSS2_ESYS_RC_NOT_IMPLEMENTED;
	}

	if (!seeded_generator(&generator))
		return rc;
	if (!br_ec_keygen(&generator.vtable, ec, &ephemeral, scalar, curve) ||
	    br_ec_compute_pub(ec, &public, own, &ephemeral) != 1 + 2 * size)
		goto out;

	shared[0] = 4;
	if (!pad(shared + 1, size, &key->publicArea.unique.ecc.x) ||
	    !pad(shared + 1 + size, size, &key->publicArea.unique.ecc.y))
		goto out;
	/* 0: not a point of the curve */
	if (!ec->mul(shared, 1 + 2 * size, ephemeral.x, ephemeral.xlen, curve))
		goto out;
	offset = ec->xoff(curve, &length);
	if (length != size)
		goto out;
	z->size = size;
	memcpy(z->buffer, shared + offset, size);
	q->x.size = q->y.size = size;
	memcpy(q->x.buffer, own + 1, size);
	memcpy(q->y.buffer, own + 1 + size, size);
	offset = 0;
	rc = Tss2_MU_TPMS_ECC_POINT_Marshal(q, out, room, &offset);
	*used = offset;
out:
	bytes_wipe(scalar, sizeof(scalar));
	bytes_wipe(shared, sizeof(shared));
	bytes_wipe(&generator, sizeof(generator));
	return rc;
}

static TSS2_RC rsa_encrypt(TPM2B_PUBLIC *key, size_t in_size, BYTE *in, size_t room,
			   BYTE *out, size_t *used, const char *label, void *unused)
{
	const TPMT_PUBLIC *area = &key->publicArea;
	const br_hash_class *hash = hash_class(area->nameAlg);
	uint32_t e = area->parameters.rsaDetail.exponent;
	uint8_t exponent[4];
	br_rsa_public_key rsa;
	br_hmac_drbg_context generator;

	(void)unused;
	if (area->type != TPM2_ALG_RSA || !hash ||
	    area->parameters.rsaDetail.scheme.scheme != TPM2_ALG_OAEP)
		return TSS2_ESYS_RC_NOT_IMPLEMENTED;
	if (!e)
		e = 65537;
	for (int i = 0; i < 4; i++)
		exponent[i] = e >> (24 - 8 * i);
	rsa.n = (uint8_t *)area->unique.rsa.buffer;
	rsa.nlen = area->unique.rsa.size;
	rsa.e = exponent;
	rsa.elen = sizeof(exponent);
	if (!seeded_generator(&generator))
		return TSS2_ESYS_RC_GENERAL_FAILURE;
	*used = br_rsa_oaep_encrypt_get_default()(&generator.vtable, hash, label,
						  label ? strlen(label) + 1 : 0, &rsa, out,
						  room, in, in_size);
	bytes_wipe(&generator, sizeof(generator));
	return *used ? TSS2_RC_SUCCESS : TSS2_ESYS_RC_GENERAL_FAILURE;
}

/* CBC over a block of zeros with the feedback as IV gives the cipher of the feedback. */
bool tpm_crypto_cfb(bool encrypt, const uint8_t *key, unsigned key_bits,
		    const uint8_t iv[static 16], uint8_t *data, size_t size)
{
	br_aes_ct64_cbcenc_keys aes;
	uint8_t feedback[16], stream[16];

	if (key_bits != 128 && key_bits != 192 && key_bits != 256)
		return false;
	br_aes_ct64_cbcenc_init(&aes, key, key_bits / 8);
	memcpy(feedback, iv, sizeof(feedback));
	for (size_t at = 0; at < size; at += sizeof(stream)) {
		size_t n = size - at < sizeof(stream) ? size - at : sizeof(stream);

		memset(stream, 0, sizeof(stream));
		br_aes_ct64_cbcenc_run(&aes, feedback, stream, sizeof(stream));
		if (!encrypt)
			memcpy(feedback, data + at, n);
		for (size_t i = 0; i < n; i++)
			data[at + i] ^= stream[i];
		if (encrypt)
			memcpy(feedback, data + at, n);
	}
	bytes_wipe(&aes, sizeof(aes));
	bytes_wipe(stream, sizeof(stream));
	return true;
}

static TSS2_RC aes(bool encrypt, uint8_t *key, TPM2_ALG_ID algorithm, TPMI_AES_KEY_BITS bits,
		   TPM2_ALG_ID mode, uint8_t *data, size_t size, uint8_t *iv)
{
	if (!key || !data || !iv)
		return TSS2_ESYS_RC_BAD_REFERENCE;
	if (algorithm != TPM2_ALG_AES || mode != TPM2_ALG_CFB)
		return TSS2_ESYS_RC_NOT_IMPLEMENTED;
	return tpm_crypto_cfb(encrypt, key, bits, iv, data, size) ? TSS2_RC_SUCCESS
								  : TSS2_ESYS_RC_BAD_VALUE;
}

static TSS2_RC aes_encrypt(uint8_t *key, TPM2_ALG_ID algorithm, TPMI_AES_KEY_BITS bits,
			   TPM2_ALG_ID mode, uint8_t *data, size_t size, uint8_t *iv,
			   void *unused)
{
	(void)unused;
	return aes(true, key, algorithm, bits, mode, data, size, iv);
}

static TSS2_RC aes_decrypt(uint8_t *key, TPM2_ALG_ID algorithm, TPMI_AES_KEY_BITS bits,
			   TPM2_ALG_ID mode, uint8_t *data, size_t size, uint8_t *iv,
			   void *unused)
{
	(void)unused;
	return aes(false, key, algorithm, bits, mode, data, size, iv);
}

uint32_t tpm_crypto_install(struct ESYS_CONTEXT *esys)
{
	ESYS_CRYPTO_CALLBACKS callbacks = {
		.rsa_pk_encrypt = rsa_encrypt,
		.hash_start = hash_start,
		.hash_update = update,
		.hash_finish = finish,
		.hash_abort = context_abort,
		.hmac_start = hmac_start,
		.hmac_update = update,
		.hmac_finish = finish,
		.hmac_abort = context_abort,
		.get_random2b = random_nonce,
		.get_ecdh_point = ecdh_point,
		.aes_encrypt = aes_encrypt,
		.aes_decrypt = aes_decrypt,
	};

	return Esys_SetCryptoCallbacks(esys, &callbacks);
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include <bearssl.h>

#include "check.h"
#include "pki/digest.h"
#include "trust/csr.h"
#include "trust/envelope.h"
#include "trust/payload.h"

/* Authority keys and envelopes made in memory. */

struct maker_authority {
	br_ec_private_key key;
	uint8_t scalar[48];
	uint8_t spki_bytes[128];
	struct bytes spki;
	struct digest digest;
};

/* @seed makes different keys; P-384 when @large. */
static void maker_authority(struct maker_authority *a, uint8_t seed, bool large)
{
	const br_ec_impl *ec = br_ec_get_default();
	struct tpm_key public = { .kind = large ? TPM_KEY_KIND_ECC_P384
						: TPM_KEY_KIND_ECC_P256 };
	struct writer w = writer_over(a->spki_bytes, sizeof(a->spki_bytes));

	memset(a->scalar, 0x11 + seed, sizeof(a->scalar));
	a->key.curve = large ? BR_EC_secp384r1 : BR_EC_secp256r1;
	a->key.x = a->scalar;
	a->key.xlen = large ? 48 : 32;
	public.point_size = br_ec_compute_pub(ec, NULL, public.point, &a->key);
	csr_write_public_key(&w, &public);
	a->spki = writer_done(&w);
	a->digest = digest_of(DIGEST_SHA256, a->spki);
}

static enum envelope_signature maker_kind(const struct maker_authority *a)
{
	return a->key.xlen == 48 ? ENVELOPE_SIGNATURE_P384_SHA384
				 : ENVELOPE_SIGNATURE_P256_SHA256;
}

/* Sign what has been written so far. */
static bool maker_sign(struct writer *w, const struct maker_authority *a)
{
	struct digest d = digest_of(a->key.xlen == 48 ? DIGEST_SHA384 : DIGEST_SHA256,
				    writer_done(w));
	uint8_t signature[96];
	struct error e;

	CHECK(br_ecdsa_sign_raw_get_default()(
		      br_ec_get_default(),
		      d.size == 48 ? &br_sha384_vtable : &br_sha256_vtable, d.value, &a->key,
		      signature) == 2 * a->key.xlen);
	return envelope_sign(w, maker_kind(a), bytes_of(signature, 2 * a->key.xlen), &e);
}

/* A header with everything but the sealed key, the parent and the PCR values. */
static struct envelope maker_header(const struct maker_authority *a)
{
	static const uint8_t random[28] = "store-id 16 bytenonce 12 byt";

	return (struct envelope){
		.generation = 1,
		.created_s = 1800000000,
		.store_id = bytes_of(random, 16),
		.parent_handle = TPM_KEY_SRK,
		.parent_template = 1,
		.parent_name = { .size = 34, .bytes = { 0, 0x0b, 1, 2, 3 } },
		.mode = ENVELOPE_MODE_SPLIT,
		.pcrs = { .mask = 1u << 4 | 1u << 9 | 1u << 11 },
		.cipher = ENVELOPE_CIPHER_CHACHA20_POLY1305,
		.nonce = bytes_of(random + 16, 12),
		.signer = digest_bytes(&a->digest),
	};
}

__attribute__((unused)) static bool maker_make(struct writer *w, const struct envelope *v,
					       struct bytes payload, const uint8_t *key,
					       const struct maker_authority *a)
{
	struct error e;

	return envelope_write(w, v, payload, key, 2 * a->key.xlen, &e) && maker_sign(w, a);
}

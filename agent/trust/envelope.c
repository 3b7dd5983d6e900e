/* SPDX-License-Identifier: MIT */
#include "trust/envelope.h"

#include <bearssl.h>

#include "codec/der_writer.h"
#include "pki/signature.h"
#include "tpm/tpm_policy.h"
#include "tpm/tpm_seal.h"
#include "trust/payload.h"
#include "trust/record.h"

/*
 * An envelope is judged in this order: form (every deviation is STORE_CORRUPT, TPM-39), then
 * the signature over everything, and only then does anybody look at what a field says.
 */

#define MAGIC		  "SZTPSTOR"
#define VERSION		  1
#define POLY1305_TAG_SIZE 16
#define ALG_SHA256	  0x000b

enum tag {
	TAG_GENERATION = 0x0001,
	TAG_CREATED = 0x0002,
	TAG_STORE_ID = 0x0003,
	TAG_PARENT = 0x0010,
	TAG_SEALED_PUBLIC = 0x0011,
	TAG_SEALED_PRIVATE = 0x0012,
	TAG_PCR_POLICY = 0x0023,
	TAG_CIPHER = 0x0030,
	TAG_CIPHERTEXT = 0x0100,
	TAG_TAG = 0x0101,
	TAG_SIGNER = 0x01f0,
	TAG_SIGNATURE = 0x01f1,
};

const char *envelope_mode_name(enum envelope_mode mode)
{
	switch (mode) {
	case ENVELOPE_MODE_UKI_SB:
		return "uki-sb";
	case ENVELOPE_MODE_UKI:
		return "uki";
	case ENVELOPE_MODE_SPLIT:
		return "split";
	case ENVELOPE_MODE_CUSTOM:
		return "custom";
	}
	return "unknown";
}

size_t envelope_claimed_size(struct bytes head)
{
	bool bad;
	struct reader r = reader_over(head, &bad);
	bool magic = bytes_equal_text(reader_bytes(&r, 8), MAGIC);
	size_t size;

	reader_skip(&r, 4);
	size = reader_be32(&r);
	return !bad && magic && size <= ENVELOPE_SIZE_MAX ? size : 0;
}

/* --- reading --- */

/* Sizes are checked here; readers inside a value mark the whole envelope bad. */
static void read_parent(struct envelope *v, struct reader *r)
{
	v->parent_handle = reader_be32(r);
	v->parent_template = reader_be16(r);
	v->parent_name.size = reader_be16(r);
	if (v->parent_name.size < 2 + 32 || v->parent_name.size > TPM_KEY_NAME_MAX ||
	    v->parent_template > 1)
		reader_fail(r);
	reader_copy(r, v->parent_name.bytes, reader_left(r) ? v->parent_name.size : 0);
}

/* A selection without 11 has no phases; one without firmware's registers proves nothing
 * unless the operator insisted (TPM-18). */
static bool selection_fits(enum envelope_mode mode, uint32_t mask)
{
	switch (mode) {
	case ENVELOPE_MODE_UKI_SB:
		return mask == (1u << 7 | 1u << 11 | 1u << 12 | 1u << 13);
	case ENVELOPE_MODE_UKI:
		return mask == (1u << 4 | 1u << 11 | 1u << 12 | 1u << 13);
	case ENVELOPE_MODE_SPLIT:
		return mask == (1u << 4 | 1u << 9 | 1u << 11);
	case ENVELOPE_MODE_CUSTOM:
		return mask & 1u << 11;
	}
	return false;
}

static void read_pcr_policy(struct envelope *v, struct reader *r)
{
	v->mode = reader_u8(r);
	if (reader_be16(r) != ALG_SHA256)
		reader_fail(r);
	v->pcrs.mask = reader_u8(r);
	v->pcrs.mask |= (uint32_t)reader_u8(r) << 8;
	v->pcrs.mask |= (uint32_t)reader_u8(r) << 16;
	if (!selection_fits(v->mode, v->pcrs.mask))
		reader_fail(r);
	for (unsigned p = 0; p < TPM_PCR_COUNT; p++)
		if (v->pcrs.mask & 1u << p)
			reader_copy(r, v->pcrs.value[p], 32);
}

static void read_cipher(struct envelope *v, struct reader *r)
{
	v->cipher = reader_be16(r);
	if (v->cipher != ENVELOPE_CIPHER_CHACHA20_POLY1305 &&
	    v->cipher != ENVELOPE_CIPHER_AES_256_GCM)
		reader_fail(r);
	v->nonce = reader_bytes(r, 12);
}

static void read_signature(struct envelope *v, struct reader *r)
{
	v->signature_kind = reader_be16(r);
	v->signature = reader_rest(r);
	switch (v->signature_kind) {
	case ENVELOPE_SIGNATURE_P256_SHA256:
		if (v->signature.size == 64)
			return;
		break;
	case ENVELOPE_SIGNATURE_P384_SHA384:
		if (v->signature.size == 96)
			return;
		break;
	case ENVELOPE_SIGNATURE_RSA_SHA256:
		if (v->signature.size >= 256 && v->signature.size <= ENVELOPE_SIGNATURE_MAX)
			return;
		break;
	}
	reader_fail(r);
}

static void read_record(struct envelope *v, uint16_t tag, struct reader *r)
{
	switch ((enum tag)tag) {
	case TAG_GENERATION:
		v->generation = reader_be64(r);
		if (!v->generation)
			reader_fail(r);
		break;
	case TAG_CREATED:
		v->created_s = reader_be64(r);
		break;
	case TAG_STORE_ID:
		v->store_id = reader_bytes(r, 16);
		break;
	case TAG_PARENT:
		read_parent(v, r);
		break;
	case TAG_SEALED_PUBLIC:
		if (reader_left(r) > TPM_SEAL_PUBLIC_MAX)
			reader_fail(r);
		v->sealed_public = reader_rest(r);
		break;
	case TAG_SEALED_PRIVATE:
		if (reader_left(r) > TPM_SEAL_PRIVATE_MAX)
			reader_fail(r);
		v->sealed_private = reader_rest(r);
		break;
	case TAG_PCR_POLICY:
		read_pcr_policy(v, r);
		break;
	case TAG_CIPHER:
		read_cipher(v, r);
		break;
	case TAG_CIPHERTEXT:
		if (reader_left(r) > PAYLOAD_SIZE_MAX)
			reader_fail(r);
		v->ciphertext = reader_rest(r);
		break;
	case TAG_TAG:
		v->tag = reader_bytes(r, POLY1305_TAG_SIZE);
		break;
	case TAG_SIGNER:
		v->signer = reader_bytes(r, 32);
		break;
	case TAG_SIGNATURE:
		read_signature(v, r);
		break;
	}
	if (!reader_ok(r))
		reader_fail(r);
}

static bool read_head(struct reader *r, struct bytes from, struct error *e)
{
	uint16_t version, flags;

	if (from.size > ENVELOPE_SIZE_MAX)
		return error_set(e, ERROR_MALFORMED, "STORE_CORRUPT",
				 "larger than %d bytes (TPM-43)", ENVELOPE_SIZE_MAX);
	if (!bytes_equal_text(reader_bytes(r, 8), MAGIC))
		return error_set(e, ERROR_MALFORMED, "STORE_CORRUPT", "not an envelope");
	version = reader_be16(r);
	flags = reader_be16(r);
	if (version == VERSION && flags == 0)
		return error_set(e, ERROR_REFUSED, "STORE_CORRUPT",
				 "made for signed policies, which this build does not read");
	if (version != VERSION || flags != ENVELOPE_FLAG_PCR_POLICY)
		return error_set(e, ERROR_MALFORMED, "STORE_CORRUPT",
				 "version %u with flags %04x is not known", version, flags);
	if (reader_be32(r) != from.size)
		return error_set(e, ERROR_MALFORMED, "STORE_CORRUPT",
				 "length is not the one it claims");
	return true;
}

bool envelope_read(struct envelope *to, struct bytes from, struct error *e)
{
	/* All of them, each once, in this order (TPM-39). */
	static const enum tag order[] = { TAG_GENERATION,    TAG_CREATED,
					  TAG_STORE_ID,	     TAG_PARENT,
					  TAG_SEALED_PUBLIC, TAG_SEALED_PRIVATE,
					  TAG_PCR_POLICY,    TAG_CIPHER,
					  TAG_CIPHERTEXT,    TAG_TAG,
					  TAG_SIGNER,	     TAG_SIGNATURE };
	struct envelope v = { 0 };
	bool bad;
	struct reader r = reader_over(from, &bad);

	if (!read_head(&r, from, e))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		size_t at = from.size - reader_left(&r);
		struct record record = record_next(&r, order[i]);
		struct reader value = record_reader(&record, &r);

		if (record.tag == TAG_CIPHERTEXT)
			v.associated = bytes_of(from.at, at);
		if (record.tag == order[i])
			read_record(&v, record.tag, &value);
		if (bad || record.tag != order[i])
			return error_set(e, ERROR_MALFORMED, "STORE_CORRUPT",
					 "damaged at record %04X", order[i]);
		if (record.tag == TAG_SIGNER)
			v.covered = bytes_of(from.at, from.size - reader_left(&r));
	}
	if (!reader_ok(&r))
		return error_set(e, ERROR_MALFORMED, "STORE_CORRUPT",
				 "bytes after the signature");
	*to = v;
	return true;
}

/* --- signature --- */

size_t envelope_signature_asn1(uint8_t *to, struct bytes raw)
{
	struct writer w = writer_over(to, ENVELOPE_SIGNATURE_MAX);

	if (!raw.size || raw.size % 2 || raw.size > 2 * 66)
		return 0;
	der_writer_ecdsa(&w, raw);
	return w.used;
}

size_t envelope_signature_raw(uint8_t *to, size_t half, struct bytes asn1)
{
	bool bad;
	struct reader r = reader_over(asn1, &bad);
	struct reader inside = der_open(&r, DER_SEQUENCE);
	struct bytes part[2] = { der_positive(&inside), { 0 } };

	part[1] = der_positive(&inside);
	der_end(&inside);
	if (!reader_ok(&r) || part[0].size > half || part[1].size > half)
		return 0;
	memset(to, 0, 2 * half);
	memcpy(to + half - part[0].size, part[0].at, part[0].size);
	memcpy(to + 2 * half - part[1].size, part[1].at, part[1].size);
	return 2 * half;
}

static bool kinds_fit(enum envelope_signature signature, enum key_kind key)
{
	switch (signature) {
	case ENVELOPE_SIGNATURE_P256_SHA256:
		return key == KEY_P256;
	case ENVELOPE_SIGNATURE_P384_SHA384:
		return key == KEY_P384;
	case ENVELOPE_SIGNATURE_RSA_SHA256:
		return key == KEY_RSA;
	}
	return false;
}

static bool signed_by(const struct envelope *v, struct bytes spki, struct error *e)
{
	struct signature_algorithm algorithm = { SIGNATURE_ECDSA, DIGEST_SHA256 };
	uint8_t asn1[ENVELOPE_SIGNATURE_MAX];
	struct bytes signature = v->signature;
	struct digest digest;
	struct key key;

	if (!key_read(&key, spki, e))
		return false;
	if (!kinds_fit(v->signature_kind, key.kind))
		return error_set(e, ERROR_REFUSED, NULL, "its kind is not that of the key");
	if (v->signature_kind == ENVELOPE_SIGNATURE_P384_SHA384)
		algorithm.digest = DIGEST_SHA384;
	if (v->signature_kind == ENVELOPE_SIGNATURE_RSA_SHA256)
		algorithm.scheme = SIGNATURE_RSA;
	else
		signature = bytes_of(asn1, envelope_signature_asn1(asn1, v->signature));
	digest = digest_of(algorithm.digest, v->covered);
	return signature_verify(&key, &algorithm, &digest, signature, e);
}

bool envelope_verify(const struct envelope *v, const struct bytes *authorities, size_t count,
		     struct error *e)
{
	for (size_t i = 0; i < count; i++) {
		struct digest digest = digest_of(DIGEST_SHA256, authorities[i]);

		if (!bytes_equal(digest_bytes(&digest), v->signer))
			continue;
		if (signed_by(v, authorities[i], e))
			return true;
		return error_set(e, ERROR_REFUSED, "STORE_SIGNATURE",
				 "not signed by a known authority key (signature is wrong)");
	}
	return error_set(e, ERROR_REFUSED, "STORE_SIGNATURE",
			 "not signed by a known authority key (%zu known)", count);
}

bool envelope_policy(const struct envelope *v, uint8_t policy[static 32], struct error *e)
{
	uint8_t computed[32] = { 0 }, carried[32];

	tpm_policy_pcr(computed, &v->pcrs);
	if (!tpm_seal_policy(v->sealed_public, carried) || memcmp(computed, carried, 32) != 0)
		return error_set(e, ERROR_MALFORMED, "STORE_CORRUPT",
				 "sealed key does not fit record 0023");
	memcpy(policy, computed, 32);
	return true;
}

/* --- contents --- */

static void run_cipher(const struct envelope *v, const uint8_t *key, uint8_t *data,
		       size_t size, struct bytes associated,
		       uint8_t tag[static POLY1305_TAG_SIZE], bool encrypt)
{
	br_aes_ct64_ctr_keys aes;
	br_gcm_context gcm;

	if (v->cipher == ENVELOPE_CIPHER_CHACHA20_POLY1305) {
		br_poly1305_ctmul_run(key, v->nonce.at, data, size, associated.at,
				      associated.size, tag, br_chacha20_ct_run, encrypt);
		return;
	}
	br_aes_ct64_ctr_init(&aes, key, ENVELOPE_KEY_SIZE);
	br_gcm_init(&gcm, &aes.vtable, br_ghash_ctmul64);
	br_gcm_reset(&gcm, v->nonce.at, v->nonce.size);
	br_gcm_aad_inject(&gcm, associated.at, associated.size);
	br_gcm_flip(&gcm);
	br_gcm_run(&gcm, encrypt, data, size);
	br_gcm_get_tag(&gcm, tag);
	bytes_wipe(&aes, sizeof(aes));
	bytes_wipe(&gcm, sizeof(gcm));
}

bool envelope_open(const struct envelope *v, const uint8_t key[static ENVELOPE_KEY_SIZE],
		   uint8_t *plain, struct error *e)
{
	uint8_t tag[POLY1305_TAG_SIZE];

	memcpy(plain, v->ciphertext.at, v->ciphertext.size);
	run_cipher(v, key, plain, v->ciphertext.size, v->associated, tag, false);
	if (bytes_equal_secret(bytes_of(tag, sizeof(tag)), v->tag))
		return true;
	bytes_wipe(plain, v->ciphertext.size);
	return error_set(e, ERROR_MALFORMED, "STORE_KEY",
			 "content key does not open the envelope");
}

/* --- writing --- */

static void write_header(struct writer *w, const struct envelope *v, size_t total)
{
	writer_text(w, MAGIC);
	writer_be16(w, VERSION);
	writer_be16(w, ENVELOPE_FLAG_PCR_POLICY);
	writer_be32(w, total);
	record_write_head(w, TAG_GENERATION, 8);
	writer_be64(w, v->generation);
	record_write_head(w, TAG_CREATED, 8);
	writer_be64(w, v->created_s);
	record_write(w, TAG_STORE_ID, v->store_id);
	record_write_head(w, TAG_PARENT, 4 + 2 + 2 + v->parent_name.size);
	writer_be32(w, v->parent_handle);
	writer_be16(w, v->parent_template);
	writer_be16(w, v->parent_name.size);
	writer_bytes(w, bytes_of(v->parent_name.bytes, v->parent_name.size));
	record_write(w, TAG_SEALED_PUBLIC, v->sealed_public);
	record_write(w, TAG_SEALED_PRIVATE, v->sealed_private);
	record_write_head(w, TAG_PCR_POLICY,
			  1 + 2 + 3 + 32 * __builtin_popcount(v->pcrs.mask));
	writer_u8(w, v->mode);
	writer_be16(w, ALG_SHA256);
	for (int shift = 0; shift < 24; shift += 8)
		writer_u8(w, v->pcrs.mask >> shift);
	for (unsigned p = 0; p < TPM_PCR_COUNT; p++)
		if (v->pcrs.mask & 1u << p)
			writer_bytes(w, bytes_of(v->pcrs.value[p], 32));
	record_write_head(w, TAG_CIPHER, 2 + v->nonce.size);
	writer_be16(w, v->cipher);
	writer_bytes(w, v->nonce);
}

bool envelope_write(struct writer *w, const struct envelope *v, struct bytes payload,
		    const uint8_t key[static ENVELOPE_KEY_SIZE], size_t signature_size,
		    struct error *e)
{
	uint8_t tag[POLY1305_TAG_SIZE] = { 0 }, scratch[2048];
	struct writer measure = writer_over(scratch, sizeof(scratch));
	struct bytes associated;
	size_t total;

	write_header(&measure, v, 0);
	total = writer_done(&measure).size + RECORD_HEAD_SIZE + payload.size +
		RECORD_HEAD_SIZE + sizeof(tag) + RECORD_HEAD_SIZE + 32 + RECORD_HEAD_SIZE +
		2 + signature_size;
	if (!writer_ok(&measure) || payload.size > PAYLOAD_SIZE_MAX ||
	    total > ENVELOPE_SIZE_MAX)
		return error_set(e, ERROR_REFUSED, "TPM-43",
				 "envelope would be %zu bytes with a payload of %zu", total,
				 payload.size);
	write_header(w, v, total);
	associated = writer_done(w);
	record_write(w, TAG_CIPHERTEXT, payload);
	if (writer_ok(w))
		run_cipher(v, key, w->start + w->used - payload.size, payload.size,
			   associated, tag, true);
	record_write(w, TAG_TAG, bytes_of(tag, sizeof(tag)));
	record_write(w, TAG_SIGNER, v->signer);
	return writer_ok(w) || error_set(e, ERROR_MACHINE, NULL, "no room for the envelope");
}

bool envelope_sign(struct writer *w, enum envelope_signature kind, struct bytes signature,
		   struct error *e)
{
	record_write_head(w, TAG_SIGNATURE, 2 + signature.size);
	writer_be16(w, kind);
	writer_bytes(w, signature);
	return writer_ok(w) || error_set(e, ERROR_MACHINE, NULL, "no room for the envelope");
}

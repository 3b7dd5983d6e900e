/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "tpm/tpm_key.h"
#include "tpm/tpm_pcr.h"

/*
 * The signed envelope around the sealed trust store (tpm-trust-store.md section 6): read
 * strictly, its signature judged, opened with the content key; and made.  Pure.
 *
 *	"SZTPSTOR" | version u16 = 1 | flags u16 | total length u32 | records
 *
 * Two forms are told apart by the flags.
 *
 * Flags 0 is the form of the specification: the content key's policy names a release key
 * (0021), the state index (0020) and the authority that writes it (0022), and which PCR
 * values are good is said by signed policies outside the envelope.  This build does not
 * read it and says so.
 *
 * Flag bit 0, ENVELOPE_FLAG_PCR_POLICY, is the form read and written here.  Record 0023
 * stands in the place of 0020 to 0022:
 *
 *	mode u8 | bank u16 = 000B | mask 3 bytes | 32 bytes per register, ascending
 *
 * and the content key's policy is TPM2_PolicyPCR over exactly these values.  What it gives:
 * the key is released only in the early phase of this one build, started this one way.
 * What it does not give, and the other form does: a new build needs a new envelope, and an
 * older envelope for the same build still loads (there is no state index to forbid it).
 */

#define ENVELOPE_SIZE_MAX	 98304 /* bytes; TPM-43 */
#define ENVELOPE_HEAD_SIZE	 16    /* magic, version, flags, total length */
#define ENVELOPE_FLAG_PCR_POLICY 1     /* flags */
#define ENVELOPE_KEY_SIZE	 32
#define ENVELOPE_SIGNATURE_MAX	 512 /* bytes: RSA-4096 */

/* Numbers of record 0023; tpm-trust-store.md 4.2. */
enum envelope_mode {
	ENVELOPE_MODE_UKI_SB = 1, /* PCR 7, 11, 12, 13 */
	ENVELOPE_MODE_UKI = 2,	  /* PCR 4, 11, 12, 13 */
	ENVELOPE_MODE_SPLIT = 3,  /* PCR 4, 9, 11 */
	ENVELOPE_MODE_CUSTOM = 4, /* the operator's list and 11 */
};

const char *envelope_mode_name(enum envelope_mode mode);

enum envelope_cipher {
	ENVELOPE_CIPHER_CHACHA20_POLY1305 = 1,
	ENVELOPE_CIPHER_AES_256_GCM = 2,
};

enum envelope_signature {
	ENVELOPE_SIGNATURE_P256_SHA256 = 1, /* r, s of 32 bytes each */
	ENVELOPE_SIGNATURE_P384_SHA384 = 2, /* r, s of 48 bytes each */
	ENVELOPE_SIGNATURE_RSA_SHA256 = 3,  /* PKCS#1 v1.5, as long as the modulus */
};

/* Views into the bytes that were read, but for the small copies. */
struct envelope {
	uint64_t generation; /* >= 1 */
	uint64_t created_s;
	struct bytes store_id; /* 16 */
	uint32_t parent_handle;
	uint16_t parent_template;
	struct tpm_key_name parent_name;
	struct bytes sealed_public;  /* TPM2B_PUBLIC with its size field */
	struct bytes sealed_private; /* TPM2B_PRIVATE with its size field */
	enum envelope_mode mode;
	struct tpm_pcr_values pcrs; /* as they must be after sztp:enter */
	enum envelope_cipher cipher;
	struct bytes nonce; /* 12 */
	struct bytes ciphertext;
	struct bytes tag;	 /* 16 */
	struct bytes associated; /* offset 0 to record 0100 (TPM-41) */
	struct bytes signer;	 /* SHA-256 of the authority's SubjectPublicKeyInfo */
	struct bytes covered;	 /* offset 0 to the end of record 01F0 (TPM-40) */
	enum envelope_signature signature_kind;
	struct bytes signature;
};

/*
 * Length an envelope claims to have in its first ENVELOPE_HEAD_SIZE bytes; 0 when they are
 * not an envelope's.  For joining NV indices.
 */
size_t envelope_claimed_size(struct bytes head);

/*
 * Read.  Nothing is believed yet.  Errors: ERROR_MALFORMED STORE_CORRUPT, "damaged at
 * record 0100" (TPM-39, TPM-43); ERROR_REFUSED STORE_CORRUPT for the form we do not read.
 */
MUST_CHECK bool envelope_read(struct envelope *v, struct bytes from, struct error *e);

/*
 * Is it signed by one of these authority keys (SubjectPublicKeyInfo, DER)?
 * Errors: ERROR_REFUSED STORE_SIGNATURE (TPM-3, TPM-40).
 */
MUST_CHECK bool envelope_verify(const struct envelope *v, const struct bytes *authorities,
				size_t count, struct error *e);

/*
 * The policy digest its content key must carry, from record 0023.  Errors: STORE_CORRUPT
 * when the sealed key's public part says another one.
 */
MUST_CHECK bool envelope_policy(const struct envelope *v, uint8_t policy[static 32],
				struct error *e);

/*
 * Decrypt into @plain (at least v->ciphertext.size bytes).
 * Errors: STORE_KEY; @plain is then wiped.
 */
MUST_CHECK bool envelope_open(const struct envelope *v,
			      const uint8_t key[static ENVELOPE_KEY_SIZE], uint8_t *plain,
			      struct error *e);

/*
 * Make one: write everything up to record 01F0 into @w (empty, ENVELOPE_SIZE_MAX of room)
 * and encrypt @payload with @key.
 *
 * @v: the header; ciphertext, tag, associated, covered and signature are not looked at.
 * @signature_size: of the signature to come, so that the total length is signed too.
 * Then sign writer_done(w) and call envelope_sign().
 * Errors: ERROR_REFUSED TPM-43, too large.
 */
MUST_CHECK bool envelope_write(struct writer *w, const struct envelope *v,
			       struct bytes payload,
			       const uint8_t key[static ENVELOPE_KEY_SIZE],
			       size_t signature_size, struct error *e);
MUST_CHECK bool envelope_sign(struct writer *w, enum envelope_signature kind,
			      struct bytes signature, struct error *e);

/*
 * ECDSA signatures: raw r, s (each half of @raw) to ASN.1 and back.  @to has room for
 * ENVELOPE_SIGNATURE_MAX.  Returns the size, 0 when it is none.
 */
size_t envelope_signature_asn1(uint8_t *to, struct bytes raw);
size_t envelope_signature_raw(uint8_t *to, size_t half, struct bytes asn1);

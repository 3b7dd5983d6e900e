/* SPDX-License-Identifier: MIT */
#pragma once

#include "tpm/tpm.h"

/* Keys in the TPM: the storage root key, the device key, and signing with it. */

#define TPM_KEY_SRK	   0x81000001u /* persistent handle, tpm-trust-store.md section 3 */
#define TPM_KEY_DEVICE	   0x81005a01u /* device key made by us */
#define TPM_KEY_OURS_FIRST 0x81005a00u /* all that we make persistent, but the SRK */
#define TPM_KEY_OURS_LAST  0x81005affu
#define TPM_KEY_NAME_MAX   68 /* TPM2B_NAME's bytes: algorithm and SHA-512 at most */

enum tpm_key_kind {
	TPM_KEY_KIND_ECC_P256,
	TPM_KEY_KIND_ECC_P384,
	TPM_KEY_KIND_RSA, /* 2048 or 3072 */
};

/* A key's name: hash algorithm number and digest of its public area. */
struct tpm_key_name {
	size_t size; /* 0: none */
	uint8_t bytes[TPM_KEY_NAME_MAX];
};

/* A signing key at a persistent handle. */
struct tpm_key {
	uint32_t handle;
	enum tpm_key_kind kind;
	bool counts_tries;   /* without noDA: TPM2_Shutdown after each use (TPM-105) */
	uint16_t fixed_hash; /* TPM2_ALG_ number its scheme fixes, 0: any */
	uint8_t point[97];   /* ECC: 04, x, y */
	size_t point_size;
	uint8_t modulus[384]; /* RSA, big endian */
	size_t modulus_size;
	uint32_t exponent;
};

/*
 * Enrolment's side of the storage root key: take the key at TPM_KEY_SRK if it is a
 * restricted ECC or RSA-2048 storage key, otherwise make the ECC template of 3.1 and keep
 * it there (TPM-12).  Pins it in @t.
 *
 * @template_number: 1 the template, 0 as found (TPM-13).  Errors: ERROR_REFUSED when
 * something else sits at the handle; ERROR_MACHINE, 0x9A2 when another system set the owner's
 * password.
 */
MUST_CHECK bool tpm_key_adopt_srk(struct tpm *t, struct tpm_key_name *name,
				  uint16_t *template_number, struct error *e);

/*
 * The agent's side: pin the key at @handle in @t when its name is @expected.  Handle empty
 * and template 1: make it transiently and compare names (TPM-14).
 * Errors: ERROR_REFUSED STORE_FOREIGN with both names' ends.
 */
MUST_CHECK bool tpm_key_pin_srk(struct tpm *t, uint32_t handle, uint16_t template_number,
				const struct tpm_key_name *expected, struct error *e);

/*
 * Make the device key (ECC P-256, "ours, plain" of 13.1) below the pinned storage root key
 * and keep it at TPM_KEY_DEVICE.  Errors: ERROR_REFUSED when the handle is taken.
 */
MUST_CHECK bool tpm_key_create_device(struct tpm *t, struct error *e);

/*
 * Read a persistent key.  Errors: ERROR_REFUSED TPM-91 when it is not an unrestricted
 * signing key of a supported kind; tpm.rc 0x18b when there is none.
 */
MUST_CHECK bool tpm_key_read(struct tpm *t, uint32_t handle, struct tpm_key *key,
			     struct error *e);

/* Persistent handles from @first on, ascending; at most @max.  Returns false on TPM errors.
 */
MUST_CHECK bool tpm_key_list(struct tpm *t, uint32_t first, uint32_t *handles, size_t max,
			     size_t *count, struct error *e);

/*
 * TPM2_Sign over @digest (32 or 48 bytes).  ECC: r and s, each left-padded to the curve's
 * size, joined; RSA: PKCS#1 v1.5, padded to the modulus' size (TPM-102).
 * *size in: room of @to, out: used.
 */
MUST_CHECK bool tpm_key_sign(struct tpm *t, const struct tpm_key *key, struct bytes digest,
			     uint8_t *to, size_t *size, struct error *e);

/* Remove a persistent key of ours from its handle. */
MUST_CHECK bool tpm_key_evict(struct tpm *t, uint32_t handle, struct error *e);

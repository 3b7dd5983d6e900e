/* SPDX-License-Identifier: MIT */
#pragma once

#include "tpm/tpm.h"

/*
 * A 32-byte secret as a sealed object below the pinned storage root key, under a policy
 * (tpm-trust-store.md 8.1).  The secret crosses the bus only encrypted (TPM-83).
 */

#define TPM_SEAL_SECRET_SIZE 32
#define TPM_SEAL_PUBLIC_MAX  128 /* bytes of the TPM2B_PUBLIC: 78 with our template */
#define TPM_SEAL_PRIVATE_MAX 512 /* bytes of the TPM2B_PRIVATE: 190 in swtpm, opaque */

/* Both parts with their size fields, as they stand in an envelope.  Not secret. */
struct tpm_sealed {
	uint8_t public[TPM_SEAL_PUBLIC_MAX];
	size_t public_size;
	uint8_t private[TPM_SEAL_PRIVATE_MAX];
	size_t private_size;
};

/* Seal @secret under @policy, the digest a session must have to unseal it. */
MUST_CHECK bool tpm_seal_create(struct tpm *t,
				const uint8_t secret[static TPM_SEAL_SECRET_SIZE],
				const uint8_t policy[static 32], struct tpm_sealed *to,
				struct error *e);

/*
 * Load and unseal in a salted policy session that names the present values of @pcr_mask.
 *
 * @public, @private: TPM2B_PUBLIC and TPM2B_PRIVATE.
 * Starts again when a PCR moved meanwhile (0x128), CONFIG_TPM_POLICY_TRIES times (TPM-79).
 * Errors: STORE_LOAD (not for this TPM or damaged), STORE_POLICY (0x99D), those of tpm.h.
 */
MUST_CHECK bool tpm_seal_open(struct tpm *t, struct bytes public, struct bytes private,
			      uint32_t pcr_mask, uint8_t secret[static TPM_SEAL_SECRET_SIZE],
			      struct error *e);

/*
 * Read the public part by our template (8.1): the policy digest, and nothing else may
 * differ.  Pure; false when it does.
 */
MUST_CHECK bool tpm_seal_policy(struct bytes public, uint8_t policy[static 32]);

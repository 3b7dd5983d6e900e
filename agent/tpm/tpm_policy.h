/* SPDX-License-Identifier: MIT */
#pragma once

#include "tpm/tpm_key.h"
#include "tpm/tpm_pcr.h"

/*
 * Policy digests computed in software, SHA-256 (tpm-trust-store.md 8.2): the one module
 * that does it (TPM-62).  A digest is extended in place; start with 32 zero bytes.
 *
 * Today's envelopes use tpm_policy_pcr() alone; the others are what signed policies and
 * the state index are made of.
 */

/* PCR(d, sel, values): TPM2_PolicyPCR over values.mask. */
void tpm_policy_pcr(uint8_t digest[static 32], const struct tpm_pcr_values *values);

/* PA(key, ref): TPM2_PolicyAuthorize; replaces the digest. */
void tpm_policy_authorize(uint8_t digest[static 32], const struct tpm_key_name *key,
			  struct bytes reference);

/* PS(d, key, ref): TPM2_PolicySigned. */
void tpm_policy_signed(uint8_t digest[static 32], const struct tpm_key_name *key,
		       struct bytes reference);

/* NVLE(d, nv, off, x): TPM2_PolicyNV, NV bytes unsigned less or equal operand. */
void tpm_policy_nv_at_most(uint8_t digest[static 32], const struct tpm_key_name *index,
			   uint16_t offset, struct bytes operand);

/* CC(d, code): TPM2_PolicyCommandCode. */
void tpm_policy_command(uint8_t digest[static 32], uint32_t code);

/* OR(d1, d2, ...): TPM2_PolicyOR over 2..8 branches; replaces the digest. */
void tpm_policy_or(uint8_t digest[static 32], const uint8_t (*branches)[32], size_t count);

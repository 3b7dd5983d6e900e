/* SPDX-License-Identifier: MIT */
#pragma once

#include "tpm/tpm.h"

/* Platform configuration registers 0..23, SHA-256 bank. */

#define TPM_PCR_COUNT	 24
#define TPM_PCR_MASK_MAX 0xffffffu

struct tpm_pcr_values {
	uint32_t mask; /* bit p: register p is in value[p] */
	uint8_t value[TPM_PCR_COUNT][32];
};

/*
 * Read the registers of @mask, under the HMAC session when there is one.
 * Errors: ERROR_MACHINE, STORE_BANK when the TPM answers with fewer (TPM-19).
 */
MUST_CHECK bool tpm_pcr_read(struct tpm *t, uint32_t mask, struct tpm_pcr_values *values,
			     struct error *e);

/*
 * TPM2_PCR_Event: the TPM hashes @event (at most 1024 bytes, TPM-36) for every active
 * bank and extends @pcr, under the HMAC session when there is one, so a dropped extend is
 * noticed (TPM-29).
 */
MUST_CHECK bool tpm_pcr_event(struct tpm *t, unsigned pcr, struct bytes event,
			      struct error *e);

/* What the register will hold: @value = SHA-256(@value, SHA-256(@event)). */
void tpm_pcr_foretell_event(uint8_t value[static 32], struct bytes event);

/* The same with the event's digest given. */
void tpm_pcr_foretell_digest(uint8_t value[static 32], const uint8_t digest[static 32]);

/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_pcr.h"

#include <bearssl.h>

#include "tpm/tpm_esys.h"

#define EVENT_SIZE_MAX 1024 /* TPM2B_EVENT */

void tpm_pcr_foretell_digest(uint8_t value[static 32], const uint8_t digest[static 32])
{
	br_sha256_context c;

	br_sha256_init(&c);
	br_sha256_update(&c, value, 32);
	br_sha256_update(&c, digest, 32);
	br_sha256_out(&c, value);
}

void tpm_pcr_foretell_event(uint8_t value[static 32], struct bytes event)
{
	br_sha256_context c;
	uint8_t digest[32];

	br_sha256_init(&c);
	br_sha256_update(&c, event.at, event.size);
	br_sha256_out(&c, digest);
	tpm_pcr_foretell_digest(value, digest);
}

static TPML_PCR_SELECTION selection_of(uint32_t mask)
{
	TPML_PCR_SELECTION s = { .count = 1 };

	s.pcrSelections[0].hash = TPM2_ALG_SHA256;
	s.pcrSelections[0].sizeofSelect = 3;
	for (int i = 0; i < 3; i++)
		s.pcrSelections[0].pcrSelect[i] = mask >> (8 * i);
	return s;
}

/* Which registers the answer holds; 0 when it is not one SHA-256 selection. */
static uint32_t mask_of(const TPML_PCR_SELECTION *s)
{
	uint32_t mask = 0;

	if (s->count != 1 || s->pcrSelections[0].hash != TPM2_ALG_SHA256)
		return 0;
	for (int i = 0; i < s->pcrSelections[0].sizeofSelect && i < 3; i++)
		mask |= (uint32_t)s->pcrSelections[0].pcrSelect[i] << (8 * i);
	return mask;
}

/* One command gives at most eight digests: ask again for those that are missing. */
static bool read_some(struct tpm *t, uint32_t wanted, struct tpm_pcr_values *values,
		      uint32_t *got, struct error *e)
{
	TPML_PCR_SELECTION selection = selection_of(wanted), *answered = NULL;
	TPML_DIGEST *digests = NULL;
	uint32_t counter, n = 0;
	TSS2_RC rc = TPM_CALL(Esys_PCR_Read(t->esys, tpm_session_around(t, 0), ESYS_TR_NONE,
					    ESYS_TR_NONE, &selection, &counter, &answered,
					    &digests));

	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "PCR_Read", e);
	*got = mask_of(answered);
	for (unsigned p = 0; p < TPM_PCR_COUNT; p++) {
		if (!(*got & (1u << p)))
			continue;
		if (n >= digests->count || digests->digests[n].size != 32) {
			*got = 0;
			break;
		}
		memcpy(values->value[p], digests->digests[n++].buffer, 32);
	}
	Esys_Free(answered);
	Esys_Free(digests);
	if (!*got || (*got & ~wanted))
		return error_set(e, ERROR_MACHINE, "STORE_BANK",
				 "TPM does not give the SHA-256 PCRs asked for (TPM-19)");
	return true;
}

bool tpm_pcr_read(struct tpm *t, uint32_t mask, struct tpm_pcr_values *values,
		  struct error *e)
{
	struct tpm_pcr_values read = { .mask = mask };

	for (uint32_t missing = mask & TPM_PCR_MASK_MAX; missing;) {
		uint32_t got;

		if (!read_some(t, missing, &read, &got, e))
			return false;
		missing &= ~got;
	}
	*values = read;
	return true;
}

bool tpm_pcr_event(struct tpm *t, unsigned pcr, struct bytes event, struct error *e)
{
	TPM2B_EVENT data = { .size = event.size };
	TPML_DIGEST_VALUES *digests = NULL;
	TSS2_RC rc;

	if (event.size > EVENT_SIZE_MAX || pcr >= TPM_PCR_COUNT)
		return error_set(e, ERROR_MACHINE, "TPM-36", "PCR event of %zu bytes",
				 event.size);
	memcpy(data.buffer, event.at, event.size);
	rc = TPM_CALL(Esys_PCR_Event(t->esys, ESYS_TR_PCR0 + pcr, tpm_session_for(t, 0),
				     ESYS_TR_NONE, ESYS_TR_NONE, &data, &digests));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "PCR_Event", e);
	Esys_Free(digests);
	return true;
}

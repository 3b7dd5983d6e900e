/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_seal.h"

#include <tss2/tss2_mu.h>

#include "base/reader.h"
#include "config.h"
#include "tpm/tpm_esys.h"
#include "tpm/tpm_session.h"

/* fixedTPM, fixedParent, noDA; neither userWithAuth nor adminWithPolicy (8.1): 0x00000412 */
#define SEALED_ATTRIBUTES (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA)

static TPM2B_PUBLIC sealed_template(const uint8_t policy[static 32])
{
	TPM2B_PUBLIC p = { 0 };

	p.publicArea.type = TPM2_ALG_KEYEDHASH;
	p.publicArea.nameAlg = TPM2_ALG_SHA256;
	p.publicArea.objectAttributes = SEALED_ATTRIBUTES;
	p.publicArea.authPolicy.size = 32;
	memcpy(p.publicArea.authPolicy.buffer, policy, 32);
	p.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
	return p;
}

bool tpm_seal_policy(struct bytes public, uint8_t policy[static 32])
{
	bool bad;
	struct reader r = reader_over(public, &bad);
	struct reader area = reader_cut(&r, reader_be16(&r));
	struct bytes digest, unique;
	bool ours;

	if (!reader_ok(&r))
		return false;
	r = area;
	ours = reader_be16(&r) == TPM2_ALG_KEYEDHASH;
	ours &= reader_be16(&r) == TPM2_ALG_SHA256;
	ours &= reader_be32(&r) == SEALED_ATTRIBUTES;
	digest = reader_bytes(&r, reader_be16(&r));
	ours &= reader_be16(&r) == TPM2_ALG_NULL; /* scheme */
	unique = reader_bytes(&r, reader_be16(&r));
	if (!reader_ok(&r) || !ours || digest.size != 32 || unique.size != 32)
		return false;
	memcpy(policy, digest.at, 32);
	return true;
}

static bool load(struct tpm *t, struct bytes public, struct bytes private, ESYS_TR *object,
		 struct error *e)
{
	TPM2B_PUBLIC pub = { 0 };
	TPM2B_PRIVATE priv = { 0 };
	size_t at = 0, at2 = 0;
	TSS2_RC rc;

	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(public.at, public.size, &at, &pub) !=
		    TSS2_RC_SUCCESS ||
	    Tss2_MU_TPM2B_PRIVATE_Unmarshal(private.at, private.size, &at2, &priv) !=
		    TSS2_RC_SUCCESS ||
	    at != public.size || at2 != private.size)
		return error_set(e, ERROR_MALFORMED, "STORE_LOAD", "sealed key is malformed");
	rc = TPM_CALL(Esys_Load(t->esys, t->srk, tpm_session_for(t, 0), ESYS_TR_NONE,
				ESYS_TR_NONE, &priv, &pub, object));
	if (rc == TSS2_RC_SUCCESS)
		return true;
	tpm_fail(t, rc, "Load", e);
	return error_rule(e, "STORE_LOAD");
}

bool tpm_seal_create(struct tpm *t, const uint8_t secret[static TPM_SEAL_SECRET_SIZE],
		     const uint8_t policy[static 32], struct tpm_sealed *to, struct error *e)
{
	TPM2B_PUBLIC template = sealed_template(policy), *public = NULL;
	TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.data.size = TPM_SEAL_SECRET_SIZE };
	TPM2B_DATA no_data = { 0 };
	TPML_PCR_SELECTION no_pcrs = { 0 };
	TPM2B_PRIVATE *private = NULL;
	ESYS_TR object;
	TSS2_RC rc;

	memcpy(sensitive.sensitive.data.buffer, secret, TPM_SEAL_SECRET_SIZE);
	rc = TPM_CALL(Esys_Create(t->esys, t->srk, tpm_session_for(t, TPMA_SESSION_DECRYPT),
				  ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &template, &no_data,
				  &no_pcrs, &private, &public, NULL, NULL, NULL));
	bytes_wipe(&sensitive, sizeof(sensitive));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "Create", e);
	to->public_size = to->private_size = 0;
	rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, to->public, sizeof(to->public),
					  &to->public_size);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_MU_TPM2B_PRIVATE_Marshal(private, to->private, sizeof(to->private),
						   &to->private_size);
	Esys_Free(private);
	Esys_Free(public);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "Create", e);
	/* That it loads is worth knowing now; and the library, which keeps the arguments of
	 * the last such command, forgets the secret (TPM-80). */
	if (!load(t, bytes_of(to->public, to->public_size),
		  bytes_of(to->private, to->private_size), &object, e))
		return false;
	(void)Esys_FlushContext(t->esys, object);
	return true;
}

static TSS2_RC unseal_once(struct tpm *t, ESYS_TR object, uint32_t pcr_mask,
			   TPM2B_SENSITIVE_DATA **data, struct error *e)
{
	TPML_PCR_SELECTION selection = { .count = 1 };
	TPM2B_DIGEST any = { 0 }; /* the values are the sealed policy's business */
	ESYS_TR session = ESYS_TR_NONE;
	TSS2_RC rc;

	selection.pcrSelections[0].hash = TPM2_ALG_SHA256;
	selection.pcrSelections[0].sizeofSelect = 3;
	for (int i = 0; i < 3; i++)
		selection.pcrSelections[0].pcrSelect[i] = pcr_mask >> (8 * i);

	if (!tpm_session_policy(t, false, &session, e))
		return t->rc;
	rc = TPM_CALL(Esys_PolicyPCR(t->esys, session, ESYS_TR_NONE, ESYS_TR_NONE,
				     ESYS_TR_NONE, &any, &selection));
	if (rc == TSS2_RC_SUCCESS) {
		(void)Esys_TRSess_SetAttributes(
			t->esys, session, TPMA_SESSION_ENCRYPT | TPMA_SESSION_CONTINUESESSION,
			0xff);
		rc = TPM_CALL(Esys_Unseal(t->esys, object, session, ESYS_TR_NONE,
					  ESYS_TR_NONE, data));
	}
	tpm_session_flush(t, session);
	if (rc != TSS2_RC_SUCCESS)
		tpm_fail(t, rc, "Unseal", e);
	return rc;
}

bool tpm_seal_open(struct tpm *t, struct bytes public, struct bytes private,
		   uint32_t pcr_mask, uint8_t secret[static TPM_SEAL_SECRET_SIZE],
		   struct error *e)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	ESYS_TR object;
	TSS2_RC rc;
	bool fits;

	if (!load(t, public, private, &object, e))
		return false;
	for (int tries = 0; tries <= CONFIG_TPM_POLICY_TRIES; tries++) {
		rc = unseal_once(t, object, pcr_mask, &data, e);
		if (tpm_code(rc) != TPM2_RC_PCR_CHANGED)
			break;
	}
	(void)Esys_FlushContext(t->esys, object);
	if (rc != TSS2_RC_SUCCESS) {
		if (tpm_code(rc) == 0x99d)
			return error_set(e, ERROR_REFUSED, "STORE_POLICY",
					 "TPM refused the policy (0x%X)", rc);
		return false;
	}
	fits = data->size == TPM_SEAL_SECRET_SIZE;
	if (fits)
		memcpy(secret, data->buffer, TPM_SEAL_SECRET_SIZE);
	bytes_wipe(data, sizeof(*data));
	Esys_Free(data);
	return fits ||
	       error_set(e, ERROR_MALFORMED, "STORE_KEY", "sealed key has another size");
}

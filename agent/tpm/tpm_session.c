/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_session.h"

#include "tpm/tpm_esys.h"

static const TPMT_SYM_DEF aes_128_cfb = {
	.algorithm = TPM2_ALG_AES,
	.keyBits = { .aes = 128 },
	.mode = { .aes = TPM2_ALG_CFB },
};

#define EVERY_ATTRIBUTE 0xff

static bool start(struct tpm *t, TPM2_SE type, ESYS_TR *session, struct error *e)
{
	TSS2_RC rc;

	if (t->srk == TPM_NONE)
		return error_set(e, ERROR_MACHINE, "STORE_BUS",
				 "no storage root key to salt a session with");
	rc = TPM_CALL(Esys_StartAuthSession(t->esys, t->srk, ESYS_TR_NONE, ESYS_TR_NONE,
					    ESYS_TR_NONE, ESYS_TR_NONE, NULL, type,
					    &aes_128_cfb, TPM2_ALG_SHA256, session));
	if (rc != TSS2_RC_SUCCESS) {
		tpm_fail(t, rc, "StartAuthSession", e);
		return error_rule(e, "STORE_BUS");
	}
	return true;
}

bool tpm_session_start(struct tpm *t, struct error *e)
{
	tpm_session_end(t);
	return start(t, TPM2_SE_HMAC, &t->session, e);
}

void tpm_session_flush(struct tpm *t, uint32_t session)
{
	if (session != TPM_NONE)
		(void)Esys_FlushContext(t->esys, session);
}

void tpm_session_end(struct tpm *t)
{
	tpm_session_flush(t, t->session);
	t->session = TPM_NONE;
}

bool tpm_session_policy(struct tpm *t, bool trial, uint32_t *session, struct error *e)
{
	return start(t, trial ? TPM2_SE_TRIAL : TPM2_SE_POLICY, session, e);
}

ESYS_TR tpm_session_for(struct tpm *t, TPMA_SESSION attributes)
{
	if (t->session == TPM_NONE)
		return ESYS_TR_PASSWORD;
	(void)Esys_TRSess_SetAttributes(t->esys, t->session,
					attributes | TPMA_SESSION_CONTINUESESSION,
					EVERY_ATTRIBUTE);
	return t->session;
}

ESYS_TR tpm_session_around(struct tpm *t, TPMA_SESSION attributes)
{
	if (t->session == TPM_NONE)
		return ESYS_TR_NONE;
	/* A session that authorises nothing must encrypt, decrypt or audit (TPM 2.0 part 1).
	 */
	if (!attributes)
		attributes = TPMA_SESSION_AUDIT;
	return tpm_session_for(t, attributes);
}

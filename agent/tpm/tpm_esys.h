/* SPDX-License-Identifier: MIT */
#pragma once

#include <tss2/tss2_esys.h>

#include "tpm/tpm.h"

/* What the files of this room share: ESYS types, patience, and sessions for one command. */

/* How long a busy TPM is waited for: 100 ms doubling, CONFIG_TPM_BUSY_MS in all. */
struct tpm_patience {
	unsigned waited_ms, next_ms;
};

/* true: the TPM was busy, time has passed, send the command again. */
bool tpm_wait(struct tpm_patience *p, TSS2_RC rc);

/* The code of @CALL, repeated while the TPM is busy (0x90A, 0x922). */
#define TPM_CALL(CALL)                                                                       \
	({                                                                                   \
		struct tpm_patience patience = { 0, 0 };                                     \
		TSS2_RC code;                                                                \
		do                                                                           \
			code = (CALL);                                                       \
		while (tpm_wait(&patience, code));                                           \
		code;                                                                        \
	})

/*
 * The session that authorises the next command with an empty password: the salted HMAC
 * session with @attributes (TPMA_SESSION_ENCRYPT, _DECRYPT), or the password session
 * before there is one.
 */
ESYS_TR tpm_session_for(struct tpm *t, TPMA_SESSION attributes);

/*
 * The session for a command that needs no authorisation: it then only proves that the
 * answer is the TPM's.  ESYS_TR_NONE before there is one.
 */
ESYS_TR tpm_session_around(struct tpm *t, TPMA_SESSION attributes);

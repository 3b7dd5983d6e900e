/* SPDX-License-Identifier: MIT */
#pragma once

#include "tpm/tpm.h"

/*
 * The HMAC session salted to the pinned storage root key: SHA-256, AES-128-CFB (TPM-82).
 * With it, an answer that was changed on the bus ends the run (STORE_BUS).
 */

/* Start it; the storage root key is pinned (tpm_key.h).  Errors: ERROR_MACHINE STORE_BUS. */
MUST_CHECK bool tpm_session_start(struct tpm *t, struct error *e);

/* Flush it; harmless when there is none. */
void tpm_session_end(struct tpm *t);

/*
 * A policy session of the same kind, for one use; @trial: only to learn a digest.  The
 * caller flushes it with tpm_session_flush().
 */
MUST_CHECK bool tpm_session_policy(struct tpm *t, bool trial, uint32_t *session,
				   struct error *e);
void tpm_session_flush(struct tpm *t, uint32_t session);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * One TPM 2.0, opened: transport, ESYS context, what the chip can do, and the words for
 * its response codes.  The room speaks to the device and decides nothing.
 *
 * Every failing call sets the error's rule to one of the STORE_ codes of
 * tpm-trust-store.md section 11 where the response code alone says it (STORE_NO_TPM,
 * STORE_TPM_FAILED, STORE_BUSY, STORE_LOCKOUT, STORE_BUS, STORE_IO), else leaves it empty
 * for the caller, and keeps the code in tpm.rc.
 */

struct ESYS_CONTEXT;

#define TPM_NONE 0xfffu /* "no object, no session" (ESYS_TR_NONE) */

/* The fields belong to this room; others read rc and where.  Start with TPM_CLOSED. */
struct tpm {
	struct ESYS_CONTEXT *esys;
	void *tcti;
	uint32_t rc;	    /* last failing response code, layer bits included; 0: none */
	uint32_t srk;	    /* ESYS number of the pinned storage root key, or TPM_NONE */
	uint32_t session;   /* ESYS number of the salted HMAC session, or TPM_NONE */
	bool srk_transient; /* the storage root key has to be flushed at the end */
	bool shared;	    /* no resource manager in between: leftovers were flushed */
	uint16_t nv_buffer_max, nv_index_max; /* bytes; TPM-11 */
	char where[160]; /* "device:/dev/tpmrm0" */
	char maker[8];	 /* up to four letters: "IBM", "IFX" */
};

#define TPM_CLOSED ((struct tpm){ .srk = TPM_NONE, .session = TPM_NONE })

/*
 * Open, start where the firmware did not (0x100), and read the capabilities.
 *
 * @tcti: "device:PATH", "swtpm:host=H,port=N" (control port N + 1) or "swtpm:path=SOCKET"
 * (control socket SOCKET.ctrl); NULL: /dev/tpmrm0, else /dev/tpm0, whichever appears first
 * within @wait_s seconds.
 * Errors: ERROR_MACHINE with STORE_NO_TPM, STORE_TPM_FAILED, STORE_BUSY or STORE_BANK (no
 * active SHA-256 PCR bank, TPM-19).  Source: tpm-trust-store.md 10 steps 1 and 2.
 */
MUST_CHECK bool tpm_open(struct tpm *t, const char *tcti, unsigned wait_s, struct error *e);

/* Flush what is ours and close.  Harmless on a closed one. */
void tpm_close(struct tpm *t);

bool tpm_is_open(const struct tpm *t);

/*
 * After an answer that was altered, cut short or malformed the library takes no further
 * command (TSS2_ESYS_RC_BAD_SEQUENCE for ever).  This begins again on the same transport,
 * without storage root key and session: enough to extend a PCR.
 */
MUST_CHECK bool tpm_restart(struct tpm *t, struct error *e);

/*
 * TPM2_Shutdown(CLEAR): the last command before kexec or power-off (TPM-136), and after
 * each use of a key that counts towards the dictionary attack lock (TPM-105).
 */
MUST_CHECK bool tpm_shutdown(struct tpm *t, struct error *e);

/*
 * Random bytes from the chip, at most 32 a call, through the encrypted session when there
 * is one.  Never to be used alone (TPM-132).
 */
MUST_CHECK bool tpm_random(struct tpm *t, uint8_t *to, size_t size, struct error *e);

/* Does the chip have this algorithm or curve (TPM2_ALG_, TPM2_ECC_ numbers)? */
bool tpm_has_algorithm(struct tpm *t, uint16_t algorithm);

/*
 * Turn a response code into the error, with its meaning from section 11.2 and the number:
 * "Unseal: policy digest is not the object's (0x99D)".  Returns false.
 */
bool tpm_fail(struct tpm *t, uint32_t rc, const char *command, struct error *e);

/* The TPM's own part of tpm.rc: 0x99d, without the resource manager's layer. */
uint32_t tpm_code(uint32_t rc);

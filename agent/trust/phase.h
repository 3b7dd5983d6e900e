/* SPDX-License-Identifier: MIT */
#pragma once

#include "tpm/tpm.h"

/*
 * The phases of one boot, kept in PCR 11 (tpm-trust-store.md section 5).  What was allowed
 * before a step is impossible after it until the machine is reset.
 */
enum phase {
	PHASE_ENTER,  /* sztp:enter   the store may be unsealed from here on */
	PHASE_LOADED, /* sztp:loaded  before the network comes up */
	PHASE_LEAVE,  /* sztp:leave   before scripts, shell, kexec, reboot, exit (TPM-31) */
};

/* Extend PCR 11; a failure of PHASE_LEAVE forbids scripts and kexec (TPM-31). */
MUST_CHECK bool phase_extend(struct tpm *t, enum phase phase, struct error *e);

/* The string that is measured, "sztp:enter". */
const char *phase_text(enum phase phase);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "tpm/tpm.h"

/*
 * What the agent has acted on, extended into the TPM before it acts, and written down for
 * the installed system (TPM-34 to TPM-38).  Order: extend first, log second.
 */
struct measure {
	struct tpm *tpm;
	bool left; /* sztp:leave has been extended */
	uint8_t log[CONFIG_EVENT_LOG_MAX]; /* JSON text sequence */
	size_t log_size;
	bool log_full;
};

#define MEASURE_PCR_ARTIFACTS 14 /* TPM-34 */
#define MEASURE_PCR_KERNEL 9	 /* kernel and initrd, TPM-35 */
#define MEASURE_PCR_CMDLINE 8	 /* TPM-35 */

/* Extend @pcr with "sztp:@what:sha256:<hex of @digest>". */
MUST_CHECK bool measure_digest(struct measure *m, unsigned pcr, const char *what,
			       const uint8_t digest[static 32], struct error *e);

/* The same over bytes; empty ones are not measured. */
MUST_CHECK bool measure_bytes(struct measure *m, unsigned pcr, const char *what,
			      struct bytes content, struct error *e);

/*
 * sztp:leave, once: before scripts, kexec, reboot (TPM-31).  When it fails, foreign code
 * must not run; the machine has to be reset.
 */
MUST_CHECK bool measure_leave(struct measure *m, struct error *e);

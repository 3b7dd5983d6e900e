/* SPDX-License-Identifier: MIT */
#include "trust/phase.h"

#include "base/log.h"
#include "tpm/tpm_pcr.h"

#define PHASE_PCR 11

const char *phase_text(enum phase phase)
{
	switch (phase) {
	case PHASE_ENTER:
		return "sztp:enter";
	case PHASE_LOADED:
		return "sztp:loaded";
	case PHASE_LEAVE:
		return "sztp:leave";
	}
	return "";
}

bool phase_extend(struct tpm *t, enum phase phase, struct error *e)
{
	const char *text = phase_text(phase);

	if (!tpm_pcr_event(t, PHASE_PCR, bytes_of_text(text), e))
		return error_wrap(e, "measuring %s", text);
	log_info("phase", "PCR %d: %s", PHASE_PCR, text);
	return true;
}

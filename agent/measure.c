/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "base/writer.h"
#include "image/sha256.h"
#include "tpm/tpm_pcr.h"
#include "trust/phase.h"

/* One record: 1E, JSON, newline (RFC 7464); the shape of the TCG canonical log (TPM-38). */
static void write_down(struct measure *m, unsigned pcr, const char *text)
{
	struct writer w = writer_over(m->log + m->log_size, sizeof(m->log) - m->log_size);
	uint8_t digest[32];

	sha256_of(digest, bytes_of_text(text));
	writer_u8(&w, 0x1e);
	writer_printf(&w, "{\"pcr\":%u,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"", pcr);
	writer_hex(&w, bytes_of(digest, sizeof(digest)));
	writer_text(&w, "\"}],\"content_type\":\"sztp\",\"content\":{\"string\":");
	writer_json_string(&w, bytes_of_text(text));
	writer_text(&w, "}}\n");
	if (writer_ok(&w))
		m->log_size += w.used;
	else
		m->log_full = true;
}

bool measure_digest(struct measure *m, unsigned pcr, const char *what,
		    const uint8_t digest[static 32], struct error *e)
{
	char hex[65], text[160];

	text_hex(hex, sizeof(hex), bytes_of(digest, 32));
	snprintf(text, sizeof(text), "sztp:%s:sha256:%s", what, hex);
	if (!tpm_pcr_event(m->tpm, pcr, bytes_of_text(text), e))
		return error_wrap(e, "measuring %s into PCR %u", what, pcr);
	write_down(m, pcr, text);
	log_debug("measure", "PCR %u: %s", pcr, text);
	return true;
}

bool measure_bytes(struct measure *m, unsigned pcr, const char *what, struct bytes content,
		   struct error *e)
{
	uint8_t digest[32];

	if (content.size == 0)
		return true;
	sha256_of(digest, content);
	return measure_digest(m, pcr, what, digest, e);
}

bool measure_leave(struct measure *m, struct error *e)
{
	if (m->left)
		return true;
	if (!phase_extend(m->tpm, PHASE_LEAVE, e))
		return error_rule(e, "TPM-31");
	m->left = true;
	write_down(m, 11, phase_text(PHASE_LEAVE));
	return true;
}

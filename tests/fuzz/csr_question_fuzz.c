/* SPDX-License-Identifier: MIT */
/* dictionaries: json xml */
#include <stdlib.h>

#include "config.h"
#include "pki/certification_request.h"
#include "sztp/csr_question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Errors of bootstrap servers that may hold a question, and the DER in it; or that DER alone. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t arena[256 * 1024], decoded[64 * 1024];
	const unsigned kinds = LDEVID_SIGNER_BIT(KEY_P256) | LDEVID_SIGNER_BIT(KEY_P384);
	struct writer into = writer_over(decoded, CONFIG_CSR_INFO_MAX);
	struct certification_request_content content;
	struct csr_question q = { .info = bytes_of(data, size) };
	const struct json_value *found = csr_question_find(q.info, arena, sizeof(arena));
	struct error e;

	if (found && csr_question_read(&q, found, kinds, &into, &e) &&
	    (q.info.size > CONFIG_CSR_INFO_MAX || (q.new_key && q.kind != KEY_P256 && q.kind != KEY_P384)))
		abort();
	if (q.info.size && certification_request_read_info(&content, q.info, KEY_P256, &e) &&
	    content.subject.size + content.attributes.size + 21 > q.info.size)
		abort();
	return 0;
}

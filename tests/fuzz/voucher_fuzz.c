/* SPDX-License-Identifier: MIT */
/* dictionaries: json xml */
#include <stdlib.h>

#include "codec/json.h"
#include "pki/voucher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Voucher documents: what is taken keeps the rules that need two leaves. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t arena[JSON_ARENA_SIZE(CONFIG_VOUCHER_MAX)],
		decoded[CONFIG_VOUCHER_MAX];
	struct writer into = writer_over(decoded, sizeof(decoded));
	struct voucher v;
	struct error e;
	bool good;

	if (size && data[0] == '<')
		good = voucher_read_xml(&v, bytes_of(data, size), arena, sizeof(arena), &into,
					&e);
	else
		good = voucher_read_json(&v, bytes_of(data, size), arena, sizeof(arena),
					 &into, &e);
	if (!good) {
		if (e.rule[0] == '\0' || e.text[0] == '\0')
			abort();
		return 0;
	}
	if ((v.has_nonce && (v.has_expires_on || v.nonce.size < 8 || v.nonce.size > 32)))
		abort();
	return 0;
}

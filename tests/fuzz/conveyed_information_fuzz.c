/* SPDX-License-Identifier: MIT */
/* dictionaries: json xml */
#include <stdlib.h>

#include "sztp/conveyed_information.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Conveyed information documents: what is taken fits together. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t arena[CONVEYED_INFORMATION_ARENA_SIZE(64 * 1024)];
	static uint8_t decoded[CONVEYED_INFORMATION_INTO_SIZE(64 * 1024)];
	static struct conveyed_information ci;
	struct writer into = writer_over(decoded, sizeof(decoded));
	enum conveyed_information_encoding encoding = CONVEYED_INFORMATION_JSON;
	struct error e;

	if (size && data[0] == '<')
		encoding = CONVEYED_INFORMATION_XML;
	if (!conveyed_information_read(&ci, encoding, bytes_of(data, size), arena,
				       sizeof(arena), &into, &e)) {
		if (e.rule[0] == '\0' && e.code != ERROR_MACHINE)
			abort();
		return 0;
	}
	if (ci.kind == CONVEYED_INFORMATION_REDIRECT && ci.server_count == 0)
		abort();
	for (size_t i = 0; i < ci.server_count; i++)
		if (ci.servers[i].port == 0 || ci.servers[i].host[0] == '\0')
			abort();
	if (ci.has_configuration != (ci.handling != CONVEYED_INFORMATION_HANDLING_NONE) ||
	    (ci.has_sha256 && ci.download_uri_count == 0))
		abort();
	return 0;
}

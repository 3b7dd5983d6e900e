/* SPDX-License-Identifier: MIT */
/* dictionaries: xml */
#include <stdlib.h>

#include "sztp/host_meta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* host-meta documents: whatever root is taken can stand in a request line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct uri server = { .scheme = "https", .host = "a", .port = 443 };
	static uint8_t arena[128 * 1024];
	char root[CONFIG_RESTCONF_ROOT_MAX];
	struct error e;

	if (!host_meta_read(root, bytes_of(data, size), &server, arena, sizeof(arena), &e))
		return 0;
	if (root[0] != '\0' && root[0] != '/')
		abort();
	for (const char *c = root; *c; c++)
		if (*c <= ' ' || *c > '~')
			abort();
	return 0;
}

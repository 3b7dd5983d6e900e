/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "codec/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* URIs and hosts: what is taken can be written and read again as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uri uri, again;
	struct error e;
	char text[CONFIG_URI_MAX + CONFIG_HOST_MAX + 32];

	if (uri_read_host(&uri, bytes_of(data, size), &e) && uri.host_is_ip4 &&
	    uri.host_is_ip6)
		abort();
	if (!uri_read(&uri, bytes_of(data, size), &e))
		return 0;
	for (const char *c = uri.path; *c; c++)
		if (*c <= ' ' || *c > '~')
			abort();
	uri_text(text, sizeof(text), &uri);
	if (!uri_read(&again, bytes_of_text(text), &e) || strcmp(again.host, uri.host) != 0 ||
	    strcmp(again.path, uri.path) != 0 || again.port != uri.port)
		abort();
	return 0;
}

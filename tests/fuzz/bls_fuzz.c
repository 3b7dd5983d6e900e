/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>

#include "handoff/bls.h"

/* A file name up to the first newline, then the entry.  Order must be one: antisymmetric. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bls_entry last;
	struct bls_entry b;
	char name[300];
	size_t n = 0;
	struct error e;

	while (n < size && data[n] != '\n' && n + 1 < sizeof(name))
		n++;
	snprintf(name, sizeof(name), "%.*s", (int)n, (const char *)data);
	n += n < size;

	struct bytes text = bytes_of(data + n, size - n);
	int order = bls_compare_versions(bytes_of(data, n), text);
	int back = bls_compare_versions(text, bytes_of(data, n));

	assert((order < 0) == (back > 0) && (order == 0) == (back == 0));
	if (!bls_read(&b, name, text, &e))
		return 0;
	assert(b.kernel[0] != '/' && strlen(b.options) < sizeof(b.options));
	assert(b.kernel[0] || b.is_program);
	assert(bls_compare(&b, &b) == 0);
	order = bls_compare(&b, &last);
	back = bls_compare(&last, &b);
	assert((order < 0) == (back > 0) && (order == 0) == (back == 0));
	last = b;
	return 0;
}

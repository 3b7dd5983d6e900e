/* SPDX-License-Identifier: MIT */
/* dictionaries: der */
#include <stdlib.h>

#include "codec/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX 16

/* Walk all items, going into constructed ones; each view lies inside the input. */
static void walk(struct reader *r, unsigned depth, struct bytes input)
{
	while (reader_left(r)) {
		struct der_item item = der_next(r);

		if (item.whole.size &&
		    (item.whole.at < input.at ||
		     item.whole.at + item.whole.size > input.at + input.size))
			abort();
		if ((item.tag & 0x20) && depth < DEPTH_MAX) {
			bool bad;
			struct reader inside = reader_over(item.content, &bad);

			walk(&inside, depth + 1, input);
		}
	}
}

/* DER of any kind, and each typed reader at its start. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = bytes_of(data, size);
	struct error e;
	bool bad;
	struct reader r = reader_over(input, &bad);

	walk(&r, 0, input);
	r = reader_over(input, &bad), der_boolean(&r);
	r = reader_over(input, &bad), der_integer(&r);
	r = reader_over(input, &bad), der_small(&r, UINT32_MAX);
	r = reader_over(input, &bad), der_positive(&r);
	r = reader_over(input, &bad), der_bit_octets(&r);
	r = reader_over(input, &bad), der_named_bits(&r);
	r = reader_over(input, &bad), der_oid(&r);
	r = reader_over(input, &bad), der_time(&r);
	if (der_complain(input, &e))
		abort();
	return 0;
}

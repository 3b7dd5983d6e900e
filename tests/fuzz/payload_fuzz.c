/* SPDX-License-Identifier: MIT */
#include "trust/payload.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted can be written, and what was written is read as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[PAYLOAD_SIZE_MAX + 64], second[PAYLOAD_SIZE_MAX + 64];
	struct writer a = writer_over(first, sizeof(first)),
		      b = writer_over(second, sizeof(second));
	struct payload p, q;
	struct error e;

	if (!payload_read(&p, bytes_of(data, size), &e))
		return 0;
	payload_write(&a, &p);
	/* Defaults that were left out are written, so it may have grown past the limit. */
	if (writer_done(&a).size > PAYLOAD_SIZE_MAX)
		return 0;
	if (!writer_ok(&a) || !payload_read(&q, writer_done(&a), &e))
		abort();
	payload_write(&b, &q);
	if (!bytes_equal(writer_done(&a), writer_done(&b)))
		abort();
	return 0;
}

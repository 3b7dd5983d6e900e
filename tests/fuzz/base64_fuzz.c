/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "codec/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken has one text: white space left out, encoding gives it back. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t decoded[4096], encoded[BASE64_SIZE(4096)], plain[8192];
	struct writer into = writer_over(decoded, sizeof(decoded));
	struct writer back = writer_over(encoded, sizeof(encoded));
	struct bytes out;
	struct error e;
	size_t used = 0;

	if (size > sizeof(plain) || !base64_decode(&out, &into, bytes_of(data, size), &e))
		return 0;
	for (size_t i = 0; i < size; i++)
		if (data[i] != ' ' && data[i] != '\t' && data[i] != '\r' && data[i] != '\n')
			plain[used++] = data[i];
	base64_write(&back, out);
	if (!bytes_equal(writer_done(&back), bytes_of(plain, used)))
		abort();
	return 0;
}

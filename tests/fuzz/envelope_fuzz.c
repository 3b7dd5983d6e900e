/* SPDX-License-Identifier: MIT */
#include "trust/envelope.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever lies in NV or on a disk, up to the ciphertext. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t plain[ENVELOPE_SIZE_MAX];
	const struct bytes authority = bytes_of(data, size < 91 ? size : 91);
	struct envelope v;
	uint8_t policy[32];
	struct error e;

	(void)envelope_claimed_size(bytes_of(data, size));
	if (!envelope_read(&v, bytes_of(data, size), &e))
		return 0;
	if (v.ciphertext.size > sizeof(plain) || v.covered.size >= size ||
	    v.associated.size >= v.covered.size || !v.pcrs.mask)
		abort();
	(void)!envelope_verify(&v, &authority, 1, &e);
	(void)!envelope_policy(&v, policy, &e);
	(void)!envelope_open(&v, policy, plain, &e);
	return 0;
}

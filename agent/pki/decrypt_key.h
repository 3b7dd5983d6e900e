/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * The private key that decrypts (ENC-3), behind a callback so that it may stay in a TPM.
 * decrypt_software.h has one in memory.
 *
 * Failures are no answers: what does not decrypt leaves the output as the caller filled it,
 * with random bytes, and the caller goes on with those until everything fails in one place
 * (ENC-8).  A callback returns false only when the machine itself failed, whatever came.
 */

enum decrypt_padding {
	DECRYPT_PADDING_PKCS1, /* RSAES-PKCS1-v1_5 */
	DECRYPT_PADDING_OAEP_SHA1,
	DECRYPT_PADDING_OAEP_SHA256, /* the mask's hash is the same, the label is empty */
};

struct decrypt_key {
	struct bytes certificate; /* DER; recipients are told by it (ENC-4), its key says RSA
				   * or which curve */

	/*
	 * The message in @in; into @message if it is well padded and exactly @size bytes
	 * long, else @message stays.  NULL when the key is no RSA key.
	 */
	bool (*rsa)(void *context, enum decrypt_padding padding, struct bytes in,
		    uint8_t *message, size_t size, struct error *e);

	/*
	 * The x coordinate of the key times @point (04 x y, of the key's size), big-endian,
	 * @size bytes; @z stays if @point is not on the curve.  NULL when the key is no EC
	 * key.
	 */
	bool (*ecdh)(void *context, struct bytes point, uint8_t *z, size_t size,
		     struct error *e);
	void *context;
};

/* @from into @to if @bad is 0; takes the same time either way. */
static inline void decrypt_key_take(uint8_t *to, const uint8_t *from, size_t size,
				    uint8_t bad)
{
	uint8_t mask = (uint8_t)(((uint32_t)bad - 1) >> 8);

	for (size_t i = 0; i < size; i++)
		to[i] ^= mask & (to[i] ^ from[i]);
}

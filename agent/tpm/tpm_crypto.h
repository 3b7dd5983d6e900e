/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * The cryptography ESYS needs for its sessions, on BearSSL (TPM-86, TPM-87): hashes, HMAC,
 * AES-CFB, ephemeral ECDH, RSA-OAEP.  An algorithm that is not known is an error, never a
 * default.
 */

struct ESYS_CONTEXT;

/* Install the callbacks; directly after Esys_Initialize.  Returns the response code. */
uint32_t tpm_crypto_install(struct ESYS_CONTEXT *esys);

/* AES-CFB, both ways, in place; the last block may be partial.  @key_bits 128, 192, 256. */
MUST_CHECK bool tpm_crypto_cfb(bool encrypt, const uint8_t *key, unsigned key_bits,
			       const uint8_t iv[static 16], uint8_t *data, size_t size);

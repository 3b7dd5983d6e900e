/* SPDX-License-Identifier: MIT */
#pragma once

#include <bearssl.h>

#include "pki/decrypt_key.h"

/*
 * A decryption key in memory, read from a file: for tests and for machines without a TPM,
 * where the user said so (KEY-2).
 */

struct decrypt_software {
	struct decrypt_key key;		 /* for enveloped_open(); good until the wipe */
	br_skey_decoder_context decoder; /* the rest belongs to decrypt_software.c */
	struct bytes modulus;
};

/*
 * @s: must stay where it is.
 * @file: the private key: PEM or DER; PKCS#8, SEC 1 or PKCS#1; not encrypted; RSA of 2048 to
 * 4096 bits, P-256 or P-384.
 * @certificate: DER; kept.  That it belongs to the key is checked.
 * Errors: ERROR_MALFORMED, ERROR_REFUSED; no rule.  Nothing secret is left in @s then.
 */
MUST_CHECK bool decrypt_software_read(struct decrypt_software *s, struct bytes file,
				      struct bytes certificate, struct error *e);

/* Forget the key (KEY-4).  Fine when it was never read, if it is all 0. */
void decrypt_software_wipe(struct decrypt_software *s);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "trust/envelope.h"

/*
 * The authority key while an envelope is made: a key file (laboratories), or a program that
 * asks an HSM (TPM-4).
 */

#define SIGNER_SPKI_MAX 1024 /* bytes; RSA-4096 has 550 */

struct signer {
	enum envelope_signature kind;
	size_t signature_size;
	uint8_t spki[SIGNER_SPKI_MAX]; /* SubjectPublicKeyInfo, DER */
	size_t spki_size;

	const char *program;	   /* signer.c's; NULL: the key is in private_key */
	uint8_t private_key[4096]; /* decoded DER or PKCS#1/SEC 1/PKCS#8 */
	size_t private_key_size;
};

/*
 * A private key, PEM or DER: EC P-256 or P-384, RSA 2048 to 3072 with the usual exponent
 * 65537; not encrypted.
 * Errors: ERROR_USAGE (file), ERROR_MALFORMED, ERROR_REFUSED (kind of key).
 */
MUST_CHECK bool signer_open_key(struct signer *s, const char *path, struct error *e);

/*
 * A program, run by the shell for each signature: the digest in hex and a newline on its
 * standard input; DER (ECDSA) or raw (RSA PKCS#1 v1.5) signature on its standard output.
 *
 * @program: kept.  @public_key: the key's SubjectPublicKeyInfo, PEM or DER.
 */
MUST_CHECK bool signer_open_program(struct signer *s, const char *program,
				    const char *public_key, struct error *e);

/* Sign @data; the signature has the form of record 01F1, s->signature_size bytes. */
MUST_CHECK bool signer_sign(const struct signer *s, struct bytes data, uint8_t *signature,
			    struct error *e);

/* Forget the key (KEY-4). */
void signer_close(struct signer *s);

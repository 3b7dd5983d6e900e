/* SPDX-License-Identifier: MIT */
#pragma once

#include "tpm/tpm.h"
#include "tpm/tpm_key.h"
#include "trust/trust_store.h"

/*
 * Who we are: a private key inside the TPM and the certificate whose public key equals it
 * (TPM-92, TPM-93: index numbers are no evidence).  Signs TLS handshakes and requests.
 */

#define IDENTITY_CHAIN_MAX 5 /* leaf and at most four intermediates */

/* About 20 KiB.  Borrowed by TLS for as long as it is used. */
struct identity {
	struct tpm *tpm;	 /* kept */
	struct tpm_key key;
	struct bytes chain[IDENTITY_CHAIN_MAX]; /* DER, leaf first, without the root (TPM-94) */
	size_t chain_count;
	char serial[CONFIG_SERIAL_MAX]; /* subject serialNumber after the serial rule, or "" */

	uint8_t leaf[CONFIG_CERTIFICATE_SIZE_MAX]; /* identity.c's, like the next */
	uint8_t intermediates[IDENTITY_CHAIN_MAX - 1][CONFIG_CERTIFICATE_SIZE_MAX];
};

/*
 * Find key and certificate.  @store may be NULL or empty: then nothing is known of the
 * intermediates and no serial is compared.
 *
 * Errors: ERROR_REFUSED TPM-97 "no device identity in the TPM" (go on without a client
 * certificate); STORE_SERIAL when the certificate names another serial than the store
 * (TPM-56: the store must not be used then); ERROR_MACHINE.
 */
MUST_CHECK bool identity_load(struct identity *i, struct tpm *t, const struct trust_store *store,
			      struct error *e);

/*
 * Sign a digest of 32 or 48 bytes (SHA-256, SHA-384) for TLS: ASN.1 ECDSA-Sig-Value, or the
 * RSA PKCS#1 v1.5 signature of the modulus' size, into @to (*size in: its room, 512 is
 * enough; out: used).  TPM2_Sign in the salted session (TPM-101, TPM-102).
 */
MUST_CHECK bool identity_sign(struct identity *i, struct bytes digest, uint8_t *to, size_t *size,
			      struct error *e);

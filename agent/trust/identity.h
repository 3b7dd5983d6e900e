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
	struct tpm *tpm; /* kept */
	struct tpm_key key;
	struct bytes
		chain[IDENTITY_CHAIN_MAX]; /* DER, leaf first, without the root (TPM-94) */
	size_t chain_count;
	char serial[CONFIG_SERIAL_MAX]; /* subject serialNumber after the serial rule, or ""
					 */

	uint8_t leaf[CONFIG_CERTIFICATE_SIZE_MAX]; /* identity.c's, like the next */
	uint8_t intermediates[IDENTITY_CHAIN_MAX - 1][CONFIG_CERTIFICATE_SIZE_MAX];
};

/*
 * Find key and certificate.  Call it right after trust_store_load(): @t holds the salted
 * session then.
 *
 * @store: names the intermediates, the serial rule and where to look first.  May be NULL
 * (tools): then nothing is compared.
 * Errors: ERROR_REFUSED TPM-97 "no device identity in the TPM": go on without a client
 * certificate.  ERROR_REFUSED STORE_SERIAL, the certificate names another serial than the
 * store (TPM-56): the store has been wiped and the phases closed, as if it had not loaded.
 * ERROR_MACHINE.
 */
MUST_CHECK bool identity_load(struct identity *i, struct tpm *t, struct trust_store *store,
			      struct error *e);

/*
 * TPM2_Sign over a digest of 32 (SHA-256) or 48 (SHA-384) bytes in the salted session
 * (TPM-101).  ECC: r and s, each padded to the curve's size, one behind the other; RSA:
 * PKCS#1 v1.5, as long as the modulus (TPM-102).  @room: 512 is enough.
 */
MUST_CHECK bool identity_sign(struct identity *i, struct bytes digest, uint8_t *to,
			      size_t room, size_t *size, struct error *e);

/* Is the certificate's public key this one?  (TPM-93) */
bool identity_is_for(const struct tpm_key *key, struct bytes certificate);

/*
 * Cut a serial number out of a certificate's by a serial rule: "after:SN:" takes what
 * follows "SN:" up to the next space; an empty rule takes all.  Size 0: rule does not fit.
 */
struct bytes identity_cut_serial(struct bytes rule, struct bytes from);

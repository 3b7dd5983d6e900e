/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/tls.h"

/*
 * A client identity whose private key is in memory, read from files: for tests and for
 * machines without a TPM, where the user said so (KEY-2).
 */

struct tls_identity_key;

/*
 * @key: the private key: PEM or DER; PKCS#8, SEC 1 (EC) or PKCS#1 (RSA); not encrypted.
 * @chain: DER certificates, leaf first; kept.  That the leaf holds this key is checked.
 * @identity: filled for tls_options; good until tls_identity_free().
 * Errors: ERROR_MALFORMED, ERROR_REFUSED (key and certificate do not belong together).
 */
MUST_CHECK struct tls_identity_key *tls_identity_read(struct tls_identity *identity,
						      struct bytes key,
						      const struct bytes *chain, size_t count,
						      struct error *e);

/* Wipes the key.  NULL is fine. */
void tls_identity_free(struct tls_identity_key *key);

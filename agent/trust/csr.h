/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "tpm/tpm_key.h"

/*
 * A PKCS#10 certification request for a key in the TPM: subject serialNumber, signed by the
 * key itself (RFC 2986; TPM-111).
 */

#define CSR_SIZE_MAX 1024 /* bytes: RSA-3072 key and signature need 870 */

/* The key's SubjectPublicKeyInfo, DER, at the end of @w. */
void csr_write_public_key(struct writer *w, const struct tpm_key *key);

/*
 * Write the request, DER.  @serial: printable ASCII, 1..64 (a PrintableString).
 * Errors: ERROR_REFUSED a serial that is not; those of tpm_key_sign().
 */
MUST_CHECK bool csr_write(struct writer *w, struct tpm *t, const struct tpm_key *key,
			  const char *serial, struct error *e);

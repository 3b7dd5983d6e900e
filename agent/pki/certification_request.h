/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"
#include "pki/digest.h"
#include "pki/key.h"

/*
 * PKCS#10 certification requests (RFC 2986), signed by the key they are about, which stays
 * behind a function.
 */

#define CERTIFICATION_REQUEST_SIGNATURE_MAX 512 /* bytes: RSA-4096 */

struct certification_request_key {
	struct bytes public_key; /* whole SubjectPublicKeyInfo of a kind that key_read() knows */
	enum digest_kind digest; /* what it signs with */
	/* As tls_identity.sign: RSA PKCS#1 v1.5, or r and s of the curve's size; @room is
	 * CERTIFICATION_REQUEST_SIGNATURE_MAX. */
	bool (*sign)(void *context, struct bytes digest, uint8_t *signature, size_t room,
		     size_t *size, struct error *e);
	void *context;
};

/* The AlgorithmIdentifier of a public key of RSA, P-256 or P-384. */
void certification_request_write_algorithm(struct writer *w, enum key_kind kind);

/* What its asker wants it to say; size 0: nothing of that kind. */
struct certification_request_content {
	struct bytes subject;	 /* whole Name */
	struct bytes attributes; /* [0], whole */
};

/*
 * Read a CertificationRequestInfo that somebody else has made (CSR-7).  The public key in it
 * is a placeholder: ours takes its place.
 *
 * Errors: ERROR_MALFORMED CSR-7; ERROR_REFUSED CSR-7: its key is not of @kind.
 */
MUST_CHECK bool certification_request_read_info(struct certification_request_content *content,
						struct bytes info, enum key_kind kind,
						struct error *e);

/*
 * Write a request, DER.
 *
 * @content: borrowed, not from @w.
 * Errors: those of the key; ERROR_MACHINE when it does not fit.
 */
MUST_CHECK bool certification_request_write(struct writer *w,
					    const struct certification_request_content *content,
					    const struct certification_request_key *key,
					    struct error *e);

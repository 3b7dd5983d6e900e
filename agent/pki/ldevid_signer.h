/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"
#include "pki/key.h"

#define LDEVID_SIGNER_BIT(kind) (1u << (kind))
#define LDEVID_SIGNER_PUBLIC_KEY_MAX 640 /* bytes: RSA-4096 */
#define LDEVID_SIGNER_FILE_MAX 2048	 /* bytes of what save() writes */

/*
 * The key pair of an LDevID (RFC 9646, IEEE 802.1AR), made on demand and kept behind
 * functions, so that it may live in a TPM.  ldevid_software.h keeps it in memory.  There is
 * never more than one.
 */
struct ldevid_signer {
	unsigned kinds; /* LDEVID_SIGNER_BIT()s of what it can make: KEY_RSA, KEY_P256, KEY_P384 */

	/* Delete the key there was, make one (CSR-9, CSR-10), write its SubjectPublicKeyInfo.
	 * @kind: one of @kinds. */
	bool (*generate)(void *context, enum key_kind kind, struct writer *public_key,
			 struct error *e);

	/* As certification_request_key.sign, with SHA-256 (CSR-13). */
	bool (*sign)(void *context, struct bytes digest, uint8_t *signature, size_t room,
		     size_t *size, struct error *e);

	/* The private key as a PEM file of up to LDEVID_SIGNER_FILE_MAX, if @request is about it;
	 * else false.  Secret.  In another process than the one that keeps the key: NULL. */
	bool (*save)(void *context, struct bytes request, struct writer *pem);

	/* Delete the key there was.  Fine when there is none. */
	void (*discard)(void *context);
	void *context;
};

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "pki/digest.h"
#include "pki/key.h"

/* Signature algorithms and their verification, over BearSSL's arithmetic (CMS-12). */

enum signature_scheme {
	SIGNATURE_RSA, /* PKCS#1 v1.5 */
	SIGNATURE_ECDSA,
	SIGNATURE_RSA_PSS, /* + n: RSASSA-PSS with n octets of salt; keep last */
};

struct signature_algorithm {
	enum signature_scheme scheme;
	enum digest_kind digest;
};

/*
 * Read the AlgorithmIdentifier of a certificate or CRL signature.
 *
 * RSASSA-PSS says all in its parameters: a digest, MGF1 by the same digest, any salt length.
 * Errors: ERROR_MALFORMED; ERROR_REFUSED with CMS-12 (SHA-1, MD5, and all we do not know).
 * Source: RFC 5280 §4.1.1.2, RFC 4055 §3.1 and §5, RFC 5758 §3.2.
 */
MUST_CHECK bool signature_algorithm_read(struct signature_algorithm *to,
					 struct bytes identifier, struct error *e);

/* Read the AlgorithmIdentifier of a digest (CMS digestAlgorithm).  Errors: as above. */
MUST_CHECK bool signature_digest_read(enum digest_kind *to, struct bytes identifier,
				      struct error *e);

/*
 * Read the signatureAlgorithm of a SignerInfo beside its digestAlgorithm: rsaEncryption
 * takes its digest from there, a combined identifier must agree with it (CMS-13).
 */
MUST_CHECK bool signature_signer_read(struct signature_algorithm *to, struct bytes identifier,
				      enum digest_kind digest, struct error *e);

/*
 * Is @signature over @digest made by @key?
 *
 * The scheme must fit the key.  RSA: one encoding only, compared whole.  RSASSA-PSS: with
 * exactly that salt length (RFC 8017 §9.1.2).  ECDSA: strict DER, 0 < r, s < n.
 * Errors: ERROR_REFUSED; no rule, the caller knows whose signature it is.
 */
MUST_CHECK bool signature_verify(const struct key *key,
				 const struct signature_algorithm *algorithm,
				 const struct digest *digest, struct bytes signature,
				 struct error *e);

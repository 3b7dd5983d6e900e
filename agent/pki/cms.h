/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"
#include "pki/oid.h"
#include "pki/signature.h"
#include "pki/x509.h"

/* Cryptographic Message Syntax (RFC 5652), as far as SZTP uses it (spec 5.1). */

/* One ContentInfo. */
struct cms {
	enum oid type; /* OID_UNKNOWN: type_content says which */
	struct bytes type_content;
	struct bytes content; /* the one item inside [0], whole */
};

struct cms_signer {
	bool known;	     /* false: a version or algorithm we do not know */
	struct error why;    /* not known: this is why */
	struct bytes issuer; /* by issuer and serial number; size 0 when by key id */
	struct bytes serial;
	struct bytes key_id; /* by subjectKeyIdentifier */
	enum digest_kind digest;
	struct signature_algorithm algorithm;
	struct bytes attributes; /* [0] signedAttrs, whole; size 0 when absent */
	struct bytes signature;
};

struct cms_signed {
	enum oid type; /* eContentType */
	struct bytes type_content;
	bool has_content;
	struct bytes content; /* the octets of eContent */
	size_t digest_count;
	size_t certificate_count, crl_count, signer_count;
	struct bytes certificates[CONFIG_CMS_CERTIFICATES_MAX];
	struct bytes crls[CONFIG_CMS_CRLS_MAX]; /* with OCSP answers: [1] items, whole */
	struct cms_signer signers[CONFIG_CMS_SIGNERS_MAX];
};

/*
 * Read the ContentInfo of an artifact.
 *
 * Errors: ERROR_MALFORMED with CMS-1, naming what the bytes look like (der_complain).
 */
MUST_CHECK bool cms_read(struct cms *cms, struct bytes der, struct error *e);

/* The octets of a ContentInfo that carries an OCTET STRING (CI-1). */
MUST_CHECK bool cms_octets(struct bytes *to, const struct cms *cms, struct error *e);

/*
 * Read the SignedData of a ContentInfo of that type.
 *
 * Errors: ERROR_MALFORMED with CMS-1; ERROR_REFUSED with CMS-16 (limits).
 */
MUST_CHECK bool cms_signed_read(struct cms_signed *s, const struct cms *cms, struct error *e);

/* Nothing but certificates and CRLs: no signer, no content, no digest (CMS-14). */
MUST_CHECK bool cms_check_degenerate(const struct cms_signed *s, struct error *e);

/* Is @x the certificate the signer identifier names (CMS-10)? */
bool cms_signer_names(const struct cms_signer *signer, const struct x509 *x);

/* Who signed, for people: the issuer and serial number, or the key identifier. */
struct cms_signer_string {
	char text[160];
};
struct cms_signer_string cms_signer_string(const struct cms_signer *signer);
#define CMS_SIGNER_TEXT(signer) (cms_signer_string(signer).text)

/*
 * Did the holder of @key sign this content?  Signed attributes must be there unless the
 * content is id-data, and their content-type and message-digest must be right (CMS-6).
 *
 * Errors: ERROR_REFUSED, ERROR_MALFORMED with CMS-6, CMS-12, CMS-17; a signature that does
 * not verify has no rule: VAL-12 or OV-4, says the caller.
 */
MUST_CHECK bool cms_verify(const struct cms_signed *s, const struct cms_signer *signer,
			   const struct key *key, struct error *e);

/* A file's bytes without the one newline that may follow the structure (CMS-2). */
struct bytes cms_file(struct bytes file);

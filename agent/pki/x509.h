/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "codec/der.h"
#include "pki/key.h"
#include "pki/oid.h"
#include "pki/signature.h"

/*
 * One X.509 certificate, read into views of its own bytes.  What it means in a path is
 * chain's business.
 */

enum x509_key_usage {
	X509_DIGITAL_SIGNATURE = 1 << 0,
	X509_CONTENT_COMMITMENT = 1 << 1,
	X509_KEY_ENCIPHERMENT = 1 << 2,
	X509_DATA_ENCIPHERMENT = 1 << 3,
	X509_KEY_AGREEMENT = 1 << 4,
	X509_KEY_CERT_SIGN = 1 << 5,
	X509_CRL_SIGN = 1 << 6,
};

/* The kinds of GeneralName (RFC 5280 §4.2.1.6), by their tags. */
enum x509_name {
	X509_NAME_OTHER = DER_CONTEXT_OPEN(0),
	X509_NAME_EMAIL = DER_CONTEXT(1),
	X509_NAME_DNS = DER_CONTEXT(2),
	X509_NAME_X400 = DER_CONTEXT_OPEN(3),
	X509_NAME_DIRECTORY = DER_CONTEXT_OPEN(4),
	X509_NAME_EDI = DER_CONTEXT_OPEN(5),
	X509_NAME_URI = DER_CONTEXT(6),
	X509_NAME_IP = DER_CONTEXT(7),
	X509_NAME_RID = DER_CONTEXT(8),
};

#define X509_NO_LIMIT INT32_MAX /* an INTEGER of an extension that is not there */

struct x509 {
	struct bytes der;	/* the whole certificate */
	struct bytes tbs;	/* what the signature covers */
	struct bytes serial;	/* content octets of the INTEGER */
	struct bytes issuer;	/* whole Name */
	struct bytes subject;	/* whole Name */
	struct bytes spki;	/* whole SubjectPublicKeyInfo */
	struct bytes algorithm; /* whole AlgorithmIdentifier of the signature */
	struct bytes signature;
	int64_t not_before_s;
	int64_t not_after_s;

	/* Extensions; size 0 means absent.  Contents of extnValue, each one item. */
	struct bytes subject_key_id;   /* the octets */
	struct bytes authority_key_id; /* the keyIdentifier octets */
	struct bytes authority_key;    /* the whole AuthorityKeyIdentifier (OV-13) */
	struct bytes alt_names;	       /* GeneralNames, whole */
	bool alt_names_critical;
	struct bytes extended_key_usage; /* whole */
	struct bytes name_constraints;	 /* whole */
	struct bytes policies;		 /* whole */
	struct bytes policy_mappings;	 /* whole */
	struct bytes crl_points;	 /* CRLDistributionPoints, whole */
	int require_explicit_policy;	 /* these three: X509_NO_LIMIT when absent */
	int inhibit_policy_mapping;
	int inhibit_any_policy;
	bool has_basic_constraints;
	bool is_ca;
	int path_length; /* -1: no limit */
	bool has_key_usage;
	uint32_t key_usage;	       /* enum x509_key_usage */
	struct bytes unknown_critical; /* OID of the first one, or of a known one that must
					* not be critical; chain refuses (CMS-18) */
};

/*
 * Read a certificate.
 *
 * @der: exactly one certificate; borrowed.
 * Refused: anything but version 3; the two algorithm identifiers of a certificate differing;
 * an extension twice; empty issuer; a known extension that is not well formed; a
 * serial number longer than 20 octets.
 * The key and the algorithm are not judged here: a stranger in a bag of certificates may
 * have any (OC-8).
 * Errors: ERROR_MALFORMED.
 * Source: RFC 5280 §4.1, §4.2.
 */
MUST_CHECK bool x509_read(struct x509 *x, struct bytes der, struct error *e);

/* Does issuer's key verify this certificate's signature? */
MUST_CHECK bool x509_verify(const struct x509 *x, const struct key *issuer_key,
			    struct error *e);

/* Subject and issuer are the same name: it does not count for a path length. */
bool x509_is_self_issued(const struct x509 *x);

/* Does extendedKeyUsage, if there is one, allow @usage (or any)? */
bool x509_allows_usage(const struct x509 *x, enum oid usage);

/*
 * Do the subjectAltNames hold this host?  A wildcard stands for one whole leftmost label
 * (RFC 9525 §6.3); the common name counts for nothing (TLS-8).
 */
bool x509_has_dns_name(const struct x509 *x, struct bytes host);
bool x509_has_address(const struct x509 *x, struct bytes address);

/* Is this the certificate that issuer and serial number speak of? */
bool x509_is_issued_as(const struct x509 *x, struct bytes issuer, struct bytes serial);

/*
 * The device serial number an IDevID carries (OV-11): subject serialNumber, else
 * hwSerialNum of a hardwareModuleName.  Size 0 when neither is there.
 */
struct bytes x509_device_serial(const struct x509 *x);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "pki/clock.h"
#include "pki/x509.h"

/*
 * One certificate revocation list (RFC 5280 §5), read into views of its own bytes.  Complete
 * lists of one issuer are used; the other kinds are told apart, so that they can be refused.
 */

enum crl_kind {
	CRL_COMPLETE,	  /* of all reasons, for certificates of its own issuer */
	CRL_DELTA,	  /* changes to another one */
	CRL_INDIRECT,	  /* for certificates of other issuers */
	CRL_SOME_REASONS, /* onlySomeReasons */
	CRL_ATTRIBUTES,	  /* onlyContainsAttributeCerts */
	CRL_UNKNOWN,	  /* a critical extension that we do not know */
};

struct crl {
	struct bytes der;	/* the whole list */
	struct bytes tbs;	/* what the signature covers */
	struct bytes issuer;	/* whole Name */
	struct bytes algorithm; /* whole AlgorithmIdentifier of the signature */
	struct bytes signature;
	int64_t this_update_s;
	bool has_next_update;
	int64_t next_update_s;
	struct bytes revoked;	       /* content of revokedCertificates */
	struct bytes authority_key_id; /* size 0: absent */
	struct bytes point;	       /* content of IDP's distributionPoint; size 0: none */
	bool only_users, only_cas;
	enum crl_kind kind;
	struct bytes unknown_critical; /* its OID */
};

/*
 * Read a list.
 *
 * @der: exactly one, at most CONFIG_CRL_SIZE_MAX bytes; borrowed.  Every entry is read once,
 * so that later a search cannot fail.  Version 1 is taken: openssl writes it.
 * Errors: ERROR_MALFORMED with VAL-9; ERROR_REFUSED with CMS-16 (limits).
 */
MUST_CHECK bool crl_read(struct crl *crl, struct bytes der, struct error *e);

/* Can it be used at all?  Errors: ERROR_REFUSED with VAL-9, saying what it is instead. */
MUST_CHECK bool crl_check_kind(const struct crl *crl, struct error *e);

/*
 * Does its scope hold this certificate: same issuer, users or CAs, distribution point
 * (RFC 5280 §6.3.3 (b))?
 */
bool crl_is_about(const struct crl *crl, const struct x509 *x);

/* Has it begun, is it not over (VAL-10)?  Without nextUpdate nobody can tell. */
MUST_CHECK bool crl_check_fresh(const struct crl *crl, const struct clock *clock,
				struct error *e);

/* Does it list this serial number? */
bool crl_lists(const struct crl *crl, struct bytes serial);

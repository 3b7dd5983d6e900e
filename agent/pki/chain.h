/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"
#include "pki/clock.h"
#include "pki/crl.h"
#include "pki/x509.h"

/*
 * Certification path validation (RFC 5280 §6) from a bag of certificates in any order
 * (CMS-5), for voucher signers, owner certificates and TLS peers alike.
 */

enum chain_purpose {
	CHAIN_ANY,	  /* owner certificate: extendedKeyUsage is not looked at (OC-5) */
	CHAIN_SIGNER,	  /* voucher signer: keyUsage, if present, allows signing */
	CHAIN_TLS_SERVER, /* keyUsage and extendedKeyUsage for a server */
	CHAIN_TLS_CLIENT,
};

enum chain_revocation {
	CHAIN_REVOCATION_OFF,	     /* the CRLs are not even read (OV-16) */
	CHAIN_REVOCATION_IF_PRESENT, /* where there is a CRL of a certificate's issuer, one
				      * must show that it is not revoked (OV-17) */
	CHAIN_REVOCATION_REQUIRED,   /* so for every certificate below the anchor (VAL-11) */
};

struct chain_question {
	struct bytes leaf;	  /* DER */
	const struct bytes *pool; /* certificates that may stand between; any order, strangers
				   * and copies of the leaf allowed */
	size_t pool_count;
	const struct bytes *anchors; /* whole certificates; they need not be self-signed, and
				      * one may be the leaf itself */
	size_t anchor_count;
	struct clock clock;
	enum chain_purpose purpose;
	bool direct;	       /* the anchor itself must have issued the leaf (REDIR-9) */
	struct bytes dns_name; /* size 0: not asked */
	struct bytes address;  /* 4 or 16 octets; size 0: not asked */
	enum chain_revocation revocation;
	const struct bytes *crls; /* DER; any order, strangers allowed, not malformed ones */
	size_t crl_count;
};

/* The path: [0] is the leaf, the last one the anchor; the same one when they are equal. */
struct chain {
	size_t length;
	struct bytes certificates[CONFIG_CHAIN_LENGTH_MAX];
	struct x509 leaf;
	struct key leaf_key;
	size_t anchor; /* position in the question's anchors */
};

struct chain_node { /* belongs to chain.c */
	struct x509 x;
	struct key key;
	bool usable, key_usable, self_issued;
	uint8_t signs_crls_under; /* anchor, from 1, under which it may; 0: not known */
};

#define CHAIN_NODES_MAX (1 + CONFIG_CHAIN_POOL_MAX + CONFIG_CHAIN_ANCHORS_MAX)

struct chain_crl { /* belongs to chain.c */
	struct crl crl;
	bool has_digest;
	struct signature_algorithm algorithm;
	struct digest digest;
	uint8_t signers[CHAIN_NODES_MAX]; /* whose signature it has */
};

/* About 52 KiB; contents belong to chain.c, and may be anything before the call. */
struct chain_workspace {
	struct chain_node nodes[CHAIN_NODES_MAX];
	struct chain_crl crls[CONFIG_CMS_CRLS_MAX];
	uint8_t pairs[CONFIG_CHAIN_POOL_MAX + 1][CHAIN_NODES_MAX];
	struct error first;
	struct error unread; /* of the first certificate that could not be read; code 0: none */
};

/*
 * Find and validate a path.
 *
 * @chain: borrowed views of the question's certificates.
 * Errors: ERROR_MALFORMED, ERROR_REFUSED, with the sentence of the obstacle nearest to an
 * anchor, and its rule where one speaks of it: CLK-5 (over by the floor), CMS-12 (weak key
 * or algorithm), CMS-16 (limits), CMS-18 (what a path may not hold), VAL-9 (revoked, or a CRL
 * of no use), VAL-10 (CRL not fresh), VAL-11 (no CRL).  All else has no rule: the caller adds
 * the one for its kind of certificate (OV-4, VAL-8, TLS-7).
 */
MUST_CHECK bool chain_verify(struct chain *chain, const struct chain_question *question,
			     struct chain_workspace *workspace, struct error *e);

/*
 * The anchor that a trust-anchor leaf of redirect information stands for: its certificates
 * must be one chain ending in a self-signed root; @lowest is the CA at the other end
 * (REDIR-8 to REDIR-10).  Use it with @direct.
 */
MUST_CHECK bool chain_lowest(struct bytes *lowest, const struct bytes *certificates,
			     size_t count, const struct clock *clock,
			     struct chain_workspace *workspace, struct error *e);

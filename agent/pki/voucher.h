/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "config.h"

/* The document inside an ownership voucher (RFC 8366 §5.3), as JSON or XML (OV-2). */

enum voucher_assertion {
	VOUCHER_VERIFIED,
	VOUCHER_LOGGED,
	VOUCHER_PROXIMITY,
};

enum voucher_revocation { /* domain-cert-revocation-checks */
			  VOUCHER_REVOCATION_ABSENT,
			  VOUCHER_REVOCATION_FALSE,
			  VOUCHER_REVOCATION_TRUE,
};

struct voucher {
	int64_t created_on_s;
	bool has_expires_on;
	int64_t expires_on_s;
	enum voucher_assertion assertion;
	struct bytes serial_number;
	bool has_idevid_issuer;
	struct bytes idevid_issuer;
	struct bytes pinned_domain_cert;
	enum voucher_revocation revocation_checks;
	bool has_nonce;
	struct bytes nonce;
	size_t unknown_leaves; /* ignored (OV-24) */
};

/*
 * Read the document.  Its signature is the caller's business, and comes first.
 *
 * @arena: lent for as long as @v is used; JSON_ARENA_SIZE(CONFIG_VOUCHER_MAX) bytes.
 * @into: binary leaves are decoded to its end; @v points there and into @arena.
 * Errors: ERROR_MALFORMED, ERROR_REFUSED with the OV number of the leaf, YANG-13 or OV-3.
 */
MUST_CHECK bool voucher_read_json(struct voucher *v, struct bytes document, void *arena,
				  size_t arena_size, struct writer *into, struct error *e);
MUST_CHECK bool voucher_read_xml(struct voucher *v, struct bytes document, void *arena,
				 size_t arena_size, struct writer *into, struct error *e);

/* As voucher_read_json(), for the object alone as well, without its root (OV-3). */
MUST_CHECK bool voucher_read_bare(struct voucher *v, struct bytes document, void *arena,
				  size_t arena_size, struct writer *into, struct error *e);

/* An XML document as JSON, for people; as conveyed_information_to_json(). */
MUST_CHECK bool voucher_to_json(struct bytes *json, struct bytes xml, void *arena,
				size_t arena_size, struct error *e);

const char *voucher_assertion_name(enum voucher_assertion assertion);

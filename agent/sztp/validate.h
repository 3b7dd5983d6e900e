/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "codec/json.h"
#include "config.h"
#include "pki/chain.h"
#include "pki/clock.h"
#include "pki/cms.h"
#include "pki/decrypt_key.h"
#include "sztp/conveyed_information.h"

/*
 * The artifact half of RFC 8572 §5.4: may this conveyed information be believed?  VAL-1 to
 * VAL-14 in their order, each once, the first failure ends it.
 */

/* What may be asked beyond, or against, the RFCs; all off is the default. */
struct validate_policy {
	bool nonce_required;		/* a voucher without nonce is refused (OV-20) */
	bool require_signed_attributes; /* so is one signed without them (CMS-9) */
	bool require_clock_for_expiry;	/* expires-on needs an accurate clock (CLK-7) */
	bool strict_model;		/* nodes that nobody knows are refused (YANG-12) */
	bool bare_voucher;		/* takes vouchers without their root (OV-3) */
};

struct validate_input {
	struct validate_policy policy;

	/* The artifacts, DER.  Size 0 means absent. */
	struct bytes conveyed_information, owner_certificate, ownership_voucher;

	/* Whole certificates, DER.  Voucher anchors only: never a server's (OV-5). */
	const struct bytes *voucher_anchors;
	size_t voucher_anchor_count;

	struct clock clock;
	struct bytes serial;		   /* of this device (OV-11) */
	struct bytes idevid_authority_key; /* AuthorityKeyIdentifier of the device's IDevID,
					    * the extnValue's content; size 0: it has none */
	struct bytes nonce;		   /* sent in this run; size 0: none was */

	/* The key for encrypted artifacts; NULL: they are refused (ENC-3).  With it: decrypted
	 * ones go to the end of @plaintext, at most the size of all three; @random is well
	 * seeded (RND-1). */
	const struct decrypt_key *decrypt;
	struct writer *plaintext;
	bool (*random)(void *to, size_t size, struct error *e);

	/* Told of each step that has passed; may be NULL. */
	void (*explain)(void *context, const char *rule, const char *sentence);
	void *context;
};

struct validate_result {
	bool is_signed; /* and then it is valid, too; else the caller decides (MATRIX) */
	bool was_encrypted; /* the document: refusals of it are for validate_hide() (ENC-9) */
	enum conveyed_information_encoding encoding;
	struct bytes document;	    /* borrowed from the artifact or the plaintext */
	int64_t voucher_created_on; /* 0 when unsigned; the floor may be lifted to it (CLK-9)
				     */
	char owner_subject[128];    /* escaped, for people; "" when unsigned */
};

/* About 150 KiB; contents belong to validate.c, and may be anything before the call. */
struct validate_workspace {
	struct cms_signed conveyed_information, owner_certificate, ownership_voucher;
	struct chain_workspace chain_workspace;
	struct chain chain;
	uint8_t json[JSON_ARENA_SIZE(CONFIG_VOUCHER_MAX)];
	uint8_t decoded[CONFIG_VOUCHER_MAX];
};

/*
 * Validate.
 *
 * True for unsigned conveyed information too, with is_signed false: it has gained nothing.
 * @result: written only on success.
 * Errors: ERROR_REFUSED or ERROR_MALFORMED, always with a requirement number.
 */
MUST_CHECK bool validate_conveyed_information(struct validate_result *result,
					      const struct validate_input *input,
					      struct validate_workspace *workspace,
					      struct error *e);

/* The CRLs among the revocation objects of a structure; OCSP answers prove nothing here
 * (VAL-9).  @to has room for CONFIG_CMS_CRLS_MAX; returns how many there are. */
size_t validate_crls(struct bytes *to, const struct cms_signed *s);

/* Take the sentence out of a refusal, which may repeat what came encrypted, and leave its
 * number (ENC-9).  Returns false. */
bool validate_hide(struct error *e);

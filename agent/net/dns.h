/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/reader.h"
#include "base/writer.h"
#include "config.h"
#include "platform/address.h"

/*
 * DNS messages: write a question, read an answer (RFC 1035).  Pure; the resolver in
 * net/resolve.h does the asking.  Every name is bounded, every pointer must lead
 * backwards, so loops cannot be.
 */

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_AAAA = 28,
};

enum dns_status {
	DNS_ANSWER,    /* addresses, at least one */
	DNS_NO_DATA,   /* the name is there, but not with this type */
	DNS_NO_NAME,   /* NXDOMAIN */
	DNS_ALIAS,     /* only an alias: ask again for dns_answer.alias */
	DNS_TRUNCATED, /* TC: the answer did not fit */
	DNS_FAILURE,   /* SERVFAIL, REFUSED and the like: ask another server */
};

struct dns_answer {
	enum dns_status status;
	struct address addresses[CONFIG_DIAL_ADDRESSES_MAX];
	size_t count;
	char alias[CONFIG_HOST_MAX]; /* where the chain of CNAMEs ended */
	unsigned aliases;	     /* how many were followed within this answer */
	unsigned code;		     /* RCODE */
};

/*
 * Read a name at the cursor, which lies within @message, as text without a last dot
 * ("" for the root).  Pointers must lead backwards.  A dot or NUL within a label is
 * refused.  false: the reader's flag is set.
 */
MUST_CHECK bool dns_name_read(char to[static CONFIG_HOST_MAX], struct reader *r,
			      struct bytes message);

/* Is it a name we may ask for: LDH and '_' labels of 1..63, 253 in all (DNS-23)? */
bool dns_name_is_valid(const char *name);

/*
 * A standard query, recursion desired, with EDNS and room for 1232 bytes (RFC 6891).
 * false: not a name, or no room.
 */
MUST_CHECK bool dns_question_write(struct writer *w, uint16_t id, const char *name,
				   enum dns_type type);

/*
 * Read the answer to one question.
 *
 * @id, @name, @type: what was asked; an answer to anything else is ERROR_MALFORMED and to
 * be ignored (it may be forged).  Aliases are followed, at most CONFIG_DNS_CNAME_MAX.
 */
MUST_CHECK bool dns_answer_read(struct dns_answer *a, struct bytes message, uint16_t id,
				const char *name, enum dns_type type, struct error *e);

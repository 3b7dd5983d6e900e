/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/reader.h"
#include "base/writer.h"
#include "config.h"
#include "platform/address.h"

/*
 * DNS messages: write a question, read an answer (RFC 1035, and RFC 6762 for multicast).
 * Pure; net/dns_lookup.h does the asking.  Every name is bounded, every pointer must lead
 * backwards, so loops cannot be.  What DNSSEC says is neither asked for nor looked at
 * (DNS-22).
 *
 * Names are text without a last dot, "" for the root.  A dot or backslash within a label
 * is written with a backslash before it, so it never looks like another name.
 */

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
};

enum dns_status {
	DNS_ANSWER,    /* at least one record of the type */
	DNS_NO_DATA,   /* the name is there, but not with this type */
	DNS_NO_NAME,   /* NXDOMAIN */
	DNS_ALIAS,     /* only an alias: ask again for dns_answer.alias */
	DNS_TRUNCATED, /* TC: the answer did not fit */
	DNS_FAILURE,   /* SERVFAIL, REFUSED and the like: ask another server */
	DNS_SILENCE,   /* nobody answers; never read from a message */
};

struct dns_question {
	uint16_t id;
	enum dns_type type;
	bool multicast; /* RFC 6762: no recursion; answers may lack the question and the ID */
	bool edns;	/* offer room for 1232 bytes (DNS-14) */
	char name[CONFIG_HOST_MAX];
};

struct dns_answer {
	enum dns_status status;
	struct address addresses[CONFIG_DIAL_ADDRESSES_MAX]; /* of A and AAAA */
	struct bytes data[CONFIG_DNS_DATA_MAX]; /* of the others: RDATA, within the message */
	size_t count;				/* of either */
	char alias[CONFIG_HOST_MAX];		/* where the chain of CNAMEs ended */
	unsigned aliases; /* how many were followed within this answer */
	unsigned code;	  /* RCODE */
};

/*
 * Read a name at the cursor, which lies within @message.  Pointers must lead backwards.  A
 * NUL within a label is refused.  false: the reader's flag is set.
 */
MUST_CHECK bool dns_name_read(char to[static CONFIG_HOST_MAX], struct reader *r,
			      struct bytes message);

/* Is it a host's name: LDH and '_' labels of 1..63, 253 in all (DNS-23)? */
bool dns_name_is_valid(const char *name);

/* Any bytes as one label of a name. */
void dns_label_write(struct writer *w, struct bytes label);

/* A standard query.  false: not a name (DNS-23), or no room. */
MUST_CHECK bool dns_question_write(struct writer *w, const struct dns_question *q);

/*
 * Read the answer to a question.
 *
 * An answer to anything else is ERROR_MALFORMED and to be ignored (it may be forged;
 * DNS-21).  Aliases are followed, at most CONFIG_DNS_CNAME_MAX.
 */
MUST_CHECK bool dns_answer_read(struct dns_answer *a, struct bytes message,
				const struct dns_question *q, struct error *e);

/*
 * Addresses of @host that came along in any section of an answer; for DNS-19.
 * Returns how many, at most @room; 0 when a record is broken.
 */
size_t dns_addresses_read(struct address *to, size_t room, struct bytes message,
			  const char *host);

/* The name that is all of a record's data, as of PTR.  false: it is not. */
MUST_CHECK bool dns_pointer_read(char to[static CONFIG_HOST_MAX], struct bytes data,
				 struct bytes message);

struct dns_srv {
	uint16_t priority, weight, port;
	char target[CONFIG_HOST_MAX]; /* a host's name; "": the service is not there */
};

/* The data of an SRV record (RFC 2782); compressed targets are taken (RFC 6762 §18.14). */
MUST_CHECK bool dns_srv_read(struct dns_srv *srv, struct bytes data, struct bytes message);

/*
 * The character-strings of a TXT record, joined with nothing between (DNS-9).
 * @to: room for data.size bytes.  false: a string runs past the record.
 */
MUST_CHECK bool dns_txt_join(uint8_t *to, size_t *size, struct bytes data);

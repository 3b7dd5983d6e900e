/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "trust/envelope.h"

/*
 * What an artifact holds, as JSON for people and scripts.  Nothing is judged: signatures are
 * not verified, dates and algorithms not compared with what is allowed.  Pure.
 */

enum describe_form {
	DESCRIBE_GUESS,	    /* by its first bytes */
	DESCRIBE_OPTION143, /* the payload of DHCPv4 option 143 or DHCPv6 option 136 */
};

/* Enough output and scratch for every file of @size bytes that is not a bomb. */
#define DESCRIBE_OUT_SIZE(size)	    ((size_t)(size)*8 + 64 * 1024)
#define DESCRIBE_SCRATCH_SIZE(size) ((size_t)(size)*6 + 128 * 1024)

/*
 * Write one JSON object: a CMS structure with what is inside, a certificate, a CRL, the
 * payload of a DHCP option, the header of a sealed trust store.  PEM blocks of these, too; of
 * several, an object with a list.
 *
 * @w: on failure it may hold a part.
 * @scratch: for decoded and converted parts; lent for the call.
 * Errors: ERROR_MALFORMED with CMS-1 (none of them, or not whole), STORE_CORRUPT;
 * ERROR_REFUSED without rule: too large to be described.
 */
MUST_CHECK bool describe_file(struct writer *w, struct bytes file, enum describe_form form,
			      void *scratch, size_t scratch_size, struct error *e);

/* Members of a sealed store's header, without braces: "generation":1,... */
void describe_store(struct writer *w, const struct envelope *v);

/* For describe_certificate.c and the CMS part: `,"name":"hex"`, `,"name":"text"`. */
void describe_hex(struct writer *w, const char *name, struct bytes value);
void describe_text(struct writer *w, const char *name, struct bytes value);

/* `,"name":"CN=x, O=y"` of a whole Name. */
void describe_name(struct writer *w, const char *name, struct bytes whole);

/* `,"name":"sha256WithRSAEncryption"` of a whole AlgorithmIdentifier; marks @bad. */
void describe_algorithm(struct writer *w, const char *name, struct bytes whole, bool *bad);

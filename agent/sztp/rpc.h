/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "codec/json.h"

/*
 * The messages of get-bootstrapping-data and of RESTCONF errors (RFC 8572 §7, RFC 8040 §3.6
 * and §7.1).  Requests are written in either encoding, answers are read in either, whatever
 * was asked for (HTTP-7, HTTP-9).  Pure: bytes in, views out, and back.
 */

#define RPC_MEDIA_TYPE	   "application/yang-data+json"
#define RPC_MEDIA_TYPE_XML "application/yang-data+xml"

/* Header lines of a request: both encodings are understood in answers, the one that is sent
 * comes first (HTTP-5, HTTP-8). */
const char *const *rpc_headers(bool xml);

/* Empty strings and empty bytes are left away. */
struct rpc_input {
	bool signed_data_preferred;
	const char *hw_model, *os_name, *os_version;
	struct bytes nonce; /* 16 to 32 bytes (RIN-7) */
	struct bytes p10_csr; /* DER: the answer to a question (CSR-13); else, */
	bool csr_support;     /* that one may be asked, about */
	unsigned csr_kinds;   /* keys of these kinds, as csr_question.h says */
};

void rpc_input_write(struct writer *w, const struct rpc_input *input);
void rpc_input_write_xml(struct writer *w, const struct rpc_input *input);

struct rpc_output {
	struct bytes conveyed_information;		   /* DER; never empty */
	struct bytes owner_certificate, ownership_voucher; /* DER; size 0: absent */
	bool verbose;					   /* reporting-level (ROUT-5) */
};

/*
 * Read the answer.
 *
 * @arena: for JSON_ARENA_SIZE(body.size) bytes of parsing, free again afterwards.
 * @into: the decoded artifacts lie there; @output borrows from it.
 * Errors: ERROR_MALFORMED, rules ROUT-1 to ROUT-7.
 */
MUST_CHECK bool rpc_output_read(struct rpc_output *output, struct bytes body, void *arena,
				size_t arena_size, struct writer *into, struct error *e);

/* The list of errors of an ietf-restconf:errors document, which lies in @arena; NULL when it
 * is another document, or none. */
const struct json_value *rpc_errors(struct bytes body, void *arena, size_t arena_size);

/*
 * The first error of an ietf-restconf:errors document as one line for the log: type, tag and
 * message, escaped.  A foreign or missing body gives "" (ERR-1).
 */
const char *rpc_error_text(char *to, size_t size, struct bytes body, void *arena,
			   size_t arena_size);

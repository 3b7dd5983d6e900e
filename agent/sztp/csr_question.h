/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"
#include "codec/json.h"
#include "net/tls.h"
#include "pki/ldevid_signer.h"

/*
 * A certificate of the owner asked for on the way (RFC 9646): what is offered to a server, what
 * it asks, and the answer.  Members of get-bootstrapping-data's input and of its errors; when
 * they are sent, and to whom, is contact.c's.
 */

/* csr-support as a member of the input: PKCS#10 about a new key of these kinds, at least one
 * (LDEVID_SIGNER_BIT; CSR-2, CSR-3). */
void csr_question_write_support(struct writer *w, bool xml, unsigned kinds);

/* p10-csr, likewise (CSR-13). */
void csr_question_write_request(struct writer *w, bool xml, struct bytes request);

struct csr_question {
	bool new_key;
	enum key_kind kind; /* of the new key */
	struct bytes info;  /* cert-req-info, DER; at NULL: none */
};

/* The csr-request in the body of an error; NULL: it is another error, or anything.
 * @arena: as for rpc_error_text(); the result lies there. */
const struct json_value *csr_question_find(struct bytes body, void *arena, size_t arena_size);

/*
 * @kinds: that were offered.
 * @into: whatever the request is to say has room there; @q borrows from it.
 * Errors: ERROR_REFUSED, ERROR_MALFORMED: CSR-6, CSR-7.
 */
MUST_CHECK bool csr_question_read(struct csr_question *q, const struct json_value *request,
				  unsigned kinds, struct writer *into, struct error *e);

/*
 * Write the certification request, DER, making the key for it.  @identity: the device's own
 * certificate, and its key where that is meant.
 * Errors: CSR-7, CSR-8; the signer's.
 */
MUST_CHECK bool csr_question_answer(struct writer *w, const struct csr_question *q,
				    const struct ldevid_signer *signer,
				    const struct tls_identity *identity, struct error *e);

/* SPDX-License-Identifier: MIT */
#include "sztp/csr_question.h"

#include "base/text.h"
#include "codec/base64.h"
#include "config.h"
#include "pki/certification_request.h"
#include "pki/x509.h"
#include "sztp/rpc.h"

#define MODULE	  "ietf-sztp-csr"
#define FORMAT	  "ietf-ztp-types:p10-csr"
#define NAMESPACE "urn:ietf:params:xml:ns:yang:"

/* AlgorithmIdentifiers, in base64 as they are sent. */
static const struct {
	uint8_t kind;
	char text[31];
} algorithms[] = {
	{ KEY_P256, "MBMGByqGSM49AgEGCCqGSM49AwEH" },
	{ KEY_P384, "MBAGByqGSM49AgEGBSuBBAAi" },
	{ KEY_RSA, "MA0GCSqGSIb3DQEBAQUA" },
};

/* ---- what we say ------------------------------------------------------------------------ */

void csr_question_write_support(struct writer *w, bool xml, unsigned kinds)
{
	bool first = true;

	writer_text(w, xml ? "<csr-support xmlns=\"" NAMESPACE MODULE "\"><key-generation>"
			     "<supported-algorithms>"
			   : "\"" MODULE ":csr-support\":{\"key-generation\":{"
			     "\"supported-algorithms\":{\"algorithm-identifier\":[");
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		if (!(kinds & LDEVID_SIGNER_BIT(algorithms[i].kind)))
			continue;
		writer_printf(w, xml ? "%s<algorithm-identifier>%s</algorithm-identifier>" : "%s\"%s\"",
			      first || xml ? "" : ",", algorithms[i].text);
		first = false;
	}
	writer_text(w, xml ? "</supported-algorithms></key-generation><csr-generation>"
			     "<supported-formats><format-identifier xmlns:ietf-ztp-types=\"" NAMESPACE
			     "ietf-ztp-types\">" FORMAT "</format-identifier></supported-formats>"
			     "</csr-generation></csr-support>"
			   : "]}},\"csr-generation\":{\"supported-formats\":{"
			     "\"format-identifier\":[\"" FORMAT "\"]}}}");
}

void csr_question_write_request(struct writer *w, bool xml, struct bytes request)
{
	writer_text(w, xml ? "<p10-csr xmlns=\"" NAMESPACE MODULE "\">" : "\"" MODULE ":p10-csr\":\"");
	base64_write(w, request);
	writer_text(w, xml ? "</p10-csr>" : "\"");
}

/* ---- what the server asks ----------------------------------------------------------------- */

/* The value behind these names, one inside the other; NULL when there is none. */
static const struct json_value *find(const struct json_value *v, const char *const *path)
{
	for (; v && *path; path++)
		v = json_member(v, *path);
	return v;
}

static bool is_text(const struct json_value *v, const char *text)
{
	struct bytes found;
	struct error ignored;

	return v && json_text(&found, v, "", &ignored) && bytes_equal_text(found, text);
}

const struct json_value *csr_question_find(struct bytes body, void *arena, size_t arena_size)
{
	static const char *const path[] = { "error-info", MODULE ":csr-request", NULL };
	const struct json_value *list = rpc_errors(body, arena, arena_size), *at, *request = NULL;

	if (!list)
		return NULL;
	struct json_walk walk = json_walk(list);

	while (!request && (at = json_walk_next(&walk, NULL)))
		if (is_text(json_member(at, "error-tag"), "missing-attribute"))
			request = find(at, path);
	return request;
}

static bool read_algorithm(struct csr_question *q, const struct json_value *v, unsigned kinds)
{
	static const char *const path[] = { "selected-algorithm", "algorithm-identifier", NULL };

	q->new_key = v != NULL;
	v = find(v, path);
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		q->kind = (enum key_kind)algorithms[i].kind;
		if (kinds & LDEVID_SIGNER_BIT(q->kind) && is_text(v, algorithms[i].text))
			return true;
	}
	return !q->new_key;
}

bool csr_question_read(struct csr_question *q, const struct json_value *request, unsigned kinds,
		       struct writer *into, struct error *e)
{
	static const char *const path[] = { "csr-generation", "selected-format",
					    "format-identifier", NULL };
	const struct json_value *info = json_member(request, "cert-req-info");
	struct csr_question found = { 0 };

	if (!is_text(find(request, path), FORMAT) ||
	    !read_algorithm(&found, json_member(request, "key-generation"), kinds))
		return error_set(e, ERROR_REFUSED, "CSR-6",
				 "the server selects a format or an algorithm that was not offered");
	if (info && !json_binary(&found.info, into, info, "cert-req-info", e))
		return error_rule(e, "CSR-7");
	*q = found;
	return true;
}

/* ---- the answer --------------------------------------------------------------------------- */

static bool sign_with_identity(void *context, struct bytes digest, uint8_t *signature, size_t room,
			       size_t *size, struct error *e)
{
	const struct tls_identity *i = context;

	return i->sign(i->context, TLS_HASH_SHA256, digest, signature, room, size, e);
}

bool csr_question_answer(struct writer *w, const struct csr_question *q,
			 const struct ldevid_signer *signer, const struct tls_identity *identity,
			 struct error *e)
{
	uint8_t public_key[LDEVID_SIGNER_PUBLIC_KEY_MAX];
	struct writer spki = writer_over(public_key, sizeof(public_key));
	struct certification_request_content content;
	struct certification_request_key key = { .sign = signer->sign, .context = signer->context };
	struct key own = { .kind = q->kind };
	struct x509 x;

	if (!x509_read(&x, identity->chain[0], e) || (!q->new_key && !key_read(&own, x.spki, e)))
		return error_rule(e, "CSR-8");
	content = (struct certification_request_content){ .subject = x.subject };
	if (q->info.at && !certification_request_read_info(&content, q->info, own.kind, e))
		return false;
	if (q->new_key) {
		if (!signer->generate(signer->context, q->kind, &spki, e))
			return false;
		key.public_key = writer_done(&spki);
	} else { /* CSR-4 */
		key = (struct certification_request_key){ .public_key = x.spki,
							  .sign = sign_with_identity,
							  .context = (void *)identity };
	}
	return certification_request_write(w, &content, &key, e);
}

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

static const enum key_kind offered[] = { KEY_P256, KEY_P384, KEY_RSA };

static struct bytes algorithm_of(uint8_t to[static 32], enum key_kind kind)
{
	struct writer w = writer_over(to, 32);

	certification_request_write_algorithm(&w, kind);
	return writer_done(&w);
}

/* ---- what we say ------------------------------------------------------------------------ */

/* In JSON, and in XML. */
static const char *const support[2] = { "\"" MODULE ":csr-support\":{",
					"<csr-support xmlns=\"" NAMESPACE MODULE "\">" };
static const char *const keys[2] = {
	"\"key-generation\":{\"supported-algorithms\":{\"algorithm-identifier\":[",
	"<key-generation><supported-algorithms>"
};
static const char *const before[2] = { "\"", "<algorithm-identifier>" };
static const char *const behind[2] = { "\"", "</algorithm-identifier>" };
static const char *const keys_end[2] = { "]}},", "</supported-algorithms></key-generation>" };
static const char *const formats[2] = {
	"\"csr-generation\":{\"supported-formats\":{\"format-identifier\":[\"" FORMAT "\"]}}}",
	"<csr-generation><supported-formats><format-identifier xmlns:ietf-ztp-types=\"" NAMESPACE
	"ietf-ztp-types\">" FORMAT "</format-identifier></supported-formats></csr-generation>"
	"</csr-support>"
};

void csr_question_write_support(struct writer *w, bool xml, unsigned kinds)
{
	uint8_t algorithm[32];
	bool first = true;

	writer_text(w, support[xml]);
	if (kinds)
		writer_text(w, keys[xml]);
	for (size_t i = 0; i < ARRAY_SIZE(offered); i++) {
		if (!(kinds & LDEVID_SIGNER_BIT(offered[i])))
			continue;
		writer_text(w, first || xml ? "" : ",");
		writer_text(w, before[xml]);
		base64_write(w, algorithm_of(algorithm, offered[i]));
		writer_text(w, behind[xml]);
		first = false;
	}
	if (kinds)
		writer_text(w, keys_end[xml]);
	writer_text(w, formats[xml]);
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

static bool read_algorithm(struct csr_question *q, const struct json_value *v, unsigned kinds,
			   struct writer *into, struct error *e)
{
	static const char *const path[] = { "selected-algorithm", "algorithm-identifier", NULL };
	uint8_t algorithm[32];
	struct bytes selected = bytes_of(NULL, 0);

	v = find(v, path);
	if (v && !json_binary(&selected, into, v, "algorithm-identifier", e))
		return error_rule(e, "CSR-6");
	for (size_t i = 0; i < ARRAY_SIZE(offered); i++) {
		q->kind = offered[i];
		if (kinds & LDEVID_SIGNER_BIT(q->kind) &&
		    bytes_equal(selected, algorithm_of(algorithm, q->kind)))
			return true;
	}
	return error_set(e, ERROR_REFUSED, "CSR-6",
			 "the server selects a key algorithm that was not offered");
}

bool csr_question_read(struct csr_question *q, const struct json_value *request, unsigned kinds,
		       struct writer *into, struct error *e)
{
	static const char *const path[] = { "csr-generation", "selected-format",
					    "format-identifier", NULL };
	const struct json_value *generation = json_member(request, "key-generation");
	const struct json_value *info = json_member(request, "cert-req-info");
	struct csr_question found = { .new_key = generation != NULL };

	if (!is_text(find(request, path), FORMAT))
		return error_set(e, ERROR_REFUSED, "CSR-6",
				 "the server selects a request format that was not offered");
	if (generation && !read_algorithm(&found, generation, kinds, into, e))
		return false;
	if (info && !json_binary(&found.info, into, info, "cert-req-info", e))
		return error_rule(e, "CSR-7");
	if (info && (!found.info.size || found.info.size > CONFIG_CSR_INFO_MAX))
		return error_set(e, ERROR_REFUSED, "CSR-7", "cert-req-info has %zu bytes, 1 to %d are taken",
				 found.info.size, CONFIG_CSR_INFO_MAX);
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
	if (q->info.size && !certification_request_read_info(&content, q->info, own.kind, e))
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

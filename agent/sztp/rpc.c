/* SPDX-License-Identifier: MIT */
#include "sztp/rpc.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "codec/yang_xml.h"
#include "config.h"
#include "sztp/csr_question.h"

#define MODULE "ietf-sztp-bootstrap-server"

const char *const *rpc_headers(bool xml)
{
	static const char *const headers[][3] = {
		{ "Content-Type: " RPC_MEDIA_TYPE,
		  "Accept: " RPC_MEDIA_TYPE ", " RPC_MEDIA_TYPE_XML ";q=0.5", NULL },
		{ "Content-Type: " RPC_MEDIA_TYPE_XML,
		  "Accept: " RPC_MEDIA_TYPE_XML ", " RPC_MEDIA_TYPE ";q=0.5", NULL },
	};

	return headers[xml];
}

/* RFC 8572 §7.3, and RFC 8040 §8. */
static const struct yang_node output_schema[] = {
	{ .name = "reporting-level", .type = YANG_ENUMERATION },
	{ .name = "conveyed-information", .type = YANG_BINARY },
	{ .name = "owner-certificate", .type = YANG_BINARY },
	{ .name = "ownership-voucher", .type = YANG_BINARY },
	{ 0 },
};

/* RFC 9646 §3.2; each half of it is taken for the other, too: who looks, looks in the right place. */
static const struct yang_node csr_identifier_schema[] = {
	{ .name = "algorithm-identifier", .type = YANG_BINARY },
	{ .name = "format-identifier", .type = YANG_IDENTITY },
	{ 0 },
};

static const struct yang_node csr_generation_schema[] = {
	{ .name = "selected-algorithm", .children = csr_identifier_schema },
	{ .name = "selected-format", .children = csr_identifier_schema },
	{ 0 },
};

static const struct yang_node csr_request_schema[] = {
	{ .name = "key-generation", .children = csr_generation_schema },
	{ .name = "csr-generation", .children = csr_generation_schema },
	{ .name = "cert-req-info", .type = YANG_BINARY },
	{ 0 },
};

static const struct yang_node error_info_schema[] = {
	{ .module = "ietf-sztp-csr", .name = "csr-request", .children = csr_request_schema },
	{ 0 },
};

static const struct yang_node error_schema[] = {
	{ .name = "error-type", .type = YANG_ENUMERATION },
	{ .name = "error-tag", .type = YANG_STRING },
	{ .name = "error-app-tag", .type = YANG_STRING },
	{ .name = "error-message", .type = YANG_STRING },
	{ .name = "error-info", .children = error_info_schema },
	{ 0 },
};

static const struct yang_node errors_schema[] = {
	{ .name = "error", .many = true, .children = error_schema },
	{ 0 },
};

static const struct yang_node schema[] = {
	{ .module = MODULE, .name = "output", .children = output_schema },
	{ .module = "ietf-restconf", .name = "errors", .children = errors_schema },
	{ 0 },
};

static void write_member(struct writer *w, bool *first, const char *name)
{
	writer_printf(w, "%s\"%s\":", *first ? "" : ",", name);
	*first = false;
}

static void write_text(struct writer *w, bool *first, const char *name, const char *text)
{
	if (!text || !text[0])
		return;
	write_member(w, first, name);
	writer_json_string(w, bytes_of_text(text));
}

static bool writes_csr(const struct rpc_input *input)
{
	return input->csr_support || input->p10_csr.size;
}

/* One or the other (RFC 9646 §2.3). */
static void write_csr(struct writer *w, const struct rpc_input *input, bool xml)
{
	if (input->p10_csr.size)
		csr_question_write_request(w, xml, input->p10_csr);
	else if (input->csr_support)
		csr_question_write_support(w, xml, input->csr_kinds);
}

void rpc_input_write(struct writer *w, const struct rpc_input *input)
{
	bool first = true;

	writer_text(w, "{\"" MODULE ":input\":{");
	if (input->signed_data_preferred) {
		write_member(w, &first, "signed-data-preferred");
		writer_text(w, "[null]"); /* RFC 7951 §6.9, RIN-6 */
	}
	write_text(w, &first, "hw-model", input->hw_model);
	write_text(w, &first, "os-name", input->os_name);
	write_text(w, &first, "os-version", input->os_version);
	if (input->nonce.size) {
		write_member(w, &first, "nonce");
		writer_u8(w, '"');
		base64_write(w, input->nonce);
		writer_u8(w, '"');
	}
	writer_text(w, first || !writes_csr(input) ? "" : ",");
	write_csr(w, input, false);
	writer_text(w, "}}");
}

static void write_element(struct writer *w, const char *name, const char *text)
{
	if (!text || !text[0])
		return;
	writer_printf(w, "<%s>", name);
	xml_write_text(w, bytes_of_text(text));
	writer_printf(w, "</%s>", name);
}

void rpc_input_write_xml(struct writer *w, const struct rpc_input *input)
{
	writer_text(w, "<input xmlns=\"urn:ietf:params:xml:ns:yang:" MODULE "\">");
	if (input->signed_data_preferred)
		writer_text(w, "<signed-data-preferred/>");
	write_element(w, "hw-model", input->hw_model);
	write_element(w, "os-name", input->os_name);
	write_element(w, "os-version", input->os_version);
	if (input->nonce.size) {
		writer_text(w, "<nonce>");
		base64_write(w, input->nonce);
		writer_text(w, "</nonce>");
	}
	write_csr(w, input, true);
	writer_text(w, "</input>");
}

static struct bytes without_mark(struct bytes body)
{
	/* HTTP-14: a byte order mark is tolerated on input. */
	return text_starts(body, "\xef\xbb\xbf") ? bytes_of(body.at + 3, body.size - 3) : body;
}

/* Header fields are often wrong or general: the first mark tells the encoding (HTTP-7). */
static bool read_body(const struct json_value **root, struct bytes body, void *arena,
		      size_t arena_size, struct error *e)
{
	size_t unknown; /* ROUT-6: ignored */

	body = without_mark(body);
	if (text_starts(xml_trim(body), "<"))
		return yang_xml_read(root, &unknown, body, schema, CONFIG_RPC_BODY_MAX, arena,
				     arena_size, e);
	return json_read(root, body, CONFIG_RPC_BODY_MAX, arena, arena_size, e);
}

/* A cms leaf; absent gives empty bytes, empty content is an error. */
static bool read_artifact(struct bytes *to, const struct json_value *output, const char *name,
			  struct writer *into, struct error *e)
{
	const struct json_value *v;

	*to = bytes_of(NULL, 0);
	if (!json_yang_member(&v, output, MODULE, name, e))
		return error_rule(e, "ROUT-6");
	if (!v)
		return true;
	if (!json_binary(to, into, v, name, e))
		return error_rule(e, "ROUT-7");
	if (to->size == 0)
		return error_set(e, ERROR_MALFORMED, "ROUT-7", "%s is empty", name);
	return true;
}

static bool read_level(bool *verbose, const struct json_value *output, struct error *e)
{
	const struct json_value *v;
	struct bytes text;

	*verbose = false;
	if (!json_yang_member(&v, output, MODULE, "reporting-level", e))
		return error_rule(e, "ROUT-6");
	if (!v)
		return true;
	if (!json_text(&text, v, "reporting-level", e))
		return error_rule(e, "ROUT-5");
	*verbose = bytes_equal_text(text, "verbose");
	if (!*verbose && !bytes_equal_text(text, "minimal"))
		log_warn("rpc", "ROUT-5: reporting-level \"%s\" is unknown, taken as minimal",
			 TEXT_QUOTED(text));
	return true;
}

bool rpc_output_read(struct rpc_output *output, struct bytes body, void *arena,
		     size_t arena_size, struct writer *into, struct error *e)
{
	const struct json_value *root, *out;
	struct rpc_output found;

	if (!read_body(&root, body, arena, arena_size, e))
		return error_rule(e, "ROUT-1");
	out = json_member(root, MODULE ":output");
	if (!out)
		return error_set(e, ERROR_MALFORMED, "ROUT-1",
				 "the answer has no member " MODULE ":output");
	if (!json_object(out, MODULE ":output", e))
		return error_rule(e, "ROUT-1");
	if (!read_artifact(&found.conveyed_information, out, "conveyed-information", into, e) ||
	    !read_artifact(&found.owner_certificate, out, "owner-certificate", into, e) ||
	    !read_artifact(&found.ownership_voucher, out, "ownership-voucher", into, e) ||
	    !read_level(&found.verbose, out, e))
		return false;
	if (found.conveyed_information.size == 0)
		return error_set(e, ERROR_MALFORMED, "ROUT-2",
				 "the answer holds no conveyed-information");
	/* One without the other is judged with the data: ROUT-3 is VAL-2 when it is signed. */
	*output = found;
	return true;
}

const struct json_value *rpc_errors(struct bytes body, void *arena, size_t arena_size)
{
	const struct json_value *root, *errors;
	struct error ignored;

	if (!read_body(&root, body, arena, arena_size, &ignored))
		return NULL;
	errors = json_member(root, "ietf-restconf:errors");
	return errors ? json_member(errors, "error") : NULL;
}

const char *rpc_error_text(char *to, size_t size, struct bytes body, void *arena,
			   size_t arena_size)
{
	static const char *const parts[] = { "error-type", "error-tag", "error-message" };
	const struct json_value *list = rpc_errors(body, arena, arena_size);
	struct bytes text = { 0 };
	struct json_walk walk;
	struct error ignored;

	to[0] = '\0';
	if (!list)
		return to;
	walk = json_walk(list);
	const struct json_value *first = json_walk_next(&walk, NULL);
	for (size_t i = 0; first && i < ARRAY_SIZE(parts); i++) {
		const struct json_value *part = json_member(first, parts[i]);
		size_t used = strlen(to);

		if (part && json_text(&text, part, parts[i], &ignored))
			snprintf(to + used, size - used, "%s%s",
				 used == 0 ? "" : i == 2 ? ": " : " ", TEXT_QUOTED(text));
	}
	return to;
}

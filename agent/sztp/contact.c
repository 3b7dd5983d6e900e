/* SPDX-License-Identifier: MIT */
#include "sztp/contact.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/base64.h"
#include "pki/name.h"
#include "sztp/csr_question.h"
#include "sztp/host_meta.h"

#define MODULE "ietf-sztp-bootstrap-server"

/* ---- whom ---------------------------------------------------------------------------- */

static const struct bootstrap_well_known *find_well_known(const struct bootstrap *b,
							  const struct server *server)
{
	for (size_t i = 0; i < b->well_known_count; i++)
		if (b->well_known[i].port == server->port && b->well_known[i].anchor_count &&
		    text_equal_nocase(bytes_of_text(b->well_known[i].host),
				      bytes_of_text(server->host)))
			return &b->well_known[i];
	return NULL;
}

bool contact_begin(struct contact *c, const struct server *server, struct error *e)
{
	c->server = server;
	c->room->nonce_size = 0;
	snprintf(c->name, sizeof(c->name), strchr(server->host, ':') ? "https://[%s]:%u" : "https://%s:%u",
		 server->host, server->port);
	if (!uri_read_host(&c->uri, bytes_of_text(server->host), e))
		return error_rule(e, "REDIR-13");
	snprintf(c->uri.scheme, sizeof(c->uri.scheme), "https");
	c->uri.port = server->port;
	c->known = find_well_known(c->bootstrap, server);
	return true;
}

void contact_end(struct contact *c)
{
	fetch_close(&c->fetch);
}

/* ---- connection ------------------------------------------------------------------------ */

/* The server's chain against the anchors of this contact (TLS-7, REDIR-5). */
static bool verify_server(void *context, const struct bytes *certificates, size_t count,
			  const char *host, struct error *e)
{
	struct contact *c = context;
	struct chain *chain = &c->workspace->chain;
	struct chain_question question = {
		.leaf = certificates[0],
		.pool = certificates + 1,
		.pool_count = count - 1,
		.anchors = c->anchors,
		.anchor_count = c->anchor_count,
		.clock = c->bootstrap->clock,
		.purpose = CHAIN_TLS_SERVER,
		.direct = c->direct,
	};

	if (c->direct) { /* revocation lists that came with the anchor (REDIR-11) */
		question.revocation = CHAIN_REVOCATION_IF_PRESENT;
		question.crls = c->room->crls;
		question.crl_count = validate_crls(c->room->crls, &c->room->anchor);
	}
	if (c->uri.host_is_ip4)
		question.address = bytes_of(c->uri.address, 4);
	else if (c->uri.host_is_ip6)
		question.address = bytes_of(c->uri.address, 16);
	else
		question.dns_name = bytes_of_text(host);
	if (chain_verify(chain, &question, &c->workspace->chain_workspace, e)) {
		name_text(c->validated_by, sizeof(c->validated_by), chain->leaf.issuer);
		return true;
	}
	error_rule(e, "TLS-7");
	return error_wrap(e, "server certificate");
}

/* REDIR-8 to REDIR-10: the lowest CA of the entry's trust anchor is the one that counts. */
static bool read_trust_anchor(struct contact *c, struct error *e)
{
	struct cms_signed *anchor = &c->room->anchor;
	struct cms cms;

	if (!cms_read(&cms, c->server->trust_anchor, e) || !cms_signed_read(anchor, &cms, e) ||
	    !cms_check_degenerate(anchor, e) ||
	    !chain_lowest(&c->lowest, anchor->certificates, anchor->certificate_count,
			  &c->bootstrap->clock, &c->workspace->chain_workspace, e)) {
		snprintf(e->rule, sizeof(e->rule), "REDIR-10");
		return error_wrap(e, "trust-anchor of the redirect");
	}
	c->anchors = &c->lowest;
	c->anchor_count = 1;
	c->direct = true;
	return true;
}

static bool choose_anchors(struct contact *c, enum contact_trust how, struct error *e)
{
	switch (how) {
	case CONTACT_ANCHOR:
		return read_trust_anchor(c, e);
	case CONTACT_KNOWN:
		c->anchors = c->known->anchors;
		c->anchor_count = c->known->anchor_count;
		return true;
	case CONTACT_STRANGER:
		break;
	}
	return !c->bootstrap->require_trusted_server ||
	       error_set(e, ERROR_REFUSED, "TLS-9",
			 "the trust store allows only servers that it can authenticate");
}

bool contact_connect(struct contact *c, enum contact_trust how, struct error *e)
{
	const struct bootstrap *b = c->bootstrap;
	bool trusted = how != CONTACT_STRANGER;
	const struct fetch_options options = {
		.tls = { .server = trusted ? TLS_SERVER_VERIFIED : TLS_SERVER_PROVISIONAL,
			 .verify = trusted ? verify_server : NULL,
			 .context = c,
			 .identity = b->identity },
		.resolver = b->source->resolver,
		.proxy = b->source->proxy,
	};

	fetch_close(&c->fetch); /* TLS-13 */
	if (!choose_anchors(c, how, e))
		return false;
	log_event("server-contact", LOG_LEVEL_INFO, "bootstrap", "%s: %s", b->source->name, c->name);
	if (!fetch_open(&c->fetch, b->loop, &c->uri, &options, e))
		return false;
	if (trusted)
		log_event("tls-result", LOG_LEVEL_NOTICE, "bootstrap",
			  "server validation: %s is authenticated, by '%s'", c->name, c->validated_by);
	else
		log_event("tls-result", LOG_LEVEL_NOTICE, "bootstrap",
			  "server validation: %s is a stranger: its data must prove themselves", c->name);
	return true;
}

/* ---- where its RPCs are ------------------------------------------------------------------ */

static const char *operation_path(char to[static CONTACT_PATH_MAX], const struct contact *c,
				  const char *rpc)
{
	snprintf(to, CONTACT_PATH_MAX, "%s/operations/" MODULE ":%s", c->root, rpc);
	return to;
}

/* Anything but a usable answer means the usual root (HTTP-2). */
static void ask_host_meta(struct contact *c)
{
	static const char *const headers[] = { "Accept: " HOST_META_MEDIA_TYPE, NULL };
	const struct fetch_request request = {
		.method = "GET",
		.path = HOST_META_PATH,
		.headers = headers,
		.room = c->room->body,
		.room_size = CONFIG_HOST_META_MAX,
	};
	struct fetch_response response;
	struct error e;

	snprintf(c->root, sizeof(c->root), HOST_META_ROOT);
	fetch_hurry(&c->fetch, CONFIG_HOST_META_MS);
	if (!fetch_exchange(&c->fetch, &request, &response, &e))
		log_info("bootstrap", "%s: host-meta: %s", c->name, e.text);
	else if (response.head.status == 200 &&
		 !host_meta_read(c->root, bytes_of(c->room->body, response.room_used), &c->uri,
				 c->room->json, sizeof(c->room->json), &e))
		log_warn("bootstrap", "%s: host-meta is not used: %s%s%s", c->name, e.rule,
			 e.rule[0] ? ": " : "", e.text);
	else
		log_debug("bootstrap", "%s: host-meta: %u, root %s", c->name, response.head.status,
			  c->root);
	fetch_hurry(&c->fetch, 0);
}

static bool find_root(struct contact *c, struct error *e)
{
	static const char fixed[] = "fixed:";
	const char *from = c->bootstrap->restconf_root;

	if (!from || !from[0] || strcmp(from, "auto") == 0)
		ask_host_meta(c);
	else if (strncmp(from, fixed, strlen(fixed)) != 0)
		return error_set(e, ERROR_USAGE, "HTTP-2", "restconf-root is auto or fixed:/path");
	else if (!host_meta_read_path(c->root, bytes_of_text(from + strlen(fixed)), e))
		return false;
	operation_path(c->report_path, c, "report-progress");
	return true;
}

/* ---- get-bootstrapping-data ----------------------------------------------------------------- */

static bool status_error(struct contact *c, const struct fetch_response *response,
			 struct error *e)
{
	struct contact_room *room = c->room;
	unsigned status = response->head.status;
	char said[160];

	rpc_error_text(said, sizeof(said), bytes_of(room->body, response->room_used), room->json,
		       sizeof(room->json));
	if (status >= 300 && status < 400)
		return error_set(e, ERROR_REFUSED, "HTTP-12",
				 "the server answered %u; HTTP redirects are not followed", status);
	if (status == 401 || status == 403)
		return error_set(e, ERROR_REFUSED, "ERR-3",
				 "the server does not accept this device (%u%s%s)", status,
				 said[0] ? ": " : "", said);
	if (status == 404)
		return error_set(e, ERROR_REFUSED, "ERR-4",
				 "the server has no data for this device at %s/operations (404%s%s)",
				 c->root, said[0] ? ": " : "", said);
	return error_set(e, status >= 500 || status == 429 ? ERROR_LATER : ERROR_REFUSED,
			 "HTTP-11", "the server answered %u instead of 200%s%s", status,
			 said[0] ? ": " : "", said);
}

/* Fresh for each address; a request that is repeated has the same one. */
static bool make_nonce(struct contact *c, struct error *e)
{
	struct contact_room *room = c->room;

	room->nonce_size = 0;
	if (c->bootstrap->clock.accurate) /* RIN-4, CLK-8 */
		return true;
	if (!c->bootstrap->random(room->nonce, sizeof(room->nonce), e))
		return false;
	room->nonce_size = sizeof(room->nonce);
	return true;
}

/* What may be said depends on whom we talk to (RIN-2 to RIN-5, SEC-1). */
static bool write_input(struct contact *c, bool trusted, struct writer *w, struct error *e)
{
	const struct bootstrap *b = c->bootstrap;
	struct rpc_input input = { .signed_data_preferred = !trusted,
				   .nonce = bytes_of(c->room->nonce, c->room->nonce_size) };

	if (trusted) {
		input.hw_model = b->hw_model;
		input.os_name = b->os_name;
		input.os_version = b->os_version;
		input.csr_support = b->ldevid && b->identity; /* CSR-1 */
		input.csr_kinds = b->ldevid ? b->ldevid->kinds : 0;
		input.p10_csr = bytes_of(c->request, c->request_size);
	}
	(c->xml ? rpc_input_write_xml : rpc_input_write)(w, &input);
	return writer_ok(w) || error_set(e, ERROR_MACHINE, NULL, "the request does not fit");
}

static bool post_input(struct contact *c, bool trusted, struct fetch_response *response,
		       struct error *e)
{
	char path[CONTACT_PATH_MAX];
	uint8_t input[2048 + BASE64_SIZE(CONFIG_CSR_MAX)];
	struct writer w = writer_over(input, sizeof(input));

	if (!write_input(c, trusted, &w, e))
		return false;
	const struct fetch_request request = {
		.method = "POST",
		.path = operation_path(path, c, "get-bootstrapping-data"),
		.headers = rpc_headers(c->xml),
		.body = writer_done(&w),
		.room = c->room->body,
		.room_size = sizeof(c->room->body),
		.body_max = sizeof(c->room->body),
	};
	return fetch_exchange(&c->fetch, &request, response, e);
}

/* The server may first want a request for a certificate: one after which it has been asked
 * once more, with *@again, in the same words otherwise (CSR-5). */
static bool take_question(struct contact *c, bool trusted, const struct fetch_response *response,
			  bool *again, struct error *e)
{
	const struct bootstrap *b = c->bootstrap;
	struct contact_room *room = c->room;
	struct writer into = writer_over(room->artifacts, CONFIG_CSR_INFO_MAX);
	struct writer w = writer_over(c->request, sizeof(c->request));
	const struct json_value *asked = NULL;
	struct csr_question question;

	if (response->head.status == 400 && trusted && b->ldevid && b->identity)
		asked = csr_question_find(bytes_of(room->body, response->room_used), room->json,
					  sizeof(room->json));
	*again = asked != NULL;
	if (!asked)
		return true;
	if (c->questions++ == CONFIG_CSR_ROUNDS_MAX)
		return error_set(e, ERROR_REFUSED, "CSR-9",
				 "the server asks without end for certification requests");
	if (!csr_question_read(&question, asked, b->ldevid->kinds, &into, e) ||
	    !csr_question_answer(&w, &question, b->ldevid, b->identity, e))
		return false;
	c->request_size = w.used;
	log_notice("bootstrap", "%s asks for a certification request about %s key", c->name,
		   question.new_key ? "a new" : "the device's own");
	return true;
}

/* What has been tried with this address. */
struct tries {
	bool other_encoding, waited;
};

/* Is this answer one after which the request is repeated, now in another way?  Each at most
 * once, so this comes to an end. */
static bool is_repeated(struct contact *c, const struct http_head *head, struct tries *tries)
{
	static const bool never;
	struct error silence;

	switch (head->status) {
	case 406:
	case 415: /* HTTP-10 */
		if (tries->other_encoding)
			return false;
		tries->other_encoding = true;
		c->xml = !c->xml;
		log_info("bootstrap", "%s wants %s", c->name, c->xml ? "XML" : "JSON");
		return true;
	case 429:
	case 503: /* ERR-5 */
		if (tries->waited || head->retry_after_s > CONFIG_RETRY_AFTER_MAX_S)
			return false;
		tries->waited = true;
		log_info("bootstrap", "ERR-5: %s answers %u; once more in %u s", c->name,
			 head->status, head->retry_after_s);
		(void)!loop_run_until(c->bootstrap->loop, &never,
				      loop_now_ms() + 1000ull * head->retry_after_s, &silence);
		return true;
	default:
		return false;
	}
}

/* The device's part of TLS: this server has seen who we are (TLS-2, TLS-16). */
static void tell_identity(const struct contact *c)
{
	log_event("tls-result", LOG_LEVEL_NOTICE, "bootstrap", "device validation: %s %s", c->name,
		  c->fetch.identity_sent    ? "takes this device's certificate"
		  : c->fetch.identity_asked ? "serves it without a certificate (TLS-16)"
					    : "asks for no certificate (TLS-16)");
}

static bool ask_address(struct contact *c, bool trusted, struct rpc_output *output,
			struct error *e)
{
	struct contact_room *room = c->room;
	struct fetch_response response;
	struct tries tries = { 0 };
	bool again;

	c->questions = 0;
	c->request_size = 0;
	if (!find_root(c, e) || !make_nonce(c, e))
		return false;
	do {
		if (!post_input(c, trusted, &response, e) ||
		    !take_question(c, trusted, &response, &again, e))
			return false;
	} while (again || is_repeated(c, &response.head, &tries));
	if (response.head.status != 200)
		return status_error(c, &response, e);
	tell_identity(c);
	if (response.room_used == 0)
		return error_set(e, ERROR_REFUSED, "HTTP-11", "the server answered 200, and nothing else");
	struct writer artifacts = writer_over(room->artifacts, sizeof(room->artifacts));
	if (rpc_output_read(output, bytes_of(room->body, response.room_used), room->json,
			    sizeof(room->json), &artifacts, e))
		return true;
	return error_wrap(e, "answer of type %s",
			  TEXT_QUOTED(bytes_of_text(response.head.content_type)));
}

bool contact_ask(struct contact *c, bool trusted, struct rpc_output *output, struct error *e)
{
	struct error why;

	if (ask_address(c, trusted, output, e))
		return true;
	while (fetch_has_other(&c->fetch)) { /* REDIR-2 */
		log_warn("bootstrap", "%s at %s: %s%s%s", c->name, ADDRESS_TEXT(&c->fetch.peer),
			 e->rule, e->rule[0] ? ": " : "", e->text);
		if (!fetch_open_other(&c->fetch, &why))
			break; /* the reason of an address that answered tells more */
		if (ask_address(c, trusted, output, e))
			return true;
	}
	return false;
}

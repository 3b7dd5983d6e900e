/* SPDX-License-Identifier: MIT */
#include "sztp/bootstrap.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/uri.h"
#include "net/fetch.h"
#include "sztp/report_post.h"
#include "sztp/rpc.h"

/*
 * How a contact is decided.
 *
 *   list entry                            connection                    server_trusted
 *   trusted list, with a trust anchor     that anchor, nothing else     yes, or it fails (TLS-10)
 *   name among the well-known ones        preconfigured anchors, and    yes
 *                                         if those do not hold          no
 *   any other                             provisional                   no
 *
 *   data            from trusted server   from untrusted server
 *   unsigned        data_trusted          redirect only, its anchors dropped
 *   signed, valid   data_trusted          data_trusted
 *   signed, bad     refused               refused                       (MATRIX-1 to -14)
 */

#define RESTCONF_ROOT "/restconf/operations/ietf-sztp-bootstrap-server:"
#define NONCE_SIZE 32 /* RIN-7 */

/* One level of redirection; kept while its entries are tried. */
struct frame {
	struct server_list list;
	uint8_t anchors[CONFIG_REDIRECT_ANCHORS_MAX];
	bool trusted; /* data_trusted of the list (TERM-3) */
};

/* What one contact needs; reused by the next, also by those it redirects to. */
struct bootstrap_work {
	struct validate_workspace validate;
	struct validate_result validated;
	struct conveyed_information information;
	struct cms_signed anchor;
	uint8_t nonce[NONCE_SIZE];
	size_t nonce_size;
	uint8_t body[CONFIG_RPC_BODY_MAX];
	uint8_t artifacts[CONFIG_RPC_BODY_MAX / 4 * 3];
	uint8_t plaintext[CONFIG_RPC_BODY_MAX / 4 * 3]; /* of those that came encrypted */
	struct writer plaintext_used;
	uint8_t json[JSON_ARENA_SIZE(CONFIG_RPC_BODY_MAX)];
	uint8_t document[CONVEYED_INFORMATION_ARENA_SIZE(CONFIG_ARTIFACT_MAX)];
	uint8_t leaves[CONVEYED_INFORMATION_INTO_SIZE(CONFIG_ARTIFACT_MAX)];
};

/* One server being talked to. */
struct contact {
	struct bootstrap *bootstrap;
	const struct server *server;
	char name[CONFIG_HOST_MAX + 24]; /* "https://[2001:db8::5]:8443" */
	struct uri uri;
	const struct bytes *anchors; /* also for a later dial of the same contact */
	size_t anchor_count;
	struct bytes lowest; /* CA of the entry's trust anchor */
	bool direct;	     /* REDIR-9 */
	bool trusted;
	bool xml; /* what this server takes (HTTP-10) */
	struct fetch fetch;
};

bool bootstrap_open(struct bootstrap *b, struct error *e)
{
	b->contacts = 0;
	b->work = malloc(sizeof(*b->work));
	if (!b->work)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for bootstrapping data");
	b->work->plaintext_used =
		writer_over(b->work->plaintext, sizeof(b->work->plaintext));
	return true;
}

/* What was decrypted for the last contact. */
static void forget_plaintext(struct bootstrap_work *work)
{
	bytes_wipe(work->plaintext, work->plaintext_used.used);
	work->plaintext_used.used = 0;
}

void bootstrap_close(struct bootstrap *b)
{
	if (b->work)
		forget_plaintext(b->work);
	free(b->work);
	b->work = NULL;
}

/* ---- connection -------------------------------------------------------------------- */

/* The server's chain against the anchors of this contact (TLS-7, REDIR-5). */
static bool verify_server(void *context, const struct bytes *certificates, size_t count,
			  const char *host, struct error *e)
{
	struct contact *c = context;
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
	struct bootstrap_work *work = c->bootstrap->work;

	if (c->uri.host_is_ip4)
		question.address = bytes_of(c->uri.address, 4);
	else if (c->uri.host_is_ip6)
		question.address = bytes_of(c->uri.address, 16);
	else
		question.dns_name = bytes_of_text(host);
	if (chain_verify(&work->validate.chain, &question, &work->validate.chain_workspace, e))
		return true;
	error_rule(e, "TLS-7");
	return error_wrap(e, "server certificate");
}

static bool open_connection(struct contact *c, enum tls_server how, struct error *e)
{
	const struct bootstrap *b = c->bootstrap;
	const struct fetch_options options = {
		.tls = { .server = how,
			 .verify = how == TLS_SERVER_VERIFIED ? verify_server : NULL,
			 .context = c,
			 .identity = b->identity },
		.resolver = b->source->resolver,
	};

	return fetch_open(&c->fetch, b->loop, &c->uri, &options, e);
}

/* REDIR-8 to REDIR-10: the lowest CA of the entry's trust anchor is the one that counts. */
static bool read_trust_anchor(struct contact *c, struct error *e)
{
	struct bootstrap_work *work = c->bootstrap->work;
	struct cms cms;

	if (!cms_read(&cms, c->server->trust_anchor, e) ||
	    !cms_signed_read(&work->anchor, &cms, e) || !cms_check_degenerate(&work->anchor, e) ||
	    !chain_lowest(&c->lowest, work->anchor.certificates, work->anchor.certificate_count,
			  &c->bootstrap->clock, &work->validate.chain_workspace, e)) {
		snprintf(e->rule, sizeof(e->rule), "REDIR-10");
		return error_wrap(e, "trust-anchor of the redirect");
	}
	return true;
}

static const struct bootstrap_well_known *find_well_known(const struct bootstrap *b,
							  const struct server *server)
{
	for (size_t i = 0; i < b->well_known_count; i++)
		if (b->well_known[i].port == server->port &&
		    text_equal_nocase(bytes_of_text(b->well_known[i].host),
				      bytes_of_text(server->host)))
			return &b->well_known[i];
	return NULL;
}

static bool connect_server(struct contact *c, bool list_trusted, struct error *e)
{
	const struct bootstrap *b = c->bootstrap;
	const struct bootstrap_well_known *known;

	if (list_trusted && c->server->trust_anchor.size) {
		if (!read_trust_anchor(c, e))
			return false;
		c->anchors = &c->lowest;
		c->anchor_count = 1;
		c->direct = true;
		c->trusted = open_connection(c, TLS_SERVER_VERIFIED, e);
		return c->trusted; /* no second try without the anchor: TLS-10 */
	}
	known = find_well_known(b, c->server);
	if (known && known->anchor_count) {
		c->anchors = known->anchors;
		c->anchor_count = known->anchor_count;
		c->trusted = open_connection(c, TLS_SERVER_VERIFIED, e);
		if (c->trusted || e->code != ERROR_REFUSED)
			return c->trusted;
		log_warn("bootstrap", "%s: %s: %s; going on without trust", c->name, e->rule,
			 e->text);
		fetch_close(&c->fetch);
	}
	if (b->require_trusted_server)
		return error_set(e, ERROR_REFUSED, "TLS-9",
				 "the trust store allows only servers that it can authenticate");
	return open_connection(c, TLS_SERVER_PROVISIONAL, e);
}

/* ---- get-bootstrapping-data --------------------------------------------------------- */

static bool status_error(struct contact *c, const struct fetch_response *response,
			 struct error *e)
{
	struct bootstrap_work *work = c->bootstrap->work;
	unsigned status = response->head.status;
	char said[160];

	rpc_error_text(said, sizeof(said), bytes_of(work->body, response->room_used), work->json,
		       sizeof(work->json));
	if (status >= 300 && status < 400)
		return error_set(e, ERROR_REFUSED, "HTTP-12",
				 "the server answered %u; HTTP redirects are not followed", status);
	if (status == 401 || status == 403)
		return error_set(e, ERROR_REFUSED, "ERR-3",
				 "the server does not accept this device (%u%s%s)", status,
				 said[0] ? ": " : "", said);
	return error_set(e, status >= 500 || status == 429 ? ERROR_LATER : ERROR_REFUSED,
			 "HTTP-11", "the server answered %u instead of 200%s%s", status,
			 said[0] ? ": " : "", said);
}

/* What may be said depends on whom we talk to (RIN-2 to RIN-5, SEC-1). */
static bool write_input(struct contact *c, struct writer *w, struct error *e)
{
	const struct bootstrap *b = c->bootstrap;
	struct bootstrap_work *work = b->work;
	struct rpc_input input = { .signed_data_preferred = !c->trusted };

	work->nonce_size = 0;
	if (!b->clock.accurate) { /* RIN-4, CLK-8 */
		if (!b->random(work->nonce, sizeof(work->nonce), e))
			return false;
		work->nonce_size = sizeof(work->nonce);
		input.nonce = bytes_of(work->nonce, work->nonce_size);
	}
	if (c->trusted) {
		input.hw_model = b->hw_model;
		input.os_name = b->os_name;
		input.os_version = b->os_version;
	}
	if (c->xml)
		rpc_input_write_xml(w, &input);
	else
		rpc_input_write(w, &input);
	return writer_ok(w) || error_set(e, ERROR_MACHINE, NULL, "the request does not fit");
}

static bool post_input(struct contact *c, struct fetch_response *response, struct error *e)
{
	struct bootstrap_work *work = c->bootstrap->work;
	uint8_t input[1024];
	struct writer w = writer_over(input, sizeof(input));

	if (!write_input(c, &w, e))
		return false;
	const struct fetch_request request = {
		.method = "POST",
		.path = RESTCONF_ROOT "get-bootstrapping-data",
		.headers = rpc_headers(c->xml),
		.body = writer_done(&w),
		.room = work->body,
		.room_size = sizeof(work->body),
		.body_max = sizeof(work->body),
	};
	return fetch_exchange(&c->fetch, &request, response, e);
}

static bool get_bootstrapping_data(struct contact *c, struct rpc_output *output, struct error *e)
{
	struct bootstrap_work *work = c->bootstrap->work;
	struct fetch_response response;

	if (!post_input(c, &response, e))
		return false;
	if (response.head.status == 415 || response.head.status == 406) { /* HTTP-10 */
		log_info("bootstrap", "%s wants XML", c->name);
		c->xml = true;
		if (!post_input(c, &response, e))
			return false;
	}
	if (!c->fetch.identity_sent)
		log_info("bootstrap", "TLS-16: %s: no client certificate was used", c->name);
	if (response.head.status != 200)
		return status_error(c, &response, e);
	struct writer artifacts = writer_over(work->artifacts, sizeof(work->artifacts));
	return rpc_output_read(output, bytes_of(work->body, response.room_used), work->json,
			       sizeof(work->json), &artifacts, e);
}

/* ---- what the data says ------------------------------------------------------------- */

static void explain(void *context, const char *rule, const char *sentence)
{
	(void)context;
	log_debug("validate", "%s: %s", rule, sentence);
}

static bool validate(struct contact *c, const struct rpc_output *output, struct error *e)
{
	const struct bootstrap *b = c->bootstrap;
	const struct validate_input input = {
		.policy = b->policy,
		.conveyed_information = output->conveyed_information,
		.owner_certificate = output->owner_certificate,
		.ownership_voucher = output->ownership_voucher,
		.voucher_anchors = b->voucher_anchors,
		.voucher_anchor_count = b->voucher_anchor_count,
		.clock = b->clock,
		.serial = bytes_of_text(b->serial),
		.idevid_authority_key = b->idevid_authority_key,
		.nonce = bytes_of(b->work->nonce, b->work->nonce_size),
		.decrypt = b->decrypt,
		.plaintext = &b->work->plaintext_used,
		.random = b->random,
		.explain = explain,
	};
	struct bootstrap_work *work = b->work;

	forget_plaintext(work);
	if (!validate_conveyed_information(&work->validated, &input, &work->validate, e))
		return false;
	struct writer leaves = writer_over(work->leaves, sizeof(work->leaves));
	if (conveyed_information_read(&work->information, work->validated.encoding,
				      work->validated.document, work->document,
				      sizeof(work->document), &leaves, e) &&
	    conveyed_information_check_known(&work->information, b->policy.strict_model, e))
		return true;
	return work->validated.was_encrypted && validate_hide(e);
}

/* Copy a redirect list out of the working memory, which the next contact needs. */
static bool copy_list(struct frame *frame, const struct conveyed_information *from, bool trusted,
		      struct error *e)
{
	struct writer anchors = writer_over(frame->anchors, sizeof(frame->anchors));

	frame->trusted = trusted;
	frame->list.count = from->server_count;
	for (size_t i = 0; i < from->server_count; i++) {
		const struct conveyed_information_server *s = &from->servers[i];
		struct server *to = &frame->list.at[i];

		memset(to, 0, sizeof(*to));
		memcpy(to->host, s->host, sizeof(to->host));
		to->host_is_address = s->host_is_ip4 || s->host_is_ip6;
		to->port = s->port;
		if (!trusted || s->trust_anchor.size == 0)
			continue; /* DISC-4: anchors of an untrusted list do not exist */
		to->trust_anchor =
			bytes_of(frame->anchors + anchors.used, s->trust_anchor.size);
		writer_bytes(&anchors, s->trust_anchor);
	}
	return writer_ok(&anchors) ||
	       error_set(e, ERROR_REFUSED, "YANG-13",
			 "the trust anchors of the redirect are larger than %zu bytes together",
			 sizeof(frame->anchors));
}

static bool try_list(struct bootstrap *b, const struct server_list *list, bool trusted,
		     unsigned depth, struct error *e);

static bool follow_redirect(struct contact *c, bool data_trusted, unsigned depth, struct error *e)
{
	struct bootstrap *b = c->bootstrap;
	const struct conveyed_information *information = &b->work->information;
	struct frame *frame;
	bool done;

	if (b->source->no_redirects)
		return error_set(e, ERROR_REFUSED, "USB-12",
				 "redirect information is not taken from this source");
	if (depth == CONFIG_REDIRECT_DEPTH_MAX)
		return error_set(e, ERROR_REFUSED, "SRC-5", "more than %d redirects",
				 CONFIG_REDIRECT_DEPTH_MAX);
	log_notice("bootstrap", "%s redirects to %zu server%s, %s", c->name,
		   information->server_count, information->server_count == 1 ? "" : "s",
		   data_trusted ? "trusted" : "not trusted: any trust anchors are dropped");
	frame = malloc(sizeof(*frame));
	if (!frame)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a redirect list");
	done = copy_list(frame, information, data_trusted, e);
	fetch_close(&c->fetch); /* nothing more is said to it (PROG-3) */
	if (done)
		done = try_list(b, &frame->list, frame->trusted, depth + 1, e);
	free(frame);
	return done;
}

static bool do_onboarding(struct contact *c, const struct rpc_output *output,
			  struct report *report, struct error *e)
{
	struct bootstrap *b = c->bootstrap;
	const struct bootstrap_onboarding onboarding = {
		.information = &b->work->information,
		.validated = &b->work->validated,
		.conveyed_information = output->conveyed_information,
		.owner_certificate = output->owner_certificate,
		.ownership_voucher = output->ownership_voucher,
		.source = b->source,
		.server = c->name,
		.server_trusted = c->trusted,
		.voucher_created_on = b->work->validated.voucher_created_on,
		.report = report,
	};

	log_notice("bootstrap", "%s gives onboarding information, %s%s%s", c->name,
		   b->work->validated.is_signed ? "signed by " : "unsigned",
		   b->work->validated.owner_subject,
		   c->trusted ? ", server authenticated" : "");
	return b->onboard(b->context, &onboarding, e);
}

static bool act(struct contact *c, const struct rpc_output *output, unsigned depth,
		struct error *e)
{
	struct bootstrap *b = c->bootstrap;
	struct report_post post = {
		.connection = &c->fetch,
		.path = RESTCONF_ROOT "report-progress",
		.xml = c->xml,
	};
	struct report report = {
		.send = report_post_send,
		.context = &post,
		.allowed = c->trusted,
		.verbose = output->verbose,
	};

	if (b->step)
		b->step(b->context, BOOTSTRAP_STEP_VERIFY);
	if (!validate(c, output, e))
		return report_error(&report, PROGRESS_TYPE_PARSING_ERROR, e);
	bool data_trusted = c->trusted || b->work->validated.is_signed;
	if (b->work->information.kind == CONVEYED_INFORMATION_REDIRECT)
		return follow_redirect(c, data_trusted, depth, e);
	if (!data_trusted)
		return error_set(e, ERROR_REFUSED, "SRC-8",
				 "unsigned onboarding information from a server that is not trusted");
	if (b->require_signed && !b->work->validated.is_signed)
		return error_set(e, ERROR_REFUSED, "SEC-2",
				 "the trust store demands signed onboarding information");
	return do_onboarding(c, output, &report, e);
}

/* ---- lists -------------------------------------------------------------------------- */

static bool start_contact(struct contact *c, struct bootstrap *b, const struct server *server,
			  struct error *e)
{
	memset(c, 0, sizeof(*c));
	c->bootstrap = b;
	c->server = server;
	if (!uri_read_host(&c->uri, bytes_of_text(server->host), e))
		return error_rule(e, "REDIR-13");
	snprintf(c->uri.scheme, sizeof(c->uri.scheme), "https");
	c->uri.port = server->port;
	snprintf(c->name, sizeof(c->name), c->uri.host_is_ip6 ? "https://[%s]:%u" : "https://%s:%u",
		 server->host, server->port);
	return true;
}

static bool try_server(struct bootstrap *b, const struct server *server, bool list_trusted,
		       unsigned depth, struct error *e)
{
	struct contact *c = malloc(sizeof(*c));
	struct rpc_output output;
	bool done = false;

	if (!c)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a connection");
	if (b->step)
		b->step(b->context, BOOTSTRAP_STEP_CONTACT);
	if (start_contact(c, b, server, e)) {
		done = connect_server(c, list_trusted, e) &&
		       get_bootstrapping_data(c, &output, e) && act(c, &output, depth, e);
		if (!done)
			log_warn("bootstrap", "%s: %s: %s%s%s", b->source->name, c->name, e->rule,
				 e->rule[0] ? ": " : "", e->text);
	}
	fetch_close(&c->fetch);
	free(c);
	return done;
}

static bool try_list(struct bootstrap *b, const struct server_list *list, bool trusted,
		     unsigned depth, struct error *e)
{
	if (list->count == 0)
		return error_set(e, ERROR_REFUSED, "REDIR-1", "the list of servers is empty");
	for (size_t i = 0; i < list->count; i++) {
		if (b->contacts == CONFIG_SERVER_CONTACTS_MAX)
			return error_set(e, ERROR_REFUSED, "SRC-6",
					 "more than %d servers contacted for one source",
					 CONFIG_SERVER_CONTACTS_MAX);
		b->contacts++;
		if (try_server(b, &list->at[i], trusted, depth, e))
			return true;
	}
	return false;
}

bool bootstrap_try(struct bootstrap *b, const struct bootstrap_source *source,
		   const struct server_list *list, struct error *e)
{
	b->source = source;
	b->contacts = 0;
	return try_list(b, list, false, 0, e);
}

bool bootstrap_try_artifacts(struct bootstrap *b, const struct bootstrap_source *source,
			     const struct bootstrap_artifacts *artifacts, struct error *e)
{
	const struct rpc_output output = {
		.conveyed_information = artifacts->conveyed_information,
		.owner_certificate = artifacts->owner_certificate,
		.ownership_voucher = artifacts->ownership_voucher,
	};
	struct contact *c = calloc(1, sizeof(*c));
	bool done;

	if (!c)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for artifacts");
	b->source = source;
	b->contacts = 0;
	b->work->nonce_size = 0; /* USB-16 */
	c->bootstrap = b;
	snprintf(c->name, sizeof(c->name), "%s", source->name);
	done = act(c, &output, 0, e);
	free(c);
	if (!done)
		log_warn("bootstrap", "%s: %s%s%s", source->name, e->rule, e->rule[0] ? ": " : "",
			 e->text);
	return done;
}

void bootstrap_begin_round(struct bootstrap *b)
{
	(void)b;
}

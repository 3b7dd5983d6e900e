/* SPDX-License-Identifier: MIT */
#include "sztp/bootstrap.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "sztp/contact.h"
#include "sztp/report_post.h"
#include "sztp/workflow.h"

/*
 * What is done in each state of the workflow.  The table in workflow.h says which state comes
 * next and who is trusted then; the functions here say what happened.  How a server is reached
 * and asked is contact.c's; what signed data are worth is validate.c's.
 */

/* A redirect list, copied out of the working memory, which the next contact needs. */
struct redirect {
	struct server_list list;
	uint8_t anchors[CONFIG_REDIRECT_ANCHORS_MAX];
};

/* A list that is being worked through. */
struct level {
	const struct server_list *list; /* NULL: empty */
	struct redirect *copy; /* where it lies; NULL: the caller's */
	size_t next;
	int64_t voucher_created_on; /* the latest of the vouchers that led to it */
};

struct bootstrap_work {
	struct workflow flow;
	struct level levels[CONFIG_REDIRECT_DEPTH_MAX + 1];
	struct contact contact;
	struct rpc_output output;
	int64_t voucher_created_on;
	struct report report;
	struct report_post post;
	char warning[128];
	struct validate_result validated;
	struct conveyed_information information;
	struct validate_workspace validate;
	struct contact_room room;
	uint8_t plaintext[CONFIG_RPC_BODY_MAX / 4 * 3]; /* of artifacts that came encrypted */
	struct writer plaintext_used;
	uint8_t document[CONVEYED_INFORMATION_ARENA_SIZE(CONFIG_ARTIFACT_MAX)];
	uint8_t leaves[CONVEYED_INFORMATION_INTO_SIZE(CONFIG_ARTIFACT_MAX)];
};

bool bootstrap_open(struct bootstrap *b, struct error *e)
{
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

void bootstrap_begin_round(struct bootstrap *b)
{
	b->refusal_count = 0;
}

/* ---- list ---------------------------------------------------------------------------- */

static const char *link_of(const struct bootstrap *b)
{
	return b->source->resolver.link ? b->source->resolver.link : "";
}

static bool is_refused(const struct bootstrap *b, const struct server *server)
{
	for (size_t i = 0; i < b->refusal_count; i++)
		if (b->refusals[i].port == server->port &&
		    strcmp(b->refusals[i].host, server->host) == 0 &&
		    strcmp(b->refusals[i].link, link_of(b)) == 0)
			return true;
	return false;
}

/* When there is no more room, a server is asked again for nothing. */
static void note_refusal(struct bootstrap *b, const struct server *server)
{
	struct bootstrap_refusal *r = &b->refusals[b->refusal_count];

	if (b->refusal_count == ARRAY_SIZE(b->refusals))
		return;
	b->refusal_count++;
	memcpy(r->host, server->host, sizeof(r->host));
	snprintf(r->link, sizeof(r->link), "%s", link_of(b));
	r->port = server->port;
}

/* An attempt that came to nothing, each with where it was and its own reason (DISC-9). */
static void complain(const struct bootstrap *b, const char *event, const struct error *e)
{
	const struct contact *c = &b->work->contact;

	log_event(event, LOG_LEVEL_WARN, "bootstrap", "%s%s: %s%s%s%s%s", event ? "artifact validation: " : "",
		  b->source->name, c->server ? c->name : "", c->server ? ": " : "", e->rule,
		  e->rule[0] ? ": " : "", e->text);
}

static enum workflow_event failed(struct bootstrap *b, const struct error *e)
{
	complain(b, NULL, e);
	return WORKFLOW_EVENT_FAILURE;
}

static bool begin_contact(struct bootstrap *b, const struct server *server, struct error *e)
{
	struct bootstrap_work *work = b->work;

	work->contact = (struct contact){ .bootstrap = b,
					  .room = &work->room,
					  .workspace = &work->validate };
	b->contacts++;
	if (!contact_begin(&work->contact, server, e))
		return false;
	if (b->step)
		b->step(b->context, BOOTSTRAP_STEP_CONTACT, work->contact.name);
	return !is_refused(b, server) ||
	       error_set(e, ERROR_REFUSED, "ERR-3",
			 "has refused this device in this round, and is not asked again");
}

static enum workflow_event list(struct bootstrap *b, struct error *e)
{
	struct bootstrap_work *work = b->work;
	unsigned depth = work->flow.depth;
	struct level *level = &work->levels[depth];

	contact_end(&work->contact);
	while (level->list && level->next < level->list->count) {
		const struct server *server = &level->list->at[level->next++];

		if (b->contacts == CONFIG_SERVER_CONTACTS_MAX) {
			error_set(e, ERROR_REFUSED, "SRC-6",
				  "more than %d servers contacted for one source",
				  CONFIG_SERVER_CONTACTS_MAX);
			break;
		}
		if (!begin_contact(b, server, e)) {
			failed(b, e);
			continue;
		}
		return server->trust_anchor.size  ? WORKFLOW_EVENT_WITH_ANCHOR
		       : work->contact.known ? WORKFLOW_EVENT_WELL_KNOWN
					     : WORKFLOW_EVENT_PLAIN;
	}
	free(level->copy);
	level->copy = NULL;
	return depth ? WORKFLOW_EVENT_END : WORKFLOW_EVENT_OUTER_END;
}

/* ---- server --------------------------------------------------------------------------- */

static enum workflow_event anchor(struct bootstrap *b, struct error *e)
{
	return contact_connect(&b->work->contact, CONTACT_ANCHOR, e) ? WORKFLOW_EVENT_AUTHENTICATED
								     : failed(b, e);
}

static enum workflow_event known(struct bootstrap *b, struct error *e)
{
	struct contact *c = &b->work->contact;

	if (contact_connect(c, CONTACT_KNOWN, e))
		return WORKFLOW_EVENT_AUTHENTICATED;
	if (e->code != ERROR_REFUSED)
		return failed(b, e);
	log_warn("bootstrap", "%s: %s: %s; going on without trust", c->name, e->rule, e->text);
	return WORKFLOW_EVENT_NOT_AUTHENTICATED;
}

static enum workflow_event stranger(struct bootstrap *b, struct error *e)
{
	return contact_connect(&b->work->contact, CONTACT_STRANGER, e) ? WORKFLOW_EVENT_CONNECTED
								       : failed(b, e);
}

static enum workflow_event ask(struct bootstrap *b, struct error *e)
{
	struct bootstrap_work *work = b->work;
	struct contact *c = &work->contact;

	if (!contact_ask(c, work->flow.server_trusted, &work->output, e)) {
		if (strcmp(e->rule, "ERR-3") == 0)
			note_refusal(b, c->server);
		return failed(b, e);
	}
	work->post = (struct report_post){ .connection = &c->fetch,
					   .path = c->report_path,
					   .xml = c->xml };
	work->report = (struct report){ .send = report_post_send,
					.context = &work->post,
					.allowed = work->flow.server_trusted,
					.verbose = work->output.verbose };
	return WORKFLOW_EVENT_DATA;
}

/* ---- data ------------------------------------------------------------------------------ */

/* XR-6, HW-7: the order of the three that prove the data is seen in the log. */
static void explain(void *context, const char *rule, const char *sentence)
{
	bool shown = strcmp(rule, "VAL-3") == 0 || strcmp(rule, "VAL-8") == 0 ||
		     strcmp(rule, "VAL-12") == 0;

	(void)context;
	log_line(shown ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "validate", "%s: %s", rule, sentence);
}

static bool validate(struct bootstrap *b, struct error *e)
{
	struct bootstrap_work *work = b->work;
	const struct validate_input input = {
		.policy = b->policy,
		.conveyed_information = work->output.conveyed_information,
		.owner_certificate = work->output.owner_certificate,
		.ownership_voucher = work->output.ownership_voucher,
		.voucher_anchors = b->voucher_anchors,
		.voucher_anchor_count = b->voucher_anchor_count,
		.clock = b->clock,
		.serial = bytes_of_text(b->serial),
		.idevid_authority_key = b->idevid_authority_key,
		.nonce = bytes_of(work->room.nonce, work->room.nonce_size),
		.decrypt = b->decrypt,
		.plaintext = &work->plaintext_used,
		.random = b->random,
		.explain = explain,
	};

	forget_plaintext(work);
	return validate_conveyed_information(&work->validated, &input, &work->validate, e);
}

/* The data are of no use: a server that may be told is told (PROG-19). */
static void reject(struct bootstrap *b, const struct error *e)
{
	complain(b, "artifact-result", e);
	report_error(&b->work->report, PROGRESS_TYPE_PARSING_ERROR, e);
}

static enum workflow_event judge(struct bootstrap *b, struct error *e)
{
	struct bootstrap_work *work = b->work;
	const struct validate_result *v = &work->validated;
	int64_t before = work->levels[work->flow.depth].voucher_created_on;

	if (b->step)
		b->step(b->context, BOOTSTRAP_STEP_VERIFY, work->contact.name);
	if (!validate(b, e)) {
		reject(b, e);
		return WORKFLOW_EVENT_INVALID;
	}
	work->voucher_created_on = v->voucher_created_on > before ? v->voucher_created_on : before;
	if (!v->is_signed)
		return WORKFLOW_EVENT_UNSIGNED;
	log_event("artifact-result", LOG_LEVEL_NOTICE, "bootstrap",
		  "artifact validation: signed by %s, whom the voucher names", v->owner_subject);
	return WORKFLOW_EVENT_VALID;
}

static bool read_document(struct bootstrap *b, struct error *e)
{
	struct bootstrap_work *work = b->work;
	struct writer leaves = writer_over(work->leaves, sizeof(work->leaves));

	if (conveyed_information_read(&work->information, work->validated.encoding,
				      work->validated.document, work->document,
				      sizeof(work->document), &leaves, e) &&
	    conveyed_information_check_known(&work->information, b->policy.strict_model, e))
		return true;
	return work->validated.was_encrypted && validate_hide(e);
}

/* What was passed over is told to whoever wrote it. */
static void note_passed_over(struct bootstrap_work *work)
{
	const struct conveyed_information *i = &work->information;

	if (i->unknown_nodes + i->skipped_hashes == 0)
		return;
	snprintf(work->warning, sizeof(work->warning),
		 "passed over: unknown nodes (%zu), hashes of unknown algorithms (%zu)",
		 i->unknown_nodes, i->skipped_hashes);
	work->post.warning = work->warning;
}

static bool read_and_check(struct bootstrap *b, struct error *e)
{
	struct bootstrap_work *work = b->work;

	if (!read_document(b, e))
		return false;
	note_passed_over(work);
	return work->information.kind == CONVEYED_INFORMATION_REDIRECT || !b->require_signed ||
	       work->validated.is_signed ||
	       error_set(e, ERROR_REFUSED, "SEC-2",
			 "the trust store demands signed onboarding information");
}

/* Not "read": that is unistd's. */
static enum workflow_event read_it(struct bootstrap *b, struct error *e)
{
	const struct bootstrap_work *work = b->work;

	if (!read_and_check(b, e)) {
		reject(b, e);
		return WORKFLOW_EVENT_FAILURE;
	}
	if (work->information.kind == CONVEYED_INFORMATION_REDIRECT)
		return WORKFLOW_EVENT_REDIRECT;
	if (!work->flow.data_trusted) {
		error_set(e, ERROR_REFUSED, "SRC-8",
			  "unsigned onboarding information from %s that is not trusted",
			  work->contact.server ? "a server" : "a source");
		reject(b, e);
	} else if (!work->validated.is_signed) {
		log_event("artifact-result", LOG_LEVEL_NOTICE, "bootstrap",
			  "artifact validation: not signed; taken because %s is authenticated",
			  work->contact.name);
	}
	return WORKFLOW_EVENT_ONBOARDING;
}

/* ---- redirect --------------------------------------------------------------------------- */

static bool copy_list(struct redirect *copy, const struct conveyed_information *from, bool trusted,
		      struct error *e)
{
	struct writer anchors = writer_over(copy->anchors, sizeof(copy->anchors));

	copy->list.count = from->server_count;
	for (size_t i = 0; i < from->server_count; i++) {
		const struct conveyed_information_server *s = &from->servers[i];
		struct server *to = &copy->list.at[i];

		memset(to, 0, sizeof(*to));
		memcpy(to->host, s->host, sizeof(to->host));
		to->host_is_address = s->host_is_ip4 || s->host_is_ip6;
		to->port = s->port;
		if (!trusted || s->trust_anchor.size == 0)
			continue; /* DISC-4: anchors of an untrusted list do not exist */
		to->trust_anchor = bytes_of(copy->anchors + anchors.used, s->trust_anchor.size);
		writer_bytes(&anchors, s->trust_anchor);
	}
	return writer_ok(&anchors) ||
	       error_set(e, ERROR_REFUSED, "YANG-13",
			 "the trust anchors of the redirect are larger than %zu bytes together",
			 sizeof(copy->anchors));
}

static bool take_list(struct bootstrap *b, struct redirect **to, struct error *e)
{
	const struct bootstrap_work *work = b->work;

	if (b->source->no_redirects && work->flow.depth == 0 && !work->contact.server)
		return error_set(e, ERROR_REFUSED, "USB-12",
				 "redirect information is not taken from this source");
	if (!workflow_may_descend(&work->flow))
		return error_set(e, ERROR_REFUSED, "SRC-5", "more than %d redirects",
				 CONFIG_REDIRECT_DEPTH_MAX);
	*to = malloc(sizeof(**to));
	if (!*to)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a redirect list");
	if (copy_list(*to, &work->information, work->flow.data_trusted, e))
		return true;
	free(*to);
	return false;
}

static enum workflow_event follow(struct bootstrap *b, struct error *e)
{
	struct bootstrap_work *work = b->work;
	size_t count = work->information.server_count;
	struct redirect *copy;

	log_event("redirect", LOG_LEVEL_NOTICE, "bootstrap", "%s redirects to %zu server%s, %s",
		  work->contact.name, count, count == 1 ? "" : "s",
		  work->flow.data_trusted ? "trusted"
					  : "not trusted: any trust anchors are dropped");
	if (!take_list(b, &copy, e))
		return failed(b, e);
	work->levels[work->flow.depth + 1] =
		(struct level){ .list = &copy->list,
				.copy = copy,
				.voucher_created_on = work->voucher_created_on };
	return WORKFLOW_EVENT_SERVERS;
}

/* ---- onboarding --------------------------------------------------------------------------- */

static enum workflow_event onboard(struct bootstrap *b, struct error *e)
{
	struct bootstrap_work *work = b->work;
	bool trusted = work->flow.server_trusted;
	const struct bootstrap_onboarding onboarding = {
		.information = &work->information,
		.validated = &work->validated,
		.conveyed_information = work->output.conveyed_information,
		.owner_certificate = work->output.owner_certificate,
		.ownership_voucher = work->output.ownership_voucher,
		.certification_request = bytes_of(work->contact.request,
						  work->contact.request_size),
		.source = b->source,
		.server = work->contact.name,
		.server_trusted = trusted,
		.voucher_created_on = work->voucher_created_on,
		.report = &work->report,
	};

	log_notice("bootstrap", "%s gives onboarding information, %s%s%s", work->contact.name,
		   work->validated.is_signed ? "signed by " : "unsigned",
		   work->validated.owner_subject, trusted ? ", server authenticated" : "");
	if (!trusted)
		contact_end(&work->contact); /* PROG-2 */
	if (b->onboard(b->context, &onboarding, e))
		return WORKFLOW_EVENT_SUCCESS;
	/* Whoever was told of a beginning is told of an end (PROG-5). */
	if (work->post.begun && !work->post.ended)
		report_error(&work->report, PROGRESS_TYPE_BOOTSTRAP_ERROR, e);
	return failed(b, e);
}

/* ---- the walk -------------------------------------------------------------------------------- */

static enum workflow_event (*const actions[])(struct bootstrap *b, struct error *e) = {
	[WORKFLOW_STATE_LIST] = list,	      [WORKFLOW_STATE_ANCHOR] = anchor,
	[WORKFLOW_STATE_KNOWN] = known,	      [WORKFLOW_STATE_STRANGER] = stranger,
	[WORKFLOW_STATE_ASK] = ask,	      [WORKFLOW_STATE_JUDGE] = judge,
	[WORKFLOW_STATE_READ] = read_it,      [WORKFLOW_STATE_FOLLOW] = follow,
	[WORKFLOW_STATE_ONBOARD] = onboard,
};

/* From a source, with its list (or none) or its artifacts, to the end. */
static bool walk(struct bootstrap *b, const struct server_list *first, enum workflow_event event,
		 struct error *e)
{
	struct workflow *flow = &b->work->flow;

	b->contacts = 0;
	b->work->levels[0] = (struct level){ .list = first };
	workflow_start(flow);
	for (;;) {
		workflow_step(flow, event);
		if (flow->state == WORKFLOW_STATE_DONE || flow->state == WORKFLOW_STATE_FAILED)
			break;
		event = actions[flow->state](b, e);
	}
	contact_end(&b->work->contact);
	while (flow->depth) /* where it succeeded */
		free(b->work->levels[flow->depth--].copy);
	return flow->state == WORKFLOW_STATE_DONE;
}

bool bootstrap_try(struct bootstrap *b, const struct bootstrap_source *source,
		   const struct server_list *list, struct error *e)
{
	b->source = source;
	b->work->contact = (struct contact){ 0 };
	if (list->count == 0)
		return error_set(e, ERROR_REFUSED, "REDIR-1", "the list of servers is empty");
	return walk(b, list, WORKFLOW_EVENT_SERVERS, e);
}

bool bootstrap_try_artifacts(struct bootstrap *b, const struct bootstrap_source *source,
			     const struct bootstrap_artifacts *artifacts, struct error *e)
{
	struct bootstrap_work *work = b->work;

	b->source = source;
	work->contact = (struct contact){ 0 };
	snprintf(work->contact.name, sizeof(work->contact.name), "%s", source->name);
	work->room.nonce_size = 0;	    /* USB-16 */
	work->report = (struct report){ 0 }; /* USB-18 */
	work->post = (struct report_post){ 0 };
	work->output = (struct rpc_output){
		.conveyed_information = artifacts->conveyed_information,
		.owner_certificate = artifacts->owner_certificate,
		.ownership_voucher = artifacts->ownership_voucher,
	};
	return walk(b, NULL, WORKFLOW_EVENT_ARTIFACTS, e);
}

/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/reader.h"
#include "base/text.h"
#include "base/writer.h"

/*
 * Who asks whom:
 *
 *   worker_try() -> fork -> bootstrap_try() in the worker
 *                           SIGN, RSA, ECDH, LDEVID -> ANSWER as often as it needs a key
 *                           ONBOARD -> bootstrap.onboard() here
 *                                      REPORT -> ANSWER      as often as we report
 *                                      ANSWER with the outcome
 *                           REFUSAL                         servers that do not want us
 *                           ANSWER: the whole attempt's
 *
 * Parts of ONBOARD: numbers (see write_numbers), conveyed information, owner certificate,
 * voucher, document, owner, server, os-name, os-version, configuration, pre- and
 * post-configuration script, certification request, then each download-uri.
 *
 * Parts of REPORT: type and number of host keys (1 byte each), message, then algorithm and
 * blob of each key, then the trust anchors.
 */

#define PLAN_PARTS 13

/* ---- in the worker: what it asks ------------------------------------------------------------ */

static struct {
	struct worker_channel *agent;
	struct bootstrap bootstrap;
	struct loop loop;
	struct tls_identity identity;
	struct decrypt_key decrypt;
	struct ldevid_signer ldevid;
	struct report *report;
	bool documents;
} worker;

/* Ask, and take the answer.  Nobody to ask any more: nothing to do any more. */
static bool ask(enum worker_channel_type type, const struct bytes *parts, size_t count,
		struct bytes *result, struct error *e)
{
	struct worker_message m;

	if (!worker_channel_send(worker.agent, type, parts, count, e))
		return false;
	if (!worker_channel_receive(worker.agent, &m, e))
		_exit(1);
	return worker_channel_read_answer(&m, result, e);
}

static bool take_result(uint8_t *to, size_t size, struct bytes result, struct error *e)
{
	if (result.size != size)
		return error_set(e, ERROR_MACHINE, "SEC-5", "an answer of another size");
	memcpy(to, result.at, size);
	return true;
}

static bool ask_for_signature(enum worker_channel_type type, const struct bytes *parts,
			      size_t count, uint8_t *signature, size_t room, size_t *size,
			      struct error *e)
{
	struct bytes result;

	if (!ask(type, parts, count, &result, e))
		return false;
	*size = result.size < room ? result.size : room; /* too long is none that verifies */
	memcpy(signature, result.at, *size);
	return true;
}

static bool remote_sign(void *context, enum tls_hash hash, struct bytes digest, uint8_t *signature,
			size_t room, size_t *size, struct error *e)
{
	uint8_t number = (uint8_t)hash;
	const struct bytes parts[] = { bytes_of(&number, 1), digest };

	(void)context;
	return ask_for_signature(WORKER_CHANNEL_SIGN, parts, 2, signature, room, size, e);
}

static bool remote_rsa(void *context, enum decrypt_padding padding, struct bytes in,
		       uint8_t *message, size_t size, struct error *e)
{
	uint8_t number = (uint8_t)padding;
	const struct bytes parts[] = { bytes_of(&number, 1), in, bytes_of(message, size) };
	struct bytes result;

	(void)context;
	return ask(WORKER_CHANNEL_RSA, parts, 3, &result, e) &&
	       take_result(message, size, result, e);
}

static bool remote_ecdh(void *context, struct bytes point, uint8_t *z, size_t size,
			struct error *e)
{
	const struct bytes parts[] = { point, bytes_of(z, size) };
	struct bytes result;

	(void)context;
	return ask(WORKER_CHANNEL_ECDH, parts, 2, &result, e) && take_result(z, size, result, e);
}

static bool remote_generate(void *context, enum key_kind kind, struct writer *public_key,
			    struct error *e)
{
	uint8_t number = (uint8_t)kind;
	const struct bytes part = bytes_of(&number, 1);
	struct bytes result;

	(void)context;
	if (!ask(WORKER_CHANNEL_LDEVID, &part, 1, &result, e))
		return false;
	writer_bytes(public_key, result);
	return true;
}

static bool remote_ldevid_sign(void *context, struct bytes digest, uint8_t *signature, size_t room,
			       size_t *size, struct error *e)
{
	(void)context;
	return ask_for_signature(WORKER_CHANNEL_LDEVID, &digest, 1, signature, room, size, e);
}

static void remote_step(void *context, enum bootstrap_step step, const char *server)
{
	uint8_t number = (uint8_t)step;
	const struct bytes parts[] = { bytes_of(&number, 1), bytes_of_text(server) };
	struct error e;

	(void)context;
	if (!worker_channel_send(worker.agent, WORKER_CHANNEL_STEP, parts, 2, &e))
		_exit(1);
}

/* ---- in the worker: the plan, and what comes back while it is carried out ------------------- */

static void write_numbers(struct writer *w, const struct bootstrap_onboarding *from)
{
	const struct conveyed_information *information = from->information;

	writer_u8(w, from->validated->is_signed);
	writer_u8(w, from->validated->was_encrypted);
	writer_be64(w, (uint64_t)from->validated->voucher_created_on);
	writer_be64(w, (uint64_t)from->voucher_created_on);
	writer_u8(w, from->server_trusted);
	writer_u8(w, from->report->allowed);
	writer_u8(w, from->report->verbose);
	writer_u8(w, (uint8_t)information->handling);
	writer_u8(w, information->has_configuration);
	writer_u8(w, information->has_sha256);
	writer_bytes(w, bytes_of(information->sha256, sizeof(information->sha256)));
}

/* The document as JSON; @arena is to be freed. */
static bool take_document(struct bytes *to, void **arena, const struct validate_result *validated,
			  struct error *e)
{
	size_t size = CONVEYED_INFORMATION_ARENA_SIZE(validated->document.size);

	*to = validated->document;
	if (validated->encoding == CONVEYED_INFORMATION_JSON)
		return true;
	*arena = malloc(size);
	return *arena ? conveyed_information_to_json(to, validated->document, *arena, size, e)
		      : error_set(e, ERROR_MACHINE, NULL, "no memory for a document");
}

static bool send_plan(const struct bootstrap_onboarding *from, struct error *e)
{
	const struct conveyed_information *information = from->information;
	uint8_t numbers[64];
	struct writer w = writer_over(numbers, sizeof(numbers));
	struct bytes document = bytes_of(NULL, 0);
	void *arena = NULL;

	write_numbers(&w, from);
	bool done = !worker.documents || take_document(&document, &arena, from->validated, e);
	struct bytes parts[PLAN_PARTS + CONFIG_DOWNLOAD_URIS_MAX] = {
		writer_done(&w),
		from->conveyed_information,
		from->owner_certificate,
		from->ownership_voucher,
		document,
		bytes_of_text(from->validated->owner_subject),
		bytes_of_text(from->server),
		information->os_name,
		information->os_version,
		information->configuration,
		information->pre_configuration_script,
		information->post_configuration_script,
		from->certification_request,
	};
	for (size_t i = 0; i < information->download_uri_count; i++)
		parts[PLAN_PARTS + i] = information->download_uris[i];
	done = done && worker_channel_send(worker.agent, WORKER_CHANNEL_ONBOARD, parts,
					   PLAN_PARTS + information->download_uri_count, e);
	free(arena);
	return done;
}

static bool post_report(const struct worker_message *m, struct error *e)
{
	struct progress_ssh_key keys[WORKER_CHANNEL_PARTS_MAX / 2];
	char names[WORKER_CHANNEL_PARTS_MAX / 2][64];
	size_t count = m->part[0].at[1];
	struct progress p = { .type = m->part[0].at[0], .message = m->part[1],
			      .ssh_host_keys = keys, .ssh_host_key_count = count,
			      .trust_anchor_certs = m->part + 2 + 2 * count,
			      .trust_anchor_cert_count = m->count - 2 - 2 * count };

	if (!worker.report->allowed) /* PROG-2 */
		return error_set(e, ERROR_REFUSED, "PROG-2", "this server is told nothing");
	for (size_t i = 0; i < count; i++)
		keys[i] = (struct progress_ssh_key){
			worker_channel_text(names[i], sizeof(names[i]), m->part[2 + 2 * i]),
			m->part[3 + 2 * i]
		};
	return worker.report->send(worker.report->context, &p, e);
}

/* The agent works on the plan; meanwhile we bring its reports. */
static bool remote_onboard(void *context, const struct bootstrap_onboarding *from, struct error *e)
{
	struct worker_message m;
	struct error why;

	(void)context;
	worker.report = from->report;
	if (!send_plan(from, e))
		return false;
	for (;;) {
		if (!worker_channel_receive(worker.agent, &m, &why))
			_exit(1);
		if (m.type != WORKER_CHANNEL_REPORT)
			return worker_channel_read_answer(&m, NULL, e);
		bool sent = post_report(&m, &why);
		if (!worker_channel_answer(worker.agent, sent, &why, bytes_of(NULL, 0), e))
			_exit(1);
	}
}

/* ERR-3: what is known of servers for the rest of this round. */
static void tell_refusals(const struct bootstrap *b, size_t known)
{
	struct error e;

	for (size_t i = known; i < b->refusal_count; i++) {
		const struct bootstrap_refusal *r = &b->refusals[i];
		const uint8_t port[] = { (uint8_t)(r->port >> 8), (uint8_t)r->port };
		const struct bytes parts[] = { bytes_of_text(r->host), bytes_of_text(r->link),
					       bytes_of(port, 2) };

		if (!worker_channel_send(worker.agent, WORKER_CHANNEL_REFUSAL, parts, 3, &e))
			_exit(1);
	}
}

/* The task of the process: @context is the agent's worker, in our copy of its memory. */
static void converse(void *context, struct worker_channel *agent)
{
	struct worker *w = context;
	struct bootstrap *b = &worker.bootstrap;
	struct error e, gone;

	worker.agent = agent;
	worker.documents = w->documents;
	loop_start(&worker.loop);
	*b = *w->bootstrap;
	b->loop = &worker.loop;
	b->onboard = remote_onboard;
	b->step = remote_step;
	if (b->identity) {
		worker.identity = *b->identity;
		worker.identity.sign = remote_sign;
		b->identity = &worker.identity;
	}
	if (b->decrypt) {
		worker.decrypt = *b->decrypt;
		worker.decrypt.rsa = worker.decrypt.rsa ? remote_rsa : NULL;
		worker.decrypt.ecdh = worker.decrypt.ecdh ? remote_ecdh : NULL;
		b->decrypt = &worker.decrypt;
	}
	if (b->ldevid) {
		worker.ldevid = (struct ldevid_signer){ .kinds = b->ldevid->kinds,
							.generate = remote_generate,
							.sign = remote_ldevid_sign };
		b->ldevid = &worker.ldevid;
	}
	bool done = bootstrap_open(b, &e) &&
		    (w->list ? bootstrap_try(b, w->source, w->list, &e)
			     : bootstrap_try_artifacts(b, w->source, w->artifacts, &e));
	tell_refusals(b, w->bootstrap->refusal_count);
	(void)!worker_channel_answer(agent, done, &e, bytes_of(NULL, 0), &gone);
}

/* ---- in the agent: keys --------------------------------------------------------------------- */

static bool sign(const struct bootstrap *b, const struct worker_message *m, uint8_t *to,
		 size_t room, size_t *size, struct error *e)
{
	static const uint8_t digest_sizes[] = { 32, 48, 64 }; /* by enum tls_hash */
	uint8_t hash = m->part[0].size == 1 ? m->part[0].at[0] : UINT8_MAX;

	if (!b->identity || hash >= ARRAY_SIZE(digest_sizes) ||
	    m->part[1].size != digest_sizes[hash])
		return error_set(e, ERROR_MALFORMED, "SEC-4", "no digest to be signed");
	return b->identity->sign(b->identity->context, (enum tls_hash)hash, m->part[1], to, room,
				 size, e);
}

/* Both operations leave what is there when the input is bad, so that comes along. */
static bool decrypt(const struct decrypt_key *key, const struct worker_message *m, uint8_t *to,
		    size_t room, size_t *size, struct error *e)
{
	bool rsa = m->type == WORKER_CHANNEL_RSA;
	struct bytes in = m->part[rsa], before = m->part[rsa + 1];
	uint8_t padding = rsa && m->part[0].size == 1 ? m->part[0].at[0] : 0;

	if (!key || (rsa ? !key->rsa : !key->ecdh) || before.size > room ||
	    padding > DECRYPT_PADDING_OAEP_SHA256)
		return error_set(e, ERROR_MALFORMED, "SEC-4", "nothing to be decrypted");
	*size = before.size;
	memcpy(to, before.at, before.size);
	return rsa ? key->rsa(key->context, (enum decrypt_padding)padding, in, to, *size, e)
		   : key->ecdh(key->context, in, to, *size, e);
}

static bool use_ldevid(const struct ldevid_signer *s, struct bytes in, uint8_t *to, size_t room,
		       size_t *size, struct error *e)
{
	struct writer w = writer_over(to, room);

	if (s && in.size == 32)
		return s->sign(s->context, in, to, room, size, e);
	if (!s || in.size != 1 || in.at[0] > KEY_P521 || !(s->kinds & LDEVID_SIGNER_BIT(in.at[0])))
		return error_set(e, ERROR_MALFORMED, "SEC-4", "nothing to do with an LDevID key");
	bool done = s->generate(s->context, (enum key_kind)in.at[0], &w, e);
	*size = w.used;
	return done;
}

static bool use_any(const struct bootstrap *b, const struct worker_message *m, uint8_t *to,
		    size_t room, size_t *size, struct error *e)
{
	if (m->type == WORKER_CHANNEL_SIGN)
		return sign(b, m, to, room, size, e);
	if (m->type == WORKER_CHANNEL_LDEVID)
		return use_ldevid(b->ldevid, m->part[0], to, room, size, e);
	return decrypt(b->decrypt, m, to, room, size, e);
}

/* False, with @e: the worker is not to be worked with any longer. */
static bool use_key(struct worker *w, const struct worker_message *m, struct error *e)
{
	uint8_t result[LDEVID_SIGNER_PUBLIC_KEY_MAX];
	size_t size = 0;
	struct error why;

	if (++w->key_uses > CONFIG_WORKER_KEY_USES_MAX)
		return worker_process_refuse(&w->process, "it asks for the key too often", e);
	bool done = use_any(w->bootstrap, m, result, sizeof(result), &size, &why);
	if (!done && why.code == ERROR_MALFORMED)
		return worker_process_refuse(&w->process, why.text, e);
	done = worker_channel_answer(&w->process.channel, done, &why, bytes_of(result, size), e);
	bytes_wipe(result, sizeof(result));
	return done;
}

/* ---- in the agent: the plan ------------------------------------------------------------------ */

/* Everything that struct bootstrap_onboarding points to. */
struct plan {
	struct bootstrap_onboarding onboarding;
	struct conveyed_information information;
	struct validate_result validated;
	struct report report;
	char server[CONFIG_HOST_MAX + 24];
	uint8_t *room;
	size_t room_size;
};

static bool flag(struct reader *r)
{
	uint8_t value = reader_u8(r);

	if (value > 1)
		reader_fail(r);
	return value == 1;
}

static bool read_numbers(struct plan *p, struct bytes from)
{
	struct conveyed_information *information = &p->information;
	bool bad;
	struct reader r = reader_over(from, &bad);

	p->validated.is_signed = flag(&r);
	p->validated.was_encrypted = flag(&r);
	p->validated.voucher_created_on = (int64_t)reader_be64(&r);
	p->onboarding.voucher_created_on = (int64_t)reader_be64(&r);
	p->onboarding.server_trusted = flag(&r);
	p->report.allowed = flag(&r);
	p->report.verbose = flag(&r);
	uint8_t handling = reader_u8(&r);
	information->has_configuration = flag(&r);
	information->has_sha256 = flag(&r);
	reader_copy(&r, information->sha256, sizeof(information->sha256));
	information->handling = (enum conveyed_information_handling)handling;
	return reader_ok(&r) && handling <= CONVEYED_INFORMATION_REPLACE;
}

/* What must be so, whatever the worker says; cheap things only. */
static bool is_sound(const struct plan *p, const struct bootstrap *b,
		     const struct worker_message *m)
{
	for (size_t i = 1; i < m->count; i++)
		if (m->part[i].size > CONFIG_ARTIFACT_MAX)
			return false;
	if (m->count > PLAN_PARTS + CONFIG_DOWNLOAD_URIS_MAX)
		return false;
	if (p->onboarding.certification_request.size &&
	    (!b->ldevid || !p->onboarding.server_trusted ||
	     p->onboarding.certification_request.size > CONFIG_CSR_MAX))
		return false; /* CSR-1 */
	if (p->validated.is_signed && (!p->onboarding.owner_certificate.size ||
				       !p->onboarding.ownership_voucher.size))
		return false; /* VAL-2 */
	if (!p->validated.is_signed && (!p->onboarding.server_trusted || b->require_signed))
		return false; /* SRC-8, SEC-2 */
	return !p->report.allowed || p->onboarding.server_trusted; /* PROG-2 */
}

static bool send_report(void *context, const struct progress *p, struct error *e);

static bool read_plan(struct plan *p, struct worker *w, const struct worker_message *m)
{
	struct conveyed_information *information = &p->information;

	information->kind = CONVEYED_INFORMATION_ONBOARDING;
	p->onboarding = (struct bootstrap_onboarding){
		.information = information,
		.validated = &p->validated,
		.conveyed_information = m->part[1],
		.owner_certificate = m->part[2],
		.ownership_voucher = m->part[3],
		.certification_request = m->part[12],
		.source = w->source,
		.server = worker_channel_text(p->server, sizeof(p->server), m->part[6]),
		.report = &p->report,
	};
	p->report.send = send_report;
	p->report.context = w;
	p->validated.document = m->part[4];
	worker_channel_text(p->validated.owner_subject, sizeof(p->validated.owner_subject),
			    m->part[5]);
	information->os_name = m->part[7];
	information->os_version = m->part[8];
	information->configuration = m->part[9];
	information->pre_configuration_script = m->part[10];
	information->post_configuration_script = m->part[11];
	information->download_uri_count = m->count - PLAN_PARTS;
	for (size_t i = 0; i < information->download_uri_count && i < CONFIG_DOWNLOAD_URIS_MAX; i++)
		information->download_uris[i] = m->part[PLAN_PARTS + i];
	return read_numbers(p, m->part[0]) && is_sound(p, w->bootstrap, m);
}

static bool onboard(struct worker *w, const struct worker_message *m, struct error *e)
{
	struct plan *p = w->onboarding ? NULL : calloc(1, sizeof(*p));
	struct error why;

	if (w->onboarding || w->onboarded)
		return worker_process_refuse(&w->process, "a plan within a plan", e);
	if (!p)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a plan");
	p->room = worker_channel_keep(&w->process.channel, &p->room_size);
	bool done = read_plan(p, w, m);
	if (!done) {
		worker_process_refuse(&w->process, "no plan that could be carried out", e);
	} else {
		w->onboarding = true;
		w->onboarded = w->bootstrap->onboard(w->bootstrap->context, &p->onboarding, &why);
		w->onboarding = false;
		done = worker_channel_answer(&w->process.channel, w->onboarded, &why,
					     bytes_of(NULL, 0), e);
	}
	worker_channel_free(p->room, p->room_size);
	free(p);
	return done;
}

/* It may keep us from a server for the rest of this round, by saying this as by failing. */
static bool note_refusal(struct bootstrap *b, const struct worker_message *m)
{
	struct bootstrap_refusal r;

	if (b->refusal_count == ARRAY_SIZE(b->refusals) || m->part[2].size != 2 ||
	    !text_copy(r.host, sizeof(r.host), m->part[0]) ||
	    !text_copy(r.link, sizeof(r.link), m->part[1]))
		return false;
	r.port = (uint16_t)(m->part[2].at[0] << 8 | m->part[2].at[1]);
	b->refusals[b->refusal_count++] = r;
	return true;
}

/* ---- in the agent: the attempt ---------------------------------------------------------------- */

/* Do what the worker asks until it answers; then @answer holds that. */
static bool serve(struct worker *w, struct worker_message *answer, struct error *e)
{
	for (;;) {
		if (!worker_process_receive(&w->process, answer, e))
			return false;
		switch (answer->type) {
		case WORKER_CHANNEL_STEP:
			if (answer->part[0].size != 1 || answer->part[0].at[0] > BOOTSTRAP_STEP_VERIFY)
				return worker_process_refuse(&w->process, "no such step", e);
			if (w->bootstrap->step) {
				char server[CONFIG_HOST_MAX + 24];

				worker_channel_text(server, sizeof(server), answer->part[1]);
				w->bootstrap->step(w->bootstrap->context,
						   (enum bootstrap_step)answer->part[0].at[0], server);
			}
			break;
		case WORKER_CHANNEL_SIGN:
		case WORKER_CHANNEL_RSA:
		case WORKER_CHANNEL_ECDH:
		case WORKER_CHANNEL_LDEVID:
			if (!use_key(w, answer, e))
				return false;
			break;
		case WORKER_CHANNEL_ONBOARD:
			if (!onboard(w, answer, e))
				return false;
			break;
		case WORKER_CHANNEL_REFUSAL:
			if (!note_refusal(w->bootstrap, answer))
				return worker_process_refuse(&w->process, "a refusal of its own", e);
			break;
		case WORKER_CHANNEL_ANSWER:
			return true;
		case WORKER_CHANNEL_LOG:
		case WORKER_CHANNEL_REPORT:
		case WORKER_CHANNEL_FOUND:
		case WORKER_CHANNEL_LOOKUP:
		case WORKER_CHANNEL_TYPES:
			return worker_process_refuse(&w->process, "a message out of turn", e);
		}
	}
}

static bool send_report(void *context, const struct progress *p, struct error *e)
{
	struct worker *w = context;
	uint8_t head[2] = { (uint8_t)p->type, (uint8_t)p->ssh_host_key_count };
	struct bytes parts[WORKER_CHANNEL_PARTS_MAX] = { bytes_of(head, sizeof(head)), p->message };
	size_t count = 2;
	struct worker_message answer;

	if (2 + 2 * p->ssh_host_key_count + p->trust_anchor_cert_count > ARRAY_SIZE(parts))
		return error_set(e, ERROR_MACHINE, "PROG-13", "more keys than a report takes");
	if (!w->process.pid)
		return error_set(e, ERROR_LATER, "SEC-4", "there is no worker any more");
	for (size_t i = 0; i < p->ssh_host_key_count; i++) {
		parts[count++] = bytes_of_text(p->ssh_host_keys[i].algorithm);
		parts[count++] = p->ssh_host_keys[i].blob;
	}
	for (size_t i = 0; i < p->trust_anchor_cert_count; i++)
		parts[count++] = p->trust_anchor_certs[i];
	return worker_channel_send(&w->process.channel, WORKER_CHANNEL_REPORT, parts, count, e) &&
	       serve(w, &answer, e) && worker_channel_read_answer(&answer, NULL, e);
}

static bool attempt(struct worker *w, struct error *e)
{
	struct worker_message answer;

	w->onboarding = w->onboarded = false;
	w->key_uses = 0;
	bool done = worker_process_start(&w->process, w->loop, w->task ? w->task : converse, w, -1, e) &&
		    serve(w, &answer, e) && worker_channel_read_answer(&answer, NULL, e);
	if (done && !w->onboarded)
		worker_process_refuse(&w->process, "success without a plan", e);
	worker_process_end(&w->process);
	return w->onboarded; /* and not what the worker says of it */
}

static bool was_lost(const struct error *e)
{
	return e->code == ERROR_LATER && strcmp(e->rule, "SEC-4") == 0;
}

bool worker_try(struct worker *w, const struct bootstrap_source *source,
		const struct server_list *list, struct error *e)
{
	struct server_list one = { .count = 1 };

	w->source = source;
	w->list = list;
	if (attempt(w, e))
		return true;
	if (!was_lost(e))
		return false;
	log_error("worker", "%s: %s: %s", source->name, e->rule, e->text);
	for (size_t i = 0; i < list->count && list->count > 1; i++) {
		one.at[0] = list->at[i];
		w->list = &one;
		if (attempt(w, e))
			return true;
		if (was_lost(e))
			log_error("worker", "%s: %s: %s", source->name, e->rule, e->text);
	}
	return false;
}

bool worker_try_artifacts(struct worker *w, const struct bootstrap_source *source,
			  const struct bootstrap_artifacts *artifacts, struct error *e)
{
	w->source = source;
	w->list = NULL;
	w->artifacts = artifacts;
	if (attempt(w, e))
		return true;
	if (was_lost(e))
		log_error("worker", "%s: %s: %s", source->name, e->rule, e->text);
	return false;
}

void worker_end(struct worker *w)
{
	worker_process_end(&w->process);
}

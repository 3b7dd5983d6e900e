/* SPDX-License-Identifier: MIT */
#include "lookup.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/writer.h"
#include "net/dns.h"
#include "platform/link.h"

/*
 * LOOKUP, to the process: number of the lookup; what to do; then, to ASK, the question.
 * FOUND, from it: number; step, state and enum error_code; rule; text; ci, oc, ov or targets.
 * Questions and addresses travel as they lie in memory: it is the same program.
 */
enum { ASK, NEXT, STOP };

/* ---- in the process ------------------------------------------------------------------------ */

/* One question being asked there; it lives as long as the process. */
struct asked {
	struct asked *next;
	uint32_t id;
	struct service service;
	enum service_state told[SERVICE_STEPS];
	bool anything_told[SERVICE_STEPS];
	struct address dns[CONFIG_DNS_SERVERS_MAX];
	char link[LINK_NAME_SIZE], serial[CONFIG_SERIAL_MAX];
	char domains[CONFIG_DOMAINS_MAX][CONFIG_HOST_MAX];
};

static struct {
	struct worker_channel *agent;
	struct loop loop;
	struct loop_fd watch;
	struct asked *first;
} inside;

static void tell(struct asked *a, enum service_step step)
{
	enum service_state state = service_state(&a->service, step);
	const struct error *why = service_reason(&a->service, step);
	uint8_t head[4], three[3] = { (uint8_t)step, (uint8_t)state,
				      state == SERVICE_NOTHING ? (uint8_t)why->code : 0 };
	struct writer w = writer_over(head, sizeof(head));
	struct bytes parts[8] = { bytes_of(head, 4), bytes_of(three, 3) };
	struct error gone;
	size_t count;

	writer_be32(&w, a->id);
	if (state == SERVICE_NOTHING) {
		parts[2] = bytes_of_text(why->rule);
		parts[3] = bytes_of_text(why->text);
	} else if (state == SERVICE_FOUND && step <= SERVICE_TXT_UNICAST) {
		const struct service_txt *txt = service_txt(&a->service, step);

		parts[4] = txt->ci;
		parts[5] = txt->oc;
		parts[6] = txt->ov;
	} else if (state == SERVICE_FOUND) {
		const struct resolve_target *at = service_targets(&a->service, step, &count);

		parts[7] = bytes_of(at, count * sizeof(*at));
	}
	if (!worker_channel_send(inside.agent, WORKER_CHANNEL_FOUND, parts, ARRAY_SIZE(parts),
				 &gone))
		_exit(1);
}

static void tell_changes(void *context)
{
	struct asked *a = context;

	for (enum service_step step = 0; step < SERVICE_STEPS; step++) {
		enum service_state state = service_state(&a->service, step);

		if (a->anything_told[step] && a->told[step] == state)
			continue;
		a->anything_told[step] = true;
		a->told[step] = state;
		tell(a, step);
	}
}

static void take_question(uint32_t id, const struct bytes *part)
{
	struct asked *a = calloc(1, sizeof(*a));
	struct service_question q;

	if (!a)
		_exit(1);
	memcpy(&q, part[1].at, sizeof(q));
	memcpy(a->link, part[2].at, part[2].size);
	memcpy(a->serial, part[3].at, part[3].size);
	memcpy(a->dns, part[4].at, part[4].size);
	memcpy(a->domains, part[5].at, part[5].size);
	q.resolver.link = a->link;
	q.resolver.servers = a->dns;
	q.resolver.domains = (const char(*)[CONFIG_HOST_MAX])a->domains;
	q.serial = bytes_of_text(a->serial);
	a->id = id;
	a->service.changed = tell_changes;
	a->service.context = a;
	a->next = inside.first;
	inside.first = a;
	service_start(&a->service, &inside.loop, &q);
	tell_changes(a);
}

static void on_order(void *context, unsigned events)
{
	struct worker_message m;
	struct error gone;

	(void)context, (void)events;
	if (!worker_channel_receive(inside.agent, &m, &gone))
		_exit(0);
	bool bad;
	struct reader r = reader_over(m.part[0], &bad);
	uint32_t id = reader_be32(&r);
	uint8_t what = reader_u8(&r), step = reader_u8(&r);

	if (what == ASK) {
		take_question(id, m.part);
		return;
	}
	for (struct asked **at = &inside.first, *a; (a = *at); at = &a->next) {
		if (a->id != id)
			continue;
		if (what == NEXT) {
			service_next(&a->service, step);
			tell_changes(a);
			return;
		}
		*at = a->next;
		service_stop(&a->service);
		free(a);
		return;
	}
}

static void work(void *context, struct worker_channel *agent)
{
	const bool never = false;
	struct error e;

	(void)context;
	inside.agent = agent;
	loop_start(&inside.loop);
	inside.watch = (struct loop_fd){ .fd = agent->fd, .wants = LOOP_READ, .ready = on_order };
	loop_fd_add(&inside.loop, &inside.watch);
	while (loop_run_until(&inside.loop, &never, 0, &e))
		;
}

/* ---- in the agent ----------------------------------------------------------------------------- */

static const struct lookup_step nothing_yet = { .state = SERVICE_ASKING };

static void forget(struct lookup_step *step)
{
	free(step->found);
	*step = nothing_yet;
}

/* Everybody who still asks has found nothing, and this is why. */
static void fail_all(struct lookups *all, const struct error *why)
{
	lookup_end(all);
	for (struct lookup *l = all->first, *next; l; l = next) {
		bool news = false;

		next = l->next;
		for (enum service_step i = 0; i < SERVICE_STEPS; i++)
			if (l->steps[i].state == SERVICE_ASKING) {
				l->steps[i].state = SERVICE_NOTHING;
				l->steps[i].reason = *why;
				news = true;
			}
		if (news)
			l->changed(l->context);
	}
}

static bool take_targets(struct lookup_step *step, struct bytes from)
{
	const struct resolve_target *at = (const void *)step->found;
	size_t count = from.size / sizeof(*at);

	if (!count || count > CONFIG_SERVER_LIST_MAX || from.size % sizeof(*at))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!memchr(at[i].host, '\0', sizeof(at[i].host)) ||
		    !dns_name_is_valid(at[i].host) || at[i].count > CONFIG_DNS_KNOWN_MAX)
			return false;
		for (size_t j = 0; j < at[i].count; j++)
			if (at[i].addresses[j].family != ADDRESS_IPV4 &&
			    at[i].addresses[j].family != ADDRESS_IPV6)
				return false;
	}
	step->targets = at;
	step->target_count = count;
	return true;
}

/* What a step has found, in memory of its own. */
static bool take_found(struct lookup_step *to, bool is_txt, const struct bytes *part)
{
	const struct bytes *from = is_txt ? part + 4 : part + 7;
	size_t count = is_txt ? 3 : 1, size = 0;

	for (size_t i = 0; i < count; i++)
		size += from[i].size;
	to->found = size ? malloc(size) : NULL;
	if (!to->found)
		return false;
	struct writer w = writer_over(to->found, size);
	struct bytes *const txt[] = { &to->txt.ci, &to->txt.oc, &to->txt.ov };
	for (size_t i = 0; i < count; i++) {
		if (is_txt)
			*txt[i] = bytes_of(to->found + w.used, from[i].size);
		writer_bytes(&w, from[i]);
	}
	return is_txt ? to->txt.ci.size > 0 : take_targets(to, from[0]);
}

/* false: it does not have its form. */
static bool take_finding(struct lookups *all, const struct worker_message *m)
{
	struct lookup *l = all->first;
	bool bad;
	struct reader r = reader_over(m->part[0], &bad), s = reader_over(m->part[1], &bad);
	uint32_t id = reader_be32(&r);
	uint8_t step = reader_u8(&s), state = reader_u8(&s), code = reader_u8(&s);
	struct lookup_step *to;

	if (bad || step >= SERVICE_STEPS || state > SERVICE_FOUND || code > ERROR_MACHINE)
		return false;
	while (l && l->id != id)
		l = l->next;
	if (!l)
		return true; /* it was stopped meanwhile */
	to = &l->steps[step];
	if (to->state != SERVICE_ASKING)
		return false; /* nobody asked, and what it found before may be in use */
	forget(to);
	if (state == SERVICE_FOUND && !take_found(to, step <= SERVICE_TXT_UNICAST, m->part)) {
		forget(to);
		return false;
	}
	to->state = state;
	if (state == SERVICE_NOTHING) {
		to->reason.code = code;
		worker_channel_text(to->reason.rule, sizeof(to->reason.rule), m->part[2]);
		worker_channel_text(to->reason.text, sizeof(to->reason.text), m->part[3]);
	}
	l->changed(l->context);
	return true;
}

static void ignore(void *context, unsigned events)
{
	(void)context, (void)events;
}

static void on_message(void *context, unsigned events)
{
	struct lookups *all = context;
	struct worker_message m;
	struct error why;
	bool is_line;

	(void)events;
	all->watch.ready = ignore; /* the rest of a message is waited for in the loop */
	if (!worker_process_take(&all->process, &m, &is_line, &why)) {
		fail_all(all, &why);
		return;
	}
	all->watch.ready = on_message;
	if (!is_line && (m.type != WORKER_CHANNEL_FOUND || !take_finding(all, &m))) {
		(void)!worker_process_refuse(&all->process, "no finding", &why);
		fail_all(all, &why);
	}
}

static bool start_process(struct lookups *all, struct error *e)
{
	if (all->process.pid)
		return true;
	if (!worker_process_start(&all->process, all->loop, work, NULL, -1, e))
		return false;
	all->watch = (struct loop_fd){ .fd = all->process.channel.fd,
				       .wants = LOOP_READ,
				       .ready = on_message,
				       .context = all };
	loop_fd_add(all->loop, &all->watch);
	return true;
}

void lookup_end(struct lookups *all)
{
	if (all->watch.ready)
		loop_fd_remove(all->loop, &all->watch);
	all->watch.ready = NULL;
	worker_process_end(&all->process);
}

/* @part: behind number, order and step. */
static bool order(struct lookup *l, uint8_t what, uint8_t step, const struct bytes *part,
		  size_t count, struct error *e)
{
	uint8_t head[6];
	struct writer w = writer_over(head, sizeof(head));
	struct bytes parts[6] = { bytes_of(head, sizeof(head)) };

	writer_be32(&w, l->id);
	writer_u8(&w, what);
	writer_u8(&w, step);
	for (size_t i = 0; i < count; i++)
		parts[1 + i] = part[i];
	return start_process(l->all, e) &&
	       worker_channel_send(&l->all->process.channel, WORKER_CHANNEL_LOOKUP, parts,
				   ARRAY_SIZE(parts), e);
}

void lookup_start(struct lookup *l, struct lookups *all, const struct service_question *question)
{
	const struct resolver *r = &question->resolver;
	const struct bytes parts[] = {
		bytes_of(question, sizeof(*question)),
		bytes_of_text(r->link ? r->link : ""),
		question->serial,
		bytes_of(r->servers, r->server_count * sizeof(*r->servers)),
		bytes_of(r->domains, r->domain_count * sizeof(*r->domains)),
	};
	struct error why;

	l->all = all;
	l->id = ++all->last_id;
	l->next = all->first;
	all->first = l;
	for (enum service_step i = 0; i < SERVICE_STEPS; i++)
		l->steps[i] = nothing_yet;
	if (!order(l, ASK, 0, parts, ARRAY_SIZE(parts), &why))
		fail_all(all, &why);
}

void lookup_stop(struct lookup *l)
{
	struct error gone;

	if (!l->all)
		return;
	for (struct lookup **at = &l->all->first; *at; at = &(*at)->next)
		if (*at == l) {
			*at = l->next;
			break;
		}
	if (l->all->process.pid && !order(l, STOP, 0, NULL, 0, &gone))
		fail_all(l->all, &gone);
	for (enum service_step i = 0; i < SERVICE_STEPS; i++)
		forget(&l->steps[i]);
	l->all = NULL;
}

void lookup_next(struct lookup *l, enum service_step step)
{
	struct error why;

	forget(&l->steps[step]);
	if (!order(l, NEXT, (uint8_t)step, NULL, 0, &why))
		fail_all(l->all, &why);
}

enum service_state lookup_state(const struct lookup *l, enum service_step step)
{
	return l->steps[step].state;
}

const struct error *lookup_reason(const struct lookup *l, enum service_step step)
{
	return &l->steps[step].reason;
}

const struct service_txt *lookup_txt(const struct lookup *l, enum service_step step)
{
	return &l->steps[step].txt;
}

const struct resolve_target *lookup_targets(const struct lookup *l, enum service_step step,
					    size_t *count)
{
	*count = l->steps[step].target_count;
	return l->steps[step].targets;
}

/* SPDX-License-Identifier: MIT */
#include "discovery/service.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "net/mdns.h"
#include "platform/entropy.h"

/*
 * Four parts, one for each step of DNS-3, run side by side.  A multicast part asks one
 * question; a unicast part goes through the domains of DHCP and then, if wanted, those
 * that the reverse zone of our own network names (DNS-20), which are asked for meanwhile.
 */

static const struct {
	const char *name, *rule;
	bool multicast, text;
} steps[SERVICE_STEPS] = {
	[SERVICE_TXT_MULTICAST] = { "txt-multicast", "DNS-5", true, true },
	[SERVICE_TXT_UNICAST] = { "txt-unicast", "DNS-5", false, true },
	[SERVICE_SRV_MULTICAST] = { "srv-multicast", "DNS-6", true, false },
	[SERVICE_SRV_UNICAST] = { "srv-unicast", "DNS-6", false, false },
};

/* RFC 6763 §11: the domains to browse, then those to be browsed without being asked. */
static const char *const reverse_names[] = { "b", "lb" };

const char *service_step_name(enum service_step step)
{
	return steps[step].name;
}

/* --- what records mean ------------------------------------------------------------------ */

bool service_txt_read(struct service_txt *txt, uint8_t *room, const struct dns_answer *a,
		      struct error *e)
{
	static const char *const keys[3] = { "ci", "oc", "ov" };
	struct bytes found[3] = { 0 };

	for (size_t i = 0; i < a->count; i++) {
		size_t size;

		if (!dns_txt_join(room, &size, a->data[i]))
			return error_set(e, ERROR_MALFORMED, "DNS-9",
					 "a string runs past its TXT record");
		if (size < 3 || room[2] != '=' || memchr(room, '=', 2))
			continue; /* DNS-8 */
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			if (found[k].at ||
			    !text_equal_nocase(bytes_of(room, 2), bytes_of_text(keys[k])))
				continue;
			found[k] = bytes_of(room + 3, size - 3);
			room += size;
			break;
		}
	}
	if (found[0].size == 0)
		return error_set(e, ERROR_REFUSED, "DNS-7", "no TXT record holds ci=");
	if (!found[1].size != !found[2].size)
		return error_set(e, ERROR_REFUSED, "DNS-11", "there is an %s=, but no %s=",
				 keys[found[1].size ? 1 : 2], keys[found[1].size ? 2 : 1]);
	*txt = (struct service_txt){ found[0], found[1], found[2] };
	return true;
}

struct candidate {
	uint16_t priority, weight;
	bool taken;
	struct bytes data;
};

/*
 * RFC 2782: of the lowest priority, and there by lot: the first whose running sum of
 * weights reaches the draw; those without weight stand in front.
 */
static struct candidate *draw(struct candidate *c, size_t count, uint32_t random)
{
	uint32_t sum = 0, priority = UINT32_MAX;

	for (size_t i = 0; i < count; i++)
		if (!c[i].taken && c[i].priority < priority)
			priority = c[i].priority;
	for (size_t i = 0; i < count; i++)
		if (!c[i].taken && c[i].priority == priority)
			sum += c[i].weight;
	random %= sum + 1;
	sum = 0;
	for (size_t i = 0; i < 2 * count; i++) {
		struct candidate *at = &c[i % count];

		if (at->taken || at->priority != priority || !at->weight != (i < count))
			continue;
		sum += at->weight;
		if (sum >= random)
			return at;
	}
	return NULL; /* all are taken */
}

bool service_srv_read(struct resolve_target *to, size_t *count, const struct dns_answer *a,
		      struct bytes message, const uint32_t *random, struct error *e)
{
	struct candidate candidates[CONFIG_DNS_DATA_MAX], *next;
	size_t n = 0, used = 0;
	bool absent = false;
	struct dns_srv srv;

	for (size_t i = 0; i < a->count; i++) {
		if (!dns_srv_read(&srv, a->data[i], message))
			continue;
		if (srv.target[0])
			candidates[n++] = (struct candidate){ srv.priority, srv.weight, false,
							      a->data[i] };
		else
			absent = true;
	}
	if (n == 0)
		return absent ? error_set(e, ERROR_REFUSED, "DNS-18",
					  "the service is declared absent")
			      : error_set(e, ERROR_REFUSED, "DNS-17",
					  "no SRV record names a host and its port");
	while (used < CONFIG_SERVER_LIST_MAX && (next = draw(candidates, n, random[used]))) {
		next->taken = true;
		if (!dns_srv_read(&srv, next->data, message))
			continue; /* it was read before */
		memcpy(to[used].host, srv.target, sizeof(srv.target));
		to[used].port = srv.port;
		to[used++].count = 0;
	}
	*count = used;
	return true;
}

/* --- one step ------------------------------------------------------------------------------ */

static enum service_step step_of(const struct service_part *p)
{
	return (enum service_step)(p - p->service->parts);
}

static void forget(struct service_part *p)
{
	free(p->found);
	p->found = NULL;
	p->txt = (struct service_txt){ 0 };
	p->target_count = 0;
}

/* What was refused says more than that nobody answered somewhere else. */
static void set_reason(struct service_part *p, const struct error *e, const char *name)
{
	if (p->reason.code && p->reason.code != ERROR_LATER && e->code == ERROR_LATER)
		return;
	p->reason = *e;
	error_rule(&p->reason, steps[step_of(p)].rule);
	error_wrap(&p->reason, "%.128s", name);
}

static bool take_txt(struct service_part *p, const struct dns_answer *a, struct error *e)
{
	size_t size = 0;

	for (size_t i = 0; i < a->count; i++)
		size += a->data[i].size;
	p->found = malloc(size + 1);
	return p->found ? service_txt_read(&p->txt, p->found, a, e)
			: error_set(e, ERROR_MACHINE, NULL, "no memory");
}

static bool take_srv(struct service_part *p, const struct dns_answer *a, struct bytes message,
		     struct error *e)
{
	uint32_t random[CONFIG_SERVER_LIST_MAX];
	struct resolve_target *to = calloc(CONFIG_SERVER_LIST_MAX, sizeof(*to));

	p->found = to;
	if (!to)
		return error_set(e, ERROR_MACHINE, NULL, "no memory");
	if (!entropy_fill(random, sizeof(random), e) ||
	    !service_srv_read(to, &p->target_count, a, message, random, e))
		return false;
	for (size_t i = 0; i < p->target_count && p->lookup.question.multicast; i++) {
		to[i].count = dns_addresses_read(to[i].addresses, CONFIG_DNS_KNOWN_MAX,
						 message, to[i].host);
		mdns_scope(to[i].addresses, to[i].count, p->service->question.resolver.link);
	}
	return true;
}

/* Keep what an answer says.  false, with the reason set: it is no use. */
static bool take(void *context, const struct dns_answer *a, struct bytes message)
{
	struct service_part *p = context;
	struct error e;
	bool text = steps[step_of(p)].text;

	if (text ? take_txt(p, a, &e) : take_srv(p, a, message, &e)) {
		p->state = SERVICE_FOUND;
		log_info("dns", "%s: %s: found at %s", p->service->question.resolver.link,
			 steps[step_of(p)].name, p->lookup.question.name);
		return true;
	}
	forget(p);
	set_reason(p, &e, p->lookup.question.name);
	return false;
}

/* The name to ask for.  false: too long (DNS-23). */
static bool write_name(char to[static CONFIG_HOST_MAX], const struct service_part *p,
		       const char *domain)
{
	struct writer w = writer_over(to, CONFIG_HOST_MAX);

	if (steps[step_of(p)].text) {
		dns_label_write(&w, p->service->question.serial);
		writer_text(&w, "._sztp.");
	} else {
		writer_text(&w, "_sztp._tcp.");
	}
	writer_text(&w, domain);
	writer_u8(&w, 0);
	return writer_ok(&w);
}

static const char *domain_of(const struct service_part *p)
{
	const struct service *s = p->service;
	size_t i = p->candidate, given = s->question.resolver.domain_count;

	if (steps[step_of(p)].multicast)
		return i == 0 ? "local" : NULL;
	return i < given		  ? s->question.resolver.domains[i]
	       : i < given + s->domain_count ? s->domains[i - given]
					     : NULL;
}

/* Ask for the candidate whose turn it is, or for the next that can be asked for. */
static void ask(struct service_part *p)
{
	struct service *s = p->service;
	bool multicast = steps[step_of(p)].multicast;
	char name[CONFIG_HOST_MAX];
	const char *domain;
	struct error e;

	p->state = SERVICE_ASKING;
	for (; (domain = domain_of(p)); p->candidate++) {
		if (write_name(name, p, domain)) {
			dns_lookup_start(&p->lookup, s->loop, &s->question.resolver, name,
					 steps[step_of(p)].text ? DNS_TYPE_TXT : DNS_TYPE_SRV,
					 multicast);
			return;
		}
		error_set(&e, ERROR_REFUSED, "DNS-23", "too long below this domain");
		set_reason(p, &e, domain);
	}
	if (!multicast && !s->reverse_ends) {
		p->waits = true;
		return;
	}
	p->state = SERVICE_NOTHING;
	if (!p->reason.code)
		error_set(&p->reason, ERROR_LATER, "DNS-20", "no domain is known");
}

static void answered(void *context, const struct dns_answer *a, struct bytes message)
{
	struct service_part *p = context;
	struct service *s = p->service;
	struct error e = p->lookup.why;

	/* What came by multicast has been taken already. */
	if (p->state != SERVICE_FOUND &&
	    !(a->status == DNS_ANSWER && take(p, a, message))) {
		if (a->status == DNS_NO_NAME || a->status == DNS_NO_DATA)
			error_set(&e, ERROR_LATER, NULL, "%s",
				  a->status == DNS_NO_NAME ? "there is no such name"
							   : "there is no such record");
		if (a->status != DNS_ANSWER)
			set_reason(p, &e, p->lookup.question.name);
		/* Servers that are silent get less patience from now on. */
		p->lookup.rounds = a->status == DNS_SILENCE ? 1 : 0;
		p->candidate++;
		ask(p);
	}
	if (p->state != SERVICE_ASKING)
		s->changed(s->context);
}

/* --- the reverse zone ---------------------------------------------------------------------- */

/* RFC 6763 §11: the address of our network, its first one. */
static void write_reverse_name(char to[static CONFIG_HOST_MAX], const char *first,
			       const struct address *own, uint8_t prefix)
{
	struct writer w = writer_over(to, CONFIG_HOST_MAX);
	bool six = own->family == ADDRESS_IPV6;

	writer_printf(&w, "%s._dns-sd._udp.", first);
	for (unsigned i = six ? 16 : 4; i-- > 0;) {
		unsigned kept = prefix >= 8 * i + 8 ? 8 : prefix > 8 * i ? prefix - 8 * i : 0;
		unsigned byte = own->bytes[i] & (0xff00u >> kept);

		if (six)
			writer_printf(&w, "%x.%x.", byte & 15, byte >> 4);
		else
			writer_printf(&w, "%u.", byte);
	}
	writer_printf(&w, "%s.arpa", six ? "ip6" : "in-addr");
	writer_u8(&w, 0);
}

static void ask_reverse(struct service *s)
{
	char name[CONFIG_HOST_MAX];

	write_reverse_name(name, reverse_names[s->reverse_asked++], &s->question.own,
			   s->question.prefix);
	dns_lookup_start(&s->reverse, s->loop, &s->question.resolver, name, DNS_TYPE_PTR, false);
}

static void add_domain(struct service *s, const char *domain)
{
	const struct resolver *r = &s->question.resolver;

	if (s->domain_count == CONFIG_SERVICE_REVERSE_MAX || !dns_name_is_valid(domain))
		return;
	for (size_t i = 0; i < r->domain_count + s->domain_count; i++) {
		const char *known = i < r->domain_count ? r->domains[i]
							: s->domains[i - r->domain_count];

		if (text_equal_nocase(bytes_of_text(known), bytes_of_text(domain)))
			return;
	}
	strcpy(s->domains[s->domain_count++], domain);
}

static void reverse_answered(void *context, const struct dns_answer *a, struct bytes message)
{
	struct service *s = context;
	char domain[CONFIG_HOST_MAX];
	bool change = false;

	for (size_t i = 0; a->status == DNS_ANSWER && i < a->count; i++)
		if (dns_pointer_read(domain, a->data[i], message))
			add_domain(s, domain);
	if (a->status != DNS_SILENCE && s->reverse_asked < ARRAY_SIZE(reverse_names)) {
		ask_reverse(s);
		return;
	}
	s->reverse_ends = true;
	for (size_t i = 0; i < SERVICE_STEPS; i++) {
		struct service_part *p = &s->parts[i];

		if (!p->waits)
			continue;
		p->waits = false;
		ask(p);
		change |= p->state != SERVICE_ASKING;
	}
	if (change)
		s->changed(s->context);
}

/* --- all of it ------------------------------------------------------------------------------ */

/* Why a step cannot be asked at all. */
static bool can_ask(const struct service *s, enum service_step step, struct error *e)
{
	const struct service_question *q = &s->question;
	const struct resolver *r = &q->resolver;

	if (!(q->steps & 1u << step))
		return error_set(e, ERROR_REFUSED, "DNS-1", "not wanted");
	if (steps[step].text && (q->serial.size == 0 || q->serial.size > 63))
		return error_set(e, ERROR_REFUSED, "DNS-23",
				 "a serial number of %zu bytes is no label", q->serial.size);
	if (steps[step].multicast)
		return (r->link && r->link[0]) ||
		       error_set(e, ERROR_REFUSED, "DNS-15", "no link to ask");
	return r->server_count || error_set(e, ERROR_LATER, "DNS-20", "no name server is known");
}

void service_start(struct service *s, struct loop *l, const struct service_question *question)
{
	void (*changed)(void *context) = s->changed;
	void *context = s->context;

	memset(s, 0, sizeof(*s));
	s->changed = changed;
	s->context = context;
	s->loop = l;
	s->question = *question;
	s->reverse.answered = reverse_answered;
	s->reverse.context = s;
	if (!s->question.resolver.link)
		s->question.resolver.link = "";
	s->reverse_ends = !question->reverse || !question->own.family ||
			  !question->resolver.server_count;
	if (!s->reverse_ends)
		ask_reverse(s);
	for (size_t i = 0; i < SERVICE_STEPS; i++) {
		struct service_part *p = &s->parts[i];

		p->service = s;
		p->lookup.answered = answered;
		p->lookup.usable = take;
		p->lookup.context = p;
		if (can_ask(s, (enum service_step)i, &p->reason))
			ask(p);
		else
			p->state = SERVICE_NOTHING;
	}
}

void service_stop(struct service *s)
{
	for (size_t i = 0; i < SERVICE_STEPS; i++) {
		dns_lookup_stop(&s->parts[i].lookup);
		forget(&s->parts[i]);
	}
	dns_lookup_stop(&s->reverse);
}

enum service_state service_state(const struct service *s, enum service_step step)
{
	return s->parts[step].state;
}

const struct error *service_reason(const struct service *s, enum service_step step)
{
	return &s->parts[step].reason;
}

const struct service_txt *service_txt(const struct service *s, enum service_step step)
{
	return &s->parts[step].txt;
}

const struct resolve_target *service_targets(const struct service *s, enum service_step step,
					     size_t *count)
{
	*count = s->parts[step].target_count;
	return s->parts[step].found;
}

void service_next(struct service *s, enum service_step step)
{
	struct service_part *p = &s->parts[step];

	if (p->state != SERVICE_FOUND)
		return;
	forget(p);
	error_set(&p->reason, ERROR_REFUSED, "DNS-4", "what was found led to nothing");
	p->candidate++;
	ask(p);
}

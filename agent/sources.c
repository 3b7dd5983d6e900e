/* SPDX-License-Identifier: MIT */
#include "sources.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"

/* A lookup of DNS records on one network; .network is a copy, which the lookup borrows. */
struct sources_service {
	struct sources *sources;
	struct lookup lookup;
	struct discovery_network network;
	bool bare;   /* a cable without any network: multicast alone */
	bool lost;   /* the network is gone while an offer of it is tried */
	uint64_t begun_ms;
	unsigned told; /* bit of each step that is not asked, or whose end was told */
	unsigned found; /* bit of each step whose finding was told */
};

static void changed(struct sources *s, bool arrived)
{
	if (s->changed)
		s->changed(s->context, arrived);
}

/* ---- DNS: one lookup a network ------------------------------------------------------- */

static void service_changed(void *context)
{
	struct sources_service *v = context;
	struct sources *s = v->sources;

	for (enum service_step step = 0; step < SERVICE_STEPS; step++) {
		if (lookup_state(&v->lookup, step) != SERVICE_FOUND || v->found & 1u << step)
			continue;
		v->found |= 1u << step;
		if (s->service)
			s->service(s->context, v->network.link, step, &v->lookup);
	}
	changed(s, false);
}

static void drop_service(struct sources *s, size_t at)
{
	struct sources_service *v = s->services[at];

	if (!v)
		return;
	if (s->offering && s->offer.service == v) {
		v->lost = true; /* sources_release() drops it */
		return;
	}
	lookup_stop(&v->lookup);
	free(v);
	s->services[at] = NULL;
}

static void ask_service(struct sources_service *v)
{
	struct sources *s = v->sources;
	const struct discovery_network *n = &v->network;
	bool multicast = s->mdns;
	struct service_question question = {
		.resolver = { .link = n->link,
			      .servers = n->dns,
			      .server_count = n->dns_count,
			      .domains = n->domains,
			      .domain_count = n->domain_count },
		.serial = bytes_of_text(s->serial ? s->serial : ""),
		.reverse = s->reverse_zone,
		.own = n->own,
		.prefix = n->prefix,
	};

	/* The link is asked once, not once for each of its networks. */
	for (size_t i = 0; i < ARRAY_SIZE(s->services) && s->services[i] != v; i++)
		multicast &= !s->services[i] || s->services[i]->lost ||
			     strcmp(s->services[i]->network.link, n->link) != 0;
	if (multicast)
		question.steps |= 1u << SERVICE_TXT_MULTICAST | 1u << SERVICE_SRV_MULTICAST;
	if (s->unicast_dns && !v->bare)
		question.steps |= 1u << SERVICE_TXT_UNICAST | 1u << SERVICE_SRV_UNICAST;
	v->told = ~question.steps; /* those not asked have nothing to tell */
	v->begun_ms = loop_now_ms();
	v->lookup = (struct lookup){ .changed = service_changed, .context = v };
	lookup_start(&v->lookup, &s->lookups, &question);
}

static bool same_names(const struct discovery_network *a, const struct discovery_network *b)
{
	bool same = a->dns_count == b->dns_count && a->domain_count == b->domain_count &&
		    address_equal(&a->own, &b->own);

	for (size_t i = 0; same && i < a->dns_count; i++)
		same = address_equal(&a->dns[i], &b->dns[i]);
	for (size_t i = 0; same && i < a->domain_count; i++)
		same = strcmp(a->domains[i], b->domains[i]) == 0;
	return same;
}

/* Ask on this network; again when what it says of names has changed. */
static void begin_service(struct sources *s, const struct discovery_network *n, bool bare)
{
	struct sources_service *v;
	size_t place = ARRAY_SIZE(s->services);

	if (!fetchers_has(&s->order, FETCHER_DNS))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(s->services); i++) {
		v = s->services[i];
		if (v && !v->lost && strcmp(v->network.link, n->link) == 0) {
			if (bare || (v->network.kind == n->kind && !v->bare &&
				     same_names(&v->network, n)))
				return;
			if (v->bare || v->network.kind == n->kind)
				drop_service(s, i);
		}
		if (!s->services[i] && place == ARRAY_SIZE(s->services))
			place = i;
	}
	if (place == ARRAY_SIZE(s->services))
		return; /* two for each link there may be */
	v = calloc(1, sizeof(*v));
	if (!v) {
		log_warn("sources", "%s: no memory for DNS", n->link);
		return;
	}
	v->sources = s;
	v->network = *n;
	v->bare = bare;
	s->services[place] = v;
	ask_service(v);
}

/* ---- what discovery and the others tell ------------------------------------------------ */

static void on_network(void *context, const struct discovery_network *n)
{
	struct sources *s = context;

	proxies_check(&s->proxies);
	if (n->kind == DISCOVERY_DHCP4)
		proxies_learn(&s->proxies, n->link, bytes_of(n->vendor, n->vendor_size),
			      bytes_of_text(n->lease4 ? n->lease4->wpad : ""));
	if (s->network)
		s->network(s->context, n);
	begin_service(s, n, false);
	changed(s, true);
}

static void on_network_lost(void *context, const char *link, enum discovery_kind kind)
{
	struct sources *s = context;

	if (kind == DISCOVERY_DHCP4)
		proxies_forget(&s->proxies, link);
	for (size_t i = 0; i < ARRAY_SIZE(s->services); i++)
		if (s->services[i] && s->services[i]->network.kind == kind &&
		    strcmp(s->services[i]->network.link, link) == 0)
			drop_service(s, i);
	if (s->network_lost)
		s->network_lost(s->context, link, kind);
	changed(s, false);
}

/* Links with a cable; a link whose networks are silent is at least asked by multicast. */
static void look_at_links(struct sources *s)
{
	size_t carriers = 0;

	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		const struct discovery_port *p = &s->discovered.ports[i];
		struct discovery_network bare = { .index = p->link.index };

		if (!p->used || !p->link.has_carrier)
			continue;
		carriers++;
		if (p->present || p->without == INTERFACES_OFF ||
		    loop_now_ms() < s->carrier_ms + CONFIG_SOURCES_BARE_MS)
			continue;
		memcpy(bare.link, p->link.name, sizeof(bare.link));
		begin_service(s, &bare, true);
	}
	s->carriers = carriers;
}

static void silence_over(void *context)
{
	struct sources *s = context;

	look_at_links(s);
	changed(s, false);
}

static void on_links(void *context)
{
	struct sources *s = context;
	size_t before = s->carriers;

	look_at_links(s);
	if (s->carriers > before) {
		s->carrier_ms = loop_now_ms();
		loop_timer_set(s->loop, &s->silence, s->carrier_ms + CONFIG_SOURCES_BARE_MS);
	}
	changed(s, s->carriers > before);
}

static void on_media(void *context)
{
	changed(context, true);
}

static void on_proxies(void *context)
{
	changed(context, false);
}

/* ---- start, rounds, stop ------------------------------------------------------------------ */

struct sources *sources_memory(void)
{
	static struct sources only;

	return &only;
}

bool sources_start(struct sources *s, struct error *e)
{
	s->begun_ms = s->carrier_ms = loop_now_ms();
	s->rounds = 0;
	s->uses_media = fetchers_has(&s->order, FETCHER_USB);
	s->discovered.found = on_network;
	s->discovered.lost = on_network_lost;
	s->discovered.links_changed = on_links;
	s->discovered.context = s;
	s->proxies.changed = on_proxies;
	s->proxies.context = s;
	s->media = (struct media){ .loop = s->loop,
				   .serial = s->serial[0] ? s->serial : NULL,
				   .file_max = s->usb_file_max,
				   .set_max = s->usb_set_max,
				   .changed = on_media,
				   .context = s };
	s->lookups.loop = s->loop;
	s->silence = (struct loop_timer){ .expired = silence_over, .context = s };
	if (!proxies_start(&s->proxies, s->loop, &s->proxying, e) ||
	    (s->uses_media && !media_start(&s->media, e)) ||
	    !discovery_start(&s->discovered, s->loop, &s->discovery, e)) {
		sources_stop(s);
		return false;
	}
	on_links(s);
	return true;
}

void sources_begin_round(struct sources *s)
{
	s->rounds++;
	s->begun_ms = loop_now_ms();
	memset(s->tried, 0, sizeof(s->tried));
	s->tried_well_known = s->media_over = false;
	if (s->uses_media)
		media_begin_round(&s->media);
	if (s->rounds > 1)
		lookup_end(&s->lookups); /* nothing of a round outlives it there */
	for (size_t i = 0; i < ARRAY_SIZE(s->services) && s->rounds > 1; i++) {
		struct sources_service *v = s->services[i];

		if (!v)
			continue;
		lookup_stop(&v->lookup);
		ask_service(v);
	}
}

void sources_stop(struct sources *s)
{
	s->offering = false;
	if (!s->loop)
		return;
	loop_timer_cancel(s->loop, &s->silence);
	for (size_t i = 0; i < ARRAY_SIZE(s->services); i++)
		drop_service(s, i);
	lookup_end(&s->lookups);
	if (s->uses_media)
		media_stop(&s->media);
	proxies_stop(&s->proxies);
	discovery_stop(&s->discovered);
}

bool sources_complete(const struct sources *s)
{
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		const struct discovery_port *p = &s->discovered.ports[i];

		if (p->used && p->link.has_carrier && !p->present &&
		    p->without != INTERFACES_OFF)
			return false;
	}
	return s->carriers > 0;
}

/* ---- offers -------------------------------------------------------------------------------- */

static void tell_nothing(struct sources *s, const char *name, const struct error *why)
{
	if (s->nothing)
		s->nothing(s->context, name, why);
}

/* All that an offer needs of the network, whatever becomes of it while servers are asked. */
static void start_offer(struct sources *s, enum fetcher which, const struct discovery_network *n)
{
	struct sources_offer *o = &s->offer;
	struct resolver *r = &o->source.resolver;

	memset(o, 0, sizeof(*o));
	o->fetcher = which;
	o->source.name = o->name;
	o->source.no_http = s->no_http;
	if (n) {
		o->network = *n;
		r->link = o->network.link;
		r->servers = o->network.dns;
		r->server_count = o->network.dns_count;
		r->domains = o->network.domains;
		r->domain_count = o->network.domain_count;
	}
	if (r->server_count == 0) { /* another network's servers are better than none */
		r->server_count = discovery_dns(&s->discovered, o->dns, ARRAY_SIZE(o->dns));
		r->servers = o->dns;
	}
}

/* Through the proxy that is to be used now.  Turns the loop. */
static bool finish_offer(struct sources *s)
{
	struct sources_offer *o = &s->offer;
	const struct proxy *through;
	struct proxies_view view;
	struct error why;
	size_t at = 0;

	s->offering = true;
	if (proxies_choose(&s->proxies, &through, &why)) {
		if (through) {
			o->proxy = *through;
			o->source.proxy = &o->proxy;
		}
		return true;
	}
	/* What is on a stick needs no network, and must not find a way around the proxy. */
	if (o->fetcher == FETCHER_USB && proxies_next(&s->proxies, &at, &view)) {
		o->proxy = (struct proxy){ .address = view.address, .port = view.port };
		o->source.proxy = &o->proxy;
		return true;
	}
	tell_nothing(s, o->name, &why);
	sources_release(s);
	return false;
}

static enum sources_answer wait_until(struct sources *s, uint64_t until_ms)
{
	if (loop_now_ms() >= until_ms)
		return SOURCES_NOTHING;
	s->wait_until_ms = until_ms;
	return SOURCES_WAIT;
}

static enum sources_answer next_medium(struct sources *s)
{
	struct sources_offer *o = &s->offer;
	struct media_find find;
	struct error why;

	if (!s->uses_media)
		return SOURCES_NOTHING;
	if (media_next(&s->media, &find, &why)) {
		start_offer(s, FETCHER_USB, NULL);
		o->medium = find;
		snprintf(o->name, sizeof(o->name), "usb %s:%s", find.device, find.directory);
		o->source.medium = find.root;
		o->source.no_redirects = s->no_redirects_on_sticks;
		o->has_artifacts = true;
		o->artifacts.conveyed_information = find.conveyed_information;
		o->artifacts.owner_certificate = find.owner_certificate;
		o->artifacts.ownership_voucher = find.ownership_voucher;
		return finish_offer(s) ? SOURCES_OFFER : SOURCES_NOTHING;
	}
	/* A stick that is there when the machine starts takes a moment to show itself. */
	if (media_pending(&s->media))
		return wait_until(s, loop_now_ms() + CONFIG_SOURCES_USB_MS);
	if (!s->media_over)
		tell_nothing(s, "usb", &why);
	s->media_over = true;
	return SOURCES_NOTHING;
}

static bool was_tried(struct sources *s, size_t port, enum discovery_kind kind)
{
	return s->tried[kind][port / 64] >> port % 64 & 1;
}

static bool has_option_143(const struct sources *s)
{
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		const struct discovery_port *p = &s->discovered.ports[i];

		if (p->used && p->present & 1u << DISCOVERY_DHCP4 &&
		    p->networks[DISCOVERY_DHCP4].has_redirect)
			return true;
	}
	return false;
}

/* The list of one DHCP network, once a round. */
static bool offer_network(struct sources *s, enum fetcher which,
			  const struct discovery_network *n)
{
	struct sources_offer *o = &s->offer;
	bool six = n->kind == DISCOVERY_DHCP6;
	struct error why;
	char name[sizeof(o->name)];

	snprintf(name, sizeof(name), "%s %s", discovery_kind_name(n->kind), n->link);
	if (!n->has_redirect)
		error_set(&why, ERROR_LATER, six ? "DHCP-1" : "HW-3",
			  "the server gives no SZTP redirect option (%s)", six ? "136" : "143");
	else if (six && s->only_option_143 && has_option_143(s))
		error_set(&why, ERROR_REFUSED, "DHCP-16",
			  "option 143 is there, so nothing else of DHCP counts in this round");
	else {
		start_offer(s, which, n);
		memcpy(o->name, name, sizeof(name));
		if (server_list_read_option(&o->servers,
					    bytes_of(o->network.redirect,
						     o->network.redirect_size),
					    s->list_ways, &why))
			return finish_offer(s);
	}
	tell_nothing(s, name, &why);
	return false;
}

static enum sources_answer next_network(struct sources *s, enum fetcher which)
{
	bool pending = false;

	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		const struct discovery_port *p = &s->discovered.ports[i];
		bool management = p->used && text_listed(p->link.name, s->management);

		for (unsigned kind = DISCOVERY_DHCP4; kind <= DISCOVERY_DHCP6 && p->used; kind++) {
			bool six = kind == DISCOVERY_DHCP6;

			if (!fetchers_takes(which, six ? ADDRESS_IPV6 : ADDRESS_IPV4, management) ||
			    was_tried(s, i, kind))
				continue;
			if (!(p->present & 1u << kind)) {
				pending |= p->link.has_carrier &&
					   !(p->without &
					     (six ? INTERFACES_NO_DHCP6 : INTERFACES_NO_DHCP4));
				continue;
			}
			s->tried[kind][i / 64] |= 1ull << i % 64;
			if (offer_network(s, which, &p->networks[kind]))
				return SOURCES_OFFER;
		}
	}
	if (!pending)
		return SOURCES_NOTHING;
	return wait_until(s, (s->carrier_ms > s->begun_ms ? s->carrier_ms : s->begun_ms) +
				     CONFIG_SOURCES_DHCP_MS);
}

static bool offer_service(struct sources *s, struct sources_service *v, enum service_step step)
{
	struct sources_offer *o = &s->offer;

	start_offer(s, FETCHER_DNS, &v->network);
	o->service = v;
	o->step = step;
	snprintf(o->name, sizeof(o->name), "dns %s %s", service_step_name(step), v->network.link);
	if (step == SERVICE_TXT_MULTICAST || step == SERVICE_TXT_UNICAST) {
		const struct service_txt *txt = lookup_txt(&v->lookup, step);

		o->has_artifacts = true;
		o->artifacts.conveyed_information = txt->ci;
		o->artifacts.owner_certificate = txt->oc;
		o->artifacts.ownership_voucher = txt->ov;
	} else {
		size_t count;
		const struct resolve_target *targets = lookup_targets(&v->lookup, step, &count);
		struct address literal;

		o->source.resolver.known = targets;
		o->source.resolver.known_count = count;
		for (; o->servers.count < count; o->servers.count++) {
			struct server *to = &o->servers.at[o->servers.count];
			const struct resolve_target *from = &targets[o->servers.count];

			memcpy(to->host, from->host, sizeof(to->host));
			to->host_is_address = address_read(&literal, bytes_of_text(from->host));
			to->port = from->port;
		}
	}
	return finish_offer(s);
}

/* One step of DNS-3 on every network. */
static enum sources_answer next_service(struct sources *s, enum service_step step)
{
	uint64_t until_ms = 0;

	for (size_t i = 0; i < ARRAY_SIZE(s->services); i++) {
		struct sources_service *v = s->services[i];
		char name[64];

		if (!v || v->lost)
			continue;
		switch (lookup_state(&v->lookup, step)) {
		case SERVICE_FOUND:
			if (offer_service(s, v, step))
				return SOURCES_OFFER;
			break;
		case SERVICE_ASKING:
			if (v->begun_ms + CONFIG_SOURCES_DNS_MS > until_ms)
				until_ms = v->begun_ms + CONFIG_SOURCES_DNS_MS;
			break;
		case SERVICE_NOTHING:
			if (v->told & 1u << step)
				break;
			v->told |= 1u << step;
			snprintf(name, sizeof(name), "dns %s %s", service_step_name(step),
				 v->network.link);
			tell_nothing(s, name, lookup_reason(&v->lookup, step));
			break;
		}
	}
	return wait_until(s, until_ms);
}

static enum sources_answer next_well_known(struct sources *s)
{
	if (s->tried_well_known || s->well_known->count == 0 ||
	    !discovery_next(&s->discovered, NULL))
		return SOURCES_NOTHING;
	s->tried_well_known = true;
	start_offer(s, FETCHER_WELL_KNOWN, NULL);
	snprintf(s->offer.name, sizeof(s->offer.name), "well-known servers");
	s->offer.servers = *s->well_known;
	return finish_offer(s) ? SOURCES_OFFER : SOURCES_NOTHING;
}

static enum sources_answer next_of(struct sources *s, enum fetcher which)
{
	if (which == FETCHER_USB)
		return next_medium(s);
	if (which == FETCHER_WELL_KNOWN)
		return next_well_known(s);
	if (which != FETCHER_DNS)
		return next_network(s, which);
	for (enum service_step step = 0; step < SERVICE_STEPS; step++) {
		enum sources_answer answer = next_service(s, step);

		if (answer != SOURCES_NOTHING)
			return answer;
	}
	return SOURCES_NOTHING;
}

enum sources_answer sources_next(struct sources *s)
{
	look_at_links(s);
	for (size_t i = 0; i < s->order.count; i++) {
		enum sources_answer answer = next_of(s, s->order.at[i].which);

		if (answer != SOURCES_NOTHING)
			return answer;
	}
	return SOURCES_NOTHING;
}

void sources_release(struct sources *s)
{
	struct sources_service *v = s->offer.service;

	if (!s->offering)
		return;
	s->offering = false;
	if (s->offer.medium.device)
		media_release(&s->media);
	for (size_t i = 0; i < ARRAY_SIZE(s->services) && v; i++) {
		if (s->services[i] != v)
			continue;
		if (v->lost)
			drop_service(s, i);
		else
			lookup_next(&v->lookup, s->offer.step);
		return;
	}
}

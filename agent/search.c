/* SPDX-License-Identifier: MIT */
#include "search.h"

#include <stdio.h>

#include "base/log.h"

/* After a source failed: how long another one may still come in this round. */
#define GRACE_MS 2000

static void on_found(void *context, const struct discovery_network *network)
{
	struct search *s = context;

	(void)network;
	s->news = true;
	s->round = 0; /* DISC-7: a new lease is a new chance */
}

bool search_start(struct search *s, struct loop *loop, const struct discovery_options *options,
		  struct error *e)
{
	s->loop = loop;
	s->news = false;
	s->round = 0;
	s->source_told = false;
	s->discovery.found = on_found;
	s->discovery.lost = NULL;
	s->discovery.context = s;
	return discovery_start(&s->discovery, loop, options, e);
}

void search_stop(struct search *s)
{
	discovery_stop(&s->discovery);
}

static bool was_tried(const struct search *s, const char *link)
{
	for (size_t i = 0; i < s->tried_count; i++)
		if (strcmp(s->tried[i], link) == 0)
			return true;
	return false;
}

/* A network with a redirect option whose link was not asked in this round; NULL: none now. */
static const struct discovery_network *next_network(const struct search *s)
{
	const struct discovery_network *n = NULL;

	while (s->use_dhcp && (n = discovery_next(&s->discovery, n)))
		if (n->has_redirect && !was_tried(s, n->link))
			return n;
	return NULL;
}

static bool try_source(struct search *s, const struct bootstrap_source *source,
		       const struct server_list *list, struct error *e)
{
	if (!s->source_told && s->found_first)
		s->found_first(s->context, source->name);
	s->source_told = true;
	return bootstrap_try(s->bootstrap, source, list, e);
}

/* What a lease says is asked through its link, with its name servers.  All of it is copied:
 * the lease may be replaced while servers are asked. */
static bool try_network(struct search *s, const struct discovery_network *network,
			struct error *e)
{
	struct discovery_network n = *network;
	char name[LINK_NAME_SIZE + 8];
	const struct bootstrap_source source = {
		.name = name,
		.resolver = { .link = n.link,
			      .servers = n.dns,
			      .server_count = n.dns_count,
			      .domains = n.domains,
			      .domain_count = n.domain_count },
	};
	struct server_list list;

	snprintf(name, sizeof(name), "%s %s", discovery_kind_name(n.kind), n.link);
	snprintf(s->tried[s->tried_count++], LINK_NAME_SIZE, "%s", n.link);
	if (server_list_read_option(&list, bytes_of(n.redirect, n.redirect_size), e))
		return try_source(s, &source, &list, e);
	log_warn("discover", "%s: %s: %s", name, e->rule, e->text);
	return false;
}

static bool try_well_known(struct search *s, struct error *e)
{
	struct address dns[CONFIG_DNS_SERVERS_MAX];
	const struct bootstrap_source source = {
		.name = "well-known servers",
		.resolver = { .servers = dns,
			      .server_count = discovery_dns(&s->discovery, dns, ARRAY_SIZE(dns)) },
	};

	return try_source(s, &source, s->well_known, e);
}

bool search_round(struct search *s, uint64_t wait_ms, struct error *e)
{
	uint64_t deadline_ms = loop_now_ms() + wait_ms;
	const struct discovery_network *network;
	struct error silence;

	error_set(e, ERROR_LATER, "DISC-6",
		  discovery_any_carrier(&s->discovery)
			  ? "no network offered an SZTP redirect option"
			  : "no cable in any port");
	s->tried_count = 0;
	while (s->tried_count < ARRAY_SIZE(s->tried)) {
		if ((network = next_network(s))) {
			if (try_network(s, network, e))
				return true;
			deadline_ms = loop_now_ms() + GRACE_MS;
			continue;
		}
		s->news = false;
		if (!loop_run_until(s->loop, &s->news, deadline_ms, &silence))
			break;
	}
	if (!discovery_any_carrier(&s->discovery))
		return s->tried_count ? false
				      : error_set(e, ERROR_LATER, "DISC-6", "no cable in any port");
	return s->well_known->count && try_well_known(s, e);
}

void search_pause(struct search *s)
{
	uint64_t pause_ms = 1000ull * CONFIG_ROUND_PAUSE_MIN_S << (s->round < 7 ? s->round : 7);
	struct error silence;
	uint16_t jitter = 0;

	if (pause_ms > 1000ull * CONFIG_ROUND_PAUSE_MAX_S)
		pause_ms = 1000ull * CONFIG_ROUND_PAUSE_MAX_S;
	if (s->random(&jitter, sizeof(jitter), &silence))
		pause_ms += pause_ms / 5 * jitter / UINT16_MAX; /* a fleet must not march in step */
	s->round++;
	log_notice("discover", "next round in %u s", (unsigned)(pause_ms / 1000));
	s->news = false;
	(void)!loop_run_until(s->loop, &s->news, loop_now_ms() + pause_ms, &silence);
}

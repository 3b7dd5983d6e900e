/* SPDX-License-Identifier: MIT */
#include "search.h"

#include <stdio.h>

#include "base/log.h"

/* After a source failed: how long another one may still come in this round. */
#define GRACE_MS 2000

static void on_found(void *context, const struct discovery_finding *finding)
{
	struct search *s = context;

	if (!finding->lease->has_redirect)
		log_info("discover", "dhcp4 %s: no SZTP redirect option (143) in the lease",
			 finding->link);
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

/* A lease with option 143 whose link was not asked in this round; false: none now. */
static bool next_finding(struct search *s, struct discovery_finding *finding)
{
	struct discovery_finding all[CONFIG_LINKS_MAX];
	size_t count = !s->use_dhcp ? 0 : discovery_findings(&s->discovery, all, ARRAY_SIZE(all));

	for (size_t i = 0; i < count; i++) {
		if (!all[i].lease->has_redirect || was_tried(s, all[i].link))
			continue;
		*finding = all[i];
		return true;
	}
	return false;
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
static bool try_finding(struct search *s, const struct discovery_finding *finding,
			struct error *e)
{
	const struct dhcp4_lease *lease = finding->lease;
	struct address dns[CONFIG_DHCP4_SERVERS_MAX];
	char name[LINK_NAME_SIZE + 8], link[LINK_NAME_SIZE], domain[1][CONFIG_HOST_MAX];
	const struct bootstrap_source source = {
		.name = name,
		.resolver = { .link = link,
			      .servers = dns,
			      .server_count = lease->dns_count,
			      .domains = domain,
			      .domain_count = lease->domain[0] ? 1 : 0 },
	};
	struct server_list list;

	snprintf(domain[0], sizeof(domain[0]), "%s", lease->domain);
	snprintf(name, sizeof(name), "dhcp4 %s", finding->link);
	snprintf(link, sizeof(link), "%s", finding->link);
	snprintf(s->tried[s->tried_count++], LINK_NAME_SIZE, "%s", finding->link);
	for (size_t i = 0; i < lease->dns_count; i++)
		dns[i] = address_ipv4(lease->dns[i]);
	if (server_list_read_option(&list, bytes_of(lease->redirect, lease->redirect_size), e))
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
	struct discovery_finding finding;
	struct error silence;

	error_set(e, ERROR_LATER, "DISC-6",
		  discovery_any_carrier(&s->discovery)
			  ? "no network offered an SZTP redirect option"
			  : "no cable in any port");
	s->tried_count = 0;
	while (s->tried_count < ARRAY_SIZE(s->tried)) {
		if (next_finding(s, &finding)) {
			if (try_finding(s, &finding, e))
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

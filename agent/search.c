/* SPDX-License-Identifier: MIT */
#include "search.h"

#include "base/log.h"

static void on_change(void *context, bool arrived)
{
	struct search *s = context;

	s->news = true;
	s->fresh |= arrived;
}

static void on_network(void *context, const struct discovery_network *n)
{
	struct search *s = context;

	if (s->network)
		s->network(s->context, n);
}

static void on_network_lost(void *context, const char *link, enum discovery_kind kind)
{
	struct search *s = context;

	if (s->network_lost)
		s->network_lost(s->context, link, kind);
}

/* DISC-9: every source, what it came to, and the requirement that stopped it. */
static void on_nothing(void *context, const char *name, const struct error *why)
{
	struct search *s = context;

	log_info("discover", "%s: nothing to try: %s%s%s", name, why->rule,
		 why->rule[0] ? ": " : "", why->text);
	if (s->outcome)
		s->outcome(s->context, name, SEARCH_NOTHING, why);
}

bool search_start(struct search *s, struct error *e)
{
	s->news = s->fresh = false;
	s->round = 0;
	s->sources->changed = on_change;
	s->sources->network = on_network;
	s->sources->network_lost = on_network_lost;
	s->sources->nothing = on_nothing;
	s->sources->context = s;
	return sources_start(s->sources, e);
}

void search_stop(struct search *s)
{
	if (s->sources)
		sources_stop(s->sources);
}

static bool try_offer(struct search *s, struct error *e)
{
	const struct sources_offer *offer = &s->sources->offer;

	log_notice("discover", "trying %s", offer->name);
	if (s->outcome)
		s->outcome(s->context, offer->name, SEARCH_TRYING, NULL);
	if (offer->has_artifacts
		    ? worker_try_artifacts(s->worker, &offer->source, &offer->artifacts, e)
		    : worker_try(s->worker, &offer->source, &offer->servers, e))
		return true;
	if (s->outcome)
		s->outcome(s->context, offer->name, SEARCH_FAILED, e);
	else
		log_warn("discover", "%s: failed: %s%s%s", offer->name, e->rule,
			 e->rule[0] ? ": " : "", e->text);
	return false;
}

bool search_round(struct search *s, uint64_t wait_ms, struct error *e)
{
	uint64_t deadline_ms = loop_now_ms() + wait_ms;
	struct error silence;
	bool tried = false;

	bootstrap_begin_round(s->worker->bootstrap);
	sources_begin_round(s->sources);
	for (;;) {
		uint64_t until_ms = deadline_ms;

		s->news = false; /* before the look, which may turn the loop */
		switch (sources_next(s->sources)) {
		case SOURCES_OFFER:
			tried = true;
			if (try_offer(s, e))
				return true;
			sources_release(s->sources);
			continue;
		case SOURCES_WAIT:
			until_ms = s->sources->wait_until_ms;
			break;
		case SOURCES_NOTHING:
			if (tried)
				return false;
			if (!sources_complete(s->sources) && loop_now_ms() < deadline_ms)
				break;
			return error_set(e, ERROR_LATER, "DISC-6",
					 discovery_any_carrier(&s->sources->discovered)
						 ? "no source offered bootstrapping data"
						 : "no stick, and no cable in any port");
		}
		(void)!loop_run_until(s->sources->loop, &s->news, until_ms, &silence);
	}
}

void search_pause(struct search *s)
{
	uint64_t pause_ms, until_ms;
	struct error silence;
	uint16_t jitter = 0;

	if (s->fresh)
		s->round = 0; /* DISC-7: a new network or stick is a new chance */
	s->fresh = false;
	pause_ms = 1000ull * CONFIG_ROUND_PAUSE_MIN_S << (s->round < 7 ? s->round : 7);
	if (pause_ms > 1000ull * CONFIG_ROUND_PAUSE_MAX_S)
		pause_ms = 1000ull * CONFIG_ROUND_PAUSE_MAX_S;
	if (s->random(&jitter, sizeof(jitter), &silence))
		pause_ms += pause_ms / 5 * jitter / UINT16_MAX; /* a fleet must not march in step */
	s->round++;
	log_notice("discover", "next round in %u s", (unsigned)(pause_ms / 1000));
	until_ms = loop_now_ms() + pause_ms;
	while (!s->fresh && loop_run_until(s->sources->loop, &s->news, until_ms, &silence))
		s->news = false;
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include "sources.h"
#include "worker.h"

enum search_outcome {
	SEARCH_TRYING,
	SEARCH_FAILED,
	SEARCH_NOTHING, /* there was nothing to try */
};

/*
 * Rounds over all sources of bootstrapping data (RFC 8572 §5.2; DISC-5, DISC-6, DISC-7): each
 * is tried once a round, in order, until one of them has onboarded the device.
 */
struct search {
	/* Set by the caller. */
	struct sources *sources; /* all but its callbacks and context set */
	struct worker *worker;	 /* tries them */
	/* May be NULL; then attempts that fail are logged here.  @why: NULL: is being tried. */
	void (*outcome)(void *context, const char *name, enum search_outcome outcome,
			const struct error *why);
	void (*network)(void *context, const struct discovery_network *n);
	void (*network_lost)(void *context, const char *link, enum discovery_kind kind);
	bool (*random)(void *to, size_t size, struct error *e);
	void *context;

	/* The rest belongs to search.c. */
	bool news;    /* something came: look again */
	bool fresh;   /* a network or a stick came since the round began (DISC-7) */
	unsigned round;
};

/* Start all sources.  Errors: those of sources_start(). */
MUST_CHECK bool search_start(struct search *s, struct error *e);

/*
 * One round.  Nothing to try at all ends it after @wait_ms, or when every network has said
 * that it has nothing.
 *
 * True: the device was onboarded.  Errors: the last attempt's; ERROR_LATER, DISC-6 when
 * nobody offered anything.
 */
MUST_CHECK bool search_round(struct search *s, uint64_t wait_ms, struct error *e);

/* The pause before the next round (DISC-7); ends early when a network or a stick comes. */
void search_pause(struct search *s);

void search_stop(struct search *s);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "discovery/discovery.h"
#include "sztp/bootstrap.h"

/*
 * Sources of bootstrapping data in their order, round after round (DISC-1, DISC-2, DISC-6,
 * DISC-7): what discovery finds goes to the bootstrap conversation, then the well-known
 * servers.
 */
struct search {
	/* Set by the caller. */
	struct loop *loop;
	struct bootstrap *bootstrap;
	const struct server_list *well_known; /* tried last; may be empty */
	bool use_dhcp; /* sealed policy: option 143 is a source */
	bool (*random)(void *to, size_t size, struct error *e);
	void (*found_first)(void *context, const char *source); /* may be NULL */
	void *context;

	/* The rest belongs to search.c. */
	struct discovery discovery;
	bool news;	     /* something was found, or a cable came */
	unsigned round;
	bool source_told;
	char tried[CONFIG_LINKS_MAX][LINK_NAME_SIZE];
	size_t tried_count;
};

/* Bring up the links and start asking.  Errors: ERROR_MACHINE. */
MUST_CHECK bool search_start(struct search *s, struct loop *loop,
			     const struct discovery_options *options, struct error *e);

/*
 * One round: every source once, waiting at most @wait_ms for the first one that is of use.
 *
 * True: the device was onboarded.  Errors: the last source's; ERROR_LATER when nobody
 * offered anything.
 */
MUST_CHECK bool search_round(struct search *s, uint64_t wait_ms, struct error *e);

/* The pause before the next round; ends early when a cable or a lease comes. */
void search_pause(struct search *s);

void search_stop(struct search *s);

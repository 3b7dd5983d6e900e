/* SPDX-License-Identifier: MIT */
#pragma once

#include "discovery/service.h"
#include "worker_process.h"

/*
 * DNS as a source (discovery/service.h), asked and read in a process without rights (SEC-4):
 * one for all networks, started with the first question.  The calls are those of service.h;
 * what comes back is bounded and checked again.
 */

struct lookup;

/* The caller sets loop; the rest is zero at first. */
struct lookups {
	struct loop *loop;
	struct worker_process process;
	struct loop_fd watch;
	struct lookup *first;
	uint32_t last_id;
};

struct lookup_step {
	enum service_state state;
	struct error reason;
	uint8_t *found; /* what .txt or .targets lie in */
	struct service_txt txt;
	const struct resolve_target *targets;
	size_t target_count;
};

/* The caller sets changed and context; the rest belongs to lookup.c. */
struct lookup {
	void (*changed)(void *context); /* as in struct service */
	void *context;
	struct lookups *all;
	struct lookup *next;
	uint32_t id;
	struct lookup_step steps[SERVICE_STEPS];
};

/* Ask.  Without a process every step is SERVICE_NOTHING with that reason. */
void lookup_start(struct lookup *l, struct lookups *all, const struct service_question *question);

/* End, and free what was found.  Fine twice, and on a zeroed one. */
void lookup_stop(struct lookup *l);

enum service_state lookup_state(const struct lookup *l, enum service_step step);
const struct error *lookup_reason(const struct lookup *l, enum service_step step);
const struct service_txt *lookup_txt(const struct lookup *l, enum service_step step);
const struct resolve_target *lookup_targets(const struct lookup *l, enum service_step step,
					    size_t *count);
void lookup_next(struct lookup *l, enum service_step step);

/* End the process: those that were still asking have found nothing. */
void lookup_end(struct lookups *all);

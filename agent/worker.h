/* SPDX-License-Identifier: MIT */
#pragma once

#include "sztp/bootstrap.h"
#include "worker_process.h"

/*
 * The bootstrap conversation in a process without rights (SEC-4): everything that reads what
 * servers, sticks and name servers say runs there, once for each source.  It gets our memory
 * as it is when a source is tried, and sends back a plan that has been validated; it asks
 * us for signatures and decryptions with the device's key.  What it sends is bounded and, as
 * far as that is cheap, checked again.
 */
struct worker {
	/*
	 * Set by the caller, kept.  @bootstrap is filled as for bootstrap_open(), which is not
	 * called: its onboard and step functions run here, with reports that travel, and its
	 * keys are used here.
	 */
	struct loop *loop;
	struct bootstrap *bootstrap;
	bool documents; /* validate_result.document is wanted, always as JSON; else empty */
	/* What runs there, with this struct as its context; NULL: the conversation. */
	void (*task)(void *context, struct worker_channel *agent);

	/* The rest belongs to worker.c; zero at first. */
	struct worker_process process;
	const struct bootstrap_source *source;
	const struct server_list *list;
	const struct bootstrap_artifacts *artifacts;
	bool onboarding, onboarded;
	unsigned key_uses;
};

/*
 * bootstrap_try() and bootstrap_try_artifacts(), in a process of their own that has ended
 * when they return.  Errors besides: ERROR_LATER SEC-4: the process was lost; then each entry
 * of a list is tried once more by itself, so that no server can keep us from the next.
 */
MUST_CHECK bool worker_try(struct worker *w, const struct bootstrap_source *source,
			   const struct server_list *list, struct error *e);
MUST_CHECK bool worker_try_artifacts(struct worker *w, const struct bootstrap_source *source,
				     const struct bootstrap_artifacts *artifacts, struct error *e);

/* End the process now: before the jump into another system.  Fine when there is none. */
void worker_end(struct worker *w);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "worker_channel.h"

/*
 * A process that talks to strangers for us: forked with all our memory, confined
 * (platform/confine.h), and listened to with suspicion.  It dies with its task.
 */

/* Zero at first, and after worker_process_end(). */
struct worker_process {
	int pid; /* 0: there is none */
	struct worker_channel channel;
	unsigned messages;
};

/*
 * Start one.  In it, @work runs with the channel to us, and lines of the log go through it.
 *
 * @keep: a descriptor that it needs besides, or -1.
 * Errors: ERROR_MACHINE.  That it could not be confined is what its first answer says.
 */
MUST_CHECK bool worker_process_start(struct worker_process *p, struct loop *loop,
				     void (*work)(void *context, struct worker_channel *agent),
				     void *context, int keep, struct error *e);

/*
 * Every process started from now on begins with @forget: it has a copy of all our memory, and
 * wipes the secrets in it (KEY-4).  NULL: there are none.
 */
void worker_process_forgets(void (*forget)(void *context), void *context);

/*
 * The next message that is not a line for the log: those are written on.
 * Errors: ERROR_LATER SEC-4: it died, breaks the rules, is silent, or talks without end; it
 * is then ended, and the sentence says which.
 */
MUST_CHECK bool worker_process_receive(struct worker_process *p, struct worker_message *m,
				       struct error *e);

/* One message that is there, or on its way; @is_line: it was a line, and is written on. */
MUST_CHECK bool worker_process_take(struct worker_process *p, struct worker_message *m,
				    bool *is_line, struct error *e);

/* It sent what it may not send: end it.  Returns false with ERROR_LATER SEC-4. */
bool worker_process_refuse(struct worker_process *p, const char *what, struct error *e);

/* Kill it, if it still runs.  Fine twice. */
void worker_process_end(struct worker_process *p);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "discovery/discovery.h"
#include "discovery/proxies.h"
#include "stage.h"

/*
 * What the run is doing, kept as STATUS_FILE for `sztpboot status` and other programs
 * (docs/status.md): never secrets.  The file is replaced whole, at most every
 * CONFIG_STATUS_EVERY_MS and only when something has changed; a failure to write it is
 * nobody's failure.
 */

#define STATUS_FILE "/run/sztpboot/status.json"

enum status_state {
	STATUS_RUNNING,
	STATUS_WAITING, /* between two rounds */
	STATUS_DONE,
	STATUS_FAILED,
};

/* How one source ended last. */
struct status_source {
	char name[48];
	bool succeeded;
	struct error error; /* unless it succeeded */
	uint64_t at_ms;
};

struct status {
	/* The caller's, at any time; read whenever the file is written. */
	struct loop *loop;
	const struct stage_log *stages;
	const struct discovery *discovery; /* NULL: none */
	const struct proxies *proxies;	   /* NULL: none */
	const char *serial, *profile;	   /* NULL: not known */
	unsigned round;			   /* the first one is 1 */
	enum status_state state;
	char source[48]; /* being asked now; "" none */
	char server[80]; /* likewise */
	const char *path; /* NULL: STATUS_FILE */

	/* The rest belongs to status.c. */
	struct status_source sources[CONFIG_STATUS_SOURCES_MAX];
	size_t source_count;
	struct error last; /* ERROR_NONE: none yet */
	struct loop_timer timer;
	uint64_t written; /* a digest of what was written last */
};

/* Write it, and go on doing so while the loop turns.  The caller's fields are set. */
void status_start(struct status *s);

/* How an attempt ended; @e NULL: well.  The oldest is forgotten when there are too many. */
void status_source_ended(struct status *s, const char *source, const struct error *e);

/* The whole run ended, or goes on elsewhere: write that, once more, now.  @e may be NULL. */
void status_end(struct status *s, enum status_state state, const struct error *e);

/* The file's contents; for tests. */
void status_write(const struct status *s, struct writer *w);

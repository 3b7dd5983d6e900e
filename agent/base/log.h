/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/*
 * Lines for people: "[  3.141] dhcp4: eth0: bound".  Where they go is the caller's
 * business: base does no I/O, so main installs a sink.  Never secrets, never whole
 * certificates (KEY-4).  Log where you handle, not where you pass on.
 */

enum log_level {
	LOG_LEVEL_ERROR,  /* boot cannot go on this way */
	LOG_LEVEL_WARN,   /* odd, handled */
	LOG_LEVEL_NOTICE, /* the boot story, at most a screenful */
	LOG_LEVEL_INFO,   /* one line per transition */
	LOG_LEVEL_DEBUG,  /* the rest, switched per stem */
};

/*
 * One line on its way to the sink.  @event: what happened, as a short fixed word that
 * programs look for ("lease", "tls-result"; LOG-7), or NULL for an ordinary line.
 */
struct log_entry {
	enum log_level level;
	const char *stem;
	const char *event;
	const char *line; /* the text after "stem: " */
};

typedef void log_sink(void *context, const struct log_entry *entry);

/* Install the sink.  NULL: nothing is written. */
void log_to(log_sink *sink, void *context);

/* Lines above this level are dropped (debug needs log_debug_stems besides). */
void log_up_to(enum log_level level);

/* Comma separated stems whose debug lines are wanted; "all" for every one.  Kept. */
void log_debug_stems(const char *stems);

void log_line(enum log_level level, const char *stem, const char *format, ...) PRINTF_LIKE(3, 4);

/* An important phase: a line that also goes to syslog servers under the name @event. */
void log_event(const char *event, enum log_level level, const char *stem, const char *format, ...)
	PRINTF_LIKE(4, 5);

#define log_error(stem, ...) log_line(LOG_LEVEL_ERROR, stem, __VA_ARGS__)
#define log_warn(stem, ...) log_line(LOG_LEVEL_WARN, stem, __VA_ARGS__)
#define log_notice(stem, ...) log_line(LOG_LEVEL_NOTICE, stem, __VA_ARGS__)
#define log_info(stem, ...) log_line(LOG_LEVEL_INFO, stem, __VA_ARGS__)
#define log_debug(stem, ...) log_line(LOG_LEVEL_DEBUG, stem, __VA_ARGS__)

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

typedef void log_sink(void *context, enum log_level level, const char *stem, const char *line);

/* Install the sink; @line is the text after "stem: ".  NULL: nothing is written. */
void log_to(log_sink *sink, void *context);

/* Lines above this level are dropped (debug needs log_debug_stems besides). */
void log_up_to(enum log_level level);

/* Comma separated stems whose debug lines are wanted; "all" for every one.  Kept. */
void log_debug_stems(const char *stems);

void log_line(enum log_level level, const char *stem, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(stem, ...) log_line(LOG_LEVEL_ERROR, stem, __VA_ARGS__)
#define log_warn(stem, ...) log_line(LOG_LEVEL_WARN, stem, __VA_ARGS__)
#define log_notice(stem, ...) log_line(LOG_LEVEL_NOTICE, stem, __VA_ARGS__)
#define log_info(stem, ...) log_line(LOG_LEVEL_INFO, stem, __VA_ARGS__)
#define log_debug(stem, ...) log_line(LOG_LEVEL_DEBUG, stem, __VA_ARGS__)

/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static struct {
	log_sink *sink;
	void *context;
	enum log_level up_to;
	const char *debug_stems;
} state = { .up_to = LOG_LEVEL_INFO };

void log_to(log_sink *sink, void *context)
{
	state.sink = sink;
	state.context = context;
}

void log_up_to(enum log_level level)
{
	state.up_to = level;
}

void log_debug_stems(const char *stems)
{
	state.debug_stems = stems;
}

static bool debug_wanted(const char *stem)
{
	size_t n = strlen(stem);

	for (const char *s = state.debug_stems; s && *s;) {
		size_t word = strcspn(s, ",");

		if ((word == n && memcmp(s, stem, n) == 0) || (word == 3 && !memcmp(s, "all", 3)))
			return true;
		s += word;
		s += *s == ',';
	}
	return false;
}

static void pass_on(const char *event, enum log_level level, const char *stem,
		    const char *format, va_list args)
{
	char line[512];
	const struct log_entry entry = { level, stem, event, line };

	if (!state.sink)
		return;
	if (level == LOG_LEVEL_DEBUG ? !debug_wanted(stem) : level > state.up_to)
		return;
	vsnprintf(line, sizeof(line), format, args);
	state.sink(state.context, &entry);
}

void log_line(enum log_level level, const char *stem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pass_on(NULL, level, stem, format, args);
	va_end(args);
}

void log_event(const char *event, enum log_level level, const char *stem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pass_on(event, level, stem, format, args);
	va_end(args);
}

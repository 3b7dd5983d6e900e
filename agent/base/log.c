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

void log_line(enum log_level level, const char *stem, const char *format, ...)
{
	char line[512];
	va_list args;

	if (!state.sink)
		return;
	if (level == LOG_LEVEL_DEBUG ? !debug_wanted(stem) : level > state.up_to)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	state.sink(state.context, level, stem, line);
}

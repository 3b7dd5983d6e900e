/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static void fill(struct error *e, enum error_code code, const char *rule, const char *format,
		 va_list args)
{
	e->code = code;
	snprintf(e->rule, sizeof(e->rule), "%s", rule ? rule : "");
	vsnprintf(e->text, sizeof(e->text), format, args);
}

bool error_set(struct error *e, enum error_code code, const char *rule, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(e, code, rule, format, args);
	va_end(args);
	return false;
}

bool error_errno(struct error *e, enum error_code code, const char *rule, const char *format, ...)
{
	int reason = errno;
	va_list args;

	va_start(args, format);
	fill(e, code, rule, format, args);
	va_end(args);
	size_t used = strlen(e->text);
	snprintf(e->text + used, sizeof(e->text) - used, ": %s", strerror(reason));
	return false;
}

bool error_wrap(struct error *e, const char *format, ...)
{
	char who[sizeof(e->text)], what[sizeof(e->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(who, sizeof(who), format, args);
	va_end(args);
	memcpy(what, e->text, sizeof(what));
	/* A sentence too long for the array loses its end, never its beginning. */
	size_t used = (size_t)snprintf(e->text, sizeof(e->text), "%s: ", who);
	if (used < sizeof(e->text))
		snprintf(e->text + used, sizeof(e->text) - used, "%s", what);
	return false;
}

bool error_rule(struct error *e, const char *rule)
{
	if (e->rule[0] == '\0')
		snprintf(e->rule, sizeof(e->rule), "%s", rule);
	return false;
}

int error_exit_status(enum error_code code)
{
	switch (code) {
	case ERROR_NONE:
		return 0;
	case ERROR_REFUSED:
	case ERROR_MALFORMED:
		return 1;
	case ERROR_LATER:
		return 2;
	case ERROR_USAGE:
		return 3;
	case ERROR_MACHINE:
		return 4;
	}
	return 4;
}

const char *error_code_name(enum error_code code)
{
	switch (code) {
	case ERROR_NONE:
		return "done";
	case ERROR_REFUSED:
		return "refused";
	case ERROR_MALFORMED:
		return "refused";
	case ERROR_LATER:
		return "try again later";
	case ERROR_USAGE:
		return "usage";
	case ERROR_MACHINE:
		return "this machine failed";
	}
	return "failed";
}

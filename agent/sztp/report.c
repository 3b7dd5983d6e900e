/* SPDX-License-Identifier: MIT */
#include "sztp/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

/* Intermediate reports without any answer, in a row, after which no more are tried. */
#define UNANSWERED_MAX 2

/* One report, counted and logged. */
static bool tell(struct report *r, const struct progress *p, struct error *e)
{
	const char *name = progress_type_name(p->type);
	bool sent = r->send(r->context, p, e);

	if (sent)
		r->sent++;
	else
		r->failed++;
	if (progress_type_is_last(p->type))
		r->ended = true;
	if (!sent)
		return error_wrap(e, "report %s", name);
	log_info("report", "%s", name);
	return true;
}

/* An answer we must have did not come: say so once, then give up (PROG-4, PROG-8). */
static bool must_be_taken(struct report *r, const struct progress *p, const char *rule,
			  struct error *e)
{
	struct progress sorry = { .type = PROGRESS_TYPE_BOOTSTRAP_ERROR };
	struct error ignored;

	if (tell(r, p, e))
		return true;
	sorry.message = bytes_of_text(e->text);
	(void)!tell(r, &sorry, &ignored);
	snprintf(e->rule, sizeof(e->rule), "%s", rule);
	return false;
}

bool report_initiated(struct report *r, struct error *e)
{
	const struct progress initiated = { .type = PROGRESS_TYPE_BOOTSTRAP_INITIATED };

	r->initiated = true;
	if (!r->allowed)
		return true;
	if (!must_be_taken(r, &initiated, "PROG-4", e))
		return false;
	report_output(r, PROGRESS_TYPE_PARSING_INITIATED, bytes_of(NULL, 0));
	report_output(r, PROGRESS_TYPE_PARSING_COMPLETE, bytes_of(NULL, 0));
	return true;
}

bool report_complete(struct report *r, const struct progress *with, struct error *e)
{
	struct progress complete = { 0 };

	if (!r->allowed)
		return true;
	if (with)
		complete = *with;
	complete.type = PROGRESS_TYPE_BOOTSTRAP_COMPLETE;
	complete.message = bytes_of(NULL, 0);
	return must_be_taken(r, &complete, "PROG-8", e);
}

void report_output(struct report *r, enum progress_type type, struct bytes output)
{
	const struct progress p = { .type = type, .message = output };
	bool last = progress_type_is_last(type);
	struct error e;

	if (!r->allowed || r->ended)
		return;
	if (!r->verbose && !progress_type_is_minimal(type))
		return;
	if (!last && r->unanswered == UNANSWERED_MAX)
		return;
	if (tell(r, &p, &e)) {
		r->unanswered = 0;
		return;
	}
	log_warn("report", "%s: %s", last ? "PROG-9" : "PROG-10", e.text);
	if (e.code == ERROR_LATER && !last && ++r->unanswered == UNANSWERED_MAX)
		log_warn("report", "PROG-10: the server does not answer; what need not be sent is left away");
}

void report_step(struct report *r, enum progress_type type, const char *format, ...)
{
	char message[sizeof(((struct error *)NULL)->text) + 64];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	report_output(r, type, bytes_of_text(message));
}

bool report_error(struct report *r, enum progress_type type, const struct error *why)
{
	report_step(r, type, "%s%s%s", why->rule, why->rule[0] ? ": " : "", why->text);
	return false;
}

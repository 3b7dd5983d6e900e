/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "sztp/progress.h"

/*
 * Progress reports of one onboarding attempt (RFC 8572 §5.6): when they may be sent, and what
 * a failed one means.  How they travel is the sender's business.  With nobody who may be
 * told, every call succeeds without doing anything, so callers just report.
 */
struct report {
	/*
	 * Bring one report to the server the data came from; turns the loop.  True: it was
	 * answered 204 (HTTP-11).  Errors: ERROR_LATER when there was no answer.
	 */
	bool (*send)(void *context, const struct progress *progress, struct error *e);
	void *context;
	bool allowed; /* the server was authenticated (PROG-1, PROG-2); false: no sender */
	bool verbose; /* reporting-level */

	/* The rest belongs to report.c. */
	bool initiated, ended;
	unsigned sent, failed; /* readable */
	unsigned unanswered;   /* intermediate ones, one after the other */
};

/*
 * bootstrap-initiated, and, since the document has been read whole by then, parsing-initiated
 * and parsing-complete (ONB-3).  Anything but 204 for the first is an error after which
 * bootstrap-error has been tried (PROG-4).
 */
MUST_CHECK bool report_initiated(struct report *r, struct error *e);

/*
 * A step: sent when the level asks for it; its failure is logged and ignored (PROG-6,
 * PROG-10), and when two in a row had no answer at all, the next ones of this kind are left
 * away, so that a server that went away does not hold the device up.  Error types and
 * boot-image-installed-rebooting are tried once, and nothing is sent after them (PROG-5,
 * PROG-9).
 */
void report_step(struct report *r, enum progress_type type, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* The same with text as it is: script output (PROG-11). */
void report_output(struct report *r, enum progress_type type, struct bytes output);

/* A step failed: its error type, with the reason as "OV-10: sentence".  Returns false. */
bool report_error(struct report *r, enum progress_type type, const struct error *why);

/*
 * bootstrap-complete.  Anything but 204 is an error, as with report_initiated (PROG-8).
 *
 * @with: SSH host keys and trust anchors of the device's own servers; its type and message
 * are not looked at.  NULL: none.
 */
MUST_CHECK bool report_complete(struct report *r, const struct progress *with, struct error *e);

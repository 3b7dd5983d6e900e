/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "net/fetch.h"
#include "sztp/progress.h"

/*
 * Progress reports of one onboarding attempt (RFC 8572 §5.6): when they may be sent, to
 * whom, and what a failed one means.  With no server that may be told, every call
 * succeeds without doing anything, so callers just report.
 */
struct report {
	struct fetch *connection; /* the server the data came from (HTTP-16); borrowed */
	const char *path;	  /* of report-progress on that server; borrowed */
	bool allowed;		  /* the server was authenticated (PROG-1, PROG-2) */
	bool verbose;		  /* reporting-level */
	bool xml;		  /* the encoding this server takes (PROG-17) */
	bool initiated, ended;	  /* the rest belongs to report.c */
	unsigned sent, failed;
};

/*
 * bootstrap-initiated.  Anything but 204 is an error after which bootstrap-error has been
 * tried (PROG-4).
 */
MUST_CHECK bool report_initiated(struct report *r, struct error *e);

/*
 * A step: sent when the level asks for it; its failure is logged and ignored (PROG-6,
 * PROG-10).  Error types and boot-image-installed-rebooting are tried once, and nothing
 * is sent after them (PROG-5, PROG-9).
 */
void report_step(struct report *r, enum progress_type type, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* The same with text as it is: script output. */
void report_output(struct report *r, enum progress_type type, struct bytes output);

/* bootstrap-complete.  Anything but 204 is an error, as with report_initiated (PROG-8). */
MUST_CHECK bool report_complete(struct report *r, struct error *e);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/fetch.h"
#include "sztp/progress.h"

/*
 * The sender of reports where the connection is (report.h): the RPC report-progress, to the
 * server the data came from and nobody else (HTTP-16), over the same connection, or one that
 * is authenticated in the same way.
 */
struct report_post {
	struct fetch *connection; /* borrowed */
	const char *path;	  /* of report-progress on that server; borrowed */
	bool xml;		  /* the encoding this server takes (PROG-17) */
	const char *warning;	  /* parsing-warning, before parsing-complete; NULL: none */
	bool begun, ended;	  /* readable: what has been tried so far */
};

/*
 * As report.send(); @context: a struct report_post.  After the last report the connection is
 * closed: the server is not contacted again (PROG-16), except that a bootstrap-complete which
 * was not taken is followed by bootstrap-error.
 */
MUST_CHECK bool report_post_send(void *context, const struct progress *progress,
				 struct error *e);

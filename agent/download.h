/* SPDX-License-Identifier: MIT */
#pragma once

#include "codec/uri.h"
#include "sztp/bootstrap.h"
#include "worker_process.h"

/*
 * One file from a download-uri (IMG-6, IMG-8): http or https, from a server that need not
 * be authenticated, because a digest that was proven elsewhere decides; or from the medium
 * that the URI came from.  A server is talked to by a process without rights, which hands
 * the bytes over through a pipe (SEC-4).
 */

/* All fields belong to download.c.  Zero at first. */
struct download {
	struct loop *loop;
	const struct bootstrap_source *source;
	struct uri uri;
	struct worker_process process; /* not for a file */
	bool open;
	int from; /* what it is read from */
	int to;	  /* the process's end of the pipe */
	uint64_t size;
};

/*
 * Ask for it; the body waits to be taken by download_take().
 * @source: where the URI came from: name servers, proxy, medium; borrowed until
 *	download_close().
 * Errors: IMG-8 not a URI we follow; HW-9 http where only https is taken; IMG-6 another status than 200; those of fetch.h,
 * medium_path.h and worker_process.h.
 */
MUST_CHECK bool download_open(struct download *d, struct loop *loop, struct bytes uri,
			      const struct bootstrap_source *source, struct error *e);

/* The whole body, piece by piece, into @take.  The loop turns. */
MUST_CHECK bool download_take(struct download *d,
			      bool (*take)(void *context, struct bytes piece, struct error *e),
			      void *context, struct error *e);

/* Announced size of the file in bytes; 0 when the server does not say. */
uint64_t download_size(const struct download *d);

/* Fine on a zeroed one, and twice. */
void download_close(struct download *d);

/*
 * The name servers of a workstation's /etc/resolv.conf: where there is no lease of ours.
 * Returns how many, at most @max.
 */
size_t download_local_names(struct address *to, size_t max);

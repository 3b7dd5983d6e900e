/* SPDX-License-Identifier: MIT */
#pragma once

#include "codec/uri.h"
#include "net/fetch.h"

/*
 * One file from a download-uri (IMG-6, IMG-8): http or https, from a server that need not
 * be authenticated, because a digest that was proven elsewhere decides.
 */
struct download {
	struct uri uri;
	struct fetch fetch;
	struct fetch_response response; /* of a 200 */
};

/*
 * Ask for it; the body waits to be taken by download_take().
 * @resolver: what it points to is borrowed until download_close().
 * Errors: IMG-8 not a URI we follow; IMG-6 another status than 200; those of fetch.h.
 */
MUST_CHECK bool download_open(struct download *d, struct loop *loop, struct bytes uri,
			      const struct resolver *resolver, struct error *e);

/* The whole body, piece by piece, into @take. */
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

/* SPDX-License-Identifier: MIT */
#include "download.h"

#include <stdio.h>

bool download_open(struct download *d, struct loop *loop, struct bytes uri,
		   const struct resolver *resolver, struct error *e)
{
	const struct fetch_options options = {
		.tls = { .server = TLS_SERVER_PROVISIONAL },
		.resolver = *resolver,
	};

	memset(d, 0, sizeof(*d));
	if (!uri_read(&d->uri, uri, e))
		return error_rule(e, "IMG-8");
	if (strcmp(d->uri.scheme, "https") != 0 && strcmp(d->uri.scheme, "http") != 0)
		return error_set(e, ERROR_REFUSED, "IMG-8", "scheme %s is not supported here",
				 d->uri.scheme);
	const struct fetch_request request = {
		.method = "GET",
		.path = d->uri.path,
		.body_max = UINT64_MAX,
	};
	if (!fetch_open(&d->fetch, loop, &d->uri, &options, e) ||
	    !fetch_begin(&d->fetch, &request, &d->response, e))
		return false;
	unsigned status = d->response.head.status;
	return status == 200 || error_set(e, status >= 500 ? ERROR_LATER : ERROR_REFUSED, "IMG-6",
					  "the file server answered %u instead of 200", status);
}

bool download_take(struct download *d,
		   bool (*take)(void *context, struct bytes piece, struct error *e), void *context,
		   struct error *e)
{
	struct bytes piece;

	do {
		if (!fetch_read(&d->fetch, &piece, e) ||
		    (piece.size && !take(context, piece, e)))
			return false;
	} while (piece.size);
	return true;
}

uint64_t download_size(const struct download *d)
{
	uint64_t size = d->response.head.content_length;

	return size == HTTP_LENGTH_UNKNOWN ? 0 : size;
}

void download_close(struct download *d)
{
	fetch_close(&d->fetch);
}

size_t download_local_names(struct address *to, size_t max)
{
	FILE *f = fopen("/etc/resolv.conf", "re");
	char line[256], text[80];
	size_t count = 0;

	while (f && count < max && fgets(line, sizeof(line), f))
		if (sscanf(line, "nameserver %79s", text) == 1 &&
		    address_read(&to[count], bytes_of_text(text)))
			count++;
	if (f)
		fclose(f);
	return count;
}

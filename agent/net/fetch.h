/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "net/http.h"
#include "net/proxy.h"
#include "net/resolve.h"
#include "net/tls.h"
#include "platform/address.h"
#include "platform/loop.h"

/*
 * One HTTP or HTTPS connection to one origin, used from plain sequential code: every
 * call returns when it is done, and turns the loop while it waits, so leases are renewed
 * meanwhile.  Keeps the connection between exchanges and dials again when the server has
 * closed it: the same address (HTTP-16), with the TLS session that this object keeps, and
 * no other one ever sees (TLS-13).  Deadlines are on progress, not on totals (TLS-15).
 * HTTP redirects are never followed: the caller sees the status (HTTP-12, IMG-6).
 *
 * A server with several addresses (REDIR-2, REDIR-3).  fetch_open() tries all of them until
 * one has completed the handshake, so its failure means that each was tried.  When that one
 * then yields no data, fetch_open_other() goes on with those that had no chance yet:
 *
 *	bool got = fetch_open(&f, …) && ask(&f, …);
 *	while (!got && fetch_has_other(&f))
 *		got = fetch_open_other(&f, …) && ask(&f, …);
 *	fetch_close(&f);
 *
 * Through a proxy the name goes to the proxy unresolved (PROXY-14), which knows its addresses
 * alone: there are no others.  What belongs to the link, 169.254/16, fe80::/10 and names of
 * mDNS, is reached directly (PROXY-13).  Plain http takes a CONNECT tunnel as https does, so a proxy
 * that is to let image servers be reached by http must allow CONNECT to their port.
 */

struct uri;

struct fetch_options {
	struct tls_options tls; /* for https; the identity is kept until fetch_close() */
	struct resolver resolver; /* and the link to go through; kept until fetch_close() */
	const struct proxy *proxy; /* NULL: directly; copied, but its credentials are kept */
	uint32_t connect_ms;	/* 0: CONFIG_CONNECT_MS; all of name, dial, proxy's answer */
	uint32_t handshake_ms;	/* 0: CONFIG_HANDSHAKE_MS */
	uint32_t idle_ms;	/* 0: CONFIG_IDLE_MS; longest silence of the peer */
};

/*
 * @path: origin form, starts with '/'; with '?query'.
 * @headers: "Name: value" lines, NULL at the end; may be NULL.  Host, Content-Length,
 *	Connection and User-Agent are ours.
 * @body: sent with its Content-Length; an empty body of POST and PUT says so with 0.
 *
 * What happens to the body of the answer:
 * @on_body: called for the pieces of a 200 or 206, and for no other status.  May block.
 *	false, with @e, ends the exchange and closes the connection.
 * @room: takes the body of other statuses, cut at @room_size, and that of a 2xx too when
 *	@on_body is NULL; a 2xx that does not fit is then an error (HTTP-13).  NULL: a
 *	body that nobody takes is dropped.
 * @body_max: bytes of body taken from a 2xx, 0 for CONFIG_HTTP_BODY_MAX (HTTP-13);
 *	images say UINT64_MAX.
 */
struct fetch_request {
	const char *method;
	const char *path;
	const char *const *headers;
	struct bytes body;
	bool (*on_body)(void *context, struct bytes piece, struct error *e);
	void *context;
	uint8_t *room;
	size_t room_size;
	uint64_t body_max;
};

struct fetch_response {
	struct http_head
		head;	    /* status, content_type, content_length, etag, retry_after_s… */
	uint64_t body_size; /* bytes of body seen so far */
	size_t room_used;   /* bytes in fetch_request.room */
};

/* All fields belong to fetch.c, but for those marked. */
struct fetch {
	struct address peer; /* readable: whom we are connected to; a proxy may be it */
	bool identity_asked; /* readable: the server wanted our certificate (TLS-16) */
	bool identity_sent;  /* readable: and got it */
	struct loop *loop;
	struct fetch_options options;
	uint32_t hurry_ms; /* 0: none */
	struct proxy proxy; /* options.proxy points here */
	char host[CONFIG_HOST_MAX];
	char name[CONFIG_HOST_MAX + 8]; /* "host:port", for errors and CONNECT */
	uint16_t port;
	struct address addresses[CONFIG_DIAL_ADDRESSES_MAX]; /* that had no chance yet */
	size_t address_count;
	struct tls_session session;
	bool proxy_asks; /* it has said 407 */
	bool chosen;	 /* .peer is the address that all exchanges go to */
	bool secure;
	bool open;	     /* there is a connection: watch.fd */
	bool used;	     /* it has carried an exchange */
	bool exchanging;     /* a response is being read */
	bool at_end, broken; /* the peer has closed it; it was reset */
	struct loop_fd watch;
	bool woken;
	uint64_t waited_ms;	/* for the peer, since it last made progress */
	size_t progress;	/* bytes since then */
	uint64_t head_until_ms; /* the head must be complete by then; 0: it is */
	uint64_t turned_ms;	/* when the loop last had its turn */
	struct tls *tls;
	struct http_response parser;
	size_t borrowed; /* input bytes of the piece given out last */
	uint64_t body_size, body_max;
	uint8_t *buffer; /* plain HTTP: received and not yet parsed */
	size_t buffer_start, buffer_end;
};

/*
 * Connect (and shake hands).  Names are asked for with A and AAAA; all addresses are
 * tried side by side with a short stagger (REDIR-4).
 *
 * @uri: http or https; host and port are copied.
 * Errors: ERROR_LATER: not reached or given up in time; PROXY-9, PROXY-10: what the proxy
 * does or says; otherwise as tls_failed().
 */
MUST_CHECK bool fetch_open(struct fetch *f, struct loop *l, const struct uri *uri,
			   const struct fetch_options *options, struct error *e);

/* Are there addresses of the server that had no chance yet?  Stays right after a failure. */
bool fetch_has_other(const struct fetch *f);

/* Give up the address that is connected, for good, and connect to the others.  false: none
 * of them can be used; as fetch_open(). */
MUST_CHECK bool fetch_open_other(struct fetch *f, struct error *e);

/*
 * One request, one whole answer.  True for every status: what it means is the caller's
 * affair.  A short body, a reset or a stall is an error and closes the connection; the
 * next exchange dials again.  A 2xx in a Content-Encoding, which is never asked for, is an
 * error (HTTP-13); of other statuses such a body is dropped.
 */
MUST_CHECK bool fetch_exchange(struct fetch *f, const struct fetch_request *request,
			       struct fetch_response *response, struct error *e);

/*
 * The same in steps, for a caller that pulls: send the request and read the head; then
 * fetch_read() gives the body piece by piece whatever the status, borrowed until the
 * next call, and an empty piece at its end.  on_body and room are not used, and the
 * Content-Encoding is the caller's affair: an image's digest speaks of what is sent.
 */
MUST_CHECK bool fetch_begin(struct fetch *f, const struct fetch_request *request,
			    struct fetch_response *response, struct error *e);
MUST_CHECK bool fetch_read(struct fetch *f, struct bytes *piece, struct error *e);

/* From now on no single wait is longer than that: for what need not succeed.  0: as the options
 * say again. */
void fetch_hurry(struct fetch *f, uint32_t wait_ms);

/* Say goodbye and release everything.  Fine on a zeroed or a failed one, and twice. */
void fetch_close(struct fetch *f);

/* SPDX-License-Identifier: MIT */
#include "net/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/uri.h"
#include "net/dial.h"
#include "net/resolve.h"

/*
 * How waiting works.  Sockets never block.  Whoever needs the peer calls wait_for(), which
 * turns the loop, and what the peer is granted is not time but silence: the clock only
 * runs while we wait, and starts again with every CONFIG_FETCH_PROGRESS bytes.  So a slow
 * disk on our side costs the server nothing, and one byte a minute does not keep us.  The
 * head of an answer, which is never large, has that long in all.
 */

static void woken(void *context, unsigned events)
{
	struct fetch *f = context;

	(void)events;
	f->woken = true;
}

/* Turn the loop until the socket is ready.  *@timed_out tells silence from failure. */
static bool wait_for(struct fetch *f, unsigned wants, uint64_t deadline_ms, bool *timed_out,
		     struct error *e)
{
	struct error waiting;

	f->woken = false;
	f->watch.wants = wants;
	loop_fd_add(f->loop, &f->watch);
	bool ready = loop_run_until(f->loop, &f->woken, deadline_ms, &waiting);
	loop_fd_remove(f->loop, &f->watch);
	f->turned_ms = loop_now_ms();
	*timed_out = !ready && waiting.code == ERROR_LATER;
	if (!ready && !*timed_out)
		*e = waiting;
	return ready;
}

/* While bytes keep coming nobody waits, so the rest of the program gets its turn here. */
static void let_others_run(struct fetch *f)
{
	static const bool never;
	uint64_t now = loop_now_ms();
	struct error ignored;

	if (now - f->turned_ms < CONFIG_FETCH_TURN_MS)
		return;
	if (!loop_run_until(f->loop, &never, now, &ignored))
		f->turned_ms = loop_now_ms();
}

/* What is granted to the peer, unless the caller is in a hurry. */
static uint32_t patience(const struct fetch *f, uint32_t usual_ms)
{
	return f->hurry_ms && f->hurry_ms < usual_ms ? f->hurry_ms : usual_ms;
}

void fetch_hurry(struct fetch *f, uint32_t wait_ms)
{
	f->hurry_ms = wait_ms;
}

/* Wait for progress, within what is left of the peer's time. */
static bool wait_for_progress(struct fetch *f, unsigned wants, struct error *e)
{
	uint64_t begun = loop_now_ms();
	uint32_t idle_ms = patience(f, f->options.idle_ms);
	uint64_t left = idle_ms > f->waited_ms ? idle_ms - f->waited_ms : 0;
	uint64_t until = begun + left;
	bool timed_out;

	if (f->head_until_ms && f->head_until_ms < until)
		until = f->head_until_ms;
	if (wait_for(f, wants, until, &timed_out, e)) {
		f->waited_ms += loop_now_ms() - begun;
		return true;
	}
	if (timed_out)
		error_set(e, ERROR_LATER, "TLS-15", "the server is silent for %u s",
			  idle_ms / 1000);
	return false;
}

static void note_progress(struct fetch *f, size_t size)
{
	f->progress += size;
	if (f->progress < CONFIG_FETCH_PROGRESS)
		return;
	f->progress = 0;
	f->waited_ms = 0;
}

/* What recv() or send() gave: bytes, or 0 with @again set when the socket is not ready. */
static size_t moved(struct fetch *f, ssize_t n, bool *again)
{
	*again = false;
	if (n > 0)
		return (size_t)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		*again = true;
		return 0;
	}
	f->at_end = true;
	if (n < 0)
		f->broken = true;
	return 0;
}

/* ---- connecting ---- */

static void disconnect(struct fetch *f)
{
	if (f->tls) {
		if (f->open && !f->at_end) {
			tls_close(f->tls);
			struct bytes out = tls_outgoing(f->tls);
			ssize_t n = send(f->watch.fd, out.at, out.size,
					 MSG_NOSIGNAL | MSG_DONTWAIT);
			(void)n; /* a courtesy */
		}
		tls_free(f->tls);
		f->tls = NULL;
	}
	if (f->open)
		close(f->watch.fd);
	f->open = f->used = f->exchanging = f->at_end = f->broken = false;
	f->borrowed = f->buffer_start = f->buffer_end = 0;
	f->watch.fd = -1;
}

/* After a failure the session is not taken up again. */
static void forget(struct fetch *f)
{
	disconnect(f);
	bytes_wipe(&f->session, sizeof(f->session));
}

/* All that still have a chance; again the one we had, so that what a server says in one
 * exchange is asked of the same in the next (HTTP-16); or the proxy. */
static bool dial(struct fetch *f, uint64_t deadline, struct error *e)
{
	struct address again = f->peer;
	const struct address *to = f->addresses;
	const char *link = f->options.resolver.link;
	size_t count = f->address_count;
	uint16_t port = f->port;

	if (f->options.proxy) {
		to = &f->proxy.address;
		count = 1;
		port = f->proxy.port;
		link = f->proxy.link;
	} else if (f->chosen) {
		to = &again;
		count = 1;
	}
	f->watch.fd = dial_addresses(f->loop, to, count, port, link, deadline, &f->peer, e);
	f->open = f->watch.fd >= 0;
	if (f->options.proxy)
		return f->open || error_wrap(e, "proxy");
	if (!f->open && !f->chosen)
		f->address_count = 0;
	for (size_t i = 0; f->open && !f->chosen && i < f->address_count; i++)
		if (address_equal(&f->addresses[i], &f->peer))
			f->addresses[i--] = f->addresses[--f->address_count];
	return f->open;
}

/* ---- a proxy's tunnel (PROXY-9, PROXY-10) ---- */

/* "CONNECT name", the same name in Host (PROXY-14), and the login once it has been asked for. */
static bool send_connect(struct fetch *f, struct error *e)
{
	uint8_t room[1536];
	char login[CONFIG_PROXY_LOGIN_MAX];
	const char *const headers[] = { login, NULL };
	struct writer head = writer_over(room, sizeof(room)),
		      line = writer_over(login, sizeof(login));
	bool again;

	writer_text(&line, "Proxy-Authorization: Basic ");
	if (f->proxy_asks)
		base64_write(&line, bytes_of_text(f->proxy.credentials));
	writer_u8(&line, 0);
	bool ok = writer_ok(&line) || error_set(e, ERROR_USAGE, "PROXY-10",
						"its credentials are too long");
	ok = ok && http_request_write(&head, "CONNECT", f->name, f->host, f->port, true,
				      f->proxy_asks ? headers : NULL, 0, e);
	if (ok) {
		/* A new connection takes that much at once. */
		size_t n = moved(f, send(f->watch.fd, room, head.used, MSG_NOSIGNAL), &again);
		ok = n == head.used ||
		     error_set(e, ERROR_LATER, "PROXY-10", "it closes the connection");
	}
	bytes_wipe(login, sizeof(login));
	bytes_wipe(room, sizeof(room));
	return ok;
}

static bool read_connect(struct fetch *f, uint64_t deadline, struct error *e)
{
	uint8_t room[1024];
	enum http_event event;
	struct bytes input, body;
	bool again, timed_out;

	http_response_start(&f->parser, "CONNECT");
	do {
		input = bytes_of(room,
				 moved(f, recv(f->watch.fd, room, sizeof(room), 0), &again));
		if (f->at_end)
			return error_set(e, ERROR_LATER, "PROXY-10",
					 "it closes the connection");
		event = http_response_next(&f->parser, &input, &body, e);
		if (again && !wait_for(f, LOOP_READ, deadline, &timed_out, e))
			return timed_out ? error_set(e, ERROR_LATER, "TLS-15",
						     "no tunnel in time")
					 : false;
	} while (event == HTTP_MORE);
	if (event == HTTP_BAD)
		return false;
	if (f->parser.head.status / 100 == 2 && input.size)
		return error_set(e, ERROR_REFUSED, "PROXY-9",
				 "it sends %zu bytes of its own into the tunnel", input.size);
	return true;
}

/* True with the tunnel open, and also after a 407 that we can answer: dial again then. */
static bool ask_proxy(struct fetch *f, uint64_t deadline, struct error *e)
{
	if (!send_connect(f, e) || !read_connect(f, deadline, e))
		return false;
	const struct http_head *head = &f->parser.head;
	if (head->status / 100 == 2)
		return true;
	if (head->status != 407)
		return error_set(e, head->status >= 500 ? ERROR_LATER : ERROR_REFUSED,
				 "PROXY-10", "it answers %u to CONNECT", head->status);
	if (!f->proxy.credentials)
		return error_set(e, ERROR_REFUSED, "PROXY-10",
				 "it demands a login (407), and none is configured");
	if (f->proxy_asks || !head->basic_login)
		return error_set(e, ERROR_REFUSED, "PROXY-10", "%s (407)",
				 f->proxy_asks ? "it does not take our login"
					       : "it demands another login than Basic");
	f->proxy_asks = true;
	disconnect(f);
	return true;
}

static bool open_tunnel(struct fetch *f, uint64_t deadline, struct error *e)
{
	bool ok = ask_proxy(f, deadline, e);

	if (ok && !f->open) {
		if (!dial(f, deadline, e))
			return false;
		ok = ask_proxy(f, deadline, e);
	}
	return ok || error_wrap(e, "proxy %s",
				address_port_text(&f->proxy.address, f->proxy.port).text);
}

/* ---- TLS ---- */

/* One step of the handshake: send what there is, else read, else wait. */
static bool handshake_step(struct fetch *f, uint64_t deadline, struct error *e)
{
	struct bytes out = tls_outgoing(f->tls);
	bool again, timed_out;
	size_t room;

	if (out.size) {
		tls_sent(f->tls,
			 moved(f, send(f->watch.fd, out.at, out.size, MSG_NOSIGNAL), &again));
	} else {
		uint8_t *in = tls_incoming(f->tls, &room);

		if (!in)
			return true; /* failed: the caller looks */
		tls_received(f->tls, moved(f, recv(f->watch.fd, in, room, 0), &again));
	}
	if (!again)
		return true;
	if (wait_for(f, out.size ? LOOP_WRITE : LOOP_READ, deadline, &timed_out, e))
		return true;
	if (timed_out)
		error_set(e, ERROR_LATER, "TLS-15", "no TLS handshake within %u s",
			  patience(f, f->options.handshake_ms) / 1000);
	return false;
}

static bool shake_hands(struct fetch *f, struct error *e)
{
	uint64_t deadline = loop_now_ms() + patience(f, f->options.handshake_ms);

	f->tls = tls_new(&f->options.tls, f->host, e);
	if (!f->tls)
		return false;
	/* tls_outgoing() has the engine look at its state, so it is asked first. */
	while (tls_outgoing(f->tls).size || !tls_is_up(f->tls)) {
		if (tls_failed(f->tls, e))
			return false;
		if (f->at_end)
			return error_set(
				e, ERROR_LATER, "TLS-9",
				"the server %s the connection during the TLS handshake",
				f->broken ? "breaks" : "closes");
		if (!handshake_step(f, deadline, e))
			return false;
	}
	f->identity_asked = tls_identity_asked(f->tls);
	f->identity_sent = tls_identity_sent(f->tls);
	if (f->options.tls.identity && !f->identity_asked)
		log_info("tls", "%s: asks for no client certificate (TLS-16)", f->name);
	if (f->identity_asked && !f->identity_sent)
		log_info("tls",
			 "%s: asks for a client certificate, and we have none it takes",
			 f->name);
	return true;
}

/* One connection: of an exchange that needs it again, or the next that has a chance. */
static bool connect_to(struct fetch *f, uint64_t deadline, struct error *e)
{
	uint64_t begun = loop_now_ms();

	disconnect(f);
	bool ok = dial(f, deadline, e) && (!f->options.proxy || open_tunnel(f, deadline, e));
	if (ok && f->secure) {
		ok = shake_hands(f, e);
		if (ok)
			log_info("tls", "%s at %s: %s", f->name, ADDRESS_TEXT(&f->peer),
				 tls_suite_name(f->tls));
		else
			log_event("tls-result", LOG_LEVEL_INFO, "tls", "%s at %s: %s", f->name,
				  ADDRESS_TEXT(&f->peer), e->text);
	}
	if (!ok) {
		forget(f);
		/* What dial says begins with an address; of a literal that is the name. */
		return text_starts(bytes_of_text(e->text), f->name) ? false
								    : error_wrap(e, "%s", f->name);
	}
	f->chosen = true;
	log_debug("fetch", "%s: %s, %u ms", f->name, ADDRESS_TEXT(&f->peer),
		  (unsigned)(loop_now_ms() - begun));
	return true;
}

/* The first of all that still have a chance to complete its handshake (REDIR-2). */
static bool connect_first(struct fetch *f, uint64_t deadline, struct error *e)
{
	struct error first = { 0 };

	f->chosen = false;
	for (;;) {
		if (connect_to(f, deadline, e))
			return true;
		if (e->code != ERROR_LATER || first.code == ERROR_NONE)
			first = *e; /* a refusal tells more than a silence */
		if (f->address_count == 0 || e->code == ERROR_MACHINE)
			break;
		log_info("fetch", "%s; trying its other addresses", e->text);
		deadline = loop_now_ms() + patience(f, f->options.connect_ms);
	}
	*e = first;
	return false;
}

/* A session that the server will not take up again may be what failed: so once without. */
static bool reconnect(struct fetch *f, struct error *e)
{
	bool resumes = f->session.present;
	uint64_t wait_ms = patience(f, f->options.connect_ms);

	return connect_to(f, loop_now_ms() + wait_ms, e) ||
	       (resumes && e->code != ERROR_LATER &&
		connect_to(f, loop_now_ms() + wait_ms, e));
}

static bool find(struct fetch *f, uint64_t deadline, struct error *e)
{
	if (f->options.proxy)
		return true;
	f->address_count = 1;
	return address_read(&f->addresses[0], bytes_of_text(f->host)) ||
	       resolve_name(f->loop, f->host, &f->options.resolver, deadline, f->addresses,
			    &f->address_count, e);
}

/* What a proxy elsewhere cannot reach (PROXY-13). */
static bool is_local(const struct fetch *f)
{
	struct address a;

	if (!address_read(&a, bytes_of_text(f->host)))
		return resolve_is_for_the_link(f->host, &f->options.resolver);
	return address_is_link_local(&a) || address_to_ipv4(&a) >> 16 == 0xa9fe;
}

bool fetch_open(struct fetch *f, struct loop *l, const struct uri *uri,
		const struct fetch_options *options, struct error *e)
{
	struct fetch_options *o = &f->options;

	*f = (struct fetch){ .loop = l, .options = *options, .port = uri->port };
	f->watch = (struct loop_fd){ .fd = -1, .ready = woken, .context = f };
	o->tls.session = &f->session;
	o->connect_ms = o->connect_ms ? o->connect_ms : CONFIG_CONNECT_MS;
	o->handshake_ms = o->handshake_ms ? o->handshake_ms : CONFIG_HANDSHAKE_MS;
	o->idle_ms = o->idle_ms ? o->idle_ms : CONFIG_IDLE_MS;
	f->secure = strcmp(uri->scheme, "https") == 0;
	if (!f->secure && strcmp(uri->scheme, "http") != 0)
		return error_set(e, ERROR_REFUSED, "IMG-8", "%s: neither https nor http",
				 uri->scheme);
	if (uri->host[0] == '\0' || uri->port == 0)
		return error_set(e, ERROR_MALFORMED, NULL, "a URI without host or port");
	memcpy(f->host, uri->host, sizeof(f->host));
	if (is_local(f))
		o->proxy = NULL;
	if (o->proxy) {
		f->proxy = *o->proxy;
		o->proxy = &f->proxy;
	}
	bool six = strchr(f->host, ':') != NULL;
	snprintf(f->name, sizeof(f->name), "%s%s%s:%u", six ? "[" : "", f->host,
		 six ? "]" : "", f->port);
	if (!f->secure) {
		f->buffer = malloc(CONFIG_FETCH_BUFFER);
		if (!f->buffer)
			return error_set(e, ERROR_MACHINE, NULL,
					 "no memory for a connection");
	}
	uint64_t deadline = loop_now_ms() + o->connect_ms;
	if (!find(f, deadline, e) || !connect_first(f, deadline, e)) {
		f->address_count = 0;
		fetch_close(f);
		return false;
	}
	return true;
}

bool fetch_has_other(const struct fetch *f)
{
	return f->loop && f->address_count;
}

bool fetch_open_other(struct fetch *f, struct error *e)
{
	if (!fetch_has_other(f))
		return error_set(e, ERROR_LATER, "REDIR-2", "%s: no other address", f->name);
	forget(f);
	return connect_first(f, loop_now_ms() + patience(f, f->options.connect_ms), e);
}

void fetch_close(struct fetch *f)
{
	if (f->loop)
		forget(f);
	free(f->buffer);
	f->buffer = NULL;
	f->loop = NULL;
}

/* ---- sending ---- */

/* A server may answer before it has read all, and close: so a failure here is told only
 * if no answer comes. */
static bool send_all(struct fetch *f, struct bytes data, struct error *e)
{
	while (data.size && !f->at_end) {
		bool again;
		size_t n = moved(f, send(f->watch.fd, data.at, data.size, MSG_NOSIGNAL),
				 &again);

		data.at += n;
		data.size -= n;
		note_progress(f, n);
		if (again && !wait_for_progress(f, LOOP_WRITE, e))
			return false;
	}
	return true;
}

static bool send_records(struct fetch *f, struct error *e)
{
	struct bytes out;

	while ((out = tls_outgoing(f->tls)).size && !f->at_end) {
		if (!send_all(f, out, e))
			return false;
		if (!f->at_end)
			tls_sent(f->tls, out.size);
	}
	return true;
}

static bool send_plain(struct fetch *f, struct bytes data, struct error *e)
{
	if (!f->secure)
		return send_all(f, data, e);
	while (data.size && !f->at_end) {
		size_t room;
		uint8_t *to = tls_write_room(f->tls, &room);

		if (!to) {
			if (!tls_outgoing(f->tls).size)
				break; /* closed or failed: reading tells */
			if (!send_records(f, e))
				return false;
			continue;
		}
		if (room > data.size)
			room = data.size;
		memcpy(to, data.at, room);
		tls_wrote(f->tls, room);
		data.at += room;
		data.size -= room;
	}
	tls_flush(f->tls);
	return send_records(f, e);
}

/* ---- receiving ---- */

static struct bytes available(struct fetch *f)
{
	if (f->secure)
		return tls_readable(f->tls);
	return bytes_of(f->buffer + f->buffer_start, f->buffer_end - f->buffer_start);
}

static void release(struct fetch *f, size_t size)
{
	if (f->secure)
		tls_took(f->tls, size);
	else if ((f->buffer_start += size) == f->buffer_end)
		f->buffer_start = f->buffer_end = 0;
}

/* Bring bytes from the socket; called only when none are available.  True at the end too. */
static bool receive(struct fetch *f, struct error *e)
{
	size_t room = CONFIG_FETCH_BUFFER;
	uint8_t *to = f->buffer;
	bool again;

	if (f->secure) {
		to = tls_incoming(f->tls, &room);
		if (tls_failed(f->tls, e))
			return false;
		if (!to) { /* closed by close_notify */
			f->at_end = true;
			return true;
		}
	}
	let_others_run(f);
	size_t n = moved(f, recv(f->watch.fd, to, room, 0), &again);
	note_progress(f, n);
	if (f->secure) {
		tls_received(f->tls, n);
		if (tls_failed(f->tls, e))
			return false;
		/* The goodbye is answered so that the server may forget us at once. */
		return !tls_outgoing(f->tls).size || send_records(f, e);
	}
	f->buffer_end = n;
	return !again || wait_for_progress(f, LOOP_READ, e);
}

/* The next event of the parser that tells something, receiving as needed. */
static enum http_event next_event(struct fetch *f, struct bytes *piece, struct error *e)
{
	for (;;) {
		struct bytes input;

		release(f, f->borrowed);
		f->borrowed = 0;
		input = available(f);
		size_t before = input.size;
		enum http_event event = http_response_next(&f->parser, &input, piece, e);
		size_t used = before - input.size;

		if (event == HTTP_BODY) {
			f->borrowed = used;
			return event;
		}
		release(f, used);
		if (event == HTTP_END && input.size)
			f->parser.keep_alive = false; /* bytes that belong to no answer */
		if (event != HTTP_MORE)
			return event;
		if (f->at_end) {
			bool clean = f->secure ? tls_is_closed(f->tls) : !f->broken;

			if (!http_response_at_end(&f->parser, clean, e))
				return HTTP_BAD;
			f->parser.keep_alive = false;
			return HTTP_END;
		}
		if (!receive(f, e))
			return HTTP_BAD;
	}
}

static void end_exchange(struct fetch *f)
{
	f->exchanging = false;
	f->used = true;
	if (!f->parser.keep_alive || f->at_end)
		disconnect(f);
}

static bool fail(struct fetch *f, struct error *e)
{
	forget(f);
	return error_wrap(e, "%s", f->name);
}

/* ---- exchanges ---- */

/* Has the server closed a connection that lay idle, or said something unasked? */
static bool is_stale(struct fetch *f)
{
	uint8_t byte;
	ssize_t n = recv(f->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n >= 0 || (errno != EAGAIN && errno != EINTR);
}

/*
 * Send the request and read the head.  *@unanswered: the connection ended before the
 * first byte of an answer, as it does when the server closes an idle one meanwhile.
 */
static bool attempt(struct fetch *f, const struct fetch_request *q, struct bytes head,
		    bool *unanswered, struct error *e)
{
	struct bytes piece;

	*unanswered = false;
	f->waited_ms = f->progress = 0;
	http_response_start(&f->parser, q->method);
	f->exchanging = true;
	if (!send_plain(f, head, e) || !send_plain(f, q->body, e))
		return false;
	f->waited_ms = f->progress = 0;
	f->head_until_ms = loop_now_ms() + patience(f, f->options.idle_ms);
	enum http_event event = next_event(f, &piece, e);
	f->head_until_ms = 0;
	if (event == HTTP_HEAD)
		return true;
	*unanswered = f->at_end && f->parser.part == HTTP_PART_STATUS_LINE &&
		      f->parser.head_size == 0;
	return false;
}

bool fetch_begin(struct fetch *f, const struct fetch_request *q,
		 struct fetch_response *response, struct error *e)
{
	uint8_t room[CONFIG_HTTP_REQUEST_MAX];
	struct writer head = writer_over(room, sizeof(room));
	bool unanswered;

	if (!f->loop)
		return error_set(e, ERROR_USAGE, NULL, "the connection is not open");
	if (!http_request_write(&head, q->method, q->path, f->host, f->port, f->secure,
				q->headers, q->body.size, e))
		return false;
	if (f->exchanging || (f->open && is_stale(f)))
		disconnect(f);
	if (!f->open && !reconnect(f, e))
		return false;
	bool reused = f->used;
	bool got = attempt(f, q, writer_done(&head), &unanswered, e);
	if (!got && unanswered && reused) {
		if (!reconnect(f, e))
			return false;
		got = attempt(f, q, writer_done(&head), &unanswered, e);
	}
	if (!got)
		return fail(f, e);
	f->body_size = 0;
	f->body_max = q->body_max ? q->body_max : CONFIG_HTTP_BODY_MAX;
	*response = (struct fetch_response){ .head = f->parser.head };
	return true;
}

static bool is_success(const struct fetch *f)
{
	return f->parser.head.status / 100 == 2;
}

bool fetch_read(struct fetch *f, struct bytes *piece, struct error *e)
{
	struct bytes got = { 0 };

	if (!f->exchanging) {
		*piece = got;
		return true;
	}
	switch (next_event(f, &got, e)) {
	case HTTP_BODY:
		f->body_size += got.size;
		if (is_success(f) && f->body_size > f->body_max) {
			error_set(e, ERROR_REFUSED, "HTTP-13",
				  "the answer is larger than %llu bytes",
				  (unsigned long long)f->body_max);
			return fail(f, e);
		}
		*piece = got;
		return true;
	case HTTP_END:
		end_exchange(f);
		*piece = (struct bytes){ 0 };
		return true;
	case HTTP_HEAD:
	case HTTP_MORE:
	case HTTP_BAD:
		break;
	}
	return fail(f, e);
}

/* Put a piece where the request says. */
static bool deliver(struct fetch *f, const struct fetch_request *q,
		    struct fetch_response *response, struct bytes piece, struct error *e)
{
	unsigned status = f->parser.head.status;
	size_t left = q->room_size - response->room_used;

	if (q->on_body && (status == 200 || status == 206))
		return q->on_body(q->context, piece, e);
	if (!q->room)
		return true;
	if (piece.size > left) {
		if (is_success(f)) {
			error_set(e, ERROR_REFUSED, "HTTP-13",
				  "the answer is larger than %zu bytes", q->room_size);
			return error_wrap(e, "%s", f->name);
		}
		piece.size = left;
	}
	if (piece.size)
		memcpy(q->room + response->room_used, piece.at, piece.size);
	response->room_used += piece.size;
	return true;
}

bool fetch_exchange(struct fetch *f, const struct fetch_request *q,
		    struct fetch_response *response, struct error *e)
{
	struct fetch_response r;
	struct bytes piece;

	if (!fetch_begin(f, q, &r, e))
		return false;
	bool success = is_success(f);
	const char *encoding = r.head.content_encoding;
	bool encoded = encoding[0] && !text_equal_nocase(bytes_of_text(encoding),
							 bytes_of_text("identity"));
	if (success && encoded) {
		error_set(e, ERROR_REFUSED, "HTTP-13",
			  "the answer is encoded, which was not asked for: %s",
			  TEXT_QUOTED(bytes_of_text(encoding)));
		return fail(f, e);
	}
	for (;;) {
		if (!fetch_read(f, &piece, e)) {
			if (success)
				return false;
			break; /* the status is what counts (ERR-1) */
		}
		if (piece.size == 0)
			break;
		r.body_size = f->body_size;
		if (!encoded && !deliver(f, q, &r, piece, e)) {
			disconnect(f);
			return false;
		}
		if (!success && f->body_size > CONFIG_FETCH_ERROR_BODY_MAX) {
			disconnect(f);
			break;
		}
	}
	*response = r;
	return true;
}

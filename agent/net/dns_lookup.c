/* SPDX-License-Identifier: MIT */
#include "net/dns_lookup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/dial.h"
#include "net/mdns.h"
#include "net/resolve.h"
#include "platform/entropy.h"

/*
 * Every try at a server has a socket of its own, so a random port, and a random ID
 * (DNS-21).  EDNS is offered, but not in every second round, and not again to a server
 * that cannot read it (DNS-14).  An answer that did not fit is fetched from the same server
 * by TCP (DNS-13).  Multicast questions are repeated over the same two sockets, so that a
 * late answer to an earlier one still counts (DNS-15).
 */

static const enum address_family families[2] = { ADDRESS_IPV4, ADDRESS_IPV6 };

static void ask(struct dns_lookup *l);

static void hang_up(struct dns_lookup *l)
{
	if (!l->loop)
		return;
	loop_timer_cancel(l->loop, &l->timer);
	for (size_t i = 0; i < ARRAY_SIZE(l->watch); i++) {
		if (l->watch[i].fd < 0)
			continue;
		loop_fd_remove(l->loop, &l->watch[i]);
		close(l->watch[i].fd);
		l->watch[i].fd = -1;
	}
	l->over_tcp = false;
	dns_frame_end(&l->frame);
}

/* The lookup may be another one, or gone, when this returns. */
static void finish(struct dns_lookup *l, const struct dns_answer *a, struct bytes message)
{
	uint8_t *kept = l->frame.message; /* what @message may be part of */

	l->frame.message = NULL;
	if (l->why.code != ERROR_MACHINE)
		l->why.code = ERROR_LATER; /* a broken answer is not the asker's fault */
	hang_up(l);
	l->answered(l->context, a, message);
	free(kept);
}

static void end(struct dns_lookup *l, enum dns_status status)
{
	const struct dns_answer none = { .status = status };

	finish(l, &none, bytes_of(NULL, 0));
}

static size_t server_count(const struct dns_lookup *l)
{
	return l->with->server_count < CONFIG_DNS_SERVERS_MAX ? l->with->server_count
							      : CONFIG_DNS_SERVERS_MAX;
}

static const struct address *server(const struct dns_lookup *l)
{
	return &l->with->servers[(l->preferred + l->tries) % server_count(l)];
}

static unsigned tries_max(const struct dns_lookup *l)
{
	return l->question.multicast
		       ? CONFIG_MDNS_SENDS
		       : (l->rounds ? l->rounds : CONFIG_DNS_ROUNDS) * (unsigned)server_count(l);
}

static uint64_t patience_ms(const struct dns_lookup *l)
{
	return l->question.multicast
		       ? CONFIG_MDNS_SEND_MS
		       : (uint64_t)CONFIG_DNS_TRY_MS << l->tries / server_count(l);
}

static void wait_for(struct dns_lookup *l, uint64_t ms)
{
	loop_timer_set(l->loop, &l->timer, loop_now_ms() + ms);
}

static void next_try(struct dns_lookup *l)
{
	l->tries++;
	l->plain = false;
	if (l->tries >= tries_max(l))
		end(l, DNS_SILENCE);
	else
		ask(l);
}

static void expired(void *context)
{
	next_try(context);
}

static void blame(struct dns_lookup *l, const char *rule, const char *what)
{
	error_set(&l->why, ERROR_LATER, rule, "%s", what);
}

static void server_fails(struct dns_lookup *l, const char *rule, const char *what)
{
	error_set(&l->why, ERROR_LATER, rule, "%s: %s", ADDRESS_TEXT(server(l)), what);
	log_debug("dns", "%s: %s", l->question.name, l->why.text);
	next_try(l);
}

static void open_socket(struct dns_lookup *l, size_t which, int fd)
{
	l->watch[which].fd = fd;
	l->watch[which].wants = LOOP_READ;
	if (fd >= 0)
		loop_fd_add(l->loop, &l->watch[which]);
}

/* To the server whose turn it is, so that only its answers are let in. */
static bool reach(struct dns_lookup *l, int type)
{
	struct sockaddr_storage to;
	socklen_t size = (socklen_t)address_to_socket(server(l), 53, &to);

	open_socket(l, 0, socket(to.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	return l->watch[0].fd >= 0 && dial_bind(l->watch[0].fd, l->with->link) &&
	       (connect(l->watch[0].fd, (struct sockaddr *)&to, size) == 0 ||
		errno == EINPROGRESS);
}

static void ask_by_tcp(struct dns_lookup *l)
{
	hang_up(l);
	l->over_tcp = true;
	l->sent = 0;
	if (!reach(l, SOCK_STREAM)) {
		server_fails(l, "DNS-13", strerror(errno));
		return;
	}
	l->watch[0].wants = LOOP_WRITE;
	wait_for(l, patience_ms(l));
}

/* What an answer means.  Nothing may be done with the lookup after this. */
static void take(struct dns_lookup *l, struct bytes message)
{
	struct dns_answer a;

	if (!dns_answer_read(&a, message, &l->question, &l->why)) {
		log_debug("dns", "%s: %s", l->question.name, l->why.text);
		if (l->over_tcp)
			next_try(l);
		return; /* the real one may still come */
	}
	l->aliases += a.aliases;
	if (l->aliases > CONFIG_DNS_CNAME_MAX) {
		blame(l, "DNS-21", "too many aliases");
		end(l, DNS_FAILURE);
		return;
	}
	switch (a.status) {
	case DNS_ANSWER:
	case DNS_NO_DATA:
	case DNS_NO_NAME:
		if (!l->question.multicast)
			l->preferred = (unsigned)(server(l) - l->with->servers);
		else if (a.status != DNS_ANSWER ||
			 (l->usable && !l->usable(l->context, &a, message)))
			return; /* somebody else may have more to say */
		finish(l, &a, message);
		return;
	case DNS_ALIAS:
		memcpy(l->question.name, a.alias, sizeof(a.alias));
		if (l->question.multicast)
			l->tries = 0;
		ask(l);
		return;
	case DNS_TRUNCATED:
		if (l->question.multicast)
			blame(l, "DNS-16", "the answer does not fit its responder's packet");
		else if (l->over_tcp)
			server_fails(l, "DNS-13", "truncated, even over TCP");
		else
			ask_by_tcp(l);
		return;
	case DNS_FAILURE:
		if (l->question.edns && (a.code == 1 || a.code == 4)) {
			l->plain = true;
			ask(l);
		} else {
			char what[32];

			snprintf(what, sizeof(what), "answers with code %u", a.code);
			server_fails(l, NULL, what);
		}
		return;
	case DNS_SILENCE:
		return;
	}
}

static void tcp_ready(struct dns_lookup *l)
{
	struct loop_fd *watch = &l->watch[0];
	uint8_t *room;
	size_t size;
	ssize_t n;

	if (l->sent < l->out_size) {
		n = send(watch->fd, l->out + l->sent, l->out_size - l->sent,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0 && l->sent == 0)
			wait_for(l, CONFIG_DNS_TCP_MS); /* it is there */
		l->sent += n > 0 ? (size_t)n : 0;
		if (l->sent == l->out_size)
			watch->wants = LOOP_READ;
	} else {
		room = dns_frame_room(&l->frame, &size, &l->why);
		if (!room) {
			next_try(l);
			return;
		}
		n = recv(watch->fd, room, size, MSG_DONTWAIT);
		if (n > 0 && dns_frame_took(&l->frame, (size_t)n))
			take(l, bytes_of(l->frame.message, l->frame.size));
	}
	if (n == 0)
		server_fails(l, "DNS-13", "ends the connection before its answer");
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		server_fails(l, "DNS-13", strerror(errno));
}

static void ready(void *context, unsigned events)
{
	struct dns_lookup *l = context;
	uint8_t packet[CONFIG_DNS_MESSAGE_MAX];
	ssize_t n = 0;

	(void)events;
	if (l->over_tcp) {
		tcp_ready(l);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(l->watch) && n == 0 && l->question.multicast; i++)
		if (l->watch[i].fd >= 0)
			n = (ssize_t)mdns_receive(l->watch[i].fd, packet, sizeof(packet));
	if (!l->question.multicast)
		n = recv(l->watch[0].fd, packet, sizeof(packet), MSG_DONTWAIT);
	if (n > 0)
		take(l, bytes_of(packet, (size_t)n));
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		server_fails(l, NULL, strerror(errno)); /* nobody at the port */
}

static bool write_question(struct dns_lookup *l)
{
	struct writer w = writer_over(l->out + 2, sizeof(l->out) - 2);

	if (!entropy_fill(&l->question.id, sizeof(l->question.id), &l->why))
		return false;
	if (!dns_question_write(&w, &l->question)) {
		blame(l, "DNS-23", "a label is longer than 63, or all are longer than 255");
		return false;
	}
	l->out[0] = (uint8_t)(w.used >> 8);
	l->out[1] = (uint8_t)w.used;
	l->out_size = w.used + 2;
	return true;
}

static void ask(struct dns_lookup *l)
{
	const uint8_t *question = l->out + 2;
	bool sent = false;

	if (l->question.multicast) {
		/* The same question again, with its ID; an alias of it is a new one. */
		if (l->tries == 0 && !write_question(l))
			goto never;
		for (size_t i = 0; i < 2; i++) {
			if (l->watch[i].fd < 0)
				open_socket(l, i, mdns_open(families[i], l->with->link));
			if (l->watch[i].fd >= 0)
				sent |= mdns_send(l->watch[i].fd, families[i], question,
						  l->out_size - 2);
		}
		wait_for(l, patience_ms(l));
		return;
	}
	hang_up(l);
	l->question.edns = !l->plain && l->tries / server_count(l) % 2 == 0;
	if (!write_question(l))
		goto never;
	sent = reach(l, SOCK_DGRAM) &&
	       send(l->watch[0].fd, question, l->out_size - 2, MSG_NOSIGNAL) > 0;
	/* A server that cannot be reached at all is passed over in the loop, not here. */
	if (!sent)
		error_errno(&l->why, ERROR_LATER, NULL, "%s", ADDRESS_TEXT(server(l)));
	wait_for(l, sent ? patience_ms(l) : 0);
	return;
never:
	l->tries = tries_max(l);
	wait_for(l, 0);
}

void dns_lookup_start(struct dns_lookup *l, struct loop *loop, const struct resolver *with,
		      const char *name, enum dns_type type, bool multicast)
{
	dns_lookup_stop(l);
	l->loop = loop;
	l->with = with;
	l->question = (struct dns_question){ .type = type, .multicast = multicast };
	l->aliases = l->tries = 0;
	l->plain = false;
	for (size_t i = 0; i < ARRAY_SIZE(l->watch); i++)
		l->watch[i] = (struct loop_fd){ .fd = -1, .ready = ready, .context = l };
	l->timer = (struct loop_timer){ .expired = expired, .context = l };
	blame(l, NULL, multicast ? "nobody on the link answers" : "no name server answers");
	if (snprintf(l->question.name, sizeof(l->question.name), "%s", name) >=
	    (int)sizeof(l->question.name))
		strcpy(l->question.name, "."); /* which cannot be written */
	if (multicast ? with->link != NULL : server_count(l) > 0) {
		ask(l);
		return;
	}
	blame(l, multicast ? "DNS-15" : "DNS-20",
	      multicast ? "no link to ask" : "no name server is known");
	l->tries = CONFIG_MDNS_SENDS;
	wait_for(l, 0);
}

void dns_lookup_stop(struct dns_lookup *l)
{
	hang_up(l);
	l->loop = NULL;
}

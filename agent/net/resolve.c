/* SPDX-License-Identifier: MIT */
#include "net/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/dial.h"
#include "platform/entropy.h"

/*
 * Two questions, A and AAAA, each asked from a fresh socket (so from a random port) with
 * a random ID, of one server after the other.  An address in hand does not wait for the
 * other family longer than a moment (RFC 8305 §3: 50 ms).
 */

#define OTHER_FAMILY_MS 50
#define ROUNDS		3 /* through all servers */

struct lookup;

struct question {
	struct lookup *lookup;
	enum dns_type type;
	char name[CONFIG_HOST_MAX]; /* what is asked now: the name, or an alias of it */
	unsigned aliases;
	uint16_t id;
	unsigned tries;
	struct loop_fd watch; /* .fd is -1 between tries */
	struct loop_timer timer;
	bool done;
	struct dns_answer answer;
};

struct lookup {
	struct loop *loop;
	const struct address *servers;
	size_t server_count;
	const char *link;
	struct question questions[2];
	struct loop_timer patience; /* for the other family */
	bool done;
	bool no_name;
	uint8_t packet[CONFIG_DNS_MESSAGE_MAX];
};

static void ask(struct question *q);

static void hang_up(struct question *q)
{
	loop_timer_cancel(q->lookup->loop, &q->timer);
	if (q->watch.fd < 0)
		return;
	loop_fd_remove(q->lookup->loop, &q->watch);
	close(q->watch.fd);
	q->watch.fd = -1;
}

static void patience_over(void *context)
{
	struct lookup *l = context;

	l->done = true;
}

static void finish(struct question *q)
{
	struct lookup *l = q->lookup;

	hang_up(q);
	q->done = true;
	if (l->questions[0].done && l->questions[1].done)
		l->done = true;
	else if (q->answer.count)
		loop_timer_set(l->loop, &l->patience, loop_now_ms() + OTHER_FAMILY_MS);
}

static void next_server(struct question *q)
{
	hang_up(q);
	q->tries++;
	if (q->tries >= ROUNDS * q->lookup->server_count)
		finish(q);
	else
		ask(q);
}

static void silent(void *context)
{
	next_server(context);
}

static void take_answer(struct question *q, const struct dns_answer *a)
{
	switch (a->status) {
	case DNS_NO_NAME:
		q->lookup->no_name = true;
		finish(q);
		return;
	case DNS_ANSWER:
		q->answer = *a;
		finish(q);
		return;
	case DNS_NO_DATA:
		finish(q);
		return;
	case DNS_ALIAS:
		q->aliases += a->aliases;
		if (q->aliases > CONFIG_DNS_CNAME_MAX) {
			finish(q);
			return;
		}
		memcpy(q->name, a->alias, sizeof(q->name));
		hang_up(q);
		ask(q);
		return;
	case DNS_TRUNCATED:
	case DNS_FAILURE:
		log_debug("dns", "%s: %s", q->name,
			  a->status == DNS_TRUNCATED ? "answer cut" : "server fails");
		next_server(q);
		return;
	}
}

static void readable(void *context, unsigned events)
{
	struct question *q = context;
	struct lookup *l = q->lookup;
	struct dns_answer answer;
	struct error why;

	(void)events;
	ssize_t n = recv(q->watch.fd, l->packet, sizeof(l->packet), MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			next_server(q); /* port unreachable */
		return;
	}
	if (!dns_answer_read(&answer, bytes_of(l->packet, (size_t)n), q->id, q->name, q->type,
			     &why)) {
		log_debug("dns", "%s: %s", q->name, why.text);
		return; /* the real one may still come */
	}
	take_answer(q, &answer);
}

static bool send_question(struct question *q, const struct address *server)
{
	uint8_t room[512];
	struct writer w = writer_over(room, sizeof(room));
	struct sockaddr_storage to;
	size_t size = address_to_socket(server, 53, &to);
	struct error why;

	if (!entropy_fill(&q->id, sizeof(q->id), &why) ||
	    !dns_question_write(&w, q->id, q->name, q->type))
		return false;
	/* Connected, so that only this server's answers are let in. */
	return connect(q->watch.fd, (struct sockaddr *)&to, (socklen_t)size) == 0 &&
	       send(q->watch.fd, room, w.used, MSG_NOSIGNAL) == (ssize_t)w.used;
}

static void ask(struct question *q)
{
	struct lookup *l = q->lookup;
	const struct address *server = &l->servers[q->tries % l->server_count];
	unsigned round = q->tries / (unsigned)l->server_count;
	uint64_t now = loop_now_ms();
	int family = server->family == ADDRESS_IPV6 ? AF_INET6 : AF_INET;

	q->watch.fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (q->watch.fd >= 0)
		loop_fd_add(l->loop, &q->watch);
	/* A server that cannot be reached at all is passed over in the loop, not here. */
	bool sent = q->watch.fd >= 0 && dial_bind(q->watch.fd, l->link) &&
		    send_question(q, server);
	loop_timer_set(l->loop, &q->timer,
		       sent ? now + ((uint64_t)CONFIG_DNS_TRY_MS << round) : now);
}

/* Families in turn, IPv6 first (RFC 8305 §4). */
static size_t interleave(struct address *to, const struct dns_answer *a,
			 const struct dns_answer *b)
{
	size_t n = 0;

	for (size_t i = 0; i < CONFIG_DIAL_ADDRESSES_MAX; i++) {
		if (i < a->count && n < CONFIG_DIAL_ADDRESSES_MAX)
			to[n++] = a->addresses[i];
		if (i < b->count && n < CONFIG_DIAL_ADDRESSES_MAX)
			to[n++] = b->addresses[i];
	}
	return n;
}

static void set_up(struct question *q, struct lookup *l, enum dns_type type, const char *name)
{
	q->lookup = l;
	q->type = type;
	memcpy(q->name, name, strlen(name) + 1); /* 253 at most: it is a valid one */
	q->watch = (struct loop_fd){ -1, LOOP_READ, readable, q, NULL, false };
	q->timer = (struct loop_timer){ .expired = silent, .context = q };
}

bool resolve_name(struct loop *loop, const char *name, const struct resolver *with,
		  uint64_t deadline_ms, struct address *to, size_t *count, struct error *e)
{
	struct lookup l = {
		.loop = loop, .servers = with->servers, .server_count = with->server_count,
		.link = with->link
	};
	struct error waiting = { 0 };
	char whole[2 * CONFIG_HOST_MAX];
	bool ended;

	if (l.server_count > CONFIG_DNS_SERVERS_MAX)
		l.server_count = CONFIG_DNS_SERVERS_MAX;
	if (l.server_count == 0)
		return error_set(e, ERROR_LATER, NULL, "%s: no name server is known", name);
	bool alone = !strchr(name, '.') && with->domain_count;
	snprintf(whole, sizeof(whole), "%s%s%s", name, alone ? "." : "",
		 alone ? with->domains[0] : "");
	if (!dns_name_is_valid(whole))
		return error_set(e, ERROR_MALFORMED, "DNS-23", "%.128s: not a host name",
				 whole);
	l.patience = (struct loop_timer){ .expired = patience_over, .context = &l };
	set_up(&l.questions[0], &l, DNS_TYPE_AAAA, whole);
	set_up(&l.questions[1], &l, DNS_TYPE_A, whole);
	ask(&l.questions[0]);
	ask(&l.questions[1]);
	ended = loop_run_until(loop, &l.done, deadline_ms, &waiting);
	hang_up(&l.questions[0]);
	hang_up(&l.questions[1]);
	loop_timer_cancel(loop, &l.patience);

	size_t n = interleave(to, &l.questions[0].answer, &l.questions[1].answer);
	if (n) {
		*count = n;
		return true;
	}
	if (!ended && waiting.code == ERROR_MACHINE) {
		*e = waiting;
		return false;
	}
	return error_set(e, ERROR_LATER, NULL, "%.128s: %s", whole,
			 l.no_name ? "there is no such name"
			 : l.questions[0].done && l.questions[1].done
				 ? "it has no address, or no name server answers"
				 : "no name server answers");
}

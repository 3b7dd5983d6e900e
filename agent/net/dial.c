/* SPDX-License-Identifier: MIT */
#include "net/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

struct dial;

struct attempt {
	struct dial *dial;
	const struct address *address;
	struct loop_fd watch; /* .fd is -1 while it is not under way */
};

struct dial {
	struct loop *loop;
	const char *link;
	struct attempt attempts[CONFIG_DIAL_ADDRESSES_MAX];
	size_t count, begun, failed;
	uint16_t port;
	struct loop_timer stagger;
	const struct attempt *winner;
	bool done; /* a winner, or all have failed */
	int reason;
};

bool dial_bind(int fd, const char *link)
{
	return !link || !link[0] ||
	       setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, link, (socklen_t)strlen(link)) ==
		       0;
}

int dial_begin(const struct address *to, uint16_t port, const char *link)
{
	struct sockaddr_storage at;
	size_t size = address_to_socket(to, port, &at);
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	if (dial_bind(fd, link) &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0 &&
	    (connect(fd, (struct sockaddr *)&at, (socklen_t)size) == 0 || errno == EINPROGRESS))
		return fd;
	int reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

static void begin_next(struct dial *d);

static void give_up(struct attempt *a, int reason)
{
	struct dial *d = a->dial;

	log_debug("dial", "%s: %s", address_port_text(a->address, d->port).text,
		  strerror(reason));
	if (a->watch.fd >= 0) {
		loop_fd_remove(d->loop, &a->watch);
		close(a->watch.fd);
		a->watch.fd = -1;
	}
	d->reason = reason;
	d->failed++;
	if (d->failed == d->count)
		d->done = true;
	else if (d->failed == d->begun)
		begin_next(d);
}

static void connected(void *context, unsigned events)
{
	struct attempt *a = context;
	int reason = 0;
	socklen_t size = sizeof(reason);

	(void)events;
	if (a->dial->winner)
		return;
	if (getsockopt(a->watch.fd, SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
		reason = errno;
	if (reason) {
		give_up(a, reason);
		return;
	}
	a->dial->winner = a;
	a->dial->done = true;
}

static void begin(struct attempt *a)
{
	struct dial *d = a->dial;

	a->watch = (struct loop_fd){ .wants = LOOP_WRITE, .ready = connected, .context = a };
	a->watch.fd = dial_begin(a->address, d->port, d->link);
	if (a->watch.fd < 0)
		give_up(a, errno);
	else
		loop_fd_add(d->loop, &a->watch);
}

static void stagger_over(void *context)
{
	begin_next(context);
}

static void begin_next(struct dial *d)
{
	if (d->begun == d->count || d->winner)
		return;
	struct attempt *a = &d->attempts[d->begun++];
	if (d->begun < d->count)
		loop_timer_set(d->loop, &d->stagger, loop_now_ms() + CONFIG_DIAL_STAGGER_MS);
	else
		loop_timer_cancel(d->loop, &d->stagger);
	begin(a);
}

int dial_addresses(struct loop *l, const struct address *addresses, size_t count,
		   uint16_t port, const char *link, uint64_t deadline_ms, struct address *at,
		   struct error *e)
{
	struct dial d = { .loop = l, .port = port, .link = link };
	struct error waiting;
	int fd = -1;

	d.count = count < CONFIG_DIAL_ADDRESSES_MAX ? count : CONFIG_DIAL_ADDRESSES_MAX;
	d.stagger = (struct loop_timer){ .expired = stagger_over, .context = &d };
	for (size_t i = 0; i < d.count; i++)
		d.attempts[i] = (struct attempt){ &d, &addresses[i], { .fd = -1 } };
	if (d.count == 0) {
		error_set(e, ERROR_LATER, NULL, "no address to connect to");
		return -1;
	}
	begin_next(&d);
	bool ended = d.done || loop_run_until(l, &d.done, deadline_ms, &waiting);
	loop_timer_cancel(l, &d.stagger);
	for (size_t i = 0; i < d.begun; i++) {
		struct attempt *a = &d.attempts[i];

		if (a->watch.fd < 0)
			continue;
		loop_fd_remove(l, &a->watch);
		if (a == d.winner)
			fd = a->watch.fd;
		else
			close(a->watch.fd);
	}
	if (d.winner)
		*at = *d.winner->address;
	else if (ended)
		error_set(e, ERROR_LATER, NULL, "%s: %s",
			  address_port_text(&addresses[0], port).text, strerror(d.reason));
	else if (waiting.code == ERROR_MACHINE)
		*e = waiting;
	else
		error_set(e, ERROR_LATER, "TLS-15", "%s: no connection in time",
			  address_port_text(&addresses[0], port).text);
	return fd;
}

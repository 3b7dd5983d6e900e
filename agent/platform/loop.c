/* SPDX-License-Identifier: MIT */
#include "platform/loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include "config.h"

void loop_start(struct loop *l)
{
	*l = (struct loop){ 0 };
}

uint64_t loop_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void loop_fd_add(struct loop *l, struct loop_fd *f)
{
	f->removed = false;
	f->next = l->fds;
	l->fds = f;
}

void loop_fd_remove(struct loop *l, struct loop_fd *f)
{
	for (struct loop_fd **at = &l->fds; *at; at = &(*at)->next) {
		if (*at != f)
			continue;
		*at = f->next;
		f->removed = true;
		return;
	}
}

void loop_timer_cancel(struct loop *l, struct loop_timer *t)
{
	for (struct loop_timer **at = &l->timers; *at; at = &(*at)->next) {
		if (*at != t)
			continue;
		*at = t->next;
		t->armed = false;
		return;
	}
}

/* The list is in the order of the deadlines. */
void loop_timer_set(struct loop *l, struct loop_timer *t, uint64_t deadline_ms)
{
	struct loop_timer **at = &l->timers;

	loop_timer_cancel(l, t);
	t->deadline_ms = deadline_ms;
	t->armed = true;
	while (*at && (*at)->deadline_ms <= deadline_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
}

static bool is_watched(const struct loop *l, const struct loop_fd *f)
{
	for (const struct loop_fd *at = l->fds; at; at = at->next)
		if (at == f)
			return true;
	return false;
}

/*
 * A callback may remove, and its owner may free, any of the others: so each one is looked
 * up again before it is called, and its memory is not touched when it is gone.
 */
static bool turn(struct loop *l, int wait_ms, struct error *e)
{
	struct pollfd polled[CONFIG_LOOP_FDS_MAX];
	struct loop_fd *watched[CONFIG_LOOP_FDS_MAX];
	nfds_t n = 0;

	for (struct loop_fd *f = l->fds; f; f = f->next) {
		if (n == CONFIG_LOOP_FDS_MAX)
			return error_set(e, ERROR_MACHINE, NULL,
					 "more than %d descriptors to watch",
					 CONFIG_LOOP_FDS_MAX);
		short events = (short)((f->wants & LOOP_READ ? POLLIN : 0) |
				       (f->wants & LOOP_WRITE ? POLLOUT : 0));
		polled[n] = (struct pollfd){ .fd = f->fd, .events = events };
		watched[n++] = f;
	}
	int ready = poll(polled, n, wait_ms);
	if (ready < 0 && errno != EINTR)
		return error_errno(e, ERROR_MACHINE, NULL, "poll");
	for (nfds_t i = 0; ready > 0 && i < n; i++) {
		struct loop_fd *f = watched[i];
		short got = polled[i].revents;

		if (!got || !is_watched(l, f) || f->fd != polled[i].fd)
			continue;
		unsigned events = (got & POLLIN ? LOOP_READ : 0) |
				  (got & POLLOUT ? LOOP_WRITE : 0);
		if (got & (POLLERR | POLLHUP | POLLNVAL))
			events = LOOP_READ | LOOP_WRITE;
		f->ready(f->context, events);
	}
	return true;
}

/* Those due now, and not those that their callbacks set anew: descriptors get their turn. */
static void expire(struct loop *l)
{
	uint64_t now = loop_now_ms();
	unsigned due = 0;

	for (const struct loop_timer *t = l->timers; t && t->deadline_ms <= now; t = t->next)
		due++;
	while (due-- && l->timers && l->timers->deadline_ms <= now) {
		struct loop_timer *t = l->timers;

		l->timers = t->next;
		t->armed = false;
		t->expired(t->context);
	}
}

static int wait_ms(const struct loop *l, uint64_t deadline_ms)
{
	uint64_t now = loop_now_ms(), until = deadline_ms ? deadline_ms : UINT64_MAX;

	if (l->timers && l->timers->deadline_ms < until)
		until = l->timers->deadline_ms;
	if (until == UINT64_MAX)
		return -1;
	if (until <= now)
		return 0;
	return until - now > INT_MAX ? INT_MAX : (int)(until - now);
}

bool loop_run_until(struct loop *l, const bool *done, uint64_t deadline_ms, struct error *e)
{
	bool ok = true;

	l->depth++;
	while (ok && !*done) {
		ok = turn(l, wait_ms(l, deadline_ms), e);
		if (ok)
			expire(l);
		if (ok && !*done && deadline_ms && loop_now_ms() >= deadline_ms)
			ok = error_set(e, ERROR_LATER, NULL, "time is over");
	}
	l->depth--;
	return ok;
}

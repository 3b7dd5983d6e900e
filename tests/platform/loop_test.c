/* SPDX-License-Identifier: MIT */
#include "platform/loop.h"

#include <unistd.h>

#include "check.h"

static struct loop l;
static struct error e;

struct note {
	struct loop_fd fd;
	struct loop_timer timer;
	struct note *other; /* removed, and wiped, when this one is called */
	unsigned called, events;
	bool stop;
	unsigned again; /* set the timer anew so often */
};

static void called(struct note *n)
{
	n->called++;
	n->stop = true;
	if (n->other) {
		loop_fd_remove(&l, &n->other->fd);
		loop_timer_cancel(&l, &n->other->timer);
		memset(&n->other->fd, 0xee, sizeof(n->other->fd));
		memset(&n->other->timer, 0xee, sizeof(n->other->timer));
	}
}

static void ready(void *context, unsigned events)
{
	struct note *n = context;

	n->events = events;
	called(n);
}

static void expired(void *context)
{
	struct note *n = context;

	if (n->again) {
		n->again--;
		n->called++;
		loop_timer_set(&l, &n->timer, loop_now_ms());
	} else {
		called(n);
	}
}

static void prepare(struct note *n, int fd)
{
	*n = (struct note){ .fd = { fd, LOOP_READ, ready, n, NULL, false },
			    .timer = { .expired = expired, .context = n } };
}

TEST(tells_what_a_descriptor_is_ready_for, "")
{
	struct note n;
	int ends[2];

	loop_start(&l);
	CHECK(pipe(ends) == 0);
	prepare(&n, ends[0]);
	loop_fd_add(&l, &n.fd);
	CHECK(!loop_run_until(&l, &n.stop, loop_now_ms() + 20, &e) && e.code == ERROR_LATER);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK(loop_run_until(&l, &n.stop, 0, &e) && n.events == LOOP_READ);
	n.stop = false;
	close(ends[1]);
	CHECK(loop_run_until(&l, &n.stop, 0, &e) && n.events == (LOOP_READ | LOOP_WRITE));
	loop_fd_remove(&l, &n.fd);
	loop_fd_remove(&l, &n.fd);
	close(ends[0]);
	CHECK(l.fds == NULL && l.depth == 0);
}

TEST(a_callback_may_remove_the_one_whose_turn_comes_next, "")
{
	struct note a, b;
	int ends[2];

	loop_start(&l);
	CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	prepare(&a, ends[0]);
	prepare(&b, ends[0]);
	a.other = &b;
	b.other = &a;
	loop_fd_add(&l, &a.fd);
	loop_fd_add(&l, &b.fd);
	bool stop = false;
	CHECK(!loop_run_until(&l, &stop, loop_now_ms() + 5, &e));
	CHECK((a.called > 0) != (b.called > 0));
	close(ends[0]);
	close(ends[1]);
}

TEST(timers_fire_once_in_order_and_can_be_moved, "")
{
	struct note a, b, c;
	uint64_t now = loop_now_ms();

	loop_start(&l);
	prepare(&a, -1);
	prepare(&b, -1);
	prepare(&c, -1);
	loop_timer_set(&l, &a.timer, now + 40);
	loop_timer_set(&l, &b.timer, now + 10);
	loop_timer_set(&l, &c.timer, now + 5);
	loop_timer_cancel(&l, &c.timer);
	loop_timer_cancel(&l, &c.timer);
	CHECK(loop_run_until(&l, &b.stop, 0, &e) && a.called == 0 &&
	      loop_now_ms() >= now + 10);
	loop_timer_set(&l, &a.timer, now + 20);
	CHECK(loop_run_until(&l, &a.stop, now + 1000, &e) && loop_now_ms() < now + 40);
	CHECK(a.called == 1 && b.called == 1 && c.called == 0 && !a.timer.armed && !l.timers);
}

TEST(a_timer_that_sets_itself_does_not_starve_descriptors, "")
{
	struct note n, again;
	int ends[2];

	loop_start(&l);
	CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	prepare(&n, ends[0]);
	prepare(&again, -1);
	again.again = 1000000;
	loop_fd_add(&l, &n.fd);
	loop_timer_set(&l, &again.timer, loop_now_ms());
	CHECK(loop_run_until(&l, &n.stop, 0, &e) && again.called < 10);
	loop_timer_cancel(&l, &again.timer);
	close(ends[0]);
	close(ends[1]);
}

static void nested(void *context)
{
	struct note *inner = context;

	loop_timer_set(&l, &inner->timer, loop_now_ms() + 10);
	CHECK(loop_run_until(&l, &inner->stop, loop_now_ms() + 1000, &e) && l.depth == 1);
	inner->other = inner;
}

TEST(runs_within_a_callback_of_itself, "")
{
	struct note inner, outer;
	struct loop_timer t = { .expired = nested, .context = &inner };

	loop_start(&l);
	prepare(&inner, -1);
	prepare(&outer, -1);
	loop_timer_set(&l, &t, loop_now_ms());
	loop_timer_set(&l, &outer.timer, loop_now_ms() + 5);
	CHECK(loop_run_until(&l, &outer.stop, 0, &e));
	CHECK(inner.called == 1 && outer.called == 1 && l.depth == 0);
}

TEST(turns_once_even_when_the_deadline_has_passed, "")
{
	struct note n;

	loop_start(&l);
	prepare(&n, -1);
	loop_timer_set(&l, &n.timer, 1);
	CHECK(loop_run_until(&l, &n.stop, 1, &e) && n.called == 1);
}

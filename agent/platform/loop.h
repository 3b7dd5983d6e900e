/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * The program's one event loop: file descriptors and deadlines.  Everything that waits,
 * waits here, so a lease is renewed while an image downloads.  Single-threaded.
 */

#define LOOP_READ 1
#define LOOP_WRITE 2

/* Kept by the loop until loop_fd_remove(); the caller owns the memory. */
struct loop_fd {
	int fd;
	unsigned wants; /* LOOP_READ | LOOP_WRITE; 0: only errors and hang-ups */
	void (*ready)(void *context, unsigned events); /* hang-up and error show as both */
	void *context;
	struct loop_fd *next; /* the loop's */
	bool removed;	      /* the loop's */
};

/* Fires once at @deadline_ms (loop_now_ms clock); the caller owns the memory. */
struct loop_timer {
	uint64_t deadline_ms;
	void (*expired)(void *context);
	void *context;
	struct loop_timer *next; /* the loop's */
	bool armed;		 /* the loop's */
};

struct loop {
	struct loop_fd *fds;
	struct loop_timer *timers;
	unsigned depth;
};

void loop_start(struct loop *l);

/* CLOCK_BOOTTIME in milliseconds. */
uint64_t loop_now_ms(void);

void loop_fd_add(struct loop *l, struct loop_fd *f);
void loop_fd_remove(struct loop *l, struct loop_fd *f); /* safe from any callback */

void loop_timer_set(struct loop *l, struct loop_timer *t, uint64_t deadline_ms); /* moves it */
void loop_timer_cancel(struct loop *l, struct loop_timer *t);

/*
 * Turn until *@done, or until @deadline_ms (0: no limit).  May be called from within a
 * callback (plain sequential code on top waits this way); the callbacks that can then
 * run must not assume otherwise.  true: *done is set.  false: the deadline passed, or
 * poll() failed; @e says which (ERROR_LATER, ERROR_MACHINE).
 */
MUST_CHECK bool loop_run_until(struct loop *l, const bool *done, uint64_t deadline_ms,
			       struct error *e);

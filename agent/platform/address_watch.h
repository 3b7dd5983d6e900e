/* SPDX-License-Identifier: MIT */
#pragma once

#include "platform/address.h"
#include "platform/loop.h"

/* The kernel's news about the IPv6 addresses of one link (rtnetlink). */

enum address_watch_state {
	ADDRESS_WATCH_USABLE,	 /* may be a source: checked, or optimistic (RFC 4429) */
	ADDRESS_WATCH_DUPLICATE, /* another host has it (RFC 4862 §5.4) */
	ADDRESS_WATCH_GONE,	 /* removed, or being checked again */
};

/* All fields belong to address_watch.c, but for changed and context. */
struct address_watch {
	void (*changed)(void *context, const struct address *a,
			enum address_watch_state state);
	void *context;
	struct loop *loop;
	struct loop_fd fd;
	int index;
};

/* Addresses that are there already are told by the loop, not from here.  Errors:
 * ERROR_MACHINE. */
MUST_CHECK bool address_watch_start(struct address_watch *w, struct loop *l, int index,
				    struct error *e);
void address_watch_stop(struct address_watch *w);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "net/dns.h"
#include "platform/loop.h"

/*
 * Names to addresses: A and AAAA side by side over UDP, each question with its own random
 * ID and port (RND-3), servers in order with rising patience.
 */

/* Where names are asked for.  All borrowed. */
struct resolver {
	const char *link; /* as in dial_bind(): ask and reach through it; NULL: any */
	const struct address *servers; /* tried in order */
	size_t server_count; /* 0: only address literals can be reached */
	const char (*domains)[CONFIG_HOST_MAX]; /* tried in order behind a name without a dot */
	size_t domain_count;
};

/*
 * @to: addresses, families in turn, IPv6 first (RFC 8305 §4); room for
 *	CONFIG_DIAL_ADDRESSES_MAX.
 * Turns the loop until an answer, or @deadline_ms (loop_now_ms clock).
 * Errors: ERROR_LATER: no server, no answer, no such name.
 */
MUST_CHECK bool resolve_name(struct loop *l, const char *name, const struct resolver *with,
			     uint64_t deadline_ms, struct address *to, size_t *count,
			     struct error *e);

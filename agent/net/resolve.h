/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "net/dns.h"
#include "platform/loop.h"

/*
 * Names to addresses: A and AAAA side by side, of the name servers or, below `.local`, by
 * multicast on the link (net/dns_lookup.h does the asking).
 */

/* A host, a port where it matters, and the addresses that are known without asking. */
struct resolve_target {
	char host[CONFIG_HOST_MAX];
	uint16_t port;
	struct address addresses[CONFIG_DNS_KNOWN_MAX];
	size_t count; /* 0: ask */
};

/* Where names are asked for.  All borrowed. */
struct resolver {
	const char *link; /* as in dial_bind(): ask and reach through it; NULL: any, and then
			     nothing below `.local` is known */
	const struct address *servers; /* tried in order */
	size_t server_count; /* 0: only address literals can be reached */
	const char (*domains)[CONFIG_HOST_MAX]; /* tried in order behind a name without a dot */
	size_t domain_count;
	const struct resolve_target *known; /* not asked for (DNS-19); ports do not matter */
	size_t known_count;
};

/*
 * @to: addresses, families in turn, IPv6 first (RFC 8305 §4); room for
 *	CONFIG_DIAL_ADDRESSES_MAX.
 * A name below `.local` goes out by multicast (RFC 6762 §3), unless one of the domains is
 * its parent.  Turns the loop until an answer, or @deadline_ms (loop_now_ms clock).
 * Errors: ERROR_LATER: no server, no answer, no such name; ERROR_MALFORMED: not a name.
 */
MUST_CHECK bool resolve_name(struct loop *l, const char *name, const struct resolver *with,
			     uint64_t deadline_ms, struct address *to, size_t *count,
			     struct error *e);

/* Is this a name of the link (RFC 6762 §3)?  Some sites have a unicast zone below `.local`, and
 * say so in their domains. */
bool resolve_is_for_the_link(const char *name, const struct resolver *with);

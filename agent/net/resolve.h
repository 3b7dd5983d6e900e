/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/dns.h"
#include "platform/loop.h"

/*
 * Names to addresses: A and AAAA side by side over UDP, each question with its own random
 * ID and port (RND-3), servers in order with rising patience.
 */

/*
 * @domain: appended to a name without a dot; may be NULL.
 * @link: as in dial_bind().
 * @to: addresses, families in turn, IPv6 first (RFC 8305 §4); room for
 *	CONFIG_DIAL_ADDRESSES_MAX.
 * Turns the loop until an answer, or @deadline_ms (loop_now_ms clock).
 * Errors: ERROR_LATER: no server, no answer, no such name.
 */
MUST_CHECK bool resolve_name(struct loop *l, const char *name, const char *domain,
			     const struct address *servers, size_t server_count,
			     const char *link, uint64_t deadline_ms, struct address *to,
			     size_t *count, struct error *e);

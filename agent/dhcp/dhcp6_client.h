/* SPDX-License-Identifier: MIT */
#pragma once

#include "dhcp/dhcp6.h"
#include "dhcp/router_advertisement.h"
#include "platform/address_watch.h"
#include "platform/link.h"
#include "platform/loop.h"

/*
 * IPv6 configuration of one link: router advertisements say whether DHCPv6 has addresses,
 * only information, or nothing (OPT6-2), and may name DNS servers themselves (OPT6-9).
 * The sockets and timers around the engine of dhcp6.  The kernel makes the addresses of
 * advertised prefixes and the default routes; the caller configures those of a lease.
 */

/* All fields belong to dhcp6_client.c, but for those set by the caller. */
struct dhcp6_client {
	/* What is known now, new or changed.  No addresses: information only.  No server:
	 * routers alone told it. */
	void (*on_lease)(void *context, const struct dhcp6_lease *lease);
	void (*on_renewed)(void *context,
			   const struct dhcp6_lease *lease); /* same, later end */
	void (*on_lost)(void *context);
	void *context;
	bool release; /* the caller's: give the addresses back when stopping */
	struct loop *loop;
	struct dhcp6 engine;
	char link[LINK_NAME_SIZE];
	int index;
	struct dhcp6_lease known; /* what has been told; valid while .told */
	bool told, running, carrier, begun;
	struct address own; /* link-local, usable; ADDRESS_NONE until then */
	struct address_watch addresses;
	struct loop_fd packets, routers; /* UDP on .own; ICMPv6 */
	struct loop_timer timer, router_timer;
	uint64_t solicit_ms, anyway_ms, tell_ms; /* what .router_timer waits for; 0: not */
	uint32_t solicit_wait_ms;
	struct router_advertisement routed;		 /* all routers together */
	uint64_t dns_until_ms[CONFIG_DHCP6_SERVERS_MAX]; /* of .routed */
	uint64_t domains_until_ms[CONFIG_DHCP6_DOMAINS_MAX];
	bool has_router;
};

/*
 * Begin on @link: the first Router Solicitation leaves as soon as there are carrier and a
 * link-local address.  Set the callbacks in @c before (on_renewed may be NULL).  Sets the
 * kernel's switches for the link: IPv6 on, advertisements accepted, optimistic addresses.
 * Errors: ERROR_MACHINE (this kernel has no IPv6, say).
 */
MUST_CHECK bool dhcp6_client_start(struct dhcp6_client *c, struct loop *l,
				   const struct link *link,
				   const struct dhcp6_profile *profile, struct error *e);

/* Tell it of the cable, as dhcp4_client_carrier(). */
void dhcp6_client_carrier(struct dhcp6_client *c, bool carrier);

/*
 * End; callbacks are not called.  Fine on a zeroed one.  With .release set the server is
 * told, by one message (OPT4-14: only where that is configured).
 */
void dhcp6_client_stop(struct dhcp6_client *c);

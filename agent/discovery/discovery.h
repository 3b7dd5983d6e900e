/* SPDX-License-Identifier: MIT */
#pragma once

#include "dhcp/dhcp4_client.h"
#include "platform/link.h"

/*
 * All Ethernet links up, DHCP on all of them side by side, leases applied, and one call
 * per finding.  What a finding is good for is the caller's affair.  Goes on working in
 * the loop (renewals, cables, hot-plugged links) until discovery_stop().
 */

struct discovery_finding {
	const char *link;		 /* "eth0" */
	const struct dhcp4_lease *lease; /* borrowed; stays until lost or replaced */
};

struct discovery_options {
	const char *vendor_class; /* option 60; NULL: none (OPT4-4) */
	const char *serial; /* for the client identifier kinds that want it; may be NULL */
	enum dhcp4_identifier identifier; /* OPT4-5 */
	bool keep_addresses; /* leave addresses and routes when stopping (kexec, PROXY) */
};

struct discovery;

struct discovery_port {
	struct discovery *discovery;
	struct link link;
	bool used, applied;
	uint32_t metric; /* of its routes */
	struct dhcp4_client client;
	struct dhcp4_lease lease; /* what is applied; valid while .applied */
};

/* Big (about 1 MiB with its 64 ports): static or allocated, never on the stack. */
struct discovery {
	struct loop *loop;
	struct discovery_options options;
	void (*found)(void *context, const struct discovery_finding *finding);
	void (*lost)(void *context, const char *link); /* may be NULL */
	void *context;
	struct link_watch watch;
	bool any_started;
	struct error failure; /* of the last link that could not be started */
	struct discovery_port ports[CONFIG_LINKS_MAX];
};

/*
 * Begin.  Set @found, @lost and @context in @d before; @options and its texts are kept
 * until discovery_stop().  A found call comes for every new or changed lease (DHCP-14).
 * Errors: ERROR_MACHINE (no netlink; there are links, and we may use none of them).
 */
MUST_CHECK bool discovery_start(struct discovery *d, struct loop *l,
				const struct discovery_options *options, struct error *e);

/* Take back addresses and routes (unless asked not to) and end.  Fine twice. */
void discovery_stop(struct discovery *d);

/* The findings at hand, in the order of their links; returns how many, at most @room. */
size_t discovery_findings(const struct discovery *d, struct discovery_finding *to,
			  size_t room);

/* Name servers of all leases, without repetitions; returns how many, at most @room. */
size_t discovery_dns(const struct discovery *d, struct address *to, size_t room);

/* Is any link up with carrier?  For the sentence "no cable in any port". */
bool discovery_any_carrier(const struct discovery *d);

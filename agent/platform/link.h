/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "platform/address.h"
#include "platform/loop.h"

/*
 * Network interfaces, their addresses and routes, over rtnetlink (no shell-outs).
 * Knows nothing of DHCP.
 */

#define LINK_NAME_SIZE 16 /* IFNAMSIZ */

struct link {
	int index;
	char name[LINK_NAME_SIZE];
	uint8_t mac[6];
	uint32_t mtu;
	bool is_up;	  /* administratively */
	bool has_carrier; /* a cable, and something at its other end */
	bool is_ready; /* the kernel has noticed, up to a second later, on both ends of a pair
			*/
	bool seen;     /* link.c's */
};

/*
 * Watches all Ethernet links: each one there is, then every change and every new one.
 * Left out: loopback, tunnels, members of a bond or bridge.  All fields belong to
 * link.c, but for changed, gone and context, set by the caller before the start.
 */
struct link_watch {
	void (*changed)(void *context, const struct link *link); /* new, or another state */
	void (*gone)(void *context, const struct link *link); /* unplugged or renamed away */
	void *context;
	struct loop *loop;
	struct loop_fd fd;
	struct link known[CONFIG_LINKS_MAX];
	size_t known_count;
	bool full_told;
	uint32_t sequence; /* of the latest dump */
	bool interrupted;  /* links changed under it */
};

/* Calls back for every link there is before it returns.  Errors: ERROR_MACHINE. */
MUST_CHECK bool link_watch_start(struct link_watch *w, struct loop *l, struct error *e);
void link_watch_stop(struct link_watch *w);

/* The index of a link by its name; 0: there is none. */
int link_index(const char *name);

/* Switch it on.  Carrier may come seconds later, as an event. */
MUST_CHECK bool link_bring_up(int index, struct error *e);

MUST_CHECK bool link_set_mtu(int index, uint32_t mtu, struct error *e);

/*
 * Add an address, or change the life-time of the one there is.  It is usable at once.
 * @check: of IPv6: let the kernel look meanwhile whether another host has it (RFC 4429).
 * @valid_s: the kernel itself drops it after that; UINT32_MAX: for ever.
 * @preferred_s: not used for new connections after that (IPv6), at most @valid_s.
 * @metric: of the route to its own network, as in struct link_route.
 */
MUST_CHECK bool link_address_add(int index, const struct address *a, uint8_t prefix,
				 uint32_t preferred_s, uint32_t valid_s, uint32_t metric,
				 bool check, struct error *e);

/* Fine when it is not there. */
MUST_CHECK bool link_address_remove(int index, const struct address *a, uint8_t prefix,
				    struct error *e);

/*
 * One route through a link.  Routes of several links differ in @metric, the lowest wins,
 * so several leases can offer a default route at once.
 */
struct link_route {
	struct address destination; /* with prefix 0: default route */
	uint8_t prefix;
	struct address gateway; /* ADDRESS_NONE: on this link */
	struct address source;	/* preferred source; ADDRESS_NONE: the kernel chooses */
	uint32_t metric;
};

/* Replaces the same route of the same metric.  The gateway need not be in our network. */
MUST_CHECK bool link_route_add(int index, const struct link_route *r, struct error *e);

/* Fine when it is not there. */
MUST_CHECK bool link_route_remove(int index, const struct link_route *r, struct error *e);

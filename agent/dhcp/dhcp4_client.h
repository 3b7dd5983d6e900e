/* SPDX-License-Identifier: MIT */
#pragma once

#include "dhcp/dhcp4.h"
#include "platform/link.h"
#include "platform/loop.h"

/* DHCPv4 on one link: the sockets and timers around the engine of dhcp4. */

/* All fields belong to dhcp4_client.c, but for those set by the caller. */
struct dhcp4_client {
	void (*on_lease)(void *context, const struct dhcp4_lease *lease); /* new or changed */
	void (*on_renewed)(void *context,
			   const struct dhcp4_lease *lease); /* same, later end */
	void (*on_lost)(void *context);
	void *context;
	struct loop *loop;
	struct dhcp4 engine;
	char link[LINK_NAME_SIZE];
	int index;
	int unicast; /* UDP socket bound to the lease's address, or -1 */
	struct loop_fd packets;
	struct loop_fd arp; /* open while an address is probed, else -1 */
	struct loop_fd drain;
	struct loop_timer timer;
	bool running;
};

/*
 * Begin on @link; the first DISCOVER leaves at once if there is carrier.  Set the
 * callbacks in @c before.  on_lease must configure the address before it returns if
 * renewals are to work.
 * Errors: ERROR_MACHINE.
 */
MUST_CHECK bool dhcp4_client_start(struct dhcp4_client *c, struct loop *l,
				   const struct link *link,
				   const struct dhcp4_profile *profile, struct error *e);

/* Tell it of the cable. */
void dhcp4_client_carrier(struct dhcp4_client *c, bool carrier);

/* Send a RELEASE for the lease, if there is one (OPT4-14).  Only dhcp4_client_stop() may
 * follow; the packet needs a moment of the loop when the server's MAC is not known. */
void dhcp4_client_release(struct dhcp4_client *c);

/* End, keeping the lease (OPT4-14); callbacks are not called.  Fine on a zeroed one. */
void dhcp4_client_stop(struct dhcp4_client *c);

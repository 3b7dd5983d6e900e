/* SPDX-License-Identifier: MIT */
#pragma once

#include "platform/address.h"

/* Router discovery on one link: a raw ICMPv6 socket, and the kernel's part switched on. */

/*
 * See to it that the kernel does its part on the link @name: IPv6 not disabled, prefixes
 * and default routes taken from advertisements, addresses usable while they are still
 * being checked (RFC 4429), which saves one to two seconds.  Best before there is carrier.
 * What this kernel lacks is left out.
 */
void icmp6_enable(const char *name);

/*
 * Open on a link for Router Advertisements only.  Non-blocking.
 * Returns a descriptor, or -1.  Errors: ERROR_MACHINE.
 */
MUST_CHECK int icmp6_open(const char *name, struct error *e);

/* Send a Router Solicitation to ff02::2, without our link-layer address (RFC 4429 §3.2). */
MUST_CHECK bool icmp6_solicit(int fd, int index, struct error *e);

/* Take one message; @message points into @room.  false: none waits. */
MUST_CHECK bool icmp6_receive(int fd, uint8_t *room, size_t size, struct bytes *message,
			      struct address *from, unsigned *hop_limit);

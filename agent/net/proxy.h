/* SPDX-License-Identifier: MIT */
#pragma once

#include "platform/address.h"
#include "platform/link.h"

/* An HTTP proxy that opens tunnels with CONNECT (RFC 9110 §9.3.6).  Never trusted (PROXY-9). */
struct proxy {
	struct address address;
	uint16_t port;
	char link[LINK_NAME_SIZE]; /* reached through it; "": any */
	const char *credentials; /* "user:password" for a 407 (PROXY-10); NULL: none; borrowed */
};

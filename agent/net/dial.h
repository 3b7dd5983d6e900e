/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "platform/address.h"
#include "platform/loop.h"

/* TCP connections: all addresses of a server side by side, the first that answers wins. */

/*
 * Keep a socket to one link (SO_BINDTODEVICE), so that several leases with overlapping
 * networks do not mix.  @link: NULL or "": any.  false: errno.
 */
MUST_CHECK bool dial_bind(int fd, const char *link);

/*
 * Begin one connection: TCP_NODELAY (the handshake would wait 40 ms a flight), non-blocking,
 * close-on-exec, kept to @link.  Writable when it is made or has failed (SO_ERROR).
 * Returns a descriptor, or -1 and errno.
 */
MUST_CHECK int dial_begin(const struct address *to, uint16_t port, const char *link);

/*
 * Connect, each address CONFIG_DIAL_STAGGER_MS after the one before, or at once when that
 * one failed; the descriptor is as dial_begin()'s.
 *
 * @at: which address it was.
 * Returns a descriptor, or -1.  Errors: ERROR_LATER, rule TLS-15 when the time is over.
 */
MUST_CHECK int dial_addresses(struct loop *l, const struct address *addresses, size_t count,
			      uint16_t port, const char *link, uint64_t deadline_ms,
			      struct address *at, struct error *e);

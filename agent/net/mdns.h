/* SPDX-License-Identifier: MIT */
#pragma once

#include "platform/address.h"

/*
 * The sockets of a one-shot multicast querier (RFC 6762 §5.1, DNS-15): an ephemeral port,
 * one link, and answers from port 5353 only.  When to ask, and what answers mean, is
 * net/dns_lookup.h's part.
 */

/* A socket for the group of a family, on a link.  -1: errno. */
int mdns_open(enum address_family family, const char *link);

/* false: errno; the link may have no address yet. */
bool mdns_send(int fd, enum address_family family, const void *question, size_t size);

/*
 * One answer of at most @room bytes.  Returns its size; 0: none that is to be looked at (a
 * stranger's, one that does not fit), or none at all.
 */
size_t mdns_receive(int fd, void *to, size_t room);

/* Give the link-local addresses among @addresses the link they were learned on. */
void mdns_scope(struct address *addresses, size_t count, const char *link);

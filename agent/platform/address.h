/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/* One IPv4 or IPv6 address, without a port. */

enum address_family {
	ADDRESS_NONE, /* unset; all zero is a valid empty value */
	ADDRESS_IPV4,
	ADDRESS_IPV6,
};

struct address {
	enum address_family family;
	uint8_t bytes[16]; /* network order; IPv4 uses the first four */
	uint32_t link;	   /* interface index of a link-local IPv6 address, else 0 */
};

#define ADDRESS_TEXT_SIZE 64

/* Long enough for "[v6%link]:port" too. */
struct address_text {
	char text[ADDRESS_TEXT_SIZE];
};

struct address address_ipv4(uint32_t host_order);

/* The IPv4 address in host order; 0 for other families. */
uint32_t address_to_ipv4(const struct address *a);

bool address_equal(const struct address *a, const struct address *b);

/* fe80::/10 (RFC 4291 §2.5.6). */
bool address_is_link_local(const struct address *a);

/* "192.0.2.1" or "2001:db8::1", no brackets, no port, no zone.  false: anything else. */
MUST_CHECK bool address_read(struct address *a, struct bytes text);

/* For people: "192.0.2.1", "fe80::1%2"; with a port "192.0.2.1:443", "[2001:db8::1]:443". */
struct address_text address_text(const struct address *a);
struct address_text address_port_text(const struct address *a, uint16_t port);
#define ADDRESS_TEXT(a) (address_text(a).text)

/* For sockets: a struct sockaddr_in or _in6 in @to (at least 28 bytes); returns its size. */
size_t address_to_socket(const struct address *a, uint16_t port, void *to);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * The URIs this program follows (RFC 3986): option 143 and 136 entries, well-known servers,
 * download-uri.  An absolute URI with an authority, or file: with or without one.
 */

struct uri {
	char scheme[8];		    /* lower case: "https", "http", "file", ... */
	char host[CONFIG_HOST_MAX]; /* lower case, no brackets; "" only with file: */
	bool host_is_ip4;	    /* a literal: address[0..3] */
	bool host_is_ip6;	    /* a literal: address[0..15] */
	uint8_t address[16];
	uint16_t port;		   /* 443 and 80 where https and http leave it out, else 0 */
	bool has_port;		   /* the port was written */
	char path[CONFIG_URI_MAX]; /* with query, as it goes into a request: "/" at least */
};

/*
 * Read a URI.  User information, a fragment, white space, bytes that are not ASCII, port 0,
 * and a host that is neither an IPv4 address, an IPv6 address in brackets (no zone), nor a
 * name of letters, digits and hyphens are refused.
 * Errors: ERROR_MALFORMED; no rule, the caller knows which one speaks of it.
 */
MUST_CHECK bool uri_read(struct uri *uri, struct bytes text, struct error *e);

/* Where a host was written alone (address of a redirect, --name): the host fields of @uri
 * are filled, the others empty.  IPv6 without brackets. */
MUST_CHECK bool uri_read_host(struct uri *uri, struct bytes text, struct error *e);

/* Is @text four decimal numbers / an IPv6 address?  Fills @address in network order. */
MUST_CHECK bool uri_read_ip4(uint8_t address[static 4], struct bytes text);
MUST_CHECK bool uri_read_ip6(uint8_t address[static 16], struct bytes text);

/* A name of LDH labels (RFC 1123 §2.1), 1..63 each, at most 253; last label not a number.
 * Underscore is allowed inside: it is seen in the field. */
bool uri_is_host_name(struct bytes text);

/* The host and path parts joined back: "https://[2001:db8::5]:8443/x".  Returns @to. */
const char *uri_text(char *to, size_t size, const struct uri *uri);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * Bootstrap servers to try, in order: what redirect information, a DHCP option or the
 * device's own list of well-known servers come down to (RFC 8572 §5.5).
 */
struct server {
	char host[CONFIG_HOST_MAX]; /* DNS name or address literal, no brackets */
	bool host_is_address;
	uint16_t port;
	struct bytes trust_anchor; /* DER CMS, borrowed; size 0: none (REDIR-8) */
};

struct server_list {
	struct server at[CONFIG_SERVER_LIST_MAX];
	size_t count;
};

/* What is taken besides the letter of the RFC. */
enum {
	SERVER_LIST_TEXT = 1,	    /* text that begins with "https://" (DHCP-11) */
	SERVER_LIST_STRIP_PATH = 2, /* get-bootstrapping-data's path, which is cut off (DHCP-12) */
};

/*
 * Read DHCPv4 option 143 or DHCPv6 option 136, all instances already joined.
 *
 * Invalid entries are left out and logged (DHCP-3, DHCP-9, DHCP-10).  The list has no trust
 * anchors and nothing points into @option.
 * @ways: SERVER_LIST_ bits.
 * @list: written only on success.
 * Errors: ERROR_REFUSED DHCP-4: no valid entry; DHCP-18: too long.
 * Source: RFC 8572 §8.1 to §8.3.
 */
MUST_CHECK bool server_list_read_option(struct server_list *list, struct bytes option,
					unsigned ways, struct error *e);

/* One "https://host[:port]" (DHCP-9).  Errors: ERROR_MALFORMED DHCP-9. */
MUST_CHECK bool server_list_read_uri(struct server *server, struct bytes uri, struct error *e);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"
#include "platform/address.h"

/*
 * Router advertisements: what of them the agent itself acts on.  Addresses, routes and
 * link parameters are the kernel's affair.
 */

struct router_advertisement {
	bool managed, other; /* M and O: DHCPv6 has addresses, has information */
	uint16_t lifetime_s; /* as a default router; 0: it is none */
	struct address dns[CONFIG_DHCP6_SERVERS_MAX]; /* RDNSS */
	uint32_t dns_s[CONFIG_DHCP6_SERVERS_MAX];     /* 0: no longer; 0xffffffff: for ever */
	size_t dns_count;
	char domains[CONFIG_DHCP6_DOMAINS_MAX][CONFIG_HOST_MAX]; /* DNSSL */
	uint32_t domains_s[CONFIG_DHCP6_DOMAINS_MAX];
	size_t domain_count;
};

/*
 * Read an ICMPv6 message whose checksum is right.
 *
 * @from, @hop_limit: of its IPv6 header; a router on this link sends with its link-local
 * address and 255.
 * @ra: written only on success.
 * Errors: ERROR_MALFORMED, rule OPT6-2.
 * Source: RFC 4861 §4.2, §6.1.2; RFC 8106 §5.
 */
MUST_CHECK bool router_advertisement_read(struct router_advertisement *ra,
					  struct bytes message, const struct address *from,
					  unsigned hop_limit, struct error *e);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * What a DHCPv4 server has told us, read from the options of an OFFER or ACK.  All
 * addresses are in host order.  Copied values: nothing points into the packet.
 */

struct dhcp4_route {
	uint32_t destination;
	uint32_t gateway; /* 0: on this link (RFC 3442) */
	uint8_t prefix;
};

struct dhcp4_lease {
	uint32_t address;
	uint8_t prefix;	  /* of option 1, or of the address class when absent */
	uint32_t server;  /* option 54 */
	uint32_t lease_s; /* 0xffffffff: for ever; an hour when the server says nothing */
	uint32_t renew_s, rebind_s;
	struct dhcp4_route routes[CONFIG_DHCP4_ROUTES_MAX]; /* of 121, else of 3 (OPT4-3) */
	size_t route_count;
	uint32_t dns[CONFIG_DHCP4_SERVERS_MAX];
	size_t dns_count;
	uint32_t ntp[CONFIG_DHCP4_SERVERS_MAX];
	size_t ntp_count;
	uint32_t syslog[CONFIG_DHCP4_SERVERS_MAX];
	size_t syslog_count;
	char domain[CONFIG_HOST_MAX];	 /* option 15, "" if absent or not a name */
	char host_name[CONFIG_HOST_MAX]; /* option 12 */
	char search[CONFIG_DHCP4_SEARCH_MAX][CONFIG_HOST_MAX]; /* option 119 */
	size_t search_count;
	bool has_redirect; /* option 143 is there, even if empty (DHCP-16) */
	uint8_t redirect[CONFIG_DHCP4_REDIRECT_MAX]; /* 143, all instances joined (DHCP-5) */
	size_t redirect_size;
	uint8_t vendor[CONFIG_DHCP4_VENDOR_MAX]; /* option 43, joined; raw sub-options */
	size_t vendor_size;
	char wpad[CONFIG_HOST_MAX];	   /* option 252; "" unless it was asked for */
	char boot_server[CONFIG_HOST_MAX]; /* 66, else the sname field; only for the log */
	char boot_file[CONFIG_HOST_MAX];   /* 67, else the file field; only for the log */
};

/* What the state machine needs of a reply besides the lease. */
struct dhcp4_reply {
	uint8_t type; /* option 53: 2 OFFER, 5 ACK, 6 NAK */
	uint32_t xid;
	uint8_t mac[6];	 /* chaddr */
	uint32_t server; /* option 54; 0: absent */
	struct dhcp4_lease lease;
};

/*
 * Read a BOOTREPLY: the UDP payload, from op to the last option.
 *
 * Options are joined over all their instances before they are read, in the order
 * options field, file, sname (RFC 3396, DHCP-5, DHCP-6).
 * @reply: written only on success.
 * Errors: ERROR_MALFORMED, rule OPT4-13.
 * Source: RFC 2131 §2 and §4.1, RFC 2132, RFC 3396, RFC 3397, RFC 3442, RFC 8572 §8.1.
 */
MUST_CHECK bool dhcp4_lease_read(struct dhcp4_reply *reply, struct bytes packet,
				 struct error *e);

/* Is there a sub-option 128, a management proxy, in option 43 (PROXY-2, PROXY-3)? */
bool dhcp4_lease_has_proxy(const struct dhcp4_lease *lease);

/* The same but for its times? */
bool dhcp4_lease_equal(const struct dhcp4_lease *a, const struct dhcp4_lease *b);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "dhcp/dhcp4_client.h"
#include "dhcp/dhcp6_client.h"
#include "discovery/interfaces.h"
#include "platform/link.h"

/*
 * All Ethernet links up, VLANs and bonds made, and on all of them side by side what tells us
 * of a network: DHCPv4, DHCPv6 with router advertisements, static settings.  Addresses and
 * routes are applied, and each network is told once it can be used.  What it is good for is
 * the caller's affair.  Goes on working in the loop (renewals, cables, hot-plugged links)
 * until discovery_stop().
 */

enum discovery_kind {
	DISCOVERY_DHCP4,
	DISCOVERY_DHCP6, /* and what only router advertisements told */
	DISCOVERY_STATIC,
	DISCOVERY_KINDS,
};

/* Copied values, which stay until the network is lost or told again. */
struct discovery_network {
	char link[LINK_NAME_SIZE]; /* "eth0" */
	int index;
	enum discovery_kind kind;
	struct address own; /* ADDRESS_NONE: none of its own (stateless DHCPv6) */
	uint8_t prefix;
	struct address dns[CONFIG_DNS_SERVERS_MAX];
	size_t dns_count;
	/* option 15 first, then 119, 24 or DNSSL; no repetitions */
	char domains[CONFIG_DOMAINS_MAX][CONFIG_HOST_MAX];
	size_t domain_count;
	struct address syslog[CONFIG_DHCP4_SERVERS_MAX];
	size_t syslog_count;
	struct address ntp[CONFIG_DHCP4_SERVERS_MAX];
	size_t ntp_count;
	bool has_redirect; /* option 143 or 136 is there, even if empty (DHCP-16) */
	uint8_t redirect[CONFIG_REDIRECT_OPTION_MAX];
	size_t redirect_size;
	uint8_t vendor[CONFIG_DHCP4_VENDOR_MAX]; /* option 43 (PROXY-2); empty where PROXY-7 says */
	size_t vendor_size;
	const struct dhcp4_lease *lease4; /* of DISCOVERY_DHCP4, else NULL */
	const struct dhcp6_lease *lease6; /* of DISCOVERY_DHCP6, else NULL */
};

/* Kept, with all texts, until discovery_stop(). */
struct discovery_options {
	/* What we say of ourselves; mac and name are each link's. */
	struct dhcp4_profile dhcp4;
	struct dhcp6_profile dhcp6;
	const struct interfaces *interfaces; /* NULL: DHCP on every link */
	/* Where no proxy is learned (PROXY-7): patterns, NULL at the end; NULL: nowhere. */
	const char *const *no_proxies;
	bool no_dhcp4, no_dhcp6; /* on no link */
	bool release;	     /* give leases back when stopping (OPT4-14) */
	bool keep_addresses; /* leave addresses and routes when stopping (kexec, PROXY) */
};

struct discovery;

struct discovery_port {
	struct discovery *discovery;
	struct link link;
	const struct interfaces_link *settings; /* or NULL */
	unsigned without;			/* INTERFACES_NO_... */
	bool used;
	bool started;	  /* there was a cable once: its clients run */
	unsigned present; /* bit of each kind whose network is there */
	uint32_t metric;  /* of its routes */
	struct discovery_network networks[DISCOVERY_KINDS];
	struct dhcp4_client client4;
	struct dhcp4_lease lease4; /* what is applied */
	struct dhcp6_client client6;
	struct dhcp6_lease lease6;
};

/*
 * Big (about 4 MiB with its ports; only those with a cable are ever touched): static or
 * allocated, zeroed before its first use, never on the stack.
 */
struct discovery {
	struct loop *loop;
	struct discovery_options options;
	/* New or changed; may come from within discovery_start() (static ones). */
	void (*found)(void *context, const struct discovery_network *network);
	void (*lost)(void *context, const char *link, enum discovery_kind kind); /* may be NULL */
	void (*links_changed)(void *context); /* a link or a cable came or went; may be NULL */
	void *context;
	struct link_watch watch;
	bool any_started, stopping;
	struct error failure; /* of the last link that could not be started */
	struct discovery_port ports[CONFIG_LINKS_MAX];
};

/*
 * Begin.  Set @found, @lost and @context in @d before.
 * Errors: ERROR_MACHINE (no netlink; there are links, and we may use none of them).
 */
MUST_CHECK bool discovery_start(struct discovery *d, struct loop *l,
				const struct discovery_options *options, struct error *e);

/* Take back addresses and routes (unless asked not to) and end.  Fine twice. */
void discovery_stop(struct discovery *d);

/* The networks at hand in the order of their links: the one behind @after, or the first
 * (NULL).  NULL: no more. */
const struct discovery_network *discovery_next(const struct discovery *d,
					       const struct discovery_network *after);

/* Name servers of all networks, without repetitions; returns how many, at most @room. */
size_t discovery_dns(const struct discovery *d, struct address *to, size_t room);

/* Is any link up with carrier?  For the sentence "no cable in any port". */
bool discovery_any_carrier(const struct discovery *d);

/* "dhcp4", "dhcp6", "static" */
const char *discovery_kind_name(enum discovery_kind kind);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "platform/link_virtual.h"

/*
 * What settings say about network interfaces, in dracut's syntax (dracut.cmdline(7)): VLANs,
 * bonds, static addresses, links that stay out.  Pure readers; discovery does it.
 */

struct interfaces_vlan {
	char name[LINK_NAME_SIZE], parent[LINK_NAME_SIZE];
	uint16_t id;
};

struct interfaces_bond {
	char name[LINK_NAME_SIZE];
	char members[CONFIG_BOND_MEMBERS_MAX][LINK_NAME_SIZE];
	size_t member_count;
	struct link_bond options;
	uint32_t mtu; /* 0: as it is */
};

/* What takes no part. */
#define INTERFACES_NO_DHCP4 1
#define INTERFACES_NO_DHCP6 2 /* and no router advertisements */
#define INTERFACES_OFF	    3

/* One static address and what belongs to it. */
struct interfaces_static {
	struct address own, gateway; /* gateway: ADDRESS_NONE: none */
	uint8_t prefix;
	struct address dns[2];
	size_t dns_count;
};

struct interfaces_link {
	char name[LINK_NAME_SIZE]; /* may be a pattern with '*' and '?' */
	bool has_method;	   /* .without counts, not that for all links */
	unsigned without;	   /* INTERFACES_NO_... */
	struct interfaces_static four, six; /* own is ADDRESS_NONE: none of this family */
	uint32_t mtu;			    /* 0: as it is */
};

/* All zero: DHCP of both families on every link, nothing virtual. */
struct interfaces {
	struct interfaces_vlan vlans[CONFIG_INTERFACES_MAX];
	size_t vlan_count;
	struct interfaces_bond bonds[CONFIG_INTERFACES_MAX];
	size_t bond_count;
	struct interfaces_link links[CONFIG_INTERFACES_MAX];
	size_t link_count;
	struct address dns[CONFIG_DNS_SERVERS_MAX]; /* before those that networks tell */
	size_t dns_count;
	unsigned without; /* on links that are not named */
	uint32_t mtu;	  /* likewise; 0: as it is */
};

/*
 * Each takes one value and adds it; false: it does not fit, and nothing was changed.
 *
 * vlan:       <name>:<parent>, name with the number: eth0.5, eth0.0005, vlan5, vlan0005
 * bond:       <name>[:<member>,<member>...[:<option>=<value>,...[:<mtu>]]]
 * ip:         dhcp|dhcp6|auto6|on|any|either6|off|none|link-local for all links,
 *             <link>:<one of these>[:<mtu>], or
 *             <address>[/<prefix>]:[<peer>]:[<gateway>]:[<netmask or prefix>]:[<host>]:
 *             <link>:<one of these>[:<mtu>|:<dns>[:<dns>]], IPv6 addresses in brackets
 * nameserver: <address>
 * mtu:        <bytes>, or <link>:<bytes>
 * off:        <link>[,<link>...], patterns allowed: they are brought up and left alone
 */
MUST_CHECK bool interfaces_read_vlan(struct interfaces *i, struct bytes value);
MUST_CHECK bool interfaces_read_bond(struct interfaces *i, struct bytes value);
MUST_CHECK bool interfaces_read_ip(struct interfaces *i, struct bytes value);
MUST_CHECK bool interfaces_read_nameserver(struct interfaces *i, struct bytes value);
MUST_CHECK bool interfaces_read_mtu(struct interfaces *i, struct bytes value);
MUST_CHECK bool interfaces_read_off(struct interfaces *i, struct bytes value);

/* What is said about the link @name: its own entry, else a pattern's, else NULL. */
const struct interfaces_link *interfaces_find(const struct interfaces *i, const char *name);

/* The bond that has the link @name as member, or NULL. */
const struct interfaces_bond *interfaces_bond_of(const struct interfaces *i, const char *name);

/* SPDX-License-Identifier: MIT */
#include "platform/link_virtual.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "base/text.h"
#include "platform/link_message.h"

#define MIIMON_MS 100 /* without it a bond does not notice a cable that is pulled */

/* Options of the bonding module (Documentation/networking/bonding.rst); names joined by '|'
 * stand for the values from 0 on, "-" for one that we do not have. */
static const struct known {
	const char *name;
	uint16_t attribute;
	uint8_t size;
	const char *values; /* NULL: a number */
} known[] = {
	{ "mode", IFLA_BOND_MODE, 1, "-|active-backup|-|-|802.3ad" },
	{ "miimon", IFLA_BOND_MIIMON, 4, NULL },
	{ "updelay", IFLA_BOND_UPDELAY, 4, NULL },
	{ "downdelay", IFLA_BOND_DOWNDELAY, 4, NULL },
	{ "min_links", IFLA_BOND_MIN_LINKS, 4, NULL },
	{ "use_carrier", IFLA_BOND_USE_CARRIER, 1, "0|1" },
	{ "lacp_rate", IFLA_BOND_AD_LACP_RATE, 1, "slow|fast" },
	{ "ad_select", IFLA_BOND_AD_SELECT, 1, "stable|bandwidth|count" },
	{ "fail_over_mac", IFLA_BOND_FAIL_OVER_MAC, 1, "none|active|follow" },
	{ "xmit_hash_policy", IFLA_BOND_XMIT_HASH_POLICY, 1,
	  "layer2|layer3+4|layer2+3|encap2+3|encap3+4|vlan+srcmac" },
};

/* The place of @value among @names, by name or as a number. */
static bool read_value(uint32_t *to, const char *names, struct bytes value)
{
	uint64_t number;
	bool is_number = text_number(&number, value, UINT32_MAX);

	if (!names) {
		*to = (uint32_t)number;
		return is_number;
	}
	for (uint32_t i = 0; names; i++) {
		const char *end = strchr(names, '|');
		struct bytes name = bytes_of(names, end ? (size_t)(end - names) : strlen(names));

		if (!bytes_equal_text(name, "-") &&
		    (bytes_equal(name, value) || (is_number && number == i))) {
			*to = i;
			return true;
		}
		names = end ? end + 1 : NULL;
	}
	return false;
}

bool link_virtual_bond_option(struct link_bond *b, struct bytes name, struct bytes value)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct link_bond_option option = { known[i].attribute, known[i].size, 0 };

		if (!bytes_equal_text(name, known[i].name))
			continue;
		if (b->option_count == ARRAY_SIZE(b->options) ||
		    !read_value(&option.value, known[i].values, value))
			return false;
		b->options[b->option_count++] = option;
		return true;
	}
	return false;
}

/* @flags of netlink; the kind's own attributes go behind. */
struct making {
	struct link_message m;
	size_t info, data;
};

static void begin(struct making *k, const char *name, const char *kind, uint16_t flags,
		  int parent)
{
	uint32_t below = (uint32_t)parent;

	link_message_begin(&k->m, RTM_NEWLINK, NLM_F_CREATE | flags, sizeof(struct ifinfomsg));
	link_message_add(&k->m, IFLA_IFNAME, name, strlen(name) + 1);
	if (parent)
		link_message_add(&k->m, IFLA_LINK, &below, sizeof(below));
	k->info = link_message_open(&k->m, IFLA_LINKINFO);
	link_message_add(&k->m, IFLA_INFO_KIND, kind, strlen(kind));
	k->data = link_message_open(&k->m, IFLA_INFO_DATA);
}

static bool make(struct making *k, const char *name, const char *what, int forgiven,
		 struct error *e)
{
	link_message_close(&k->m, k->data);
	link_message_close(&k->m, k->info);
	if (link_message_send(&k->m, forgiven, name, e))
		return true;
	if (errno == EOPNOTSUPP)
		return error_set(e, ERROR_MACHINE, NULL, "%s: this kernel has no %s", name,
				 what);
	return false;
}

bool link_virtual_bond(const char *name, const struct link_bond *b, struct error *e)
{
	static const struct link_bond_option usual[] = {
		{ IFLA_BOND_MODE, 1, 1 },
		{ IFLA_BOND_MIIMON, 4, MIIMON_MS },
	};
	struct making k;

	/* Not exclusive: loading the kernel's module makes a bond0 of its own. */
	begin(&k, name, "bond", 0, 0);
	/* The last one of a kind counts. */
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		link_message_add(&k.m, usual[i].attribute, &usual[i].value, usual[i].size);
	for (size_t i = 0; i < b->option_count; i++)
		link_message_add(&k.m, b->options[i].attribute, &b->options[i].value,
				 b->options[i].size);
	return make(&k, name, "bonds (module bonding)", 0, e);
}

bool link_virtual_vlan(const char *name, int parent, uint16_t id, struct error *e)
{
	struct making k;

	begin(&k, name, "vlan", NLM_F_EXCL, parent);
	link_message_add(&k.m, IFLA_VLAN_ID, &id, sizeof(id));
	return make(&k, name, "VLANs (module 8021q)", EEXIST, e);
}

static bool take_down(int index, struct error *e)
{
	struct link_message m;
	struct ifinfomsg *i = link_message_begin(&m, RTM_NEWLINK, 0, sizeof(*i));

	i->ifi_index = index;
	i->ifi_change = IFF_UP;
	return link_message_send(&m, 0, "taking it down for the bond", e);
}

static bool set_master(int member, int bond, struct error *e)
{
	struct link_message m;
	struct ifinfomsg *i = link_message_begin(&m, RTM_NEWLINK, 0, sizeof(*i));
	uint32_t master = (uint32_t)bond;

	i->ifi_index = member;
	link_message_add(&m, IFLA_MASTER, &master, sizeof(master));
	return link_message_send(&m, 0, "joining the bond", e);
}

bool link_virtual_enslave(int member, int bond, struct error *e)
{
	/* Nothing happens to one that is in it.  Others must be down; the bond brings them up. */
	return set_master(member, bond, e) || (take_down(member, e) && set_master(member, bond, e));
}

bool link_virtual_remove(const char *name, struct error *e)
{
	struct link_message m;

	link_message_begin(&m, RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	link_message_add(&m, IFLA_IFNAME, name, strlen(name) + 1);
	return link_message_send(&m, ENODEV, name, e);
}

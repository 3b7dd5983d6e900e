/* SPDX-License-Identifier: MIT */
#include "discovery/interfaces.h"

#include "check.h"

static struct interfaces i;

typedef bool reader(struct interfaces *i, struct bytes value);

static void fresh(void)
{
	i = (struct interfaces){ 0 };
}

static bool takes(reader *read, const char *value)
{
	return read(&i, bytes_of_text(value));
}

/* Refused, and nothing changed. */
static bool refuses(reader *read, const char *value)
{
	struct interfaces before = i;

	bool refused = !read(&i, bytes_of_text(value));
	if (!refused)
		printf("takes %s\n", value);
	return refused && before.vlan_count == i.vlan_count &&
	       before.bond_count == i.bond_count && before.link_count == i.link_count &&
	       before.dns_count == i.dns_count && before.without == i.without &&
	       before.mtu == i.mtu;
}

static bool is_address(const struct address *a, const char *text)
{
	return strcmp(ADDRESS_TEXT(a), text) == 0;
}

TEST(reads_vlans_in_the_four_forms_of_their_names, "")
{
	static const char *const names[] = { "eth0.5", "eth0.0005", "vlan5", "vlan0005" };

	fresh();
	for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
		char value[32];

		snprintf(value, sizeof(value), "%s:eth0", names[k]);
		CHECK(takes(interfaces_read_vlan, value) && i.vlan_count == k + 1);
		CHECK_STR(i.vlans[k].name, names[k]);
		CHECK_STR(i.vlans[k].parent, "eth0");
		CHECK(i.vlans[k].id == 5);
	}
	CHECK(takes(interfaces_read_vlan, "bond0.4094:bond0") && i.vlans[4].id == 4094);
}

TEST(refuses_other_vlans, "")
{
	static const char *const bad[] = {
		"",		"eth0.5",	 "eth0.5:",	      ":eth0",
		"vlan:eth0",	"vlan0:eth0",	 "vlan4095:eth0",     "vlan99999999999999:eth0",
		"eth0.5:eth0:", "eth0.5:eth0.5", "eth0.5:a/b",	      "vlan 5:eth0",
		"eth*5:eth0",	"vlan5:eth?",	 "averyverylong00005:eth0",
	};

	fresh();
	for (size_t k = 0; k < ARRAY_SIZE(bad); k++)
		CHECK(refuses(interfaces_read_vlan, bad[k]));
	for (size_t k = 0; k < CONFIG_INTERFACES_MAX; k++)
		CHECK(takes(interfaces_read_vlan, "vlan7:eth0"));
	CHECK(refuses(interfaces_read_vlan, "vlan7:eth0"));
}

TEST(reads_bonds, "")
{
	const struct interfaces_bond *b = i.bonds;

	fresh();
	CHECK(takes(interfaces_read_bond, "bond0"));
	CHECK(b->member_count == 2 && b->mtu == 0 && b->options.option_count == 0);
	CHECK_STR(b->members[0], "eth0");
	CHECK_STR(b->members[1], "eth1");
	b++;
	CHECK(takes(interfaces_read_bond,
		    "up:enp1s0,enp2s0,enp3s0:mode=802.3ad,miimon=50,lacp_rate=fast:9000"));
	CHECK_STR(b->name, "up");
	CHECK(b->member_count == 3 && b->mtu == 9000 && b->options.option_count == 3);
	CHECK(b->options.options[0].size == 1 && b->options.options[0].value == 4);
	CHECK(b->options.options[1].size == 4 && b->options.options[1].value == 50);
	CHECK(b->options.options[2].size == 1 && b->options.options[2].value == 1);
	b++;
	CHECK(takes(interfaces_read_bond, "bond1:eth5:mode=active-backup"));
	CHECK(b->member_count == 1 && b->options.options[0].value == 1);
	CHECK(takes(interfaces_read_bond, "bond2:eth6:mode=1") && takes(interfaces_read_bond, "bond3:eth7::1400"));
	CHECK(interfaces_bond_of(&i, "enp2s0") == &i.bonds[1]);
	CHECK(!interfaces_bond_of(&i, "up") && !interfaces_bond_of(&i, "enp"));
}

TEST(refuses_other_bonds, "")
{
	static const char *const bad[] = {
		"",
		":eth0",
		"bond0:",
		"bond0:eth0,",
		"bond0:eth0:mode=balance-rr",
		"bond0:eth0:mode=0",
		"bond0:eth0:mode=",
		"bond0:eth0:mode",
		"bond0:eth0:mode=802.3ad,",
		"bond0:eth0:miimon=-1",
		"bond0:eth0:miimon=4294967296",
		"bond0:eth0:primary=eth0",
		"bond0:eth0:lacp_rate=2",
		"bond0:eth0::67",
		"bond0:eth0::1500:",
		"bond0:a1,a2,a3,a4,a5,a6,a7,a8,a9",
		"bond0:eth*",
	};

	fresh();
	for (size_t k = 0; k < ARRAY_SIZE(bad); k++)
		CHECK(refuses(interfaces_read_bond, bad[k]));
}

TEST(reads_what_each_link_does, "")
{
	static const struct {
		const char *method;
		unsigned without;
	} methods[] = {
		{ "dhcp", INTERFACES_NO_DHCP6 },     { "on", 0 },
		{ "any", 0 },			     { "dhcp6", INTERFACES_NO_DHCP4 },
		{ "auto6", INTERFACES_NO_DHCP4 },    { "off", INTERFACES_OFF },
		{ "none", INTERFACES_OFF },	     { "link-local", INTERFACES_OFF },
		{ "either6", INTERFACES_NO_DHCP4 },
	};

	fresh();
	for (size_t k = 0; k < ARRAY_SIZE(methods); k++) {
		char value[32];

		snprintf(value, sizeof(value), "eth1:%s", methods[k].method);
		CHECK(takes(interfaces_read_ip, methods[k].method));
		CHECK(i.without == methods[k].without);
		CHECK(takes(interfaces_read_ip, value) && i.link_count == 1);
		CHECK(i.links[0].without == methods[k].without && i.links[0].has_method);
	}
	CHECK(takes(interfaces_read_ip, "eth2:dhcp:9000") && i.links[1].mtu == 9000);
	CHECK(takes(interfaces_read_ip, ":::::eth3:dhcp") && !i.links[2].four.own.family);
	CHECK(interfaces_find(&i, "eth2") == &i.links[1] && !interfaces_find(&i, "eth9"));
}

TEST(reads_static_addresses, "")
{
	const struct interfaces_link *l = i.links;

	fresh();
	CHECK(takes(interfaces_read_ip, "192.0.2.5::192.0.2.1:255.255.255.0:host:eth0:none"));
	CHECK_STR(l->name, "eth0");
	CHECK(is_address(&l->four.own, "192.0.2.5") && l->four.prefix == 24);
	CHECK(is_address(&l->four.gateway, "192.0.2.1") && l->without == INTERFACES_OFF);
	/* the other family beside it, with name servers */
	CHECK(takes(interfaces_read_ip,
		    "[2001:db8::5]::[fe80::1]:64::eth0:none:[2001:db8::53]:192.0.2.53"));
	CHECK(i.link_count == 1 && l->six.prefix == 64 && l->six.dns_count == 2);
	CHECK(is_address(&l->six.own, "2001:db8::5") && is_address(&l->six.gateway, "fe80::1"));
	CHECK(is_address(&l->six.dns[0], "2001:db8::53"));
	CHECK(is_address(&l->four.own, "192.0.2.5"));
	l++;
	CHECK(takes(interfaces_read_ip, "192.0.2.6/20::::: eth1:none") == false);
	CHECK(takes(interfaces_read_ip, "192.0.2.6/20:::::eth1:dhcp:1400"));
	CHECK(l->four.prefix == 20 && l->mtu == 1400 && l->without == INTERFACES_NO_DHCP6);
	l++;
	CHECK(takes(interfaces_read_ip, "192.0.2.7:::::eth2:off") && l->four.prefix == 32);
	CHECK(takes(interfaces_read_ip, "192.0.2.7:::16::eth2:off") && l->four.prefix == 16);
	CHECK(takes(interfaces_read_nameserver, "192.0.2.53") &&
	      takes(interfaces_read_nameserver, "[2001:db8::53]") &&
	      takes(interfaces_read_nameserver, "2001:db8::54") && i.dns_count == 3);
	CHECK(refuses(interfaces_read_nameserver, "dns.example"));
	CHECK(refuses(interfaces_read_nameserver, "[192.0.2.53]"));
}

TEST(refuses_other_addresses, "")
{
	static const char *const bad[] = {
		"",
		"ibft",
		"eth0",
		"eth0:static",
		"eth0:dhcp:67",
		"eth0:dhcp:65536",
		"eth0:dhcp:1500:02:00:00:00:00:01",
		"192.0.2.5::192.0.2.1:255.255.255.0:host:eth0", /* no method */
		"192.0.2.5::192.0.2.1:255.255.255.0:host::none", /* no link */
		"192.0.2.5::192.0.2.1:255.0.255.0:host:eth0:none",
		"192.0.2.5::192.0.2.1:33:host:eth0:none",
		"192.0.2.5::192.0.2.1:0:host:eth0:none",
		"192.0.2.5/24::192.0.2.1:24:host:eth0:none",
		"192.0.2.5::2001:24:host:eth0:none",
		"192.0.2.5::[2001:db8::1]:24:host:eth0:none",
		"[2001:db8::5]::[2001:db8::1]:129::eth0:none",
		"[192.0.2.5]::::: eth0:none",
		"192.0.2.5:::24::eth0:none:192.0.2.53:192.0.2.54:192.0.2.55",
		":::24::eth0:dhcp",
	};

	fresh();
	for (size_t k = 0; k < ARRAY_SIZE(bad); k++)
		CHECK(refuses(interfaces_read_ip, bad[k]));
}

TEST(reads_mtus_and_links_that_stay_out, "")
{
	fresh();
	CHECK(takes(interfaces_read_mtu, "1400") && i.mtu == 1400);
	CHECK(takes(interfaces_read_mtu, "eth*:9000") && i.links[0].mtu == 9000);
	CHECK(!i.links[0].has_method);
	CHECK(takes(interfaces_read_off, "eth7,ib*") && i.link_count == 3);
	CHECK(interfaces_find(&i, "eth7")->without == INTERFACES_OFF);
	CHECK(interfaces_find(&i, "ib3")->without == INTERFACES_OFF);
	CHECK(interfaces_find(&i, "eth8") == &i.links[0]); /* by its pattern */
	CHECK(refuses(interfaces_read_mtu, "") && refuses(interfaces_read_mtu, "eth0:") &&
	      refuses(interfaces_read_mtu, "eth0:1:2") && refuses(interfaces_read_mtu, "67"));
	CHECK(refuses(interfaces_read_off, "") && refuses(interfaces_read_off, "eth1,,eth2"));
	for (size_t k = i.link_count; k < CONFIG_INTERFACES_MAX; k++) {
		char value[32];

		snprintf(value, sizeof(value), "x%zu:1500", k);
		CHECK(takes(interfaces_read_mtu, value));
	}
	CHECK(refuses(interfaces_read_off, "x3,more") && refuses(interfaces_read_ip, "y:dhcp"));
	CHECK(!interfaces_find(&i, "x3")->has_method);
}

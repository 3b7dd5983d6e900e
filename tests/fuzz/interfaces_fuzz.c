/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "base/reader.h"
#include "discovery/interfaces.h"

/* Lines of settings; the first byte of each says which key it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const readers[])(struct interfaces *, struct bytes) = {
		interfaces_read_vlan,	    interfaces_read_bond, interfaces_read_ip,
		interfaces_read_nameserver, interfaces_read_mtu,  interfaces_read_off,
	};
	struct interfaces i = { 0 };
	bool bad;
	struct reader r = reader_over(bytes_of(data, size), &bad);

	while (reader_left(&r)) {
		uint8_t which = reader_u8(&r);
		struct bytes line = reader_until(&r, '\n');

		(void)!readers[which % ARRAY_SIZE(readers)](&i, line);
	}
	assert(i.vlan_count <= CONFIG_INTERFACES_MAX && i.bond_count <= CONFIG_INTERFACES_MAX &&
	       i.link_count <= CONFIG_INTERFACES_MAX && i.dns_count <= CONFIG_DNS_SERVERS_MAX);
	for (size_t k = 0; k < i.vlan_count; k++)
		assert(i.vlans[k].id >= 1 && i.vlans[k].id <= 4094 && i.vlans[k].parent[0]);
	for (size_t k = 0; k < i.link_count; k++) {
		const struct interfaces_link *l = &i.links[k];

		assert(interfaces_find(&i, l->name));
		assert(!l->four.own.family || (l->four.prefix >= 1 && l->four.prefix <= 32));
		assert(!l->six.own.family || (l->six.prefix >= 1 && l->six.prefix <= 128));
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "dhcp/dhcp4_lease.h"

/* A server's packet: whatever it holds, the lease stays within its arrays. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp4_reply r;
	struct error e;

	if (!dhcp4_lease_read(&r, bytes_of(data, size), &e)) {
		assert(e.code == ERROR_MALFORMED && e.rule[0]);
		return 0;
	}
	assert(r.type == 6 || (r.lease.address && r.server));
	assert(r.lease.prefix <= 32 && r.lease.renew_s <= r.lease.rebind_s);
	assert(r.lease.rebind_s <= r.lease.lease_s);
	assert(r.lease.route_count <= CONFIG_DHCP4_ROUTES_MAX);
	for (size_t i = 0; i < r.lease.route_count; i++)
		assert(r.lease.routes[i].prefix <= 32);
	assert(r.lease.dns_count <= CONFIG_DHCP4_SERVERS_MAX);
	assert(r.lease.search_count <= CONFIG_DHCP4_SEARCH_MAX);
	assert(r.lease.redirect_size <= CONFIG_DHCP4_REDIRECT_MAX);
	assert(r.lease.has_redirect || r.lease.redirect_size == 0);
	assert(strlen(r.lease.domain) < CONFIG_HOST_MAX);
	assert(dhcp4_lease_equal(&r.lease, &r.lease));
	return 0;
}

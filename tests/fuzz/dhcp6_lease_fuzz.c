/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "dhcp/dhcp6_lease.h"

/* A server's message: whatever it holds, the lease stays within its arrays. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp6_reply r;
	const struct dhcp6_lease *l = &r.lease;
	struct error e;

	if (!dhcp6_lease_read(&r, bytes_of(data, size), 0x00010203, &e)) {
		assert(e.code == ERROR_MALFORMED && e.rule[0]);
		return 0;
	}
	assert((r.type == 2 || r.type == 7) && r.xid <= 0xffffff);
	assert(l->address_count <= CONFIG_DHCP6_ADDRESSES_MAX);
	assert(!l->address_count || (r.has_ia && l->valid_s && l->renew_s));
	for (size_t i = 0; i < l->address_count; i++) {
		assert(l->addresses[i].preferred_s <= l->addresses[i].valid_s);
		assert(l->addresses[i].valid_s <= l->valid_s);
		assert(!address_is_link_local(&l->addresses[i].address));
	}
	assert(l->server_size <= CONFIG_DHCP6_DUID_MAX);
	assert(l->dns_count <= CONFIG_DHCP6_SERVERS_MAX);
	assert(l->ntp_count <= CONFIG_DHCP6_SERVERS_MAX);
	assert(l->domain_count <= CONFIG_DHCP6_DOMAINS_MAX);
	for (size_t i = 0; i < l->domain_count; i++)
		assert(l->domains[i][0] && strlen(l->domains[i]) < CONFIG_HOST_MAX);
	assert(l->redirect_size <= CONFIG_REDIRECT_OPTION_MAX);
	assert(l->has_redirect == (r.redirects > 0));
	assert(l->has_redirect || l->redirect_size == 0);
	assert(strlen(l->boot_url) < CONFIG_HOST_MAX);
	assert(strlen(l->boot_parameters) < CONFIG_HOST_MAX);
	assert(dhcp6_lease_equal(l, l));
	return 0;
}

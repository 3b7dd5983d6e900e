/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "dhcp/router_advertisement.h"

/* A router's message: whatever it holds, what is read stays within its arrays. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct address router = { ADDRESS_IPV6, { 0xfe, 0x80, [15] = 1 }, 0 };
	struct router_advertisement ra;
	struct bytes message = bytes_of(data, size);
	struct error e;

	assert(!router_advertisement_read(&ra, message, &router, 64, &e));
	if (!router_advertisement_read(&ra, message, &router, 255, &e)) {
		assert(e.code == ERROR_MALFORMED && e.rule[0]);
		return 0;
	}
	assert(size >= 16 && data[0] == 134);
	assert(ra.dns_count <= CONFIG_DHCP6_SERVERS_MAX);
	assert(ra.domain_count <= CONFIG_DHCP6_DOMAINS_MAX);
	for (size_t i = 0; i < ra.dns_count; i++)
		assert(ra.dns[i].family == ADDRESS_IPV6 && ra.dns[i].bytes[0] != 0xff);
	for (size_t i = 0; i < ra.domain_count; i++)
		assert(ra.domains[i][0] && strlen(ra.domains[i]) < CONFIG_HOST_MAX);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "net/dns.h"

/* An answer to the one question of the collected inputs. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_answer a;
	struct error e;

	for (int i = 0; i < 2; i++) {
		enum dns_type type = i ? DNS_TYPE_AAAA : DNS_TYPE_A;

		if (!dns_answer_read(&a, bytes_of(data, size), 0x1234, "boot.example", type,
				     &e)) {
			assert(e.code == ERROR_MALFORMED);
			continue;
		}
		assert(a.count <= CONFIG_DIAL_ADDRESSES_MAX &&
		       a.aliases <= CONFIG_DNS_CNAME_MAX);
		assert((a.status == DNS_ANSWER) == (a.count > 0));
		assert(a.status != DNS_ALIAS || dns_name_is_valid(a.alias));
		for (size_t j = 0; j < a.count; j++)
			assert(a.addresses[j].family == (i ? ADDRESS_IPV6 : ADDRESS_IPV4));
	}
	return 0;
}

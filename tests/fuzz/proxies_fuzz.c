/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "discovery/proxies.h"

/* Option 43, and the same bytes as option 252. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes vendor = bytes_of(data, size), value;
	struct proxies_fixed f;
	size_t at = 0, before = 0;

	while (proxies_vendor_next(vendor, &at, &value)) {
		assert(at >= before + 2 + value.size && at <= size);
		assert(value.size <= 255 && value.at + value.size == data + at);
		before = at;
		if (proxies_read(&f, value))
			assert(f.port && f.address.family == ADDRESS_IPV4 && f.address.bytes[0] &&
			       f.address.bytes[0] < 224 && value.size <= 21);
	}
	assert(at == size);
	if (proxies_read_wpad(&f, vendor))
		assert(f.port && size >= 7 + 9 + 1);
	return 0;
}

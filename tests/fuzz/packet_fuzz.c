/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "platform/packet.h"

/* An IPv4 or ARP packet as the link gives it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct bytes payload;
	uint8_t owner[6];

	for (int summed = 0; summed < 2; summed++)
		if (packet_read(bytes_of(data, size), summed, 68, &payload))
			assert(payload.at >= data + 28 &&
			       payload.at + payload.size <= data + size);
	if (packet_arp_read(bytes_of(data, size), mac, 0x0a010032, owner))
		assert(size >= 28 && memcmp(owner, mac, 6) != 0);
	return 0;
}

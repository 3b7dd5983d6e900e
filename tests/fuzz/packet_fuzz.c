/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "platform/packet.h"

/* An IPv4 packet as the link gives it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes payload;

	for (int summed = 0; summed < 2; summed++)
		if (packet_read(bytes_of(data, size), summed, 68, &payload))
			assert(payload.at >= data + 28 &&
			       payload.at + payload.size <= data + size);
	return 0;
}

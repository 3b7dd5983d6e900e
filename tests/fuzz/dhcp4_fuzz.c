/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/reader.h"
#include "dhcp/dhcp4.h"

/*
 * A life with a server: each step is a byte for what happens, then its data.  Whatever
 * comes, the next deadline lies ahead, and every packet can be written.
 */
static void check(struct dhcp4 *c, enum dhcp4_event event, uint64_t now)
{
	uint8_t room[1024];
	struct writer w = writer_over(room, sizeof(room));
	uint32_t to;

	assert(c->deadline_ms > now);
	if (event == DHCP4_SEND || event == DHCP4_LOST)
		assert(dhcp4_packet(c, &w, &to, now) && w.used >= 300);
	if (event == DHCP4_BOUND || event == DHCP4_CHANGED || event == DHCP4_RENEWED)
		assert(dhcp4_has_lease(c) && c->lease.address);
	if (event == DHCP4_PROBE)
		assert(!dhcp4_has_lease(c) && c->lease.address);
	if (event == DHCP4_LOST)
		assert(!dhcp4_has_lease(c));
}

/* A reply with xid and chaddr that fit. */
static enum dhcp4_event answer(struct dhcp4 *c, struct bytes options, uint64_t now)
{
	uint8_t packet[240 + 600] = { 2, 1, 6, 0 };
	size_t size = options.size < 600 ? options.size : 600;

	for (int i = 0; i < 4; i++)
		packet[4 + i] = (uint8_t)(c->xid >> (24 - 8 * i));
	memcpy(packet + 16, "\x0a\1\0\x32", 4);
	memcpy(packet + 28, c->profile.mac, 6);
	memcpy(packet + 236, "\x63\x82\x53\x63", 4);
	if (size)
		memcpy(packet + 240, options.at, size);
	return dhcp4_input(c, bytes_of(packet, 240 + size), now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp4 c;
	struct dhcp4_profile profile = { .mac = { 2, 0, 0, 1, 2, 3 },
					 .serial = "S",
					 .no_probe = !size || !(data[0] & 0x80),
					 .proxies = size && data[0] & 0x40 };
	enum dhcp4_event event;
	uint64_t now = 5000;
	bool bad;
	struct reader r = reader_over(bytes_of(data, size), &bad);

	dhcp4_start(&c, &profile);
	while (reader_left(&r)) {
		uint8_t what = reader_u8(&r);

		c.random = c.random * 1664525 + what + 1;
		switch (what & 7) {
		case 0:
			event = dhcp4_carrier(&c, now);
			break;
		case 1:
			dhcp4_no_carrier(&c);
			event = DHCP4_NOTHING;
			if (c.deadline_ms <= now)
				event = dhcp4_silence(&c, now);
			break;
		case 2:
		case 3:
			now = c.deadline_ms == UINT64_MAX ? now + 1000 : c.deadline_ms;
			event = dhcp4_silence(&c, now);
			break;
		case 4:
			now += reader_be16(&r) * 100ull;
			event = c.deadline_ms <= now ? dhcp4_silence(&c, now) : DHCP4_NOTHING;
			break;
		case 7:
			event = what & 8 ? dhcp4_release(&c, now) : dhcp4_conflict(&c, now);
			break;
		default:
			event = answer(&c, reader_bytes(&r, reader_u8(&r) * 2u), now);
			break;
		}
		check(&c, event, now);
	}
	return 0;
}

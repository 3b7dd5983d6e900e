/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/reader.h"
#include "dhcp/dhcp6.h"

/*
 * A life with a server: each step is a byte for what happens, then its data.  Whatever
 * comes, the next deadline lies ahead, every message can be written, and nobody makes us
 * send without end.
 */
static void check(struct dhcp6 *c, enum dhcp6_event event, uint64_t now)
{
	uint8_t room[4096];
	struct writer w = writer_over(room, sizeof(room));
	bool sends;

	assert(c->deadline_ms > now);
	sends = dhcp6_packet(c, &w, now);
	assert(!w.bad && (event != DHCP6_SEND || sends));
	if (event == DHCP6_BOUND || event == DHCP6_CHANGED || event == DHCP6_RENEWED)
		assert(c->has_information && c->lease.server_size);
	if (event == DHCP6_LOST)
		assert(!c->has_information && !dhcp6_has_lease(c));
}

/* A message whose transaction and identifiers fit. */
static enum dhcp6_event answer(struct dhcp6 *c, uint8_t type, struct bytes options,
			       uint64_t now)
{
	uint8_t packet[4 + 14 + 8 + 600] = { type, (uint8_t)(c->xid >> 16),
					     (uint8_t)(c->xid >> 8), (uint8_t)c->xid };
	size_t size = options.size < 600 ? options.size : 600;

	memcpy(packet + 4, "\0\1\0\xa\0\3\0\1\2\0\0\1\2\3", 14);
	memcpy(packet + 18, "\0\2\0\4SERV", 8);
	if (size)
		memcpy(packet + 26, options.at, size);
	return dhcp6_input(c, bytes_of(packet, 26 + size), now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp6 c;
	struct dhcp6_profile profile = { .mac = { 2, 0, 0, 1, 2, 3 },
					 .serial = "S",
					 .vendor_class = { "a", "b" },
					 .user_class = { "c" } };
	uint64_t now = 5000;
	bool bad;
	struct reader r = reader_over(bytes_of(data, size), &bad);

	profile.rapid_commit = size & 1;
	dhcp6_start(&c, &profile);
	while (reader_left(&r)) {
		enum dhcp6_event event = DHCP6_NOTHING;
		uint8_t what = reader_u8(&r);

		c.random = c.random * 1664525 + what + 1;
		switch (what & 7) {
		case 0:
			event = dhcp6_begin(&c, what & 8, now);
			break;
		case 1:
			if (what & 8)
				event = what & 16 ? dhcp6_decline(&c, now)
						  : dhcp6_release(&c, now);
			else
				dhcp6_no_carrier(&c);
			if (c.deadline_ms <= now)
				event = dhcp6_silence(&c, now);
			break;
		case 2:
		case 3:
			now = c.deadline_ms == UINT64_MAX ? now + 1000 : c.deadline_ms;
			event = dhcp6_silence(&c, now);
			break;
		case 4:
			now += reader_be16(&r) * 100ull;
			event = c.deadline_ms <= now ? dhcp6_silence(&c, now) : DHCP6_NOTHING;
			break;
		default:
			event = answer(&c, what & 8 ? 2 : 7,
				       reader_bytes(&r, reader_u8(&r) * 2u), now);
			break;
		}
		check(&c, event, now);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "platform/packet.h"

#include "check.h"

/* 10.1.0.1:67 to 255.255.255.255:68, "abc", as a server sent it. */
static const uint8_t good[] = {
	0x45, 0xc0, 0x00, 0x1f, 0x12, 0x34, 0x00, 0x00, 0x40, 0x11, 0x5d,
	0xd9, 0x0a, 0x01, 0x00, 0x01, 0xff, 0xff, 0xff, 0xff, 0x00, 0x43,
	0x00, 0x44, 0x00, 0x0b, 0x30, 0xed, 'a',  'b',	'c',
};

static struct bytes payload;

static bool read_changed(size_t at, uint8_t value)
{
	uint8_t copy[sizeof(good)];

	memcpy(copy, good, sizeof(good));
	copy[at] = value;
	return packet_read(bytes_of(copy, sizeof(copy)), true, 68, &payload);
}

TEST(reads_the_payload_and_passes_over_padding, "")
{
	uint8_t padded[64] = { 0 };

	CHECK(packet_read(bytes_of(good, sizeof(good)), true, 68, &payload));
	CHECK(bytes_equal_text(payload, "abc"));
	memcpy(padded, good, sizeof(good));
	CHECK(packet_read(bytes_of(padded, sizeof(padded)), true, 68, &payload));
	CHECK(bytes_equal_text(payload, "abc"));
}

TEST(refuses_every_truncation_and_other_ports, "")
{
	for (size_t n = 0; n < sizeof(good); n++)
		CHECK(!packet_read(bytes_of(good, n), true, 68, &payload));
	CHECK(!packet_read(bytes_of(good, sizeof(good)), true, 67, &payload));
}

TEST(refuses_damage_unless_the_sum_is_not_made_yet, "")
{
	uint8_t copy[sizeof(good)];

	for (size_t i = 0; i < sizeof(good); i++)
		CHECK(!read_changed(i, good[i] ^ 0x10));
	memcpy(copy, good, sizeof(good));
	copy[30] = 'd';
	CHECK(!packet_read(bytes_of(copy, sizeof(copy)), true, 68, &payload));
	CHECK(packet_read(bytes_of(copy, sizeof(copy)), false, 68, &payload));
}

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

/* Somebody's answer: 10.1.0.50 is at 02:..:0b. */
static const uint8_t arp_answer[] = {
	0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 0xb, 10, 1, 0, 50, 2, 0, 0, 0, 0, 0xa, 0, 0, 0, 0,
};
static const uint8_t own_mac[6] = { 2, 0, 0, 0, 0, 0xa };
static uint8_t owner[6];

static bool arp_says(size_t at, uint8_t value)
{
	uint8_t copy[sizeof(arp_answer) + 18] = { 0 }; /* padded, as Ethernet does */

	memcpy(copy, arp_answer, sizeof(arp_answer));
	copy[at] = value;
	return packet_arp_read(bytes_of(copy, sizeof(copy)), own_mac, 0x0a010032, owner);
}

TEST(sees_who_has_an_address, "OPT4-14")
{
	CHECK(arp_says(0, 0) && memcmp(owner, "\2\0\0\0\0\x0b", 6) == 0);
	CHECK(arp_says(7, 1));	       /* asks from it: has it */
	CHECK(!arp_says(17, 51));      /* another address */
	CHECK(!arp_says(13, 0xa));     /* ourselves */
	CHECK(!arp_says(1, 6) && !arp_says(2, 9) && !arp_says(4, 8) && !arp_says(5, 6));
	for (size_t n = 0; n < sizeof(arp_answer); n++)
		CHECK(!packet_arp_read(bytes_of(arp_answer, n), own_mac, 0x0a010032, owner));
}

TEST(sees_another_that_probes_for_the_same, "OPT4-14")
{
	uint8_t probe[28];

	memcpy(probe, arp_answer, sizeof(probe));
	probe[7] = 1;
	memset(probe + 14, 0, 4);
	memcpy(probe + 24, "\x0a\1\0\x32", 4);
	CHECK(packet_arp_read(bytes_of(probe, 28), own_mac, 0x0a010032, owner));
	CHECK(!packet_arp_read(bytes_of(probe, 28), own_mac, 0x0a010033, owner));
	probe[7] = 2;
	CHECK(!packet_arp_read(bytes_of(probe, 28), own_mac, 0x0a010032, owner));
}

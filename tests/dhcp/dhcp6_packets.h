/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"

/* Server messages for the DHCPv6 tests, built option by option. */

#define PACKET_XID  0x123456
#define PACKET_IAID 0x00010203
static const uint8_t packet_mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
static const uint8_t packet_client[] = { 0, 3, 0, 1, 0x52, 0x54, 0, 1, 2, 3 };
static const uint8_t packet_server[] = { 0, 3, 0, 1, 2, 0, 0, 0, 0, 9 };
static const uint8_t packet_address[16] = { 0x20, 1, 0xd, 0xb8, [15] = 0x50 };

enum { ADVERTISE = 2, REPLY = 7 };

static uint8_t packet_room[16384];
static struct writer packet_writer;

static inline void packet_option(uint16_t code, const void *at, size_t size)
{
	writer_be16(&packet_writer, code);
	writer_be16(&packet_writer, (uint16_t)size);
	writer_bytes(&packet_writer, bytes_of(at, size));
}

static inline void packet_option_be32(uint16_t code, uint32_t value)
{
	writer_be16(&packet_writer, code);
	writer_be16(&packet_writer, 4);
	writer_be32(&packet_writer, value);
}

/* Only the head: no identifiers. */
static inline void packet_head(uint8_t type, uint32_t xid)
{
	packet_writer = writer_over(packet_room, sizeof(packet_room));
	writer_be32(&packet_writer, (uint32_t)type << 24 | xid);
}

static inline void packet_begin(uint8_t type, uint32_t xid)
{
	packet_head(type, xid);
	packet_option(1, packet_client, sizeof(packet_client));
	packet_option(2, packet_server, sizeof(packet_server));
}

static inline void packet_status(uint16_t status, const char *text)
{
	writer_be16(&packet_writer, 13);
	writer_be16(&packet_writer, (uint16_t)(2 + strlen(text)));
	writer_be16(&packet_writer, status);
	writer_text(&packet_writer, text);
}

/* An IA_NA with what packet_ia_end() finds behind it. */
static inline size_t packet_ia(uint32_t iaid, uint32_t renew_s, uint32_t rebind_s)
{
	writer_be16(&packet_writer, 3);
	writer_be16(&packet_writer, 0);
	writer_be32(&packet_writer, iaid);
	writer_be32(&packet_writer, renew_s);
	writer_be32(&packet_writer, rebind_s);
	return packet_writer.used - 12;
}

/* An IAADDR; @status: 0 none. */
static inline void packet_ia_address(const uint8_t *address, uint32_t preferred_s,
				     uint32_t valid_s, uint16_t status)
{
	writer_be16(&packet_writer, 5);
	writer_be16(&packet_writer, status ? 24 + 6 : 24);
	writer_bytes(&packet_writer, bytes_of(address, 16));
	writer_be32(&packet_writer, preferred_s);
	writer_be32(&packet_writer, valid_s);
	if (status)
		packet_status(status, "");
}

static inline void packet_ia_end(size_t begun)
{
	size_t size = packet_writer.used - begun;

	packet_room[begun - 2] = (uint8_t)(size >> 8);
	packet_room[begun - 1] = (uint8_t)size;
}

/* One address for 3600 s, times as given. */
static inline void packet_lease(uint32_t renew_s, uint32_t rebind_s)
{
	size_t ia = packet_ia(PACKET_IAID, renew_s, rebind_s);

	packet_ia_address(packet_address, 1800, 3600, 0);
	packet_ia_end(ia);
}

static inline struct bytes packet_end(void)
{
	return writer_done(&packet_writer);
}

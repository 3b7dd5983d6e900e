/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"

/* Server packets for the DHCP tests, built option by option. */

#define PACKET_XID 0x12345678
static const uint8_t packet_mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };

static uint8_t packet_room[8192];
static struct writer packet_writer;

/* Up to the cookie; @sname and @file may be NULL. */
static inline struct writer *packet_begin(uint32_t xid, uint32_t address, const void *sname,
					  size_t sname_size, const void *file,
					  size_t file_size)
{
	struct writer *w = &packet_writer;

	*w = writer_over(packet_room, sizeof(packet_room));
	writer_be32(w, 0x02010600);
	writer_be32(w, xid);
	writer_be32(w, 0); /* secs, flags */
	writer_be32(w, 0); /* ciaddr */
	writer_be32(w, address);
	writer_be32(w, 0x0a010001); /* siaddr */
	writer_be32(w, 0);
	writer_bytes(w, bytes_of(packet_mac, 6));
	writer_fill(w, 0, 10);
	writer_bytes(w, bytes_of(sname, sname_size));
	writer_fill(w, 0, 64 - sname_size);
	writer_bytes(w, bytes_of(file, file_size));
	writer_fill(w, 0, 128 - file_size);
	writer_be32(w, 0x63825363);
	return w;
}

static inline void packet_option(uint8_t code, const void *at, size_t size)
{
	writer_u8(&packet_writer, code);
	writer_u8(&packet_writer, (uint8_t)size);
	writer_bytes(&packet_writer, bytes_of(at, size));
}

static inline void packet_option_be32(uint8_t code, uint32_t value)
{
	uint8_t b[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16),
			 (uint8_t)(value >> 8), (uint8_t)value };

	packet_option(code, b, 4);
}

static inline struct bytes packet_end(void)
{
	writer_u8(&packet_writer, 255);
	return writer_done(&packet_writer);
}

/* An ordinary reply of server 10.1.0.1; more options may follow. */
static inline void packet_reply(uint8_t type, uint32_t xid, uint32_t address)
{
	packet_begin(xid, address, NULL, 0, NULL, 0);
	packet_option(53, &type, 1);
	packet_option_be32(54, 0x0a010001);
	packet_option_be32(51, 600);
	packet_option_be32(1, 0xffffff00);
}

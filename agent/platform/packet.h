/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * Raw UDP over IPv4 on one link, for a client that has no address yet: an AF_PACKET
 * socket whose kernel filter lets only UDP to one port through.  The IP and UDP headers
 * are made and checked here.
 */

/*
 * Open on the link @index for UDP to @port (host order).  Non-blocking.
 * Returns a descriptor, or -1.  Errors: ERROR_MACHINE.
 */
MUST_CHECK int packet_open(int index, uint16_t port, struct error *e);

/* Send @payload from 0.0.0.0:@from_port to 255.255.255.255:@to_port, as Ethernet broadcast.
 */
MUST_CHECK bool packet_broadcast(int fd, int index, uint16_t from_port, uint16_t to_port,
				 struct bytes payload, struct error *e);

/*
 * Take one packet to @port that waits.  @payload points into @room.
 * false: none waits, or it was damaged (call again while @more is true).
 */
MUST_CHECK bool packet_receive(int fd, uint16_t port, uint8_t *room, size_t size,
			       struct bytes *payload, bool *more);

/* The pure part: UDP payload of an IPv4 packet.  @summed: check the UDP checksum. */
MUST_CHECK bool packet_read(struct bytes packet, bool summed, uint16_t to_port,
			    struct bytes *payload);

/*
 * ARP (RFC 826), to see whether an address is taken before it is used (RFC 5227 §2.1).
 * packet_arp_open: as packet_open().
 */
MUST_CHECK int packet_arp_open(int index, struct error *e);

/* Ask who has @address (host order), from @mac and no address. */
MUST_CHECK bool packet_arp_probe(int fd, int index, const uint8_t mac[static 6],
				 uint32_t address, struct error *e);

/* Take one packet: true when another than @mac has @address or is about to take it, and then
 * @owner is who.  false: call again while @more is true. */
MUST_CHECK bool packet_arp_receive(int fd, const uint8_t mac[static 6], uint32_t address,
				   uint8_t owner[static 6], bool *more);

/* The pure part of it. */
MUST_CHECK bool packet_arp_read(struct bytes packet, const uint8_t mac[static 6],
				uint32_t address, uint8_t owner[static 6]);

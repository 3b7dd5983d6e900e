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

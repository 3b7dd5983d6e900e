/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * One DNS message out of a TCP stream: two bytes of length, then the message (RFC 1035
 * §4.2.2, RFC 7766 §8).  The stream is read straight into its place, in pieces of any
 * size; memory is taken once the length is known, and no more than that.
 */
struct dns_frame {
	uint8_t head[2];
	uint8_t *message; /* allocated; dns_frame_end() frees it */
	size_t size, used; /* of the message; used counts the head too */
};

/*
 * Where the next bytes belong: at most @room of them, at least one unless it is complete.
 * NULL: no memory, or too short for a message; @e says which.
 */
MUST_CHECK uint8_t *dns_frame_room(struct dns_frame *f, size_t *room, struct error *e);

/* @size bytes were put there.  true: the message is complete. */
bool dns_frame_took(struct dns_frame *f, size_t size);

/* Free, and be ready for another one. */
void dns_frame_end(struct dns_frame *f);

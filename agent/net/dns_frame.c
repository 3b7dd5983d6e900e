/* SPDX-License-Identifier: MIT */
#include "net/dns_frame.h"

#include <stdlib.h>

#define HEADER 12 /* bytes that every message has */

uint8_t *dns_frame_room(struct dns_frame *f, size_t *room, struct error *e)
{
	if (f->used < sizeof(f->head)) {
		*room = sizeof(f->head) - f->used;
		return f->head + f->used;
	}
	if (!f->message) {
		f->size = (size_t)f->head[0] << 8 | f->head[1];
		if (f->size < HEADER) {
			error_set(e, ERROR_MALFORMED, "DNS-12",
				  "DNS over TCP: a message of %zu bytes", f->size);
			return NULL;
		}
		f->message = malloc(f->size);
		if (!f->message) {
			error_set(e, ERROR_MACHINE, NULL, "DNS over TCP: no memory");
			return NULL;
		}
	}
	*room = f->size + sizeof(f->head) - f->used;
	return f->message + f->used - sizeof(f->head);
}

bool dns_frame_took(struct dns_frame *f, size_t size)
{
	f->used += size;
	return f->message && f->used == f->size + sizeof(f->head);
}

void dns_frame_end(struct dns_frame *f)
{
	free(f->message);
	*f = (struct dns_frame){ 0 };
}

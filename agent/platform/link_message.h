/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

#include <linux/netlink.h>

/* Requests to rtnetlink(7): built attribute by attribute, sent, and acknowledged. */

/* A request under construction: header, family header, attributes. */
struct link_message {
	union {
		struct nlmsghdr head;
		uint8_t room[512];
	};
};

/* Returns the zeroed family header of @body_size. */
void *link_message_begin(struct link_message *m, uint16_t type, uint16_t flags,
			 size_t body_size);

void link_message_add(struct link_message *m, uint16_t type, const void *data, size_t size);

/* An attribute that holds those added until link_message_close() of what this returns. */
size_t link_message_open(struct link_message *m, uint16_t type);
void link_message_close(struct link_message *m, size_t opened);

/* A netlink socket that hears @groups and waits at most five seconds; -1: ERROR_MACHINE. */
MUST_CHECK int link_message_socket(uint32_t groups, struct error *e);

/*
 * Send and wait for the acknowledgement.
 * @forgiven: an errno that is as good as success; 0: none.
 * @what: for the error: "bringing a link up".
 * Errors: ERROR_MACHINE, with the kernel's errno in errno.
 */
MUST_CHECK bool link_message_send(struct link_message *m, int forgiven, const char *what,
				  struct error *e);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/dns.h"
#include "net/dns_frame.h"
#include "platform/loop.h"

/*
 * One question on its way: of name servers in order with rising patience, by UDP and, when
 * an answer does not fit, by TCP (RFC 7766); or of everybody on the link (net/mdns.h).
 * Follows aliases.  Everybody who asks anything asks through this.
 */

struct resolver;

/* The caller sets answered, usable, context and rounds; the rest belongs to dns_lookup.c. */
struct dns_lookup {
	/*
	 * Called once, from the loop.  @a: never DNS_ALIAS or DNS_TRUNCATED; its views point
	 * into @message, and both go away after the call.  May start this lookup again.
	 */
	void (*answered)(void *context, const struct dns_answer *a, struct bytes message);
	/* May be NULL.  false: this multicast answer is no use, wait for somebody else's. */
	bool (*usable)(void *context, const struct dns_answer *a, struct bytes message);
	void *context;
	unsigned rounds; /* through all servers; 0: CONFIG_DNS_ROUNDS */
	struct error why; /* with DNS_FAILURE and DNS_SILENCE: what went wrong last;
			     ERROR_LATER or ERROR_MACHINE */

	struct loop *loop;
	const struct resolver *with;
	struct dns_question question;
	unsigned aliases, tries;
	unsigned preferred; /* the server that knew the last question's answer; others follow */
	struct loop_fd watch[2]; /* multicast: IPv4 and IPv6; else only the first */
	struct loop_timer timer;
	bool plain; /* this server cannot read EDNS */
	bool over_tcp;
	uint8_t out[2 + CONFIG_DNS_QUESTION_MAX]; /* with its length in front */
	size_t out_size, sent;
	struct dns_frame frame;
};

/*
 * @with: link and servers; borrowed until it is answered or stopped.
 * @multicast: ask the link.
 * That nobody can be asked shows in answered(), as DNS_SILENCE, later.
 */
void dns_lookup_start(struct dns_lookup *l, struct loop *loop, const struct resolver *with,
		      const char *name, enum dns_type type, bool multicast);

/* Hang up and forget.  Fine at any time, but not before the first start unless all zero. */
void dns_lookup_stop(struct dns_lookup *l);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"
#include "dhcp/dhcp4_lease.h"

/*
 * The DHCPv4 client of RFC 2131 as an engine: bytes and time in, bytes and events out.
 * No sockets, no clock, no addresses configured.
 */

enum dhcp4_identifier {				     /* option 61, OPT4-5 */
			DHCP4_IDENTIFIER_MAC,	     /* 01 and the MAC */
			DHCP4_IDENTIFIER_SERIAL,     /* 00 and the serial number */
			DHCP4_IDENTIFIER_SERIAL_RAW, /* the serial number alone, as ISC's
							client sends it */
			DHCP4_IDENTIFIER_DUID,	     /* ff, IAID, DUID-LL (RFC 4361) */
};

/* What a client says of itself and asks for.  Texts are kept, and cut at
 * CONFIG_DHCP4_TEXT_MAX bytes. */
struct dhcp4_profile {
	uint8_t mac[6];
	const char *name; /* of the link, for the log; may be NULL */
	enum dhcp4_identifier identifier;
	const char *serial;	  /* for the kinds that need it */
	const char *vendor_class; /* option 60; NULL: none */
	const char *user_class;	  /* option 77; NULL: none (OPT4-6) */
	bool user_class_bare;	  /* as many clients send it, without RFC 3004's length */
	uint32_t enterprise;	  /* option 124; 0: none (OPT4-7) */
	const char *vendor_items[CONFIG_DHCP4_ITEMS_MAX]; /* up to the first NULL */
	bool broadcast; /* ask the server to broadcast its answers (OPT4-12) */
	bool proxies;	/* an OFFER with a proxy is better than one without (OPT4-16) */
	bool wpad;	/* ask for option 252 too (OPT4-1, PROXY-12) */
	bool no_probe;	/* use addresses without asking whether they are taken (OPT4-14) */
};

enum dhcp4_event {
	DHCP4_NOTHING,
	DHCP4_SEND,    /* dhcp4_packet() has a packet to send */
	DHCP4_PROBE,   /* ask by ARP for dhcp4.lease.address; tell answers: dhcp4_conflict() */
	DHCP4_BOUND,   /* a lease has begun: dhcp4.lease */
	DHCP4_CHANGED, /* renewed, and something in it differs */
	DHCP4_RENEWED, /* renewed, nothing but times differ */
	DHCP4_LOST,    /* expired or refused; a DISCOVER is to be sent at once */
};

struct dhcp4_state;

/* All fields belong to dhcp4.c, but for random; state, lease and deadline_ms may be read. */
struct dhcp4 {
	uint32_t random; /* set fresh before each call, from entropy (RND-3) */
	const struct dhcp4_state *state;
	struct dhcp4_profile profile;
	uint64_t deadline_ms;	  /* call dhcp4_silence() then */
	struct dhcp4_lease lease; /* valid while dhcp4_has_lease() */
	struct dhcp4_lease offer; /* the best one so far */
	bool has_offer;
	uint32_t xid;
	uint64_t begun_ms;  /* when this exchange began: "secs" */
	uint64_t sent_ms;   /* when the last packet was asked for: the lease's start */
	uint64_t bound_ms;  /* when the lease began */
	uint64_t choose_ms; /* when the first OFFER is old enough; 0: none yet */
	unsigned tries;	    /* packets sent in this state */
	unsigned bad_count; /* answers that could not be read */
};

void dhcp4_start(struct dhcp4 *c, const struct dhcp4_profile *profile);

/* Carrier is there: begin.  Told again while nobody has answered yet: ask again at once. */
enum dhcp4_event dhcp4_carrier(struct dhcp4 *c, uint64_t now_ms);

/* Carrier is gone: a lease is kept, and confirmed when carrier comes back (RFC 2131 §3.2). */
void dhcp4_no_carrier(struct dhcp4 *c);

/* A UDP payload that came to port 68.  What is not for us gives DHCP4_NOTHING. */
enum dhcp4_event dhcp4_input(struct dhcp4 *c, struct bytes packet, uint64_t now_ms);

/* While probing: somebody has the address.  It is declined, and asked for again later. */
enum dhcp4_event dhcp4_conflict(struct dhcp4 *c, uint64_t now_ms);

/* Give the lease back: DHCP4_SEND when there is one to give.  The engine is idle behind. */
enum dhcp4_event dhcp4_release(struct dhcp4 *c, uint64_t now_ms);

/* The deadline has come. */
enum dhcp4_event dhcp4_silence(struct dhcp4 *c, uint64_t now_ms);

/*
 * The packet to send now.  @to: the server to send it to from our own address, or 0 for
 * broadcast from 0.0.0.0.
 */
MUST_CHECK bool dhcp4_packet(struct dhcp4 *c, struct writer *w, uint32_t *to,
			     uint64_t now_ms);

bool dhcp4_has_lease(const struct dhcp4 *c);
const char *dhcp4_state_name(const struct dhcp4 *c);

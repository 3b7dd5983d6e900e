/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"
#include "dhcp/dhcp6_lease.h"

/*
 * The DHCPv6 client of RFC 8415 for one interface as an engine: bytes and time in, bytes
 * and events out.  No sockets, no clock, no addresses configured.  Everything it sends
 * goes to ff02::1:2, port 547.
 */

enum dhcp6_identifier {			       /* the DUID, OPT6-3 */
			DHCP6_IDENTIFIER_LL,   /* type 3: the MAC */
			DHCP6_IDENTIFIER_EN,   /* type 2: enterprise number and serial */
			DHCP6_IDENTIFIER_UUID, /* type 4: the machine's UUID (RFC 6355) */
};

/* Texts are kept.  An identifier whose parts are missing becomes DHCP6_IDENTIFIER_LL. */
struct dhcp6_profile {
	uint8_t mac[6];
	enum dhcp6_identifier identifier;
	uint32_t enterprise; /* for DUID-EN and the vendor class */
	const char *serial;  /* for DUID-EN; may be NULL */
	const char *uuid;    /* for DUID-UUID: 32 hex digits, dashes between; may be NULL */
	const char *vendor_class[CONFIG_DHCP6_CLASSES_MAX]; /* option 16's items (OPT6-4) */
	const char *user_class[CONFIG_DHCP6_CLASSES_MAX];   /* option 15's; up to a NULL */
	bool rapid_commit; /* offer the exchange of two messages (RFC 8415 §21.14) */
};

enum dhcp6_event {
	DHCP6_NOTHING,
	DHCP6_SEND,    /* dhcp6_packet() has a message to send */
	DHCP6_BOUND,   /* a lease, or information only, has begun: dhcp6.lease */
	DHCP6_CHANGED, /* told again, and something in it differs */
	DHCP6_RENEWED, /* told again, nothing but times differ */
	DHCP6_LOST,    /* expired or refused; dhcp6_packet() may have a message to send */
};

struct dhcp6_state;

/* All fields belong to dhcp6.c, but for random; state, lease and deadline_ms may be read. */
struct dhcp6 {
	uint32_t random; /* set fresh before each call, from entropy (RND-3) */
	const struct dhcp6_state *state;
	struct dhcp6_profile profile;
	uint64_t deadline_ms;	  /* call dhcp6_silence() then */
	struct dhcp6_lease lease; /* valid while dhcp6_has_lease() or has_information */
	bool has_information;	  /* .lease has been filled by some Reply */
	struct dhcp6_lease offer; /* the best one so far */
	bool has_offer;
	uint8_t preference; /* of .offer */
	bool bare;	    /* servers answer, but have no address for us */
	bool stateful;	    /* addresses are wanted */
	uint32_t xid;
	uint64_t begun_ms; /* when this exchange began: elapsed time */
	uint64_t sent_ms;  /* when the last message was asked for: the lease's start */
	uint64_t bound_ms; /* when the lease began */
	uint32_t wait_ms;  /* RT */
	uint32_t sol_max_s, inf_max_s;
	unsigned tries; /* messages sent in this state */
};

void dhcp6_start(struct dhcp6 *c, const struct dhcp6_profile *profile);

/*
 * The network is there: ask for addresses and information, or for information alone.
 * Told again while nobody has answered: ask again at once.  Stateful stays stateful; after
 * dhcp6_no_carrier() a lease is confirmed.
 */
enum dhcp6_event dhcp6_begin(struct dhcp6 *c, bool stateful, uint64_t now_ms);

/* Carrier is gone: a lease is kept, information is not. */
void dhcp6_no_carrier(struct dhcp6 *c);

/* Another host has one of our addresses: give all of them back and begin again. */
enum dhcp6_event dhcp6_decline(struct dhcp6 *c, uint64_t now_ms);

/* We are done with the addresses, and the server shall know.  Ends in silence. */
enum dhcp6_event dhcp6_release(struct dhcp6 *c, uint64_t now_ms);

/* A UDP payload that came to port 546.  What is not for us gives DHCP6_NOTHING. */
enum dhcp6_event dhcp6_input(struct dhcp6 *c, struct bytes packet, uint64_t now_ms);

/* The deadline has come. */
enum dhcp6_event dhcp6_silence(struct dhcp6 *c, uint64_t now_ms);

/* The message to send now.  false: none. */
MUST_CHECK bool dhcp6_packet(struct dhcp6 *c, struct writer *w, uint64_t now_ms);

bool dhcp6_has_lease(const struct dhcp6 *c); /* addresses */
const char *dhcp6_state_name(const struct dhcp6 *c);

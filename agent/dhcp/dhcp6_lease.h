/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/reader.h"
#include "config.h"
#include "platform/address.h"

/*
 * What a DHCPv6 server has told us, read from the options of an Advertise or Reply.
 * Copied values: nothing in a lease points into the packet.
 */

struct dhcp6_address {
	struct address address;
	uint32_t preferred_s, valid_s; /* 0xffffffff: for ever */
};

struct dhcp6_lease {
	struct dhcp6_address addresses[CONFIG_DHCP6_ADDRESSES_MAX];
	size_t address_count;		       /* 0: information only */
	uint32_t renew_s, rebind_s, valid_s;   /* of all addresses; 0xffffffff: for ever */
	uint32_t refresh_s;		       /* option 32: ask again for information */
	uint8_t server[CONFIG_DHCP6_DUID_MAX]; /* its DUID; empty: routers alone told this */
	size_t server_size;
	struct address dns[CONFIG_DHCP6_SERVERS_MAX]; /* option 23, else RDNSS (OPT6-9) */
	size_t dns_count;
	char domains[CONFIG_DHCP6_DOMAINS_MAX][CONFIG_HOST_MAX]; /* option 24, else DNSSL */
	size_t domain_count;
	struct address ntp[CONFIG_DHCP6_SERVERS_MAX]; /* option 56; unicast ones */
	size_t ntp_count;
	bool has_redirect; /* option 136 is there, even if empty (DHCP-16) */
	uint8_t redirect[CONFIG_REDIRECT_OPTION_MAX]; /* the first option 136 (DHCP-7) */
	size_t redirect_size;
	char boot_url[CONFIG_HOST_MAX];	       /* option 59, only for the log; cut (OPT6-7) */
	char boot_parameters[CONFIG_HOST_MAX]; /* option 60, joined by blanks; the same */
};

/* RFC 8415 §21.13 */
enum dhcp6_status {
	DHCP6_STATUS_SUCCESS = 0,
	DHCP6_STATUS_NO_ADDRESSES = 2,
	DHCP6_STATUS_NO_BINDING = 3,
	DHCP6_STATUS_NOT_ON_LINK = 4,
};

/* What the state machine needs of a message besides the lease.  Bytes: borrowed from it. */
struct dhcp6_reply {
	uint8_t type; /* 2 Advertise, 7 Reply */
	uint32_t xid;
	struct bytes client;	  /* client DUID */
	uint16_t status;	  /* of the message, else of our IA_NA */
	struct bytes status_text; /* peer text */
	bool has_ia;		  /* our IA_NA is there, and not to be discarded */
	bool withdrawn;		  /* an address in it has come to its end */
	uint8_t preference;
	bool rapid_commit;
	uint32_t sol_max_s, inf_max_s; /* 0: absent or out of range */
	unsigned redirects;	       /* how many options 136 (DHCP-7) */
	struct dhcp6_lease lease;
};

/*
 * Read a server's message: the UDP payload.
 *
 * @iaid: our IA_NA; others are as good as absent.
 * @reply: written only on success.  Option values that break their own rules count as
 * absent; what runs past the message spoils all of it.
 * Errors: ERROR_MALFORMED, rule OPT6-10.
 * Source: RFC 8415 §8, §16, §21; RFC 3646, RFC 5908, RFC 5970, RFC 8572 §8.2.
 */
MUST_CHECK bool dhcp6_lease_read(struct dhcp6_reply *reply, struct bytes packet,
				 uint32_t iaid, struct error *e);

/*
 * Names of RFC 1035 §3.1 one after the other, uncompressed, as options 24 and DNSSL hold
 * them; appended to @to while there is room.  A broken list counts up to where it breaks.
 */
void dhcp6_lease_names(struct bytes list, char to[][CONFIG_HOST_MAX], size_t *count);

/* The same but for its times? */
bool dhcp6_lease_equal(const struct dhcp6_lease *a, const struct dhcp6_lease *b);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "platform/address.h"

/*
 * The order in which sources are taken, as configuration (DISC-2), and the fetcher table of
 * ztp.ini, which splits DHCP by kind of interface and IP version (XR-10, XR-12).  Pure.
 */

enum fetcher {
	FETCHER_USB,
	FETCHER_DHCP4,
	FETCHER_DHCP6,
	FETCHER_DNS,
	FETCHER_WELL_KNOWN,
	FETCHER_MGMT4, /* DHCP of one IP version on management interfaces */
	FETCHER_MGMT6,
	FETCHER_DPORT4, /* on all others */
	FETCHER_DPORT6,
	FETCHER_COUNT,
};

/* What is to be tried, first one first.  What does not stand here is not asked. */
struct fetchers {
	struct {
		uint8_t which; /* enum fetcher */
		uint8_t priority;
	} at[FETCHER_COUNT];
	size_t count;
};

/* "usb", "well-known", "mgmt4" */
const char *fetchers_name(enum fetcher which);

/*
 * Put @which in its place: behind all of the same or a lower @priority, so that equal ones
 * keep the order of the file (XR-11).  One that stands already moves.
 */
void fetchers_put(struct fetchers *f, enum fetcher which, uint8_t priority);

bool fetchers_has(const struct fetchers *f, enum fetcher which);

/* Names in order, joined by commas or blanks, without case.  false, and @f as it was: an
 * unknown name, or one that stands twice. */
MUST_CHECK bool fetchers_read(struct fetchers *f, struct bytes text);

/* Is what DHCP of IP version @family brought on an interface a case for @which?
 * @management: text_listed() of the interface in settings.mgmt_interfaces (XR-12). */
bool fetchers_takes(enum fetcher which, enum address_family family, bool management);

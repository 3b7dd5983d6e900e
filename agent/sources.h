/* SPDX-License-Identifier: MIT */
#pragma once

#include "discovery/discovery.h"
#include "discovery/media.h"
#include "discovery/proxies.h"
#include "fetchers.h"
#include "lookup.h"
#include "sztp/bootstrap.h"

/*
 * Everything that may bring bootstrapping data, started at once: sticks, DHCP on every link,
 * DNS on every network, the well-known servers.  What came is handed out in the configured
 * order (DISC-1, DISC-2); a source that stands earlier and may still answer holds the later
 * ones back for its stated grace, and no longer.
 */

/* One source, ready to be tried.  Good until sources_release(). */
struct sources_offer {
	char name[96]; /* "dhcp4 eth0", "dns txt-multicast eth0", "usb sda1:EN9/SN1" */
	enum fetcher fetcher;
	struct bootstrap_source source;
	bool has_artifacts; /* else .servers */
	struct bootstrap_artifacts artifacts;
	struct server_list servers;

	/* What .source and .artifacts borrow from. */
	struct discovery_network network;
	struct address dns[CONFIG_DNS_SERVERS_MAX];
	struct proxy proxy;
	struct media_find medium;
	struct sources_service *service;
	enum service_step step;
};

enum sources_answer {
	SOURCES_OFFER,	 /* sources.offer */
	SOURCES_WAIT,	 /* until changed(), or sources.wait_until_ms */
	SOURCES_NOTHING, /* every source was tried, or has nothing, or its grace is over */
};

/* Big (about 4 MiB, of which little is touched): static, zeroed before its first use. */
struct sources {
	/* Set by the caller; all borrowed until sources_stop(). */
	struct loop *loop;
	struct fetchers order;	/* those that stand here are asked */
	struct discovery_options discovery;
	struct proxies_options proxying;
	const char *management; /* patterns of management interfaces (XR-12) */
	const char *serial;
	const struct server_list *well_known; /* may be empty */
	bool mdns, unicast_dns, reverse_zone;
	bool no_http;		/* profile huawei: images by https alone (HW-9) */
	unsigned list_ways;	/* SERVER_LIST_ bits */
	bool only_option_143;	/* profile huawei: nothing else of DHCP beside it (DHCP-16) */
	bool no_redirects_on_sticks; /* profile xr (USB-12) */
	size_t usb_file_max, usb_set_max; /* bytes; 0: as media.h says */
	/* Look again: sources_next().  @arrived: a cable, a network or a stick came. */
	void (*changed)(void *context, bool arrived);
	/* May be NULL.  A network came or changed; it went. */
	void (*network)(void *context, const struct discovery_network *n);
	void (*network_lost)(void *context, const char *link, enum discovery_kind kind);
	/* May be NULL.  A step of DNS has found something. */
	void (*service)(void *context, const char *link, enum service_step step,
			const struct lookup *found);
	/* May be NULL.  A source has ended without anything to try, and why. */
	void (*nothing)(void *context, const char *name, const struct error *why);
	void *context;

	/* May be read. */
	struct discovery discovered;
	struct proxies proxies;
	struct media media;
	struct lookups lookups;
	struct sources_offer offer;
	uint64_t wait_until_ms;

	/* The rest belongs to sources.c. */
	struct sources_service *services[2 * CONFIG_LINKS_MAX];
	uint64_t begun_ms, carrier_ms;
	size_t carriers;
	unsigned rounds;
	bool uses_media, offering;
	bool media_over;      /* in this round */
	uint64_t tried[DISCOVERY_KINDS][(CONFIG_LINKS_MAX + 63) / 64]; /* bit of a port */
	bool tried_well_known;
	struct loop_timer silence;
};

/* The program's one, all zero at first: it is too large for each command to have its own. */
struct sources *sources_memory(void);

/* Start all of them.  Errors: ERROR_MACHINE, ERROR_USAGE. */
MUST_CHECK bool sources_start(struct sources *s, struct error *e);

/* From here on each source is tried once more; DNS is asked again. */
void sources_begin_round(struct sources *s);

/* The next one in order.  Turns the loop while a medium is read or a proxy is checked. */
enum sources_answer sources_next(struct sources *s);

/* The offer was tried, in vain. */
void sources_release(struct sources *s);

/* Has every link with a cable told of a network? */
bool sources_complete(const struct sources *s);

/* Take back addresses, unmount, end.  Fine twice, and on a zeroed one. */
void sources_stop(struct sources *s);

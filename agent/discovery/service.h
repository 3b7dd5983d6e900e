/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/dns_lookup.h"
#include "net/resolve.h"

/*
 * DNS as a source of bootstrapping data (RFC 8572 §4.2), on one network: the four steps of
 * DNS-3 are asked at once, and each one's state changes as its answers come.  In which
 * order they are used, and that nothing in them is trusted (DNS-22), is the caller's part.
 * Why a step found nothing is told by service_reason(), for the caller to log.
 */

/* In the order in which their findings are to be used (DNS-2, DNS-3). */
enum service_step {
	SERVICE_TXT_MULTICAST,
	SERVICE_TXT_UNICAST,
	SERVICE_SRV_MULTICAST,
	SERVICE_SRV_UNICAST,
	SERVICE_STEPS
};

enum service_state {
	SERVICE_ASKING,
	SERVICE_NOTHING, /* service_reason() says why */
	SERVICE_FOUND,	 /* service_txt() or service_targets() has it */
};

/* Everything is borrowed until service_stop(). */
struct service_question {
	struct resolver resolver; /* .link is a must for the multicast steps */
	struct bytes serial; /* exactly as in the identity certificate; empty: no TXT steps */
	unsigned steps;	     /* 1u << enum service_step of those wanted */
	bool reverse; /* also ask the zone of our own addresses for its domains (DNS-20) */
	struct address own;
	uint8_t prefix; /* of own */
};

/* What the TXT records hold; empty: there is none.  ov and oc come together. */
struct service_txt {
	struct bytes ci, oc, ov;
};

struct service;

/* Its fields belong to service.c. */
struct service_part {
	struct service *service;
	enum service_state state;
	struct error reason;
	struct dns_lookup lookup;
	size_t candidate; /* domain that is being asked, or was answered for */
	bool waits;	  /* for the reverse zone's domains */
	void *found; /* the values of TXT records, or the targets */
	struct service_txt txt;
	size_t target_count;
};

/* The caller sets changed and context; the rest belongs to service.c.  About 9 KiB. */
struct service {
	void (*changed)(void *context); /* a step's state is another one; may call
					   service_next() and service_stop() */
	void *context;
	struct loop *loop;
	struct service_question question;
	struct service_part parts[SERVICE_STEPS];
	struct dns_lookup reverse;
	size_t reverse_asked;
	bool reverse_ends; /* nothing more will come of it */
	char domains[CONFIG_SERVICE_REVERSE_MAX][CONFIG_HOST_MAX]; /* the reverse zone's */
	size_t domain_count;
};

/* How a step is called in the log: "txt-multicast". */
const char *service_step_name(enum service_step step);

/*
 * What the TXT records of an answer hold: the first of each key (DNS-7 to DNS-11).  Pure.
 * @room: as many bytes as all records have; @txt points into it.
 * Errors: ERROR_MALFORMED, ERROR_REFUSED.
 */
MUST_CHECK bool service_txt_read(struct service_txt *txt, uint8_t *room,
				 const struct dns_answer *a, struct error *e);

/*
 * The targets of the SRV records of an answer in @message, in the order to be tried
 * (DNS-17); ports without host and hosts without port are left out.  Pure.
 * @to, @random: CONFIG_SERVER_LIST_MAX of each.
 * Errors: ERROR_REFUSED: none is left, or the service is declared absent (DNS-18).
 */
MUST_CHECK bool service_srv_read(struct resolve_target *to, size_t *count,
				 const struct dns_answer *a, struct bytes message,
				 const uint32_t *random, struct error *e);

/*
 * Begin.  A step that cannot be asked (no server, no domain: DNS-20; a serial number that
 * is no label: DNS-23) is SERVICE_NOTHING when this returns, and so are those not wanted;
 * for the others changed() is called.
 */
void service_start(struct service *s, struct loop *l, const struct service_question *question);

/* End, and free what was found.  Fine twice. */
void service_stop(struct service *s);

enum service_state service_state(const struct service *s, enum service_step step);

/* Why there is SERVICE_NOTHING, with the requirement that says so. */
const struct error *service_reason(const struct service *s, enum service_step step);

/* For a TXT step that is SERVICE_FOUND; borrowed until service_next() or service_stop(). */
const struct service_txt *service_txt(const struct service *s, enum service_step step);

/*
 * For an SRV step that is SERVICE_FOUND: in the order to be tried (DNS-17), at least one,
 * at most CONFIG_SERVER_LIST_MAX; good as resolver.known.  Borrowed likewise.
 */
const struct resolve_target *service_targets(const struct service *s, enum service_step step,
					     size_t *count);

/*
 * What this step found led to nothing: ask for the next domain (DNS-4, DNS-20).  The
 * step's state is then SERVICE_ASKING, or SERVICE_NOTHING when there is no other domain.
 */
void service_next(struct service *s, enum service_step step);

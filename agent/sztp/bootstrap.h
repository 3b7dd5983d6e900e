/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/proxy.h"
#include "net/resolve.h"
#include "net/tls.h"
#include "pki/clock.h"
#include "pki/ldevid_signer.h"
#include "sztp/report.h"
#include "sztp/server_list.h"
#include "sztp/validate.h"

/*
 * The conversation with bootstrap servers (RFC 8572 §5.3 to §5.6): server by server,
 * redirect by redirect, until one list entry has onboarded the device.  Two questions are
 * kept apart (TERM-1): is this server trusted, and is this data trusted.
 *
 * It neither configures interfaces nor writes disks: what is to be done with onboarding
 * information is the caller's function, and its failure goes back to the enclosing list
 * (SRC-10).
 */

/* Servers that preconfigured anchors may promote to trusted, and no others (TLS-11). */
struct bootstrap_well_known {
	const char *host;
	uint16_t port;
	const struct bytes *anchors; /* certificates, DER */
	size_t anchor_count;
};

/* Where a list of servers, or artifacts, came from, and how servers are reached from there. */
struct bootstrap_source {
	const char *name; /* "dhcp4 eth0" */
	struct resolver resolver; /* how its servers are reached */
	const struct proxy *proxy; /* and through whom; NULL: directly */
	const char *medium; /* folder where the medium it came from is mounted; NULL: none (USB-14) */
	bool no_redirects; /* redirect information from it is refused (USB-12) */
	bool no_http;	   /* a boot image from a web server comes by https (HW-9) */
};

/* What a stick or DNS TXT records hold: DER; size 0: not there. */
struct bootstrap_artifacts {
	struct bytes conveyed_information, owner_certificate, ownership_voucher;
};

/* Onboarding information that may be processed; all borrowed for the call. */
struct bootstrap_onboarding {
	const struct conveyed_information *information;
	const struct validate_result *validated;
	struct bytes conveyed_information, owner_certificate, ownership_voucher; /* DER */
	struct bytes certification_request; /* that the server asked for, DER; size 0: none */
	const struct bootstrap_source *source;
	const char *server; /* "https://10.77.0.1:8443"; the source's name when there is none */
	bool server_trusted;
	int64_t voucher_created_on; /* the latest of the signed data that led here; 0: none.
				     * After success the floor rises to it (CLK-9) */
	struct report *report; /* never NULL; without a server that may be told it is silent */
};

enum bootstrap_step {
	BOOTSTRAP_STEP_CONTACT, /* talking to a server */
	BOOTSTRAP_STEP_VERIFY,	/* judging what it sent */
};

/* A server that does not accept this device, in this round (ERR-3). */
struct bootstrap_refusal {
	char host[CONFIG_HOST_MAX], link[16];
	uint16_t port;
};

struct bootstrap {
	/* Set by the caller before bootstrap_open(), kept until bootstrap_close(). */
	struct loop *loop;
	const struct bytes *voucher_anchors;
	size_t voucher_anchor_count;
	const struct bootstrap_well_known *well_known;
	size_t well_known_count;
	struct clock clock;
	struct validate_policy policy; /* sealed policy: how strictly artifacts are read */
	bool require_signed;	      /* sealed policy: unsigned onboarding is refused */
	bool require_trusted_server;  /* sealed policy: no provisional TLS */
	const char *restconf_root; /* "fixed:/restconf"; "auto", "" or NULL: each server is asked
				    * (HTTP-1, HTTP-2) */
	const char *serial;
	const char *hw_model, *os_name, *os_version; /* NULL or "": not said (RIN-9) */
	struct bytes idevid_authority_key;	     /* see validate.h */
	const struct tls_identity *identity;	     /* NULL: none (TLS-16) */
	const struct decrypt_key *decrypt; /* NULL: encrypted artifacts are refused (ENC-3) */
	const struct ldevid_signer *ldevid; /* NULL: no certificate is asked for (RFC 9646) */
	bool (*random)(void *to, size_t size, struct error *e); /* well seeded (RND-1) */
	bool (*onboard)(void *context, const struct bootstrap_onboarding *onboarding,
			struct error *e);
	/* May be NULL.  @server: as in lines, "https://10.0.0.1:8443"; "": there is none. */
	void (*step)(void *context, enum bootstrap_step step, const char *server);
	void *context;

	/* The rest belongs to bootstrap.c and contact.c. */
	const struct bootstrap_source *source;
	unsigned contacts;
	struct bootstrap_work *work;
	struct bootstrap_refusal refusals[CONFIG_REFUSALS_MAX]; /* of this round; from one
								 * bootstrap_open() to the next */
	size_t refusal_count;
};

/* Take the memory a conversation needs.  Errors: ERROR_MACHINE. */
MUST_CHECK bool bootstrap_open(struct bootstrap *b, struct error *e);
void bootstrap_close(struct bootstrap *b);

/*
 * A new round over all sources begins: servers that refused this device's identity are asked
 * again from now on, and not before (ERR-3).
 */
void bootstrap_begin_round(struct bootstrap *b);

/*
 * Try the servers of one untrusted source in order (DHCP-8, SRC-1 to SRC-11).
 *
 * True: one of them has onboarded the device.  False: @e is the last entry's reason; each
 * attempt has been logged with its own (DISC-9).
 */
MUST_CHECK bool bootstrap_try(struct bootstrap *b, const struct bootstrap_source *source,
			      const struct server_list *list, struct error *e);

/*
 * Try artifacts of an untrusted source without a server: a stick, DNS TXT records.  Signed
 * ones count for what they are; an unsigned redirect is followed as a hint, without its trust
 * anchors; unsigned onboarding information is refused (DISC-3, DISC-4, USB-2, DNS-11).
 * Nobody was sent a nonce (USB-16), and nobody gets a report (USB-18) but the servers a
 * redirect leads to.
 *
 * @artifacts: borrowed for the call.
 * True and false as above.
 */
MUST_CHECK bool bootstrap_try_artifacts(struct bootstrap *b,
					const struct bootstrap_source *source,
					const struct bootstrap_artifacts *artifacts,
					struct error *e);

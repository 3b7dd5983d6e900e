/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "tpm/tpm.h"
#include "trust/payload.h"

/*
 * The sealed trust store: found, judged, unsealed and read, in the order of
 * tpm-trust-store.md section 10.  There is no other way into a struct trust_store, and
 * nothing is believed of a store that fails (TRUST-4): the struct then stays empty.
 *
 * Loading moves PCR 11 on (sztp:enter, sztp:loaded; after a failure sztp:leave too), so
 * it works once per boot (TPM-76).  Before foreign code runs the caller extends
 * sztp:leave with phase_extend() (TPM-31).
 */

struct trust_store_server {
	char host[CONFIG_HOST_MAX];
	uint16_t port;
	struct bytes anchors[PAYLOAD_SERVER_ANCHORS_MAX]; /* certificate DER */
	size_t anchor_count;
};

/*
 * About 200 KiB: keep it in static memory.  Everything struct bytes points into the store
 * itself and dies with trust_store_wipe().
 */
struct trust_store {
	bool loaded; /* false: the store counts as empty */

	/* signed header */
	uint64_t generation;
	uint64_t created_s;

	/* payload */
	char serial[CONFIG_SERIAL_MAX];		/* 1..64 bytes UTF-8 */
	char hardware_model[CONFIG_SERIAL_MAX]; /* 0..64 */
	char vendor[CONFIG_SERIAL_MAX];		/* 0..64 */
	uint32_t flags;				/* PAYLOAD_FLAG_ bits, 7.3 */
	uint64_t minimum_time_s;
	uint32_t voucher_window_s; /* tolerance for created-on; 0: none given */

	/* whole certificates (TRUST-7), DER; those missing from the pool are left out */
	struct bytes voucher_anchors[PAYLOAD_VOUCHER_ANCHORS_MAX];
	size_t voucher_anchor_count;
	struct bytes server_anchors[PAYLOAD_SERVER_ANCHORS_MAX];
	size_t server_anchor_count;
	struct bytes download_anchors[PAYLOAD_DOWNLOAD_ANCHORS_MAX];
	size_t download_anchor_count;
	struct trust_store_server well_known[PAYLOAD_WELL_KNOWN_MAX];
	size_t well_known_count;

	/* the rest of the payload as it stands: CRLs, revoked, proxies, secrets, identity */
	struct payload payload;

	/* belongs to trust_store.c */
	uint8_t plain[PAYLOAD_SIZE_MAX];
	uint8_t pool[CONFIG_TRUST_POOL_SIZE_MAX]; /* certificates of anchors given by digest
						   */
	size_t pool_used;
};

struct trust_store_sources {
	bool nv;			 /* TPM NV 0x01805A60..67, joined */
	const char *file;		 /* envelope in the initramfs; NULL: none */
	const char *authority_directory; /* *.der, SubjectPublicKeyInfo, at most 4 (TPM-2) */
	const char *certificate_directory; /* *.der, pool for anchors by digest; NULL: none */
};

/* Where the device looks (TPM-2, TPM-45, TPM-52). */
#define TRUST_STORE_SOURCES                                                                  \
	((struct trust_store_sources){ .nv = true,                                           \
				       .file = "/sztp/store.szt",                            \
				       .authority_directory = "/sztp/authority",             \
				       .certificate_directory = "/sztp/certs" })

#define TRUST_STORE_LINES_MAX 12

struct trust_store_report {
	char from[64]; /* "TPM NV", a path */
	char mode[16]; /* "split", "uki" */
	uint64_t milliseconds;
	char summary[320]; /* on success: the line for the console, without "trust store: " */
	char lines[TRUST_STORE_LINES_MAX]
		  [320]; /* each dropped candidate and why, registers */
	size_t line_count;
};

/*
 * Load the store; @t is open.  @report is filled in either case.
 *
 * Afterwards @t holds the pinned storage root key and the salted session, ready for
 * identity.h; on failure too when it came that far.
 * Errors: e->rule is the STORE_ code of section 11, e->text its line.  ERROR_REFUSED,
 * ERROR_MALFORMED (STORE_CORRUPT, STORE_FORMAT), ERROR_MACHINE (the TPM does not do it).
 */
MUST_CHECK bool trust_store_load(struct trust_store *s, struct tpm *t,
				 const struct trust_store_sources *sources,
				 struct trust_store_report *report, struct error *e);

/* Overwrite everything; the store is empty afterwards (KEY-4). */
void trust_store_wipe(struct trust_store *s);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"

/*
 * The trust store's contents as records (tpm-trust-store.md section 7): read strictly
 * (TPM-39, TPM-55), written in the one order that is accepted.  Pure: bytes in, views out.
 */

#define PAYLOAD_SIZE_MAX	     65536 /* bytes; section 20 */
#define PAYLOAD_TEXT_MAX	     64 /* bytes of serial, hardware model, vendor, serial rule */
#define PAYLOAD_CERTIFICATE_MAX	     4096
#define PAYLOAD_HOST_MAX	     253
#define PAYLOAD_VOUCHER_ANCHORS_MAX  8
#define PAYLOAD_SERVER_ANCHORS_MAX   16
#define PAYLOAD_DOWNLOAD_ANCHORS_MAX 8
#define PAYLOAD_INTERMEDIATES_MAX    4
#define PAYLOAD_WELL_KNOWN_MAX	     8
#define PAYLOAD_PROXIES_MAX	     4
#define PAYLOAD_SECRETS_MAX	     16
#define PAYLOAD_SECRET_NAME_MAX	     32
#define PAYLOAD_SECRET_VALUE_MAX     256
#define PAYLOAD_REVOKED_MAX	     256
#define PAYLOAD_REVOKED_SERIAL_MAX   20
#define PAYLOAD_CRLS_MAX	     32
#define PAYLOAD_CRLS_SIZE_MAX	     32768
#define PAYLOAD_NEXT_AUTHORITIES_MAX 4

/* 7.3.  Flags only narrow what RFC 8572 allows (TPM-54). */
enum payload_flag {
	PAYLOAD_FLAG_SECURE_MODE = 1 << 0,
	PAYLOAD_FLAG_REQUIRE_SIGNED = 1 << 1,
	PAYLOAD_FLAG_REQUIRE_TRUSTED_SERVER = 1 << 2,
	PAYLOAD_FLAG_REQUIRE_ENCRYPTED = 1 << 3,
	PAYLOAD_FLAG_USB = 1 << 4,
	PAYLOAD_FLAG_DNS = 1 << 5,
	PAYLOAD_FLAG_DHCP = 1 << 6,
	PAYLOAD_FLAG_WELL_KNOWN = 1 << 7,
	PAYLOAD_FLAG_REQUIRE_CLOCK_FOR_EXPIRY = 1 << 8,
	PAYLOAD_FLAG_ALLOW_SCRIPTS = 1 << 9,
	PAYLOAD_FLAG_ATTEST = 1 << 10,
	PAYLOAD_FLAG_CONFINED_IDENTITY = 1 << 11,
	PAYLOAD_FLAG_COMMIT_GENERATION = 1 << 12,
};
#define PAYLOAD_FLAGS_ALL 0x1fffu
#define PAYLOAD_FLAGS_DEFAULT                                                                \
	(PAYLOAD_FLAG_SECURE_MODE | PAYLOAD_FLAG_USB | PAYLOAD_FLAG_DNS |                    \
	 PAYLOAD_FLAG_DHCP | PAYLOAD_FLAG_WELL_KNOWN | PAYLOAD_FLAG_ALLOW_SCRIPTS |          \
	 PAYLOAD_FLAG_COMMIT_GENERATION)

/* "secure-mode" and so on, by bit number; NULL past the last. */
const char *payload_flag_name(unsigned bit);

/* An anchor is a whole certificate (DER, more than 32 bytes) or its 32-byte SHA-256. */
static inline bool payload_anchor_is_digest(struct bytes anchor)
{
	return anchor.size == 32;
}

struct payload_server {
	uint16_t port;
	struct bytes positions; /* one byte each: which server anchors */
	struct bytes host;
};

struct payload_proxy {
	uint16_t port;
	struct bytes host;
};

struct payload_secret {
	struct bytes name, value;
};

struct payload_revoked {
	struct bytes issuer_digest; /* SHA-256 of the issuer name's DER */
	struct bytes serial;	    /* 1..20 */
};

/* Everything is borrowed from the bytes that were read. */
struct payload {
	struct bytes serial, hardware_model, vendor, serial_rule;
	uint32_t flags;
	uint64_t minimum_time_s;
	struct bytes voucher_anchors[PAYLOAD_VOUCHER_ANCHORS_MAX];
	size_t voucher_anchor_count;
	struct bytes server_anchors[PAYLOAD_SERVER_ANCHORS_MAX];
	size_t server_anchor_count;
	struct bytes download_anchors[PAYLOAD_DOWNLOAD_ANCHORS_MAX];
	size_t download_anchor_count;
	struct bytes intermediates[PAYLOAD_INTERMEDIATES_MAX];
	size_t intermediate_count;
	struct payload_server well_known[PAYLOAD_WELL_KNOWN_MAX];
	size_t well_known_count;
	struct payload_proxy proxies[PAYLOAD_PROXIES_MAX];
	size_t proxy_count;
	struct payload_secret secrets[PAYLOAD_SECRETS_MAX];
	size_t secret_count;
	struct payload_revoked revoked[PAYLOAD_REVOKED_MAX];
	size_t revoked_count;
	struct bytes crls[PAYLOAD_CRLS_MAX];
	size_t crl_count;
	uint32_t device_key, certificate_index, decryption_key,
		attestation_key; /* 0: search */
	uint32_t voucher_window_s;
	struct bytes next_authorities[PAYLOAD_NEXT_AUTHORITIES_MAX];
	size_t next_authority_count;
	struct bytes local_key; /* 32 bytes or none */
};

/*
 * Read; @p is written only on success.
 * Errors: ERROR_MALFORMED STORE_FORMAT, "payload record 0011 is malformed".
 */
MUST_CHECK bool payload_read(struct payload *p, struct bytes from, struct error *e);

/* Write in canonical order.  The result is what payload_read() reads into an equal @p. */
void payload_write(struct writer *w, const struct payload *p);

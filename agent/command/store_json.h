/* SPDX-License-Identifier: MIT */
#pragma once

#include "trust/payload.h"

/*
 * STORE.json of `trust enroll` (tpm-trust-store.md section 18): members named like the
 * payload's records.  Everything a file of it names is read relative to its own folder.
 *
 *	{ "serial": "JADA123456789", "hardware-model": "m", "vendor": "v",
 *	  "flags": ["secure-mode", "dhcp"],                     exactly these; absent:
 *defaults "minimum-time": "2026-11-22T00:00:00Z", "serial-rule": "after:SN:",
 *	  "voucher-anchors": ["ca.der", {"file": "old.pem", "digest-only": true}],
 *	  "server-anchors": [...], "download-anchors": [...], "intermediates": ["i.der"],
 *	  "well-known": [{"host": "boot.example", "port": 443, "anchors": [0]}],
 *	  "proxies": [{"host": "proxy.example", "port": 3128}],
 *	  "secrets": {"proxy": "..."}, "crls": ["ca.crl"], "revoked": ["leaf.der"],
 *	  "identity": {"device-key": "81005a01", "certificate-index": "01805a70",
 *	               "decryption-key": "...", "attestation-key": "..."},
 *	  "voucher-window": 3600, "next-authorities": ["next.pub.der"] }
 */

#define STORE_JSON_SIZE_MAX 65536 /* bytes of the document */

/* Where the document and the files it names are kept; about 400 KiB. */
struct store_json;

/*
 * Read the file, or standard input when @path is "-".  @payload points into *@json, which
 * the caller gives back with store_json_free() (wiped: it may hold secrets, TPM-143).
 * Errors: ERROR_USAGE (files), ERROR_MALFORMED, ERROR_REFUSED with the member's name.
 */
MUST_CHECK bool store_json_read(struct store_json **json, struct payload *payload,
				const char *path, struct error *e);
void store_json_free(struct store_json *json);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "codec/yang_xml.h"
#include "config.h"

/*
 * The document inside conveyed information (RFC 8572 §6.3, spec 4.6), in one form whatever
 * it was written in.  Whether it may be acted upon is decided elsewhere (VAL, MATRIX).
 */

enum conveyed_information_kind {
	CONVEYED_INFORMATION_REDIRECT,
	CONVEYED_INFORMATION_ONBOARDING,
};

enum conveyed_information_encoding {
	CONVEYED_INFORMATION_JSON,
	CONVEYED_INFORMATION_XML,
};

enum conveyed_information_handling {
	CONVEYED_INFORMATION_HANDLING_NONE,
	CONVEYED_INFORMATION_MERGE,
	CONVEYED_INFORMATION_REPLACE,
};

struct conveyed_information_server {
	char host[CONFIG_HOST_MAX]; /* lower case; an IPv6 address without brackets */
	bool host_is_ip4, host_is_ip6;
	uint8_t address[16]; /* of a literal, in network order */
	uint16_t port;
	struct bytes trust_anchor; /* DER of the CMS structure; size 0: absent */
};

struct conveyed_information {
	enum conveyed_information_kind kind;

	/* redirect-information */
	size_t server_count;
	struct conveyed_information_server servers[CONFIG_SERVER_LIST_MAX];

	/* onboarding-information; absent text and binary have size 0 */
	struct bytes os_name, os_version;
	size_t download_uri_count;
	struct bytes download_uris[CONFIG_DOWNLOAD_URIS_MAX];
	bool has_sha256;
	uint8_t sha256[32];
	size_t skipped_hashes; /* image-verification entries of algorithms we do not know */
	enum conveyed_information_handling handling;
	bool has_configuration;
	struct bytes configuration;
	struct bytes pre_configuration_script, post_configuration_script;

	/* Entries of a server list that were passed over, and why the first was. */
	size_t skipped_servers;
	struct error skipped_why;
	size_t unknown_nodes; /* ignored (YANG-12) */
};

/* Bytes of arena that are enough for a document of @size bytes, and of @into. */
#define CONVEYED_INFORMATION_ARENA_SIZE(size) YANG_XML_ARENA_SIZE(size)
#define CONVEYED_INFORMATION_INTO_SIZE(size)  ((size_t)(size)*3 / 4 + 3)

/*
 * Read a document.
 *
 * @arena: lent for as long as @ci is used; text leaves point into it.
 * @into: binary leaves are decoded to its end.
 * @ci: on failure it is empty, not as it was.
 * Errors: ERROR_MALFORMED, ERROR_REFUSED with the YANG number.
 */
MUST_CHECK bool conveyed_information_read(struct conveyed_information *ci,
					  enum conveyed_information_encoding encoding,
					  struct bytes document, void *arena,
					  size_t arena_size, struct writer *into,
					  struct error *e);

/* With @strict, nodes that nobody knows are refused (YANG-12); else they have been noted. */
MUST_CHECK bool conveyed_information_check_known(const struct conveyed_information *ci,
						 bool strict, struct error *e);

/*
 * An XML document as JSON, as it is read above, for people and scripts.
 *
 * @json: lies at the beginning of @arena, CONVEYED_INFORMATION_ARENA_SIZE(xml.size) bytes.
 * Errors: as above.
 */
MUST_CHECK bool conveyed_information_to_json(struct bytes *json, struct bytes xml,
					     void *arena, size_t arena_size, struct error *e);

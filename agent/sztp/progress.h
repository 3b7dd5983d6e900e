/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"

/*
 * What report-progress can say (RFC 8572 §7.3, progress-type) and how it is written.
 * Whether a report may go out at all is sztp/report.h's business.
 */

enum progress_type {
	PROGRESS_TYPE_BOOTSTRAP_INITIATED,
	PROGRESS_TYPE_PARSING_INITIATED,
	PROGRESS_TYPE_PARSING_WARNING,
	PROGRESS_TYPE_PARSING_ERROR,
	PROGRESS_TYPE_PARSING_COMPLETE,
	PROGRESS_TYPE_BOOT_IMAGE_INITIATED,
	PROGRESS_TYPE_BOOT_IMAGE_WARNING,
	PROGRESS_TYPE_BOOT_IMAGE_ERROR,
	PROGRESS_TYPE_BOOT_IMAGE_MISMATCH,
	PROGRESS_TYPE_BOOT_IMAGE_INSTALLED_REBOOTING,
	PROGRESS_TYPE_BOOT_IMAGE_COMPLETE,
	PROGRESS_TYPE_PRE_SCRIPT_INITIATED,
	PROGRESS_TYPE_PRE_SCRIPT_WARNING,
	PROGRESS_TYPE_PRE_SCRIPT_ERROR,
	PROGRESS_TYPE_PRE_SCRIPT_COMPLETE,
	PROGRESS_TYPE_CONFIG_INITIATED,
	PROGRESS_TYPE_CONFIG_WARNING,
	PROGRESS_TYPE_CONFIG_ERROR,
	PROGRESS_TYPE_CONFIG_COMPLETE,
	PROGRESS_TYPE_POST_SCRIPT_INITIATED,
	PROGRESS_TYPE_POST_SCRIPT_WARNING,
	PROGRESS_TYPE_POST_SCRIPT_ERROR,
	PROGRESS_TYPE_POST_SCRIPT_COMPLETE,
	PROGRESS_TYPE_BOOTSTRAP_WARNING,
	PROGRESS_TYPE_BOOTSTRAP_ERROR,
	PROGRESS_TYPE_BOOTSTRAP_COMPLETE,
	PROGRESS_TYPE_INFORMATIONAL,
	PROGRESS_TYPE_COUNT,
};

/* The enumeration's YANG name: "boot-image-initiated". */
const char *progress_type_name(enum progress_type type);

/* Does this type go out at reporting-level minimal?  (spec table of section 4.4) */
bool progress_type_is_minimal(enum progress_type type);

/* Does this type end the attempt?  (PROG-5) */
bool progress_type_is_last(enum progress_type type);

/* An SSH host key: "ssh-ed25519", and the blob of RFC 4253 §6.6 (PROG-14). */
struct progress_ssh_key {
	const char *algorithm;
	struct bytes blob;
};

/* One report.  The two lists go out with bootstrap-complete only (PROG-13). */
struct progress {
	enum progress_type type;
	struct bytes message; /* may be empty, and may be anything */
	const struct progress_ssh_key *ssh_host_keys;
	size_t ssh_host_key_count;
	const struct bytes *trust_anchor_certs; /* DER, degenerate SignedData (PROG-15) */
	size_t trust_anchor_cert_count;
};

/* Bytes that are enough for either form of it. */
size_t progress_size(const struct progress *p);

/*
 * The RPC's input as JSON.  The message is made fit for YANG strings: control characters
 * other than tab, LF, CR dropped, broken UTF-8 replaced, at most CONFIG_REPORT_MESSAGE_MAX
 * bytes of its end kept (PROG-12).  Ask writer_ok().
 */
void progress_write(struct writer *w, const struct progress *p);

/* The same as XML. */
void progress_write_xml(struct writer *w, const struct progress *p);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "pki/decrypt_software.h"
#include "pki/ldevid_software.h"
#include "sztp/bootstrap.h"
#include "tpm/tpm.h"
#include "trust/identity.h"
#include "trust/trust_store.h"

/*
 * Whom this device believes and who it is (RFC 8572 §5.1), gathered for the bootstrap
 * conversation: from the store sealed in the TPM, or from files that the user names.
 * About 250 KiB: static memory.
 */
struct device {
	struct tpm tpm; /* open after device_load_sealed() */
	struct trust_store store;
	struct identity identity;
	bool has_identity;
	struct tls_identity tls_identity;
	struct tls_identity_key *file_key;
	struct decrypt_software decrypt; /* the same key, where it can decrypt (ENC-11) */
	bool can_decrypt;
	struct ldevid_software ldevid;
	struct bytes idevid_authority_key;
	char serial[CONFIG_SERIAL_MAX];
	struct clock clock;
	struct bytes voucher_anchors[PAYLOAD_VOUCHER_ANCHORS_MAX];
	size_t voucher_anchor_count;
	struct bytes server_anchors[PAYLOAD_SERVER_ANCHORS_MAX]; /* of files: for named servers */
	size_t server_anchor_count;
	struct bootstrap_well_known well_known[CONFIG_SERVER_LIST_MAX];
	size_t well_known_count;
	struct server_list well_known_list; /* to be tried as a source of their own */
	char summary[320];		    /* for one line */
	uint8_t files[CONFIG_DEVICE_FILES_MAX];
	struct writer files_used;
};

/*
 * Unseal the trust store and find the device key, once a boot (trust_store_load).
 * Lines about dropped candidates are logged.  Errors: STORE_ codes.
 */
MUST_CHECK bool device_load_sealed(struct device *d, struct error *e);

/* The explicit switch of KEY-2: files in place of a sealed store.  Texts may be NULL. */
struct device_files {
	const char *serial;
	const char *const *trust_anchors;
	size_t trust_anchor_count;
	const char *const *server_anchors;
	size_t server_anchor_count;
	const char *identity_key, *identity_certificate;
	const char *idevid; /* certificate; default: identity_certificate */
};

/* Errors: ERROR_USAGE, ERROR_MALFORMED with the file's name. */
MUST_CHECK bool device_load_files(struct device *d, const struct device_files *files,
				  struct error *e);

/* Read the certificates of a file, DER or PEM, into the device's memory. */
MUST_CHECK bool device_read_certificates(struct device *d, struct bytes *to, size_t *count,
					 size_t max, const char *path, struct error *e);

/*
 * Overwrite all secrets in this process's memory: keys of files, the sealed store's secrets.
 * For the copy that a process without rights has of it (@device: a struct device; device_load_*
 * hand this function to worker_process_forgets()); certificates stay.
 */
void device_forget(void *device);

/* Fill the trust and identity fields of @b; they borrow from @d. */
void device_offer(struct device *d, struct bootstrap *b);

/* A server that is trusted may ask @b for a certification request (RFC 9646), about a key in
 * memory; after device_offer(). */
void device_offer_request(struct device *d, struct bootstrap *b);

/* Wipe secrets, close the TPM after TPM2_Shutdown (TPM-135, TPM-136).  Fine twice. */
void device_close(struct device *d);

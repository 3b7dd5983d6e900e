/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * One TLS client connection as an engine: record bytes in and out, plain bytes in and
 * out.  It does no I/O, knows no clock and shares nothing between two contacts: a session
 * is resumed only where the caller hands the same struct tls_session in again, which it does
 * within one contact (TLS-13).  TLS 1.2 only (STACK-1).  Who the server must be is the
 * caller's rule, handed in as a function.
 */

enum tls_server {
	TLS_SERVER_VERIFIED,	/* tls_options.verify decides; without one nothing passes */
	TLS_SERVER_PROVISIONAL, /* RFC 8572 §5.5: any certificate, whose key is still proven
				 */
};

enum tls_key {
	TLS_KEY_RSA,
	TLS_KEY_P256,
	TLS_KEY_P384,
	TLS_KEY_P521,
};

enum tls_hash {
	TLS_HASH_SHA256,
	TLS_HASH_SHA384,
	TLS_HASH_SHA512,
};
#define TLS_HASH_BIT(hash) (1u << (hash))

/*
 * Who we are.  The private key is behind a function, so it may live in a TPM.
 *
 * @chain: DER certificates, leaf first, all intermediates, without the root (TLS-3).
 * @hashes: TLS_HASH_BIT()s the key can sign with, 0 for all three; tried in rising
 *	order (TPM-99).
 * @sign: RSA: PKCS#1 v1.5 over @digest, as long as the modulus (TPM-102).  EC: r and s,
 *	each padded to the curve's size, one behind the other.  @room is 512 bytes or
 *	more; write the length to @size.
 */
struct tls_identity {
	const struct bytes *chain;
	size_t count;
	enum tls_key key;
	unsigned hashes;
	bool (*sign)(void *context, enum tls_hash hash, struct bytes digest,
		     uint8_t *signature, size_t room, size_t *size, struct error *e);
	void *context;
};

/* A session that a later handshake of the same contact may resume.  Secret: wipe it. */
struct tls_session {
	bool present;
	bool asked, sent;   /* of our certificate, in the full handshake */
	uint8_t digest[32]; /* of the server's */
	uint8_t parameters[96];
};

/*
 * @verify: judge the server's chain, leaf first, as it was received (DER, borrowed for
 *	the call).  @host is the name or the address literal we meant to reach.  Only
 *	its true lets the handshake go on; its error is what tls_failed() reports.
 * @identity: NULL means none; kept, with all it points to, until tls_free().
 * @session: NULL: none is kept.  Tried if present, written when a handshake is complete; kept
 *	until tls_free().  A resumed one is not judged again: these options must be the
 *	same, and the server too.
 */
struct tls_options {
	enum tls_server server;
	bool (*verify)(void *context, const struct bytes *certificates, size_t count,
		       const char *host, struct error *e);
	void *context;
	const struct tls_identity *identity;
	struct tls_session *session;
};

struct tls;

/*
 * Begin a handshake with @host (kept as a copy): a DNS name goes into SNI, an address
 * literal does not (TLS-12).
 * Returns a context for tls_free(), or NULL.  Errors: ERROR_MACHINE, ERROR_REFUSED (no
 * verify function for a verified server).
 */
MUST_CHECK struct tls *tls_new(const struct tls_options *options, const char *host,
			       struct error *e);

/* Wipes all keys.  NULL is fine. */
void tls_free(struct tls *t);

/* Records to be sent; empty when there are none.  Then say how many went out. */
struct bytes tls_outgoing(struct tls *t);
void tls_sent(struct tls *t, size_t size);

/* Room for record bytes from the peer; 0 when it takes none now (read plain bytes first). */
uint8_t *tls_incoming(struct tls *t, size_t *room);
void tls_received(struct tls *t, size_t size);

/* Room for plain bytes; 0 during the handshake or while records wait to be sent. */
uint8_t *tls_write_room(struct tls *t, size_t *room);
void tls_wrote(struct tls *t, size_t size);
void tls_flush(struct tls *t);

/* Plain bytes from the peer; they stay where they are until tls_took(). */
struct bytes tls_readable(struct tls *t);
void tls_took(struct tls *t, size_t size);

/* The handshake is complete: the server has proven its key, and its chain passed. */
bool tls_is_up(const struct tls *t);

/* The peer has said goodbye properly (close_notify): the end of data is no truncation. */
bool tls_is_closed(const struct tls *t);

/* The server asked for a client certificate, and whether we had one it takes (TLS-16). */
bool tls_identity_asked(const struct tls *t);
bool tls_identity_sent(const struct tls *t);

/* "ECDHE-ECDSA-AES128-GCM"; for one log line. */
const char *tls_suite_name(const struct tls *t);

/* Say goodbye; the records then lie in tls_outgoing(). */
void tls_close(struct tls *t);

/* Has it failed?  @e: why, one sentence.  Codes: ERROR_REFUSED (certificate, identity,
 * protocol), ERROR_MALFORMED (broken records), ERROR_LATER (the peer gave up). */
bool tls_failed(const struct tls *t, struct error *e);

/*
 * The key and the digest of the server's own certificate, once it has come:
 * SHA-256 over the DER (for logs and for binding a token to the connection).
 */
bool tls_server_digest(const struct tls *t, uint8_t digest[static 32]);

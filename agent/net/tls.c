/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

/*
 * BearSSL behind net/tls.h.  BearSSL asks two objects for its decisions, and both are
 * here: an X.509 class that only collects the server's chain and then asks the caller,
 * and a client certificate class whose signature is made elsewhere.
 *
 * What is fixed: TLS 1.2; ECDHE with AES-GCM or ChaCha20-Poly1305, nothing with CBC, RSA
 * key exchange or SHA-1; no renegotiation; resumption by session ID, BearSSL has no tickets.  AES first where the machine
 * has instructions for it, else ChaCha20, in its portable form: with gcc it is 1.7 times
 * as fast as BearSSL's SSE2 code.
 */

#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "platform/address.h"
#include "platform/entropy.h"

struct tls {
	br_ssl_client_context client;
	const br_x509_class *x509;		     /* this one's address is the context */
	const br_ssl_client_certificate_class *auth; /* so is this one's */
	struct tls_options options;
	char host[CONFIG_HOST_MAX];
	struct error error; /* of the caller's functions, or of this file; code 0: none */
	bool up, asked, sent;
	bool unfit; /* the server takes no signature our key can make */

	uint8_t chain[CONFIG_TLS_CHAIN_BYTES];
	size_t chain_used;
	struct bytes certificates[CONFIG_TLS_CHAIN_MAX];
	size_t count;
	size_t current_start;
	bool too_many;
	br_x509_decoder_context leaf;
	const br_x509_pkey *key;
	uint8_t digest[32];
	bool digested;

	br_x509_certificate own_chain[CONFIG_TLS_CHAIN_MAX];
	uint8_t buffer[BR_SSL_BUFSIZE_BIDI];
};

#define OUTER(pointer, member)                                                               \
	((struct tls *)((char *)(pointer)-offsetof(struct tls, member)))

/* ---- the server's chain ---- */

static void x509_start_chain(const br_x509_class **context, const char *name)
{
	struct tls *t = OUTER(context, x509);

	(void)name;
	t->chain_used = t->count = 0;
	t->too_many = false;
	t->key = NULL;
}

static void x509_start_cert(const br_x509_class **context, uint32_t length)
{
	struct tls *t = OUTER(context, x509);

	t->current_start = t->chain_used;
	if (t->count == CONFIG_TLS_CHAIN_MAX || length > sizeof(t->chain) - t->chain_used)
		t->too_many = true;
}

static void x509_append(const br_x509_class **context, const unsigned char *at, size_t size)
{
	struct tls *t = OUTER(context, x509);

	if (t->too_many || size > sizeof(t->chain) - t->chain_used) {
		t->too_many = true;
		return;
	}
	memcpy(t->chain + t->chain_used, at, size);
	t->chain_used += size;
}

static void x509_end_cert(const br_x509_class **context)
{
	struct tls *t = OUTER(context, x509);

	if (t->too_many)
		return;
	t->certificates[t->count++] = bytes_of(t->chain + t->current_start,
					       t->chain_used - t->current_start);
}

/* The only place where a server's key becomes usable. */
static unsigned x509_end_chain(const br_x509_class **context)
{
	struct tls *t = OUTER(context, x509);
	br_sha256_context hash;
	bool accepted = false;

	if (t->too_many) {
		error_set(&t->error, ERROR_REFUSED, "TLS-7",
			  "the server sends more than %d certificates or %d bytes of them",
			  CONFIG_TLS_CHAIN_MAX, CONFIG_TLS_CHAIN_BYTES);
		return BR_ERR_X509_LIMIT_EXCEEDED;
	}
	if (t->count == 0) {
		error_set(&t->error, ERROR_REFUSED, "TLS-9",
			  "the server sends no certificate");
		return BR_ERR_X509_EMPTY_CHAIN;
	}
	br_x509_decoder_init(&t->leaf, NULL, NULL);
	br_x509_decoder_push(&t->leaf, t->certificates[0].at, t->certificates[0].size);
	if (!br_x509_decoder_get_pkey(&t->leaf)) {
		error_set(&t->error, ERROR_REFUSED, "TLS-9",
			  "the server's certificate cannot be read (X.509 error %d)",
			  br_x509_decoder_last_error(&t->leaf));
		return BR_ERR_X509_INVALID_VALUE;
	}
	br_sha256_init(&hash);
	br_sha256_update(&hash, t->certificates[0].at, t->certificates[0].size);
	br_sha256_out(&hash, t->digest);
	t->digested = true;

	switch (t->options.server) {
	case TLS_SERVER_PROVISIONAL:
		accepted = true;
		break;
	case TLS_SERVER_VERIFIED:
		accepted = t->options.verify(t->options.context, t->certificates, t->count,
					     t->host, &t->error);
		if (!accepted && t->error.code == ERROR_NONE)
			error_set(&t->error, ERROR_REFUSED, "TLS-7",
				  "the server's certificate is not accepted");
		break;
	}
	if (!accepted)
		return BR_ERR_X509_NOT_TRUSTED;
	t->error.code = ERROR_NONE;
	t->key = br_x509_decoder_get_pkey(&t->leaf);
	return 0;
}

static const br_x509_pkey *x509_get_pkey(const br_x509_class *const *context,
					 unsigned *usages)
{
	const struct tls *t = OUTER(context, x509);

	/* Only ECDHE suites are offered, so the key only ever signs. */
	if (usages)
		*usages = BR_KEYTYPE_SIGN;
	return t->key;
}

static const br_x509_class collector = {
	.context_size = sizeof(struct tls),
	.start_chain = x509_start_chain,
	.start_cert = x509_start_cert,
	.append = x509_append,
	.end_cert = x509_end_cert,
	.end_chain = x509_end_chain,
	.get_pkey = x509_get_pkey,
};

/* ---- who we are ---- */

static void auth_nothing(const br_ssl_client_certificate_class **context)
{
	(void)context;
}

static void auth_start_name_list(const br_ssl_client_certificate_class **context)
{
	OUTER(context, auth)->asked = true;
}

static void auth_start_name(const br_ssl_client_certificate_class **context, size_t size)
{
	(void)context, (void)size;
}

static void auth_append_name(const br_ssl_client_certificate_class **context,
			     const unsigned char *at, size_t size)
{
	(void)context, (void)at, (void)size;
}

static const struct {
	int id; /* BearSSL's, which is TLS 1.2's */
	const char *name;
} hashes[] = {
	[TLS_HASH_SHA256] = { br_sha256_ID, "SHA-256" },
	[TLS_HASH_SHA384] = { br_sha384_ID, "SHA-384" },
	[TLS_HASH_SHA512] = { br_sha512_ID, "SHA-512" },
};

/* TPM-99, TPM-100: signatures only, the lowest hash both sides can do. */
static void auth_choose(const br_ssl_client_certificate_class **context,
			const br_ssl_client_context *client, uint32_t auth_types,
			br_ssl_client_certificate *choice)
{
	struct tls *t = OUTER(context, auth);
	const struct tls_identity *identity = t->options.identity;

	(void)client;
	memset(choice, 0, sizeof(*choice));
	if (!identity)
		return;
	unsigned wanted = identity->hashes ? identity->hashes : ~0u;
	unsigned offered = identity->key == TLS_KEY_RSA ? auth_types : auth_types >> 8;

	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
		if (!(wanted & TLS_HASH_BIT(i)) || !(offered & 1u << hashes[i].id))
			continue;
		choice->auth_type = identity->key == TLS_KEY_RSA ? BR_AUTH_RSA
								 : BR_AUTH_ECDSA;
		choice->hash_id = hashes[i].id;
		choice->chain = t->own_chain;
		choice->chain_len = identity->count;
		t->sent = true;
		return;
	}
	t->unfit = true;
}

static uint32_t auth_do_keyx(const br_ssl_client_certificate_class **context,
			     unsigned char *data, size_t *size)
{
	(void)context, (void)data, (void)size;
	return 0;
}

static size_t curve_size(enum tls_key key)
{
	switch (key) {
	case TLS_KEY_RSA:
		return 0;
	case TLS_KEY_P256:
		return 32;
	case TLS_KEY_P384:
		return 48;
	case TLS_KEY_P521:
		return 66;
	}
	return 0;
}

static size_t auth_do_sign(const br_ssl_client_certificate_class **context, int hash_id,
			   size_t digest_size, unsigned char *data, size_t room)
{
	struct tls *t = OUTER(context, auth);
	const struct tls_identity *identity = t->options.identity;
	size_t raw_size = 2 * curve_size(identity->key);
	uint8_t digest[64], signature[512];
	size_t size = 0;

	if (digest_size > sizeof(digest) || room < sizeof(signature))
		return 0;
	memcpy(digest, data, digest_size);
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
		if (hashes[i].id != hash_id)
			continue;
		if (!identity->sign(identity->context, (enum tls_hash)i,
				    bytes_of(digest, digest_size), signature,
				    sizeof(signature), &size, &t->error)) {
			error_wrap(&t->error, "device key does not sign");
			return 0;
		}
		if (size == 0 || size > sizeof(signature) || (raw_size && size != raw_size)) {
			error_set(&t->error, ERROR_MACHINE, "TPM-102",
				  "device key gives a signature of %zu bytes", size);
			return 0;
		}
		memcpy(data, signature, size);
		/* In place this wants at most nine bytes more (TPM-102). */
		return raw_size ? br_ecdsa_raw_to_asn1(data, size) : size;
	}
	return 0;
}

static const br_ssl_client_certificate_class signer = {
	.context_size = sizeof(struct tls),
	.start_name_list = auth_start_name_list,
	.start_name = auth_start_name,
	.append_name = auth_append_name,
	.end_name = auth_nothing,
	.end_name_list = auth_nothing,
	.choose = auth_choose,
	.do_keyx = auth_do_keyx,
	.do_sign = auth_do_sign,
};

/* ---- the connection ---- */

static const struct {
	uint16_t id;
	bool aes;
	const char *name;
} suites[] = {
	{ BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true, "ECDHE-ECDSA-AES128-GCM" },
	{ BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, true, "ECDHE-RSA-AES128-GCM" },
	{ BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true, "ECDHE-ECDSA-AES256-GCM" },
	{ BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, true, "ECDHE-RSA-AES256-GCM" },
	{ BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, false, "ECDHE-ECDSA-CHACHA20" },
	{ BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, false, "ECDHE-RSA-CHACHA20" },
};

static void set_suites(br_ssl_engine_context *engine)
{
	bool aes_first = br_aes_x86ni_ctr_get_vtable() && br_ghash_pclmul_get();
	uint16_t order[ARRAY_SIZE(suites)];
	size_t n = 0;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
			if (suites[i].aes == (pass == 0 ? aes_first : !aes_first))
				order[n++] = suites[i].id;
	br_ssl_engine_set_suites(engine, order, n);
}

static void set_algorithms(br_ssl_engine_context *engine)
{
	br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12); /* TPM-98 */
	br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION);
	set_suites(engine);
	br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
	br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
	br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
	br_ssl_engine_set_prf_sha256(engine, &br_tls12_sha256_prf);
	br_ssl_engine_set_prf_sha384(engine, &br_tls12_sha384_prf);
	br_ssl_engine_set_default_ec(engine);
	br_ssl_engine_set_default_rsavrfy(engine);
	br_ssl_engine_set_default_ecdsa(engine);
	br_ssl_engine_set_default_aes_gcm(engine);
	/* Not the defaults: SSE2 is slower than this, and both would be linked. */
	br_ssl_engine_set_chapol(engine, &br_sslrec_in_chapol_vtable,
				 &br_sslrec_out_chapol_vtable);
	br_ssl_engine_set_chacha20(engine, &br_chacha20_ct_run);
	br_ssl_engine_set_poly1305(engine, sizeof(void *) == 8 ? &br_poly1305_ctmulq_run
							       : &br_poly1305_ctmul_run);
}

static bool start(struct tls *t, const char *host, struct error *e)
{
	br_ssl_engine_context *engine = &t->client.eng;
	const struct tls_identity *identity = t->options.identity;
	uint8_t seed[48];
	struct address literal;

	if (t->options.server == TLS_SERVER_VERIFIED && !t->options.verify)
		return error_set(e, ERROR_REFUSED, "TLS-7", "nobody can judge the server");
	if (!text_copy(t->host, sizeof(t->host), bytes_of_text(host)))
		return error_set(e, ERROR_MALFORMED, NULL, "server name is too long");
	if (identity && identity->count > CONFIG_TLS_CHAIN_MAX)
		return error_set(e, ERROR_REFUSED, "TLS-3",
				 "our own chain has %zu certificates, at most %d can be sent",
				 identity->count, CONFIG_TLS_CHAIN_MAX);
	for (size_t i = 0; identity && i < identity->count; i++) {
		t->own_chain[i].data = (unsigned char *)identity->chain[i].at;
		t->own_chain[i].data_len = identity->chain[i].size;
	}
	br_ssl_client_zero(&t->client);
	set_algorithms(engine);
	t->x509 = &collector;
	br_ssl_engine_set_x509(engine, &t->x509);
	t->auth = &signer;
	br_ssl_client_set_client_certificate(&t->client, &t->auth);
	br_ssl_engine_set_buffer(engine, t->buffer, sizeof(t->buffer), 1);
	if (!entropy_fill(seed, sizeof(seed), e))
		return false;
	br_ssl_engine_inject_entropy(engine, seed, sizeof(seed));
	bytes_wipe(seed, sizeof(seed));
	struct tls_session *session = t->options.session;
	if (session && session->present)
		memcpy(&engine->session, session->parameters, sizeof(engine->session));
	/* TLS-12: a name goes into SNI, a literal does not. */
	bool named = !address_read(&literal, bytes_of_text(host));
	if (!br_ssl_client_reset(&t->client, named ? t->host : NULL,
				 session && session->present))
		return error_set(e, ERROR_MACHINE, NULL, "TLS does not start (error %d)",
				 br_ssl_engine_last_error(engine));
	return true;
}

struct tls *tls_new(const struct tls_options *options, const char *host, struct error *e)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t) {
		error_set(e, ERROR_MACHINE, NULL, "no memory for a TLS connection");
		return NULL;
	}
	t->options = *options;
	if (!start(t, host, e)) {
		tls_free(t);
		return NULL;
	}
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	bytes_wipe(t, sizeof(*t));
	free(t);
}

/* The handshake is complete.  No certificate in it: the session was taken up again. */
static void come_up(struct tls *t)
{
	struct tls_session *session = t->options.session;
	const br_ssl_session_parameters *now = &t->client.eng.session;

	_Static_assert(sizeof(session->parameters) >= sizeof(*now), "room for a session");
	t->up = true;
	if (!session)
		return;
	if (session->present && t->count == 0) {
		t->asked = session->asked;
		t->sent = session->sent;
		memcpy(t->digest, session->digest, sizeof(t->digest));
		t->digested = true;
		return;
	}
	session->present = now->session_id_len > 0;
	session->asked = t->asked;
	session->sent = t->sent;
	memcpy(session->digest, t->digest, sizeof(t->digest));
	memcpy(session->parameters, now, sizeof(*now));
}

/* BearSSL's engine state, with what it tells noted. */
static unsigned state(struct tls *t)
{
	unsigned s = br_ssl_engine_current_state(&t->client.eng);

	if (!t->up && s & (BR_SSL_SENDAPP | BR_SSL_RECVAPP))
		come_up(t);
	return s;
}

struct bytes tls_outgoing(struct tls *t)
{
	size_t size = 0;
	const uint8_t *at = NULL;

	if (state(t) & BR_SSL_SENDREC)
		at = br_ssl_engine_sendrec_buf(&t->client.eng, &size);
	return bytes_of(at, at ? size : 0);
}

void tls_sent(struct tls *t, size_t size)
{
	if (size)
		br_ssl_engine_sendrec_ack(&t->client.eng, size);
}

uint8_t *tls_incoming(struct tls *t, size_t *room)
{
	*room = 0;
	if (!(state(t) & BR_SSL_RECVREC))
		return NULL;
	return br_ssl_engine_recvrec_buf(&t->client.eng, room);
}

void tls_received(struct tls *t, size_t size)
{
	if (size)
		br_ssl_engine_recvrec_ack(&t->client.eng, size);
}

uint8_t *tls_write_room(struct tls *t, size_t *room)
{
	*room = 0;
	if (!(state(t) & BR_SSL_SENDAPP))
		return NULL;
	return br_ssl_engine_sendapp_buf(&t->client.eng, room);
}

void tls_wrote(struct tls *t, size_t size)
{
	if (size)
		br_ssl_engine_sendapp_ack(&t->client.eng, size);
}

void tls_flush(struct tls *t)
{
	br_ssl_engine_flush(&t->client.eng, 0);
}

struct bytes tls_readable(struct tls *t)
{
	size_t size = 0;
	const uint8_t *at = NULL;

	if (state(t) & BR_SSL_RECVAPP)
		at = br_ssl_engine_recvapp_buf(&t->client.eng, &size);
	return bytes_of(at, at ? size : 0);
}

void tls_took(struct tls *t, size_t size)
{
	if (size)
		br_ssl_engine_recvapp_ack(&t->client.eng, size);
}

bool tls_is_up(const struct tls *t)
{
	return t->up;
}

bool tls_is_closed(const struct tls *t)
{
	return br_ssl_engine_current_state(&t->client.eng) == BR_SSL_CLOSED &&
	       br_ssl_engine_last_error(&t->client.eng) == BR_ERR_OK;
}

bool tls_identity_asked(const struct tls *t)
{
	return t->asked;
}

bool tls_identity_sent(const struct tls *t)
{
	return t->sent;
}

const char *tls_suite_name(const struct tls *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i].id == t->client.eng.session.cipher_suite)
			return suites[i].name;
	return "no suite";
}

void tls_close(struct tls *t)
{
	br_ssl_engine_close(&t->client.eng);
}

bool tls_server_digest(const struct tls *t, uint8_t digest[static 32])
{
	if (!t->digested)
		return false;
	memcpy(digest, t->digest, 32);
	return true;
}

/* ---- what went wrong, in words ---- */

/* Alerts that speak of our certificate (RFC 5246 §7.2.2). */
static const struct {
	int alert;
	const char *text;
} alerts[] = {
	{ 10, "the server did not expect our message" },
	{ 20, "the server got a broken record" },
	{ 40, "no common cipher suite, or the server demands another client certificate" },
	{ 42, "the server finds our certificate broken" },
	{ 43, "the server does not take our kind of certificate" },
	{ 44, "the server says our certificate is revoked" },
	{ 45, "the server says our certificate has expired" },
	{ 46, "the server does not accept our certificate" },
	{ 47, "the server found a value out of range" },
	{ 48, "the server does not know the CA of our certificate" },
	{ 49, "the server denies us access" },
	{ 50, "the server could not read our message" },
	{ 51, "the server could not verify our signature" },
	{ 71, "the server demands stronger ciphers" },
	{ 80, "the server has an internal error" },
	{ 112, "the server does not know the name we asked for" },
	{ 116, "the server demands a client certificate" },
};

static bool explain_alert(const struct tls *t, int alert, struct error *e)
{
	const struct tls_identity *identity = t->options.identity;

	if (alert == 70)
		return error_set(e, ERROR_REFUSED, "TPM-98", "server speaks only TLS 1.3");
	if (alert == 40 && t->up)
		return error_set(e, ERROR_REFUSED, "TLS-9",
				 "the server ends the connection (alert 40); if it asks for "
				 "certificates by a new handshake, let it ask in the first");
	if (t->unfit && identity)
		return error_set(
			e, ERROR_REFUSED, "TPM-99",
			"server accepts no signature the device key can make (alert %d)",
			alert);
	for (size_t i = 0; i < ARRAY_SIZE(alerts); i++)
		if (alerts[i].alert == alert)
			return error_set(e, alert == 80 ? ERROR_LATER : ERROR_REFUSED,
					 "TLS-2", "%s (alert %d)%s", alerts[i].text, alert,
					 t->asked && !identity ? ", and we have none" : "");
	return error_set(e, ERROR_REFUSED, NULL, "the server ends the handshake (alert %d)",
			 alert);
}

bool tls_failed(const struct tls *t, struct error *e)
{
	int code = br_ssl_engine_last_error(&t->client.eng);

	if (br_ssl_engine_current_state(&t->client.eng) != BR_SSL_CLOSED || code == BR_ERR_OK)
		return false;
	if (t->error.code != ERROR_NONE) {
		*e = t->error;
		return true;
	}
	if (code >= BR_ERR_RECV_FATAL_ALERT && code < BR_ERR_SEND_FATAL_ALERT) {
		explain_alert(t, code - BR_ERR_RECV_FATAL_ALERT, e);
		return true;
	}
	switch (code) {
	case BR_ERR_UNSUPPORTED_VERSION:
	case BR_ERR_BAD_VERSION:
		error_set(e, ERROR_REFUSED, "TPM-98", "the server does not speak TLS 1.2");
		break;
	case BR_ERR_BAD_SIGNATURE:
	case BR_ERR_BAD_FINISHED:
		error_set(
			e, ERROR_REFUSED, "TLS-9",
			"the server does not prove the key of its certificate (TLS error %d)",
			code);
		break;
	case BR_ERR_WRONG_KEY_USAGE:
		error_set(e, ERROR_REFUSED, "TLS-9",
			  "the server's certificate has another kind of key than its cipher "
			  "suite (TLS error %d)",
			  code);
		break;
	case BR_ERR_BAD_MAC:
		error_set(e, ERROR_MALFORMED, NULL,
			  "a record was changed on its way (TLS error %d)", code);
		break;
	case BR_ERR_UNKNOWN_TYPE:
	case BR_ERR_BAD_LENGTH:
		error_set(e, ERROR_MALFORMED, NULL,
			  "what answers there does not speak TLS (TLS error %d)", code);
		break;
	default:
		error_set(e, ERROR_MALFORMED, NULL,
			  "the server breaks the TLS protocol "
			  "(TLS error %d)",
			  code);
		break;
	}
	return true;
}

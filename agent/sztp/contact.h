/* SPDX-License-Identifier: MIT */
#pragma once

#include "codec/uri.h"
#include "net/fetch.h"
#include "sztp/bootstrap.h"
#include "sztp/rpc.h"

/*
 * One server of a list: how it is reached and authenticated (RFC 8572 §5.3, §5.5), where its
 * RPCs are (RFC 8040 §3.1), and what it answers to get-bootstrapping-data (§7.2).  What the
 * answer is worth is decided elsewhere.
 */

#define CONTACT_NONCE_SIZE 32 /* RIN-7 */
#define CONTACT_PATH_MAX   (CONFIG_RESTCONF_ROOT_MAX + 80)

/* Memory of one contact; free again when its answer has been dealt with. */
struct contact_room {
	uint8_t nonce[CONTACT_NONCE_SIZE];
	size_t nonce_size; /* sent to this server; 0: none was */
	struct cms_signed anchor;
	struct bytes crls[CONFIG_CMS_CRLS_MAX];
	uint8_t body[CONFIG_RPC_BODY_MAX];
	uint8_t artifacts[CONFIG_RPC_BODY_MAX / 4 * 3]; /* the answer, decoded */
	uint8_t json[JSON_ARENA_SIZE(CONFIG_RPC_BODY_MAX)];
};

/* Fields belong to contact.c, but for those marked. */
struct contact {
	struct bootstrap *bootstrap;
	struct contact_room *room;
	struct validate_workspace *workspace; /* for chains */
	const struct server *server;
	const struct bootstrap_well_known *known; /* readable: anchors for it; NULL: none */
	char name[CONFIG_HOST_MAX + 24];	  /* readable: "https://[2001:db8::5]:8443" */
	struct uri uri;
	const struct bytes *anchors;
	size_t anchor_count;
	struct bytes lowest; /* CA of the entry's trust anchor */
	bool direct;	     /* REDIR-9 */
	bool xml;	     /* readable: the encoding it takes (HTTP-10) */
	char validated_by[128];
	char root[CONFIG_RESTCONF_ROOT_MAX];
	char report_path[CONTACT_PATH_MAX]; /* readable */
	struct fetch fetch; /* readable: reports go over it */
	unsigned questions; /* of this address, for a certification request */
	uint8_t request[CONFIG_CSR_MAX]; /* readable: the one that it got, DER */
	size_t request_size;		 /* 0: none */
};

/* Who is to be contacted.  @c: bootstrap, room and workspace are set, the others are zero;
 * contact_end() in any case.  Errors: REDIR-13. */
MUST_CHECK bool contact_begin(struct contact *c, const struct server *server, struct error *e);

enum contact_trust {
	CONTACT_ANCHOR,	  /* the entry's own trust anchor, and nothing else */
	CONTACT_KNOWN,	  /* the preconfigured anchors that it is paired with (TLS-11) */
	CONTACT_STRANGER, /* provisional */
};

/*
 * Connect and authenticate; all its addresses are tried (REDIR-2).
 *
 * Errors: as fetch_open(); TLS-7 and REDIR-10 for a server that is not who it should be.
 */
MUST_CHECK bool contact_connect(struct contact *c, enum contact_trust how, struct error *e);

/*
 * Ask for bootstrapping data, of one address after the other, until one gives some.
 *
 * @output: borrows from the room.
 * Errors: ERROR_LATER, or a refusal: ERR-3 for an identity that is not accepted.
 */
MUST_CHECK bool contact_ask(struct contact *c, bool trusted, struct rpc_output *output,
			    struct error *e);

/* Say goodbye; nothing more is said to this server.  Fine on a zeroed one, and twice. */
void contact_end(struct contact *c);

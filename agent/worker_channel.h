/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "platform/loop.h"

/*
 * Messages between the agent and a process without rights that works for it: a type, and a
 * list of byte strings.  Neither side believes a length before it has looked at it, but it
 * is the agent's side that matters: what it receives may come from anybody (SEC-5).
 *
 * On the wire: type (1 byte), size of the rest (4, big-endian), then each part: size (4),
 * bytes.
 */

enum worker_channel_type {
	/* from the worker */
	WORKER_CHANNEL_LOG,	/* level; stem; event or nothing; line */
	WORKER_CHANNEL_STEP,	/* enum bootstrap_step; server */
	WORKER_CHANNEL_SIGN,	/* enum tls_hash; digest */
	WORKER_CHANNEL_RSA,	/* enum decrypt_padding; ciphertext; what stays if it is bad */
	WORKER_CHANNEL_ECDH,	/* point; what stays if it is bad */
	WORKER_CHANNEL_LDEVID,	/* enum key_kind of a new key (1 byte), or digest to be signed (32) */
	WORKER_CHANNEL_ONBOARD, /* see worker.c */
	WORKER_CHANNEL_REFUSAL, /* host; link; port */
	WORKER_CHANNEL_FOUND,	/* see lookup.c */
	/* to the worker */
	WORKER_CHANNEL_REPORT, /* see worker.c */
	WORKER_CHANNEL_LOOKUP, /* see lookup.c */
	/* either way, to what the other side asked; the last one ends the work */
	WORKER_CHANNEL_ANSWER, /* enum error_code; rule; text; result */
	WORKER_CHANNEL_TYPES,
};

#define WORKER_CHANNEL_PARTS_MAX 32

struct worker_message {
	enum worker_channel_type type;
	size_t count;
	struct bytes part[WORKER_CHANNEL_PARTS_MAX]; /* those past @count are empty */
};

/* One end.  The caller sets fd (a stream socket) and loop; the rest is zero at first. */
struct worker_channel {
	int fd;
	struct loop *loop; /* turned while waiting; NULL: waits without one, for ever */
	uint8_t *room;	   /* of the message received last; a process forked later sees zeros */
	size_t room_size;
};

/* Errors: ERROR_LATER: the other side is gone, or takes nothing for CONFIG_WORKER_SILENCE_MS. */
MUST_CHECK bool worker_channel_send(struct worker_channel *c, enum worker_channel_type type,
				    const struct bytes *parts, size_t count, struct error *e);

/*
 * The next message; its parts are borrowed until the next call.
 * Errors: ERROR_LATER as above; ERROR_MALFORMED: not a message; ERROR_MACHINE: no memory.
 */
MUST_CHECK bool worker_channel_receive(struct worker_channel *c, struct worker_message *m,
				       struct error *e);

/* Keep the parts of the last message, until worker_channel_free(): what a plan says is nothing
 * for processes that talk to others meanwhile (KEY-4). */
uint8_t *worker_channel_keep(struct worker_channel *c, size_t *size);
void worker_channel_free(uint8_t *room, size_t size);

/* An answer, and its reading: false with the error it carries.  @result may be NULL. */
MUST_CHECK bool worker_channel_answer(struct worker_channel *c, bool done, const struct error *why,
				      struct bytes result, struct error *e);
bool worker_channel_read_answer(const struct worker_message *m, struct bytes *result,
				struct error *e);

/* Wait until the descriptor is ready; the loop turns. */
MUST_CHECK bool worker_channel_wait(struct loop *l, int fd, unsigned wants, struct error *e);

/* Text of the other side for people and logs: cut, control characters replaced. */
const char *worker_channel_text(char *to, size_t size, struct bytes from);

void worker_channel_close(struct worker_channel *c);

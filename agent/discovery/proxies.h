/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "net/proxy.h"
#include "platform/loop.h"

/*
 * Which HTTP proxies there are, and which one is used: those of a fixed list, and those that
 * DHCP servers name in sub-option 128 of option 43.  The usable one with the lowest address
 * wins (PROXY-5, PROXY-6).  Usable is what a TCP connect reached, at once and then every
 * CONFIG_PROXY_CHECK_EVERY_MS (PROXY-11); nothing is sent on it.  The tunnel through the
 * proxy is net/fetch's.
 */

enum proxies_mode {
	PROXIES_DISABLED, /* always direct; option 43 is not looked at */
	PROXIES_STATIC,	  /* the fixed list alone */
	PROXIES_LEARNED,  /* what DHCP named, and the fixed list beside it */
};

struct proxies_fixed {
	struct address address;
	uint16_t port;
};

/* All borrowed, until proxies_stop(). */
struct proxies_options {
	enum proxies_mode mode;
	const struct proxies_fixed *fixed;
	size_t fixed_count;
	/* "user:password" or NULL.  Only proxies of the fixed list get them: Basic is plain
	 * text, and anybody may answer DHCP. */
	const char *credentials;
	/* Direct contacts when every proxy is down.  Off in profile ssr unless
	 * proxy.fallback-direct says so; on in the other profiles. */
	bool fallback_direct;
	bool wpad; /* look at option 252 too (PROXY-12) */
	/* Links on which no proxy is learned (PROXY-7): patterns of text_matches(), NULL at the
	 * end; NULL: none. */
	const char *const *without;
};

enum proxies_state {
	PROXIES_ASKING, /* the first connect is under way */
	PROXIES_REACHED,
	PROXIES_UNREACHABLE,
};

struct proxies;

/* One candidate.  All fields belong to proxies.c. */
struct proxies_candidate {
	struct proxies *proxies;
	struct proxy proxy;
	bool used, fixed;
	bool again; /* unreachable, and being asked once more */
	enum proxies_state state;
	struct loop_fd watch; /* .fd is -1 while no connect is under way */
	struct loop_timer timer; /* the connect's end, or the next one */
};

/* Set @changed and @context before proxies_start(); the rest belongs to proxies.c. */
struct proxies {
	void (*changed)(void *context); /* list, states or the active one; may be NULL */
	void *context;
	struct loop *loop;
	struct proxies_options options;
	bool settled; /* nothing that could still win is being asked */
	const struct proxies_candidate *active; /* as it was told last */
	struct proxies_candidate candidates[CONFIG_PROXIES_MAX];
};

/*
 * Begin, with the fixed list's first checks.  Fine on a zeroed one; the struct stays in its
 * place until proxies_stop().
 * Errors: ERROR_USAGE: more fixed proxies than there is room for, or one without a port.
 */
MUST_CHECK bool proxies_start(struct proxies *p, struct loop *l,
			      const struct proxies_options *options, struct error *e);

/* Is option 43 (and 60 for it) wanted on this link (PROXY-7)? */
bool proxies_wants(const struct proxies *p, const char *link);

/*
 * What a lease of @link says now; replaces what it said before, and a candidate that was
 * there already keeps its state.  Anything that is not a candidate is logged and left out.
 *
 * @vendor: option 43, raw, instances joined.  @wpad: option 252, a URL; empty: absent.
 */
void proxies_learn(struct proxies *p, const char *link, struct bytes vendor, struct bytes wpad);

/* The networks have changed: those that could not be reached are asked again at once. */
void proxies_check(struct proxies *p);

/* The lease or the link is gone. */
void proxies_forget(struct proxies *p, const char *link);

/*
 * Which proxy to go through now.  Turns the loop, for CONFIG_PROXY_CHECK_MS at most, while
 * a check of one that would win is under way, so equal inputs choose the same.
 *
 * @to: NULL: go directly (mode disabled; nobody named a proxy; or all are down and
 *	fallback_direct is on).  Else good until the loop turns: copy it, as fetch_open() does.
 * Errors: ERROR_LATER, rule PROXY-11: all are down, and direct contacts are not allowed.
 */
MUST_CHECK bool proxies_choose(struct proxies *p, const struct proxy **to, struct error *e);

/* For `status` (PROXY-8), in the order of preference. */
struct proxies_view {
	const char *link; /* of the lease; "" for one of the fixed list */
	struct address address;
	uint16_t port;
	bool fixed;
	bool active; /* the one that proxies_choose() gives now */
	const char *state; /* "asking", "reached", "unreachable" */
};

/* false: no more.  Begin with @at 0. */
bool proxies_next(const struct proxies *p, size_t *at, struct proxies_view *to);

/* Ends all checks.  Fine twice, and on a zeroed one. */
void proxies_stop(struct proxies *p);

/*
 * The pure parts.  "a.b.c.d:port", nothing before or behind; not 0/8, 127/8, 224/3 and not
 * port 0 (PROXY-4).  And the same out of "http://a.b.c.d:port/..." (PROXY-12).
 */
MUST_CHECK bool proxies_read(struct proxies_fixed *to, struct bytes text);
MUST_CHECK bool proxies_read_wpad(struct proxies_fixed *to, struct bytes url);

/*
 * The values of sub-option 128 in option 43 (RFC 2132 §8.4: code, length, value; 0 pads, 255
 * ends; PROXY-3).  Each value is borrowed from @vendor.  Call again until false; *@at begins
 * at 0.  What runs past the end is not given out.
 */
bool proxies_vendor_next(struct bytes vendor, size_t *at, struct bytes *value);

/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "config.h"

/*
 * The device's workflow of RFC 8572 §5 as one table: from a source to servers, from redirect
 * to redirect, to onboarding information.  Pure: what happens is told to it, and it answers
 * what comes next and who is trusted now.
 *
 * RFC 8572 asks two questions of its one trust-state; here they are two variables (TERM-1):
 *
 *   server_trusted   this connection was authenticated to a trust anchor: reports may be
 *                    sent, and more may be said in the request
 *   data_trusted     this conveyed information counts with authority: it may onboard the
 *                    device, and the trust anchors in it are used.  While a list is worked
 *                    through, it is what it was when the list came (TERM-3)
 *
 * docs/state-machine.md shows the table below; a test compares the two.
 *
 * ROW(state, event, only if data_trusted is, next state, server_trusted, data_trusted, where
 * RFC 8572 says so, what that means)
 */
#define WORKFLOW_TABLE(ROW)                                                                        \
	ROW(SOURCE, SERVERS, ANY, LIST, NO, NO, "5.2, 5.5",                                        \
	    "DHCP, DNS SRV records and the device's own list name servers: an untrusted list (DHCP-8, DHCP-15)")        \
	ROW(SOURCE, ARTIFACTS, ANY, JUDGE, NO, NO, "4.1, 4.2, 5.3",                                \
	    "a stick or DNS TXT records hold artifacts: judged like a stranger's (USB-2, DNS-11)") \
	ROW(LIST, WITH_ANCHOR, YES, ANCHOR, NO, LISTS, "5.5",                                      \
	    "the next server has a trust anchor in a trusted list (REDIR-5)")                      \
	ROW(LIST, WELL_KNOWN, ANY, KNOWN, NO, LISTS, "5.3",                                        \
	    "the next server is one of those that preconfigured anchors are for (SRC-1, TLS-11)")  \
	ROW(LIST, PLAIN, ANY, STRANGER, NO, LISTS, "5.5",                                          \
	    "any other server; an anchor in an untrusted list was dropped (REDIR-6, REDIR-7)")     \
	ROW(LIST, END, ANY, LIST, NO, LISTS, "5.5, 5.6",                                           \
	    "all were tried: back to the list whose entry led here (SRC-10)")                      \
	ROW(LIST, OUTER_END, ANY, FAILED, NO, NO, "5.2",                                           \
	    "all were tried, and nothing led here: the next source (BOOT-2)")                      \
	ROW(ANCHOR, AUTHENTICATED, ANY, ASK, YES, YES, "5.3, 5.5",                                 \
	    "the certificate was issued by the anchor's lowest CA (REDIR-9)")                      \
	ROW(ANCHOR, FAILURE, ANY, LIST, NO, LISTS, "5.5",                                          \
	    "no second try without the anchor (TLS-10)")                                           \
	ROW(KNOWN, AUTHENTICATED, ANY, ASK, YES, YES, "5.3",                                       \
	    "the certificate leads to a preconfigured anchor (SRC-1)")                             \
	ROW(KNOWN, NOT_AUTHENTICATED, ANY, STRANGER, NO, NO, "5.3, 5.5",                           \
	    "it does not: this may still be a server with signed data")                            \
	ROW(KNOWN, FAILURE, ANY, LIST, NO, LISTS, "5.5", "not reached")                            \
	ROW(STRANGER, CONNECTED, ANY, ASK, NO, NO, "5.5",                                          \
	    "provisional TLS: any certificate, whose key is proven (TLS-9)")                       \
	ROW(STRANGER, FAILURE, ANY, LIST, NO, LISTS, "5.5",                                        \
	    "not reached, or policy wants no strangers")                                           \
	ROW(ASK, DATA, ANY, JUDGE, KEEP, KEEP, "5.3, 7.2",                                         \
	    "an address of the server gave data: no other address is asked (REDIR-3)")             \
	ROW(ASK, FAILURE, ANY, LIST, NO, LISTS, "5.5",                                             \
	    "none of its addresses did (REDIR-2, ERR-2)")                                          \
	ROW(JUDGE, UNSIGNED, ANY, READ, KEEP, KEEP, "5.3", "as trusted as the server (ROUT-4)")    \
	ROW(JUDGE, VALID, ANY, READ, KEEP, YES, "5.3, 5.4", "signed, and validated (SRC-3)")       \
	ROW(JUDGE, INVALID, ANY, LIST, NO, LISTS, "5.3, 5.4",                                      \
	    "unreadable, or signed and not valid: a trusted server is told parsing-error (VAL-13, PROG-19)")   \
	ROW(READ, REDIRECT, ANY, FOLLOW, KEEP, KEEP, "5.3", "redirect information (SRC-4)")        \
	ROW(READ, ONBOARDING, YES, ONBOARD, KEEP, KEEP, "5.3, 5.6",                                \
	    "onboarding information that counts (SRC-9)")                                          \
	ROW(READ, ONBOARDING, NO, LIST, NO, LISTS, "5.3",                                          \
	    "unsigned onboarding information of a stranger is refused (DISC-3, SRC-8)")            \
	ROW(READ, FAILURE, ANY, LIST, NO, LISTS, "6.3",                                            \
	    "the document cannot be read, or policy forbids it: a trusted server is told parsing-error (ONB-3)") \
	ROW(FOLLOW, SERVERS, ANY, LIST, NO, KEEP, "5.5",                                           \
	    "its list is worked through, as trusted as it is; the server hears nothing more (PROG-3)")\
	ROW(FOLLOW, FAILURE, ANY, LIST, NO, LISTS, "5.3",                                          \
	    "too many redirects in a row (SRC-5), or none are taken from this source (USB-12)")    \
	ROW(ONBOARD, SUCCESS, ANY, DONE, NO, NO, "5.2, 5.6", "no other source is asked (DISC-5)")  \
	ROW(ONBOARD, FAILURE, ANY, LIST, NO, LISTS, "5.6",                                         \
	    "reported, and the enclosing list goes on (FAIL-1, ONB-4)")

enum workflow_state {
	WORKFLOW_STATE_SOURCE,
	WORKFLOW_STATE_LIST,
	WORKFLOW_STATE_ANCHOR,
	WORKFLOW_STATE_KNOWN,
	WORKFLOW_STATE_STRANGER,
	WORKFLOW_STATE_ASK,
	WORKFLOW_STATE_JUDGE,
	WORKFLOW_STATE_READ,
	WORKFLOW_STATE_FOLLOW,
	WORKFLOW_STATE_ONBOARD,
	WORKFLOW_STATE_DONE,
	WORKFLOW_STATE_FAILED,
};

enum workflow_event {
	WORKFLOW_EVENT_SERVERS, /* a list has come: it is entered */
	WORKFLOW_EVENT_ARTIFACTS,
	WORKFLOW_EVENT_WITH_ANCHOR,
	WORKFLOW_EVENT_WELL_KNOWN,
	WORKFLOW_EVENT_PLAIN,
	WORKFLOW_EVENT_END, /* of a list: it is left */
	WORKFLOW_EVENT_OUTER_END,
	WORKFLOW_EVENT_AUTHENTICATED,
	WORKFLOW_EVENT_NOT_AUTHENTICATED,
	WORKFLOW_EVENT_CONNECTED,
	WORKFLOW_EVENT_DATA,
	WORKFLOW_EVENT_UNSIGNED,
	WORKFLOW_EVENT_VALID,
	WORKFLOW_EVENT_INVALID,
	WORKFLOW_EVENT_REDIRECT,
	WORKFLOW_EVENT_ONBOARDING,
	WORKFLOW_EVENT_SUCCESS,
	WORKFLOW_EVENT_FAILURE,
};

struct workflow {
	enum workflow_state state;
	bool server_trusted, data_trusted;
	unsigned depth; /* redirects between the source and the present list (SRC-5) */
	bool list_trusted[CONFIG_REDIRECT_DEPTH_MAX + 1];
};

void workflow_start(struct workflow *w);

/* May one more list be entered?  (AMB-31: the source's own list does not count.) */
bool workflow_may_descend(const struct workflow *w);

/* One row of the table.  Asking for one that does not exist is our own mistake. */
void workflow_step(struct workflow *w, enum workflow_event event);

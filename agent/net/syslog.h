/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/log.h"
#include "base/writer.h"
#include "config.h"
#include "platform/address.h"
#include "platform/link.h"
#include "platform/loop.h"

/*
 * Log lines to syslog servers over UDP (RFC 5424, RFC 5426; LOG-1 to LOG-8): always directly,
 * never through a proxy (PROXY-13).  It is plain text that anybody on the way can read, so
 * no line may hold a secret or configuration: that is the duty of whoever writes the line
 * (LOG-6, KEY-4), nothing here looks for them.
 *
 * The last CONFIG_SYSLOG_ENTRIES lines are kept, and each server gets what it has not had
 * yet: also what was said before its address was known.  Nothing blocks, nothing fails.
 */

enum syslog_format {
	SYSLOG_RFC5424,
	SYSLOG_RFC3164, /* the older form; LOG-8 */
};

/* One line, with what is known around it. */
struct syslog_message {
	enum log_level level;
	const char *event;  /* LOG-7; or NULL: the requirement's number in the text, if any */
	const char *text;   /* "dhcp4: eth0: bound" */
	int64_t time_s;	    /* since 1970, 0 while the clock is not accurate (LOG-3) */
	unsigned process;   /* PROCID */
	/* HOSTNAME, and structured data; "" or NULL: not known */
	const char *serial, *source, *server, *step;
};

/*
 * Write one datagram of at most CONFIG_SYSLOG_MESSAGE_MAX bytes.  Control characters and
 * broken UTF-8 become '?'; the text is cut between characters.  Pure.
 * Returns how many bytes; never 0.
 * Source: RFC 5424 §6, RFC 3164 §4.1, RFC 5426 §3.1.
 */
size_t syslog_write(uint8_t to[static CONFIG_SYSLOG_MESSAGE_MAX], enum syslog_format format,
		    const struct syslog_message *m);

struct syslog;

/* All fields belong to syslog.c. */
struct syslog_server {
	struct syslog *syslog;
	struct address address;
	char link[LINK_NAME_SIZE]; /* "": any */
	uint64_t next;		   /* number of the line it gets next */
	struct loop_fd socket;	   /* .fd is valid while is_open */
	bool used, is_open;
	bool is_waiting; /* the socket is full: the loop tells when it is not */
	bool failure_told;
};

/* About 190 KiB, of which only what is used is touched: static. */
struct syslog {
	/* The caller's, set before syslog_start(). */
	enum syslog_format format;
	enum log_level up_to; /* lines that are no events: up to this level */
	uint16_t port;	      /* 0: 514 */
	/* The caller's at any time: lines are marked with it when they are put. */
	char source[48], server[80];
	const char *step; /* a fixed word; NULL: none */
	const char *serial; /* of all lines not yet sent; NULL: not known */

	/* The rest belongs to syslog.c. */
	struct loop *loop;
	struct syslog_entry {
		enum log_level level;
		const char *event;
		int64_t time_s;
		const char *step;
		char source[48], server[80];
		char text[560]; /* a line behind its stem */
	} entries[CONFIG_SYSLOG_ENTRIES];
	uint64_t count; /* lines ever put */
	struct syslog_server servers[CONFIG_SYSLOG_SERVERS_MAX];
	struct loop_timer retry;
	bool is_sending; /* what is logged meanwhile is not sent: no circles */
};

/* Lines may be put from now on.  @s was zeroed, but for the caller's fields. */
void syslog_start(struct syslog *s, struct loop *loop);

/* One line from the log sink.  @time_s: 0 while the clock is not accurate. */
void syslog_put(struct syslog *s, const struct log_entry *entry, int64_t time_s);

/*
 * The servers that are named for @link now, in place of those named before; none when its
 * lease is gone.  @link: "" for those of the settings, which are reached by any link.  A
 * server gets each line once, even if several links name it or if it comes back.
 */
void syslog_servers(struct syslog *s, const char *link, const struct address *list,
		    size_t count);

/* Close all.  Fine twice and on a zeroed one. */
void syslog_stop(struct syslog *s);

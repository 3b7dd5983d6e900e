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
	const char *serial; /* HOSTNAME; "" while it is not known */
	const char *source, *server, *step; /* structured data; "" or NULL: not known */
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
	struct loop_fd socket;	   /* .fd is -1 while there is none */
	bool is_waiting; /* the socket is full: the loop tells */
	bool failure_told;
};

/* About 150 KiB: static.  The first fields are the caller's, the rest syslog.c's. */
struct syslog {
	enum syslog_format format;
	enum log_level up_to; /* lines that are no events: up to this level */
	uint16_t port;	      /* 0: 514 */
	/* What is known now; lines are marked with it when they are put. */
	char serial[CONFIG_SERIAL_MAX];
	char source[48], server[80];
	const char *step; /* a fixed word, or NULL */

	struct loop *loop;
	struct syslog_entry {
		enum log_level level;
		const char *event;
		int64_t time_s;
		const char *step;
		char source[48], server[80];
		char text[544]; /* a line and its stem */
	} entries[CONFIG_SYSLOG_ENTRIES];
	uint64_t count; /* lines ever put */
	struct syslog_server servers[CONFIG_SYSLOG_SERVERS_MAX];
	size_t server_count;
	struct loop_timer retry;
	bool is_sending; /* what is logged meanwhile is not sent: no circles */
};

/* Zeroed before; lines may be put from now on. */
void syslog_start(struct syslog *s, struct loop *loop);

/* One line from the log sink.  @time_s: 0 while the clock is not accurate. */
void syslog_put(struct syslog *s, const struct log_entry *entry, int64_t time_s);

/*
 * Send to this server too, through @link only ("" for any).  The same address on several
 * links gets each line once, through the first of them that is there.
 * More than CONFIG_SYSLOG_SERVERS_MAX are left out.
 */
void syslog_server_add(struct syslog *s, const struct address *address, const char *link);

/* The lease of @link is gone: so are the servers that were added for it. */
void syslog_link_lost(struct syslog *s, const char *link);

/* Close all.  Fine twice and on a zeroed one. */
void syslog_stop(struct syslog *s);

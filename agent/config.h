/* SPDX-License-Identifier: MIT */
#pragma once

/* Every compile-time limit, each with its unit and its reason.  One block a room. */

#ifndef CONFIG_VERSION
#define CONFIG_VERSION "0.1.0"
#endif

/*
 * The lowest time this build can run at, in seconds since 1970 UTC (CLK-4).  A release
 * sets it by -DCONFIG_BUILD_TIME_S=; the same sources give the same bytes.
 */
#ifndef CONFIG_BUILD_TIME_S
#define CONFIG_BUILD_TIME_S 1795305600 /* 2026-11-22 */
#endif

/* sztp: RFC 8572 */
#define CONFIG_REDIRECT_DEPTH_MAX 10	 /* redirects; RFC 8572 §5.3, SRC-5 */
#define CONFIG_SERVER_CONTACTS_MAX 64	 /* contacts per source; SRC-6 */
#define CONFIG_ARTIFACT_MAX (1024 * 1024) /* bytes of one artifact; USB-10 */
#define CONFIG_RPC_BODY_MAX (4 * 1024 * 1024) /* bytes of one RPC answer: three artifacts in base64 */
#define CONFIG_SERVER_LIST_MAX 32	 /* servers of one redirect list; DHCP-18 */
#define CONFIG_REPORT_MESSAGE_MAX (16 * 1024) /* bytes of a report's message; PROG-12 */
#define CONFIG_REPORT_BODY_MAX (6 * CONFIG_REPORT_MESSAGE_MAX + 512) /* all of it escaped */
#define CONFIG_ROUND_PAUSE_MIN_S 5	 /* DISC-7 */
#define CONFIG_ROUND_PAUSE_MAX_S 300	 /* DISC-7 */

/* The room of a serial number, host name, URI in fixed arrays, with their NUL. */
#define CONFIG_SERIAL_MAX 65	/* tpm-trust-store.md 7.1: 1..64 */
#define CONFIG_HOST_MAX 254	/* RFC 1035 §2.3.4: 253 */
#define CONFIG_URI_MAX 1024	/* bytes; download-uri and option 143 entries */

/* net: one connection */
#define CONFIG_CONNECT_MS 10000	  /* name and dial together; TLS-15 */
#define CONFIG_HANDSHAKE_MS 30000 /* a TPM takes up to 0.7 s for its signature; TLS-15 */
#define CONFIG_IDLE_MS 60000	  /* longest silence of a peer; TLS-15 */
#define CONFIG_DIAL_STAGGER_MS 200 /* before the next address is tried beside (RFC 8305 §5: 250) */
#define CONFIG_DIAL_ADDRESSES_MAX 16 /* addresses tried of one name */
#define CONFIG_HTTP_HEAD_MAX 16384 /* bytes of status line and fields; HTTP-13 */
#define CONFIG_HTTP_BODY_MAX (16 * 1024 * 1024) /* bytes, unless the caller says more; HTTP-13 */
#define CONFIG_HTTP_VALUE_MAX 128 /* bytes kept of a field's value, with NUL */
#define CONFIG_HTTP_REQUEST_MAX 8192 /* bytes of one request head of ours */
#define CONFIG_HTTP_INFORMATIONAL_MAX 8 /* 1xx answers before the real one */
#define CONFIG_FETCH_BUFFER (256 * 1024) /* bytes read at once on a plain connection */
#define CONFIG_FETCH_TURN_MS 20	  /* a download lets the loop turn this often */
#define CONFIG_TLS_CHAIN_MAX 10	  /* certificates of a server; VAL chains are shorter */
#define CONFIG_TLS_CHAIN_BYTES (32 * 1024) /* all of them together */
#define CONFIG_TLS_KEY_FILE_MAX (16 * 1024) /* bytes of a private key file */

/* net: names */
#define CONFIG_DNS_SERVERS_MAX 8    /* servers asked for one name */
#define CONFIG_DNS_CNAME_MAX 8	    /* aliases followed for one name */
#define CONFIG_DNS_RECORDS_MAX 256  /* resource records looked at in one answer */
#define CONFIG_DNS_MESSAGE_MAX 4096 /* bytes of one UDP answer (EDNS offers 1232) */
#define CONFIG_DNS_TRY_MS 1000	    /* first wait for a server, doubling */

/* net: leases */
#define CONFIG_LINKS_MAX 64	       /* ports looked after */
#define CONFIG_DHCP4_PACKET_MAX 4096   /* bytes received; we announce 1500 (OPT4-17) */
#define CONFIG_DHCP4_REDIRECT_MAX 4096 /* bytes of option 143; DHCP-18 */
#define CONFIG_DHCP4_VENDOR_MAX 512    /* bytes of option 43 */
#define CONFIG_DHCP4_ROUTES_MAX 32     /* routes of option 121 */
#define CONFIG_DHCP4_SERVERS_MAX 8     /* DNS, NTP, syslog servers each */
#define CONFIG_DHCP4_SEARCH_MAX 6      /* domains of option 119 */
#define CONFIG_DHCP4_CHOICE_MS 2000    /* wait for a better OFFER; OPT4-16 */

/* codec */
#define CONFIG_JSON_DEPTH_MAX 32	/* levels; YANG-13 */
#define CONFIG_JSON_MEMBERS_MAX 256	/* of one object; bounds the search for names that stand twice */

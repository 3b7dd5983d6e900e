/* SPDX-License-Identifier: MIT */
#pragma once

/* Every compile-time limit, each with its unit and its reason.  One block a room. */

/* sztp: RFC 8572 */
#define CONFIG_REDIRECT_DEPTH_MAX 10	 /* redirects; RFC 8572 §5.3, SRC-5 */
#define CONFIG_SERVER_CONTACTS_MAX 64	 /* contacts per source; SRC-6 */
#define CONFIG_ARTIFACT_MAX (1024 * 1024) /* bytes of one artifact; USB-10 */
#define CONFIG_RPC_BODY_MAX (4 * 1024 * 1024) /* bytes of one RPC answer: three artifacts in base64 */
#define CONFIG_SERVER_LIST_MAX 32	 /* servers of one redirect list; DHCP-18 */
#define CONFIG_ROUND_PAUSE_MIN_S 5	 /* DISC-7 */
#define CONFIG_ROUND_PAUSE_MAX_S 300	 /* DISC-7 */

/* The room of a serial number, host name, URI in fixed arrays, with their NUL. */
#define CONFIG_SERIAL_MAX 65	/* tpm-trust-store.md 7.1: 1..64 */
#define CONFIG_HOST_MAX 254	/* RFC 1035 §2.3.4: 253 */
#define CONFIG_URI_MAX 1024	/* bytes; download-uri and option 143 entries */

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
#define CONFIG_REDIRECT_ANCHORS_MAX (64 * 1024) /* bytes of all trust anchors of one list */
#define CONFIG_REDIRECT_OPTION_MAX 4096	 /* bytes of option 143 or 136, joined; DHCP-18 */
#define CONFIG_REFUSALS_MAX 16		 /* servers remembered that do not accept us; ERR-3 */
#define CONFIG_RESTCONF_ROOT_MAX 256	 /* bytes of a path, with NUL; "/restconf" is usual */
#define CONFIG_HOST_META_MAX (64 * 1024) /* bytes of a host-meta document; some 200 are usual */
#define CONFIG_HOST_META_MS 10000	 /* for an answer that most servers do not have; HTTP-2 */
#define CONFIG_REPORT_MS 15000		 /* for a report that need not arrive; PROG-9, PROG-10 */
#define CONFIG_RETRY_AFTER_MAX_S 30	 /* ERR-5 */
#define CONFIG_ROUND_PAUSE_MIN_S 5	 /* DISC-7 */
#define CONFIG_ROUND_PAUSE_MAX_S 300	 /* DISC-7 */

/* agent: the process that talks to servers */
#define CONFIG_WORKER_PLAN_MAX (5 * CONFIG_ARTIFACT_MAX) /* bytes: artifacts, document, its leaves */
#define CONFIG_WORKER_REPORT_MAX (256 * 1024) /* bytes: script output, keys and certificates */
#define CONFIG_WORKER_SILENCE_MS 900000	 /* a slow answer of 4 MiB takes that long at 5 KB/s */
#define CONFIG_WORKER_MESSAGES_MAX 20000 /* of one worker: some hundred lines for each contact */
#define CONFIG_WORKER_KEY_USES_MAX 512	 /* signatures and decryptions: 64 contacts, 8 each */

/* agent: scripts */
#define CONFIG_SCRIPT_TIME_OUT_S 600	     /* SCR-8 */
#define CONFIG_SCRIPT_OUTPUT_MAX (64 * 1024) /* bytes kept, the last ones; SCR-6 */

/* agent: what is kept of a run for the installed system */
#define CONFIG_EVENT_LOG_MAX (16 * 1024) /* bytes; an event takes about 250 */
#define CONFIG_RUN_LOG_MAX (128 * 1024)	 /* bytes of log lines, the first ones */
#define CONFIG_RESULT_MAX (32 * 1024)	 /* bytes of result.json */

/* agent: anchors, certificates and a key given as files */
#define CONFIG_DEVICE_FILES_MAX (256 * 1024) /* bytes, all of them, text and decoded */

/* agent: settings and status */
#define CONFIG_SETTINGS_SERVERS_MAX 8 /* proxies or syslog servers in one setting */
#define CONFIG_SETTINGS_TEXT_MAX 128  /* bytes of a vendor or user class; CONFIG_DHCP4_TEXT_MAX */
#define CONFIG_STATUS_MAX (128 * 1024) /* bytes of status.json: 96 links of three kinds */
#define CONFIG_STATUS_EVERY_MS 500    /* between two of them */
#define CONFIG_STATUS_SOURCES_MAX 24  /* whose last outcome is kept */

/* net: syslog */
#define CONFIG_SYSLOG_ENTRIES 256	/* lines kept for servers that are not known yet; LOG-5 */
#define CONFIG_SYSLOG_MESSAGE_MAX 1024	/* bytes of a datagram; LOG-4 */
#define CONFIG_SYSLOG_SERVERS_MAX 16	/* of all leases and settings */
#define CONFIG_SYSLOG_RETRY_MS 2000	/* before a server without a way to it is tried again */

/* The room of a serial number, host name, URI in fixed arrays, with their NUL. */
#define CONFIG_SERIAL_MAX 65	/* tpm-trust-store.md 7.1: 1..64 */
#define CONFIG_HOST_MAX 254	/* RFC 1035 §2.3.4: 253 */
#define CONFIG_URI_MAX 1024	/* bytes; download-uri and option 143 entries */

/* platform */
#define CONFIG_LOOP_FDS_MAX 1024 /* descriptors watched: a cabled port needs up to seven */
#define CONFIG_BOND_OPTIONS_MAX 10 /* options of one bond that we know */

/* platform: a confined process */
#define CONFIG_CONFINED_FDS_MAX 64 /* descriptors: 16 dials and 16 questions at once, and some */
#define CONFIG_CONFINED_MEMORY_MAX (128 * 1024 * 1024) /* bytes of data: the arenas of one answer
							  take 31 MiB of addresses; SEC-5 */

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
#define CONFIG_FETCH_PROGRESS 1024 /* bytes a body must bring within CONFIG_IDLE_MS of waiting */
#define CONFIG_FETCH_ERROR_BODY_MAX (64 * 1024) /* bytes read of a body that is not a 2xx's */
#define CONFIG_FETCH_TURN_MS 20	  /* a download lets the loop turn this often */
#define CONFIG_PROXY_LOGIN_MAX 512 /* bytes of a Proxy-Authorization line; PROXY-10 */
#define CONFIG_TLS_CHAIN_MAX 10	  /* certificates of a server; VAL chains are shorter */
#define CONFIG_TLS_CHAIN_BYTES (32 * 1024) /* all of them together */

/* net: names */
#define CONFIG_DNS_SERVERS_MAX 8    /* servers asked for one name */
#define CONFIG_DNS_CNAME_MAX 8	    /* aliases followed for one name */
#define CONFIG_DNS_RECORDS_MAX 256  /* resource records looked at in one answer */
#define CONFIG_DNS_DATA_MAX 64	    /* records of the kind that was asked for, in one answer */
#define CONFIG_DNS_MESSAGE_MAX 9000 /* bytes of one datagram: multicast, DNS-16 (EDNS offers 1232) */
#define CONFIG_DNS_QUESTION_MAX 288 /* bytes of a question: header, longest name, OPT */
#define CONFIG_DNS_KNOWN_MAX 4	    /* addresses kept of a host that came with an answer; DNS-19 */
#define CONFIG_DNS_ROUNDS 3	    /* through all servers for one question */
#define CONFIG_DNS_TCP_MS 5000	    /* one answer by TCP: 64 KiB at 128 kbit/s */
#define CONFIG_MDNS_SENDS 3	    /* of a multicast question; DNS-15 */
#define CONFIG_MDNS_SEND_MS 1000    /* between them, and after the last; DNS-15 */
#define CONFIG_SERVICE_REVERSE_MAX 4 /* domains of the reverse zone; DNS-20 */
#define CONFIG_DNS_TRY_MS 1000	    /* first wait for a server, doubling */

/* net: leases */
#define CONFIG_LINKS_MAX 96	       /* ports looked after: 64 real ones, and VLANs and bonds */
#define CONFIG_DHCP4_PACKET_MAX 4096   /* bytes received; we announce 1500 (OPT4-17) */
#define CONFIG_DHCP4_REDIRECT_MAX 4096 /* bytes of option 143; DHCP-18 */
#define CONFIG_DHCP4_VENDOR_MAX 512    /* bytes of option 43 */
#define CONFIG_DHCP4_ROUTES_MAX 32     /* routes of option 121 */
#define CONFIG_DHCP4_SERVERS_MAX 8     /* DNS, NTP, syslog servers each */
#define CONFIG_DHCP4_SEARCH_MAX 6      /* domains of option 119 */
#define CONFIG_DHCP4_CHOICE_MS 2000    /* wait for a better OFFER; OPT4-16 */

/* dhcp: DHCPv6 and router advertisements */
#define CONFIG_DHCP6_PACKET_MAX 8192 /* bytes received: option 136 of 4096, and the rest */
#define CONFIG_DHCP6_DUID_MAX 130    /* bytes; RFC 8415 §11.1 */
#define CONFIG_DHCP6_ADDRESSES_MAX 4 /* addresses of one IA_NA; servers give one */
#define CONFIG_DHCP6_SERVERS_MAX 8   /* DNS, NTP servers each */
#define CONFIG_DHCP6_DOMAINS_MAX 6   /* domains of option 24 or DNSSL */
#define CONFIG_DHCP6_CLASSES_MAX 4   /* items of our user and vendor class */
#define CONFIG_DHCP6_NO_ROUTER_MS 10000 /* without M or O flag: ask DHCPv6 anyway; OPT6-2 */
#define CONFIG_DHCP6_GRACE_MS 2000   /* DHCPv6 may answer before routers alone count */
#define CONFIG_DHCP6_AGAIN_S 300     /* a server without addresses is asked for them again */
#define CONFIG_DHCP4_PROBES 2	       /* ARP probes before an address is used; OPT4-14 */
#define CONFIG_DHCP4_PROBE_MS 50       /* wait after each; a peer on the wire answers within 10 */
#define CONFIG_DHCP4_DECLINED_MS 10000 /* pause after a DECLINE (RFC 2131 3.1: at least ten seconds) */
#define CONFIG_DHCP4_TEXT_MAX 128      /* bytes of a vendor or user class, or of VIVCO items together */
#define CONFIG_DHCP4_ITEMS_MAX 4       /* items of option 124: vendor, platform, serial number */

/* discovery */
#define CONFIG_DOMAINS_MAX 8		/* search domains of one network */
#define CONFIG_INTERFACES_MAX 16	/* VLANs, bonds, ip= settings: each */
#define CONFIG_BOND_MEMBERS_MAX 8	/* links of one bond; LACP partners run eight */

/* discovery: proxies */
#define CONFIG_PROXIES_MAX 80		  /* candidates: one a port, and a fixed list */
#define CONFIG_PROXIES_LINK_MAX 4	  /* candidates of one lease */
#define CONFIG_PROXY_CHECK_MS 3000	  /* a TCP connect for its health; PROXY-11 */
#define CONFIG_PROXY_CHECK_EVERY_MS 60000 /* PROXY-11 */

/* discovery: removable media */
#define CONFIG_MEDIA_MAX 32	       /* devices looked at in one round */
#define CONFIG_MEDIA_SET_MAX (4 * 1024 * 1024) /* bytes of the three files together; USB-10 */
#define CONFIG_MEDIA_READ_MS 20000     /* to probe, mount and read one device; 3 MiB on USB 1.1 need 4 s */
#define CONFIG_MEDIA_SETTLE_MS 5000    /* from a USB storage device to its disk; usually 1 s */
#define CONFIG_MEDIA_ENUMERATE_MS 3000 /* from a USB controller to what is plugged in; 0.4 s in QEMU, 2 s with hubs */

/* codec */
#define CONFIG_KEY_FILE_MAX (16 * 1024)	/* bytes of a private key in its file; RSA-4096 has 3.2 KiB */
#define CONFIG_JSON_DEPTH_MAX 32	/* levels; YANG-13 */
#define CONFIG_JSON_MEMBERS_MAX 256	/* of one object; bounds the search for names that stand twice */
#define CONFIG_XML_DEPTH_MAX 32		/* levels; YANG-13 */
#define CONFIG_XML_PREFIXES_MAX 16	/* namespaces declared in one tag; bounds the search for them */
#define CONFIG_XML_PARSER_SIZE (24 * 1024) /* bytes expat may take: it begins with 12 KiB */

/* platform: disks and mounts */
#define CONFIG_DISKS_MAX 256		/* disks; the largest storage servers hold some 100 */
#define CONFIG_PARTITIONS_MAX 128	/* entries of a usual GPT */
#define CONFIG_DISK_QUIET_MS 500	/* no new disk for so long: they have settled */
#define CONFIG_DISK_SETTLE_MAX_MS 30000 /* without any disk; slow RAID adapters need 20 s */
#define CONFIG_DISK_RESCAN_MS 7000	/* BLKRRPART while udev still has a partition open */

/* image: decoder and writer */
#define CONFIG_IMAGE_HEAD (1024 * 1024)	 /* bytes withheld: tables and raw boot loaders */
#define CONFIG_IMAGE_TAIL (1024 * 1024)	 /* bytes withheld at the end: backup GPT, md, ZFS labels */
#define CONFIG_IMAGE_BLOCK (4 * 1024 * 1024) /* bytes of one write; small direct writes are slow */
#define CONFIG_IMAGE_ZERO_RUN (256 * 1024)   /* shorter runs of zeros are written, not punched */
#define CONFIG_IMAGE_ZERO_MAX (256 * 1024 * 1024) /* longest punch, so that progress is seen */
#define CONFIG_SECTOR_MAX 4096		/* bytes of a logical block; larger ones no disk has */
#define CONFIG_GPT_ENTRIES_MAX 512	/* entries of a partition table; 128 is usual */
#define CONFIG_IMAGE_WINDOW_LOG 23	/* zstd window 8 MiB: what level 19 uses (256 MiB machines) */

/* handoff: boot entries and kexec */
#define CONFIG_BOOT_PATH_MAX 256	/* bytes of a path in a boot entry, with NUL */
#define CONFIG_BOOT_INITRDS_MAX 8	/* initrds of one entry: microcode, main, overlays */
#define CONFIG_BOOT_OPTIONS_MAX 2017	/* x86 kexec takes 2016 bytes and a NUL (measured) */
#define CONFIG_BOOT_PLACES_MAX 16	/* file systems looked at on one disk */
#define CONFIG_BOOT_CANDIDATES_MAX 64	/* of which we tell why they lost */
#define CONFIG_BLS_FILE_MAX 65536	/* bytes of one entry file; UAPI.1 files are < 1 KiB */
#define CONFIG_BLS_ENTRIES_MAX 128	/* files looked at in one loader/entries */
#define CONFIG_KERNEL_FILE_MAX (256u * 1024 * 1024)  /* bytes; distribution kernels are < 32 MiB */
#define CONFIG_INITRD_FILE_MAX (1024u * 1024 * 1024) /* bytes, all initrds together */

/* trust, tpm */
#define CONFIG_CERTIFICATE_SIZE_MAX 4096 /* bytes DER, anchors and our own; tpm-trust-store.md 7.1 */
#define CONFIG_TRUST_POOL_SIZE_MAX 65536 /* bytes: certificates of anchors given by digest */
#define CONFIG_TRUST_AUTHORITIES_MAX 4	 /* authority keys in the initramfs; TPM-3 */
#define CONFIG_TRUST_CANDIDATES_MAX 4	 /* envelopes looked at: NV, initramfs, and later disks */
#define CONFIG_TPM_WAIT_S 10		 /* for /dev/tpmrm0; section 10 step 1 */
#define CONFIG_TPM_BUSY_MS 20000	 /* 0x90A and 0x922: doubling waits, in all; 11.2 */
#define CONFIG_TPM_POLICY_TRIES 16	 /* after 0x128, a PCR moved meanwhile; TPM-79 */
#define CONFIG_TPM_OWN_NV_MAX 4096	 /* bytes of all our indices; TPM-10 */

/* pki */
#define CONFIG_RSA_BITS_MAX 8192	/* bits of a modulus; CMS-12, and scripts/deps.bearssl */
#define CONFIG_NAME_MAX 2048	/* bytes of a distinguished name; a search compares many */
#define CONFIG_X509_EXTENSIONS_MAX 64	/* of one certificate; each is compared with those before it */
#define CONFIG_CMS_CERTIFICATES_MAX 64	/* in one CMS structure; CMS-16 */
#define CONFIG_CMS_CRLS_MAX 16		/* CRLs and OCSP answers in one CMS structure; CMS-16 */
#define CONFIG_CMS_SIGNERS_MAX 8	/* SignerInfos of a voucher; CMS-11 tolerates several */
#define CONFIG_CHAIN_LENGTH_MAX 8	/* certificates from leaf to anchor; CMS-16 */
#define CONFIG_CHAIN_POOL_MAX 64	/* certificates to build a path from; CMS-16 */
#define CONFIG_CHAIN_ANCHORS_MAX 32	/* tpm-trust-store.md 7.1: at most 16 of one kind */
#define CONFIG_CHAIN_COST_MAX 80	/* P-256 verifications in one search: below 0.1 s */
#define CONFIG_CHAIN_STEPS_MAX 1024	/* certificates entered in one search */
#define CONFIG_CHAIN_WORK_MAX (256 * 1024) /* names, policies compared, and 64 bytes of CRL: some ms */
#define CONFIG_CRL_SIZE_MAX (1024 * 1024) /* bytes of one CRL; an artifact holds no more */
#define CONFIG_CRL_SIGNER_DEPTH_MAX 2	/* CRL signers with a path of their own, whose CRLs have such */
#define CONFIG_POLICIES_MAX 64		/* certificate policies kept at one level of a path */
#define CONFIG_VOUCHER_TRIES_MAX 4	/* certificates that may have signed a voucher; each costs a path */
#define CONFIG_VOUCHER_MAX (16 * 1024)	/* bytes of a voucher's document */

/* sztp: documents */
#define CONFIG_DOWNLOAD_URIS_MAX 8	/* of one boot image */
#define CONFIG_CSR_MAX 4096		/* bytes of a certification request: info, RSA-4096 key and signature */
#define CONFIG_CSR_INFO_MAX 2048	/* bytes of what a server wants it to say */
#define CONFIG_CSR_ROUNDS_MAX 3		/* questions of one server; CSR-9 */

/* sources: how long one that stands earlier in the order may hold the later ones back */
#define CONFIG_SOURCES_USB_MS 100   /* until we ask again whether a stick is still on its way */
#define CONFIG_SOURCES_DHCP_MS 4000 /* after carrier or the round's start: one retransmission */
#define CONFIG_SOURCES_DNS_MS 5000  /* multicast takes 3 s (DNS-15) */
#define CONFIG_SOURCES_BARE_MS 2000 /* a cable and no network: then it is asked by multicast */

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/log.h"
#include "config.h"
#include "dhcp/dhcp4.h"
#include "dhcp/dhcp6.h"
#include "discovery/interfaces.h"
#include "discovery/proxies.h"
#include "fetchers.h"
#include "net/syslog.h"

/*
 * What may be set from outside: /etc/sztpboot/ztp.ini, then the kernel command line; later
 * ones win (product.md section 4).  One table is the reader, docs/settings.md and the man
 * page.  Nothing here can weaken a MUST: there is no key for it.
 */

enum settings_profile {
	SETTINGS_PROFILE_DEFAULT,
	SETTINGS_PROFILE_XR,	 /* fetcher table (XR-10); redirects on sticks refused (USB-12) */
	SETTINGS_PROFILE_HUAWEI, /* option 143 present: nothing else of DHCP (DHCP-16) */
	SETTINGS_PROFILE_SSR,	 /* class JuniperSSR; proxies learned, no direct contacts */
};

/* Texts may hold %serial and %model: settings_expand(). */
struct settings {
	/* Startup */
	enum settings_profile profile;
	bool start, secure_mode;  /* either one false: nothing is done at all (XR-1, XR-11) */
	bool retry_for_ever;	  /* false: one round, then the installed system (XR-11) */
	bool csr;		  /* trusted servers may ask for a certification request */
	char hw_model[CONFIG_SERIAL_MAX]; /* "": the trust store's */
	char restconf_root[CONFIG_RESTCONF_ROOT_MAX]; /* as bootstrap.restconf_root */
	char mgmt_interfaces[128];	  /* patterns; XR-12 */
	/* Discovery, Fetcher Priority */
	struct fetchers fetchers;
	/* Interfaces, and dracut's words vlan=, bond=, ip=, nameserver= */
	struct interfaces interfaces;
	/* DHCP */
	bool dhcp4, dhcp6;
	char vendor_class[CONFIG_SETTINGS_TEXT_MAX]; /* option 60 */
	enum dhcp4_identifier client_id;
	char user_class[CONFIG_SETTINGS_TEXT_MAX]; /* option 77 and 15; "": none */
	bool user_class_bare;
	uint32_t vendor_enterprise; /* options 124 and 16, DUID-EN; 0: none */
	char vendor_items[CONFIG_SETTINGS_TEXT_MAX]; /* joined by commas */
	enum dhcp6_identifier duid;
	bool dhcp_broadcast, dhcp_release;
	bool text_list, strip_path; /* DHCP-11, DHCP-12 */
	/* DNS */
	bool mdns, unicast_dns, reverse_zone;
	/* Proxy */
	enum proxies_mode proxy_mode;
	struct proxies_fixed proxies[CONFIG_SETTINGS_SERVERS_MAX];
	size_t proxy_count;
	char proxy_credentials[128]; /* "user:password" for a 407 (PROXY-10); never printed */
	char no_proxy_links[128];    /* patterns; PROXY-7 */
	bool fallback_direct, wpad;
	/* USB */
	bool usb;
	uint32_t usb_artifact_kib, usb_set_kib; /* caps of USB-10 */
	/* Install */
	bool install_any;	 /* a disk that holds something may be taken */
	char install_serial[64]; /* only this disk */
	/* Syslog */
	struct address syslog[CONFIG_SETTINGS_SERVERS_MAX];
	size_t syslog_count;
	enum syslog_format syslog_format;
	enum log_level syslog_level;
	/* Console */
	enum log_level console_level;
	char debug[128];
	bool halt; /* the initramfs powers off instead of restarting */

	/* The rest belongs to settings.c. */
	uint64_t given; /* bit of each key that was set, by its place in the table */
	bool is_table;	/* fetchers is a [Fetcher Priority] table */
};

/* One key, for the reader and for the documentation. */
struct settings_key {
	const char *texts; /* settings_key_texts() */
	uint16_t at, size; /* the field in struct settings */
	uint8_t kind;	   /* settings.c's */
};

struct settings_key_texts {
	const char *name;     /* "Install.disk": [Install] disk, sztpboot.install.disk= */
	const char *values;   /* what may stand there; the words of a choice, in enum order */
	const char *standard; /* the default, as it would be written */
	const char *help;
};

extern const struct settings_key settings_keys[];
extern const size_t settings_key_count;

struct settings_key_texts settings_key_texts(const struct settings_key *k);

/* Every key at its default.  Before anything else. */
void settings_start(struct settings *s);

/*
 * Read an INI text: [Section], "key = value" or "key: value", # and ; comments.  Names are
 * compared without case; '-', '_' and blanks in them are the same.  Unknown keys and values
 * that do not fit are logged with their line and left at their default.  A wrong line in
 * [Fetcher Priority] rejects the whole text: @s is as it was (XR-11).
 * Returns how many lines were wrong.
 */
unsigned settings_read_ini(struct settings *s, struct bytes text, const char *name);

/*
 * Take the sztpboot.section.key=value words of a kernel command line, likewise, and dracut's
 * words about interfaces; a key alone means yes.  Values with blanks stand in double quotes.
 */
unsigned settings_read_command_line(struct settings *s, struct bytes line);

/* "default", "xr", "huawei", "ssr" */
const char *settings_profile_name(enum settings_profile profile);

/* A text of the settings with %serial and %model filled in.  A part that
 * does not fit, and all behind it, is left out.  Returns @to. */
const char *settings_expand(char *to, size_t size, const char *text, const char *serial,
			    const char *model);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"

/*
 * What may be set from outside: /etc/sztpboot/ztp.ini, then the kernel command line; later
 * ones win (product.md section 4).  Nothing here can weaken a MUST: there is no key for it.
 */
struct settings {
	bool install_any;	 /* install.disk = any: a disk that holds something may be taken */
	bool halt;		 /* sztpboot.halt: the initramfs powers off instead of restarting */
	char install_serial[64]; /* install.serial: only this disk */
	char hw_model[CONFIG_SERIAL_MAX]; /* startup.hw-model */
	char debug[128];	 /* debug = dhcp4,cms */
};

/* One key, for the reader and for the documentation. */
struct settings_key {
	const char *section, *name; /* "Install", "disk": install.disk on the command line */
	const char *help;
	bool (*read)(struct settings *s, struct bytes value);
};

extern const struct settings_key settings_keys[];
extern const size_t settings_key_count;

/*
 * Read an INI text: [Section], key = value, # and ; comments.  Unknown keys and values that
 * do not fit are logged with their line and left at their default.
 * Returns how many lines were wrong.
 */
unsigned settings_read_ini(struct settings *s, struct bytes text, const char *name);

/* Take the sztpboot.section.key=value words of a kernel command line, likewise. */
unsigned settings_read_command_line(struct settings *s, struct bytes line);

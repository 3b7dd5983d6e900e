/* SPDX-License-Identifier: MIT */
#pragma once

#include "settings.h"
#include "sources.h"

/*
 * From what a person may set to what the sources want to be told; holds the texts that are
 * borrowed until sources_stop().
 */
struct sources_settings {
	char serial[CONFIG_SERIAL_MAX], uuid[40];
	char vendor_class[CONFIG_SETTINGS_TEXT_MAX * 2];
	char user_class[CONFIG_SETTINGS_TEXT_MAX * 2];
	char items[CONFIG_DHCP4_ITEMS_MAX][CONFIG_SETTINGS_TEXT_MAX];
	char no_proxy_links[128];
	const char *no_proxies[17]; /* up to a NULL */
};

/* What the sealed policy allows at all; settings can only take away from it. */
struct sources_policy {
	bool usb, dhcp, dns, well_known;
};

/*
 * Fill all of @s but loop, well_known and the callbacks.  @keep: memory that lives as long.
 *
 * @policy: NULL: everything (a workstation, which has no sealed store).
 */
void sources_settings_apply(struct sources *s, struct sources_settings *keep,
			    const struct settings *from, const char *serial, const char *hw_model,
			    const struct sources_policy *policy);

/* /etc/sztpboot/ztp.ini, then the kernel's command line (product.md section 4). */
void sources_settings_read(struct settings *s);

/*
 * Whether the profile can be followed by this device at all.
 * @has_identity: it has a key of its own in the TPM, or was given one (KEY-2).
 * Errors: ERROR_REFUSED XR-15.
 */
MUST_CHECK bool sources_settings_fit(const struct settings *s, bool has_identity,
				     struct error *e);

/* One "section.key=value", as on the kernel's command line.  false: it was logged why. */
MUST_CHECK bool sources_settings_set(struct settings *s, const char *assignment);

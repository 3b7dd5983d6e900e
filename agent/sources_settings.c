/* SPDX-License-Identifier: MIT */
#include "sources_settings.h"

#include <stdio.h>

#include "base/text.h"
#include "platform/file.h"

void sources_settings_read(struct settings *s)
{
	uint8_t text[16384];
	size_t used;
	struct error none;

	if (file_read(text, sizeof(text), &used, "/etc/sztpboot/ztp.ini", 0, &none))
		settings_read_ini(s, bytes_of(text, used), "ztp.ini");
	if (file_read(text, sizeof(text), &used, "/proc/cmdline", 0, &none))
		settings_read_command_line(s, bytes_of(text, used));
}

bool sources_settings_set(struct settings *s, const char *assignment)
{
	char word[512];

	return (size_t)snprintf(word, sizeof(word), "sztpboot.%s", assignment) < sizeof(word) &&
	       settings_read_command_line(s, bytes_of_text(word)) == 0;
}

bool sources_settings_fit(const struct settings *s, bool has_identity, struct error *e)
{
	return s->profile != SETTINGS_PROFILE_XR || has_identity ||
	       error_set(e, ERROR_REFUSED, "XR-15",
			 "the profile xr wants a device identity, and there is none");
}

static bool is_allowed(enum fetcher which, const struct settings *from,
		       const struct sources_policy *policy)
{
	switch (which) {
	case FETCHER_USB:
		return from->usb && (!policy || policy->usb);
	case FETCHER_DNS:
		return (from->mdns || from->unicast_dns) && (!policy || policy->dns);
	case FETCHER_WELL_KNOWN:
		return !policy || policy->well_known;
	case FETCHER_DHCP4:
	case FETCHER_DHCP6:
	case FETCHER_MGMT4:
	case FETCHER_MGMT6:
	case FETCHER_DPORT4:
	case FETCHER_DPORT6:
		return !policy || policy->dhcp;
	case FETCHER_COUNT:
		return false;
	}
	return false;
}

/* For DUID-UUID; "" where the firmware does not tell. */
static void read_uuid(char *to, size_t size)
{
	uint8_t text[64];
	size_t used;
	struct error none;

	to[0] = '\0';
	if (!file_read(text, sizeof(text), &used, "/sys/class/dmi/id/product_uuid", 0, &none))
		return;
	while (used && text[used - 1] <= ' ')
		used--;
	if (!text_copy(to, size, bytes_of(text, used)))
		to[0] = '\0';
}

static void split_items(struct sources_settings *keep, const struct settings *from,
			const char *serial, const char *hw_model,
			const char *items[static CONFIG_DHCP4_ITEMS_MAX])
{
	struct bytes rest = bytes_of_text(from->vendor_items), item;
	char one[CONFIG_SETTINGS_TEXT_MAX];

	for (size_t i = 0; i < CONFIG_DHCP4_ITEMS_MAX && text_word(&item, &rest); i++) {
		if (!text_copy(one, sizeof(one), item))
			break;
		items[i] = settings_expand(keep->items[i], sizeof(keep->items[i]), one, serial,
					   hw_model);
	}
}

/* "eth1, mgmt*" as a list of its patterns. */
static void split_patterns(struct sources_settings *keep, const char *text)
{
	size_t n = 0;
	char *rest = keep->no_proxy_links, *word;

	snprintf(keep->no_proxy_links, sizeof(keep->no_proxy_links), "%s", text);
	while (n + 1 < ARRAY_SIZE(keep->no_proxies) && (word = strsep(&rest, ", ")))
		if (word[0])
			keep->no_proxies[n++] = word;
	keep->no_proxies[n] = NULL;
}

void sources_settings_apply(struct sources *s, struct sources_settings *keep,
			    const struct settings *from, const char *serial, const char *hw_model,
			    const struct sources_policy *policy)
{
	struct dhcp4_profile *four = &s->discovery.dhcp4;
	struct dhcp6_profile *six = &s->discovery.dhcp6;

	if (from->hw_model[0])
		hw_model = from->hw_model;
	hw_model = hw_model ? hw_model : "";
	snprintf(keep->serial, sizeof(keep->serial), "%s", serial ? serial : "");
	settings_expand(keep->vendor_class, sizeof(keep->vendor_class), from->vendor_class,
			keep->serial, hw_model);
	settings_expand(keep->user_class, sizeof(keep->user_class), from->user_class,
			keep->serial, hw_model);
	read_uuid(keep->uuid, sizeof(keep->uuid));

	memset(&s->discovery, 0, sizeof(s->discovery));
	four->identifier = from->client_id;
	four->serial = keep->serial;
	four->vendor_class = keep->vendor_class[0] ? keep->vendor_class : NULL;
	four->user_class = keep->user_class[0] ? keep->user_class : NULL;
	four->user_class_bare = from->user_class_bare;
	four->enterprise = from->vendor_enterprise;
	split_items(keep, from, keep->serial, hw_model, four->vendor_items);
	four->broadcast = from->dhcp_broadcast;
	four->proxies = from->proxy_mode == PROXIES_LEARNED;
	four->wpad = from->wpad;
	six->identifier = from->duid;
	six->enterprise = from->vendor_enterprise;
	six->serial = keep->serial;
	six->uuid = keep->uuid[0] ? keep->uuid : NULL;
	for (size_t i = 0; i < CONFIG_DHCP6_CLASSES_MAX && i < CONFIG_DHCP4_ITEMS_MAX; i++)
		six->vendor_class[i] = four->vendor_items[i];
	six->user_class[0] = four->user_class;

	s->order.count = 0;
	for (size_t i = 0; i < from->fetchers.count; i++)
		if (is_allowed(from->fetchers.at[i].which, from, policy))
			s->order.at[s->order.count++] = from->fetchers.at[i];
	s->discovery.no_dhcp6 = !from->dhcp6;
	s->discovery.no_dhcp4 = !from->dhcp4;
	s->discovery.release = from->dhcp_release;
	split_patterns(keep, from->no_proxy_links);
	s->discovery.no_proxies = keep->no_proxies;
	s->discovery.interfaces = &from->interfaces;
	s->proxying = (struct proxies_options){
		.mode = from->proxy_mode,
		.fixed = from->proxies,
		.fixed_count = from->proxy_count,
		.credentials = from->proxy_credentials[0] ? from->proxy_credentials : NULL,
		.fallback_direct = from->fallback_direct,
		.wpad = from->wpad,
		.without = keep->no_proxies,
	};
	s->management = from->mgmt_interfaces;
	s->serial = keep->serial;
	s->mdns = from->mdns;
	s->unicast_dns = from->unicast_dns;
	s->reverse_zone = from->reverse_zone;
	s->list_ways = (from->text_list ? SERVER_LIST_TEXT : 0) |
		       (from->strip_path ? SERVER_LIST_STRIP_PATH : 0);
	s->no_http = from->profile == SETTINGS_PROFILE_HUAWEI;
	s->only_option_143 = from->profile == SETTINGS_PROFILE_HUAWEI;
	s->no_redirects_on_sticks = from->profile == SETTINGS_PROFILE_XR;
	s->usb_file_max = (size_t)from->usb_artifact_kib * 1024;
	s->usb_set_max = (size_t)from->usb_set_kib * 1024;
}

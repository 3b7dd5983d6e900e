/* SPDX-License-Identifier: MIT */
#include "fetchers.h"

#include "base/text.h"

static const char *const names[FETCHER_COUNT] = {
	[FETCHER_USB] = "usb",	     [FETCHER_DHCP4] = "dhcp4",
	[FETCHER_DHCP6] = "dhcp6",   [FETCHER_DNS] = "dns",
	[FETCHER_MGMT4] = "mgmt4",   [FETCHER_MGMT6] = "mgmt6",
	[FETCHER_DPORT4] = "dport4", [FETCHER_DPORT6] = "dport6",
	[FETCHER_WELL_KNOWN] = "well-known",
};

const char *fetchers_name(enum fetcher which)
{
	return names[which];
}

bool fetchers_has(const struct fetchers *f, enum fetcher which)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->at[i].which == which)
			return true;
	return false;
}

void fetchers_put(struct fetchers *f, enum fetcher which, uint8_t priority)
{
	size_t kept = 0, i;

	for (i = 0; i < f->count; i++)
		if (f->at[i].which != which)
			f->at[kept++] = f->at[i];
	for (i = kept; i > 0 && f->at[i - 1].priority > priority; i--)
		f->at[i] = f->at[i - 1];
	f->at[i].which = (uint8_t)which;
	f->at[i].priority = priority;
	f->count = kept + 1;
}

bool fetchers_read(struct fetchers *f, struct bytes text)
{
	struct fetchers read = { .count = 0 };
	struct bytes name;

	while (text_word(&name, &text)) {
		unsigned i = 0;

		while (i < FETCHER_COUNT && !text_equal_nocase(name, bytes_of_text(names[i])))
			i++;
		if (i == FETCHER_COUNT || fetchers_has(&read, i))
			return false;
		fetchers_put(&read, i, 0);
	}
	*f = read;
	return true;
}

bool fetchers_takes(enum fetcher which, enum address_family family, bool management)
{
	switch (which) {
	case FETCHER_DHCP4:
		return family == ADDRESS_IPV4;
	case FETCHER_DHCP6:
		return family == ADDRESS_IPV6;
	case FETCHER_MGMT4:
		return family == ADDRESS_IPV4 && management;
	case FETCHER_MGMT6:
		return family == ADDRESS_IPV6 && management;
	case FETCHER_DPORT4:
		return family == ADDRESS_IPV4 && !management;
	case FETCHER_DPORT6:
		return family == ADDRESS_IPV6 && !management;
	case FETCHER_USB:
	case FETCHER_DNS:
	case FETCHER_WELL_KNOWN:
	case FETCHER_COUNT:
		return false;
	}
	return false;
}

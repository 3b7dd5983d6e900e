/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "settings.h"

static bool is_ended(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

/* What holds after any ztp.ini and any kernel command line; both in one input, parted by a
 * NUL.  Whoever writes them may break the run, but not the program. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	size_t ini_size = nul ? (size_t)(nul - data) : size;
	uint8_t *copy = malloc(size + 1); /* so that reading behind the end is seen */
	struct settings s;
	char text[64];

	settings_start(&s);
	memcpy(copy, data, ini_size);
	copy = realloc(copy, ini_size ? ini_size : 1);
	(void)settings_read_ini(&s, bytes_of(copy, ini_size), "ztp.ini");
	if (nul)
		(void)settings_read_command_line(&s, bytes_of(nul + 1, size - ini_size - 1));
	assert(s.profile <= SETTINGS_PROFILE_SSR && s.fetchers.count <= FETCHER_COUNT);
	assert(s.client_id <= DHCP4_IDENTIFIER_DUID && s.duid <= DHCP6_IDENTIFIER_UUID);
	assert(s.proxy_mode <= PROXIES_LEARNED && s.syslog_format <= SYSLOG_RFC3164);
	assert(s.syslog_level <= LOG_LEVEL_DEBUG && s.console_level <= LOG_LEVEL_DEBUG);
	assert(s.usb_artifact_kib && s.usb_artifact_kib <= CONFIG_ARTIFACT_MAX / 1024);
	assert(s.usb_set_kib && s.usb_set_kib <= CONFIG_MEDIA_SET_MAX / 1024);
	assert(s.proxy_count <= CONFIG_SETTINGS_SERVERS_MAX);
	for (size_t i = 0; i < s.proxy_count; i++)
		assert(s.proxies[i].port && s.proxies[i].address.family == ADDRESS_IPV4);
	assert(s.syslog_count <= CONFIG_SETTINGS_SERVERS_MAX);
	for (size_t i = 0; i < s.fetchers.count; i++) {
		assert(s.fetchers.at[i].which < FETCHER_COUNT);
		assert(!i || s.fetchers.at[i - 1].priority <= s.fetchers.at[i].priority);
		for (size_t j = 0; j < i; j++)
			assert(s.fetchers.at[i].which != s.fetchers.at[j].which);
	}
	assert(is_ended(s.vendor_class, sizeof(s.vendor_class)));
	assert(is_ended(s.debug, sizeof(s.debug)) && is_ended(s.hw_model, sizeof(s.hw_model)));
	settings_expand(text, sizeof(text), s.vendor_class, "%serial%model", "%serial");
	assert(is_ended(text, sizeof(text)));
	free(copy);
	return 0;
}

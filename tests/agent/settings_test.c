/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include "base/log.h"
#include "base/writer.h"
#include "check.h"
#include "sources_settings.h"

static char last[256];

static void keep_last(void *context, const struct log_entry *entry)
{
	(void)context;
	snprintf(last, sizeof(last), "%s", entry->line);
}

static struct settings settings;
static struct error e;

static unsigned more_ini(const char *text)
{
	log_to(keep_last, NULL);
	last[0] = '\0';
	return settings_read_ini(&settings, bytes_of_text(text), "ztp.ini");
}

static unsigned ini(const char *text)
{
	settings_start(&settings);
	return more_ini(text);
}

static unsigned command_line(const char *text)
{
	log_to(keep_last, NULL);
	last[0] = '\0';
	return settings_read_command_line(&settings, bytes_of_text(text));
}

static const char *order(void)
{
	static char text[128];

	text[0] = '\0';
	for (size_t i = 0; i < settings.fetchers.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
			 fetchers_name(settings.fetchers.at[i].which));
	return text;
}

TEST(reads_sections_keys_and_comments, "")
{
	CHECK(ini("# comment\r\n[Install]\r\n disk = any \r\n; other\n\nserial=WD-1 2\n"
		  "[startup]\nHW_Model: X\n") == 0);
	CHECK(settings.install_any);
	CHECK_STR(settings.install_serial, "WD-1 2");
	CHECK_STR(settings.hw_model, "X");
}

TEST(names_the_line_of_an_unknown_key_and_keeps_the_default, "")
{
	CHECK(ini("[Install]\ndisk = maybe\nsize = 3\nserial = A") == 2);
	CHECK(!settings.install_any);
	CHECK_STR(settings.install_serial, "A");
	CHECK(ini("[Install]\n\nnonsense\n") == 1);
	CHECK_STR(last, "ztp.ini line 3: nonsense: neither [Section] nor key = value; "
			"the default holds");
	CHECK(ini("disk = any\n[Nowhere]\ndisk = any\n[Install\ndisk = any\n") == 4);
}

TEST(the_command_line_wins, "")
{
	ini("[Install]\ndisk = any\n");
	CHECK(command_line("quiet sztpboot.install.disk=empty root=x sztpboot.halt "
			   "sztpboot.debug=tls\n") == 0);
	CHECK(!settings.install_any && settings.halt);
	CHECK_STR(settings.debug, "tls");
	CHECK(command_line("sztpboot.insecure=1") == 1);
	CHECK_STR(last, "kernel command line: sztpboot.insecure: there is no such key; "
			"the default holds");
	CHECK(command_line("sztpboot=run sztpbootx.a=b sztpboot") == 0);
	CHECK(command_line("sztpboot.usb.set-max") == 1);
}

TEST(values_with_blanks_stand_in_quotes, "")
{
	settings_start(&settings);
	CHECK(command_line("a=\"b sztpboot.debug=x\" sztpboot.dhcp.user-class=\"c d\" "
			   "\"sztpboot.install.serial=e f\" sztpboot.startup.hw_model=g") == 0);
	CHECK_STR(settings.debug, "");
	CHECK_STR(settings.user_class, "c d");
	CHECK_STR(settings.install_serial, "e f");
	CHECK_STR(settings.hw_model, "g");
	CHECK(command_line("sztpboot.debug=\"never closed\\") == 0);
}

TEST(refuses_values_that_do_not_fit, "")
{
	static const char *const wrong[] = {
		"[Startup]\nprofile = cisco", "[Startup]\nstart = perhaps", "[Startup]\nstart =",
		"[Discovery]\norder = usb, usb", "[Discovery]\norder = usb, ftp",
		"[Discovery]\norder =", "[DHCP]\nclient-id = ip", "[DHCP]\nvendor-info = x:y",
		"[DHCP]\nvendor-info = 4294967296:y", "[Proxy]\nserver = 192.0.2.1",
		"[Proxy]\nserver = 192.0.2.1:0", "[Proxy]\nserver = proxy:80",
		"[Proxy]\nserver = [2001:db8::1]:80", "[Proxy]\nmode = auto",
		"[USB]\nartifact-max = 0", "[USB]\nartifact-max = 1025", "[USB]\nset-max = 4097",
		"[USB]\nset-max = -1", "[Syslog]\nserver = 192.0.2", "[Syslog]\nserver = loghost",
		"[Syslog]\nserver = 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 "
		"192.0.2.7 192.0.2.8 192.0.2.9",
		"[Syslog]\nformat = 5425", "[Syslog]\nlevel = emergency", "[DNS]\nmdns = 2",
	};
	struct settings defaults;
	char text[200];

	settings_start(&defaults);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK(ini(wrong[i]) == 1);
		if (memcmp(&settings, &defaults, sizeof(settings)) != 0 ||
		    !strstr(last, "the value does not fit"))
			printf("%s\n", wrong[i]);
		CHECK(memcmp(&settings, &defaults, sizeof(settings)) == 0);
		CHECK(strstr(last, "ztp.ini line 2: ") == last);
	}
	memset(text, 'x', sizeof(text));
	memcpy(text, "[Install]\nserial = ", 19);
	text[sizeof(text) - 1] = '\0';
	CHECK(ini(text) == 1 && settings.install_serial[0] == '\0');
}

TEST(provisioning_is_on_until_somebody_says_no, "INIT-1 INIT-2")
{
	settings_start(&settings);
	CHECK(settings.start && settings.secure_mode);
	CHECK(more_ini("") == 0 && more_ini("[Startup]\n") == 0);
	CHECK(settings.start && settings.secure_mode);
	CHECK(ini("[Startup]\nstart = False\n") == 0 && !settings.start);
	CHECK(command_line("sztpboot.startup.start=yes") == 0 && settings.start);
	CHECK(ini("[Startup]\nstart = perhaps\n") == 1 && settings.start);
}

/*
 * Who adds a key judges whether any value of it makes the device believe what it must not, skip
 * a check, or tell a secret; if none does, it is added here.
 */
TEST(no_key_weakens_a_must, "SEC-7")
{
	static const char judged[] =
		"Startup: profile start secure-mode retry_forever csr hw-model restconf-root "
		"mgmt-interfaces\n"
		"Fetcher Priority: USB Mgmt4 Mgmt6 DPort4 DPort6\n"
		"Discovery: order\n"
		"Interfaces: vlan bond ip nameserver mtu off\n"
		"DHCP: ipv4 ipv6 vendor-class client-id user-class user-class-bare vendor-info duid "
		"broadcast release text-list strip-path\n"
		"DNS: mdns unicast reverse-zone\n"
		"Proxy: mode server credentials discovery-off fallback-direct wpad\n"
		"USB: enabled artifact-max set-max\n"
		"Install: disk serial\n"
		"Syslog: server format level\n"
		"Console: level debug halt\n";

	for (size_t i = 0; i < settings_key_count; i++) {
		char key[80], *name, section[40], *line, *end, *at;

		snprintf(key, sizeof(key), "%s", settings_key_texts(&settings_keys[i]).name);
		name = strchr(key, '.');
		snprintf(section, sizeof(section), "%.*s: ", name ? (int)(name - key) : 7,
			 name ? key : "Console");
		name = name ? name + 1 : key;
		line = strstr(judged, section);
		end = line ? strchr(line, '\n') : NULL;
		at = line ? strstr(line, name) : NULL;
		if (!at || at > end || at[-1] != ' ' || !strchr(" \n", at[strlen(name)]))
			printf("%s has not been judged\n", key);
		CHECK(at && at < end);
	}
}

TEST(the_profile_xr_wants_an_identity, "XR-15 KEY-2")
{
	CHECK(ini("[Startup]\nprofile = xr\n") == 0);
	CHECK(!sources_settings_fit(&settings, false, &e));
	CHECK_STR(e.rule, "XR-15");
	CHECK(sources_settings_fit(&settings, true, &e));
	CHECK(ini("") == 0 && sources_settings_fit(&settings, false, &e));
}

TEST(every_default_fits_and_can_be_written, "")
{
	struct settings defaults;
	char text[200];

	settings_start(&defaults);
	CHECK(defaults.start && defaults.secure_mode && defaults.retry_for_ever && defaults.usb);
	CHECK(defaults.dhcp4 && defaults.dhcp6 && defaults.text_list && !defaults.strip_path);
	CHECK(defaults.mdns && defaults.unicast_dns && !defaults.reverse_zone);
	CHECK(defaults.proxy_mode == PROXIES_DISABLED && defaults.fallback_direct);
	CHECK(defaults.usb_artifact_kib == 1024 && defaults.usb_set_kib == 4096);
	CHECK(defaults.syslog_level == LOG_LEVEL_NOTICE && !defaults.install_any);
	for (size_t i = 0; i < settings_key_count; i++) {
		struct settings_key_texts k = settings_key_texts(&settings_keys[i]);
		const char *dot = strchr(k.name, '.');

		if (k.standard[0] == '\0')
			continue;
		snprintf(text, sizeof(text), "[%.*s]\n%s=%s", dot ? (int)(dot - k.name) : 0,
			 k.name, dot ? dot + 1 : k.name, k.standard);
		CHECK(ini(text) == 0);
		settings.given = 0;
		CHECK(memcmp(&settings, &defaults, sizeof(settings)) == 0);
	}
}

TEST(the_words_of_a_choice_stand_in_the_order_of_their_enum, "PROXY-1 OPT4-5 OPT6-3 LOG-8")
{
	CHECK(ini("[Startup]\nprofile=xr\n[DHCP]\nclient-id=SERIAL-RAW\nduid=uuid\n[Proxy]\n"
		  "mode=static\n[Syslog]\nformat=3164\nlevel=info\n[Console]\nlevel=warn") == 0);
	CHECK(settings.profile == SETTINGS_PROFILE_XR);
	CHECK(settings.client_id == DHCP4_IDENTIFIER_SERIAL_RAW);
	CHECK(settings.duid == DHCP6_IDENTIFIER_UUID);
	CHECK(settings.proxy_mode == PROXIES_STATIC);
	CHECK(settings.syslog_format == SYSLOG_RFC3164);
	CHECK(settings.syslog_level == LOG_LEVEL_INFO);
	CHECK(settings.console_level == LOG_LEVEL_WARN);
	CHECK(ini("[DHCP]\nclient-id=mac\nduid=en\n[Proxy]\nmode=learned\n") == 0);
	CHECK(settings.client_id == DHCP4_IDENTIFIER_MAC);
	CHECK(settings.duid == DHCP6_IDENTIFIER_EN);
	CHECK(settings.proxy_mode == PROXIES_LEARNED);
	CHECK(ini("[DHCP]\nclient-id=serial\nduid=ll\n[Startup]\nprofile=huawei") == 0);
	CHECK(settings.client_id == DHCP4_IDENTIFIER_SERIAL);
	CHECK(settings.profile == SETTINGS_PROFILE_HUAWEI);
	CHECK(ini("[DHCP]\nclient-id=duid\n[Startup]\nprofile=ssr") == 0);
	CHECK(settings.client_id == DHCP4_IDENTIFIER_DUID);
	CHECK(settings.profile == SETTINGS_PROFILE_SSR);
}

TEST(reads_lists_of_servers, "PROXY-1")
{
	CHECK(ini("[Proxy]\nserver = 192.0.2.11:8080, 192.0.2.10:3128\n[Syslog]\n"
		  "server = 192.0.2.5 2001:db8::5\n[DHCP]\nvendor-info = 9:PID=X,%serial\n") == 0);
	CHECK(settings.proxy_count == 2 && settings.proxies[1].port == 3128);
	CHECK(address_to_ipv4(&settings.proxies[0].address) == 0xc000020b);
	CHECK(settings.syslog_count == 2);
	CHECK_STR(ADDRESS_TEXT(&settings.syslog[1]), "2001:db8::5");
	CHECK(settings.vendor_enterprise == 9);
	CHECK_STR(settings.vendor_items, "PID=X,%serial");
	CHECK(more_ini("[Proxy]\nserver =\n[DHCP]\nvendor-info =\n") == 0);
	CHECK(settings.proxy_count == 0 && settings.vendor_enterprise == 0);
}

TEST(profiles_have_the_names_they_are_chosen_by, "")
{
	for (unsigned i = SETTINGS_PROFILE_DEFAULT; i <= SETTINGS_PROFILE_SSR; i++) {
		char text[64];

		snprintf(text, sizeof(text), "[Startup]\nprofile=%s", settings_profile_name(i));
		CHECK(ini(text) == 0 && settings.profile == i);
	}
}

TEST(a_profile_sets_defaults_that_explicit_keys_override, "OPT4-4 PROXY-11 XR-10")
{
	CHECK(ini("[Startup]\nprofile = ssr\n") == 0);
	CHECK_STR(settings.vendor_class, "JuniperSSR");
	CHECK(settings.proxy_mode == PROXIES_LEARNED && !settings.fallback_direct);
	/* In whatever order they come. */
	CHECK(ini("[DHCP]\nvendor-class = mine\n[Startup]\nprofile = ssr\n[Proxy]\n"
		  "fallback-direct = on\n") == 0);
	CHECK_STR(settings.vendor_class, "mine");
	CHECK(settings.proxy_mode == PROXIES_LEARNED && settings.fallback_direct);
	CHECK(command_line("sztpboot.startup.profile=xr") == 0);
	CHECK_STR(settings.vendor_class, "mine");
	CHECK(settings.proxy_mode == PROXIES_DISABLED && settings.fallback_direct);
	CHECK_STR(order(), "usb mgmt4 mgmt6 dport4 dport6");
	CHECK(command_line("sztpboot.startup.profile=default") == 0);
	CHECK_STR(order(), "usb dhcp4 dhcp6 dns well-known");
	/* One that is refused changes nothing. */
	CHECK(command_line("sztpboot.startup.profile=srx") == 1);
	CHECK_STR(order(), "usb dhcp4 dhcp6 dns well-known");
}

TEST(the_order_of_sources_is_configuration, "DISC-2")
{
	settings_start(&settings);
	CHECK_STR(order(), "usb dhcp4 dhcp6 dns well-known");
	CHECK(command_line("sztpboot.discovery.order=Well-Known,dns") == 0);
	CHECK_STR(order(), "well-known dns");
	CHECK(command_line("sztpboot.discovery.order=dns,nobody") == 1);
	CHECK_STR(order(), "well-known dns");
}

TEST(cisco_s_own_file_is_read, "XR-10 XR-11")
{
	CHECK(ini("[Startup]\nstart: True\nretry_forever: False\n\n[Fetcher Priority]\n"
		  "Mgmt4: 0\nmgmt6: 1\nDPORT4: 2\nDPort6: 3\nUSB: 4\n") == 0);
	CHECK(settings.start && !settings.retry_for_ever);
	CHECK_STR(order(), "mgmt4 mgmt6 dport4 dport6 usb");
	CHECK(ini("[Startup]\nstart: False\n") == 0 && !settings.start);
}

TEST(the_fetcher_table, "XR-11")
{
	static const struct {
		const char *rows, *order; /* NULL: the file is rejected */
	} cases[] = {
		{ "USB: 0\nMgmt4: 1\nMgmt6: 2\nDPort4: 3\nDPort6: 4\n",
		  "usb mgmt4 mgmt6 dport4 dport6" },
		{ "DPort6=9\nusb=3\n", "usb dport6" }, /* missing ones are off */
		{ "DPort4: 5\nMgmt4: 5\nUSB: 5\n", "dport4 mgmt4 usb" },
		{ "DPort4: 5\nMgmt4: 5\nUSB: 1\nMgmt6: 5\n", "usb dport4 mgmt4 mgmt6" },
		{ "", "" },
		{ "# none\n", "" },
		{ "USB: 10\n", NULL },
		{ "USB: -1\n", NULL },
		{ "USB: 1.0\n", NULL },
		{ "USB:\n", NULL },
		{ "USB\n", NULL },
		{ "USB: 0\nMgmt4: one\n", NULL },
		{ "USB: 0\nHTTP: 1\n", NULL },
		{ "USB: 0\nUSB: 1\n", NULL },
		{ "USB: 0\nusb: 0\n", NULL },
		{ "[Startup]\nhw-model: Y\n[Fetcher Priority]\nDPort4: x\n", NULL },
		{ "USB: 1\n[Startup]\nhw-model: Y\n[fetcher_priority]\nDPort4: 0\n",
		  "dport4 usb" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[256];

		snprintf(text, sizeof(text),
			 "[Startup]\nprofile: xr\nstart: False\n[Fetcher Priority]\n%s",
			 cases[i].rows);
		if (cases[i].order) {
			CHECK(ini(text) == 0);
			CHECK_STR(order(), cases[i].order);
			CHECK(!settings.start);
			continue;
		}
		CHECK(ini(text) == 1);
		CHECK(strstr(last, ": XR-11: ") && strstr(last, "the whole file is left out"));
		/* All of it: the profile, the switch, the model. */
		CHECK(settings.profile == SETTINGS_PROFILE_DEFAULT && settings.start);
		CHECK(settings.hw_model[0] == '\0');
		CHECK_STR(order(), "usb dhcp4 dhcp6 dns well-known");
	}
}

TEST(the_table_and_the_order_exclude_each_other_and_the_later_wins, "DISC-2 XR-10")
{
	CHECK(ini("[Discovery]\norder = dns\n[Fetcher Priority]\nMgmt4 = 1\n") == 0);
	CHECK_STR(order(), "mgmt4");
	CHECK(command_line("sztpboot.startup.profile=xr") == 0); /* it was said explicitly */
	CHECK_STR(order(), "mgmt4");
	CHECK(command_line("sztpboot.fetcher-priority.usb=0") == 0);
	CHECK_STR(order(), "usb mgmt4");
	CHECK(command_line("sztpboot.fetcher-priority.usb=99") == 1);
	CHECK_STR(order(), "usb mgmt4");
	CHECK(command_line("sztpboot.discovery.order=dns,usb") == 0);
	CHECK_STR(order(), "dns usb");
	/* Without a table in force, one row changes the default one. */
	CHECK(command_line("sztpboot.fetcher-priority.dport6=0") == 0);
	CHECK_STR(order(), "usb dport6 mgmt4 mgmt6 dport4");
}

TEST(interfaces_are_described_as_dracut_does, "")
{
	CHECK(ini("[Interfaces]\nvlan = eth0.5:eth0\nvlan = vlan7:eth1\noff = usb*\n"
		  "bond = bond0:eth0,eth1:mode=802.3ad\nmtu = 9000\n"
		  "nameserver = 2001:db8::53\nip = 192.0.2.9::192.0.2.1:24::eth2:none\n") == 0);
	CHECK(settings.interfaces.vlan_count == 2 && settings.interfaces.vlans[1].id == 7);
	CHECK(settings.interfaces.bond_count == 1 && settings.interfaces.mtu == 9000);
	CHECK(settings.interfaces.dns_count == 1 && interfaces_find(&settings.interfaces, "usb0"));
	CHECK(interfaces_find(&settings.interfaces, "eth2")->four.prefix == 24);
	/* The kernel's command line adds to that, with dracut's words or ours. */
	CHECK(command_line("vlan=eth0.6:eth0 ip=eth5:dhcp6 nameserver=192.0.2.53 "
			   "sztpboot.interfaces.vlan=eth0.8:eth0 rd.neednet=1 vlan ipv6.disable=1") ==
	      0);
	CHECK(settings.interfaces.vlan_count == 4 && settings.interfaces.dns_count == 2);
	CHECK(interfaces_find(&settings.interfaces, "eth5") != NULL);
	/* What is wrong is named and changes nothing. */
	CHECK(command_line("vlan=eth0 bond=: ip=nonsense nameserver=x") == 4);
	CHECK_STR(last, "kernel command line: nameserver: the value does not fit; the default "
			"holds");
	CHECK(command_line("mtu=9000 off=eth0") == 0); /* not dracut's, not ours */
	CHECK(settings.interfaces.vlan_count == 4 && settings.interfaces.dns_count == 2);
	/* A profile later on takes nothing of it away. */
	CHECK(command_line("sztpboot.startup.profile=ssr") == 0);
	CHECK(settings.interfaces.vlan_count == 4 && settings.interfaces.mtu == 9000);
}

TEST(texts_name_the_serial_and_the_model, "OPT4-4")
{
	char text[16];

	CHECK_STR(settings_expand(text, sizeof(text), "sztp:%model", "S1", "M"), "sztp:M");
	CHECK_STR(settings_expand(text, sizeof(text), "%serial%model%", "S1", "M"), "S1M%");
	CHECK_STR(settings_expand(text, sizeof(text), "abcdefghij%serial", "12345", ""),
		  "abcdefghij12345");
	CHECK_STR(settings_expand(text, sizeof(text), "abcdefghij%serialx", "123456", ""),
		  "abcdefghij");
	CHECK_STR(settings_expand(text, sizeof(text), "", "", ""), "");
}

/* Every key has its line in docs/settings.md, as the table says it, and no other does. */
TEST(the_page_about_settings_is_complete, "")
{
	static char page[65536];
	FILE *f = fopen("docs/settings.md", "rb");
	size_t size = f ? fread(page, 1, sizeof(page) - 1, f) : 0, rows = 0;

	CHECK(size > 0);
	if (f)
		fclose(f);
	for (const char *at = page; (at = strstr(at, "\n| `")); at++)
		rows++;
	CHECK(rows == settings_key_count);
	for (size_t i = 0; i < settings_key_count; i++) {
		struct settings_key_texts k = settings_key_texts(&settings_keys[i]);
		char line[400];
		struct writer w = writer_over(line, sizeof(line));

		writer_printf(&w, "| `%s` | ", k.name);
		for (const char *c = k.values; *c; c++)
			writer_text(&w, *c == '|' ? " \\| " : (char[]){ *c, '\0' });
		writer_printf(&w, " | %s | %s |", k.standard, k.help);
		writer_u8(&w, 0);
		CHECK(writer_ok(&w));
		if (!strstr(page, line))
			printf("docs/settings.md lacks: %s\n", line);
		CHECK(strstr(page, line) != NULL);
	}
}

/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <ctype.h>
#include <stdio.h>

#include "base/text.h"
#include "base/writer.h"

/* How the value of a key is read, and what its field is. */
enum kind {
	FLAG,	   /* bool */
	CHOICE,	   /* an enum in the order of the words, or a bool */
	TEXT,	   /* char[size] */
	NUMBER,	   /* uint32_t from 1 to size */
	PROFILE,   /* the others' defaults follow */
	ORDER,	   /* struct fetchers */
	PRIORITY,  /* one row of the fetcher table; size: which */
	VENDOR,	   /* vendor_enterprise and vendor_items */
	PROXIES,   /* proxies and proxy_count */
	ADDRESSES, /* syslog and syslog_count */
	INTERFACE, /* one more thing about interfaces; size: which */
};

enum { VLAN, BOND, IP, NAMESERVER, MTU, OFF };

static bool (*const interface_readers[])(struct interfaces *, struct bytes) = {
	[VLAN] = interfaces_read_vlan, [BOND] = interfaces_read_bond,
	[IP] = interfaces_read_ip,     [NAMESERVER] = interfaces_read_nameserver,
	[MTU] = interfaces_read_mtu,   [OFF] = interfaces_read_off,
};

#define YES_NO "yes|no"
#define LEVELS "error|warn|notice|info|debug"
#define PATTERNS "names, * and ? match any"
_Static_assert(sizeof(enum log_level) == sizeof(unsigned), "choices are written as unsigned");
#define FIELD(f) offsetof(struct settings, f), sizeof(((struct settings *)0)->f)

/* The texts of a key in one, which takes half the room of pointers to four. */
#define KEY(NAME, VALUES, STANDARD, HELP, KIND, ...)                                         \
	{ NAME "\0" VALUES "\0" STANDARD "\0" HELP, __VA_ARGS__, KIND }

const struct settings_key settings_keys[] = {
	KEY("Startup.profile", "default|xr|huawei|ssr", "default",
	    "whose ways are followed; sets the defaults of other keys",
	    PROFILE, FIELD(profile)),
	KEY("Startup.start", YES_NO, "yes",
	    "no: start the system that is installed", FLAG, FIELD(start)),
	KEY("Startup.secure-mode", YES_NO, "yes",
	    "no: the same", FLAG, FIELD(secure_mode)),
	KEY("Startup.retry_forever", YES_NO, "yes",
	    "no: one round only, then the same", FLAG, FIELD(retry_for_ever)),
	KEY("Startup.csr", YES_NO, "no", "yes: trusted servers may ask for a CSR",
	    FLAG, FIELD(csr)),
	KEY("Startup.hw-model", "text", "",
	    "for trusted servers, instead of the trust store's", TEXT, FIELD(hw_model)),
	KEY("Startup.restconf-root", "auto|fixed:/path", "auto",
	    "where servers have their RPCs; auto: they are asked", TEXT, FIELD(restconf_root)),
	KEY("Startup.mgmt-interfaces", PATTERNS, "eth0, mgmt*",
	    "management interfaces", TEXT, FIELD(mgmt_interfaces)),
	KEY("Fetcher Priority.USB", "0..9", "",
	    "lower ones first; only the given ones are used", PRIORITY, 0, FETCHER_USB),
	KEY("Fetcher Priority.Mgmt4", "0..9", "",
	    "DHCPv4 on management interfaces", PRIORITY, 0, FETCHER_MGMT4),
	KEY("Fetcher Priority.Mgmt6", "0..9", "",
	    "DHCPv6 on management interfaces", PRIORITY, 0, FETCHER_MGMT6),
	KEY("Fetcher Priority.DPort4", "0..9", "",
	    "DHCPv4 on other interfaces", PRIORITY, 0, FETCHER_DPORT4),
	KEY("Fetcher Priority.DPort6", "0..9", "",
	    "DHCPv6 on other interfaces", PRIORITY, 0, FETCHER_DPORT6),
	KEY("Discovery.order", "sources", "usb, dhcp4, dhcp6, dns, well-known",
	    "what is asked, best first; mgmt4, mgmt6, dport4, dport6 too",
	    ORDER, FIELD(fetchers)),
	KEY("Interfaces.vlan", "name:parent", "",
	    "a VLAN: eth0.5:eth0", INTERFACE, 0, VLAN),
	KEY("Interfaces.bond", "name[:links[:options[:mtu]]]", "",
	    "a bond: bond0:eth0,eth1:mode=802.3ad", INTERFACE, 0, BOND),
	KEY("Interfaces.ip", "as dracut's ip=", "",
	    "addresses of a link", INTERFACE, 0, IP),
	KEY("Interfaces.nameserver", "address", "",
	    "asked before those of networks", INTERFACE, 0, NAMESERVER),
	KEY("Interfaces.mtu", "bytes, or link:bytes", "",
	    "of all links, or one", INTERFACE, 0, MTU),
	KEY("Interfaces.off", PATTERNS, "", "links that are left alone", INTERFACE, 0, OFF),
	KEY("DHCP.ipv4", YES_NO, "yes", "use DHCPv4", FLAG, FIELD(dhcp4)),
	KEY("DHCP.ipv6", YES_NO, "yes",
	    "use DHCPv6 and router advertisements", FLAG, FIELD(dhcp6)),
	KEY("DHCP.vendor-class", "text", "sztp:%model",
	    "option 60", TEXT, FIELD(vendor_class)),
	KEY("DHCP.client-id", "mac|serial|serial-raw|duid", "mac",
	    "option 61", CHOICE, FIELD(client_id)),
	KEY("DHCP.user-class", "text", "",
	    "option 77, and 15 of DHCPv6", TEXT, FIELD(user_class)),
	KEY("DHCP.user-class-bare", YES_NO, "no",
	    "option 77 without its length byte", FLAG, FIELD(user_class_bare)),
	KEY("DHCP.vendor-info", "enterprise number:text,text...", "",
	    "options 124, and 16 of DHCPv6", VENDOR, FIELD(vendor_items)),
	KEY("DHCP.duid", "ll|en|uuid", "ll",
	    "DHCPv6 identifier; en needs vendor-info", CHOICE, FIELD(duid)),
	KEY("DHCP.broadcast", YES_NO, "no",
	    "ask for broadcast answers", FLAG, FIELD(dhcp_broadcast)),
	KEY("DHCP.release", YES_NO, "no",
	    "give leases back at the end", FLAG, FIELD(dhcp_release)),
	KEY("DHCP.text-list", YES_NO, "yes",
	    "understand options 143 and 136 as text", FLAG, FIELD(text_list)),
	KEY("DHCP.strip-path", YES_NO, "no",
	    "cut RESTCONF paths off servers' URIs", FLAG, FIELD(strip_path)),
	KEY("DNS.mdns", YES_NO, "yes", "ask by multicast", FLAG, FIELD(mdns)),
	KEY("DNS.unicast", YES_NO, "yes", "ask name servers", FLAG, FIELD(unicast_dns)),
	KEY("DNS.reverse-zone", YES_NO, "no",
	    "find domains by the own address", FLAG, FIELD(reverse_zone)),
	KEY("Proxy.mode", "disabled|static|learned", "disabled",
	    "HTTP proxies", CHOICE, FIELD(proxy_mode)),
	KEY("Proxy.server", "a.b.c.d:port...", "",
	    "static proxies", PROXIES, FIELD(proxies)),
	KEY("Proxy.credentials", "user:password", "",
	    "for static proxies; anybody can read it", TEXT, FIELD(proxy_credentials)),
	KEY("Proxy.discovery-off", PATTERNS, "",
	    "interfaces where none is learned", TEXT, FIELD(no_proxy_links)),
	KEY("Proxy.fallback-direct", YES_NO, "yes",
	    "connect directly when no proxy works", FLAG, FIELD(fallback_direct)),
	KEY("Proxy.wpad", YES_NO, "no", "look at DHCP option 252", FLAG, FIELD(wpad)),
	KEY("USB.enabled", YES_NO, "yes", "look at removable media", FLAG, FIELD(usb)),
	KEY("USB.artifact-max", "1..1024", "1024",
	    "KiB of one artifact",
	    NUMBER, offsetof(struct settings, usb_artifact_kib), CONFIG_ARTIFACT_MAX / 1024),
	KEY("USB.set-max", "1..4096", "4096",
	    "KiB of all three together",
	    NUMBER, offsetof(struct settings, usb_set_kib), CONFIG_MEDIA_SET_MAX / 1024),
	KEY("Install.disk", "empty|any", "empty",
	    "any: a disk that holds something may be taken", CHOICE, FIELD(install_any)),
	KEY("Install.serial", "text", "",
	    "take only the disk with this serial number", TEXT, FIELD(install_serial)),
	KEY("Syslog.server", "addresses", "",
	    "servers besides those of DHCP option 7", ADDRESSES, FIELD(syslog)),
	KEY("Syslog.format", "5424|3164", "5424",
	    "RFC of the messages", CHOICE, FIELD(syslog_format)),
	KEY("Syslog.level", LEVELS, "notice",
	    "lines sent besides events", CHOICE, FIELD(syslog_level)),
	KEY("Console.level", LEVELS, "debug", "lines shown", CHOICE, FIELD(console_level)),
	KEY("Console.debug", "parts", "",
	    "whose debug lines are made: dhcp4,tls or all", TEXT, FIELD(debug)),
	KEY("halt", YES_NO, "no",
	    "after a failure power off, do not restart", FLAG, FIELD(halt)),
};
const size_t settings_key_count = ARRAY_SIZE(settings_keys);
_Static_assert(ARRAY_SIZE(settings_keys) <= 64, "bits of settings.given");

struct settings_key_texts settings_key_texts(const struct settings_key *k)
{
	struct settings_key_texts t = { .name = k->texts };

	t.values = t.name + strlen(t.name) + 1;
	t.standard = t.values + strlen(t.values) + 1;
	t.help = t.standard + strlen(t.standard) + 1;
	return t;
}

/* Where a profile differs from the defaults of the table. */
static const struct {
	enum settings_profile profile;
	const char *name, *value;
} profile_defaults[] = {
	{ SETTINGS_PROFILE_XR, "Discovery.order", "usb, mgmt4, mgmt6, dport4, dport6" },
	{ SETTINGS_PROFILE_SSR, "DHCP.vendor-class", "JuniperSSR" },
	{ SETTINGS_PROFILE_SSR, "Proxy.mode", "learned" },
	{ SETTINGS_PROFILE_SSR, "Proxy.fallback-direct", "no" },
};

static struct bytes trimmed(struct bytes b)
{
	while (b.size && (b.at[0] == ' ' || b.at[0] == '\t'))
		b = bytes_of(b.at + 1, b.size - 1);
	while (b.size && strchr(" \t\r\n", b.at[b.size - 1]) && b.at[b.size - 1])
		b.size--;
	return b;
}

static struct bytes unquoted(struct bytes b)
{
	if (b.size >= 2 && b.at[0] == '"' && b.at[b.size - 1] == '"')
		return bytes_of(b.at + 1, b.size - 2);
	return b;
}

/* Cut @b at the first of @stops: returns what stands before it, @b becomes what is behind. */
static struct bytes cut(struct bytes *b, const char *stops)
{
	size_t n = 0;

	while (n < b->size && !(b->at[n] && strchr(stops, b->at[n])))
		n++;
	struct bytes before = bytes_of(b->at, n);

	*b = n < b->size ? bytes_of(b->at + n + 1, b->size - n - 1) : bytes_of(NULL, 0);
	return before;
}

/* Position of @value among the words of "a|b|c"; -1: not there. */
static int choice(const char *words, struct bytes value)
{
	struct bytes rest = bytes_of_text(words);

	for (int i = 0; rest.size; i++)
		if (text_equal_nocase(cut(&rest, "|"), value))
			return i;
	return -1;
}

static bool read_flag(bool *to, struct bytes value)
{
	int n = choice("no|yes|off|on|false|true|0|1", value);

	*to = n & 1;
	return n >= 0;
}

static bool read_vendor(struct settings *s, struct bytes value)
{
	struct bytes number = cut(&value, ":");
	uint64_t n = 0;

	if (number.size && !text_number(&n, number, UINT32_MAX))
		return false;
	s->vendor_enterprise = (uint32_t)n;
	return text_copy(s->vendor_items, sizeof(s->vendor_items), value);
}

static bool read_proxies(struct settings *s, struct bytes value)
{
	struct bytes word;

	for (s->proxy_count = 0; text_word(&word, &value); s->proxy_count++)
		if (s->proxy_count == ARRAY_SIZE(s->proxies) ||
		    !proxies_read(&s->proxies[s->proxy_count], word))
			return false;
	return true;
}

static bool read_addresses(struct settings *s, struct bytes value)
{
	struct bytes word;

	for (s->syslog_count = 0; text_word(&word, &value); s->syslog_count++)
		if (s->syslog_count == ARRAY_SIZE(s->syslog) ||
		    !address_read(&s->syslog[s->syslog_count], word))
			return false;
	return true;
}

static bool apply(struct settings *s, const struct settings_key *k, struct bytes value);

/* The defaults of the profile, wherever nothing else was said. */
static void apply_defaults(struct settings *s)
{
	for (size_t i = 0; i < settings_key_count; i++) {
		const struct settings_key *k = &settings_keys[i];
		const char *value = settings_key_texts(k).standard;

		if (s->given >> i & 1 || k->kind == PROFILE || k->kind == PRIORITY ||
		    k->kind == INTERFACE)
			continue;
		for (size_t p = 0; p < ARRAY_SIZE(profile_defaults); p++)
			if (profile_defaults[p].profile == s->profile &&
			    strcmp(profile_defaults[p].name, k->texts) == 0)
				value = profile_defaults[p].value;
		(void)!apply(s, k, bytes_of_text(value));
	}
}

/* A row of the fetcher table; the first one outside a file changes the default table. */
static bool read_priority(struct settings *s, enum fetcher which, struct bytes value)
{
	uint64_t n;

	if (!text_number(&n, value, 9))
		return false;
	if (!s->is_table) {
		s->fetchers.count = 0;
		fetchers_put(&s->fetchers, FETCHER_USB, 0);
		for (unsigned i = 0; i < 4; i++)
			fetchers_put(&s->fetchers, FETCHER_MGMT4 + i, (uint8_t)(i + 1));
	}
	s->is_table = true;
	fetchers_put(&s->fetchers, which, (uint8_t)n);
	return true;
}

/* On failure the field may hold anything: set() puts the old values back. */
static bool apply(struct settings *s, const struct settings_key *k, struct bytes value)
{
	void *field = (char *)s + k->at;
	uint64_t number = 0;
	int n;

	switch ((enum kind)k->kind) {
	case FLAG:
		return read_flag(field, value);
	case PROFILE:
	case CHOICE:
		n = choice(settings_key_texts(k).values, value);
		if (k->size == sizeof(bool))
			*(bool *)field = n;
		else
			*(unsigned *)field = (unsigned)n;
		if (k->kind == PROFILE && n >= 0)
			apply_defaults(s);
		return n >= 0;
	case TEXT:
		return text_copy(field, k->size, value);
	case NUMBER:
		if (!text_number(&number, value, k->size) || number == 0)
			return false;
		*(uint32_t *)field = (uint32_t)number;
		return true;
	case ORDER:
		s->is_table = false;
		return fetchers_read(field, value) && s->fetchers.count > 0;
	case PRIORITY:
		return read_priority(s, k->size, value);
	case VENDOR:
		return read_vendor(s, value);
	case PROXIES:
		return read_proxies(s, value);
	case ADDRESSES:
		return read_addresses(s, value);
	case INTERFACE:
		return interface_readers[k->size](&s->interfaces, value);
	}
	return false;
}

void settings_start(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	apply_defaults(s);
}

static int folded(int c)
{
	return c == '_' || c == ' ' ? '-' : tolower(c);
}

static bool names_are_equal(struct bytes name, const char *other, size_t size)
{
	size_t i = 0;

	while (i < size && i < name.size && folded(name.at[i]) == folded(other[i]))
		i++;
	return i == size && i == name.size;
}

/* [Console] needs no section: sztpboot.debug. */
static const struct settings_key *find(struct bytes section, struct bytes name)
{
	for (size_t i = 0; i < settings_key_count; i++) {
		const struct settings_key *k = &settings_keys[i];
		const char *own = k->texts, *dot = strchr(own, '.'), *last = dot ? dot + 1 : own;
		size_t size = dot ? (size_t)(dot - own) : 0;

		if (names_are_equal(name, last, strlen(last)) &&
		    (names_are_equal(section, own, size) ||
		     (section.size == 0 && strncmp(own, "Console.", 8) == 0)))
			return k;
	}
	return NULL;
}

/* @why: on failure, what is wrong. */
static bool set(struct settings *s, const struct settings_key *k, struct bytes value,
		const char **why)
{
	struct settings before = *s;

	*why = "the value does not fit";
	if (!apply(s, k, unquoted(value))) {
		*s = before;
		return false;
	}
	s->given |= (uint64_t)1 << (k - settings_keys);
	return true;
}

static const char no_such_key[] = "there is no such key";

/* The header of the fetcher table: what it does not name is not asked. */
static void begin_table(struct settings *s)
{
	s->fetchers.count = 0;
	s->is_table = true;
	for (size_t i = 0; i < settings_key_count; i++)
		if (settings_keys[i].kind == ORDER)
			s->given |= (uint64_t)1 << i;
}

static bool read_line(struct settings *s, struct bytes section, struct bytes key,
		      struct bytes value, bool in_table, const char **why)
{
	const struct settings_key *k = find(section, key);

	*why = no_such_key;
	if (!k)
		return false;
	*why = "stands twice";
	if (in_table && fetchers_has(&s->fetchers, k->size))
		return false;
	return set(s, k, value, why);
}

unsigned settings_read_ini(struct settings *s, struct bytes text, const char *name)
{
	static const char table[] = "Fetcher Priority";
	struct settings before = *s;
	struct bytes section = bytes_of(NULL, 0);
	unsigned number = 0, wrong = 0;
	bool in_table = false, had_table = false;

	while (text.size) {
		struct bytes line = trimmed(cut(&text, "\n"));
		const char *why = "neither [Section] nor key = value";

		number++;
		if (line.size == 0 || line.at[0] == '#' || line.at[0] == ';')
			continue;
		if (line.at[0] == '[' && line.at[line.size - 1] == ']') {
			section = bytes_of(line.at + 1, line.size - 2);
			in_table = names_are_equal(section, table, sizeof(table) - 1);
			if (in_table && !had_table)
				begin_table(s);
			had_table |= in_table;
			continue;
		}
		struct bytes value = line, key = trimmed(cut(&value, "=:"));

		if (key.size < line.size &&
		    read_line(s, section, key, trimmed(value), in_table, &why))
			continue;
		if (in_table) {
			log_error("settings",
				  "%s line %u: XR-11: %s: %s; the whole file is left out", name,
				  number, TEXT_QUOTED(key), why);
			*s = before;
			return 1;
		}
		log_error("settings", "%s line %u: %s: %s; the default holds", name, number,
			  TEXT_QUOTED(key), why);
		wrong++;
	}
	return wrong;
}

/* The next word of a kernel command line; blanks in double quotes belong to it. */
static bool next_word(struct bytes *word, struct bytes *line)
{
	bool quoted = false;
	size_t n = 0;

	*line = trimmed(*line);
	while (n < line->size && (quoted || (line->at[n] != ' ' && line->at[n] != '\t')))
		quoted ^= line->at[n++] == '"';
	*word = bytes_of(line->at, n);
	*line = bytes_of(line->at + n, line->size - n);
	return n > 0;
}

unsigned settings_read_command_line(struct settings *s, struct bytes line)
{
	static const char prefix[] = "sztpboot.";
	unsigned wrong = 0;
	struct bytes word;

	while (next_word(&word, &line)) {
		struct bytes value = unquoted(word), key = cut(&value, "=");
		bool has_value = key.size < unquoted(word).size;
		struct bytes name = key, section = bytes_of_text("Interfaces");
		const char *why = no_such_key;

		if (text_starts(key, prefix)) {
			struct bytes all = bytes_of(key.at + strlen(prefix), key.size - strlen(prefix));

			name = all;
			section = cut(&name, ".");
			if (section.size == all.size) /* no dot: a short key */
				name = all, section = bytes_of(NULL, 0);
		} else if (!has_value || choice("vlan|bond|ip|nameserver", key) < 0) {
			continue;
		}
		const struct settings_key *k = find(section, name);

		if (k && !has_value && k->kind == FLAG)
			value = bytes_of_text("yes");
		if (k && set(s, k, value, &why))
			continue;
		log_error("settings", "kernel command line: %s: %s; the default holds",
			  TEXT_QUOTED(key), why);
		wrong++;
	}
	return wrong;
}

const char *settings_profile_name(enum settings_profile profile)
{
	static const char *const names[] = {
		[SETTINGS_PROFILE_DEFAULT] = "default",
		[SETTINGS_PROFILE_XR] = "xr",
		[SETTINGS_PROFILE_HUAWEI] = "huawei",
		[SETTINGS_PROFILE_SSR] = "ssr",
	};

	return names[profile];
}

const char *settings_expand(char *to, size_t size, const char *text, const char *serial,
			    const char *model)
{
	struct writer w = writer_over(to, size - 1);

	while (*text) {
		bool is_serial = strncmp(text, "%serial", 7) == 0;
		bool is_model = strncmp(text, "%model", 6) == 0;

		if (is_serial || is_model)
			writer_text(&w, is_serial ? serial : model);
		else
			writer_u8(&w, (uint8_t)*text);
		text += is_serial ? 7 : is_model ? 6 : 1;
	}
	to[w.used] = '\0';
	return to;
}

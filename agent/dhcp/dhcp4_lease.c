/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp4_lease.h"

#include "base/reader.h"
#include "base/text.h"
#include "net/dns.h"

/*
 * Options may be cut into instances anywhere, and lie in up to three areas (RFC 3396), so
 * none is read where it lies: gather() joins all instances of one code into a buffer, and
 * the readers below see whole values only.  The areas are walked once before, so that
 * gather() can rely on every length.
 */

#define BOOTP_SIZE	 236
#define COOKIE		 0x63825363
#define AREAS_MAX	 3
#define SHORTEST_LEASE_S 10
#define VENDOR_PROXY	 128 /* sub-option of 43 */
#define DEFAULT_LEASE_S	 3600

enum {
	OPTION_PAD = 0,
	OPTION_MASK = 1,
	OPTION_ROUTER = 3,
	OPTION_DNS = 6,
	OPTION_SYSLOG = 7,
	OPTION_HOST_NAME = 12,
	OPTION_DOMAIN = 15,
	OPTION_NTP = 42,
	OPTION_VENDOR = 43,
	OPTION_LEASE_TIME = 51,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_RENEW_TIME = 58,
	OPTION_REBIND_TIME = 59,
	OPTION_BOOT_SERVER = 66,
	OPTION_BOOT_FILE = 67,
	OPTION_SEARCH = 119,
	OPTION_ROUTES = 121,
	OPTION_SZTP_REDIRECT = 143,
	OPTION_WPAD = 252,
	OPTION_END = 255,
};

struct areas {
	struct bytes at[AREAS_MAX];
	size_t count;
};

/* The next option of an area; false at its end, or once bad. */
static bool next_option(struct reader *r, uint8_t *code, struct bytes *value)
{
	while (reader_left(r)) {
		*code = reader_u8(r);
		if (*code == OPTION_PAD)
			continue;
		if (*code == OPTION_END)
			return false;
		*value = reader_bytes(r, reader_u8(r));
		return !*r->bad;
	}
	return false;
}

/*
 * All instances of an option, joined.  Cut at @size: every @size here is larger than any
 * value we accept.  *@found: there is at least one, even if it is empty.
 */
static struct bytes gather(const struct areas *areas, uint8_t wanted, uint8_t *room,
			   size_t size, bool *found)
{
	size_t used = 0;
	struct bytes value;
	uint8_t code;
	bool bad = false;

	*found = false;
	for (size_t i = 0; i < areas->count; i++) {
		struct reader r = reader_over(areas->at[i], &bad);

		while (next_option(&r, &code, &value)) {
			if (code != wanted)
				continue;
			*found = true;
			if (value.size > size - used)
				value.size = size - used;
			if (value.size)
				memcpy(room + used, value.at, value.size);
			used += value.size;
		}
	}
	return bytes_of(room, used);
}

static bool area_is_whole(struct bytes area)
{
	struct bytes value;
	uint8_t code;
	bool bad;
	struct reader r = reader_over(area, &bad);

	while (next_option(&r, &code, &value))
		;
	return !bad;
}

/* A number of exactly @size bytes; @otherwise when it is absent or of another size. */
static uint32_t get_number(const struct areas *areas, uint8_t code, size_t size,
			   uint32_t otherwise)
{
	uint8_t room[8];
	bool found, bad;
	struct bytes b = gather(areas, code, room, sizeof(room), &found);
	struct reader r = reader_over(b, &bad);

	if (!found || b.size != size)
		return otherwise;
	return size == 1 ? reader_u8(&r) : reader_be32(&r);
}

/* A list of addresses; zeros and a broken rest are left out. */
static size_t get_addresses(const struct areas *areas, uint8_t code, uint32_t *to, size_t max)
{
	uint8_t room[256];
	bool found, bad;
	struct bytes b = gather(areas, code, room, sizeof(room), &found);
	struct reader r = reader_over(b, &bad);
	size_t count = 0;

	while (reader_left(&r) >= 4 && count < max) {
		uint32_t address = reader_be32(&r);

		if (address)
			to[count++] = address;
	}
	return count;
}

/* Text; some servers count a NUL in.  "" when it does not fit or holds a NUL inside. */
static void get_text(const struct areas *areas, uint8_t code, char *to, size_t size)
{
	uint8_t room[512];
	bool found;
	struct bytes b = gather(areas, code, room, sizeof(room), &found);

	while (b.size && b.at[b.size - 1] == 0)
		b.size--;
	if (!text_copy(to, size, b))
		to[0] = '\0';
}

static void get_name(const struct areas *areas, uint8_t code, char to[static CONFIG_HOST_MAX])
{
	get_text(areas, code, to, CONFIG_HOST_MAX);
	if (!dns_name_is_valid(to))
		to[0] = '\0';
}

/* RFC 3397: joined first, then decompressed; a broken list counts up to where it breaks. */
static size_t get_search(const struct areas *areas, char to[][CONFIG_HOST_MAX])
{
	uint8_t room[1024];
	bool found, bad;
	struct bytes b = gather(areas, OPTION_SEARCH, room, sizeof(room), &found);
	struct reader r = reader_over(b, &bad);
	size_t count = 0;

	while (reader_left(&r) && count < CONFIG_DHCP4_SEARCH_MAX) {
		char name[CONFIG_HOST_MAX];

		if (!dns_name_read(name, &r, b))
			break;
		if (dns_name_is_valid(name))
			memcpy(to[count++], name, sizeof(name));
	}
	return count;
}

/* Bits of a mask; 0 bits for one with holes, which the caller takes as absent. */
static uint8_t mask_prefix(uint32_t mask)
{
	uint8_t prefix = 0;

	while (prefix < 32 && mask & 0x80000000u >> prefix)
		prefix++;
	return prefix < 32 && mask << prefix ? 0 : prefix;
}

static uint8_t class_prefix(uint32_t address)
{
	if (address >> 31 == 0)
		return 8;
	return address >> 30 == 2 ? 16 : 24;
}

/* RFC 3442.  false: broken, and the option is as good as absent. */
static bool read_routes(struct dhcp4_lease *lease, struct bytes b)
{
	bool bad;
	struct reader r = reader_over(b, &bad);
	size_t count = 0;

	while (reader_left(&r)) {
		struct dhcp4_route route = { .prefix = reader_u8(&r) };

		if (route.prefix > 32)
			return false;
		for (int i = 0; i < (route.prefix + 7) / 8; i++)
			route.destination |= (uint32_t)reader_u8(&r) << (24 - 8 * i);
		route.gateway = reader_be32(&r);
		route.destination &= route.prefix ? 0xffffffffu << (32 - route.prefix) : 0;
		if (!bad && count < CONFIG_DHCP4_ROUTES_MAX)
			lease->routes[count++] = route;
	}
	if (bad)
		return false;
	lease->route_count = count;
	return true;
}

static void get_routes(struct dhcp4_lease *lease, const struct areas *areas)
{
	/* Each entry is 9 bytes at most; what does not fit is beyond our maximum too. */
	uint8_t room[16 * CONFIG_DHCP4_ROUTES_MAX];
	uint32_t router[1];
	bool found;
	struct bytes b = gather(areas, OPTION_ROUTES, room, sizeof(room), &found);

	if (found && b.size && read_routes(lease, b))
		return;
	lease->route_count = get_addresses(areas, OPTION_ROUTER, router, 1);
	if (lease->route_count)
		lease->routes[0] = (struct dhcp4_route){ .gateway = router[0] };
}

static void get_times(struct dhcp4_lease *lease, const struct areas *areas)
{
	uint32_t whole = get_number(areas, OPTION_LEASE_TIME, 4, DEFAULT_LEASE_S);

	if (whole < SHORTEST_LEASE_S)
		whole = SHORTEST_LEASE_S;
	lease->lease_s = whole;
	lease->renew_s = get_number(areas, OPTION_RENEW_TIME, 4, 0);
	lease->rebind_s = get_number(areas, OPTION_REBIND_TIME, 4, 0);
	/* RFC 2131 §4.4.5, also where the server's values are no rising sequence. */
	if (lease->renew_s == 0 || lease->renew_s >= lease->rebind_s ||
	    lease->rebind_s >= whole) {
		lease->renew_s = whole / 2;
		lease->rebind_s = (uint32_t)((uint64_t)whole * 7 / 8);
	}
}

static void get_lease(struct dhcp4_lease *lease, const struct areas *areas)
{
	bool found;

	lease->prefix = mask_prefix(get_number(areas, OPTION_MASK, 4, 0));
	if (lease->prefix == 0)
		lease->prefix = class_prefix(lease->address);
	lease->server = get_number(areas, OPTION_SERVER, 4, 0);
	get_times(lease, areas);
	get_routes(lease, areas);
	lease->dns_count = get_addresses(areas, OPTION_DNS, lease->dns,
					 CONFIG_DHCP4_SERVERS_MAX);
	lease->ntp_count = get_addresses(areas, OPTION_NTP, lease->ntp,
					 CONFIG_DHCP4_SERVERS_MAX);
	lease->syslog_count = get_addresses(areas, OPTION_SYSLOG, lease->syslog,
					    CONFIG_DHCP4_SERVERS_MAX);
	get_name(areas, OPTION_DOMAIN, lease->domain);
	get_name(areas, OPTION_HOST_NAME, lease->host_name);
	lease->search_count = get_search(areas, lease->search);
	lease->redirect_size = gather(areas, OPTION_SZTP_REDIRECT, lease->redirect,
				      sizeof(lease->redirect), &lease->has_redirect)
				       .size;
	lease->vendor_size = gather(areas, OPTION_VENDOR, lease->vendor,
				    sizeof(lease->vendor), &found)
				     .size;
	get_text(areas, OPTION_WPAD, lease->wpad, sizeof(lease->wpad));
	get_text(areas, OPTION_BOOT_SERVER, lease->boot_server, sizeof(lease->boot_server));
	get_text(areas, OPTION_BOOT_FILE, lease->boot_file, sizeof(lease->boot_file));
}

/* The BOOTP fields, unless they hold options. */
static void get_field(char *to, size_t size, struct bytes field)
{
	const uint8_t *end = memchr(field.at, 0, field.size);

	if (to[0])
		return; /* the option has said it */
	if (end)
		field.size = (size_t)(end - field.at);
	if (!text_copy(to, size, field))
		to[0] = '\0';
}

static bool is_host_address(uint32_t a)
{
	return a >> 24 != 0 && a >> 24 != 127 && a < 0xe0000000u;
}

bool dhcp4_lease_read(struct dhcp4_reply *reply, struct bytes packet, struct error *e)
{
	struct dhcp4_reply out = { 0 };
	struct areas areas;
	bool bad;
	struct reader r = reader_over(packet, &bad);

	uint8_t op = reader_u8(&r), type = reader_u8(&r), mac_size = reader_u8(&r);
	reader_skip(&r, 1);
	out.xid = reader_be32(&r);
	reader_skip(&r, 8); /* secs, flags, ciaddr */
	out.lease.address = reader_be32(&r);
	reader_skip(&r, 8); /* siaddr, giaddr */
	reader_copy(&r, out.mac, 6);
	reader_skip(&r, 10);
	struct bytes sname = reader_bytes(&r, 64), file = reader_bytes(&r, 128);
	uint32_t cookie = reader_be32(&r);
	struct bytes options = reader_rest(&r);

	if (bad)
		return error_set(e, ERROR_MALFORMED, "OPT4-13",
				 "DHCP packet of %zu bytes, less than %d", packet.size,
				 BOOTP_SIZE + 4);
	if (op != 2 || type != 1 || mac_size != 6 || cookie != COOKIE)
		return error_set(e, ERROR_MALFORMED, "OPT4-13", "no DHCP reply for Ethernet");
	areas = (struct areas){ { options }, 1 };
	if (!area_is_whole(options))
		return error_set(e, ERROR_MALFORMED, "OPT4-13",
				 "option runs past the packet");
	uint32_t overload = get_number(&areas, OPTION_OVERLOAD, 1, 0) & 3;
	if (overload & 1)
		areas.at[areas.count++] = file;
	if (overload & 2)
		areas.at[areas.count++] = sname;
	for (size_t i = 1; i < areas.count; i++)
		if (!area_is_whole(areas.at[i]))
			return error_set(e, ERROR_MALFORMED, "OPT4-13",
					 "option runs past its field (RFC 2132 §9.3)");
	out.type = (uint8_t)get_number(&areas, OPTION_TYPE, 1, 0);
	if (out.type == 0)
		return error_set(e, ERROR_MALFORMED, "OPT4-13", "no DHCP message type");
	get_lease(&out.lease, &areas);
	out.server = out.lease.server;
	if (!(overload & 1))
		get_field(out.lease.boot_file, sizeof(out.lease.boot_file), file);
	if (!(overload & 2))
		get_field(out.lease.boot_server, sizeof(out.lease.boot_server), sname);
	if (out.type != 6 && !is_host_address(out.lease.address))
		return error_set(e, ERROR_MALFORMED, "OPT4-13",
				 "no address for a host is offered");
	if (out.type != 6 && out.server == 0)
		return error_set(e, ERROR_MALFORMED, "OPT4-13", "no server identifier");
	*reply = out;
	return true;
}

bool dhcp4_lease_has_proxy(const struct dhcp4_lease *lease)
{
	struct bytes value;
	uint8_t code;
	bool bad;
	struct reader r = reader_over(bytes_of(lease->vendor, lease->vendor_size), &bad);

	while (next_option(&r, &code, &value))
		if (code == VENDOR_PROXY)
			return true;
	return false;
}

static bool same_addresses(const uint32_t *a, size_t a_count, const uint32_t *b,
			   size_t b_count)
{
	return a_count == b_count && memcmp(a, b, a_count * sizeof(*a)) == 0;
}

static bool same_routes(const struct dhcp4_lease *a, const struct dhcp4_lease *b)
{
	if (a->route_count != b->route_count)
		return false;
	for (size_t i = 0; i < a->route_count; i++)
		if (a->routes[i].destination != b->routes[i].destination ||
		    a->routes[i].gateway != b->routes[i].gateway ||
		    a->routes[i].prefix != b->routes[i].prefix)
			return false;
	return true;
}

bool dhcp4_lease_equal(const struct dhcp4_lease *a, const struct dhcp4_lease *b)
{
	bool same = a->address == b->address && a->prefix == b->prefix &&
		    a->server == b->server && same_routes(a, b) &&
		    same_addresses(a->dns, a->dns_count, b->dns, b->dns_count) &&
		    same_addresses(a->ntp, a->ntp_count, b->ntp, b->ntp_count) &&
		    same_addresses(a->syslog, a->syslog_count, b->syslog, b->syslog_count) &&
		    strcmp(a->domain, b->domain) == 0 &&
		    strcmp(a->host_name, b->host_name) == 0 &&
		    a->search_count == b->search_count &&
		    a->has_redirect == b->has_redirect &&
		    strcmp(a->wpad, b->wpad) == 0 &&
		    strcmp(a->boot_server, b->boot_server) == 0 &&
		    strcmp(a->boot_file, b->boot_file) == 0;

	for (size_t i = 0; same && i < a->search_count; i++)
		same = strcmp(a->search[i], b->search[i]) == 0;
	return same &&
	       bytes_equal(bytes_of(a->redirect, a->redirect_size),
			   bytes_of(b->redirect, b->redirect_size)) &&
	       bytes_equal(bytes_of(a->vendor, a->vendor_size),
			   bytes_of(b->vendor, b->vendor_size));
}

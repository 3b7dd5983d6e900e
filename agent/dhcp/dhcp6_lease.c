/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp6_lease.h"

#include "base/text.h"
#include "net/dns.h"

/*
 * Options of DHCPv6 are whole: the first of a code counts, further ones are a mistake of
 * the server, but for those that may repeat (IA_NA, NTP).  One walk notes where each lies;
 * its value is read under a flag of its own, so that one broken value spoils no other.
 */

#define SHORTEST_RENEW_S  2 /* below that we would talk to the server all the time */
#define DEFAULT_REFRESH_S 86400
#define MINIMUM_REFRESH_S 600 /* RFC 8415 §21.23 */

enum {
	OPTION_IA_NA = 3,
	OPTION_IA_ADDRESS = 5,
	OPTION_STATUS = 13,
	OPTION_NTP = 56,
};

enum index {
	CLIENT,
	SERVER,
	PREFERENCE,
	STATUS,
	RAPID_COMMIT,
	DNS,
	DOMAINS,
	REFRESH,
	BOOT_URL,
	BOOT_PARAMETERS,
	SOL_MAX,
	INF_MAX,
	REDIRECT,
	INDEX_COUNT,
};

static const uint8_t codes[INDEX_COUNT] = {
	[CLIENT] = 1,	     [SERVER] = 2,   [PREFERENCE] = 7, [STATUS] = OPTION_STATUS,
	[RAPID_COMMIT] = 14, [DNS] = 23,     [DOMAINS] = 24,   [REFRESH] = 32,
	[BOOT_URL] = 59,     [SOL_MAX] = 82, [INF_MAX] = 83,   [BOOT_PARAMETERS] = 60,
	[REDIRECT] = 136,
};

struct found {
	struct bytes value;
	unsigned times;
};

/* A number of exactly @size bytes; @otherwise when it is absent or of another size. */
static uint32_t get_number(const struct found *f, size_t size, uint32_t otherwise)
{
	bool bad;
	struct reader r = reader_over(f->value, &bad);

	if (!f->times || f->value.size != size)
		return otherwise;
	return size == 1 ? reader_u8(&r) : reader_be32(&r);
}

static uint32_t get_limit(const struct found *f)
{
	uint32_t seconds = get_number(f, 4, 0);

	return seconds >= 60 && seconds <= 86400 ? seconds : 0; /* RFC 8415 §21.24 */
}

/* For the log: cut to what fits. */
static void get_text(struct bytes b, char *to, size_t size)
{
	if (b.size > size - 1)
		b.size = size - 1;
	if (!text_copy(to, size, b))
		to[0] = '\0';
}

/* RFC 5970 §3.2: each with two bytes of length. */
static void get_parameters(struct bytes b, char to[static CONFIG_HOST_MAX])
{
	bool bad;
	struct reader r = reader_over(b, &bad);
	size_t used = 0;

	while (reader_left(&r) && used + 2 < CONFIG_HOST_MAX) {
		struct bytes one = reader_bytes(&r, reader_be16(&r));

		if (used)
			to[used++] = ' ';
		get_text(one, to + used, CONFIG_HOST_MAX - used);
		used += strlen(to + used);
	}
}

static bool is_unicast(const struct address *a)
{
	static const uint8_t zeros[15];

	return a->bytes[0] != 0xff && memcmp(a->bytes, zeros, sizeof(zeros)) != 0;
}

/* The next address, if there is room and it may be a host's. */
static void add_address(struct reader *r, struct address *to, size_t *count)
{
	struct address a = { .family = ADDRESS_IPV6 };

	reader_copy(r, a.bytes, 16);
	if (!*r->bad && is_unicast(&a) && *count < CONFIG_DHCP6_SERVERS_MAX)
		to[(*count)++] = a;
}

static void get_addresses(struct bytes b, struct address *to, size_t *count)
{
	bool bad;
	struct reader r = reader_over(b, &bad);

	while (reader_left(&r))
		add_address(&r, to, count);
}

/* RFC 5908 §4: suboption 1 is an address; groups and names (2, 3) we have no use for. */
static void add_ntp(struct bytes b, struct dhcp6_lease *lease)
{
	bool bad;
	struct reader r = reader_over(b, &bad);

	while (reader_left(&r)) {
		uint16_t code = reader_be16(&r);
		struct reader value = reader_cut(&r, reader_be16(&r));

		if (code == 1 && reader_left(&value) == 16)
			add_address(&value, lease->ntp, &lease->ntp_count);
	}
}

void dhcp6_lease_names(struct bytes list, char to[][CONFIG_HOST_MAX], size_t *count)
{
	bool bad;
	struct reader r = reader_over(list, &bad);

	while (reader_left(&r) && *count < CONFIG_DHCP6_DOMAINS_MAX) {
		char name[CONFIG_HOST_MAX];

		/* The name is its own message: no pointer leads anywhere. */
		if (!dns_name_read(name, &r, bytes_of(r.at, r.left)))
			break;
		if (dns_name_is_valid(name))
			strcpy(to[(*count)++], name);
	}
}

/* A status option; what it says stays while there is something to say. */
static void read_status(struct bytes b, struct dhcp6_reply *out)
{
	bool bad;
	struct reader r = reader_over(b, &bad);
	uint16_t status = reader_be16(&r);

	if (bad || out->status)
		return;
	out->status = status;
	out->status_text = reader_rest(&r);
}

/* The options within an address: only a status, which must not be a failure. */
static bool address_is_granted(struct reader *options)
{
	bool granted = true;

	while (reader_left(options)) {
		uint16_t code = reader_be16(options);
		struct reader value = reader_cut(options, reader_be16(options));

		if (code == OPTION_STATUS)
			granted = reader_be16(&value) == DHCP6_STATUS_SUCCESS;
	}
	return granted;
}

/* RFC 8415 §21.6 */
static void read_address(struct reader r, struct dhcp6_reply *out)
{
	struct dhcp6_lease *lease = &out->lease;
	struct dhcp6_address a = { .address.family = ADDRESS_IPV6 };

	reader_copy(&r, a.address.bytes, 16);
	a.preferred_s = reader_be32(&r);
	a.valid_s = reader_be32(&r);
	if (!address_is_granted(&r) || *r.bad || a.preferred_s > a.valid_s ||
	    !is_unicast(&a.address) || address_is_link_local(&a.address))
		return;
	if (a.valid_s == 0)
		out->withdrawn = true;
	else if (lease->address_count < CONFIG_DHCP6_ADDRESSES_MAX)
		lease->addresses[lease->address_count++] = a;
}

/* RFC 8415 §21.4: the times a server leaves to us, and those that make no sense. */
static void set_times(struct dhcp6_lease *lease, uint32_t renew_s, uint32_t rebind_s)
{
	uint32_t shortest = UINT32_MAX, longest = 0;

	for (size_t i = 0; i < lease->address_count; i++) {
		const struct dhcp6_address *a = &lease->addresses[i];
		uint32_t good_s = a->preferred_s ? a->preferred_s : a->valid_s;

		shortest = good_s < shortest ? good_s : shortest;
		longest = a->valid_s > longest ? a->valid_s : longest;
	}
	if (rebind_s == 0)
		rebind_s = shortest == UINT32_MAX ? shortest
						  : (uint32_t)((uint64_t)shortest * 4 / 5);
	if (renew_s == 0)
		renew_s = shortest == UINT32_MAX ? shortest : shortest / 2;
	lease->valid_s = longest;
	lease->rebind_s = rebind_s < longest ? rebind_s : longest;
	lease->renew_s = renew_s < lease->rebind_s ? renew_s : lease->rebind_s;
	if (lease->renew_s < SHORTEST_RENEW_S)
		lease->renew_s = SHORTEST_RENEW_S;
}

static void read_ia(struct bytes b, uint32_t iaid, struct dhcp6_reply *out)
{
	struct dhcp6_reply with = *out;
	bool bad;
	struct reader r = reader_over(b, &bad);
	uint32_t id = reader_be32(&r), renew_s = reader_be32(&r), rebind_s = reader_be32(&r);

	if (id != iaid || out->has_ia)
		return;
	while (reader_left(&r)) {
		uint16_t code = reader_be16(&r);
		struct reader value = reader_cut(&r, reader_be16(&r));

		if (code == OPTION_IA_ADDRESS)
			read_address(value, &with);
		if (code == OPTION_STATUS)
			read_status(reader_rest(&value), &with);
	}
	if (bad || (renew_s > rebind_s && rebind_s))
		return; /* discarded (§21.4) */
	with.has_ia = true;
	if (with.lease.address_count)
		set_times(&with.lease, renew_s, rebind_s);
	*out = with;
}

static void get_options(const struct found *f, struct dhcp6_reply *out)
{
	struct dhcp6_lease *lease = &out->lease;
	struct bytes b;

	out->client = f[CLIENT].value;
	b = f[SERVER].value;
	if (b.size && b.size <= sizeof(lease->server)) {
		memcpy(lease->server, b.at, b.size);
		lease->server_size = b.size;
	}
	out->preference = (uint8_t)get_number(&f[PREFERENCE], 1, 0);
	out->rapid_commit = f[RAPID_COMMIT].times;
	out->sol_max_s = get_limit(&f[SOL_MAX]);
	out->inf_max_s = get_limit(&f[INF_MAX]);
	lease->refresh_s = get_number(&f[REFRESH], 4, DEFAULT_REFRESH_S);
	if (lease->refresh_s < MINIMUM_REFRESH_S)
		lease->refresh_s = MINIMUM_REFRESH_S;
	get_addresses(f[DNS].value, lease->dns, &lease->dns_count);
	dhcp6_lease_names(f[DOMAINS].value, lease->domains, &lease->domain_count);
	get_text(f[BOOT_URL].value, lease->boot_url, sizeof(lease->boot_url));
	get_parameters(f[BOOT_PARAMETERS].value, lease->boot_parameters);
	b = f[REDIRECT].value;
	out->redirects = f[REDIRECT].times;
	lease->has_redirect = out->redirects;
	if (b.size > sizeof(lease->redirect))
		b.size = sizeof(lease->redirect);
	if (b.size)
		memcpy(lease->redirect, b.at, b.size);
	lease->redirect_size = b.size;
}

bool dhcp6_lease_read(struct dhcp6_reply *reply, struct bytes packet, uint32_t iaid,
		      struct error *e)
{
	struct found found[INDEX_COUNT] = { 0 };
	struct dhcp6_reply out = { 0 };
	bool bad;
	struct reader r = reader_over(packet, &bad);
	uint32_t head = reader_be32(&r);

	out.type = (uint8_t)(head >> 24);
	out.xid = head & 0xffffff;
	if (out.type != 2 && out.type != 7)
		return error_set(e, ERROR_MALFORMED, "OPT6-10", "no Advertise and no Reply");
	while (reader_left(&r)) {
		uint16_t code = reader_be16(&r);
		struct bytes value = reader_bytes(&r, reader_be16(&r));

		if (bad)
			break;
		if (code == OPTION_IA_NA)
			read_ia(value, iaid, &out);
		if (code == OPTION_NTP)
			add_ntp(value, &out.lease);
		for (size_t i = 0; i < INDEX_COUNT; i++)
			if (code == codes[i] && found[i].times++ == 0)
				found[i].value = value;
	}
	if (bad)
		return error_set(e, ERROR_MALFORMED, "OPT6-10",
				 "DHCPv6 option runs past the message of %zu bytes",
				 packet.size);
	/* Of the message as a whole, if it says anything but success (§18.2.10). */
	if (found[STATUS].times) {
		uint16_t of_ia = out.status;

		out.status = 0;
		read_status(found[STATUS].value, &out);
		out.status = out.status ? out.status : of_ia;
	}
	get_options(found, &out);
	*reply = out;
	return true;
}

static bool same_addresses(const struct address *a, size_t a_count, const struct address *b,
			   size_t b_count)
{
	return a_count == b_count && memcmp(a, b, a_count * sizeof(*a)) == 0;
}

bool dhcp6_lease_equal(const struct dhcp6_lease *a, const struct dhcp6_lease *b)
{
	bool same = a->address_count == b->address_count &&
		    a->domain_count == b->domain_count &&
		    a->has_redirect == b->has_redirect &&
		    same_addresses(a->dns, a->dns_count, b->dns, b->dns_count) &&
		    same_addresses(a->ntp, a->ntp_count, b->ntp, b->ntp_count) &&
		    strcmp(a->boot_url, b->boot_url) == 0 &&
		    strcmp(a->boot_parameters, b->boot_parameters) == 0;

	for (size_t i = 0; same && i < a->address_count; i++)
		same = address_equal(&a->addresses[i].address, &b->addresses[i].address);
	for (size_t i = 0; same && i < a->domain_count; i++)
		same = strcmp(a->domains[i], b->domains[i]) == 0;
	return same &&
	       bytes_equal(bytes_of(a->server, a->server_size),
			   bytes_of(b->server, b->server_size)) &&
	       bytes_equal(bytes_of(a->redirect, a->redirect_size),
			   bytes_of(b->redirect, b->redirect_size));
}

/* SPDX-License-Identifier: MIT */
#include "dhcp/router_advertisement.h"

#include "base/reader.h"
#include "dhcp/dhcp6_lease.h"

enum {
	TYPE = 134,
	FLAG_MANAGED = 0x80,
	FLAG_OTHER = 0x40,
	OPTION_RDNSS = 25,
	OPTION_DNSSL = 31,
};

static void read_servers(struct router_advertisement *ra, struct reader r,
			 uint32_t lifetime_s)
{
	while (reader_left(&r) >= 16) {
		struct address a = { .family = ADDRESS_IPV6 };

		reader_copy(&r, a.bytes, 16);
		if (a.bytes[0] == 0xff || ra->dns_count == CONFIG_DHCP6_SERVERS_MAX)
			continue;
		ra->dns_s[ra->dns_count] = lifetime_s;
		ra->dns[ra->dns_count++] = a;
	}
}

static void read_domains(struct router_advertisement *ra, struct bytes list,
			 uint32_t lifetime_s)
{
	size_t before = ra->domain_count;

	/* What is behind the names are zeros, which are no names. */
	dhcp6_lease_names(list, ra->domains, &ra->domain_count);
	for (size_t i = before; i < ra->domain_count; i++)
		ra->domains_s[i] = lifetime_s;
}

bool router_advertisement_read(struct router_advertisement *ra, struct bytes message,
			       const struct address *from, unsigned hop_limit,
			       struct error *e)
{
	struct router_advertisement out = { 0 };
	bool bad;
	struct reader r = reader_over(message, &bad);

	uint8_t type = reader_u8(&r), code = reader_u8(&r);
	reader_skip(&r, 3); /* checksum, hop limit */
	uint8_t flags = reader_u8(&r);
	out.lifetime_s = reader_be16(&r);
	reader_skip(&r, 8); /* reachable time, retransmission timer */
	out.managed = flags & FLAG_MANAGED;
	out.other = flags & FLAG_OTHER;
	if (hop_limit != 255 || !address_is_link_local(from))
		return error_set(e, ERROR_MALFORMED, "OPT6-2",
				 "router advertisement from beyond this link");
	if (bad || type != TYPE || code != 0)
		return error_set(e, ERROR_MALFORMED, "OPT6-2", "no router advertisement");
	while (reader_left(&r)) {
		uint8_t option = reader_u8(&r), units = reader_u8(&r);

		if (units == 0)
			reader_fail(&r); /* the whole packet (RFC 4861 §4.6) */
		struct reader value = reader_cut(&r, (size_t)units * 8 - 2);
		if (option != OPTION_RDNSS && option != OPTION_DNSSL)
			continue;
		reader_skip(&value, 2);
		uint32_t lifetime_s = reader_be32(&value);
		if (bad)
			break;
		if (option == OPTION_RDNSS)
			read_servers(&out, value, lifetime_s);
		else
			read_domains(&out, reader_rest(&value), lifetime_s);
	}
	if (bad)
		return error_set(e, ERROR_MALFORMED, "OPT6-2",
				 "option runs past the router advertisement");
	*ra = out;
	return true;
}

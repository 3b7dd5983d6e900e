/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp6_lease.h"

#include "check.h"
#include "dhcp6_packets.h"

static struct dhcp6_reply reply;
static struct error e;

static bool end(void)
{
	memset(&reply, 0, sizeof(reply));
	return dhcp6_lease_read(&reply, packet_end(), PACKET_IAID, &e);
}

/* The list of two servers in the specification's worked example. */
static const char example[] = "\0\x17https://192.0.2.10:8443\0\x18https://boot.example.net";
#define EXAMPLE_SIZE (sizeof(example) - 1)

static bool redirect_is(const void *at, size_t size)
{
	return bytes_equal(bytes_of(reply.lease.redirect, reply.lease.redirect_size),
			   bytes_of(at, size));
}

static const uint8_t dns[32] = { 0x20, 1, 0xd, 0xb8, [15] = 1, [16] = 0xfe, 0x80, [31] = 2 };
static const char names[] = "\3lab\7example\0\3net\7example\0";

TEST(reads_a_whole_reply, "OPT6-5 OPT6-6 OPT6-7 DHCP-1")
{
	static const char ntp[] = "\0\1\0\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7";
	static const char ntp_group[] = "\0\2\0\x10\xff\2\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7";
	static const char ntp_name[] = "\0\3\0\5\3ntp\0";
	struct dhcp6_lease *l = &reply.lease;

	packet_begin(REPLY, PACKET_XID);
	packet_lease(600, 1200);
	packet_option(23, dns, 32);
	packet_option(24, names, sizeof(names) - 1);
	packet_option(56, ntp_group, 20);
	packet_option(56, ntp_name, 9);
	packet_option(56, ntp, 20);
	packet_option(59, "http://boot.example/x", 21);
	packet_option(60, "\0\1a\0\2bc", 7);
	packet_option_be32(82, 120);
	packet_option_be32(83, 7200);
	packet_option(7, "\x21", 1);
	packet_option(9999, "unknown", 7);
	packet_option(136, example, EXAMPLE_SIZE);
	CHECK(end());
	CHECK(reply.type == REPLY && reply.xid == PACKET_XID && reply.status == 0);
	CHECK(bytes_equal(reply.client, bytes_of(packet_client, sizeof(packet_client))));
	CHECK(bytes_equal(bytes_of(l->server, l->server_size),
			  bytes_of(packet_server, sizeof(packet_server))));
	CHECK(reply.preference == 0x21 && reply.sol_max_s == 120 && reply.inf_max_s == 7200);
	CHECK(l->address_count == 1 && l->renew_s == 600 && l->rebind_s == 1200);
	CHECK_STR(ADDRESS_TEXT(&l->addresses[0].address), "2001:db8::50");
	CHECK(l->addresses[0].preferred_s == 1800 && l->valid_s == 3600);
	CHECK(l->dns_count == 2 && l->domain_count == 2 && l->ntp_count == 1);
	CHECK_STR(ADDRESS_TEXT(&l->dns[1]), "fe80::2");
	CHECK_STR(ADDRESS_TEXT(&l->ntp[0]), "2001:db8::7");
	CHECK_STR(l->domains[0], "lab.example");
	CHECK_STR(l->domains[1], "net.example");
	CHECK_STR(l->boot_url, "http://boot.example/x");
	CHECK_STR(l->boot_parameters, "a bc");
	CHECK(reply.redirects == 1 && l->has_redirect && redirect_is(example, EXAMPLE_SIZE));
}

TEST(the_first_of_several_options_136_counts, "DHCP-7")
{
	packet_begin(REPLY, PACKET_XID);
	packet_option(136, "first", 5);
	packet_option(136, example, EXAMPLE_SIZE);
	packet_option(136, "", 0);
	CHECK(end() && reply.redirects == 3 && redirect_is("first", 5));
	packet_begin(REPLY, PACKET_XID);
	packet_option(136, "", 0);
	packet_option(136, example, EXAMPLE_SIZE);
	CHECK(end() && reply.redirects == 2 && reply.lease.has_redirect &&
	      redirect_is("", 0));
	packet_begin(REPLY, PACKET_XID);
	CHECK(end() && reply.redirects == 0 && !reply.lease.has_redirect);
}

TEST(takes_addresses_of_our_association_only, "OPT6-10")
{
	static const uint8_t bad[][16] = {
		{ 0xff, 2, [15] = 1 }, { 0xfe, 0x80, [15] = 1 }, { 0 }, { [15] = 1 }
	};
	size_t ia;

	packet_begin(REPLY, PACKET_XID);
	ia = packet_ia(PACKET_IAID + 1, 0, 0);
	packet_ia_address(packet_address, 60, 60, 0);
	packet_ia_end(ia);
	CHECK(end() && !reply.has_ia && reply.lease.address_count == 0);
	packet_begin(REPLY, PACKET_XID);
	ia = packet_ia(PACKET_IAID, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		packet_ia_address(bad[i], 60, 60, 0);
	packet_ia_address(packet_address, 61, 60, 0); /* preferred for longer than valid */
	packet_ia_address(packet_address, 60, 60, 4); /* refused by itself */
	packet_ia_end(ia);
	CHECK(end() && reply.has_ia && reply.lease.address_count == 0 && !reply.withdrawn);
	packet_begin(REPLY, PACKET_XID);
	ia = packet_ia(PACKET_IAID, 0, 0);
	packet_ia_address(packet_address, 0, 0, 0);
	packet_ia_end(ia);
	CHECK(end() && reply.withdrawn && reply.lease.address_count == 0);
}

TEST(works_out_times_the_server_leaves_to_us, "OPT6-10")
{
	static const uint32_t times[][4] = {
		/* T1, T2 given; T1, T2 used; preferred 1800, valid 3600 */
		{ 0, 0, 900, 1440 },
		{ 100, 0, 100, 1440 },
		{ 5000, 5000, 3600, 3600 },
		{ 1, 1, 2, 1 },
		{ 0xffffffff, 0xffffffff, 3600, 3600 },
	};
	size_t ia;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		packet_begin(REPLY, PACKET_XID);
		packet_lease(times[i][0], times[i][1]);
		CHECK(end() && reply.lease.renew_s == times[i][2] &&
		      reply.lease.rebind_s == times[i][3]);
	}
	/* T1 behind T2: the association is discarded */
	packet_begin(REPLY, PACKET_XID);
	packet_lease(600, 599);
	CHECK(end() && !reply.has_ia && reply.lease.address_count == 0);
	packet_begin(REPLY, PACKET_XID);
	ia = packet_ia(PACKET_IAID, 0, 0);
	packet_ia_address(packet_address, 0xffffffff, 0xffffffff, 0);
	packet_ia_end(ia);
	CHECK(end() && reply.lease.renew_s == 0xffffffff &&
	      reply.lease.valid_s == 0xffffffff);
}

TEST(status_of_the_message_then_of_the_association, "OPT6-10")
{
	size_t ia;

	packet_begin(REPLY, PACKET_XID);
	ia = packet_ia(PACKET_IAID, 0, 0);
	packet_status(2, "none left");
	packet_ia_end(ia);
	CHECK(end() && reply.status == DHCP6_STATUS_NO_ADDRESSES);
	CHECK(bytes_equal_text(reply.status_text, "none left"));
	packet_status(4, "moved");
	CHECK(end() && reply.status == DHCP6_STATUS_NOT_ON_LINK);
	packet_begin(REPLY, PACKET_XID);
	packet_status(0, "well");
	ia = packet_ia(PACKET_IAID, 0, 0);
	packet_status(3, "");
	packet_ia_end(ia);
	CHECK(end() && reply.status == DHCP6_STATUS_NO_BINDING);
	packet_begin(REPLY, PACKET_XID);
	packet_status(0, "well");
	packet_lease(0, 0);
	CHECK(end() && reply.status == 0 && reply.lease.address_count == 1);
}

TEST(one_broken_value_spoils_no_other, "OPT6-5 OPT6-6 OPT6-10")
{
	static const uint8_t long_duid[CONFIG_DHCP6_DUID_MAX + 1];

	packet_begin(REPLY, PACKET_XID);
	packet_option(3, "\0\1\2\3\0", 5);	    /* an association cut short */
	packet_option(23, dns, 31);		    /* a server and a half */
	packet_option(24, "\3lab\0\xc0\0", 7);	    /* compressed: not here */
	packet_option(56, "\0\1\0\x10\x20", 5);	    /* NTP cut short */
	packet_option(56, "\0\1\0\4\x20\1\2\3", 8); /* too short an address */
	packet_option(60, "\0\1a\0\x9x", 6);	    /* parameter cut short */
	packet_option(59, "a\0b", 3);		    /* a NUL in it */
	packet_option(7, "ab", 2);		    /* preference of two bytes */
	packet_option_be32(82, 59);		    /* out of range */
	packet_option_be32(83, 86401);
	packet_option_be32(32, 1); /* below the minimum */
	packet_option(136, "ok", 2);
	CHECK(end() && !reply.has_ia && reply.lease.address_count == 0);
	CHECK(reply.lease.dns_count == 1 && reply.lease.domain_count == 1);
	CHECK(reply.lease.ntp_count == 0 && reply.lease.boot_url[0] == '\0');
	CHECK(reply.preference == 0 && reply.sol_max_s == 0 && reply.inf_max_s == 0);
	CHECK(reply.lease.refresh_s == 600 && redirect_is("ok", 2));
	packet_begin(REPLY, PACKET_XID);
	CHECK(end() && reply.lease.refresh_s == 86400);
	/* a DUID that is none */
	packet_head(REPLY, PACKET_XID);
	packet_option(2, long_duid, sizeof(long_duid));
	CHECK(end() && reply.lease.server_size == 0);
}

TEST(refuses_every_truncation, "OPT6-10")
{
	size_t accepted = 0;

	packet_begin(ADVERTISE, PACKET_XID);
	packet_lease(0, 0);
	packet_option(136, example, EXAMPLE_SIZE);
	struct bytes whole = packet_end();
	for (size_t n = 0; n < whole.size; n++) {
		bool ok = dhcp6_lease_read(&reply, bytes_of(whole.at, n), PACKET_IAID, &e);

		accepted += ok;
		CHECK(ok || strcmp(e.rule, "OPT6-10") == 0);
		CHECK(!ok || !reply.lease.has_redirect);
	}
	CHECK(accepted == 4); /* between two options the rest cannot be missed */
}

TEST(refuses_what_no_server_sends, "OPT6-10")
{
	for (unsigned type = 0; type < 256; type++) {
		packet_begin((uint8_t)type, PACKET_XID);
		CHECK(end() == (type == ADVERTISE || type == REPLY));
	}
}

TEST(is_bounded_whatever_comes, "DHCP-18 SEC-5")
{
	static uint8_t full[5000];
	size_t ia;

	memset(full, 'x', sizeof(full));
	packet_begin(REPLY, PACKET_XID);
	ia = packet_ia(PACKET_IAID, 0, 0);
	for (int i = 0; i < CONFIG_DHCP6_ADDRESSES_MAX + 3; i++)
		packet_ia_address(packet_address, 60, 60, 0);
	packet_ia_end(ia);
	packet_option(136, full, sizeof(full));
	packet_option(23, full, 16 * (CONFIG_DHCP6_SERVERS_MAX + 2));
	packet_option(59, full, 2000);
	writer_be16(&packet_writer, 60);
	writer_be16(&packet_writer, 302);
	writer_be16(&packet_writer, 300);
	writer_bytes(&packet_writer, bytes_of(full, 300));
	writer_be16(&packet_writer, 24);
	writer_be16(&packet_writer, 20 * 3);
	for (int i = 0; i < 20; i++)
		writer_bytes(&packet_writer, bytes_of("\1a\0", 3));
	CHECK(end() && reply.lease.address_count == CONFIG_DHCP6_ADDRESSES_MAX);
	CHECK(reply.lease.redirect_size == CONFIG_REDIRECT_OPTION_MAX);
	CHECK(reply.lease.dns_count == CONFIG_DHCP6_SERVERS_MAX);
	CHECK(reply.lease.domain_count == CONFIG_DHCP6_DOMAINS_MAX);
	CHECK(strlen(reply.lease.boot_url) == CONFIG_HOST_MAX - 1);
	CHECK(strlen(reply.lease.boot_parameters) == CONFIG_HOST_MAX - 1);
}

static void whole(void)
{
	packet_begin(REPLY, PACKET_XID);
	packet_option(23, dns, 32);
	packet_option(24, names, sizeof(names) - 1);
}

TEST(compares_all_but_the_times, "DHCP-14")
{
	struct dhcp6_lease first;

	whole();
	packet_lease(100, 200);
	packet_option(136, "ab", 2);
	CHECK(end());
	first = reply.lease;
	whole();
	packet_lease(200, 300);
	packet_option(136, "ab", 2);
	CHECK(end() && dhcp6_lease_equal(&first, &reply.lease));
	whole();
	packet_lease(100, 200);
	packet_option(136, "abc", 3);
	CHECK(end() && !dhcp6_lease_equal(&first, &reply.lease));
	whole();
	packet_option(136, "ab", 2);
	CHECK(end() && !dhcp6_lease_equal(&first, &reply.lease));
	packet_begin(REPLY, PACKET_XID);
	packet_lease(100, 200);
	packet_option(136, "ab", 2);
	CHECK(end() && !dhcp6_lease_equal(&first, &reply.lease));
}

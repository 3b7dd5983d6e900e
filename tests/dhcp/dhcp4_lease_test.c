/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp4_lease.h"

#include "base/text.h"
#include "check.h"
#include "dhcp4_packets.h"

static struct dhcp4_reply reply;
static struct error e;

#define ACK	5
#define ADDRESS 0x0a010032

static void begin(void)
{
	packet_reply(ACK, PACKET_XID, ADDRESS);
}

static bool end(void)
{
	memset(&reply, 0, sizeof(reply));
	return dhcp4_lease_read(&reply, packet_end(), &e);
}

/* The list of two servers in the specification's worked example. */
static const char example[] = "\0\x17https://192.0.2.10:8443\0\x18https://boot.example.net";
#define EXAMPLE_SIZE (sizeof(example) - 1)

static bool redirect_is(const void *at, size_t size)
{
	return bytes_equal(bytes_of(reply.lease.redirect, reply.lease.redirect_size),
			   bytes_of(at, size));
}

TEST(reads_a_whole_reply, "OPT4-8 OPT4-9 OPT4-10 OPT4-12 OPT4-13")
{
	static const uint8_t dns[] = { 10, 1, 0, 1, 10, 1, 0, 2 }, ntp[] = { 10, 1, 0, 3 };
	struct dhcp4_lease *l = &reply.lease;

	begin();
	packet_option(6, dns, 8);
	packet_option(42, ntp, 4);
	packet_option(7, dns, 8);
	packet_option(15, "lab.example", 12); /* with its NUL, as some servers send it */
	packet_option(12, "node7", 5);
	packet_option_be32(3, 0x0a010001);
	packet_option(143, example, EXAMPLE_SIZE);
	CHECK(end());
	CHECK(reply.type == ACK && reply.xid == PACKET_XID && reply.server == 0x0a010001);
	CHECK(memcmp(reply.mac, packet_mac, 6) == 0);
	CHECK(l->address == ADDRESS && l->prefix == 24 && l->lease_s == 600);
	CHECK(l->renew_s == 300 && l->rebind_s == 525);
	CHECK(l->dns_count == 2 && l->dns[1] == 0x0a010002 && l->ntp_count == 1);
	CHECK(l->syslog_count == 2);
	CHECK_STR(l->domain, "lab.example");
	CHECK_STR(l->host_name, "node7");
	CHECK(l->route_count == 1 && l->routes[0].gateway == 0x0a010001 &&
	      l->routes[0].prefix == 0);
	CHECK(l->has_redirect && redirect_is(example, EXAMPLE_SIZE));
}

TEST(joins_option_143_wherever_it_is_cut, "DHCP-5 DHCP-6")
{
	for (size_t cut = 0; cut <= EXAMPLE_SIZE; cut++) {
		begin();
		packet_option(143, example, cut);
		packet_option(12, "x", 1); /* others may lie between */
		packet_option(143, example + cut, EXAMPLE_SIZE - cut);
		CHECK(end() && redirect_is(example, EXAMPLE_SIZE));
	}
}

TEST(joins_a_list_longer_than_one_option, "DHCP-5")
{
	/* Five URIs of 67 bytes: 345 bytes, sent as 255 and 90. */
	uint8_t list[345];

	for (size_t i = 0; i < sizeof(list); i++)
		list[i] = (uint8_t)(i * 7);
	begin();
	packet_option(143, list, 255);
	packet_option(143, list + 255, 90);
	CHECK(end() && redirect_is(list, sizeof(list)));
}

TEST(joins_every_option_over_all_three_areas, "DHCP-5 DHCP-6 OPT4-12")
{
	/* Order: options, file, sname (RFC 3396 §5). */
	static const uint8_t file[] = { 143, 2, 'c', 'd', 6, 2, 0, 7, 255 };
	static const uint8_t sname[] = { 143, 2, 'e', 'f', 0, 255 };
	uint8_t both = 3, type = ACK, first[] = { 10, 9 };

	packet_begin(PACKET_XID, ADDRESS, sname, sizeof(sname), file, sizeof(file));
	packet_option(53, &type, 1);
	packet_option_be32(54, 0x0a010001);
	packet_option(52, &both, 1);
	packet_option(6, first, 2);
	packet_option(143, "ab", 2);
	CHECK(end() && redirect_is("abcdef", 6));
	CHECK(reply.lease.dns_count == 1 && reply.lease.dns[0] == 0x0a090007);
	CHECK(reply.lease.boot_file[0] == '\0' && reply.lease.boot_server[0] == '\0');
	both = 1;
	packet_begin(PACKET_XID, ADDRESS, "tftp", 4, file, sizeof(file));
	packet_option(53, &type, 1);
	packet_option_be32(54, 0x0a010001);
	packet_option(52, &both, 1);
	CHECK(end() && redirect_is("cd", 2));
	CHECK_STR(reply.lease.boot_server, "tftp");
}

TEST(tells_an_empty_option_143_from_none, "DHCP-16")
{
	begin();
	CHECK(end() && !reply.lease.has_redirect && reply.lease.redirect_size == 0);
	begin();
	packet_option(143, "", 0);
	CHECK(end() && reply.lease.has_redirect && reply.lease.redirect_size == 0);
}

TEST(classless_routes_replace_the_router, "OPT4-2 OPT4-3")
{
	static const uint8_t routes[] = {
		0, 10, 1,  0,  1, /* default */
		8, 10, 10, 1,  0,   2,	25,  192, 0, 2, 129, 10,
		1, 0,  3,  32, 198, 51, 100, 7,	  0, 0, 0,   0, /* on this link */
	};
	const struct dhcp4_route *r = reply.lease.routes;

	begin();
	packet_option_be32(3, 0x0a0100fe);
	packet_option(121, routes, 7);
	packet_option(121, routes + 7, sizeof(routes) - 7);
	CHECK(end() && reply.lease.route_count == 4);
	CHECK(r[0].prefix == 0 && r[0].destination == 0 && r[0].gateway == 0x0a010001);
	CHECK(r[1].prefix == 8 && r[1].destination == 0x0a000000 &&
	      r[1].gateway == 0x0a010002);
	CHECK(r[2].prefix == 25 && r[2].destination == 0xc0000280 &&
	      r[2].gateway == 0x0a010003);
	CHECK(r[3].prefix == 32 && r[3].destination == 0xc6336407 && r[3].gateway == 0);
	/* A broken one is as good as none. */
	begin();
	packet_option_be32(3, 0x0a0100fe);
	packet_option(121, routes, sizeof(routes) - 1);
	CHECK(end() && reply.lease.route_count == 1 && r[0].gateway == 0x0a0100fe);
	begin();
	packet_option(121, "\x21\1\2\3\4\5\1\2\3\4", 10);
	CHECK(end() && reply.lease.route_count == 0);
}

TEST(decompresses_the_search_list_after_joining, "OPT4-8")
{
	static const uint8_t list[] = { 3,   'e', 'n', 'g', 5,	 'a', 'p', 'p',	 'l',
					'e', 3,	  'c', 'o', 'm', 0,   9,   'm',	 'a',
					'r', 'k', 'e', 't', 'i', 'n', 'g', 0xc0, 4 };

	begin();
	packet_option(119, list, 9);
	packet_option(119, list + 9, sizeof(list) - 9);
	CHECK(end() && reply.lease.search_count == 2);
	CHECK_STR(reply.lease.search[0], "eng.apple.com");
	CHECK_STR(reply.lease.search[1], "marketing.apple.com");
	/* a pointer to itself, and one forward */
	begin();
	packet_option(119, "\1a\xc0\2", 4);
	CHECK(end() && reply.lease.search_count == 0);
	begin();
	packet_option(119, "\xc0\2\1a\0", 5);
	CHECK(end() && reply.lease.search_count == 0);
}

TEST(mends_times_that_do_not_rise, "OPT4-12")
{
	static const uint32_t times[][3] = { { 600, 500, 400 },
					     { 600, 0, 500 },
					     { 600, 300, 700 } };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		begin();
		packet_option_be32(58, times[i][1]);
		packet_option_be32(59, times[i][2]);
		CHECK(end() && reply.lease.renew_s == 300 && reply.lease.rebind_s == 525);
	}
	begin();
	packet_option_be32(58, 100);
	packet_option_be32(59, 200);
	CHECK(end() && reply.lease.renew_s == 100 && reply.lease.rebind_s == 200);
}

TEST(keeps_peer_text_only_where_it_is_a_name, "OPT4-11")
{
	begin();
	packet_option(15, "a b", 3);
	packet_option(12, "x\0y", 3);
	packet_option(66, "tftp.example", 12);
	packet_option(67, "pxe\n", 4);
	CHECK(end() && reply.lease.domain[0] == '\0' && reply.lease.host_name[0] == '\0');
	CHECK_STR(reply.lease.boot_server, "tftp.example");
	CHECK_STR(reply.lease.boot_file, "pxe\n"); /* escaped where it is printed */
}

TEST(refuses_every_truncation, "OPT4-13")
{
	static const uint8_t dns[] = { 10, 1, 0, 1 };
	size_t accepted = 0;

	begin();
	packet_option(6, dns, 4);
	packet_option(143, example, EXAMPLE_SIZE);
	struct bytes whole = packet_end();
	for (size_t n = 0; n < whole.size; n++) {
		bool ok = dhcp4_lease_read(&reply, bytes_of(whole.at, n), &e);

		/* Between two options the rest cannot be missed: the end option is not
		 * demanded. */
		accepted += ok;
		CHECK(ok || strcmp(e.rule, "OPT4-13") == 0);
		CHECK(!ok || n >= 240 + 3 + 6);
	}
	CHECK(accepted == 5);
}

TEST(refuses_what_is_no_reply_for_us, "OPT4-13")
{
	static const size_t places[] = { 0, 1, 2, 236, 239 };
	uint8_t type = ACK;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		begin();
		packet_room[places[i]] ^= 3;
		CHECK(!end() && e.code == ERROR_MALFORMED);
	}
	/* no server, no type, no address, addresses that are none */
	packet_begin(PACKET_XID, ADDRESS, NULL, 0, NULL, 0);
	packet_option(53, &type, 1);
	CHECK(!end());
	packet_begin(PACKET_XID, ADDRESS, NULL, 0, NULL, 0);
	packet_option_be32(54, 0x0a010001);
	CHECK(!end());
	packet_reply(ACK, PACKET_XID, 0);
	CHECK(!end());
	packet_reply(ACK, PACKET_XID, 0xffffffff);
	CHECK(!end());
	packet_reply(ACK, PACKET_XID, 0x7f000001);
	CHECK(!end());
	packet_reply(ACK, PACKET_XID, 0xe0000001);
	CHECK(!end());
	packet_reply(6, PACKET_XID, 0); /* a NAK has none */
	CHECK(end());
	/* an option that runs out of the file field */
	uint8_t file[128] = { 143, 127 }, one = 1;
	packet_begin(PACKET_XID, ADDRESS, NULL, 0, file, 128);
	packet_option(53, &type, 1);
	packet_option_be32(54, 0x0a010001);
	packet_option(52, &one, 1);
	CHECK(!end());
}

TEST(is_bounded_whatever_comes, "DHCP-18 SEC-5")
{
	uint8_t full[255];

	memset(full, 'x', sizeof(full));
	begin();
	for (int i = 0; i < 26; i++) {
		packet_option(143, full, 255);
		packet_option(43, full, 2);
	}
	for (int i = 0; i < 4; i++)
		packet_option(6, full, 252);
	CHECK(end() && reply.lease.redirect_size == CONFIG_DHCP4_REDIRECT_MAX);
	CHECK(reply.lease.vendor_size == 52 &&
	      reply.lease.dns_count == CONFIG_DHCP4_SERVERS_MAX);
}

TEST(compares_all_but_the_times, "DHCP-14")
{
	struct dhcp4_lease first;

	begin();
	packet_option(143, example, EXAMPLE_SIZE);
	CHECK(end());
	first = reply.lease;
	begin();
	packet_option_be32(51, 900);
	packet_option(143, example, EXAMPLE_SIZE);
	CHECK(end() && dhcp4_lease_equal(&first, &reply.lease));
	begin();
	packet_option(143, example, EXAMPLE_SIZE - 1);
	CHECK(end() && !dhcp4_lease_equal(&first, &reply.lease));
}

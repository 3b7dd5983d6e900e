/* SPDX-License-Identifier: MIT */
#include "platform/address.h"

#include <netinet/in.h>

#include "check.h"

static struct address a;

static bool reads(const char *text)
{
	return address_read(&a, bytes_of_text(text));
}

TEST(reads_literals_and_nothing_else, "TLS-12")
{
	CHECK(reads("192.0.2.1") && a.family == ADDRESS_IPV4 &&
	      address_to_ipv4(&a) == 0xc0000201);
	CHECK(reads("2001:db8::1") && a.family == ADDRESS_IPV6);
	CHECK_STR(ADDRESS_TEXT(&a), "2001:db8::1");
	CHECK_STR(address_port_text(&a, 443).text, "[2001:db8::1]:443");
	CHECK(reads("::ffff:192.0.2.1"));
	CHECK(!reads("") && !reads("192.0.2") && !reads("192.0.2.256") &&
	      !reads("192.0.2.1 "));
	CHECK(!reads("boot.example") && !reads("1:2:3:4:5:6:7:8:9") && !reads("[::1]"));
	CHECK(!address_read(&a, bytes_of("192.0.2.1\0", 10)));
}

TEST(tells_addresses_apart, "")
{
	struct address b = address_ipv4(0x0a000001);

	CHECK(reads("10.0.0.1") && address_equal(&a, &b));
	CHECK(reads("10.0.0.2") && !address_equal(&a, &b));
	CHECK(reads("fe80::1") && address_is_link_local(&a));
	b = a;
	b.link = 3;
	CHECK(!address_equal(&a, &b));
	CHECK_STR(ADDRESS_TEXT(&b), "fe80::1%3");
	CHECK(reads("fec0::1") && !address_is_link_local(&a));
	a = (struct address){ 0 };
	CHECK_STR(ADDRESS_TEXT(&a), "no address");
}

TEST(becomes_a_socket_address, "")
{
	struct sockaddr_storage s;
	struct sockaddr_in six_four;

	CHECK(reads("10.0.0.1") &&
	      address_to_socket(&a, 80, &s) == sizeof(struct sockaddr_in));
	memcpy(&six_four, &s, sizeof(six_four));
	CHECK(six_four.sin_family == AF_INET && ntohs(six_four.sin_port) == 80);
	CHECK(reads("::1") && address_to_socket(&a, 80, &s) == sizeof(struct sockaddr_in6));
	CHECK(s.ss_family == AF_INET6);
}

/* SPDX-License-Identifier: MIT */
#include "dhcp/router_advertisement.h"

#include "base/writer.h"
#include "check.h"

static struct router_advertisement ra;
static struct error e;
static uint8_t room[2048];
static struct writer w;
static struct address router = { ADDRESS_IPV6, { 0xfe, 0x80, [15] = 1 }, 0 };

enum { MANAGED = 0x80, OTHER = 0x40 };

static void begin(uint8_t flags)
{
	w = writer_over(room, sizeof(room));
	writer_be32(&w, 0x86000000); /* checksum: the kernel's */
	writer_u8(&w, 64);
	writer_u8(&w, flags);
	writer_be16(&w, 1800);
	writer_be64(&w, 0);
}

static void rdnss(uint32_t lifetime_s, unsigned count)
{
	writer_u8(&w, 25);
	writer_u8(&w, (uint8_t)(1 + 2 * count));
	writer_be16(&w, 0);
	writer_be32(&w, lifetime_s);
	for (unsigned i = 0; i < count; i++) {
		writer_be64(&w, 0x20010db800000000);
		writer_be64(&w, i + 1);
	}
}

static void dnssl(uint32_t lifetime_s, const char *names, uint8_t units)
{
	writer_u8(&w, 31);
	writer_u8(&w, (uint8_t)(1 + units));
	writer_be16(&w, 0);
	writer_be32(&w, lifetime_s);
	writer_bytes(&w, bytes_of(names, units * 8u));
}

static bool end(void)
{
	memset(&ra, 0, sizeof(ra));
	return router_advertisement_read(&ra, writer_done(&w), &router, 255, &e);
}

TEST(reads_flags, "OPT6-2")
{
	begin(MANAGED | OTHER);
	CHECK(end() && ra.managed && ra.other && ra.lifetime_s == 1800);
	begin(OTHER);
	CHECK(end() && !ra.managed && ra.other);
	begin(0);
	CHECK(end() && !ra.managed && !ra.other && ra.dns_count == 0 && ra.domain_count == 0);
}

TEST(reads_servers_and_domains_with_their_lifetimes, "OPT6-9")
{
	begin(0);
	writer_bytes(&w, bytes_of("\1\1\x52\x54\0\1\2\3", 8)); /* its link-layer address */
	rdnss(600, 2);
	rdnss(0, 1);
	dnssl(0xffffffff, "\3lab\7example\0\1a\0", 2);
	dnssl(60, "\1b\0\0\0\0\0\0", 1);
	CHECK(end() && ra.dns_count == 3 && ra.domain_count == 3);
	CHECK_STR(ADDRESS_TEXT(&ra.dns[1]), "2001:db8::2");
	CHECK(ra.dns_s[1] == 600 && ra.dns_s[2] == 0);
	CHECK_STR(ra.domains[0], "lab.example");
	CHECK_STR(ra.domains[1], "a");
	CHECK_STR(ra.domains[2], "b");
	CHECK(ra.domains_s[1] == 0xffffffff && ra.domains_s[2] == 60);
}

TEST(hears_only_routers_of_this_link, "OPT6-2")
{
	struct address far = { ADDRESS_IPV6, { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 0 };
	struct bytes message;

	begin(MANAGED);
	message = writer_done(&w);
	CHECK(router_advertisement_read(&ra, message, &router, 255, &e));
	CHECK(!router_advertisement_read(&ra, message, &router, 254, &e));
	CHECK_STR(e.rule, "OPT6-2");
	CHECK(!router_advertisement_read(&ra, message, &router, 0, &e));
	CHECK(!router_advertisement_read(&ra, message, &far, 255, &e));
	CHECK_STR(e.rule, "OPT6-2");
}

TEST(refuses_other_messages, "OPT6-2")
{
	for (unsigned type = 0; type < 256; type++) {
		begin(0);
		room[0] = (uint8_t)type;
		CHECK(end() == (type == 134));
	}
	begin(0);
	room[1] = 1;
	CHECK(!end());
}

TEST(refuses_every_truncation, "OPT6-2 OPT6-9")
{
	size_t accepted = 0;

	begin(MANAGED);
	rdnss(600, 1);
	dnssl(600, "\1b\0\0\0\0\0\0", 1);
	for (size_t n = 0; n < w.used; n++)
		accepted += router_advertisement_read(&ra, bytes_of(room, n), &router, 255,
						      &e);
	CHECK(accepted == 2); /* between options */
	begin(0);
	writer_be64(&w, 0x1900000000000000); /* an option of no length */
	CHECK(!end());
	begin(0);
	writer_be64(&w, 0x1901000000000258); /* RDNSS without a server */
	CHECK(end() && ra.dns_count == 0);
}

TEST(is_bounded_whatever_comes, "OPT6-9 SEC-5")
{
	begin(0);
	for (int i = 0; i < 4; i++)
		rdnss(600, 5);
	for (int i = 0; i < 8; i++)
		dnssl(600, "\1a\0\1b\0\0\0", 1);
	dnssl(600, "\xc0\0\0\0\0\0\0\0", 1); /* compressed: none */
	CHECK(end() && ra.dns_count == CONFIG_DHCP6_SERVERS_MAX);
	CHECK(ra.domain_count == CONFIG_DHCP6_DOMAINS_MAX);
}

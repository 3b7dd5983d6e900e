/* SPDX-License-Identifier: MIT */
#include "discovery/service.h"

#include <stdlib.h>

#include "check.h"

/* What records mean.  Against real servers and hostile ones: tests/discovery/service_*. */

static struct dns_answer a;
static struct error e;
static struct service_txt txt;
static uint8_t room[4096];

static void text(const char *data, size_t size)
{
	a.data[a.count++] = bytes_of(data, size);
}

static bool read_text(void)
{
	bool ok = service_txt_read(&txt, room, &a, &e);

	a.count = 0;
	return ok;
}

#define IS(WHAT, TEXT) bytes_equal(WHAT, bytes_of(TEXT, sizeof(TEXT) - 1))

TEST(splits_keys_and_values, "DNS-7 DNS-9")
{
	text("\3ci=\2a=\3\0=b", 11);
	text("\1o\2c=\4cert", 10);
	text("\4ov=v", 5);
	CHECK(read_text());
	CHECK(IS(txt.ci, "a=\0=b") && IS(txt.oc, "cert") && IS(txt.ov, "v"));
	/* base64 is not undone */
	text("\7ci=TUlJ", 8);
	CHECK(read_text() && IS(txt.ci, "TUlJ") && !txt.oc.size && !txt.ov.size);
}

TEST(joins_hundreds_of_strings, "DNS-9 DNS-12")
{
	static char data[65000];
	static uint8_t to[65000];
	size_t used = 0, value = 0;

	memcpy(data, "\3ci=", 4);
	for (used = 4; used + 256 <= sizeof(data); used += 256, value += 255) {
		data[used] = (char)255;
		memset(data + used + 1, (int)used / 256, 255);
	}
	text(data, used);
	CHECK(service_txt_read(&txt, to, &a, &e) && txt.ci.size == value && value > 64000);
	CHECK(txt.ci.at[0] == 0 && txt.ci.at[255] == 1 && txt.ci.at[value - 1] == 252);
	/* a byte short: refused, not cut */
	a.count = 0;
	text(data, used - 1);
	CHECK(!service_txt_read(&txt, to, &a, &e) && e.code == ERROR_MALFORMED);
	CHECK_STR(e.rule, "DNS-9");
	a.count = 0;
}

TEST(passes_over_other_keys, "DNS-8 DNS-10")
{
	text("\6txtv=1", 7);
	text("\2=x", 3);
	text("\2ci", 3); /* no "=": not a value */
	text("", 0);
	text("\7cii=bad", 8);
	text("\6c=i=no", 7);
	text("\6CI=yes", 7);
	text("\6ci=not", 7); /* the first one counts */
	CHECK(read_text() && IS(txt.ci, "yes"));
	text("\6txtv=1", 7);
	CHECK(!read_text());
	CHECK_STR(e.rule, "DNS-7");
}

TEST(wants_both_or_none_of_certificate_and_voucher, "DNS-7 DNS-11")
{
	text("\4ci=x", 5);
	text("\4oc=x", 5);
	CHECK(!read_text());
	CHECK_STR(e.rule, "DNS-11");
	CHECK_STR(e.text, "there is an oc=, but no ov=");
	text("\4ci=x", 5);
	text("\4ov=x", 5);
	CHECK(!read_text());
	CHECK_STR(e.text, "there is an ov=, but no oc=");
	text("\4ov=x", 5);
	text("\4oc=x", 5);
	CHECK(!read_text());
	CHECK_STR(e.rule, "DNS-7");
	text("\3ci=", 4); /* the first one counts, though it is empty */
	text("\4ci=x", 5);
	CHECK(!read_text());
	CHECK_STR(e.rule, "DNS-7");
}

static struct resolve_target targets[CONFIG_SERVER_LIST_MAX];
static uint32_t draws[CONFIG_SERVER_LIST_MAX];
static size_t count;
static char records[CONFIG_DNS_DATA_MAX][16];

/* A host of one letter. */
static void service(unsigned priority, unsigned weight, unsigned port, char host)
{
	char *to = records[a.count];
	struct writer w = writer_over(to, sizeof(records[0]));

	writer_be16(&w, (uint16_t)priority);
	writer_be16(&w, (uint16_t)weight);
	writer_be16(&w, (uint16_t)port);
	writer_u8(&w, host != 0);
	writer_u8(&w, (uint8_t)host);
	if (host)
		writer_u8(&w, 0);
	a.data[a.count++] = bytes_of(to, host ? w.used : 7);
}

static const char *hosts(void)
{
	static char all[CONFIG_SERVER_LIST_MAX + 1];

	count = 0;
	bool ok = service_srv_read(targets, &count, &a, bytes_of(records, sizeof(records)),
				   draws, &e);
	for (size_t i = 0; i < count; i++)
		all[i] = targets[i].host[0];
	all[count] = '\0';
	return ok ? all : "refused";
}

TEST(orders_servers_by_priority_and_lot, "DNS-17")
{
	a.count = 0;
	service(10, 1, 443, 'c');
	service(0, 3, 8443, 'a');
	service(0, 1, 443, 'b');
	CHECK_STR(hosts(), "abc");
	CHECK(targets[0].port == 8443);
	draws[0] = 3; /* of 0..4: up to 3 is a's */
	CHECK_STR(hosts(), "abc");
	draws[0] = 4;
	CHECK_STR(hosts(), "bac");
	/* one without weight stands in front, and is drawn with 0 only */
	a.count = 0;
	service(5, 100, 443, 'x');
	service(5, 0, 443, 'y');
	draws[0] = 0;
	CHECK_STR(hosts(), "yx");
	draws[0] = 1;
	CHECK_STR(hosts(), "xy");
	draws[0] = 0;
}

TEST(draws_as_often_as_the_weights_say, "DNS-17")
{
	unsigned first = 0;

	a.count = 0;
	service(0, 75, 443, 'a');
	service(0, 25, 443, 'b');
	srandom(7);
	for (int i = 0; i < 10000; i++) {
		draws[0] = (uint32_t)random();
		first += hosts()[0] == 'a';
	}
	draws[0] = 0;
	CHECK(first > 7300 && first < 7800);
}

TEST(knows_that_a_service_is_absent, "DNS-18")
{
	a.count = 0;
	service(0, 0, 0, 0);
	CHECK_STR(hosts(), "refused");
	CHECK_STR(e.rule, "DNS-18");
	service(0, 0, 443, 'a'); /* not a single one */
	CHECK_STR(hosts(), "a");
}

TEST(leaves_out_what_is_no_server, "DNS-17 SEC-5")
{
	a.count = 0;
	service(0, 0, 0, 'a'); /* no port */
	service(0, 0, 443, ' ');
	CHECK_STR(hosts(), "refused");
	CHECK_STR(e.rule, "DNS-17");
	for (char c = 'a'; c < 'a' + 26; c++)
		service(1, 1, 443, c);
	for (char c = 'A'; c < 'A' + 26; c++)
		service(0, 1, 443, c);
	hosts();
	CHECK(count == CONFIG_SERVER_LIST_MAX && targets[25].host[0] < 'a' &&
	      targets[26].host[0] >= 'a');
}

TEST(says_at_once_what_cannot_be_asked, "DNS-20 DNS-23 DNS-15")
{
	static struct service s;
	static const char domains[][CONFIG_HOST_MAX] = { "lab.example" };
	static const char serial[65] = "1234567890123456789012345678901234567890"
				       "123456789012345678901234";
	struct loop loop;
	struct service_question q = { .steps = 0xf };

	loop_start(&loop);
	q.serial = bytes_of_text(serial);
	service_start(&s, &loop, &q);
	for (int i = 0; i < SERVICE_STEPS; i++)
		CHECK(service_state(&s, (enum service_step)i) == SERVICE_NOTHING);
	CHECK_STR(service_reason(&s, SERVICE_TXT_MULTICAST)->rule, "DNS-23");
	CHECK_STR(service_reason(&s, SERVICE_TXT_UNICAST)->rule, "DNS-23");
	CHECK_STR(service_reason(&s, SERVICE_SRV_MULTICAST)->rule, "DNS-15");
	CHECK_STR(service_reason(&s, SERVICE_SRV_UNICAST)->rule, "DNS-20");
	CHECK_STR(service_reason(&s, SERVICE_SRV_UNICAST)->text, "no name server is known");
	service_stop(&s);
	/* servers, but no domain; and nothing is asked that is not wanted */
	struct address server = address_ipv4(0x7f000001);
	q.resolver = (struct resolver){ .servers = &server, .server_count = 1, .link = "lo" };
	q.serial.size = 63;
	q.steps = 1u << SERVICE_TXT_UNICAST;
	service_start(&s, &loop, &q);
	CHECK_STR(service_reason(&s, SERVICE_TXT_UNICAST)->text, "no domain is known");
	CHECK_STR(service_reason(&s, SERVICE_SRV_MULTICAST)->text, "not wanted");
	CHECK(!loop.fds && !loop.timers);
	service_stop(&s);
	/* a label that fits, in a name that does not */
	static char wide[1][CONFIG_HOST_MAX];
	memset(wide[0], 'a', 200);
	for (int i = 50; i < 200; i += 50)
		wide[0][i] = '.';
	q.resolver.domains = wide;
	q.resolver.domain_count = 1;
	service_start(&s, &loop, &q);
	CHECK(service_state(&s, SERVICE_TXT_UNICAST) == SERVICE_NOTHING);
	CHECK_STR(service_reason(&s, SERVICE_TXT_UNICAST)->rule, "DNS-23");
	service_stop(&s);
	/* and one that can be asked, stopped at once */
	q.resolver.domains = domains;
	service_start(&s, &loop, &q);
	CHECK(service_state(&s, SERVICE_TXT_UNICAST) == SERVICE_ASKING && loop.fds);
	service_stop(&s);
	service_stop(&s);
	CHECK(!loop.fds && !loop.timers);
}

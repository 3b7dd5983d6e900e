/* SPDX-License-Identifier: MIT */
#include "net/syslog.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "check.h"

static char text[CONFIG_SYSLOG_MESSAGE_MAX + 1];

static const char *write_as(enum syslog_format format, const struct syslog_message *m)
{
	size_t n = syslog_write((uint8_t *)text, format, m);

	text[n] = '\0';
	return text;
}

static const char *write_text(const char *line)
{
	return write_as(SYSLOG_RFC5424,
			&(struct syslog_message){ .level = LOG_LEVEL_INFO, .text = line });
}

TEST(a_message_of_rfc_5424, "LOG-2 LOG-3")
{
	struct syslog_message m = {
		.level = LOG_LEVEL_INFO,
		.event = "lease",
		.text = "dhcp4: eth0: bound",
		.time_s = 1795305600,
		.process = 7,
		.serial = "SN-1",
		.source = "dhcp4 eth0",
		.server = "192.0.2.1:443",
		.step = "discover",
	};

	CHECK_STR(write_as(SYSLOG_RFC5424, &m),
		  "<134>1 2026-11-22T00:00:00Z SN-1 sztp 7 lease [sztp@32473 source=\"dhcp4 eth0\" "
		  "server=\"192.0.2.1:443\" step=\"discover\"] dhcp4: eth0: bound");
	m.time_s = 0;
	m.serial = m.server = "";
	m.source = NULL;
	CHECK_STR(write_as(SYSLOG_RFC5424, &m),
		  "<134>1 - - sztp 7 lease [sztp@32473 step=\"discover\"] dhcp4: eth0: bound");
	m.step = NULL;
	m.event = NULL;
	CHECK_STR(write_as(SYSLOG_RFC5424, &m), "<134>1 - - sztp 7 - - dhcp4: eth0: bound");
}

TEST(the_severity_is_that_of_the_line, "LOG-2")
{
	static const char *const heads[] = {
		[LOG_LEVEL_ERROR] = "<131>1 ", [LOG_LEVEL_WARN] = "<132>1 ",
		[LOG_LEVEL_NOTICE] = "<133>1 ", [LOG_LEVEL_INFO] = "<134>1 ",
		[LOG_LEVEL_DEBUG] = "<135>1 ",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(heads); i++) {
		const struct syslog_message m = { .level = i, .text = "a: b" };

		CHECK(strncmp(write_as(SYSLOG_RFC5424, &m), heads[i], 7) == 0);
		CHECK(strncmp(write_as(SYSLOG_RFC3164, &m), heads[i], 5) == 0);
	}
}

static bool has_name(const char *line, const char *name)
{
	char head[64];

	snprintf(head, sizeof(head), "<134>1 - - sztp 0 %s - ", name);
	return strncmp(write_text(line), head, strlen(head)) == 0;
}

TEST(a_line_without_event_is_named_by_its_requirement, "LOG-3")
{
	CHECK(has_name("dhcp4 eth0: OV-10: voucher is for another", "OV-10"));
	CHECK(has_name("OPT4-13: a", "OPT4-13"));
	CHECK(has_name("trust: STORE_FOREIGN: b", "STORE_FOREIGN"));
	CHECK(has_name("a: VAL-3: then OV-10: b", "VAL-3"));
	CHECK(has_name("a: OV-10 is not at the head of a sentence", "-"));
	CHECK(has_name("a: -10: b", "-"));
	CHECK(has_name("a: OV-: b", "-"));
	CHECK(has_name("a: OV-1A: b", "-"));
	CHECK(has_name("a: DHCP: b", "-"));
	CHECK(has_name("", "-"));
	CHECK(has_name("a: ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ-1: b",
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF"));
}

TEST(names_and_values_cannot_break_out_of_their_place, "LOG-2 LOG-3")
{
	const struct syslog_message m = {
		.level = LOG_LEVEL_INFO,
		.event = "a b\n",
		.text = "c",
		.serial = "S N\t\xc3\xa4",
		.source = "x\"] y\\\n\x7f\xff\xc2\x85\xc3\xa4",
	};

	CHECK_STR(write_as(SYSLOG_RFC5424, &m),
		  "<134>1 - S_N___ sztp 0 a_b_ [sztp@32473 source=\"x\\\"\\] y\\\\"
		  "????\xc3\xa4\"] c");
}

TEST(control_characters_and_broken_utf_8_are_cleaned, "LOG-2 LOG-4")
{
	CHECK_STR(write_text("a\r\n<0>1 b\tc\x1b[0m\x7f"), "<134>1 - - sztp 0 - - a\?\?<0>1 b?c?[0m?");
	/* Only what is UTF-8 begins with its mark (RFC 5424 §6.4). */
	CHECK_STR(write_text("\xc3\xa4 \xc2\x9b \xff \xe2\x82"),
		  "<134>1 - - sztp 0 - - \xef\xbb\xbf\xc3\xa4 ? ? ??");
}

TEST(a_long_message_is_cut_between_characters, "LOG-4")
{
	static char line[2100];
	struct syslog_message m = { .level = LOG_LEVEL_INFO, .text = line };

	for (size_t shift = 0; shift < 4; shift++) {
		size_t n;

		memset(line, 0, sizeof(line));
		memset(line, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof(line); i += 4)
			memcpy(line + i, "\xf0\x9f\x98\x80", 4);
		n = strlen(write_as(SYSLOG_RFC5424, &m));
		CHECK(n > CONFIG_SYSLOG_MESSAGE_MAX - 4 && n <= CONFIG_SYSLOG_MESSAGE_MAX);
		for (struct bytes rest = bytes_of(text, n); rest.size;) {
			size_t size = text_utf8_length(rest);

			CHECK(size > 0);
			if (!size)
				return;
			rest = bytes_of(rest.at + size, rest.size - size);
		}
	}
	/* The longest head leaves room for text. */
	m.serial = m.source = m.server = m.step = m.event = line;
	CHECK(strlen(write_as(SYSLOG_RFC5424, &m)) <= CONFIG_SYSLOG_MESSAGE_MAX);
	CHECK(strstr(text, "\"] ") != NULL);
}

TEST(the_older_form, "LOG-8")
{
	struct syslog_message m = { .level = LOG_LEVEL_NOTICE,
				    .event = "start",
				    .text = "agent: a\nb",
				    .time_s = 1795305600 + 3661,
				    .process = 9,
				    .serial = "SN 1",
				    .source = "usb" };

	CHECK_STR(write_as(SYSLOG_RFC3164, &m), "<133>Nov 22 01:01:01 SN_1 sztp[9]: agent: a?b");
	m.time_s = 1795305600 - 20 * 86400;
	CHECK_STR(write_as(SYSLOG_RFC3164, &m), "<133>Nov  2 00:00:00 SN_1 sztp[9]: agent: a?b");
	/* No wrong time is sent: the receiver puts its own. */
	m.time_s = 0;
	CHECK_STR(write_as(SYSLOG_RFC3164, &m), "<133>sztp[9]: agent: a?b");
}

/* ---- with real sockets on the loopback interface ------------------------------------------- */

static struct syslog syslog;
static struct loop loop;
static unsigned logged; /* lines about syslog's own troubles */

static void put_back(void *context, const struct log_entry *entry)
{
	(void)context;
	logged++;
	syslog_put(&syslog, entry, 0); /* as the agent's sink does */
}

static void begin(void)
{
	memset(&syslog, 0, sizeof(syslog));
	loop_start(&loop);
	syslog.up_to = LOG_LEVEL_NOTICE;
	syslog.serial = "SN";
	syslog_start(&syslog, &loop);
	logged = 0;
	log_to(put_back, NULL);
	log_debug_stems("syslog");
}

static void put(enum log_level level, const char *event, const char *line)
{
	const struct log_entry entry = { level, "t", event, line };

	syslog_put(&syslog, &entry, 0);
}

/* A server on 127.0.0.@last, all on the port of the first one. */
static int server(uint8_t last)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(syslog.port),
				 .sin_addr.s_addr = htonl(0x7f000000 + last) };
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), room = 1 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	CHECK(bind(fd, (struct sockaddr *)&a, size) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&a, &size) == 0);
	syslog.port = ntohs(a.sin_port);
	return fd;
}

/* The next datagram; "" if there is none. */
static const char *received(int fd)
{
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static const char *line_of(const char *datagram)
{
	const char *at = strstr(datagram, " - t: ");

	return at ? at + 6 : datagram;
}

TEST(what_was_said_before_a_server_is_known_is_sent_then, "LOG-5")
{
	const struct address one = address_ipv4(0x7f000001);
	int fd;

	begin();
	fd = server(1);
	put(LOG_LEVEL_NOTICE, NULL, "first");
	put(LOG_LEVEL_INFO, "lease", "second");
	CHECK_STR(received(fd), "");
	syslog_servers(&syslog, "", &one, 1);
	CHECK_STR(line_of(received(fd)), "first");
	CHECK_STR(line_of(received(fd)), "second");
	put(LOG_LEVEL_ERROR, NULL, "third");
	CHECK_STR(line_of(received(fd)), "third");
	CHECK_STR(received(fd), "");
	syslog_stop(&syslog);
	syslog_stop(&syslog);
	close(fd);
}

TEST(events_go_out_always_and_other_lines_from_the_level_up, "LOG-7")
{
	const struct address one = address_ipv4(0x7f000001);
	int fd;

	begin();
	fd = server(1);
	syslog_servers(&syslog, "", &one, 1);
	put(LOG_LEVEL_INFO, NULL, "not me");
	put(LOG_LEVEL_DEBUG, NULL, "nor me");
	put(LOG_LEVEL_INFO, "link", "me");
	put(LOG_LEVEL_DEBUG, "link", "me too");
	put(LOG_LEVEL_WARN, NULL, "and me");
	CHECK_STR(line_of(received(fd)), "me");
	CHECK_STR(line_of(received(fd)), "me too");
	CHECK_STR(line_of(received(fd)), "and me");
	CHECK_STR(received(fd), "");
	syslog_stop(&syslog);
	close(fd);
}

TEST(the_oldest_are_dropped_and_counted, "LOG-5")
{
	const struct address one = address_ipv4(0x7f000001);
	char line[16];
	int fd;

	begin();
	fd = server(1);
	for (int i = 0; i < CONFIG_SYSLOG_ENTRIES + 44; i++) {
		snprintf(line, sizeof(line), "line %d", i);
		put(LOG_LEVEL_NOTICE, NULL, line);
	}
	syslog_servers(&syslog, "", &one, 1);
	CHECK(strstr(received(fd), "<132>1 ") == text);
	CHECK(strstr(text, " - syslog: 44 messages before this one were dropped") != NULL);
	for (int i = 44; i < CONFIG_SYSLOG_ENTRIES + 44; i++) {
		snprintf(line, sizeof(line), "line %d", i);
		while (!*received(fd) && syslog.servers[0].next < syslog.count) {
			const bool never = false; /* its socket was full */
			struct error e;

			(void)!loop_run_until(&loop, &never, loop_now_ms() + 10, &e);
		}
		CHECK_STR(line_of(text), line);
	}
	CHECK_STR(received(fd), "");
	syslog_stop(&syslog);
	close(fd);
}

TEST(all_servers_get_all_lines, "LOG-1 LOG-5")
{
	const struct address two[] = { address_ipv4(0x7f000001), address_ipv4(0x7f000002) };
	int a, b;

	begin();
	a = server(1);
	b = server(2);
	put(LOG_LEVEL_NOTICE, NULL, "early");
	syslog_servers(&syslog, "", two, 1);
	put(LOG_LEVEL_NOTICE, NULL, "later");
	syslog_servers(&syslog, "lo", two + 1, 1); /* one that only came with a second lease */
	CHECK_STR(line_of(received(a)), "early");
	CHECK_STR(line_of(received(a)), "later");
	CHECK_STR(line_of(received(b)), "early");
	CHECK_STR(line_of(received(b)), "later");
	syslog_servers(&syslog, "lo", NULL, 0); /* its lease is gone */
	put(LOG_LEVEL_NOTICE, NULL, "alone");
	CHECK_STR(line_of(received(a)), "alone");
	CHECK_STR(received(b), "");
	/* It comes back: only what it has not had. */
	syslog_servers(&syslog, "lo", two + 1, 1);
	CHECK_STR(line_of(received(b)), "alone");
	CHECK_STR(received(b), "");
	syslog_stop(&syslog);
	close(a);
	close(b);
}

TEST(a_server_of_two_leases_gets_each_line_once, "LOG-1")
{
	const struct address one = address_ipv4(0x7f000001);
	int fd;

	begin();
	fd = server(1);
	syslog_servers(&syslog, "", &one, 1);
	put(LOG_LEVEL_NOTICE, NULL, "a");
	syslog_servers(&syslog, "lo", &one, 1);
	put(LOG_LEVEL_NOTICE, NULL, "b");
	syslog_servers(&syslog, "lo", &one, 1); /* renewed */
	syslog_servers(&syslog, "", NULL, 0);	/* the other way remains */
	put(LOG_LEVEL_NOTICE, NULL, "c");
	syslog_servers(&syslog, "", &one, 1);
	put(LOG_LEVEL_NOTICE, NULL, "d");
	CHECK_STR(line_of(received(fd)), "a");
	CHECK_STR(line_of(received(fd)), "b");
	CHECK_STR(line_of(received(fd)), "c");
	CHECK_STR(line_of(received(fd)), "d");
	CHECK_STR(received(fd), "");
	syslog_stop(&syslog);
	close(fd);
}

TEST(a_server_that_cannot_be_reached_disturbs_nobody, "LOG-6")
{
	const struct address two[] = { address_ipv4(0xffffffff), address_ipv4(0x7f000001) };
	const struct address third = address_ipv4(0x7f000003);
	const bool never = false;
	struct error e;
	int fd;

	begin();
	fd = server(1);
	syslog_servers(&syslog, "", two, 2); /* the kernel refuses to send to the first one */
	for (int i = 0; i < 1000; i++) {
		put(LOG_LEVEL_NOTICE, NULL, "x");
		CHECK_STR(line_of(received(fd)), "x");
	}
	syslog_servers(&syslog, "nowhere0", &third, 1); /* a link that is gone */
	CHECK(!loop_run_until(&loop, &never, loop_now_ms() + 20, &e));
	CHECK(logged == 2); /* one line for each of the two */
	/* More than there is room for are left out. */
	for (uint32_t i = 0; i < 2 * CONFIG_SYSLOG_SERVERS_MAX; i++) {
		struct address many = address_ipv4(0x7f000100 + i);
		char link[8];

		snprintf(link, sizeof(link), "lo%u", i);
		syslog_servers(&syslog, link, &many, 1);
	}
	put(LOG_LEVEL_NOTICE, NULL, "still");
	CHECK_STR(line_of(received(fd)), "still");
	syslog_stop(&syslog);
	close(fd);
}

TEST(what_cannot_be_sent_yet_is_sent_when_there_is_a_way, "LOG-5 LOG-6")
{
	const struct address none = address_ipv4(0xffffffff);
	const bool never = false;
	struct error e;

	begin();
	put(LOG_LEVEL_NOTICE, NULL, "kept");
	syslog_servers(&syslog, "", &none, 1);
	CHECK(syslog.servers[0].next == 0 && syslog.retry.armed);
	int fd = server(1);
	syslog.servers[0].address = address_ipv4(0x7f000001); /* as a route that appears */
	CHECK(syslog.retry.deadline_ms <= loop_now_ms() + CONFIG_SYSLOG_RETRY_MS);
	loop_timer_set(&loop, &syslog.retry, loop_now_ms()); /* do not wait for it */
	CHECK(!loop_run_until(&loop, &never, loop_now_ms() + 20, &e));
	CHECK_STR(line_of(received(fd)), "kept");
	syslog_stop(&syslog);
	close(fd);
}

TEST(ipv6_servers_are_served, "LOG-1 OPT6-8")
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct address one = { .family = ADDRESS_IPV6, .bytes[15] = 1 };

	begin();
	if (bind(fd, (struct sockaddr *)&a, size) != 0) { /* this machine has no IPv6 at all */
		syslog_servers(&syslog, "", &one, 1);
		put(LOG_LEVEL_NOTICE, NULL, "a");
		CHECK(syslog.servers[0].next == 0);
	} else {
		CHECK(getsockname(fd, (struct sockaddr *)&a, &size) == 0);
		syslog.port = ntohs(a.sin6_port);
		syslog_servers(&syslog, "", &one, 1);
		put(LOG_LEVEL_NOTICE, NULL, "a");
		CHECK_STR(line_of(received(fd)), "a");
	}
	syslog_stop(&syslog);
	close(fd);
}

/*
 * One of everything.  tests/net/rsyslog_test.sh has it told to a real syslog server, whose
 * address stands in SYSLOG_SERVER, with SYSLOG_FLOOD lines behind it.
 */
TEST(a_whole_story, "LOG-1 LOG-6")
{
	static char longest[512];
	const char *at = getenv("SYSLOG_SERVER"), *flood = getenv("SYSLOG_FLOOD");
	struct address one = address_ipv4(0x7f000001);
	int fd = -1;

	begin();
	if (at)
		CHECK(address_read(&one, bytes_of_text(at)));
	else
		fd = server(1);
	memset(longest, 'x', sizeof(longest) - 1);
	memcpy(longest + 509, "\xc3\xa4", 2);
	put(LOG_LEVEL_NOTICE, "start", "before any server is known");
	syslog_servers(&syslog, "", &one, 1);
	snprintf(syslog.source, sizeof(syslog.source), "dhcp4 \"eth0\"]\\");
	snprintf(syslog.server, sizeof(syslog.server), "https://boot.example:443");
	syslog.step = "bootstrap";
	put(LOG_LEVEL_INFO, "server-contact", "a\nb\x1b[31m <0>1 - - c");
	put(LOG_LEVEL_WARN, NULL, "OV-10: the voucher is for \xc3\xa4 \xff");
	syslog.source[0] = syslog.server[0] = '\0';
	syslog.step = NULL;
	put(LOG_LEVEL_ERROR, NULL, longest);
	for (int i = 0; flood && i < atoi(flood); i++)
		put(LOG_LEVEL_NOTICE, "flood", "one of many");
	put(LOG_LEVEL_NOTICE, "complete", "the end");
	if (!at) {
		CHECK(strstr(received(fd), " start - t: before any server is known"));
		CHECK(strstr(received(fd), " server-contact [sztp@32473 source=\"dhcp4 "
					   "\\\"eth0\\\"\\]\\\\\" server=\"https://boot.example:443\" "
					   "step=\"bootstrap\"] t: a?b?[31m <0>1 - - c"));
		CHECK(strstr(received(fd), " OV-10 [") && strstr(text, "] \xef\xbb\xbft: OV-10: "));
		CHECK(strlen(received(fd)) > 500 && strstr(text, "x\xc3\xa4"));
		CHECK(strstr(received(fd), " complete - t: the end"));
		close(fd);
	}
	syslog_stop(&syslog);
}

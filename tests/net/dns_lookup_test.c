/* SPDX-License-Identifier: MIT */
#include "net/dns_lookup.h"

#include "check.h"
#include "net/dns_peer.h"
#include "net/resolve.h"

/* Against name servers that misbehave; what real ones do is in tests/discovery. */

static struct loop loop;
static struct address servers[3];

struct asking {
	struct dns_lookup lookup;
	struct resolver with;
	bool done;
	enum dns_status status;
	struct dns_answer answer;
	size_t size, first; /* of the message, of its first record's data */
};
static struct asking one;

static bool setup(void)
{
	static int ready = -1;

	if (ready < 0) {
		loop_start(&loop);
		ready = lab_make_folder() && lab_network();
		for (int i = 0; i < 3; i++)
			servers[i] = address_ipv4(0x7f000002u + (uint32_t)i);
	}
	CHECK(ready);
	return ready;
}

static void answered(void *context, const struct dns_answer *a, struct bytes message)
{
	struct asking *at = context;

	at->done = true;
	at->status = a->status;
	at->answer = *a;
	at->size = message.size;
	at->first = a->count ? a->data[0].size : 0;
	if (a->count && a->data[0].size)
		at->lookup.why.text[0] = (char)a->data[0].at[0]; /* it is still there */
}

static void start(struct asking *at, size_t first, size_t count, enum dns_type type)
{
	*at = (struct asking){ 0 };
	at->with = (struct resolver){ .servers = servers + first, .server_count = count };
	at->lookup.answered = answered;
	at->lookup.context = at;
	at->lookup.rounds = 1;
	dns_lookup_start(&at->lookup, &loop, &at->with, "sn-1._sztp.lab.example", type, false);
}

static bool finish(struct asking *at)
{
	struct error e;

	bool ended = loop_run_until(&loop, &at->done, loop_now_ms() + 20000, &e);
	dns_lookup_stop(&at->lookup);
	return ended && at->status == DNS_ANSWER;
}

static bool ask(size_t count)
{
	start(&one, 0, count, DNS_TYPE_TXT);
	bool ok = finish(&one);
	CHECK(!loop.fds && !loop.timers);
	return ok;
}

/* --- answers --------------------------------------------------------------------------- */

static size_t good(uint8_t *p, size_t size)
{
	(void)size;
	return peer_record(p, peer_begin(p, 0, 1), DNS_TYPE_TXT, "\4ci=x", 5);
}

static size_t truncated(uint8_t *p, size_t size)
{
	(void)size;
	size = peer_begin(p, 0, 0);
	p[2] |= 2;
	return size;
}

static bool has_edns(const uint8_t *p)
{
	return p[11] == 1;
}

static size_t refuses_edns_without_question(uint8_t *p, size_t size)
{
	if (!has_edns(p))
		return good(p, size);
	peer_begin(p, 1, 0);
	p[5] = 0;
	return 12;
}

static size_t does_not_implement_edns(uint8_t *p, size_t size)
{
	return has_edns(p) ? peer_begin(p, 4, 0) : good(p, size);
}

static size_t drops_edns(uint8_t *p, size_t size)
{
	return has_edns(p) ? 0 : good(p, size);
}

static size_t other_name(uint8_t *p, size_t size)
{
	size = good(p, size);
	p[13] ^= 1;
	return size;
}

static size_t other_type(uint8_t *p, size_t size)
{
	size = good(p, size);
	p[peer_question_end(p) - 3] = DNS_TYPE_A;
	return size;
}

static size_t no_question(uint8_t *p, size_t size)
{
	size_t end = peer_question_end(p);

	size = good(p, size);
	p[5] = 0;
	memmove(p + 12, p + end, size - end);
	return size - end + 12;
}

static size_t loops(uint8_t *p, size_t size)
{
	size_t end = peer_question_end(p);

	size = good(p, size);
	p[end] = 0xc0 | (uint8_t)(end >> 8);
	p[end + 1] = (uint8_t)end;
	return size;
}

static size_t cut(uint8_t *p, size_t size)
{
	return good(p, size) - 1;
}

static size_t claims_a_thousand(uint8_t *p, size_t size)
{
	size = good(p, size);
	p[6] = 4;
	return size;
}

/* When the asker has given that question up, and asked again. */
static size_t late(uint8_t *p, size_t size)
{
	usleep((CONFIG_DNS_TRY_MS + 200) * 1000);
	return good(p, size);
}

/* To whom it is sent, nobody knows; but it is not the one who was asked that sends. */
static size_t sends_from_elsewhere(uint8_t *p, size_t size)
{
	struct sockaddr_in from = { .sin_family = AF_INET,
				    .sin_port = htons(53),
				    .sin_addr.s_addr = htonl(0x7f000009) },
			   to = { .sin_family = AF_INET,
				  .sin_port = htons(peer_seen->ports[peer_seen->udp - 1]),
				  .sin_addr.s_addr = htonl(0x7f000001) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	size = good(p, size);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
	    sendto(fd, p, size, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		perror("elsewhere");
	close(fd);
	return 0;
}

/* An alias of the alias of the alias: sn-1, sn-2, ... */
static size_t aliases(uint8_t *p, size_t size)
{
	uint8_t data[64];
	size_t end = peer_question_end(p) - 4;

	memcpy(data, p + 12, end - 12);
	data[4]++;
	(void)size;
	return peer_record(p, peer_begin(p, 0, 1), DNS_TYPE_CNAME, data, end - 12);
}

static size_t eight_aliases(uint8_t *p, size_t size)
{
	return p[16] < '1' + 8 ? aliases(p, size) : good(p, size);
}

static size_t says_no_such_name(uint8_t *p, size_t size)
{
	(void)size;
	return peer_begin(p, 3, 0);
}

static void send_all(int fd, const uint8_t *p, size_t size)
{
	while (size) {
		ssize_t n = send(fd, p, size, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		p += n;
		size -= (size_t)n;
	}
}

static void send_length(int fd, size_t size)
{
	send_all(fd, (const uint8_t[]){ (uint8_t)(size >> 8), (uint8_t)size }, 2);
}

static void answers_by_tcp(int fd, uint8_t *p, size_t size)
{
	size = good(p, size);
	send_length(fd, size);
	send_all(fd, p, size);
}

static void sends_byte_by_byte(int fd, uint8_t *p, size_t size)
{
	uint8_t message[512] = { 0 };

	size = good(p, size);
	message[1] = (uint8_t)size;
	memcpy(message + 2, p, size);
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(int){ 1 }, sizeof(int));
	for (size_t i = 0; i < size + 2; i++) {
		send_all(fd, message + i, 1);
		usleep(500);
	}
}

/* All that DNS can carry: two records of 255 strings. */
static void sends_64_kib(int fd, uint8_t *p, size_t size)
{
	static uint8_t data[65535];
	size_t used = peer_begin(p, 0, 2), rest;

	(void)size;
	for (size_t at = 0; at < sizeof(data); at += 256) {
		data[at] = 255;
		memset(data + at + 1, 'x', at + 256 > sizeof(data) ? sizeof(data) - at - 1 : 255);
	}
	used = peer_record(p, used, DNS_TYPE_TXT, data, 128 * 256);
	rest = 65535 - used - 12;
	data[rest / 256 * 256] = (uint8_t)(rest % 256 - 1);
	used = peer_record(p, used, DNS_TYPE_TXT, data, rest);
	send_length(fd, used);
	send_all(fd, p, used);
}

static void says_more_than_it_sends(int fd, uint8_t *p, size_t size)
{
	size = good(p, size);
	send_length(fd, 65535);
	send_all(fd, p, size);
}

static void says_less_than_it_sends(int fd, uint8_t *p, size_t size)
{
	size = good(p, size);
	send_length(fd, size - 3);
	send_all(fd, p, size);
}

static void says_eleven(int fd, uint8_t *p, size_t size)
{
	size = good(p, size);
	send_length(fd, 11);
	send_all(fd, p, size);
}

static void truncates_again(int fd, uint8_t *p, size_t size)
{
	size = truncated(p, size);
	send_length(fd, size);
	send_all(fd, p, size);
}

static void answers_another_id(int fd, uint8_t *p, size_t size)
{
	p[0] ^= 1;
	answers_by_tcp(fd, p, size);
}

static void hangs_up(int fd, uint8_t *p, size_t size)
{
	(void)fd, (void)p, (void)size;
}

static void stalls(int fd, uint8_t *p, size_t size)
{
	send_length(fd, 100);
	(void)p, (void)size;
	recv(fd, p, 1, 0); /* until the other side has had enough */
}

/* --- tests ------------------------------------------------------------------------------- */

TEST(fetches_by_tcp_what_does_not_fit, "DNS-13 DNS-12")
{
	if (!setup())
		return;
	pid_t pid = peer_start(2, truncated, answers_by_tcp);
	CHECK(ask(1) && one.first == 5 && peer_seen->udp == 1 && peer_seen->tcp == 1);
	lab_kill(pid);
	pid = peer_start(2, truncated, sends_byte_by_byte);
	CHECK(ask(1) && one.first == 5);
	lab_kill(pid);
	pid = peer_start(2, truncated, sends_64_kib);
	CHECK(ask(1) && one.size == 65535 && one.answer.count == 2 && one.first == 128 * 256);
	lab_kill(pid);
}

TEST(does_not_believe_a_tcp_stream, "DNS-12 DNS-13 DNS-21 SEC-5")
{
	static const struct {
		peer_tcp *tcp;
		const char *rule, *why;
	} cases[] = {
		{ NULL, "DNS-13", "127.0.0.2: Connection refused" },
		{ hangs_up, "DNS-13", "127.0.0.2: ends the connection before its answer" },
		{ says_more_than_it_sends, "DNS-13",
		  "127.0.0.2: ends the connection before its answer" },
		{ says_less_than_it_sends, "SEC-5", "DNS answer: broken record" },
		{ says_eleven, "DNS-12", "DNS over TCP: a message of 11 bytes" },
		{ truncates_again, "DNS-13", "127.0.0.2: truncated, even over TCP" },
		{ answers_another_id, "DNS-21", "DNS answer: not to our question" },
	};

	if (!setup())
		return;
	pid_t other = peer_start(3, good, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pid_t pid = peer_start(2, truncated, cases[i].tcp);

		CHECK(!ask(1) && one.status == DNS_SILENCE);
		CHECK_STR(one.lookup.why.rule, cases[i].rule);
		CHECK_STR(one.lookup.why.text, cases[i].why);
		CHECK(one.lookup.why.code == ERROR_LATER);
		CHECK(ask(2) && one.first == 5); /* the next server has it */
		lab_kill(pid);
	}
	lab_kill(other);
}

TEST(asks_again_without_edns, "DNS-14")
{
	static peer_udp *const peers[] = { refuses_edns_without_question,
					   does_not_implement_edns, good };

	if (!setup())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		pid_t pid = peer_start(2, peers[i], NULL);

		CHECK(ask(1) && one.first == 5 && peer_seen->udp == 1 + (i < 2));
		lab_kill(pid);
	}
}

TEST(ignores_answers_that_are_not_to_its_question, "DNS-21 SEC-5")
{
	static const struct {
		peer_udp *udp;
		const char *rule;
	} cases[] = { { other_name, "DNS-21" },	       { other_type, "DNS-21" },
		      { no_question, "DNS-21" },       { loops, "SEC-5" },
		      { cut, "SEC-5" },		       { claims_a_thousand, "SEC-5" },
		      { sends_from_elsewhere, "" } };
	struct asking all[ARRAY_SIZE(cases)];
	pid_t pids[ARRAY_SIZE(cases)];
	uint64_t begun;

	if (!setup())
		return;
	/* Each has a server of its own, so that their silence is waited for at once. */
	begun = loop_now_ms();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static struct address at[ARRAY_SIZE(cases)];

		at[i] = address_ipv4(0x7f000010u + (uint32_t)i);
		pids[i] = peer_start(0x10 + (unsigned)i, cases[i].udp, NULL);
		start(&all[i], 0, 1, DNS_TYPE_TXT);
		all[i].with.servers = &at[i];
		dns_lookup_start(&all[i].lookup, &loop, &all[i].with, "sn-1._sztp.lab.example",
				 DNS_TYPE_TXT, false);
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(!finish(&all[i]) && all[i].status == DNS_SILENCE);
		CHECK_STR(all[i].lookup.why.rule, cases[i].rule);
		lab_kill(pids[i]);
	}
	CHECK(loop_now_ms() - begun >= CONFIG_DNS_TRY_MS);
	CHECK(!loop.fds && !loop.timers);
}

TEST(waits_for_stalling_servers_no_longer_than_it_must, "DNS-13 DNS-14")
{
	struct asking stalled, dropped, delayed;
	uint64_t begun;

	if (!setup())
		return;
	pid_t pid = peer_start(2, truncated, stalls), other = peer_start(3, drops_edns, NULL),
	      third = peer_start(4, late, NULL);
	begun = loop_now_ms();
	start(&stalled, 0, 1, DNS_TYPE_TXT);
	start(&dropped, 1, 1, DNS_TYPE_TXT);
	start(&delayed, 2, 1, DNS_TYPE_TXT);
	dropped.lookup.rounds = delayed.lookup.rounds = 2;
	CHECK(finish(&dropped) && loop_now_ms() - begun >= CONFIG_DNS_TRY_MS);
	/* The answer to the first question is lost, its port is closed. */
	CHECK(finish(&delayed) && delayed.lookup.tries == 1);
	CHECK(!finish(&stalled) && loop_now_ms() - begun >= CONFIG_DNS_TCP_MS);
	CHECK(!loop.fds && !loop.timers);
	lab_kill(pid);
	lab_kill(other);
	lab_kill(third);
}

TEST(follows_eight_aliases_and_no_more, "DNS-21")
{
	if (!setup())
		return;
	pid_t pid = peer_start(2, eight_aliases, NULL);
	CHECK(ask(1) && peer_seen->udp == 9);
	lab_kill(pid);
	pid = peer_start(2, aliases, NULL);
	CHECK(!ask(1) && one.status == DNS_FAILURE && peer_seen->udp == 9);
	CHECK_STR(one.lookup.why.rule, "DNS-21");
	lab_kill(pid);
}

TEST(asks_from_random_ports_with_random_ids, "DNS-21 RND-3")
{
	unsigned other_ports = 0, other_ids = 0, steps = 0;

	if (!setup())
		return;
	pid_t pid = peer_start(2, says_no_such_name, NULL);
	for (int i = 0; i < 32; i++)
		CHECK(!ask(1) && one.status == DNS_NO_NAME);
	for (int i = 1; i < 32; i++) {
		other_ports += peer_seen->ports[i] != peer_seen->ports[i - 1];
		other_ids += peer_seen->ids[i] != peer_seen->ids[i - 1];
		steps += (uint16_t)(peer_seen->ids[i] - peer_seen->ids[i - 1]) < 3;
		CHECK(peer_seen->ports[i] >= 1024 && peer_seen->ports[i] != 5353);
	}
	CHECK(other_ports > 28 && other_ids > 28 && steps < 3);
	lab_kill(pid);
}

TEST(may_be_stopped_and_started_at_any_time, "")
{
	if (!setup())
		return;
	pid_t pid = peer_start(2, truncated, stalls);
	uint64_t begun = loop_now_ms();
	bool never = false;
	struct error e;

	start(&one, 0, 1, DNS_TYPE_TXT);
	while (!one.lookup.over_tcp && loop_now_ms() - begun < 5000)
		CHECK(!loop_run_until(&loop, &never, loop_now_ms() + 20, &e));
	CHECK(one.lookup.over_tcp);
	dns_lookup_start(&one.lookup, &loop, &one.with, "other.example", DNS_TYPE_A, false);
	dns_lookup_stop(&one.lookup);
	dns_lookup_stop(&one.lookup);
	CHECK(!loop.fds && !loop.timers);
	lab_kill(pid);
	/* nobody to ask, a name that is none: told later, never at once */
	start(&one, 0, 0, DNS_TYPE_TXT);
	CHECK(!one.done);
	CHECK(!finish(&one) && one.done && one.status == DNS_SILENCE);
	CHECK_STR(one.lookup.why.rule, "DNS-20");
	start(&one, 0, 1, DNS_TYPE_TXT);
	dns_lookup_start(&one.lookup, &loop, &one.with, "boot.local", DNS_TYPE_A, true);
	CHECK(!one.done && !finish(&one) && one.done && one.status == DNS_SILENCE);
	CHECK_STR(one.lookup.why.rule, "DNS-15");
	static const char *const names[] = { "a..b", ".", "x.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
							 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		start(&one, 0, 1, DNS_TYPE_TXT);
		one.with.link = "lo";
		dns_lookup_start(&one.lookup, &loop, &one.with, names[i], DNS_TYPE_A, i == 1);
		CHECK(!one.done && !finish(&one) && one.done);
		CHECK_STR(one.lookup.why.rule, "DNS-23");
	}
}

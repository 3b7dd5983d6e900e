/* SPDX-License-Identifier: MIT */
#include "discovery/proxies.h"

#include "base/log.h"
#include "base/writer.h"
#include "check.h"
#include "lab.h"

static struct loop loop;
static struct error e;
static struct proxies p;
static char said[4096];

static void hear(void *context, const struct log_entry *entry)
{
	size_t used = strlen(said);

	(void)context;
	snprintf(said + used, sizeof(said) - used, "%s\n", entry->line);
}

/* 192.0.2.9 to .12 are here; 198.51.100.0/24 is a network that swallows everything. */
static bool setup(void)
{
	static int ready = -1;

	if (ready < 0) {
		loop_start(&loop);
		log_to(hear, NULL);
		log_up_to(LOG_LEVEL_INFO);
		ready = lab_make_folder() && lab_network();
		ready = ready &&
			lab_run("for i in 9 10 11 12; do ip addr add 192.0.2.$i/32 dev lo; done; "
				"ip link add hole type veth peer name end && ip link set end up && "
				"ip addr add 198.51.100.1/24 dev hole && ip link set hole up && "
				"ip neigh add 198.51.100.2 lladdr 02:00:00:00:00:02 dev hole && "
				"ip neigh add 198.51.100.3 lladdr 02:00:00:00:00:03 dev hole");
	}
	CHECK(ready);
	said[0] = '\0';
	return ready;
}

static int listen_on(const char *address, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	CHECK(inet_pton(AF_INET, address, &at.sin_addr) == 1 &&
	      bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 8) == 0);
	return fd;
}

static struct proxies_fixed fixed(const char *address, uint16_t port)
{
	struct proxies_fixed f = { .port = port };

	CHECK(address_read(&f.address, bytes_of_text(address)));
	return f;
}

static bool start(const struct proxies_options *options)
{
	return proxies_start(&p, &loop, options, &e);
}

/* Option 43 with one sub-option 128 for each. */
static void learn_both(const char *link, const char *a, const char *b, const char *wpad)
{
	static uint8_t room[256];
	struct writer w = writer_over(room, sizeof(room));

	for (int i = 0; i < 2; i++) {
		const char *text = i ? b : a;

		if (!text)
			continue;
		writer_u8(&w, 128);
		writer_u8(&w, (uint8_t)strlen(text));
		writer_text(&w, text);
	}
	proxies_learn(&p, link, writer_done(&w), bytes_of_text(wpad));
}

static void learn(const char *link, const char *a, const char *b)
{
	learn_both(link, a, b, "");
}

/* "192.0.2.10:3128", "direct", or the rule of the error. */
static const char *chosen(void)
{
	static char text[ADDRESS_TEXT_SIZE];
	const struct proxy *to;

	if (!proxies_choose(&p, &to, &e))
		return e.rule;
	snprintf(text, sizeof(text), "%s",
		 to ? address_port_text(&to->address, to->port).text : "direct");
	return text;
}

/* The next check of all candidates is due, as if a minute had passed. */
static void a_minute_later(void)
{
	static const bool never;
	struct error ignored;

	for (size_t i = 0; i < CONFIG_PROXIES_MAX; i++) {
		struct proxies_candidate *c = &p.candidates[i];

		if (!c->used)
			continue;
		CHECK(c->timer.armed && c->watch.fd < 0);
		CHECK(c->timer.deadline_ms > loop_now_ms() + CONFIG_PROXY_CHECK_EVERY_MS - 30000 &&
		      c->timer.deadline_ms <= loop_now_ms() + CONFIG_PROXY_CHECK_EVERY_MS);
		loop_timer_set(&loop, &c->timer, loop_now_ms());
	}
	CHECK(!loop_run_until(&loop, &never, loop_now_ms() + 300, &ignored));
}

static size_t sub_options(const char *text, size_t size, struct bytes *last)
{
	struct bytes vendor = bytes_of(text, size);
	size_t at = 0, count = 0;

	while (proxies_vendor_next(vendor, &at, last))
		count++;
	CHECK(at == size && !proxies_vendor_next(vendor, &at, last));
	return count;
}

TEST(finds_sub_option_128, "PROXY-2 PROXY-3")
{
	struct bytes value = { 0 };

	CHECK(sub_options("\x80\x03one", 5, &value) == 1 && bytes_equal_text(value, "one"));
	CHECK(sub_options("\x01\x02xx\0\0\x80\x03one\x05\0\x80\x03two\xff\x80\x03not", 25,
			  &value) == 2);
	CHECK(bytes_equal_text(value, "two"));
	CHECK(sub_options("\x80\0", 2, &value) == 1 && value.size == 0);
	/* Nothing of what runs past the end, and no other codes. */
	CHECK(sub_options("\x80\x04one", 5, &value) == 0);
	CHECK(sub_options("\x80", 1, &value) == 0);
	CHECK(sub_options("\x81\x03one\x7f\x03one", 10, &value) == 0);
	CHECK(sub_options("\xff\x80\x03one", 6, &value) == 0);
	CHECK(sub_options("", 0, &value) == 0);
	CHECK(sub_options("\x80\x03one\x80\x7ftwo", 10, &value) == 1 &&
	      bytes_equal_text(value, "one"));
}

TEST(a_candidate_is_a_dotted_quad_and_a_port, "PROXY-4")
{
	static const char *const bad[] = {
		"192.0.2.10",	     "192.0.2.10:",	  "192.0.2.10:0",     "192.0.2.10:65536",
		"192.0.2.10:3128 ",  " 192.0.2.10:3128",  "192.0.2:3128",     "192.0.2.256:3128",
		"192.0.2.10:+3128",  "192.0.2.10:0x50",	  "192.0.2.10:3128/", "proxy.example:3128",
		"[2001:db8::1]:3128", "2001:db8::1:3128", "192.0.2.10:31:28", "127.0.0.1:3128",
		"0.0.0.0:3128",	     "224.0.0.1:3128",	  "255.255.255.255:1", "",
		":",		     "192.0.2.10;3128",	  "http://192.0.2.10:3128",
	};
	struct proxies_fixed f;

	CHECK(proxies_read(&f, bytes_of_text("192.0.2.10:3128")) && f.port == 3128);
	CHECK_STR(ADDRESS_TEXT(&f.address), "192.0.2.10");
	CHECK(proxies_read(&f, bytes_of_text("10.0.0.1:1")) && f.port == 1);
	CHECK(proxies_read(&f, bytes_of_text("10.0.0.1:65535")) && f.port == 65535);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!proxies_read(&f, bytes_of_text(bad[i])));
	CHECK(!proxies_read(&f, bytes_of("192.0.2.10:31\0", 14)));
}

TEST(of_wpad_only_a_literal_counts, "PROXY-12")
{
	static const char *const bad[] = { "http://192.0.2.10:3128", "http://192.0.2.10/wpad.dat",
					   "https://192.0.2.10:3128/", "http://wpad.example:80/",
					   "http://u@192.0.2.10:80/",  "" };
	struct proxies_fixed f;

	CHECK(proxies_read_wpad(&f, bytes_of_text("http://192.0.2.10:3128/wpad.dat")));
	CHECK(f.port == 3128);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!proxies_read_wpad(&f, bytes_of_text(bad[i])));
}

TEST(wpad_counts_only_when_switched_on, "PROXY-12")
{
	struct proxies_options o = { .mode = PROXIES_LEARNED, .fallback_direct = true };
	static const char url[] = "http://192.0.2.11:3128/";

	if (!setup())
		return;
	int ten = listen_on("192.0.2.10", 3128), eleven = listen_on("192.0.2.11", 3128);
	CHECK(start(&o));
	learn_both("lo", NULL, NULL, url);
	CHECK_STR(chosen(), "direct");
	proxies_stop(&p);
	o.wpad = true;
	CHECK(start(&o));
	learn_both("lo", NULL, NULL, url);
	CHECK_STR(chosen(), "192.0.2.11:3128");
	learn_both("lo", "192.0.2.10:3128", "192.0.2.11:3128", url);
	CHECK_STR(chosen(), "192.0.2.10:3128");
	CHECK(!strstr(said, "(PROXY-12)"));
	learn_both("lo", NULL, NULL, "http://wpad.example/");
	CHECK(strstr(said, "(PROXY-12)"));
	CHECK_STR(chosen(), "direct");
	proxies_stop(&p);
	close(ten), close(eleven);
}

TEST(the_lowest_address_then_port_wins, "PROXY-5 PROXY-6 PROXY-15 MIST-1")
{
	static const char *const names[] = { "192.0.2.9:3128", "192.0.2.9:3129", "192.0.2.10:80" };
	const struct proxies_options o = { .mode = PROXIES_LEARNED };

	if (!setup())
		return;
	int nine = listen_on("192.0.2.9", 3128), other = listen_on("192.0.2.9", 3129),
	    ten = listen_on("192.0.2.10", 80);
	/* Whatever the order in which they are told. */
	for (int order = 0; order < 6; order++) {
		int a = order % 3, b = (a + 1 + order / 3) % 3, c = 3 - a - b;

		CHECK(start(&o));
		learn("lo", names[a], names[b]);
		learn("hole", names[c], NULL);
		proxies_forget(&p, "hole");
		learn("lo", names[a], NULL);
		CHECK_STR(chosen(), names[a]);
		learn("lo", names[a], names[b]);
		CHECK_STR(chosen(), names[a < b ? a : b]);
		proxies_stop(&p);
	}
	CHECK(start(&o));
	learn("lo", names[2], names[1]);
	CHECK_STR(chosen(), names[1]);
	learn("lo", names[1], names[0]);
	CHECK_STR(chosen(), names[0]);
	CHECK(strstr(said, "192.0.2.9:3128 is used"));
	proxies_stop(&p);
	CHECK(!loop.fds && !loop.timers);
	close(nine), close(other), close(ten);
}

TEST(the_modes, "PROXY-1")
{
	const struct proxies_fixed list[] = { fixed("192.0.2.11", 3128), fixed("127.0.0.1", 3128) };
	struct proxies_options o = { .mode = PROXIES_DISABLED, .fixed = list, .fixed_count = 1 };

	if (!setup())
		return;
	int ten = listen_on("192.0.2.10", 3128), eleven = listen_on("192.0.2.11", 3128);
	CHECK(start(&o) && !proxies_wants(&p, "lo"));
	learn("lo", "192.0.2.10:3128", NULL);
	CHECK_STR(chosen(), "direct");
	proxies_stop(&p);
	o.mode = PROXIES_STATIC;
	CHECK(start(&o) && !proxies_wants(&p, "lo"));
	learn("lo", "192.0.2.10:3128", NULL);
	CHECK_STR(chosen(), "192.0.2.11:3128");
	proxies_stop(&p);
	o.mode = PROXIES_LEARNED;
	CHECK(start(&o) && proxies_wants(&p, "lo"));
	CHECK_STR(chosen(), "192.0.2.11:3128");
	learn("lo", "192.0.2.10:3128", NULL);
	CHECK_STR(chosen(), "192.0.2.10:3128");
	proxies_stop(&p);
	/* Two or more, and a list that makes no sense. */
	o.mode = PROXIES_STATIC;
	o.fixed_count = 2;
	CHECK(start(&o));
	CHECK_STR(chosen(), "192.0.2.11:3128"); /* nobody at 127.0.0.1 */
	proxies_stop(&p);
	static struct proxies_fixed many[CONFIG_PROXIES_MAX + 1];
	for (size_t i = 0; i <= CONFIG_PROXIES_MAX; i++)
		many[i] = list[0];
	o.fixed = many;
	o.fixed_count = CONFIG_PROXIES_MAX + 1;
	CHECK(!start(&o) && e.code == ERROR_USAGE);
	many[0].port = 0;
	o.fixed_count = 1;
	CHECK(!start(&o) && e.code == ERROR_USAGE);
	CHECK(!loop.fds && !loop.timers);
	close(ten), close(eleven);
}

TEST(a_link_can_be_left_out, "PROXY-7")
{
	static const char *const without[] = { "eth*", "lo", NULL };
	struct proxies_options o = { .mode = PROXIES_LEARNED, .without = without };

	if (!setup())
		return;
	int fd = listen_on("192.0.2.10", 3128);
	CHECK(start(&o));
	CHECK(!proxies_wants(&p, "lo") && !proxies_wants(&p, "eth7") && proxies_wants(&p, "hole"));
	learn("lo", "192.0.2.10:3128", NULL);
	CHECK_STR(chosen(), "direct");
	proxies_stop(&p);
	o.without = without + 2;
	CHECK(start(&o));
	learn("lo", "192.0.2.10:3128", NULL);
	CHECK_STR(chosen(), "192.0.2.10:3128");
	proxies_stop(&p);
	close(fd);
}

static unsigned changes;

static void count_change(void *context)
{
	(void)context;
	changes++;
}

TEST(a_dead_one_is_skipped_and_comes_back, "PROXY-11 MIST-1")
{
	const struct proxies_options o = { .mode = PROXIES_LEARNED };

	if (!setup())
		return;
	p.changed = count_change;
	int ten = listen_on("192.0.2.10", 3128), eleven = listen_on("192.0.2.11", 3128);
	CHECK(start(&o));
	learn("lo", "192.0.2.11:3128", "192.0.2.10:3128");
	CHECK_STR(chosen(), "192.0.2.10:3128");
	close(ten);
	CHECK_STR(chosen(), "192.0.2.10:3128"); /* not known yet */
	changes = 0;
	a_minute_later();
	CHECK(changes == 1);
	CHECK(strstr(said, "proxy unreachable: 192.0.2.10:3128 on lo: Connection refused"));
	CHECK(strstr(said, "192.0.2.11:3128 is used"));
	CHECK_STR(chosen(), "192.0.2.11:3128");
	a_minute_later();
	CHECK(changes == 1); /* said once */
	close(eleven);
	a_minute_later();
	CHECK_STR(chosen(), "PROXY-11");
	CHECK(e.code == ERROR_LATER);
	ten = listen_on("192.0.2.10", 3128);
	a_minute_later();
	CHECK_STR(chosen(), "192.0.2.10:3128");
	close(ten);
	proxies_stop(&p);
	p.changed = NULL;
}

TEST(a_network_that_comes_makes_them_asked_again, "PROXY-11 PROXY-15")
{
	const struct proxies_fixed list[] = { fixed("192.0.2.13", 3128), fixed("192.0.2.10", 3128) };
	const struct proxies_options o = {
		.mode = PROXIES_LEARNED, .fixed = list, .fixed_count = 2
	};

	if (!setup())
		return;
	int ten = listen_on("192.0.2.10", 3128);
	CHECK(lab_run("ip link set hole down; ip route add unreachable 192.0.2.13")); /* no way yet */
	CHECK(start(&o));
	CHECK_STR(chosen(), "192.0.2.10:3128");
	proxies_stop(&p);
	const struct proxies_options alone = { .mode = PROXIES_STATIC, .fixed = list, .fixed_count = 1 };
	CHECK(start(&alone));
	CHECK_STR(chosen(), "PROXY-11");
	said[0] = '\0';
	proxies_check(&p);
	CHECK_STR(chosen(), "PROXY-11");
	CHECK_STR(said, ""); /* nothing new */
	CHECK(lab_run("ip link set hole up; ip route del unreachable 192.0.2.13; "
		      "ip addr add 192.0.2.13/32 dev lo"));
	int thirteen = listen_on("192.0.2.13", 3128);
	proxies_check(&p);
	CHECK_STR(chosen(), "192.0.2.13:3128");
	proxies_check(&p);
	CHECK_STR(chosen(), "192.0.2.13:3128");
	proxies_stop(&p);
	proxies_check(&p);
	CHECK(!loop.fds && !loop.timers);
	close(ten), close(thirteen);
}

TEST(direct_only_where_it_is_allowed, "PROXY-11")
{
	struct proxies_options o = { .mode = PROXIES_LEARNED };

	if (!setup())
		return;
	CHECK(start(&o));
	CHECK_STR(chosen(), "direct"); /* nobody named one */
	learn("lo", "192.0.2.10:3128", NULL);
	CHECK_STR(chosen(), "PROXY-11");
	CHECK_STR(e.text, "no proxy is reachable, and direct contacts are not allowed");
	proxies_forget(&p, "lo");
	CHECK_STR(chosen(), "direct");
	proxies_stop(&p);
	o.fallback_direct = true;
	CHECK(start(&o));
	learn("lo", "192.0.2.10:3128", NULL);
	CHECK_STR(chosen(), "direct");
	proxies_stop(&p);
	CHECK(!loop.fds && !loop.timers);
}

TEST(three_seconds_for_an_answer, "PROXY-11 PROXY-15")
{
	const struct proxies_fixed list[] = { fixed("192.0.2.10", 3128), fixed("192.0.2.9", 1) };
	const struct proxies_options o = {
		.mode = PROXIES_LEARNED, .fixed = list, .fixed_count = 2
	};

	if (!setup())
		return;
	int fd = listen_on("192.0.2.10", 3128);
	CHECK(start(&o));
	/* One that would not win is not waited for. */
	learn("hole", "198.51.100.2:3128", NULL);
	uint64_t begun = loop_now_ms();
	CHECK_STR(chosen(), "192.0.2.10:3128");
	CHECK(loop_now_ms() - begun < CONFIG_PROXY_CHECK_MS);
	proxies_stop(&p);
	/* One that would is. */
	const struct proxies_fixed late[] = { fixed("198.51.100.2", 3128),
					      fixed("198.51.100.3", 3128) };
	const struct proxies_options slow = {
		.mode = PROXIES_STATIC, .fixed = late, .fixed_count = 2
	};
	CHECK(start(&slow));
	begun = loop_now_ms();
	CHECK_STR(chosen(), "PROXY-11");
	CHECK(loop_now_ms() - begun >= CONFIG_PROXY_CHECK_MS - 100);
	CHECK(strstr(said, "198.51.100.2:3128: Operation timed out") ||
	      strstr(said, "198.51.100.2:3128: Connection timed out"));
	CHECK_STR(chosen(), "PROXY-11"); /* and is known now */
	proxies_stop(&p);
	close(fd);
}

TEST(shows_all_and_the_active_one, "PROXY-8 MIST-1")
{
	const struct proxies_fixed list[] = { fixed("192.0.2.12", 3128) };
	const struct proxies_options o = {
		.mode = PROXIES_LEARNED, .fixed = list, .fixed_count = 1
	};
	struct proxies_view v[4];
	size_t at = 0, n = 0;

	if (!setup())
		return;
	int ten = listen_on("192.0.2.10", 3128), eleven = listen_on("192.0.2.11", 3128);
	CHECK(start(&o));
	learn("lo", "192.0.2.11:3128", "192.0.2.10:3128");
	learn("hole", "198.51.100.2:3128", NULL);
	CHECK_STR(chosen(), "192.0.2.10:3128");
	while (n < 4 && proxies_next(&p, &at, &v[n]))
		n++;
	CHECK(n == 4 && !proxies_next(&p, &at, &v[0]));
	CHECK_STR(v[0].link, "lo");
	CHECK_STR(address_port_text(&v[0].address, v[0].port).text, "192.0.2.10:3128");
	CHECK(v[0].active && !v[0].fixed && !v[1].active && !v[2].active && !v[3].active);
	CHECK_STR(v[0].state, "reached");
	CHECK_STR(address_port_text(&v[1].address, v[1].port).text, "192.0.2.11:3128");
	CHECK_STR(v[2].link, "");
	CHECK(v[2].fixed);
	CHECK_STR(v[2].state, "unreachable");
	CHECK_STR(v[3].link, "hole");
	CHECK_STR(v[3].state, "asking");
	proxies_stop(&p);
	close(ten), close(eleven);
}

TEST(a_renewal_changes_only_what_it_says, "PROXY-2")
{
	const struct proxies_options o = { .mode = PROXIES_LEARNED };

	if (!setup())
		return;
	int ten = listen_on("192.0.2.10", 3128), eleven = listen_on("192.0.2.11", 3128);
	CHECK(start(&o));
	learn("lo", "192.0.2.10:3128", "192.0.2.10:3128");
	CHECK_STR(chosen(), "192.0.2.10:3128");
	close(ten);
	/* The same again is not checked anew, so it is still taken for alive. */
	learn("lo", "192.0.2.10:3128", NULL);
	CHECK_STR(chosen(), "192.0.2.10:3128");
	said[0] = '\0';
	learn("lo", "192.0.2.11:3128", "proxy.example:3128");
	CHECK(strstr(said, "lo: not the address and port of a proxy: proxy.example:3128 (PROXY-4)"));
	CHECK_STR(chosen(), "192.0.2.11:3128");
	proxies_learn(&p, "lo", bytes_of(NULL, 0), bytes_of(NULL, 0));
	CHECK_STR(chosen(), "direct");
	proxies_stop(&p);
	proxies_stop(&p);
	proxies_forget(&p, "lo");
	close(eleven);
}

TEST(only_fixed_proxies_get_the_password, "PROXY-10 KEY-4")
{
	const struct proxies_fixed list[] = { fixed("192.0.2.11", 3128) };
	const struct proxies_options o = { .mode = PROXIES_LEARNED,
					   .fixed = list,
					   .fixed_count = 1,
					   .credentials = "user:secret" };
	const struct proxy *to;

	if (!setup())
		return;
	int ten = listen_on("192.0.2.10", 3128), eleven = listen_on("192.0.2.11", 3128);
	CHECK(start(&o));
	CHECK(proxies_choose(&p, &to, &e) && to);
	CHECK_STR(to->credentials, "user:secret");
	learn("lo", "192.0.2.10:3128", "192.0.2.11:3128");
	CHECK(proxies_choose(&p, &to, &e) && to && !to->credentials);
	CHECK_STR(to->link, "lo");
	close(ten);
	a_minute_later();
	CHECK(proxies_choose(&p, &to, &e) && to && to->credentials);
	proxies_stop(&p);
	CHECK(!strstr(said, "secret"));
	close(eleven);
}

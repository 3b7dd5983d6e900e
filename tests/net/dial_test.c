/* SPDX-License-Identifier: MIT */
#include "net/dial.h"

#include <netinet/tcp.h>

#include "check.h"
#include "lab.h"

static struct loop loop;
static struct error e;
static struct address at;

static bool setup(void)
{
	static int ready = -1;

	if (ready < 0) {
		loop_start(&loop);
		ready = lab_make_folder() && lab_network();
		/* An address of a network that swallows everything. */
		ready = ready &&
			lab_run("ip link add hole type veth peer name end && "
				"ip link set end up && ip addr add 192.0.2.1/24 "
				"dev hole && ip link set hole up && ip neigh add "
				"192.0.2.9 lladdr 02:00:00:00:00:09 dev hole && ip neigh add "
				"192.0.2.8 lladdr 02:00:00:00:00:08 dev hole");
	}
	CHECK(ready);
	return ready;
}

static int dial(const char *const *texts, size_t count, const char *link, uint64_t wait_ms)
{
	struct address addresses[4];

	for (size_t i = 0; i < count; i++)
		CHECK(address_read(&addresses[i], bytes_of_text(texts[i])));
	return dial_addresses(&loop, addresses, count, 8000, link, loop_now_ms() + wait_ms,
			      &at, &e);
}

TEST(tries_all_addresses_side_by_side, "")
{
	static const char *const texts[] = { "192.0.2.9", "192.0.2.8", "127.0.0.1" };

	if (!setup())
		return;
	int listener = lab_listen(8000), one = 0;
	uint64_t begun = loop_now_ms();
	int fd = dial(texts, 3, NULL, 3000);
	uint64_t took = loop_now_ms() - begun;
	CHECK(fd >= 0 && took >= 2 * CONFIG_DIAL_STAGGER_MS && took < 1000);
	CHECK_STR(ADDRESS_TEXT(&at), "127.0.0.1");
	socklen_t size = sizeof(one);
	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, &size) == 0 && one);
	CHECK(!loop.fds && !loop.timers);
	close(fd);
	close(listener);
}

TEST(does_not_wait_after_a_refusal, "")
{
	static const char *const texts[] = { "127.0.0.2", "::1", "127.0.0.1" };

	if (!setup())
		return;
	int listener = lab_listen(8000);
	uint64_t begun = loop_now_ms();
	int fd = dial(texts, 3, NULL, 3000);
	CHECK(fd >= 0 && loop_now_ms() - begun < CONFIG_DIAL_STAGGER_MS);
	close(fd);
	close(listener);
}

TEST(says_why_nobody_was_reached, "TLS-15")
{
	static const char *const texts[] = { "192.0.2.9", "192.0.2.8" }, *const here[] = {
		"127.0.0.1"
	};

	if (!setup())
		return;
	CHECK(dial(texts, 2, NULL, 400) < 0 && e.code == ERROR_LATER);
	CHECK_STR(e.rule, "TLS-15");
	CHECK_STR(e.text, "192.0.2.9:8000: no connection in time");
	CHECK(dial(here, 1, NULL, 400) < 0 && e.code == ERROR_LATER);
	CHECK_STR(e.text, "127.0.0.1:8000: Connection refused");
	CHECK(dial(here, 0, NULL, 400) < 0 && e.code == ERROR_LATER);
	CHECK(!loop.fds && !loop.timers);
}

TEST(stays_on_the_link_it_is_told, "")
{
	static const char *const here[] = { "127.0.0.1" };

	if (!setup())
		return;
	int listener = lab_listen(8000), fd = dial(here, 1, "lo", 400);
	CHECK(fd >= 0);
	close(fd);
	CHECK(dial(here, 1, "hole", 300) < 0);
	CHECK(dial(here, 1, "none", 300) < 0);
	close(listener);
}

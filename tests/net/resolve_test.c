/* SPDX-License-Identifier: MIT */
#include "net/resolve.h"

#include "check.h"
#include "lab.h"

/* Against dnsmasq, and against servers that misbehave. */

static struct loop loop;
static struct error e;
static struct address found[CONFIG_DIAL_ADDRESSES_MAX];
static size_t count;
static struct address servers[3];

static bool setup(void)
{
	static int ready = -1;

	if (ready < 0) {
		loop_start(&loop);
		ready = lab_make_folder() && lab_network();
		for (int i = 0; i < 3; i++)
			servers[i] = address_ipv4(0x7f000001u + (uint32_t)i);
	}
	CHECK(ready);
	return ready;
}

static bool resolve(const char *name, size_t first, size_t n, uint64_t wait_ms)
{
	static const char domains[][CONFIG_HOST_MAX] = { "lab.example" };
	const struct resolver with = { .servers = servers + first, .server_count = n,
				       .domains = domains, .domain_count = 1 };

	count = 0;
	return resolve_name(&loop, name, &with, loop_now_ms() + wait_ms, found, &count, &e);
}

static pid_t dnsmasq(void)
{
	return lab_spawn(
		"dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts "
		"--user=root --group=root --listen-address=127.0.0.1 --bind-interfaces "
		"--host-record=boot.lab.example,192.0.2.1,2001:db8::1 "
		"--host-record=boot.lab.example,192.0.2.2 "
		"--host-record=four.lab.example,192.0.2.4 "
		"--cname=alias.lab.example,boot.lab.example "
		"--local=/example/");
}

/* A server on 127.0.0.2 that answers with what @fake makes of the question. */
static pid_t fake_server(size_t (*fake)(uint8_t *packet, size_t size))
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(53),
				  .sin_addr.s_addr = htonl(0x7f000002) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			struct sockaddr_in from;
			socklen_t from_size = sizeof(from);
			uint8_t packet[2048];
			ssize_t n = recvfrom(fd, packet, sizeof(packet), 0,
					     (struct sockaddr *)&from, &from_size);
			size_t size = n > 0 ? fake(packet, (size_t)n) : 0;

			if (size)
				sendto(fd, packet, size, 0, (struct sockaddr *)&from,
				       from_size);
		}
	}
	close(fd);
	return pid;
}

static size_t another_id(uint8_t *p, size_t size)
{
	p[0] ^= 1;
	p[2] |= 0x80;
	return size;
}

static size_t servfail(uint8_t *p, size_t size)
{
	p[2] |= 0x80;
	p[3] |= 2;
	return size;
}

static size_t silence(uint8_t *p, size_t size)
{
	(void)p, (void)size;
	return 0;
}

TEST(asks_for_both_families_and_follows_aliases, "")
{
	if (!setup())
		return;
	pid_t pid = dnsmasq();
	usleep(300000);
	CHECK(resolve("boot.lab.example", 0, 1, 5000) && count == 3);
	CHECK_STR(ADDRESS_TEXT(&found[0]), "2001:db8::1");
	CHECK(found[1].family == ADDRESS_IPV4 && found[2].family == ADDRESS_IPV4);
	CHECK(resolve("alias.lab.example.", 0, 1, 5000) && count == 3);
	CHECK(resolve("four", 0, 1, 5000) && count == 1); /* with the domain */
	CHECK(!resolve("none.lab.example", 0, 1, 5000) && e.code == ERROR_LATER);
	CHECK_STR(e.text, "none.lab.example: there is no such name");
	lab_kill(pid);
}

TEST(goes_on_to_the_next_server, "")
{
	if (!setup())
		return;
	pid_t pid = dnsmasq();
	usleep(300000);
	/* Nobody there, one that fails, and then the good one. */
	pid_t bad = fake_server(servfail);
	struct address three[3] = { servers[2], servers[1], servers[0] };
	struct resolver with = { .servers = three, .server_count = 3 };
	CHECK(resolve_name(&loop, "four.lab.example", &with, loop_now_ms() + 3000, found, &count,
			   &e));
	lab_kill(bad);
	/* One that is silent costs its second. */
	bad = fake_server(silence);
	uint64_t begun = loop_now_ms();
	with = (struct resolver){ .servers = three + 1, .server_count = 2 };
	CHECK(resolve_name(&loop, "four.lab.example", &with, loop_now_ms() + 5000, found, &count,
			   &e));
	CHECK(loop_now_ms() - begun >= 1000 && loop_now_ms() - begun < 2500);
	lab_kill(bad);
	lab_kill(pid);
}

TEST(does_not_believe_answers_with_another_id, "DNS-21 RND-3")
{
	if (!setup())
		return;
	pid_t bad = fake_server(another_id);
	CHECK(!resolve("boot.lab.example", 1, 1, 300) && e.code == ERROR_LATER);
	CHECK_STR(e.text, "boot.lab.example: DNS answer: not to our question");
	CHECK_STR(e.rule, "DNS-21");
	lab_kill(bad);
}

TEST(says_what_is_missing, "DNS-23")
{
	if (!setup())
		return;
	CHECK(!resolve("boot.lab.example", 0, 0, 300) && e.code == ERROR_LATER);
	CHECK_STR(e.text, "boot.lab.example: no name server is known");
	CHECK(!resolve("not a name", 0, 1, 300) && e.code == ERROR_MALFORMED);
}

/* SPDX-License-Identifier: MIT */
#include "platform/link.h"

#include "check.h"
#include "lab.h"

/* On virtual cables in a network namespace of our own. */

static struct loop loop;
static struct link_watch watch;
static struct error e;
static struct link last[32], gone[32];
static size_t changes, losses;
static bool wanted;

static void changed(void *context, const struct link *link)
{
	(void)context;
	if (changes < 32)
		last[changes++] = *link;
	wanted = true;
}

static void went(void *context, const struct link *link)
{
	(void)context;
	if (losses < 32)
		gone[losses++] = *link;
	wanted = true;
}

static bool setup(void)
{
	static int ready = -1;

	if (ready < 0) {
		loop_start(&loop);
		watch = (struct link_watch){ .changed = changed, .gone = went };
		ready = lab_make_folder() && lab_network() &&
			lab_run("ip link add left type veth peer name right && "
				"ip link set left mtu 1400 "
				"address 02:00:00:00:00:0a");
	}
	CHECK(ready);
	changes = losses = 0;
	return ready;
}

/* Turn until the events have come. */
static void settle(void)
{
	bool never = false;

	(void)!loop_run_until(&loop, &never, loop_now_ms() + 60, &e);
}

static const struct link *known(const char *name)
{
	for (size_t i = 0; i < watch.known_count; i++)
		if (strcmp(watch.known[i].name, name) == 0)
			return &watch.known[i];
	return NULL;
}

TEST(tells_of_every_ethernet_link_at_the_start, "")
{
	if (!setup())
		return;
	CHECK(link_watch_start(&watch, &loop, &e) && changes == 2 && losses == 0);
	const struct link *left = known("left");
	CHECK(left && left->mtu == 1400 && memcmp(left->mac, "\2\0\0\0\0\x0a", 6) == 0);
	CHECK(left && !left->is_up && !left->has_carrier && !known("lo"));
}

TEST(tells_of_cables_as_they_come_and_go, "")
{
	if (!setup())
		return;
	CHECK(link_bring_up(known("left")->index, &e));
	settle();
	CHECK(known("left")->is_up && !known("left")->has_carrier);
	CHECK(link_bring_up(known("right")->index, &e));
	uint64_t begun = loop_now_ms();
	while (!known("left")->has_carrier && loop_now_ms() - begun < 2000)
		settle();
	CHECK(known("left")->has_carrier && loop_now_ms() - begun < 200);
	CHECK(lab_run("ip link set right down"));
	settle();
	while (known("left")->has_carrier && loop_now_ms() - begun < 3000)
		settle();
	CHECK(!known("left")->has_carrier && known("left")->is_up);
	CHECK(!link_bring_up(4711, &e) && e.code == ERROR_MACHINE);
	CHECK(lab_run("ip link set right up"));
}

TEST(links_join_leave_and_change_their_names, "")
{
	if (!setup())
		return;
	CHECK(lab_run("ip link add new type veth peer name far"));
	settle();
	CHECK(known("new") && known("far"));
	losses = 0;
	CHECK(lab_run("ip link set far name eth9"));
	settle();
	CHECK(known("eth9") && !known("far") && losses == 1);
	CHECK_STR(gone[0].name, "far");
	losses = 0;
	CHECK(lab_run("ip link del new"));
	settle();
	CHECK(!known("new") && !known("eth9") && losses == 2);
}

/* More events than the socket holds: what came and went meanwhile is told all the same. */
TEST(an_overrun_hides_no_link, "")
{
	int small = 1;

	if (!setup())
		return;
	CHECK(lab_run("ip link add old type veth peer name older"));
	settle();
	CHECK(known("old") && known("older"));
	CHECK(setsockopt(watch.fd.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) == 0);
	changes = losses = 0;
	CHECK(lab_run("for i in 1 2 3 4 5 6; do ip link add a$i type veth peer name b$i; done; "
		      "ip link del old; ip link add last type veth peer name latest"));
	settle();
	CHECK(!known("old") && !known("older") && losses == 2);
	CHECK(known("last") && known("latest") && known("a1") && known("b6"));
	small = 1 << 20;
	CHECK(setsockopt(watch.fd.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) == 0);
	CHECK(lab_run("for i in 1 2 3 4 5 6; do ip link del a$i; done; ip link del last"));
	settle();
	CHECK(!known("a1") && !known("latest") && known("left") && known("right"));
}

TEST(sets_the_mtu, "")
{
	if (!setup())
		return;
	CHECK(link_set_mtu(link_index("left"), 1300, &e));
	settle();
	CHECK(known("left")->mtu == 1300 && link_index("nosuch") == 0);
	CHECK(!link_set_mtu(link_index("left"), 1, &e) && e.code == ERROR_MACHINE);
	CHECK(link_set_mtu(link_index("left"), 1400, &e));
}

static bool shows(const char *command, const char *line)
{
	char text[8192], whole[256];

	snprintf(whole, sizeof(whole), "%s >shown", command);
	CHECK(lab_run(whole));
	text[lab_read("shown", text, sizeof(text) - 1)] = '\0';
	bool found = strstr(text, line) != NULL;
	if (!found)
		printf("%s: no \"%s\" in:\n%s", command, line, text);
	return found;
}

TEST(addresses_have_a_life_time_and_go_away, "")
{
	struct address own = address_ipv4(0x0a010032), six;

	if (!setup())
		return;
	int a = known("left")->index;
	CHECK(link_address_add(a, &own, 24, 600, 600, 1024, false, &e));
	CHECK(shows("ip -4 addr show dev left",
		    "inet 10.1.0.50/24 metric 1024 brd 10.1.0.255"));
	CHECK(shows("ip -4 addr show dev left", "valid_lft 600sec"));
	CHECK(shows(
		"ip -4 route",
		"10.1.0.0/24 dev left proto kernel scope link src 10.1.0.50 metric 1024"));
	CHECK(link_address_add(a, &own, 24, UINT32_MAX, UINT32_MAX, 1024, false, &e));
	CHECK(shows("ip -4 addr show dev left", "valid_lft forever"));
	CHECK(address_read(&six, bytes_of_text("2001:db8::5")));
	CHECK(link_address_add(a, &six, 64, 300, 600, 1024, false, &e));
	CHECK(shows("ip -6 addr show dev left", "inet6 2001:db8::5/64"));
	CHECK(link_address_remove(a, &six, 64, &e) && link_address_remove(a, &own, 24, &e));
	CHECK(link_address_remove(a, &own, 24, &e)); /* gone already */
	CHECK(!link_address_add(4711, &own, 24, 600, 600, 1024, false, &e) && e.code == ERROR_MACHINE);
}

TEST(default_routes_of_two_links_live_side_by_side, "")
{
	struct link_route r = { .destination = address_ipv4(0) }, more;
	struct address own[2] = { address_ipv4(0x0a010032), address_ipv4(0x0a020032) };

	if (!setup())
		return;
	for (uint32_t i = 0; i < 2; i++) {
		int index = known(i ? "right" : "left")->index;

		CHECK(link_address_add(index, &own[i], 24, 600, 600, 1024 + i, false, &e));
		r.gateway = address_ipv4(i ? 0x0a020001 : 0x0a010001);
		r.source = own[i];
		r.metric = 1024 + i;
		CHECK(link_route_add(index, &r, &e) && link_route_add(index, &r, &e));
	}
	CHECK(shows("ip route",
		    "default via 10.1.0.1 dev left proto dhcp src 10.1.0.50 metric 1024"));
	CHECK(shows("ip route",
		    "default via 10.2.0.1 dev right proto dhcp src 10.2.0.50 metric 1025"));
	/* a gateway outside of our network, and a route without one */
	more = (struct link_route){ .destination = address_ipv4(0xc0000200),
				    .prefix = 24,
				    .gateway = address_ipv4(0xc6336401),
				    .metric = 7 };
	CHECK(link_route_add(known("left")->index, &more, &e));
	CHECK(shows("ip route",
		    "192.0.2.0/24 via 198.51.100.1 dev left proto dhcp metric 7 onlink"));
	more.gateway.family = ADDRESS_NONE;
	more.destination = address_ipv4(0xcb007100);
	CHECK(link_route_add(known("left")->index, &more, &e));
	CHECK(shows("ip route", "203.0.113.0/24 dev left proto dhcp scope link metric 7"));
	CHECK(link_route_remove(known("left")->index, &more, &e));
	CHECK(link_route_remove(known("left")->index, &more, &e)); /* gone already */
	CHECK(link_route_remove(known("right")->index, &r, &e));
	CHECK(shows("ip route", "default via 10.1.0.1"));
	link_watch_stop(&watch);
	link_watch_stop(&watch);
	CHECK(loop.fds == NULL);
}

/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp6.h"

#include "base/reader.h"
#include "check.h"
#include "dhcp6_packets.h"

/* Whole leases by calling functions: no socket, no sleep. */

static struct dhcp6 c;
static uint64_t now;
static uint8_t sent[4096];
static struct writer w;

enum {
	SOLICIT = 1,
	REQUEST = 3,
	CONFIRM = 4,
	RENEW = 5,
	REBIND = 6,
	RELEASE = 8,
	DECLINE = 9,
	INFORMATION_REQUEST = 11,
};

static void start_as(struct dhcp6_profile p)
{
	memcpy(p.mac, packet_mac, 6);
	now = 1000000;
	c.random = 100; /* no jitter: 100 % 201 - 100 */
	dhcp6_start(&c, &p);
}

static void start(void)
{
	start_as((struct dhcp6_profile){ .serial = "JADA123456789" });
}

/* The type of what is to be sent now; 0: nothing. */
static uint8_t sent_type(void)
{
	w = writer_over(sent, sizeof(sent));
	return dhcp6_packet(&c, &w, now) ? sent[0] : 0;
}

/* The value of an option of what was sent; at NULL: absent. */
static struct bytes option_of(uint16_t code)
{
	bool bad;
	struct reader r = reader_over(bytes_of(sent + 4, w.used - 4), &bad);

	while (reader_left(&r)) {
		uint16_t at = reader_be16(&r);
		struct bytes value = reader_bytes(&r, reader_be16(&r));

		if (at == code)
			return value;
	}
	CHECK(!bad);
	return bytes_of(NULL, 0);
}

static bool has_option(uint16_t code)
{
	return option_of(code).at != NULL;
}

static enum dhcp6_event input(void)
{
	return dhcp6_input(&c, packet_end(), now);
}

/* Short answers: with an address; with an address and option 136. */
static enum dhcp6_event answer(uint8_t type)
{
	packet_begin(type, c.xid);
	packet_lease(1000, 2000);
	return input();
}

static enum dhcp6_event answer_136(uint8_t type, const char *list)
{
	packet_begin(type, c.xid);
	packet_lease(1000, 2000);
	packet_option(136, list, strlen(list));
	return input();
}

/* Another server, preference, list (or NULL). */
static enum dhcp6_event advertise(uint8_t server, uint8_t preference, const char *list)
{
	uint8_t duid[sizeof(packet_server)];

	memcpy(duid, packet_server, sizeof(duid));
	duid[9] = server;
	packet_head(ADVERTISE, c.xid);
	packet_option(1, packet_client, sizeof(packet_client));
	packet_option(2, duid, sizeof(duid));
	packet_option(7, &preference, 1);
	packet_lease(0, 0);
	if (list)
		packet_option(136, list, strlen(list));
	return input();
}

static enum dhcp6_event answer_status(uint8_t type, uint16_t status, bool in_ia)
{
	packet_begin(type, c.xid);
	if (in_ia) {
		size_t ia = packet_ia(PACKET_IAID, 0, 0);

		packet_status(status, "so it is");
		packet_ia_end(ia);
	} else {
		packet_status(status, "so it is");
	}
	return input();
}

static enum dhcp6_event wait(void)
{
	now = c.deadline_ms;
	return dhcp6_silence(&c, now);
}

static void reach_bound(void)
{
	start();
	CHECK(dhcp6_begin(&c, true, now) == DHCP6_SEND);
	CHECK(answer_136(ADVERTISE, "ab") == DHCP6_SEND);
	CHECK(answer_136(REPLY, "ab") == DHCP6_BOUND);
	CHECK_STR(dhcp6_state_name(&c), "bound");
}

TEST(walks_from_solicit_to_bound, "OPT6-1 OPT6-2 OPT6-3 DHCP-1 DHCP-13")
{
	static const uint8_t wanted[] = { 0, 136, 0, 23, 0, 24, 0, 56, 0, 59, 0, 17, 0, 82 };
	struct bytes ia;

	start();
	CHECK(sent_type() == 0);
	CHECK(dhcp6_begin(&c, true, now) == DHCP6_SEND && sent_type() == SOLICIT);
	CHECK(bytes_equal(option_of(1), bytes_of(packet_client, sizeof(packet_client))));
	CHECK(bytes_equal(option_of(3), bytes_of("\0\1\2\3\0\0\0\0\0\0\0\0", 12)));
	CHECK(bytes_equal(option_of(6), bytes_of(wanted, sizeof(wanted))));
	CHECK(bytes_equal(option_of(8), bytes_of("\0\0", 2)));
	CHECK(!has_option(2) && !has_option(14) && !has_option(15) && !has_option(16));
	CHECK(answer_136(ADVERTISE, "ab") == DHCP6_SEND && sent_type() == REQUEST);
	CHECK(bytes_equal(option_of(2), bytes_of(packet_server, sizeof(packet_server))));
	ia = option_of(3);
	CHECK(ia.size == 12 + 28 && memcmp(ia.at + 16, packet_address, 16) == 0);
	CHECK(bytes_equal(option_of(6), bytes_of(wanted, sizeof(wanted))));
	CHECK(!dhcp6_has_lease(&c) && !c.has_information); /* an Advertise is only a hint */
	CHECK(answer_136(REPLY, "abc") == DHCP6_BOUND && dhcp6_has_lease(&c));
	CHECK(c.lease.redirect_size == 3 && sent_type() == 0);
	CHECK(c.deadline_ms == now + 1000000);
}

TEST(asks_for_information_alone, "OPT6-1 OPT6-2 DHCP-1 DHCP-14")
{
	static const uint8_t wanted[] = { 0,  136, 0,  23, 0,  24, 0,  56, 0,
					  59, 0,   17, 0,  82, 0,  83, 0,  32 };

	start();
	CHECK(dhcp6_begin(&c, false, now) == DHCP6_SEND &&
	      sent_type() == INFORMATION_REQUEST);
	CHECK(bytes_equal(option_of(6), bytes_of(wanted, sizeof(wanted))) && !has_option(3));
	packet_begin(REPLY, c.xid);
	packet_option(136, "ab", 2);
	packet_option_be32(32, 900);
	CHECK(input() == DHCP6_BOUND && c.has_information && !dhcp6_has_lease(&c));
	CHECK(c.deadline_ms == now + 900000);
	CHECK(wait() == DHCP6_SEND && sent_type() == INFORMATION_REQUEST);
	packet_begin(REPLY, c.xid);
	packet_option(136, "ab", 2);
	CHECK(input() == DHCP6_RENEWED && c.deadline_ms == now + 86400000ull);
	CHECK(wait() == DHCP6_SEND);
	packet_begin(REPLY, c.xid);
	packet_option(136, "abc", 3);
	CHECK(input() == DHCP6_CHANGED && c.lease.redirect_size == 3);
	/* a router now says that there are addresses too */
	CHECK(dhcp6_begin(&c, false, now) == DHCP6_NOTHING);
	CHECK(dhcp6_begin(&c, true, now) == DHCP6_SEND && sent_type() == SOLICIT);
	CHECK(answer_136(ADVERTISE, "abc") == DHCP6_SEND);
	CHECK(answer_136(REPLY, "abc") == DHCP6_CHANGED && dhcp6_has_lease(&c));
}

TEST(repeats_solicits_up_to_an_hour, "HW-2 OPT6-10")
{
	static const unsigned waits[] = { 1,   2,   4,	 8,    16,   32,   64,
					  128, 256, 512, 1024, 2048, 3600, 3600 };

	start();
	CHECK(dhcp6_begin(&c, true, now) == DHCP6_SEND);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		/* the first one is a little longer (RFC 8415 §18.2.1), and all follow it */
		uint64_t want = i < 12 ? waits[i] * 1001 : waits[i] * 1000;

		CHECK(c.deadline_ms == now + want);
		CHECK(dhcp6_silence(&c, c.deadline_ms - 1) == DHCP6_NOTHING);
		CHECK(wait() == DHCP6_SEND && sent_type() == SOLICIT);
		CHECK(option_of(8).size == 2);
	}
	CHECK(bytes_equal(option_of(8), bytes_of("\xff\xff", 2))); /* elapsed: no more room */
}

TEST(waits_vary_by_a_tenth, "OPT6-10")
{
	start();
	c.random = 200;
	dhcp6_begin(&c, false, now);
	CHECK(c.deadline_ms == now + 1100);
	CHECK(wait() == DHCP6_SEND && c.deadline_ms == now + 2310);
	start();
	c.random = 0;
	dhcp6_begin(&c, false, now);
	CHECK(c.deadline_ms == now + 900);
	start();
	c.random = 0;
	dhcp6_begin(&c, true, now); /* never shorter */
	CHECK(c.deadline_ms == now + 1101);
}

TEST(servers_set_the_longest_wait, "OPT6-1 OPT6-10")
{
	start();
	dhcp6_begin(&c, true, now);
	packet_begin(ADVERTISE, c.xid);
	packet_status(2, "full");
	packet_option_be32(82, 60);
	packet_option_be32(83, 70);
	CHECK(input() == DHCP6_NOTHING); /* honoured though nothing is offered (§18.2.9) */
	CHECK(c.sol_max_s == 60 && c.inf_max_s == 70);
	packet_begin(ADVERTISE, c.xid);
	packet_option_be32(82, 59);
	packet_option_be32(83, 100000);
	CHECK(input() == DHCP6_NOTHING && c.sol_max_s == 60 && c.inf_max_s == 70);
	start();
	dhcp6_begin(&c, false, now);
	c.inf_max_s = 70;
	for (int i = 0; i < 10; i++)
		CHECK(wait() == DHCP6_SEND);
	CHECK(c.deadline_ms == now + 70000);
}

TEST(an_advertise_with_136_ends_the_choice, "DHCP-13 OPT6-10")
{
	start();
	dhcp6_begin(&c, true, now);
	CHECK(advertise(1, 255, NULL) == DHCP6_NOTHING);
	CHECK(advertise(2, 0, "ab") == DHCP6_SEND && sent_type() == REQUEST);
	CHECK(option_of(2).at[9] == 2);
}

TEST(else_the_preference_decides_after_a_second, "OPT6-10")
{
	start();
	dhcp6_begin(&c, true, now);
	CHECK(advertise(1, 7, NULL) == DHCP6_NOTHING);
	CHECK(advertise(2, 9, NULL) == DHCP6_NOTHING);
	CHECK(advertise(3, 9, NULL) == DHCP6_NOTHING); /* the first of equals */
	CHECK(c.deadline_ms == now + 1001);
	CHECK(wait() == DHCP6_SEND && sent_type() == REQUEST);
	CHECK(option_of(2).at[9] == 2);
	/* later the first one is taken */
	start();
	dhcp6_begin(&c, true, now);
	CHECK(wait() == DHCP6_SEND && sent_type() == SOLICIT);
	CHECK(advertise(4, 0, NULL) == DHCP6_SEND && sent_type() == REQUEST);
}

TEST(takes_answers_from_nobody_else, "OPT6-10")
{
	uint8_t other[sizeof(packet_client)];

	memcpy(other, packet_client, sizeof(other));
	other[9] ^= 1;
	start();
	CHECK(answer_136(ADVERTISE, "ab") == DHCP6_NOTHING); /* not asked yet */
	dhcp6_begin(&c, true, now);
	packet_begin(ADVERTISE, c.xid ^ 1); /* another transaction */
	packet_lease(0, 0);
	packet_option(136, "ab", 2);
	CHECK(input() == DHCP6_NOTHING && !c.has_offer);
	packet_head(ADVERTISE, c.xid); /* another client */
	packet_option(1, other, sizeof(other));
	packet_option(2, packet_server, sizeof(packet_server));
	packet_lease(0, 0);
	packet_option(136, "ab", 2);
	CHECK(input() == DHCP6_NOTHING && !c.has_offer);
	packet_head(ADVERTISE, c.xid); /* no client */
	packet_option(2, packet_server, sizeof(packet_server));
	packet_lease(0, 0);
	CHECK(input() == DHCP6_NOTHING && !c.has_offer);
	packet_head(ADVERTISE, c.xid); /* no server */
	packet_option(1, packet_client, sizeof(packet_client));
	packet_lease(0, 0);
	CHECK(input() == DHCP6_NOTHING && !c.has_offer);
	CHECK(answer_136(REPLY, "ab") == DHCP6_NOTHING); /* nobody asked for it */
	CHECK(dhcp6_input(&c, bytes_of("x", 1), now) == DHCP6_NOTHING);
	CHECK(advertise(5, 0, "ab") == DHCP6_SEND && sent_type() == REQUEST);
	CHECK(answer_136(REPLY, "ab") == DHCP6_NOTHING); /* of server 9 */
	CHECK(advertise(5, 0, "ab") == DHCP6_NOTHING);	 /* too late */
	CHECK(answer_status(REPLY, 2, true) == DHCP6_NOTHING);
	CHECK(!c.has_information && sent_type() == REQUEST);
}

TEST(a_request_without_answer_starts_over, "OPT6-10")
{
	start();
	dhcp6_begin(&c, true, now);
	CHECK(answer_136(ADVERTISE, "ab") == DHCP6_SEND);
	for (int i = 0; i < 9; i++)
		CHECK(wait() == DHCP6_SEND && sent_type() == REQUEST);
	CHECK(c.deadline_ms == now + 30000);
	CHECK(wait() == DHCP6_SEND && sent_type() == SOLICIT);
}

TEST(a_refused_request_starts_over_after_a_pause, "OPT6-10")
{
	for (int in_ia = 0; in_ia < 2; in_ia++) {
		start();
		dhcp6_begin(&c, true, now);
		CHECK(answer_136(ADVERTISE, "ab") == DHCP6_SEND);
		CHECK(answer_status(REPLY, 2, in_ia) == DHCP6_NOTHING && sent_type() == 0);
		CHECK(answer_136(ADVERTISE, "ab") == DHCP6_NOTHING); /* an old one */
		CHECK(c.deadline_ms == now + 1000);
		CHECK(wait() == DHCP6_SEND && sent_type() == SOLICIT);
	}
}

TEST(a_server_without_addresses_is_asked_for_information, "OPT6-2 OPT6-10")
{
	start();
	dhcp6_begin(&c, true, now);
	CHECK(answer_status(ADVERTISE, 2, true) == DHCP6_NOTHING);
	CHECK(wait() == DHCP6_SEND && sent_type() == INFORMATION_REQUEST);
	packet_begin(REPLY, c.xid);
	packet_option(136, "ab", 2);
	CHECK(input() == DHCP6_BOUND && c.lease.has_redirect && !dhcp6_has_lease(&c));
	CHECK(c.deadline_ms == now + CONFIG_DHCP6_AGAIN_S * 1000);
	CHECK(wait() == DHCP6_SEND && sent_type() == SOLICIT);
	CHECK(c.has_information); /* what is known stays known */
	CHECK(answer_136(ADVERTISE, "ab") == DHCP6_SEND);
	CHECK(answer_136(REPLY, "ab") == DHCP6_CHANGED && dhcp6_has_lease(&c));
	/* nor does it know anything */
	start();
	dhcp6_begin(&c, true, now);
	answer_status(ADVERTISE, 2, true);
	for (int i = 0; i < 4; i++)
		CHECK(wait() == DHCP6_SEND && sent_type() == INFORMATION_REQUEST);
	CHECK(wait() == DHCP6_SEND && sent_type() == SOLICIT);
}

TEST(rapid_commit_only_when_we_offered_it, "OPT6-10")
{
	for (int offered = 0; offered < 2; offered++) {
		start_as((struct dhcp6_profile){ .rapid_commit = offered });
		dhcp6_begin(&c, true, now);
		CHECK(sent_type() == SOLICIT && has_option(14) == offered);
		CHECK(answer_136(REPLY, "ab") == DHCP6_NOTHING); /* without option 14 */
		packet_begin(REPLY, c.xid);
		packet_option(14, "", 0);
		packet_lease(0, 0);
		CHECK(input() == (offered ? DHCP6_BOUND : DHCP6_NOTHING));
	}
}

TEST(renews_with_the_server_then_with_all_then_gives_up, "OPT6-10")
{
	uint64_t bound_ms;
	enum dhcp6_event event = DHCP6_NOTHING;

	reach_bound();
	bound_ms = now;
	CHECK(wait() == DHCP6_SEND && sent_type() == RENEW && now == bound_ms + 1000000);
	CHECK(option_of(2).size == sizeof(packet_server) && option_of(3).size == 40);
	CHECK(c.deadline_ms == now + 10000);
	while (now < bound_ms + 2000000)
		CHECK(wait() == DHCP6_SEND);
	CHECK(sent_type() == REBIND && !has_option(2) && option_of(3).size == 40);
	/* another server may answer now */
	packet_head(REPLY, c.xid);
	packet_option(1, packet_client, sizeof(packet_client));
	packet_option(2, "\0\3\0\1\1\1\1\1\1\1", 10);
	packet_lease(1000, 2000);
	packet_option(136, "ab", 2);
	CHECK(input() == DHCP6_CHANGED && c.lease.server[4] == 1);
	/* nobody answers any more */
	bound_ms = c.bound_ms;
	for (int i = 0; i < 500 && event != DHCP6_LOST; i++)
		event = wait();
	CHECK(event == DHCP6_LOST && now == bound_ms + 3600000 && !dhcp6_has_lease(&c));
	CHECK(sent_type() == SOLICIT && !c.has_information);
}

TEST(goes_by_the_clock_when_it_was_held_up, "OPT6-10")
{
	reach_bound();
	now += 2100000;
	CHECK(dhcp6_silence(&c, now) == DHCP6_SEND && sent_type() == REBIND);
	CHECK(c.deadline_ms > now);
	reach_bound();
	now += 3601000;
	CHECK(dhcp6_silence(&c, now) == DHCP6_LOST && c.deadline_ms > now);
}

TEST(says_what_a_renewal_changed, "DHCP-14")
{
	reach_bound();
	CHECK(wait() == DHCP6_SEND);
	CHECK(answer_136(REPLY, "ab") == DHCP6_RENEWED);
	CHECK(c.deadline_ms == now + 1000000);
	CHECK(wait() == DHCP6_SEND);
	CHECK(answer_136(REPLY, "abc") == DHCP6_CHANGED && c.lease.redirect_size == 3);
	CHECK(wait() == DHCP6_SEND);
	CHECK(answer(REPLY) == DHCP6_CHANGED && !c.lease.has_redirect);
}

TEST(honours_what_a_renewal_is_refused_with, "OPT6-10")
{
	size_t ia;

	/* forgotten: the same again from the same server */
	reach_bound();
	wait();
	CHECK(answer_status(REPLY, 3, true) == DHCP6_SEND && sent_type() == REQUEST);
	CHECK(option_of(3).size == 40 && dhcp6_has_lease(&c));
	CHECK(answer_136(REPLY, "ab") == DHCP6_RENEWED);
	/* forgotten for good */
	wait();
	CHECK(answer_status(REPLY, 3, true) == DHCP6_SEND && sent_type() == REQUEST);
	CHECK(answer_status(REPLY, 3, true) == DHCP6_LOST && sent_type() == 0);
	CHECK(wait() == DHCP6_SEND && sent_type() == SOLICIT);
	/* forgotten, then silence */
	reach_bound();
	wait();
	CHECK(answer_status(REPLY, 3, true) == DHCP6_SEND);
	for (int i = 0; i < 9; i++)
		CHECK(wait() == DHCP6_SEND);
	CHECK(wait() == DHCP6_LOST && sent_type() == SOLICIT);
	/* the address has come to its end */
	reach_bound();
	wait();
	packet_begin(REPLY, c.xid);
	ia = packet_ia(PACKET_IAID, 0, 0);
	packet_ia_address(packet_address, 0, 0, 0);
	packet_ia_end(ia);
	CHECK(input() == DHCP6_LOST);
	/* moved */
	reach_bound();
	wait();
	CHECK(answer_status(REPLY, 4, false) == DHCP6_LOST);
	/* out of order: asked again later */
	reach_bound();
	wait();
	CHECK(answer_status(REPLY, 1, false) == DHCP6_NOTHING && sent_type() == RENEW);
}

TEST(confirms_the_lease_when_the_cable_comes_back, "OPT6-10")
{
	reach_bound();
	dhcp6_no_carrier(&c);
	CHECK(dhcp6_has_lease(&c) && c.deadline_ms == now + 3600000);
	now += 5000;
	CHECK(dhcp6_begin(&c, true, now) == DHCP6_SEND && sent_type() == CONFIRM);
	CHECK(option_of(3).size == 40 && !has_option(2) && !has_option(6));
	CHECK(answer_status(REPLY, 0, false) == DHCP6_NOTHING);
	CHECK_STR(dhcp6_state_name(&c), "bound");
	CHECK(c.deadline_ms == now + 995000);
	/* another network */
	dhcp6_no_carrier(&c);
	dhcp6_begin(&c, true, now);
	CHECK(answer_status(REPLY, 4, false) == DHCP6_LOST && sent_type() == SOLICIT);
	/* silence for ten seconds: it is still good */
	reach_bound();
	dhcp6_no_carrier(&c);
	dhcp6_begin(&c, true, now);
	uint64_t begun = now;
	while (strcmp(dhcp6_state_name(&c), "confirming") == 0)
		wait();
	CHECK_STR(dhcp6_state_name(&c), "bound");
	CHECK(now == begun + 10000);
	/* a network that gives out none */
	dhcp6_no_carrier(&c);
	CHECK(dhcp6_begin(&c, false, now) == DHCP6_LOST &&
	      sent_type() == INFORMATION_REQUEST);
	/* unplugged until it is over */
	reach_bound();
	dhcp6_no_carrier(&c);
	CHECK(wait() == DHCP6_LOST);
	/* information is not kept */
	start();
	dhcp6_begin(&c, false, now);
	packet_begin(REPLY, c.xid);
	CHECK(input() == DHCP6_BOUND);
	dhcp6_no_carrier(&c);
	CHECK(!c.has_information && c.deadline_ms == UINT64_MAX && sent_type() == 0);
}

TEST(asks_at_once_when_the_link_becomes_ready, "")
{
	start();
	CHECK(dhcp6_begin(&c, true, now) == DHCP6_SEND);
	wait();
	CHECK(dhcp6_begin(&c, true, now) == DHCP6_SEND && sent_type() == SOLICIT);
	CHECK(c.deadline_ms == now + 1001);
	CHECK(advertise(1, 0, NULL) == DHCP6_NOTHING);
	CHECK(dhcp6_begin(&c, true, now) == DHCP6_NOTHING);
}

TEST(declines_an_address_that_another_host_has, "OPT6-10")
{
	start();
	CHECK(dhcp6_decline(&c, now) == DHCP6_NOTHING);
	reach_bound();
	CHECK(dhcp6_decline(&c, now) == DHCP6_LOST && sent_type() == DECLINE);
	CHECK(option_of(2).size == sizeof(packet_server) && option_of(3).size == 40);
	CHECK(!dhcp6_has_lease(&c));
	CHECK(answer_status(REPLY, 0, false) == DHCP6_SEND && sent_type() == SOLICIT);
	/* four times, if nobody answers */
	reach_bound();
	dhcp6_decline(&c, now);
	for (int i = 0; i < 3; i++)
		CHECK(wait() == DHCP6_SEND && sent_type() == DECLINE);
	CHECK(wait() == DHCP6_SEND && sent_type() == SOLICIT);
}

TEST(releases_only_when_asked, "")
{
	start();
	CHECK(dhcp6_release(&c, now) == DHCP6_NOTHING);
	reach_bound();
	CHECK(sent_type() == 0);
	CHECK(dhcp6_release(&c, now) == DHCP6_SEND && sent_type() == RELEASE);
	CHECK(option_of(2).size == sizeof(packet_server) && option_of(3).size == 40);
	CHECK(answer_status(REPLY, 0, false) == DHCP6_NOTHING && sent_type() == 0);
	CHECK(c.deadline_ms == UINT64_MAX && !dhcp6_has_lease(&c));
}

TEST(a_lease_for_ever_is_not_renewed, "OPT6-10")
{
	size_t ia;

	start();
	dhcp6_begin(&c, true, now);
	CHECK(answer_136(ADVERTISE, "ab") == DHCP6_SEND);
	packet_begin(REPLY, c.xid);
	ia = packet_ia(PACKET_IAID, 0, 0);
	packet_ia_address(packet_address, 0xffffffff, 0xffffffff, 0);
	packet_ia_end(ia);
	CHECK(input() == DHCP6_BOUND && c.deadline_ms == UINT64_MAX);
}

static struct bytes duid(struct dhcp6_profile p)
{
	start_as(p);
	dhcp6_begin(&c, true, now);
	CHECK(sent_type() == SOLICIT);
	return option_of(1);
}

TEST(identifier_by_profile, "OPT6-3")
{
	struct bytes ll = bytes_of(packet_client, sizeof(packet_client));
	struct dhcp6_profile en = { .identifier = DHCP6_IDENTIFIER_EN,
				    .enterprise = 9,
				    .serial = "SN1" },
			     uuid = { .identifier = DHCP6_IDENTIFIER_UUID,
				      .uuid = "12345678-9ABC-def0-1122-334455667788" };
	char serial[300];

	CHECK(bytes_equal(duid((struct dhcp6_profile){ 0 }), ll));
	CHECK(bytes_equal(duid(en), bytes_of("\0\2\0\0\0\x9SN1", 9)));
	CHECK(bytes_equal(duid(uuid), bytes_of("\0\4\x12\x34\x56\x78\x9a\xbc\xde\xf0\x11\x22"
					       "\x33\x44\x55\x66\x77\x88",
					       18)));
	/* what cannot be made becomes the MAC's */
	en.serial = NULL;
	CHECK(bytes_equal(duid(en), ll));
	uuid.uuid = "12345678-9abc-def0-1122-33445566778";
	CHECK(bytes_equal(duid(uuid), ll));
	uuid.uuid = "12345678-9abc-def0-1122-3344556677889";
	CHECK(bytes_equal(duid(uuid), ll));
	uuid.uuid = NULL;
	CHECK(bytes_equal(duid(uuid), ll));
	memset(serial, 'x', sizeof(serial) - 1);
	serial[sizeof(serial) - 1] = '\0';
	en.serial = serial;
	CHECK(duid(en).size == CONFIG_DHCP6_DUID_MAX);
}

TEST(classes_by_profile, "OPT6-4")
{
	struct dhcp6_profile p = { .enterprise = 9,
				   .vendor_class = { "PID:R-IOSXRV", "SN1" },
				   .user_class = { "xr-config", "exr-config" } };

	duid(p);
	CHECK(bytes_equal(option_of(16), bytes_of("\0\0\0\x9\0\xcPID:R-IOSXRV\0\3SN1", 23)));
	CHECK(bytes_equal(option_of(15), bytes_of("\0\x9xr-config\0\xa"
						  "exr-config",
						  23)));
	CHECK(answer_136(ADVERTISE, "ab") == DHCP6_SEND && sent_type() == REQUEST);
	CHECK(option_of(16).size == 23 && option_of(15).size == 23);
}

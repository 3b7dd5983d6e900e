/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp4.h"

#include "check.h"
#include "dhcp4_packets.h"

/* Whole leases by calling functions: no socket, no sleep. */

static struct dhcp4 c;
static uint64_t now;
static uint8_t sent[1024];
static struct writer w;
static uint32_t to;

#define SERVER 0x0a010001
#define OURS   0x0a010032

static void start(void)
{
	struct dhcp4_profile p = { .serial = "JADA123456789" };

	memcpy(p.mac, packet_mac, 6);
	now = 1000000;
	c.random = 1000; /* no jitter: 1000 % 2001 - 1000 */
	dhcp4_start(&c, &p);
}

static bool send_packet(void)
{
	w = writer_over(sent, sizeof(sent));
	return dhcp4_packet(&c, &w, &to, now);
}

/* The value of an option of what we sent; size 0: absent. */
static struct bytes option_of(uint8_t code)
{
	for (size_t i = 240; i + 2 < w.used && sent[i] != 255; i += 2u + sent[i + 1])
		if (sent[i] == code)
			return bytes_of(sent + i + 2, sent[i + 1]);
	return bytes_of(NULL, 0);
}

static uint8_t sent_type(void)
{
	return send_packet() ? option_of(53).at[0] : 0;
}

static enum dhcp4_event answer(uint8_t type, uint32_t address)
{
	packet_reply(type, c.xid, address);
	return dhcp4_input(&c, packet_end(), now);
}

static enum dhcp4_event answer_143(uint8_t type, uint32_t server, const char *list)
{
	packet_begin(c.xid, OURS, NULL, 0, NULL, 0);
	packet_option(53, &type, 1);
	packet_option_be32(54, server);
	packet_option_be32(51, 600);
	packet_option(143, list, strlen(list));
	return dhcp4_input(&c, packet_end(), now);
}

static enum dhcp4_event wait(void)
{
	now = c.deadline_ms;
	return dhcp4_silence(&c, now);
}

/* The ACK, and nobody who has the address. */
static enum dhcp4_event acknowledged(uint32_t server, const char *list)
{
	uint64_t begun = now;

	CHECK(answer_143(5, server, list) == DHCP4_PROBE && !dhcp4_has_lease(&c));
	CHECK(!send_packet());
	CHECK(wait() == DHCP4_PROBE);
	enum dhcp4_event event = wait();
	CHECK(now == begun + 100); /* the bound of 300 ms has room for it */
	return event;
}

static void reach_bound(void)
{
	start();
	CHECK(dhcp4_carrier(&c, now) == DHCP4_SEND);
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND);
	CHECK(acknowledged(SERVER, "ab") == DHCP4_BOUND);
	CHECK_STR(dhcp4_state_name(&c), "bound");
}

TEST(walks_from_discover_to_bound, "DHCP-1 DHCP-13 OPT4-1 OPT4-2 OPT4-17")
{
	static const uint8_t wanted[] = { 1,  121, 3,	6,  15, 119, 42, 7,  43, 66,
					  67, 125, 143, 12, 28, 51,  54, 58, 59 };

	start();
	CHECK(dhcp4_carrier(&c, now) == DHCP4_SEND && sent_type() == 1 && to == 0);
	CHECK(w.used >= 300 && sent[0] == 1 && memcmp(sent + 28, packet_mac, 6) == 0);
	CHECK(bytes_equal(option_of(55), bytes_of(wanted, sizeof(wanted))));
	CHECK(bytes_equal(option_of(57), bytes_of("\x05\xdc", 2)));
	CHECK(bytes_equal(option_of(61), bytes_of("\1\x52\x54\0\1\2\3", 7)));
	CHECK(option_of(50).size == 0 && option_of(60).size == 0);
	CHECK(!dhcp4_has_lease(&c));
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND && sent_type() == 3 && to == 0);
	CHECK(bytes_equal(option_of(50), bytes_of("\x0a\1\0\x32", 4)));
	CHECK(bytes_equal(option_of(54), bytes_of("\x0a\1\0\1", 4)));
	CHECK(!dhcp4_has_lease(&c)); /* an OFFER is only a hint */
	CHECK(acknowledged(SERVER, "abc") == DHCP4_BOUND && dhcp4_has_lease(&c));
	CHECK(c.lease.address == OURS && c.lease.redirect_size == 3);
	CHECK(!send_packet());
	CHECK(c.deadline_ms == c.bound_ms + 300000);
}

TEST(asks_again_after_4_8_16_up_to_64_seconds, "OPT4-12")
{
	static const unsigned waits[] = { 4, 8, 16, 32, 64, 64, 64 };

	start();
	CHECK(dhcp4_carrier(&c, now) == DHCP4_SEND);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		CHECK(c.deadline_ms == now + waits[i] * 1000);
		CHECK(dhcp4_silence(&c, c.deadline_ms - 1) == DHCP4_NOTHING);
		CHECK(wait() == DHCP4_SEND && sent_type() == 1);
	}
	CHECK(send_packet() && sent[8] == 0 && sent[9] == 252); /* secs */
	/* plus or minus a second */
	start();
	c.random = 2000;
	dhcp4_carrier(&c, now);
	CHECK(c.deadline_ms == now + 5000);
	start();
	c.random = 2001;
	dhcp4_carrier(&c, now);
	CHECK(c.deadline_ms == now + 3000);
}

TEST(waits_two_seconds_for_an_offer_with_143, "OPT4-16")
{
	start();
	dhcp4_carrier(&c, now);
	CHECK(answer(2, OURS + 1) == DHCP4_NOTHING && c.deadline_ms == now + 2000);
	now += 1900;
	CHECK(answer_143(2, SERVER + 5, "ab") == DHCP4_SEND && sent_type() == 3);
	CHECK(bytes_equal(option_of(54), bytes_of("\x0a\1\0\6", 4)));
	/* none comes: the first it is */
	start();
	dhcp4_carrier(&c, now);
	CHECK(answer(2, OURS + 1) == DHCP4_NOTHING);
	now += 1000;
	CHECK(answer(2, OURS + 2) == DHCP4_NOTHING && c.deadline_ms == now + 1000);
	CHECK(wait() == DHCP4_SEND && sent_type() == 3);
	CHECK(bytes_equal(option_of(50), bytes_of("\x0a\1\0\x33", 4)));
}

TEST(takes_answers_from_nobody_else, "OPT4-13")
{
	start();
	CHECK(answer(2, OURS) == DHCP4_NOTHING); /* not asked yet */
	dhcp4_carrier(&c, now);
	packet_reply(2, c.xid + 1, OURS);
	CHECK(dhcp4_input(&c, packet_end(), now) == DHCP4_NOTHING && !c.has_offer);
	packet_reply(2, c.xid, OURS);
	packet_room[28] ^= 1; /* another's chaddr */
	CHECK(dhcp4_input(&c, packet_end(), now) == DHCP4_NOTHING && !c.has_offer);
	CHECK(answer(5, OURS) == DHCP4_NOTHING); /* an ACK nobody asked for */
	CHECK(answer(6, 0) == DHCP4_NOTHING);
	CHECK(dhcp4_input(&c, bytes_of("x", 1), now) == DHCP4_NOTHING);
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND);
	CHECK(answer_143(5, SERVER + 1, "ab") == DHCP4_NOTHING); /* another server */
	CHECK(answer_143(6, SERVER + 1, "") == DHCP4_NOTHING);
	CHECK(acknowledged(SERVER, "ab") == DHCP4_BOUND);
}

TEST(a_refused_or_unanswered_request_starts_over, "OPT4-12")
{
	start();
	dhcp4_carrier(&c, now);
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND);
	CHECK(answer(6, 0) == DHCP4_SEND && sent_type() == 1);
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND);
	for (int i = 0; i < 3; i++)
		CHECK(wait() == DHCP4_SEND && sent_type() == 3);
	CHECK(wait() == DHCP4_SEND && sent_type() == 1);
}

TEST(renews_with_the_server_then_with_all_then_gives_up, "OPT4-12")
{
	uint64_t bound_ms;

	reach_bound();
	bound_ms = c.bound_ms;
	CHECK(wait() == DHCP4_SEND && sent_type() == 3 && to == SERVER);
	CHECK(now == bound_ms + 300000);
	CHECK(bytes_equal(bytes_of(sent + 12, 4), bytes_of("\x0a\1\0\x32", 4))); /* ciaddr */
	CHECK(option_of(50).size == 0 && option_of(54).size == 0);
	CHECK(c.deadline_ms == now + 112500); /* half of what is left until T2 */
	CHECK(wait() == DHCP4_SEND && to == SERVER);
	while (now < bound_ms + 525000)
		CHECK(wait() == DHCP4_SEND);
	CHECK_STR(dhcp4_state_name(&c), "rebinding");
	CHECK(sent_type() == 3 && to == 0 && sent[12] == 10);
	/* another server may answer now */
	CHECK(answer_143(5, SERVER + 9, "ab") == DHCP4_CHANGED);
	CHECK_STR(dhcp4_state_name(&c), "bound");
	/* nobody answers any more */
	enum dhcp4_event event = DHCP4_NOTHING;
	bound_ms = c.bound_ms;
	for (int i = 0; i < 50 && event != DHCP4_LOST; i++)
		event = wait();
	CHECK(event == DHCP4_LOST && now == bound_ms + 600000 && !dhcp4_has_lease(&c));
	CHECK(sent_type() == 1);
}

TEST(goes_by_the_clock_when_it_was_held_up, "OPT4-12")
{
	reach_bound();
	now += 530000;
	CHECK(dhcp4_silence(&c, now) == DHCP4_SEND);
	CHECK_STR(dhcp4_state_name(&c), "rebinding");
	CHECK(c.deadline_ms > now);
	reach_bound();
	now += 601000;
	CHECK(dhcp4_silence(&c, now) == DHCP4_LOST && c.deadline_ms > now);
}

TEST(says_what_a_renewal_changed, "DHCP-14")
{
	reach_bound();
	CHECK(wait() == DHCP4_SEND);
	CHECK(answer_143(5, SERVER, "ab") == DHCP4_RENEWED);
	CHECK(c.deadline_ms == now + 300000);
	CHECK(wait() == DHCP4_SEND);
	CHECK(answer_143(5, SERVER, "abc") == DHCP4_CHANGED && c.lease.redirect_size == 3);
	CHECK(wait() == DHCP4_SEND);
	CHECK(answer_143(5, SERVER + 1, "abc") == DHCP4_NOTHING); /* was not asked */
	CHECK(answer(6, 0) == DHCP4_LOST && sent_type() == 1);
}

TEST(confirms_the_lease_when_the_cable_comes_back, "OPT4-12")
{
	reach_bound();
	dhcp4_no_carrier(&c);
	CHECK(dhcp4_has_lease(&c) && c.deadline_ms == c.bound_ms + 600000);
	now += 5000;
	CHECK(dhcp4_carrier(&c, now) == DHCP4_SEND && sent_type() == 3 && to == 0);
	CHECK(option_of(50).size == 4 && option_of(54).size == 0 && sent[12] == 0);
	CHECK(answer_143(5, SERVER, "ab") == DHCP4_RENEWED);
	/* in another network: refused, or silence */
	dhcp4_no_carrier(&c);
	CHECK(dhcp4_carrier(&c, now) == DHCP4_SEND);
	CHECK(answer(6, 0) == DHCP4_LOST && sent_type() == 1);
	reach_bound();
	dhcp4_no_carrier(&c);
	CHECK(dhcp4_carrier(&c, now) == DHCP4_SEND);
	CHECK(wait() == DHCP4_SEND && sent_type() == 3);
	CHECK(wait() == DHCP4_LOST && sent_type() == 1);
	/* unplugged until it is over */
	reach_bound();
	dhcp4_no_carrier(&c);
	CHECK(wait() == DHCP4_LOST);
	/* never had one */
	start();
	dhcp4_carrier(&c, now);
	dhcp4_no_carrier(&c);
	CHECK(c.deadline_ms == UINT64_MAX && !send_packet());
}

TEST(asks_at_once_when_the_link_becomes_ready, "")
{
	start();
	CHECK(dhcp4_carrier(&c, now) == DHCP4_SEND);
	now += 500;
	CHECK(dhcp4_carrier(&c, now) == DHCP4_SEND && sent_type() == 1);
	CHECK(c.deadline_ms == now + 4000);
	answer(2, OURS);
	CHECK(dhcp4_carrier(&c, now) == DHCP4_NOTHING);
}

TEST(a_lease_for_ever_is_not_renewed, "OPT4-12")
{
	uint8_t type = 5;

	start();
	dhcp4_carrier(&c, now);
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND);
	packet_begin(c.xid, OURS, NULL, 0, NULL, 0);
	packet_option(53, &type, 1);
	packet_option_be32(54, SERVER);
	packet_option_be32(51, 0xffffffff);
	CHECK(dhcp4_input(&c, packet_end(), now) == DHCP4_PROBE);
	CHECK(wait() == DHCP4_PROBE && wait() == DHCP4_BOUND);
	CHECK(c.deadline_ms == UINT64_MAX);
}

TEST(an_address_that_somebody_has_is_declined, "OPT4-14")
{
	start();
	CHECK(dhcp4_conflict(&c, now) == DHCP4_NOTHING);
	dhcp4_carrier(&c, now);
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND);
	CHECK(answer_143(5, SERVER, "ab") == DHCP4_PROBE);
	now += 20;
	CHECK(dhcp4_conflict(&c, now) == DHCP4_SEND && !dhcp4_has_lease(&c));
	CHECK(sent_type() == 4 && to == 0 && sent[12] == 0);
	CHECK(bytes_equal(option_of(50), bytes_of("\x0a\1\0\x32", 4)));
	CHECK(bytes_equal(option_of(54), bytes_of("\x0a\1\0\1", 4)));
	CHECK(option_of(61).size == 7 && !option_of(55).size && !option_of(57).size);
	/* ten seconds of nothing, then from the start */
	CHECK(answer_143(5, SERVER, "ab") == DHCP4_NOTHING && c.deadline_ms == now + 10000);
	CHECK(dhcp4_conflict(&c, now) == DHCP4_NOTHING);
	CHECK(wait() == DHCP4_SEND && sent_type() == 1);
	/* later it is too late, and without probes nobody asks */
	reach_bound();
	CHECK(dhcp4_conflict(&c, now) == DHCP4_NOTHING);
	start();
	c.profile.no_probe = true;
	dhcp4_carrier(&c, now);
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND);
	CHECK(answer_143(5, SERVER, "ab") == DHCP4_BOUND);
	/* unplugged meanwhile: all over again */
	start();
	dhcp4_carrier(&c, now);
	CHECK(answer_143(2, SERVER, "ab") == DHCP4_SEND);
	CHECK(answer_143(5, SERVER, "ab") == DHCP4_PROBE);
	dhcp4_no_carrier(&c);
	CHECK(c.deadline_ms == UINT64_MAX && dhcp4_carrier(&c, now) == DHCP4_SEND);
}

TEST(gives_a_lease_back_when_told_to, "OPT4-14")
{
	reach_bound();
	CHECK(dhcp4_release(&c, now) == DHCP4_SEND && sent_type() == 7 && to == SERVER);
	CHECK(bytes_equal(bytes_of(sent + 12, 4), bytes_of("\x0a\1\0\x32", 4)));
	CHECK(bytes_equal(option_of(54), bytes_of("\x0a\1\0\1", 4)));
	CHECK(!option_of(50).size && !option_of(55).size && c.deadline_ms == UINT64_MAX);
	CHECK(answer_143(5, SERVER, "ab") == DHCP4_NOTHING && !dhcp4_has_lease(&c));
	start();
	dhcp4_carrier(&c, now);
	CHECK(dhcp4_release(&c, now) == DHCP4_NOTHING && !send_packet());
}

/* An OFFER with option 43. */
static enum dhcp4_event offer_43(uint32_t server, const void *at, size_t size)
{
	uint8_t type = 2;

	packet_begin(c.xid, OURS, NULL, 0, NULL, 0);
	packet_option(53, &type, 1);
	packet_option_be32(54, server);
	packet_option(43, at, size);
	return dhcp4_input(&c, packet_end(), now);
}

TEST(a_proxy_is_the_second_best_offer_in_profile_ssr, "OPT4-16 PROXY-2")
{
	start();
	c.profile.proxies = true;
	dhcp4_carrier(&c, now);
	CHECK(answer(2, OURS + 1) == DHCP4_NOTHING);
	CHECK(offer_43(SERVER + 1, "\1\2ab", 4) == DHCP4_NOTHING);
	CHECK(c.offer.server == SERVER);
	now += 500;
	CHECK(offer_43(SERVER + 2, "\0\x80\x03""1.2", 6) == DHCP4_NOTHING);
	CHECK(offer_43(SERVER + 3, "\x80\x03""1.2", 5) == DHCP4_NOTHING);
	CHECK(c.offer.server == SERVER + 2 && c.deadline_ms == now + 1500);
	CHECK(wait() == DHCP4_SEND && sent_type() == 3);
	CHECK(bytes_equal(option_of(54), bytes_of("\x0a\1\0\3", 4)));
	/* one with 143 is better, also behind it */
	start();
	c.profile.proxies = true;
	dhcp4_carrier(&c, now);
	CHECK(offer_43(SERVER + 2, "\x80\x03""1.2", 5) == DHCP4_NOTHING);
	CHECK(answer_143(2, SERVER + 5, "ab") == DHCP4_SEND && c.offer.server == SERVER + 5);
	/* other profiles do not look: the first it is */
	start();
	dhcp4_carrier(&c, now);
	CHECK(answer(2, OURS + 1) == DHCP4_NOTHING);
	CHECK(offer_43(SERVER + 2, "\x80\x03""1.2", 5) == DHCP4_NOTHING);
	CHECK(wait() == DHCP4_SEND && c.offer.server == SERVER);
}

static const uint8_t *with(const struct dhcp4_profile *from)
{
	struct dhcp4_profile p = *from;

	memcpy(p.mac, packet_mac, 6);
	dhcp4_start(&c, &p);
	dhcp4_carrier(&c, now);
	CHECK(send_packet());
	return sent;
}

TEST(option_252_is_asked_for_only_with_its_switch, "OPT4-1")
{
	with(&(struct dhcp4_profile){ .wpad = true });
	CHECK(option_of(55).size == 20 && option_of(55).at[19] == 252);
	with(&(struct dhcp4_profile){ .wpad = false });
	CHECK(option_of(55).size == 19 && !memchr(option_of(55).at, 252, 19));
}

TEST(user_class_with_its_length_or_bare, "OPT4-6")
{
	static char longest[200];

	memset(longest, 'x', sizeof(longest) - 1);
	with(&(struct dhcp4_profile){ .user_class = "iPXE" });
	CHECK(bytes_equal(option_of(77), bytes_of("\4iPXE", 5)));
	with(&(struct dhcp4_profile){ .user_class = "iPXE", .user_class_bare = true });
	CHECK(bytes_equal(option_of(77), bytes_of("iPXE", 4)));
	with(&(struct dhcp4_profile){ .user_class = longest });
	CHECK(option_of(77).size == 129 && option_of(77).at[0] == 128);
	with(&(struct dhcp4_profile){ .user_class = "" });
	CHECK(option_of(77).size == 0);
}

TEST(vendor_class_with_enterprise_number, "OPT4-7")
{
	static char longest[200];

	memset(longest, 'x', sizeof(longest) - 1);
	with(&(struct dhcp4_profile){ .enterprise = 9, .vendor_items = { "ab", "c" } });
	CHECK(bytes_equal(option_of(124), bytes_of("\0\0\0\x09\5\2ab\1c", 10)));
	with(&(struct dhcp4_profile){ .vendor_items = { "ab" } });
	CHECK(option_of(124).size == 0);
	with(&(struct dhcp4_profile){
		.enterprise = 9, .vendor_items = { "a", longest, longest, "b" }, .vendor_class = longest });
	CHECK(option_of(124).size == 5 + 132 && option_of(60).size == 128);
}

TEST(asks_for_broadcast_answers_where_configured, "OPT4-12")
{
	CHECK(with(&(struct dhcp4_profile){ .broadcast = true })[10] == 0x80);
	CHECK(with(&(struct dhcp4_profile){ .broadcast = false })[10] == 0);
}

static struct bytes identifier(enum dhcp4_identifier kind, const char *serial)
{
	struct dhcp4_profile p = { .identifier = kind,
				   .serial = serial,
				   .vendor_class = "JuniperSSR",
				   .broadcast = true };

	memcpy(p.mac, packet_mac, 6);
	dhcp4_start(&c, &p);
	dhcp4_carrier(&c, now);
	CHECK(send_packet() && sent[10] == 0x80);
	CHECK(bytes_equal_text(option_of(60), "JuniperSSR"));
	return option_of(61);
}

TEST(client_identifier_and_class_by_profile, "OPT4-4 OPT4-5")
{
	CHECK(bytes_equal(identifier(DHCP4_IDENTIFIER_SERIAL, "SN1"), bytes_of("\0SN1", 4)));
	CHECK(bytes_equal(identifier(DHCP4_IDENTIFIER_SERIAL_RAW, "SN1"),
			  bytes_of("SN1", 3)));
	CHECK(bytes_equal(identifier(DHCP4_IDENTIFIER_SERIAL, NULL),
			  bytes_of("\1\x52\x54\0\1\2\3", 7)));
	CHECK(bytes_equal(identifier(DHCP4_IDENTIFIER_DUID, NULL),
			  bytes_of("\xff\0\1\2\3\0\3\0\1\x52\x54\0\1\2\3", 15)));
}

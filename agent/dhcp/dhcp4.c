/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp4.h"

#include "base/log.h"

/*
 * The states of RFC 2131 figure 5 as a table.  Knowing differences: the first DISCOVER
 * does not wait a random second (§4.4.1), because a machine that boots waits for it; and
 * an OFFER without what we look for is held for CONFIG_DHCP4_CHOICE_MS in case a better
 * one comes (OPT4-16), while one with option 143 is taken at once; and the probes for an
 * address in use are fewer and faster than those of RFC 5227 (OPT4-14).
 */

enum message {
	MESSAGE_NONE,
	MESSAGE_DISCOVER = 1,
	MESSAGE_OFFER = 2,
	MESSAGE_REQUEST = 3,
	MESSAGE_DECLINE = 4,
	MESSAGE_ACK = 5,
	MESSAGE_NAK = 6,
	MESSAGE_RELEASE = 7,
};

struct dhcp4_state {
	const char *name;
	enum message sends;
	bool has_lease;
	bool to_server;	      /* unicast, from our own address */
	bool own_address;     /* ciaddr is set */
	uint32_t wait_ms;     /* for an answer, first; doubles each time (OPT4-12) */
	uint32_t wait_max_ms; /* 0: by the lease's times instead */
	unsigned tries_max;   /* 0: for ever, or until the lease's times end it */
	const struct dhcp4_state *gives_up_to;
};

static const struct dhcp4_state idle = { .name = "idle" };
static const struct dhcp4_state selecting = {
	.name = "selecting",
	.sends = MESSAGE_DISCOVER,
	.wait_ms = 4000,
	.wait_max_ms = 64000,
};
static const struct dhcp4_state requesting = {
	.name = "requesting",
	.sends = MESSAGE_REQUEST,
	.wait_ms = 4000,
	.wait_max_ms = 64000,
	.tries_max = 4,
	.gives_up_to = &selecting,
};
static const struct dhcp4_state bound = { .name = "bound", .has_lease = true };
static const struct dhcp4_state rebinding = {
	.name = "rebinding",
	.sends = MESSAGE_REQUEST,
	.has_lease = true,
	.own_address = true,
	.gives_up_to = &selecting,
};
static const struct dhcp4_state renewing = {
	.name = "renewing",
	.sends = MESSAGE_REQUEST,
	.has_lease = true,
	.own_address = true,
	.to_server = true,
	.gives_up_to = &rebinding,
};
/* The cable came back: is the lease still good here (RFC 2131 §3.2)? */
static const struct dhcp4_state rebooting = {
	.name = "rebooting",
	.sends = MESSAGE_REQUEST,
	.has_lease = true,
	.wait_ms = 4000,
	.wait_max_ms = 8000,
	.tries_max = 2,
	.gives_up_to = &selecting,
};
/* Is somebody else using the address (OPT4-14)?  Its deadlines are CONFIG_DHCP4_PROBE_MS. */
static const struct dhcp4_state probing = { .name = "probing", .tries_max = CONFIG_DHCP4_PROBES };
static const struct dhcp4_state declined = { .name = "declined", .sends = MESSAGE_DECLINE };
static const struct dhcp4_state released = {
	.name = "released",
	.sends = MESSAGE_RELEASE,
	.own_address = true,
	.to_server = true,
};
static const struct dhcp4_state unplugged = { .name = "unplugged", .has_lease = true };

#define FOR_EVER     0xffffffffu
#define RETRY_MIN_MS 60000 /* while renewing and rebinding (RFC 2131 §4.4.5) */

static uint64_t after(const struct dhcp4 *c, uint32_t seconds)
{
	return seconds == FOR_EVER ? UINT64_MAX : c->bound_ms + (uint64_t)seconds * 1000;
}

/* When the present lease leaves a state by itself. */
static uint64_t state_end(const struct dhcp4 *c)
{
	bool for_ever = c->lease.lease_s == FOR_EVER;

	if (c->state == &bound)
		return for_ever ? UINT64_MAX : after(c, c->lease.renew_s);
	if (c->state == &renewing)
		return for_ever ? UINT64_MAX : after(c, c->lease.rebind_s);
	return after(c, c->lease.lease_s);
}

/* The deadline for what has just been sent, or for staying as it is. */
static void set_deadline(struct dhcp4 *c, uint64_t now_ms)
{
	const struct dhcp4_state *s = c->state;

	if (s == &idle || s == &released) {
		c->deadline_ms = UINT64_MAX;
	} else if (s == &probing) {
		c->deadline_ms = now_ms + CONFIG_DHCP4_PROBE_MS;
	} else if (s == &declined) {
		c->deadline_ms = now_ms + CONFIG_DHCP4_DECLINED_MS;
	} else if (s->wait_max_ms) {
		uint64_t wait = s->wait_ms;

		for (unsigned i = 1; i < c->tries && wait < s->wait_max_ms; i++)
			wait *= 2;
		/* plus or minus a second */
		c->deadline_ms = now_ms + wait - 1000 + c->random % 2001;
		if (c->choose_ms && c->choose_ms < c->deadline_ms)
			c->deadline_ms = c->choose_ms;
	} else if (s->sends) {
		uint64_t end = state_end(c), left = end > now_ms ? end - now_ms : 0;

		c->deadline_ms = left / 2 > RETRY_MIN_MS ? now_ms + left / 2
				 : left > RETRY_MIN_MS	 ? now_ms + RETRY_MIN_MS
							 : end;
	} else {
		c->deadline_ms = state_end(c);
	}
	if (s->sends)
		c->sent_ms = now_ms;
	/* Never behind us, whatever the server's times are. */
	if (c->deadline_ms <= now_ms)
		c->deadline_ms = now_ms + 1;
}

static const char *name_of(const struct dhcp4 *c)
{
	return c->profile.name ? c->profile.name : "link";
}

/* A state of the same exchange keeps its xid (requesting); others begin a new one. */
static enum dhcp4_event enter(struct dhcp4 *c, const struct dhcp4_state *to, uint64_t now_ms)
{
	log_debug("dhcp4", "%s: %s -> %s", name_of(c), c->state->name, to->name);
	if (to != &requesting && to->sends) {
		c->xid = c->random;
		c->begun_ms = now_ms;
		c->has_offer = false;
	}
	c->choose_ms = 0;
	c->state = to;
	c->tries = to->sends ? 1 : 0;
	set_deadline(c, now_ms);
	return to->sends ? DHCP4_SEND : DHCP4_NOTHING;
}

void dhcp4_start(struct dhcp4 *c, const struct dhcp4_profile *profile)
{
	*c = (struct dhcp4){ .state = &idle,
			     .profile = *profile,
			     .deadline_ms = UINT64_MAX,
			     .random = c->random };
}

enum dhcp4_event dhcp4_carrier(struct dhcp4 *c, uint64_t now_ms)
{
	if (c->state == &unplugged)
		return enter(c, &rebooting, now_ms);
	if (c->state == &idle)
		return enter(c, &selecting, now_ms);
	if ((c->state != &selecting && c->state != &rebooting) || c->has_offer)
		return DHCP4_NOTHING;
	c->tries = 1;
	set_deadline(c, now_ms);
	return DHCP4_SEND;
}

void dhcp4_no_carrier(struct dhcp4 *c)
{
	if (c->state != &idle && c->state != &unplugged)
		enter(c, c->state->has_lease ? &unplugged : &idle, 0);
}

static enum dhcp4_event take_ack(struct dhcp4 *c, const struct dhcp4_lease *lease,
				 uint64_t now_ms)
{
	enum dhcp4_event event = !c->state->has_lease		       ? DHCP4_BOUND
				 : dhcp4_lease_equal(&c->lease, lease) ? DHCP4_RENEWED
								       : DHCP4_CHANGED;

	c->lease = *lease;
	c->bound_ms = c->sent_ms;
	if (event == DHCP4_BOUND && !c->profile.no_probe) {
		enter(c, &probing, now_ms);
		c->tries = 1;
		return DHCP4_PROBE;
	}
	enter(c, &bound, now_ms);
	return event;
}

/* Back to the start, with a word to those who use the lease. */
static enum dhcp4_event lose(struct dhcp4 *c, uint64_t now_ms)
{
	bool had = c->state->has_lease;

	enter(c, &selecting, now_ms);
	return had ? DHCP4_LOST : DHCP4_SEND;
}

/* OPT4-16: how good an OFFER is. */
static int rank(const struct dhcp4 *c, const struct dhcp4_lease *offer)
{
	if (offer->has_redirect)
		return 2;
	return c->profile.proxies && dhcp4_lease_has_proxy(offer);
}

/* One with option 143 ends the choice; the first of others waits for it. */
static enum dhcp4_event take_offer(struct dhcp4 *c, const struct dhcp4_lease *lease,
				   uint64_t now_ms)
{
	if (!c->has_offer || rank(c, lease) > rank(c, &c->offer))
		c->offer = *lease;
	c->has_offer = true;
	if (c->offer.has_redirect)
		return enter(c, &requesting, now_ms);
	if (!c->choose_ms)
		c->choose_ms = now_ms + CONFIG_DHCP4_CHOICE_MS;
	if (c->choose_ms < c->deadline_ms)
		c->deadline_ms = c->choose_ms;
	return DHCP4_NOTHING;
}

/* A peer that sends nonsense is told of the first time, the 2nd, 4th, 8th ... */
static void tell_bad(struct dhcp4 *c, const struct error *why)
{
	c->bad_count++;
	if ((c->bad_count & (c->bad_count - 1)) == 0)
		log_info("dhcp4", "%s: %s: %s (%u so far)", name_of(c), why->rule, why->text,
			 c->bad_count);
}

enum dhcp4_event dhcp4_input(struct dhcp4 *c, struct bytes packet, uint64_t now_ms)
{
	struct dhcp4_reply reply;
	struct error why;

	if (!c->state->sends || c->state == &declined || c->state == &released)
		return DHCP4_NOTHING;
	if (!dhcp4_lease_read(&reply, packet, &why)) {
		tell_bad(c, &why);
		return DHCP4_NOTHING;
	}
	if (reply.xid != c->xid || memcmp(reply.mac, c->profile.mac, 6) != 0)
		return DHCP4_NOTHING;
	if (c->state == &selecting)
		return reply.type == MESSAGE_OFFER ? take_offer(c, &reply.lease, now_ms)
						   : DHCP4_NOTHING;
	/* Only the server that was asked may answer; all were, when it went out broadcast. */
	if (c->state == &requesting && reply.server != c->offer.server)
		return DHCP4_NOTHING;
	if (c->state == &renewing && reply.server && reply.server != c->lease.server)
		return DHCP4_NOTHING;
	if (reply.type == MESSAGE_ACK)
		return take_ack(c, &reply.lease, now_ms);
	if (reply.type != MESSAGE_NAK)
		return DHCP4_NOTHING;
	log_info("dhcp4", "%s: OPT4-12: the server refuses the address (NAK)", name_of(c));
	return lose(c, now_ms);
}

enum dhcp4_event dhcp4_conflict(struct dhcp4 *c, uint64_t now_ms)
{
	return c->state == &probing ? enter(c, &declined, now_ms) : DHCP4_NOTHING;
}

enum dhcp4_event dhcp4_release(struct dhcp4 *c, uint64_t now_ms)
{
	if (c->state->has_lease && c->state != &unplugged)
		return enter(c, &released, now_ms);
	enter(c, &idle, now_ms);
	return DHCP4_NOTHING;
}

enum dhcp4_event dhcp4_silence(struct dhcp4 *c, uint64_t now_ms)
{
	const struct dhcp4_state *s = c->state;

	if (now_ms < c->deadline_ms)
		return DHCP4_NOTHING;
	if (s == &idle || s == &released)
		return DHCP4_NOTHING;
	if (s == &declined)
		return enter(c, &selecting, now_ms);
	if (s == &probing && c->tries >= s->tries_max) {
		enter(c, &bound, now_ms);
		return DHCP4_BOUND;
	}
	if (s == &probing) {
		c->tries++;
		set_deadline(c, now_ms);
		return DHCP4_PROBE;
	}
	/* By the clock, not one by one: we may come late. */
	if (s->has_lease && now_ms >= after(c, c->lease.lease_s))
		return lose(c, now_ms);
	if ((s == &bound || s == &renewing) && now_ms >= after(c, c->lease.rebind_s))
		return enter(c, &rebinding, now_ms);
	if (s == &bound)
		return enter(c, &renewing, now_ms);
	if (s == &unplugged) {
		set_deadline(c, now_ms);
		return DHCP4_NOTHING;
	}
	if (s == &selecting && c->choose_ms && now_ms >= c->choose_ms) {
		return enter(c, &requesting, now_ms);
	}
	if (s->tries_max && c->tries >= s->tries_max)
		return s->has_lease ? lose(c, now_ms) : enter(c, s->gives_up_to, now_ms);
	c->tries++;
	set_deadline(c, now_ms);
	return DHCP4_SEND;
}

/* ---- the packet ---- */

/* OPT4-1, OPT4-2; the last one only with profile.wpad */
static const uint8_t wanted[] = { 1,  121, 3,	6,  15, 119, 42, 7,  43, 66,
				  67, 125, 143, 12, 28, 51,  54, 58, 59, 252 };

static void option(struct writer *w, uint8_t code, struct bytes value)
{
	writer_u8(w, code);
	writer_u8(w, (uint8_t)value.size);
	writer_bytes(w, value);
}

static void option_be32(struct writer *w, uint8_t code, uint32_t value)
{
	writer_u8(w, code);
	writer_u8(w, 4);
	writer_be32(w, value);
}

/* Text of at most 255 bytes, cut. */
static struct bytes short_text(const char *text, size_t max)
{
	struct bytes b = bytes_of_text(text ? text : "");

	if (b.size > max)
		b.size = max;
	return b;
}

/* OPT4-5 */
static void identifier_option(struct writer *w, const struct dhcp4_profile *p)
{
	uint8_t room[255];
	struct writer v = writer_over(room, sizeof(room));
	struct bytes serial = short_text(p->serial, 254), mac = bytes_of(p->mac, 6);
	enum dhcp4_identifier kind = p->identifier;

	if (serial.size == 0 &&
	    (kind == DHCP4_IDENTIFIER_SERIAL || kind == DHCP4_IDENTIFIER_SERIAL_RAW))
		kind = DHCP4_IDENTIFIER_MAC;
	switch (kind) {
	case DHCP4_IDENTIFIER_MAC:
		writer_u8(&v, 1);
		writer_bytes(&v, mac);
		break;
	case DHCP4_IDENTIFIER_SERIAL:
		writer_u8(&v, 0);
		writer_bytes(&v, serial);
		break;
	case DHCP4_IDENTIFIER_SERIAL_RAW:
		writer_bytes(&v, serial);
		break;
	case DHCP4_IDENTIFIER_DUID:
		writer_u8(&v, 0xff);
		writer_bytes(&v, bytes_of(p->mac + 2, 4)); /* IAID */
		writer_be16(&v, 3);			   /* DUID-LL, Ethernet */
		writer_be16(&v, 1);
		writer_bytes(&v, mac);
		break;
	}
	option(w, 61, writer_done(&v));
}

/* OPT4-6 */
static void user_class_option(struct writer *w, const struct dhcp4_profile *p)
{
	struct bytes class = short_text(p->user_class, CONFIG_DHCP4_TEXT_MAX);

	if (class.size == 0)
		return;
	writer_u8(w, 77);
	writer_u8(w, (uint8_t)(class.size + !p->user_class_bare));
	if (!p->user_class_bare)
		writer_u8(w, (uint8_t)class.size);
	writer_bytes(w, class);
}

/* OPT4-7 */
static void vendor_option(struct writer *w, const struct dhcp4_profile *p)
{
	uint8_t room[CONFIG_DHCP4_TEXT_MAX + CONFIG_DHCP4_ITEMS_MAX];
	struct writer items = writer_over(room, sizeof(room));
	size_t left = CONFIG_DHCP4_TEXT_MAX;

	for (size_t i = 0; i < CONFIG_DHCP4_ITEMS_MAX && p->vendor_items[i]; i++) {
		struct bytes item = short_text(p->vendor_items[i], left);

		writer_u8(&items, (uint8_t)item.size);
		writer_bytes(&items, item);
		left -= item.size;
	}
	if (p->enterprise == 0)
		return;
	writer_u8(w, 124);
	writer_u8(w, (uint8_t)(5 + items.used));
	writer_be32(w, p->enterprise);
	writer_u8(w, (uint8_t)items.used);
	writer_bytes(w, writer_done(&items));
}

/* What neither DECLINE nor RELEASE may hold (RFC 2131 table 5). */
static void wish_options(struct writer *w, const struct dhcp4_profile *p)
{
	writer_u8(w, 57); /* OPT4-17 */
	writer_u8(w, 2);
	writer_be16(w, 1500);
	option(w, 55, bytes_of(wanted, sizeof(wanted) - !p->wpad));
	if (p->vendor_class)
		option(w, 60, short_text(p->vendor_class, CONFIG_DHCP4_TEXT_MAX));
	user_class_option(w, p);
	vendor_option(w, p);
}

bool dhcp4_packet(struct dhcp4 *c, struct writer *w, uint32_t *to, uint64_t now_ms)
{
	const struct dhcp4_state *s = c->state;
	uint64_t seconds = (now_ms - c->begun_ms) / 1000;
	uint8_t type = (uint8_t)s->sends;
	bool asks = s != &declined && s != &released;

	if (!s->sends)
		return false;
	writer_u8(w, 1); /* BOOTREQUEST, Ethernet, six bytes, no hops */
	writer_u8(w, 1);
	writer_u8(w, 6);
	writer_u8(w, 0);
	writer_be32(w, c->xid);
	writer_be16(w, !asks ? 0 : seconds > 0xffff ? 0xffff : (uint16_t)seconds);
	writer_be16(w, c->profile.broadcast && !s->own_address && asks ? 0x8000 : 0);
	writer_be32(w, s->own_address ? c->lease.address : 0);
	writer_fill(w, 0, 12); /* yiaddr, siaddr, giaddr */
	writer_bytes(w, bytes_of(c->profile.mac, 6));
	writer_fill(w, 0, 10 + 64 + 128); /* the rest of chaddr, sname, file */
	writer_be32(w, 0x63825363);
	option(w, 53, bytes_of(&type, 1));
	identifier_option(w, &c->profile);
	if (s == &requesting)
		option_be32(w, 50, c->offer.address);
	if (s == &rebooting || s == &declined)
		option_be32(w, 50, c->lease.address);
	if (s == &requesting)
		option_be32(w, 54, c->offer.server);
	if (!asks)
		option_be32(w, 54, c->lease.server);
	if (asks)
		wish_options(w, &c->profile);
	writer_u8(w, 255);
	if (w->used < 300) /* relays drop shorter ones (RFC 1542 §2.1) */
		writer_fill(w, 0, 300 - w->used);
	*to = s->to_server ? c->lease.server : 0;
	return writer_ok(w);
}

bool dhcp4_has_lease(const struct dhcp4 *c)
{
	return c->state->has_lease;
}

const char *dhcp4_state_name(const struct dhcp4 *c)
{
	return c->state->name;
}

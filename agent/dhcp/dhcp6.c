/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp6.h"

#include "base/log.h"
#include "base/text.h"

/*
 * The exchanges of RFC 8415 §18.2 as a table.  Three knowing differences:
 * - the first Solicit or Information-request does not wait a random second (§18.2.1,
 *   §18.2.6), because a machine that boots waits for it;
 * - an Advertise with option 136 ends the choice at once (§18.2.9 lets a client take the
 *   server with the better set of parameters); others wait for one until the first
 *   retransmission would be due, one second, and then the preference decides.  So does
 *   preference 255 wait;
 * - where servers answer but have no address for us, information alone is asked for, and
 *   addresses again after CONFIG_DHCP6_AGAIN_S.
 */

enum message {
	MESSAGE_NONE,
	MESSAGE_SOLICIT = 1,
	MESSAGE_ADVERTISE = 2,
	MESSAGE_REQUEST = 3,
	MESSAGE_CONFIRM = 4,
	MESSAGE_RENEW = 5,
	MESSAGE_REBIND = 6,
	MESSAGE_REPLY = 7,
	MESSAGE_RELEASE = 8,
	MESSAGE_DECLINE = 9,
	MESSAGE_INFORMATION_REQUEST = 11,
};

enum { /* what a message carries besides our DUID and the elapsed time */
       CARRIES_SERVER = 1,
       CARRIES_IA = 2,
       CARRIES_ADDRESSES = 4, /* in the IA */
       CARRIES_WISHES = 8,    /* option request, classes */
};

struct dhcp6_state {
	const char *name;
	uint8_t sends;
	uint8_t carries;
	/* RFC 8415 §15: IRT, MRT, MRC, MRD; 0: none */
	uint8_t wait_s;
	uint16_t wait_max_s; /* 0: what the server set (SOL_MAX_RT, INF_MAX_RT) */
	uint8_t tries_max, ends_s;
	const struct dhcp6_state *gives_up_to;
};

static const struct dhcp6_state idle = { .name = "idle" };
static const struct dhcp6_state soliciting = {
	.name = "soliciting",
	.sends = MESSAGE_SOLICIT,
	.carries = CARRIES_IA | CARRIES_WISHES,
	.wait_s = 1,
};
static const struct dhcp6_state requesting = {
	.name = "requesting",
	.sends = MESSAGE_REQUEST,
	.carries = CARRIES_SERVER | CARRIES_IA | CARRIES_ADDRESSES | CARRIES_WISHES,
	.wait_s = 1,
	.wait_max_s = 30,
	.tries_max = 10,
	.gives_up_to = &soliciting,
};
static const struct dhcp6_state bound = { .name = "bound" };
static const struct dhcp6_state renewing = {
	.name = "renewing",
	.sends = MESSAGE_RENEW,
	.carries = CARRIES_SERVER | CARRIES_IA | CARRIES_ADDRESSES | CARRIES_WISHES,
	.wait_s = 10,
	.wait_max_s = 600,
};
static const struct dhcp6_state rebinding = {
	.name = "rebinding",
	.sends = MESSAGE_REBIND,
	.carries = CARRIES_IA | CARRIES_ADDRESSES | CARRIES_WISHES,
	.wait_s = 10,
	.wait_max_s = 600,
};
/* The cable came back: is this still the same network?  Silence means yes (§18.2.3). */
static const struct dhcp6_state confirming = {
	.name = "confirming",
	.sends = MESSAGE_CONFIRM,
	.carries = CARRIES_IA | CARRIES_ADDRESSES,
	.wait_s = 1,
	.wait_max_s = 4,
	.ends_s = 10,
	.gives_up_to = &bound,
};
static const struct dhcp6_state unplugged = { .name = "unplugged" };
static const struct dhcp6_state informing = {
	.name = "informing",
	.sends = MESSAGE_INFORMATION_REQUEST,
	.carries = CARRIES_WISHES,
	.wait_s = 1,
};
static const struct dhcp6_state informed = { .name = "informed" };
static const struct dhcp6_state declining = {
	.name = "declining",
	.sends = MESSAGE_DECLINE,
	.carries = CARRIES_SERVER | CARRIES_IA | CARRIES_ADDRESSES,
	.wait_s = 1,
	.tries_max = 4,
	.gives_up_to = &soliciting,
};
static const struct dhcp6_state releasing = {
	.name = "releasing",
	.sends = MESSAGE_RELEASE,
	.carries = CARRIES_SERVER | CARRIES_IA | CARRIES_ADDRESSES,
	.wait_s = 1,
	.tries_max = 4,
	.gives_up_to = &idle,
};

#define FOR_EVER	  0xffffffffu
#define SOL_MAX_RT_S	  3600
#define INF_MAX_RT_S	  3600
#define REFUSED_PAUSE_MS  1000 /* before the next Solicit */
#define INFORMING_TRIES	  4    /* where addresses were wanted first */
#define DUID_LL		  3
#define DUID_EN		  2
#define DUID_UUID	  4
#define HARDWARE_ETHERNET 1

static uint64_t after(const struct dhcp6 *c, uint32_t seconds)
{
	return seconds == FOR_EVER ? UINT64_MAX : c->bound_ms + (uint64_t)seconds * 1000;
}

/* When the present state ends by itself. */
static uint64_t state_end(const struct dhcp6 *c)
{
	const struct dhcp6_state *s = c->state;
	uint32_t refresh_s = c->lease.refresh_s;

	if (s == &bound)
		return after(c, c->lease.renew_s);
	if (s == &renewing)
		return after(c, c->lease.rebind_s);
	if (s == &rebinding || s == &unplugged)
		return after(c, c->lease.valid_s);
	if (s == &informed)
		return after(c, c->stateful && refresh_s > CONFIG_DHCP6_AGAIN_S
					? CONFIG_DHCP6_AGAIN_S
					: refresh_s);
	if (s->ends_s)
		return c->begun_ms + s->ends_s * 1000ull;
	return UINT64_MAX;
}

/* A time, plus or minus 10 %; the first wait for Advertises is never shorter (§18.2.1). */
static uint32_t around(const struct dhcp6 *c, uint32_t ms, bool longer)
{
	int64_t thousandths = (int64_t)(c->random % 201) - 100;

	if (longer && thousandths <= 0)
		thousandths = 1 - thousandths;
	return (uint32_t)(ms + ms * thousandths / 1000);
}

/* RFC 8415 §15.  Called for each message that is to be sent. */
static void next_wait(struct dhcp6 *c)
{
	const struct dhcp6_state *s = c->state;
	uint32_t max_s = s->wait_max_s;

	if (s == &soliciting)
		max_s = c->sol_max_s;
	if (s == &informing)
		max_s = c->inf_max_s;
	c->wait_ms = c->tries == 1 ? around(c, s->wait_s * 1000u, s == &soliciting)
				   : c->wait_ms + around(c, c->wait_ms, false);
	if (max_s && c->wait_ms > max_s * 1000u)
		c->wait_ms = around(c, max_s * 1000u, false);
}

/* The deadline for what is to be sent now, or for staying as it is. */
static enum dhcp6_event set_deadline(struct dhcp6 *c, uint64_t now_ms)
{
	bool sends = c->state->sends;

	c->deadline_ms = state_end(c);
	if (sends) {
		next_wait(c);
		c->sent_ms = now_ms;
		if (now_ms + c->wait_ms < c->deadline_ms)
			c->deadline_ms = now_ms + c->wait_ms;
	}
	/* Never behind us, whatever the server's times are. */
	if (c->deadline_ms <= now_ms)
		c->deadline_ms = now_ms + 1;
	return sends ? DHCP6_SEND : DHCP6_NOTHING;
}

static enum dhcp6_event enter(struct dhcp6 *c, const struct dhcp6_state *to, uint64_t now_ms)
{
	log_debug("dhcp6", "%s -> %s", c->state->name, to->name);
	if (to->sends) {
		c->xid = c->random & 0xffffff;
		c->begun_ms = now_ms;
	}
	if (to == &soliciting)
		c->has_offer = c->bare = false;
	c->state = to;
	c->tries = 1;
	return set_deadline(c, now_ms);
}

/* The lease has come to its end. */
static enum dhcp6_event lose(struct dhcp6 *c, const struct dhcp6_state *to, uint64_t now_ms)
{
	c->has_information = false;
	enter(c, to, now_ms);
	return DHCP6_LOST;
}

/* Refused: begin again, but not at the speed of the network. */
static enum dhcp6_event start_over(struct dhcp6 *c, uint64_t now_ms)
{
	enum dhcp6_event event = DHCP6_NOTHING;

	if (dhcp6_has_lease(c))
		event = lose(c, &soliciting, now_ms);
	else
		enter(c, &soliciting, now_ms);
	c->tries = 0;
	c->deadline_ms = now_ms + around(c, REFUSED_PAUSE_MS, false);
	return event;
}

void dhcp6_start(struct dhcp6 *c, const struct dhcp6_profile *profile)
{
	*c = (struct dhcp6){ .state = &idle,
			     .profile = *profile,
			     .deadline_ms = UINT64_MAX,
			     .sol_max_s = SOL_MAX_RT_S,
			     .inf_max_s = INF_MAX_RT_S,
			     .random = c->random };
}

enum dhcp6_event dhcp6_begin(struct dhcp6 *c, bool stateful, uint64_t now_ms)
{
	const struct dhcp6_state *s = c->state;
	bool more = stateful && !c->stateful;

	c->stateful |= stateful;
	if (s == &unplugged) /* where no addresses are given out, ours are none */
		return stateful ? enter(c, &confirming, now_ms) : lose(c, &informing, now_ms);
	if (s == &idle || (more && (s == &informing || s == &informed)))
		return enter(c, c->stateful ? &soliciting : &informing, now_ms);
	if ((s != &soliciting && s != &informing && s != &confirming) || c->has_offer ||
	    c->tries == 0)
		return DHCP6_NOTHING;
	c->tries = 1;
	return set_deadline(c, now_ms);
}

void dhcp6_no_carrier(struct dhcp6 *c)
{
	c->stateful = false;
	c->has_information = dhcp6_has_lease(c);
	if (c->state != &idle && c->state != &unplugged)
		enter(c, c->has_information ? &unplugged : &idle, 0);
}

enum dhcp6_event dhcp6_decline(struct dhcp6 *c, uint64_t now_ms)
{
	return dhcp6_has_lease(c) ? lose(c, &declining, now_ms) : DHCP6_NOTHING;
}

enum dhcp6_event dhcp6_release(struct dhcp6 *c, uint64_t now_ms)
{
	if (!dhcp6_has_lease(c))
		return DHCP6_NOTHING;
	c->has_information = false;
	return enter(c, &releasing, now_ms);
}

/* A Reply that brings something.  @to: bound or informed. */
static enum dhcp6_event take(struct dhcp6 *c, const struct dhcp6_lease *lease,
			     const struct dhcp6_state *to, uint64_t now_ms)
{
	enum dhcp6_event event = !c->has_information		       ? DHCP6_BOUND
				 : dhcp6_lease_equal(&c->lease, lease) ? DHCP6_RENEWED
								       : DHCP6_CHANGED;

	c->lease = *lease;
	c->has_information = true;
	c->bound_ms = c->sent_ms;
	enter(c, to, now_ms);
	return event;
}

static enum dhcp6_event take_advertise(struct dhcp6 *c, const struct dhcp6_reply *reply,
				       uint64_t now_ms)
{
	const struct dhcp6_lease *lease = &reply->lease;
	bool better = lease->has_redirect != c->offer.has_redirect
			      ? lease->has_redirect
			      : reply->preference > c->preference;

	if (reply->status || lease->address_count == 0) {
		c->bare = true; /* not to be used (§18.2.9) */
	} else if (!c->has_offer || better) {
		c->offer = *lease;
		c->has_offer = true;
		c->preference = reply->preference;
	}
	/* Later than the first second the first one is taken (§18.2.1). */
	return c->has_offer && (c->offer.has_redirect || c->tries > 1)
		       ? enter(c, &requesting, now_ms)
		       : DHCP6_NOTHING;
}

/* The answer to Request, Renew, Rebind, or to Solicit with rapid commit. */
static enum dhcp6_event take_lease(struct dhcp6 *c, const struct dhcp6_reply *reply,
				   uint64_t now_ms)
{
	if (!reply->status && reply->lease.address_count)
		return take(c, &reply->lease, &bound, now_ms);
	/* The server has forgotten us (§18.2.10.1): it may have the same address again. */
	if (dhcp6_has_lease(c) && c->state != &requesting &&
	    reply->status == DHCP6_STATUS_NO_BINDING) {
		c->offer = c->lease;
		memcpy(c->offer.server, reply->lease.server, sizeof(c->offer.server));
		c->offer.server_size = reply->lease.server_size;
		return enter(c, &requesting, now_ms);
	}
	if (c->state == &requesting
		    ? reply->has_ia || reply->status
		    : reply->withdrawn || reply->status == DHCP6_STATUS_NOT_ON_LINK)
		return start_over(c, now_ms);
	return DHCP6_NOTHING; /* asked again later */
}

static enum dhcp6_event take_reply(struct dhcp6 *c, const struct dhcp6_reply *reply,
				   uint64_t now_ms)
{
	const struct dhcp6_state *s = c->state;

	if (s == &soliciting)
		return reply->rapid_commit && c->profile.rapid_commit
			       ? take_lease(c, reply, now_ms)
			       : DHCP6_NOTHING;
	if (s == &informing)
		return reply->status ? DHCP6_NOTHING
				     : take(c, &reply->lease, &informed, now_ms);
	if (s == &confirming && reply->status == DHCP6_STATUS_NOT_ON_LINK)
		return lose(c, &soliciting, now_ms);
	if (s == &confirming)
		return reply->status ? DHCP6_NOTHING : enter(c, &bound, now_ms);
	if (s == &declining || s == &releasing) /* whatever it says (§18.2.10.2) */
		return enter(c, s->gives_up_to, now_ms);
	return take_lease(c, reply, now_ms);
}

/* ---- who we are ---- */

static struct bytes text_of(const char *text, size_t max)
{
	struct bytes b = bytes_of_text(text ? text : "");

	if (b.size > max)
		b.size = max;
	return b;
}

/* 32 hex digits with dashes anywhere. */
static bool read_uuid(uint8_t to[static 16], const char *text)
{
	char digits[33];
	size_t n = 0;

	for (; text && *text; text++)
		if (*text != '-') {
			if (n == 32)
				return false;
			digits[n++] = *text;
		}
	return text_unhex(to, 16, bytes_of(digits, n));
}

/* OPT6-3; RFC 8415 §11 */
static void write_duid(struct writer *w, const struct dhcp6_profile *p)
{
	uint8_t uuid[16];
	struct bytes serial = text_of(p->serial, CONFIG_DHCP6_DUID_MAX - 6);

	if (p->identifier == DHCP6_IDENTIFIER_UUID && read_uuid(uuid, p->uuid)) {
		writer_be16(w, DUID_UUID);
		writer_bytes(w, bytes_of(uuid, sizeof(uuid)));
	} else if (p->identifier == DHCP6_IDENTIFIER_EN && serial.size) {
		writer_be16(w, DUID_EN);
		writer_be32(w, p->enterprise);
		writer_bytes(w, serial);
	} else {
		writer_be16(w, DUID_LL);
		writer_be16(w, HARDWARE_ETHERNET);
		writer_bytes(w, bytes_of(p->mac, 6));
	}
}

static uint32_t iaid(const struct dhcp6 *c)
{
	const uint8_t *m = c->profile.mac + 2;

	return (uint32_t)m[0] << 24 | (uint32_t)m[1] << 16 | (uint32_t)m[2] << 8 | m[3];
}

/* ---- what comes ---- */

static bool is_for_us(const struct dhcp6 *c, const struct dhcp6_reply *reply)
{
	const struct dhcp6_lease *from = c->state == &requesting ? &c->offer : &c->lease;
	uint8_t room[CONFIG_DHCP6_DUID_MAX];
	struct writer duid = writer_over(room, sizeof(room));

	write_duid(&duid, &c->profile);
	if (reply->xid != c->xid || !bytes_equal(reply->client, writer_done(&duid)) ||
	    reply->lease.server_size == 0)
		return false;
	/* Only the server that was asked may answer. */
	return !(c->state->carries & CARRIES_SERVER) ||
	       bytes_equal(bytes_of(from->server, from->server_size),
			   bytes_of(reply->lease.server, reply->lease.server_size));
}

enum dhcp6_event dhcp6_input(struct dhcp6 *c, struct bytes packet, uint64_t now_ms)
{
	struct dhcp6_reply reply;
	struct error why;

	if (!c->state->sends || c->tries == 0)
		return DHCP6_NOTHING;
	if (!dhcp6_lease_read(&reply, packet, iaid(c), &why)) {
		log_debug("dhcp6", "%s", why.text);
		return DHCP6_NOTHING;
	}
	if (!is_for_us(c, &reply))
		return DHCP6_NOTHING;
	if (reply.sol_max_s)
		c->sol_max_s = reply.sol_max_s;
	if (reply.inf_max_s)
		c->inf_max_s = reply.inf_max_s;
	if (reply.status)
		log_info("dhcp6", "%s: the server says %u, \"%s\"", c->state->name,
			 reply.status, TEXT_QUOTED(reply.status_text));
	if (reply.redirects > 1 && reply.type == MESSAGE_REPLY)
		log_warn("dhcp6", "DHCP-7: option 136 comes %u times: only the first counts",
			 reply.redirects);
	if (reply.type == MESSAGE_REPLY)
		return take_reply(c, &reply, now_ms);
	return c->state == &soliciting ? take_advertise(c, &reply, now_ms) : DHCP6_NOTHING;
}

enum dhcp6_event dhcp6_silence(struct dhcp6 *c, uint64_t now_ms)
{
	const struct dhcp6_state *s = c->state;

	if (now_ms < c->deadline_ms || s == &idle)
		return DHCP6_NOTHING;
	/* By the clock, not one by one: we may come late. */
	if (dhcp6_has_lease(c) && now_ms >= after(c, c->lease.valid_s))
		return lose(c, &soliciting, now_ms);
	if ((s == &bound || s == &renewing) && now_ms >= after(c, c->lease.rebind_s))
		return enter(c, &rebinding, now_ms);
	if (s == &bound && now_ms >= state_end(c))
		return enter(c, &renewing, now_ms);
	if (s == &informed && now_ms >= state_end(c))
		return enter(c, c->stateful ? &soliciting : &informing, now_ms);
	if (s == &soliciting && c->has_offer)
		return enter(c, &requesting, now_ms);
	if (s == &soliciting && c->bare)
		return enter(c, &informing, now_ms);
	if (s == &informing && c->stateful && c->tries >= INFORMING_TRIES)
		return enter(c, &soliciting, now_ms);
	if (s->ends_s && now_ms >= state_end(c))
		return enter(c, s->gives_up_to, now_ms);
	if (s->tries_max && c->tries >= s->tries_max)
		return dhcp6_has_lease(c) ? lose(c, s->gives_up_to, now_ms)
					  : enter(c, s->gives_up_to, now_ms);
	c->tries += s->sends != 0;
	return set_deadline(c, now_ms);
}

/* ---- what goes ---- */

/* OPT6-1; the last two only where information alone is asked for */
static const uint8_t wanted[] = { 136, 23, 24, 56, 59, 17, 82, 83, 32 };
#define WANTED_WITH_ADDRESSES (sizeof(wanted) - 2)

/* Begin an option; its length is filled in by end(). */
static size_t begin(struct writer *w, uint16_t code)
{
	writer_be16(w, code);
	writer_be16(w, 0);
	return w->used;
}

static void end(struct writer *w, size_t begun)
{
	size_t size = w->used - begun;

	if (w->bad)
		return;
	w->start[begun - 2] = (uint8_t)(size >> 8);
	w->start[begun - 1] = (uint8_t)size;
}

/* Options 15 and 16: items with two bytes of length each (RFC 8415 §21.15, §21.16). */
static void classes(struct writer *w, uint16_t code, const char *const *items,
		    uint32_t enterprise)
{
	size_t at;

	if (!items[0])
		return;
	at = begin(w, code);
	if (code == 16)
		writer_be32(w, enterprise);
	for (size_t i = 0; i < CONFIG_DHCP6_CLASSES_MAX && items[i]; i++) {
		struct bytes item = text_of(items[i], 255);

		writer_be16(w, (uint16_t)item.size);
		writer_bytes(w, item);
	}
	end(w, at);
}

static void identity_association(struct writer *w, const struct dhcp6 *c,
				 const struct dhcp6_lease *of)
{
	size_t at = begin(w, 3);

	writer_be32(w, iaid(c));
	writer_be64(w, 0); /* T1, T2: the server's choice */
	for (size_t i = 0; i < of->address_count && c->state->carries & CARRIES_ADDRESSES;
	     i++) {
		writer_be32(w, 5 << 16 | 24);
		writer_bytes(w, bytes_of(of->addresses[i].address.bytes, 16));
		writer_be64(w, 0); /* lifetimes, likewise */
	}
	end(w, at);
}

bool dhcp6_packet(struct dhcp6 *c, struct writer *w, uint64_t now_ms)
{
	const struct dhcp6_state *s = c->state;
	const struct dhcp6_lease *of = s == &requesting ? &c->offer : &c->lease;
	uint64_t hundredths = (now_ms - c->begun_ms) / 10;
	size_t at;

	if (!s->sends || c->tries == 0)
		return false;
	writer_be32(w, (uint32_t)s->sends << 24 | c->xid);
	at = begin(w, 1);
	write_duid(w, &c->profile);
	end(w, at);
	if (s->carries & CARRIES_SERVER) {
		at = begin(w, 2);
		writer_bytes(w, bytes_of(of->server, of->server_size));
		end(w, at);
	}
	writer_be32(w, 8 << 16 | 2);
	writer_be16(w, hundredths > 0xffff ? 0xffff : (uint16_t)hundredths);
	if (s->carries & CARRIES_IA)
		identity_association(w, c, of);
	if (s == &soliciting && c->profile.rapid_commit)
		writer_be32(w, 14 << 16);
	if (s->carries & CARRIES_WISHES) {
		at = begin(w, 6);
		for (size_t i = 0;
		     i < (s == &informing ? sizeof(wanted) : WANTED_WITH_ADDRESSES); i++)
			writer_be16(w, wanted[i]);
		end(w, at);
		classes(w, 15, c->profile.user_class, 0);
		classes(w, 16, c->profile.vendor_class, c->profile.enterprise);
	}
	return writer_ok(w);
}

bool dhcp6_has_lease(const struct dhcp6 *c)
{
	return c->has_information && c->lease.address_count;
}

const char *dhcp6_state_name(const struct dhcp6 *c)
{
	return c->state->name;
}

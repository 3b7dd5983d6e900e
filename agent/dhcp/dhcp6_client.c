/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp6_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "platform/entropy.h"
#include "platform/icmp6.h"

/*
 * Two things run side by side.  Routers are solicited until one answers (RFC 4861 §6.3.7,
 * RFC 7559), and what they say starts the engine; the engine then lives by itself.  Both
 * end in tell(), which puts together what is known.
 *
 * A knowing difference: the second solicitation comes after one second, not four, because
 * the first one is often lost while the other end of the cable wakes up.
 */

#define PORT_CLIENT	  546
#define PORT_SERVER	  547
#define PACKETS_A_TURN	  16 /* then others get theirs */
#define SOLICIT_WAIT_MS	  1000
#define SOLICIT_MAX_MS	  3600000
#define SOLICIT_FAILED_MS 250 /* the kernel let it not go: our address is being checked */

static void fresh_random(struct dhcp6_client *c)
{
	struct error why;

	/* Without random numbers the network is not used at all (RND-2): start() saw to it.
	 */
	if (!entropy_fill(&c->engine.random, sizeof(c->engine.random), &why))
		log_warn("dhcp6", "%s: %s", c->link, why.text);
}

static void close_fd(struct dhcp6_client *c, struct loop_fd *f)
{
	if (f->fd < 0)
		return;
	loop_fd_remove(c->loop, f);
	close(f->fd);
	f->fd = -1;
}

static void send_packet(struct dhcp6_client *c)
{
	static const struct address servers = { ADDRESS_IPV6,
						{ 0xff, 2, [13] = 1, [15] = 2 },
						0 };
	uint8_t room[4096];
	struct writer w = writer_over(room, sizeof(room));
	struct address group = servers;
	struct sockaddr_in6 to;

	if (!dhcp6_packet(&c->engine, &w, loop_now_ms()))
		return;
	log_debug("dhcp6", "%s: %s: sends", c->link, dhcp6_state_name(&c->engine));
	group.link = (uint32_t)c->index;
	size_t size = address_to_socket(&group, PORT_SERVER, &to);
	if (c->packets.fd >= 0 && sendto(c->packets.fd, room, w.used, MSG_NOSIGNAL,
					 (struct sockaddr *)&to, (socklen_t)size) < 0)
		log_info("dhcp6", "%s: sending: %s", c->link, strerror(errno));
}

static void sooner(uint64_t *deadline_ms, uint64_t other_ms)
{
	if (other_ms && other_ms < *deadline_ms)
		*deadline_ms = other_ms;
}

static void arm(struct dhcp6_client *c, struct loop_timer *t, uint64_t deadline_ms)
{
	if (deadline_ms == UINT64_MAX)
		loop_timer_cancel(c->loop, t);
	else
		loop_timer_set(c->loop, t, deadline_ms);
}

static void set_timers(struct dhcp6_client *c)
{
	uint64_t next = UINT64_MAX;

	sooner(&next, c->solicit_ms);
	sooner(&next, c->anyway_ms);
	sooner(&next, c->tell_ms);
	for (size_t i = 0; i < c->routed.dns_count; i++)
		sooner(&next, c->dns_until_ms[i]);
	for (size_t i = 0; i < c->routed.domain_count; i++)
		sooner(&next, c->domains_until_ms[i]);
	arm(c, &c->router_timer, next);
	arm(c, &c->timer, c->engine.deadline_ms);
}

/* ---- what is known now ---- */

static void add_link(struct dhcp6_client *c, struct address *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (address_is_link_local(&at[i]))
			at[i].link = (uint32_t)c->index;
}

/* OPT6-9 */
static void combine(struct dhcp6_client *c, struct dhcp6_lease *to)
{
	const struct router_advertisement *ra = &c->routed;

	if (c->engine.has_information)
		*to = c->engine.lease;
	else
		memset(to, 0, sizeof(*to));
	if (to->dns_count == 0) {
		memcpy(to->dns, ra->dns, sizeof(to->dns));
		to->dns_count = ra->dns_count;
	}
	if (to->domain_count == 0) {
		memcpy(to->domains, ra->domains, sizeof(to->domains));
		to->domain_count = ra->domain_count;
	}
	add_link(c, to->dns, to->dns_count);
	add_link(c, to->ntp, to->ntp_count);
}

static void log_known(struct dhcp6_client *c, enum log_level level, const char *what)
{
	const struct dhcp6_lease *l = &c->known;
	const struct dhcp6_address *a = &l->addresses[0];

	log_event("lease", level, "dhcp6", "%s: %s: %s from %s for %u s%s", c->link, what,
		  l->address_count ? ADDRESS_TEXT(&a->address) : "information",
		  l->server_size ? "a server" : "routers",
		  l->address_count ? l->valid_s : l->refresh_s,
		  l->has_redirect ? ", with option 136" : "");
}

static void tell(struct dhcp6_client *c)
{
	struct dhcp6_lease now;

	c->tell_ms = 0;
	combine(c, &now);
	if (c->told && dhcp6_lease_equal(&now, &c->known))
		return;
	c->known = now;
	log_known(c, LOG_LEVEL_NOTICE, c->told ? "changed" : "bound");
	c->told = true;
	c->on_lease(c->context, &c->known);
}

static void lost(struct dhcp6_client *c)
{
	if (!c->told)
		return;
	c->told = false;
	log_event("lease", LOG_LEVEL_NOTICE, "dhcp6", "%s: lost", c->link);
	if (c->on_lost)
		c->on_lost(c->context);
}

/* ---- the engine ---- */

static void handle(struct dhcp6_client *c, enum dhcp6_event event)
{
	switch (event) {
	case DHCP6_NOTHING:
		break;
	case DHCP6_SEND:
		send_packet(c);
		break;
	case DHCP6_BOUND:
	case DHCP6_CHANGED:
		tell(c);
		break;
	case DHCP6_RENEWED:
		combine(c, &c->known);
		log_known(c, LOG_LEVEL_INFO, "renewed");
		if (c->on_renewed)
			c->on_renewed(c->context, &c->known);
		break;
	case DHCP6_LOST:
		lost(c);
		if (c->running && c->has_router)
			tell(c);
		if (c->running)
			send_packet(c);
		break;
	}
	if (c->running)
		set_timers(c);
}

static void begin(struct dhcp6_client *c, bool stateful)
{
	c->anyway_ms = 0;
	if (c->begun && (c->engine.stateful || !stateful))
		return;
	c->begun = true;
	log_info("dhcp6", "%s: asks DHCPv6 for %s", c->link,
		 stateful ? "addresses and information" : "information");
	handle(c, dhcp6_begin(&c->engine, stateful, loop_now_ms()));
}

static void packet_came(void *context, unsigned events)
{
	struct dhcp6_client *c = context;
	uint8_t room[CONFIG_DHCP6_PACKET_MAX];

	(void)events;
	for (int i = 0; i < PACKETS_A_TURN && c->running && c->packets.fd >= 0; i++) {
		ssize_t n = recv(c->packets.fd, room, sizeof(room), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0)
			break;
		if ((size_t)n > sizeof(room))
			continue; /* larger than anything we would use */
		fresh_random(c);
		handle(c, dhcp6_input(&c->engine, bytes_of(room, (size_t)n), loop_now_ms()));
	}
}

static void timer_expired(void *context)
{
	struct dhcp6_client *c = context;

	fresh_random(c);
	handle(c, dhcp6_silence(&c->engine, loop_now_ms()));
}

/* UDP at our link-local address. */
static void open_packets(struct dhcp6_client *c)
{
	struct sockaddr_in6 at;
	size_t size = address_to_socket(&c->own, PORT_CLIENT, &at);
	int one = 1, fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->link, sizeof(c->link)) != 0 ||
	    bind(fd, (struct sockaddr *)&at, (socklen_t)size) != 0) {
		log_warn("dhcp6", "%s: no DHCPv6: %s", c->link, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	c->packets = (struct loop_fd){ fd, LOOP_READ, packet_came, c, NULL, false };
	loop_fd_add(c->loop, &c->packets);
}

/* ---- routers ---- */

static uint64_t until(uint32_t lifetime_s, uint64_t now_ms)
{
	return lifetime_s == UINT32_MAX ? UINT64_MAX : now_ms + lifetime_s * 1000ull;
}

/* Take in one advertisement; those of all routers count together (RFC 4861 §6.3.4). */
static void merge(struct dhcp6_client *c, const struct router_advertisement *ra, uint64_t now)
{
	struct router_advertisement *all = &c->routed;
	size_t at;

	all->managed |= ra->managed;
	all->other |= ra->other;
	for (size_t i = 0; i < ra->dns_count; i++) {
		for (at = 0; at < all->dns_count; at++)
			if (address_equal(&all->dns[at], &ra->dns[i]))
				break;
		if (at == CONFIG_DHCP6_SERVERS_MAX)
			continue;
		all->dns[at] = ra->dns[i];
		c->dns_until_ms[at] = until(ra->dns_s[i], now);
		all->dns_count += at == all->dns_count;
	}
	for (size_t i = 0; i < ra->domain_count; i++) {
		for (at = 0; at < all->domain_count; at++)
			if (strcmp(all->domains[at], ra->domains[i]) == 0)
				break;
		if (at == CONFIG_DHCP6_DOMAINS_MAX)
			continue;
		strcpy(all->domains[at], ra->domains[i]);
		c->domains_until_ms[at] = until(ra->domains_s[i], now);
		all->domain_count += at == all->domain_count;
	}
}

/* Drop what has expired or was taken back. */
static void expire(struct dhcp6_client *c, uint64_t now)
{
	struct router_advertisement *all = &c->routed;
	size_t kept = 0;

	for (size_t i = 0; i < all->dns_count; i++) {
		if (c->dns_until_ms[i] <= now)
			continue;
		c->dns_until_ms[kept] = c->dns_until_ms[i];
		all->dns[kept++] = all->dns[i];
	}
	all->dns_count = kept;
	kept = 0;
	for (size_t i = 0; i < all->domain_count; i++) {
		if (c->domains_until_ms[i] <= now)
			continue;
		c->domains_until_ms[kept] = c->domains_until_ms[i];
		if (kept != i)
			strcpy(all->domains[kept], all->domains[i]);
		kept++;
	}
	all->domain_count = kept;
}

static void advertised(struct dhcp6_client *c, const struct router_advertisement *ra)
{
	uint64_t now = loop_now_ms();
	bool dhcp = c->routed.managed || c->routed.other || ra->managed || ra->other;

	if (!c->has_router)
		log_info("dhcp6", "%s: a router%s%s", c->link,
			 ra->managed ? ", addresses by DHCPv6" : "",
			 ra->other ? ", information by DHCPv6" : "");
	c->has_router = true;
	c->solicit_ms = 0;
	merge(c, ra, now);
	expire(c, now);
	if (dhcp)
		begin(c, c->routed.managed);
	if (!c->running)
		return;
	if (c->told || !dhcp)
		tell(c);
	else if (!c->tell_ms)
		c->tell_ms = now + CONFIG_DHCP6_GRACE_MS;
	if (c->running)
		set_timers(c);
}

static void router_came(void *context, unsigned events)
{
	struct dhcp6_client *c = context;
	struct router_advertisement ra;
	uint8_t room[2048];
	struct bytes message;
	struct address from;
	struct error why;
	unsigned hops;

	(void)events;
	for (int i = 0; i < PACKETS_A_TURN && c->running; i++) {
		if (!icmp6_receive(c->routers.fd, room, sizeof(room), &message, &from, &hops))
			break;
		if (!c->carrier)
			continue;
		fresh_random(c);
		if (router_advertisement_read(&ra, message, &from, hops, &why))
			advertised(c, &ra);
		else
			log_debug("dhcp6", "%s: %s", c->link, why.text);
	}
}

static void solicit(struct dhcp6_client *c, uint64_t now)
{
	struct error why;
	uint64_t wait = c->solicit_wait_ms;

	if (!icmp6_solicit(c->routers.fd, c->index, &why)) {
		log_debug("dhcp6", "%s: %s", c->link, why.text);
		c->solicit_ms = now + SOLICIT_FAILED_MS;
		return;
	}
	c->solicit_ms = now + wait + wait * (c->engine.random % 101) / 1000;
	c->solicit_wait_ms = (uint32_t)(wait * 2 < SOLICIT_MAX_MS ? wait * 2
								  : SOLICIT_MAX_MS);
}

static void router_timer_expired(void *context)
{
	struct dhcp6_client *c = context;
	uint64_t now = loop_now_ms();

	fresh_random(c);
	expire(c, now);
	if (c->solicit_ms && now >= c->solicit_ms)
		solicit(c, now);
	if (c->anyway_ms && now >= c->anyway_ms)
		begin(c, true);
	if (c->running && (c->told || (c->tell_ms && now >= c->tell_ms)))
		tell(c);
	if (c->running)
		set_timers(c);
}

/* There are a carrier and an address to send from. */
static void ready(struct dhcp6_client *c)
{
	uint64_t now = loop_now_ms();

	if (!c->has_router) {
		c->solicit_wait_ms = SOLICIT_WAIT_MS;
		solicit(c, now);
	}
	if (!c->begun && !c->anyway_ms)
		c->anyway_ms = now + CONFIG_DHCP6_NO_ROUTER_MS;
	set_timers(c);
}

static void address_changed(void *context, const struct address *a,
			    enum address_watch_state state)
{
	struct dhcp6_client *c = context;
	bool ours = address_equal(a, &c->own);

	if (state == ADDRESS_WATCH_DUPLICATE)
		log_warn("dhcp6", "%s: another host has %s", c->link, ADDRESS_TEXT(a));
	if (address_is_link_local(a)) {
		if (state == ADDRESS_WATCH_USABLE && c->own.family == ADDRESS_NONE) {
			fresh_random(c);
			c->own = *a;
			open_packets(c);
			if (c->carrier)
				ready(c);
		} else if (state != ADDRESS_WATCH_USABLE && ours) {
			close_fd(c, &c->packets);
			c->own.family = ADDRESS_NONE;
		}
		return;
	}
	for (size_t i = 0; i < c->engine.lease.address_count; i++)
		if (state == ADDRESS_WATCH_DUPLICATE &&
		    address_equal(a, &c->engine.lease.addresses[i].address)) {
			fresh_random(c);
			handle(c, dhcp6_decline(&c->engine, loop_now_ms()));
			return;
		}
}

/* ---- from outside ---- */

bool dhcp6_client_start(struct dhcp6_client *c, struct loop *l, const struct link *link,
			const struct dhcp6_profile *profile, struct error *e)
{
	/* From here on all is ours. */
	memset(&c->loop, 0, sizeof(*c) - offsetof(struct dhcp6_client, loop));
	c->loop = l;
	c->index = link->index;
	memcpy(c->link, link->name, sizeof(c->link));
	c->timer = (struct loop_timer){ .expired = timer_expired, .context = c };
	c->router_timer = (struct loop_timer){ .expired = router_timer_expired,
					       .context = c };
	c->packets.fd = -1;
	c->addresses.changed = address_changed;
	c->addresses.context = c;
	dhcp6_start(&c->engine, profile);
	if (!entropy_fill(&c->engine.random, sizeof(c->engine.random), e))
		return error_wrap(e, "%s", c->link);
	icmp6_enable(c->link);
	c->routers = (struct loop_fd){
		icmp6_open(c->link, e), LOOP_READ, router_came, c, NULL, false
	};
	if (c->routers.fd < 0)
		return error_wrap(e, "%s", c->link);
	loop_fd_add(l, &c->routers);
	if (!address_watch_start(&c->addresses, l, c->index, e)) {
		close_fd(c, &c->routers);
		return error_wrap(e, "%s", c->link);
	}
	c->running = true;
	dhcp6_client_carrier(c, link->has_carrier);
	return true;
}

static void carrier_is_gone(struct dhcp6_client *c)
{
	c->carrier = c->begun = c->has_router = false;
	c->solicit_ms = c->anyway_ms = c->tell_ms = 0;
	memset(&c->routed, 0, sizeof(c->routed));
	dhcp6_no_carrier(&c->engine);
	set_timers(c);
}

void dhcp6_client_carrier(struct dhcp6_client *c, bool carrier)
{
	bool had = c->carrier;

	if (!c->running)
		return;
	fresh_random(c);
	if (!carrier) {
		carrier_is_gone(c);
		return;
	}
	c->carrier = true;
	/* Information was that of the network which the cable led to then. */
	if (!had && !dhcp6_has_lease(&c->engine))
		lost(c);
	if (!c->running || c->own.family == ADDRESS_NONE)
		return;
	ready(c);
	if (c->begun)
		handle(c, dhcp6_begin(&c->engine, c->engine.stateful, loop_now_ms()));
}

void dhcp6_client_stop(struct dhcp6_client *c)
{
	if (!c->running)
		return;
	if (c->release && dhcp6_release(&c->engine, loop_now_ms()) == DHCP6_SEND)
		send_packet(c);
	c->running = false;
	loop_timer_cancel(c->loop, &c->timer);
	loop_timer_cancel(c->loop, &c->router_timer);
	close_fd(c, &c->packets);
	close_fd(c, &c->routers);
	address_watch_stop(&c->addresses);
}

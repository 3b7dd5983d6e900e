/* SPDX-License-Identifier: MIT */
#include "dhcp/dhcp4_client.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "platform/address.h"
#include "platform/entropy.h"
#include "platform/packet.h"

#define PORT_SERVER    67
#define PORT_CLIENT    68
#define PACKETS_A_TURN 16 /* then others get theirs */

static void fresh_random(struct dhcp4_client *c)
{
	struct error why;

	/* Without random numbers the network is not used at all (RND-2): start() saw to it.
	 */
	if (!entropy_fill(&c->engine.random, sizeof(c->engine.random), &why))
		log_warn("dhcp4", "%s: %s", c->link, why.text);
}

static void close_unicast(struct dhcp4_client *c)
{
	if (c->unicast < 0)
		return;
	loop_fd_remove(c->loop, &c->drain);
	close(c->unicast);
	c->unicast = -1;
}

static void close_arp(struct dhcp4_client *c)
{
	if (c->arp.fd < 0)
		return;
	loop_fd_remove(c->loop, &c->arp);
	close(c->arp.fd);
	c->arp.fd = -1;
}

/* Answers to it are read by the packet socket; here they only must not pile up. */
static void drain(void *context, unsigned events)
{
	struct dhcp4_client *c = context;
	uint8_t byte;

	(void)events;
	while (recv(c->unicast, &byte, 1, MSG_DONTWAIT) >= 0)
		;
}

/*
 * The port is ours while we have a lease: the server's unicast answers would else be
 * refused by the kernel with an ICMP message.
 */
static void open_unicast(struct dhcp4_client *c)
{
	struct address own = address_ipv4(c->engine.lease.address);
	struct sockaddr_storage at;
	size_t size = address_to_socket(&own, PORT_CLIENT, &at);
	int one = 1;

	close_unicast(c);
	c->unicast = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->unicast < 0)
		return;
	c->drain = (struct loop_fd){ c->unicast, LOOP_READ, drain, c, NULL, false };
	loop_fd_add(c->loop, &c->drain);
	if (setsockopt(c->unicast, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    setsockopt(c->unicast, SOL_SOCKET, SO_BINDTODEVICE, c->link, sizeof(c->link)) !=
		    0 ||
	    bind(c->unicast, (struct sockaddr *)&at, (socklen_t)size) != 0) {
		log_warn("dhcp4", "%s: renewals will be broadcast: %s", c->link,
			 strerror(errno));
		close_unicast(c);
	}
}

static bool send_to(struct dhcp4_client *c, uint32_t server, struct bytes packet)
{
	struct address a = address_ipv4(server);
	struct sockaddr_storage to;
	size_t size = address_to_socket(&a, PORT_SERVER, &to);

	return c->unicast >= 0 && sendto(c->unicast, packet.at, packet.size, MSG_NOSIGNAL,
					 (struct sockaddr *)&to, (socklen_t)size) >= 0;
}

static void send_packet(struct dhcp4_client *c)
{
	uint8_t room[1472];
	struct writer w = writer_over(room, sizeof(room));
	struct error why;
	uint32_t to;

	if (!dhcp4_packet(&c->engine, &w, &to, loop_now_ms()))
		return;
	/* The rule: from the second time on, it is what this source waits for. */
	if (c->engine.tries > 1)
		log_info("dhcp4", "%s: OPT4-12: nobody has answered; %s, packet %u", c->link,
			 dhcp4_state_name(&c->engine), c->engine.tries);
	else
		log_debug("dhcp4", "%s: %s: sends", c->link, dhcp4_state_name(&c->engine));
	if (to && send_to(c, to, writer_done(&w)))
		return;
	if (!packet_broadcast(c->packets.fd, c->index, PORT_CLIENT, PORT_SERVER,
			      writer_done(&w), &why))
		log_info("dhcp4", "%s: %s", c->link, why.text);
}

static void set_timer(struct dhcp4_client *c)
{
	if (c->engine.deadline_ms == UINT64_MAX)
		loop_timer_cancel(c->loop, &c->timer);
	else
		loop_timer_set(c->loop, &c->timer, c->engine.deadline_ms);
}

static void tell_lease(struct dhcp4_client *c, enum log_level level, const char *what)
{
	const struct dhcp4_lease *lease = &c->engine.lease;
	struct address address = address_ipv4(lease->address),
		       server = address_ipv4(lease->server);

	log_event("lease", level, "dhcp4", "%s: %s: %s/%u from %s for %u s", c->link, what,
		  ADDRESS_TEXT(&address), lease->prefix, ADDRESS_TEXT(&server),
		  lease->lease_s);
}

static void handle(struct dhcp4_client *c, enum dhcp4_event event);

static void arp_came(void *context, unsigned events)
{
	struct dhcp4_client *c = context;
	uint8_t owner[6];
	bool more = true;

	(void)events;
	for (int i = 0; i < PACKETS_A_TURN && more && c->arp.fd >= 0; i++) {
		struct address address = address_ipv4(c->engine.lease.address);

		if (!packet_arp_receive(c->arp.fd, c->engine.profile.mac,
					c->engine.lease.address, owner, &more))
			continue;
		log_warn("dhcp4",
			 "%s: OPT4-14: %s belongs to %02x:%02x:%02x:%02x:%02x:%02x; declined",
			 c->link, ADDRESS_TEXT(&address), owner[0], owner[1], owner[2],
			 owner[3], owner[4], owner[5]);
		fresh_random(c);
		handle(c, dhcp4_conflict(&c->engine, loop_now_ms()));
	}
}

/* Where it cannot be done, silence is as good: the address is used. */
static void probe(struct dhcp4_client *c)
{
	struct error why;

	if (c->arp.fd < 0) {
		c->arp.fd = packet_arp_open(c->index, &why);
		if (c->arp.fd >= 0)
			loop_fd_add(c->loop, &c->arp);
	}
	if (c->arp.fd < 0 ||
	    !packet_arp_probe(c->arp.fd, c->index, c->engine.profile.mac,
			      c->engine.lease.address, &why))
		log_info("dhcp4", "%s: probing the address: %s", c->link, why.text);
}

static void handle(struct dhcp4_client *c, enum dhcp4_event event)
{
	if (event != DHCP4_NOTHING && event != DHCP4_PROBE)
		close_arp(c);
	switch (event) {
	case DHCP4_NOTHING:
		break;
	case DHCP4_SEND:
		send_packet(c);
		break;
	case DHCP4_PROBE:
		probe(c);
		break;
	case DHCP4_BOUND:
	case DHCP4_CHANGED:
		tell_lease(c, LOG_LEVEL_NOTICE, event == DHCP4_BOUND ? "bound" : "changed");
		c->on_lease(c->context, &c->engine.lease);
		if (c->running)
			open_unicast(c);
		break;
	case DHCP4_RENEWED:
		tell_lease(c, LOG_LEVEL_INFO, "renewed");
		if (c->on_renewed)
			c->on_renewed(c->context, &c->engine.lease);
		break;
	case DHCP4_LOST:
		log_event("lease", LOG_LEVEL_NOTICE, "dhcp4", "%s: lost", c->link);
		close_unicast(c);
		if (c->on_lost)
			c->on_lost(c->context);
		if (c->running)
			send_packet(c);
		break;
	}
	if (c->running)
		set_timer(c);
}

static void packet_came(void *context, unsigned events)
{
	struct dhcp4_client *c = context;
	uint8_t room[CONFIG_DHCP4_PACKET_MAX];
	struct bytes payload;
	bool more = true;

	(void)events;
	for (int i = 0; i < PACKETS_A_TURN && more && c->running; i++) {
		if (!packet_receive(c->packets.fd, PORT_CLIENT, room, sizeof(room), &payload,
				    &more))
			continue;
		fresh_random(c);
		handle(c, dhcp4_input(&c->engine, payload, loop_now_ms()));
	}
}

static void timer_expired(void *context)
{
	struct dhcp4_client *c = context;

	fresh_random(c);
	handle(c, dhcp4_silence(&c->engine, loop_now_ms()));
}

bool dhcp4_client_start(struct dhcp4_client *c, struct loop *l, const struct link *link,
			const struct dhcp4_profile *profile, struct error *e)
{
	c->loop = l;
	c->index = link->index;
	memcpy(c->link, link->name, sizeof(c->link));
	c->unicast = -1;
	c->timer = (struct loop_timer){ .expired = timer_expired, .context = c };
	c->packets = (struct loop_fd){ -1, LOOP_READ, packet_came, c, NULL, false };
	c->arp = (struct loop_fd){ -1, LOOP_READ, arp_came, c, NULL, false };
	dhcp4_start(&c->engine, profile);
	c->engine.profile.name = c->link;
	memcpy(c->engine.profile.mac, link->mac, sizeof(link->mac));
	if (!entropy_fill(&c->engine.random, sizeof(c->engine.random), e))
		return false;
	c->packets.fd = packet_open(c->index, PORT_CLIENT, e);
	if (c->packets.fd < 0)
		return false;
	loop_fd_add(l, &c->packets);
	c->running = true;
	dhcp4_client_carrier(c, link->has_carrier);
	return true;
}

void dhcp4_client_carrier(struct dhcp4_client *c, bool carrier)
{
	if (!c->running)
		return;
	fresh_random(c);
	if (carrier) {
		handle(c, dhcp4_carrier(&c->engine, loop_now_ms()));
	} else {
		dhcp4_no_carrier(&c->engine);
		close_arp(c);
		set_timer(c);
	}
}

void dhcp4_client_release(struct dhcp4_client *c)
{
	if (!c->running)
		return;
	if (dhcp4_release(&c->engine, loop_now_ms()) == DHCP4_SEND) {
		log_event("lease", LOG_LEVEL_NOTICE, "dhcp4", "%s: given back", c->link);
		send_packet(c);
	}
	set_timer(c);
}

void dhcp4_client_stop(struct dhcp4_client *c)
{
	if (!c->running)
		return;
	c->running = false;
	close_arp(c);
	close_unicast(c);
	loop_timer_cancel(c->loop, &c->timer);
	loop_fd_remove(c->loop, &c->packets);
	close(c->packets.fd);
	c->packets.fd = -1;
}

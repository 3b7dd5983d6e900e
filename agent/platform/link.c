/* SPDX-License-Identifier: MIT */
#include "platform/link.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"

/*
 * rtnetlink(7).  The watch has a socket of its own that gets the kernel's events; each
 * command opens another, sends one request and reads the one answer.
 */

/* Of linux/if.h, which does not go together with net/if.h. */
#define LOWER_UP (1 << 16)
#define DORMANT	 (1 << 17)

/* A request under construction: header, family header, attributes. */
struct message {
	union {
		struct nlmsghdr head;
		uint8_t room[512];
	};
};

static void *begin(struct message *m, uint16_t type, uint16_t flags, size_t body_size)
{
	memset(m, 0, sizeof(*m));
	m->head.nlmsg_type = type;
	m->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	m->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(body_size);
	return NLMSG_DATA(&m->head);
}

static void attribute(struct message *m, uint16_t type, const void *data, size_t size)
{
	struct rtattr *a = (void *)(m->room + NLMSG_ALIGN(m->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
	m->head.nlmsg_len =
		(uint32_t)(NLMSG_ALIGN(m->head.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

static size_t address_size(const struct address *a)
{
	return a->family == ADDRESS_IPV6 ? 16 : 4;
}

static uint8_t address_family(const struct address *a)
{
	return a->family == ADDRESS_IPV6 ? AF_INET6 : AF_INET;
}

static void address_attribute(struct message *m, uint16_t type, const struct address *a)
{
	attribute(m, type, a->bytes, address_size(a));
}

static int open_socket(uint32_t groups, struct error *e)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = groups };
	struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0) {
		error_errno(e, ERROR_MACHINE, NULL, "rtnetlink");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* Send, and read the acknowledgement: 0, or the kernel's errno. */
static int transact(int fd, struct message *m)
{
	uint8_t room[4096];

	m->head.nlmsg_flags |= NLM_F_ACK;
	if (send(fd, m, m->head.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		ssize_t n = recv(fd, room, sizeof(room), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		unsigned left = (unsigned)n;
		for (struct nlmsghdr *h = (void *)room; NLMSG_OK(h, left);
		     h = NLMSG_NEXT(h, left))
			if (h->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(h))->error;
	}
}

/* @forgiven: an errno that is as good as success; 0: none. */
static bool request(struct message *m, int forgiven, const char *what, struct error *e)
{
	int fd = open_socket(0, e);

	if (fd < 0)
		return false;
	int reason = transact(fd, m);
	close(fd);
	if (reason == 0 || reason == forgiven)
		return true;
	errno = reason;
	return error_errno(e, ERROR_MACHINE, NULL, "%s", what);
}

bool link_bring_up(int index, struct error *e)
{
	struct message m;
	struct ifinfomsg *i = begin(&m, RTM_NEWLINK, 0, sizeof(*i));

	i->ifi_index = index;
	i->ifi_flags = i->ifi_change = IFF_UP;
	return request(&m, 0, "bringing a link up", e);
}

static void address_message(struct message *m, uint16_t type, uint16_t flags, int index,
			    const struct address *a, uint8_t prefix)
{
	struct ifaddrmsg *i = begin(m, type, flags, sizeof(*i));

	i->ifa_family = address_family(a);
	i->ifa_prefixlen = prefix;
	i->ifa_index = (uint32_t)index;
	address_attribute(m, IFA_LOCAL, a);
	address_attribute(m, IFA_ADDRESS, a);
}

bool link_address_add(int index, const struct address *a, uint8_t prefix, uint32_t lifetime_s,
		      uint32_t metric, struct error *e)
{
	struct message m;
	struct ifa_cacheinfo life = { .ifa_prefered = lifetime_s, .ifa_valid = lifetime_s };

	address_message(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, a, prefix);
	if (a->family == ADDRESS_IPV4 && prefix < 31) {
		struct address all = address_ipv4(address_to_ipv4(a) |
						  (uint32_t)(0xffffffffULL >> prefix));
		address_attribute(&m, IFA_BROADCAST, &all);
	}
	attribute(&m, IFA_CACHEINFO, &life, sizeof(life));
	attribute(&m, IFA_RT_PRIORITY, &metric, sizeof(metric));
	return request(&m, 0, "adding an address", e);
}

bool link_address_remove(int index, const struct address *a, uint8_t prefix, struct error *e)
{
	struct message m;

	address_message(&m, RTM_DELADDR, 0, index, a, prefix);
	return request(&m, EADDRNOTAVAIL, "removing an address", e);
}

static void route_message(struct message *m, uint16_t type, uint16_t flags, int index,
			  const struct link_route *r)
{
	struct rtmsg *i = begin(m, type, flags, sizeof(*i));
	uint32_t out = (uint32_t)index;
	bool has_gateway = r->gateway.family != ADDRESS_NONE;

	i->rtm_family = address_family(&r->destination);
	i->rtm_dst_len = r->prefix;
	i->rtm_table = RT_TABLE_MAIN;
	i->rtm_protocol = RTPROT_DHCP;
	i->rtm_type = RTN_UNICAST;
	i->rtm_scope = has_gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if (r->prefix)
		address_attribute(m, RTA_DST, &r->destination);
	if (has_gateway) {
		address_attribute(m, RTA_GATEWAY, &r->gateway);
		i->rtm_flags |= RTNH_F_ONLINK; /* seen with /32 leases */
	}
	if (r->source.family != ADDRESS_NONE)
		address_attribute(m, RTA_PREFSRC, &r->source);
	attribute(m, RTA_OIF, &out, sizeof(out));
	attribute(m, RTA_PRIORITY, &r->metric, sizeof(r->metric));
}

bool link_route_add(int index, const struct link_route *r, struct error *e)
{
	struct message m;

	route_message(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, index, r);
	return request(&m, 0, "adding a route", e);
}

bool link_route_remove(int index, const struct link_route *r, struct error *e)
{
	struct message m;

	route_message(&m, RTM_DELROUTE, 0, index, r);
	return request(&m, ESRCH, "removing a route", e);
}

/* ---- watching ---- */

static struct link *find(struct link_watch *w, int index)
{
	for (size_t i = 0; i < w->known_count; i++)
		if (w->known[i].index == index)
			return &w->known[i];
	return NULL;
}

static void forget(struct link_watch *w, int index)
{
	struct link *known = find(w, index);

	if (!known)
		return;
	struct link gone = *known;
	*known = w->known[--w->known_count];
	if (w->gone)
		w->gone(w->context, &gone);
}

static bool same(const struct link *a, const struct link *b)
{
	return strcmp(a->name, b->name) == 0 && memcmp(a->mac, b->mac, 6) == 0 &&
	       a->mtu == b->mtu && a->is_up == b->is_up && a->has_carrier == b->has_carrier &&
	       a->is_ready == b->is_ready;
}

static void note(struct link_watch *w, const struct link *link)
{
	struct link *known = find(w, link->index);

	if (known && strcmp(known->name, link->name) != 0) {
		forget(w, link->index); /* renamed: to others it is a new link */
		known = NULL;
	}
	if (known && same(known, link))
		return;
	if (!known && w->known_count == CONFIG_LINKS_MAX) {
		if (!w->full_told)
			log_warn("link", "%s and further links are left out: more than %d",
				 link->name, CONFIG_LINKS_MAX);
		w->full_told = true;
		return;
	}
	if (!known)
		known = &w->known[w->known_count++];
	*known = *link;
	w->changed(w->context, link);
}

/* An RTM_NEWLINK or RTM_DELLINK. */
static void read_link(struct link_watch *w, struct nlmsghdr *h)
{
	struct ifinfomsg *i = NLMSG_DATA(h);
	struct link link = { .index = i->ifi_index };
	bool is_member = false, has_mac = false;
	unsigned left = (unsigned)IFLA_PAYLOAD(h);

	for (struct rtattr *a = IFLA_RTA(i); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		size_t size = RTA_PAYLOAD(a);

		if (a->rta_type == IFLA_IFNAME)
			snprintf(link.name, sizeof(link.name), "%s",
				 (const char *)RTA_DATA(a));
		if (a->rta_type == IFLA_ADDRESS && size == 6) {
			memcpy(link.mac, RTA_DATA(a), 6);
			has_mac = true;
		}
		if (a->rta_type == IFLA_MTU && size == 4)
			memcpy(&link.mtu, RTA_DATA(a), 4);
		if (a->rta_type == IFLA_MASTER)
			is_member = true;
	}
	link.is_up = i->ifi_flags & IFF_UP;
	link.is_ready = i->ifi_flags & IFF_RUNNING;
	link.has_carrier = link.is_up && i->ifi_flags & LOWER_UP && !(i->ifi_flags & DORMANT);
	bool ours = i->ifi_type == ARPHRD_ETHER && !(i->ifi_flags & IFF_LOOPBACK) &&
		    has_mac && !is_member;
	if (h->nlmsg_type == RTM_DELLINK || !ours)
		forget(w, link.index);
	else
		note(w, &link);
}

/* Read what waits.  *@done: the end of a dump was seen. */
static bool read_messages(struct link_watch *w, int flags, bool *done)
{
	uint8_t room[32768];
	ssize_t n = recv(w->fd.fd, room, sizeof(room), flags);
	unsigned left = n > 0 ? (unsigned)n : 0;

	for (struct nlmsghdr *h = (void *)room; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
		if (h->nlmsg_type == RTM_NEWLINK || h->nlmsg_type == RTM_DELLINK)
			read_link(w, h);
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			*done = true;
	}
	return n > 0;
}

static bool dump(struct link_watch *w, struct error *e)
{
	struct message m;
	struct ifinfomsg *i = begin(&m, RTM_GETLINK, NLM_F_DUMP, sizeof(*i));
	bool done = false;

	i->ifi_family = AF_UNSPEC;
	if (send(w->fd.fd, &m, m.head.nlmsg_len, 0) < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "listing links");
	while (!done)
		if (!read_messages(w, 0, &done) && errno != EINTR)
			return error_errno(e, ERROR_MACHINE, NULL, "listing links");
	return true;
}

static void readable(void *context, unsigned events)
{
	struct link_watch *w = context;
	struct error why;
	bool done;

	(void)events;
	while (w->fd.fd >= 0 && read_messages(w, MSG_DONTWAIT, &done))
		;
	/* Events were lost: what is there now can be asked. */
	if (w->fd.fd >= 0 && errno == ENOBUFS && !dump(w, &why))
		log_warn("link", "%s", why.text);
}

bool link_watch_start(struct link_watch *w, struct loop *l, struct error *e)
{
	w->loop = l;
	w->known_count = 0;
	w->full_told = false;
	w->fd = (struct loop_fd){ .wants = LOOP_READ, .ready = readable, .context = w };
	w->fd.fd = open_socket(RTMGRP_LINK, e);
	if (w->fd.fd < 0)
		return false;
	loop_fd_add(l, &w->fd);
	if (!dump(w, e)) {
		link_watch_stop(w);
		return false;
	}
	return true;
}

void link_watch_stop(struct link_watch *w)
{
	if (!w->loop || w->fd.fd < 0)
		return;
	loop_fd_remove(w->loop, &w->fd);
	close(w->fd.fd);
	w->fd.fd = -1;
}

/* SPDX-License-Identifier: MIT */
#include "platform/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "platform/link_message.h"

/* The watch has a netlink socket of its own, which gets the kernel's events. */

/* Of linux/if.h, which does not go together with net/if.h. */
#define LOWER_UP (1 << 16)
#define DORMANT	 (1 << 17)

#define DUMPS_MAX 4 /* in a row, while links keep changing */

static size_t address_size(const struct address *a)
{
	return a->family == ADDRESS_IPV6 ? 16 : 4;
}

static uint8_t address_family(const struct address *a)
{
	return a->family == ADDRESS_IPV6 ? AF_INET6 : AF_INET;
}

static void address_attribute(struct link_message *m, uint16_t type, const struct address *a)
{
	link_message_add(m, type, a->bytes, address_size(a));
}

int link_index(const char *name)
{
	return (int)if_nametoindex(name);
}

bool link_bring_up(int index, struct error *e)
{
	struct link_message m;
	struct ifinfomsg *i = link_message_begin(&m, RTM_NEWLINK, 0, sizeof(*i));

	i->ifi_index = index;
	i->ifi_flags = i->ifi_change = IFF_UP;
	return link_message_send(&m, 0, "bringing a link up", e);
}

bool link_set_mtu(int index, uint32_t mtu, struct error *e)
{
	struct link_message m;
	struct ifinfomsg *i = link_message_begin(&m, RTM_NEWLINK, 0, sizeof(*i));

	i->ifi_index = index;
	link_message_add(&m, IFLA_MTU, &mtu, sizeof(mtu));
	return link_message_send(&m, 0, "setting the MTU", e);
}

static void address_message(struct link_message *m, uint16_t type, uint16_t flags, int index,
			    const struct address *a, uint8_t prefix)
{
	struct ifaddrmsg *i = link_message_begin(m, type, flags, sizeof(*i));

	i->ifa_family = address_family(a);
	i->ifa_prefixlen = prefix;
	i->ifa_index = (uint32_t)index;
	address_attribute(m, IFA_LOCAL, a);
	address_attribute(m, IFA_ADDRESS, a);
}

bool link_address_add(int index, const struct address *a, uint8_t prefix,
		      uint32_t preferred_s, uint32_t valid_s, uint32_t metric, bool check,
		      struct error *e)
{
	struct link_message m;
	struct ifa_cacheinfo life = { .ifa_prefered = preferred_s, .ifa_valid = valid_s };
	uint32_t flags = check ? IFA_F_OPTIMISTIC : IFA_F_NODAD;

	address_message(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, a, prefix);
	if (a->family == ADDRESS_IPV4 && prefix < 31) {
		struct address all = address_ipv4(address_to_ipv4(a) |
						  (uint32_t)(0xffffffffULL >> prefix));
		address_attribute(&m, IFA_BROADCAST, &all);
	}
	if (a->family == ADDRESS_IPV6)
		link_message_add(&m, IFA_FLAGS, &flags, sizeof(flags));
	link_message_add(&m, IFA_CACHEINFO, &life, sizeof(life));
	link_message_add(&m, IFA_RT_PRIORITY, &metric, sizeof(metric));
	return link_message_send(&m, 0, "adding an address", e);
}

bool link_address_remove(int index, const struct address *a, uint8_t prefix, struct error *e)
{
	struct link_message m;

	address_message(&m, RTM_DELADDR, 0, index, a, prefix);
	return link_message_send(&m, EADDRNOTAVAIL, "removing an address", e);
}

static void route_message(struct link_message *m, uint16_t type, uint16_t flags, int index,
			  const struct link_route *r)
{
	struct rtmsg *i = link_message_begin(m, type, flags, sizeof(*i));
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
	link_message_add(m, RTA_OIF, &out, sizeof(out));
	link_message_add(m, RTA_PRIORITY, &r->metric, sizeof(r->metric));
}

bool link_route_add(int index, const struct link_route *r, struct error *e)
{
	struct link_message m;

	route_message(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, index, r);
	return link_message_send(&m, 0, "adding a route", e);
}

bool link_route_remove(int index, const struct link_route *r, struct error *e)
{
	struct link_message m;

	route_message(&m, RTM_DELROUTE, 0, index, r);
	return link_message_send(&m, ESRCH, "removing a route", e);
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

	if (known)
		known->seen = true;

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
	struct link link = { .index = i->ifi_index, .seen = true };
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
		if (h->nlmsg_seq != w->sequence)
			continue; /* an event, or of a dump that we gave up */
		w->interrupted |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		*done |= h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
	}
	return n > 0;
}

static bool dump_once(struct link_watch *w, struct error *e)
{
	struct link_message m;
	struct ifinfomsg *i = link_message_begin(&m, RTM_GETLINK, NLM_F_DUMP, sizeof(*i));
	bool done = false;

	i->ifi_family = AF_UNSPEC;
	m.head.nlmsg_seq = ++w->sequence;
	w->interrupted = false;
	for (size_t k = 0; k < w->known_count; k++)
		w->known[k].seen = false;
	if (send(w->fd.fd, &m, m.head.nlmsg_len, 0) < 0)
		return error_errno(e, ERROR_MACHINE, NULL, "listing links");
	while (!done)
		if (!read_messages(w, 0, &done) && errno != EINTR)
			return error_errno(e, ERROR_MACHINE, NULL, "listing links");
	return true;
}

/*
 * Ask for what is there now.  What was known and is not told again has gone: its event may
 * have been lost in an overrun.
 */
static bool dump(struct link_watch *w, struct error *e)
{
	for (int i = 0; !dump_once(w, e) || w->interrupted; i++) {
		if (!w->interrupted && errno != ENOBUFS)
			return false;
		if (i == DUMPS_MAX)
			return true; /* the next event asks again */
	}
	for (size_t k = w->known_count; k-- > 0;)
		if (k < w->known_count && !w->known[k].seen)
			forget(w, w->known[k].index);
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
	w->fd.fd = link_message_socket(RTMGRP_LINK, e);
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

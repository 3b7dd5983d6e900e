/* SPDX-License-Identifier: MIT */
#include "platform/address_watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/if_addr.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

/* Ask for all addresses there are; the answers come like events. */
static bool ask(struct address_watch *w)
{
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg body;
	} m = { .head = { .nlmsg_len = sizeof(m),
			  .nlmsg_type = RTM_GETADDR,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body.ifa_family = AF_INET6 };

	return send(w->fd.fd, &m, sizeof(m), 0) >= 0;
}

static void read_address(struct address_watch *w, struct nlmsghdr *h)
{
	struct ifaddrmsg *i = NLMSG_DATA(h);
	struct address a = { .family = ADDRESS_IPV6 };
	uint32_t flags = i->ifa_flags;
	unsigned left = (unsigned)IFA_PAYLOAD(h);

	if (i->ifa_family != AF_INET6 || (int)i->ifa_index != w->index)
		return;
	for (struct rtattr *at = IFA_RTA(i); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
		if (at->rta_type == IFA_ADDRESS && RTA_PAYLOAD(at) == 16)
			memcpy(a.bytes, RTA_DATA(at), 16);
		if (at->rta_type == IFA_FLAGS && RTA_PAYLOAD(at) == 4)
			memcpy(&flags, RTA_DATA(at), 4);
	}
	if (address_is_link_local(&a))
		a.link = (uint32_t)w->index;
	/* Addresses with a life-time are deleted when their check has failed. */
	w->changed(w->context, &a,
		   flags & IFA_F_DADFAILED ? ADDRESS_WATCH_DUPLICATE
		   : h->nlmsg_type == RTM_DELADDR ||
				   (flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) ==
					   IFA_F_TENTATIVE
			   ? ADDRESS_WATCH_GONE
			   : ADDRESS_WATCH_USABLE);
}

static bool read_messages(struct address_watch *w)
{
	union {
		struct nlmsghdr align;
		uint8_t bytes[8192];
	} room;
	ssize_t n = recv(w->fd.fd, &room, sizeof(room), MSG_DONTWAIT);
	unsigned left = n > 0 ? (unsigned)n : 0;

	for (struct nlmsghdr *h = &room.align; NLMSG_OK(h, left) && w->fd.fd >= 0;
	     h = NLMSG_NEXT(h, left))
		if (h->nlmsg_type == RTM_NEWADDR || h->nlmsg_type == RTM_DELADDR)
			read_address(w, h);
	return n > 0;
}

static void readable(void *context, unsigned events)
{
	struct address_watch *w = context;

	(void)events;
	while (w->fd.fd >= 0 && read_messages(w))
		;
	/* Events were lost: what is there now can be asked. */
	if (w->fd.fd >= 0 && errno == ENOBUFS && !ask(w))
		log_warn("address", "events were lost: %s", strerror(errno));
}

bool address_watch_start(struct address_watch *w, struct loop *l, int index, struct error *e)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV6_IFADDR };

	w->loop = l;
	w->index = index;
	w->fd = (struct loop_fd){ .wants = LOOP_READ, .ready = readable, .context = w };
	w->fd.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (w->fd.fd < 0 || bind(w->fd.fd, (struct sockaddr *)&own, sizeof(own)) != 0 ||
	    !ask(w)) {
		error_errno(e, ERROR_MACHINE, NULL, "watching addresses");
		if (w->fd.fd >= 0)
			close(w->fd.fd);
		w->fd.fd = -1;
		return false;
	}
	loop_fd_add(l, &w->fd);
	return true;
}

void address_watch_stop(struct address_watch *w)
{
	if (!w->loop || w->fd.fd < 0)
		return;
	loop_fd_remove(w->loop, &w->fd);
	close(w->fd.fd);
	w->fd.fd = -1;
}

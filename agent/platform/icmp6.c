/* SPDX-License-Identifier: MIT */
#include "platform/icmp6.h"

#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

void icmp6_enable(const char *name)
{
	/* accept_ra 2: even where the machine forwards */
	static const char *const switches[][2] = {
		{ "disable_ipv6", "0" },   { "accept_ra", "2" },      { "autoconf", "1" },
		{ "optimistic_dad", "1" }, { "use_optimistic", "1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		char path[96];

		snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name,
			 switches[i][0]);
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		ssize_t written = write(fd, switches[i][1], 1);
		(void)written;
		close(fd);
	}
}

int icmp6_open(const char *name, struct error *e)
{
	struct icmp6_filter filter;
	int hops = 255, one = 1;
	uint8_t byte;
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_ADVERT, &filter);
	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) != 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) != 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof(one)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) != 0) {
		error_errno(e, ERROR_MACHINE, NULL, "ICMPv6 socket");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (recv(fd, &byte, 1, 0) >= 0)
		; /* what came before it was bound to the link */
	return fd;
}

bool icmp6_solicit(int fd, int index, struct error *e)
{
	static const struct nd_router_solicit message = { .nd_rs_type = ND_ROUTER_SOLICIT };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_addr = { .s6_addr = { 0xff, 2, [15] = 2 } },
				   .sin6_scope_id = (uint32_t)index };

	if (sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		return error_errno(e, ERROR_LATER, NULL, "soliciting routers");
	return true;
}

bool icmp6_receive(int fd, uint8_t *room, size_t size, struct bytes *message,
		   struct address *from, unsigned *hop_limit)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct sockaddr_in6 source = { 0 };
	struct iovec into = { room, size };
	struct msghdr m = { .msg_name = &source,
			    .msg_namelen = sizeof(source),
			    .msg_iov = &into,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	int hops = 0;

	if (n < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
	*message = bytes_of(room, (size_t)n);
	*from = (struct address){ .family = ADDRESS_IPV6 };
	memcpy(from->bytes, &source.sin6_addr, 16);
	*hop_limit = (unsigned)hops;
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "platform/link_message.h"

#include <assert.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

void *link_message_begin(struct link_message *m, uint16_t type, uint16_t flags,
			 size_t body_size)
{
	memset(m, 0, sizeof(*m));
	m->head.nlmsg_type = type;
	m->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	m->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(body_size);
	return NLMSG_DATA(&m->head);
}

void link_message_add(struct link_message *m, uint16_t type, const void *data, size_t size)
{
	struct rtattr *a = (void *)(m->room + NLMSG_ALIGN(m->head.nlmsg_len));

	assert(NLMSG_ALIGN(m->head.nlmsg_len) + RTA_SPACE(size) <= sizeof(m->room));
	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), data, size);
	m->head.nlmsg_len =
		(uint32_t)(NLMSG_ALIGN(m->head.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

size_t link_message_open(struct link_message *m, uint16_t type)
{
	size_t at = NLMSG_ALIGN(m->head.nlmsg_len);

	link_message_add(m, type, NULL, 0);
	return at;
}

void link_message_close(struct link_message *m, size_t opened)
{
	struct rtattr *a = (void *)(m->room + opened);

	a->rta_len = (uint16_t)(m->head.nlmsg_len - opened);
}

int link_message_socket(uint32_t groups, struct error *e)
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
static int transact(int fd, struct link_message *m)
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

bool link_message_send(struct link_message *m, int forgiven, const char *what,
		       struct error *e)
{
	int fd = link_message_socket(0, e);

	if (fd < 0)
		return false;
	int reason = transact(fd, m);
	close(fd);
	if (reason == 0 || reason == forgiven)
		return true;
	errno = reason;
	return error_errno(e, ERROR_MACHINE, NULL, "%s", what);
}

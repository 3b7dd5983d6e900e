/* SPDX-License-Identifier: MIT */
#include "net/mdns.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/dial.h"

#define PORT 5353
#define TTL  255 /* RFC 6762 §11 */

/* The socket is bound to its link, so multicasts leave there and answers come from there. */
int mdns_open(enum address_family family, const char *link)
{
	bool six = family == ADDRESS_IPV6;
	int ttl = TTL, reason,
	    fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (link && link[0] && dial_bind(fd, link) &&
	    setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
		       six ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, &ttl, sizeof(ttl)) == 0)
		return fd;
	reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

bool mdns_send(int fd, enum address_family family, const void *question, size_t size)
{
	static const struct address groups[] = {
		[ADDRESS_IPV4] = { ADDRESS_IPV4, { 224, 0, 0, 251 }, 0 },
		[ADDRESS_IPV6] = { ADDRESS_IPV6, { 0xff, 0x02, [15] = 0xfb }, 0 },
	};
	struct sockaddr_storage to;
	socklen_t to_size = (socklen_t)address_to_socket(&groups[family], PORT, &to);

	return sendto(fd, question, size, MSG_NOSIGNAL, (struct sockaddr *)&to, to_size) ==
	       (ssize_t)size;
}

size_t mdns_receive(int fd, void *to, size_t room)
{
	struct sockaddr_in6 from = { 0 };
	socklen_t from_size = sizeof(from);
	ssize_t n = recvfrom(fd, to, room, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from,
			     &from_size);

	/* The port stands at the same place in both families. */
	return n > 0 && (size_t)n <= room && from.sin6_port == htons(PORT) ? (size_t)n : 0;
}

/* Of a socket that is bound to it: without ioctl(), which a process without rights lacks. */
static uint32_t link_index(const char *link)
{
	int fd = mdns_open(ADDRESS_IPV6, link), index = 0;
	socklen_t size = sizeof(index);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, &size) != 0)
		index = 0;
	close(fd);
	return (uint32_t)index;
}

void mdns_scope(struct address *addresses, size_t count, const char *link)
{
	for (size_t i = 0; i < count; i++)
		if (address_is_link_local(&addresses[i]))
			addresses[i].link = link_index(link);
}

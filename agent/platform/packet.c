/* SPDX-License-Identifier: MIT */
#include "platform/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/writer.h"

#define IP_HEADER    20
#define UDP_HEADER   8
#define PROTOCOL_UDP 17

/* @filter: or NULL. */
static int open_socket(int index, uint16_t protocol, const struct sock_fprog *filter,
		       struct error *e)
{
	struct sockaddr_ll on = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(protocol),
				  .sll_ifindex = index };
	int one = 1;
	/* Protocol 0: nothing comes in before the filter is there. */
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 ||
	    (filter &&
	     setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, sizeof(*filter)) != 0) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) != 0 ||
	    bind(fd, (struct sockaddr *)&on, sizeof(on)) != 0) {
		error_errno(e, ERROR_MACHINE, NULL, "packet socket");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

int packet_open(int index, uint16_t port, struct error *e)
{
	/* From the IP header on: UDP, no later fragment, to the port. */
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROTOCOL_UDP, 0, 6),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = { ARRAY_SIZE(program), program };

	return open_socket(index, ETH_P_IP, &filter, e);
}

/* The internet checksum's running sum (RFC 1071). */
static uint32_t sum(uint32_t so_far, struct bytes b)
{
	for (size_t i = 0; i < b.size; i++)
		so_far += (uint32_t)b.at[i] << (i & 1 ? 0 : 8);
	return so_far;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

/* To everybody on the link. */
static bool send_all(int fd, int index, uint16_t protocol, struct bytes packet,
		     struct error *e)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(protocol),
				  .sll_ifindex = index,
				  .sll_halen = 6 };

	memset(to.sll_addr, 0xff, 6);
	if (sendto(fd, packet.at, packet.size, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		return error_errno(e, ERROR_LATER, NULL, "sending");
	return true;
}

bool packet_broadcast(int fd, int index, uint16_t from_port, uint16_t to_port,
		      struct bytes payload, struct error *e)
{
	uint8_t packet[2048];
	uint16_t udp_size = (uint16_t)(UDP_HEADER + payload.size);
	struct writer w = writer_over(packet, sizeof(packet));

	writer_u8(&w, 0x45);
	writer_u8(&w, 0x10); /* low delay, as other clients send it */
	writer_be16(&w, (uint16_t)(IP_HEADER + udp_size));
	writer_be32(&w, 0); /* no ID, no fragments */
	writer_u8(&w, 64);
	writer_u8(&w, PROTOCOL_UDP);
	writer_be16(&w, 0); /* checksum, below */
	writer_be32(&w, 0);
	writer_be32(&w, 0xffffffff);
	writer_be16(&w, from_port);
	writer_be16(&w, to_port);
	writer_be16(&w, udp_size);
	writer_be16(&w, 0); /* checksum, below */
	writer_bytes(&w, payload);
	if (!writer_ok(&w))
		return error_set(e, ERROR_MACHINE, NULL, "packet is too large");

	uint16_t ip = (uint16_t)~fold(sum(0, bytes_of(packet, IP_HEADER)));
	packet[10] = (uint8_t)(ip >> 8);
	packet[11] = (uint8_t)ip;
	/* Pseudo header: the addresses, the protocol and the length (RFC 768). */
	uint32_t s = sum(PROTOCOL_UDP + udp_size, bytes_of(packet + 12, 8));
	uint16_t udp = (uint16_t)~fold(sum(s, bytes_of(packet + IP_HEADER, udp_size)));
	if (udp == 0)
		udp = 0xffff;
	packet[IP_HEADER + 6] = (uint8_t)(udp >> 8);
	packet[IP_HEADER + 7] = (uint8_t)udp;
	return send_all(fd, index, ETH_P_IP, writer_done(&w), e);
}

bool packet_read(struct bytes packet, bool summed, uint16_t to_port, struct bytes *payload)
{
	bool bad;
	struct reader r = reader_over(packet, &bad);
	uint8_t version = reader_u8(&r);
	size_t header = (size_t)(version & 15) * 4;

	reader_skip(&r, 1);
	uint16_t total = reader_be16(&r);
	reader_skip(&r, 2);
	uint16_t fragment = reader_be16(&r);
	reader_skip(&r, 1);
	uint8_t protocol = reader_u8(&r);
	if (bad || version >> 4 != 4 || header < IP_HEADER || total < header + UDP_HEADER ||
	    total > packet.size || (fragment & 0x3fff) || protocol != PROTOCOL_UDP)
		return false;
	if (fold(sum(0, bytes_of(packet.at, header))) != 0xffff)
		return false;
	/* What is behind the IP packet is Ethernet padding. */
	r = reader_over(bytes_of(packet.at + header, total - header), &bad);
	struct bytes datagram = bytes_of(packet.at + header, total - header);
	reader_skip(&r, 2);
	uint16_t port = reader_be16(&r), size = reader_be16(&r), check = reader_be16(&r);
	if (bad || port != to_port || size < UDP_HEADER || size > datagram.size)
		return false;
	datagram.size = size;
	uint32_t s = sum((uint32_t)PROTOCOL_UDP + size, bytes_of(packet.at + 12, 8));
	if (summed && check && fold(sum(s, datagram)) != 0xffff)
		return false;
	*payload = bytes_of(datagram.at + UDP_HEADER, size - UDP_HEADER);
	return true;
}

bool packet_receive(int fd, uint16_t port, uint8_t *room, size_t size, struct bytes *payload,
		    bool *more)
{
	union {
		struct cmsghdr align;
		uint8_t room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec into = { room, size };
	struct msghdr m = { .msg_iov = &into,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	bool summed = true;

	*more = n >= 0 || errno == EINTR;
	if (n <= 0)
		return false;
	/* From this very machine (virtual links) the sum may not be made yet. */
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		summed = !(aux.tp_status & TP_STATUS_CSUMNOTREADY);
	}
	return packet_read(bytes_of(room, (size_t)n), summed, port, payload);
}

#define ARP_HEAD_HIGH 0x00010800 /* Ethernet, IPv4 */
#define ARP_HEAD_LOW  0x0604	 /* addresses of six and four bytes */

int packet_arp_open(int index, struct error *e)
{
	return open_socket(index, ETH_P_ARP, NULL, e);
}

bool packet_arp_probe(int fd, int index, const uint8_t mac[static 6], uint32_t address,
		      struct error *e)
{
	uint8_t packet[28];
	struct writer w = writer_over(packet, sizeof(packet));

	writer_be32(&w, ARP_HEAD_HIGH);
	writer_be16(&w, ARP_HEAD_LOW);
	writer_be16(&w, 1); /* request */
	writer_bytes(&w, bytes_of(mac, 6));
	writer_fill(&w, 0, 10); /* no address yet; whose is it? */
	writer_be32(&w, address);
	return send_all(fd, index, ETH_P_ARP, writer_done(&w), e);
}

bool packet_arp_read(struct bytes packet, const uint8_t mac[static 6], uint32_t address,
		     uint8_t owner[static 6])
{
	uint8_t from[6] = { 0 };
	bool bad;
	struct reader r = reader_over(packet, &bad);
	bool fits = reader_be32(&r) == ARP_HEAD_HIGH;

	fits &= reader_be16(&r) == ARP_HEAD_LOW;
	uint16_t operation = reader_be16(&r);
	reader_copy(&r, from, 6);
	uint32_t theirs = reader_be32(&r);
	reader_skip(&r, 6);
	uint32_t wanted = reader_be32(&r);
	/* It has the address, or probes for it as we do. */
	if (bad || !fits || memcmp(from, mac, 6) == 0 ||
	    !(theirs == address || (operation == 1 && theirs == 0 && wanted == address)))
		return false;
	memcpy(owner, from, 6);
	return true;
}

bool packet_arp_receive(int fd, const uint8_t mac[static 6], uint32_t address,
			uint8_t owner[static 6], bool *more)
{
	uint8_t room[64];
	ssize_t n = recv(fd, room, sizeof(room), MSG_DONTWAIT);

	*more = n >= 0 || errno == EINTR;
	return n > 0 && packet_arp_read(bytes_of(room, (size_t)n), mac, address, owner);
}

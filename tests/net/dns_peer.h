/* SPDX-License-Identifier: MIT */
#pragma once

#include <poll.h>
#include <sys/mman.h>

#include "check.h"
#include "lab.h"

/*
 * Name servers that misbehave: a child on 127.0.0.N, port 53, whose answers are made by
 * functions.  @udp: turns the question in @packet (room for 65535 bytes) into an answer,
 * returns its size, 0: says nothing.  @tcp: has the connection and the question; NULL:
 * nobody listens there.
 */
typedef size_t peer_udp(uint8_t *packet, size_t size);
typedef void peer_tcp(int fd, uint8_t *packet, size_t size);

#define PEER_QUESTIONS 64

/* What the peers were asked, shared with the child. */
struct peer_seen {
	unsigned udp, tcp;
	uint16_t ids[PEER_QUESTIONS], ports[PEER_QUESTIONS];
};
static struct peer_seen *peer_seen;

/* Where the first question ends. */
static inline size_t peer_question_end(const uint8_t *p)
{
	size_t at = 12;

	while (p[at])
		at += p[at] + 1u;
	return at + 5;
}

/* Make an answer of the question: without its OPT, with @count records to come. */
static inline size_t peer_begin(uint8_t *p, unsigned code, unsigned count)
{
	p[2] = (uint8_t)(p[2] | 0x80);
	p[3] = (uint8_t)(0x80 | code);
	memset(p + 6, 0, 6);
	p[7] = (uint8_t)count;
	return peer_question_end(p);
}

static inline size_t peer_put(uint8_t *p, size_t used, const void *data, size_t size)
{
	memcpy(p + used, data, size);
	return used + size;
}

/* A record about what was asked. */
static inline size_t peer_record(uint8_t *p, size_t used, unsigned type, const void *data,
				 size_t size)
{
	uint8_t head[12] = { 0xc0, 12, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60,
			     (uint8_t)(size >> 8), (uint8_t)size };

	return peer_put(p, peer_put(p, used, head, sizeof(head)), data, size);
}

static inline void peer_answer_tcp(int fd, peer_tcp *tcp, uint8_t *packet)
{
	size_t used = 0;
	ssize_t n;

	while (used < 2 || used < 2u + packet[0] * 256u + packet[1]) {
		n = recv(fd, packet + used, 65535 - used, 0);
		if (n <= 0)
			return;
		used += (size_t)n;
	}
	memmove(packet, packet + 2, used - 2);
	peer_seen->tcp++;
	tcp(fd, packet, used - 2);
}

static inline void peer_answer_udp(int fd, peer_udp *udp, uint8_t *packet)
{
	struct sockaddr_in from;
	socklen_t from_size = sizeof(from);
	ssize_t n = recvfrom(fd, packet, 2048, 0, (struct sockaddr *)&from, &from_size);

	if (n < 12)
		return;
	if (peer_seen->udp < PEER_QUESTIONS) {
		peer_seen->ids[peer_seen->udp] = (uint16_t)(packet[0] << 8 | packet[1]);
		peer_seen->ports[peer_seen->udp] = ntohs(from.sin_port);
	}
	peer_seen->udp++;
	size_t size = udp(packet, (size_t)n);
	if (size)
		sendto(fd, packet, size, 0, (struct sockaddr *)&from, from_size);
}

static inline pid_t peer_start(unsigned n, peer_udp *udp, peer_tcp *tcp)
{
	static uint8_t packet[65535 + 2];
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(53),
				  .sin_addr.s_addr = htonl(0x7f000000 + n) };
	int one = 1, u = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
	    t = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!peer_seen)
		peer_seen = mmap(NULL, sizeof(*peer_seen), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(peer_seen, 0, sizeof(*peer_seen));
	setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	CHECK(bind(u, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(bind(t, (struct sockaddr *)&at, sizeof(at)) == 0 && (!tcp || listen(t, 8) == 0));
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			struct pollfd fds[2] = { { u, POLLIN, 0 }, { tcp ? t : -1, POLLIN, 0 } };

			poll(fds, 2, -1);
			if (fds[0].revents)
				peer_answer_udp(u, udp, packet);
			if (fds[1].revents) {
				int fd = accept(t, NULL, NULL);

				peer_answer_tcp(fd, tcp, packet);
				close(fd);
			}
		}
	}
	close(u);
	close(t);
	return pid;
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include "lab.h"

/* A server that plays what it is told: one scene for each request. */

struct scene {
	const char *reply; /* sent after the request's head came; NULL: nothing */
	size_t size;	   /* 0: strlen(reply) */
	bool drip;	   /* a byte at a time */
	unsigned drip_us;  /* between them; 0: 200 */
	bool stay;	   /* keep the connection open for the next scene */
	bool reset;	   /* close with a reset */
	int delay_ms;	   /* before the reply */
};

/* Up to the empty line; all requests are kept in the file "requests" of the folder. */
static inline void read_request(int fd, FILE *requests)
{
	char seen[4] = "";

	while (memcmp(seen, "\r\n\r\n", 4) != 0) {
		memmove(seen, seen + 1, 3);
		if (read(fd, seen + 3, 1) != 1)
			break;
		fputc(seen[3], requests);
	}
	fflush(requests);
}

static inline void play(int fd, const struct scene *s, FILE *requests)
{
	size_t size = s->reply ? (s->size ? s->size : strlen(s->reply)) : 0;

	read_request(fd, requests);
	usleep((useconds_t)s->delay_ms * 1000);
	for (size_t done = 0; done < size;) {
		size_t n = s->drip ? 1 : size - done;
		ssize_t sent = send(fd, s->reply + done, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		done += (size_t)sent;
		if (s->drip)
			usleep(s->drip_us ? s->drip_us : 200);
	}
	if (s->reset) {
		struct linger now = { 1, 0 };
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
}

static inline pid_t serve(uint16_t port, const struct scene *scenes, size_t count)
{
	int listener = lab_listen(port);

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		char path[128];
		int fd = -1;

		snprintf(path, sizeof(path), "%s/requests", lab_folder);
		FILE *requests = fopen(path, "a");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (size_t i = 0; i < count; i++) {
			if (fd < 0)
				fd = accept(listener, NULL, NULL);
			play(fd, &scenes[i], requests);
			if (!scenes[i].stay) {
				close(fd);
				fd = -1;
			}
		}
		_exit(0);
	}
	close(listener);
	return pid;
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "lab.h"

/*
 * A bootstrap server that answers what it is told to, one connection after the other.  TLS is
 * socat's.  What it was asked stands in the folder's file "asked": a line for each request with
 * method and path, then Content-Type, Accept, Authorization, and the body.
 */

struct rpc_reply {
	const char *path; /* a part of the request's path; NULL ends the table */
	unsigned times;	  /* for so many requests, then the next row that fits; 0: for ever */
	unsigned status;  /* 0: the connection is closed without a word */
	const char *headers; /* "Retry-After: 1\r\n"; NULL: none */
	const char *body; /* "@FILE": of the folder; NULL: none */
	unsigned wait_ms; /* before all that */
};

static inline size_t rpc_read_head(FILE *from, char *path, FILE *asked)
{
	char line[4096], method[16] = "";
	size_t length = 0;

	path[0] = '\0';
	while (fgets(line, sizeof(line), from) && line[0] != '\r') {
		if (!path[0] && sscanf(line, "%15s %255s", method, path) == 2)
			fprintf(asked, "%s %s\n", method, path);
		sscanf(line, "Content-Length: %zu", &length);
		if (strncmp(line, "Content-Type:", 13) == 0 || strncmp(line, "Accept:", 7) == 0 ||
		    strncmp(line, "Authorization:", 14) == 0)
			fputs(line, asked);
	}
	return length;
}

static inline bool rpc_answer(FILE *to, const char *path, const struct rpc_reply *replies,
			      unsigned *used)
{
	static char content[1 << 20];

	for (size_t i = 0; replies[i].path; i++) {
		const struct rpc_reply *r = &replies[i];
		size_t size = 0;

		if (!strstr(path, r->path) || (r->times && used[i] == r->times))
			continue;
		used[i]++;
		usleep(r->wait_ms * 1000);
		if (!r->status)
			return false;
		if (r->body && r->body[0] == '@')
			size = lab_read(r->body + 1, content, sizeof(content));
		else if (r->body)
			memcpy(content, r->body, size = strlen(r->body));
		fprintf(to, "HTTP/1.1 %u Answer\r\n%s", r->status, r->headers ? r->headers : "");
		if (r->status != 204)
			fprintf(to, "Content-Length: %zu\r\n", size);
		fprintf(to, "\r\n");
		fwrite(content, 1, size, to);
		return fflush(to) == 0;
	}
	fprintf(to, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	return fflush(to) == 0;
}

static inline void rpc_serve(int fd, const struct rpc_reply *replies, unsigned *used, FILE *asked)
{
	FILE *from = fdopen(fd, "r"), *to = fdopen(dup(fd), "w");
	char path[256], body[65536];

	for (;;) {
		size_t length = rpc_read_head(from, path, asked);

		if (!path[0])
			break;
		length = fread(body, 1, length < sizeof(body) ? length : sizeof(body), from);
		fprintf(asked, "%.*s\n", (int)length, body);
		fflush(asked);
		if (!rpc_answer(to, path, replies, used))
			break;
	}
	fclose(from);
	fclose(to);
}

/* The process behind the TLS port @port of 127.0.0.1; it listens at @port + 1000 itself. */
static inline pid_t rpc_server(uint16_t port, const struct rpc_reply *replies)
{
	int listener = lab_listen((uint16_t)(port + 1000));
	char name[128];
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		unsigned used[32] = { 0 };
		FILE *asked;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(name, sizeof(name), "%s/asked", lab_folder);
		asked = fopen(name, "w");
		for (;;) {
			int fd = accept(listener, NULL, NULL);

			if (fd >= 0)
				rpc_serve(fd, replies, used, asked);
		}
	}
	close(listener);
	return pid;
}

/* Its TLS, with the certificate and key in the file both.pem. */
static inline pid_t rpc_tls(uint16_t port)
{
	char line[256];
	pid_t pid;

	snprintf(line, sizeof(line),
		 "socat OPENSSL-LISTEN:%u,bind=127.0.0.1,fork,reuseaddr,cert=both.pem,verify=0 "
		 "TCP:127.0.0.1:%u",
		 port, port + 1000u);
	pid = lab_spawn(line);
	return lab_wait_port(port) ? pid : -1;
}

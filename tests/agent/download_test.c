/* SPDX-License-Identifier: MIT */
#include "download.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "lab.h"

/*
 * Files of a medium, and what a download makes of a process that is lost.  Servers are in
 * tests/disk/fetch_test.sh and tests/net/confinement_test.sh.
 */

static struct loop loop;
static struct download download;
static struct error e;
static uint8_t got[4096];
static size_t got_size;

static bool take(void *context, struct bytes piece, struct error *why)
{
	(void)context;
	if (piece.size > sizeof(got) - got_size)
		return error_set(why, ERROR_MACHINE, NULL, "too much");
	memcpy(got + got_size, piece.at, piece.size);
	got_size += piece.size;
	return true;
}

static bool fetch(const char *uri, const struct bootstrap_source *source)
{
	bool done;

	loop_start(&loop);
	memset(&e, 0, sizeof(e));
	got_size = 0;
	done = download_open(&download, &loop, bytes_of_text(uri), source, &e) &&
	       download_take(&download, take, NULL, &e);
	download_close(&download);
	download_close(&download);
	CHECK(loop.fds == NULL);
	return done;
}

static bool is(enum error_code code, const char *rule)
{
	bool as_expected = e.code == code && strcmp(e.rule, rule) == 0;

	if (!as_expected)
		printf("%d %s: %s\n", e.code, e.rule, e.text);
	return as_expected;
}

TEST(a_file_of_the_medium_the_address_came_from, "USB-13 USB-14")
{
	const struct bootstrap_source nowhere = { .name = "dhcp4 eth0" };

	CHECK(lab_make_folder());
	const struct bootstrap_source stick = { .name = "usb", .medium = lab_folder };
	CHECK(lab_run("mkdir images; printf image >images/a.img; ln -s /etc/passwd images/link"));
	CHECK(fetch("file:///images/a.img", &stick) && got_size == 5 && memcmp(got, "image", 5) == 0);
	CHECK(fetch("FILE:///images/a.img", &stick) && download_size(&download) == 5);
	CHECK(!fetch("file:///images/b.img", &stick) && is(ERROR_LATER, "USB-14"));
	CHECK(!fetch("file:///images/link", &stick) && is(ERROR_REFUSED, "USB-14"));
	CHECK(!fetch("file:///images/../../etc/passwd", &stick) && is(ERROR_REFUSED, "USB-14"));
	CHECK(!fetch("file:///images/a.img", &nowhere) && is(ERROR_REFUSED, "USB-14"));
}

TEST(only_addresses_that_we_follow, "IMG-8")
{
	const struct bootstrap_source source = { .name = "test" };

	CHECK(!fetch("ftp://127.0.0.1/x", &source) && is(ERROR_REFUSED, "IMG-8"));
	CHECK(!fetch("not an address", &source) && strcmp(e.rule, "IMG-8") == 0);
}

/* A server that sends the head and half of the body, and goes on when we say so. */
static pid_t serve_half(uint16_t port, int *go_on)
{
	static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf.";
	int server = lab_listen(port), pipes[2] = { -1, -1 };
	char buffer[1024];

	if (server < 0 || pipe(pipes) != 0)
		return -1;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		close(pipes[1]);
		int fd = accept(server, NULL, NULL);
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		n = n > 0 ? send(fd, half, strlen(half), 0) : n;
		n = n > 0 ? read(pipes[0], buffer, 1) : n;
		if (n == 1)
			n = send(fd, "whole", 5, 0);
		_exit(n != 5);
	}
	close(server);
	close(pipes[0]);
	*go_on = pipes[1];
	return pid;
}

static pid_t worker;
static int go_on;

static bool take_and_kill(void *context, struct bytes piece, struct error *why)
{
	if (worker)
		kill(worker, SIGKILL);
	else if (got_size == 0 && write(go_on, "x", 1) != 1)
		return error_set(why, ERROR_MACHINE, NULL, "pipe");
	return take(context, piece, why);
}

static bool fetch_half(uint16_t port, bool kills)
{
	const struct bootstrap_source source = { .name = "test" };
	char uri[64];
	pid_t server = serve_half(port, &go_on);
	bool done;

	snprintf(uri, sizeof(uri), "http://127.0.0.1:%u/x", port);
	loop_start(&loop);
	got_size = 0;
	worker = 0;
	done = download_open(&download, &loop, bytes_of_text(uri), &source, &e);
	CHECK(done && download_size(&download) == 10);
	worker = kills ? download.process.pid : 0;
	done = done && download_take(&download, take_and_kill, NULL, &e);
	download_close(&download);
	close(go_on);
	lab_kill(server);
	return done;
}

TEST(the_end_of_the_pipe_is_not_the_end_of_the_file, "SEC-4 IMG-9")
{
	CHECK(lab_network());
	CHECK(fetch_half(8001, false) && got_size == 10 && memcmp(got, "half.whole", 10) == 0);
	CHECK(!fetch_half(8002, true) && got_size == 5 && is(ERROR_LATER, "SEC-4"));
	CHECK(strstr(e.text, "killed by signal 9"));
}

/* SPDX-License-Identifier: MIT */
#include "net/fetch.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <time.h>

#include "base/text.h"
#include "check.h"
#include "codec/uri.h"
#include "lab.h"
#include "net/dial.h"
#include "net/scene.h"
#include "net/tls_identity.h"

/*
 * Against small servers that play a scene, and against openssl and nginx.  Everything
 * happens in a network namespace of its own.
 */

static struct loop loop;
static bool ready;

static bool setup(void)
{
	static bool tried;

	if (!tried) {
		tried = true;
		loop_start(&loop);
		ready = lab_make_folder() && lab_network();
	}
	CHECK(ready);
	return ready;
}

/* ---- the client's side ---- */

static struct fetch f;
static struct fetch_response response;
static struct error e;
static uint8_t room[65536];

static bool open_url(const char *url, const struct fetch_options *options)
{
	static const struct fetch_options plain = { .connect_ms = 3000,
						    .handshake_ms = 3000,
						    .idle_ms = 300 };
	struct uri uri;

	return uri_read(&uri, bytes_of_text(url), &e) &&
	       fetch_open(&f, &loop, &uri, options ? options : &plain, &e);
}

static bool get(const char *path)
{
	struct fetch_request q = {
		.method = "GET", .path = path, .room = room, .room_size = sizeof(room)
	};

	return fetch_exchange(&f, &q, &response, &e);
}

static bool room_is(const char *text)
{
	return response.room_used == strlen(text) && memcmp(room, text, strlen(text)) == 0;
}

#define OK_5 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\nhello"

TEST(keeps_the_connection_for_the_next_exchange, "HTTP-13")
{
	static const struct scene scenes[] = {
		{ .reply = OK_5, .stay = true },
		{ .reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			   "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n",
		  .stay = true },
		{ .reply = "HTTP/1.1 204 No Content\r\n\r\n" },
	};

	if (!setup())
		return;
	pid_t pid = serve(8001, scenes, 3);
	CHECK(open_url("http://127.0.0.1:8001/", NULL));
	CHECK(get("/a") && room_is("hello") && response.head.status == 200);
	CHECK_STR(response.head.etag, "\"x\"");
	CHECK(get("/b") && room_is("abcde"));
	CHECK(get("/c") && response.head.status == 204 && response.room_used == 0);
	fetch_close(&f);
	lab_kill(pid);
}

TEST(dials_again_when_the_server_hung_up, "")
{
	static const struct scene scenes[] = { { .reply = OK_5 },
					       { .reply = OK_5, .drip = true } };

	if (!setup())
		return;
	pid_t pid = serve(8002, scenes, 2);
	CHECK(open_url("http://127.0.0.1:8002/", NULL));
	CHECK(get("/a") && room_is("hello"));
	CHECK(get("/b") && room_is("hello"));
	fetch_close(&f);
	lab_kill(pid);
}

TEST(reads_to_the_end_without_a_length, "HTTP-13")
{
	static const struct scene scenes[] = {
		{ .reply = "HTTP/1.0 200 OK\r\n\r\nto the end" }
	};

	if (!setup())
		return;
	pid_t pid = serve(8003, scenes, 1);
	CHECK(open_url("http://127.0.0.1:8003/", NULL));
	CHECK(get("/") && room_is("to the end"));
	CHECK(response.head.content_length == HTTP_LENGTH_UNKNOWN &&
	      response.body_size == 10);
	fetch_close(&f);
	lab_kill(pid);
}

TEST(tells_a_short_body_from_a_whole_one, "HTTP-13")
{
	static const struct scene scenes[] = {
		{ .reply = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello" },
		{ .reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
			   "chunked\r\n\r\n5\r\nhello\r\n" },
		{ .reply = "HTTP/1.1 200 OK\r\nConte" },
		{ .reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 50\r\n\r\nno such" },
	};

	if (!setup())
		return;
	pid_t pid = serve(8004, scenes, 4);
	CHECK(open_url("http://127.0.0.1:8004/", NULL));
	CHECK(!get("/") && e.code == ERROR_LATER);
	CHECK_STR(e.text, "127.0.0.1:8004: the answer's body ends 45 bytes early");
	CHECK(!get("/") && e.code == ERROR_LATER);
	CHECK(!get("/") && e.code == ERROR_LATER);
	CHECK(get("/") && response.head.status == 404 && room_is("no such"));
	fetch_close(&f);
	lab_kill(pid);
}

TEST(gives_a_silent_server_its_time_and_no_more, "TLS-15")
{
	static const struct scene scenes[] = {
		{ .reply = NULL, .delay_ms = 5000 },
		{ .reply = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", .stay = true },
		{ .reply = NULL, .delay_ms = 5000 },
	};

	if (!setup())
		return;
	pid_t pid = serve(8005, scenes, 1);
	CHECK(open_url("http://127.0.0.1:8005/", NULL));
	uint64_t begun = loop_now_ms();
	CHECK(!get("/") && e.code == ERROR_LATER);
	CHECK_STR(e.rule, "TLS-15");
	CHECK(loop_now_ms() - begun >= 290 && loop_now_ms() - begun < 1500);
	fetch_close(&f);
	lab_kill(pid);
	pid = serve(8006, scenes + 1, 2);
	CHECK(open_url("http://127.0.0.1:8006/", NULL));
	CHECK(!get("/"));
	CHECK_STR(e.rule, "TLS-15");
	fetch_close(&f);
	lab_kill(pid);
}

TEST(a_caller_in_a_hurry_waits_no_longer_than_that, "PROG-9 HTTP-2")
{
	static const struct fetch_options patient = { .connect_ms = 3000, .idle_ms = 60000 };
	static const struct scene scenes[] = {
		{ .reply = OK_5, .stay = true },
		{ .reply = NULL, .delay_ms = 5000 },
	};

	if (!setup())
		return;
	pid_t pid = serve(8007, scenes, 2);
	CHECK(open_url("http://127.0.0.1:8007/", &patient));
	fetch_hurry(&f, 300);
	CHECK(get("/"));
	uint64_t begun = loop_now_ms();
	CHECK(!get("/") && e.code == ERROR_LATER);
	CHECK_STR(e.rule, "TLS-15");
	CHECK(loop_now_ms() - begun < 3000);
	fetch_close(&f);
	lab_kill(pid);
}

TEST(a_drip_is_not_progress, "TLS-15")
{
	static char head[2000], body[3000];
	static struct scene scenes[] = {
		{ .reply = head, .drip = true, .drip_us = 5000 },
		{ .reply = body, .drip = true, .drip_us = 5000 },
	};

	if (!setup())
		return;
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nX: %01500d\r\n\r\n", 0);
	snprintf(body, sizeof(body), "HTTP/1.1 200 OK\r\n\r\n%02000d", 0);
	for (int i = 0; i < 2; i++) {
		char url[64];

		pid_t pid = serve((uint16_t)(8010 + i), &scenes[i], 1);
		snprintf(url, sizeof(url), "http://127.0.0.1:%d/", 8010 + i);
		CHECK(open_url(url, NULL));
		uint64_t begun = loop_now_ms();
		CHECK(!get("/") && e.code == ERROR_LATER);
		CHECK_STR(e.rule, "TLS-15");
		CHECK(loop_now_ms() - begun < 1500);
		fetch_close(&f);
		lab_kill(pid);
	}
}

static bool count_pieces(void *context, struct bytes piece, struct error *why)
{
	size_t *left = context;

	if (piece.size > *left)
		return error_set(why, ERROR_MACHINE, NULL, "disk is full");
	*left -= piece.size;
	return true;
}

TEST(gives_pieces_of_200_and_206_only, "ERR-1")
{
	static const struct scene scenes[] = {
		{ .reply = OK_5, .stay = true },
		{ .reply = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: "
			   "4\r\n\r\nbusy",
		  .stay = true },
		{ .reply = OK_5 },
	};
	size_t left = 5;
	struct fetch_request q = { .method = "GET",
				   .path = "/",
				   .on_body = count_pieces,
				   .context = &left,
				   .room = room,
				   .room_size = 3 };

	if (!setup())
		return;
	pid_t pid = serve(8007, scenes, 3);
	CHECK(open_url("http://127.0.0.1:8007/", NULL));
	CHECK(fetch_exchange(&f, &q, &response, &e) && left == 0 && response.room_used == 0);
	CHECK(fetch_exchange(&f, &q, &response, &e) && response.head.status == 503);
	CHECK(response.room_used == 3 && response.head.retry_after_s == 7);
	CHECK(!fetch_exchange(&f, &q, &response, &e));
	CHECK_STR(e.text, "disk is full");
	fetch_close(&f);
	lab_kill(pid);
}

TEST(refuses_more_than_it_asked_for, "HTTP-13")
{
	static const struct scene scenes[] = { { .reply = OK_5 }, { .reply = OK_5 } };
	struct fetch_request q = {
		.method = "GET", .path = "/", .room = room, .room_size = 4
	};

	if (!setup())
		return;
	pid_t pid = serve(8008, scenes, 2);
	CHECK(open_url("http://127.0.0.1:8008/", NULL));
	CHECK(!fetch_exchange(&f, &q, &response, &e));
	CHECK_STR(e.rule, "HTTP-13");
	q.room_size = 5;
	q.body_max = 4;
	CHECK(!fetch_exchange(&f, &q, &response, &e));
	CHECK_STR(e.rule, "HTTP-13");
	fetch_close(&f);
	lab_kill(pid);
}

TEST(a_reset_or_nobody_there_is_for_later, "")
{
	static const struct scene scenes[] = { { .reply = "HTTP/1.1 200 OK\r\n\r\nhel",
						 .reset = true } };

	if (!setup())
		return;
	pid_t pid = serve(8009, scenes, 1);
	CHECK(open_url("http://127.0.0.1:8009/", NULL));
	CHECK(!get("/") && e.code == ERROR_LATER);
	fetch_close(&f);
	lab_kill(pid);
	CHECK(!open_url("http://127.0.0.1:9/", NULL) && e.code == ERROR_LATER);
	CHECK_STR(e.text, "127.0.0.1:9: Connection refused");
	CHECK(!open_url("http://name.example/", NULL) && e.code == ERROR_LATER);
	CHECK(!open_url("ftp://127.0.0.1:21/", NULL) && e.code == ERROR_REFUSED);
}

/* ---- TLS against openssl and nginx ---- */

static uint8_t server_der[4096], client_der[4096], client_key[4096];
static size_t server_size, client_size, client_key_size;

static bool make_certificates(void)
{
	static bool made;

	if (made)
		return true;
	made = lab_run(
		"new() { openssl req -x509 -newkey $1 -nodes -keyout $2.key -out $2.pem "
		"-subj /CN=$2 -days 2 -addext subjectAltName=DNS:boot.example && "
		"openssl x509 -in $2.pem -outform DER -out $2.der; }; "
		"new 'ec -pkeyopt ec_paramgen_curve:P-256' server && "
		"new 'ec -pkeyopt ec_paramgen_curve:P-384' server384 && "
		"new rsa:2048 serverrsa && "
		"new 'ec -pkeyopt ec_paramgen_curve:P-256' client && "
		"new rsa:2048 clientrsa");
	server_size = lab_read("server.der", server_der, sizeof(server_der));
	client_size = lab_read("client.der", client_der, sizeof(client_der));
	client_key_size = lab_read("client.key", client_key, sizeof(client_key));
	CHECK(made && server_size && client_size && client_key_size);
	return made;
}

struct expectation {
	const char *host;
	struct bytes certificate;
	unsigned asked;
};

static bool expect(void *context, const struct bytes *certificates, size_t count,
		   const char *host, struct error *why)
{
	struct expectation *x = context;

	x->asked++;
	if (strcmp(host, x->host) != 0)
		return error_set(why, ERROR_REFUSED, "TLS-7", "asked for %s", host);
	if (count != 1 || !bytes_equal(certificates[0], x->certificate))
		return error_set(why, ERROR_REFUSED, "TLS-7", "not the certificate we know");
	return true;
}

static struct expectation known;
static struct fetch_options tls_options;

static void expect_server(void)
{
	known = (struct expectation){ "127.0.0.1", bytes_of(server_der, server_size), 0 };
	tls_options = (struct fetch_options){
		.tls = { .server = TLS_SERVER_VERIFIED, .verify = expect, .context = &known },
		.connect_ms = 3000,
		.handshake_ms = 3000,
		.idle_ms = 3000,
	};
}

static pid_t openssl(uint16_t port, const char *arguments)
{
	char line[512];

	snprintf(line, sizeof(line), "openssl s_server -accept 127.0.0.1:%u -quiet %s", port,
		 arguments);
	pid_t pid = lab_spawn(line);
	CHECK(lab_wait_port(port));
	return pid;
}

TEST(speaks_https_with_every_suite_and_key, "TLS-7 TLS-9")
{
	static const char *const servers[] = {
		"-cert server.pem -key server.key -cipher ECDHE-ECDSA-AES128-GCM-SHA256",
		"-cert server.pem -key server.key -cipher ECDHE-ECDSA-AES256-GCM-SHA384",
		"-cert server.pem -key server.key -cipher ECDHE-ECDSA-CHACHA20-POLY1305",
		"-cert server384.pem -key server384.key -cipher "
		"ECDHE-ECDSA-AES128-GCM-SHA256",
		"-cert serverrsa.pem -key serverrsa.key -cipher ECDHE-RSA-AES128-GCM-SHA256",
		"-cert serverrsa.pem -key serverrsa.key -cipher ECDHE-RSA-CHACHA20-POLY1305",
	};

	if (!setup() || !make_certificates())
		return;
	CHECK(lab_run("echo hello >file"));
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
		char line[256];
		struct fetch_options o = { .tls.server = TLS_SERVER_PROVISIONAL,
					   .idle_ms = 3000 };
		uint16_t port = (uint16_t)(8100 + i);

		snprintf(line, sizeof(line), "-WWW %s", servers[i]);
		pid_t pid = openssl(port, line);
		snprintf(line, sizeof(line), "https://127.0.0.1:%u/", port);
		bool ok = open_url(line, &o) && get("/file") && room_is("hello\n");
		if (!ok)
			printf("%s: %s\n", servers[i], e.text);
		CHECK(ok);
		fetch_close(&f);
		lab_kill(pid);
	}
}

TEST(refuses_a_server_that_the_judge_does_not_know, "TLS-7 TLS-10")
{
	if (!setup() || !make_certificates())
		return;
	pid_t pid = openssl(8120, "-WWW -cert serverrsa.pem -key serverrsa.key");
	expect_server();
	CHECK(!open_url("https://127.0.0.1:8120/", &tls_options) && e.code == ERROR_REFUSED);
	CHECK_STR(e.rule, "TLS-7");
	CHECK_STR(e.text, "127.0.0.1:8120: not the certificate we know");
	CHECK(known.asked == 1);
	/* Nobody to judge is not the same as everybody is welcome. */
	tls_options.tls.verify = NULL;
	CHECK(!open_url("https://127.0.0.1:8120/", &tls_options) && e.code == ERROR_REFUSED);
	lab_kill(pid);
	pid = openssl(8121, "-WWW -cert server.pem -key server.key");
	expect_server();
	CHECK(open_url("https://127.0.0.1:8121/", &tls_options));
	CHECK(known.asked == 1);
	fetch_close(&f);
	lab_kill(pid);
}

static bool wait_at(const char *address, uint16_t port)
{
	struct address to;

	CHECK(address_read(&to, bytes_of_text(address)));
	for (int i = 0; i < 500; i++) {
		struct address at;
		int fd = dial_addresses(&loop, &to, 1, port, NULL, loop_now_ms() + 1000, &at, &e);

		if (fd >= 0) {
			close(fd);
			return true;
		}
		usleep(10000);
	}
	return false;
}

/* A TLS server at an address of its own. */
static pid_t openssl_at(const char *address, uint16_t port, const char *arguments)
{
	char line[512];

	snprintf(line, sizeof(line), "openssl s_server -accept %s:%u -quiet %s", address, port,
		 arguments);
	pid_t pid = lab_spawn(line);
	CHECK(wait_at(address, port));
	return pid;
}

/* A server that says @reply, a file, to everybody. */
static pid_t plain_at(const char *address, uint16_t port, const char *reply)
{
	char line[512];
	bool six = strchr(address, ':') != NULL;

	snprintf(line, sizeof(line),
		 "socat TCP%d-LISTEN:%u,bind=%s%s%s,fork,reuseaddr 'SYSTEM:cat %s'", six ? 6 : 4,
		 port, six ? "[" : "", address, six ? "]" : "", reply);
	pid_t pid = lab_spawn(line);
	CHECK(wait_at(address, port));
	return pid;
}

static struct resolve_target target;

/* boot.example has these addresses. */
static void boot_is_at(struct fetch_options *o, const char *a, const char *b, const char *c)
{
	const char *const all[] = { a, b, c };

	target = (struct resolve_target){ .host = "boot.example" };
	for (size_t i = 0; i < 3 && all[i]; i++)
		CHECK(address_read(&target.addresses[target.count++], bytes_of_text(all[i])));
	o->resolver.known = &target;
	o->resolver.known_count = 1;
}

static bool any(void *context, const struct bytes *certificates, size_t count,
		const char *host, struct error *why)
{
	(void)certificates, (void)host, (void)why;
	*(size_t *)context = count;
	return true;
}

TEST(bounds_the_chain_of_the_server, "TLS-7 SEC-5")
{
	size_t count = 0;

	if (!setup() || !make_certificates())
		return;
	expect_server();
	tls_options.tls.verify = any;
	tls_options.tls.context = &count;
	CHECK(lab_run("for i in 1 2 3 4 5 6 7 8 9; do cat client.pem; done >nine.pem; "
		      "cat nine.pem server.pem >ten.pem"));
	pid_t pid = openssl(8160,
			    "-WWW -cert server.pem -key server.key -cert_chain nine.pem");
	CHECK(open_url("https://127.0.0.1:8160/", &tls_options) && count == 10);
	fetch_close(&f);
	lab_kill(pid);
	count = 0;
	pid = openssl(8161, "-WWW -cert server.pem -key server.key -cert_chain ten.pem");
	CHECK(!open_url("https://127.0.0.1:8161/", &tls_options) && e.code == ERROR_REFUSED);
	CHECK(count == 0 && strstr(e.text, "more than 10 certificates"));
	/* Provisional is no way around it. */
	tls_options.tls.server = TLS_SERVER_PROVISIONAL;
	CHECK(!open_url("https://127.0.0.1:8161/", &tls_options) && e.code == ERROR_REFUSED);
	lab_kill(pid);
	/* Few, but large. */
	CHECK(lab_run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		      "-keyout "
		      "large.key -out large.pem -subj /CN=large -days 2 -addext "
		      "nsComment=$(head -c 16000 /dev/zero | tr '\\0' x) && "
		      "cat large.pem large.pem large.pem >larges.pem"));
	pid = openssl(8162, "-WWW -cert server.pem -key server.key -cert_chain larges.pem");
	CHECK(!open_url("https://127.0.0.1:8162/", &tls_options) && e.code == ERROR_REFUSED);
	CHECK(strstr(e.text, "32768 bytes"));
	lab_kill(pid);
}

/* The place of the certificate's public key in what the server sends. */
static uint8_t *find_key(uint8_t *at, size_t size)
{
	/* id-ecPublicKey, P-256, BIT STRING of 66 bytes, uncompressed point */
	static const uint8_t before[] =
		"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48"
		"\xce\x3d\x03\x01\x07\x03\x42\x00\x04";
	uint8_t *found = memmem(at, size, before, sizeof(before) - 1);

	return found ? found + sizeof(before) - 1 : NULL;
}

/* What somebody in the middle does. */
struct middle {
	bool change_key; /* put another's into the server's certificate */
	bool drip;	 /* pass on a byte at a time */
	long cut;	 /* reset after so many bytes of the server; 0: never */
};

static bool pass_on(int to, const uint8_t *at, size_t size, bool drip)
{
	while (size) {
		ssize_t n = write(to, at, drip ? 1 : size);

		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static void relay(int client, int server, const struct middle *m)
{
	struct pollfd both[2] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };
	struct linger now = { 1, 0 };
	uint8_t bytes[16384];
	long left = m->cut;

	for (;;) {
		if (poll(both, 2, -1) <= 0)
			return;
		for (int i = 0; i < 2; i++) {
			if (!both[i].revents)
				continue;
			ssize_t n = read(both[i].fd, bytes, sizeof(bytes));
			if (n <= 0)
				return;
			uint8_t *key = i && m->change_key ? find_key(bytes, (size_t)n) : NULL;
			if (key)
				memcpy(key, find_key(client_der, client_size), 64);
			bool last = i && m->cut && n >= left;
			if (!pass_on(both[!i].fd, bytes, (size_t)(last ? left : n), m->drip))
				return;
			left -= i ? n : 0;
			if (last) {
				usleep(5000); /* so that it is read before the reset */
				setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
				return;
			}
		}
	}
}

/* Between @from and @to, for one connection. */
static pid_t put_between(uint16_t from, uint16_t to, struct middle m)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(to),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = lab_listen(from);

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int client = accept(listener, NULL, NULL),
		    server = socket(AF_INET, SOCK_STREAM, 0), one = 1;

		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (connect(server, (struct sockaddr *)&at, sizeof(at)) == 0)
			relay(client, server, &m);
		_exit(0);
	}
	close(listener);
	return pid;
}

TEST(one_byte_a_packet_is_enough, "HTTP-13 TLS-15")
{
	struct fetch_options o = { .tls.server = TLS_SERVER_PROVISIONAL, .idle_ms = 20000 };

	if (!setup() || !make_certificates())
		return;
	CHECK(lab_run("echo hello >file"));
	pid_t honest = openssl(8172, "-WWW -cert serverrsa.pem -key serverrsa.key");
	pid_t middle = put_between(8173, 8172, (struct middle){ .drip = true });
	CHECK(open_url("https://127.0.0.1:8173/", &o) && get("/file") && room_is("hello\n"));
	fetch_close(&f);
	lab_kill(middle);
	lab_kill(honest);
}

TEST(a_connection_may_break_anywhere, "HTTP-13 TLS-9")
{
	struct fetch_options o = { .tls.server = TLS_SERVER_PROVISIONAL,
				   .connect_ms = 5000,
				   .handshake_ms = 5000,
				   .idle_ms = 5000 };
	unsigned whole = 0, broken = 0;

	if (!setup() || !make_certificates())
		return;
	CHECK(lab_run("head -c 1000 /dev/zero >zeros"));
	pid_t honest = openssl(8174, "-WWW -cert server.pem -key server.key");
	for (long cut = 1; cut < 3000; cut += 61) {
		pid_t middle = put_between(8175, 8174, (struct middle){ .cut = cut });

		if (open_url("https://127.0.0.1:8175/", &o) && get("/zeros")) {
			CHECK(response.body_size == 1000);
			whole++;
		} else {
			CHECK(e.code == ERROR_LATER && e.text[0]);
			broken++;
		}
		fetch_close(&f);
		CHECK(!loop.fds && !loop.timers);
		lab_kill(middle);
	}
	CHECK(whole && broken > 10);
	lab_kill(honest);
}

/* The first suite of what we send: after record and message heads, version, random, and the
 * session's length, which is 0. */
TEST(offers_what_is_fast_here_first, "")
{
	struct tls_options o = { .server = TLS_SERVER_PROVISIONAL };
	bool aes = system("grep -qw aes /proc/cpuinfo && grep -qw pclmulqdq /proc/cpuinfo") == 0;
	struct tls *t = tls_new(&o, "boot.example", &e);

	CHECK(t != NULL);
	if (!t)
		return;
	struct bytes hello = tls_outgoing(t);
	CHECK(hello.size > 50 && hello.at[43] == 0);
	CHECK(hello.at[46] == (aes ? 0xc0 : 0xcc) && hello.at[47] == (aes ? 0x2b : 0xa9));
	tls_free(t);
}

TEST(the_server_proves_its_key_even_when_anybody_will_do, "TLS-9")
{
	struct fetch_options o = { .tls.server = TLS_SERVER_PROVISIONAL,
				   .handshake_ms = 3000 };

	if (!setup() || !make_certificates())
		return;
	/* Someone in the middle changes the key in an honest server's certificate. */
	pid_t honest = openssl(8170, "-WWW -cert server.pem -key server.key");
	pid_t middle = put_between(8171, 8170, (struct middle){ .change_key = true });
	CHECK(open_url("https://127.0.0.1:8170/", &o));
	fetch_close(&f);
	CHECK(!open_url("https://127.0.0.1:8171/", &o) && e.code == ERROR_REFUSED);
	CHECK_STR(e.rule, "TLS-9");
	lab_kill(middle);
	lab_kill(honest);
}

TEST(says_that_a_server_speaks_only_tls_1_3, "TPM-98 STACK-1")
{
	if (!setup() || !make_certificates())
		return;
	pid_t pid = openssl(8122, "-WWW -tls1_3 -cert server.pem -key server.key");
	expect_server();
	CHECK(!open_url("https://127.0.0.1:8122/", &tls_options) && e.code == ERROR_REFUSED);
	CHECK_STR(e.rule, "TPM-98");
	CHECK_STR(e.text, "127.0.0.1:8122: server speaks only TLS 1.3");
	lab_kill(pid);
	/* and too old ones */
	pid = openssl(
		8123,
		"-WWW -tls1_1 -cipher ALL:@SECLEVEL=0 -cert server.pem -key server.key");
	CHECK(!open_url("https://127.0.0.1:8123/", &tls_options) && e.code == ERROR_REFUSED);
	lab_kill(pid);
}

TEST(a_server_that_is_not_tls_or_hangs_up, "TLS-15")
{
	static const struct scene scenes[] = { { .reply = NULL },
					       { .reply = "HTTP/1.1 400 Bad\r\n\r\n" } };

	if (!setup() || !make_certificates())
		return;
	expect_server();
	/* It waits for an empty line, so it is silent. */
	pid_t pid = serve(8124, scenes, 1);
	tls_options.handshake_ms = 300;
	CHECK(!open_url("https://127.0.0.1:8124/", &tls_options) && e.code == ERROR_LATER);
	CHECK_STR(e.rule, "TLS-15");
	lab_kill(pid);
	CHECK(lab_run("printf 'HTTP/1.1 400 Bad Request\\r\\n\\r\\n' >bad"));
	pid = lab_spawn("socat TCP4-LISTEN:8125,bind=127.0.0.1,fork,reuseaddr "
			"'SYSTEM:cat bad; sleep 1'");
	CHECK(lab_wait_port(8125));
	tls_options.handshake_ms = 3000;
	CHECK(!open_url("https://127.0.0.1:8125/", &tls_options) && e.code == ERROR_REFUSED);
	CHECK(strstr(e.text, "does not speak TLS 1.2"));
	lab_kill(pid);
}

TEST(proves_who_we_are, "TLS-2 TLS-3 TPM-99 TPM-102")
{
	static const char *const keys[] = { "client", "clientrsa" };
	struct tls_identity identity;

	if (!setup() || !make_certificates())
		return;
	CHECK(lab_run("cat client.pem clientrsa.pem >clients.pem"));
	pid_t pid = openssl(8130, "-WWW -cert server.pem -key server.key -CAfile clients.pem "
				  "-Verify 1 -verify_return_error");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char name[32];
		uint8_t der[4096], key[4096];

		snprintf(name, sizeof(name), "%s.der", keys[i]);
		struct bytes chain = bytes_of(der, lab_read(name, der, sizeof(der)));
		snprintf(name, sizeof(name), "%s.key", keys[i]);
		size_t key_size = lab_read(name, key, sizeof(key));
		struct tls_identity_key *k =
			tls_identity_read(&identity, bytes_of(key, key_size), &chain, 1, &e);
		CHECK(k != NULL);
		if (!k)
			continue;
		expect_server();
		tls_options.tls.identity = &identity;
		CHECK(open_url("https://127.0.0.1:8130/", &tls_options));
		CHECK(f.identity_asked && f.identity_sent);
		CHECK(get("/file") && response.head.status == 200);
		fetch_close(&f);
		tls_identity_free(k);
	}
	/* Without one: the server's alert in words. */
	expect_server();
	CHECK(!open_url("https://127.0.0.1:8130/", &tls_options) || !get("/file"));
	CHECK_STR(e.rule, "TLS-2");
	CHECK(strstr(e.text, "and we have none"));
	fetch_close(&f);
	lab_kill(pid);
}

static bool refuse_to_sign(void *context, enum tls_hash hash, struct bytes digest,
			   uint8_t *signature, size_t size, size_t *used, struct error *why)
{
	(void)context, (void)hash, (void)digest, (void)signature, (void)size, (void)used;
	return error_set(why, ERROR_MACHINE, "TPM-106", "the TPM is locked");
}

TEST(says_why_the_device_key_did_not_sign, "TPM-99")
{
	struct bytes chain;
	struct tls_identity identity = {
		.chain = &chain, .count = 1, .key = TLS_KEY_P256, .sign = refuse_to_sign
	};

	if (!setup() || !make_certificates())
		return;
	chain = bytes_of(client_der, client_size);
	pid_t pid = openssl(
		8131, "-WWW -cert server.pem -key server.key -CAfile client.pem -Verify 1");
	expect_server();
	tls_options.tls.identity = &identity;
	CHECK(!open_url("https://127.0.0.1:8131/", &tls_options) && e.code == ERROR_MACHINE);
	CHECK_STR(e.rule, "TPM-106");
	/* It is not the server's fault, so its other addresses are not troubled. */
	known.host = "boot.example";
	known.asked = 0;
	boot_is_at(&tls_options, "127.0.0.1", "127.0.0.2", NULL);
	pid_t other = openssl_at("127.0.0.2", 8131, "-WWW -cert server.pem -key server.key "
						    "-CAfile client.pem -Verify 1");
	CHECK(!open_url("https://boot.example:8131/", &tls_options) && known.asked == 1);
	CHECK(e.code == ERROR_MACHINE);
	lab_kill(other);
	lab_kill(pid);
	expect_server();
	tls_options.tls.identity = &identity;
	/* A key fixed to SHA-256, a server that takes SHA-384 alone. */
	pid = openssl(8132,
		      "-WWW -cert server.pem -key server.key -CAfile client.pem -Verify 1 "
		      "-client_sigalgs ECDSA+SHA384");
	identity.hashes = TLS_HASH_BIT(TLS_HASH_SHA256);
	CHECK(!open_url("https://127.0.0.1:8132/", &tls_options) || !get("/file"));
	CHECK_STR(e.rule, "TPM-99");
	fetch_close(&f);
	lab_kill(pid);
}

/* SNI carries the name and never a literal: seen in what we send (TLS-12). */
static bool hello_holds(const char *host, const char *text)
{
	struct tls_options o = { .server = TLS_SERVER_PROVISIONAL };
	struct tls *t = tls_new(&o, host, &e);

	CHECK(t != NULL);
	if (!t)
		return false;
	struct bytes hello = tls_outgoing(t);
	bool found = memmem(hello.at, hello.size, text, strlen(text)) != NULL;
	tls_free(t);
	return found;
}

TEST(sends_names_but_no_literals_as_sni, "TLS-12")
{
	CHECK(hello_holds("boot.example", "boot.example"));
	CHECK(!hello_holds("192.0.2.1", "192.0.2.1"));
	CHECK(!hello_holds("2001:db8::1", "2001:db8::1"));
}

TEST(a_goodbye_is_needed_where_no_length_was_told, "HTTP-13")
{
	struct fetch_options o = { .tls.server = TLS_SERVER_PROVISIONAL, .idle_ms = 2000 };

	if (!setup() || !make_certificates())
		return;
	/* -WWW says goodbye after each answer, which has no length. */
	CHECK(lab_run("printf whole >whole; truncate -s 40M large"));
	pid_t pid = openssl(8140, "-WWW -cert server.pem -key server.key");
	CHECK(open_url("https://127.0.0.1:8140/", &o));
	CHECK(get("/whole") && room_is("whole"));
	/* Killed in the middle it says none. */
	struct fetch_request q = { .method = "GET", .path = "/large" };
	struct bytes piece;

	CHECK(fetch_begin(&f, &q, &response, &e) && fetch_read(&f, &piece, &e) && piece.size);
	lab_kill(pid);
	while (fetch_read(&f, &piece, &e) && piece.size)
		;
	CHECK(piece.size && e.code == ERROR_LATER);
	fetch_close(&f);
}

/* ---- several addresses ---- */

TEST(a_bad_handshake_leads_to_the_next_address, "REDIR-2 TLS-10")
{
	if (!setup() || !make_certificates())
		return;
	pid_t wrong = openssl_at("127.0.0.1", 8180, "-WWW -cert serverrsa.pem -key serverrsa.key");
	pid_t right = openssl_at("127.0.0.3", 8180, "-WWW -cert server.pem -key server.key");
	expect_server();
	known.host = "boot.example";
	boot_is_at(&tls_options, "127.0.0.1", "127.0.0.2", "127.0.0.3");
	CHECK(open_url("https://boot.example:8180/", &tls_options) && known.asked == 2);
	CHECK_STR(ADDRESS_TEXT(&f.peer), "127.0.0.3");
	fetch_close(&f);
	/* With none left, the refusal is told and not that the last one was silent. */
	boot_is_at(&tls_options, "127.0.0.1", "127.0.0.2", NULL);
	CHECK(!open_url("https://boot.example:8180/", &tls_options) && e.code == ERROR_REFUSED);
	CHECK_STR(e.text, "boot.example:8180: not the certificate we know");
	CHECK(!fetch_has_other(&f));
	lab_kill(right);
	lab_kill(wrong);
}

TEST(an_address_without_data_leads_to_the_next, "REDIR-2 REDIR-3")
{
	struct fetch_options o = { .connect_ms = 3000, .idle_ms = 3000 };

	if (!setup())
		return;
	CHECK(lab_run("printf 'HTTP/1.1 500 No\\r\\nContent-Length: 0\\r\\n\\r\\n' >bad; "
		      "printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\ndata' >good"));
	pid_t bad = plain_at("127.0.0.1", 8181, "bad"), good = plain_at("127.0.0.3", 8181, "good");
	boot_is_at(&o, "127.0.0.1", "127.0.0.3", NULL);
	CHECK(open_url("http://boot.example:8181/", &o));
	CHECK(get("/") && response.head.status == 500 && fetch_has_other(&f));
	CHECK(fetch_open_other(&f, &e) && get("/") && room_is("data"));
	CHECK_STR(ADDRESS_TEXT(&f.peer), "127.0.0.3");
	CHECK(!fetch_has_other(&f));
	CHECK(!fetch_open_other(&f, &e) && e.code == ERROR_LATER);
	CHECK_STR(e.rule, "REDIR-2");
	fetch_close(&f);
	CHECK(!fetch_has_other(&f));
	/* Also when it breaks off. */
	CHECK(lab_run("printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nda' >bad"));
	CHECK(open_url("http://boot.example:8181/", &o));
	CHECK(!get("/") && fetch_has_other(&f) && fetch_open_other(&f, &e) && get("/"));
	fetch_close(&f);
	lab_kill(good);
	lab_kill(bad);
}

TEST(all_exchanges_go_to_one_address, "HTTP-16")
{
	struct fetch_options o = { .connect_ms = 3000, .idle_ms = 3000 };

	if (!setup())
		return;
	CHECK(lab_run("printf 'HTTP/1.0 200 OK\\r\\n\\r\\none' >one; "
		      "printf 'HTTP/1.0 200 OK\\r\\n\\r\\ntwo' >two"));
	pid_t one = plain_at("127.0.0.1", 8182, "one");
	boot_is_at(&o, "127.0.0.2", "127.0.0.1", NULL);
	CHECK(open_url("http://boot.example:8182/", &o));
	CHECK(get("/") && room_is("one"));
	pid_t two = plain_at("127.0.0.2", 8182, "two");
	CHECK(get("/") && room_is("one"));
	lab_kill(one);
	CHECK(!get("/") && e.code == ERROR_LATER);
	fetch_close(&f);
	CHECK(open_url("http://boot.example:8182/", &o));
	CHECK(get("/") && room_is("two"));
	fetch_close(&f);
	lab_kill(two);
}

TEST(both_families_are_asked_for_and_ipv6_is_first, "REDIR-4")
{
	struct address server;
	struct fetch_options o = { .connect_ms = 5000, .idle_ms = 3000 };

	if (!setup())
		return;
	CHECK(address_read(&server, bytes_of_text("127.0.0.1")));
	o.resolver.servers = &server;
	o.resolver.server_count = 1;
	CHECK(lab_run("printf 'HTTP/1.0 200 OK\\r\\n\\r\\nfour' >four; "
		      "printf 'HTTP/1.0 200 OK\\r\\n\\r\\nsix' >six"));
	pid_t dns = lab_spawn("dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts "
			      "--user=root --group=root --listen-address=127.0.0.1 "
			      "--bind-interfaces --host-record=both.example,127.0.0.1,::1");
	CHECK(lab_wait_port(53));
	pid_t four = plain_at("127.0.0.1", 8183, "four"), six = plain_at("::1", 8183, "six");
	CHECK(open_url("http://both.example:8183/", &o));
	CHECK(get("/") && room_is("six") && fetch_has_other(&f));
	CHECK(fetch_open_other(&f, &e) && get("/") && room_is("four"));
	fetch_close(&f);
	/* And one alone will do. */
	lab_kill(six);
	CHECK(open_url("http://both.example:8183/", &o));
	CHECK(get("/") && room_is("four"));
	fetch_close(&f);
	lab_kill(four);
	lab_kill(dns);
}

TEST(a_session_stays_within_one_contact, "TLS-13")
{
	struct tls_identity identity;
	struct bytes chain;

	if (!setup() || !make_certificates())
		return;
	chain = bytes_of(client_der, client_size);
	struct tls_identity_key *k = tls_identity_read(
		&identity, bytes_of(client_key, client_key_size), &chain, 1, &e);
	CHECK(k != NULL && lab_run("echo hello >file"));
	/* It hangs up after each answer, and knows sessions. */
	pid_t pid = openssl(8184, "-WWW -cert server.pem -key server.key -CAfile client.pem "
				  "-Verify 1 -verify_return_error");
	expect_server();
	tls_options.tls.identity = &identity;
	CHECK(open_url("https://127.0.0.1:8184/", &tls_options) && known.asked == 1);
	for (int i = 0; i < 3; i++)
		CHECK(get("/file") && room_is("hello\n"));
	CHECK(known.asked == 1); /* no certificate came again: it was resumed */
	CHECK(f.identity_asked && f.identity_sent);
	/* Another contact begins anew, of whichever kind. */
	struct fetch kept = f;
	CHECK(kept.session.present);
	fetch_close(&f);
	CHECK(!f.session.present);
	CHECK(open_url("https://127.0.0.1:8184/", &tls_options) && known.asked == 2);
	CHECK(get("/file") && get("/file") && known.asked == 2);
	fetch_close(&f);
	/* A server with another certificate in its place is judged. */
	CHECK(open_url("https://127.0.0.1:8184/", &tls_options) && get("/file"));
	CHECK(known.asked == 3);
	lab_kill(pid);
	pid = openssl(8184, "-WWW -cert serverrsa.pem -key serverrsa.key");
	CHECK(!get("/file") && known.asked > 3 && e.code == ERROR_REFUSED);
	CHECK_STR(e.rule, "TLS-7");
	fetch_close(&f);
	lab_kill(pid);
	tls_identity_free(k);
}

/* ---- bodies that errors have, or that nobody asked for ---- */

TEST(a_status_counts_whatever_its_body, "ERR-1 HTTP-13")
{
	static const char *const replies[] = {
		"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 403 No\r\nContent-Type: text/html\r\n\r\n<html><body>no",
		"HTTP/1.1 404 No\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{",
		"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<xml>\r\nzzz",
		"HTTP/1.1 503 No\r\nRetry-After: 120\r\n\r\n",
		"HTTP/1.1 404 No\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08",
	};
	static const unsigned statuses[] = { 401, 403, 404, 500, 503, 404 };
	static const size_t bodies[] = { 0, 14, 1, 5, 0, 0 };
	static struct scene scenes[ARRAY_SIZE(replies)];

	if (!setup())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++)
		scenes[i].reply = replies[i];
	pid_t pid = serve(8185, scenes, ARRAY_SIZE(scenes));
	CHECK(open_url("http://127.0.0.1:8185/", NULL));
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		CHECK(get("/") && response.head.status == statuses[i]);
		CHECK(response.room_used == bodies[i]);
		CHECK((response.head.retry_after_s == 120) == (statuses[i] == 503));
	}
	fetch_close(&f);
	lab_kill(pid);
}

TEST(refuses_an_encoding_nobody_asked_for, "HTTP-13")
{
	static const struct scene scenes[] = {
		{ .reply = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc" },
		{ .reply = "HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\nContent-Length: 3\r\n\r\nabc" },
		{ .reply = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc" },
	};
	struct fetch_request q = { .method = "GET", .path = "/" };
	struct bytes piece;

	if (!setup())
		return;
	pid_t pid = serve(8186, scenes, 3);
	CHECK(open_url("http://127.0.0.1:8186/", NULL));
	CHECK(!get("/") && e.code == ERROR_REFUSED);
	CHECK_STR(e.text, "127.0.0.1:8186: the answer is encoded, which was not asked for: gzip");
	CHECK(get("/") && room_is("abc"));
	/* An image that is compressed is just bytes. */
	CHECK(fetch_begin(&f, &q, &response, &e) && fetch_read(&f, &piece, &e) &&
	      piece.size == 3);
	fetch_close(&f);
	lab_kill(pid);
}

TEST(an_endless_body_ends, "HTTP-13 SEC-5")
{
	struct fetch_request q = { .method = "GET", .path = "/", .body_max = 1 << 20 };

	if (!setup())
		return;
	CHECK(lab_run("{ printf 'HTTP/1.1 200 OK\\r\\n\\r\\n'; yes | head -c 8M; } >endless; "
		      "{ printf 'HTTP/1.1 500 No\\r\\n\\r\\n'; yes | head -c 8M; } >error"));
	pid_t pid = plain_at("127.0.0.1", 8187, "endless"),
	      other = plain_at("127.0.0.1", 8188, "error");
	CHECK(open_url("http://127.0.0.1:8187/", NULL));
	CHECK(!fetch_exchange(&f, &q, &response, &e) && e.code == ERROR_REFUSED);
	CHECK_STR(e.rule, "HTTP-13");
	fetch_close(&f);
	/* Of an error's, as much is taken as is of use. */
	CHECK(open_url("http://127.0.0.1:8188/", NULL));
	CHECK(get("/") && response.head.status == 500 && response.room_used == sizeof(room));
	CHECK(response.body_size <= CONFIG_FETCH_ERROR_BODY_MAX + CONFIG_FETCH_BUFFER);
	fetch_close(&f);
	lab_kill(other);
	lab_kill(pid);
}

struct ticker {
	struct loop_timer timer;
	unsigned ticks;
};

static void tick(void *context)
{
	struct ticker *t = context;

	t->ticks++;
	loop_timer_set(&loop, &t->timer, loop_now_ms() + 10);
}

TEST(streams_from_nginx, "TLS-2")
{
	static const char conf[] =
		"user root; daemon off; master_process off; pid nginx.pid; error_log "
		"err.log;\n"
		"events {}\nhttp { access_log off; client_body_temp_path t1; proxy_temp_path "
		"t2;\n"
		"fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;\n"
		"server { listen 127.0.0.1:8150 ssl; root .; ssl_certificate server.pem;\n"
		"ssl_certificate_key server.key; ssl_client_certificate client.pem;\n"
		"ssl_verify_client on; location /who { return 200 $ssl_client_s_dn; } } }\n";
	struct tls_identity identity;
	struct bytes chain;
	size_t left = 64 << 20;
	struct fetch_request q = { .method = "GET",
				   .path = "/big",
				   .on_body = count_pieces,
				   .context = &left,
				   .body_max = UINT64_MAX };
	char line[1024];

	if (!setup() || !make_certificates())
		return;
	snprintf(line, sizeof(line), "cat >nginx.conf <<'E'\n%sE\ntruncate -s 64M big", conf);
	CHECK(lab_run(line));
	snprintf(line, sizeof(line), "nginx -p %s -c nginx.conf", lab_folder);
	pid_t pid = lab_spawn(line);
	CHECK(lab_wait_port(8150));
	chain = bytes_of(client_der, client_size);
	struct tls_identity_key *k = tls_identity_read(
		&identity, bytes_of(client_key, client_key_size), &chain, 1, &e);
	CHECK(k != NULL);
	expect_server();
	tls_options.tls.identity = &identity;
	CHECK(open_url("https://127.0.0.1:8150/", &tls_options));
	CHECK(get("/who") && room_is("CN=client"));
	struct ticker ticker = { { .expired = tick, .context = &ticker }, 0 };
	tick(&ticker);
	uint64_t begun = loop_now_ms();
	CHECK(fetch_exchange(&f, &q, &response, &e) && left == 0);
	CHECK(ticker.ticks >=
	      (loop_now_ms() - begun) / 80); /* leases are renewed meanwhile */
	loop_timer_cancel(&loop, &ticker.timer);
	CHECK(response.head.content_length == 64 << 20 && response.body_size == 64 << 20);
	printf("64 MiB in %u ms\n", (unsigned)(loop_now_ms() - begun));
	CHECK(get("/missing") && response.head.status == 404);
	fetch_close(&f);
	/* nginx takes the handshake and then says 400 */
	tls_options.tls.identity = NULL;
	CHECK(open_url("https://127.0.0.1:8150/", &tls_options));
	CHECK(get("/who") && response.head.status == 400);
	fetch_close(&f);
	tls_identity_free(k);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

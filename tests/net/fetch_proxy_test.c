/* SPDX-License-Identifier: MIT */
#include "net/fetch.h"

#include "base/log.h"
#include "check.h"
#include "codec/uri.h"
#include "lab.h"
#include "net/scene.h"

/* Tunnels: small proxies that play a scene.  Squid stands in tests/net/proxy_test.sh. */

static struct loop loop;
static struct error e;
static struct fetch f;
static struct fetch_response response;
static uint8_t room[4096];
static char said[8192], requests[8192];
static uint16_t port = 8200;

static void hear(void *context, const struct log_entry *entry)
{
	size_t used = strlen(said);

	(void)context;
	snprintf(said + used, sizeof(said) - used, "%s\n", entry->line);
}

static bool setup(void)
{
	static int ready = -1;

	if (ready < 0) {
		loop_start(&loop);
		log_to(hear, NULL);
		log_up_to(LOG_LEVEL_DEBUG);
		log_debug_stems("all");
		ready = lab_make_folder() && lab_network();
	}
	CHECK(ready);
	said[0] = '\0';
	CHECK(lab_run(": >requests"));
	return ready;
}

static struct fetch_options options;
static struct proxy proxy;

/* By the proxy that plays these scenes. */
static bool open_by(const char *url, const struct scene *scenes, size_t count,
		    const char *credentials)
{
	struct uri uri;
	pid_t pid = serve(++port, scenes, count);

	proxy = (struct proxy){ .port = port, .credentials = credentials };
	CHECK(address_read(&proxy.address, bytes_of_text("127.0.0.1")));
	options = (struct fetch_options){ .tls.server = TLS_SERVER_PROVISIONAL,
					  .proxy = &proxy,
					  .connect_ms = 3000,
					  .handshake_ms = 5000,
					  .idle_ms = 5000 };
	CHECK(uri_read(&uri, bytes_of_text(url), &e));
	bool ok = fetch_open(&f, &loop, &uri, &options, &e);
	struct fetch_request q = {
		.method = "GET", .path = "/x", .room = room, .room_size = sizeof(room)
	};
	ok = ok && fetch_exchange(&f, &q, &response, &e);
	fetch_close(&f);
	CHECK(!loop.fds && !loop.timers);
	lab_kill(pid);
	requests[lab_read("requests", requests, sizeof(requests) - 1)] = '\0';
	return ok;
}

#define OPENED "HTTP/1.1 200 Connection established\r\n\r\n"
#define OK_5 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define LOGIN "HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"

TEST(plain_http_takes_a_tunnel_too, "PROXY-9 PROXY-14")
{
	static const struct scene scenes[] = { { .reply = OPENED, .stay = true },
					       { .reply = OK_5 } };
	static const struct scene slow[] = {
		{ .reply = "HTTP/1.1 100 Wait\r\n\r\nHTTP/1.0 201 Made\r\nContent-Length: "
			   "99\r\n\r\n",
		  .drip = true,
		  .stay = true },
		{ .reply = OK_5, .drip = true },
	};

	/* No name server is known, and none is needed. */
	if (!setup())
		return;
	CHECK(open_by("http://files.example/x", scenes, 2, NULL));
	CHECK(response.room_used == 5 && memcmp(room, "hello", 5) == 0);
	CHECK(strstr(requests, "CONNECT files.example:80 HTTP/1.1\r\nHost: files.example:80\r\n") ==
	      requests);
	CHECK(strstr(requests, "GET /x HTTP/1.1\r\nHost: files.example\r\n"));
	CHECK(!strstr(requests, "Authorization"));
	/* A byte at a time, after a 1xx, with another 2xx, with a length that counts not. */
	CHECK(open_by("http://[2001:db8::1]:8080/x", slow, 2, NULL));
	CHECK(strstr(requests, "CONNECT [2001:db8::1]:8080 HTTP/1.1\r\n"
			       "Host: [2001:db8::1]:8080\r\n"));
}

TEST(what_a_proxy_may_not_say, "PROXY-9 PROXY-10 TLS-15")
{
	static const struct {
		struct scene scene;
		enum error_code code;
		const char *rule, *text;
	} cases[] = {
		{ { .reply = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nevil" },
		  ERROR_REFUSED, "PROXY-10", "it answers 403 to CONNECT" },
		{ { .reply = "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n" },
		  ERROR_REFUSED, "PROXY-10", "it answers 302 to CONNECT" },
		{ { .reply = "HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\n\r\n<html>" },
		  ERROR_LATER, "PROXY-10", "it answers 502 to CONNECT" },
		{ { .reply = "HTTP/1.1 503 No\r\n\r\n" },
		  ERROR_LATER, "PROXY-10", "it answers 503 to CONNECT" },
		{ { .reply = LOGIN },
		  ERROR_REFUSED, "PROXY-10", "it demands a login (407), and none is configured" },
		{ { .reply = OPENED "evil" },
		  ERROR_REFUSED, "PROXY-9", "it sends 4 bytes of its own into the tunnel" },
		{ { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" },
		  ERROR_REFUSED, "PROXY-9", "it sends 4 bytes of its own into the tunnel" },
		{ { .reply = "SSH-2.0-OpenSSH_9.2\r\n" },
		  ERROR_MALFORMED, "HTTP-13", "no HTTP/1 status line" },
		{ { .reply = "HTTP/1.1 101 Switch\r\n\r\n" },
		  ERROR_MALFORMED, "HTTP-13", "a change of protocol" },
		{ { .reply = NULL }, ERROR_LATER, "PROXY-10", "it closes the connection" },
		{ { .reply = "HTTP/1.1 2" }, ERROR_LATER, "PROXY-10", "it closes the connection" },
		{ { .reply = "HTTP/1.1 2", .reset = true },
		  ERROR_LATER, "PROXY-10", "it closes the connection" },
		{ { .reply = NULL, .delay_ms = 60000 }, ERROR_LATER, "TLS-15", "no tunnel in time" },
		{ { .reply = OPENED, .drip = true, .drip_us = 150000 },
		  ERROR_LATER, "TLS-15", "no tunnel in time" },
	};

	if (!setup())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[400];

		CHECK(!open_by("https://boot.example/x", &cases[i].scene, 1, NULL));
		CHECK(e.code == cases[i].code);
		CHECK_STR(e.rule, cases[i].rule);
		snprintf(text, sizeof(text), "boot.example:443: proxy 127.0.0.1:%u: ", port);
		CHECK(strstr(e.text, text) == e.text);
		CHECK(strstr(e.text, cases[i].text));
		if (!strstr(e.text, cases[i].text))
			printf("%s\n", e.text);
	}
}

TEST(an_endless_head_of_a_proxy, "PROXY-10 HTTP-13 SEC-5")
{
	static char reply[40000] = "HTTP/1.1 200 OK\r\n";
	static const struct scene scene = { .reply = reply };

	if (!setup())
		return;
	while (strlen(reply) < sizeof(reply) - 20)
		strcat(reply + strlen(reply), "X-Y: 12345\r\n");
	CHECK(!open_by("https://boot.example/x", &scene, 1, NULL));
	CHECK(e.code == ERROR_MALFORMED && strstr(e.text, "too large a head"));
}

TEST(gives_the_password_only_when_asked, "PROXY-10 KEY-4")
{
	static const struct scene scenes[] = { { .reply = LOGIN },
					       { .reply = OPENED, .stay = true },
					       { .reply = OK_5 } };
	static const struct scene twice[] = { { .reply = LOGIN }, { .reply = LOGIN } };
	static const struct scene other[] = {
		{ .reply = "HTTP/1.1 407 Login\r\nProxy-Authenticate: Negotiate\r\n\r\n" }
	};

	if (!setup())
		return;
	CHECK(open_by("http://files.example/x", scenes, 3, "user:secret"));
	const char *login = strstr(requests, "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n");
	const char *first = strstr(requests, "\r\n\r\n");
	CHECK(login && first && login > first); /* not in the first request */
	CHECK(login && !strstr(login + 1, "Proxy-Authorization")); /* nor to the server */
	CHECK(!open_by("http://files.example/x", twice, 2, "user:secret"));
	CHECK_STR(e.rule, "PROXY-10");
	CHECK(e.code == ERROR_REFUSED && strstr(e.text, "it does not take our login (407)"));
	CHECK(!strstr(e.text, "secret") && !strstr(e.text, "dXNlc"));
	CHECK(!open_by("http://files.example/x", other, 1, "user:secret"));
	CHECK(strstr(e.text, "another login than Basic"));
	CHECK(lab_run(": >requests"));
	CHECK(open_by("http://files.example/x", scenes + 1, 2, "user:secret"));
	CHECK(!strstr(requests, "Proxy-Authorization"));
	/* Longer than there is room for. */
	static char long_login[600];
	memset(long_login, 'x', sizeof(long_login) - 1);
	CHECK(!open_by("http://files.example/x", scenes, 3, long_login));
	CHECK(e.code == ERROR_USAGE);
	CHECK(!strstr(said, "secret") && !strstr(said, "dXNlc"));
}

/* Who is told that the proxy is not there was going to ask it. */
static bool asks_proxy(const char *url, const struct resolver *with)
{
	struct uri uri;

	proxy = (struct proxy){ .port = 9 };
	CHECK(address_read(&proxy.address, bytes_of_text("127.0.0.1")));
	options = (struct fetch_options){ .proxy = &proxy, .connect_ms = 100 };
	if (with)
		options.resolver = *with;
	CHECK(uri_read(&uri, bytes_of_text(url), &e));
	CHECK(!fetch_open(&f, &loop, &uri, &options, &e));
	return strstr(e.text, "proxy");
}

TEST(what_belongs_to_the_link_takes_no_proxy, "PROXY-13")
{
	static const char corporate[][CONFIG_HOST_MAX] = { "corp.local" };
	const struct resolver with = { .domains = corporate, .domain_count = 1 };

	if (!setup())
		return;
	CHECK(asks_proxy("http://boot.example/", NULL));
	CHECK(asks_proxy("http://192.0.2.1/", NULL) && asks_proxy("http://[2001:db8::1]/", NULL));
	CHECK(asks_proxy("http://169.253.0.1/", NULL) && asks_proxy("http://local/", NULL));
	CHECK(!asks_proxy("http://169.254.0.1/", NULL) && !asks_proxy("http://[fe80::1]/", NULL));
	CHECK(!asks_proxy("http://boot.local/", NULL));
	CHECK(!asks_proxy("http://boot.local/", &with));
	CHECK(asks_proxy("http://boot.corp.local/", &with));
}

TEST(a_proxy_that_is_not_there, "PROXY-9")
{
	struct uri uri;

	if (!setup())
		return;
	proxy = (struct proxy){ .port = 9 };
	CHECK(address_read(&proxy.address, bytes_of_text("127.0.0.1")));
	options.proxy = &proxy;
	CHECK(uri_read(&uri, bytes_of_text("https://boot.example/x"), &e));
	CHECK(!fetch_open(&f, &loop, &uri, &options, &e) && e.code == ERROR_LATER);
	CHECK_STR(e.text, "boot.example:443: proxy: 127.0.0.1:9: Connection refused");
	/* Nor on a link that does not lead there. */
	snprintf(proxy.link, sizeof(proxy.link), "none");
	CHECK(!fetch_open(&f, &loop, &uri, &options, &e) && e.code == ERROR_LATER);
	CHECK(!fetch_has_other(&f));
	CHECK(!loop.fds && !loop.timers);
}

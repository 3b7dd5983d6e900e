/* SPDX-License-Identifier: MIT */
#include "net/http.h"

#include "check.h"

static struct http_response h;
static struct error e;
static char body[256];
static size_t body_used;
static bool head_seen;

/* Feed @text in pieces of @step bytes; what the last event was. */
static enum http_event feed(const char *text, size_t size, size_t step, const char *method)
{
	enum http_event event = HTTP_MORE;
	struct bytes piece;

	http_response_start(&h, method);
	body_used = 0;
	head_seen = false;
	for (size_t at = 0; at < size && (event == HTTP_MORE); at += step) {
		struct bytes input = bytes_of(text + at, size - at < step ? size - at : step);

		for (;;) {
			event = http_response_next(&h, &input, &piece, &e);
			if (event == HTTP_HEAD)
				head_seen = true;
			if (event == HTTP_BODY) {
				CHECK(head_seen && piece.size > 0);
				CHECK(body_used + piece.size < sizeof(body));
				memcpy(body + body_used, piece.at, piece.size);
				body_used += piece.size;
			}
			if (event != HTTP_HEAD && event != HTTP_BODY)
				break;
		}
	}
	body[body_used] = '\0';
	return event;
}

static enum http_event get(const char *text)
{
	return feed(text, strlen(text), strlen(text), "GET");
}

#define HEAD "HTTP/1.1 200 OK\r\n"

static const char with_length[] = HEAD
	"Content-Type: application/yang-data+json\r\n"
	"ETag: \"abc\"\r\nContent-Length: 11\r\n\r\nhello world";
static const char with_chunks[] = HEAD "Transfer-Encoding: Chunked\r\n\r\n"
				       "5\r\nhello\r\n1 ; a=b\r\n \r\n0005\r\nworld\r\n0\r\n"
				       "X-Sum: 1\r\n\r\n";

TEST(reads_bodies_framed_by_length_chunks_and_end, "HTTP-13")
{
	CHECK(get(with_length) == HTTP_END);
	CHECK_STR(body, "hello world");
	CHECK_STR(h.head.content_type, "application/yang-data+json");
	CHECK_STR(h.head.etag, "\"abc\"");
	CHECK(h.head.status == 200 && h.head.content_length == 11 && h.keep_alive);
	CHECK(get(with_chunks) == HTTP_END && h.keep_alive);
	CHECK_STR(body, "hello world");
	CHECK(h.head.content_length == HTTP_LENGTH_UNKNOWN);
	CHECK(get(HEAD "\r\nhello world") == HTTP_MORE && !h.keep_alive);
	CHECK_STR(body, "hello world");
	CHECK(http_response_at_end(&h, true, &e));
	CHECK(!http_response_at_end(&h, false, &e) && e.code == ERROR_LATER);
}

TEST(reads_the_same_however_it_is_cut, "HTTP-13")
{
	static const char *const texts[] = { with_length, with_chunks };

	for (size_t i = 0; i < 2; i++)
		for (size_t step = 1; step < 60; step++) {
			CHECK(feed(texts[i], strlen(texts[i]), step, "GET") == HTTP_END);
			CHECK_STR(body, "hello world");
		}
}

TEST(every_truncation_is_seen, "HTTP-13")
{
	static const char *const texts[] = { with_length, with_chunks };

	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < strlen(texts[i]); n++) {
			CHECK(feed(texts[i], n, n ? n : 1, "GET") == HTTP_MORE);
			CHECK(!http_response_at_end(&h, true, &e) && e.code == ERROR_LATER);
		}
}

TEST(knows_answers_without_a_body, "HTTP-11 HTTP-13")
{
	CHECK(get("HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n") == HTTP_END);
	CHECK(get("HTTP/1.1 304 Not Modified\r\n\r\n") == HTTP_END);
	CHECK(get(HEAD "Content-Length: 0\r\n\r\n") == HTTP_END);
	CHECK(feed(with_length, strlen(with_length) - 11, 9, "HEAD") == HTTP_END);
	CHECK(h.head.content_length == 11 && h.keep_alive);
	CHECK(feed(HEAD "\r\n", sizeof(HEAD) + 1, 99, "CONNECT") == HTTP_END);
}

TEST(passes_over_1xx, "HTTP-13")
{
	char many[1024] = "";

	CHECK(get("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nETag: \"no\"\r\n\r\n"
		  "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno") == HTTP_END);
	CHECK(h.head.status == 404 && h.head.etag[0] == '\0');
	CHECK_STR(body, "no");
	for (int i = 0; i < 20; i++)
		strcat(many, "HTTP/1.1 100 Continue\r\n\r\n");
	CHECK(get(many) == HTTP_BAD);
	CHECK(get("HTTP/1.1 101 Switching\r\n\r\n") == HTTP_BAD);
}

TEST(keeps_the_connection_only_where_both_may, "")
{
	CHECK(get(HEAD "Connection: close\r\nContent-Length: 0\r\n\r\n") == HTTP_END);
	CHECK(!h.keep_alive);
	CHECK(get(HEAD "Connection: x, Keep-Alive, Close\r\nContent-Length: 0\r\n\r\n") ==
	      HTTP_END);
	CHECK(!h.keep_alive);
	CHECK(get("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") == HTTP_END &&
	      !h.keep_alive);
	CHECK(get("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n") ==
	      HTTP_END);
	CHECK(h.keep_alive);
}

TEST(reads_the_fields_that_matter, "ERR-5 IMG-15 CLK-6")
{
	CHECK(get("HTTP/1.1 206 Partial\r\nContent-Range: bytes 100-104/2000\r\n"
		  "Content-Length: 5\r\nLast-Modified: Sat, 01 Jan 2022 00:00:00 GMT\r\n"
		  "Accept-Ranges: bytes\r\n\r\nhello") == HTTP_END);
	CHECK(h.head.ranged && h.head.range_start == 100 && h.head.range_total == 2000);
	CHECK(h.head.accept_ranges && h.head.last_modified[0] == 'S');
	CHECK(get("HTTP/1.1 416 No\r\nContent-Range: bytes */2000\r\nContent-Length: "
		  "0\r\n\r\n") == HTTP_END);
	CHECK(!h.head.ranged && h.head.range_total == 2000);
	CHECK(get("HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n") ==
	      HTTP_END);
	CHECK(h.head.retry_after_s == 30);
	CHECK(get("HTTP/1.1 503 Busy\r\nRetry-After: Sat, 01 Jan 2022 00:00:00 GMT\r\n"
		  "Content-Length: 0\r\n\r\n") == HTTP_END);
	CHECK(h.head.retry_after_s == HTTP_RETRY_NONE);
	CHECK(get("HTTP/1.1 301 Moved\nlocation:  https://x/  \nContent-Length: 3, "
		  "3\n\nabc") == HTTP_END);
	CHECK_STR(h.head.location, "https://x/");
	CHECK(get("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n") == HTTP_END);
}

TEST(refuses_what_can_be_read_in_two_ways, "HTTP-13")
{
	static const char *const bad[] = {
		"HTTP/2 200 OK\r\n\r\n",
		"HTTP/1.1 99 No\r\n\r\n",
		"HTTP/1.1 600 No\r\n\r\n",
		"HTTP/1.1 2000 No\r\n\r\n",
		"HTTP/1.x 200 No\r\n\r\n",
		"ICY 200 OK\r\n\r\n",
		"<html>\r\n\r\n\r\n",
		HEAD "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
		HEAD "Content-Length: 5, 6\r\n\r\n",
		HEAD "Content-Length: -1\r\n\r\n",
		HEAD "Content-Length: +1\r\n\r\n",
		HEAD "Content-Length: 0x10\r\n\r\n",
		HEAD "Content-Length: \r\n\r\n",
		HEAD "Content-Length: 99999999999999999999\r\n\r\n",
		HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n",
		HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		HEAD "Content-Length : 5\r\n\r\n",
		HEAD " folded\r\n\r\n",
		HEAD "X: a\r\n b\r\n\r\n",
		HEAD "no colon\r\n\r\n",
		HEAD ": empty\r\n\r\n",
		HEAD "X: a\rb\r\n\r\n",
		HEAD "Content-Range: bytes 5-4/10\r\n\r\n",
		HEAD "Content-Range: bytes x-4/10\r\n\r\n",
		HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n",
		HEAD "Transfer-Encoding: chunked\r\n\r\n\r\n",
		HEAD "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
		HEAD "Transfer-Encoding: chunked\r\n\r\n5 5\r\nhello\r\n",
		HEAD "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
		HEAD "Transfer-Encoding: chunked\r\n\r\n0000000000000005\r\nhello\r\n",
		HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		bool refused = get(bad[i]) == HTTP_BAD && e.code == ERROR_MALFORMED;

		if (!refused)
			printf("accepted: %s\n", bad[i]);
		CHECK(refused);
	}
	CHECK(feed(HEAD "X: a\0b\r\n\r\n", 26, 26, "GET") == HTTP_BAD);
}

/* A head that never ends, in fields, in one line, in trailers, in chunk extensions. */
static bool refuses_endless(const char *start, const char *more)
{
	struct bytes piece, input = bytes_of_text(start);
	enum http_event event;

	http_response_start(&h, "GET");
	do
		event = http_response_next(&h, &input, &piece, &e);
	while (event == HTTP_HEAD || event == HTTP_BODY);
	for (size_t fed = 0; event == HTTP_MORE && fed < 40000; fed += strlen(more)) {
		input = bytes_of_text(more);
		event = http_response_next(&h, &input, &piece, &e);
	}
	return event == HTTP_BAD && strcmp(e.rule, "HTTP-13") == 0;
}

TEST(refuses_endless_heads, "HTTP-13 SEC-5")
{
	CHECK(refuses_endless(HEAD, "X-Y: 12345\r\n"));
	CHECK(refuses_endless(HEAD, "X"));
	CHECK(refuses_endless("", "\r"));
	CHECK(refuses_endless(HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n",
			      "X-Y: 12345\r\n"));
	CHECK(refuses_endless(HEAD "Transfer-Encoding: chunked\r\n\r\n5;", "extension"));
}

TEST(chunk_extensions_do_not_go_on_for_ever, "HTTP-13 SEC-5")
{
	static char text[40000];
	char *to = text + sprintf(text, HEAD "Transfer-Encoding: chunked\r\n\r\n");

	for (int i = 0; i < 10; i++)
		to += sprintf(to, "1;%0900d\r\na\r\n", 0);
	char *ten = to + sprintf(to, "0\r\n\r\n");
	CHECK(get(text) == HTTP_END);
	CHECK_STR(body, "aaaaaaaaaa");
	for (to = ten - 5; to < text + sizeof(text) - 1000;)
		to += sprintf(to, "1;%0900d\r\na\r\n", 0);
	CHECK(get(text) == HTTP_BAD && strstr(e.text, "too many chunk extensions"));
}

/* A 2xx opens the tunnel whatever lengths it names (RFC 9110 §9.3.6); others have bodies. */
TEST(a_tunnel_has_no_body, "PROXY-9 PROXY-10")
{
	static const char opened[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
	static const char denied[] =
		"HTTP/1.1 407 Login\r\nProxy-Authenticate: Negotiate\r\n"
		"Proxy-Authenticate: Digest realm=\"x\", BASIC realm=\"x\"\r\n"
		"Content-Length: 2\r\n\r\nno";

	CHECK(feed(opened, sizeof(opened) - 1, 1, "CONNECT") == HTTP_END && !h.head.basic_login);
	CHECK(feed(denied, sizeof(denied) - 1, 1, "CONNECT") == HTTP_END && h.head.basic_login);
	CHECK_STR(body, "no");
	CHECK(get("HTTP/1.1 407 Login\r\nProxy-Authenticate: Digest realm=basic\r\n"
		  "Content-Length: 0\r\n\r\n") == HTTP_END);
	CHECK(!h.head.basic_login);
}

/* ---- requests ---- */

static char room[1024];
static struct writer w;

static const char *request(const char *method, const char *path, const char *host,
			   uint16_t port, const char *const *headers, size_t size)
{
	w = writer_over(room, sizeof(room) - 1);
	if (!http_request_write(&w, method, path, host, port, true, headers, size, &e))
		return "";
	room[w.used] = '\0';
	return room;
}

#define AGENT "User-Agent: sztpboot/" CONFIG_VERSION "\r\nAccept-Encoding: identity\r\n"

TEST(writes_requests, "HTTP-13")
{
	static const char *const headers[] = { "Accept: a/b", NULL };

	CHECK_STR(request("GET", "/x?y", "boot.example", 443, headers, 0),
		  "GET /x?y HTTP/1.1\r\nHost: boot.example\r\n" AGENT "Accept: a/b\r\n\r\n");
	CHECK_STR(request("POST", "/", "192.0.2.1", 8443, NULL, 7),
		  "POST / HTTP/1.1\r\nHost: 192.0.2.1:8443\r\n" AGENT
		  "Content-Length: 7\r\n\r\n");
	CHECK_STR(request("POST", "/", "2001:db8::1", 443, NULL, 0),
		  "POST / HTTP/1.1\r\nHost: [2001:db8::1]\r\n" AGENT
		  "Content-Length: 0\r\n\r\n");
}

TEST(asks_a_proxy_for_the_same_name_twice, "PROXY-9 PROXY-14")
{
	CHECK_STR(request("CONNECT", "boot.example:443", "boot.example", 443, NULL, 0),
		  "CONNECT boot.example:443 HTTP/1.1\r\nHost: boot.example:443\r\n"
		  "User-Agent: sztpboot/" CONFIG_VERSION "\r\n\r\n");
	CHECK_STR(request("CONNECT", "[2001:db8::1]:8443", "2001:db8::1", 8443, NULL, 0),
		  "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n"
		  "User-Agent: sztpboot/" CONFIG_VERSION "\r\n\r\n");
}

TEST(refuses_to_split_a_request, "SEC-4")
{
	static const char *const bad_header[] = { "A: b\r\nC: d", NULL };
	static const char *const no_header[] = { "no colon", NULL };
	char path[2000];

	CHECK_STR(request("GET", "/a b", "h", 443, NULL, 0), "");
	CHECK_STR(request("GET", "/a\r\nX: y", "h", 443, NULL, 0), "");
	CHECK_STR(request("GET", "http://h/", "h", 443, NULL, 0), "");
	CHECK_STR(request("G T", "/", "h", 443, NULL, 0), "");
	CHECK_STR(request("GET", "/", "h\n", 443, NULL, 0), "");
	CHECK_STR(request("GET", "/", "h", 443, bad_header, 0), "");
	CHECK_STR(request("GET", "/", "h", 443, no_header, 0), "");
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	CHECK_STR(request("GET", path, "h", 443, NULL, 0), "");
}

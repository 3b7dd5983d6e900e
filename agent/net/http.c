/* SPDX-License-Identifier: MIT */
#include "net/http.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"

/*
 * The parser gathers lines (status, fields, chunk sizes) in h->line and passes body bytes
 * through without a copy.  Stricter than RFC 9112 lets a client be where two readings of
 * one message are possible: both length and chunked, folded fields, spaces before a
 * colon, transfer codings but chunked are refused.
 */

#define CHUNK_LINE_MAX 1024 /* bytes of one chunk size with its extensions */
#define CHUNK_DIGITS_MAX 15 /* hexadecimal: below 2^60, and no endless zeros in front */

static bool is_token_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct bytes b)
{
	for (size_t i = 0; i < b.size; i++)
		if (!is_token_char(b.at[i]))
			return false;
	return b.size > 0;
}

static struct bytes trim(struct bytes b)
{
	while (b.size && (b.at[0] == ' ' || b.at[0] == '\t'))
		b.at++, b.size--;
	while (b.size && (b.at[b.size - 1] == ' ' || b.at[b.size - 1] == '\t'))
		b.size--;
	return b;
}

static bool is_named(struct bytes name, const char *text)
{
	return text_equal_nocase(name, bytes_of_text(text));
}

/* The next element of a comma separated list; @list moves behind it. */
static struct bytes list_next(struct bytes *list)
{
	const uint8_t *comma = list->size ? memchr(list->at, ',', list->size) : NULL;
	size_t size = comma ? (size_t)(comma - list->at) : list->size;
	struct bytes element = bytes_of(list->at, size);

	list->at += size + (comma ? 1 : 0);
	list->size -= size + (comma ? 1 : 0);
	return trim(element);
}

/* ---- the request ---- */

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((uint8_t)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static bool has_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
}

bool http_request_write(struct writer *w, const char *method, const char *path,
			const char *host, uint16_t port, bool secure,
			const char *const *headers, size_t body_size, struct error *e)
{
	bool six = strchr(host, ':') != NULL, tunnel = strcmp(method, "CONNECT") == 0;

	if (!is_token(bytes_of_text(method)) || !is_plain(path) || strchr(path, ' ') ||
	    !is_plain(host) || (path[0] != '/' && !tunnel))
		return error_set(e, ERROR_USAGE, NULL, "not a request line: %s %s",
				 TEXT_QUOTED(bytes_of_text(method)),
				 TEXT_QUOTED(bytes_of_text(path)));
	writer_printf(w, "%s ", method);
	writer_text(w, path);
	writer_text(w, " HTTP/1.1\r\nHost: ");
	if (tunnel)
		writer_text(w, path);
	else
		writer_printf(w, "%s%s%s", six ? "[" : "", host, six ? "]" : "");
	if (!tunnel && port != (secure ? 443 : 80))
		writer_printf(w, ":%u", port);
	writer_text(w, "\r\nUser-Agent: sztpboot/" CONFIG_VERSION "\r\n");
	if (!tunnel)
		writer_text(w, "Accept-Encoding: identity\r\n");
	for (; headers && *headers; headers++) {
		if (!is_plain(*headers) || !strchr(*headers, ':'))
			return error_set(e, ERROR_USAGE, NULL, "not a header line: %s",
					 TEXT_QUOTED(bytes_of_text(*headers)));
		writer_text(w, *headers);
		writer_text(w, "\r\n");
	}
	if (body_size || has_body(method))
		writer_printf(w, "Content-Length: %zu\r\n", body_size);
	writer_text(w, "\r\n");
	if (!writer_ok(w))
		return error_set(e, ERROR_USAGE, "HTTP-13",
				 "the request is larger than %zu bytes", w->size);
	return true;
}

/* ---- the response ---- */

static void start_head(struct http_response *h)
{
	h->head = (struct http_head){ .content_length = HTTP_LENGTH_UNKNOWN,
				      .retry_after_s = HTTP_RETRY_NONE,
				      .range_total = HTTP_LENGTH_UNKNOWN };
	h->part = HTTP_PART_STATUS_LINE;
	h->chunked = h->length_seen = h->close_said = false;
	h->keep_alive = false;
	h->left = 0;
	h->line_size = 0;
}

void http_response_start(struct http_response *h, const char *method)
{
	h->to_head_request = strcmp(method, "HEAD") == 0;
	h->connect_request = strcmp(method, "CONNECT") == 0;
	h->head_size = 0;
	h->informational = 0;
	start_head(h);
}

static enum http_event bad(struct error *e, const char *what, struct bytes where)
{
	error_set(e, ERROR_MALFORMED, "HTTP-13", "%s in the server's answer%s%s", what,
		  where.size ? ": " : "", TEXT_QUOTED(where));
	return HTTP_BAD;
}

/*
 * Add bytes to the line; true when it is complete (without its line end, h->line_size
 * bytes).  *@fault names what is wrong, and then the result is false.
 */
static bool gather_line(struct http_response *h, struct bytes *input, size_t max,
			const char **fault)
{
	const uint8_t *end = input->size ? memchr(input->at, '\n', input->size) : NULL;
	size_t size = end ? (size_t)(end - input->at) + 1 : input->size;

	if (size > max - h->line_size) {
		*fault = "too long a line";
		return false;
	}
	if (size)
		memcpy(h->line + h->line_size, input->at, size);
	h->line_size += size;
	input->at += size;
	input->size -= size;
	if (!end)
		return false;
	h->line_size--;
	if (h->line_size && h->line[h->line_size - 1] == '\r')
		h->line_size--;
	if (memchr(h->line, '\r', h->line_size) || memchr(h->line, 0, h->line_size)) {
		*fault = "a control character";
		return false;
	}
	return true;
}

/* HTTP/1.1 200 OK (RFC 9112 §4) */
static enum http_event read_status_line(struct http_response *h, struct error *e)
{
	struct bytes line = bytes_of(h->line, h->line_size);
	uint64_t status;

	if (line.size < 12 || !text_starts(line, "HTTP/1.") || line.at[7] < '0' ||
	    line.at[7] > '9' || line.at[8] != ' ' || (line.size > 12 && line.at[12] != ' ') ||
	    !text_number(&status, bytes_of(line.at + 9, 3), 599) || status < 100)
		return bad(e, "no HTTP/1 status line", line);
	h->head.status = (unsigned)status;
	h->keep_alive = line.at[7] != '0';
	h->part = HTTP_PART_FIELDS;
	return HTTP_MORE;
}

static bool read_range(struct http_response *h, struct bytes value)
{
	struct reader r;
	bool broken;
	uint64_t first, last;

	if (!text_starts(value, "bytes "))
		return true; /* another unit: not ours */
	r = reader_over(bytes_of(value.at + 6, value.size - 6), &broken);
	if (reader_peek(&r) == '*') {
		reader_skip(&r, 2);
	} else {
		struct bytes from = reader_until(&r, '-'), to = reader_until(&r, '/');

		if (broken || !text_number(&first, from, INT64_MAX) ||
		    !text_number(&last, to, INT64_MAX) || last < first)
			return false;
		h->head.ranged = true;
		h->head.range_start = first;
	}
	struct bytes total = reader_rest(&r);
	if (broken)
		return false;
	if (bytes_equal_text(total, "*"))
		return true;
	return text_number(&h->head.range_total, total, INT64_MAX);
}

static bool read_length(struct http_response *h, struct bytes value)
{
	uint64_t length;

	while (value.size) { /* "5, 5" is one length said twice (RFC 9110 §8.6) */
		if (!text_number(&length, list_next(&value), INT64_MAX))
			return false;
		if (h->length_seen && length != h->head.content_length)
			return false;
		h->head.content_length = length;
		h->length_seen = true;
	}
	return h->length_seen;
}

/* Basic among the schemes of a challenge?  Their parameters look like schemes to us; it
 * does no harm. */
static bool offers_basic(struct bytes value)
{
	while (value.size) {
		struct bytes scheme = list_next(&value);

		scheme.size = scheme.size < 5 ? scheme.size : 5;
		if (is_named(scheme, "basic"))
			return true;
	}
	return false;
}

/* Text fields: what does not fit is as good as absent. */
static void keep(char *to, size_t size, struct bytes value)
{
	if (!text_copy(to, size, value))
		to[0] = '\0';
}

#define TEXT(NAME, FIELD)                                                                     \
	{ NAME, offsetof(struct http_head, FIELD), sizeof(((struct http_head *)0)->FIELD) }
static const struct {
	char name[20];
	uint16_t at, size;
} texts[] = {
	TEXT("content-type", content_type),   TEXT("content-encoding", content_encoding),
	TEXT("etag", etag),		      TEXT("last-modified", last_modified),
	TEXT("location", location),	      TEXT("www-authenticate", www_authenticate),
};

static enum http_event read_field(struct http_response *h, struct error *e)
{
	struct bytes line = bytes_of(h->line, h->line_size), name, value;
	struct http_head *head = &h->head;
	bool broken;
	uint64_t number;
	struct reader r = reader_over(line, &broken);

	name = reader_until(&r, ':');
	value = trim(reader_rest(&r));
	if (broken || !is_token(name))
		return bad(e, "a broken header field", line);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (is_named(name, texts[i].name))
			keep((char *)head + texts[i].at, texts[i].size, value);
	if (is_named(name, "content-length")) {
		if (!read_length(h, value))
			return bad(e, "a broken Content-Length", value);
	} else if (is_named(name, "transfer-encoding")) {
		if (h->chunked || !is_named(value, "chunked"))
			return bad(e, "a transfer coding that is not chunked", value);
		h->chunked = true;
	} else if (is_named(name, "connection")) {
		while (value.size) {
			struct bytes option = list_next(&value);

			h->close_said |= is_named(option, "close");
			h->keep_alive |= is_named(option, "keep-alive");
		}
	} else if (is_named(name, "proxy-authenticate")) {
		head->basic_login |= offers_basic(value);
	} else if (is_named(name, "accept-ranges")) {
		head->accept_ranges = is_named(value, "bytes");
	} else if (is_named(name, "content-range")) {
		if (!read_range(h, value))
			return bad(e, "a broken Content-Range", value);
	} else if (is_named(name, "retry-after")) {
		if (text_number(&number, value, HTTP_RETRY_NONE - 1))
			head->retry_after_s = (uint32_t)number;
	}
	return HTTP_MORE;
}

/* The empty line: how long is the body (RFC 9112 §6.3)? */
static enum http_event end_head(struct http_response *h, struct error *e)
{
	struct http_head *head = &h->head;

	if (head->status == 101)
		return bad(e, "a change of protocol", bytes_of(NULL, 0));
	if (head->status < 200) {
		if (++h->informational > CONFIG_HTTP_INFORMATIONAL_MAX)
			return bad(e, "too many 1xx answers", bytes_of(NULL, 0));
		start_head(h);
		return HTTP_MORE;
	}
	h->keep_alive &= !h->close_said;
	if (h->chunked && h->length_seen)
		return bad(e, "both a length and chunks", bytes_of(NULL, 0));
	if (h->chunked)
		head->content_length = HTTP_LENGTH_UNKNOWN;
	if (h->to_head_request || head->status == 204 || head->status == 304 ||
	    (h->connect_request && head->status < 300)) {
		h->part = HTTP_PART_DONE;
	} else if (h->chunked) {
		h->part = HTTP_PART_CHUNK_SIZE;
	} else if (h->length_seen) {
		h->left = head->content_length;
		h->part = h->left ? HTTP_PART_BODY_LENGTH : HTTP_PART_DONE;
	} else {
		h->part = HTTP_PART_BODY_CLOSE;
		h->keep_alive = false;
	}
	return HTTP_HEAD;
}

static enum http_event read_chunk_size(struct http_response *h, struct error *e)
{
	struct bytes line = bytes_of(h->line, h->line_size);
	uint64_t size = 0;
	size_t i = 0;

	for (; i < line.size && i <= CHUNK_DIGITS_MAX; i++) {
		uint8_t c = line.at[i], lower = c | 0x20;
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (lower >= 'a' && lower <= 'f')
			digit = lower - 'a' + 10;
		else
			break;
		if (i == CHUNK_DIGITS_MAX)
			return bad(e, "too large a chunk", line);
		size = size << 4 | digit;
	}
	struct bytes rest = trim(bytes_of(line.at + i, line.size - i));
	if (i == 0 || (rest.size && rest.at[0] != ';'))
		return bad(e, "a broken chunk size", line);
	/* Extensions mean nothing to us; all together they are no longer than a head. */
	h->head_size += rest.size;
	if (h->head_size > CONFIG_HTTP_HEAD_MAX)
		return bad(e, "too many chunk extensions", bytes_of(NULL, 0));
	h->left = size;
	h->part = size ? HTTP_PART_CHUNK_DATA : HTTP_PART_TRAILERS;
	return HTTP_MORE;
}

static enum http_event read_line(struct http_response *h, struct error *e)
{
	switch (h->part) {
	case HTTP_PART_STATUS_LINE:
		return read_status_line(h, e);
	case HTTP_PART_FIELDS:
		return h->line_size ? read_field(h, e) : end_head(h, e);
	case HTTP_PART_CHUNK_SIZE:
		return read_chunk_size(h, e);
	case HTTP_PART_CHUNK_END:
		if (h->line_size)
			return bad(e, "a chunk longer than its size", bytes_of(NULL, 0));
		h->part = HTTP_PART_CHUNK_SIZE;
		return HTTP_MORE;
	case HTTP_PART_TRAILERS: /* none of them means anything to us */
		if (h->line_size == 0)
			h->part = HTTP_PART_DONE;
		return HTTP_MORE;
	case HTTP_PART_BODY_LENGTH:
	case HTTP_PART_BODY_CLOSE:
	case HTTP_PART_CHUNK_DATA:
	case HTTP_PART_DONE:
		break;
	}
	return HTTP_MORE;
}

static bool counts_as_head(enum http_part part)
{
	return part == HTTP_PART_STATUS_LINE || part == HTTP_PART_FIELDS ||
	       part == HTTP_PART_TRAILERS;
}

/* One line, or what there is of it. */
static enum http_event take_line(struct http_response *h, struct bytes *input,
				 struct error *e)
{
	bool of_head = counts_as_head(h->part);
	size_t max = of_head ? sizeof(h->line) : CHUNK_LINE_MAX;
	size_t before = input->size;
	const char *fault = NULL;
	bool whole = gather_line(h, input, max, &fault);

	if (of_head && (h->head_size += before - input->size) > CONFIG_HTTP_HEAD_MAX)
		fault = "too large a head";
	if (fault)
		return bad(e, fault, bytes_of(NULL, 0));
	if (!whole)
		return HTTP_MORE;
	enum http_event event = read_line(h, e);
	h->line_size = 0;
	return event;
}

static enum http_event take_body(struct http_response *h, struct bytes *input,
				 struct bytes *body)
{
	size_t size = input->size;

	if (h->part != HTTP_PART_BODY_CLOSE) {
		if (size > h->left)
			size = (size_t)h->left;
		h->left -= size;
		if (h->left == 0)
			h->part = h->part == HTTP_PART_CHUNK_DATA ? HTTP_PART_CHUNK_END
								  : HTTP_PART_DONE;
	}
	*body = bytes_of(input->at, size);
	input->at += size;
	input->size -= size;
	return HTTP_BODY;
}

enum http_event http_response_next(struct http_response *h, struct bytes *input,
				   struct bytes *body, struct error *e)
{
	enum http_event event = HTTP_MORE;

	while (event == HTTP_MORE) {
		if (h->part == HTTP_PART_DONE)
			return HTTP_END;
		if (input->size == 0)
			return HTTP_MORE;
		if (h->part == HTTP_PART_BODY_LENGTH || h->part == HTTP_PART_BODY_CLOSE ||
		    h->part == HTTP_PART_CHUNK_DATA)
			return take_body(h, input, body);
		event = take_line(h, input, e);
	}
	return event;
}

bool http_response_at_end(struct http_response *h, bool clean, struct error *e)
{
	switch (h->part) {
	case HTTP_PART_DONE:
		return true;
	case HTTP_PART_BODY_CLOSE:
		if (clean)
			return true;
		return error_set(e, ERROR_LATER, "HTTP-13",
				 "the connection broke within the answer's body");
	case HTTP_PART_BODY_LENGTH:
		return error_set(e, ERROR_LATER, "HTTP-13",
				 "the answer's body ends %llu bytes early",
				 (unsigned long long)h->left);
	case HTTP_PART_STATUS_LINE:
		if (h->line_size == 0)
			return error_set(
				e, ERROR_LATER, NULL,
				"the server closed the connection without an answer");
		break;
	case HTTP_PART_FIELDS:
	case HTTP_PART_CHUNK_SIZE:
	case HTTP_PART_CHUNK_DATA:
	case HTTP_PART_CHUNK_END:
	case HTTP_PART_TRAILERS:
		break;
	}
	return error_set(e, ERROR_LATER, "HTTP-13", "the answer ends in its middle");
}

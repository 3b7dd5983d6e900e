/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "config.h"

/*
 * HTTP/1.1 for a client, as an engine: a request writer and a response parser that is
 * fed whatever bytes arrive.  No I/O (RFC 9112, HTTP-13).
 */

#define HTTP_LENGTH_UNKNOWN UINT64_MAX
#define HTTP_RETRY_NONE	    UINT32_MAX

/* What the client wants to know of a response's head. */
struct http_head {
	unsigned status;	 /* 200..599; 1xx are skipped */
	uint64_t content_length; /* of the body that comes, or HTTP_LENGTH_UNKNOWN */
	uint32_t retry_after_s;	 /* HTTP_RETRY_NONE: absent or a date (CLK-6) */
	char content_type[CONFIG_HTTP_VALUE_MAX]; /* as sent, with parameters; "" if absent */
	char content_encoding[32];
	char etag[CONFIG_HTTP_VALUE_MAX]; /* with its quotes; "" if absent */
	char last_modified[CONFIG_HTTP_VALUE_MAX];
	char location[CONFIG_URI_MAX];
	char www_authenticate[CONFIG_HTTP_VALUE_MAX];
	bool basic_login;     /* a Proxy-Authenticate offers Basic (407) */
	bool accept_ranges;   /* "Accept-Ranges: bytes" */
	bool ranged;	      /* a valid Content-Range came (206) */
	uint64_t range_start; /* Content-Range: first byte */
	uint64_t range_total; /* Content-Range: size of the whole, or HTTP_LENGTH_UNKNOWN */
};

enum http_event {
	HTTP_MORE, /* feed more bytes */
	HTTP_HEAD, /* the head is complete: http_response.head */
	HTTP_BODY, /* a piece of body, borrowed from the input */
	HTTP_END,  /* the response is complete; left-over input belongs to nobody */
	HTTP_BAD,  /* @e says why */
};

enum http_part {
	HTTP_PART_STATUS_LINE,
	HTTP_PART_FIELDS,
	HTTP_PART_BODY_LENGTH,
	HTTP_PART_BODY_CLOSE,
	HTTP_PART_CHUNK_SIZE,
	HTTP_PART_CHUNK_DATA,
	HTTP_PART_CHUNK_END,
	HTTP_PART_TRAILERS,
	HTTP_PART_DONE,
};

/* All fields but head and keep_alive belong to http.c. */
struct http_response {
	struct http_head head;
	bool keep_alive; /* after HTTP_END: may the connection be used again? */
	enum http_part part;
	bool to_head_request, connect_request;
	bool chunked, length_seen, close_said;
	unsigned informational; /* 1xx answers so far */
	uint64_t left;		/* of the body or of the chunk */
	size_t head_size;	/* bytes of head so far, against CONFIG_HTTP_HEAD_MAX */
	size_t line_size;
	uint8_t line[CONFIG_HTTP_HEAD_MAX];
};

/* Expect the response to a request of @method (HEAD has no body). */
void http_response_start(struct http_response *h, const char *method);

/*
 * Take from @input (advanced past what was used) until something is to be told.  Call
 * again with the rest until HTTP_MORE; a piece of body is valid while its bytes are.
 * @e is written only with HTTP_BAD.  ERROR_MALFORMED; rule HTTP-13 for limits.
 */
enum http_event http_response_next(struct http_response *h, struct bytes *input,
				   struct bytes *body, struct error *e);

/*
 * The connection has ended.  True: that was the body's proper end (a body without a
 * length; @clean must then say that TLS closed properly).  False: truncated, @e.
 */
MUST_CHECK bool http_response_at_end(struct http_response *h, bool clean, struct error *e);

/*
 * Write the head of a request.
 *
 * @path: origin form; with CONNECT "host:port", which then is the Host field too.
 * @host: name or literal without brackets; @port: shown when it is not the scheme's own.
 * @headers: "Name: value" lines, NULL at the end; may be NULL.
 * @body_size: Content-Length; left away when it is 0 and the method has no body.
 * Errors: ERROR_USAGE: a control character in path or header (request splitting), or no
 * room in @w.
 */
MUST_CHECK bool http_request_write(struct writer *w, const char *method, const char *path,
				   const char *host, uint16_t port, bool secure,
				   const char *const *headers, size_t body_size,
				   struct error *e);

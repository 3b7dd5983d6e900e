/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "net/http.h"

struct outcome {
	enum http_event last;
	unsigned status;
	uint64_t body, sum;
	bool keep_alive;
};

static struct outcome parse(const uint8_t *data, size_t size, size_t step, const char *method)
{
	static struct http_response h;
	struct outcome o = { HTTP_MORE, 0, 0, 0, false };
	struct bytes piece;
	struct error e;

	http_response_start(&h, method);
	for (size_t at = 0; at < size && o.last == HTTP_MORE; at += step) {
		struct bytes input = bytes_of(data + at, size - at < step ? size - at : step);

		do {
			o.last = http_response_next(&h, &input, &piece, &e);
			if (o.last == HTTP_HEAD)
				assert(h.head.status >= 200 && h.head.status <= 599);
			if (o.last != HTTP_BODY)
				continue;
			assert(piece.size && piece.at + piece.size <= data + size);
			for (size_t i = 0; i < piece.size; i++)
				o.sum = o.sum * 31 + piece.at[i];
			o.body += piece.size;
		} while (o.last == HTTP_HEAD || o.last == HTTP_BODY);
	}
	if (o.last == HTTP_MORE)
		o.last = http_response_at_end(&h, true, &e) ? HTTP_END : HTTP_MORE;
	o.status = h.head.status;
	o.keep_alive = h.keep_alive;
	return o;
}

/* First byte: size of the pieces, and the method.  However it is cut, it reads the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const char *method = data[0] >= 0xc0   ? "CONNECT"
			     : data[0] >= 0x80 ? "HEAD"
					       : "GET";
	size_t step = (data[0] & 0x3f) + 1u;
	struct outcome a = parse(data + 1, size - 1, size, method);
	struct outcome b = parse(data + 1, size - 1, step, method);

	assert(a.last == b.last);
	if (a.last != HTTP_BAD)
		assert(a.status == b.status && a.body == b.body && a.sum == b.sum &&
		       a.keep_alive == b.keep_alive);
	return 0;
}

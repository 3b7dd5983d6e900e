/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "net/dns_frame.h"

/*
 * A TCP stream in pieces: the first byte says how large they are, the rest is the stream.
 * What comes out is what went in, however it is cut.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_frame f = { 0 };
	struct error e;
	size_t piece = size ? data[0] % 64 + 1u : 1, at = 1;

	while (at < size) {
		size_t room = 0, begun = at;
		bool complete = false;
		uint8_t *to = dns_frame_room(&f, &room, &e);

		if (!to) {
			assert(e.code == ERROR_MALFORMED && f.size < 12 && !f.message);
			break;
		}
		assert(room > 0 && room <= 65535);
		room = room < piece ? room : piece;
		room = room < size - at ? room : size - at;
		memcpy(to, data + at, room);
		at += room;
		complete = dns_frame_took(&f, room);
		assert(at > begun);
		if (complete) {
			assert(f.size == (size_t)(f.head[0] << 8 | f.head[1]));
			assert(memcmp(f.message, data + at - f.size, f.size) == 0);
			dns_frame_end(&f);
		}
	}
	dns_frame_end(&f);
	dns_frame_end(&f);
	return 0;
}

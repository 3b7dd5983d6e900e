/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "image/decode.h"

#define OUT_MAX (4u * 1024 * 1024) /* a bomb must not take the fuzzer's time */

/* First two bytes: size of the pieces and of the room.  Then the stream. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[4096];
	struct decode d;
	struct bytes rest;
	struct error e;
	size_t total = 0, made;
	bool good = true;

	if (size < 2)
		return 0;
	size_t step = 1u + data[0] * 4u, space = 1u + data[1] * 16u;

	decode_start(&d, DECODE_FORMAT_AUTO, 20);
	for (size_t at = 2; good && at < size && total < OUT_MAX; at += step) {
		struct bytes in = bytes_of(data + at, size - at < step ? size - at : step);

		do {
			size_t before = in.size;

			good = decode_step(&d, &in, room, space, &made, &e);
			if (!good)
				break;
			assert(made <= space && in.size <= before);
			assert(made || in.size < before || before == 0);
			total += made;
		} while (total < OUT_MAX && (in.size || made == space));
	}
	if (good && total < OUT_MAX && decode_finish(&d, &rest, &e))
		assert(rest.size < 6);
	decode_end(&d);
	return 0;
}

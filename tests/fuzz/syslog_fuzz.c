/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "base/text.h"
#include "net/syslog.h"

/*
 * Lines hold what peers said: whatever that is, a message is one datagram of valid UTF-8
 * without control characters, its head is whole, and nothing in it begins another one.
 * The input is cut at its NULs into the parts of a message.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t to[CONFIG_SYSLOG_MESSAGE_MAX];
	const char *parts[6] = { "", "", "", "", "", "" };
	char *copy = malloc(size + 1);

	memcpy(copy, data, size);
	copy[size] = '\0';
	for (size_t at = 0, i = 0; at <= size && i < 6; at += strlen(copy + at) + 1)
		parts[i++] = copy + at;
	for (unsigned format = SYSLOG_RFC5424; format <= SYSLOG_RFC3164; format++) {
		const struct syslog_message m = {
			.level = size % 5,
			.text = parts[0],
			.event = parts[1][0] ? parts[1] : NULL,
			.time_s = size & 1 ? 1795305600 + (int64_t)size : 0,
			.serial = parts[2],
			.source = parts[3],
			.server = parts[4],
			.step = parts[5],
		};
		size_t n = syslog_write(to, format, &m);

		assert(n > 8 && n <= sizeof(to) && to[0] == '<' && to[4] == '>');
		for (struct bytes rest = bytes_of(to, n); rest.size;) {
			size_t one = text_utf8_length(rest);

			assert(one > 0 && rest.at[0] >= ' ' && rest.at[0] != 0x7f);
			rest = bytes_of(rest.at + one, rest.size - one);
		}
		if (format == SYSLOG_RFC3164)
			continue;
		/* Five fields without blanks behind the version, then "-" or one element. */
		size_t at = 0;
		for (int field = 0; field < 6; field++) {
			while (at < n && to[at] > ' ' && to[at] <= '~')
				at++;
			assert(at < n && to[at++] == ' ');
		}
		if (to[at++] != '[') {
			assert(to[at - 1] == '-' && at < n && to[at] == ' ');
			continue;
		}
		for (bool quoted = false; quoted || to[at] != ']'; at++) {
			assert(at < n);
			if (quoted && to[at] == '\\')
				at++;
			else if (to[at] == '"')
				quoted = !quoted;
		}
		assert(at + 1 < n && to[at + 1] == ' ');
	}
	free(copy);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "worker_channel.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a process that was taken over may send to the agent. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct worker_channel c = { 0 };
	struct worker_message m;
	struct error e;
	struct bytes result;
	char text[64];
	int pair[2];

	if (size > 65536 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 0;
	if (send(pair[1], data, size, 0) != (ssize_t)size)
		abort();
	close(pair[1]);
	c.fd = pair[0];
	while (worker_channel_receive(&c, &m, &e)) {
		size_t all = 0;

		for (size_t i = 0; i < m.count; i++) {
			worker_channel_text(text, sizeof(text), m.part[i]);
			all += m.part[i].size;
		}
		if (all > size || m.count > WORKER_CHANNEL_PARTS_MAX)
			abort();
		if (!worker_channel_read_answer(&m, &result, &e) && e.code == ERROR_NONE)
			abort();
	}
	worker_channel_close(&c);
	return 0;
}

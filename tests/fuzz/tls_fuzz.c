/* SPDX-License-Identifier: MIT */
/* dictionaries: der */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/tls.h"

/* What a server may send: records, from its first byte on.  Nothing of it comes up. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_session session = { .present = size > 0 && data[size - 1] & 1 };
	bool resumes = session.present;
	struct tls_options options = { .server = TLS_SERVER_PROVISIONAL, .session = &session };
	struct error e;

	/* A session to resume, of a server that has long forgotten it. */
	if (resumes)
		memset(session.parameters, 0x20, 40);
	struct tls *t = tls_new(&options, "boot.example", &e);

	assert(t);
	for (;;) {
		struct bytes out = tls_outgoing(t);
		size_t room;

		tls_sent(t, out.size);
		uint8_t *in = tls_incoming(t, &room);
		if (size == 0 || !in)
			break;
		if (room > size)
			room = size;
		memcpy(in, data, room);
		tls_received(t, room);
		data += room;
		size -= room;
	}
	assert(session.present == resumes); /* nothing is kept of what did not come up */
	assert(!tls_is_up(t) && tls_readable(t).size == 0);
	if (tls_failed(t, &e))
		assert(e.code != ERROR_NONE && e.text[0]);
	tls_free(t);
	return 0;
}

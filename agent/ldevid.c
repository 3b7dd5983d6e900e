/* SPDX-License-Identifier: MIT */
#include "ldevid.h"

#include "codec/pem.h"
#include "config.h"

bool ldevid_put(const struct ldevid_signer *s, struct bytes request,
		bool (*put)(void *context, const char *name, struct bytes content,
			    struct error *e),
		void *context, struct error *e)
{
	uint8_t room[CONFIG_CSR_MAX / 2 * 3];
	struct writer w = writer_over(room, sizeof(room));
	bool done;

	if (!s || !request.size)
		return true;
	done = !s->save(s->context, request, &w) ||
	       put(context, LDEVID_KEY_FILE, writer_done(&w), e);
	bytes_wipe(room, sizeof(room));
	w.used = 0;
	pem_write(&w, "CERTIFICATE REQUEST", request);
	return done && put(context, LDEVID_REQUEST_FILE, writer_done(&w), e);
}

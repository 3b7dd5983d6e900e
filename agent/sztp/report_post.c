/* SPDX-License-Identifier: MIT */
#include "sztp/report_post.h"

#include <stdlib.h>

#include "sztp/rpc.h"

static bool post(struct report_post *p, struct bytes body, struct error *e)
{
	uint8_t answer[1024];
	const struct fetch_request request = {
		.method = "POST",
		.path = p->path,
		.headers = rpc_headers(p->xml),
		.body = body,
		.room = answer,
		.room_size = sizeof(answer),
	};
	struct fetch_response response;

	if (!fetch_exchange(p->connection, &request, &response, e))
		return false;
	return response.head.status == 204 ||
	       error_set(e, ERROR_REFUSED, "HTTP-11", "the server answered %u instead of 204",
			 response.head.status);
}

static bool write_and_post(struct report_post *p, const struct progress *progress,
			   struct error *e)
{
	size_t size = progress_size(progress);
	uint8_t *body = malloc(size);
	struct writer w;
	bool done;

	if (!body)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a progress report");
	w = writer_over(body, size);
	(p->xml ? progress_write_xml : progress_write)(&w, progress);
	done = writer_ok(&w) ? post(p, writer_done(&w), e)
			     : error_set(e, ERROR_MACHINE, "PROG-12", "the report does not fit");
	free(body);
	return done;
}

/* What reading noted goes out where it belongs: here is known what was read, and wherever the
 * reports come from it is not. */
static void post_warning(struct report_post *p)
{
	const struct progress warning = { .type = PROGRESS_TYPE_PARSING_WARNING,
					  .message = bytes_of_text(p->warning) };
	struct error ignored;

	p->warning = NULL;
	(void)!write_and_post(p, &warning, &ignored); /* PROG-10 */
}

bool report_post_send(void *context, const struct progress *progress, struct error *e)
{
	struct report_post *p = context;
	enum progress_type type = progress->type;
	bool last = progress_type_is_last(type), sent;

	p->begun = true;

	/* Only these two must arrive. */
	fetch_hurry(p->connection, type == PROGRESS_TYPE_BOOTSTRAP_INITIATED ||
					   type == PROGRESS_TYPE_BOOTSTRAP_COMPLETE
				   ? 0
				   : CONFIG_REPORT_MS);
	if (type == PROGRESS_TYPE_PARSING_COMPLETE && p->warning)
		post_warning(p);
	sent = write_and_post(p, progress, e);

	p->ended |= last;
	if (last && (sent || type != PROGRESS_TYPE_BOOTSTRAP_COMPLETE))
		fetch_close(p->connection);
	return sent;
}

/* SPDX-License-Identifier: MIT */
#include "sztp/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "config.h"
#include "sztp/rpc.h"

static bool post(struct report *r, enum progress_type type, struct bytes message,
		 struct error *e)
{
	static const char *const json[] = { "Content-Type: " RPC_MEDIA_TYPE,
					    "Accept: " RPC_MEDIA_TYPE, NULL };
	static const char *const xml[] = { "Content-Type: " RPC_MEDIA_TYPE_XML,
					   "Accept: " RPC_MEDIA_TYPE_XML, NULL };
	size_t size = 512 + 6 * message.size;
	struct fetch_response response;
	uint8_t *body, answer[1024];
	bool done = false;

	if (size > CONFIG_REPORT_BODY_MAX)
		size = CONFIG_REPORT_BODY_MAX;
	body = malloc(size);
	if (!body)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a progress report");
	struct writer w = writer_over(body, size);
	if (r->xml)
		progress_write_xml(&w, type, message);
	else
		progress_write(&w, type, message);
	if (!writer_ok(&w)) {
		error_set(e, ERROR_MACHINE, "PROG-12", "the report does not fit");
		goto out;
	}
	struct fetch_request request = {
		.method = "POST",
		.path = r->path,
		.headers = r->xml ? xml : json,
		.body = writer_done(&w),
		.room = answer,
		.room_size = sizeof(answer),
	};
	if (!fetch_exchange(r->connection, &request, &response, e))
		goto out;
	if (response.head.status != 204) {
		error_set(e, ERROR_REFUSED, "HTTP-11", "the server answered %u instead of 204",
			  response.head.status);
		goto out;
	}
	done = true;
out:
	free(body);
	return done;
}

/* One report, counted and logged. */
static bool tell(struct report *r, enum progress_type type, struct bytes message,
		 struct error *e)
{
	bool sent = post(r, type, message, e);

	if (sent)
		r->sent++;
	else
		r->failed++;
	if (progress_type_is_last(type))
		r->ended = true;
	if (sent)
		log_info("report", "%s", progress_type_name(type));
	else
		error_wrap(e, "report %s", progress_type_name(type));
	return sent;
}

/* An answer we must have did not come: say so once, then give up (PROG-4, PROG-8). */
static bool must_be_taken(struct report *r, enum progress_type type, const char *rule,
			  struct error *e)
{
	struct error ignored;

	if (tell(r, type, bytes_of(NULL, 0), e))
		return true;
	(void)!tell(r, PROGRESS_TYPE_BOOTSTRAP_ERROR, bytes_of_text(e->text), &ignored);
	snprintf(e->rule, sizeof(e->rule), "%s", rule);
	return false;
}

bool report_initiated(struct report *r, struct error *e)
{
	r->initiated = true;
	if (!r->allowed)
		return true;
	return must_be_taken(r, PROGRESS_TYPE_BOOTSTRAP_INITIATED, "PROG-4", e);
}

bool report_complete(struct report *r, struct error *e)
{
	if (!r->allowed)
		return true;
	return must_be_taken(r, PROGRESS_TYPE_BOOTSTRAP_COMPLETE, "PROG-8", e);
}

void report_output(struct report *r, enum progress_type type, struct bytes output)
{
	struct error e;

	if (!r->allowed || r->ended)
		return;
	if (!r->verbose && !progress_type_is_minimal(type))
		return;
	if (!tell(r, type, output, &e))
		log_warn("report", "PROG-10: %s", e.text);
}

void report_step(struct report *r, enum progress_type type, const char *format, ...)
{
	char message[sizeof(((struct error *)NULL)->text) + 64];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	report_output(r, type, bytes_of_text(message));
}

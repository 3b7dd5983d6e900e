/* SPDX-License-Identifier: MIT */
#include "download.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/writer.h"
#include "discovery/medium_path.h"
#include "net/fetch.h"

#define PIPE_SIZE (1024 * 1024) /* what an ordinary user may ask for */

/* ---- in the worker: two answers, at the head and at the end of the file -------------------- */

static struct {
	struct loop loop;
	struct fetch fetch;
	struct fetch_response response; /* of a 200 */
} worker;

static bool begin(const struct download *d, struct error *e)
{
	const struct fetch_options options = {
		.tls = { .server = TLS_SERVER_PROVISIONAL },
		.resolver = d->source->resolver,
		.proxy = d->source->proxy,
	};
	const struct fetch_request request = {
		.method = "GET",
		.path = d->uri.path,
		.body_max = UINT64_MAX,
	};

	if (!fetch_open(&worker.fetch, &worker.loop, &d->uri, &options, e) ||
	    !fetch_begin(&worker.fetch, &request, &worker.response, e))
		return false;
	unsigned status = worker.response.head.status;
	return status == 200 || error_set(e, status >= 500 ? ERROR_LATER : ERROR_REFUSED, "IMG-6",
					  "the file server answered %u instead of 200", status);
}

static bool hand_over(int to, struct bytes piece, struct error *e)
{
	while (piece.size) {
		ssize_t n = write(to, piece.at, piece.size);

		if (n < 0 && errno != EINTR)
			return error_errno(e, ERROR_MACHINE, NULL, "pipe");
		if (n > 0)
			piece = bytes_of(piece.at + n, piece.size - (size_t)n);
	}
	return true;
}

static bool hand_over_all(const struct download *d, struct error *e)
{
	struct bytes piece;

	do {
		if (!fetch_read(&worker.fetch, &piece, e) || !hand_over(d->to, piece, e))
			return false;
	} while (piece.size);
	return true;
}

static void fetch_file(void *context, struct worker_channel *agent)
{
	const struct download *d = context;
	uint64_t length;
	uint8_t size[8];
	struct writer w = writer_over(size, sizeof(size));
	struct error e, gone;
	bool done;

	loop_start(&worker.loop);
	done = begin(d, &e);
	length = worker.response.head.content_length;
	writer_be64(&w, length == HTTP_LENGTH_UNKNOWN ? 0 : length);
	if (!worker_channel_answer(agent, done, &e, writer_done(&w), &gone) || !done)
		return;
	done = hand_over_all(d, &e);
	close(d->to);
	(void)!worker_channel_answer(agent, done, &e, bytes_of(NULL, 0), &gone);
}

/* ---- in the agent ---------------------------------------------------------------------------- */

static bool answer(struct download *d, uint64_t *size, struct error *e)
{
	struct worker_message m;
	struct bytes result;
	bool bad;

	if (!worker_process_receive(&d->process, &m, e) ||
	    !worker_channel_read_answer(&m, &result, e))
		return false;
	struct reader r = reader_over(result, &bad);
	*size = reader_be64(&r);
	return true;
}

static bool open_server(struct download *d, struct error *e)
{
	int pipes[2];
	bool started;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return error_errno(e, ERROR_MACHINE, NULL, "no pipe for a download");
	(void)!fcntl(pipes[1], F_SETPIPE_SZ, PIPE_SIZE); /* slower without */
	d->from = pipes[0];
	d->to = pipes[1];
	d->open = true;
	started = worker_process_start(&d->process, d->loop, fetch_file, d, d->to, e);
	close(pipes[1]);
	return started && answer(d, &d->size, e);
}

static bool open_file(struct download *d, struct bytes uri, struct error *e)
{
	struct stat st;

	if (!d->source->medium)
		return error_set(e, ERROR_REFUSED, "USB-14",
				 "a file: address means a medium, and this did not come from one");
	if (!medium_path_open(&d->from, d->source->medium, uri, e))
		return false;
	d->open = true;
	d->size = fstat(d->from, &st) == 0 ? (uint64_t)st.st_size : 0;
	return true;
}

bool download_open(struct download *d, struct loop *loop, struct bytes uri,
		   const struct bootstrap_source *source, struct error *e)
{
	static const char file[] = "file:";

	memset(d, 0, sizeof(*d));
	d->loop = loop;
	d->source = source;
	if (uri.size > strlen(file) && strncasecmp((const char *)uri.at, file, strlen(file)) == 0)
		return open_file(d, uri, e);
	if (!uri_read(&d->uri, uri, e))
		return error_rule(e, "IMG-8");
	if (strcmp(d->uri.scheme, "https") != 0 && strcmp(d->uri.scheme, "http") != 0)
		return error_set(e, ERROR_REFUSED, "IMG-8", "scheme %s is not supported here",
				 d->uri.scheme);
	if (source->no_http && strcmp(d->uri.scheme, "http") == 0)
		return error_set(e, ERROR_REFUSED, "HW-9",
				 "the profile huawei takes images by https only");
	return open_server(d, e);
}

static bool take_all(struct download *d, uint8_t *room, size_t size,
		     bool (*take)(void *context, struct bytes piece, struct error *e),
		     void *context, struct error *e)
{
	for (;;) {
		if (!worker_channel_wait(d->loop, d->from, LOOP_READ, e))
			return false;
		ssize_t n = read(d->from, room, size);
		if (n < 0 && errno != EINTR)
			return error_errno(e, d->process.pid ? ERROR_MACHINE : ERROR_LATER, NULL,
					   "cannot read the file");
		if (n == 0)
			return true;
		if (n > 0 && !take(context, bytes_of(room, (size_t)n), e))
			return false;
	}
}

bool download_take(struct download *d,
		   bool (*take)(void *context, struct bytes piece, struct error *e), void *context,
		   struct error *e)
{
	uint8_t *room = malloc(CONFIG_FETCH_BUFFER);
	uint64_t none;
	bool done;

	if (!room)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a download");
	/* The pipe ends with the process, too: only its last word says that all is there. */
	done = take_all(d, room, CONFIG_FETCH_BUFFER, take, context, e) &&
	       (!d->process.pid || answer(d, &none, e));
	free(room);
	return done;
}

uint64_t download_size(const struct download *d)
{
	return d->size;
}

void download_close(struct download *d)
{
	worker_process_end(&d->process);
	if (d->open)
		close(d->from);
	d->open = false;
}

size_t download_local_names(struct address *to, size_t max)
{
	FILE *f = fopen("/etc/resolv.conf", "re");
	char line[256], text[80];
	size_t count = 0;

	while (f && count < max && fgets(line, sizeof(line), f))
		if (sscanf(line, "nameserver %79s", text) == 1 &&
		    address_read(&to[count], bytes_of_text(text)))
			count++;
	if (f)
		fclose(f);
	return count;
}

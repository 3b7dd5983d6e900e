/* SPDX-License-Identifier: MIT */
#include "worker_channel.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/writer.h"
#include "config.h"

/* The largest message of each type, and how many parts it has (ONBOARD, REPORT: at least). */
static const struct {
	uint32_t size_max;
	uint8_t parts;
	bool more;
} shapes[WORKER_CHANNEL_TYPES] = {
	[WORKER_CHANNEL_LOG] = { 1024, 4, false },
	[WORKER_CHANNEL_STEP] = { 512, 2, false },
	[WORKER_CHANNEL_SIGN] = { 128, 2, false },
	[WORKER_CHANNEL_RSA] = { 4096, 3, false },
	[WORKER_CHANNEL_ECDH] = { 1024, 2, false },
	[WORKER_CHANNEL_LDEVID] = { 64, 1, false },
	[WORKER_CHANNEL_ONBOARD] = { CONFIG_WORKER_PLAN_MAX, 13, true },
	[WORKER_CHANNEL_REFUSAL] = { 512, 3, false },
	[WORKER_CHANNEL_FOUND] = { 80000, 8, false }, /* three TXT records: 65535 bytes (DNS-12) */
	[WORKER_CHANNEL_LOOKUP] = { 8192, 6, false },
	[WORKER_CHANNEL_REPORT] = { CONFIG_WORKER_REPORT_MAX, 2, true },
	[WORKER_CHANNEL_ANSWER] = { 4096, 4, false },
};

/* ---- waiting ----------------------------------------------------------------------------- */

static void woken(void *context, unsigned events)
{
	(void)events;
	*(bool *)context = true;
}

bool worker_channel_wait(struct loop *l, int fd, unsigned wants, struct error *e)
{
	bool ready = false;
	struct loop_fd watch = { .fd = fd, .wants = wants, .ready = woken, .context = &ready };

	loop_fd_add(l, &watch);
	bool done = loop_run_until(l, &ready, loop_now_ms() + CONFIG_WORKER_SILENCE_MS, e);
	loop_fd_remove(l, &watch);
	return done || error_wrap(e, "the worker is silent");
}

/* After a call that moved @n bytes: true to try again. */
static bool go_on(struct worker_channel *c, ssize_t n, unsigned wants, struct error *e)
{
	if (n > 0 || (n < 0 && errno == EINTR))
		return true;
	if (n < 0 && errno == EAGAIN)
		return worker_channel_wait(c->loop, c->fd, wants, e);
	return error_set(e, ERROR_LATER, "SEC-4", "the other process has gone");
}

static bool write_all(struct worker_channel *c, struct bytes b, struct error *e)
{
	while (b.size) {
		ssize_t n = send(c->fd, b.at, b.size,
				 MSG_NOSIGNAL | (c->loop ? MSG_DONTWAIT : 0));

		if (!go_on(c, n, LOOP_WRITE, e))
			return false;
		if (n > 0)
			b = bytes_of(b.at + n, b.size - (size_t)n);
	}
	return true;
}

static bool read_all(struct worker_channel *c, uint8_t *to, size_t size, struct error *e)
{
	for (size_t used = 0; used < size;) {
		ssize_t n = recv(c->fd, to + used, size - used, c->loop ? MSG_DONTWAIT : 0);

		if (!go_on(c, n, LOOP_READ, e))
			return false;
		if (n > 0)
			used += (size_t)n;
	}
	return true;
}

/* ---- messages ---------------------------------------------------------------------------- */

bool worker_channel_send(struct worker_channel *c, enum worker_channel_type type,
			 const struct bytes *parts, size_t count, struct error *e)
{
	uint8_t head[5 + 4 * WORKER_CHANNEL_PARTS_MAX];
	struct writer w = writer_over(head, 5);
	uint64_t size = 4 * count;

	for (size_t i = 0; i < count; i++)
		size += parts[i].size;
	if (count > WORKER_CHANNEL_PARTS_MAX || size > shapes[type].size_max)
		return error_set(e, ERROR_MACHINE, "SEC-5", "a message of %zu parts is too long",
				 count);
	writer_u8(&w, (uint8_t)type);
	writer_be32(&w, (uint32_t)size);
	if (!write_all(c, writer_done(&w), e))
		return false;
	for (size_t i = 0; i < count; i++) {
		w = writer_over(head, 4);
		writer_be32(&w, (uint32_t)parts[i].size);
		if (!write_all(c, writer_done(&w), e) || !write_all(c, parts[i], e))
			return false;
	}
	return true;
}

static bool make_room(struct worker_channel *c, size_t size, struct error *e)
{
	void *room;

	if (size <= c->room_size)
		return true;
	worker_channel_free(c->room, c->room_size);
	c->room = NULL;
	c->room_size = 0;
	room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a message of %zu bytes", size);
	(void)!madvise(room, size, MADV_WIPEONFORK); /* Linux 4.14 */
	c->room = room;
	c->room_size = size;
	return true;
}

static bool split(struct worker_message *m, struct bytes body)
{
	bool bad;
	struct reader r = reader_over(body, &bad);

	m->count = 0;
	memset(m->part, 0, sizeof(m->part));
	while (reader_left(&r) && m->count < WORKER_CHANNEL_PARTS_MAX)
		m->part[m->count++] = reader_bytes(&r, reader_be32(&r));
	return reader_ok(&r) && (shapes[m->type].more ? m->count >= shapes[m->type].parts
						      : m->count == shapes[m->type].parts);
}

bool worker_channel_receive(struct worker_channel *c, struct worker_message *m, struct error *e)
{
	uint8_t head[5];
	bool bad;

	if (!read_all(c, head, sizeof(head), e))
		return false;
	struct reader r = reader_over(bytes_of(head, sizeof(head)), &bad);
	uint8_t type = reader_u8(&r);
	uint32_t size = reader_be32(&r);

	if (type >= WORKER_CHANNEL_TYPES || size > shapes[type].size_max)
		return error_set(e, ERROR_MALFORMED, "SEC-5", "message %u of %u bytes", type, size);
	m->type = (enum worker_channel_type)type;
	if (!make_room(c, size < 4096 ? 4096 : size, e) || !read_all(c, c->room, size, e))
		return false;
	return split(m, bytes_of(c->room, size)) ||
	       error_set(e, ERROR_MALFORMED, "SEC-5", "message %u does not have its form", type);
}

uint8_t *worker_channel_keep(struct worker_channel *c, size_t *size)
{
	uint8_t *room = c->room;

	*size = c->room_size;
	c->room = NULL;
	c->room_size = 0;
	return room;
}

/* The kernel wipes pages before it gives them to others. */
void worker_channel_free(uint8_t *room, size_t size)
{
	if (room)
		munmap(room, size);
}

/* ---- answers ----------------------------------------------------------------------------- */

bool worker_channel_answer(struct worker_channel *c, bool done, const struct error *why,
			   struct bytes result, struct error *e)
{
	uint8_t code = done ? ERROR_NONE : (uint8_t)why->code;
	const struct bytes parts[] = { bytes_of(&code, 1), bytes_of_text(done ? "" : why->rule),
				       bytes_of_text(done ? "" : why->text), result };

	return worker_channel_send(c, WORKER_CHANNEL_ANSWER, parts, ARRAY_SIZE(parts), e);
}

const char *worker_channel_text(char *to, size_t size, struct bytes from)
{
	size_t n = from.size < size ? from.size : size - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = from.at[i] < ' ' || from.at[i] == 0x7f ? '?' : (char)from.at[i];
	to[n] = '\0';
	return to;
}

bool worker_channel_read_answer(const struct worker_message *m, struct bytes *result,
				struct error *e)
{
	uint8_t code = m->part[0].size == 1 ? m->part[0].at[0] : ERROR_MACHINE + 1;

	if (m->type != WORKER_CHANNEL_ANSWER || code > ERROR_MACHINE)
		return error_set(e, ERROR_LATER, "SEC-4", "the worker does not answer");
	if (code == ERROR_NONE) {
		if (result)
			*result = m->part[3];
		return true;
	}
	e->code = (enum error_code)code;
	worker_channel_text(e->rule, sizeof(e->rule), m->part[1]);
	worker_channel_text(e->text, sizeof(e->text), m->part[2]);
	return false;
}

void worker_channel_close(struct worker_channel *c)
{
	if (c->fd >= 0)
		close(c->fd);
	worker_channel_free(c->room, c->room_size);
	*c = (struct worker_channel){ .fd = -1 };
}

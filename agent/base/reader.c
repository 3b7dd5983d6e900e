/* SPDX-License-Identifier: MIT */
#include "base/reader.h"

struct reader reader_within(struct bytes bytes, bool *bad)
{
	return (struct reader){ bytes.at, bytes.size, bad };
}

struct reader reader_over(struct bytes bytes, bool *bad)
{
	*bad = false;
	return reader_within(bytes, bad);
}

size_t reader_left(const struct reader *r)
{
	return *r->bad ? 0 : r->left;
}

void reader_fail(struct reader *r)
{
	*r->bad = true;
	r->left = 0;
}

struct bytes reader_bytes(struct reader *r, size_t size)
{
	if (size > reader_left(r)) {
		reader_fail(r);
		return (struct bytes){ 0 };
	}
	struct bytes taken = { r->at, size };
	if (size) /* an empty view may be NULL, to which nothing can be added */
		r->at += size;
	r->left -= size;
	return taken;
}

static uint64_t big_endian(struct reader *r, size_t size)
{
	struct bytes b = reader_bytes(r, size);
	uint64_t value = 0;

	for (size_t i = 0; i < b.size; i++)
		value = value << 8 | b.at[i];
	return value;
}

static uint64_t little_endian(struct reader *r, size_t size)
{
	struct bytes b = reader_bytes(r, size);
	uint64_t value = 0;

	for (size_t i = b.size; i > 0; i--)
		value = value << 8 | b.at[i - 1];
	return value;
}

uint8_t reader_u8(struct reader *r)
{
	return (uint8_t)big_endian(r, 1);
}

uint16_t reader_be16(struct reader *r)
{
	return (uint16_t)big_endian(r, 2);
}

uint32_t reader_be32(struct reader *r)
{
	return (uint32_t)big_endian(r, 4);
}

uint64_t reader_be64(struct reader *r)
{
	return big_endian(r, 8);
}

uint16_t reader_le16(struct reader *r)
{
	return (uint16_t)little_endian(r, 2);
}

uint32_t reader_le32(struct reader *r)
{
	return (uint32_t)little_endian(r, 4);
}

uint64_t reader_le64(struct reader *r)
{
	return little_endian(r, 8);
}

uint8_t reader_peek(const struct reader *r)
{
	return reader_left(r) ? r->at[0] : 0;
}

struct reader reader_cut(struct reader *r, size_t size)
{
	return reader_within(reader_bytes(r, size), r->bad);
}

void reader_copy(struct reader *r, void *to, size_t size)
{
	struct bytes b = reader_bytes(r, size);

	if (b.size)
		memcpy(to, b.at, b.size);
	else
		memset(to, 0, size);
}

void reader_skip(struct reader *r, size_t size)
{
	reader_bytes(r, size);
}

struct bytes reader_rest(struct reader *r)
{
	return reader_bytes(r, reader_left(r));
}

struct bytes reader_until(struct reader *r, uint8_t stop)
{
	size_t left = reader_left(r);
	const uint8_t *end = left ? memchr(r->at, stop, left) : NULL;

	if (!end) {
		reader_fail(r);
		return (struct bytes){ 0 };
	}
	struct bytes taken = reader_bytes(r, (size_t)(end - r->at));
	reader_skip(r, 1);
	return taken;
}

bool reader_ok(const struct reader *r)
{
	return !*r->bad && r->left == 0;
}

/* SPDX-License-Identifier: MIT */
#include "trust/record.h"

struct record record_next(struct reader *r, uint16_t after)
{
	struct record record = { 0 };
	uint16_t tag = reader_be16(r);
	struct bytes value = reader_bytes(r, reader_be32(r));

	if (tag < after)
		reader_fail(r);
	if (*r->bad)
		return record;
	record.tag = tag;
	record.value = value;
	return record;
}

struct reader record_reader(const struct record *record, struct reader *r)
{
	return reader_within(record->value, r->bad);
}

void record_write_head(struct writer *w, uint16_t tag, size_t size)
{
	writer_be16(w, tag);
	writer_be32(w, size);
}

void record_write(struct writer *w, uint16_t tag, struct bytes value)
{
	record_write_head(w, tag, value.size);
	writer_bytes(w, value);
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/reader.h"
#include "base/writer.h"

/* The record form of envelope and payload: tag u16, length u32, value, big endian. */

struct record {
	uint16_t tag;
	struct bytes value;
};

#define RECORD_HEAD_SIZE 6

/* The next record; all 0 once bad.  Bad when its tag is below @after, the last one's. */
struct record record_next(struct reader *r, uint16_t after);

/* A reader over the value, under the message's flag. */
struct reader record_reader(const struct record *record, struct reader *r);

/* Write one whole, or only its head: then the caller writes @size bytes of value. */
void record_write(struct writer *w, uint16_t tag, struct bytes value);
void record_write_head(struct writer *w, uint16_t tag, size_t size);

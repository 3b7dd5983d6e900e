/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/*
 * The reader's twin: fills a fixed array, and turns itself off when it is full.  Write
 * straight through, then ask writer_ok() once.  Nothing is ever written past the end.
 */
struct writer {
	uint8_t *start;
	size_t used;
	size_t size;
	bool bad;
};

struct writer writer_over(void *start, size_t size);

void writer_u8(struct writer *w, uint8_t value);
void writer_be16(struct writer *w, uint16_t value);
void writer_be32(struct writer *w, uint32_t value);
void writer_be64(struct writer *w, uint64_t value);
void writer_le16(struct writer *w, uint16_t value);
void writer_le32(struct writer *w, uint32_t value);
void writer_le64(struct writer *w, uint64_t value);
void writer_bytes(struct writer *w, struct bytes bytes);
void writer_text(struct writer *w, const char *text);
void writer_fill(struct writer *w, uint8_t value, size_t count);
void writer_printf(struct writer *w, const char *format, ...) PRINTF_LIKE(2, 3);

/* Lower-case hex of @bytes, no separators. */
void writer_hex(struct writer *w, struct bytes bytes);

/* One JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void writer_json_string(struct writer *w, struct bytes text);

bool writer_ok(const struct writer *w);

/* What has been written so far; borrowed from the array. */
struct bytes writer_done(const struct writer *w);

/* SPDX-License-Identifier: MIT */
#include "base/writer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

struct writer writer_over(void *start, size_t size)
{
	return (struct writer){ .start = start, .size = size };
}

/* Room for @size more bytes, or NULL and the writer is off. */
static uint8_t *claim(struct writer *w, size_t size)
{
	if (w->bad || size > w->size - w->used) {
		w->bad = true;
		return NULL;
	}
	uint8_t *at = w->start + w->used;
	w->used += size;
	return at;
}

static void big_endian(struct writer *w, uint64_t value, size_t size)
{
	uint8_t *at = claim(w, size);

	for (size_t i = 0; at && i < size; i++)
		at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static void little_endian(struct writer *w, uint64_t value, size_t size)
{
	uint8_t *at = claim(w, size);

	for (size_t i = 0; at && i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

void writer_u8(struct writer *w, uint8_t value)
{
	big_endian(w, value, 1);
}

void writer_be16(struct writer *w, uint16_t value)
{
	big_endian(w, value, 2);
}

void writer_be32(struct writer *w, uint32_t value)
{
	big_endian(w, value, 4);
}

void writer_be64(struct writer *w, uint64_t value)
{
	big_endian(w, value, 8);
}

void writer_le16(struct writer *w, uint16_t value)
{
	little_endian(w, value, 2);
}

void writer_le32(struct writer *w, uint32_t value)
{
	little_endian(w, value, 4);
}

void writer_le64(struct writer *w, uint64_t value)
{
	little_endian(w, value, 8);
}

void writer_bytes(struct writer *w, struct bytes bytes)
{
	uint8_t *at = claim(w, bytes.size);

	if (at && bytes.size)
		memcpy(at, bytes.at, bytes.size);
}

void writer_text(struct writer *w, const char *text)
{
	writer_bytes(w, bytes_of_text(text));
}

void writer_fill(struct writer *w, uint8_t value, size_t count)
{
	uint8_t *at = claim(w, count);

	if (at && count)
		memset(at, value, count);
}

void writer_printf(struct writer *w, const char *format, ...)
{
	va_list args;
	size_t room = w->bad ? 0 : w->size - w->used;

	/* vsnprintf wants one byte for its NUL; it lies in the free part and is not kept. */
	va_start(args, format);
	int n = vsnprintf(room ? (char *)w->start + w->used : NULL, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		w->bad = true;
	else
		w->used += (size_t)n;
}

void writer_hex(struct writer *w, struct bytes bytes)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.size; i++) {
		writer_u8(w, (uint8_t)digit[bytes.at[i] >> 4]);
		writer_u8(w, (uint8_t)digit[bytes.at[i] & 15]);
	}
}

void writer_json_string(struct writer *w, struct bytes text)
{
	writer_u8(w, '"');
	for (size_t i = 0; i < text.size;) {
		uint8_t c = text.at[i];
		size_t n = text_utf8_length(bytes_of(text.at + i, text.size - i));

		if (n == 0) {
			writer_text(w, "\\ufffd");
			i++;
			continue;
		}
		if (c == '"' || c == '\\')
			writer_u8(w, '\\');
		if (c < 0x20 || c == 0x7f)
			writer_printf(w, "\\u%04x", c);
		else
			writer_bytes(w, bytes_of(text.at + i, n));
		i += n;
	}
	writer_u8(w, '"');
}

bool writer_ok(const struct writer *w)
{
	return !w->bad;
}

struct bytes writer_done(const struct writer *w)
{
	return bytes_of(w->start, w->used);
}

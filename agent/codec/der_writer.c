/* SPDX-License-Identifier: MIT */
#include "codec/der_writer.h"

void der_writer_wrap(struct writer *w, size_t from, uint8_t tag)
{
	size_t size = w->used - from;
	uint8_t head[4] = { tag };
	size_t n = 1;

	if (size > 0xffff || w->bad) {
		w->bad = true;
		return;
	}
	if (size >= 0x100) {
		head[n++] = 0x82;
		head[n++] = (uint8_t)(size >> 8);
	} else if (size >= 0x80) {
		head[n++] = 0x81;
	}
	head[n++] = (uint8_t)size;
	writer_fill(w, 0, n);
	if (w->bad)
		return;
	memmove(w->start + from + n, w->start + from, size);
	memcpy(w->start + from, head, n);
}

void der_writer_item(struct writer *w, uint8_t tag, struct bytes content)
{
	size_t from = w->used;

	writer_bytes(w, content);
	der_writer_wrap(w, from, tag);
}

void der_writer_number(struct writer *w, struct bytes number)
{
	size_t from = w->used;

	while (number.size > 1 && number.at[0] == 0)
		number = bytes_of(number.at + 1, number.size - 1);
	if (number.size == 0 || number.at[0] & 0x80)
		writer_u8(w, 0);
	writer_bytes(w, number);
	der_writer_wrap(w, from, DER_INTEGER);
}

void der_writer_bits(struct writer *w, struct bytes octets)
{
	size_t from = w->used;

	writer_u8(w, 0); /* unused bits */
	writer_bytes(w, octets);
	der_writer_wrap(w, from, DER_BIT_STRING);
}

void der_writer_ecdsa(struct writer *w, struct bytes raw)
{
	size_t from = w->used, half = raw.size / 2;

	der_writer_number(w, bytes_of(raw.at, half));
	der_writer_number(w, bytes_of(raw.at + half, half));
	der_writer_wrap(w, from, DER_SEQUENCE);
}

/* SPDX-License-Identifier: MIT */
#include "codec/base64.h"

/* What a character stands for: 0..63, or one of these. */
enum { PAD = 64, SPACE = 65, WRONG = 66 };

static unsigned meaning(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - (unsigned)'A';
	if (c >= 'a' && c <= 'z')
		return c - (unsigned)'a' + 26;
	if (c >= '0' && c <= '9')
		return c - (unsigned)'0' + 52;
	switch (c) {
	case '+':
		return 62;
	case '/':
		return 63;
	case '=':
		return PAD;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		return SPACE;
	default:
		return WRONG;
	}
}

/* Four characters, @pads of them padding, become 3 - @pads bytes. */
static bool write_group(struct writer *w, uint32_t group, unsigned pads)
{
	uint8_t out[3] = { (uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group };

	/* Bits that padding cuts off are 0, or one value would have several texts. */
	if ((pads == 1 && out[2] != 0) || (pads == 2 && (out[1] | out[2]) != 0))
		return false;
	writer_bytes(w, bytes_of(out, 3 - pads));
	return true;
}

/* The first thing that is wrong with the text, NULL when nothing is. */
static const char *decode(struct writer *into, struct bytes text)
{
	uint32_t group = 0;
	unsigned count = 0, pads = 0;
	bool ended = false;

	for (size_t i = 0; i < text.size; i++) {
		unsigned value = meaning(text.at[i]);

		if (value == SPACE)
			continue;
		if (value == WRONG)
			return "a character that is not base64";
		if (ended || (pads && value != PAD) || (value == PAD && count < 2))
			return "padding in the wrong place";
		if (value == PAD) {
			pads++;
			value = 0;
		}
		group = group << 6 | value;
		if (++count < 4)
			continue;
		if (!write_group(into, group, pads))
			return "bits left over that are not 0";
		ended = pads > 0;
		group = count = 0;
	}
	return count == 0 ? NULL : "padding is missing";
}

bool base64_decode(struct bytes *out, struct writer *into, struct bytes text, struct error *e)
{
	size_t before = into->used;
	bool was_bad = into->bad;
	const char *wrong = decode(into, text);

	if (wrong || into->bad) {
		bool full = !wrong;

		into->used = before;
		into->bad = was_bad;
		if (full)
			return error_set(e, ERROR_REFUSED, NULL,
					 "base64: more than %zu bytes", into->size - before);
		return error_set(e, ERROR_MALFORMED, NULL, "base64: %s", wrong);
	}
	*out = bytes_of(into->start + before, into->used - before);
	return true;
}

void base64_write(struct writer *w, struct bytes from)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < from.size; i += 3) {
		size_t n = from.size - i < 3 ? from.size - i : 3;
		uint32_t group = (uint32_t)from.at[i] << 16;

		if (n > 1)
			group |= (uint32_t)from.at[i + 1] << 8;
		if (n > 2)
			group |= from.at[i + 2];
		writer_u8(w, (uint8_t)alphabet[group >> 18]);
		writer_u8(w, (uint8_t)alphabet[group >> 12 & 63]);
		writer_u8(w, n > 1 ? (uint8_t)alphabet[group >> 6 & 63] : '=');
		writer_u8(w, n > 2 ? (uint8_t)alphabet[group & 63] : '=');
	}
}

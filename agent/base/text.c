/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdio.h>

size_t text_utf8_length(struct bytes b)
{
	if (b.size == 0)
		return 0;
	uint8_t c = b.at[0];
	size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (n > b.size)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((b.at[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and values above U+10FFFF (RFC 3629 §4). */
	if ((c == 0xe0 && b.at[1] < 0xa0) || (c == 0xed && b.at[1] > 0x9f) ||
	    (c == 0xf0 && b.at[1] < 0x90) || (c == 0xf4 && b.at[1] > 0x8f))
		return 0;
	return n;
}

const char *text_quote(char *to, size_t size, struct bytes from)
{
	static const char digit[] = "0123456789abcdef";
	size_t used = 0;

	for (size_t i = 0; i < from.size;) {
		size_t n = text_utf8_length(bytes_of(from.at + i, from.size - i));
		bool plain = n > 1 || (n == 1 && from.at[i] >= 0x20 && from.at[i] < 0x7f);
		size_t want = plain ? n : 4;

		/* U+0080..U+009F are control characters of terminals. */
		if (n == 2 && from.at[i] == 0xc2 && from.at[i + 1] < 0xa0)
			plain = false, want = 4;
		if (used + want + 4 > size) {
			if (size >= 4)
				memcpy(to + used, "...", 3), used += 3;
			break;
		}
		if (plain) {
			memcpy(to + used, from.at + i, n);
			i += n;
		} else {
			to[used] = '\\';
			to[used + 1] = 'x';
			to[used + 2] = digit[from.at[i] >> 4];
			to[used + 3] = digit[from.at[i] & 15];
			i++;
		}
		used += want;
	}
	if (size)
		to[used] = '\0';
	return to;
}

struct text_quoted text_quoted(struct bytes from)
{
	struct text_quoted q;

	text_quote(q.text, sizeof(q.text), from);
	return q;
}

const char *text_hex(char *to, size_t size, struct bytes from)
{
	static const char digit[] = "0123456789abcdef";
	size_t used = 0;

	for (size_t i = 0; i < from.size && used + 3 <= size; i++) {
		to[used++] = digit[from.at[i] >> 4];
		to[used++] = digit[from.at[i] & 15];
	}
	if (size)
		to[used] = '\0';
	return to;
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool text_unhex(uint8_t *to, size_t size, struct bytes from)
{
	bool colons = from.size > 2 && from.at[2] == ':';
	size_t step = colons ? 3 : 2;

	if (size == 0 || from.size != size * step - (colons ? 1 : 0))
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = hex_value(from.at[i * step]), low = hex_value(from.at[i * step + 1]);

		if (high < 0 || low < 0)
			return false;
		if (colons && i + 1 < size && from.at[i * step + 2] != ':')
			return false;
	}
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(hex_value(from.at[i * step]) << 4 |
				  hex_value(from.at[i * step + 1]));
	return true;
}

bool text_number(uint64_t *to, struct bytes from, uint64_t max)
{
	uint64_t value = 0;

	if (from.size == 0)
		return false;
	for (size_t i = 0; i < from.size; i++) {
		if (from.at[i] < '0' || from.at[i] > '9')
			return false;
		uint64_t digit = from.at[i] - (uint64_t)'0';
		if (value > (max - digit) / 10 || digit > max)
			return false;
		value = value * 10 + digit;
	}
	*to = value;
	return true;
}

bool text_copy(char *to, size_t size, struct bytes from)
{
	if (from.size >= size || (from.size && memchr(from.at, 0, from.size)))
		return false;
	if (from.size)
		memcpy(to, from.at, from.size);
	to[from.size] = '\0';
	return true;
}

static uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool text_equal_nocase(struct bytes a, struct bytes b)
{
	if (a.size != b.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		if (fold(a.at[i]) != fold(b.at[i]))
			return false;
	return true;
}

bool text_starts(struct bytes b, const char *prefix)
{
	size_t n = strlen(prefix);

	return b.size >= n && memcmp(b.at, prefix, n) == 0;
}

bool text_matches(const char *text, const char *pattern)
{
	const char *star = NULL, *from = NULL; /* the last '*', and where its run ends */

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) { /* let the run take one byte more */
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static size_t word_end(struct bytes b, bool separator)
{
	size_t n = 0;

	while (n < b.size && (memchr(", \t", b.at[n], 3) != NULL) == separator)
		n++;
	return n;
}

bool text_word(struct bytes *word, struct bytes *rest)
{
	size_t begin = word_end(*rest, true);

	if (begin == rest->size)
		return false;
	*rest = bytes_of(rest->at + begin, rest->size - begin);
	*word = bytes_of(rest->at, word_end(*rest, false));
	*rest = bytes_of(rest->at + word->size, rest->size - word->size);
	return true;
}

bool text_listed(const char *text, const char *list)
{
	struct bytes rest = bytes_of_text(list), word;
	char pattern[64];

	while (text_word(&word, &rest))
		if (text_copy(pattern, sizeof(pattern), word) && text_matches(text, pattern))
			return true;
	return false;
}

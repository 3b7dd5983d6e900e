/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/* Text that may have come from a peer: escaping, hex, numbers, UTF-8. */

/* Length of the valid UTF-8 sequence @b begins with (1..4), or 0. */
size_t text_utf8_length(struct bytes b);

/*
 * Peer text for people: printable ASCII and valid UTF-8 stay, the rest becomes \xNN; cut
 * with "..." when @size is too small.  Always terminated.  Returns @to.
 */
const char *text_quote(char *to, size_t size, struct bytes from);

/* Same into a small static-size holder, for use inside one printf call. */
struct text_quoted {
	char text[128];
};
struct text_quoted text_quoted(struct bytes from);
#define TEXT_QUOTED(b) (text_quoted(b).text)

/* Lower-case hex into @to (2 * from.size + 1 bytes), cut when it does not fit. */
const char *text_hex(char *to, size_t size, struct bytes from);

/* Hex digits, optionally in pairs joined by ':' (RFC 6991 hex-string), into exactly
 * @size bytes.  false: other characters or another length. */
MUST_CHECK bool text_unhex(uint8_t *to, size_t size, struct bytes from);

/* Decimal digits only, no sign, at most @max.  false: anything else. */
MUST_CHECK bool text_number(uint64_t *to, struct bytes from, uint64_t max);

/* Copy as a C string.  false: too long, or a NUL inside. */
MUST_CHECK bool text_copy(char *to, size_t size, struct bytes from);

/* ASCII case folded equality. */
bool text_equal_nocase(struct bytes a, struct bytes b);

/* Does @b begin with @prefix? */
bool text_starts(struct bytes b, const char *prefix);

/* Does all of @text match @pattern: '*' any run, '?' one byte, others themselves? */
bool text_matches(const char *text, const char *pattern);

/* The next word of @rest, which loses it: commas and blanks part words.  false: none left. */
bool text_word(struct bytes *word, struct bytes *rest);

/* Does one of the patterns (text_matches) in @list, "eth1, mgmt*", match all of @text? */
bool text_listed(const char *text, const char *list);

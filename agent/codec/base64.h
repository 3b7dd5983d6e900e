/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"

/*
 * base64 in the standard alphabet with padding (RFC 4648 §4), as YANG writes binary
 * (RFC 7951 §6.6).
 */

/* Characters that @size bytes become, without a NUL. */
#define BASE64_SIZE(size) (((size_t)(size) + 2) / 3 * 4)

/*
 * Decode @text to the end of @into; @out is the new bytes there, borrowed from it.  White
 * space is passed over (ROUT-7); missing padding, bits left over that are not 0 and every
 * other character are errors.  On failure @into is as it was.  Empty text gives no bytes.
 * Errors: ERROR_MALFORMED; ERROR_REFUSED when @into is full.
 */
MUST_CHECK bool base64_decode(struct bytes *out, struct writer *into, struct bytes text,
			      struct error *e);

/* Write @from, without line breaks. */
void base64_write(struct writer *w, struct bytes from);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"

/* Textual encodings (RFC 7468): files on a workstation, never bytes from a peer. */

struct pem {
	struct bytes label;   /* "CERTIFICATE"; borrowed from the text */
	struct bytes content; /* decoded, in the caller's writer */
};

/* Does the text hold a PEM block? */
bool pem_is(struct bytes text);

/*
 * The next block: @rest moves behind it.  Text around the blocks is passed over, headers
 * inside (RFC 1421) are refused.  The content goes to the end of @into.
 * *@found is false, and nothing else is written, when no further block begins.
 */
MUST_CHECK bool pem_next(struct pem *pem, bool *found, struct bytes *rest,
			 struct writer *into, struct error *e);

/*
 * The first private key block of a file, or the whole file when it is no PEM (DER then).
 * @into is secret afterwards, whatever comes of it.
 * Errors: ERROR_MALFORMED (none), ERROR_REFUSED (encrypted).
 */
MUST_CHECK bool pem_private_key(struct bytes *der, struct bytes file, struct writer *into,
				struct error *e);

/* Write one block, in lines of 64. */
void pem_write(struct writer *w, const char *label, struct bytes content);

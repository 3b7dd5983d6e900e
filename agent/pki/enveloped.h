/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"
#include "pki/cms.h"
#include "pki/decrypt_key.h"

/* EnvelopedData (RFC 5652 §6): what was encrypted to this device's certificate (ENC-1). */

#define ENVELOPED_RANDOM_SIZE 80 /* bytes: a shared secret and a content key */

/* What was inside; both layouts of ENC-6 end in this. */
struct enveloped_content {
	struct cms cms;	       /* as cms_read() would give it */
	struct bytes document; /* size not 0: the plaintext is the document itself, with no
				* structure around it; then cms.content is empty */
};

/*
 * Decrypt an EnvelopedData, found by cms_read().
 *
 * @to: borrowed from the plaintext; written only on success.
 * @random: fresh random bytes, in place of keys that do not come out (ENC-8).
 * @room: the plaintext goes to its end; it needs the size of the encrypted content.  What
 * does not decrypt leaves nothing there.
 * Errors: ERROR_REFUSED with ENC-8 for whatever depends on a secret, one sentence for all;
 * from what anybody can see: ERROR_MALFORMED with CMS-1; ERROR_REFUSED with ENC-4 (not for
 * us), ENC-5 (algorithms), TPM-123 (the certificate forbids it), CMS-16 (room), and without
 * a rule for types that no artifact has.  ERROR_MACHINE from the key.
 */
MUST_CHECK bool enveloped_open(struct enveloped_content *to, const struct cms *cms,
			       const struct decrypt_key *key,
			       const uint8_t random[static ENVELOPED_RANDOM_SIZE],
			       struct writer *room, struct error *e);

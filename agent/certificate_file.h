/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"

/* Certificates and CRLs that a user names as files: DER (one), or PEM (as many as it holds).
 */

#define CERTIFICATE_FILE_CERTIFICATE "CERTIFICATE"
#define CERTIFICATE_FILE_CRL	     "X509 CRL"

/*
 * Append the items of a file to @to; none is fine here.
 *
 * @label: the PEM blocks that count; others are passed over.  DER is taken as it is: nothing
 * here looks into it.
 * @into: where file and decoded items are kept, as long as @to is used.
 * Errors: ERROR_USAGE (cannot be opened), ERROR_REFUSED with CMS-16 (no room: @max items,
 * @into), ERROR_MALFORMED (PEM), with the file's name.
 */
MUST_CHECK bool certificate_file_read(struct bytes *to, size_t *count, size_t max,
				      const char *label, struct writer *into,
				      const char *path, struct error *e);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "pki/ldevid_signer.h"

/* What is left of a certification request: itself, and the key it is about if that is new. */

#define LDEVID_KEY_FILE	    "ldevid-key.pem"
#define LDEVID_REQUEST_FILE "ldevid.csr"

/*
 * @s: may be NULL; @request: DER; of size 0, nothing is put.
 * @put: writes one file that nobody else may read (CSR-11).
 */
MUST_CHECK bool ldevid_put(const struct ldevid_signer *s, struct bytes request,
			   bool (*put)(void *context, const char *name, struct bytes content,
				       struct error *e),
			   void *context, struct error *e);

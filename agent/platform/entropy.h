/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/* Random bytes: the kernel's generator, and nothing else (RND-2, RND-3). */

/*
 * Fill @to.  Before the kernel's generator is seeded this waits, at most 60 s.
 * Errors: ERROR_MACHINE, rule RND-2; @to is then not to be used.
 */
MUST_CHECK bool entropy_fill(void *to, size_t size, struct error *e);

/* Mix bytes of another source (a TPM) into the kernel's generator, without credit (TPM-130).
 */
MUST_CHECK bool entropy_stir(struct bytes bytes, struct error *e);

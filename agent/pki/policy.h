/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "pki/x509.h"

/* Certificate policies of a path (RFC 5280 §6.1) for a user who names none. */

/*
 * Does the path keep what its CAs demand of policies?  The user's inputs are the defaults:
 * any policy, none of the initial restrictions; so only a certificate of the path can demand
 * an explicit policy.
 *
 * @path: leaf first, the anchor last; the anchor's restrictions count, its policies do not.
 * @work: comparisons that may still be made; 0 when they were used up.
 * Errors: ERROR_REFUSED with CMS-18, CMS-16 (limits).
 */
MUST_CHECK bool policy_check(const struct x509 *const path[], size_t length, unsigned *work,
			     struct error *e);

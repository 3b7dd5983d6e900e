/* SPDX-License-Identifier: MIT */
#pragma once

#include "pki/x509.h"

/* Name constraints (RFC 5280 §4.2.1.10): what a CA may give names to. */

/*
 * Do the name constraints of @ca, if it has any, allow all names of @below: its subject, the
 * emailAddress attributes in that, and its subjectAltNames?
 *
 * DNS, IP, e-mail, URI and directory names are compared; a constraint on any other kind of
 * name, or one that cannot be understood, refuses every certificate with such a name.
 * Critical or not makes no difference.  That self-issued certificates are exempt is the
 * caller's business.
 *
 * @work: comparisons that may still be made; 0 when they were used up.
 * Errors: ERROR_REFUSED with CMS-18, CMS-16 (@work).
 */
MUST_CHECK bool constraints_check(const struct x509 *ca, const struct x509 *below,
				  unsigned *work, struct error *e);

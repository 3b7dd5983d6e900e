/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/describe.h"

/*
 * Certificates and CRLs as JSON members, without braces, beginning with a comma.  They read
 * more than pki does, for pki refuses what nobody should use: other versions, unknown
 * algorithms, extensions that stand twice.
 *
 * false: not that structure (RFC 5280 §4.1, §5.1); then a part may be written.
 */
MUST_CHECK bool describe_certificate(struct writer *w, struct bytes der);
MUST_CHECK bool describe_certificate_list(struct writer *w, struct bytes der);

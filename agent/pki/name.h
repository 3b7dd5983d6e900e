/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "pki/oid.h"

/* Distinguished names (RFC 5280 §4.1.2.4). */

/* Is the whole TLV a well-formed Name? */
MUST_CHECK bool name_check(struct bytes name, struct error *e);

bool name_is_empty(struct bytes name);

/*
 * Do two well-formed names name the same?  Attribute by attribute in order; PrintableString
 * and UTF8String values are compared without ASCII case and with runs of spaces as one
 * (RFC 5280 §7.1, without the Unicode tables), and so are domainComponent and emailAddress as
 * IA5String (§7.3); all others octet by octet.
 */
bool name_equal(struct bytes a, struct bytes b);

/*
 * Does @name begin with all of @base (RFC 5280 §4.2.1.10)?  Values of string types that
 * cannot be compared count as equal when @doubt is set.
 */
bool name_is_within(struct bytes name, struct bytes base, bool doubt);

/* The first value of an attribute; size 0 when there is none. */
struct bytes name_attribute(struct bytes name, enum oid type);

/* The value of its @n-th occurrence, from 0.  false: there are not so many. */
bool name_attribute_at(struct bytes *value, struct bytes name, enum oid type, size_t n);

/* "CN=Example, O=Owner" into @to, peer text escaped, cut with "...".  Returns @to. */
const char *name_text(char *to, size_t size, struct bytes name);

/* Same into a holder, for one printf call. */
struct name_string {
	char text[128];
};
struct name_string name_string(struct bytes name);
#define NAME_TEXT(name) (name_string(name).text)

/* SPDX-License-Identifier: MIT */
#include "pki/name.h"

#include <stdio.h>

#include "base/text.h"
#include "base/writer.h"
#include "codec/der.h"
#include "config.h"

/* One AttributeTypeAndValue of a name, in document order. */
struct attribute {
	struct bytes type, value;
	uint8_t tag; /* of the value */
	bool first;  /* of its RelativeDistinguishedName */
};

/* Walks a name: SEQUENCE OF SET OF SEQUENCE { type, value }. */
struct walk {
	struct reader names, set;
	bool bad;
};

static void walk_start(struct walk *w, struct bytes name)
{
	struct reader r = reader_over(name, &w->bad);

	w->names = der_open(&r, DER_SEQUENCE);
	w->set = reader_within((struct bytes){ 0 }, &w->bad);
	der_end(&r);
}

static bool walk_next(struct walk *w, struct attribute *a)
{
	bool first = false;

	if (!reader_left(&w->set)) {
		if (!reader_left(&w->names))
			return false;
		w->set = der_open(&w->names, DER_SET);
		first = true;
		if (!reader_left(&w->set)) /* an RDN is never empty */
			reader_fail(&w->set);
	}

	struct reader sequence = der_open(&w->set, DER_SEQUENCE);
	struct bytes type = der_oid(&sequence);
	struct der_item value = der_next(&sequence);

	der_end(&sequence);
	if (w->bad)
		return false;
	*a = (struct attribute){ type, value.content, value.tag, first };
	return true;
}

bool name_check(struct bytes name, struct error *e)
{
	struct attribute a;
	struct walk w;

	if (name.size > CONFIG_NAME_MAX)
		return error_set(e, ERROR_REFUSED, "CMS-16",
				 "name of %zu bytes, at most %d are read", name.size,
				 CONFIG_NAME_MAX);
	walk_start(&w, name);
	while (walk_next(&w, &a)) {
		bool is_text = a.tag == DER_PRINTABLE_STRING || a.tag == DER_IA5_STRING ||
			       a.tag == DER_UTF8_STRING;

		/* "good.example\0.evil.example" is read in two ways. */
		if (is_text && a.value.size && memchr(a.value.at, 0, a.value.size))
			return error_set(e, ERROR_MALFORMED, NULL, "name with a NUL inside");
	}
	if (w.bad)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "name is malformed (RFC 5280 §4.1.2.4)");
	return true;
}

bool name_is_empty(struct bytes name)
{
	return name.size <= 2;
}

/* Is case, and how many spaces there are, without meaning? */
static bool is_folded(const struct attribute *a)
{
	return a->tag == DER_PRINTABLE_STRING || a->tag == DER_UTF8_STRING ||
	       (a->tag == DER_IA5_STRING && (oid_is(a->type, OID_DOMAIN_COMPONENT) ||
					     oid_is(a->type, OID_EMAIL_ADDRESS)));
}

/* The next character of a folded value: lower case, runs of spaces as one, none at the ends.
 * -1 at the end. */
static int next_folded(struct bytes value, size_t *at)
{
	size_t i = *at;
	bool space = false;

	for (; i < value.size && value.at[i] == ' '; i++)
		space = true;
	if (i == value.size) {
		*at = i;
		return -1;
	}
	if (space && *at != 0) {
		*at = i;
		return ' ';
	}
	uint8_t c = value.at[i];
	*at = i + 1;
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool equal_folded(struct bytes a, struct bytes b)
{
	size_t i = 0, j = 0;

	for (;;) {
		int x = next_folded(a, &i), y = next_folded(b, &j);

		if (x != y)
			return false;
		if (x < 0)
			return true;
	}
}

/* @doubt: the answer for values whose string types cannot be compared. */
static bool equal_attribute(const struct attribute *a, const struct attribute *b, bool doubt)
{
	if (a->first != b->first || !bytes_equal(a->type, b->type))
		return false;
	if (is_folded(a) && is_folded(b))
		return equal_folded(a->value, b->value);
	if (a->tag != b->tag)
		return doubt;
	return bytes_equal(a->value, b->value);
}

bool name_equal(struct bytes a, struct bytes b)
{
	struct attribute in_a, in_b;
	struct walk walk_a, walk_b;

	if (bytes_equal(a, b))
		return true;
	walk_start(&walk_a, a);
	walk_start(&walk_b, b);
	for (;;) {
		bool more_a = walk_next(&walk_a, &in_a), more_b = walk_next(&walk_b, &in_b);

		if (walk_a.bad || walk_b.bad || more_a != more_b)
			return false;
		if (!more_a)
			return true;
		if (!equal_attribute(&in_a, &in_b, false))
			return false;
	}
}

bool name_is_within(struct bytes name, struct bytes base, bool doubt)
{
	struct attribute in_name = { 0 }, in_base;
	struct walk walk_name, walk_base;

	walk_start(&walk_name, name);
	walk_start(&walk_base, base);
	while (walk_next(&walk_base, &in_base))
		if (!walk_next(&walk_name, &in_name) ||
		    !equal_attribute(&in_name, &in_base, doubt))
			return false;
	/* What follows in the name begins a relative name of its own. */
	return !walk_base.bad && (!walk_next(&walk_name, &in_name) || in_name.first) &&
	       !walk_name.bad;
}

bool name_attribute_at(struct bytes *value, struct bytes name, enum oid type, size_t n)
{
	struct attribute a;
	struct walk w;

	walk_start(&w, name);
	while (walk_next(&w, &a)) {
		if (oid_is(a.type, type) && n-- == 0) {
			*value = a.value;
			return true;
		}
	}
	return false;
}

struct bytes name_attribute(struct bytes name, enum oid type)
{
	struct bytes value = { 0 };

	name_attribute_at(&value, name, type, 0);
	return value;
}

const char *name_text(char *to, size_t size, struct bytes name)
{
	struct attribute a;
	struct walk w;
	size_t used = 0;

	snprintf(to, size, "%s", name_is_empty(name) ? "(no name)" : "");
	walk_start(&w, name);
	while (walk_next(&w, &a) && used + 1 < size) {
		int n = snprintf(to + used, size - used, "%s%s=%s",
				 used == 0 ? ""
				 : a.first ? ", "
					   : "+",
				 OID_TEXT(a.type), TEXT_QUOTED(a.value));
		used += (size_t)n < size - used ? (size_t)n : size - used;
	}
	if (used + 1 >= size && size >= 4)
		memcpy(to + size - 4, "...", 4);
	return to;
}

struct name_string name_string(struct bytes name)
{
	struct name_string s;

	name_text(s.text, sizeof(s.text), name);
	return s;
}

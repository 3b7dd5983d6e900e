/* SPDX-License-Identifier: MIT */
#include "pki/constraints.h"

#include "base/text.h"
#include "codec/uri.h"
#include "pki/name.h"

/*
 * NameConstraints ::= SEQUENCE { permittedSubtrees [0], excludedSubtrees [1] }, each of them
 * a sequence of GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, ... }.
 *
 * Every name is held against every subtree of its kind.  A comparison has three answers: when
 * name or subtree is not well formed it is "unclear", and that refuses the certificate
 * whether the subtree permits or excludes.  Holding each CA against all that is below it is
 * the same as intersecting and joining the sets on the way down (RFC 5280 §6.1.4 (g)).
 */

enum verdict {
	OUTSIDE,
	INSIDE,
	UNCLEAR,
};

struct constraints {
	const struct x509 *ca, *below;
	unsigned *work;
	struct error *e;
};

static bool ends_nocase(struct bytes text, struct bytes end)
{
	return text.size >= end.size &&
	       text_equal_nocase(bytes_of(text.at + text.size - end.size, end.size), end);
}

static struct bytes without(struct bytes b, size_t count)
{
	return bytes_of(b.at + count, b.size - count);
}

/* Is the name the domain itself or below it? */
static bool is_below(struct bytes name, struct bytes domain)
{
	return ends_nocase(name, domain) &&
	       (name.size == domain.size || name.at[name.size - domain.size - 1] == '.');
}

/*
 * "example.net" holds itself and all below.  A wildcard is inside a permitted subtree when
 * all it stands for is, and inside an excluded one already when some of it is.
 */
static enum verdict compare_dns(struct bytes base, struct bytes name, bool excluded)
{
	bool wild = text_starts(name, "*.");
	struct bytes parent = wild ? without(name, 2) : name;
	const uint8_t *dot;

	if (!uri_is_host_name(parent) || (base.size && !uri_is_host_name(base)))
		return UNCLEAR;
	if (base.size == 0 || is_below(parent, base))
		return INSIDE;
	dot = wild && excluded ? memchr(base.at, '.', base.size) : NULL;
	if (dot && text_equal_nocase(without(base, (size_t)(dot + 1 - base.at)), parent))
		return INSIDE;
	return OUTSIDE;
}

/* "host" holds that host alone, ".domain" all hosts below the domain. */
static enum verdict compare_host(struct bytes base, struct bytes host)
{
	bool below = text_starts(base, ".");

	if (!uri_is_host_name(host) ||
	    (base.size && !uri_is_host_name(below ? without(base, 1) : base)))
		return UNCLEAR;
	if (base.size == 0)
		return INSIDE;
	return (below ? ends_nocase(host, base) : text_equal_nocase(host, base)) ? INSIDE
										 : OUTSIDE;
}

/* The last '@'; size when there is none. */
static size_t find_at(struct bytes text)
{
	for (size_t i = text.size; i > 0; i--)
		if (text.at[i - 1] == '@')
			return i - 1;
	return text.size;
}

/* "user@host" holds one mailbox, "host" all of a host, ".domain" all of the hosts below. */
static enum verdict compare_email(struct bytes base, struct bytes name)
{
	size_t at = find_at(name), base_at = find_at(base);

	if (at == 0 || at == name.size)
		return UNCLEAR;
	if (base_at == base.size)
		return compare_host(base, without(name, at + 1));
	if (base_at == 0 || text_starts(without(base, base_at + 1), ".") ||
	    base_at + 1 == base.size)
		return UNCLEAR;

	enum verdict host = compare_host(without(base, base_at + 1), without(name, at + 1));

	if (host == INSIDE && !bytes_equal(bytes_of(base.at, base_at), bytes_of(name.at, at)))
		return OUTSIDE;
	return host;
}

/* The host of "scheme://user@host:port/path"; size 0 when there is none. */
static struct bytes uri_host(struct bytes uri)
{
	size_t start = 0, end;

	while (start < uri.size && uri.at[start] != ':')
		start++;
	if (start == 0 || !text_starts(without(uri, start), "://"))
		return (struct bytes){ 0 };
	uri = without(uri, start + 3);
	for (end = 0; end < uri.size && !memchr("/?#", uri.at[end], 3);)
		end++;
	uri.size = end;
	start = find_at(uri);
	if (start < uri.size)
		uri = without(uri, start + 1);
	for (end = 0; end < uri.size && uri.at[end] != ':';)
		end++;
	return bytes_of(uri.at, end);
}

/* Four or sixteen octets of address and as many of a mask without holes. */
static enum verdict compare_ip(struct bytes base, struct bytes address)
{
	size_t size = base.size / 2;
	bool ended = false, equal = true;

	if (base.size != 8 && base.size != 32)
		return UNCLEAR;
	for (size_t i = 0; i < size * 8; i++) {
		bool bit = base.at[size + i / 8] >> (7 - i % 8) & 1;

		if (bit && ended)
			return UNCLEAR;
		ended |= !bit;
	}
	if (address.size != size)
		return OUTSIDE;
	for (size_t i = 0; i < size; i++)
		equal &= !((base.at[i] ^ address.at[i]) & base.at[size + i]);
	return equal ? INSIDE : OUTSIDE;
}

static enum verdict compare_directory(struct bytes base, struct bytes name, bool excluded)
{
	struct error ignored;

	if (!name_check(base, &ignored))
		return UNCLEAR;
	return name_is_within(name, base, excluded) ? INSIDE : OUTSIDE;
}

static enum verdict compare(uint8_t kind, struct bytes base, struct bytes name, bool excluded)
{
	switch ((enum x509_name)kind) {
	case X509_NAME_DNS:
		return compare_dns(base, name, excluded);
	case X509_NAME_EMAIL:
		return compare_email(base, name);
	case X509_NAME_URI:
		return compare_host(base, uri_host(name));
	case X509_NAME_IP:
		return compare_ip(base, name);
	case X509_NAME_DIRECTORY:
		return compare_directory(base, name, excluded);
	case X509_NAME_OTHER:
	case X509_NAME_X400:
	case X509_NAME_EDI:
	case X509_NAME_RID:
		break;
	}
	return UNCLEAR;
}

static bool malformed(const struct constraints *c)
{
	return error_set(c->e, ERROR_REFUSED, "CMS-18",
			 "name constraints of '%s' are malformed (RFC 5280 §4.2.1.10)",
			 NAME_TEXT(c->ca->subject));
}

/* A subtree's base; nothing but a minimum of 0 may stand behind it. */
static struct der_item take_subtree(struct reader *list)
{
	struct reader subtree = der_open(list, DER_SEQUENCE);
	struct der_item base = der_next(&subtree);

	if (der_at(&subtree, DER_CONTEXT(0))) { /* written out although it is the default */
		struct bytes minimum = der_take(&subtree, DER_CONTEXT(0));

		if (minimum.size != 1 || minimum.at[0] != 0)
			reader_fail(&subtree);
	}
	der_end(&subtree);
	return base;
}

/* Hold one name against one list: was there a subtree of its kind, and one that holds it? */
static bool walk_list(const struct constraints *c, struct reader list, uint8_t kind,
		      struct bytes name, bool excluded, bool *any, bool *inside)
{
	if (!reader_left(&list))
		reader_fail(&list);
	while (reader_left(&list)) {
		struct der_item base = take_subtree(&list);

		unsigned work = 1 + (unsigned)((base.content.size + name.size) / 64);

		if (*c->work < work) {
			*c->work = 0;
			return error_set(c->e, ERROR_REFUSED, "CMS-16",
					 "too many names and name constraints");
		}
		*c->work -= work;
		if (base.tag != kind)
			continue;
		*any = true;

		enum verdict verdict = compare(kind, base.content, name, excluded);

		if (verdict == UNCLEAR)
			return error_set(c->e, ERROR_REFUSED, "CMS-18",
					 "'%s' has a name of a kind or form that the name "
					 "constraints of '%s' leave unclear",
					 NAME_TEXT(c->below->subject),
					 NAME_TEXT(c->ca->subject));
		*inside |= verdict == INSIDE;
	}
	return !*list.bad || malformed(c);
}

static bool check_name(const struct constraints *c, uint8_t kind, struct bytes name)
{
	bool bad, any = false, permitted = false, none = false, excluded = false;
	struct reader r = reader_over(c->ca->name_constraints, &bad);
	struct reader lists = der_open(&r, DER_SEQUENCE);

	if (!reader_left(&lists))
		reader_fail(&lists);
	if (der_at(&lists, DER_CONTEXT_OPEN(0)) &&
	    !walk_list(c, der_open(&lists, DER_CONTEXT_OPEN(0)), kind, name, false, &any,
		       &permitted))
		return false;
	if (der_at(&lists, DER_CONTEXT_OPEN(1)) &&
	    !walk_list(c, der_open(&lists, DER_CONTEXT_OPEN(1)), kind, name, true, &none,
		       &excluded))
		return false;
	der_end(&lists);
	if (bad)
		return malformed(c);
	if ((any && !permitted) || excluded)
		return error_set(c->e, ERROR_REFUSED, "CMS-18",
				 "'%s' has a name that the name constraints of '%s' %s",
				 NAME_TEXT(c->below->subject), NAME_TEXT(c->ca->subject),
				 excluded ? "exclude" : "do not permit");
	return true;
}

static bool check_emails(const struct constraints *c)
{
	struct bytes value;

	for (size_t i = 0; name_attribute_at(&value, c->below->subject, OID_EMAIL_ADDRESS, i);
	     i++)
		if (!check_name(c, X509_NAME_EMAIL, value))
			return false;
	return true;
}

bool constraints_check(const struct x509 *ca, const struct x509 *below, unsigned *work,
		       struct error *e)
{
	struct constraints c = { ca, below, work, e };
	bool bad;
	struct reader r = reader_over(below->alt_names, &bad);

	if (ca->name_constraints.size == 0)
		return true;
	if (!name_is_empty(below->subject) &&
	    !check_name(&c, X509_NAME_DIRECTORY, below->subject))
		return false;
	if (!check_emails(&c))
		return false;
	if (below->alt_names.size == 0)
		return true;

	struct reader names = der_open(&r, DER_SEQUENCE);

	while (reader_left(&names)) {
		struct der_item name = der_next(&names);

		if (!check_name(&c, name.tag, name.content))
			return false;
	}
	return !bad || malformed(&c);
}

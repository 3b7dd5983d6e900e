/* SPDX-License-Identifier: MIT */
#include "pki/voucher.h"

#include "base/text.h"
#include "codec/date.h"
#include "codec/json.h"
#include "codec/yang_xml.h"

/*
 * Leaves are read one by one, each with the number of its rule, because whoever issues
 * vouchers mends them by that number.  A leaf of another type is refused, never taken for
 * absent: absent is the weaker meaning of most of them.  null too is another type here.
 */

#define MODULE "ietf-voucher"

/* RFC 8366 §5.3. */
static const struct yang_node voucher_schema[] = {
	{ .name = "created-on", .type = YANG_STRING },
	{ .name = "expires-on", .type = YANG_STRING },
	{ .name = "assertion", .type = YANG_ENUMERATION },
	{ .name = "serial-number", .type = YANG_STRING },
	{ .name = "idevid-issuer", .type = YANG_BINARY },
	{ .name = "pinned-domain-cert", .type = YANG_BINARY },
	{ .name = "domain-cert-revocation-checks", .type = YANG_BOOLEAN },
	{ .name = "nonce", .type = YANG_BINARY },
	{ .name = "last-renewal-date", .type = YANG_STRING },
	{ 0 },
};

static const struct yang_node schema[] = {
	{ .module = MODULE, .name = "voucher", .children = voucher_schema },
	{ 0 },
};

struct reading {
	struct voucher v;
	const struct json_value *object;
	struct writer *into;
	struct error *e;
};

/* Look for a leaf; *@found is NULL when it is not there. */
static bool find(struct reading *r, const struct json_value **found, const char *name)
{
	return json_yang_member(found, r->object, MODULE, name, r->e);
}

static bool find_mandatory(struct reading *r, const struct json_value **found,
			   const char *name)
{
	if (!find(r, found, name))
		return false;
	return *found ||
	       error_set(r->e, ERROR_REFUSED, "OV-23", "the mandatory %s is missing", name);
}

static bool read_date(struct reading *r, int64_t *to, const struct json_value *v,
		      const char *name)
{
	struct bytes text;

	if (json_text(&text, v, name, r->e) && date_read(to, text, r->e))
		return true;
	if (json_is_text(v))
		error_wrap(r->e, "%s", name);
	return error_rule(r->e, "OV-22");
}

static bool read_dates(struct reading *r)
{
	const struct json_value *created, *expires, *renewal;

	if (!find_mandatory(r, &created, "created-on") ||
	    !read_date(r, &r->v.created_on_s, created, "created-on") ||
	    !find(r, &expires, "expires-on") || !find(r, &renewal, "last-renewal-date"))
		return false;
	if (renewal && !expires)
		return error_set(r->e, ERROR_REFUSED, "OV-21",
				 "last-renewal-date without expires-on");
	r->v.has_expires_on = expires != NULL;
	return !expires || read_date(r, &r->v.expires_on_s, expires, "expires-on");
}

static bool read_assertion(struct reading *r)
{
	static const enum voucher_assertion all[] = { VOUCHER_VERIFIED, VOUCHER_LOGGED,
						      VOUCHER_PROXIMITY };
	const struct json_value *v;
	struct bytes text;

	if (!find_mandatory(r, &v, "assertion"))
		return false;
	if (!json_text(&text, v, "assertion", r->e))
		return error_rule(r->e, "OV-9");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (bytes_equal_text(text, voucher_assertion_name(all[i]))) {
			r->v.assertion = all[i];
			return true;
		}
	}
	return error_set(r->e, ERROR_REFUSED, "OV-9",
			 "assertion '%s' is not verified, logged or proximity",
			 TEXT_QUOTED(text));
}

static bool read_serial(struct reading *r)
{
	const struct json_value *v;

	if (!find_mandatory(r, &v, "serial-number"))
		return false;
	/* A list or a pattern would be a voucher for many devices. */
	return json_text(&r->v.serial_number, v, "serial-number", r->e) ||
	       error_rule(r->e, "OV-25");
}

static bool read_optional_binary(struct reading *r, struct bytes *to, bool *has,
				 const char *name, const char *rule)
{
	const struct json_value *v;

	if (!find(r, &v, name))
		return false;
	*has = v != NULL;
	return !v || json_binary(to, r->into, v, name, r->e) || error_rule(r->e, rule);
}

static bool read_pinned(struct reading *r)
{
	const struct json_value *v;

	if (!find(r, &v, "pinned-domain-cert"))
		return false;
	if (!v)
		return error_set(r->e, ERROR_REFUSED, "OV-14",
				 "the mandatory pinned-domain-cert is missing");
	return json_binary(&r->v.pinned_domain_cert, r->into, v, "pinned-domain-cert",
			   r->e) ||
	       error_rule(r->e, "OV-14");
}

/* The strings "true" and "false" mean the literals: RFC 8366 itself prints one (OV-18). */
static bool read_revocation(struct reading *r)
{
	const struct json_value *v;
	struct bytes text;
	bool flag;

	if (!find(r, &v, "domain-cert-revocation-checks"))
		return false;
	if (!v)
		return true;
	if (json_is_text(v)) {
		if (!json_text(&text, v, "domain-cert-revocation-checks", r->e))
			return false;
		flag = bytes_equal_text(text, "true");
		if (!flag && !bytes_equal_text(text, "false"))
			return error_set(
				r->e, ERROR_REFUSED, "OV-18",
				"domain-cert-revocation-checks is '%s', not true or false",
				TEXT_QUOTED(text));
	} else if (!json_flag(&flag, v, "domain-cert-revocation-checks", r->e)) {
		return error_rule(r->e, "OV-18");
	}
	r->v.revocation_checks = flag ? VOUCHER_REVOCATION_TRUE : VOUCHER_REVOCATION_FALSE;
	return true;
}

static bool read_nonce(struct reading *r)
{
	if (!read_optional_binary(r, &r->v.nonce, &r->v.has_nonce, "nonce", "OV-19"))
		return false;
	if (r->v.has_nonce && (r->v.nonce.size < 8 || r->v.nonce.size > 32))
		return error_set(r->e, ERROR_REFUSED, "OV-19",
				 "nonce of %zu bytes, not 8 to 32", r->v.nonce.size);
	if (r->v.has_nonce && r->v.has_expires_on)
		return error_set(r->e, ERROR_REFUSED, "OV-8",
				 "nonce and expires-on exclude each other");
	return true;
}

static bool read_root(const struct json_value **object, const struct json_value *document,
		      struct error *e)
{
	*object = json_member(document, MODULE ":voucher");
	if (!*object)
		return error_set(e, ERROR_REFUSED, "OV-3",
				 "no '" MODULE ":voucher' at the top");
	return json_object(*object, MODULE ":voucher", e) || error_rule(e, "OV-3");
}

static bool is_known(struct bytes name)
{
	if (text_starts(name, MODULE ":"))
		name = bytes_of(name.at + sizeof(MODULE), name.size - sizeof(MODULE));
	for (const struct yang_node *n = voucher_schema; n->name; n++)
		if (bytes_equal_text(name, n->name))
			return true;
	return false;
}

/* Members of the object that RFC 8366 does not know; metadata (RFC 7952) is none. */
static size_t count_unknown(const struct json_value *object)
{
	struct json_walk walk = json_walk(object);
	size_t count = 0;
	struct bytes name;

	while (json_walk_next(&walk, &name))
		count += !is_known(name) && !text_starts(name, "@");
	return count;
}

static bool read_leaves(struct voucher *v, const struct json_value *root, bool bare,
			struct writer *into, struct error *e)
{
	struct reading r = { .into = into, .e = e };

	if (bare && !json_member(root, MODULE ":voucher"))
		r.object = root;
	else if (!read_root(&r.object, root, e))
		return false;
	r.v.unknown_leaves = count_unknown(r.object);
	if (!read_dates(&r) || !read_assertion(&r) || !read_serial(&r) ||
	    !read_optional_binary(&r, &r.v.idevid_issuer, &r.v.has_idevid_issuer,
				  "idevid-issuer", "OV-12") ||
	    !read_pinned(&r) || !read_revocation(&r) || !read_nonce(&r))
		return false;
	*v = r.v;
	return true;
}

static bool read_json(struct voucher *v, struct bytes document, bool bare, void *arena,
		      size_t arena_size, struct writer *into, struct error *e)
{
	const struct json_value *root;

	if (!json_read(&root, document, CONFIG_VOUCHER_MAX, arena, arena_size, e))
		return error_rule(e, "OV-2");
	return read_leaves(v, root, bare, into, e);
}

bool voucher_read_json(struct voucher *v, struct bytes document, void *arena,
		       size_t arena_size, struct writer *into, struct error *e)
{
	return read_json(v, document, false, arena, arena_size, into, e);
}

bool voucher_read_bare(struct voucher *v, struct bytes document, void *arena,
		       size_t arena_size, struct writer *into, struct error *e)
{
	return read_json(v, document, true, arena, arena_size, into, e);
}

bool voucher_read_xml(struct voucher *v, struct bytes document, void *arena,
		      size_t arena_size, struct writer *into, struct error *e)
{
	const struct json_value *root;
	size_t unknown; /* left out of @root */

	if (!yang_xml_read(&root, &unknown, document, schema, CONFIG_VOUCHER_MAX, arena,
			   arena_size, e))
		return error_rule(e, "OV-2");
	if (!read_leaves(v, root, false, into, e))
		return false;
	v->unknown_leaves = unknown;
	return true;
}

bool voucher_to_json(struct bytes *json, struct bytes xml, void *arena, size_t arena_size,
		     struct error *e)
{
	size_t unknown;

	return yang_xml_to_json(json, &unknown, xml, schema, CONFIG_VOUCHER_MAX, arena,
				arena_size, e) ||
	       error_rule(e, "OV-2");
}

const char *voucher_assertion_name(enum voucher_assertion assertion)
{
	switch (assertion) {
	case VOUCHER_VERIFIED:
		return "verified";
	case VOUCHER_LOGGED:
		return "logged";
	case VOUCHER_PROXIMITY:
		return "proximity";
	}
	return "unknown";
}

/* SPDX-License-Identifier: MIT */
#include "pki/crl.h"

#include "base/writer.h"
#include "codec/date.h"
#include "codec/der.h"
#include "config.h"
#include "pki/name.h"

/*
 * What makes a list usable.  A list that is not complete (delta, some reasons), that speaks
 * of other issuers (indirect), or that has a critical part we do not know, may leave out what
 * a reader takes for told.  So each of these gets a kind of its own, and only CRL_COMPLETE is
 * ever asked for a serial number.
 */

#define REASON_REMOVE_FROM_CRL 8 /* stands in delta lists only (§5.3.1) */

/* IssuingDistributionPoint (§5.2.5) */
enum {
	POINT_NAME = DER_CONTEXT_OPEN(0),
	POINT_USERS = DER_CONTEXT(1),
	POINT_CAS = DER_CONTEXT(2),
	POINT_REASONS = DER_CONTEXT(3),
	POINT_INDIRECT = DER_CONTEXT(4),
	POINT_ATTRIBUTES = DER_CONTEXT(5),
};

/* DistributionPointName (§4.2.1.13) */
enum {
	NAME_FULL = DER_CONTEXT_OPEN(0),
	NAME_RELATIVE = DER_CONTEXT_OPEN(1),
};

/* DistributionPoint (§4.2.1.13) */
enum {
	DISTRIBUTION_NAME = DER_CONTEXT_OPEN(0),
	DISTRIBUTION_REASONS = DER_CONTEXT(1),
	DISTRIBUTION_ISSUER = DER_CONTEXT_OPEN(2),
};

struct extension {
	struct bytes oid, value;
	bool critical;
};

static struct extension take_extension(struct reader *r)
{
	struct reader sequence = der_open(r, DER_SEQUENCE);
	struct extension x = { .oid = der_oid(&sequence) };

	if (der_at(&sequence, DER_BOOLEAN))
		x.critical = der_boolean(&sequence);
	x.value = der_take(&sequence, DER_OCTET_STRING);
	der_end(&sequence);
	return x;
}

static void make_unknown(struct crl *crl, struct bytes oid)
{
	if (crl->kind == CRL_COMPLETE) {
		crl->kind = CRL_UNKNOWN;
		crl->unknown_critical = oid;
	}
}

/* BOOLEAN DEFAULT FALSE under a context tag. */
static bool take_flag(struct reader *r, uint8_t tag)
{
	struct bytes b = { 0 };

	if (!der_at(r, tag))
		return false;
	b = der_take(r, tag);
	if (b.size != 1 || (b.at[0] != 0x00 && b.at[0] != 0xff))
		reader_fail(r);
	return !*r->bad && b.at[0];
}

/* --- reading ---------------------------------------------------------------------------- */

static void read_point(struct crl *crl, struct reader r)
{
	struct reader point = der_open(&r, DER_SEQUENCE);
	bool reasons = false, indirect, attributes;

	if (der_at(&point, POINT_NAME))
		crl->point = der_take(&point, POINT_NAME);
	if (crl->point.size > CONFIG_NAME_MAX)
		reader_fail(&point);
	crl->only_users = take_flag(&point, POINT_USERS);
	crl->only_cas = take_flag(&point, POINT_CAS);
	if (der_at(&point, POINT_REASONS)) {
		der_take(&point, POINT_REASONS);
		reasons = true;
	}
	indirect = take_flag(&point, POINT_INDIRECT);
	attributes = take_flag(&point, POINT_ATTRIBUTES);
	der_end(&point);
	der_end(&r);
	if (crl->only_users + crl->only_cas + attributes > 1)
		reader_fail(&r);
	if (indirect)
		crl->kind = CRL_INDIRECT;
	else if (crl->kind == CRL_COMPLETE && (reasons || attributes))
		crl->kind = attributes ? CRL_ATTRIBUTES : CRL_SOME_REASONS;
}

static void read_extension(struct crl *crl, const struct extension *extension, bool *bad)
{
	struct reader r = reader_within(extension->value, bad);

	switch (oid_find(extension->oid)) {
	case OID_AUTHORITY_KEY_IDENTIFIER: {
		struct reader sequence = der_open(&r, DER_SEQUENCE);

		if (der_at(&sequence, DER_CONTEXT(0)))
			crl->authority_key_id = der_take(&sequence, DER_CONTEXT(0));
		der_end(&r);
		break;
	}
	case OID_CRL_NUMBER:
		der_integer(&r);
		der_end(&r);
		break;
	case OID_DELTA_CRL_INDICATOR:
		der_integer(&r);
		der_end(&r);
		if (crl->kind != CRL_INDIRECT)
			crl->kind = CRL_DELTA;
		return;
	case OID_ISSUING_DISTRIBUTION_POINT:
		read_point(crl, r);
		return;
	default:
		break;
	}
	/* Unknown, or known and not to be critical (§5.2.1, §5.2.3). */
	if (extension->critical)
		make_unknown(crl, extension->oid);
}

static bool stands_before(struct reader list, const struct extension *extension,
			  size_t position)
{
	for (size_t i = 0; i < position; i++)
		if (bytes_equal(take_extension(&list).oid, extension->oid))
			return true;
	return false;
}

/* The extensions of a list or of an entry; @each takes one. */
static bool read_extensions(struct crl *crl, struct reader list,
			    void (*each)(struct crl *crl, const struct extension *extension,
					 bool *bad),
			    struct error *e)
{
	struct reader start = list;

	if (!reader_left(&list))
		reader_fail(&list);
	for (size_t count = 0; reader_left(&list); count++) {
		struct extension extension = take_extension(&list);

		if (*list.bad)
			break;
		if (count >= CONFIG_X509_EXTENSIONS_MAX)
			return error_set(e, ERROR_REFUSED, "CMS-16",
					 "CRL with more than %d extensions",
					 CONFIG_X509_EXTENSIONS_MAX);
		if (stands_before(start, &extension, count))
			return error_set(e, ERROR_MALFORMED, "VAL-9",
					 "CRL: extension %s stands twice",
					 OID_TEXT(extension.oid));
		each(crl, &extension, list.bad);
	}
	return true;
}

static void read_entry_extension(struct crl *crl, const struct extension *extension,
				 bool *bad)
{
	struct reader r = reader_within(extension->value, bad);
	struct bytes reason;

	switch (oid_find(extension->oid)) {
	case OID_REASON_CODE:
		reason = der_take(&r, DER_ENUMERATED);
		der_end(&r);
		if (reason.size != 1)
			reader_fail(&r);
		else if (reason.at[0] == REASON_REMOVE_FROM_CRL && crl->kind == CRL_COMPLETE)
			crl->kind = CRL_DELTA;
		return;
	case OID_INVALIDITY_DATE:
		der_time(&r);
		der_end(&r);
		return;
	case OID_CERTIFICATE_ISSUER:
		crl->kind = CRL_INDIRECT;
		return;
	default:
		if (extension->critical)
			make_unknown(crl, extension->oid);
	}
}

/* Every entry once: SEQUENCE { serial, date, extensions OPTIONAL }. */
static bool read_entries(struct crl *crl, uint32_t version, bool *bad, struct error *e)
{
	struct reader list = reader_within(crl->revoked, bad);

	while (reader_left(&list)) {
		struct reader entry = der_open(&list, DER_SEQUENCE);

		der_integer(&entry);
		der_time(&entry);
		if (!reader_left(&entry))
			continue;
		if (version < 2)
			reader_fail(&entry);
		if (!read_extensions(crl, der_open(&entry, DER_SEQUENCE),
				     read_entry_extension, e))
			return false;
		der_end(&entry);
	}
	return true;
}

/* tbsCertList up to the extensions, whose reader is returned. */
static struct reader read_tbs(struct crl *crl, struct bytes *algorithm, uint32_t *version,
			      struct reader tbs)
{
	struct reader extensions = reader_within((struct bytes){ 0 }, tbs.bad);

	if (der_at(&tbs, DER_INTEGER)) {
		*version = der_small(&tbs, 255) + 1;
		if (*version != 2) /* version 1 is not written */
			reader_fail(&tbs);
	}
	*algorithm = der_take_whole(&tbs, DER_SEQUENCE);
	crl->issuer = der_take_whole(&tbs, DER_SEQUENCE);
	crl->this_update_s = der_time(&tbs);
	if (der_at(&tbs, DER_UTC_TIME) || der_at(&tbs, DER_GENERALIZED_TIME)) {
		crl->next_update_s = der_time(&tbs);
		crl->has_next_update = true;
	}
	if (der_at(&tbs, DER_SEQUENCE))
		crl->revoked = der_take(&tbs, DER_SEQUENCE);
	if (der_at(&tbs, DER_CONTEXT_OPEN(0))) {
		struct reader explicit = der_open(&tbs, DER_CONTEXT_OPEN(0));

		extensions = der_open(&explicit, DER_SEQUENCE);
		der_end(&explicit);
		if (*version < 2 || !reader_left(&extensions))
			reader_fail(&tbs);
	}
	der_end(&tbs);
	return extensions;
}

static bool malformed(struct error *e)
{
	return error_set(e, ERROR_MALFORMED, "VAL-9", "CRL is malformed (RFC 5280 §5.1)");
}

bool crl_read(struct crl *crl, struct bytes der, struct error *e)
{
	bool bad;
	struct reader r = reader_over(der, &bad);
	struct crl out = { .der = der };
	struct bytes algorithm = { 0 };
	uint32_t version = 1;

	if (der.size > CONFIG_CRL_SIZE_MAX)
		return error_set(e, ERROR_REFUSED, "CMS-16",
				 "CRL of %zu bytes, at most %d are read", der.size,
				 CONFIG_CRL_SIZE_MAX);

	struct reader list = der_open(&r, DER_SEQUENCE);

	out.tbs = der_take_whole(&list, DER_SEQUENCE);
	out.algorithm = der_take_whole(&list, DER_SEQUENCE);
	out.signature = der_bit_octets(&list);
	der_end(&list);
	if (!reader_ok(&r)) {
		der_complain(der, e);
		error_wrap(e, "CRL");
		return error_rule(e, "VAL-9");
	}

	struct reader whole = reader_within(out.tbs, &bad);
	struct reader extensions = read_tbs(&out, &algorithm, &version,
					    der_open(&whole, DER_SEQUENCE));

	if (bad || !bytes_equal(algorithm, out.algorithm))
		return malformed(e);
	if (!name_check(out.issuer, e)) {
		error_wrap(e, "CRL");
		return error_rule(e, "VAL-9");
	}
	if (name_is_empty(out.issuer))
		return malformed(e);
	if (reader_left(&extensions) && !read_extensions(&out, extensions, read_extension, e))
		return false;
	if (!read_entries(&out, version, &bad, e))
		return false;
	if (bad)
		return malformed(e);
	*crl = out;
	return true;
}

/* --- asking -------------------------------------------------------------------------------
 */

bool crl_check_kind(const struct crl *crl, struct error *e)
{
	const char *what = NULL;

	switch (crl->kind) {
	case CRL_COMPLETE:
		return true;
	case CRL_DELTA:
		what = "is a delta CRL";
		break;
	case CRL_INDIRECT:
		what = "is an indirect CRL";
		break;
	case CRL_SOME_REASONS:
		what = "tells of some reasons only";
		break;
	case CRL_ATTRIBUTES:
		what = "is about attribute certificates";
		break;
	case CRL_UNKNOWN:
		return error_set(e, ERROR_REFUSED, "VAL-9",
				 "CRL of '%s' has the unknown critical extension %s",
				 NAME_TEXT(crl->issuer), OID_TEXT(crl->unknown_critical));
	}
	return error_set(e, ERROR_REFUSED, "VAL-9",
			 "CRL of '%s' %s; only complete CRLs are used",
			 NAME_TEXT(crl->issuer), what);
}

static void write_head(struct writer *w, uint8_t tag, size_t size)
{
	writer_u8(w, tag);
	if (size > 0xff)
		writer_u8(w, 0x82);
	else if (size > 0x7f)
		writer_u8(w, 0x81);
	if (size > 0xff)
		writer_u8(w, (uint8_t)(size >> 8));
	writer_u8(w, (uint8_t)size);
}

/* A whole Name from an issuer and an RDN below it; size 0 when it is too long. */
static struct bytes join_name(uint8_t *to, size_t size, struct bytes issuer, struct bytes rdn)
{
	bool bad;
	struct reader r = reader_over(issuer, &bad);
	struct bytes names = der_take(&r, DER_SEQUENCE);
	struct writer w = writer_over(to, size);
	size_t set = 2 + (rdn.size > 0x7f) + (rdn.size > 0xff) + rdn.size;

	if (rdn.size > CONFIG_NAME_MAX)
		return (struct bytes){ 0 };
	write_head(&w, DER_SEQUENCE, names.size + set);
	writer_bytes(&w, names);
	write_head(&w, DER_SET, rdn.size);
	writer_bytes(&w, rdn);
	return writer_ok(&w) ? writer_done(&w) : (struct bytes){ 0 };
}

/* A distribution point's name: an RDN below the issuer, or one of several general names. */
struct point {
	uint8_t joined_bytes[2 * CONFIG_NAME_MAX + 16];
	struct bytes joined; /* size 0: there are names instead */
	struct bytes names;
};

static void open_point(struct point *to, struct bytes name, struct bytes issuer, bool *bad)
{
	struct reader r = reader_within(name, bad);

	to->joined = to->names = (struct bytes){ 0 };
	if (der_at(&r, NAME_RELATIVE))
		to->joined = join_name(to->joined_bytes, sizeof(to->joined_bytes), issuer,
				       der_take(&r, NAME_RELATIVE));
	else
		to->names = der_take(&r, NAME_FULL);
	der_end(&r);
}

/* The directory name at the reader, else nothing. */
static struct bytes directory_of(const struct der_item *item)
{
	return item->tag == X509_NAME_DIRECTORY ? item->content : (struct bytes){ 0 };
}

static bool has_directory(const struct point *p, struct bytes name, bool *bad)
{
	struct reader r = reader_within(p->names, bad);

	if (name.size == 0)
		return false;
	if (p->joined.size)
		return name_equal(p->joined, name);
	while (reader_left(&r)) {
		struct der_item item = der_next(&r);
		struct bytes own = directory_of(&item);

		if (own.size && name_equal(own, name))
			return true;
	}
	return false;
}

/* Have the two a name in common? */
static bool points_meet(const struct point *a, const struct point *b, bool *bad)
{
	struct reader r = reader_within(b->names, bad);

	if (b->joined.size)
		return has_directory(a, b->joined, bad);
	while (reader_left(&r)) {
		struct der_item item = der_next(&r);
		struct reader other = reader_within(a->names, bad);

		if (has_directory(a, directory_of(&item), bad))
			return true;
		while (reader_left(&other)) /* a URI and the like: octet by octet */
			if (bytes_equal(der_next(&other).whole, item.whole))
				return true;
	}
	return false;
}

/*
 * Is the list's distribution point one of the certificate's?  Points of other issuers, and
 * such that tell some reasons only, do not count; where a certificate's issuer keeps its list
 * counts always (RFC 5280 §6.3.3).
 */
static bool fits_point(const struct crl *crl, const struct x509 *x)
{
	bool bad;
	struct reader r = reader_over(x->crl_points, &bad);
	struct reader list = x->crl_points.size ? der_open(&r, DER_SEQUENCE) : r;
	struct point ours, theirs;

	if (x->crl_points.size > 4 * CONFIG_NAME_MAX) /* each is compared with each */
		return false;
	open_point(&theirs, crl->point, crl->issuer, &bad);
	if (has_directory(&theirs, x->issuer, &bad))
		return !bad;
	while (reader_left(&list)) {
		struct reader point = der_open(&list, DER_SEQUENCE);
		struct bytes name = { 0 };

		if (der_at(&point, DISTRIBUTION_NAME))
			name = der_take(&point, DISTRIBUTION_NAME);
		if (name.size == 0 || reader_left(&point))
			continue;
		open_point(&ours, name, x->issuer, &bad);
		if (points_meet(&theirs, &ours, &bad))
			return !bad;
	}
	return false;
}

bool crl_is_about(const struct crl *crl, const struct x509 *x)
{
	return name_equal(crl->issuer, x->issuer) && !(crl->only_users && x->is_ca) &&
	       !(crl->only_cas && !x->is_ca) && (crl->point.size == 0 || fits_point(crl, x));
}

bool crl_check_fresh(const struct crl *crl, const struct clock *clock, struct error *e)
{
	if (!crl->has_next_update)
		return error_set(e, ERROR_REFUSED, "VAL-10",
				 "CRL of '%s' does not say when it ends (nextUpdate)",
				 NAME_TEXT(crl->issuer));
	if (!clock_has_begun(clock, crl->this_update_s))
		return error_set(e, ERROR_REFUSED, "VAL-10",
				 "CRL of '%s' is from the future: %s", NAME_TEXT(crl->issuer),
				 DATE_TEXT(crl->this_update_s));
	if (clock_is_over(clock, crl->next_update_s))
		return error_set(e, ERROR_REFUSED, "VAL-10",
				 "CRL of '%s' was to be renewed by %s",
				 NAME_TEXT(crl->issuer), DATE_TEXT(crl->next_update_s));
	return true;
}

bool crl_lists(const struct crl *crl, struct bytes serial)
{
	bool bad;
	struct reader list = reader_over(crl->revoked, &bad);

	while (reader_left(&list)) {
		struct reader entry = der_open(&list, DER_SEQUENCE);

		if (bytes_equal(der_integer(&entry), serial))
			return true;
	}
	return false;
}

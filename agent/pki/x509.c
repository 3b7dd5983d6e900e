/* SPDX-License-Identifier: MIT */
#include "pki/x509.h"

#include "base/text.h"
#include "codec/der.h"
#include "config.h"
#include "pki/name.h"

/*
 * Known encodings that are not DER and yet taken, because certificates in the field have
 * them: "critical FALSE" and "cA FALSE" written out although FALSE is the default.
 */

#define SERIAL_MAX 20 /* octets; RFC 5280 §4.1.2.2 */

struct extension {
	struct bytes oid;
	bool critical;
	struct bytes value; /* content of extnValue */
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

static void read_basic_constraints(struct x509 *x, struct reader r)
{
	struct reader sequence = der_open(&r, DER_SEQUENCE);

	x->has_basic_constraints = true;
	if (der_at(&sequence, DER_BOOLEAN))
		x->is_ca = der_boolean(&sequence);
	if (reader_left(&sequence))
		x->path_length = (int)der_small(&sequence, INT32_MAX);
	der_end(&sequence);
	der_end(&r);
}

static void read_authority_key(struct x509 *x, struct reader r)
{
	x->authority_key = der_take_whole(&r, DER_SEQUENCE);
	der_end(&r);

	struct reader whole = reader_within(x->authority_key, r.bad);
	struct reader sequence = der_open(&whole, DER_SEQUENCE);

	if (der_at(&sequence, DER_CONTEXT(0)))
		x->authority_key_id = der_take(&sequence, DER_CONTEXT(0));
	if (der_at(&sequence, DER_CONTEXT_OPEN(1)))
		der_take(&sequence, DER_CONTEXT_OPEN(1));
	if (der_at(&sequence, DER_CONTEXT(2)))
		der_take(&sequence, DER_CONTEXT(2));
	der_end(&sequence);
}

/* A sequence of at least one item, all of which @check takes. */
static struct bytes take_list(struct reader r, void (*check)(struct reader *r))
{
	struct bytes whole = der_take_whole(&r, DER_SEQUENCE);
	struct reader again = reader_within(whole, r.bad);
	struct reader sequence = der_open(&again, DER_SEQUENCE);

	der_end(&r);
	if (!reader_left(&sequence))
		reader_fail(&sequence);
	while (reader_left(&sequence))
		check(&sequence);
	return whole;
}

static void check_general_name(struct reader *r)
{
	struct der_item item = der_next(r);
	bool is_text = item.tag == X509_NAME_EMAIL || item.tag == X509_NAME_DNS ||
		       item.tag == X509_NAME_URI;
	struct error ignored;

	switch ((enum x509_name)item.tag) {
	case X509_NAME_EMAIL:
	case X509_NAME_DNS:
	case X509_NAME_URI:
	case X509_NAME_OTHER:
	case X509_NAME_X400:
	case X509_NAME_EDI:
	case X509_NAME_RID:
		break;
	case X509_NAME_DIRECTORY:
		if (name_check(item.content, &ignored))
			break;
		reader_fail(r);
		break;
	case X509_NAME_IP:
		if (item.content.size == 4 || item.content.size == 16)
			break;
		/* fall through */
	default:
		reader_fail(r);
	}
	for (size_t i = 0; is_text && i < item.content.size; i++)
		if (item.content.at[i] == 0 || item.content.at[i] > 0x7f) /* IA5String */
			reader_fail(r);
}

static void check_oid(struct reader *r)
{
	der_oid(r);
}

/* PolicyInformation ::= SEQUENCE { policyIdentifier, policyQualifiers OPTIONAL } */
static void check_policy(struct reader *r)
{
	struct reader policy = der_open(r, DER_SEQUENCE);

	der_oid(&policy);
	if (reader_left(&policy))
		der_take(&policy, DER_SEQUENCE);
	der_end(&policy);
}

/* SEQUENCE { issuerDomainPolicy, subjectDomainPolicy } */
static void check_mapping(struct reader *r)
{
	struct reader mapping = der_open(r, DER_SEQUENCE);

	der_oid(&mapping);
	der_oid(&mapping);
	der_end(&mapping);
}

/* DistributionPoint ::= SEQUENCE { distributionPoint [0], reasons [1], cRLIssuer [2] } */
static void check_crl_point(struct reader *r)
{
	struct reader point = der_open(r, DER_SEQUENCE);

	if (der_at(&point, DER_CONTEXT_OPEN(0)))
		der_take(&point, DER_CONTEXT_OPEN(0));
	if (der_at(&point, DER_CONTEXT(1)))
		der_take(&point, DER_CONTEXT(1));
	if (der_at(&point, DER_CONTEXT_OPEN(2)))
		der_take(&point, DER_CONTEXT_OPEN(2));
	der_end(&point);
}

/* A number of certificates under a context tag. */
static int take_skip(struct reader *r, uint8_t tag)
{
	struct bytes content = der_take(r, tag);
	bool small = content.size >= 1 && content.size <= 3 && !(content.at[0] & 0x80) &&
		     !(content.size > 1 && content.at[0] == 0 && !(content.at[1] & 0x80));
	int value = 0;

	if (!small) /* three octets are above every path */
		reader_fail(r);
	for (size_t i = 0; small && i < content.size; i++)
		value = value << 8 | content.at[i];
	return value;
}

/* PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0], inhibitPolicyMapping [1] } */
static void read_policy_constraints(struct x509 *x, struct reader r)
{
	struct reader sequence = der_open(&r, DER_SEQUENCE);

	if (!reader_left(&sequence))
		reader_fail(&sequence);
	if (der_at(&sequence, DER_CONTEXT(0)))
		x->require_explicit_policy = take_skip(&sequence, DER_CONTEXT(0));
	if (der_at(&sequence, DER_CONTEXT(1)))
		x->inhibit_policy_mapping = take_skip(&sequence, DER_CONTEXT(1));
	der_end(&sequence);
	der_end(&r);
}

/* One extension into its place; false when nobody here knows it. */
static bool read_extension(struct x509 *x, const struct extension *extension, bool *bad)
{
	struct reader r = reader_within(extension->value, bad);

	switch (oid_find(extension->oid)) {
	case OID_SUBJECT_KEY_IDENTIFIER:
		x->subject_key_id = der_take(&r, DER_OCTET_STRING);
		der_end(&r);
		return !extension->critical; /* RFC 5280 §4.2.1.2 and, below, §4.2.1.1 */
	case OID_AUTHORITY_KEY_IDENTIFIER:
		read_authority_key(x, r);
		return !extension->critical;
	case OID_KEY_USAGE:
		x->has_key_usage = true;
		x->key_usage = der_named_bits(&r);
		der_end(&r);
		return true;
	case OID_BASIC_CONSTRAINTS:
		read_basic_constraints(x, r);
		return true;
	case OID_SUBJECT_ALT_NAME:
		x->alt_names = take_list(r, check_general_name);
		x->alt_names_critical = extension->critical;
		return true;
	case OID_EXTENDED_KEY_USAGE:
		x->extended_key_usage = take_list(r, check_oid);
		return true;
	case OID_NAME_CONSTRAINTS:
		x->name_constraints = der_take_whole(&r, DER_SEQUENCE);
		der_end(&r);
		return true;
	case OID_CERTIFICATE_POLICIES:
		x->policies = take_list(r, check_policy);
		return true;
	case OID_POLICY_MAPPINGS:
		x->policy_mappings = take_list(r, check_mapping);
		return true;
	case OID_POLICY_CONSTRAINTS:
		read_policy_constraints(x, r);
		return true;
	case OID_INHIBIT_ANY_POLICY:
		x->inhibit_any_policy = take_skip(&r, DER_INTEGER);
		der_end(&r);
		return true;
	case OID_CRL_DISTRIBUTION_POINTS:
		x->crl_points = take_list(r, check_crl_point);
		return true;
	case OID_ISSUER_ALT_NAME: /* says nothing that a path depends on */
		take_list(r, check_general_name);
		return true;
	default:
		return false;
	}
}

static bool stands_before(struct reader list, const struct extension *extension,
			  size_t position)
{
	for (size_t i = 0; i < position; i++)
		if (bytes_equal(take_extension(&list).oid, extension->oid))
			return true;
	return false;
}

static bool read_extensions(struct x509 *x, struct bytes whole, struct error *e)
{
	bool bad;
	struct reader r = reader_over(whole, &bad);
	struct reader list = der_open(&r, DER_SEQUENCE), start = list;

	der_end(&r);
	if (!reader_left(&list))
		reader_fail(&list);
	for (size_t count = 0; reader_left(&list); count++) {
		struct extension extension = take_extension(&list);

		if (bad)
			break;
		if (count >= CONFIG_X509_EXTENSIONS_MAX)
			return error_set(e, ERROR_REFUSED, "CMS-16",
					 "certificate with more than %d extensions",
					 CONFIG_X509_EXTENSIONS_MAX);
		if (stands_before(start, &extension, count))
			return error_set(e, ERROR_MALFORMED, NULL,
					 "extension %s stands twice (RFC 5280 §4.2)",
					 OID_TEXT(extension.oid));
		if (!read_extension(x, &extension, &bad) && extension.critical &&
		    x->unknown_critical.size == 0)
			x->unknown_critical = extension.oid;
		if (bad)
			return error_set(e, ERROR_MALFORMED, NULL,
					 "extension %s is malformed",
					 OID_TEXT(extension.oid));
	}
	if (bad)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "extensions are malformed (RFC 5280 §4.1)");
	return true;
}

/* tbsCertificate up to the extensions, which are returned whole. */
static struct bytes read_tbs(struct x509 *x, struct bytes *algorithm, uint32_t *version,
			     struct reader tbs)
{
	struct bytes extensions = { 0 };

	if (der_at(&tbs, DER_CONTEXT_OPEN(0))) {
		struct reader r = der_open(&tbs, DER_CONTEXT_OPEN(0));

		*version = der_small(&r, 255) + 1;
		der_end(&r);
	}
	x->serial = der_integer(&tbs);
	*algorithm = der_take_whole(&tbs, DER_SEQUENCE);
	x->issuer = der_take_whole(&tbs, DER_SEQUENCE);

	struct reader validity = der_open(&tbs, DER_SEQUENCE);

	x->not_before_s = der_time(&validity);
	x->not_after_s = der_time(&validity);
	der_end(&validity);
	x->subject = der_take_whole(&tbs, DER_SEQUENCE);
	x->spki = der_take_whole(&tbs, DER_SEQUENCE);
	if (der_at(&tbs, DER_CONTEXT(1))) /* unique identifiers: nobody uses them */
		der_take(&tbs, DER_CONTEXT(1));
	if (der_at(&tbs, DER_CONTEXT(2)))
		der_take(&tbs, DER_CONTEXT(2));
	if (der_at(&tbs, DER_CONTEXT_OPEN(3))) {
		struct reader r = der_open(&tbs, DER_CONTEXT_OPEN(3));

		extensions = der_take_whole(&r, DER_SEQUENCE);
		der_end(&r);
	}
	der_end(&tbs);
	return extensions;
}

bool x509_read(struct x509 *x, struct bytes der, struct error *e)
{
	bool bad;
	struct reader r = reader_over(der, &bad);
	struct x509 out = {
		.der = der,
		.path_length = -1,
		.require_explicit_policy = X509_NO_LIMIT,
		.inhibit_policy_mapping = X509_NO_LIMIT,
		.inhibit_any_policy = X509_NO_LIMIT,
	};
	struct bytes algorithm = { 0 }, extensions;
	uint32_t version = 1;

	struct reader certificate = der_open(&r, DER_SEQUENCE);
	out.tbs = der_take_whole(&certificate, DER_SEQUENCE);
	out.algorithm = der_take_whole(&certificate, DER_SEQUENCE);
	out.signature = der_bit_octets(&certificate);
	der_end(&certificate);
	if (!reader_ok(&r)) {
		der_complain(der, e);
		return error_wrap(e, "certificate");
	}

	struct reader whole = reader_within(out.tbs, &bad);
	extensions = read_tbs(&out, &algorithm, &version, der_open(&whole, DER_SEQUENCE));
	if (bad)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "certificate is malformed (RFC 5280 §4.1)");
	if (version != 3)
		return error_set(e, ERROR_REFUSED, "CMS-18",
				 "certificate of version %u, not 3", (unsigned)version);
	if (!bytes_equal(algorithm, out.algorithm))
		return error_set(e, ERROR_MALFORMED, "CMS-18",
				 "certificate names two signature algorithms");
	if (out.serial.size > SERIAL_MAX + (out.serial.at[0] == 0))
		return error_set(e, ERROR_MALFORMED, "CMS-18",
				 "certificate with a serial number of %zu octets",
				 out.serial.size);
	if (!name_check(out.issuer, e) || !name_check(out.subject, e))
		return error_wrap(e, "certificate");
	if (name_is_empty(out.issuer))
		return error_set(e, ERROR_MALFORMED, "CMS-18", "certificate without issuer");
	if (extensions.size && !read_extensions(&out, extensions, e))
		return error_wrap(e, "certificate");
	*x = out;
	return true;
}

bool x509_verify(const struct x509 *x, const struct key *issuer_key, struct error *e)
{
	struct signature_algorithm algorithm;

	if (!signature_algorithm_read(&algorithm, x->algorithm, e))
		return false;

	struct digest digest = digest_of(algorithm.digest, x->tbs);

	return signature_verify(issuer_key, &algorithm, &digest, x->signature, e);
}

bool x509_is_self_issued(const struct x509 *x)
{
	return name_equal(x->issuer, x->subject);
}

bool x509_allows_usage(const struct x509 *x, enum oid usage)
{
	bool bad;
	struct reader r = reader_over(x->extended_key_usage, &bad);

	if (x->extended_key_usage.size == 0)
		return true;

	struct reader sequence = der_open(&r, DER_SEQUENCE);

	while (reader_left(&sequence)) {
		enum oid oid = oid_find(der_oid(&sequence));

		if (oid == usage || oid == OID_ANY_EXTENDED_KEY_USAGE)
			return true;
	}
	return false;
}

/* The next subjectAltName of one kind; false at the end. */
static bool next_alt_name(struct bytes *name, struct reader *names, enum x509_name kind)
{
	while (reader_left(names)) {
		struct der_item item = der_next(names);

		if (item.tag == kind) {
			*name = item.content;
			return true;
		}
	}
	return false;
}

/* "*.example.net" stands for one label before example.net, and never for a whole "*.net". */
static bool matches_wildcard(struct bytes pattern, struct bytes host)
{
	const uint8_t *dot = host.size ? memchr(host.at, '.', host.size) : NULL;

	if (!text_starts(pattern, "*.") || !dot || dot == host.at)
		return false;

	struct bytes parent = bytes_of(dot + 1, host.size - (size_t)(dot + 1 - host.at));

	return parent.size && memchr(parent.at, '.', parent.size) &&
	       text_equal_nocase(bytes_of(pattern.at + 2, pattern.size - 2), parent);
}

bool x509_has_dns_name(const struct x509 *x, struct bytes host)
{
	bool bad;
	struct reader r = reader_over(x->alt_names, &bad);
	struct reader names = der_open(&r, DER_SEQUENCE);
	struct bytes name;

	while (host.size && next_alt_name(&name, &names, X509_NAME_DNS))
		if (text_equal_nocase(name, host) || matches_wildcard(name, host))
			return true;
	return false;
}

bool x509_has_address(const struct x509 *x, struct bytes address)
{
	bool bad;
	struct reader r = reader_over(x->alt_names, &bad);
	struct reader names = der_open(&r, DER_SEQUENCE);
	struct bytes name;

	while (address.size && next_alt_name(&name, &names, X509_NAME_IP))
		if (bytes_equal(name, address))
			return true;
	return false;
}

bool x509_is_issued_as(const struct x509 *x, struct bytes issuer, struct bytes serial)
{
	return bytes_equal(x->serial, serial) && name_equal(x->issuer, issuer);
}

/* HardwareModuleName ::= SEQUENCE { hwType OID, hwSerialNum OCTET STRING } (RFC 4108 §5). */
static struct bytes read_hardware_serial(struct bytes other_name)
{
	bool bad;
	struct reader r = reader_over(other_name, &bad);
	struct bytes type = der_oid(&r);
	struct reader value = der_open(&r, DER_CONTEXT_OPEN(0));
	struct reader module = der_open(&value, DER_SEQUENCE);

	der_oid(&module);
	struct bytes serial = der_take(&module, DER_OCTET_STRING);
	der_end(&module);
	der_end(&value);
	return reader_ok(&r) && oid_is(type, OID_HARDWARE_MODULE_NAME) ? serial
								       : (struct bytes){ 0 };
}

struct bytes x509_device_serial(const struct x509 *x)
{
	bool bad;
	struct reader r = reader_over(x->alt_names, &bad);
	struct reader names = der_open(&r, DER_SEQUENCE);
	struct bytes serial = name_attribute(x->subject, OID_SERIAL_NUMBER), name;

	while (serial.size == 0 && next_alt_name(&name, &names, X509_NAME_OTHER))
		serial = read_hardware_serial(name);
	return serial;
}

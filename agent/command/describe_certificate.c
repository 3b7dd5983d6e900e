/* SPDX-License-Identifier: MIT */
#include "command/describe_certificate.h"

#include <arpa/inet.h>

#include "base/text.h"
#include "codec/date.h"
#include "codec/der.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "pki/oid.h"
#include "pki/x509.h"

static void begin(struct writer *w, const char *name, char bracket)
{
	writer_printf(w, ",\"%s\":%c", name, bracket);
}

/* --- names in a list ----------------------------------------------------------------------- */

static void write_address(struct writer *w, struct bytes address)
{
	char text[INET6_ADDRSTRLEN];

	if (address.size == 4 || address.size == 16)
		describe_text(w, "ip",
			      bytes_of_text(inet_ntop(address.size == 4 ? AF_INET : AF_INET6,
						      address.at, text, sizeof(text))));
	else
		describe_hex(w, "ip", address);
}

/* One GeneralName as an object of one member. */
static void write_general_name(struct writer *w, struct der_item item)
{
	bool bad;
	struct reader r = reader_over(item.content, &bad);

	writer_text(w, "{\"tag\":");
	writer_printf(w, "%u", item.tag & 0x1f);
	switch (item.tag) {
	case DER_CONTEXT(1):
		describe_text(w, "email", item.content);
		break;
	case DER_CONTEXT(2):
		describe_text(w, "dns", item.content);
		break;
	case DER_CONTEXT(6):
		describe_text(w, "uri", item.content);
		break;
	case DER_CONTEXT(7):
		write_address(w, item.content);
		break;
	case DER_CONTEXT_OPEN(4):
		describe_name(w, "directory", item.content);
		break;
	case DER_CONTEXT_OPEN(0):
		describe_text(w, "other", bytes_of_text(OID_TEXT(der_oid(&r))));
		describe_hex(w, "value", reader_rest(&r));
		break;
	default:
		describe_hex(w, "value", item.content);
	}
	writer_text(w, "}");
}

static void write_general_names(struct writer *w, struct reader r)
{
	struct reader names = der_open(&r, DER_SEQUENCE);
	const char *separator = "";

	begin(w, "names", '[');
	while (reader_left(&names)) {
		writer_text(w, separator);
		write_general_name(w, der_next(&names));
		separator = ",";
	}
	writer_text(w, "]");
	der_end(&r);
}

/* --- extensions ------------------------------------------------------------------------------
 */

static void write_key_usage(struct writer *w, struct reader r)
{
	static const char *const bits[] = { "digitalSignature", "contentCommitment",
					    "keyEncipherment",	"dataEncipherment",
					    "keyAgreement",	"keyCertSign",
					    "cRLSign",		"encipherOnly",
					    "decipherOnly" };
	uint32_t usage = der_named_bits(&r);
	const char *separator = "";

	begin(w, "usages", '[');
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		if (!(usage & 1u << i))
			continue;
		writer_printf(w, "%s\"%s\"", separator, bits[i]);
		separator = ",";
	}
	writer_text(w, "]");
	der_end(&r);
}

static void write_oids(struct writer *w, struct reader r)
{
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	const char *separator = "";

	begin(w, "usages", '[');
	while (reader_left(&sequence)) {
		writer_text(w, separator);
		writer_json_string(w, bytes_of_text(OID_TEXT(der_oid(&sequence))));
		separator = ",";
	}
	writer_text(w, "]");
	der_end(&r);
}

static void write_basic_constraints(struct writer *w, struct reader r)
{
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	bool ca = der_at(&sequence, DER_BOOLEAN) && der_boolean(&sequence);

	writer_printf(w, ",\"ca\":%s", ca ? "true" : "false");
	if (der_at(&sequence, DER_INTEGER))
		writer_printf(w, ",\"path-length\":%u",
			      (unsigned)der_small(&sequence, UINT32_MAX));
	der_end(&sequence);
	der_end(&r);
}

/* What is known of a value, into the extension's object; @r is over the value. */
static void write_value(struct writer *w, enum oid oid, struct reader r)
{
	struct reader sequence;

	switch (oid) {
	case OID_SUBJECT_KEY_IDENTIFIER:
		describe_hex(w, "key", der_take(&r, DER_OCTET_STRING));
		break;
	case OID_AUTHORITY_KEY_IDENTIFIER:
		sequence = der_open(&r, DER_SEQUENCE);
		if (der_at(&sequence, DER_CONTEXT(0)))
			describe_hex(w, "key", der_take(&sequence, DER_CONTEXT(0)));
		break;
	case OID_KEY_USAGE:
		write_key_usage(w, r);
		break;
	case OID_EXTENDED_KEY_USAGE:
		write_oids(w, r);
		break;
	case OID_BASIC_CONSTRAINTS:
		write_basic_constraints(w, r);
		break;
	case OID_SUBJECT_ALT_NAME:
	case OID_ISSUER_ALT_NAME:
		write_general_names(w, r);
		break;
	default:
		break;
	}
}

/*
 * Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }.  A value that is not
 * what it should be is marked "malformed" and given in hex; so is one nobody here knows.
 */
static void write_extension(struct writer *w, struct reader *list)
{
	struct reader sequence = der_open(list, DER_SEQUENCE);
	struct bytes oid = der_oid(&sequence), value;
	bool critical = der_at(&sequence, DER_BOOLEAN) && der_boolean(&sequence), bad;
	size_t before;

	value = der_take(&sequence, DER_OCTET_STRING);
	der_end(&sequence);
	writer_text(w, "{\"type\":");
	writer_json_string(w, bytes_of_text(OID_TEXT(oid)));
	writer_printf(w, ",\"critical\":%s", critical ? "true" : "false");
	before = w->used;
	write_value(w, oid_find(oid), reader_over(value, &bad));
	if (bad && !w->bad) {
		w->used = before;
		writer_text(w, ",\"malformed\":true");
	}
	if (bad || w->used == before)
		describe_hex(w, "value", value);
	writer_text(w, "}");
}

/* Extensions ::= SEQUENCE OF, explicitly tagged. */
static void write_extensions(struct writer *w, struct reader *r, uint8_t tag)
{
	struct reader explicit = der_open(r, tag);
	struct reader list = der_open(&explicit, DER_SEQUENCE);
	const char *separator = "";

	der_end(&explicit);
	begin(w, "extensions", '[');
	while (reader_left(&list)) {
		writer_text(w, separator);
		write_extension(w, &list);
		separator = ",";
	}
	writer_text(w, "]");
}

/* --- certificate ------------------------------------------------------------------------------
 */

static void write_date(struct writer *w, const char *name, struct reader *r)
{
	writer_printf(w, ",\"%s\":\"%s\"", name, DATE_TEXT(der_time(r)));
}

/* The key's kind; what we do not use by its algorithm. */
static void write_key(struct writer *w, struct bytes spki, bool *bad)
{
	struct reader r = reader_within(spki, bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct bytes algorithm = der_take_whole(&sequence, DER_SEQUENCE);
	struct error ignored;
	struct key key;

	if (key_read(&key, spki, &ignored))
		describe_text(w, "key", bytes_of_text(KEY_TEXT(&key)));
	else
		describe_algorithm(w, "key", algorithm, bad);
}

static void write_fingerprint(struct writer *w, struct bytes der)
{
	struct digest digest = digest_of(DIGEST_SHA256, der);

	describe_hex(w, "sha256", digest_bytes(&digest));
}

static void write_tbs(struct writer *w, struct reader r)
{
	struct reader validity;
	unsigned version = 1;

	if (der_at(&r, DER_CONTEXT_OPEN(0))) {
		struct reader explicit = der_open(&r, DER_CONTEXT_OPEN(0));

		version = (unsigned)der_small(&explicit, 254) + 1;
	}
	writer_printf(w, ",\"version\":%u", version);
	describe_hex(w, "serial", der_integer(&r));
	der_take(&r, DER_SEQUENCE); /* as outside */
	describe_name(w, "issuer", der_take_whole(&r, DER_SEQUENCE));
	validity = der_open(&r, DER_SEQUENCE);
	write_date(w, "not-before", &validity);
	write_date(w, "not-after", &validity);
	describe_name(w, "subject", der_take_whole(&r, DER_SEQUENCE));
	write_key(w, der_take_whole(&r, DER_SEQUENCE), r.bad);
	for (uint8_t id = 1; id <= 2; id++)
		if (der_at(&r, DER_CONTEXT(id)))
			der_take(&r, DER_CONTEXT(id));
	if (reader_left(&r))
		write_extensions(w, &r, DER_CONTEXT_OPEN(3));
	der_end(&r);
}

bool describe_certificate(struct writer *w, struct bytes der)
{
	bool bad;
	struct reader r = reader_over(der, &bad);
	struct reader certificate = der_open(&r, DER_SEQUENCE);
	struct error why;
	struct x509 x;

	write_tbs(w, der_open(&certificate, DER_SEQUENCE));
	describe_algorithm(w, "signature-algorithm",
			   der_take_whole(&certificate, DER_SEQUENCE), &bad);
	der_take(&certificate, DER_BIT_STRING);
	der_end(&certificate);
	if (!reader_ok(&r))
		return false;
	write_fingerprint(w, der);
	if (!x509_read(&x, der, &why))
		describe_text(w, "unusable", bytes_of_text(why.text));
	else if (x509_device_serial(&x).size)
		describe_text(w, "device-serial", x509_device_serial(&x));
	return true;
}

/* --- CRL --------------------------------------------------------------------------------------
 */

static size_t count_revoked(struct reader list)
{
	size_t count = 0;

	for (; reader_left(&list); count++) {
		struct reader entry = der_open(&list, DER_SEQUENCE);

		der_integer(&entry);
		der_time(&entry);
		if (reader_left(&entry))
			der_take(&entry, DER_SEQUENCE);
		der_end(&entry);
	}
	return count;
}

static bool at_time(const struct reader *r)
{
	return der_at(r, DER_UTC_TIME) || der_at(r, DER_GENERALIZED_TIME);
}

static void write_tbs_list(struct writer *w, struct reader r)
{
	size_t count = 0;

	writer_printf(w, ",\"version\":%u",
		      der_at(&r, DER_INTEGER) ? (unsigned)der_small(&r, 254) + 1 : 1);
	der_take(&r, DER_SEQUENCE); /* as outside */
	describe_name(w, "issuer", der_take_whole(&r, DER_SEQUENCE));
	write_date(w, "this-update", &r);
	if (at_time(&r))
		write_date(w, "next-update", &r);
	if (der_at(&r, DER_SEQUENCE))
		count = count_revoked(der_open(&r, DER_SEQUENCE));
	writer_printf(w, ",\"revoked\":%zu", count);
	if (reader_left(&r))
		write_extensions(w, &r, DER_CONTEXT_OPEN(0));
	der_end(&r);
}

bool describe_certificate_list(struct writer *w, struct bytes der)
{
	bool bad;
	struct reader r = reader_over(der, &bad);
	struct reader list = der_open(&r, DER_SEQUENCE);

	write_tbs_list(w, der_open(&list, DER_SEQUENCE));
	describe_algorithm(w, "signature-algorithm", der_take_whole(&list, DER_SEQUENCE), &bad);
	der_take(&list, DER_BIT_STRING);
	der_end(&list);
	return reader_ok(&r);
}

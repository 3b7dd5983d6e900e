/* SPDX-License-Identifier: MIT */
#include "command/describe.h"

#include "base/text.h"
#include "codec/date.h"
#include "codec/der.h"
#include "codec/json.h"
#include "codec/pem.h"
#include "command/describe_certificate.h"
#include "pki/cms.h"
#include "pki/name.h"
#include "pki/voucher.h"
#include "sztp/conveyed_information.h"
#include "sztp/server_list.h"

/*
 * The structures are walked here once more, more leniently than pki does: pki refuses what
 * the agent should not use, and who looks into such a file wants to see it.  DER it must be.
 *
 * Members begin with a comma, so every object has a first one that is always there.
 */

struct description {
	struct writer *w;
	struct writer scratch;
	struct error *e;
};

/* --- members -------------------------------------------------------------------------------
 */

void describe_hex(struct writer *w, const char *name, struct bytes value)
{
	writer_printf(w, ",\"%s\":\"", name);
	writer_hex(w, value);
	writer_text(w, "\"");
}

void describe_text(struct writer *w, const char *name, struct bytes value)
{
	writer_printf(w, ",\"%s\":", name);
	writer_json_string(w, value);
}

void describe_name(struct writer *w, const char *name, struct bytes whole)
{
	char text[1024];
	struct error ignored;

	if (whole.size && !name_check(whole, &ignored)) {
		describe_hex(w, name, whole);
		return;
	}
	describe_text(w, name, bytes_of_text(name_text(text, sizeof(text), whole)));
}

void describe_algorithm(struct writer *w, const char *name, struct bytes whole, bool *bad)
{
	struct reader r = reader_within(whole, bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct bytes oid = der_oid(&sequence);

	if (!*bad)
		describe_text(w, name, bytes_of_text(OID_TEXT(oid)));
}

/* The same of the next item. */
static void take_algorithm(struct writer *w, const char *name, struct reader *r)
{
	describe_algorithm(w, name, der_take_whole(r, DER_SEQUENCE), r->bad);
}

static void write_type(struct writer *w, const char *name, struct bytes oid)
{
	describe_text(w, name, bytes_of_text(OID_TEXT(oid)));
}

/* --- documents -----------------------------------------------------------------------------
 */

/* A JSON document without the white space between its parts: one line. */
static void write_json(struct writer *w, struct bytes document)
{
	bool inside = false, escaped = false;

	for (size_t i = 0; i < document.size; i++) {
		uint8_t c = document.at[i];

		if (!inside && (c == ' ' || c == '\t' || c == '\r' || c == '\n'))
			continue;
		writer_u8(w, c);
		if (c == '"' && !escaped)
			inside = !inside;
		escaped = inside && c == '\\' && !escaped;
	}
}

/* What is left of the scratch room, aligned for the arenas of readers. */
static struct bytes scratch_left(const struct description *d)
{
	size_t skip = -(uintptr_t)(d->scratch.start + d->scratch.used) % 16;
	size_t left = d->scratch.size - d->scratch.used;

	return left < skip ? (struct bytes){ 0 }
			   : bytes_of(d->scratch.start + d->scratch.used + skip, left - skip);
}

/* The certificate that a voucher pins, if this is one. */
static void write_pinned(struct description *d, const struct json_value *root,
			 struct writer *into)
{
	const struct json_value *voucher = json_member(root, "ietf-voucher:voucher"), *leaf;
	struct bytes der;
	struct error ignored;
	size_t before = d->w->used;

	leaf = voucher ? json_member(voucher, "pinned-domain-cert") : NULL;
	if (!leaf || !json_binary(&der, into, leaf, "", &ignored))
		return;
	writer_printf(d->w, ",\"pinned-domain-cert\":{\"bytes\":%zu", der.size);
	if (describe_certificate(d->w, der))
		writer_text(d->w, "}");
	else
		d->w->used = before;
}

static bool write_json_document(struct description *d, struct bytes document)
{
	struct bytes left = scratch_left(d);
	uint8_t *room = (uint8_t *)(uintptr_t)left.at;
	size_t arena = left.size - left.size / 4;
	struct writer into = writer_over(room + arena, left.size - arena);
	const struct json_value *root;
	struct error ignored;

	if (!json_read(&root, document, CONFIG_RPC_BODY_MAX, room, arena, &ignored))
		return false;
	writer_text(d->w, ",\"document\":");
	write_json(d->w, document);
	write_pinned(d, root, &into);
	return true;
}

/* "{}" comes of documents whose root nobody knows. */
static bool write_xml_document(struct description *d, struct bytes document)
{
	static bool (*const readers[])(struct bytes *json, struct bytes xml, void *arena,
				       size_t arena_size, struct error *e) = {
		conveyed_information_to_json,
		voucher_to_json,
	};
	struct bytes left = scratch_left(d), json;
	struct error ignored;
	bool found = false;

	for (size_t i = 0; !found && i < ARRAY_SIZE(readers); i++)
		found = readers[i](&json, document, (void *)(uintptr_t)left.at, left.size,
				   &ignored) &&
			!bytes_equal_text(json, "{}");
	if (!found)
		return false;
	writer_text(d->w, ",\"document\":");
	write_json(d->w, json);
	return true;
}

static uint8_t first_mark(struct bytes document)
{
	for (size_t i = 0; i < document.size; i++)
		if (document.at[i] > ' ')
			return document.at[i];
	return 0;
}

static bool write_cms(struct description *d, struct bytes der, unsigned depth);

/*
 * What a structure carries: a document, another structure, or bytes.  @depth bounds how many
 * structures lie in each other.
 */
static void write_content(struct description *d, struct bytes content, unsigned depth)
{
	struct writer *w = d->w;
	uint8_t mark = first_mark(content);
	size_t before;
	struct cms cms;
	struct error ignored;

	writer_printf(w, ",\"content\":{\"bytes\":%zu", content.size);
	before = w->used;
	if (mark == '{' && write_json_document(d, content))
		writer_text(w, ",\"encoding\":\"JSON\"}");
	else if (mark == '<' && write_xml_document(d, content))
		writer_text(w, ",\"encoding\":\"XML\",\"as\":\"JSON\"}");
	else if (depth && cms_read(&cms, content, &ignored) && write_cms(d, content, depth - 1))
		writer_text(w, "}");
	else {
		w->used = before;
		if (mark == '{' || mark == '<')
			describe_text(w, "text", content);
		else
			describe_hex(w, "hex", content);
		writer_text(w, "}");
	}
}

/* --- CMS: SignedData -----------------------------------------------------------------------
 */

/* One attribute: its type, and the values of those that are known (RFC 5652 §11). */
static void write_attribute(struct writer *w, struct reader *set)
{
	struct reader attribute = der_open(set, DER_SEQUENCE);
	struct bytes oid = der_oid(&attribute);
	struct reader values = der_open(&attribute, DER_SET);

	der_end(&attribute);
	writer_text(w, "{\"type\":");
	writer_json_string(w, bytes_of_text(OID_TEXT(oid)));
	if (oid_is(oid, OID_ATTRIBUTE_CONTENT_TYPE))
		write_type(w, "value", der_oid(&values));
	else if (oid_is(oid, OID_ATTRIBUTE_MESSAGE_DIGEST))
		describe_hex(w, "value", der_take(&values, DER_OCTET_STRING));
	else if (oid_is(oid, OID_ATTRIBUTE_SIGNING_TIME))
		writer_printf(w, ",\"value\":\"%s\"", DATE_TEXT(der_time(&values)));
	else
		describe_hex(w, "value", reader_rest(&values));
	writer_text(w, "}");
}

static void write_attributes(struct writer *w, const char *name, struct reader set)
{
	const char *separator = "";

	writer_printf(w, ",\"%s\":[", name);
	while (reader_left(&set)) {
		writer_text(w, separator);
		write_attribute(w, &set);
		separator = ",";
	}
	writer_text(w, "]");
}

/* IssuerAndSerialNumber. */
static void write_issuer_and_serial(struct writer *w, struct reader r)
{
	describe_name(w, "issuer", der_take_whole(&r, DER_SEQUENCE));
	describe_hex(w, "serial", der_integer(&r));
	der_end(&r);
}

/* IssuerAndSerialNumber, or [0] with a key identifier. */
static void write_identifier(struct writer *w, struct reader *r)
{
	if (der_at(r, DER_CONTEXT(0)))
		describe_hex(w, "key", der_take(r, DER_CONTEXT(0)));
	else
		write_issuer_and_serial(w, der_open(r, DER_SEQUENCE));
}

static void write_signer(struct writer *w, struct reader r)
{
	writer_printf(w, "{\"version\":%u", (unsigned)der_small(&r, UINT32_MAX));
	write_identifier(w, &r);
	take_algorithm(w, "digest-algorithm", &r);
	if (der_at(&r, DER_CONTEXT_OPEN(0)))
		write_attributes(w, "signed-attributes", der_open(&r, DER_CONTEXT_OPEN(0)));
	take_algorithm(w, "signature-algorithm", &r);
	writer_printf(w, ",\"signature-bytes\":%zu", der_take(&r, DER_OCTET_STRING).size);
	if (der_at(&r, DER_CONTEXT_OPEN(1)))
		write_attributes(w, "unsigned-attributes", der_open(&r, DER_CONTEXT_OPEN(1)));
	der_end(&r);
	writer_text(w, "}");
}

/* Certificates or CRLs in their set; other kinds by their tag. */
static void write_set(struct writer *w, const char *name, struct reader set,
		      bool (*describe)(struct writer *w, struct bytes der))
{
	const char *separator = "";

	writer_printf(w, ",\"%s\":[", name);
	while (reader_left(&set)) {
		struct der_item item = der_next(&set);
		size_t before;

		writer_printf(w, "%s{\"bytes\":%zu", separator, item.whole.size);
		before = w->used;
		if (item.tag != DER_SEQUENCE) {
			writer_printf(w, ",\"other\":%u", item.tag & 0x1f);
		} else if (!describe(w, item.whole)) {
			w->used = before;
			writer_text(w, ",\"malformed\":true");
		}
		writer_text(w, "}");
		separator = ",";
	}
	writer_text(w, "]");
}

static void write_signed(struct description *d, struct reader data, unsigned depth)
{
	struct writer *w = d->w;
	struct reader digests, encapsulated, signers;
	struct bytes content = { 0 };
	bool has_content = false, degenerate;
	const char *separator = "";

	writer_printf(w, ",\"signed-data\":{\"version\":%u",
		      (unsigned)der_small(&data, UINT32_MAX));
	digests = der_open(&data, DER_SET);
	degenerate = !reader_left(&digests);
	encapsulated = der_open(&data, DER_SEQUENCE);
	write_type(w, "content-type", der_oid(&encapsulated));
	if (reader_left(&encapsulated)) {
		struct reader explicit = der_open(&encapsulated, DER_CONTEXT_OPEN(0));

		content = der_take(&explicit, DER_OCTET_STRING);
		has_content = true;
		der_end(&explicit);
	}
	der_end(&encapsulated);
	if (der_at(&data, DER_CONTEXT_OPEN(0)))
		write_set(w, "certificates", der_open(&data, DER_CONTEXT_OPEN(0)),
			  describe_certificate);
	if (der_at(&data, DER_CONTEXT_OPEN(1)))
		write_set(w, "crls", der_open(&data, DER_CONTEXT_OPEN(1)),
			  describe_certificate_list);
	signers = der_open(&data, DER_SET);
	degenerate = degenerate && !has_content && !reader_left(&signers);
	writer_text(w, ",\"signers\":[");
	while (reader_left(&signers)) {
		writer_text(w, separator);
		write_signer(w, der_open(&signers, DER_SEQUENCE));
		separator = ",";
	}
	der_end(&data);
	writer_printf(w, "],\"degenerate\":%s", degenerate ? "true" : "false");
	if (has_content && !*data.bad)
		write_content(d, content, depth);
	writer_text(w, "}");
}

/* --- CMS: EnvelopedData ----------------------------------------------------------------------
 */

/* KeyAgreeRecipientInfo: who sent, and for whom (RFC 5652 §6.2.2). */
static void write_key_agreement(struct writer *w, struct reader r)
{
	struct reader keys;
	const char *separator = "";

	writer_printf(w, "{\"kind\":\"key-agreement\",\"version\":%u",
		      (unsigned)der_small(&r, UINT32_MAX));
	der_take(&r, DER_CONTEXT_OPEN(0)); /* the originator's public key */
	if (der_at(&r, DER_CONTEXT_OPEN(1)))
		der_take(&r, DER_CONTEXT_OPEN(1));
	take_algorithm(w, "algorithm", &r);
	keys = der_open(&r, DER_SEQUENCE);
	writer_text(w, ",\"keys\":[");
	while (reader_left(&keys)) {
		struct reader key = der_open(&keys, DER_SEQUENCE);

		writer_printf(w, "%s{\"by\":\"%s\"", separator,
			      der_at(&key, DER_SEQUENCE) ? "issuer" : "key");
		if (der_at(&key, DER_CONTEXT_OPEN(0))) {
			struct reader identifier = der_open(&key, DER_CONTEXT_OPEN(0));

			describe_hex(w, "key", der_take(&identifier, DER_OCTET_STRING));
		} else {
			write_issuer_and_serial(w, der_open(&key, DER_SEQUENCE));
		}
		writer_printf(w, ",\"encrypted-bytes\":%zu}",
			      der_take(&key, DER_OCTET_STRING).size);
		der_end(&key);
		separator = ",";
	}
	writer_text(w, "]}");
	der_end(&r);
}

static void write_recipient(struct writer *w, struct reader *set)
{
	static const char *const others[] = { [2] = "key-encryption-key",
					      [3] = "password",
					      [4] = "other" };
	struct der_item item;
	struct reader r;
	unsigned kind;

	if (der_at(set, DER_CONTEXT_OPEN(1))) {
		write_key_agreement(w, der_open(set, DER_CONTEXT_OPEN(1)));
		return;
	}
	if (!der_at(set, DER_SEQUENCE)) {
		item = der_next(set);
		kind = item.tag & 0x1f;
		writer_printf(w, "{\"kind\":\"%s\"}",
			      kind < ARRAY_SIZE(others) && others[kind] ? others[kind]
									: "unknown");
		return;
	}
	r = der_open(set, DER_SEQUENCE);
	writer_printf(w, "{\"kind\":\"key-transport\",\"version\":%u",
		      (unsigned)der_small(&r, UINT32_MAX));
	write_identifier(w, &r);
	take_algorithm(w, "algorithm", &r);
	writer_printf(w, ",\"encrypted-bytes\":%zu}", der_take(&r, DER_OCTET_STRING).size);
	der_end(&r);
}

static void write_enveloped(struct description *d, struct reader data, const char *name)
{
	struct writer *w = d->w;
	struct reader recipients, encrypted;
	const char *separator = "";

	writer_printf(w, ",\"%s\":{\"version\":%u", name,
		      (unsigned)der_small(&data, UINT32_MAX));
	if (der_at(&data, DER_CONTEXT_OPEN(0)))
		der_take(&data, DER_CONTEXT_OPEN(0)); /* originatorInfo */
	recipients = der_open(&data, DER_SET);
	writer_text(w, ",\"recipients\":[");
	while (reader_left(&recipients)) {
		writer_text(w, separator);
		write_recipient(w, &recipients);
		separator = ",";
	}
	writer_text(w, "]");
	encrypted = der_open(&data, DER_SEQUENCE);
	write_type(w, "content-type", der_oid(&encrypted));
	take_algorithm(w, "algorithm", &encrypted);
	if (der_at(&encrypted, DER_CONTEXT(0)))
		writer_printf(w, ",\"encrypted-bytes\":%zu",
			      der_take(&encrypted, DER_CONTEXT(0)).size);
	der_end(&encrypted);
	while (reader_left(&data)) /* attributes and, authenticated, the code */
		der_next(&data);
	writer_text(w, "}");
}

/* --- CMS: the outermost structure --------------------------------------------------------------
 */

/* Members of a ContentInfo.  false: it is malformed. */
static bool write_cms(struct description *d, struct bytes der, unsigned depth)
{
	bool bad;
	struct reader r = reader_over(der, &bad);
	struct reader info = der_open(&r, DER_SEQUENCE);
	struct bytes type = der_oid(&info);
	struct reader content = der_open(&info, DER_CONTEXT_OPEN(0));

	der_end(&info);
	writer_printf(d->w, ",\"kind\":\"CMS\"");
	write_type(d->w, "type", type);
	switch (oid_find(type)) {
	case OID_SIGNED_DATA:
		write_signed(d, der_open(&content, DER_SEQUENCE), depth);
		break;
	case OID_ENVELOPED_DATA:
		write_enveloped(d, der_open(&content, DER_SEQUENCE), "enveloped-data");
		break;
	case OID_AUTH_ENVELOPED_DATA:
		write_enveloped(d, der_open(&content, DER_SEQUENCE), "auth-enveloped-data");
		break;
	default:
		if (der_at(&content, DER_OCTET_STRING))
			write_content(d, der_take(&content, DER_OCTET_STRING), depth);
		else
			writer_printf(d->w, ",\"content-bytes\":%zu",
				      der_next(&content).whole.size);
	}
	der_end(&content);
	return reader_ok(&r);
}

/* --- DHCP option -----------------------------------------------------------------------------
 */

/* The payload begins with the length of an URI, and the URI is there (RFC 8572 §8.3). */
static bool is_option(struct bytes file)
{
	bool bad;
	struct reader r = reader_over(file, &bad);
	struct bytes uri = reader_bytes(&r, reader_be16(&r));

	return text_starts(file, "https://") || (!bad && text_starts(uri, "https://"));
}

static void write_server(struct writer *w, struct bytes uri)
{
	struct server server;
	struct error why;

	writer_text(w, "{\"uri\":");
	writer_json_string(w, uri);
	if (server_list_read_uri(&server, uri, &why)) {
		describe_text(w, "host", bytes_of_text(server.host));
		writer_printf(w, ",\"port\":%u}", server.port);
	} else {
		describe_text(w, "invalid", bytes_of_text(why.text));
		writer_text(w, "}");
	}
}

/* Every entry, also those that a device would leave out. */
static bool write_option(struct writer *w, struct bytes option, struct error *e)
{
	bool bad;
	struct reader r = reader_over(option, &bad);
	const char *separator = "";

	writer_text(w, ",\"kind\":\"bootstrap-server-list\",\"servers\":[");
	if (text_starts(option, "http")) {
		write_server(w, reader_rest(&r));
	} else {
		while (reader_left(&r)) {
			struct bytes uri = reader_bytes(&r, reader_be16(&r));

			if (bad)
				break;
			writer_text(w, separator);
			write_server(w, uri);
			separator = ",";
		}
	}
	writer_text(w, "]");
	if (bad)
		return error_set(e, ERROR_MALFORMED, "DHCP-10",
				 "an entry runs past the option (RFC 8572 §8.3)");
	return true;
}

/* --- sealed store ----------------------------------------------------------------------------
 */

void describe_store(struct writer *w, const struct envelope *v)
{
	const char *separator = "";

	writer_printf(w, "\"generation\":%llu,\"created\":\"%s\"",
		      (unsigned long long)v->generation, DATE_TEXT((int64_t)v->created_s));
	describe_hex(w, "store-id", v->store_id);
	describe_hex(w, "signer", v->signer);
	writer_printf(w, ",\"parent\":{\"handle\":\"%08x\",\"template\":%u", v->parent_handle,
		      v->parent_template);
	describe_hex(w, "name", bytes_of(v->parent_name.bytes, v->parent_name.size));
	writer_printf(w, "},\"policy\":{\"kind\":\"pcr\",\"mode\":\"%s\",\"pcrs\":{",
		      envelope_mode_name(v->mode));
	for (unsigned p = 0; p < TPM_PCR_COUNT; p++) {
		if (!(v->pcrs.mask & 1u << p))
			continue;
		writer_printf(w, "%s\"%u\":\"", separator, p);
		writer_hex(w, bytes_of(v->pcrs.value[p], 32));
		writer_text(w, "\"");
		separator = ",";
	}
	writer_printf(w, "}},\"payload-bytes\":%zu", v->ciphertext.size);
}

static bool write_store(struct writer *w, struct bytes file, struct error *e)
{
	struct envelope v;

	if (!envelope_read(&v, file, e))
		return false;
	writer_text(w, ",\"kind\":\"sealed-store\",");
	describe_store(w, &v);
	return true;
}

/* --- which of them is it? ----------------------------------------------------------------------
 */

enum structure {
	STRUCTURE_NONE,
	STRUCTURE_CMS,
	STRUCTURE_CERTIFICATE,
	STRUCTURE_CRL,
};

/* By the first items; whether the rest fits is found when it is read. */
static enum structure find_structure(struct bytes der)
{
	bool bad;
	struct reader r = reader_over(der, &bad);
	struct reader outer = der_open(&r, DER_SEQUENCE), tbs;

	if (der_at(&outer, DER_OID))
		return STRUCTURE_CMS;
	tbs = der_open(&outer, DER_SEQUENCE);
	if (der_at(&tbs, DER_CONTEXT_OPEN(0)))
		return STRUCTURE_CERTIFICATE;
	if (der_at(&tbs, DER_INTEGER))
		der_integer(&tbs);
	der_take(&tbs, DER_SEQUENCE);
	der_take(&tbs, DER_SEQUENCE);
	if (bad || !reader_left(&tbs))
		return STRUCTURE_NONE;
	return der_at(&tbs, DER_SEQUENCE) ? STRUCTURE_CERTIFICATE : STRUCTURE_CRL;
}

/* Structures in each other: EnvelopedData around SignedData is one, ten are somebody's joke. */
#define DEPTH_MAX 4

static bool write_der(struct description *d, struct bytes der)
{
	bool good = false;

	der = cms_file(der);
	writer_printf(d->w, "\"bytes\":%zu", der.size);
	switch (find_structure(der)) {
	case STRUCTURE_CMS:
		good = write_cms(d, der, DEPTH_MAX);
		break;
	case STRUCTURE_CERTIFICATE:
		writer_text(d->w, ",\"kind\":\"certificate\"");
		good = describe_certificate(d->w, der);
		break;
	case STRUCTURE_CRL:
		writer_text(d->w, ",\"kind\":\"CRL\"");
		good = describe_certificate_list(d->w, der);
		break;
	case STRUCTURE_NONE:
		der_complain(der, d->e);
		if (strncmp(d->e->text, "not DER", 7) != 0)
			error_set(d->e, ERROR_MALFORMED, NULL,
				  "DER, but neither CMS nor a certificate nor a CRL");
		return error_rule(d->e, "CMS-1");
	}
	if (good)
		return true;
	der_complain(der, d->e);
	if (strncmp(d->e->text, "not DER", 7) != 0)
		error_set(d->e, ERROR_MALFORMED, NULL,
			  "begins like CMS, a certificate or a CRL, but is malformed inside");
	return error_rule(d->e, "CMS-1");
}

/* The blocks of a PEM file: one as it is, several as a list. */
static bool write_pem(struct description *d, struct bytes file)
{
	struct bytes rest = file;
	size_t count = 0, start = d->w->used;
	struct pem pem;
	bool found;

	for (;;) {
		if (!pem_next(&pem, &found, &rest, &d->scratch, d->e))
			return error_rule(d->e, "CMS-1");
		if (!found)
			break;
		if (!bytes_equal_text(pem.label, "CERTIFICATE") &&
		    !bytes_equal_text(pem.label, "X509 CRL") &&
		    !bytes_equal_text(pem.label, "CMS") &&
		    !bytes_equal_text(pem.label, "PKCS7"))
			continue; /* never a private key */
		writer_text(d->w, count ? ",{" : "{");
		if (!write_der(d, pem.content))
			return error_wrap(d->e, "PEM block %zu", count + 1);
		writer_text(d->w, "}");
		count++;
	}
	if (!count)
		return error_set(d->e, ERROR_MALFORMED, "CMS-1",
				 "PEM without a certificate, a CRL or a CMS structure");
	if (d->w->bad || count == 1)
		return true;

	/* Make room in front. */
	static const char before[] = "{\"blocks\":[";
	size_t used = d->w->used - start;

	writer_text(d->w, before);
	if (d->w->bad)
		return true;
	memmove(d->w->start + start + sizeof(before) - 1, d->w->start + start, used);
	memcpy(d->w->start + start, before, sizeof(before) - 1);
	writer_text(d->w, "]}");
	return true;
}

static bool write_file(struct description *d, struct bytes file, enum describe_form form)
{
	struct writer *w = d->w;
	bool good;

	if (form == DESCRIBE_GUESS && pem_is(file))
		return write_pem(d, file);
	writer_text(w, "{");
	if (form == DESCRIBE_OPTION143 || is_option(file)) {
		writer_printf(w, "\"bytes\":%zu", file.size);
		good = write_option(w, file, d->e);
	} else if (text_starts(file, "SZTPSTOR")) {
		writer_printf(w, "\"bytes\":%zu", file.size);
		good = write_store(w, file, d->e);
	} else {
		good = write_der(d, file);
	}
	writer_text(w, "}");
	return good;
}

bool describe_file(struct writer *w, struct bytes file, enum describe_form form, void *scratch,
		   size_t scratch_size, struct error *e)
{
	struct description d = { .w = w, .scratch = writer_over(scratch, scratch_size), .e = e };

	if (!write_file(&d, file, form))
		return false;
	return writer_ok(w) ||
	       error_set(e, ERROR_REFUSED, NULL, "too large to be described");
}

/* SPDX-License-Identifier: MIT */
#include "pki/cms.h"

#include <stdio.h>

#include "base/text.h"
#include "codec/der.h"
#include "pki/name.h"

/*
 * What is checked where.  Reading takes structures apart and refuses what is not DER or not
 * CMS; it believes nothing.  cms_verify() is the one place that says a signature is good, and
 * says it last: the digest of the content is in the signed attributes, the attributes belong
 * to this content type, and the signature covers them.
 *
 * The sets are read in the order in which they stand: nothing is deduced from it (CMS-4,
 * CMS-5), and the signature is checked over the octets that came.
 */

static bool malformed(struct error *e, const char *what)
{
	return error_set(e, ERROR_MALFORMED, "CMS-1", "%s is malformed (RFC 5652)", what);
}

bool cms_read(struct cms *cms, struct bytes der, struct error *e)
{
	bool bad;
	struct reader r = reader_over(der, &bad);
	struct reader info = der_open(&r, DER_SEQUENCE);
	struct cms out = { .type_content = der_oid(&info) };
	struct reader explicit = der_open(&info, DER_CONTEXT_OPEN(0));

	out.content = der_next(&explicit).whole;
	der_end(&explicit);
	der_end(&info);
	if (!reader_ok(&r)) {
		der_complain(der, e);
		return error_rule(e, "CMS-1");
	}
	out.type = oid_find(out.type_content);
	*cms = out;
	return true;
}

bool cms_octets(struct bytes *to, const struct cms *cms, struct error *e)
{
	bool bad;
	struct reader r = reader_over(cms->content, &bad);
	struct bytes content = der_take(&r, DER_OCTET_STRING);

	if (!reader_ok(&r))
		return error_set(e, ERROR_MALFORMED, "CMS-1",
				 "content of type %s is no OCTET STRING",
				 OID_TEXT(cms->type_content));
	*to = content;
	return true;
}

static void read_encapsulated(struct cms_signed *s, struct reader r)
{
	s->type_content = der_oid(&r);
	s->type = oid_find(s->type_content);
	if (reader_left(&r)) {
		struct reader explicit = der_open(&r, DER_CONTEXT_OPEN(0));

		s->content = der_take(&explicit, DER_OCTET_STRING);
		s->has_content = true;
		der_end(&explicit);
	}
	der_end(&r);
}

/* A set of items into an array.  Items of a tag that is not @tag (attribute certificates,
 * OCSP answers) are taken when @others is set, else passed over.  false: too many. */
static bool read_set(struct bytes *items, size_t *count, size_t max, struct reader r,
		     uint8_t tag, bool others)
{
	while (reader_left(&r)) {
		struct der_item item = der_next(&r);

		if (item.tag != tag && !others)
			continue;
		if (*count == max)
			return false;
		items[(*count)++] = item.whole;
	}
	return true;
}

/* SignerIdentifier: the version follows from the choice (RFC 5652 §5.3). */
static void read_signer_identifier(struct cms_signer *signer, struct reader *r,
				   uint32_t version)
{
	if (der_at(r, DER_CONTEXT(0))) {
		signer->key_id = der_take(r, DER_CONTEXT(0));
		if (version != 3 || signer->key_id.size == 0)
			reader_fail(r);
		return;
	}

	struct reader sequence = der_open(r, DER_SEQUENCE);

	signer->issuer = der_take_whole(&sequence, DER_SEQUENCE);
	signer->serial = der_integer(&sequence);
	der_end(&sequence);
	if (version != 1)
		reader_fail(r);
}

/* One SignerInfo; algorithms that are not known make it unknown, not malformed (CMS-11). */
static void read_signer(struct cms_signer *signer, struct reader r)
{
	uint32_t version = der_small(&r, 255);
	struct bytes digest, algorithm;

	*signer = (struct cms_signer){ .known = false };
	if (version != 1 && version != 3) {
		error_set(&signer->why, ERROR_REFUSED, "CMS-11", "SignerInfo of version %u",
			  (unsigned)version);
		return;
	}
	read_signer_identifier(signer, &r, version);
	digest = der_take_whole(&r, DER_SEQUENCE);
	if (der_at(&r, DER_CONTEXT_OPEN(0)))
		signer->attributes = der_take_whole(&r, DER_CONTEXT_OPEN(0));
	algorithm = der_take_whole(&r, DER_SEQUENCE);
	signer->signature = der_take(&r, DER_OCTET_STRING);
	if (der_at(&r, DER_CONTEXT_OPEN(1))) /* unsigned attributes say nothing */
		der_take(&r, DER_CONTEXT_OPEN(1));
	der_end(&r);
	if (*r.bad)
		return;
	signer->known = signature_digest_read(&signer->digest, digest, &signer->why) &&
			signature_signer_read(&signer->algorithm, algorithm, signer->digest,
					      &signer->why);
}

static bool read_signers(struct cms_signed *s, struct reader r, struct error *e)
{
	while (reader_left(&r)) {
		if (s->signer_count == CONFIG_CMS_SIGNERS_MAX)
			return error_set(e, ERROR_REFUSED, "CMS-16", "more than %d signers",
					 CONFIG_CMS_SIGNERS_MAX);
		read_signer(&s->signers[s->signer_count++], der_open(&r, DER_SEQUENCE));
	}
	return true;
}

bool cms_signed_read(struct cms_signed *s, const struct cms *cms, struct error *e)
{
	bool bad, all;
	struct reader r = reader_over(cms->content, &bad);
	struct reader data = der_open(&r, DER_SEQUENCE);
	uint32_t version = der_small(&data, 255);
	struct reader digests = der_open(&data, DER_SET);

	s->certificate_count = s->crl_count = s->signer_count = s->digest_count = 0;
	s->has_content = false;
	s->content = (struct bytes){ 0 };
	for (; reader_left(&digests); s->digest_count++)
		der_take(&digests, DER_SEQUENCE);
	read_encapsulated(s, der_open(&data, DER_SEQUENCE));

	/* Attribute certificates and other formats have context tags: nobody here knows them.
	 */
	all = true;
	if (der_at(&data, DER_CONTEXT_OPEN(0)))
		all = read_set(s->certificates, &s->certificate_count,
			       CONFIG_CMS_CERTIFICATES_MAX,
			       der_open(&data, DER_CONTEXT_OPEN(0)), DER_SEQUENCE, false);
	if (!all)
		return error_set(e, ERROR_REFUSED, "CMS-16", "more than %d certificates",
				 CONFIG_CMS_CERTIFICATES_MAX);
	if (der_at(&data, DER_CONTEXT_OPEN(1)))
		all = read_set(s->crls, &s->crl_count, CONFIG_CMS_CRLS_MAX,
			       der_open(&data, DER_CONTEXT_OPEN(1)), DER_SEQUENCE, true);
	if (!all)
		return error_set(e, ERROR_REFUSED, "CMS-16", "more than %d CRLs",
				 CONFIG_CMS_CRLS_MAX);
	if (!read_signers(s, der_open(&data, DER_SET), e))
		return false;
	der_end(&data);
	if (!reader_ok(&r))
		return malformed(e, "SignedData");
	if (version != 1 && version != 3 && version != 4 && version != 5)
		return error_set(e, ERROR_MALFORMED, "CMS-1", "SignedData of version %u",
				 (unsigned)version);
	return true;
}

bool cms_check_degenerate(const struct cms_signed *s, struct error *e)
{
	if (s->signer_count || s->has_content || s->digest_count || s->type != OID_DATA)
		return error_set(e, ERROR_REFUSED, "CMS-14",
				 "SignedData with a signer or content, where only "
				 "certificates may be");
	return true;
}

bool cms_signer_names(const struct cms_signer *signer, const struct x509 *x)
{
	if (signer->key_id.size)
		return bytes_equal(signer->key_id, x->subject_key_id);
	return x509_is_issued_as(x, signer->issuer, signer->serial);
}

struct cms_signer_string cms_signer_string(const struct cms_signer *signer)
{
	struct cms_signer_string s;
	char hex[48];

	if (signer->key_id.size)
		snprintf(s.text, sizeof(s.text), "key identifier %s",
			 text_hex(hex, sizeof(hex), signer->key_id));
	else
		snprintf(s.text, sizeof(s.text), "serial %s of '%s'",
			 text_hex(hex, sizeof(hex), signer->serial),
			 NAME_TEXT(signer->issuer));
	return s;
}

/* Attribute ::= SEQUENCE { type OID, values SET OF }: the one value of content-type and of
 * message-digest, each of which stands exactly once (RFC 5652 §11.1, §11.2). */
static bool read_attributes(struct bytes *type, struct bytes *digest, struct bytes attributes)
{
	bool bad;
	struct reader r = reader_over(attributes, &bad);
	struct reader set = der_open(&r, DER_CONTEXT_OPEN(0));
	size_t types = 0, digests = 0;

	while (reader_left(&set)) {
		struct reader attribute = der_open(&set, DER_SEQUENCE);
		struct bytes name = der_oid(&attribute);
		struct reader values = der_open(&attribute, DER_SET);

		der_end(&attribute);
		if (oid_is(name, OID_ATTRIBUTE_CONTENT_TYPE)) {
			*type = der_oid(&values);
			types++;
			der_end(&values);
		} else if (oid_is(name, OID_ATTRIBUTE_MESSAGE_DIGEST)) {
			*digest = der_take(&values, DER_OCTET_STRING);
			digests++;
			der_end(&values);
		}
	}
	return reader_ok(&r) && types == 1 && digests == 1;
}

/* The digest that the signature is over: of the attributes (CMS-7), or of the content itself
 * (CMS-8). */
static bool signed_digest(struct digest *to, const struct cms_signed *s,
			  const struct cms_signer *signer, struct error *e)
{
	static const uint8_t set_tag[] = { DER_SET };
	struct digest content = digest_of(signer->algorithm.digest, s->content);
	struct bytes type, digest;

	if (signer->attributes.size == 0) {
		if (s->type != OID_DATA)
			return error_set(e, ERROR_REFUSED, "CMS-6",
					 "content of type %s without signed attributes",
					 OID_TEXT(s->type_content));
		*to = content;
		return true;
	}
	if (!read_attributes(&type, &digest, signer->attributes))
		return error_set(
			e, ERROR_MALFORMED, "CMS-6",
			"signed attributes are malformed, or lack or repeat content-type or "
			"message-digest");
	if (!bytes_equal(type, s->type_content))
		return error_set(e, ERROR_REFUSED, "CMS-6",
				 "content is of type %s, but what was signed is %s",
				 OID_TEXT(s->type_content), OID_TEXT(type));
	if (!bytes_equal(digest, digest_bytes(&content)))
		return error_set(e, ERROR_REFUSED, "CMS-6",
				 "content is not what was signed (message-digest differs)");
	*to = digest_of_two(signer->algorithm.digest, bytes_of(set_tag, 1),
			    bytes_of(signer->attributes.at + 1, signer->attributes.size - 1));
	return true;
}

bool cms_verify(const struct cms_signed *s, const struct cms_signer *signer,
		const struct key *key, struct error *e)
{
	struct digest digest;

	if (!signer->known) {
		*e = signer->why;
		return false;
	}
	if (!s->has_content)
		return error_set(e, ERROR_REFUSED, "CMS-17",
				 "detached signature: the content is not in it");
	return signed_digest(&digest, s, signer, e) &&
	       signature_verify(key, &signer->algorithm, &digest, signer->signature, e);
}

struct bytes cms_file(struct bytes file)
{
	bool bad;
	struct reader r = reader_over(file, &bad);

	der_next(&r);
	if (!bad && reader_left(&r) == 1 && reader_peek(&r) == '\n')
		file.size--;
	return file;
}

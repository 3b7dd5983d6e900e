/* SPDX-License-Identifier: MIT */
#include "pki/cms.h"

#include "base/writer.h"
#include "check.h"
#include "codec/der.h"
#include "stanza.h"

#define FOLDER "tests/data/pki/bundles"

static struct cms cms;
static struct cms_signed s;
static struct error e;

static bool reads(struct bytes der)
{
	memset(&e, 0, sizeof(e));
	return cms_read(&cms, der, &e) && cms_signed_read(&s, &cms, &e);
}

static bool reads_file(const char *name)
{
	return reads(stanza_data(FOLDER, name));
}

static struct key key_of(const char *certificate)
{
	struct x509 x;
	struct key key = { 0 };

	CHECK(x509_read(&x, stanza_data(FOLDER, certificate), &e) &&
	      key_read(&key, x.spki, &e));
	return key;
}

TEST(reads_signed_data, "CMS-1 CMS-10 CI-3")
{
	CHECK(reads_file("ci-p256.cms"));
	CHECK(cms.type == OID_SIGNED_DATA && s.type == OID_SZTP_CONVEYED_INFO_JSON);
	CHECK(s.has_content && s.content.at[0] == '{');
	CHECK(s.certificate_count == 0 && s.crl_count == 0 && s.signer_count == 1);
	CHECK(s.signers[0].known && s.signers[0].issuer.size && !s.signers[0].key_id.size);
	CHECK(strstr(CMS_SIGNER_TEXT(&s.signers[0]), "CN=oint-p256"));
	CHECK(reads_file("ci-keyid.cms"));
	CHECK(!s.signers[0].issuer.size && s.signers[0].key_id.size == 20);
	CHECK(strstr(CMS_SIGNER_TEXT(&s.signers[0]), "key identifier"));
	CHECK(reads_file("ci-data-certs.cms"));
	CHECK(s.type == OID_DATA && s.certificate_count == 1);
	CHECK(reads_file("owner-crl.cms"));
	CHECK(s.crl_count == 1 && s.certificate_count == 2);
	CHECK(reads_file("ci-two-signers.cms") && s.signer_count == 2);
}

TEST(verifies_the_signer, "CMS-6 CMS-7 CMS-12")
{
	struct key key = key_of("vsign-p256.der");

	CHECK(reads_file("voucher-p256.vcj"));
	CHECK(cms_verify(&s, &s.signers[0], &key, &e));
	key = key_of("vroot-p256.der");
	CHECK(!cms_verify(&s, &s.signers[0], &key, &e));
	CHECK(e.rule[0] == '\0');
}

TEST(finds_the_signers_certificate, "CMS-10")
{
	struct x509 right, wrong;

	CHECK(x509_read(&right, stanza_data(FOLDER, "vsign-p256.der"), &e));
	CHECK(x509_read(&wrong, stanza_data(FOLDER, "vroot-p256.der"), &e));
	CHECK(reads_file("voucher-p256.vcj"));
	CHECK(cms_signer_names(&s.signers[0], &right) &&
	      !cms_signer_names(&s.signers[0], &wrong));
	CHECK(reads_file("voucher-keyid.vcj"));
	CHECK(cms_signer_names(&s.signers[0], &right) &&
	      !cms_signer_names(&s.signers[0], &wrong));
}

TEST(knows_bags_of_certificates, "CMS-14 OC-1")
{
	CHECK(reads_file("owner-p256.cms") && cms_check_degenerate(&s, &e));
	CHECK(s.certificate_count == 2);
	CHECK(reads_file("ci-p256.cms") && !cms_check_degenerate(&s, &e));
	CHECK_STR(e.rule, "CMS-14");
}

TEST(says_what_it_is_not, "CMS-1 ENC-3 ENC-7 ENCODE-3")
{
	CHECK(cms_read(&cms, stanza_data(FOLDER, "ci-encrypted.cms"), &e));
	CHECK(cms.type == OID_ENVELOPED_DATA);
	CHECK(cms_read(&cms, stanza_data(FOLDER, "ci-gcm.cms"), &e));
	CHECK(cms.type == OID_AUTH_ENVELOPED_DATA);
	CHECK(!cms_read(&cms, stanza_data(FOLDER, "ci.pem"), &e) && strstr(e.text, "PEM"));
	CHECK(!cms_read(&cms, stanza_data(FOLDER, "vroot-p256.der"), &e));
	CHECK_STR(e.rule, "CMS-1");
}

TEST(reads_octets_without_signature, "CI-1")
{
	struct bytes octets;

	CHECK(cms_read(&cms, stanza_data(FOLDER, "ci-unsigned.cms"), &e));
	CHECK(cms_octets(&octets, &cms, &e) && octets.at[0] == '{');
	CHECK(cms_read(&cms, stanza_data(FOLDER, "ci-p256.cms"), &e));
	CHECK(!cms_octets(&octets, &cms, &e));
	CHECK_STR(e.rule, "CMS-1");
}

TEST(takes_one_newline_off_a_file, "CMS-2")
{
	uint8_t room[8] = { 0x30, 0x01, 0x05, '\n', '\n' };

	CHECK(cms_file(bytes_of(room, 3)).size == 3);
	CHECK(cms_file(bytes_of(room, 4)).size == 3);
	CHECK(cms_file(bytes_of(room, 5)).size == 5);
	room[2] = '\n';
	CHECK(cms_file(bytes_of(room, 3)).size == 3); /* its own last byte */
	CHECK(cms_file((struct bytes){ 0 }).size == 0);
}

/* --- made by hand
 * --------------------------------------------------------------------------- */

static uint8_t pool[64 * 1024];
static size_t pool_used;

/* One item around up to eight others; kept until pool_used is reset. */
#define ITEM(tag, ...)                                                                       \
	item(tag, (const struct bytes[]){ __VA_ARGS__ },                                     \
	     sizeof((const struct bytes[]){ __VA_ARGS__ }) / sizeof(struct bytes))
#define NONE ((struct bytes){ 0 })

static struct bytes item(uint8_t tag, const struct bytes *parts, size_t count)
{
	struct writer w = writer_over(pool + pool_used, sizeof(pool) - pool_used);
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += parts[i].size;
	writer_u8(&w, tag);
	if (size >= 0x100)
		writer_u8(&w, 0x82), writer_be16(&w, (uint16_t)size);
	else if (size >= 0x80)
		writer_u8(&w, 0x81), writer_u8(&w, (uint8_t)size);
	else
		writer_u8(&w, (uint8_t)size);
	for (size_t i = 0; i < count; i++)
		writer_bytes(&w, parts[i]);
	CHECK(writer_ok(&w));
	pool_used += w.used;
	return writer_done(&w);
}

static struct bytes oid(enum oid which)
{
	return ITEM(DER_OID, oid_content(which));
}

static struct bytes small(uint8_t value)
{
	pool[pool_used] = value;
	pool_used++;
	return ITEM(DER_INTEGER, bytes_of(pool + pool_used - 1, 1));
}

static struct bytes text(const char *value)
{
	return ITEM(DER_OCTET_STRING, bytes_of_text(value));
}

static struct bytes algorithm(enum oid which)
{
	return ITEM(DER_SEQUENCE, oid(which));
}

static struct bytes issuer_and_serial(void)
{
	return ITEM(DER_SEQUENCE, ITEM(DER_SEQUENCE, NONE), small(7));
}

static struct bytes attribute(enum oid type, struct bytes values)
{
	return ITEM(DER_SEQUENCE, oid(type), values);
}

static struct bytes signer(uint8_t version, struct bytes identifier, struct bytes attributes)
{
	return ITEM(DER_SEQUENCE, small(version), identifier, algorithm(OID_SHA256),
		    attributes, algorithm(OID_ECDSA_WITH_SHA256), text("signature"));
}

static struct bytes signed_data(uint8_t version, struct bytes content,
				struct bytes certificates, struct bytes signers)
{
	return ITEM(
		DER_SEQUENCE, oid(OID_SIGNED_DATA),
		ITEM(DER_CONTEXT_OPEN(0),
		     ITEM(DER_SEQUENCE, small(version), ITEM(DER_SET, algorithm(OID_SHA256)),
			  ITEM(DER_SEQUENCE, oid(OID_SZTP_CONVEYED_INFO_JSON),
			       ITEM(DER_CONTEXT_OPEN(0), content)),
			  certificates, ITEM(DER_SET, signers))));
}

/* The rule by which signed attributes are refused, before any key is asked. */
static const char *attributes_rule(struct bytes attributes)
{
	struct key key = key_of("vsign-p256.der");

	if (!reads(signed_data(3, text("{}"), NONE,
			       signer(1, issuer_and_serial(), attributes))))
		return "unread";
	CHECK(!cms_verify(&s, &s.signers[0], &key, &e));
	pool_used = 0;
	return e.rule;
}

static struct bytes content_type(enum oid type)
{
	return attribute(OID_ATTRIBUTE_CONTENT_TYPE, ITEM(DER_SET, oid(type)));
}

static struct bytes message_digest(const char *content)
{
	struct digest d = digest_of(DIGEST_SHA256, bytes_of_text(content));

	return attribute(OID_ATTRIBUTE_MESSAGE_DIGEST,
			 ITEM(DER_SET, ITEM(DER_OCTET_STRING, digest_bytes(&d))));
}

static struct bytes signing_time(void)
{
	return attribute(OID_ATTRIBUTE_SIGNING_TIME, ITEM(DER_SET, text("never")));
}

#define ATTRIBUTES(...) ITEM(DER_CONTEXT_OPEN(0), __VA_ARGS__)
#define JSON		OID_SZTP_CONVEYED_INFO_JSON

TEST(signed_attributes_belong_to_this_content, "CMS-6 CMS-15")
{
	/* All right but the signature: no rule of its own. */
	CHECK_STR(attributes_rule(ATTRIBUTES(content_type(JSON), message_digest("{}"))), "");
	CHECK_STR(attributes_rule(ATTRIBUTES(message_digest("{}"), content_type(JSON))), "");
	CHECK_STR(attributes_rule(ATTRIBUTES(content_type(JSON), signing_time(),
					     message_digest("{}"))),
		  "");
	CHECK_STR(attributes_rule(ATTRIBUTES(content_type(JSON), message_digest("[]"))),
		  "CMS-6");
	CHECK_STR(attributes_rule(ATTRIBUTES(content_type(OID_DATA), message_digest("{}"))),
		  "CMS-6");
	CHECK_STR(attributes_rule(ATTRIBUTES(content_type(JSON))), "CMS-6");
	CHECK_STR(attributes_rule(ATTRIBUTES(message_digest("{}"))), "CMS-6");
	CHECK_STR(attributes_rule(ATTRIBUTES(NONE)), "CMS-6");
	CHECK_STR(attributes_rule(NONE), "CMS-6");
}

TEST(signed_attributes_stand_once_with_one_value, "CMS-6")
{
	CHECK_STR(attributes_rule(ATTRIBUTES(content_type(JSON), content_type(JSON),
					     message_digest("{}"))),
		  "CMS-6");
	CHECK_STR(attributes_rule(ATTRIBUTES(content_type(JSON), message_digest("{}"),
					     message_digest("{}"))),
		  "CMS-6");
	CHECK_STR(attributes_rule(ATTRIBUTES(attribute(OID_ATTRIBUTE_CONTENT_TYPE,
						       ITEM(DER_SET, oid(JSON), oid(JSON))),
					     message_digest("{}"))),
		  "CMS-6");
	CHECK_STR(attributes_rule(ATTRIBUTES(
			  attribute(OID_ATTRIBUTE_CONTENT_TYPE, ITEM(DER_SET, NONE)),
			  message_digest("{}"))),
		  "CMS-6");
	CHECK_STR(attributes_rule(
			  ATTRIBUTES(content_type(JSON),
				     attribute(OID_ATTRIBUTE_MESSAGE_DIGEST, oid(JSON)))),
		  "CMS-6");
	CHECK_STR(attributes_rule(
			  ATTRIBUTES(content_type(JSON), message_digest("{}"), small(1))),
		  "CMS-6");
}

TEST(the_version_fits_the_identifier, "CMS-10 CMS-11")
{
	struct bytes key_id = ITEM(DER_CONTEXT(0), bytes_of_text("key"));
	struct bytes empty = ITEM(DER_CONTEXT(0), NONE);
	struct bytes none = text("{}");

	CHECK(reads(signed_data(3, none, NONE, signer(1, issuer_and_serial(), NONE))));
	CHECK(reads(signed_data(3, none, NONE, signer(3, key_id, NONE))));
	CHECK(!reads(signed_data(3, none, NONE, signer(3, issuer_and_serial(), NONE))));
	CHECK(!reads(signed_data(3, none, NONE, signer(1, key_id, NONE))));
	CHECK(!reads(signed_data(3, none, NONE, signer(3, empty, NONE))));
	/* Unknown versions are not malformed, only unknown. */
	CHECK(reads(signed_data(3, none, NONE, signer(7, small(1), NONE))));
	CHECK(!s.signers[0].known && s.signers[0].why.code == ERROR_REFUSED);
	CHECK(!reads(signed_data(2, none, NONE, signer(1, issuer_and_serial(), NONE))));
	pool_used = 0;
}

TEST(refuses_more_than_it_can_hold, "CMS-16")
{
	struct bytes many = NONE, one = ITEM(DER_SEQUENCE, NONE);
	bool bad;
	struct bytes signers[CONFIG_CMS_SIGNERS_MAX + 1];
	uint8_t empty[2 * (CONFIG_CMS_CERTIFICATES_MAX + 1)];

	for (size_t i = 0; i < sizeof(empty); i += 2)
		memcpy(empty + i, one.at, 2);
	many = ITEM(DER_CONTEXT_OPEN(0), bytes_of(empty, sizeof(empty) - 2));
	CHECK(reads(signed_data(3, text("{}"), many, NONE)));
	CHECK(s.certificate_count == CONFIG_CMS_CERTIFICATES_MAX);
	many = ITEM(DER_CONTEXT_OPEN(0), bytes_of(empty, sizeof(empty)));
	CHECK(!reads(signed_data(3, text("{}"), many, NONE)));
	CHECK_STR(e.rule, "CMS-16");
	many = ITEM(DER_CONTEXT_OPEN(1), bytes_of(empty, 2 * (CONFIG_CMS_CRLS_MAX + 1)));
	CHECK(!reads(signed_data(3, text("{}"), many, NONE)));
	CHECK_STR(e.rule, "CMS-16");
	for (size_t i = 0; i < ARRAY_SIZE(signers); i++)
		signers[i] = signer(1, issuer_and_serial(), NONE);
	many = item(DER_SET, signers, ARRAY_SIZE(signers));
	struct reader r = reader_over(many, &bad);
	CHECK(!reads(signed_data(3, text("{}"), NONE, der_take(&r, DER_SET))));
	CHECK_STR(e.rule, "CMS-16");
	many = item(DER_SET, signers, ARRAY_SIZE(signers) - 1);
	r = reader_over(many, &bad);
	CHECK(reads(signed_data(3, text("{}"), NONE, der_take(&r, DER_SET))));
	CHECK(s.signer_count == CONFIG_CMS_SIGNERS_MAX);
	pool_used = 0;
}

TEST(passes_over_attribute_certificates, "OC-8")
{
	struct bytes set = ITEM(DER_CONTEXT_OPEN(0), ITEM(DER_CONTEXT_OPEN(1), NONE),
				ITEM(DER_SEQUENCE, NONE), ITEM(DER_CONTEXT_OPEN(3), NONE));

	CHECK(reads(signed_data(5, text("{}"), set, NONE)));
	CHECK(s.certificate_count == 1);
	pool_used = 0;
}

TEST(refuses_every_truncation, "CMS-16")
{
	struct bytes der = stanza_data(FOLDER, "voucher-p256.vcj");

	for (size_t n = 0; n < der.size; n++)
		CHECK(!reads(bytes_of(der.at, n)));
}

/* SPDX-License-Identifier: MIT */
#include "pki/voucher.h"

#include <stdio.h>

#include "check.h"
#include "codec/json.h"

static struct voucher v;
static uint8_t arena[JSON_ARENA_SIZE(CONFIG_VOUCHER_MAX)], decoded[CONFIG_VOUCHER_MAX];
static struct error e;

static bool reads_document(const char *text)
{
	struct writer into = writer_over(decoded, sizeof(decoded));

	memset(&e, 0, sizeof(e));
	return voucher_read_json(&v, bytes_of_text(text), arena, sizeof(arena), &into, &e);
}

#define CREATED	  "\"created-on\":\"2026-01-01T00:00:00Z\","
#define ASSERTION "\"assertion\":\"verified\","
#define SERIAL	  "\"serial-number\":\"JADA123456789\","
#define PINNED	  "\"pinned-domain-cert\":\"MAA=\""
#define GOOD	  CREATED ASSERTION SERIAL PINNED

static const char *rule(const char *members)
{
	char text[1024];

	snprintf(text, sizeof(text), "{\"ietf-voucher:voucher\":{%s}}", members);
	if (reads_document(text))
		return "";
	CHECK(e.text[0] != '\0');
	return e.rule;
}

TEST(reads_the_leaves, "OV-3 EX-5 OV-21")
{
	CHECK(reads_document(
		"{\"ietf-voucher:voucher\":{\"created-on\":\"2024-01-01T00:00:00Z\","
		"\"expires-on\":\"2034-01-01T00:00:00Z\",\"assertion\":\"logged\","
		"\"serial-number\":\"JADA123456789\",\"idevid-issuer\":"
		"\"MBaAFMQgLvqanATbAxlTWW4T704ntG3x\","
		"\"pinned-domain-cert\":\"MAA=\",\"domain-cert-revocation-checks\":false,"
		"\"last-renewal-date\":\"2033-01-01T00:00:00Z\"}}"));
	CHECK(v.created_on_s == 1704067200 && v.has_expires_on &&
	      v.expires_on_s == 2019686400);
	CHECK(v.assertion == VOUCHER_LOGGED &&
	      bytes_equal_text(v.serial_number, "JADA123456789"));
	CHECK(v.has_idevid_issuer && v.idevid_issuer.size == 24 &&
	      v.idevid_issuer.at[1] == 0x16);
	CHECK(v.pinned_domain_cert.size == 2 && !v.has_nonce);
	CHECK(v.revocation_checks == VOUCHER_REVOCATION_FALSE);
}

TEST(optional_leaves_may_be_absent, "OV-17 OV-20")
{
	CHECK_STR(rule(GOOD), "");
	CHECK(!v.has_expires_on && !v.has_idevid_issuer && !v.has_nonce);
	CHECK(v.revocation_checks == VOUCHER_REVOCATION_ABSENT &&
	      v.assertion == VOUCHER_VERIFIED);
}

TEST(mandatory_leaves_may_not, "OV-14 OV-23")
{
	CHECK_STR(rule(ASSERTION SERIAL PINNED), "OV-23");
	CHECK_STR(rule(CREATED SERIAL PINNED), "OV-23");
	CHECK_STR(rule(CREATED ASSERTION PINNED), "OV-23");
	CHECK_STR(rule(CREATED ASSERTION "\"serial-number\":\"x\""), "OV-14");
}

TEST(null_is_not_absent_here, "OV-18 OV-19 OV-12 OV-22 OV-14")
{
	CHECK_STR(rule(GOOD ",\"domain-cert-revocation-checks\":null"), "OV-18");
	CHECK_STR(rule(GOOD ",\"nonce\":null"), "OV-19");
	CHECK_STR(rule(GOOD ",\"idevid-issuer\":null"), "OV-12");
	CHECK_STR(rule(GOOD ",\"expires-on\":null"), "OV-22");
	CHECK_STR(rule(CREATED ASSERTION SERIAL "\"pinned-domain-cert\":null"), "OV-14");
}

TEST(wrong_types_are_refused, "OV-9 OV-25 OV-22")
{
	CHECK_STR(rule("\"created-on\":1704067200," ASSERTION SERIAL PINNED), "OV-22");
	CHECK_STR(rule("\"created-on\":\"2024-01-01\"," ASSERTION SERIAL PINNED), "OV-22");
	CHECK_STR(rule(CREATED "\"assertion\":true," SERIAL PINNED), "OV-9");
	CHECK_STR(rule(CREATED "\"assertion\":\"Verified\"," SERIAL PINNED), "OV-9");
	CHECK_STR(rule(CREATED ASSERTION "\"serial-number\":7," PINNED), "OV-25");
	CHECK_STR(rule(CREATED ASSERTION "\"serial-number\":[\"a\",\"b\"]," PINNED), "OV-25");
	CHECK_STR(rule(GOOD ",\"idevid-issuer\":\"!\""), "OV-12");
}

TEST(revocation_checks_may_be_text, "OV-18 AMB-20")
{
	CHECK_STR(rule(GOOD ",\"domain-cert-revocation-checks\":true"), "");
	CHECK(v.revocation_checks == VOUCHER_REVOCATION_TRUE);
	CHECK_STR(rule(GOOD ",\"domain-cert-revocation-checks\":\"true\""), "");
	CHECK(v.revocation_checks == VOUCHER_REVOCATION_TRUE);
	CHECK_STR(rule(GOOD ",\"domain-cert-revocation-checks\":\"false\""), "");
	CHECK(v.revocation_checks == VOUCHER_REVOCATION_FALSE);
	CHECK_STR(rule(GOOD ",\"domain-cert-revocation-checks\":\"yes\""), "OV-18");
	CHECK_STR(rule(GOOD ",\"domain-cert-revocation-checks\":1"), "OV-18");
}

TEST(a_nonce_has_8_to_32_bytes, "OV-8 OV-19 AMB-17")
{
	CHECK_STR(rule(GOOD ",\"nonce\":\"AAECAwQFBgc=\""), "");
	CHECK(v.has_nonce && v.nonce.size == 8);
	CHECK_STR(rule(GOOD ",\"nonce\":\"AAECAwQFBg==\""), "OV-19");
	CHECK_STR(rule(GOOD ",\"nonce\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\""),
		  "");
	CHECK_STR(rule(GOOD ",\"nonce\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\""),
		  "OV-19");
	CHECK_STR(rule(GOOD
		       ",\"nonce\":\"AAECAwQFBgc=\",\"expires-on\":\"2034-01-01T00:00:00Z\""),
		  "OV-8");
}

TEST(last_renewal_needs_expiry, "OV-21")
{
	CHECK_STR(rule(GOOD ",\"last-renewal-date\":\"2034-01-01T00:00:00Z\""), "OV-21");
}

TEST(unknown_leaves_are_ignored, "OV-24")
{
	CHECK_STR(rule(GOOD ",\"est-domain\":\"x\",\"vendor:colour\":[1,2]"), "");
	CHECK_STR(rule(CREATED ASSERTION SERIAL "\"pinned-domain-pubk\":\"MAA=\""), "OV-14");
}

TEST(leaves_stand_once, "YANG-13")
{
	CHECK_STR(rule(GOOD "," PINNED), "YANG-13");
	CHECK_STR(rule(GOOD ",\"ietf-voucher:serial-number\":\"x\""), "YANG-13");
}

TEST(the_root_has_its_name, "OV-3 AMB-28")
{
	CHECK(!reads_document("{" GOOD "}"));
	CHECK_STR(e.rule, "OV-3");
	CHECK(!reads_document("{\"voucher\":{" GOOD "}}"));
	CHECK_STR(e.rule, "OV-3");
	CHECK(!reads_document("{\"ietf-voucher:voucher\":[]}"));
	CHECK_STR(e.rule, "OV-3");
	CHECK(!reads_document("[]"));
	CHECK(!reads_document("not json"));
	CHECK_STR(e.rule, "OV-2");
}

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

/* --- XML: the same document, the same result -----------------------------------------------
 */

#define XML(leaves)                                                                          \
	"<voucher xmlns='urn:ietf:params:xml:ns:yang:ietf-voucher'>" leaves "</voucher>"
#define XML_CREATED   "<created-on>2026-01-01T00:00:00Z</created-on>"
#define XML_ASSERTION "<assertion>verified</assertion>"
#define XML_SERIAL    "<serial-number>JADA123456789</serial-number>"
#define XML_PINNED    "<pinned-domain-cert>MAA=</pinned-domain-cert>"
#define XML_GOOD      XML_CREATED XML_ASSERTION XML_SERIAL XML_PINNED

static bool reads_xml(const char *text)
{
	struct writer into = writer_over(decoded, sizeof(decoded));

	memset(&e, 0, sizeof(e));
	return voucher_read_xml(&v, bytes_of_text(text), arena, sizeof(arena), &into, &e);
}

static const char *xml_rule(const char *text)
{
	if (reads_xml(text))
		return "";
	CHECK(e.text[0] != '\0');
	return e.rule;
}

static void note(struct writer *w, struct bytes value)
{
	writer_printf(w, " %zu:", value.size);
	writer_bytes(w, value);
}

/* All that was read, or the refusal's rule, as bytes. */
static void write_everything(struct writer *w, bool good)
{
	if (!good) {
		writer_printf(w, "refused %s", e.rule);
		return;
	}
	writer_printf(w, "%lld %d %lld %d %d %d %d", (long long)v.created_on_s,
		      v.has_expires_on, (long long)v.expires_on_s, v.assertion,
		      v.has_idevid_issuer, v.revocation_checks, v.has_nonce);
	note(w, v.serial_number);
	note(w, v.idevid_issuer);
	note(w, v.pinned_domain_cert);
	note(w, v.nonce);
}

static bool are_twins(const char *members, const char *xml)
{
	uint8_t of_json[1024], of_xml[1024];
	struct writer a = writer_over(of_json, sizeof(of_json)),
		      b = writer_over(of_xml, sizeof(of_xml));
	char json[1024];

	snprintf(json, sizeof(json), "{\"ietf-voucher:voucher\":{%s}}", members);
	write_everything(&a, reads_document(json));
	write_everything(&b, reads_xml(xml));
	CHECK(writer_ok(&a) && writer_ok(&b));
	return bytes_equal(writer_done(&a), writer_done(&b));
}

TEST(xml_is_what_json_is, "OV-2 OV-3")
{
	CHECK(are_twins(GOOD, XML(XML_GOOD)));
	CHECK_STR(e.rule, "");
	CHECK(are_twins(
		"\"created-on\":\"2024-01-01T00:00:00.000001+00:00\","
		"\"expires-on\":\"2034-01-01T00:00:00Z\",\"assertion\":\"logged\","
		"\"serial-number\":\"JADA 12<&>\",\"idevid-issuer\":"
		"\"MBaAFMQgLvqanATbAxlTWW4T704ntG3x\",\"pinned-domain-cert\":\"MAA=\","
		"\"domain-cert-revocation-checks\":false,"
		"\"last-renewal-date\":\"2033-01-01T00:00:00Z\"",
		"<?xml version='1.0' encoding='UTF-8'?>\n"
		"<v:voucher xmlns:v='urn:ietf:params:xml:ns:yang:ietf-voucher'>\n"
		"  <v:created-on>2024-01-01T00:00:00.000001+00:00</v:created-on>\n"
		"  <v:expires-on>2034-01-01T00:00:00Z</v:expires-on>\n"
		"  <v:assertion>logged</v:assertion>\n"
		"  <v:serial-number>JADA 1<!-- -->2&lt;<![CDATA[&>]]></v:serial-number>\n"
		"  "
		"<v:idevid-issuer>\nMBaAFMQgLvqanATb\nAxlTWW4T704ntG3x\n</v:idevid-issuer>\n"
		"  <v:domain-cert-revocation-checks> false "
		"</v:domain-cert-revocation-checks>\n"
		"  <v:pinned-domain-cert>MAA=</v:pinned-domain-cert>\n"
		"  <v:last-renewal-date>2033-01-01T00:00:00Z</v:last-renewal-date>\n"
		"</v:voucher>\n"));
	CHECK(v.has_expires_on && v.revocation_checks == VOUCHER_REVOCATION_FALSE);
	CHECK(bytes_equal_text(v.serial_number, "JADA 12<&>"));
	CHECK(are_twins(
		GOOD ",\"nonce\":\"AAECAwQFBgcICQ==\",\"domain-cert-revocation-checks\":true",
		XML(XML_GOOD "<nonce>AAECAwQFBgcICQ==</nonce>"
			     "<domain-cert-revocation-checks>true"
			     "</domain-cert-revocation-checks><other/>")));
	CHECK(v.has_nonce && v.revocation_checks == VOUCHER_REVOCATION_TRUE);
}

TEST(xml_is_refused_by_the_same_numbers,
     "OV-3 OV-9 OV-14 OV-18 OV-19 OV-21 OV-22 OV-23 OV-25")
{
	CHECK_STR(xml_rule("<voucher xmlns='urn:other'>" XML_GOOD "</voucher>"), "OV-3");
	CHECK_STR(xml_rule("<voucher>" XML_GOOD "</voucher>"), "OV-3");
	CHECK_STR(xml_rule(XML(XML_ASSERTION XML_SERIAL XML_PINNED)), "OV-23");
	CHECK_STR(xml_rule(XML(XML_CREATED XML_SERIAL XML_PINNED)), "OV-23");
	CHECK_STR(xml_rule(XML(XML_CREATED XML_ASSERTION XML_PINNED)), "OV-23");
	CHECK_STR(xml_rule(XML(XML_CREATED XML_ASSERTION XML_SERIAL)), "OV-14");
	CHECK_STR(xml_rule(XML(XML_GOOD "<expires-on/>")), "OV-22");
	CHECK_STR(xml_rule(XML("<created-on> 2026-01-01T00:00:00Z</created-on>" XML_ASSERTION
				       XML_SERIAL XML_PINNED)),
		  "OV-22");
	CHECK_STR(
		xml_rule(XML(XML_CREATED
			     "<assertion>agent-proximity</assertion>" XML_SERIAL XML_PINNED)),
		"OV-9");
	CHECK_STR(xml_rule(XML(XML_CREATED XML_ASSERTION XML_PINNED
			       "<serial-number><a/><b/></serial-number>")),
		  "OV-25");
	CHECK_STR(xml_rule(XML(XML_GOOD "<last-renewal-date>2033-01-01T00:00:00Z"
					"</last-renewal-date>")),
		  "OV-21");
	CHECK_STR(xml_rule(XML(XML_GOOD "<domain-cert-revocation-checks>1"
					"</domain-cert-revocation-checks>")),
		  "OV-18");
	CHECK_STR(xml_rule(XML(XML_GOOD "<domain-cert-revocation-checks/>")), "OV-18");
	CHECK_STR(xml_rule(XML(XML_GOOD "<nonce>AAEC</nonce>")), "OV-19");
	CHECK_STR(xml_rule(XML(XML_GOOD "<nonce/>")), "OV-19");
	CHECK_STR(xml_rule(XML(XML_CREATED XML_ASSERTION XML_SERIAL
			       "<pinned-domain-cert>M-A=</pinned-domain-cert>")),
		  "OV-14");
	CHECK_STR(xml_rule("<voucher"), "OV-2");
	CHECK_STR(xml_rule("<!DOCTYPE voucher>" XML(XML_GOOD)), "YANG-13");
	CHECK_STR(xml_rule(XML(XML_GOOD XML_SERIAL)), "YANG-13");
	CHECK_STR(xml_rule(XML(XML_GOOD "text")), "OV-2");
}

/* The right leaf in a wrong namespace does not count as the leaf. */
TEST(leaves_of_other_namespaces_are_not_ours, "OV-24 OV-23")
{
	CHECK_STR(xml_rule(XML(XML_CREATED XML_ASSERTION XML_PINNED
			       "<serial-number xmlns='urn:x'>JADA123456789</serial-number>")),
		  "OV-23");
	CHECK_STR(
		xml_rule(XML(XML_GOOD "<serial-number xmlns='urn:x'>other</serial-number>")),
		"");
	CHECK(bytes_equal_text(v.serial_number, "JADA123456789"));
}

TEST(the_largest_xml_voucher_fits, "YANG-13")
{
	static char text[CONFIG_VOUCHER_MAX + 2];
	static const char head[] = XML(XML_CREATED XML_ASSERTION XML_SERIAL
				       "<pinned-domain-cert>");
	static const char tail[] = "</pinned-domain-cert></voucher>";
	size_t before = sizeof(head) - sizeof("</voucher>"), size;

	size = (CONFIG_VOUCHER_MAX - before - sizeof(tail) + 1) / 4 * 4;
	memcpy(text, head, before);
	memset(text + before, 'A', size);
	strcpy(text + before + size, tail);
	CHECK_STR(xml_rule(text), "");
	CHECK(v.pinned_domain_cert.size == size / 4 * 3);
	memset(text + strlen(text), '\n', sizeof(text) - strlen(text) - 1);
	CHECK_STR(xml_rule(text), "YANG-13");
}

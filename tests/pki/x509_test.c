/* SPDX-License-Identifier: MIT */
#include "pki/x509.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/writer.h"
#include "check.h"
#include "codec/der.h"
#include "config.h"
#include "pki/name.h"
#include "stanza.h"

#define CHAINS	"tests/data/pki/chains"
#define BUNDLES "tests/data/pki/bundles"

static struct x509 x;
static struct error e;

TEST(reads_a_certificate, "CMS-18")
{
	CHECK(x509_read(&x, stanza_data(CHAINS, "server-p256.der"), &e));
	CHECK_STR(NAME_TEXT(x.subject), "CN=server-p256");
	CHECK_STR(NAME_TEXT(x.issuer), "CN=root-p256");
	CHECK(x.not_before_s == 1704067200 && x.not_after_s == 3597523200);
	CHECK(x.has_basic_constraints && !x.is_ca && x.path_length == -1);
	CHECK(x.has_key_usage && x.key_usage == X509_DIGITAL_SIGNATURE);
	CHECK(x.subject_key_id.size == 20 && x.authority_key_id.size == 20);
	CHECK(x.authority_key.size == 24 && x.unknown_critical.size == 0);
	CHECK(x509_allows_usage(&x, OID_SERVER_AUTH) &&
	      !x509_allows_usage(&x, OID_CLIENT_AUTH));
	CHECK(!x509_is_self_issued(&x));
	CHECK(x509_is_issued_as(&x, x.issuer, x.serial));
	CHECK(!x509_is_issued_as(&x, x.subject, x.serial));
	CHECK(!x509_is_issued_as(&x, x.issuer, bytes_of(x.serial.at, x.serial.size - 1)));
	CHECK(x509_read(&x, stanza_data(CHAINS, "root-p256.der"), &e));
	CHECK(x.is_ca && x509_is_self_issued(&x));
	CHECK(x.key_usage == (X509_KEY_CERT_SIGN | X509_CRL_SIGN));
	CHECK(x509_allows_usage(&x, OID_SERVER_AUTH)); /* none: any */
}

TEST(verifies_the_issuers_signature, "CMS-18")
{
	struct x509 root, other;
	struct key key;

	CHECK(x509_read(&x, stanza_data(CHAINS, "server-p256.der"), &e));
	CHECK(x509_read(&root, stanza_data(CHAINS, "root-p256.der"), &e));
	CHECK(x509_read(&other, stanza_data(CHAINS, "root-twin.der"), &e));
	CHECK(key_read(&key, root.spki, &e) && x509_verify(&x, &key, &e));
	CHECK(key_read(&key, other.spki, &e) && !x509_verify(&x, &key, &e));
}

TEST(finds_the_devices_serial, "OV-11")
{
	CHECK(x509_read(&x, stanza_data(BUNDLES, "device.der"), &e));
	CHECK(bytes_equal_text(x509_device_serial(&x), "JADA123456789"));
	CHECK(x509_read(&x, stanza_data(CHAINS, "hardware.der"), &e));
	CHECK(bytes_equal_text(x509_device_serial(&x), "HW-0042"));
	CHECK(x509_read(&x, stanza_data(CHAINS, "server-p256.der"), &e));
	CHECK(x509_device_serial(&x).size == 0);
}

TEST(notes_unknown_critical_extensions, "CMS-18")
{
	struct bytes bag = stanza_data(BUNDLES, "owner-critical.cms");
	size_t found = 0;

	/* The certificate is somewhere in the bag; any offset that reads as one is it. */
	for (size_t i = 0; i + 4 < bag.size; i++) {
		bool bad;
		struct reader r = reader_over(bytes_of(bag.at + i, bag.size - i), &bad);
		struct bytes whole = der_take_whole(&r, DER_SEQUENCE);

		if (!bad && x509_read(&x, whole, &e) && x.unknown_critical.size) {
			CHECK_STR(OID_TEXT(x.unknown_critical), "1.2.3.4.5");
			found++;
		}
	}
	CHECK(found == 1);
}

TEST(refuses_version_1, "CMS-18")
{
	CHECK(!x509_read(&x, stanza_data(CHAINS, "v1.der"), &e));
	CHECK_STR(e.rule, "CMS-18");
}

TEST(refuses_every_truncation_and_more, "CMS-16")
{
	struct bytes der = stanza_data(CHAINS, "server-p256.der");
	uint8_t *copy = malloc(der.size + 1);

	for (size_t n = 0; n < der.size; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, der.at, n);
		CHECK(!x509_read(&x, bytes_of(cut, n), &e));
		free(cut);
	}
	memcpy(copy, der.at, der.size);
	copy[der.size] = 0;
	CHECK(!x509_read(&x, bytes_of(copy, der.size + 1), &e));
	free(copy);
}

/* --- made by hand
 * --------------------------------------------------------------------------- */

static uint8_t made[4096];

static struct bytes wrapped(uint8_t *to, size_t size, uint8_t tag, struct bytes content)
{
	struct writer w = writer_over(to, size);

	writer_u8(&w, tag);
	if (content.size >= 0x100)
		writer_u8(&w, 0x82), writer_be16(&w, (uint16_t)content.size);
	else if (content.size >= 0x80)
		writer_u8(&w, 0x81), writer_u8(&w, (uint8_t)content.size);
	else
		writer_u8(&w, (uint8_t)content.size);
	writer_bytes(&w, content);
	return writer_done(&w);
}

/* The certificate of a server with other extensions: "oid|c|value" in hex each; its
 * signature is wrong then, which reading does not ask. */
static struct bytes with_extensions(const char *const *extensions, size_t count)
{
	static uint8_t list[2048], tbs_room[3072], outer[3072];
	struct bytes der = stanza_data(CHAINS, "server-p256.der"), part;
	struct writer w = writer_over(list, sizeof(list)),
		      tbs = writer_over(tbs_room, sizeof(tbs_room));
	bool bad;
	struct reader r = reader_over(der, &bad), certificate = der_open(&r, DER_SEQUENCE);
	struct reader old = der_open(&certificate, DER_SEQUENCE);

	for (size_t i = 0; i < count; i++) {
		uint8_t raw[256], inside[300];
		size_t size = strlen(extensions[i]) / 2;
		CHECK(text_unhex(raw, size, bytes_of_text(extensions[i])));
		writer_bytes(&w, wrapped(inside, sizeof(inside), DER_SEQUENCE,
					 bytes_of(raw, size)));
	}
	while (reader_left(&old) && !der_at(&old, DER_CONTEXT_OPEN(3)))
		writer_bytes(&tbs, der_next(&old).whole);
	if (count) {
		part = wrapped(outer, sizeof(outer), DER_SEQUENCE, writer_done(&w));
		static uint8_t explicit[3072];
		writer_bytes(&tbs,
			     wrapped(explicit, sizeof(explicit), DER_CONTEXT_OPEN(3), part));
	}
	struct writer all = writer_over(outer, sizeof(outer));
	static uint8_t whole[3072];
	writer_bytes(&all, wrapped(whole, sizeof(whole), DER_SEQUENCE, writer_done(&tbs)));
	writer_bytes(&all, reader_rest(&certificate));
	CHECK(!bad && writer_ok(&all));
	return wrapped(made, sizeof(made), DER_SEQUENCE, writer_done(&all));
}

#define READS(...)                                                                           \
	x509_read(&x,                                                                        \
		  with_extensions((const char *const[]){ __VA_ARGS__ },                      \
				  sizeof((const char *const[]){ __VA_ARGS__ }) /             \
					  sizeof(char *)),                                   \
		  &e)

#define KEY_USAGE(value) "0603551d0f" value
#define BASIC		 "0603551d13"
#define ALT		 "0603551d11"

TEST(reads_extensions, "CMS-18")
{
	CHECK(READS(KEY_USAGE("040403020106")) &&
	      x.key_usage == (X509_KEY_CERT_SIGN | X509_CRL_SIGN));
	CHECK(READS(BASIC "0101ff0408"
			  "30060101ff020103") &&
	      x.is_ca && x.path_length == 3);
	CHECK(READS(BASIC "04023000") && x.has_basic_constraints && !x.is_ca);
	CHECK(READS(BASIC "01010004053003010100") && !x.is_ca); /* FALSE written out */
	CHECK(READS("06022a030101ff04020500") && x.unknown_critical.size == 2);
	CHECK(READS("06022a0304020500") && x.unknown_critical.size == 0);
	CHECK(READS("06022a03010100"
		    "04020500") &&
	      x.unknown_critical.size == 0);
}

TEST(reads_policies_without_asking_for_one, "CMS-18")
{
	/* certificatePolicies, policyMappings, inhibitAnyPolicy, policyConstraints; all
	 * critical */
	CHECK(READS("0603551d200101ff0408"
		    "300630040602"
		    "2a03") &&
	      !x.unknown_critical.size);
	CHECK(READS("0603551d210101ff040c"
		    "300a300806022a0306022a04") &&
	      !x.unknown_critical.size && x.policy_mappings.size == 12);
	CHECK(!READS("0603551d210101ff04023000"));
	CHECK(!READS("0603551d2404023000"));
	CHECK(READS("0603551d360101ff0403020100") && !x.unknown_critical.size);
	CHECK(READS("0603551d240101ff0405"
		    "3003800100") &&
	      x.require_explicit_policy == 0);
	CHECK(!READS("0603551d360101ff04020500"));
	CHECK(!READS("0603551d200101ff04020500"));
}

TEST(refuses_malformed_extensions, "CMS-18")
{
	CHECK(!READS(KEY_USAGE("040403020006")));   /* trailing zero bits */
	CHECK(!READS(KEY_USAGE("0405030201060a"))); /* more behind it */
	CHECK(!READS(BASIC "01010104023000"));	    /* TRUE that is not ff */
	CHECK(!READS(BASIC "0408"
			   "3006020103"
			   "0101ff"));		     /* in the wrong order */
	CHECK(!READS(BASIC "040830060101ff0201ff")); /* negative length */
	CHECK(!READS(ALT "04023000"));		     /* no name */
	CHECK(!READS(ALT "0407"
			 "3005"
			 "8203610062")); /* NUL in a DNS name */
	CHECK(!READS(ALT "0406"
			 "3004"
			 "8202c3a4")); /* not ASCII */
	CHECK(!READS(ALT "0407"
			 "3005"
			 "8703c00002")); /* address of three octets */
	CHECK(!READS(ALT "0404"
			 "3002"
			 "8900"));	     /* no such kind */
	CHECK(!READS("0603551d2504023000")); /* extendedKeyUsage without one */
	CHECK(!READS("0603551d0e04020500")); /* key identifier is no OCTET STRING */
	CHECK(!READS("0603551d230404"
		     "04020102")); /* nor authority's a SEQUENCE */
}

TEST(refuses_an_extension_that_stands_twice, "CMS-18")
{
	CHECK(!READS("06022a0304020500", "06022a0304020500"));
	CHECK(strstr(e.text, "stands twice"));
	CHECK(!READS(BASIC "04023000", "06022a0304020500", BASIC "04023000"));
	CHECK(READS("06022a0304020500", "06022a0404020500"));
}

TEST(refuses_very_many_extensions, "CMS-16")
{
	static char text[CONFIG_X509_EXTENSIONS_MAX + 1][24];
	const char *all[CONFIG_X509_EXTENSIONS_MAX + 1];

	for (int i = 0; i <= CONFIG_X509_EXTENSIONS_MAX; i++) {
		snprintf(text[i], sizeof(text[i]), "06022a%02x04020500", i);
		all[i] = text[i];
	}
	CHECK(x509_read(&x, with_extensions(all, CONFIG_X509_EXTENSIONS_MAX), &e));
	CHECK(!x509_read(&x, with_extensions(all, CONFIG_X509_EXTENSIONS_MAX + 1), &e));
	CHECK_STR(e.rule, "CMS-16");
}

static bool has(const char *host)
{
	return x509_has_dns_name(&x, bytes_of_text(host));
}

TEST(wildcards_stand_for_one_label, "TLS-7")
{
	/* *.example.net, boot.example.org */
	CHECK(READS(ALT "0423"
			"3021"
			"820d2a2e6578616d706c652e6e6574"
			"8210626f6f742e6578616d706c652e6f7267"));
	CHECK(has("a.example.net") && has("A.EXAMPLE.net") && has("boot.example.org"));
	CHECK(!has("example.net") && !has("a.b.example.net") && !has(".example.net"));
	CHECK(!has("boot.example.orgx") && !has("xboot.example.org") && !has(""));
	CHECK(!x509_has_address(&x, bytes_of("\x2a\x2e\x65\x78", 4)));
}

TEST(no_extension_is_no_constraint, "OC-4")
{
	CHECK(x509_read(&x, with_extensions(NULL, 0), &e));
	CHECK(!x.has_key_usage && !x.has_basic_constraints && !x.is_ca);
	CHECK(!has("server") && !x509_has_address(&x, bytes_of("\x01\x02\x03\x04", 4)));
}

/* SPDX-License-Identifier: MIT */
#include "pki/oid.h"

#include "check.h"

static const char *digits(enum oid oid)
{
	static char text[64];

	return oid_text(text, sizeof(text), oid_content(oid));
}

TEST(knows_the_constants_of_the_standards, "AMB-1")
{
	CHECK_STR(digits(OID_DATA), "1.2.840.113549.1.7.1");
	CHECK_STR(digits(OID_SIGNED_DATA), "1.2.840.113549.1.7.2");
	CHECK_STR(digits(OID_ENVELOPED_DATA), "1.2.840.113549.1.7.3");
	CHECK_STR(digits(OID_AUTH_ENVELOPED_DATA), "1.2.840.113549.1.9.16.1.23");
	CHECK_STR(digits(OID_SMIME_CONTENT_TYPE_ARC), "1.2.840.113549.1.9.16.1");
	CHECK_STR(digits(OID_ANIMA_JSON_VOUCHER), "1.2.840.113549.1.9.16.1.40");
	CHECK_STR(digits(OID_SZTP_CONVEYED_INFO_XML), "1.2.840.113549.1.9.16.1.42");
	CHECK_STR(digits(OID_SZTP_CONVEYED_INFO_JSON), "1.2.840.113549.1.9.16.1.43");
	CHECK_STR(digits(OID_ATTRIBUTE_CONTENT_TYPE), "1.2.840.113549.1.9.3");
	CHECK_STR(digits(OID_ATTRIBUTE_MESSAGE_DIGEST), "1.2.840.113549.1.9.4");
	CHECK_STR(digits(OID_SHA256), "2.16.840.1.101.3.4.2.1");
	CHECK_STR(digits(OID_SHA256_WITH_RSA), "1.2.840.113549.1.1.11");
	CHECK_STR(digits(OID_ECDSA_WITH_SHA256), "1.2.840.10045.4.3.2");
	CHECK_STR(digits(OID_P256), "1.2.840.10045.3.1.7");
	CHECK_STR(digits(OID_P384), "1.3.132.0.34");
	CHECK_STR(digits(OID_RSAES_OAEP), "1.2.840.113549.1.1.7");
	CHECK_STR(digits(OID_STD_DH_SHA1_KDF), "1.3.133.16.840.63.0.2");
	CHECK_STR(digits(OID_STD_DH_SHA256_KDF), "1.3.132.1.11.1");
	CHECK_STR(digits(OID_AES128_WRAP), "2.16.840.1.101.3.4.1.5");
	CHECK_STR(digits(OID_AES256_WRAP), "2.16.840.1.101.3.4.1.45");
	CHECK_STR(digits(OID_AES128_CBC), "2.16.840.1.101.3.4.1.2");
	CHECK_STR(digits(OID_AES256_CBC), "2.16.840.1.101.3.4.1.42");
	CHECK_STR(digits(OID_HARDWARE_MODULE_NAME), "1.3.6.1.5.5.7.8.4");
	CHECK_STR(digits(OID_SERIAL_NUMBER), "2.5.4.5");
	CHECK_STR(digits(OID_KEY_USAGE), "2.5.29.15");
	CHECK_STR(digits(OID_DOMAIN_COMPONENT), "0.9.2342.19200300.100.1.25");
}

TEST(finds_each_and_only_each, "AMB-1")
{
	for (int i = OID_UNKNOWN + 1; i < OID_COUNT; i++) {
		struct bytes content = oid_content((enum oid)i);

		CHECK(content.size > 0);
		CHECK(oid_find(content) == (enum oid)i);
		CHECK(strlen(OID_TEXT(content)) > 0);
	}
	CHECK(oid_find(bytes_of("\x2a", 1)) == OID_UNKNOWN);
	CHECK(oid_find((struct bytes){ 0 }) == OID_UNKNOWN);
}

TEST(cuts_long_ones, "")
{
	uint8_t big[64];
	char text[16];

	memset(big, 0x01, sizeof(big));
	oid_text(text, sizeof(text), bytes_of(big, sizeof(big)));
	CHECK(strlen(text) < sizeof(text) && strstr(text, "..."));
	memset(big, 0xff, sizeof(big));
	oid_text(text, sizeof(text), bytes_of(big, sizeof(big)));
	CHECK(strlen(text) < sizeof(text));
}

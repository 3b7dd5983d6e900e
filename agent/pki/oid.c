/* SPDX-License-Identifier: MIT */
#include "pki/oid.h"

#include <stdio.h>

struct known {
	const char *content;
	size_t size;
	const char *name;
};

#define OID(content, name)                                                                   \
	{                                                                                    \
		content, sizeof(content) - 1, name                                           \
	}

static const struct known known[OID_COUNT] = {
	[OID_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", "id-data"),
	[OID_SIGNED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "id-signedData"),
	[OID_ENVELOPED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03",
				   "id-envelopedData"),
	[OID_AUTH_ENVELOPED_DATA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17",
					"id-ct-authEnvelopedData"),
	[OID_SMIME_CONTENT_TYPE_ARC] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01",
					   "1.2.840.113549.1.9.16.1 (an arc, not a type)"),
	[OID_ANIMA_JSON_VOUCHER] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x28",
				       "id-ct-animaJSONVoucher"),
	[OID_SZTP_CONVEYED_INFO_XML] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x2a",
					   "id-ct-sztpConveyedInfoXML"),
	[OID_SZTP_CONVEYED_INFO_JSON] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x2b",
					    "id-ct-sztpConveyedInfoJSON"),
	[OID_ATTRIBUTE_CONTENT_TYPE] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03",
					   "content-type"),
	[OID_ATTRIBUTE_MESSAGE_DIGEST] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04",
					     "message-digest"),
	[OID_ATTRIBUTE_SIGNING_TIME] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05",
					   "signing-time"),
	[OID_MD5] = OID("\x2a\x86\x48\x86\xf7\x0d\x02\x05", "MD5"),
	[OID_SHA1] = OID("\x2b\x0e\x03\x02\x1a", "SHA-1"),
	[OID_SHA224] = OID("\x60\x86\x48\x01\x65\x03\x04\x02\x04", "SHA-224"),
	[OID_SHA256] = OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01", "SHA-256"),
	[OID_SHA384] = OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02", "SHA-384"),
	[OID_SHA512] = OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03", "SHA-512"),
	[OID_RSA_ENCRYPTION] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "rsaEncryption"),
	[OID_MD5_WITH_RSA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04",
				 "md5WithRSAEncryption"),
	[OID_SHA1_WITH_RSA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05",
				  "sha1WithRSAEncryption"),
	[OID_SHA224_WITH_RSA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e",
				    "sha224WithRSAEncryption"),
	[OID_SHA256_WITH_RSA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
				    "sha256WithRSAEncryption"),
	[OID_SHA384_WITH_RSA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c",
				    "sha384WithRSAEncryption"),
	[OID_SHA512_WITH_RSA] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d",
				    "sha512WithRSAEncryption"),
	[OID_RSASSA_PSS] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "RSASSA-PSS"),
	[OID_RSAES_OAEP] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07", "RSAES-OAEP"),
	[OID_MGF1] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08", "MGF1"),
	[OID_P_SPECIFIED] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09", "pSpecified"),
	[OID_EC_PUBLIC_KEY] = OID("\x2a\x86\x48\xce\x3d\x02\x01", "id-ecPublicKey"),
	[OID_ECDSA_WITH_SHA1] = OID("\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1"),
	[OID_ECDSA_WITH_SHA224] = OID("\x2a\x86\x48\xce\x3d\x04\x03\x01",
				      "ecdsa-with-SHA224"),
	[OID_ECDSA_WITH_SHA256] = OID("\x2a\x86\x48\xce\x3d\x04\x03\x02",
				      "ecdsa-with-SHA256"),
	[OID_ECDSA_WITH_SHA384] = OID("\x2a\x86\x48\xce\x3d\x04\x03\x03",
				      "ecdsa-with-SHA384"),
	[OID_ECDSA_WITH_SHA512] = OID("\x2a\x86\x48\xce\x3d\x04\x03\x04",
				      "ecdsa-with-SHA512"),
	[OID_ED25519] = OID("\x2b\x65\x70", "Ed25519"),
	[OID_ED448] = OID("\x2b\x65\x71", "Ed448"),
	[OID_P256] = OID("\x2a\x86\x48\xce\x3d\x03\x01\x07", "P-256"),
	[OID_P384] = OID("\x2b\x81\x04\x00\x22", "P-384"),
	[OID_P521] = OID("\x2b\x81\x04\x00\x23", "P-521"),
	[OID_STD_DH_SHA1_KDF] = OID("\x2b\x81\x05\x10\x86\x48\x3f\x00\x02",
				    "stdDH-sha1kdf"),
	[OID_STD_DH_SHA256_KDF] = OID("\x2b\x81\x04\x01\x0b\x01", "stdDH-sha256kdf"),
	[OID_AES128_WRAP] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x05", "aes128-wrap"),
	[OID_AES256_WRAP] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x2d", "aes256-wrap"),
	[OID_AES128_CBC] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x02", "aes128-CBC"),
	[OID_AES256_CBC] = OID("\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "aes256-CBC"),
	[OID_SUBJECT_KEY_IDENTIFIER] = OID("\x55\x1d\x0e", "subjectKeyIdentifier"),
	[OID_KEY_USAGE] = OID("\x55\x1d\x0f", "keyUsage"),
	[OID_SUBJECT_ALT_NAME] = OID("\x55\x1d\x11", "subjectAltName"),
	[OID_ISSUER_ALT_NAME] = OID("\x55\x1d\x12", "issuerAltName"),
	[OID_BASIC_CONSTRAINTS] = OID("\x55\x1d\x13", "basicConstraints"),
	[OID_NAME_CONSTRAINTS] = OID("\x55\x1d\x1e", "nameConstraints"),
	[OID_CRL_DISTRIBUTION_POINTS] = OID("\x55\x1d\x1f", "cRLDistributionPoints"),
	[OID_CERTIFICATE_POLICIES] = OID("\x55\x1d\x20", "certificatePolicies"),
	[OID_ANY_POLICY] = OID("\x55\x1d\x20\x00", "anyPolicy"),
	[OID_POLICY_MAPPINGS] = OID("\x55\x1d\x21", "policyMappings"),
	[OID_AUTHORITY_KEY_IDENTIFIER] = OID("\x55\x1d\x23", "authorityKeyIdentifier"),
	[OID_POLICY_CONSTRAINTS] = OID("\x55\x1d\x24", "policyConstraints"),
	[OID_EXTENDED_KEY_USAGE] = OID("\x55\x1d\x25", "extendedKeyUsage"),
	[OID_INHIBIT_ANY_POLICY] = OID("\x55\x1d\x36", "inhibitAnyPolicy"),
	[OID_FRESHEST_CRL] = OID("\x55\x1d\x2e", "freshestCRL"),
	[OID_AUTHORITY_INFO_ACCESS] = OID("\x2b\x06\x01\x05\x05\x07\x01\x01",
					  "authorityInfoAccess"),
	[OID_CRL_NUMBER] = OID("\x55\x1d\x14", "cRLNumber"),
	[OID_DELTA_CRL_INDICATOR] = OID("\x55\x1d\x1b", "deltaCRLIndicator"),
	[OID_ISSUING_DISTRIBUTION_POINT] = OID("\x55\x1d\x1c", "issuingDistributionPoint"),
	[OID_REASON_CODE] = OID("\x55\x1d\x15", "reasonCode"),
	[OID_INVALIDITY_DATE] = OID("\x55\x1d\x18", "invalidityDate"),
	[OID_CERTIFICATE_ISSUER] = OID("\x55\x1d\x1d", "certificateIssuer"),
	[OID_ANY_EXTENDED_KEY_USAGE] = OID("\x55\x1d\x25\x00", "anyExtendedKeyUsage"),
	[OID_SERVER_AUTH] = OID("\x2b\x06\x01\x05\x05\x07\x03\x01", "serverAuth"),
	[OID_CLIENT_AUTH] = OID("\x2b\x06\x01\x05\x05\x07\x03\x02", "clientAuth"),
	[OID_COMMON_NAME] = OID("\x55\x04\x03", "CN"),
	[OID_SERIAL_NUMBER] = OID("\x55\x04\x05", "serialNumber"),
	[OID_COUNTRY] = OID("\x55\x04\x06", "C"),
	[OID_LOCALITY] = OID("\x55\x04\x07", "L"),
	[OID_STATE] = OID("\x55\x04\x08", "ST"),
	[OID_ORGANIZATION] = OID("\x55\x04\x0a", "O"),
	[OID_ORGANIZATIONAL_UNIT] = OID("\x55\x04\x0b", "OU"),
	[OID_EMAIL_ADDRESS] = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress"),
	[OID_DOMAIN_COMPONENT] = OID("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"),
	[OID_HARDWARE_MODULE_NAME] = OID("\x2b\x06\x01\x05\x05\x07\x08\x04",
					 "id-on-hardwareModuleName"),
};

enum oid oid_find(struct bytes content)
{
	for (int i = OID_UNKNOWN + 1; i < OID_COUNT; i++)
		if (oid_is(content, (enum oid)i))
			return (enum oid)i;
	return OID_UNKNOWN;
}

bool oid_is(struct bytes content, enum oid oid)
{
	return bytes_equal(content, oid_content(oid));
}

struct bytes oid_content(enum oid oid)
{
	return bytes_of(known[oid].content, known[oid].size);
}

const char *oid_text(char *to, size_t size, struct bytes content)
{
	uint64_t arc = 0;
	size_t used = 0;
	bool first = true;

	to[0] = '\0';
	for (size_t i = 0; i < content.size; i++) {
		if (arc >> 56) /* longer arcs exist, but nobody has to read them */
			return to;
		arc = arc << 7 | (content.at[i] & 0x7f);
		if (content.at[i] & 0x80)
			continue;

		char part[32];
		unsigned root = arc < 40 ? 0 : arc < 80 ? 1 : 2;

		if (first)
			snprintf(part, sizeof(part), "%u.%llu", root,
				 (unsigned long long)(arc - root * 40));
		else
			snprintf(part, sizeof(part), ".%llu", (unsigned long long)arc);
		size_t length = strlen(part);
		if (used + length + 4 > size) {
			if (used + 4 <= size)
				memcpy(to + used, "...", 4);
			return to;
		}
		memcpy(to + used, part, length + 1);
		used += length;
		arc = 0;
		first = false;
	}
	return to;
}

struct oid_string oid_string(struct bytes content)
{
	enum oid oid = oid_find(content);
	struct oid_string s;

	if (oid == OID_UNKNOWN)
		oid_text(s.text, sizeof(s.text), content);
	else
		snprintf(s.text, sizeof(s.text), "%s", known[oid].name);
	return s;
}

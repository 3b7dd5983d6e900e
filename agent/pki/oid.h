/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/* Every object identifier this program knows, by its DER content octets (spec 1.1). */

enum oid {
	OID_UNKNOWN,
	/* content types */
	OID_DATA,
	OID_SIGNED_DATA,
	OID_ENVELOPED_DATA,
	OID_AUTH_ENVELOPED_DATA,
	OID_SMIME_CONTENT_TYPE_ARC, /* the arc R8572 3.3 prints by mistake (AMB-1) */
	OID_ANIMA_JSON_VOUCHER,
	OID_SZTP_CONVEYED_INFO_XML,
	OID_SZTP_CONVEYED_INFO_JSON,
	/* CMS attributes */
	OID_ATTRIBUTE_CONTENT_TYPE,
	OID_ATTRIBUTE_MESSAGE_DIGEST,
	OID_ATTRIBUTE_SIGNING_TIME,
	/* digests */
	OID_MD5,
	OID_SHA1,
	OID_SHA224,
	OID_SHA256,
	OID_SHA384,
	OID_SHA512,
	/* keys and signatures */
	OID_RSA_ENCRYPTION,
	OID_MD5_WITH_RSA,
	OID_SHA1_WITH_RSA,
	OID_SHA224_WITH_RSA,
	OID_SHA256_WITH_RSA,
	OID_SHA384_WITH_RSA,
	OID_SHA512_WITH_RSA,
	OID_RSASSA_PSS,
	OID_RSAES_OAEP,
	OID_MGF1,
	OID_P_SPECIFIED,
	OID_EC_PUBLIC_KEY,
	OID_ECDSA_WITH_SHA1,
	OID_ECDSA_WITH_SHA224,
	OID_ECDSA_WITH_SHA256,
	OID_ECDSA_WITH_SHA384,
	OID_ECDSA_WITH_SHA512,
	OID_ED25519,
	OID_ED448,
	OID_P256,
	OID_P384,
	OID_P521,
	/* key agreement, key wrap, content encryption */
	OID_STD_DH_SHA1_KDF,
	OID_STD_DH_SHA256_KDF,
	OID_AES128_WRAP,
	OID_AES256_WRAP,
	OID_AES128_CBC,
	OID_AES256_CBC,
	/* certificate extensions */
	OID_SUBJECT_KEY_IDENTIFIER,
	OID_KEY_USAGE,
	OID_SUBJECT_ALT_NAME,
	OID_ISSUER_ALT_NAME,
	OID_BASIC_CONSTRAINTS,
	OID_NAME_CONSTRAINTS,
	OID_CRL_DISTRIBUTION_POINTS,
	OID_CERTIFICATE_POLICIES,
	OID_ANY_POLICY,
	OID_POLICY_MAPPINGS,
	OID_AUTHORITY_KEY_IDENTIFIER,
	OID_POLICY_CONSTRAINTS,
	OID_EXTENDED_KEY_USAGE,
	OID_INHIBIT_ANY_POLICY,
	OID_FRESHEST_CRL,
	OID_AUTHORITY_INFO_ACCESS,
	/* extensions of CRLs and of their entries */
	OID_CRL_NUMBER,
	OID_DELTA_CRL_INDICATOR,
	OID_ISSUING_DISTRIBUTION_POINT,
	OID_REASON_CODE,
	OID_INVALIDITY_DATE,
	OID_CERTIFICATE_ISSUER,
	/* extended key usages */
	OID_ANY_EXTENDED_KEY_USAGE,
	OID_SERVER_AUTH,
	OID_CLIENT_AUTH,
	/* names */
	OID_COMMON_NAME,
	OID_SERIAL_NUMBER,
	OID_COUNTRY,
	OID_LOCALITY,
	OID_STATE,
	OID_ORGANIZATION,
	OID_ORGANIZATIONAL_UNIT,
	OID_EMAIL_ADDRESS,
	OID_DOMAIN_COMPONENT,
	OID_HARDWARE_MODULE_NAME,
	OID_COUNT,
};

/* Which one it is; OID_UNKNOWN for any other. */
enum oid oid_find(struct bytes content);

bool oid_is(struct bytes content, enum oid oid);

/* The content octets. */
struct bytes oid_content(enum oid oid);

/* "1.2.840.113549.1.7.1" into @to; cut with "..." when it does not fit.  Returns @to. */
const char *oid_text(char *to, size_t size, struct bytes content);

/* The usual name of a known one, else its digits; into a holder, for one printf call. */
struct oid_string {
	char text[64];
};
struct oid_string oid_string(struct bytes content);
#define OID_TEXT(content) (oid_string(content).text)

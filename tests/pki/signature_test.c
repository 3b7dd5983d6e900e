/* SPDX-License-Identifier: MIT */
#include "pki/signature.h"

#include "base/text.h"
#include "base/writer.h"
#include "check.h"
#include "codec/der.h"
#include "config.h"
#include "pki/oid.h"
#include "pki/x509.h"
#include "stanza.h"

#define FOLDER "tests/data/pki/signatures"

static struct error e;

static bool rsa_verifies(const char *name, enum digest_kind kind)
{
	struct signature_algorithm algorithm = { SIGNATURE_RSA, kind };
	struct digest digest = digest_of(kind, bytes_of_text("hello"));
	struct key key;

	CHECK(key_read(&key, stanza_data(FOLDER, "rsa.der"), &e));
	return signature_verify(&key, &algorithm, &digest, stanza_data(FOLDER, name), &e);
}

TEST(takes_one_rsa_encoding_only, "CMS-12")
{
	static const char *const wrong[] = { "no-null.sig",	    "short-padding.sig",
					     "type-2.sig",	    "no-separator.sig",
					     "zero-in-padding.sig", "bare-hash.sig",
					     "other-digest.sig",    "long-length.sig" };

	CHECK(rsa_verifies("good.sig", DIGEST_SHA256));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK(!rsa_verifies(wrong[i], DIGEST_SHA256));
		CHECK(e.code == ERROR_REFUSED);
	}
	CHECK(!rsa_verifies("good.sig", DIGEST_SHA384));
}

TEST(refuses_rsa_signatures_of_another_length, "CMS-12")
{
	struct signature_algorithm algorithm = { SIGNATURE_RSA, DIGEST_SHA256 };
	struct digest digest = digest_of(DIGEST_SHA256, bytes_of_text("hello"));
	struct bytes good = stanza_data(FOLDER, "good.sig");
	uint8_t longer[258] = { 0 };
	struct key key;

	CHECK(key_read(&key, stanza_data(FOLDER, "rsa.der"), &e));
	memcpy(longer + 1, good.at, 256);
	CHECK(!signature_verify(&key, &algorithm, &digest, bytes_of(longer, 257), &e));
	CHECK(!signature_verify(&key, &algorithm, &digest, bytes_of(longer + 1, 257), &e));
	CHECK(!signature_verify(&key, &algorithm, &digest, bytes_of(good.at, 255), &e));
	CHECK(!signature_verify(&key, &algorithm, &digest, bytes_of(good.at, 0), &e));
	/* The modulus itself, and more than it. */
	CHECK(!signature_verify(&key, &algorithm, &digest, key.modulus, &e));
	memset(longer, 0xff, 256);
	CHECK(!signature_verify(&key, &algorithm, &digest, bytes_of(longer, 256), &e));
}

TEST(verifies_rsa_of_8192_bits, "CMS-12")
{
	struct signature_algorithm algorithm = { SIGNATURE_RSA, DIGEST_SHA512 };
	struct digest digest = digest_of(DIGEST_SHA512, bytes_of_text("hello"));
	struct bytes good = stanza_data(FOLDER, "rsa8192.sig");
	uint8_t changed[1024];
	struct key key;

	CHECK(key_read(&key, stanza_data(FOLDER, "rsa8192.der"), &e));
	CHECK_STR(KEY_TEXT(&key), "RSA-8192");
	CHECK(good.size == sizeof(changed));
	CHECK(signature_verify(&key, &algorithm, &digest, good, &e));
	memcpy(changed, good.at, good.size);
	changed[1023] ^= 1;
	CHECK(!signature_verify(&key, &algorithm, &digest, bytes_of(changed, 1024), &e));
	digest.value[0] ^= 1;
	CHECK(!signature_verify(&key, &algorithm, &digest, good, &e));
	digest = digest_of(DIGEST_SHA256, bytes_of_text("hello"));
	CHECK(!signature_verify(&key, &algorithm, &digest, good,
				&e)); /* not by this digest */
}

/* --- ECDSA ---------------------------------------------------------------------------------
 */

static struct key ec_key;
static struct digest ec_digest;
static struct bytes ec_r, ec_s;

/* A real signature, taken from a certificate. */
static void take_ec(const char *certificate, const char *issuer, enum digest_kind kind)
{
	struct bytes der = stanza_data("tests/data/pki/chains", certificate);
	struct bytes root = stanza_data("tests/data/pki/chains", issuer);
	struct x509 x, i;
	bool bad;

	CHECK(x509_read(&x, der, &e) && x509_read(&i, root, &e) &&
	      key_read(&ec_key, i.spki, &e));
	ec_digest = digest_of(kind, x.tbs);
	struct reader r = reader_over(x.signature, &bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	ec_r = der_integer(&sequence);
	ec_s = der_integer(&sequence);
	CHECK(reader_ok(&sequence));
}

static bool ec_verifies_raw(struct bytes signature)
{
	struct signature_algorithm algorithm = { SIGNATURE_ECDSA, DIGEST_SHA256 };

	return signature_verify(&ec_key, &algorithm, &ec_digest, signature, &e);
}

static bool ec_verifies(struct bytes r, struct bytes s)
{
	uint8_t room[256];
	struct writer w = writer_over(room, sizeof(room));

	writer_u8(&w, DER_SEQUENCE);
	writer_u8(&w, (uint8_t)(4 + r.size + s.size));
	writer_u8(&w, DER_INTEGER);
	writer_u8(&w, (uint8_t)r.size);
	writer_bytes(&w, r);
	writer_u8(&w, DER_INTEGER);
	writer_u8(&w, (uint8_t)s.size);
	writer_bytes(&w, s);
	return ec_verifies_raw(writer_done(&w));
}

TEST(takes_strict_der_only, "CMS-12")
{
	uint8_t padded[40] = { 0 };

	take_ec("server-p256.der", "root-p256.der", DIGEST_SHA256);
	CHECK(ec_verifies(ec_r, ec_s));
	CHECK(!ec_verifies(ec_s, ec_r));
	/* A leading zero too many. */
	memcpy(padded + 1, ec_r.at, ec_r.size);
	CHECK(!ec_verifies(bytes_of(padded, ec_r.size + 1), ec_s));
	/* The sign octet left out: negative. */
	if (ec_r.at[0] == 0)
		CHECK(!ec_verifies(bytes_of(ec_r.at + 1, ec_r.size - 1), ec_s));
	if (ec_s.at[0] == 0)
		CHECK(!ec_verifies(ec_r, bytes_of(ec_s.at + 1, ec_s.size - 1)));
	CHECK(!ec_verifies(ec_r, (struct bytes){ 0 }));
	CHECK(!ec_verifies_raw((struct bytes){ 0 }));
}

TEST(refuses_numbers_out_of_range, "CMS-12")
{
	static const uint8_t zero[1], one[1] = { 1 };
	static const uint8_t order[33] = { 0,	 0xff, 0xff, 0xff, 0xff, 0,    0,
					   0,	 0,    0xff, 0xff, 0xff, 0xff, 0xff,
					   0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
					   0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca,
					   0xc2, 0xfc, 0x63, 0x25, 0x51 };
	struct bytes n = bytes_of(order, sizeof(order)), nought = bytes_of(zero, 1);
	uint8_t big[41];

	take_ec("server-p256.der", "root-p256.der", DIGEST_SHA256);
	CHECK(!ec_verifies(nought, ec_s));
	CHECK(!ec_verifies(ec_r, nought));
	CHECK(!ec_verifies(nought, nought));
	CHECK(!ec_verifies(bytes_of(one, 1), bytes_of(one, 1)));
	CHECK(!ec_verifies(n, ec_s));
	CHECK(!ec_verifies(ec_r, n));
	memset(big, 0x7f, sizeof(big));
	CHECK(!ec_verifies(bytes_of(big, sizeof(big)), ec_s));
	/* r + n is the same number modulo n. */
	uint8_t sum[33];
	unsigned carry = 0;
	struct bytes r = ec_r.at[0] ? ec_r : bytes_of(ec_r.at + 1, ec_r.size - 1);
	for (size_t i = 0; i < 33; i++) {
		unsigned digit = order[32 - i] + carry +
				 (i < r.size ? r.at[r.size - 1 - i] : 0);
		sum[32 - i] = (uint8_t)digit;
		carry = digit >> 8;
	}
	CHECK(!ec_verifies(bytes_of(sum, 33), ec_s));
}

TEST(refuses_bytes_after_the_signature, "CMS-12")
{
	struct bytes der = stanza_data("tests/data/pki/chains", "server-p256.der");
	uint8_t longer[128] = { 0 };
	struct x509 x;

	take_ec("server-p256.der", "root-p256.der", DIGEST_SHA256);
	CHECK(x509_read(&x, der, &e));
	CHECK(ec_verifies_raw(x.signature));
	memcpy(longer, x.signature.at, x.signature.size);
	CHECK(!ec_verifies_raw(bytes_of(longer, x.signature.size + 1)));
	CHECK(!ec_verifies_raw(bytes_of(longer, x.signature.size - 1)));
}

TEST(refuses_points_that_are_not_on_the_curve, "CMS-12")
{
	uint8_t point[65];

	take_ec("server-p256.der", "root-p256.der", DIGEST_SHA256);
	memcpy(point, ec_key.point.at, sizeof(point));
	point[64] ^= 1;
	ec_key.point.at = point;
	CHECK(!ec_verifies(ec_r, ec_s));
	memset(point + 1, 0, 64);
	CHECK(!ec_verifies(ec_r, ec_s));
}

TEST(key_and_scheme_must_fit, "CMS-12")
{
	struct signature_algorithm rsa = { SIGNATURE_RSA, DIGEST_SHA256 };

	take_ec("server-p256.der", "root-p256.der", DIGEST_SHA256);
	CHECK(!signature_verify(&ec_key, &rsa, &ec_digest, ec_r, &e));
	ec_digest.size = 48;
	CHECK(!ec_verifies(ec_r, ec_s));
}

/* --- RSASSA-PSS ----------------------------------------------------------------------------
 */

#define PSS "tests/data/pki/pss"

static bool pss_verifies(const char *public, struct bytes signature, enum digest_kind kind,
			 unsigned salt)
{
	struct signature_algorithm algorithm = {
		(enum signature_scheme)(SIGNATURE_RSA_PSS + salt), kind
	};
	struct digest digest = digest_of(kind, bytes_of_text("hello"));
	struct key key;

	CHECK(key_read(&key, stanza_data(PSS, public), &e));
	return signature_verify(&key, &algorithm, &digest, signature, &e);
}

TEST(verifies_pss, "CMS-12")
{
	static const struct {
		const char *key, *name;
		enum digest_kind kind;
		unsigned salt;
	} good[] = {
		{ "rsa.der", "sha256.sig", DIGEST_SHA256, 32 },
		{ "rsa.der", "sha384.sig", DIGEST_SHA384, 48 },
		{ "rsa.der", "sha512.sig", DIGEST_SHA512, 64 },
		{ "rsa.der", "salt-0.sig", DIGEST_SHA256, 0 },
		{ "rsa.der", "salt-max.sig", DIGEST_SHA256, 222 },
		{ "rsa.der", "again.sig", DIGEST_SHA256, 32 },
		{ "rsa2049.der", "rsa2049.sig", DIGEST_SHA256, 32 }, /* one octet shorter */
		{ "rsa2049.der", "rsa2049-max.sig", DIGEST_SHA256, 222 },
		{ "rsa2050.der", "rsa2050.sig", DIGEST_SHA512, 64 },
		{ "rsa8192.der", "rsa8192.sig", DIGEST_SHA512, 64 },
		{ "rsa8192.der", "rsa8192-max.sig", DIGEST_SHA256, 990 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct bytes signature = stanza_data(PSS, good[i].name);
		unsigned salt = good[i].salt;

		CHECK(pss_verifies(good[i].key, signature, good[i].kind, salt));
		/* The right length of salt, and no other. */
		CHECK(!pss_verifies(good[i].key, signature, good[i].kind, salt + 1));
		CHECK(!pss_verifies(good[i].key, signature, good[i].kind, UINT16_MAX));
		if (salt) {
			CHECK(!pss_verifies(good[i].key, signature, good[i].kind, salt - 1));
			CHECK(!pss_verifies(good[i].key, signature, good[i].kind, 0));
		}
		CHECK(e.code == ERROR_REFUSED);
		/* The right digest, and no other. */
		CHECK(!pss_verifies(
			good[i].key, signature,
			good[i].kind == DIGEST_SHA384 ? DIGEST_SHA256 : DIGEST_SHA384, salt));
	}
}

TEST(takes_strict_pss_only, "CMS-12")
{
	/* again.sig is one of these with nothing changed. */
	static const char *const wrong[] = { "trailer.sig",	  "leftmost-bit.sig",
					     "first-padding.sig", "last-padding.sig",
					     "separator.sig",	  "salt.sig",
					     "hash.sig",	  "mask-sha1.sig",
					     "sha1.sig" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK(!pss_verifies("rsa.der", stanza_data(PSS, wrong[i]), DIGEST_SHA256,
				    32));
		CHECK(e.code == ERROR_REFUSED);
	}
	CHECK(!pss_verifies("rsa2049.der", stanza_data(PSS, "rsa2049-first.sig"),
			    DIGEST_SHA256, 32));
	/* PKCS#1 v1.5 is not PSS, and the reverse. */
	struct signature_algorithm plain = { SIGNATURE_RSA, DIGEST_SHA256 };
	struct digest digest = digest_of(DIGEST_SHA256, bytes_of_text("hello"));
	struct key key;

	CHECK(key_read(&key, stanza_data(PSS, "rsa.der"), &e));
	CHECK(!pss_verifies("rsa.der", stanza_data(PSS, "plain.sig"), DIGEST_SHA256, 32));
	CHECK(signature_verify(&key, &plain, &digest, stanza_data(PSS, "plain.sig"), &e));
	CHECK(!signature_verify(&key, &plain, &digest, stanza_data(PSS, "sha256.sig"), &e));
}

TEST(refuses_changed_pss, "CMS-12")
{
	struct bytes good = stanza_data(PSS, "sha256.sig");
	static uint8_t room[2 * CONFIG_RSA_BITS_MAX / 8]; /* longer than any buffer */
	uint8_t changed[257];

	for (size_t i = 0; i < 256; i += 5) {
		memcpy(changed, good.at, 256);
		changed[i] ^= 1;
		CHECK(!pss_verifies("rsa.der", bytes_of(changed, 256), DIGEST_SHA256, 32));
	}
	changed[0] = 0;
	memcpy(changed + 1, good.at, 256);
	CHECK(!pss_verifies("rsa.der", bytes_of(changed, 257), DIGEST_SHA256, 32));
	CHECK(!pss_verifies("rsa.der", bytes_of(good.at, 255), DIGEST_SHA256, 32));
	CHECK(!pss_verifies("rsa.der", bytes_of(good.at, 0), DIGEST_SHA256, 32));
	CHECK(!pss_verifies("rsa.der", bytes_of(room, sizeof(room)), DIGEST_SHA256, 32));
	CHECK(!pss_verifies("rsa8192.der", good, DIGEST_SHA256, 32));
	CHECK(!pss_verifies("rsa2049.der", good, DIGEST_SHA256, 32));
}

static const char *pss_certificate(const char *name, const char *issuer)
{
	struct x509 x, i;
	struct key key;

	e.rule[0] = '\0';
	CHECK(x509_read(&x, stanza_data(PSS, name), &e) &&
	      x509_read(&i, stanza_data(PSS, issuer), &e));
	return key_read(&key, i.spki, &e) && x509_verify(&x, &key, &e) ? "taken" : e.rule;
}

TEST(reads_pss_certificates, "CMS-12")
{
	CHECK_STR(pss_certificate("root.der", "root.der"), "taken");
	CHECK_STR(pss_certificate("root-sha384.der", "root-sha384.der"), "taken");
	CHECK_STR(pss_certificate("root-salt-20.der", "root-salt-20.der"), "taken");
	CHECK_STR(pss_certificate("root.der", "root-sha384.der"), ""); /* not by this key */
	CHECK_STR(pss_certificate("root-sha1.der", "root-sha1.der"), "CMS-12");
	CHECK(strstr(e.text, "SHA-1 is too weak"));
	CHECK_STR(pss_certificate("root-mask-sha1.der", "root-mask-sha1.der"), "CMS-12");
	CHECK(strstr(e.text, "mask"));
	/* Keys for PSS alone are no keys here, with parameters or without. */
	CHECK_STR(pss_certificate("root-pss-key.der", "root-pss-key.der"), "CMS-12");
	CHECK_STR(e.text, "key of kind RSASSA-PSS");
	CHECK_STR(pss_certificate("root-pss-bound.der", "root-pss-bound.der"), "CMS-12");
}

/* --- algorithm identifiers
 * ------------------------------------------------------------------ */

static struct bytes identifier(enum oid oid, const char *parameters)
{
	static uint8_t room[64];
	struct writer w = writer_over(room, sizeof(room));
	struct bytes content = oid_content(oid);
	uint8_t extra[16];
	size_t size = strlen(parameters) / 2;

	if (size)
		CHECK(text_unhex(extra, size, bytes_of_text(parameters)));
	writer_u8(&w, DER_SEQUENCE);
	writer_u8(&w, (uint8_t)(2 + content.size + size));
	writer_u8(&w, DER_OID);
	writer_u8(&w, (uint8_t)content.size);
	writer_bytes(&w, content);
	writer_bytes(&w, bytes_of(extra, size));
	return writer_done(&w);
}

static const char *read_algorithm(enum oid oid, const char *parameters)
{
	struct signature_algorithm a;

	e.rule[0] = '\0';
	return signature_algorithm_read(&a, identifier(oid, parameters), &e) ? "taken"
									     : e.rule;
}

TEST(reads_signature_algorithms, "CMS-12")
{
	CHECK_STR(read_algorithm(OID_SHA256_WITH_RSA, "0500"), "taken");
	CHECK_STR(read_algorithm(OID_SHA512_WITH_RSA, ""), "taken");
	CHECK_STR(read_algorithm(OID_ECDSA_WITH_SHA384, ""), "taken");
	CHECK_STR(read_algorithm(OID_ECDSA_WITH_SHA384, "0500"), "CMS-12");
	CHECK_STR(read_algorithm(OID_SHA256_WITH_RSA, "3000"), "CMS-12");
	CHECK_STR(read_algorithm(OID_SHA256_WITH_RSA, "050100"), "CMS-12");
	CHECK_STR(read_algorithm(OID_SHA256_WITH_RSA, "05000500"), "");
	CHECK_STR(read_algorithm(OID_RSA_ENCRYPTION, "0500"), "CMS-12");
	CHECK_STR(read_algorithm(OID_RSASSA_PSS, "3000"), "CMS-12");
	CHECK_STR(read_algorithm(OID_ED25519, ""), "CMS-12");
	static const enum oid weak[] = { OID_MD5_WITH_RSA, OID_SHA1_WITH_RSA,
					 OID_SHA224_WITH_RSA, OID_ECDSA_WITH_SHA1,
					 OID_ECDSA_WITH_SHA224 };
	for (size_t i = 0; i < ARRAY_SIZE(weak); i++) {
		CHECK_STR(read_algorithm(weak[i], ""), "CMS-12");
		CHECK(strstr(e.text, "too weak"));
	}
}

TEST(a_combined_algorithm_agrees_with_its_digest, "CMS-13")
{
	struct signature_algorithm a;

	CHECK(signature_signer_read(&a, identifier(OID_RSA_ENCRYPTION, "0500"), DIGEST_SHA384,
				    &e));
	CHECK(a.scheme == SIGNATURE_RSA && a.digest == DIGEST_SHA384);
	CHECK(signature_signer_read(&a, identifier(OID_SHA384_WITH_RSA, "0500"),
				    DIGEST_SHA384, &e));
	CHECK(signature_signer_read(&a, identifier(OID_ECDSA_WITH_SHA256, ""), DIGEST_SHA256,
				    &e));
	CHECK(!signature_signer_read(&a, identifier(OID_SHA256_WITH_RSA, "0500"),
				     DIGEST_SHA384, &e));
	CHECK_STR(e.rule, "CMS-13");
	CHECK(!signature_signer_read(&a, identifier(OID_ECDSA_WITH_SHA256, ""), DIGEST_SHA512,
				     &e));
	CHECK_STR(e.rule, "CMS-13");
}

/* SEQUENCE { RSASSA-PSS, SEQUENCE { fields } }, the fields in hex. */
static struct bytes pss_identifier(const char *a, const char *b, const char *c, const char *d)
{
	static uint8_t room[160];
	struct writer w = writer_over(room, sizeof(room));
	struct bytes oid = oid_content(OID_RSASSA_PSS);
	uint8_t fields[120];
	char text[240];
	int size = snprintf(text, sizeof(text), "%s%s%s%s", a, b, c, d) / 2;

	CHECK(size < 110);
	CHECK(!size || text_unhex(fields, (size_t)size, bytes_of_text(text)));
	writer_u8(&w, DER_SEQUENCE);
	writer_u8(&w, (uint8_t)(2 + oid.size + 2 + (size_t)size));
	writer_u8(&w, DER_OID);
	writer_u8(&w, (uint8_t)oid.size);
	writer_bytes(&w, oid);
	writer_u8(&w, DER_SEQUENCE);
	writer_u8(&w, (uint8_t)size);
	writer_bytes(&w, bytes_of(fields, (size_t)size));
	return writer_done(&w);
}

#define HASH(n)		 "300d060960864801650304020" #n "0500"
#define HASH_BARE(n)	 "300b060960864801650304020" #n
#define SHA1		 "300906052b0e03021a0500"
#define MGF1		 "06092a864886f70d010108"
#define FIELD_HASH(n)	 "a00f" HASH(n)
#define FIELD_MASK(n)	 "a11c301a" MGF1 HASH(n)
#define FIELD_SALT(n)	 "a2030201" #n
#define FIELD_TRAILER(n) "a3030201" #n

static struct signature_algorithm pss_read;

static const char *read_pss(const char *a, const char *b, const char *c, const char *d)
{
	e.rule[0] = '\0';
	return signature_algorithm_read(&pss_read, pss_identifier(a, b, c, d), &e) ? "taken"
										   : e.rule;
}

TEST(reads_pss_parameters, "CMS-12")
{
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), FIELD_SALT(20), ""), "taken");
	CHECK(pss_read.scheme == SIGNATURE_RSA_PSS + 32 && pss_read.digest == DIGEST_SHA256);
	CHECK_STR(read_pss(FIELD_HASH(2), FIELD_MASK(2), FIELD_SALT(00), ""), "taken");
	CHECK(pss_read.scheme == SIGNATURE_RSA_PSS && pss_read.digest == DIGEST_SHA384);
	/* What is left out: 20 octets of salt; the trailer may be written out. */
	CHECK_STR(read_pss(FIELD_HASH(3), FIELD_MASK(3), "", FIELD_TRAILER(01)), "taken");
	CHECK(pss_read.scheme == SIGNATURE_RSA_PSS + 20 && pss_read.digest == DIGEST_SHA512);
	/* NULL may be left out (RFC 4055 2.1). */
	CHECK_STR(read_pss("a00d" HASH_BARE(1), "a11a3018" MGF1 HASH_BARE(1), "", ""),
		  "taken");
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), "a20402027fff", ""), "taken");
	CHECK(pss_read.scheme == SIGNATURE_RSA_PSS + 0x7fff); /* fits no key */
}

TEST(refuses_other_pss_parameters, "CMS-12")
{
	/* SHA-1, left out or said; SHA-224. */
	CHECK_STR(read_pss("", "", "", ""), "CMS-12");
	CHECK(strstr(e.text, "SHA-1 is too weak"));
	CHECK_STR(read_pss("", FIELD_MASK(1), FIELD_SALT(20), ""), "CMS-12");
	CHECK_STR(read_pss("a00b" SHA1, "a1183016" MGF1 SHA1, FIELD_SALT(14), ""), "CMS-12");
	CHECK(strstr(e.text, "SHA-1 is too weak"));
	CHECK_STR(read_pss(FIELD_HASH(4), FIELD_MASK(4), FIELD_SALT(20), ""), "CMS-12");
	CHECK(strstr(e.text, "SHA-224 is too weak"));
	/* Another mask. */
	CHECK_STR(read_pss(FIELD_HASH(1), "", FIELD_SALT(20), ""), "CMS-12");
	CHECK(strstr(e.text, "mask"));
	CHECK_STR(read_pss(FIELD_HASH(1), "a1183016" MGF1 SHA1, FIELD_SALT(20), ""),
		  "CMS-12");
	CHECK(strstr(e.text, "mask"));
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(2), FIELD_SALT(20), ""), "CMS-12");
	CHECK(strstr(e.text, "mask"));
	CHECK_STR(read_pss(FIELD_HASH(1), "a11c301a06092a864886f70d010109" HASH(1), "", ""),
		  "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), "a10d300b" MGF1, FIELD_SALT(20), ""), "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), "a11e301c" MGF1 HASH(1) "0500", "", ""), "CMS-12");
	/* Another trailer; salts no signature has; fields twice, out of order, unknown. */
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), "", FIELD_TRAILER(02)), "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), "", FIELD_TRAILER(00)), "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), FIELD_SALT(ff), ""), "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), "a2050203010000", ""), "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), "a20402020020", ""), "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), "a2050201200500", ""), "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_HASH(1), FIELD_MASK(1), ""), "CMS-12");
	CHECK_STR(read_pss(FIELD_MASK(1), FIELD_HASH(1), FIELD_SALT(20), ""), "CMS-12");
	CHECK_STR(read_pss(FIELD_HASH(1), FIELD_MASK(1), FIELD_SALT(20), "a403020101"),
		  "CMS-12");
	CHECK_STR(read_pss("a011" HASH(1) "0500", FIELD_MASK(1), "", ""), ""); /* malformed */
	/* No parameters. */
	CHECK_STR(read_algorithm(OID_RSASSA_PSS, ""), "CMS-12");
	CHECK(strstr(e.text, "parameters"));
	CHECK_STR(read_algorithm(OID_RSASSA_PSS, "0500"), "CMS-12");
}

TEST(pss_agrees_with_its_digest, "CMS-13")
{
	struct bytes id = pss_identifier(FIELD_HASH(2), FIELD_MASK(2), FIELD_SALT(30), "");
	struct signature_algorithm a;

	CHECK(signature_signer_read(&a, id, DIGEST_SHA384, &e));
	CHECK(a.scheme == SIGNATURE_RSA_PSS + 48 && a.digest == DIGEST_SHA384);
	CHECK(!signature_signer_read(&a, id, DIGEST_SHA256, &e));
	CHECK_STR(e.rule, "CMS-13");
	CHECK(!signature_signer_read(&a, id, DIGEST_SHA512, &e));
	CHECK_STR(e.rule, "CMS-13");
	/* A PSS scheme is no scheme of an EC key. */
	take_ec("server-p256.der", "root-p256.der", DIGEST_SHA256);
	a.digest = DIGEST_SHA256;
	CHECK(!signature_verify(&ec_key, &a, &ec_digest, ec_r, &e));
}

TEST(reads_digests, "CMS-12")
{
	enum digest_kind kind;

	CHECK(signature_digest_read(&kind, identifier(OID_SHA256, ""), &e) &&
	      kind == DIGEST_SHA256);
	CHECK(signature_digest_read(&kind, identifier(OID_SHA512, "0500"), &e) &&
	      kind == DIGEST_SHA512);
	CHECK(!signature_digest_read(&kind, identifier(OID_SHA1, "0500"), &e));
	CHECK_STR(e.rule, "CMS-12");
	CHECK(!signature_digest_read(&kind, identifier(OID_MD5, "0500"), &e));
	CHECK(!signature_digest_read(&kind, identifier(OID_SHA256, "3000"), &e));
}

TEST(digests_are_sha2, "CMS-12")
{
	struct digest d = digest_of(DIGEST_SHA256, bytes_of_text("abc"));
	struct digest two = digest_of_two(DIGEST_SHA256, bytes_of_text("a"),
					  bytes_of_text("bc"));
	char hex[129];

	CHECK_STR(text_hex(hex, sizeof(hex), digest_bytes(&d)),
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK(bytes_equal(digest_bytes(&d), digest_bytes(&two)));
	d = digest_of(DIGEST_SHA384, bytes_of_text("abc"));
	CHECK(d.size == 48 && d.value[0] == 0xcb && d.value[47] == 0xa7);
	d = digest_of(DIGEST_SHA512, bytes_of_text("abc"));
	CHECK(d.size == 64 && d.value[0] == 0xdd && d.value[63] == 0x9f);
}

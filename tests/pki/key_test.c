/* SPDX-License-Identifier: MIT */
#include "pki/key.h"

#include "base/writer.h"
#include "check.h"
#include "codec/der.h"
#include "pki/oid.h"
#include "stanza.h"

#define FOLDER "tests/data/pki/signatures"

static struct key key;
static struct error e;

static const char *reads(const char *name)
{
	static struct key_string text;

	e.rule[0] = '\0';
	if (!key_read(&key, stanza_data(FOLDER, name), &e))
		return e.rule;
	text = key_string(&key);
	return text.text;
}

TEST(reads_keys_of_the_known_kinds, "CMS-12")
{
	struct key other;

	CHECK_STR(reads("rsa.der"), "RSA-2048");
	CHECK(key.modulus.size == 256 && key.exponent.size == 3);
	other = key;
	CHECK_STR(reads("p256.der"), "P-256");
	CHECK(key.point.size == 65 && key.point.at[0] == 4);
	CHECK(!key_equal(&key, &other) && key_equal(&key, &key));
	CHECK_STR(reads("rsa-e3.der"), "RSA-2048");
	CHECK(key.exponent.size == 1 && !key_equal(&key, &other));
}

TEST(refuses_other_and_weak_keys, "CMS-12")
{
	CHECK_STR(reads("rsa1024.der"), "CMS-12");
	CHECK(strstr(e.text, "1024 bits"));
	CHECK_STR(reads("ed25519.der"), "CMS-12");
	CHECK_STR(reads("p256-explicit.der"), "CMS-12");
	CHECK_STR(reads("p256-compressed.der"), "CMS-12");
	CHECK_STR(reads("secp256k1.der"), "CMS-12");
}

/* A key with a modulus of so many bits, all ones. */
static const char *reads_rsa(size_t bits)
{
	static uint8_t der[2048];
	static struct key_string text;
	struct writer w = writer_over(der, sizeof(der));
	size_t size = (bits + 7) / 8, sign = bits % 8 == 0;
	struct bytes oid = oid_content(OID_RSA_ENCRYPTION);
	size_t numbers = 4 + sign + size + 5, key_size = 4 + numbers;

	writer_be16(&w, DER_SEQUENCE << 8 | 0x82);
	writer_be16(&w, (uint16_t)(2 + 2 + oid.size + 2 + 4 + 1 + key_size));
	writer_be16(&w, (uint16_t)(DER_SEQUENCE << 8 | (2 + oid.size + 2)));
	writer_be16(&w, (uint16_t)(DER_OID << 8 | oid.size));
	writer_bytes(&w, oid);
	writer_be16(&w, DER_NULL << 8);
	writer_be16(&w, DER_BIT_STRING << 8 | 0x82);
	writer_be16(&w, (uint16_t)(1 + key_size));
	writer_u8(&w, 0);
	writer_be16(&w, DER_SEQUENCE << 8 | 0x82);
	writer_be16(&w, (uint16_t)numbers);
	writer_be16(&w, DER_INTEGER << 8 | 0x82);
	writer_be16(&w, (uint16_t)(sign + size));
	writer_fill(&w, 0, sign);
	writer_u8(&w, (uint8_t)(0xff >> (8 * size - bits)));
	writer_fill(&w, 0xff, size - 1);
	writer_be16(&w, DER_INTEGER << 8 | 3);
	writer_be16(&w, 0x0100);
	writer_u8(&w, 1);
	CHECK(writer_ok(&w));
	e = (struct error){ 0 };
	if (!key_read(&key, writer_done(&w), &e))
		return e.rule;
	text = key_string(&key);
	return text.text;
}

TEST(takes_rsa_from_2048_to_8192_bits, "CMS-12")
{
	CHECK_STR(reads_rsa(2047), "CMS-12");
	CHECK(strstr(e.text, "2047 bits"));
	CHECK_STR(reads_rsa(2048), "RSA-2048");
	CHECK_STR(reads_rsa(8191), "RSA-8191");
	CHECK_STR(reads_rsa(8192), "RSA-8192");
	CHECK_STR(reads_rsa(8193), "CMS-12");
	CHECK_STR(reads_rsa(8200), "CMS-12");
	CHECK(strstr(e.text, "8200 bits, 2048 to 8192 are accepted"));
}

TEST(names_and_counts_every_kind, "CMS-16")
{
	static const struct {
		enum key_kind kind;
		const char *name;
		unsigned cost;
	} curves[] = { { KEY_P256, "P-256", 1 }, { KEY_P384, "P-384", 5 }, { KEY_P521, "P-521", 10 } };

	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		key = (struct key){ .kind = curves[i].kind };
		CHECK_STR(KEY_TEXT(&key), curves[i].name);
		CHECK(key_cost(&key) == curves[i].cost);
	}
	CHECK_STR(reads("rsa.der"), "RSA-2048");
	CHECK(key_cost(&key) == 1);
	CHECK_STR(reads_rsa(8192), "RSA-8192");
	CHECK(key_cost(&key) == 5);
	key.exponent = bytes_of("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	CHECK(key_cost(&key) == 17);
}

/* --- what is not a key -------------------------------------------------------------------- */

/* A copy with one byte changed, from the end. */
static bool reads_changed(const char *name, size_t from_end, uint8_t value)
{
	struct bytes der = stanza_data(FOLDER, name);
	uint8_t copy[512];

	memcpy(copy, der.at, der.size);
	copy[der.size - from_end] = value;
	return key_read(&key, bytes_of(copy, der.size), &e);
}

TEST(refuses_rsa_numbers_no_tool_makes, "CMS-12")
{
	/* ... modulus, 02 03 01 00 01 */
	CHECK(reads_changed("rsa.der", 1, 3));
	CHECK(!reads_changed("rsa.der", 1, 2)); /* even exponent */
	CHECK(!reads_changed("rsa-e3.der", 1, 1));
	CHECK(!reads_changed("rsa-e3.der", 1, 0));
	CHECK(!reads_changed("rsa-e3.der", 1, 0x83)); /* negative */
	CHECK(!reads_changed("rsa.der", 6, 0));	      /* even modulus */
}

TEST(refuses_every_truncation, "CMS-16")
{
	struct bytes der = stanza_data(FOLDER, "rsa.der");

	for (size_t n = 0; n < der.size; n++)
		CHECK(!key_read(&key, bytes_of(der.at, n), &e));
}

TEST(refuses_keys_that_are_malformed, "CMS-16")
{
	static const struct {
		const char *name;
		size_t from_end;
		uint8_t value;
	} cases[] = {
		{ "rsa.der", 294, 0x31 }, /* the outer SEQUENCE */
		{ "rsa.der", 277, 0x04 }, /* NULL */
		{ "rsa.der", 274, 0x04 }, /* BIT STRING */
		{ "rsa.der", 270, 0x01 }, /* its unused bits */
		{ "rsa.der", 269, 0x31 }, /* the numbers */
		{ "p256.der", 78, 0x04 }, /* the curve */
		{ "p256.der", 91, 0x31 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(!reads_changed(cases[i].name, cases[i].from_end, cases[i].value));
	CHECK(!reads_changed("p256.der", 65, 0x06)); /* the hybrid form */
	CHECK_STR(e.rule, "CMS-12");
}

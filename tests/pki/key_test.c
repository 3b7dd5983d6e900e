/* SPDX-License-Identifier: MIT */
#include "pki/key.h"

#include "check.h"
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

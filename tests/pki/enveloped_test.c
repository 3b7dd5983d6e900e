/* SPDX-License-Identifier: MIT */
#include "pki/enveloped.h"

#include "check.h"
#include "envelope.h"
#include "pki/decrypt_software.h"
#include "stanza.h"

#define FOLDER	"tests/data/encrypted"
#define BUNDLES "tests/data/pki/bundles"

static struct decrypt_software keys[2];
static uint8_t room[2 * 1024 * 1024], noise[ENVELOPED_RANDOM_SIZE];
static struct writer w;
static struct enveloped_content content;
static struct error e;
static br_hmac_drbg_context generator;

static void make_noise(void)
{
	if (!generator.vtable)
		br_hmac_drbg_init(&generator, &br_sha256_vtable, "enveloped_test", 14);
	br_hmac_drbg_generate(&generator, noise, sizeof(noise));
}

static struct decrypt_key *key_of(const char *device)
{
	char key[64], certificate[64];

	snprintf(key, sizeof(key), "%s.key", device);
	snprintf(certificate, sizeof(certificate), "%s.der", device);
	CHECK(decrypt_software_read(&keys[0], stanza_data(FOLDER, key),
				    stanza_data(FOLDER, certificate), &e));
	return &keys[0].key;
}

/* Decrypt; the plaintext stands in room. */
static bool opens(struct bytes der, const struct decrypt_key *key)
{
	struct error before = { .code = ERROR_NONE };
	struct cms cms;

	e = before;
	w = writer_over(room, sizeof(room));
	make_noise();
	if (!cms_read(&cms, der, &e))
		return false;
	if (cms.type != OID_ENVELOPED_DATA)
		return error_set(&e, ERROR_REFUSED, "ENC-3", "another type");
	return enveloped_open(&content, &cms, key, noise, &w, &e);
}

static bool opens_file(const char *name, const char *device)
{
	bool ok = opens(stanza_data(FOLDER, name), key_of(device));

	if (!ok)
		CHECK(w.used == 0);
	return ok;
}

/* It is the signed conveyed information that all of them are made of. */
static bool is_the_bundle(void)
{
	struct cms original;

	return cms_read(&original, stanza_data(BUNDLES, "ci-p256.cms"), &e) &&
	       content.cms.type == OID_SIGNED_DATA && content.document.size == 0 &&
	       bytes_equal(content.cms.content, original.content);
}

static bool refuses(const char *name, const char *device, const char *rule)
{
	return !opens_file(name, device) && strcmp(e.rule, rule) == 0;
}

/* --- made by openssl -----------------------------------------------------------------------
 */

TEST(decrypts_what_openssl_encrypts, "ENC-1 ENC-5 ENC-6 CI-4 AMB-9")
{
	static const char *const files[][2] = {
		{ "ci-rsa.cms", "rsa" },
		{ "ci-rsa-aes128.cms", "rsa" },
		{ "ci-oaep.cms", "rsa" },
		{ "ci-oaep-sha256.cms", "rsa" },
		{ "ci-p256-aes128.cms", "p256" },
		{ "ci-p256-aes256.cms", "p256" },
		{ "ci-p256-sha256-aes128.cms", "p256" },
		{ "ci-p256-sha256-aes256.cms", "p256" },
		{ "ci-p384-aes128.cms", "p384" },
		{ "ci-p384-aes256.cms", "p384" },
		{ "ci-p384-sha256-aes128.cms", "p384" },
		{ "ci-p384-sha256-aes256.cms", "p384" },
		{ "bare-ci-rsa.cms", "rsa" },
		{ "bare-ci-p256.cms", "p256" },
		{ "untyped-bare-ci-rsa.cms", "rsa" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		bool ok = opens_file(files[i][0], files[i][1]) && is_the_bundle();

		CHECK(ok);
		if (!ok)
			printf("%s: %s: %s\n", files[i][0], e.rule, e.text);
	}
}

TEST(finds_its_own_recipient, "ENC-4")
{
	CHECK(opens_file("ci-rsa-keyid.cms", "rsa") && is_the_bundle());
	CHECK(opens_file("ci-p256-keyid.cms", "p256") && is_the_bundle());
	CHECK(opens_file("ci-several.cms", "rsa") && is_the_bundle());
	CHECK(opens_file("ci-several.cms", "p256") && is_the_bundle());
	CHECK(opens_file("ci-several.cms", "p384") && is_the_bundle());
	CHECK(opens_file("ci-several.cms", "other") && is_the_bundle());
	CHECK(refuses("ci-other.cms", "rsa", "ENC-4"));
	CHECK(refuses("ci-rsa-keyid.cms", "other", "ENC-4"));
	CHECK(refuses("ci-p256-keyid.cms", "p384", "ENC-4"));
	CHECK(refuses("ci-secret-key.cms", "rsa", "ENC-4"));
}

/* Made with libcrypto: the command line has no option for it. */
TEST(takes_user_keying_material, "ENC-5")
{
	CHECK(opens_file("ukm/ukm8.cms", "ukm/p256") && is_the_bundle());
	CHECK(opens_file("ukm/ukm200.cms", "ukm/p256") && is_the_bundle());
	CHECK(opens_file("ukm/ukm300.cms", "ukm/p256") && is_the_bundle());
}

TEST(gives_documents_as_such, "CI-2 ENC-6")
{
	CHECK(opens_file("unsigned-redirect.cms", "rsa") && content.document.size);
	CHECK(content.document.at[0] == '{' && content.cms.type == OID_DATA);
	CHECK(opens_file("unsigned-redirect-p256.cms", "p256") && content.document.size);
	CHECK(opens_file("unsigned-typed.cms", "rsa") && content.document.size == 0);
	CHECK(content.cms.type == OID_SZTP_CONVEYED_INFO_JSON);
	CHECK(opens_file("unsigned-data.cms", "rsa") && content.cms.type == OID_DATA);
	/* No artifact: told like what does not decrypt. */
	CHECK(refuses("text.cms", "rsa", "ENC-8"));
	CHECK(refuses("empty.cms", "rsa", "ENC-8"));
	CHECK(refuses("unsigned-cut.cms", "rsa", "ENC-8"));
	CHECK_STR(e.text, "artifact does not decrypt");
}

TEST(refuses_other_algorithms, "ENC-5")
{
	CHECK(refuses("ci-oaep-sha512.cms", "rsa", "ENC-5"));
	CHECK(refuses("ci-oaep-mask.cms", "rsa", "ENC-5"));
	CHECK(refuses("ci-oaep-label.cms", "rsa", "ENC-5"));
	CHECK(refuses("ci-p256-sha384.cms", "p256", "ENC-5"));
	CHECK(refuses("ci-aes192.cms", "rsa", "ENC-5"));
	CHECK(refuses("ci-des3.cms", "rsa", "ENC-5"));
	CHECK(strstr(e.text, "1.2.840.113549.3.7"));
	CHECK(refuses("ci-indefinite.cms", "rsa", "CMS-1"));
}

TEST(asks_the_certificate_what_its_key_is_for, "ENC-11 TPM-123")
{
	CHECK(refuses("ci-rsa-sign.cms", "rsa-sign", "TPM-123"));
	CHECK_STR(e.text,
		  "device key cannot decrypt (no keyEncipherment in its certificate)");
}

/* --- every byte ----------------------------------------------------------------------------
 */

/* What is refused without a secret being asked. */
static bool is_visible(const char *rule)
{
	return strcmp(rule, "CMS-1") == 0 || strcmp(rule, "ENC-3") == 0 ||
	       strcmp(rule, "ENC-4") == 0 || strcmp(rule, "ENC-5") == 0 || rule[0] == '\0';
}

static void change_every_byte(const char *name, const char *device)
{
	struct decrypt_key *key = key_of(device);
	struct bytes original = stanza_data(FOLDER, name);
	uint8_t *copy = malloc(original.size);

	memcpy(copy, original.at, original.size);
	for (size_t i = 0; i < original.size; i++) {
		copy[i] ^= (uint8_t)(1 << i % 8);
		if (!opens(bytes_of(copy, original.size), key)) {
			CHECK(is_visible(e.rule) ||
			      (strcmp(e.rule, "ENC-8") == 0 &&
			       strcmp(e.text, "artifact does not decrypt") == 0));
			CHECK(w.used == 0);
		}
		copy[i] ^= (uint8_t)(1 << i % 8);
	}
	free(copy);
}

TEST(says_one_thing_of_every_changed_byte, "ENC-8")
{
	change_every_byte("ci-rsa.cms", "rsa");
	change_every_byte("ci-oaep-sha256.cms", "rsa");
	change_every_byte("ci-p256-aes128.cms", "p256");
	change_every_byte("ci-p384-sha256-aes256.cms", "p384");
	change_every_byte("unsigned-redirect-p256.cms", "p256");
}

TEST(refuses_every_truncation_of_a_message, "CMS-1 CMS-16")
{
	struct decrypt_key *key = key_of("p256");
	struct bytes original = stanza_data(FOLDER, "ci-p256-keyid.cms");

	for (size_t n = 0; n < original.size; n++) {
		uint8_t *cut = malloc(n ? n : 1);

		memcpy(cut, original.at, n);
		CHECK(!opens(bytes_of(cut, n), key));
		CHECK_STR(e.rule, "CMS-1");
		free(cut);
	}
}

TEST(needs_room_for_the_plaintext, "CMS-16")
{
	struct decrypt_key *key = key_of("rsa");
	struct cms cms;

	CHECK(cms_read(&cms, stanza_data(FOLDER, "ci-rsa.cms"), &e));
	w = writer_over(room, 100);
	CHECK(!enveloped_open(&content, &cms, key, noise, &w, &e));
	CHECK_STR(e.rule, "CMS-16");
	CHECK(w.used == 0 && writer_ok(&w));
}

/* --- made wrong ----------------------------------------------------------------------------
 */

static struct envelope good(void)
{
	return (struct envelope){ .certificate = stanza_data(FOLDER, "rsa.der"),
				  .type = OID_DATA,
				  .plaintext = stanza_data(BUNDLES, "ci-p256.cms"),
				  .padding = -1 };
}

static bool opens_made(const struct envelope *made)
{
	envelope_pool_used = 0;
	return opens(envelope_make(made), &keys[0].key);
}

static void expect_one_sentence(const struct envelope *made)
{
	CHECK(!opens_made(made));
	CHECK_STR(e.rule, "ENC-8");
	CHECK_STR(e.text, "artifact does not decrypt");
	CHECK(e.code == ERROR_REFUSED);
}

TEST(takes_what_the_test_makes, "ENC-6")
{
	struct envelope made = good();

	key_of("rsa");
	CHECK(opens_made(&made) && is_the_bundle());
}

TEST(judges_the_type_before_the_key, "ENC-8")
{
	struct envelope made = good();

	key_of("rsa");
	made.type = OID_ANIMA_JSON_VOUCHER;
	CHECK(!opens_made(&made) && e.rule[0] == '\0');
	made.padding = 0;
	CHECK(!opens_made(&made) && e.rule[0] == '\0');
}

TEST(thousand_broken_blocks_give_one_answer, "ENC-8 TPM-125")
{
	struct envelope made = good();
	uint8_t block[256];

	key_of("rsa");
	for (int i = 0; i < 1000; i++) {
		make_noise();
		br_hmac_drbg_generate(&generator, block, sizeof(block));
		block[0] = (uint8_t)(i % 4 ==
				     3); /* below the modulus, or a first octet not 0 */
		if (i % 2)
			block[1] = 2; /* well formed up to here, as in Bleichenbacher's */
		made.block = block;
		expect_one_sentence(&made);
	}
}

TEST(content_keys_of_another_size_give_the_same_answer, "ENC-8 TPM-125")
{
	struct envelope made = good();

	key_of("rsa");
	for (made.key_size = 1; made.key_size <= 64; made.key_size++)
		if (made.key_size != 32)
			expect_one_sentence(&made);
}

TEST(every_wrong_padding_gives_the_same_answer, "ENC-8")
{
	struct envelope made = good();
	int right = 16 - (int)(made.plaintext.size % 16);

	key_of("rsa");
	for (made.padding = 0; made.padding < 256; made.padding++)
		if (made.padding != right)
			expect_one_sentence(&made);
		else
			CHECK(opens_made(&made));
}

TEST(plaintexts_that_are_no_artifact_give_the_same_answer, "ENC-8")
{
	static const char *const none[] = {
		"",
		" ",
		"{",
		"}",
		"{}x",
		"x{}",
		"<a>}",
		"[]",
		"\x30",
		"\x30\x00",
		"\x30\x02\x06\x00",
		"\x30\x03\x02\x01",
		"{\"a\":\"\x80\"}",
		"{\x01}",
	};
	struct envelope made = good();

	key_of("rsa");
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		made.plaintext = bytes_of_text(none[i]);
		expect_one_sentence(&made);
	}
	made.plaintext = bytes_of_text(" {\"a\":1}\n");
	CHECK(opens_made(&made));
	made.type = OID_SIGNED_DATA;
	expect_one_sentence(&made);
	made.type = OID_SZTP_CONVEYED_INFO_JSON;
	CHECK(opens_made(&made));
	made.plaintext = stanza_data(BUNDLES, "ci-p256.cms");
	expect_one_sentence(&made);
}

/* --- key files -----------------------------------------------------------------------------
 */

TEST(reads_its_key_file, "KEY-2")
{
	struct bytes der = stanza_data(FOLDER, "rsa.der");

	CHECK(decrypt_software_read(&keys[1], stanza_data(FOLDER, "rsa-both.key"), der, &e));
	CHECK(!decrypt_software_read(&keys[1], stanza_data(FOLDER, "other.key"), der, &e));
	CHECK(e.code == ERROR_REFUSED);
	CHECK(!decrypt_software_read(&keys[1], stanza_data(FOLDER, "p256.key"), der, &e));
	CHECK(!decrypt_software_read(&keys[1], der, der, &e));
	CHECK(!decrypt_software_read(&keys[1], stanza_data(FOLDER, "p521.key"),
				     stanza_data(FOLDER, "p521.der"), &e));
	CHECK(!decrypt_software_read(&keys[1], stanza_data(FOLDER, "ed25519.key"), der, &e));
	CHECK(keys[1].key.rsa == NULL && keys[1].key.context == NULL);
}

/* A megabyte is an artifact, too (USB-10). */
TEST(decrypts_a_megabyte, "CMS-16")
{
	static uint8_t document[CONFIG_ARTIFACT_MAX];
	struct envelope made = good();

	key_of("rsa");
	memset(document, ' ', sizeof(document));
	document[0] = '{';
	document[sizeof(document) - 1] = '}';
	made.plaintext = bytes_of(document, sizeof(document));
	CHECK(opens_made(&made) && content.document.size == sizeof(document));
}

/* SPDX-License-Identifier: MIT */
#include "command/describe.h"

#include "../pki/stanza.h"
#include "check.h"
#include "codec/json.h"

#define FOLDER "tests/data/pki"

static uint8_t out[256 * 1024], scratch[512 * 1024], arena[1024 * 1024];
static struct writer w;
static struct error e;

static bool describes(struct bytes file)
{
	w = writer_over(out, sizeof(out));
	e = (struct error){ 0 };
	return describe_file(&w, file, DESCRIBE_GUESS, scratch, sizeof(scratch), &e);
}

static struct bytes file(const char *name)
{
	return stanza_data(FOLDER, name);
}

static bool is_json(void)
{
	const struct json_value *root;

	return json_read(&root, writer_done(&w), sizeof(out), arena, sizeof(arena), &e);
}

static bool says(const char *text)
{
	return memmem(w.start, w.used, text, strlen(text)) != NULL;
}

TEST(writes_one_document, "")
{
	static const char *const names[] = {
		"bundles/ci-p256.cms",	     "bundles/ci-unsigned.cms",
		"bundles/voucher-p256.vcj",  "bundles/owner-crl.cms",
		"bundles/ci-encrypted.cms",  "bundles/ci-around-encrypted.cms",
		"bundles/ci-xml.cms",	     "bundles/voucher-xml.vcj",
		"bundles/device.der",	     "chains/stranger-ed25519.der",
		"bundles/voucher-twice.vcj", "bundles/ci.pem",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CHECK(describes(file(names[i])));
		CHECK(is_json());
	}
}

/* A document that is not JSON as we read it stands there as text. */
TEST(shows_documents_that_are_refused, "")
{
	CHECK(describes(file("bundles/voucher-twice.vcj")));
	CHECK(says("\"text\":\"") && !says("\"document\":"));
	CHECK(describes(file("bundles/ci-text.cms")));
	CHECK(is_json());
}

/* Every byte changed, in both ways: a document or a refusal, never anything else. */
TEST(survives_every_changed_byte, "")
{
	struct bytes good = file("bundles/voucher-p256.vcj");
	static uint8_t copy[4096];

	if (good.size > sizeof(copy))
		good.size = sizeof(copy);
	memcpy(copy, good.at, good.size);
	for (size_t i = 0; i < good.size; i++) {
		copy[i] ^= 0x80;
		if (describes(bytes_of(copy, good.size)))
			CHECK(is_json());
		else
			CHECK(e.code == ERROR_MALFORMED && e.text[0]);
		copy[i] = good.at[i];
	}
}

TEST(refuses_every_truncation, "CMS-1")
{
	struct bytes good = file("bundles/owner-crl.cms");

	for (size_t n = 0; n < good.size; n++) {
		CHECK(!describes(bytes_of(good.at, n)));
		CHECK_STR(e.rule, "CMS-1");
	}
}

TEST(says_when_there_is_no_room, "")
{
	struct bytes good = file("bundles/ci-p256.cms");

	w = writer_over(out, 100);
	CHECK(!describe_file(&w, good, DESCRIBE_GUESS, scratch, sizeof(scratch), &e));
	CHECK(e.code == ERROR_REFUSED);
	w = writer_over(out, sizeof(out));
	CHECK(describe_file(&w, good, DESCRIBE_GUESS, scratch, 0, &e)); /* then as text */
	CHECK(says("\"text\":\"") && is_json());
}

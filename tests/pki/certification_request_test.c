/* SPDX-License-Identifier: MIT */
#include "pki/certification_request.h"

#include "check.h"
#include "codec/der_writer.h"
#include "lab.h"
#include "codec/pem.h"
#include "pki/ldevid_software.h"
#include "pki/oid.h"

/* Requests as openssl sees them, with keys made in memory. */

static struct ldevid_software software;
static uint8_t public_key[LDEVID_SIGNER_PUBLIC_KEY_MAX], request[2048], info[1024], text[4096];
static struct bytes made;
static struct error e;

static bool randomly(void *to, size_t size, struct error *why)
{
	FILE *f = fopen("/dev/urandom", "r");
	bool done = f && fread(to, 1, size, f) == size;

	(void)why;
	if (f)
		fclose(f);
	return done;
}

static bool no_random(void *to, size_t size, struct error *why)
{
	(void)to;
	(void)size;
	return error_set(why, ERROR_MACHINE, "RND-2", "no randomness");
}

/* Name: CN=device */
static const uint8_t subject[] = { 0x30, 0x11, 0x31, 0x0f, 0x30, 0x0d, 0x06, 0x03, 0x55, 0x04,
				   0x03, 0x0c, 0x06, 'd',  'e',	 'v',  'i',  'c',  'e' };
/* An extensionRequest of basicConstraints, and then nothing. */
static const uint8_t attributes[] = { 0xa0, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				      0xf7, 0x0d, 0x01, 0x09, 0x0e, 0x31, 0x0d, 0x30, 0x0b, 0x30,
				      0x09, 0x06, 0x03, 0x55, 0x1d, 0x13, 0x04, 0x02, 0x30, 0x00 };

static bool make(enum key_kind kind, const struct certification_request_content *content)
{
	struct writer spki = writer_over(public_key, sizeof(public_key));
	struct writer w = writer_over(request, sizeof(request));
	struct certification_request_key key = { .sign = software.signer.sign,
						 .context = &software };

	if (!software.signer.generate(&software, kind, &spki, &e))
		return false;
	key.public_key = writer_done(&spki);
	if (!certification_request_write(&w, content, &key, &e))
		return false;
	made = writer_done(&w);
	return true;
}

static void put(const char *name, struct bytes content)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", lab_folder, name);
	FILE *f = fopen(path, "w");
	CHECK(f && fwrite(content.at, 1, content.size, f) == content.size && fclose(f) == 0);
}

static bool saved(void)
{
	struct writer pem = writer_over(text, sizeof(text));
	bool ours = software.signer.save(&software, made, &pem);

	put("key.pem", writer_done(&pem));
	return ours && writer_ok(&pem) && pem.used <= LDEVID_SIGNER_FILE_MAX;
}

static void setup(void)
{
	if (!lab_folder[0])
		CHECK(lab_make_folder());
	ldevid_software_start(&software, randomly);
}

static void verify_with_openssl(enum key_kind kind, const char *curve)
{
	const struct certification_request_content content = { .subject = bytes_of(subject, sizeof(subject)) };
	char line[256];

	setup();
	CHECK(software.signer.kinds & LDEVID_SIGNER_BIT(kind));
	CHECK(make(kind, &content));
	put("request", made);
	CHECK(lab_run("openssl req -inform DER -in request -noout -verify -text -out request.txt"));
	snprintf(line, sizeof(line),
		 "grep -q 'Subject: CN = device' request.txt && grep -q 'ecdsa-with-SHA256' request.txt && "
		 "grep -q 'NIST CURVE: %s' request.txt", curve);
	CHECK(lab_run(line));
	/* The key that is saved is the one that signed. */
	CHECK(saved());
	CHECK(lab_run("openssl pkey -in key.pem -pubout -out public && openssl pkey -check -in key.pem -noout && "
		      "openssl req -inform DER -in request -noout -pubkey | cmp - public"));
}

TEST(openssl_verifies_p256, "CSR-3 CSR-8 CSR-13") { verify_with_openssl(KEY_P256, "P-256"); }
TEST(openssl_verifies_p384, "CSR-3 CSR-8 CSR-13") { verify_with_openssl(KEY_P384, "P-384"); }

TEST(a_changed_request_does_not_verify, "CSR-13")
{
	const struct certification_request_content content = { .subject = bytes_of(subject, sizeof(subject)) };

	setup();
	CHECK(make(KEY_P256, &content));
	request[20] ^= 1;
	put("request", made);
	CHECK(!lab_run("openssl req -inform DER -in request -noout -verify"));
}

TEST(every_key_is_a_new_one_and_the_former_is_gone, "CSR-9 CSR-10 CSR-11")
{
	const struct certification_request_content content = { .subject = bytes_of(subject, sizeof(subject)) };
	static const uint8_t zeros[sizeof(software.number)];
	struct writer w = writer_over(text, sizeof(text));
	uint8_t before[2048], number[sizeof(software.number)], signature[512];
	size_t size;

	setup();
	CHECK(!software.signer.sign(&software, bytes_of(info, 32), signature, sizeof(signature), &size, &e));
	CHECK_STR(e.rule, "CSR-9");
	CHECK(make(KEY_P256, &content));
	struct bytes former = bytes_of(before, made.size);
	memcpy(before, made.at, made.size);
	memcpy(number, software.number, sizeof(number));
	CHECK(make(KEY_P256, &content) && memcmp(number, software.number, 32) != 0);
	CHECK(!software.signer.save(&software, former, &w) && w.used == 0);
	CHECK(software.signer.save(&software, made, &w) && w.used);
	/* One that fails leaves none behind either. */
	software.random = no_random;
	CHECK(!make(KEY_P256, &content));
	CHECK_STR(e.rule, "RND-2");
	CHECK(memcmp(software.number, zeros, sizeof(zeros)) == 0);
	software.random = randomly;
	CHECK(make(KEY_P384, &content));
	software.signer.discard(&software);
	CHECK(memcmp(software.number, zeros, sizeof(zeros)) == 0);
	CHECK(!saved());
	CHECK(!software.signer.sign(&software, bytes_of(info, 32), signature, sizeof(signature), &size, &e));
}

TEST(says_which_kinds_it_makes, "CSR-3")
{
	setup();
	CHECK(software.signer.kinds == (LDEVID_SIGNER_BIT(KEY_P256) | LDEVID_SIGNER_BIT(KEY_P384)));
}

/* ---- cert-req-info ---------------------------------------------------------------------- */

static struct bytes write_info(enum key_kind kind, uint8_t version, struct bytes rest)
{
	struct writer w = writer_over(info, sizeof(info));
	size_t key;

	der_writer_item(&w, DER_INTEGER, bytes_of(&version, 1));
	writer_bytes(&w, bytes_of(subject, sizeof(subject)));
	key = w.used;
	certification_request_write_algorithm(&w, kind);
	der_writer_bits(&w, bytes_of("x", 1));
	der_writer_wrap(&w, key, DER_SEQUENCE);
	writer_bytes(&w, rest);
	der_writer_wrap(&w, 0, DER_SEQUENCE);
	return writer_done(&w);
}

TEST(takes_what_it_is_told_to_say, "CSR-7")
{
	struct certification_request_content content;
	struct bytes all = write_info(KEY_P384, 0, bytes_of(attributes, sizeof(attributes)));

	setup();
	CHECK(certification_request_read_info(&content, all, KEY_P384, &e));
	CHECK(bytes_equal(content.subject, bytes_of(subject, sizeof(subject))));
	CHECK(bytes_equal(content.attributes, bytes_of(attributes, sizeof(attributes))));
	CHECK(make(KEY_P384, &content));
	put("request", made);
	CHECK(lab_run("openssl req -inform DER -in request -noout -verify -text -out request.txt && "
		      "grep -q 'CA:FALSE' request.txt && grep -q 'CN = device' request.txt"));
	/* Nothing else has changed: but for the key, it is what was given. */
	CHECK(memmem(made.at, made.size, attributes, sizeof(attributes)) &&
	      memmem(made.at, made.size, public_key + 23, 97));
}

static const char *refused(struct bytes all, enum key_kind kind)
{
	struct certification_request_content content = { .subject = { subject, 1 } };

	e.rule[0] = '\0';
	CHECK(!certification_request_read_info(&content, all, kind, &e));
	CHECK(content.subject.size == 1); /* written only on success */
	return e.rule;
}

TEST(refuses_what_it_cannot_say, "CSR-7")
{
	struct bytes good = write_info(KEY_P256, 0, bytes_of("\xa0\x00", 2));
	struct certification_request_content content;

	CHECK(certification_request_read_info(&content, good, KEY_P256, &e));
	for (size_t n = 0; n < good.size; n++)
		CHECK_STR(refused(bytes_of(good.at, n), KEY_P256), "CSR-7");
	CHECK_STR(refused(good, KEY_P384), "CSR-7");
	CHECK(e.code == ERROR_REFUSED && strstr(e.text, "selected algorithm"));
	CHECK_STR(refused(good, KEY_RSA), "CSR-7");
	CHECK_STR(refused(write_info(KEY_RSA, 0, bytes_of("\xa0\x00", 2)), KEY_P256), "CSR-7");
	CHECK_STR(refused(write_info(KEY_P256, 1, bytes_of("\xa0\x00", 2)), KEY_P256), "CSR-7");
	CHECK_STR(refused(write_info(KEY_P256, 0, bytes_of(NULL, 0)), KEY_P256), "CSR-7");
	CHECK_STR(refused(write_info(KEY_P256, 0, bytes_of("\xa0\x00\x05\x00", 4)), KEY_P256), "CSR-7");
}

TEST(what_does_not_fit_is_an_error, "")
{
	struct certification_request_content content = { .subject = bytes_of(info, sizeof(info)) };
	struct writer spki = writer_over(public_key, sizeof(public_key));
	struct certification_request_key key = { .sign = software.signer.sign, .context = &software };

	setup();
	CHECK(software.signer.generate(&software, KEY_P256, &spki, &e));
	key.public_key = writer_done(&spki);
	for (size_t room = 1000; room < 1250; room++) {
		struct writer w = writer_over(request, room);
		bool done = certification_request_write(&w, &content, &key, &e);

		CHECK(done == (writer_ok(&w) && w.used > 0) && (done || e.code == ERROR_MACHINE));
	}
	key.public_key = bytes_of(info, 10);
	struct writer w = writer_over(request, sizeof(request));
	CHECK(!certification_request_write(&w, &content, &key, &e));
}

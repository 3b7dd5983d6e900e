/* SPDX-License-Identifier: MIT */
#include "trust/envelope.h"

#include <stdlib.h>

#include "envelope_maker.h"
#include "tpm/tpm_policy.h"

static const uint8_t key[32] = "a content key of thirty-two byte";
static const char text[] = "what is in the store";
static struct maker_authority authority, second, large;
static uint8_t good[2048];
static size_t good_size;
static struct error e;

/* The public area of a sealed object with this policy (8.1). */
static struct bytes sealed_public(uint8_t to[static 80], const struct tpm_pcr_values *values)
{
	uint8_t policy[32] = { 0 };
	struct writer w = writer_over(to, 80);

	tpm_policy_pcr(policy, values);
	writer_be16(&w, 78);
	writer_be16(&w, 8); /* KEYEDHASH */
	writer_be16(&w, 0xb);
	writer_be32(&w, 0x412);
	writer_be16(&w, 32);
	writer_bytes(&w, bytes_of(policy, 32));
	writer_be16(&w, 0x10);
	writer_be16(&w, 32);
	writer_fill(&w, 7, 32);
	return writer_done(&w);
}

static struct envelope header(const struct maker_authority *a)
{
	static uint8_t public[80], private[120];
	struct envelope v = maker_header(a);

	v.sealed_public = sealed_public(public, &v.pcrs);
	private[1] = sizeof(private) - 2;
	v.sealed_private = bytes_of(private, sizeof(private));
	return v;
}

static void make_good(void)
{
	struct writer w = writer_over(good, sizeof(good));
	struct envelope v;

	maker_authority(&authority, 0, false);
	maker_authority(&second, 1, false);
	maker_authority(&large, 2, true);
	v = header(&authority);
	CHECK(maker_make(&w, &v, bytes_of_text(text), key, &authority));
	good_size = w.used;
}

static bool accepts(struct bytes from)
{
	struct bytes known[] = { second.spki, authority.spki };
	struct envelope v;
	uint8_t plain[2048], policy[32];

	return envelope_read(&v, from, &e) && envelope_verify(&v, known, 2, &e) &&
	       envelope_policy(&v, policy, &e) && envelope_open(&v, key, plain, &e);
}

TEST(reads_what_it_wrote, "TPM-39 TPM-40 TPM-41 TPM-42")
{
	struct envelope v;
	uint8_t plain[100] = { 0 };

	make_good();
	CHECK(accepts(bytes_of(good, good_size)));
	CHECK(envelope_claimed_size(bytes_of(good, good_size)) == good_size);
	CHECK(envelope_claimed_size(bytes_of(good, ENVELOPE_HEAD_SIZE)) == good_size);
	CHECK(envelope_claimed_size(bytes_of(good, ENVELOPE_HEAD_SIZE - 1)) == 0);
	CHECK(envelope_read(&v, bytes_of(good, good_size), &e));
	CHECK(v.generation == 1 && v.created_s == 1800000000 &&
	      v.parent_handle == TPM_KEY_SRK);
	CHECK(v.mode == ENVELOPE_MODE_SPLIT && v.ciphertext.size == strlen(text));
	CHECK(envelope_open(&v, key, plain, &e));
	CHECK_STR((char *)plain, text);
	/* Nothing of the payload is readable. */
	CHECK(!memmem(good, good_size, "in the store", 12));
}

TEST(every_flipped_bit_is_refused, "TPM-39 TPM-40")
{
	uint8_t bad[2048];

	make_good();
	for (size_t i = 0; i < good_size; i++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(bad, good, good_size);
			bad[i] ^= 1 << bit;
			CHECK(!accepts(bytes_of(bad, good_size)));
			CHECK(strcmp(e.rule, "STORE_CORRUPT") == 0 ||
			      strcmp(e.rule, "STORE_SIGNATURE") == 0);
		}
}

TEST(every_truncation_is_refused, "TPM-39")
{
	make_good();
	for (size_t n = 0; n < good_size; n++) {
		CHECK(!accepts(bytes_of(good, n)));
		CHECK_STR(e.rule, "STORE_CORRUPT");
	}
	CHECK(!accepts(bytes_of(good, good_size + 1)));
	CHECK_STR(e.rule, "STORE_CORRUPT");
}

TEST(other_signers_are_refused, "TPM-2 TPM-3 TPM-40")
{
	struct bytes none[1], others[] = { second.spki, large.spki };
	uint8_t buffer[2048];
	struct writer w = writer_over(buffer, sizeof(buffer));
	struct envelope v, h;

	make_good();
	CHECK(envelope_read(&v, bytes_of(good, good_size), &e));
	CHECK(!envelope_verify(&v, none, 0, &e));
	CHECK_STR(e.rule, "STORE_SIGNATURE");
	CHECK(!envelope_verify(&v, others, 2, &e));
	CHECK_STR(e.rule, "STORE_SIGNATURE");

	/* Names a known key and is signed by another. */
	h = header(&authority);
	CHECK(envelope_write(&w, &h, bytes_of_text(text), key, 64, &e) &&
	      maker_sign(&w, &second));
	CHECK(!accepts(writer_done(&w)));
	CHECK_STR(e.rule, "STORE_SIGNATURE");
	/* The kind of signature is not that of the key it names. */
	w.used = 0;
	CHECK(envelope_write(&w, &h, bytes_of_text(text), key, 96, &e) &&
	      maker_sign(&w, &large));
	CHECK(!accepts(writer_done(&w)));
	CHECK_STR(e.rule, "STORE_SIGNATURE");
}

TEST(p384_signers_are_accepted, "TPM-3")
{
	uint8_t buffer[2048];
	struct writer w = writer_over(buffer, sizeof(buffer));
	struct envelope v, h;

	make_good();
	h = header(&large);
	CHECK(maker_make(&w, &h, bytes_of_text(text), key, &large));
	CHECK(envelope_read(&v, writer_done(&w), &e));
	CHECK(envelope_verify(&v, &large.spki, 1, &e));
	CHECK(!envelope_verify(&v, &authority.spki, 1, &e));
}

/* Change the header, then sign again: what the form alone must catch. */
static const char *resigned(const struct envelope *h, size_t at, uint8_t value)
{
	uint8_t buffer[4096];
	struct writer w = writer_over(buffer, sizeof(buffer));

	CHECK(envelope_write(&w, h, bytes_of_text(text), key, 64, &e));
	if (at)
		buffer[at] = value;
	CHECK(maker_sign(&w, &authority));
	e.rule[0] = 0;
	return accepts(writer_done(&w)) ? "accepted" : e.rule;
}

TEST(form_is_judged_even_when_signed, "TPM-39 TPM-13 TPM-18 TPM-43")
{
	struct envelope h;
	uint8_t public[80];

	make_good();
	h = header(&authority);
	CHECK_STR(resigned(&h, 0, 0), "accepted");
	CHECK_STR(resigned(&h, 9, 2), "STORE_CORRUPT");	   /* version */
	CHECK_STR(resigned(&h, 8, 0x80), "STORE_CORRUPT"); /* version 0x8001 */
	CHECK_STR(resigned(&h, 11, 3), "STORE_CORRUPT");   /* flags */
	CHECK_STR(resigned(&h, 11, 0), "STORE_CORRUPT");   /* the form with signed policies */
	CHECK(strstr(e.text, "signed policies") && e.code == ERROR_REFUSED);
	CHECK_STR(resigned(&h, 15, 1), "STORE_CORRUPT"); /* length */
	CHECK_STR(resigned(&h, 17, 2), "STORE_CORRUPT"); /* first tag */

	h.generation = 0;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	h = header(&authority);
	h.parent_template = 2;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	h = header(&authority);
	h.parent_name.size = 33;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	h = header(&authority);
	h.nonce.size = 11;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	h = header(&authority);
	h.cipher = 3;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	h = header(&authority);
	h.store_id.size = 15;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	h = header(&authority);
	h.pcrs.mask = 1u << 4 | 1u << 9; /* without 11 there are no phases */
	h.sealed_public = sealed_public(public, &h.pcrs);
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	h.mode = ENVELOPE_MODE_CUSTOM;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	h.pcrs.mask |= 1u << 11;
	h.sealed_public = sealed_public(public, &h.pcrs);
	CHECK_STR(resigned(&h, 0, 0), "accepted");
	h.mode = 5;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
	/* Values that are not those of the sealed key's policy. */
	h = header(&authority);
	h.pcrs.value[9][0] ^= 1;
	CHECK_STR(resigned(&h, 0, 0), "STORE_CORRUPT");
}

TEST(wrong_content_key_opens_nothing, "TPM-41 TPM-42")
{
	uint8_t plain[100], wrong[32], buffer[2048];
	struct writer w = writer_over(buffer, sizeof(buffer));
	struct envelope v, h;
	enum envelope_cipher ciphers[] = { ENVELOPE_CIPHER_CHACHA20_POLY1305,
					   ENVELOPE_CIPHER_AES_256_GCM };

	make_good();
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
		h = header(&authority);
		h.cipher = ciphers[i];
		w.used = 0;
		CHECK(maker_make(&w, &h, bytes_of_text(text), key, &authority));
		CHECK(envelope_read(&v, writer_done(&w), &e));
		CHECK(envelope_open(&v, key, plain, &e) && memcmp(plain, text, 20) == 0);
		memcpy(wrong, key, 32);
		wrong[31] ^= 1;
		CHECK(!envelope_open(&v, wrong, plain, &e));
		CHECK_STR(e.rule, "STORE_KEY");
		CHECK(plain[0] == 0 && plain[5] == 0);
		/* The associated data is part of it. */
		v.associated.size--;
		CHECK(!envelope_open(&v, key, plain, &e));
	}
}

TEST(limits_and_limits_plus_one, "TPM-43")
{
	static uint8_t buffer[ENVELOPE_SIZE_MAX + 16], payload[PAYLOAD_SIZE_MAX + 1];
	static uint8_t plain[PAYLOAD_SIZE_MAX];
	struct writer w = writer_over(buffer, sizeof(buffer));
	struct envelope v, h;

	make_good();
	h = header(&authority);
	CHECK(maker_make(&w, &h, bytes_of(payload, PAYLOAD_SIZE_MAX), key, &authority));
	CHECK(envelope_read(&v, writer_done(&w), &e) && envelope_open(&v, key, plain, &e));
	w.used = 0;
	CHECK(!envelope_write(&w, &h, bytes_of(payload, PAYLOAD_SIZE_MAX + 1), key, 64, &e));
	CHECK_STR(e.rule, "TPM-43");
	CHECK(!envelope_read(&v, bytes_of(buffer, ENVELOPE_SIZE_MAX + 1), &e));
	CHECK_STR(e.rule, "STORE_CORRUPT");
	/* A claimed length above the limit is no length. */
	memcpy(buffer, good, 16);
	buffer[13] = 2;
	CHECK(envelope_claimed_size(bytes_of(buffer, 16)) == 0);
}

TEST(ecdsa_forms_convert_both_ways, "TPM-40 TPM-102")
{
	uint8_t raw[96], asn1[ENVELOPE_SIGNATURE_MAX], back[96];

	for (size_t half = 32; half <= 48; half += 16)
		for (int zeros = 0; zeros < 3; zeros++) {
			size_t size;

			memset(raw, 0x80, sizeof(raw));
			memset(raw, 0, zeros);
			memset(raw + half, 0, zeros * 2);
			size = envelope_signature_asn1(asn1, bytes_of(raw, 2 * half));
			CHECK(size > 2 * half - 3 * zeros);
			CHECK(envelope_signature_raw(back, half, bytes_of(asn1, size)) ==
			      2 * half);
			CHECK(memcmp(raw, back, 2 * half) == 0);
			CHECK(!envelope_signature_raw(back, half, bytes_of(asn1, size - 1)));
			CHECK(zeros ||
			      !envelope_signature_raw(back, half - 1, bytes_of(asn1, size)));
		}
	CHECK(!envelope_signature_asn1(asn1, bytes_of(raw, 0)));
	CHECK(!envelope_signature_asn1(asn1, bytes_of(raw, 63)));
}

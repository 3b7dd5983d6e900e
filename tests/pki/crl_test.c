/* SPDX-License-Identifier: MIT */
#include "pki/crl.h"

#include <stdlib.h>

#include "base/writer.h"
#include "check.h"
#include "codec/der.h"
#include "config.h"
#include "pki/name.h"
#include "stanza.h"

#define FOLDER "tests/data/pki/paths"

/* Lists in whole paths are in tests/data/pki/paths.txt. */

static struct error e;
static struct crl crl;
static struct x509 x;

static bool reads(const char *name)
{
	e = (struct error){ 0 };
	return crl_read(&crl, stanza_data(FOLDER, name), &e);
}

TEST(reads_a_list, "VAL-9")
{
	CHECK(reads("sub-lists.crl"));
	CHECK_STR(NAME_TEXT(crl.issuer), "CN=sub");
	CHECK(crl.this_update_s == 1767225600 && crl.has_next_update &&
	      crl.next_update_s == 3597523200);
	CHECK(crl.kind == CRL_COMPLETE && crl.authority_key_id.size == 20);
	CHECK(x509_read(&x, stanza_data(FOLDER, "revoked.der"), &e));
	CHECK(crl_lists(&crl, x.serial) && crl_is_about(&crl, &x));
	CHECK(x509_read(&x, stanza_data(FOLDER, "leaf.der"), &e));
	CHECK(!crl_lists(&crl, x.serial) && crl_is_about(&crl, &x));
	CHECK(x509_read(&x, stanza_data(FOLDER, "sub.der"), &e));
	CHECK(!crl_is_about(&crl, &x)); /* issued by ta */
	CHECK(reads("sub.crl") && crl.revoked.size == 0);
}

TEST(tells_the_kinds_apart, "VAL-9")
{
	static const struct {
		const char *name;
		enum crl_kind kind;
	} cases[] = {
		{ "sub.crl", CRL_COMPLETE },
		{ "sub-odd.crl", CRL_COMPLETE },
		{ "sub-users.crl", CRL_COMPLETE },
		{ "sub-cas.crl", CRL_COMPLETE },
		{ "sub-entry-odd.crl", CRL_COMPLETE },
		{ "sub-delta.crl", CRL_DELTA },
		{ "sub-remove.crl", CRL_DELTA },
		{ "sub-indirect.crl", CRL_INDIRECT },
		{ "sub-entry-issuer.crl", CRL_INDIRECT },
		{ "sub-reasons.crl", CRL_SOME_REASONS },
		{ "sub-attributes.crl", CRL_ATTRIBUTES },
		{ "sub-critical.crl", CRL_UNKNOWN },
		{ "sub-entry.crl", CRL_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(reads(cases[i].name) && crl.kind == cases[i].kind);
		CHECK(crl_check_kind(&crl, &e) == (cases[i].kind == CRL_COMPLETE));
		if (cases[i].kind != CRL_COMPLETE)
			CHECK_STR(e.rule, "VAL-9");
	}
}

static bool fresh_at(struct clock clock)
{
	return crl_check_fresh(&crl, &clock, &e);
}

TEST(is_fresh_by_the_clock, "VAL-10 CLK-5")
{
	const int64_t from = 1767225600, to = 1780272000; /* 2026-01-01, 2026-06-01 */
	CHECK(reads("sub-old.crl"));
	CHECK(fresh_at(clock_accurate(from)));
	CHECK(fresh_at(clock_accurate(to)));
	CHECK(!fresh_at(clock_accurate(from - 1)));
	CHECK(!fresh_at(clock_accurate(to + 1)));
	CHECK_STR(e.rule, "VAL-10");
	CHECK(fresh_at(clock_floor(0)));
	CHECK(fresh_at(clock_floor(to)));
	CHECK(!fresh_at(clock_floor(to + 1)));
	CHECK(reads("sub-endless.crl") && !crl.has_next_update);
	CHECK(!fresh_at(clock_floor(0)));
	CHECK_STR(e.rule, "VAL-10");
}

TEST(refuses_every_truncation, "VAL-9")
{
	struct bytes good = stanza_data(FOLDER, "sub-lists.crl");

	for (size_t n = 0; n < good.size; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, good.at, n);
		CHECK(!crl_read(&crl, bytes_of(copy, n), &e));
		CHECK_STR(e.rule, "VAL-9");
		free(copy);
	}
}

/* --- lists written by hand -----------------------------------------------------------------
 */

#define ALGORITHM   "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define ISSUER	    "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x61"
#define DATES	    "\x17\x0d\x32\x36\x30\x31\x30\x31\x30\x30\x30\x30\x30\x30\x5a"
#define VERSION_2   "\x02\x01\x01"
#define BYTES(TEXT) bytes_of(TEXT, sizeof(TEXT) - 1)

static void item(struct writer *w, uint8_t tag, struct bytes content)
{
	unsigned octets = content.size > 0xffff ? 3 : content.size > 0xff ? 2 : 1;

	writer_u8(w, tag);
	if (content.size > 0x7f)
		writer_u8(w, (uint8_t)(0x80 | octets));
	for (; octets > 0; octets--)
		writer_u8(w, (uint8_t)(content.size >> 8 * (octets - 1)));
	writer_bytes(w, content);
}

static bool reads_tbs(struct bytes before, struct bytes entries, struct bytes after)
{
	static uint8_t tbs_bytes[2 << 20], all_bytes[2 << 20], out_bytes[2 << 20];
	struct writer tbs = writer_over(tbs_bytes, sizeof(tbs_bytes));
	struct writer all = writer_over(all_bytes, sizeof(all_bytes));
	struct writer out = writer_over(out_bytes, sizeof(out_bytes));

	writer_bytes(&tbs, before);
	writer_bytes(&tbs, BYTES(ALGORITHM ISSUER DATES DATES));
	if (entries.size)
		item(&tbs, DER_SEQUENCE, entries);
	writer_bytes(&tbs, after);
	item(&all, DER_SEQUENCE, writer_done(&tbs));
	writer_bytes(&all, BYTES(ALGORITHM "\x03\x01\x00"));
	item(&out, DER_SEQUENCE, writer_done(&all));
	CHECK(writer_ok(&tbs) && writer_ok(&all) && writer_ok(&out));
	e = (struct error){ 0 };
	return crl_read(&crl, writer_done(&out), &e);
}

static bool reads_extensions(struct bytes extensions)
{
	static uint8_t inner[1024], outer[1024];
	struct writer a = writer_over(inner, sizeof(inner));
	struct writer b = writer_over(outer, sizeof(outer));

	item(&a, DER_SEQUENCE, extensions);
	item(&b, DER_CONTEXT_OPEN(0), writer_done(&a));
	return reads_tbs(BYTES(VERSION_2), (struct bytes){ 0 }, writer_done(&b));
}

TEST(takes_version_1_without_extensions, "VAL-9")
{
	struct bytes none = { 0 };
	static const uint8_t entry[] = "\x30\x12\x02\x01\x05" DATES;
	static const uint8_t with[] =
		"\x30\x20\x02\x01\x05" DATES
		"\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01";

	CHECK(reads_tbs(none, none, none) && crl.kind == CRL_COMPLETE);
	CHECK(reads_tbs(none, bytes_of(entry, sizeof(entry) - 1), none));
	CHECK(crl_lists(&crl, BYTES("\x05")) && !crl_lists(&crl, BYTES("\x06")));
	CHECK(reads_tbs(BYTES(VERSION_2), bytes_of(with, sizeof(with) - 1), none));
	CHECK(crl_lists(&crl, BYTES("\x05")));
	CHECK(!reads_tbs(none, bytes_of(with, sizeof(with) - 1), none));
	CHECK(!reads_tbs(none, none,
			 BYTES("\xa0\x0e\x30\x0c\x30\x0a\x06\x03\x55\x1d\x14\x04\x03"
			       "\x02\x01\x01")));
	CHECK(!reads_tbs(BYTES("\x02\x01\x00"), none, none)); /* version 1 is not written */
	CHECK(!reads_tbs(BYTES("\x02\x01\x02"), none, none));
}

TEST(refuses_malformed_lists, "VAL-9")
{
	static const uint8_t number[] = "\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x01";
	static const uint8_t twice[] = "\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x01"
				       "\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x02";

	CHECK(reads_extensions(bytes_of(number, sizeof(number) - 1)));
	CHECK(!reads_extensions(bytes_of(twice, sizeof(twice) - 1)));
	CHECK_STR(e.rule, "VAL-9");
	CHECK(!reads_extensions((struct bytes){ 0 }));
	/* cRLNumber must not be critical */
	CHECK(reads_extensions(BYTES("\x30\x0d\x06\x03\x55\x1d\x14\x01\x01\xff\x04\x03"
				     "\x02\x01\x01")) &&
	      crl.kind == CRL_UNKNOWN);
	/* issuingDistributionPoint: users and CAs at once, a flag that is none */
	CHECK(!reads_extensions(BYTES("\x30\x0f\x06\x03\x55\x1d\x1c\x04\x08"
				      "\x30\x06\x81\x01\xff\x82\x01\xff")));
	CHECK(reads_extensions(
		      BYTES("\x30\x0c\x06\x03\x55\x1d\x1c\x04\x05\x30\x03\x81\x01\xff")) &&
	      crl.only_users);
	CHECK(!reads_extensions(
		BYTES("\x30\x0c\x06\x03\x55\x1d\x1c\x04\x05\x30\x03\x81\x01\x01")));
	CHECK(!reads_extensions(
		BYTES("\x30\x0c\x06\x03\x55\x1d\x1c\x04\x05\x30\x03\x86\x01\xff")));
	/* an entry without a date, one with something behind */
	CHECK(!reads_tbs(BYTES(VERSION_2), BYTES("\x30\x03\x02\x01\x05"),
			 (struct bytes){ 0 }));
	CHECK(!reads_tbs(BYTES(VERSION_2), BYTES("\x30\x14\x02\x01\x05" DATES "\x05\x00"),
			 (struct bytes){ 0 }));
}

TEST(reads_large_lists_and_refuses_larger_ones, "CMS-16")
{
	static uint8_t bytes[CONFIG_CRL_SIZE_MAX];
	struct writer w = writer_over(bytes, sizeof(bytes));
	unsigned count = 0;

	while (w.used + 22 < CONFIG_CRL_SIZE_MAX - 256) {
		writer_be32(&w, 0x30150204);
		writer_be32(&w, 0x40000000 | count++);
		writer_bytes(&w, BYTES(DATES));
	}
	CHECK(writer_ok(&w) &&
	      reads_tbs(BYTES(VERSION_2), writer_done(&w), (struct bytes){ 0 }));
	printf("%u entries\n", count);
	uint8_t serial[4] = { 0x40, (uint8_t)((count - 1) >> 16), (uint8_t)((count - 1) >> 8),
			      (uint8_t)(count - 1) };
	CHECK(crl_lists(&crl, bytes_of(serial, 4)));
	serial[0] = 0x41;
	CHECK(!crl_lists(&crl, bytes_of(serial, 4)));
	for (int i = 0; i < 20; i++)
		writer_bytes(&w, BYTES("\x30\x12\x02\x01\x05" DATES));
	CHECK(!reads_tbs(BYTES(VERSION_2), bytes_of(bytes, sizeof(bytes)),
			 (struct bytes){ 0 }));
	CHECK_STR(e.rule, "CMS-16");
}

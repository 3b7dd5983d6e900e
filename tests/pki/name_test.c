/* SPDX-License-Identifier: MIT */
#include "pki/name.h"

#include "base/writer.h"
#include "check.h"
#include "codec/der.h"
#include "config.h"

/* Names are written "2UExample": attribute (1 CN, 2 O, 3 other), string type, value; RDNs
 * are separated by '/', values of one RDN by '+'. */
static uint8_t room[4][256];

static void put(struct writer *w, uint8_t tag, struct bytes content)
{
	writer_u8(w, tag);
	writer_u8(w, (uint8_t)content.size);
	writer_bytes(w, content);
}

static struct bytes attribute(uint8_t *to, const char *text, size_t length)
{
	static const uint8_t other[] = { 0x2a, 0x03 };
	struct bytes types[] = { oid_content(OID_COMMON_NAME), oid_content(OID_ORGANIZATION),
				 bytes_of(other, 2) };
	uint8_t inside[128];
	struct writer w = writer_over(inside, sizeof(inside)), out = writer_over(to, 140);

	put(&w, DER_OID, types[text[0] - '1']);
	put(&w,
	    text[1] == 'U'   ? DER_UTF8_STRING
	    : text[1] == 'P' ? DER_PRINTABLE_STRING
			     : DER_IA5_STRING,
	    bytes_of(text + 2, length - 2));
	put(&out, DER_SEQUENCE, writer_done(&w));
	return writer_done(&out);
}

static struct bytes name(int slot, const char *text)
{
	uint8_t inside[250], set[200], one[140];
	struct writer w = writer_over(inside, sizeof(inside)),
		      s = writer_over(set, sizeof(set));
	struct writer out = writer_over(room[slot], sizeof(room[slot]));

	while (*text) {
		size_t n = strcspn(text, "/+");

		writer_bytes(&s, attribute(one, text, n));
		text += n;
		if (*text != '+') {
			put(&w, DER_SET, writer_done(&s));
			s = writer_over(set, sizeof(set));
		}
		text += *text != '\0';
	}
	put(&out, DER_SEQUENCE, writer_done(&w));
	return writer_done(&out);
}

static bool equal(const char *a, const char *b)
{
	return name_equal(name(0, a), name(1, b)) && name_equal(name(1, b), name(0, a));
}

TEST(equal_names_may_be_written_differently, "CMS-18")
{
	CHECK(equal("1UExample", "1UExample"));
	CHECK(equal("1UExample", "1Pexample"));
	CHECK(equal("2UExample  Owner/1URoot", "2P example owner /1PROOT"));
	CHECK(equal("", ""));
	CHECK(equal("1U ", "1P"));
	CHECK(equal("3UA+3Ub", "3Ua+3UB"));
}

TEST(other_names_are_other_names, "CMS-18")
{
	CHECK(!equal("1UExample", "2UExample"));
	CHECK(!equal("1UExample", "1UExamples"));
	CHECK(!equal("1UExample Owner", "1UExampleOwner"));
	CHECK(!equal("1UA/2UB", "2UB/1UA"));
	CHECK(!equal("1UA/2UB", "1UA+2UB"));
	CHECK(!equal("1UA/2UB", "1UA"));
	CHECK(!equal("1UA", ""));
	CHECK(!equal("3IAbc", "3Iabc")); /* other string types: octet by octet */
	CHECK(!equal("3IAbc", "3UAbc"));
	CHECK(!equal("1U\xc3\x84", "1U\xc3\xa4"));
}

TEST(malformed_names_equal_nothing, "CMS-18")
{
	struct bytes good = name(0, "1UExample"), cut = bytes_of(good.at, good.size - 1);
	struct error e;

	CHECK(name_check(good, &e));
	CHECK(!name_check(cut, &e) && e.code == ERROR_MALFORMED);
	CHECK(!name_equal(good, cut) && !name_equal(cut, good));
	CHECK(!name_check(bytes_of("\x30\x02\x31\x00", 4), &e)); /* an empty RDN */
	CHECK(name_check(bytes_of("\x30\x00", 2), &e));
	CHECK(name_is_empty(bytes_of("\x30\x00", 2)) && !name_is_empty(good));
}

TEST(refuses_a_nul_inside, "CMS-18")
{
	uint8_t *at = (uint8_t *)(uintptr_t)name(0, "1UExample").at;
	struct error e;

	at[14] = 0;
	CHECK(!name_check(bytes_of(at, at[1] + 2u), &e));
	CHECK(strstr(e.text, "NUL"));
}

TEST(refuses_very_long_names, "CMS-16")
{
	static uint8_t big[4 + CONFIG_NAME_MAX] = { 0x30, 0x82, (CONFIG_NAME_MAX - 3) >> 8,
						    (CONFIG_NAME_MAX - 3) & 0xff };
	struct error e;

	CHECK(!name_check(bytes_of(big, CONFIG_NAME_MAX + 1), &e));
	CHECK_STR(e.rule, "CMS-16");
}

TEST(finds_and_shows_attributes, "OV-11")
{
	CHECK(bytes_equal_text(name_attribute(name(0, "2UOwner/1URoot"), OID_COMMON_NAME),
			       "Root"));
	CHECK(name_attribute(name(0, "2UOwner"), OID_COMMON_NAME).size == 0);
	CHECK_STR(NAME_TEXT(name(0, "2UOwner/1URoot")), "O=Owner, CN=Root");
	CHECK_STR(NAME_TEXT(name(0, "2UOwner+1URoot")), "O=Owner+CN=Root");
	CHECK_STR(NAME_TEXT(name(0, "1U\x1b[31m")), "CN=\\x1b[31m");
	CHECK_STR(NAME_TEXT(name(0, "")), "(no name)");
	char small[12];
	CHECK_STR(name_text(small, sizeof(small), name(0, "2UOwner/1URoot")), "O=Owner,...");
}

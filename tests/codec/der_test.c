/* SPDX-License-Identifier: MIT */
#include "codec/der.h"

#include "base/text.h"
#include "check.h"

static uint8_t input[256];
static bool bad;

/* A reader over bytes written in hex. */
static struct reader hex(const char *text)
{
	size_t size = strlen(text) / 2;

	if (size)
		CHECK(text_unhex(input, size, bytes_of_text(text)));
	return reader_over(bytes_of(input, size), &bad);
}

static bool next_is_bad(const char *text)
{
	struct reader r = hex(text);

	der_next(&r);
	return bad;
}

TEST(takes_one_item_after_the_other, "CMS-1")
{
	struct reader r = hex("30030201050401ff");

	CHECK(der_at(&r, DER_SEQUENCE));
	struct reader inside = der_open(&r, DER_SEQUENCE);
	CHECK(der_small(&inside, 9) == 5);
	CHECK(reader_ok(&inside));
	struct der_item item = der_next(&r);
	CHECK(item.tag == DER_OCTET_STRING && item.content.size == 1 && item.whole.size == 3);
	CHECK(reader_ok(&r));
}

TEST(refuses_lengths_that_are_not_der, "CMS-1 CMS-3 CMS-16")
{
	CHECK(next_is_bad(""));
	CHECK(next_is_bad("30"));
	CHECK(next_is_bad("3001"));
	CHECK(next_is_bad("3080")); /* indefinite */
	CHECK(next_is_bad("30800000"));
	CHECK(next_is_bad("308100")); /* longer than it need be */
	CHECK(next_is_bad("30810100"));
	CHECK(next_is_bad("3082000100"));
	CHECK(next_is_bad("3085000000000100"));
	CHECK(next_is_bad("3084ffffffff")); /* longer than the input */
	CHECK(next_is_bad("30ff"));
	CHECK(next_is_bad("1f8101")); /* high tag numbers */
	CHECK(next_is_bad("0000"));   /* end of contents */
	CHECK(!next_is_bad("0500"));
}

TEST(takes_long_lengths, "CMS-16")
{
	static uint8_t big[3 + 200] = { 0x04, 0x81, 200 };
	struct reader r = reader_over(bytes_of(big, sizeof(big)), &bad);

	CHECK(der_take(&r, DER_OCTET_STRING).size == 200);
	CHECK(reader_ok(&r));
	r = reader_over(bytes_of(big, sizeof(big) - 1), &bad);
	CHECK(der_take(&r, DER_OCTET_STRING).size == 0);
	CHECK(bad);
}

TEST(other_tags_are_bad, "CMS-1")
{
	struct reader r = hex("0500");

	CHECK(!der_at(&r, DER_SEQUENCE));
	der_take(&r, DER_SEQUENCE);
	CHECK(bad);
	CHECK(!der_at(&r, DER_NULL));
	r = hex("050100");
	der_null(&r);
	CHECK(bad);
	r = hex("05000500");
	der_null(&r);
	der_end(&r);
	CHECK(bad);
}

TEST(integers_have_one_form, "CMS-1")
{
	struct reader r;

	r = hex("020100");
	CHECK(der_small(&r, 5) == 0 && !bad);
	r = hex("02020080");
	CHECK(der_small(&r, 128) == 128 && !bad);
	r = hex("020500ffffffff");
	CHECK(der_small(&r, UINT32_MAX) == UINT32_MAX && !bad);
	r = hex("020106");
	der_small(&r, 5);
	CHECK(bad);
	r = hex("0200");
	der_integer(&r);
	CHECK(bad);
	r = hex("02020001");
	der_integer(&r);
	CHECK(bad);
	r = hex("0202ff80");
	der_integer(&r);
	CHECK(bad);
	r = hex("0201ff");
	CHECK(der_integer(&r).size == 1 && !bad);
	r = hex("0201ff");
	der_small(&r, 255);
	CHECK(bad);
	r = hex("02060100000000ff");
	der_small(&r, UINT32_MAX);
	CHECK(bad);
	r = hex("02020081");
	CHECK(der_positive(&r).size == 1 && !bad);
	r = hex("020100");
	der_positive(&r);
	CHECK(bad);
	r = hex("020181");
	der_positive(&r);
	CHECK(bad);
}

TEST(booleans_are_00_or_ff, "CMS-1")
{
	struct reader r;

	r = hex("0101ff");
	CHECK(der_boolean(&r) && !bad);
	r = hex("010100");
	CHECK(!der_boolean(&r) && !bad);
	r = hex("010101");
	der_boolean(&r);
	CHECK(bad);
	r = hex("0100");
	der_boolean(&r);
	CHECK(bad);
}

TEST(bit_strings, "CMS-1")
{
	struct reader r;

	r = hex("0303000102");
	CHECK(der_bit_octets(&r).size == 2 && !bad);
	r = hex("0303010102");
	der_bit_octets(&r);
	CHECK(bad);
	r = hex("0300");
	der_bit_octets(&r);
	CHECK(bad);
	r = hex("03020780");
	CHECK(der_named_bits(&r) == 1 && !bad);
	r = hex("03020106");
	CHECK(der_named_bits(&r) == (1 << 5 | 1 << 6) && !bad);
	r = hex("0303070080");
	CHECK(der_named_bits(&r) == 1 << 8 && !bad);
	r = hex("030100");
	CHECK(der_named_bits(&r) == 0 && !bad);
	r = hex("03020006"); /* a trailing zero bit */
	der_named_bits(&r);
	CHECK(bad);
	r = hex("03020206"); /* an unused bit that is 1 */
	der_named_bits(&r);
	CHECK(bad);
	r = hex("030108");
	der_named_bits(&r);
	CHECK(bad);
	r = hex("03020880");
	der_named_bits(&r);
	CHECK(bad);
	r = hex("030600ffffffffff");
	der_named_bits(&r);
	CHECK(bad);
	r = hex("030500ffffffff");
	CHECK(der_named_bits(&r) == UINT32_MAX && !bad);
}

TEST(object_identifiers_are_well_formed, "CMS-1")
{
	struct reader r;

	r = hex("06032b0601");
	CHECK(der_oid(&r).size == 3 && !bad);
	r = hex("0600");
	der_oid(&r);
	CHECK(bad);
	r = hex("06032b0680"); /* ends inside an arc */
	der_oid(&r);
	CHECK(bad);
	r = hex("06032b8001"); /* leading zero */
	der_oid(&r);
	CHECK(bad);
}

static int64_t time_of(uint8_t tag, const char *text)
{
	uint8_t item[32] = { tag, (uint8_t)strlen(text) };
	struct reader r = reader_over(bytes_of(item, 2 + strlen(text)), &bad);

	memcpy(item + 2, text, strlen(text));
	int64_t t = der_time(&r);
	return bad ? -1 : t;
}

TEST(times_have_seconds_and_z, "CLK-10")
{
	CHECK(time_of(DER_UTC_TIME, "700101000000Z") == 0);
	CHECK(time_of(DER_UTC_TIME, "490101000000Z") == 2493072000);
	CHECK(time_of(DER_UTC_TIME, "500101000000Z") < -1);
	CHECK(time_of(DER_GENERALIZED_TIME, "20240229123456Z") == 1709210096);
	CHECK(time_of(DER_GENERALIZED_TIME, "99991231235959Z") == 253402300799);
	CHECK(time_of(DER_GENERALIZED_TIME, "20240229123456.5Z") == -1);
	CHECK(time_of(DER_GENERALIZED_TIME, "20240229123456") == -1);
	CHECK(time_of(DER_GENERALIZED_TIME, "20230229123456Z") == -1);
	CHECK(time_of(DER_GENERALIZED_TIME, "20240229123456+0000") == -1);
	CHECK(time_of(DER_GENERALIZED_TIME, "20161231235960Z") == -1);
	CHECK(time_of(DER_UTC_TIME, "7001010000Z") == -1);
	CHECK(time_of(DER_UTC_TIME, "70010100000 Z") == -1);
	CHECK(time_of(DER_OCTET_STRING, "700101000000Z") == -1);
}

TEST(says_what_the_bytes_look_like, "ENCODE-3 CMS-3")
{
	struct error e;

	CHECK(!der_complain(bytes_of("", 0), &e) && strstr(e.text, "empty"));
	CHECK(!der_complain(bytes_of_text("0\xef\xbf\xbd..."), &e) &&
	      strstr(e.text, "text conversion"));
	CHECK(!der_complain(bytes_of_text("-----BEGIN CMS-----\n"), &e) &&
	      strstr(e.text, "PEM"));
	CHECK(!der_complain(bytes_of("\x30\x80\x06\x09", 4), &e) &&
	      strstr(e.text, "indefinite"));
	CHECK(!der_complain(bytes_of("\x30\x05\x06", 3), &e) && strstr(e.text, "cut short"));
	CHECK(!der_complain(bytes_of("\x30\x00\x00", 3), &e) &&
	      strstr(e.text, "1 bytes after"));
	CHECK(!der_complain(bytes_of("\x30\x00", 2), &e) && e.code == ERROR_MALFORMED);
}

/* SPDX-License-Identifier: MIT */
#include "base/writer.h"

#include "check.h"

TEST(writes_what_the_reader_reads, "")
{
	uint8_t out[7];
	static const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct writer w = writer_over(out, sizeof(out));

	writer_u8(&w, 1);
	writer_be16(&w, 0x0203);
	writer_le32(&w, 0x07060504);
	CHECK(writer_ok(&w));
	CHECK(bytes_equal(writer_done(&w), bytes_of(want, sizeof(want))));
	writer_u8(&w, 8);
	CHECK(!writer_ok(&w));
}

TEST(never_writes_past_the_end, "SEC-5")
{
	char out[8] = "1234567";
	struct writer w = writer_over(out, 4);

	writer_printf(&w, "%s", "abcdef");
	CHECK(!writer_ok(&w) && out[4] == '5');
	w = writer_over(out, 4);
	writer_text(&w, "abcde");
	CHECK(!writer_ok(&w) && out[4] == '5');
}

TEST(json_strings_are_escaped, "")
{
	char out[64];
	struct writer w = writer_over(out, sizeof(out));

	writer_json_string(&w, bytes_of("\"\\\n\xff\xc3\xa9", 6));
	CHECK(bytes_equal_text(writer_done(&w), "\"\\\"\\\\\\u000a\\ufffd\xc3\xa9\""));
}

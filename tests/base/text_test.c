/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "check.h"

TEST(quotes_what_a_terminal_would_obey, "")
{
	CHECK_STR(TEXT_QUOTED(bytes_of("a\x1b[2J\0z", 7)), "a\\x1b[2J\\x00z");
	CHECK_STR(TEXT_QUOTED(bytes_of("\xc2\x9b", 2)), "\\xc2\\x9b");
	CHECK_STR(TEXT_QUOTED(bytes_of_text("gr\xc3\xbc\xc3\x9f")), "gr\xc3\xbc\xc3\x9f");
}

TEST(cuts_long_text_and_says_so, "")
{
	char small[12], tiny[3];

	CHECK_STR(text_quote(small, sizeof(small), bytes_of_text("abcdefghijklmnop")),
		  "abcdefgh...");
	CHECK_STR(text_quote(tiny, sizeof(tiny), bytes_of_text("abc")), "");
}

TEST(refuses_broken_utf8, "")
{
	static const char *bad[] = { "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80",
				     "\xc3", "\x80", "\xff" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(text_utf8_length(bytes_of_text(bad[i])) == 0);
	CHECK(text_utf8_length(bytes_of_text("\xf0\x9f\x98\x80")) == 4);
}

TEST(reads_hex_with_and_without_colons, "YANG-5")
{
	uint8_t out[3];

	CHECK(text_unhex(out, 3, bytes_of_text("01:aB:ff")) && out[1] == 0xab);
	CHECK(text_unhex(out, 3, bytes_of_text("0203fe")) && out[2] == 0xfe);
	CHECK(!text_unhex(out, 3, bytes_of_text("01:ab:f")));
	CHECK(!text_unhex(out, 3, bytes_of_text("01:abff")));
	CHECK(!text_unhex(out, 3, bytes_of_text("01:ab:fg")));
	CHECK(!text_unhex(out, 3, bytes_of_text("01ab:ff")));
	CHECK(!text_unhex(out, 3, bytes_of_text("")));
}

TEST(numbers_have_no_sign_and_a_maximum, "")
{
	uint64_t n;

	CHECK(text_number(&n, bytes_of_text("65535"), 65535) && n == 65535);
	CHECK(text_number(&n, bytes_of_text("18446744073709551615"), UINT64_MAX));
	CHECK(!text_number(&n, bytes_of_text("65536"), 65535));
	CHECK(!text_number(&n, bytes_of_text("9"), 8));
	CHECK(!text_number(&n, bytes_of_text("-1"), 10));
	CHECK(!text_number(&n, bytes_of_text(""), 10));
	CHECK(!text_number(&n, bytes_of_text("18446744073709551616"), UINT64_MAX));
}

TEST(copies_only_whole_strings_without_nul, "")
{
	char out[4];

	CHECK(text_copy(out, sizeof(out), bytes_of_text("abc")));
	CHECK(!text_copy(out, sizeof(out), bytes_of_text("abcd")));
	CHECK(!text_copy(out, sizeof(out), bytes_of("a\0b", 3)));
}

TEST(matches_patterns_whole, "")
{
	CHECK(text_matches("WDC WD40", "WDC*") && text_matches("WDC WD40", "*40"));
	CHECK(text_matches("WDC WD40", "W?C*D?0") && text_matches("", "") && text_matches("", "**"));
	CHECK(text_matches("aaab", "*aab") && text_matches("a*b", "a*b"));
	CHECK(!text_matches("WDC WD40", "WDC") && !text_matches("WDC", "WDC?"));
	CHECK(!text_matches("abc", "*d") && !text_matches("", "?") && !text_matches("abc", ""));
}

TEST(words_are_parted_by_commas_and_blanks, "")
{
	struct bytes rest = bytes_of_text(" usb,, dhcp4\tdns,"), word;

	CHECK(text_word(&word, &rest) && bytes_equal_text(word, "usb"));
	CHECK(text_word(&word, &rest) && bytes_equal_text(word, "dhcp4"));
	CHECK(text_word(&word, &rest) && bytes_equal_text(word, "dns"));
	CHECK(!text_word(&word, &rest));
	rest = bytes_of(NULL, 0);
	CHECK(!text_word(&word, &rest));
}

TEST(a_list_of_patterns_matches_when_one_of_them_does, "")
{
	CHECK(text_listed("eth0", "eth0, mgmt*"));
	CHECK(text_listed("mgmt1", "eth0, mgmt*"));
	CHECK(!text_listed("eth01", "eth0, mgmt*"));
	CHECK(!text_listed("xmgmt", "eth0, mgmt*"));
	CHECK(!text_listed("eth0", "") && !text_listed("", "eth0"));
	CHECK(text_listed("a", "*"));
}

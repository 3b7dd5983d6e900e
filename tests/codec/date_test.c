/* SPDX-License-Identifier: MIT */
#include "codec/date.h"

#include "check.h"

static struct error e;

static int64_t read_date(const char *text)
{
	int64_t seconds = INT64_MIN;

	return date_read(&seconds, bytes_of_text(text), &e) ? seconds : INT64_MIN;
}

TEST(reads_date_and_time, "OV-22")
{
	CHECK(read_date("1970-01-01T00:00:00Z") == 0);
	CHECK(read_date("2024-02-29T12:34:56Z") == 1709210096);
	CHECK(read_date("2024-02-29t12:34:56z") == 1709210096);
	CHECK(read_date("2026-01-01T01:02:03.123456+00:00") == 1767229323);
	CHECK(read_date("2026-01-01T01:02:03.1-00:00") == 1767229323);
	CHECK(read_date("2026-01-01T03:02:03+02:00") == 1767229323);
	CHECK(read_date("2025-12-31T19:32:03-05:30") == 1767229323);
	CHECK(read_date("1969-12-31T23:59:59Z") == -1);
	CHECK(read_date("2016-12-31T23:59:60Z") == 1483228800);
	CHECK(read_date("9999-12-31T23:59:59Z") == 253402300799);
}

TEST(refuses_what_is_no_date, "OV-22")
{
	static const char *const wrong[] = {
		"",
		"2024",
		"2024-01-01",
		"2024-01-01T00:00:00",
		"2024-01-01 00:00:00Z",
		"2024-13-01T00:00:00Z",
		"2024-00-01T00:00:00Z",
		"2023-02-29T00:00:00Z",
		"2024-04-31T00:00:00Z",
		"2024-01-00T00:00:00Z",
		"2024-01-01T24:00:00Z",
		"2024-01-01T00:60:00Z",
		"2024-01-01T00:00:61Z",
		"2024-01-01T00:00:00.Z",
		"2024-01-01T00:00:00+2:00",
		"2024-01-01T00:00:00+24:00",
		"2024-01-01T00:00:00+00:60",
		"2024-01-01T00:00:00ZZ",
		"2024-01-01T00:00:00Z ",
		"24-01-01T00:00:00Z",
		"2024-1-01T00:00:00Z",
		"+024-01-01T00:00:00Z",
		"2024-01-01T00:00:00,5Z",
		"2100-02-29T00:00:00Z",
		"2024-01-01T00:00:00+0000",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (read_date(wrong[i]) != INT64_MIN)
			printf("taken: %s\n", wrong[i]), check_failed = true;
}

TEST(writes_what_it_reads, "")
{
	CHECK_STR(DATE_TEXT(0), "1970-01-01T00:00:00Z");
	CHECK_STR(DATE_TEXT(-1), "1969-12-31T23:59:59Z");
	CHECK_STR(DATE_TEXT(1709210096), "2024-02-29T12:34:56Z");
	CHECK_STR(DATE_TEXT(253402300799), "9999-12-31T23:59:59Z");
	CHECK_STR(DATE_TEXT(INT64_MAX), "9999-12-31T23:59:59Z");
	CHECK_STR(DATE_TEXT(INT64_MIN), "0000-01-01T00:00:00Z");
	for (int64_t t = -62167219200; t < 253402300799; t += 86400 * 97 + 12345)
		CHECK(read_date(DATE_TEXT(t)) == t);
}

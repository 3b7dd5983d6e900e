/* SPDX-License-Identifier: MIT */
#include "codec/date.h"

#include <stdio.h>

#include "base/reader.h"
#include "base/text.h"

#define DAY_S 86400

static bool is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Days from 0000-01-01 to the first of January of @year. */
static int64_t days_before_year(unsigned year)
{
	if (year == 0)
		return 0;
	return 366 + 365 * (int64_t)(year - 1) + (year - 1) / 4 - (year - 1) / 100 +
	       (year - 1) / 400;
}

bool date_seconds(int64_t *to, unsigned year, unsigned month, unsigned day, unsigned hour,
		  unsigned minute, unsigned second)
{
	if (year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) ||
	    hour > 23 || minute > 59 || second > 60)
		return false;

	int64_t days = days_before_year(year) - days_before_year(1970) + day - 1;

	for (unsigned m = 1; m < month; m++)
		days += days_in(year, m);
	*to = days * DAY_S + hour * 3600 + minute * 60 + second;
	return true;
}

static unsigned digits(struct reader *r, size_t count)
{
	struct bytes b = reader_bytes(r, count);
	uint64_t value = 0;

	if (!text_number(&value, b, 9999))
		reader_fail(r);
	return (unsigned)value;
}

static void expect(struct reader *r, char a, char b)
{
	uint8_t c = reader_u8(r);

	if (c != (uint8_t)a && c != (uint8_t)b)
		reader_fail(r);
}

static int64_t offset_s(struct reader *r)
{
	uint8_t sign = reader_u8(r);

	if (sign == 'Z' || sign == 'z')
		return 0;
	if (sign != '+' && sign != '-')
		reader_fail(r);

	unsigned hours = digits(r, 2);
	expect(r, ':', ':');
	unsigned minutes = digits(r, 2);

	if (hours > 23 || minutes > 59)
		reader_fail(r);
	return (sign == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
}

static void skip_fraction(struct reader *r)
{
	if (reader_peek(r) != '.')
		return;
	reader_skip(r, 1);
	if (reader_peek(r) < '0' || reader_peek(r) > '9')
		reader_fail(r);
	while (reader_peek(r) >= '0' && reader_peek(r) <= '9')
		reader_skip(r, 1);
}

bool date_read(int64_t *to, struct bytes text, struct error *e)
{
	bool bad;
	struct reader r = reader_over(text, &bad);
	int64_t seconds;

	unsigned year = digits(&r, 4);
	expect(&r, '-', '-');
	unsigned month = digits(&r, 2);
	expect(&r, '-', '-');
	unsigned day = digits(&r, 2);
	expect(&r, 'T', 't');
	unsigned hour = digits(&r, 2);
	expect(&r, ':', ':');
	unsigned minute = digits(&r, 2);
	expect(&r, ':', ':');
	unsigned second = digits(&r, 2);
	skip_fraction(&r);
	int64_t offset = offset_s(&r);

	if (!reader_ok(&r) || !date_seconds(&seconds, year, month, day, hour, minute, second))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "'%s' is not a date and time like 2024-01-31T12:00:00Z",
				 TEXT_QUOTED(text));
	*to = seconds - offset;
	return true;
}

const char *date_text(char to[static 21], int64_t seconds)
{
	int64_t lowest = -days_before_year(1970) * DAY_S;
	int64_t highest = (days_before_year(9999) + 365 - days_before_year(1970)) * DAY_S - 1;

	seconds = seconds < lowest ? lowest : seconds > highest ? highest : seconds;

	int64_t days = (seconds - lowest) / DAY_S, rest = (seconds - lowest) % DAY_S;
	unsigned year = (unsigned)(days / 366), month = 1;

	while (year < 9999 && days_before_year(year + 1) <= days)
		year++;
	days -= days_before_year(year);
	for (; days >= days_in(year, month); month++)
		days -= days_in(year, month);
	/* The remainders tell the compiler what the clamp above has made true. */
	snprintf(to, 21, "%04u-%02u-%02uT%02u:%02u:%02uZ", year % 10000, month % 100,
		 (unsigned)(days + 1) % 100, (unsigned)(rest / 3600) % 100,
		 (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
	return to;
}

struct date_string date_string(int64_t seconds)
{
	struct date_string d;

	date_text(d.text, seconds);
	return d;
}

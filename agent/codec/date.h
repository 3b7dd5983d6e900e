/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/* Dates as seconds since 1970-01-01T00:00:00Z, in the proleptic Gregorian calendar. */

/* Years 0 to 9999; month, day and time must exist, second 60 counts as the next minute. */
MUST_CHECK bool date_seconds(int64_t *to, unsigned year, unsigned month, unsigned day,
			     unsigned hour, unsigned minute, unsigned second);

/*
 * YANG date-and-time (RFC 6991, RFC 3339): fraction of any length, dropped; Z or a numeric
 * offset (OV-22).
 */
MUST_CHECK bool date_read(int64_t *to, struct bytes text, struct error *e);

/* "2024-01-31T12:00:00Z"; years outside 0..9999 are held at the ends.  Returns @to. */
const char *date_text(char to[static 21], int64_t seconds);

/* Same into a holder, for use inside one printf call. */
struct date_string {
	char text[21];
};
struct date_string date_string(int64_t seconds);
#define DATE_TEXT(seconds) (date_string(seconds).text)

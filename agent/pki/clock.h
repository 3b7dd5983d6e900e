/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/*
 * What is known of the time, and what follows from it: CLK-4 to CLK-7 as pure functions.
 * Where the time comes from is platform's and trust's business, never a peer's (CLK-6).
 */

struct clock {
	bool accurate;	 /* false: floor only, now_s means nothing */
	int64_t now_s;	 /* seconds since 1970 */
	int64_t floor_s; /* it is certainly not earlier than this */
};

/* A clock that knows a lower bound only / that is right. */
struct clock clock_floor(int64_t floor_s);
struct clock clock_accurate(int64_t now_s);

/* May something that begins at @t (notBefore, thisUpdate) be used?  Floor only: yes. */
bool clock_has_begun(const struct clock *c, int64_t t);

/* Does @t (created-on) lie in the past?  Floor only: assumed. */
bool clock_is_past(const struct clock *c, int64_t t);

/* Is something good up to and including @t (notAfter, nextUpdate) over?  Floor only: when
 * @t lies before the floor, for then it is over for certain (CLK-5). */
bool clock_is_over(const struct clock *c, int64_t t);

/* Has something that ends at @t (expires-on: now < t) ended?  Floor only: as above. */
bool clock_has_ended(const struct clock *c, int64_t t);

/* Lift the floor to @t; a floor never sinks (CLK-9). */
void clock_raise(struct clock *c, int64_t t);

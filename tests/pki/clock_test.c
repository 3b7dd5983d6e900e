/* SPDX-License-Identifier: MIT */
#include "pki/clock.h"

#include "check.h"

TEST(an_accurate_clock_decides_everything, "CLK-4")
{
	struct clock c = clock_accurate(1000);

	CHECK(c.accurate);
	CHECK(clock_has_begun(&c, 1000) && !clock_has_begun(&c, 1001));
	CHECK(clock_is_past(&c, 999) && !clock_is_past(&c, 1000));
	CHECK(!clock_is_over(&c, 1000) && clock_is_over(&c, 999));
	CHECK(!clock_has_ended(&c, 1001) && clock_has_ended(&c, 1000));
}

TEST(a_floor_decides_only_what_is_certain, "CLK-2 CLK-4 CLK-5")
{
	struct clock c = clock_floor(1000);

	CHECK(!c.accurate);
	CHECK(clock_has_begun(&c, INT64_MAX));
	CHECK(clock_is_past(&c, INT64_MAX));
	CHECK(!clock_is_over(&c, 1000) && clock_is_over(&c, 999));
	CHECK(!clock_has_ended(&c, 1000) && clock_has_ended(&c, 999));
	/* 99991231235959Z never ends (CLK-10). */
	CHECK(!clock_is_over(&c, 253402300799));
}

TEST(a_floor_never_sinks, "CLK-9")
{
	struct clock c = clock_floor(1000);

	clock_raise(&c, 999);
	CHECK(c.floor_s == 1000);
	clock_raise(&c, 2000);
	CHECK(c.floor_s == 2000);
}

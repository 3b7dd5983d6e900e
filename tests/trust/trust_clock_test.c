/* SPDX-License-Identifier: MIT */
#include "trust/trust_clock.h"

#include "check.h"

TEST(floor_is_the_latest_of_all, "CLK-4")
{
	static struct trust_store s;

	CHECK(trust_clock_floor(NULL) == CONFIG_BUILD_TIME_S);
	s.created_s = CONFIG_BUILD_TIME_S + 5;
	s.minimum_time_s = CONFIG_BUILD_TIME_S + 7;
	CHECK(trust_clock_floor(&s) == CONFIG_BUILD_TIME_S); /* not loaded: not believed */
	s.loaded = true;
	CHECK(trust_clock_floor(&s) == CONFIG_BUILD_TIME_S + 7);
	s.minimum_time_s = 0;
	CHECK(trust_clock_floor(&s) == CONFIG_BUILD_TIME_S + 5);
	s.created_s = 1;
	CHECK(trust_clock_floor(&s) == CONFIG_BUILD_TIME_S);
}

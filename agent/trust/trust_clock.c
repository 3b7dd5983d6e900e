/* SPDX-License-Identifier: MIT */
#include "trust/trust_clock.h"

uint64_t trust_clock_floor(const struct trust_store *s)
{
	uint64_t floor_s = CONFIG_BUILD_TIME_S;

	if (!s || !s->loaded)
		return floor_s;
	if (s->created_s > floor_s)
		floor_s = s->created_s;
	if (s->minimum_time_s > floor_s)
		floor_s = s->minimum_time_s;
	return floor_s;
}

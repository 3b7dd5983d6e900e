/* SPDX-License-Identifier: MIT */
#include "pki/clock.h"

struct clock clock_floor(int64_t floor_s)
{
	return (struct clock){ .accurate = false, .floor_s = floor_s };
}

struct clock clock_accurate(int64_t now_s)
{
	return (struct clock){ .accurate = true, .now_s = now_s, .floor_s = now_s };
}

bool clock_has_begun(const struct clock *c, int64_t t)
{
	return !c->accurate || t <= c->now_s;
}

bool clock_is_past(const struct clock *c, int64_t t)
{
	return !c->accurate || t < c->now_s;
}

bool clock_is_over(const struct clock *c, int64_t t)
{
	return t < (c->accurate ? c->now_s : c->floor_s);
}

bool clock_has_ended(const struct clock *c, int64_t t)
{
	return c->accurate ? t <= c->now_s : t < c->floor_s;
}

void clock_raise(struct clock *c, int64_t t)
{
	if (t > c->floor_s)
		c->floor_s = t;
}

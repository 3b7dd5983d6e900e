/* SPDX-License-Identifier: MIT */
#include "platform/machine_clock.h"

#include <time.h>

static uint64_t boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t started_ms;

__attribute__((constructor)) static void note_start(void)
{
	started_ms = boot_ms();
}

int64_t machine_clock_now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

uint64_t machine_clock_running_ms(void)
{
	return boot_ms() - started_ms;
}

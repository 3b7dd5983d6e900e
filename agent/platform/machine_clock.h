/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/* What this machine's clock says.  Whether to believe it is trust's affair (CLK-4). */

/* Seconds since 1970 UTC. */
int64_t machine_clock_now_s(void);

/* Seconds and milliseconds since this program started. */
uint64_t machine_clock_running_ms(void);

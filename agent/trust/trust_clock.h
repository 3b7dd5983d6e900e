/* SPDX-License-Identifier: MIT */
#pragma once

#include "trust/trust_store.h"

/*
 * The lowest time we accept as true, seconds since 1970 UTC: the latest of build time,
 * the envelope's creation and the payload's minimum (CLK-4, section 10 step 12).  NULL or
 * a store that is not loaded: the build time alone.
 */
uint64_t trust_clock_floor(const struct trust_store *s);

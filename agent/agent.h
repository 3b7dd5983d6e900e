/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/* The boot story: the only file that knows every room. */

struct agent_options {
	bool once; /* one round instead of rounds for ever */
};

/*
 * Run it.  Comes back only when it cannot go on: with @options->once after one round,
 * otherwise never.  Returns the exit status.
 */
int agent_run(const struct agent_options *options);

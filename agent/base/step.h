/* SPDX-License-Identifier: MIT */
#pragma once

/* What a streaming engine wants next. */
enum step {
	STEP_WANT_READ,
	STEP_WANT_WRITE,
	STEP_DONE,
	STEP_FAILED,
};

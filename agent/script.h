/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "config.h"
#include "platform/loop.h"

/* Pre- and post-configuration scripts: run, capture, judge (SCR-1 to SCR-12). */

struct script_run {
	const char *phase;	   /* "pre" or "post": SZTP_PHASE */
	struct bytes script;	   /* as delivered; not empty */
	const char *serial;	   /* SZTP_SERIAL */
	const char *target;	   /* SZTP_TARGET: where the installed root is mounted */
	const char *os_name, *os_version; /* SZTP_OS_NAME, SZTP_OS_VERSION; may be "" */
	const char *directory;	   /* a tmpfs of ours for the file, "/run/sztpboot" */
	unsigned time_out_s;	   /* 0: CONFIG_SCRIPT_TIME_OUT_S */
};

enum script_verdict {
	SCRIPT_VERDICT_OK,
	SCRIPT_VERDICT_WARNING,
	SCRIPT_VERDICT_ERROR,
};

struct script_result {
	enum script_verdict verdict;
	char why[96];			/* "exit status 3", "killed by signal 9", "time-out" */
	uint8_t output[CONFIG_SCRIPT_OUTPUT_MAX]; /* stdout and stderr in order, its end kept */
	size_t output_size;
	bool cut;
};

/*
 * Run to the end; the loop turns meanwhile.  Failing to start is SCRIPT_VERDICT_ERROR.
 * Errors: ERROR_MACHINE only, when not even that can be found out.
 */
MUST_CHECK bool script_run(struct script_result *result, const struct script_run *run,
			   struct loop *loop, struct error *e);

/* The strict mapping of an exit status as wait(2) gives it (SCR-2).  Pure. */
enum script_verdict script_judge(int wait_status, char *why, size_t size);

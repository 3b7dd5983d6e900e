/* SPDX-License-Identifier: MIT */
#include "script.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static struct script_result result;
static struct loop loop;
static char directory[64];

static const char *run_for(const char *text, unsigned time_out_s)
{
	struct error e = { 0 };
	struct script_run run = {
		.phase = "pre",
		.script = bytes_of_text(text),
		.serial = "SN 1",
		.target = "/target",
		.os_name = "OS",
		.os_version = "1.2",
		.directory = directory,
		.time_out_s = time_out_s,
	};
	static char output[256];

	if (!directory[0]) {
		snprintf(directory, sizeof(directory), "/tmp/sztpboot-script-XXXXXX");
		CHECK(mkdtemp(directory) != NULL);
	}
	loop_start(&loop);
	CHECK(script_run(&result, &run, &loop, &e));
	snprintf(output, sizeof(output), "%.*s", (int)result.output_size, result.output);
	CHECK(rmdir(directory) == 0); /* nothing is left in it (SCR-9) */
	directory[0] = '\0';
	return output;
}

static const char *run(const char *text)
{
	return run_for(text, 20);
}

TEST(captures_both_streams_in_order, "SCR-1 SCR-6")
{
	CHECK_STR(run("#!/bin/sh\necho one; echo two >&2; echo three\n"), "one\ntwo\nthree\n");
	CHECK(result.verdict == SCRIPT_VERDICT_OK);
}

TEST(maps_the_exit_status_strictly, "SCR-2")
{
	run("exit 100");
	CHECK(result.verdict == SCRIPT_VERDICT_WARNING);
	run("exit 1");
	CHECK(result.verdict == SCRIPT_VERDICT_ERROR);
	CHECK_STR(result.why, "exit status 1");
	run("set -e; false; echo not here");
	CHECK(result.verdict == SCRIPT_VERDICT_ERROR && result.output_size == 0);
	run("kill -9 $$");
	CHECK(result.verdict == SCRIPT_VERDICT_ERROR);
	CHECK_STR(result.why, "killed by signal 9");
	run("exit 255");
	CHECK(result.verdict == SCRIPT_VERDICT_ERROR);
}

TEST(a_script_without_or_with_a_missing_interpreter_runs_with_sh, "SCR-7")
{
	CHECK_STR(run("echo plain"), "plain\n");
	CHECK_STR(run("#!/no/such/interpreter\necho still"), "still\n");
	CHECK(result.verdict == SCRIPT_VERDICT_OK);
}

TEST(the_environment_is_minimal, "SCR-8 SCR-9")
{
	CHECK_STR(run("env | grep -v '^_\\|^PWD\\|^SHLVL\\|^OLDPWD' | sort"),
		  "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nSZTP_OS_NAME=OS\nSZTP_OS_VERSION=1.2\n"
		  "SZTP_PHASE=pre\nSZTP_SERIAL=SN 1\nSZTP_TARGET=/target\n");
	CHECK_STR(run("ls /proc/self/fd | wc -l"), "4\n"); /* 0, 1, 2 and the listing's own */
}

TEST(a_script_that_does_not_end_is_killed_with_its_group, "SCR-8")
{
	run_for("sleep 1000 & sleep 1000", 1);
	CHECK(result.verdict == SCRIPT_VERDICT_ERROR);
	CHECK_STR(result.why, "time-out after 1 s");
}

TEST(a_background_child_holds_nobody_up, "SCR-8")
{
	CHECK_STR(run("sleep 1000 & echo done"), "done\n");
	CHECK(result.verdict == SCRIPT_VERDICT_OK);
}

TEST(keeps_the_end_of_long_output, "SCR-6")
{
	run("head -c 1000000 /dev/zero | tr '\\0' x; echo end");
	CHECK(result.output_size == CONFIG_SCRIPT_OUTPUT_MAX && result.cut);
	CHECK(memcmp(result.output + result.output_size - 5, "xend\n", 5) == 0);
}

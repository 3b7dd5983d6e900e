/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "pki/clock.h"

/*
 * The command line: dispatch, help and the man page come from one table.  A command's
 * run function gets argv[0] = its own name and returns the exit status (product.md).
 */
struct command {
	const char *name;
	const char *arguments; /* after the name, one line a form */
	const char *summary;   /* one line for the list */
	const char *details;   /* paragraphs for `help NAME`, lines below 80 columns */
	int (*run)(int argc, char **argv);
};

extern const struct command command_table[];
extern const size_t command_table_size;

/* Print "sztpboot: refused: OV-11: sentence" on stderr; returns the exit status. */
int command_fail(const struct error *e);

/* Print a usage error and where help is; returns the exit status 3. */
int command_usage(const char *name, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * The clock of a command on a workstation: --time (RFC 3339) is right, this machine's own
 * clock is a lower bound only (CLK-4).  @time: NULL when it was not given.
 * Errors: ERROR_USAGE.
 */
MUST_CHECK bool command_clock(struct clock *clock, const char *time, struct error *e);

/* `sztpboot help [COMMAND]`: on stdout.  Exit status 3 for an unknown command. */
int command_help_run(int argc, char **argv);

/* The man page, troff on stdout, from the same table. */
int command_man_run(int argc, char **argv);

/* The runs of the other commands, each in its own file. */
int command_run_run(int argc, char **argv);
int command_bootstrap_run(int argc, char **argv);
int command_discover_run(int argc, char **argv);
int command_verify_run(int argc, char **argv);
int command_verify_chain_run(int argc, char **argv);
int command_inspect_run(int argc, char **argv);
int command_write_run(int argc, char **argv);
int command_boot_run(int argc, char **argv);
int command_trust_run(int argc, char **argv);
int command_status_run(int argc, char **argv);

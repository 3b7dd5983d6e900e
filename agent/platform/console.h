/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/log.h"

/*
 * What the person in front of the machine sees: "[  3.141] dhcp4: eth0: bound" on
 * standard error, seconds since the program started, no colours.
 */

/* The log sink for log_to(); context is not used. */
void console_log(void *context, const struct log_entry *entry);

/* Lines above this level are not shown; at first all are. */
void console_up_to(enum log_level level);

/*
 * Say how far long work is.  On a terminal one line that is rewritten (percent, rate,
 * time left); elsewhere a plain line every few seconds.  Call as often as you like.
 *
 * @stage: "install"; kept until the work ends, compared by contents.
 * @total: bytes, 0 when unknown.  @done == @total != 0 ends it.
 */
void console_progress(const char *stage, uint64_t done, uint64_t total);

/* End the line of a work that stopped early; console_log() does it too. */
void console_progress_end(void);

/* The work that is going on, for status: false when there is none. */
bool console_progress_now(uint64_t *done, uint64_t *total);

/* "412 MiB", "1.0 GiB", "17 KiB", "3 bytes" */
struct console_size {
	char text[24];
};
struct console_size console_size(uint64_t bytes);
#define CONSOLE_SIZE(n) (console_size(n).text)

/* The text of a progress line without the bar; pure, for tests. */
void console_progress_text(char *to, size_t size, const char *stage, uint64_t done,
			   uint64_t total, uint64_t elapsed_ms);

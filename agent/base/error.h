/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/*
 * Why something failed: a code the program decides on, the requirement's number
 * (docs/requirements.md), and one sentence for the person at the console.
 */

enum error_code {
	ERROR_NONE,
	ERROR_REFUSED,   /* understood, and the answer is no        exit 1 */
	ERROR_MALFORMED, /* not what it claims to be                exit 1 */
	ERROR_LATER,     /* network, server or medium is not there  exit 2 */
	ERROR_USAGE,     /* wrong arguments, file cannot be opened  exit 3 */
	ERROR_MACHINE,   /* TPM, disk, memory or kernel failed      exit 4 */
};

struct error {
	enum error_code code;
	char rule[24];  /* "OV-11", "STORE_FOREIGN"; empty when no rule speaks of it */
	char text[320]; /* one sentence, no full stop, peer text already escaped */
};

/*
 * Fill @e and return false, so that failing is one line.  @rule may be NULL.  The
 * finder says what; each caller adds who with error_wrap ("voucher: ...").
 */
bool error_set(struct error *e, enum error_code code, const char *rule, const char *format, ...)
	PRINTF_LIKE(4, 5);

/* Put "who: " before the sentence.  Returns false. */
bool error_wrap(struct error *e, const char *format, ...) PRINTF_LIKE(2, 3);

/* As error_set, with ": " and strerror(errno) at the end. */
bool error_errno(struct error *e, enum error_code code, const char *rule, const char *format, ...)
	PRINTF_LIKE(4, 5);

/* Give a rule number to an error that has none yet.  Returns false. */
bool error_rule(struct error *e, const char *rule);

/* The command line's exit status for a code (product.md, exit codes). */
int error_exit_status(enum error_code code);

/* "refused" (also for malformed input), "try again later", "usage", "this machine failed". */
const char *error_code_name(enum error_code code);

/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <errno.h>

#include "check.h"

TEST(each_caller_adds_who, "")
{
	struct error e = { 0 };

	CHECK(!error_set(&e, ERROR_REFUSED, "OV-10", "voucher is for serial %s", "A"));
	CHECK(!error_wrap(&e, "server %d", 2));
	CHECK_STR(e.text, "server 2: voucher is for serial A");
	CHECK_STR(e.rule, "OV-10");
	error_rule(&e, "VAL-6");
	CHECK_STR(e.rule, "OV-10");
}

TEST(a_sentence_too_long_keeps_its_beginning, "")
{
	struct error e = { 0 };
	char text[400];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&e, ERROR_MACHINE, NULL, "%s", text);
	error_wrap(&e, "disk");
	CHECK(memcmp(e.text, "disk: xxx", 9) == 0);
	CHECK(strlen(e.text) == sizeof(e.text) - 1);
	error_wrap(&e, "%s", text);
	CHECK(strlen(e.text) == sizeof(e.text) - 1);
}

TEST(errno_is_told_in_words, "")
{
	struct error e = { 0 };

	errno = ENOENT;
	error_errno(&e, ERROR_USAGE, NULL, "cannot open %s", "x");
	CHECK_STR(e.text, "cannot open x: No such file or directory");
}

TEST(exit_statuses_are_those_of_the_manual, "")
{
	CHECK(error_exit_status(ERROR_REFUSED) == 1 && error_exit_status(ERROR_MALFORMED) == 1);
	CHECK(error_exit_status(ERROR_LATER) == 2 && error_exit_status(ERROR_USAGE) == 3);
	CHECK(error_exit_status(ERROR_MACHINE) == 4 && error_exit_status(ERROR_NONE) == 0);
}

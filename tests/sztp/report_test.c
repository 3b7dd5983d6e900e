/* SPDX-License-Identifier: MIT */
#include "sztp/report.h"

#include <stdio.h>

#include "check.h"

/* A server's side: what came, and how it is answered. */
static char heard[2048];
static enum progress_type refused;
static bool refuses, silent;
static struct error e;

static bool hear(void *context, const struct progress *p, struct error *error)
{
	size_t used = strlen(heard);

	CHECK(context == heard);
	snprintf(heard + used, sizeof(heard) - used, "%s%s", used ? " " : "",
		 progress_type_name(p->type));
	if (silent)
		return error_set(error, ERROR_LATER, "TLS-15", "no answer");
	if (refuses && p->type == refused)
		return error_set(error, ERROR_REFUSED, "HTTP-11", "500");
	return true;
}

static struct report begin(bool allowed, bool verbose)
{
	heard[0] = '\0';
	refuses = silent = false;
	e = (struct error){ 0 };
	return (struct report){
		.send = hear, .context = heard, .allowed = allowed, .verbose = verbose
	};
}

static void do_all_steps(struct report *r)
{
	static const enum progress_type steps[] = {
		PROGRESS_TYPE_BOOT_IMAGE_INITIATED,	 PROGRESS_TYPE_BOOT_IMAGE_COMPLETE,
		PROGRESS_TYPE_PRE_SCRIPT_INITIATED,  PROGRESS_TYPE_PRE_SCRIPT_COMPLETE,
		PROGRESS_TYPE_CONFIG_INITIATED,	 PROGRESS_TYPE_CONFIG_COMPLETE,
		PROGRESS_TYPE_POST_SCRIPT_INITIATED, PROGRESS_TYPE_POST_SCRIPT_COMPLETE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		report_step(r, steps[i], "step %zu", i);
}

TEST(a_verbose_run_in_its_order, "PROG-4 PROG-6 PROG-8 ONB-2 ONB-3")
{
	struct report r = begin(true, true);

	CHECK(report_initiated(&r, &e));
	do_all_steps(&r);
	CHECK(report_complete(&r, NULL, &e));
	CHECK_STR(heard, "bootstrap-initiated parsing-initiated parsing-complete "
			 "boot-image-initiated boot-image-complete pre-script-initiated "
			 "pre-script-complete config-initiated config-complete "
			 "post-script-initiated post-script-complete bootstrap-complete");
	CHECK(r.sent == 12 && r.failed == 0 && r.ended);
}

TEST(a_minimal_run_says_little, "PROG-6 ROUT-8")
{
	struct report r = begin(true, false);

	CHECK(report_initiated(&r, &e));
	do_all_steps(&r);
	report_step(&r, PROGRESS_TYPE_BOOTSTRAP_WARNING, "the flag is still set");
	CHECK(report_complete(&r, NULL, &e));
	CHECK_STR(heard, "bootstrap-initiated bootstrap-warning bootstrap-complete");
}

TEST(strangers_hear_nothing, "PROG-1 PROG-2 TERM-1")
{
	struct report r = begin(false, true);
	const struct error why = { .text = "reason" };

	CHECK(report_initiated(&r, &e));
	do_all_steps(&r);
	CHECK(report_complete(&r, NULL, &e));
	CHECK(!report_error(&r, PROGRESS_TYPE_CONFIG_ERROR, &why));
	CHECK_STR(heard, "");
	CHECK(r.initiated && !r.ended && r.sent == 0);
}

TEST(an_initiation_that_is_not_taken_ends_it, "PROG-4")
{
	struct report r = begin(true, true);

	refuses = true;
	refused = PROGRESS_TYPE_BOOTSTRAP_INITIATED;
	CHECK(!report_initiated(&r, &e));
	CHECK_STR(e.rule, "PROG-4");
	CHECK_STR(e.text, "report bootstrap-initiated: 500");
	do_all_steps(&r);
	CHECK_STR(heard, "bootstrap-initiated bootstrap-error");
}

TEST(a_completion_that_is_not_taken_is_an_error, "PROG-8 DONE-3")
{
	struct report r = begin(true, false);

	CHECK(report_initiated(&r, &e));
	refuses = true;
	refused = PROGRESS_TYPE_BOOTSTRAP_COMPLETE;
	CHECK(!report_complete(&r, NULL, &e));
	CHECK_STR(e.rule, "PROG-8");
	CHECK_STR(heard, "bootstrap-initiated bootstrap-complete bootstrap-error");
}

TEST(nothing_follows_the_last_one, "PROG-5 PROG-9 PROG-16")
{
	struct report r = begin(true, true);
	const struct error why = { .rule = "IMG-9", .text = "wrong digest" };

	CHECK(report_initiated(&r, &e));
	heard[0] = '\0';
	refuses = true;
	refused = PROGRESS_TYPE_BOOT_IMAGE_ERROR;
	CHECK(!report_error(&r, PROGRESS_TYPE_BOOT_IMAGE_ERROR, &why));
	do_all_steps(&r);
	CHECK(!report_error(&r, PROGRESS_TYPE_BOOTSTRAP_ERROR, &why));
	CHECK_STR(heard, "boot-image-error");
}

TEST(a_server_that_went_away_holds_nobody_up, "PROG-9 PROG-10")
{
	struct report r = begin(true, true);
	const struct error why = { .text = "reason" };

	CHECK(report_initiated(&r, &e));
	heard[0] = '\0';
	silent = true;
	do_all_steps(&r);
	CHECK_STR(heard, "boot-image-initiated boot-image-complete");
	CHECK(!report_error(&r, PROGRESS_TYPE_CONFIG_ERROR, &why));
	CHECK_STR(heard, "boot-image-initiated boot-image-complete config-error");
}

TEST(one_lost_report_is_only_one, "PROG-10")
{
	struct report r = begin(true, true);

	CHECK(report_initiated(&r, &e));
	heard[0] = '\0';
	silent = true;
	report_step(&r, PROGRESS_TYPE_BOOT_IMAGE_INITIATED, "x");
	silent = false;
	report_step(&r, PROGRESS_TYPE_BOOT_IMAGE_WARNING, "x");
	silent = true;
	report_step(&r, PROGRESS_TYPE_BOOT_IMAGE_MISMATCH, "x");
	silent = false;
	CHECK(report_complete(&r, NULL, &e));
	CHECK_STR(heard,
		  "boot-image-initiated boot-image-warning boot-image-mismatch bootstrap-complete");
	CHECK(r.failed == 2);
}

/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include "base/log.h"
#include "check.h"

TEST(the_table_is_json_with_every_stage_in_order, "DONE-6")
{
	static char room[4096];
	struct writer w = writer_over(room, sizeof(room) - 1);
	struct stage_log log;
	const char *at = room;

	stage_start(&log);
	stage_enter(&log, STAGE_TRUST);
	stage_ended(&log, STAGE_TRUST, 17, "a \"quoted\" thing");
	stage_write(&log, &w);
	CHECK(writer_ok(&w));
	room[w.used] = '\0';
	for (int i = 0; i < STAGE_COUNT; i++) {
		char member[64];

		snprintf(member, sizeof(member), "{\"stage\":\"%s\",\"seconds\":", stage_name(i));
		at = strstr(at, member);
		CHECK(at != NULL);
		if (!at)
			return;
	}
	CHECK(strstr(room, "\"bytes\":17,\"detail\":\"a \\\"quoted\\\" thing\"") != NULL);
}

static struct log_entry told;
static char line[512];

static void keep(void *context, const struct log_entry *entry)
{
	(void)context;
	told = *entry;
	snprintf(line, sizeof(line), "%s", entry->line);
}

TEST(a_failure_says_stage_source_requirement_sentence_and_what_comes_next, "DISC-9 LOG-7")
{
	struct stage_log log;
	struct error e;

	log_to(keep, NULL);
	stage_start(&log);
	stage_enter(&log, STAGE_VERIFY);
	error_set(&e, ERROR_REFUSED, "OV-10", "voucher is for another");
	stage_failed(&log, "dhcp4 eth0", &e, "next source in 2 s");
	CHECK_STR(told.stem, "verify");
	CHECK_STR(told.event, "failure");
	CHECK(told.level == LOG_LEVEL_WARN);
	CHECK_STR(line, "dhcp4 eth0: OV-10: voucher is for another; next source in 2 s");
	error_set(&e, ERROR_LATER, NULL, "no cable");
	stage_failed(&log, NULL, &e, "next round in 10 s");
	CHECK_STR(line, "no cable; next round in 10 s");
	log_to(NULL, NULL);
}

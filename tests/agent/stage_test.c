/* SPDX-License-Identifier: MIT */
#include "stage.h"

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

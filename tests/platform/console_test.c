/* SPDX-License-Identifier: MIT */
#include "platform/console.h"

#include <unistd.h>

#include "check.h"

static char text[128];

TEST(sizes_are_short, "")
{
	CHECK_STR(CONSOLE_SIZE(0), "0 bytes");
	CHECK_STR(CONSOLE_SIZE(1), "1 byte");
	CHECK_STR(CONSOLE_SIZE(1023), "1023 bytes");
	CHECK_STR(CONSOLE_SIZE(1024), "1.0 KiB");
	CHECK_STR(CONSOLE_SIZE(10 * 1024 + 1000), "10 KiB");
	CHECK_STR(CONSOLE_SIZE((uint64_t)1024 * 1024 * 1024), "1.0 GiB");
	CHECK_STR(CONSOLE_SIZE((uint64_t)412 << 20), "412 MiB");
	CHECK_STR(CONSOLE_SIZE(((uint64_t)5 << 40) + ((uint64_t)1 << 39)), "5.5 TiB");
	CHECK_STR(CONSOLE_SIZE(UINT64_MAX), "16777215 TiB");
}

TEST(progress_says_percent_rate_and_time_left, "")
{
	console_progress_text(text, sizeof(text), "install", 50 << 20, 200 << 20, 1000);
	CHECK_STR(text, "install    25 %  50 MiB, 50 MiB/s, 3 s left");
	console_progress_text(text, sizeof(text), "install", 200 << 20, 200 << 20, 4000);
	CHECK_STR(text, "install   100 %  200 MiB, 50 MiB/s");
	console_progress_text(text, sizeof(text), "install", 50 << 20, 0, 1000);
	CHECK_STR(text, "install   50 MiB, 50 MiB/s");
	console_progress_text(text, sizeof(text), "install", 0, 100, 0);
	CHECK_STR(text, "install     0 %  0 bytes");
	console_progress_text(text, sizeof(text), "install", UINT64_MAX / 2, UINT64_MAX, 1);
	CHECK_STR(text, "install    50 %  8388607 TiB");
	/* More than was announced: no nonsense, whatever the server sends. */
	console_progress_text(text, sizeof(text), "install", 300, 200, 1000);
	CHECK_STR(text, "install   100 %  300 bytes, 300 bytes/s");
}

TEST(status_learns_of_the_work_that_goes_on, "")
{
	uint64_t done, total;

	CHECK(!console_progress_now(&done, &total));
	console_progress("install", 5, 20);
	CHECK(console_progress_now(&done, &total) && done == 5 && total == 20);
	console_progress("install", 20, 20);
	CHECK(!console_progress_now(&done, &total));
	console_progress("read", 1, 0);
	CHECK(console_progress_now(&done, &total) && done == 1 && total == 0);
	console_progress_end();
	CHECK(!console_progress_now(&done, &total));
}

TEST(lines_above_the_level_are_not_shown, "")
{
	const struct log_entry info = { LOG_LEVEL_INFO, "a", NULL, "info" };
	const struct log_entry warn = { LOG_LEVEL_WARN, "a", NULL, "warn" };
	int pipes[2], old = dup(STDERR_FILENO);
	ssize_t n;

	CHECK(pipe(pipes) == 0 && dup2(pipes[1], STDERR_FILENO) >= 0);
	console_up_to(LOG_LEVEL_WARN);
	console_log(NULL, &info);
	console_log(NULL, &warn);
	console_up_to(LOG_LEVEL_DEBUG);
	n = read(pipes[0], text, sizeof(text) - 1);
	CHECK(dup2(old, STDERR_FILENO) >= 0);
	text[n > 0 ? n : 0] = '\0';
	CHECK(strstr(text, "] a: warn\n") && !strstr(text, "info"));
	close(pipes[0]);
	close(pipes[1]);
	close(old);
}

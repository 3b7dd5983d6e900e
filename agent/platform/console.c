/* SPDX-License-Identifier: MIT */
#include "platform/console.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "platform/machine_clock.h"

#define PLAIN_EVERY_MS 5000 /* between lines where nothing can be rewritten */
#define LIVE_EVERY_MS  100
#define BAR_WIDTH      16 /* with all the rest it fits into 80 columns */

static struct {
	char stage[16];
	uint64_t begun_ms, told_ms;
	uint64_t done, total;
	bool open; /* a live line stands on the terminal, without its end */
} progress;

static enum log_level shown_up_to = LOG_LEVEL_DEBUG;

static bool is_live(void)
{
	static int known = -1;
	struct winsize size;

	/* A serial console is a terminal too, but has no size until someone sets one, and its
	 * output is kept in logs: plain lines there. */
	if (known < 0)
		known = isatty(STDERR_FILENO) &&
			ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 80;
	return known;
}

/* One write for a line, so that lines of other processes do not cut it. */
static void put(const char *before, const char *text, const char *after)
{
	char line[600];
	uint64_t now = machine_clock_running_ms();
	int n = snprintf(line, sizeof(line), "%s[%3u.%03u] %s%s", before,
			 (unsigned)(now / 1000), (unsigned)(now % 1000), text, after);

	if (n >= (int)sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* there is nobody to tell */
}

void console_progress_end(void)
{
	if (progress.open && write(STDERR_FILENO, "\n", 1) < 0)
		return;
	progress.open = false;
	progress.stage[0] = '\0';
}

void console_up_to(enum log_level level)
{
	shown_up_to = level;
}

bool console_progress_now(uint64_t *done, uint64_t *total)
{
	*done = progress.done;
	*total = progress.total;
	return progress.stage[0] != '\0';
}

void console_log(void *context, const struct log_entry *entry)
{
	char text[560];

	(void)context;
	if (entry->level > shown_up_to)
		return;
	snprintf(text, sizeof(text), "%s: %s", entry->stem, entry->line);
	/* The live line is wiped; the next progress call draws it again. */
	put(progress.open ? "\r\033[K" : "", text, "\n");
	progress.open = false;
}

struct console_size console_size(uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	struct console_size s;
	uint64_t unit = 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(s.text, sizeof(s.text), "%u byte%s", (unsigned)bytes,
			 bytes == 1 ? "" : "s");
		return s;
	}
	while (i + 1 < ARRAY_SIZE(units) && bytes / unit >= 1024)
		unit *= 1024, i++;
	uint64_t whole = bytes / unit, tenth = bytes % unit / (unit / 1024) * 10 / 1024;
	if (whole < 10)
		snprintf(s.text, sizeof(s.text), "%u.%u %s", (unsigned)whole, (unsigned)tenth,
			 units[i]);
	else
		snprintf(s.text, sizeof(s.text), "%llu %s", (unsigned long long)whole,
			 units[i]);
	return s;
}

void console_progress_text(char *to, size_t size, const char *stage, uint64_t done,
			   uint64_t total, uint64_t elapsed_ms)
{
	uint64_t rate = elapsed_ms >= 100 ? done / elapsed_ms * 1000 +
						    done % elapsed_ms * 1000 / elapsed_ms
					  : 0;
	int n = snprintf(to, size, "%-10s", stage);

	if (total)
		n += snprintf(
			to + n, size - (size_t)n, "%3u %%  ",
			(unsigned)(done >= total ? 100 : (double)done * 100 / (double)total));
	n += snprintf(to + n, size - (size_t)n, "%s", CONSOLE_SIZE(done));
	if (rate)
		n += snprintf(to + n, size - (size_t)n, ", %s/s", CONSOLE_SIZE(rate));
	if (rate && total > done)
		snprintf(to + n, size - (size_t)n, ", %llu s left",
			 (unsigned long long)((total - done + rate - 1) / rate));
}

static void draw_bar(char *to, uint64_t done, uint64_t total)
{
	int full = (int)((double)done * BAR_WIDTH / (double)total);

	for (int i = 0; i < BAR_WIDTH; i++)
		to[i] = i < full ? '#' : '.';
	to[BAR_WIDTH] = '\0';
}

void console_progress(const char *stage, uint64_t done, uint64_t total)
{
	uint64_t now = machine_clock_running_ms();
	bool live = is_live(), over = total && done >= total;
	char text[128], whole[192], bar[BAR_WIDTH + 1] = "";

	if (strncmp(progress.stage, stage, sizeof(progress.stage) - 1) != 0) {
		console_progress_end();
		snprintf(progress.stage, sizeof(progress.stage), "%s", stage);
		progress.begun_ms = now;
		progress.told_ms = now;
	}
	progress.done = done;
	progress.total = total;
	if (!over && now - progress.told_ms < (live ? LIVE_EVERY_MS : PLAIN_EVERY_MS))
		return;
	progress.told_ms = now;
	console_progress_text(text, sizeof(text), stage, done, total,
			      now - progress.begun_ms);
	if (live) {
		if (total)
			draw_bar(bar, over ? total : done, total);
		snprintf(whole, sizeof(whole), "%-46s  %s", text, bar);
		put("\r\033[K", whole, "");
		progress.open = true;
	} else if (!over) {
		put("", text, "\n");
	}
	if (over)
		console_progress_end();
}

/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "platform/loop.h"

static const char *const names[STAGE_COUNT] = {
	[STAGE_PROBE] = "probe",	 [STAGE_TRUST] = "trust",
	[STAGE_DISCOVER] = "discover",	 [STAGE_BOOTSTRAP] = "bootstrap",
	[STAGE_VERIFY] = "verify",	 [STAGE_INSTALL] = "install",
	[STAGE_CONFIGURE] = "configure", [STAGE_HANDOFF] = "handoff",
};

const char *stage_name(enum stage stage)
{
	return names[stage];
}

void stage_start(struct stage_log *log)
{
	memset(log, 0, sizeof(*log));
	log->entered_ms = loop_now_ms();
}

void stage_enter(struct stage_log *log, enum stage stage)
{
	uint64_t now_ms = loop_now_ms();

	log->at[log->now].ms += now_ms - log->entered_ms;
	log->entered_ms = now_ms;
	log->now = stage;
}

void stage_ended(struct stage_log *log, enum stage stage, uint64_t bytes, const char *format,
		 ...)
{
	va_list args;

	log->at[stage].bytes = bytes;
	va_start(args, format);
	vsnprintf(log->at[stage].detail, sizeof(log->at[stage].detail), format, args);
	va_end(args);
	log_notice(names[stage], "%s", log->at[stage].detail);
}

void stage_failed(const struct stage_log *log, const char *source, const struct error *e,
		  const char *next)
{
	log_event("failure", LOG_LEVEL_WARN, names[log->now], "%s%s%s%s%s; %s",
		  source ? source : "", source ? ": " : "", e->rule, e->rule[0] ? ": " : "",
		  e->text, next);
}

void stage_print(struct stage_log *log)
{
	stage_enter(log, log->now);
	log_notice("stage", "%-10s %8s %12s  %s", "stage", "seconds", "bytes", "detail");
	for (int i = 0; i < STAGE_COUNT; i++)
		log_notice("stage", "%-10s %4u.%03u %12llu  %s", names[i],
			   (unsigned)(log->at[i].ms / 1000), (unsigned)(log->at[i].ms % 1000),
			   (unsigned long long)log->at[i].bytes, log->at[i].detail);
}

void stage_write(const struct stage_log *log, struct writer *w)
{
	writer_text(w, "[");
	for (int i = 0; i < STAGE_COUNT; i++) {
		writer_printf(w, "%s{\"stage\":\"%s\",\"seconds\":%u.%03u,\"bytes\":%llu,\"detail\":",
			      i ? "," : "", names[i], (unsigned)(log->at[i].ms / 1000),
			      (unsigned)(log->at[i].ms % 1000),
			      (unsigned long long)log->at[i].bytes);
		writer_json_string(w, bytes_of_text(log->at[i].detail));
		writer_text(w, "}");
	}
	writer_text(w, "]");
}

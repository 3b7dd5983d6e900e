/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"

/* The stages of a run (product.md section 3): where time and bytes went. */

enum stage {
	STAGE_PROBE,
	STAGE_TRUST,
	STAGE_DISCOVER,
	STAGE_BOOTSTRAP,
	STAGE_VERIFY,
	STAGE_INSTALL,
	STAGE_CONFIGURE,
	STAGE_HANDOFF,
	STAGE_COUNT,
};

struct stage_log {
	enum stage now;
	uint64_t entered_ms;
	struct {
		uint64_t ms;
		uint64_t bytes;
		char detail[120]; /* how it ended; "" while it has not */
	} at[STAGE_COUNT];
};

const char *stage_name(enum stage stage);

/* Begin with STAGE_PROBE. */
void stage_start(struct stage_log *log);

/* The time from here on belongs to @stage; entering it again adds to it. */
void stage_enter(struct stage_log *log, enum stage stage);

/* How @stage ended: kept for the table and printed as one line.  @bytes: 0 for none. */
void stage_ended(struct stage_log *log, enum stage stage, uint64_t bytes, const char *format,
		 ...) PRINTF_LIKE(4, 5);

/*
 * The line about an attempt that came to nothing: "verify: dhcp4 eth0: OV-10: voucher is for
 * ...; next source in 2 s".
 * @source: "usb sdb1", or NULL.  @next: what happens now, "next round in 10 s".
 */
void stage_failed(const struct stage_log *log, const char *source, const struct error *e,
		  const char *next);

/* The table "stage, seconds, bytes, detail", as log lines. */
void stage_print(struct stage_log *log);

/* The same as a JSON list; the time since the last stage_enter() is not in it. */
void stage_write(const struct stage_log *log, struct writer *w);

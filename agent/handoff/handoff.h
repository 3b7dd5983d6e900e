/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * The point of no return.  Before it everything that can fail has been done (DONE-1);
 * secrets are wiped by whoever holds them.
 */

/*
 * Write everything out and let go of the disk: sync, then drop its buffers.
 *
 * @disk: "/dev/vda", or NULL.
 */
MUST_CHECK bool handoff_quiesce(const char *disk, struct error *e);

/* Into the loaded kernel.  Returns only when it failed (DONE-4: then handoff_reboot). */
void handoff_jump(struct error *e);

/* Restart through the firmware.  Returns only when it failed. */
void handoff_reboot(struct error *e);

/* Off.  Returns only when it failed. */
void handoff_power_off(struct error *e);

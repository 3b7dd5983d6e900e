/* SPDX-License-Identifier: MIT */
#pragma once

#include "onboard.h"

/*
 * What the installed system gets to know of its onboarding, below /var/lib/sztpboot:
 * result.json, log, eventlog, configuration, outputs of scripts (DONE-6).  No secrets.
 */

/* Write one file there.  @root: the installed root, an open directory, mounted rw. */
MUST_CHECK bool result_write_file(int root, const char *name, struct bytes contents,
				  struct error *e);

/* result.json: source, server, serial, versions, digests, stage times, reports. */
MUST_CHECK bool result_write(int root, struct onboard *o, const struct bootstrap_onboarding *from,
			     struct error *e);

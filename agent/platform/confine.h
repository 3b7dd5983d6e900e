/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"

/*
 * A process that talks to strangers gives up, for good, all it does not need for that
 * (SEC-4): what then takes it over gets sockets of TCP and UDP, its memory, and nothing
 * else.
 */

/*
 * Confine this process, which has just been forked and has one thread.
 *
 * As root it becomes nobody (65534) in an empty, deleted root folder; another user stays
 * who it is.  In both cases: no capabilities and none to be had (no_new_privs), no core
 * file, no ptrace by its kind, no descriptors but @keep and /dev/null as 0 to 2, few new
 * ones, bounded memory, no processes, and the system calls of the table in confine.c.  It
 * dies with its parent.
 *
 * The kernel needs CONFIG_SECCOMP_FILTER; to go through a link of its choice (SO_BINDTODEVICE)
 * such a process needs Linux 5.7.
 *
 * @keep: descriptors that stay, by their numbers.
 * Errors: ERROR_MACHINE SEC-4: the process must then end, half confined as it is.
 */
MUST_CHECK bool confine_process(const int *keep, size_t count, struct error *e);

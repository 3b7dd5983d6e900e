/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * `sztpboot trust enroll`: what the manufacturer does once per device (tpm-trust-store.md
 * section 18).  The only code that writes envelopes; it needs the authority key, so the
 * agent cannot use it (TRUST-6).
 */
int command_enroll_run(int argc, char **argv);

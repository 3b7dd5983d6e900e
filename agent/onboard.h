/* SPDX-License-Identifier: MIT */
#pragma once

#include "handoff/kexec.h"
#include "install.h"
#include "measure.h"
#include "stage.h"
#include "sztp/bootstrap.h"

/*
 * Onboarding information carried out on this machine (RFC 8572 §5.6): boot image,
 * pre-configuration script, configuration, post-configuration script, and everything up to
 * the jump.  Called from within the bootstrap conversation, so a failure goes back to the
 * enclosing list of servers (SRC-10).
 */
struct onboard {
	/* Set by the caller. */
	struct loop *loop;
	struct stage_log *stages;
	struct measure *measure;
	struct install install; /* loop, settings and watch set */
	const char *serial;
	int64_t floor_s; /* the lowest time that is accepted; 1970 */
	bool starts_again; /* our switch stays on after success, too (ONB-6) */
	bool scripts_allowed; /* sealed policy, allow-scripts */
	const struct ldevid_signer *ldevid; /* the bootstrap's */
	void (*wipe)(void *context); /* secrets, before the jump (TPM-135) */
	struct bytes (*run_log)(void *context);
	void *context;

	/* The rest belongs to onboard.c. */
	bool touched; /* something was written into the installed system */
	char os_name[64], os_version[64];
	struct kexec_image kernel;
	enum kexec_verdict verdict;
	const char *boot_source; /* "bls", "scan" */
	char boot_id[128];
};

/*
 * Carry it out.  Does not return when all is well: the machine runs the new system.
 * Errors: the step's; reports have been sent where they are allowed.
 */
bool onboard_run(struct onboard *o, const struct bootstrap_onboarding *from, struct error *e);

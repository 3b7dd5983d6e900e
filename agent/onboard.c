/* SPDX-License-Identifier: MIT */
#include "onboard.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/base64.h"
#include "handoff/boot_disk.h"
#include "handoff/handoff.h"
#include "image/sha256.h"
#include "ldevid.h"
#include "platform/console.h"
#include "platform/file.h"
#include "platform/mount.h"
#include "result.h"
#include "script.h"

#define TARGET "/run/sztpboot/target" /* where the installed root is mounted */
#define SCRIPTS "/run/sztpboot"

/* ---- boot image ---------------------------------------------------------------------- */

static bool install_step(struct onboard *o, const struct bootstrap_onboarding *from,
			 struct error *e)
{
	struct report *report = from->report;
	const struct image_report *image = &o->install.image;

	stage_enter(o->stages, STAGE_INSTALL);
	report_step(report, PROGRESS_TYPE_BOOT_IMAGE_INITIATED, "%zu download-uri",
		    from->information->download_uri_count);
	if (from->information->download_uri_count == 0) {
		error_set(e, ERROR_REFUSED, "IMG-2",
			  "no boot image is named, and this machine has no system of its own");
		return report_error(report, PROGRESS_TYPE_BOOT_IMAGE_ERROR, e);
	}
	if (!measure_digest(o->measure, MEASURE_PCR_ARTIFACTS, "boot-image",
			    from->information->sha256, e) ||
	    !install_image(&o->install, from, e)) {
		log_event("image-error", LOG_LEVEL_ERROR, "install", "%s: %s", e->rule, e->text);
		return report_error(report, PROGRESS_TYPE_BOOT_IMAGE_ERROR, e);
	}
	log_event("image-done", LOG_LEVEL_INFO, "install", "image %s on %s", image->sha256,
		  o->install.disk.name);
	stage_ended(o->stages, STAGE_INSTALL, image->bytes_out,
		    "%s written, %s received, %.1f s, verified%s",
		    CONSOLE_SIZE(image->bytes_out), CONSOLE_SIZE(image->bytes_in), image->total_s,
		    image->read_back ? " and read back" : "");
	report_step(report, PROGRESS_TYPE_BOOT_IMAGE_COMPLETE, "%s", image->sha256);
	return true;
}

/* ---- the installed root, for as long as something is written into it ------------------ */

static bool root_open(struct onboard *o, int *root, struct error *e)
{
	if (!boot_disk_mount_root(o->install.disk.path, TARGET, e))
		return false;
	*root = open(TARGET, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*root >= 0)
		return true;
	error_errno(e, ERROR_MACHINE, NULL, "cannot open the installed root");
	struct error ignored;
	(void)!mount_remove(TARGET, &ignored);
	return false;
}

static bool root_close(int root, struct error *e)
{
	close(root);
	return mount_remove(TARGET, e);
}

/* ---- scripts and configuration --------------------------------------------------------- */

struct script_step {
	const char *phase, *measured, *file;
	enum progress_type initiated, warning, error, complete;
};

static const struct script_step pre_script = {
	"pre",
	"pre-script",
	"pre-script.output",
	PROGRESS_TYPE_PRE_SCRIPT_INITIATED,
	PROGRESS_TYPE_PRE_SCRIPT_WARNING,
	PROGRESS_TYPE_PRE_SCRIPT_ERROR,
	PROGRESS_TYPE_PRE_SCRIPT_COMPLETE,
};
static const struct script_step post_script = {
	"post",
	"post-script",
	"post-script.output",
	PROGRESS_TYPE_POST_SCRIPT_INITIATED,
	PROGRESS_TYPE_POST_SCRIPT_WARNING,
	PROGRESS_TYPE_POST_SCRIPT_ERROR,
	PROGRESS_TYPE_POST_SCRIPT_COMPLETE,
};

/* What the script said goes into the report and into the installed system (SCR-6). */
static bool judge_script(const struct script_step *step, const struct script_result *result,
			 struct report *report, int root, struct error *e)
{
	struct bytes output = bytes_of(result->output, result->output_size);
	struct error ignored;

	if (!result_write_file(root, step->file, output, &ignored))
		log_warn("configure", "%s", ignored.text);
	switch (result->verdict) {
	case SCRIPT_VERDICT_OK:
		log_event("script-result", LOG_LEVEL_INFO, "configure",
			  "%s-configuration script: %s", step->phase, result->why);
		report_output(report, step->complete, output);
		return true;
	case SCRIPT_VERDICT_WARNING:
		log_event("script-result", LOG_LEVEL_WARN, "configure",
			  "SCR-4: %s-configuration script warns (%s)", step->phase, result->why);
		report_output(report, step->warning, output);
		return true;
	case SCRIPT_VERDICT_ERROR:
		break;
	}
	report_output(report, step->error, output);
	log_event("script-result", LOG_LEVEL_ERROR, "configure", "SCR-5: %s-configuration script: %s",
		  step->phase, result->why);
	return error_set(e, ERROR_REFUSED, "SCR-5", "%s-configuration script: %s", step->phase,
			 result->why);
}

static bool script_step(struct onboard *o, const struct script_step *step, struct bytes script,
			const struct bootstrap_onboarding *from, int root, struct error *e)
{
	const struct script_run run = {
		.phase = step->phase,
		.script = script,
		.serial = o->serial,
		.target = TARGET,
		.os_name = o->os_name,
		.os_version = o->os_version,
		.directory = SCRIPTS,
	};
	struct script_result *result;
	bool done;

	if (script.size == 0) /* SCR-12 */
		return true;
	report_step(from->report, step->initiated, "%zu bytes", script.size);
	if (!o->scripts_allowed) {
		error_set(e, ERROR_REFUSED, "TPM-54", "the trust store does not allow scripts");
		return report_error(from->report, step->error, e);
	}
	result = malloc(sizeof(*result));
	if (!result)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a script's output");
	/* Foreign code: from here on nothing sealed can be opened any more (TPM-31). */
	done = measure_bytes(o->measure, MEASURE_PCR_ARTIFACTS, step->measured, script, e) &&
	       measure_leave(o->measure, e) && script_run(result, &run, o->loop, e);
	if (done)
		done = judge_script(step, result, from->report, root, e);
	else
		report_error(from->report, step->error, e);
	free(result);
	return done;
}

/* CFG-3, the opaque form: handed over as delivered, in place by one rename (CFG-1). */
static bool configuration_step(struct onboard *o, const struct bootstrap_onboarding *from,
			       int root, struct error *e)
{
	const struct conveyed_information *information = from->information;
	const char *handling =
		information->handling == CONVEYED_INFORMATION_REPLACE ? "replace\n" : "merge\n";

	if (!information->has_configuration)
		return true;
	report_step(from->report, PROGRESS_TYPE_CONFIG_INITIATED, "%zu bytes",
		    information->configuration.size);
	if (!measure_bytes(o->measure, MEASURE_PCR_ARTIFACTS, "configuration",
			   information->configuration, e) ||
	    !result_write_file(root, "configuration-handling", bytes_of_text(handling), e) ||
	    !result_write_file(root, "configuration", information->configuration, e)) {
		error_rule(e, "CFG-4");
		log_event("config-result", LOG_LEVEL_ERROR, "configure", "CFG-4: %s", e->text);
		return report_error(from->report, PROGRESS_TYPE_CONFIG_ERROR, e);
	}
	log_event("config-result", LOG_LEVEL_INFO, "configure", "configuration handed to the system");
	report_step(from->report, PROGRESS_TYPE_CONFIG_COMPLETE, "handed to the system");
	return true;
}

/*
 * FAIL-3, in reverse order: the kernel has been let go by now, then the configuration, which
 * was not there before: this run installed the system.  What scripts did stays on a disk
 * that nobody starts (FAIL-2, FAIL-4).
 */
static void roll_back(struct onboard *o)
{
	static const char *const files[] = { "configuration", "configuration-handling",
					     LDEVID_REQUEST_FILE, LDEVID_KEY_FILE };
	struct error e;
	int root, folder;

	if (!o->touched)
		return;
	if (!root_open(o, &root, &e)) {
		log_error("configure", "FAIL-3: %s", e.text);
		return;
	}
	folder = file_open_in(root, "/var/lib/sztpboot", O_RDONLY | O_DIRECTORY, 0);
	for (size_t i = 0; folder >= 0 && i < ARRAY_SIZE(files); i++)
		if (unlinkat(folder, files[i], 0) == 0)
			log_notice("configure", "FAIL-3: %s is removed again", files[i]);
	if (folder >= 0)
		close(folder);
	if (!root_close(root, &e))
		log_error("configure", "FAIL-3: %s", e.text);
	o->touched = false;
}

static bool put_ldevid(void *context, const char *name, struct bytes content, struct error *e)
{
	return result_write_file(*(int *)context, name, content, e);
}

/* CSR-16: user data of the installed system, and there before any script looks for it. */
static bool ldevid_step(struct onboard *o, const struct bootstrap_onboarding *from, int root,
			struct error *e)
{
	return ldevid_put(o->ldevid, from->certification_request, put_ldevid, &root, e) ||
	       report_error(from->report, PROGRESS_TYPE_CONFIG_ERROR, e);
}

static void tell_configured(struct onboard *o, const struct conveyed_information *information)
{
	char what[80];
	struct writer w = writer_over(what, sizeof(what) - 1);

	if (information->pre_configuration_script.size)
		writer_text(&w, "pre-script, ");
	if (information->has_configuration)
		writer_text(&w, "configuration, ");
	if (information->post_configuration_script.size)
		writer_text(&w, "post-script, ");
	what[w.used > 2 ? w.used - 2 : 0] = '\0';
	stage_ended(o->stages, STAGE_CONFIGURE, information->configuration.size, "%s",
		    w.used ? what : "nothing asked for");
}

static bool configure_step(struct onboard *o, const struct bootstrap_onboarding *from,
			   struct error *e)
{
	const struct conveyed_information *information = from->information;
	struct error unmount;
	int root;
	bool done;

	stage_enter(o->stages, STAGE_CONFIGURE);
	if (!root_open(o, &root, e))
		return report_error(from->report, PROGRESS_TYPE_CONFIG_ERROR, e);
	o->touched = true;
	done = ldevid_step(o, from, root, e) &&
	       script_step(o, &pre_script, information->pre_configuration_script, from, root, e) &&
	       configuration_step(o, from, root, e) &&
	       script_step(o, &post_script, information->post_configuration_script, from, root, e);
	if (!root_close(root, &unmount) && done) {
		*e = unmount;
		done = false;
	}
	if (done)
		tell_configured(o, information);
	return done;
}

/* ---- hand-over -------------------------------------------------------------------------- */

/* Our own console= words: an entry without a command line of its own gets them too. */
static void own_consoles(char *to, size_t size)
{
	char line[2048], *word, *rest = line;
	size_t used = 0;

	to[0] = '\0';
	file_read_line(line, sizeof(line), "/proc/cmdline");
	while ((word = strsep(&rest, " ")) != NULL)
		if (strncmp(word, "console=", 8) == 0 && used + strlen(word) + 2 < size)
			used += (size_t)snprintf(to + used, size - used, "%s%s", used ? " " : "",
						 word);
}

static bool prepare_kernel(struct onboard *o, struct error *e)
{
	struct boot_disk *disk = calloc(1, sizeof(*disk));
	struct boot_search *search = calloc(1, sizeof(*search));
	struct boot_entry *entry = calloc(1, sizeof(*entry));
	char consoles[256];
	struct error unmount;
	bool done = false;

	if (!disk || !search || !entry) {
		error_set(e, ERROR_MACHINE, NULL, "no memory to look for a boot entry");
		goto out;
	}
	own_consoles(consoles, sizeof(consoles));
	if (!boot_disk_open(disk, o->install.disk.path, e))
		goto out;
	done = boot_entry_find(entry, search, disk->places, disk->count, consoles, e);
	for (size_t i = 0; i < search->count; i++)
		log_info("handoff", "%s: %s", search->candidates[i].what, search->candidates[i].why);
	done = done && kexec_prepare(&o->kernel, entry, disk->places, bytes_of(NULL, 0), "",
				     sha256_of, e);
	if (!boot_disk_close(disk, &unmount) && done) {
		*e = unmount;
		done = false;
	}
	if (done) {
		o->boot_source = boot_entry_source_name(entry->source);
		snprintf(o->boot_id, sizeof(o->boot_id), "%s", entry->id);
		log_notice("handoff", "%s: %s", o->boot_source, entry->title[0] ? entry->title : entry->id);
	}
out:
	free(disk);
	free(search);
	free(entry);
	return done;
}

static bool measure_kernel(struct onboard *o, struct error *e)
{
	struct measure *m = o->measure;

	return measure_digest(m, MEASURE_PCR_KERNEL, "kernel", o->kernel.kernel_sha256, e) &&
	       (o->kernel.initrd_bytes == 0 ||
		measure_digest(m, MEASURE_PCR_KERNEL, "initrd", o->kernel.initrd_sha256, e)) &&
	       measure_digest(m, MEASURE_PCR_CMDLINE, "cmdline", o->kernel.cmdline_sha256, e) &&
	       measure_leave(m, e);
}

/* After bootstrap-complete nothing may fail the run any more: what goes wrong is told. */
static void leave_results(struct onboard *o, const struct bootstrap_onboarding *from)
{
	struct error e;
	int root;

	if (!root_open(o, &root, &e)) {
		log_error("handoff", "DONE-6: no result is left: %s", e.text);
		return;
	}
	stage_print(o->stages);
	if (!result_write_file(root, "eventlog",
			       bytes_of(o->measure->log, o->measure->log_size), &e) ||
	    !result_write_file(root, "log", o->run_log(o->context), &e) ||
	    !result_write(root, o, from, &e))
		log_error("handoff", "DONE-6: %s", e.text);
	if (!root_close(root, &e))
		log_error("handoff", "%s", e.text);
}

/* Into the kernel; our copies of the files are let go either way. */
static bool load_kernel(struct onboard *o, struct error *e)
{
	bool measured;

	if (!prepare_kernel(o, e))
		return false;
	measured = measure_kernel(o, e);
	if (measured)
		o->verdict = kexec_load(&o->kernel, e);
	kexec_release(&o->kernel);
	return measured;
}

/*
 * PROG-14: the SSH host keys that the installed system has already, of its image or of a
 * script, from files of one line: type, base64, comment.
 */
struct host_keys {
	uint8_t text[3][2048], blobs[3][1024];
	struct progress_ssh_key at[3];
	size_t count;
};

static void read_host_key(struct host_keys *keys, int root, const char *kind)
{
	uint8_t *text = keys->text[keys->count];
	struct progress_ssh_key *key = &keys->at[keys->count];
	struct writer into = writer_over(keys->blobs[keys->count], sizeof(keys->blobs[0]));
	char path[64], *rest = (char *)text;
	struct error none;
	size_t used;

	snprintf(path, sizeof(path), "/etc/ssh/ssh_host_%s_key.pub", kind);
	if (!file_read_in(text, sizeof(keys->text[0]) - 1, &used, root, path, &none))
		return;
	text[used] = '\0';
	const char *type = strsep(&rest, " \n"), *blob = rest ? strsep(&rest, " \n") : NULL;
	if (!blob || !base64_decode(&key->blob, &into, bytes_of_text(blob), &none))
		return;
	key->algorithm = strcmp(type, "ssh-rsa") == 0 ? "rsa-sha2-256" : type;
	keys->count++;
}

static void read_host_keys(struct onboard *o, struct host_keys *keys)
{
	static const char *const kinds[] = { "ed25519", "ecdsa", "rsa" };
	struct error e;
	int root;

	if (!root_open(o, &root, &e))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		read_host_key(keys, root, kinds[i]);
	if (!root_close(root, &e))
		log_warn("handoff", "PROG-14: %s", e.text);
}

static bool complete(struct onboard *o, struct report *report, struct error *e)
{
	struct host_keys *keys = report->allowed ? calloc(1, sizeof(*keys)) : NULL;
	struct progress with = { 0 };
	bool done;

	if (keys) {
		read_host_keys(o, keys);
		with.ssh_host_keys = keys->at;
		with.ssh_host_key_count = keys->count;
	}
	done = report_complete(report, &with, e);
	free(keys);
	return done;
}

static bool handoff_step(struct onboard *o, const struct bootstrap_onboarding *from,
			 struct error *e)
{
	stage_enter(o->stages, STAGE_HANDOFF);
	if (!load_kernel(o, e))
		return false;
	if (o->verdict == KEXEC_VERDICT_REBOOT)
		log_warn("handoff", "no kexec: %s; the firmware will start the disk", e->text);
	if (o->starts_again)
		report_step(from->report, PROGRESS_TYPE_BOOTSTRAP_WARNING,
			    "ONB-6: the boot medium would start this again");
	if (!complete(o, from->report, e)) {
		struct error ignored;

		if (!kexec_unload(&ignored)) /* DONE-3 */
			log_error("handoff", "%s", ignored.text);
		return false;
	}
	return true;
}

/* The point of no return. */
static bool jump(struct onboard *o, const struct bootstrap_onboarding *from, struct error *e)
{
	struct error ignored;

	stage_ended(o->stages, STAGE_HANDOFF, o->kernel.kernel_bytes + o->kernel.initrd_bytes,
		    "%s %s, %u report%s", o->boot_source,
		    o->verdict == KEXEC_VERDICT_LOADED ? "kexec" : "reboot", from->report->sent,
		    from->report->sent == 1 ? "" : "s");
	leave_results(o, from);
	log_event("kexec", LOG_LEVEL_NOTICE, "handoff", "starting %s %s",
		  o->os_name[0] ? o->os_name : "the installed system", o->os_version);
	o->wipe(o->context);
	if (!handoff_quiesce(o->install.disk.path, &ignored))
		log_warn("handoff", "%s", ignored.text);
	if (o->verdict == KEXEC_VERDICT_LOADED)
		handoff_jump(e);
	handoff_reboot(e); /* DONE-4 */
	return false;
}

/* CLK-9: it was accepted, so its date has been.  The sealed floor is not written by this
 * version; it rises with the next store that is enrolled. */
static void note_time(const struct onboard *o, int64_t created_on_s)
{
	if (created_on_s > o->floor_s)
		log_info("clock", "CLK-9: the voucher is %lld days younger than the sealed floor, which stays",
			 (long long)((created_on_s - o->floor_s) / 86400));
}

static bool carry_out(struct onboard *o, const struct bootstrap_onboarding *from, struct error *e)
{
	const struct conveyed_information *information = from->information;

	stage_ended(o->stages, STAGE_VERIFY, 0, "%s%s",
		    from->validated->is_signed ? "signed by " : "unsigned, server authenticated",
		    from->validated->owner_subject);
	if (!text_copy(o->os_name, sizeof(o->os_name), information->os_name) ||
	    !text_copy(o->os_version, sizeof(o->os_version), information->os_version))
		return error_set(e, ERROR_REFUSED, "IMG-1",
				 "os-name or os-version is longer than %zu bytes",
				 sizeof(o->os_name) - 1);
	/* Measured before it is acted on (TPM-34). */
	if (!measure_bytes(o->measure, MEASURE_PCR_ARTIFACTS, "voucher", from->ownership_voucher, e) ||
	    !measure_bytes(o->measure, MEASURE_PCR_ARTIFACTS, "owner-certificate",
			   from->owner_certificate, e) ||
	    !measure_bytes(o->measure, MEASURE_PCR_ARTIFACTS, "conveyed-information",
			   from->conveyed_information, e))
		return false;
	return report_initiated(from->report, e) && install_step(o, from, e) &&
	       configure_step(o, from, e) && handoff_step(o, from, e);
}

bool onboard_run(struct onboard *o, const struct bootstrap_onboarding *from, struct error *e)
{
	o->touched = false;
	if (!carry_out(o, from, e)) {
		roll_back(o);
		log_event("failure", LOG_LEVEL_ERROR, "onboard", "%s: %s: %s", from->server, e->rule,
			  e->text);
		/* For what no step has reported (PROG-5); after another last one it is not sent. */
		return report_error(from->report, PROGRESS_TYPE_BOOTSTRAP_ERROR, e);
	}
	log_event("complete", LOG_LEVEL_NOTICE, "onboard", "%s: all is done as %s wants it",
		  o->install.disk.name, from->server);
	note_time(o, from->voucher_created_on);
	return jump(o, from, e);
}

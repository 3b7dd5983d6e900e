/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/log.h"
#include "device.h"
#include "onboard.h"
#include "platform/console.h"
#include "platform/entropy.h"
#include "platform/machine_clock.h"
#include "net/syslog.h"
#include "search.h"
#include "sources_settings.h"
#include "status.h"

#define FIRST_WAIT_MS 60000	/* for the first useful source of a round */
#define STORE_REPEAT_MS 60000	/* the line about a store that does not load; section 11.1 */

/* Everything a run needs, in one place, so that its size can be read off. */
static struct agent {
	struct loop loop;
	struct settings settings;
	struct stage_log stages;
	struct device device;
	struct bootstrap bootstrap;
	struct worker worker;
	struct disk_watch disks;
	struct sources *sources;
	struct sources_settings sources_keep;
	struct search search;
	struct syslog syslog;
	struct status status;
	struct measure measure;
	struct onboard onboard;
	uint8_t log[CONFIG_RUN_LOG_MAX];
	size_t log_size;
	bool source_told;
} agent;

/* ---- log: console, and kept for the installed system --------------------------------- */

static void log_both(void *context, const struct log_entry *entry)
{
	struct agent *a = context;
	struct writer w = writer_over(a->log + a->log_size, sizeof(a->log) - a->log_size);
	uint64_t ms = loop_now_ms();

	console_log(NULL, entry);
	a->syslog.step = stage_name(a->stages.now);
	syslog_put(&a->syslog, entry, a->device.clock.accurate ? machine_clock_now_s() : 0);
	writer_printf(&w, "[%4u.%03u] %s: %s\n", (unsigned)(ms / 1000), (unsigned)(ms % 1000),
		      entry->stem, entry->line);
	if (writer_ok(&w)) /* what does not fit is on the console only */
		a->log_size += w.used;
}

static struct bytes run_log(void *context)
{
	struct agent *a = context;

	return bytes_of(a->log, a->log_size);
}

/* ---- probe ----------------------------------------------------------------------------- */

static void read_settings(struct agent *a)
{
	settings_start(&a->settings);
	sources_settings_read(&a->settings);
	console_up_to(a->settings.console_level);
	a->status.profile = settings_profile_name(a->settings.profile);
	log_debug_stems(a->settings.debug);
	a->syslog.format = a->settings.syslog_format;
	a->syslog.up_to = a->settings.syslog_level;
	syslog_servers(&a->syslog, "", a->settings.syslog, a->settings.syslog_count);
}

static unsigned count_entries(const char *path)
{
	DIR *d = opendir(path);
	unsigned count = 0;

	while (d && readdir(d))
		count++;
	if (d)
		closedir(d);
	return count > 2 ? count - 2 : 0; /* not "." and ".." */
}

static bool probe(struct agent *a, struct error *e)
{
	struct sysinfo memory = { 0 };

	read_settings(a);
	sysinfo(&memory);
	if (!disk_watch_start(&a->disks, &a->loop, e))
		return false;
	stage_ended(&a->stages, STAGE_PROBE, 0, "%s memory, %u disks, %u links, %s boot",
		    CONSOLE_SIZE((uint64_t)memory.totalram * memory.mem_unit),
		    count_entries("/sys/block"), count_entries("/sys/class/net"),
		    access("/sys/firmware/efi", F_OK) == 0 ? "UEFI" : "legacy");
	return true;
}

/* ---- trust ------------------------------------------------------------------------------ */

static bool trust(struct agent *a, struct error *e)
{
	if (!device_load_sealed(&a->device, e) ||
	    !sources_settings_fit(&a->settings, a->device.has_identity, e))
		return false;
	stage_ended(&a->stages, STAGE_TRUST, 0, "%s", a->device.summary);
	if (a->device.has_identity)
		log_info("trust", "device identity %s, key in the TPM", a->device.identity.serial);
	return true;
}

/* A store that does not load counts as empty: no server, no voucher, no key of ours, and so
 * nothing to do on any network (TRUST-4).  The machine says why and waits to be mended. */
static void stay_shut(struct agent *a, const struct error *e)
{
	const bool never = false;
	struct error silence;

	log_error("trust", "%s: trust store: %s", e->rule, e->text);
	log_error("trust", "TRUST-4: nobody is trusted without it; this machine stays off the network");
	for (;;) {
		(void)!loop_run_until(&a->loop, &never, loop_now_ms() + STORE_REPEAT_MS, &silence);
		log_error("trust", "%s: trust store: %s", e->rule, e->text);
	}
}

/* ---- discover, bootstrap ------------------------------------------------------------------ */

static void wipe_secrets(void *context)
{
	struct agent *a = context;

	status_end(&a->status, STATUS_DONE, NULL); /* what fails from now on says so itself */
	worker_end(&a->worker);
	search_stop(&a->search);
	device_close(&a->device);
	syslog_stop(&a->syslog);
}

/* DISC-9 */
static void on_outcome(void *context, const char *source, enum search_outcome outcome,
		       const struct error *why)
{
	struct agent *a = context;
	const char *now = outcome == SEARCH_TRYING ? source : "";

	snprintf(a->syslog.source, sizeof(a->syslog.source), "%s", now);
	snprintf(a->status.source, sizeof(a->status.source), "%s", now);
	a->syslog.server[0] = a->status.server[0] = '\0';
	if (outcome == SEARCH_TRYING) {
		if (!a->source_told)
			stage_ended(&a->stages, STAGE_DISCOVER, 0, "%s", source);
		a->source_told = true;
		return;
	}
	status_source_ended(&a->status, source, why);
	if (outcome == SEARCH_FAILED) {
		stage_failed(&a->stages, source, why, "next source");
		stage_enter(&a->stages, STAGE_DISCOVER);
	}
}

static void on_network(void *context, const struct discovery_network *n)
{
	struct agent *a = context;

	if (n->kind == DISCOVERY_DHCP4)
		syslog_servers(&a->syslog, n->link, n->syslog, n->syslog_count);
}

static void on_network_lost(void *context, const char *link, enum discovery_kind kind)
{
	struct agent *a = context;

	if (kind == DISCOVERY_DHCP4)
		syslog_servers(&a->syslog, link, NULL, 0);
}

static void on_step(void *context, enum bootstrap_step step, const char *server)
{
	struct agent *a = context;

	snprintf(a->syslog.server, sizeof(a->syslog.server), "%s", server);
	snprintf(a->status.server, sizeof(a->status.server), "%s", server);
	stage_enter(&a->stages,
		    step == BOOTSTRAP_STEP_CONTACT ? STAGE_BOOTSTRAP : STAGE_VERIFY);
}

static bool on_onboarding(void *context, const struct bootstrap_onboarding *from, struct error *e)
{
	struct agent *a = context;

	stage_ended(&a->stages, STAGE_BOOTSTRAP,
		    from->conveyed_information.size + from->owner_certificate.size +
			    from->ownership_voucher.size,
		    "%s", from->server);
	return onboard_run(&a->onboard, from, e);
}

static void prepare(struct agent *a)
{
	const struct trust_store *s = &a->device.store;

	a->bootstrap = (struct bootstrap){
		.loop = &a->loop,
		.random = entropy_fill,
		.onboard = on_onboarding,
		.step = on_step,
		.context = a,
	};
	device_offer(&a->device, &a->bootstrap);
	if (a->settings.hw_model[0])
		a->bootstrap.hw_model = a->settings.hw_model;
	a->bootstrap.restconf_root = a->settings.restconf_root;
	if (a->settings.csr)
		device_offer_request(&a->device, &a->bootstrap);
	a->worker = (struct worker){ .loop = &a->loop, .bootstrap = &a->bootstrap };
	const struct sources_policy policy = { .usb = s->flags & PAYLOAD_FLAG_USB,
					       .dhcp = s->flags & PAYLOAD_FLAG_DHCP,
					       .dns = s->flags & PAYLOAD_FLAG_DNS,
					       .well_known = s->flags & PAYLOAD_FLAG_WELL_KNOWN };
	a->sources = sources_memory();
	sources_settings_apply(a->sources, &a->sources_keep, &a->settings, a->device.serial,
			       a->bootstrap.hw_model, &policy);
	a->sources->loop = &a->loop;
	a->sources->well_known = &a->device.well_known_list;
	a->search = (struct search){ .sources = a->sources,
				     .worker = &a->worker,
				     .outcome = on_outcome,
				     .network = on_network,
				     .network_lost = on_network_lost,
				     .random = entropy_fill,
				     .context = a };
	a->syslog.serial = a->status.serial = a->device.serial;
	a->status.discovery = &a->sources->discovered;
	a->status.proxies = &a->sources->proxies;
	a->measure.tpm = &a->device.tpm;
	a->onboard = (struct onboard){
		.loop = &a->loop,
		.stages = &a->stages,
		.measure = &a->measure,
		.install = { .loop = &a->loop, .settings = &a->settings, .watch = &a->disks },
		.serial = s->serial,
		.floor_s = a->device.clock.floor_s,
		.starts_again = a->settings.profile != SETTINGS_PROFILE_HUAWEI, /* HW-1 */
		.scripts_allowed = s->flags & PAYLOAD_FLAG_ALLOW_SCRIPTS,
		.ldevid = a->bootstrap.ldevid,
		.wipe = wipe_secrets,
		.run_log = run_log,
		.context = a,
	};
}

/* Rounds until one of them has jumped; with @once the first one's reason (XR-11). */
static bool search_rounds(struct agent *a, bool once, struct error *e)
{
	stage_enter(&a->stages, STAGE_DISCOVER);
	if (a->sources->order.count == 0)
		return error_set(e, ERROR_REFUSED, "DISC-2",
				 "the trust store and the settings together allow no source at all");
	if (!search_start(&a->search, e))
		return false;
	for (;;) {
		a->status.round++;
		a->status.state = STATUS_RUNNING;
		if (search_round(&a->search, FIRST_WAIT_MS, e))
			return true;
		if (once || !a->settings.retry_for_ever)
			return false;
		log_warn("agent", "round failed: %s: %s", e->rule, e->text);
		a->status.state = STATUS_WAITING;
		search_pause(&a->search);
		stage_enter(&a->stages, STAGE_DISCOVER);
	}
}

/*
 * Why this machine starts what it has got, and nothing is asked on any network (BOOT-1); false
 * where it is to be provisioned.
 */
static bool is_over(struct agent *a, struct error *e)
{
	char name[32] = "";

	if (!a->settings.start || !a->settings.secure_mode) {
		error_set(e, ERROR_LATER, "XR-1", "provisioning is switched off");
		return true;
	}
	if (a->settings.profile == SETTINGS_PROFILE_HUAWEI)
		install_find_completed(name, &a->disks);
	if (name[0])
		error_set(e, ERROR_LATER, "HW-1", "%s has been provisioned", name);
	return name[0];
}

/* The installed system must not find a trust store that opens for it (TPM-31). */
static bool close_store(struct agent *a, struct error *e)
{
	bool closed = true;

	a->device.tpm = TPM_CLOSED;
	a->measure.tpm = &a->device.tpm;
	if (tpm_open(&a->device.tpm, NULL, CONFIG_TPM_WAIT_S, e))
		closed = measure_leave(&a->measure, e);
	else if ((closed = strcmp(e->rule, "STORE_BUSY") != 0))
		log_info("agent", "%s: %s", e->rule, e->text); /* no TPM, no store */
	tpm_close(&a->device.tpm);
	return closed;
}

/* Whoever started us starts the installed system when we end like this. */
static int give_way(struct agent *a, const struct error *why)
{
	log_notice("agent", "%s: %s: the installed system is started", why->rule, why->text);
	status_end(&a->status, STATUS_DONE, NULL);
	return 0;
}

int agent_run(const struct agent_options *options)
{
	struct agent *a = &agent;
	struct error e = { 0 }, why;
	bool done;

	loop_start(&a->loop);
	syslog_start(&a->syslog, &a->loop);
	log_to(log_both, a);
	stage_start(&a->stages);
	log_event("start", LOG_LEVEL_NOTICE, "agent", "sztpboot starts");
	a->status.loop = &a->loop;
	a->status.stages = &a->stages;
	status_start(&a->status);
	done = probe(a, &e);
	if (done && is_over(a, &why)) {
		if (close_store(a, &e))
			return give_way(a, &why);
		done = false;
	}
	stage_enter(&a->stages, STAGE_TRUST);
	if (done && !trust(a, &e)) {
		if (!options->once)
			stay_shut(a, &e);
		done = false;
	}
	if (done) {
		prepare(a);
		done = search_rounds(a, options->once, &e);
		bool left = measure_leave(&a->measure, &why); /* TPM-31: the agent ends */
		if (!left)
			log_error("agent", "%s: %s", why.rule, why.text);
		wipe_secrets(a);
		/* One round only (XR-11); what it has left unfinished is not started (FAIL-4). */
		if (!done && left && !options->once && !a->settings.retry_for_ever &&
		    !a->onboard.install.installed) {
			log_error("agent", "%s: %s", e.rule, e.text);
			error_set(&why, ERROR_LATER, "XR-11", "there is one round only");
			return give_way(a, &why);
		}
	}
	status_end(&a->status, done ? STATUS_DONE : STATUS_FAILED, done ? NULL : &e);
	if (done)
		return 0;
	log_error("agent", "%s: %s%s%s", error_code_name(e.code), e.rule, e.rule[0] ? ": " : "",
		  e.text);
	stage_print(&a->stages);
	return error_exit_status(e.code);
}

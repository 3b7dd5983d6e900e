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
#include "platform/file.h"
#include "search.h"

#define FIRST_WAIT_MS 60000	/* for the first useful source of a round */
#define STORE_REPEAT_MS 60000	/* the line about a store that does not load; section 11.1 */

/* Everything a run needs, in one place, so that its size can be read off. */
static struct agent {
	struct loop loop;
	struct settings settings;
	struct stage_log stages;
	struct device device;
	struct bootstrap bootstrap;
	struct disk_watch disks;
	struct search search;
	struct measure measure;
	struct onboard onboard;
	char vendor_class[CONFIG_SERIAL_MAX + 8];
	uint8_t log[CONFIG_RUN_LOG_MAX];
	size_t log_size;
} agent;

/* ---- log: console, and kept for the installed system --------------------------------- */

static void log_both(void *context, const struct log_entry *entry)
{
	struct agent *a = context;
	struct writer w = writer_over(a->log + a->log_size, sizeof(a->log) - a->log_size);
	uint64_t ms = loop_now_ms();

	console_log(NULL, entry);
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
	uint8_t text[16384];
	size_t used;
	struct error none;

	if (file_read(text, sizeof(text), &used, "/etc/sztpboot/ztp.ini", 0, &none))
		settings_read_ini(&a->settings, bytes_of(text, used), "ztp.ini");
	if (file_read(text, sizeof(text), &used, "/proc/cmdline", 0, &none))
		settings_read_command_line(&a->settings, bytes_of(text, used));
	log_debug_stems(a->settings.debug);
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
	if (!device_load_sealed(&a->device, e))
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

	search_stop(&a->search);
	bootstrap_close(&a->bootstrap);
	device_close(&a->device);
}

static void on_first_source(void *context, const char *source)
{
	struct agent *a = context;

	stage_ended(&a->stages, STAGE_DISCOVER, 0, "%s", source);
}

static void on_step(void *context, enum bootstrap_step step)
{
	struct agent *a = context;

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
	a->search.bootstrap = &a->bootstrap;
	a->search.well_known = &a->device.well_known_list;
	a->search.use_dhcp = s->flags & PAYLOAD_FLAG_DHCP;
	a->search.random = entropy_fill;
	a->search.found_first = on_first_source;
	a->search.context = a;
	a->measure.tpm = &a->device.tpm;
	a->onboard = (struct onboard){
		.loop = &a->loop,
		.stages = &a->stages,
		.measure = &a->measure,
		.install = { .loop = &a->loop, .settings = &a->settings, .watch = &a->disks },
		.serial = s->serial,
		.scripts_allowed = s->flags & PAYLOAD_FLAG_ALLOW_SCRIPTS,
		.wipe = wipe_secrets,
		.run_log = run_log,
		.context = a,
	};
	snprintf(a->vendor_class, sizeof(a->vendor_class), "sztp:%s", a->bootstrap.hw_model);
}

/* Rounds until one of them has jumped; with @once the first one's reason. */
static bool search_rounds(struct agent *a, bool once, struct error *e)
{
	const struct discovery_options options = {
		.dhcp4 = { .vendor_class = a->vendor_class, .serial = a->device.serial },
		.keep_addresses = false,
	};

	stage_enter(&a->stages, STAGE_DISCOVER);
	if (!(a->device.store.flags & PAYLOAD_FLAG_DHCP) && a->device.well_known_list.count == 0)
		return error_set(e, ERROR_REFUSED, "DISC-2",
				 "the trust store allows none of the sources this version has");
	if (!bootstrap_open(&a->bootstrap, e) ||
	    !search_start(&a->search, &a->loop, &options, e))
		return false;
	for (;;) {
		if (search_round(&a->search, FIRST_WAIT_MS, e))
			return true;
		if (once)
			return false;
		log_warn("agent", "round failed: %s: %s", e->rule, e->text);
		search_pause(&a->search);
		stage_enter(&a->stages, STAGE_DISCOVER);
	}
}

int agent_run(const struct agent_options *options)
{
	struct agent *a = &agent;
	struct error e = { 0 };
	bool done;

	log_to(log_both, a);
	loop_start(&a->loop);
	stage_start(&a->stages);
	done = probe(a, &e);
	stage_enter(&a->stages, STAGE_TRUST);
	if (done && !trust(a, &e)) {
		if (!options->once)
			stay_shut(a, &e);
		done = false;
	}
	if (done) {
		prepare(a);
		done = search_rounds(a, options->once, &e);
		struct error leave;
		if (!measure_leave(&a->measure, &leave)) /* TPM-31: the agent ends */
			log_error("agent", "%s: %s", leave.rule, leave.text);
		wipe_secrets(a);
	}
	if (done)
		return 0;
	log_error("agent", "%s: %s%s%s", error_code_name(e.code), e.rule, e.rule[0] ? ": " : "",
		  e.text);
	stage_print(&a->stages);
	return error_exit_status(e.code);
}

/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "command/command.h"
#include "device.h"
#include "download.h"
#include "image/sha256.h"
#include "ldevid.h"
#include "platform/console.h"
#include "platform/entropy.h"
#include "platform/file.h"
#include "search.h"
#include "sources_settings.h"
#include "worker.h"

/* `sztpboot bootstrap`: everything up to verified onboarding information, for programs that
 * call the agent.  No disk is touched but the output folder. */

#define FILES_MAX 8

static struct run {
	struct loop loop;
	struct device device;
	struct bootstrap bootstrap;
	struct worker worker;
	struct search search;
	struct sources *sources;
	struct sources_settings keep;
	struct settings settings;
	struct server_list servers;
	const char *output;
	unsigned wait_s, rounds;
	bool download;
	bool csr;
	bool discovering;
	const char *trust_anchors[FILES_MAX], *server_anchors[FILES_MAX];
	struct device_files files;
} run;

/* ---- what goes into the folder ----------------------------------------------------------- */

static bool put(const char *name, struct bytes content, struct error *e)
{
	char path[512];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", run.output, name) >= sizeof(path))
		return error_set(e, ERROR_USAGE, NULL, "the name of the output folder is too long");
	if (!file_write(path, content, 0600, e))
		return error_rule(e, "ONB-3");
	return true;
}

/* A file of an earlier run, or of a server that failed, must not be taken for a result. */
static void clear(void)
{
	static const char *const results[] = { "status.json",
					       "onboarding.json",
					       "configuration",
					       "pre-configuration-script",
					       "post-configuration-script",
					       "boot-image",
					       "boot-image.part",
					       LDEVID_KEY_FILE,
					       LDEVID_REQUEST_FILE };
	char path[512];

	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		snprintf(path, sizeof(path), "%s/%s", run.output, results[i]);
		unlink(path);
	}
}

static bool put_ldevid(void *context, const char *name, struct bytes content, struct error *e)
{
	(void)context;
	return put(name, content, e);
}

static bool put_if_any(const char *name, struct bytes content, struct error *e)
{
	return content.size == 0 || put(name, content, e);
}

static void write_member(struct writer *w, const char *name, struct bytes text)
{
	writer_printf(w, ",\n  \"%s\": ", name);
	writer_json_string(w, text);
}

static const char *boolean(bool value)
{
	return value ? "true" : "false";
}

static void write_result(struct writer *w, const struct bootstrap_onboarding *from)
{
	static const char *const handling[] = { "", "merge", "replace" };
	const struct conveyed_information *information = from->information;
	char hex[65];

	write_member(w, "source", bytes_of_text(from->source->name));
	write_member(w, "server", bytes_of_text(from->server));
	writer_printf(w, ",\n  \"server-authenticated\": %s,\n  \"signed\": %s",
		      boolean(from->server_trusted), boolean(from->validated->is_signed));
	write_member(w, "owner", bytes_of_text(from->validated->owner_subject));
	write_member(w, "os-name", information->os_name);
	write_member(w, "os-version", information->os_version);
	writer_printf(w, ",\n  \"boot-image-downloaded\": %s",
		      boolean(run.download && information->download_uri_count));
	write_member(w, "boot-image-sha256",
		     bytes_of_text(information->has_sha256
					   ? text_hex(hex, sizeof(hex),
						      bytes_of(information->sha256, 32))
					   : ""));
	write_member(w, "configuration-handling", bytes_of_text(handling[information->handling]));
}

/* docs/bootstrap-output.md is the contract. */
static bool put_status(const struct bootstrap_onboarding *from, const struct error *why,
		       struct error *e)
{
	static char room[8192];
	struct writer w = writer_over(room, sizeof(room));

	writer_printf(&w, "{\n  \"version\": 1,\n  \"agent\": \"sztpboot " CONFIG_VERSION
			  "\",\n  \"result\": \"%s\",\n  \"exit-status\": %d",
		      why ? error_code_name(why->code) : "done",
		      why ? error_exit_status(why->code) : 0);
	write_member(&w, "serial-number", bytes_of_text(run.device.serial));
	if (why) {
		write_member(&w, "requirement", bytes_of_text(why->rule));
		write_member(&w, "reason", bytes_of_text(why->text));
	} else {
		write_result(&w, from);
	}
	writer_text(&w, "\n}\n");
	if (!writer_ok(&w))
		return error_set(e, ERROR_MACHINE, NULL, "status.json does not fit");
	return put("status.json", writer_done(&w), e);
}

/* ---- boot-image --------------------------------------------------------------------------- */

struct saving {
	int fd;
	struct sha256 sha256;
};

static bool save(void *context, struct bytes piece, struct error *e)
{
	struct saving *s = context;

	sha256_add(&s->sha256, piece);
	while (piece.size) {
		ssize_t n = write(s->fd, piece.at, piece.size);

		if (n < 0)
			return error_errno(e, ERROR_MACHINE, "IMG-14", "cannot write boot-image");
		piece = bytes_of(piece.at + n, piece.size - (size_t)n);
	}
	return true;
}

static bool save_and_compare(struct download *download, int fd, const uint8_t expected[static 32],
			     struct error *e)
{
	struct saving s = { .fd = fd };
	uint8_t digest[32];

	sha256_start(&s.sha256);
	if (!download_take(download, save, &s, e))
		return false;
	sha256_get(&s.sha256, digest);
	if (memcmp(digest, expected, sizeof(digest)) != 0)
		return error_set(e, ERROR_REFUSED, "IMG-9",
				 "the image is not the one that was signed for");
	return fsync(fd) == 0 || error_errno(e, ERROR_MACHINE, "IMG-14", "cannot write boot-image");
}

static bool download_from(struct bytes uri, const struct bootstrap_onboarding *from,
			  const char *path, struct error *e)
{
	static struct download download;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool done;

	if (fd < 0)
		return error_errno(e, ERROR_MACHINE, "IMG-14", "cannot write %s", path);
	done = download_open(&download, &run.loop, uri, from->source, e) &&
	       save_and_compare(&download, fd, from->information->sha256, e);
	download_close(&download);
	close(fd);
	return done;
}

/* Verified under its own name only: an unverified file never has it. */
static bool download_image(const struct bootstrap_onboarding *from, struct error *e)
{
	const struct conveyed_information *information = from->information;
	char part[512], whole[512];

	if (!run.download || information->download_uri_count == 0)
		return true;
	if (!information->has_sha256)
		return error_set(e, ERROR_REFUSED, "IMG-9",
				 "the onboarding information gives no sha-256 for the boot image");
	snprintf(part, sizeof(part), "%s/boot-image.part", run.output);
	snprintf(whole, sizeof(whole), "%s/boot-image", run.output);
	for (size_t i = 0; i < information->download_uri_count; i++) {
		if (!download_from(information->download_uris[i], from, part, e)) {
			log_warn("bootstrap", "%s: %s: %s",
				 TEXT_QUOTED(information->download_uris[i]), e->rule, e->text);
			unlink(part);
			continue;
		}
		return rename(part, whole) == 0 ||
		       error_errno(e, ERROR_MACHINE, "IMG-14", "cannot write %s", whole);
	}
	return false;
}

/* status.json is the last: with it, all others are whole. */
static bool on_onboarding(void *context, const struct bootstrap_onboarding *from, struct error *e)
{
	const struct conveyed_information *information = from->information;

	(void)context;
	clear();
	return download_image(from, e) &&
	       put_if_any("configuration", information->configuration, e) &&
	       put_if_any("pre-configuration-script", information->pre_configuration_script, e) &&
	       put_if_any("post-configuration-script", information->post_configuration_script,
			  e) &&
	       ldevid_put(run.bootstrap.ldevid, from->certification_request, put_ldevid, NULL, e) &&
	       put("onboarding.json", from->validated->document, e) && put_status(from, NULL, e);
}

/* ---- the run ------------------------------------------------------------------------------- */

/* With files in place of a sealed store, whoever calls us decides which sources there are. */
static bool discover(struct error *e)
{
	const uint32_t flags = run.device.store.flags;
	const struct sources_policy sealed = { .usb = flags & PAYLOAD_FLAG_USB,
					       .dhcp = flags & PAYLOAD_FLAG_DHCP,
					       .dns = flags & PAYLOAD_FLAG_DNS,
					       .well_known = flags & PAYLOAD_FLAG_WELL_KNOWN };

	sources_settings_apply(run.sources, &run.keep, &run.settings, run.device.serial,
			       run.bootstrap.hw_model,
			       run.files.trust_anchor_count ? NULL : &sealed);
	run.sources->well_known = &run.device.well_known_list;
	run.discovering = true;
	return search_start(&run.search, e);
}

static bool rounds(const struct bootstrap_source *source, struct error *e)
{
	for (unsigned left = run.rounds;;) {
		bootstrap_begin_round(&run.bootstrap);
		if (run.servers.count ? worker_try(&run.worker, source, &run.servers, e)
				      : search_round(&run.search, 1000ull * run.wait_s, e))
			return true;
		if (--left == 0 || error_exit_status(e->code) > error_exit_status(ERROR_LATER))
			return false;
		log_warn("bootstrap", "round failed: %s: %s", e->rule, e->text);
		search_pause(&run.search);
	}
}

/* Anchors given for given servers: those are then "well known" (TLS-11). */
static void pair_servers(void)
{
	for (size_t i = 0; i < run.servers.count && run.device.server_anchor_count; i++)
		run.device.well_known[run.device.well_known_count++] =
			(struct bootstrap_well_known){ .host = run.servers.at[i].host,
						       .port = run.servers.at[i].port,
						       .anchors = run.device.server_anchors,
						       .anchor_count =
							       run.device.server_anchor_count };
}

static bool bootstrap(struct error *e)
{
	struct address dns[CONFIG_DNS_SERVERS_MAX];
	const struct bootstrap_source source = {
		.name = "command line",
		.resolver = { .servers = dns,
			      .server_count = download_local_names(dns, ARRAY_SIZE(dns)) },
		.no_http = run.settings.profile == SETTINGS_PROFILE_HUAWEI,
	};

	if (!file_make_directories(run.output, 0700, e))
		return false;
	clear();
	if (run.files.trust_anchor_count ? !device_load_files(&run.device, &run.files, e)
					 : !device_load_sealed(&run.device, e))
		return false;
	if (!sources_settings_fit(&run.settings, run.device.has_identity, e))
		return false;
	if (run.files.trust_anchor_count)
		pair_servers();
	run.bootstrap = (struct bootstrap){
		.loop = &run.loop,
		.random = entropy_fill,
		.onboard = on_onboarding,
	};
	device_offer(&run.device, &run.bootstrap);
	if (run.csr)
		device_offer_request(&run.device, &run.bootstrap);
	run.worker = (struct worker){ .loop = &run.loop, .bootstrap = &run.bootstrap, .documents = true };
	run.sources = sources_memory();
	run.sources->loop = &run.loop;
	run.search = (struct search){ .sources = run.sources,
				      .worker = &run.worker,
				      .random = entropy_fill };
	return (run.servers.count || discover(e)) && rounds(&source, e);
}

enum flag {
	FLAG_OUTPUT = 1,
	FLAG_SERVER,
	FLAG_DOWNLOAD,
	FLAG_TRUST_ANCHOR,
	FLAG_SERIAL,
	FLAG_SERVER_ANCHOR,
	FLAG_IDENTITY_KEY,
	FLAG_IDENTITY_CERTIFICATE,
	FLAG_IDEVID,
	FLAG_WAIT,
	FLAG_ROUNDS,
	FLAG_SET,
	FLAG_CSR,
};

static const struct option options[] = {
	{ "output", required_argument, NULL, FLAG_OUTPUT },
	{ "server", required_argument, NULL, FLAG_SERVER },
	{ "download", no_argument, NULL, FLAG_DOWNLOAD },
	{ "trust-anchor", required_argument, NULL, FLAG_TRUST_ANCHOR },
	{ "serial", required_argument, NULL, FLAG_SERIAL },
	{ "server-anchor", required_argument, NULL, FLAG_SERVER_ANCHOR },
	{ "identity-key", required_argument, NULL, FLAG_IDENTITY_KEY },
	{ "identity-certificate", required_argument, NULL, FLAG_IDENTITY_CERTIFICATE },
	{ "idevid", required_argument, NULL, FLAG_IDEVID },
	{ "wait", required_argument, NULL, FLAG_WAIT },
	{ "rounds", required_argument, NULL, FLAG_ROUNDS },
	{ "set", required_argument, NULL, FLAG_SET },
	{ "csr", no_argument, NULL, FLAG_CSR },
	{ NULL, 0, NULL, 0 },
};

/* One option; false: a usage error, already told (its status in *status). */
static bool take(int option, const char *value, int *status)
{
	struct device_files *f = &run.files;
	struct error e;
	uint64_t number;

	switch (option) {
	case FLAG_OUTPUT:
		run.output = value;
		return true;
	case FLAG_SERVER:
		if (run.servers.count == ARRAY_SIZE(run.servers.at) ||
		    !server_list_read_uri(&run.servers.at[run.servers.count], bytes_of_text(value),
					  &e)) {
			*status = command_usage("bootstrap", "--server %s is not https://HOST[:PORT]",
						value);
			return false;
		}
		run.servers.count++;
		return true;
	case FLAG_DOWNLOAD:
		run.download = true;
		return true;
	case FLAG_CSR:
		run.csr = true;
		return true;
	case FLAG_TRUST_ANCHOR:
		if (f->trust_anchor_count < FILES_MAX) {
			run.trust_anchors[f->trust_anchor_count++] = value;
			return true;
		}
		break;
	case FLAG_SERVER_ANCHOR:
		if (f->server_anchor_count < FILES_MAX) {
			run.server_anchors[f->server_anchor_count++] = value;
			return true;
		}
		break;
	case FLAG_SERIAL:
		f->serial = value;
		return true;
	case FLAG_IDENTITY_KEY:
		f->identity_key = value;
		return true;
	case FLAG_IDENTITY_CERTIFICATE:
		f->identity_certificate = value;
		return true;
	case FLAG_IDEVID:
		f->idevid = value;
		return true;
	case FLAG_SET:
		if (sources_settings_set(&run.settings, value))
			return true;
		*status = command_usage("bootstrap", "--set %s cannot be taken", value);
		return false;
	case FLAG_WAIT:
		if (text_number(&number, bytes_of_text(value), 86400)) {
			run.wait_s = (unsigned)number;
			return true;
		}
		*status = command_usage("bootstrap", "--wait %s is not a number of seconds", value);
		return false;
	case FLAG_ROUNDS:
		if (text_number(&number, bytes_of_text(value), 1000000) && number) {
			run.rounds = (unsigned)number;
			return true;
		}
		*status = command_usage("bootstrap", "--rounds %s is not 1 to 1000000", value);
		return false;
	default:
		*status = command_usage("bootstrap", "unknown or incomplete argument");
		return false;
	}
	*status = command_usage("bootstrap", "more than %d files of one kind", FILES_MAX);
	return false;
}

int command_bootstrap_run(int argc, char **argv)
{
	struct error e = { 0 }, unwritten;
	int option, status = 0;

	log_to(console_log, NULL);
	settings_start(&run.settings);
	run.wait_s = 60;
	run.rounds = 1;
	run.files.trust_anchors = run.trust_anchors;
	run.files.server_anchors = run.server_anchors;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take(option, optarg, &status))
			return status;
	if (optind < argc)
		return command_usage("bootstrap", "unknown argument `%s`", argv[optind]);
	if (!run.output)
		return command_usage("bootstrap", "--output is missing");
	if (!!run.files.trust_anchor_count != !!run.files.serial)
		return command_usage("bootstrap", "--trust-anchor and --serial go together (KEY-2)");
	if (!!run.files.identity_key != !!run.files.identity_certificate)
		return command_usage("bootstrap",
				     "--identity-key and --identity-certificate go together");
	if (!run.files.trust_anchor_count &&
	    (run.files.server_anchor_count || run.files.identity_key || run.files.idevid))
		return command_usage("bootstrap",
				     "files are taken only with --trust-anchor and --serial (KEY-2)");
	loop_start(&run.loop);
	run.device.tpm = TPM_CLOSED;
	bool done = bootstrap(&e);
	if (!done)
		clear();
	if (!done && !put_status(NULL, &e, &unwritten))
		log_warn("bootstrap", "%s", unwritten.text);
	if (run.discovering)
		search_stop(&run.search);
	device_close(&run.device);
	if (!done)
		return command_fail(&e);
	printf("%s/onboarding.json\n", run.output);
	return 0;
}

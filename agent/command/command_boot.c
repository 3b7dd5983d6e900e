/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/writer.h"
#include "handoff/boot_disk.h"
#include "handoff/handoff.h"
#include "handoff/kexec.h"
#include "image/sha256.h"
#include "install.h"
#include "platform/file.h"

/* Finds what to boot on a disk, loads it, jumps; or only says what it would do. */

#define REPORT_MAX 65536 /* bytes of JSON; 64 candidates of two escaped texts each */

struct run {
	const char *root;
	bool dry, no_kexec;
	bool installed;
	struct boot_disk disk;
	struct boot_entry entry;
	struct boot_search search;
	struct kexec_image image;
	char console[512];
};

/* Our own console= arguments: whoever watches this boot wants to watch the next. */
static void read_console(char *to, size_t size)
{
	char line[4096], *next = line, *word;
	size_t used = 0;

	to[0] = '\0';
	file_read_line(line, sizeof(line), "/proc/cmdline");
	while ((word = strsep(&next, " "))) {
		if (strncmp(word, "console=", 8) != 0 || used + strlen(word) + 2 > size)
			continue;
		used += (size_t)snprintf(to + used, size - used, "%s%s", used ? " " : "",
					 word);
	}
}

static void put_text(struct writer *w, const char *key, const char *text, const char *after)
{
	writer_printf(w, "\"%s\":", key);
	writer_json_string(w, bytes_of_text(text));
	writer_text(w, after);
}

static void put_candidates(struct writer *w, const struct boot_search *search)
{
	writer_text(w, "\"candidates\":[");
	for (size_t i = 0; i < search->count; i++) {
		const struct boot_candidate *c = &search->candidates[i];

		writer_text(w, i ? ",{" : "{");
		put_text(w, "what", c->what, ",");
		writer_printf(w, "\"taken\":%s,", c->taken ? "true" : "false");
		put_text(w, "why", c->why, "}");
	}
	writer_text(w, "]");
}

static void put_digest(struct writer *w, const char *key, const uint8_t digest[static 32],
		       const char *after)
{
	writer_printf(w, "\"%s\":\"", key);
	writer_hex(w, bytes_of(digest, 32));
	writer_printf(w, "\"%s", after);
}

static bool print_plan(const struct run *run, struct error *e)
{
	const struct boot_entry *b = &run->entry;
	char *text = malloc(REPORT_MAX);

	if (!text)
		return error_set(e, ERROR_MACHINE, NULL, "no memory");

	struct writer w = writer_over(text, REPORT_MAX - 1);

	writer_text(&w, "{");
	put_text(&w, "source", boot_entry_source_name(b->source), ",");
	put_text(&w, "place", run->disk.places[b->place].name, ",");
	put_text(&w, "id", b->id, ",");
	put_text(&w, "title", b->title, ",");
	put_text(&w, "version", b->version, ",");
	put_text(&w, "kernel", b->kernel, ",");
	writer_text(&w, "\"initrds\":[");
	for (size_t i = 0; i < b->initrd_count; i++) {
		writer_text(&w, i ? "," : "");
		writer_json_string(&w, bytes_of_text(b->initrds[i]));
	}
	writer_text(&w, "],");
	put_text(&w, "cmdline", run->image.cmdline, ",");
	writer_text(&w, "\"sha256\":{");
	put_digest(&w, "kernel", run->image.kernel_sha256, ",");
	put_digest(&w, "initrd", run->image.initrd_sha256, ",");
	put_digest(&w, "cmdline", run->image.cmdline_sha256, "},");
	put_candidates(&w, &run->search);
	writer_text(&w, "}");
	text[w.used] = '\0';
	puts(text);
	free(text);
	return writer_ok(&w) ||
	       error_set(e, ERROR_MACHINE, NULL, "the plan is too long to print");
}

/* Find and copy; the disk is let go whatever comes of it. */
static bool find_and_copy(struct run *run, struct error *e)
{
	struct error closing;
	bool found;

	if (!boot_disk_open(&run->disk, run->root, e)) {
		if (!boot_disk_close(&run->disk, &closing))
			error_wrap(e, "%s", closing.text);
		return false;
	}
	found = boot_entry_find(&run->entry, &run->search, run->disk.places, run->disk.count,
				run->console, e) &&
		kexec_prepare(&run->image, &run->entry, run->disk.places, bytes_of(NULL, 0),
			      "", sha256_of, e);
	if (found && run->dry && !print_plan(run, e))
		found = false;
	if (!boot_disk_close(&run->disk, &closing)) {
		if (found)
			*e = closing;
		return false;
	}
	return found;
}

static bool go(struct run *run, struct error *e)
{
	run->image.kernel_fd = run->image.initrd_fd = -1;
	if (!find_and_copy(run, e))
		return false;
	if (run->dry)
		return true;
	if (!handoff_quiesce(NULL, e))
		return false;
	if (run->no_kexec) {
		handoff_reboot(e);
		return false;
	}
	if (kexec_load(&run->image, e) != KEXEC_VERDICT_LOADED)
		return false;
	kexec_release(&run->image);
	handoff_jump(e);
	return false;
}

/* BOOT-1: the first fixed disk with something to start, whoever has put it there. */
static bool go_installed(struct run *run, struct error *e)
{
	struct disk *disks = calloc(CONFIG_DISKS_MAX, sizeof(*disks));
	struct disk_watch watch;
	struct loop loop;
	size_t count = 0;
	bool good = false;

	loop_start(&loop);
	if (!disks)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for the list of disks");
	if (!disk_watch_start(&watch, &loop, e))
		goto out;
	if (!install_list_disks(disks, &count, &watch, e))
		count = 0;
	else
		error_set(e, ERROR_REFUSED, "BOOT-1", "no disk of this machine holds a system");
	disk_watch_stop(&watch);
	for (size_t i = 0; i < count && !good; i++) {
		struct error why;

		if (!install_is_fixed(&disks[i]))
			continue;
		run->root = disks[i].path;
		good = go(run, &why);
		if (!good)
			log_warn("boot", "%s: %s", disks[i].name, why.text);
	}
out:
	free(disks);
	return good;
}

int command_boot_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "installed", no_argument, NULL, 'i' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "no-kexec", no_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	static struct run run;
	struct error e = { 0 };
	bool good;
	int option;

	memset(&run, 0, sizeof(run));
	run.root = "/";
	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			run.root = optarg;
			break;
		case 'i':
			run.installed = true;
			break;
		case 'd':
			run.dry = true;
			break;
		case 'k':
			run.no_kexec = true;
			break;
		default:
			return command_usage("boot", "unknown option");
		}
	}
	if (optind < argc)
		return command_usage("boot", "%s: no arguments but options", argv[optind]);
	read_console(run.console, sizeof(run.console));
	good = run.installed ? go_installed(&run, &e) : go(&run, &e);
	kexec_release(&run.image);
	return good ? 0 : command_fail(&e);
}

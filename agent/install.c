/* SPDX-License-Identifier: MIT */
#include "install.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "download.h"
#include "handoff/boot_disk.h"
#include "image/target.h"
#include "platform/console.h"
#include "platform/file.h"
#include "platform/probe.h"

/* ---- which disk ---------------------------------------------------------------------- */

/* The disk whose partition the boot loader names as its own (systemd's Boot Loader
 * Interface): four bytes of attributes, then UTF-16. */
static void mark_boot_medium(struct disk *disks, size_t count)
{
	static const char path[] = "/sys/firmware/efi/efivars/LoaderDevicePartUUID-"
				   "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
	uint8_t raw[256];
	char uuid[64];
	size_t used, n = 0;
	struct error none;

	if (!file_read(raw, sizeof(raw), &used, path, 0, &none))
		return;
	for (size_t i = 4; i + 1 < used && raw[i] && n + 1 < sizeof(uuid); i += 2)
		uuid[n++] = (char)(raw[i] >= 'A' && raw[i] <= 'F' ? raw[i] | 0x20 : raw[i]);
	uuid[n] = '\0';
	disk_mark_boot_medium(disks, count, "/sys", uuid);
}

bool install_list_disks(struct disk *disks, size_t *count, struct disk_watch *watch,
			struct error *e)
{
	if (!disk_watch_settle(watch, e) || !disk_list(disks, count, "/sys", "/proc", e))
		return false;
	mark_boot_medium(disks, *count);
	return true;
}

bool install_is_fixed(const struct disk *disk)
{
	return !disk->removable && !disk->hidden && !disk->boot_medium;
}

static bool holds_result(const char *path)
{
	struct boot_disk *d = calloc(1, sizeof(*d));
	struct error none;
	bool holds = false;

	if (d && boot_disk_open(d, path, &none))
		for (size_t i = 0; i < d->count; i++)
			holds |= faccessat(d->places[i].root, "var/lib/sztpboot/result.json",
					   F_OK, 0) == 0;
	if (d && !boot_disk_close(d, &none))
		log_warn("install", "%s", none.text);
	free(d);
	return holds;
}

void install_find_completed(char name[static 32], struct disk_watch *watch)
{
	struct disk *disks = calloc(CONFIG_DISKS_MAX, sizeof(*disks));
	struct error none;
	size_t count = 0;

	name[0] = '\0';
	if (disks && install_list_disks(disks, &count, watch, &none))
		for (size_t i = 0; i < count && !name[0]; i++)
			if (install_is_fixed(&disks[i]) && holds_result(disks[i].path))
				memcpy(name, disks[i].name, sizeof(disks[i].name));
	free(disks);
}

/* The same appearance of the same disk as the one this run has written? */
static bool is_ours(const struct install *i, const struct disk *d)
{
	return i->disk.path[0] && d->diskseq && d->diskseq == i->disk.diskseq &&
	       strcmp(d->path, i->disk.path) == 0;
}

static bool choose_disk(struct install *i, struct error *e)
{
	struct target_policy policy = {
		.install = i->settings->install_any ? TARGET_INSTALL_ANY : TARGET_INSTALL_EMPTY,
		.serial = i->settings->install_serial[0] ? i->settings->install_serial : NULL,
	};
	struct disk *disks = calloc(CONFIG_DISKS_MAX, sizeof(*disks));
	struct target_verdict *verdicts = calloc(CONFIG_DISKS_MAX, sizeof(*verdicts));
	size_t count = 0, chosen;
	bool done = false;

	if (!disks || !verdicts) {
		error_set(e, ERROR_MACHINE, NULL, "no memory for the list of disks");
		goto out;
	}
	if (!install_list_disks(disks, &count, i->watch, e))
		goto out;
	for (size_t d = 0; d < count; d++) {
		struct error unread;

		if (!probe_contents(&disks[d], &unread))
			log_debug("install", "%s: %s", disks[d].name, unread.text);
		if (is_ours(i, &disks[d]))
			disks[d].contents = DISK_CONTENTS_NONE;
	}
	done = target_choose(&chosen, verdicts, disks, count, &policy, e);
	for (size_t d = 0; d < count; d++)
		log_notice("install", "%s, %s: %s", disks[d].name, CONSOLE_SIZE(disks[d].size_bytes),
			   verdicts[d].reason);
	if (done)
		i->disk = disks[chosen];
out:
	free(disks);
	free(verdicts);
	return done;
}

/* ---- one download -------------------------------------------------------------------- */

static void show_progress(void *context, const struct image_progress *p)
{
	(void)context;
	if (strcmp(p->stage, "write") == 0)
		console_progress("install", p->bytes_in, p->bytes_in_expected);
	else
		console_progress(p->stage, p->bytes_out, p->bytes_out_expected);
}

static bool take(void *context, struct bytes piece, struct error *e)
{
	return image_install_push(context, piece, e);
}

static bool write_download(struct install *i, struct download *download,
			   const struct conveyed_information *information, struct error *e)
{
	struct image_install *install = calloc(1, sizeof(*install));
	struct image_options options = {
		.name = i->disk.name,
		.sha256 = information->sha256,
		.bytes_in_expected = download_size(download),
		.progress = show_progress,
	};
	bool done = false;

	if (!install)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for the image writer");
	if (!disk_open(&options.fd, &i->disk, true, e)) {
		error_rule(e, "IMG-14");
		goto out;
	}
	if (image_install_begin(install, &options, e) && download_take(download, take, install, e))
		done = image_install_finish(install, &i->image, e);
	else
		image_install_abort(install);
	console_progress_end();
	if (done)
		done = disk_rescan(options.fd, &i->disk, i->loop, e);
	close(options.fd);
out:
	free(install);
	return done;
}

static bool install_from(struct install *i, struct bytes uri,
			 const struct bootstrap_onboarding *from, struct error *e)
{
	struct download *download = calloc(1, sizeof(*download));
	bool done;

	if (!download)
		return error_set(e, ERROR_MACHINE, NULL, "no memory for a download");
	text_quote(i->uri, sizeof(i->uri), uri);
	log_event("image-start", LOG_LEVEL_NOTICE, "install", "fetching %s", i->uri);
	done = download_open(download, i->loop, uri, from->source, e) &&
	       write_download(i, download, from->information, e);
	download_close(download);
	free(download);
	return done;
}

static bool is_installed(const struct install *i, const uint8_t sha256[static 32])
{
	struct disk now;
	struct error gone;

	return i->installed && memcmp(i->sha256, sha256, sizeof(i->sha256)) == 0 &&
	       disk_find(&now, i->disk.path, &gone) && is_ours(i, &now);
}

bool install_image(struct install *i, const struct bootstrap_onboarding *from, struct error *e)
{
	const struct conveyed_information *information = from->information;

	if (!information->has_sha256)
		return error_set(e, ERROR_REFUSED, "IMG-9",
				 "the onboarding information gives no sha-256 for the boot image");
	if (is_installed(i, information->sha256)) {
		log_notice("install", "IMG-3: %s holds this image already", i->disk.name);
		return true;
	}
	i->installed = false;
	if (!choose_disk(i, e))
		return false;
	for (size_t u = 0; u < information->download_uri_count; u++) {
		if (install_from(i, information->download_uris[u], from, e)) {
			memcpy(i->sha256, information->sha256, sizeof(i->sha256));
			i->installed = true;
			return true;
		}
		log_warn("install", "%s: %s%s%s", TEXT_QUOTED(information->download_uris[u]),
			 e->rule, e->rule[0] ? ": " : "", e->text);
		if (e->code == ERROR_MACHINE) /* another server does not mend a disk */
			break;
	}
	return error_rule(e, "IMG-14");
}

/* SPDX-License-Identifier: MIT */
#include "result.h"

#include <stdio.h>

#include "base/text.h"
#include "base/writer.h"
#include "image/decode.h"
#include "image/sha256.h"
#include "platform/file.h"

#define DIRECTORY "/var/lib/sztpboot"

bool result_write_file(int root, const char *name, struct bytes contents, struct error *e)
{
	char path[128];

	snprintf(path, sizeof(path), DIRECTORY "/%s", name);
	return file_make_directories_in(root, DIRECTORY, 0700, e) &&
	       file_write_in(root, path, contents, 0600, e);
}

static void write_text(struct writer *w, const char *name, const char *text)
{
	writer_printf(w, "\"%s\":", name);
	writer_json_string(w, bytes_of_text(text));
	writer_text(w, ",\n  ");
}

static void write_digest(struct writer *w, const char *name, const uint8_t digest[static 32])
{
	char hex[65];

	write_text(w, name, text_hex(hex, sizeof(hex), bytes_of(digest, 32)));
}

static void write_bytes_digest(struct writer *w, const char *name, struct bytes content)
{
	uint8_t digest[32];

	if (content.size == 0)
		return;
	sha256_of(digest, content);
	write_digest(w, name, digest);
}

bool result_write(int root, struct onboard *o, const struct bootstrap_onboarding *from,
		  struct error *e)
{
	static char room[CONFIG_RESULT_MAX];
	struct writer w = writer_over(room, sizeof(room));
	const struct image_report *image = &o->install.image;

	writer_text(&w, "{\n  ");
	write_text(&w, "agent", "sztpboot " CONFIG_VERSION);
	write_text(&w, "serial-number", o->serial);
	write_text(&w, "source", from->source->name);
	write_text(&w, "server", from->server);
	writer_printf(&w, "\"server-authenticated\":%s,\n  ",
		      from->server_trusted ? "true" : "false");
	write_text(&w, "owner", from->validated->owner_subject);
	write_bytes_digest(&w, "conveyed-information-sha256", from->conveyed_information);
	write_bytes_digest(&w, "owner-certificate-sha256", from->owner_certificate);
	write_bytes_digest(&w, "ownership-voucher-sha256", from->ownership_voucher);
	write_text(&w, "os-name", o->os_name);
	write_text(&w, "os-version", o->os_version);
	write_text(&w, "boot-image-uri", o->install.uri);
	write_text(&w, "boot-image-sha256", image->sha256);
	writer_printf(&w,
		      "\"boot-image\":{\"bytes-received\":%llu,\"bytes-written\":%llu,"
		      "\"bytes-zero\":%llu,\"read-back\":%s},\n  ",
		      (unsigned long long)image->bytes_in, (unsigned long long)image->bytes_out,
		      (unsigned long long)image->bytes_zero, image->read_back ? "true" : "false");
	writer_printf(&w, "\"disk\":{\"size\":%llu,\"model\":",
		      (unsigned long long)o->install.disk.size_bytes);
	writer_json_string(&w, bytes_of_text(o->install.disk.model));
	writer_text(&w, ",\"serial\":");
	writer_json_string(&w, bytes_of_text(o->install.disk.serial));
	writer_text(&w, "},\n  ");
	write_text(&w, "boot-entry-source", o->boot_source ? o->boot_source : "");
	write_text(&w, "boot-entry", o->boot_id);
	write_digest(&w, "kernel-sha256", o->kernel.kernel_sha256);
	write_digest(&w, "initrd-sha256", o->kernel.initrd_sha256);
	write_digest(&w, "cmdline-sha256", o->kernel.cmdline_sha256);
	writer_printf(&w, "\"reports\":{\"allowed\":%s,\"sent\":%u,\"failed\":%u},\n  ",
		      from->report->allowed ? "true" : "false", from->report->sent,
		      from->report->failed);
	writer_text(&w, "\"stages\":");
	stage_enter(o->stages, o->stages->now);
	stage_write(o->stages, &w);
	writer_text(&w, "\n}\n");
	if (!writer_ok(&w))
		return error_set(e, ERROR_MACHINE, "DONE-6", "result.json does not fit");
	return result_write_file(root, "result.json", writer_done(&w), e);
}

/* SPDX-License-Identifier: MIT */
#include "sztp/progress.h"

#include "base/text.h"
#include "codec/base64.h"
#include "codec/xml.h"
#include "config.h"

enum {
	VERBOSE = 0,
	MINIMAL = 1,
	LAST = 2,
};

static const struct {
	const char *name;
	int flags;
} types[PROGRESS_TYPE_COUNT] = {
	[PROGRESS_TYPE_BOOTSTRAP_INITIATED] = { "bootstrap-initiated", MINIMAL },
	[PROGRESS_TYPE_PARSING_INITIATED] = { "parsing-initiated", VERBOSE },
	[PROGRESS_TYPE_PARSING_WARNING] = { "parsing-warning", VERBOSE },
	[PROGRESS_TYPE_PARSING_ERROR] = { "parsing-error", MINIMAL | LAST },
	[PROGRESS_TYPE_PARSING_COMPLETE] = { "parsing-complete", VERBOSE },
	[PROGRESS_TYPE_BOOT_IMAGE_INITIATED] = { "boot-image-initiated", VERBOSE },
	[PROGRESS_TYPE_BOOT_IMAGE_WARNING] = { "boot-image-warning", VERBOSE },
	[PROGRESS_TYPE_BOOT_IMAGE_ERROR] = { "boot-image-error", MINIMAL | LAST },
	[PROGRESS_TYPE_BOOT_IMAGE_MISMATCH] = { "boot-image-mismatch", VERBOSE },
	[PROGRESS_TYPE_BOOT_IMAGE_INSTALLED_REBOOTING] = { "boot-image-installed-rebooting",
							   MINIMAL | LAST },
	[PROGRESS_TYPE_BOOT_IMAGE_COMPLETE] = { "boot-image-complete", VERBOSE },
	[PROGRESS_TYPE_PRE_SCRIPT_INITIATED] = { "pre-script-initiated", VERBOSE },
	[PROGRESS_TYPE_PRE_SCRIPT_WARNING] = { "pre-script-warning", VERBOSE },
	[PROGRESS_TYPE_PRE_SCRIPT_ERROR] = { "pre-script-error", MINIMAL | LAST },
	[PROGRESS_TYPE_PRE_SCRIPT_COMPLETE] = { "pre-script-complete", VERBOSE },
	[PROGRESS_TYPE_CONFIG_INITIATED] = { "config-initiated", VERBOSE },
	[PROGRESS_TYPE_CONFIG_WARNING] = { "config-warning", VERBOSE },
	[PROGRESS_TYPE_CONFIG_ERROR] = { "config-error", MINIMAL | LAST },
	[PROGRESS_TYPE_CONFIG_COMPLETE] = { "config-complete", VERBOSE },
	[PROGRESS_TYPE_POST_SCRIPT_INITIATED] = { "post-script-initiated", VERBOSE },
	[PROGRESS_TYPE_POST_SCRIPT_WARNING] = { "post-script-warning", VERBOSE },
	[PROGRESS_TYPE_POST_SCRIPT_ERROR] = { "post-script-error", MINIMAL | LAST },
	[PROGRESS_TYPE_POST_SCRIPT_COMPLETE] = { "post-script-complete", VERBOSE },
	[PROGRESS_TYPE_BOOTSTRAP_WARNING] = { "bootstrap-warning", MINIMAL },
	[PROGRESS_TYPE_BOOTSTRAP_ERROR] = { "bootstrap-error", MINIMAL | LAST },
	[PROGRESS_TYPE_BOOTSTRAP_COMPLETE] = { "bootstrap-complete", MINIMAL | LAST },
	[PROGRESS_TYPE_INFORMATIONAL] = { "informational", VERBOSE },
};

const char *progress_type_name(enum progress_type type)
{
	return types[type].name;
}

bool progress_type_is_minimal(enum progress_type type)
{
	return types[type].flags & MINIMAL;
}

bool progress_type_is_last(enum progress_type type)
{
	return types[type].flags & LAST;
}

/* YANG strings hold no control characters but these three (RFC 7950 §9.4). */
static bool may_stand(uint8_t c)
{
	return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

static const char cut_mark[] = "[...] ";

/* The end of a message that is too long, from the beginning of a character on. */
static struct bytes cut(struct bytes message)
{
	if (message.size <= CONFIG_REPORT_MESSAGE_MAX)
		return message;
	size_t drop = message.size - CONFIG_REPORT_MESSAGE_MAX + strlen(cut_mark);
	while (drop < message.size && (message.at[drop] & 0xc0) == 0x80)
		drop++;
	return bytes_of(message.at + drop, message.size - drop);
}

static void write_message(struct writer *w, struct bytes whole)
{
	struct bytes message = cut(whole);

	writer_u8(w, '"');
	if (message.size != whole.size)
		writer_text(w, cut_mark);
	for (size_t i = 0; i < message.size;) {
		size_t n = text_utf8_length(bytes_of(message.at + i, message.size - i));
		uint8_t c = message.at[i];

		if (n == 0) {
			writer_text(w, "\\ufffd");
			i++;
			continue;
		}
		if (n > 1)
			writer_bytes(w, bytes_of(message.at + i, n));
		else if (c == '"' || c == '\\')
			writer_printf(w, "\\%c", c);
		else if (c < 0x20 && may_stand(c))
			writer_printf(w, "\\u%04x", c);
		else if (may_stand(c))
			writer_u8(w, c);
		i += n;
	}
	writer_u8(w, '"');
}

/* Runs of what may stand, so that nothing else reaches the XML writer. */
static void write_message_xml(struct writer *w, struct bytes whole)
{
	struct bytes message = cut(whole);

	if (message.size != whole.size)
		writer_text(w, cut_mark);
	for (size_t start = 0, i = 0; i <= message.size; i++) {
		if (i < message.size && may_stand(message.at[i]))
			continue;
		xml_write_text(w, bytes_of(message.at + start, i - start));
		start = i + 1;
	}
}

size_t progress_size(const struct progress *p)
{
	size_t message = p->message.size < CONFIG_REPORT_MESSAGE_MAX ? p->message.size
								    : CONFIG_REPORT_MESSAGE_MAX;
	size_t size = 512 + 6 * message;

	for (size_t i = 0; i < p->ssh_host_key_count; i++)
		size += 128 + 6 * strlen(p->ssh_host_keys[i].algorithm) +
			p->ssh_host_keys[i].blob.size / 3 * 4;
	for (size_t i = 0; i < p->trust_anchor_cert_count; i++)
		size += 64 + p->trust_anchor_certs[i].size / 3 * 4;
	return size;
}

/* The text around what is said, in either encoding. */
static const struct form {
	const char *begin, *begun, *end;
	const char *message, *message_end;
	const char *keys, *key_algorithm, *key_data, *key_end, *keys_end;
	const char *certificates, *certificate, *certificate_end, *certificates_end;
	const char *between;
	void (*write_message)(struct writer *w, struct bytes whole);
} json = {
	"{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"", "\"", "}}",
	",\"message\":", "",
	",\"ssh-host-keys\":{\"ssh-host-key\":[", "{\"algorithm\":", ",\"key-data\":\"", "\"}", "]}",
	",\"trust-anchor-certs\":{\"trust-anchor-cert\":[", "\"", "\"", "]}",
	",",
	write_message,
}, xml = {
	"<input xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\">"
	"<progress-type>", "</progress-type>", "</input>",
	"<message>", "</message>",
	"<ssh-host-keys>", "<ssh-host-key><algorithm>", "</algorithm><key-data>",
	"</key-data></ssh-host-key>", "</ssh-host-keys>",
	"<trust-anchor-certs>", "<trust-anchor-cert>", "</trust-anchor-cert>", "</trust-anchor-certs>",
	"",
	write_message_xml,
};

/* PROG-13: what only bootstrap-complete may carry. */
static void write_lists(struct writer *w, const struct form *f, const struct progress *p)
{
	for (size_t i = 0; i < p->ssh_host_key_count; i++) {
		const struct progress_ssh_key *key = &p->ssh_host_keys[i];

		writer_text(w, i ? f->between : f->keys);
		writer_text(w, f->key_algorithm);
		f->write_message(w, bytes_of_text(key->algorithm));
		writer_text(w, f->key_data);
		base64_write(w, key->blob);
		writer_text(w, f->key_end);
	}
	if (p->ssh_host_key_count)
		writer_text(w, f->keys_end);
	for (size_t i = 0; i < p->trust_anchor_cert_count; i++) {
		writer_text(w, i ? f->between : f->certificates);
		writer_text(w, f->certificate);
		base64_write(w, p->trust_anchor_certs[i]);
		writer_text(w, f->certificate_end);
	}
	if (p->trust_anchor_cert_count)
		writer_text(w, f->certificates_end);
}

static void write_form(struct writer *w, const struct form *f, const struct progress *p)
{
	writer_text(w, f->begin);
	writer_text(w, progress_type_name(p->type));
	writer_text(w, f->begun);
	if (p->message.size) {
		writer_text(w, f->message);
		f->write_message(w, p->message);
		writer_text(w, f->message_end);
	}
	if (p->type == PROGRESS_TYPE_BOOTSTRAP_COMPLETE)
		write_lists(w, f, p);
	writer_text(w, f->end);
}

void progress_write(struct writer *w, const struct progress *p)
{
	write_form(w, &json, p);
}

void progress_write_xml(struct writer *w, const struct progress *p)
{
	write_form(w, &xml, p);
}

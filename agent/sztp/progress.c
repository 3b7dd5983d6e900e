/* SPDX-License-Identifier: MIT */
#include "sztp/progress.h"

#include "base/text.h"
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

void progress_write(struct writer *w, enum progress_type type, struct bytes message)
{
	writer_printf(w, "{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"%s\"",
		      progress_type_name(type));
	if (message.size) {
		writer_text(w, ",\"message\":");
		write_message(w, message);
	}
	writer_text(w, "}}");
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

void progress_write_xml(struct writer *w, enum progress_type type, struct bytes message)
{
	writer_printf(w,
		      "<input xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\">"
		      "<progress-type>%s</progress-type>",
		      progress_type_name(type));
	if (message.size) {
		writer_text(w, "<message>");
		write_message_xml(w, message);
		writer_text(w, "</message>");
	}
	writer_text(w, "</input>");
}

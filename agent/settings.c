/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"

static bool read_install_disk(struct settings *s, struct bytes value)
{
	s->install_any = bytes_equal_text(value, "any");
	return s->install_any || bytes_equal_text(value, "empty");
}

static bool read_install_serial(struct settings *s, struct bytes value)
{
	return text_copy(s->install_serial, sizeof(s->install_serial), value);
}

static bool read_hw_model(struct settings *s, struct bytes value)
{
	return text_copy(s->hw_model, sizeof(s->hw_model), value);
}

static bool read_debug(struct settings *s, struct bytes value)
{
	return text_copy(s->debug, sizeof(s->debug), value);
}

static bool read_halt(struct settings *s, struct bytes value)
{
	s->halt = true;
	return value.size == 0;
}

const struct settings_key settings_keys[] = {
	{ "Install", "disk", "empty (default) or any: may a disk that holds something be taken?",
	  read_install_disk },
	{ "Install", "serial", "take only the disk with this serial number",
	  read_install_serial },
	{ "Startup", "hw-model", "hw-model for trusted servers, instead of the trust store's",
	  read_hw_model },
	{ "Console", "debug", "parts whose debug lines are shown: dhcp4,tls or all", read_debug },
	{ "", "debug", "the same, short", read_debug },
	{ "", "halt", "power off instead of restarting after a failure", read_halt },
};
const size_t settings_key_count = ARRAY_SIZE(settings_keys);

static struct bytes trimmed(struct bytes b)
{
	while (b.size && (b.at[0] == ' ' || b.at[0] == '\t'))
		b = bytes_of(b.at + 1, b.size - 1);
	while (b.size && (b.at[b.size - 1] == ' ' || b.at[b.size - 1] == '\t' ||
			  b.at[b.size - 1] == '\r'))
		b.size--;
	return b;
}

/* Cut @b at the first @stop: returns what stands before it, @b becomes what is behind. */
static struct bytes cut(struct bytes *b, uint8_t stop)
{
	const uint8_t *at = b->size ? memchr(b->at, stop, b->size) : NULL;
	struct bytes before = at ? bytes_of(b->at, (size_t)(at - b->at)) : *b;

	*b = at ? bytes_of(at + 1, b->size - before.size - 1) : bytes_of(NULL, 0);
	return before;
}

static bool set(struct settings *s, struct bytes section, struct bytes name, struct bytes value,
		const char **why)
{
	for (size_t i = 0; i < settings_key_count; i++) {
		const struct settings_key *k = &settings_keys[i];

		if (!text_equal_nocase(section, bytes_of_text(k->section)) ||
		    !text_equal_nocase(name, bytes_of_text(k->name)))
			continue;
		*why = "the value does not fit";
		return k->read(s, value);
	}
	*why = "there is no such key";
	return false;
}

unsigned settings_read_ini(struct settings *s, struct bytes text, const char *name)
{
	struct bytes section = bytes_of(NULL, 0);
	unsigned number = 0, wrong = 0;

	while (text.size) {
		struct bytes line = trimmed(cut(&text, '\n'));
		const char *why = "neither [Section] nor key = value";

		number++;
		if (line.size == 0 || line.at[0] == '#' || line.at[0] == ';')
			continue;
		if (line.at[0] == '[' && line.at[line.size - 1] == ']') {
			section = bytes_of(line.at + 1, line.size - 2);
			continue;
		}
		bool has_value = memchr(line.at, '=', line.size) != NULL;
		struct bytes key = trimmed(cut(&line, '='));

		if (has_value && set(s, section, key, trimmed(line), &why))
			continue;
		log_error("settings", "%s line %u: %s: %s; the default holds", name, number,
			  TEXT_QUOTED(key), why);
		wrong++;
	}
	return wrong;
}

unsigned settings_read_command_line(struct settings *s, struct bytes line)
{
	static const char prefix[] = "sztpboot.";
	unsigned wrong = 0;

	while (line.size) {
		struct bytes value = trimmed(cut(&line, ' '));
		const char *why;

		if (value.size && value.at[value.size - 1] == '\n')
			value.size--;
		if (!text_starts(value, prefix))
			continue;
		value = bytes_of(value.at + strlen(prefix), value.size - strlen(prefix));
		struct bytes key = cut(&value, '='), name = key, section = cut(&name, '.');

		if (section.size == key.size) /* no dot: a short key */
			name = key, section = bytes_of(NULL, 0);
		if (set(s, section, name, value, &why))
			continue;
		log_error("settings", "kernel command line: sztpboot.%s: %s; the default holds",
			  TEXT_QUOTED(key), why);
		wrong++;
	}
	return wrong;
}

/* SPDX-License-Identifier: MIT */
#include "handoff/bls.h"

#include <stdio.h>

#include "base/text.h"

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct bytes trimmed(struct bytes b)
{
	while (b.size && is_space(b.at[0]))
		b = bytes_of(b.at + 1, b.size - 1);
	while (b.size && (is_space(b.at[b.size - 1]) || b.at[b.size - 1] == '\r'))
		b.size--;
	return b;
}

/* ---- one file ------------------------------------------------------------------------- */

bool bls_is_entry_name(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".conf") == 0;
}

/* Take "+LEFT" or "+LEFT-DONE" off the end of @stem. */
static void take_counter(struct bls_entry *entry, struct bytes *stem)
{
	size_t plus = stem->size, dash = stem->size;

	for (size_t i = 0; i < stem->size; i++)
		if (stem->at[i] == '+')
			plus = i;
	for (size_t i = plus; i < stem->size && dash == stem->size; i++)
		if (stem->at[i] == '-')
			dash = i;
	if (plus == stem->size)
		return;

	struct bytes left = bytes_of(stem->at + plus + 1, dash - plus - 1);
	struct bytes done = dash < stem->size
				    ? bytes_of(stem->at + dash + 1, stem->size - dash - 1)
				    : bytes_of_text("0");

	/* "linux+3x.conf" has a plus in its name and no counter. */
	if (!text_number(&entry->tries_left, left, UINT32_MAX) ||
	    !text_number(&entry->tries_done, done, UINT32_MAX))
		return;
	entry->has_counter = true;
	stem->size = plus;
}

static bool read_name(struct bls_entry *entry, const char *file_name, struct error *e)
{
	struct bytes stem = bytes_of_text(file_name);

	if (!bls_is_entry_name(file_name))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "the file's name does not end in .conf");
	stem.size -= 5;
	take_counter(entry, &stem);
	if (stem.size == 0 || stem.size + 6 > sizeof(entry->id))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "the file's name is too long or empty");
	memcpy(entry->id, stem.at, stem.size);
	memcpy(entry->id + stem.size, ".conf", 6);
	return true;
}

static bool leads_upwards(struct bytes path)
{
	size_t start = 0;

	for (size_t i = 0; i <= path.size; i++) {
		if (i < path.size && path.at[i] != '/')
			continue;
		if (bytes_equal_text(bytes_of(path.at + start, i - start), ".."))
			return true;
		start = i + 1;
	}
	return false;
}

static bool read_path(char to[static CONFIG_BOOT_PATH_MAX], struct bytes value,
		      struct error *e)
{
	while (value.size && value.at[0] == '/')
		value = bytes_of(value.at + 1, value.size - 1);
	if (leads_upwards(value))
		return error_set(e, ERROR_MALFORMED, NULL, "path %s leads upwards",
				 TEXT_QUOTED(value));
	if (value.size == 0 || !text_copy(to, CONFIG_BOOT_PATH_MAX, value))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "a path is empty or longer than %d bytes",
				 CONFIG_BOOT_PATH_MAX - 1);
	return true;
}

static bool add_options(struct bls_entry *entry, struct bytes value, struct error *e)
{
	size_t used = strlen(entry->options);
	size_t space = used && value.size ? 1 : 0;

	if (value.size + space >= sizeof(entry->options) - used)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "options are longer than %zu bytes",
				 sizeof(entry->options) - 1);
	if (space)
		entry->options[used++] = ' ';
	memcpy(entry->options + used, value.at, value.size);
	entry->options[used + value.size] = '\0';
	return true;
}

static bool once(const char *already, const char *key, struct error *e)
{
	return !already[0] || error_set(e, ERROR_MALFORMED, NULL, "%s stands twice", key);
}

static bool read_key(struct bls_entry *entry, struct bytes key, struct bytes value,
		     struct error *e)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
		{ "title", entry->title, sizeof(entry->title) },
		{ "version", entry->version, sizeof(entry->version) },
		{ "machine-id", entry->machine_id, sizeof(entry->machine_id) },
		{ "sort-key", entry->sort_key, sizeof(entry->sort_key) },
		{ "architecture", entry->architecture, sizeof(entry->architecture) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!bytes_equal_text(key, texts[i].key))
			continue;
		if (!once(texts[i].to, texts[i].key, e))
			return false;
		text_quote(texts[i].to, texts[i].size, value);
		return true;
	}
	if (bytes_equal_text(key, "options"))
		return add_options(entry, value, e);
	if (bytes_equal_text(key, "linux"))
		return once(entry->kernel, "linux", e) && read_path(entry->kernel, value, e);
	if (bytes_equal_text(key, "initrd")) {
		if (entry->initrd_count == CONFIG_BOOT_INITRDS_MAX)
			return error_set(e, ERROR_MALFORMED, NULL, "more than %d initrds",
					 CONFIG_BOOT_INITRDS_MAX);
		return read_path(entry->initrds[entry->initrd_count++], value, e);
	}
	if (bytes_equal_text(key, "efi") || bytes_equal_text(key, "uki") ||
	    bytes_equal_text(key, "uki-url"))
		entry->is_program = true;
	return true;
}

static bool has_control_characters(struct bytes line)
{
	for (size_t i = 0; i < line.size; i++)
		if ((line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
			return true;
	return false;
}

bool bls_read(struct bls_entry *entry, const char *file_name, struct bytes text,
	      struct error *e)
{
	struct bls_entry read = { .id = "" };

	if (!read_name(&read, file_name, e))
		return false;
	while (text.size) {
		size_t end = 0, word = 0;

		while (end < text.size && text.at[end] != '\n')
			end++;

		struct bytes line = trimmed(bytes_of(text.at, end));

		end += end < text.size;
		text = bytes_of(text.at + end, text.size - end);
		if (line.size == 0 || line.at[0] == '#')
			continue;
		if (has_control_characters(line))
			return error_set(e, ERROR_MALFORMED, NULL,
					 "control characters in the entry");
		while (word < line.size && !is_space(line.at[word]))
			word++;
		if (!read_key(&read, bytes_of(line.at, word),
			      trimmed(bytes_of(line.at + word, line.size - word)), e))
			return false;
	}
	if (!read.kernel[0] && !read.is_program)
		return error_set(e, ERROR_MALFORMED, NULL, "the entry names no kernel");
	*entry = read;
	return true;
}

/* ---- order ------------------------------------------------------------------------------
 */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The first byte, 0 at the end. */
static uint8_t first(struct bytes b)
{
	return b.size ? b.at[0] : 0;
}

static void skip(struct bytes *b, size_t n)
{
	*b = bytes_of(b->at + n, b->size - n);
}

static struct bytes take_while(struct bytes *b, bool (*belongs)(uint8_t))
{
	size_t n = 0;

	while (n < b->size && belongs(b->at[n]))
		n++;

	struct bytes taken = bytes_of(b->at, n);

	skip(b, n);
	return taken;
}

static bool says_nothing(uint8_t c)
{
	return !is_digit(c) && !is_letter(c) && c != '~' && c != '-' && c != '^' && c != '.';
}

/* Byte by byte, the longer wins when one begins with the other. */
static int compare_texts(struct bytes a, struct bytes b)
{
	size_t n = a.size < b.size ? a.size : b.size;
	int order = n ? memcmp(a.at, b.at, n) : 0;

	return order ? order : compare_numbers(a.size, b.size);
}

static int compare_digits(struct bytes a, struct bytes b)
{
	/* A number is newer than none at all. */
	if (!a.size || !b.size)
		return compare_numbers(a.size, b.size);
	while (first(a) == '0')
		skip(&a, 1);
	while (first(b) == '0')
		skip(&b, 1);
	if (a.size != b.size)
		return compare_numbers(a.size, b.size);
	return compare_texts(a, b);
}

int bls_compare_versions(struct bytes a, struct bytes b)
{
	for (;;) {
		int order;

		take_while(&a, says_nothing);
		take_while(&b, says_nothing);
		/* In this order: '~' is below the end, the end below '-', then '^', then '.'.
		 */
		if (first(a) == '~' || first(b) == '~') {
			order = compare_numbers(first(a) != '~', first(b) != '~');
			if (order)
				return order;
			skip(&a, 1);
			skip(&b, 1);
			continue;
		}
		if (!a.size || !b.size)
			return compare_numbers(a.size != 0, b.size != 0);

		bool separated = false;

		for (const char *c = "-^."; *c && !separated; c++) {
			if (first(a) != *c && first(b) != *c)
				continue;
			order = compare_numbers(first(a) != *c, first(b) != *c);
			if (order)
				return order;
			skip(&a, 1);
			skip(&b, 1);
			separated = true;
		}
		if (separated)
			continue;
		if (is_digit(first(a)) || is_digit(first(b)))
			order = compare_digits(take_while(&a, is_digit),
					       take_while(&b, is_digit));
		else
			order = compare_texts(take_while(&a, is_letter),
					      take_while(&b, is_letter));
		if (order)
			return order;
	}
}

static int compare_version_texts(const char *a, const char *b)
{
	return bls_compare_versions(bytes_of_text(a), bytes_of_text(b));
}

int bls_compare(const struct bls_entry *a, const struct bls_entry *b)
{
	bool a_bad = a->has_counter && a->tries_left == 0;
	bool b_bad = b->has_counter && b->tries_left == 0;
	int order = compare_numbers(a_bad, b_bad);

	if (!order)
		order = compare_numbers(!a->sort_key[0], !b->sort_key[0]);
	if (!order && a->sort_key[0]) {
		order = strcmp(a->sort_key, b->sort_key);
		if (!order)
			order = strcmp(a->machine_id, b->machine_id);
		if (!order)
			order = -compare_version_texts(a->version, b->version);
	}
	if (!order)
		order = -compare_version_texts(a->id, b->id);
	if (!order)
		order = compare_numbers(b->tries_left, a->tries_left);
	return order ? order : compare_numbers(a->tries_done, b->tries_done);
}

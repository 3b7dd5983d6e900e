/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/*
 * Cases in text files: stanzas of "key words" lines, separated by empty lines.  A key that a
 * stanza leaves out has the value of the last stanza called `default`.  Files that stanzas
 * name are read once and kept.
 */

#define STANZA_LINES_MAX 16
#define MAYBE_UNUSED	 __attribute__((unused)) /* not every test calls all of them */

struct stanza {
	char *keys[STANZA_LINES_MAX], *values[STANZA_LINES_MAX];
	size_t count;
};

MAYBE_UNUSED static const char *stanza_value(const struct stanza *s, const char *key)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->keys[i], key) == 0)
			return s->values[i];
	return NULL;
}

/* The whole file, with a NUL behind it; ends the program when it cannot be read. */
static struct bytes stanza_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = malloc(1 << 20);
	size_t size;

	if (!f || !text) {
		printf("FAIL %s cannot be read\n", path);
		exit(1);
	}
	size = fread(text, 1, (1 << 20) - 1, f);
	text[size] = '\0';
	fclose(f);
	text = realloc(text, size + 1);
	return bytes_of(text, size);
}

/* A file below a folder; kept for the whole run. */
MAYBE_UNUSED static struct bytes stanza_data(const char *folder, const char *name)
{
	static struct {
		char path[256];
		struct bytes bytes;
	} kept[512];
	static size_t count;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	for (size_t i = 0; i < count; i++)
		if (strcmp(kept[i].path, path) == 0)
			return kept[i].bytes;
	if (count == ARRAY_SIZE(kept))
		abort();
	strcpy(kept[count].path, path);
	return kept[count].bytes = stanza_file(path), kept[count++].bytes;
}

static char *stanza_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (*line == '\0')
		return NULL;
	*text = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

/* Run @each over the stanzas of a file; returns how many there were. */
MAYBE_UNUSED static size_t stanza_each(const char *path, void (*each)(const struct stanza *s))
{
	char *whole = (char *)(uintptr_t)stanza_file(path).at, *text = whole, *line;
	struct stanza s = { 0 }, defaults = { 0 };
	size_t cases = 0;

	for (;;) {
		line = stanza_line(&text);
		if (line && *line == '#')
			continue;
		if (line && *line) {
			char *space = strchr(line, ' ');

			if (s.count == STANZA_LINES_MAX)
				abort();
			if (space)
				*space = '\0';
			s.keys[s.count] = line;
			s.values[s.count++] = space ? space + 1 : "";
			continue;
		}
		if (s.count && strcmp(s.keys[0], "default") == 0) {
			defaults = s;
		} else if (s.count) {
			for (size_t i = 1; i < defaults.count; i++)
				if (!stanza_value(&s, defaults.keys[i]) &&
				    s.count < STANZA_LINES_MAX) {
					s.keys[s.count] = defaults.keys[i];
					s.values[s.count++] = defaults.values[i];
				}
			each(&s);
			cases++;
		}
		s.count = 0;
		if (!line)
			break;
	}
	free(whole);
	return cases;
}

/* The next word of a value; false at the end. */
MAYBE_UNUSED static bool stanza_word(char *to, size_t size, const char **value)
{
	size_t n;

	*value += strspn(*value, " ");
	n = strcspn(*value, " ");
	if (n == 0 || n >= size)
		return false;
	memcpy(to, *value, n);
	to[n] = '\0';
	*value += n;
	return true;
}

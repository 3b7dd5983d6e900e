/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/json.h"
#include "command/command.h"
#include "config.h"
#include "platform/file.h"
#include "status.h"

#define RESULT_FILE "/var/lib/sztpboot/result.json"
#define COLUMNS_MAX 8

/* ---- any JSON document of ours as lines and tables ------------------------------------------- */

struct cell {
	char text[256];
};

/* One value for people; a list of them is joined. */
static struct cell cell_of(const struct json_value *v)
{
	struct json_walk walk = json_walk(v);
	const struct json_value *at;
	struct cell c = { "" };
	struct bytes text;
	struct error e;
	bool flag;

	if (json_text(&text, v, "", &e)) {
		text_quote(c.text, sizeof(c.text), text);
	} else if (json_flag(&flag, v, "", &e)) {
		strcpy(c.text, flag ? "yes" : "no");
	} else if (json_is_list(v)) {
		while ((at = json_walk_next(&walk, NULL))) {
			struct cell one = cell_of(at);
			size_t used = strlen(c.text);

			snprintf(c.text + used, sizeof(c.text) - used, "%s%s", used ? "," : "",
				 one.text);
		}
	} else {
		json_number_text(c.text, v);
	}
	if (c.text[0] == '\0')
		strcpy(c.text, "-");
	return c;
}

/* The widest value of each column; the members of all rows stand in the same order. */
static void measure(size_t widths[static COLUMNS_MAX], const struct json_value *list)
{
	struct json_walk rows = json_walk(list), row;
	const struct json_value *object, *v;
	struct bytes name;

	while ((object = json_walk_next(&rows, NULL))) {
		row = json_walk(object);
		for (size_t i = 0; i < COLUMNS_MAX && (v = json_walk_next(&row, &name)); i++) {
			struct cell c = cell_of(v);

			if (name.size > widths[i])
				widths[i] = name.size;
			if (strlen(c.text) > widths[i])
				widths[i] = strlen(c.text);
		}
	}
}

static void print_row(const struct json_value *object, const size_t widths[static COLUMNS_MAX],
		      bool names)
{
	struct json_walk row = json_walk(object);
	const struct json_value *v;
	struct bytes name;
	size_t blanks = 2;

	for (size_t i = 0; i < COLUMNS_MAX && (v = json_walk_next(&row, &name)); i++) {
		struct cell c = cell_of(v);

		if (names)
			text_quote(c.text, sizeof(c.text), name);
		printf("%*s%s", (int)blanks, "", c.text);
		blanks = widths[i] + 2 - strlen(c.text);
	}
	puts("");
}

static void print_value(const char *indent, struct bytes name, const struct json_value *v)
{
	struct json_walk walk = json_walk(v);
	const struct json_value *first = json_walk_next(&walk, NULL);
	size_t widths[COLUMNS_MAX] = { 0 };

	if (!first || (json_is_list(v) && !json_is_object(first))) {
		printf("%s%-*s %s\n", indent, 20 - (int)strlen(indent), TEXT_QUOTED(name),
		       cell_of(v).text);
		return;
	}
	printf("%s%s\n", indent, TEXT_QUOTED(name));
	walk = json_walk(v);
	if (json_is_list(v)) {
		measure(widths, v);
		print_row(first, widths, true);
		while ((first = json_walk_next(&walk, NULL)))
			print_row(first, widths, false);
	} else if (*indent == '\0') { /* objects in objects: one level is all we write */
		while ((first = json_walk_next(&walk, &name)))
			print_value("  ", name, first);
	}
}

/* ---- the command -------------------------------------------------------------------------------- */

static bool find_file(const char **path, struct error *e)
{
	static const char *const paths[] = { STATUS_FILE, RESULT_FILE };

	for (size_t i = 0; i < ARRAY_SIZE(paths) && !*path; i++)
		if (access(paths[i], F_OK) == 0)
			*path = paths[i];
	return *path || error_set(e, ERROR_LATER, NULL,
				  "nothing has run here: there is neither " STATUS_FILE
				  " nor " RESULT_FILE);
}

int command_status_run(int argc, char **argv)
{
	static uint8_t text[CONFIG_STATUS_MAX], arena[JSON_ARENA_SIZE(CONFIG_STATUS_MAX)];
	const char *path = NULL;
	const struct json_value *root, *v;
	bool as_json = false;
	struct bytes name;
	struct error e;
	size_t used;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			as_json = true;
		else if (argv[i][0] == '-' || path)
			return command_usage("status", "unknown argument `%s`", argv[i]);
		else
			path = argv[i];
	}
	if (!find_file(&path, &e) || !file_read(text, sizeof(text), &used, path, 0, &e))
		return command_fail(&e);
	if (!json_read(&root, bytes_of(text, used), sizeof(text), arena, sizeof(arena), &e)) {
		error_wrap(&e, "%s", path);
		return command_fail(&e);
	}
	if (as_json) {
		fwrite(text, 1, used, stdout);
		return 0;
	}
	for (struct json_walk walk = json_walk(root); (v = json_walk_next(&walk, &name));)
		print_value("", name, v);
	return 0;
}

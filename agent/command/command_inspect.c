/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "command/describe.h"
#include "config.h"
#include "platform/file.h"

/* Looks into artifacts, and judges none: describe.c does the work. */

#define FILE_MAX (2 * CONFIG_ARTIFACT_MAX) /* bytes; in PEM an artifact takes 4/3 of its size */

struct rooms {
	uint8_t *file, *out, *scratch;
};

static bool print(const char *name, const struct writer *w, struct error *e)
{
	uint8_t head[8 * 1024];
	struct writer h = writer_over(head, sizeof(head));

	/* {"file":NAME, and the rest of the object */
	writer_text(&h, "{\"file\":");
	writer_json_string(&h, bytes_of_text(name));
	writer_text(&h, ",");
	if (!writer_ok(&h))
		h.used = 0, h.bad = false, writer_text(&h, "{");
	if (fwrite(h.start, 1, h.used, stdout) != h.used ||
	    fwrite(w->start + 1, 1, w->used - 1, stdout) != w->used - 1 ||
	    putchar('\n') == EOF || fflush(stdout) != 0)
		return error_errno(e, ERROR_MACHINE, NULL, "standard output");
	return true;
}

static bool inspect(struct rooms *r, const char *name, size_t size, enum describe_form form,
		    struct error *e)
{
	struct writer w = writer_over(r->out, DESCRIBE_OUT_SIZE(size));

	return describe_file(&w, bytes_of(r->file, size), form, r->scratch,
			     DESCRIBE_SCRATCH_SIZE(size), e) &&
	       print(name, &w, e);
}

/* Hex digits, with white space and colons between them, in place of a file. */
static bool inspect_hex(struct rooms *r, const char *text, enum describe_form form,
			struct error *e)
{
	size_t digits = 0;

	for (; *text; text++) {
		uint8_t value;

		if (strchr(": \t\n", *text))
			continue;
		if (digits == 2 * FILE_MAX ||
		    !text_unhex(&value, 1, bytes_of((char[]){ '0', *text }, 2)))
			return error_set(e, ERROR_USAGE, NULL, "--hex is not hexadecimal");
		r->file[digits / 2] = (uint8_t)(digits % 2 ? r->file[digits / 2] << 4 | value
							   : value);
		digits++;
	}
	if (digits % 2)
		return error_set(e, ERROR_USAGE, NULL, "--hex ends in half a byte");
	return inspect(r, "--hex", digits / 2, form, e);
}

static bool inspect_path(struct rooms *r, const char *path, enum describe_form form,
			 struct error *e)
{
	size_t size;

	if (!file_read(r->file, FILE_MAX, &size, path, 0, e))
		return false;
	return inspect(r, path, size, form, e) || error_wrap(e, "%s", path);
}

int command_inspect_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "option143", no_argument, NULL, 'o' },
		{ "hex", required_argument, NULL, 'x' },
		{ 0 },
	};
	struct rooms r = {
		malloc(FILE_MAX),
		malloc(DESCRIBE_OUT_SIZE(FILE_MAX)),
		malloc(DESCRIBE_SCRATCH_SIZE(FILE_MAX)),
	};
	enum describe_form form = DESCRIBE_GUESS;
	const char *hex = NULL;
	struct error e = { 0 };
	int option, status = 0;

	opterr = 0;
	optind = 0; /* also for a second run in one process */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'o')
			form = DESCRIBE_OPTION143;
		else if (option == 'x')
			hex = optarg;
		else
			return command_usage(argv[0], "unknown option");
	}
	if (optind == argc && !hex)
		return command_usage(argv[0], "which files?");
	if (!r.file || !r.out || !r.scratch) {
		error_set(&e, ERROR_MACHINE, NULL, "no memory");
		return command_fail(&e);
	}
	if (hex && !inspect_hex(&r, hex, form, &e)) {
		if (e.code == ERROR_USAGE)
			return command_usage(argv[0], "%s", e.text);
		status = command_fail(&e);
	}
	/* Each file for itself; the last failure is the exit status. */
	for (int i = optind; i < argc; i++)
		if (!inspect_path(&r, argv[i], form, &e))
			status = command_fail(&e);
	free(r.file);
	free(r.out);
	free(r.scratch);
	return status;
}

/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include <stdarg.h>
#include <stdio.h>

#include "codec/date.h"
#include "config.h"
#include "platform/machine_clock.h"
#include "settings.h"

int command_fail(const struct error *e)
{
	fprintf(stderr, "sztpboot: %s: %s%s%s\n", error_code_name(e->code), e->rule,
		e->rule[0] ? ": " : "", e->text);
	return error_exit_status(e->code);
}

int command_usage(const char *name, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "sztpboot: usage: %s: ", name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (see `sztpboot help%s%s`)\n", strcmp(name, "help") ? " " : "",
		strcmp(name, "help") ? name : "");
	return error_exit_status(ERROR_USAGE);
}

bool command_clock(struct clock *clock, const char *time, struct error *e)
{
	int64_t now = machine_clock_now_s();

	if (!time) {
		*clock = clock_floor(now);
		clock_raise(clock, CONFIG_BUILD_TIME_S);
		return true;
	}
	if (!date_read(&now, bytes_of_text(time), e)) {
		e->code = ERROR_USAGE;
		return error_wrap(e, "--time");
	}
	*clock = clock_accurate(now);
	return true;
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_table_size; i++)
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	return NULL;
}

/* Each line of @text behind @before; lines that go on, indented, stand alone. */
static void print_lines(const char *before, const char *text)
{
	while (*text) {
		int n = (int)strcspn(text, "\n");

		printf("%s%.*s\n", text[0] == ' ' && text[1] ? "" : before, n, text);
		text += n;
		text += *text == '\n';
	}
}

static void print_forms(const char *before, const struct command *c)
{
	char start[64];

	snprintf(start, sizeof(start), "%ssztpboot %s ", before, c->name);
	print_lines(start, c->arguments[0] ? c->arguments : " ");
}

static const char exit_codes[] = "0  done, accepted\n"
				 "1  refused: understood and the answer is no, or malformed\n"
				 "2  try again later: no network, server down, medium absent\n"
				 "3  usage error, or a file that cannot be opened\n"
				 "4  this machine failed: TPM, disk, memory, kernel";

static void print_plain(const char *line)
{
	puts(line);
}

/* Every key of ztp.ini and the kernel command line, from the table that reads them. */
static void print_settings(void (*print)(const char *line))
{
	char line[200];

	for (size_t i = 0; i < settings_key_count; i++) {
		struct settings_key_texts k = settings_key_texts(&settings_keys[i]);

		snprintf(line, sizeof(line), "%-24s %s", k.name, k.values);
		print(line);
		snprintf(line, sizeof(line), "%24s %s%s%s", "", k.help,
			 k.standard[0] ? "; default " : "", k.standard);
		print(line);
	}
}

int command_help_run(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "settings") == 0) {
		puts("[Section] and key of /etc/sztpboot/ztp.ini; sztpboot.section.key=value on the\n"
		     "kernel command line wins:\n");
		print_settings(print_plain);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--help") != 0) {
		const struct command *c = command_find(argv[1]);

		if (!c)
			return command_usage("help", "there is no command `%s`", argv[1]);
		print_forms("", c);
		printf("\n%s.\n\n", c->summary);
		print_lines("", c->details);
		return 0;
	}
	puts("sztpboot " CONFIG_VERSION " - Secure Zero Touch Provisioning (RFC 8572) before "
	     "the first boot\n");
	for (size_t i = 0; i < command_table_size; i++)
		printf("  %-12s %s\n", command_table[i].name, command_table[i].summary);
	puts("\n`sztpboot help COMMAND` and `sztpboot help settings` tell more.  Exit status of all commands:\n");
	print_lines("  ", exit_codes);
	return 0;
}

/* One line of troff text: a leading dot or quote would be a request. */
static void print_troff(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n && (text[0] == '.' || text[0] == '\''))
			fputs("\\&", stdout);
		if (n == 0)
			puts(".PP");
		for (size_t i = 0; i < n; i++)
			if (text[i] == '-' || text[i] == '\\')
				printf(text[i] == '-' ? "\\-" : "\\e");
			else
				putchar(text[i]);
		if (n)
			puts("");
		text += n;
		text += *text == '\n';
	}
}

/* Each form with the command's name before it; lines that go on have none. */
static void print_forms_troff(const struct command *c)
{
	const char *form = c->arguments;

	do {
		int n = (int)strcspn(form, "\n");
		char line[160];

		if (form[0] == ' ')
			snprintf(line, sizeof(line), "%.*s", n, form);
		else
			snprintf(line, sizeof(line), "sztpboot %s %.*s", c->name, n, form);
		print_troff(line);
		form += n;
		form += *form == '\n';
	} while (*form);
}

int command_man_run(int argc, char **argv)
{
	(void)argc, (void)argv;
	puts(".TH SZTPBOOT 8\n.SH NAME\nsztpboot \\- secure zero touch provisioning before "
	     "the first boot\n.SH SYNOPSIS\n.B sztpboot\nCOMMAND [ARGUMENTS]\n"
	     ".SH DESCRIPTION\nTakes a bare machine from power-on to its owner's operating "
	     "system (RFC 8572).\nEvery command also runs alone on a workstation.\n"
	     ".SH COMMANDS");
	for (size_t i = 0; i < command_table_size; i++) {
		const struct command *c = &command_table[i];

		printf(".SS %s\n", c->name);
		print_troff(c->summary);
		puts(".PP\n.nf");
		print_forms_troff(c);
		puts(".PP");
		print_troff(c->details);
		puts(".fi");
	}
	puts(".SH SETTINGS\nIn /etc/sztpboot/ztp.ini, below [Section]; or as sztpboot.section.key=value "
	     "on the kernel\ncommand line, which wins.\n.PP\n.nf");
	print_settings(print_troff);
	puts(".fi\n.SH EXIT STATUS\n.nf");
	print_troff(exit_codes);
	puts(".fi");
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include "base/log.h"
#include "check.h"

static char last[256];

static void keep_last(void *context, const struct log_entry *entry)
{
	(void)context;
	snprintf(last, sizeof(last), "%s", entry->line);
}

static struct settings settings;

static unsigned ini(const char *text)
{
	memset(&settings, 0, sizeof(settings));
	log_to(keep_last, NULL);
	last[0] = '\0';
	return settings_read_ini(&settings, bytes_of_text(text), "ztp.ini");
}

static unsigned command_line(const char *text)
{
	log_to(keep_last, NULL);
	last[0] = '\0';
	return settings_read_command_line(&settings, bytes_of_text(text));
}

TEST(reads_sections_keys_and_comments, "")
{
	CHECK(ini("# comment\r\n[Install]\r\n disk = any \r\n; other\n\nserial=WD-1 2\n"
		  "[startup]\nHW-Model=X\n") == 0);
	CHECK(settings.install_any);
	CHECK_STR(settings.install_serial, "WD-1 2");
	CHECK_STR(settings.hw_model, "X");
}

TEST(names_the_line_of_an_unknown_key_and_keeps_the_default, "")
{
	CHECK(ini("[Install]\ndisk = maybe\nsize = 3\nserial = A") == 2);
	CHECK(!settings.install_any);
	CHECK_STR(settings.install_serial, "A");
	CHECK(ini("[Install]\n\nnonsense\n") == 1);
	CHECK_STR(last, "ztp.ini line 3: nonsense: neither [Section] nor key = value; "
			"the default holds");
}

TEST(the_command_line_wins, "")
{
	ini("[Install]\ndisk = any\n");
	CHECK(command_line("quiet sztpboot.install.disk=empty root=x sztpboot.halt "
			   "sztpboot.debug=tls\n") == 0);
	CHECK(!settings.install_any && settings.halt);
	CHECK_STR(settings.debug, "tls");
	CHECK(command_line("sztpboot.insecure=1") == 1);
	CHECK_STR(last, "kernel command line: sztpboot.insecure: there is no such key; "
			"the default holds");
	CHECK(command_line("sztpboot=run sztpbootx.a=b") == 0);
}

TEST(refuses_values_that_do_not_fit, "")
{
	char text[200];

	memset(text, 'x', sizeof(text));
	memcpy(text, "[Install]\nserial = ", 19);
	text[sizeof(text) - 1] = '\0';
	CHECK(ini(text) == 1 && settings.install_serial[0] == '\0');
}

/* SPDX-License-Identifier: MIT */
#include "agent.h"
#include "command/command.h"

int command_run_run(int argc, char **argv)
{
	struct agent_options options = { 0 };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--once") != 0)
			return command_usage("run", "unknown argument `%s`", argv[i]);
		options.once = true;
	}
	return agent_run(&options);
}

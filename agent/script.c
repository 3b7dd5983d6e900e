/* SPDX-License-Identifier: MIT */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/file.h"

enum script_verdict script_judge(int wait_status, char *why, size_t size)
{
	if (WIFSIGNALED(wait_status)) {
		snprintf(why, size, "killed by signal %d", WTERMSIG(wait_status));
		return SCRIPT_VERDICT_ERROR;
	}
	snprintf(why, size, "exit status %d", WEXITSTATUS(wait_status));
	if (WEXITSTATUS(wait_status) == 0)
		return SCRIPT_VERDICT_OK;
	/* Only 100 warns: a script that dies under `set -e` must not pass for a warning. */
	return WEXITSTATUS(wait_status) == 100 ? SCRIPT_VERDICT_WARNING : SCRIPT_VERDICT_ERROR;
}

/* What is being waited for: output as it comes, and the end of the process itself, so that
 * a background child that keeps the pipe open holds nobody up. */
struct running {
	struct loop *loop;
	struct loop_fd output, process;
	struct script_result *result;
	pid_t pid;
	bool ended;
};

/* Keep the last CONFIG_SCRIPT_OUTPUT_MAX bytes. */
static void keep(struct script_result *r, const uint8_t *at, size_t size)
{
	if (size > sizeof(r->output) - r->output_size) {
		size_t drop = size - (sizeof(r->output) - r->output_size);

		memmove(r->output, r->output + drop, r->output_size - drop);
		r->output_size -= drop;
		r->cut = true;
	}
	memcpy(r->output + r->output_size, at, size);
	r->output_size += size;
}

/* Take what is there; false at the end. */
static bool read_piece(struct running *run)
{
	uint8_t piece[4096];
	ssize_t n = read(run->output.fd, piece, sizeof(piece));

	if (n > 0)
		keep(run->result, piece, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

static void on_output(void *context, unsigned events)
{
	struct running *run = context;

	(void)events;
	if (!read_piece(run) && errno != EAGAIN)
		loop_fd_remove(run->loop, &run->output);
}

static void on_end(void *context, unsigned events)
{
	struct running *run = context;

	(void)events;
	run->ended = true;
}

/* In the child: nothing of ours is inherited but the pipe (SCR-8, SCR-9). */
static void become_script(const struct script_run *r, const char *path, int output)
{
	char phase[16], serial[CONFIG_SERIAL_MAX + 16], target[128], name[128], version[128];
	char *environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", phase, serial, target,
				name, version, NULL };
	bool has_interpreter = r->script.size > 2 && memcmp(r->script.at, "#!", 2) == 0;

	snprintf(phase, sizeof(phase), "SZTP_PHASE=%s", r->phase);
	snprintf(serial, sizeof(serial), "SZTP_SERIAL=%s", r->serial);
	snprintf(target, sizeof(target), "SZTP_TARGET=%s", r->target);
	snprintf(name, sizeof(name), "SZTP_OS_NAME=%s", r->os_name);
	snprintf(version, sizeof(version), "SZTP_OS_VERSION=%s", r->os_version);
	setsid();
	signal(SIGPIPE, SIG_DFL);
	int null = open("/dev/null", O_RDONLY);
	if (null >= 0)
		dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	umask(022);
	if (chdir("/") == 0) {
		if (has_interpreter)
			execle(path, path, (char *)NULL, environment);
		/* SCR-7: no such interpreter, or none named. */
		execle("/bin/sh", "sh", path, (char *)NULL, environment);
	}
	dprintf(2, "cannot start the script: %s\n", strerror(errno));
	_exit(127);
}

static bool wait_for(struct running *run, unsigned seconds)
{
	struct error silence;

	return loop_run_until(run->loop, &run->ended, loop_now_ms() + 1000ull * seconds, &silence);
}

/* Watch the child to its end; its whole group ends with it. */
static void attend(struct running *run, unsigned time_out_s)
{
	bool in_time;
	int status = 0;

	loop_fd_add(run->loop, &run->output);
	loop_fd_add(run->loop, &run->process);
	in_time = wait_for(run, time_out_s);
	if (!in_time) {
		kill(-run->pid, SIGTERM);
		(void)wait_for(run, 5);
	}
	kill(-run->pid, SIGKILL);
	loop_fd_remove(run->loop, &run->process);
	loop_fd_remove(run->loop, &run->output);
	waitpid(run->pid, &status, 0);
	while (read_piece(run))
		;
	run->result->verdict = script_judge(status, run->result->why, sizeof(run->result->why));
	if (in_time)
		return;
	run->result->verdict = SCRIPT_VERDICT_ERROR;
	snprintf(run->result->why, sizeof(run->result->why), "time-out after %u s", time_out_s);
}

bool script_run(struct script_result *result, const struct script_run *r, struct loop *loop,
		struct error *e)
{
	struct running run = { .loop = loop, .result = result };
	int pipes[2] = { -1, -1 }, process = -1;
	char path[160];
	bool done = false;

	memset(result, 0, sizeof(*result));
	snprintf(path, sizeof(path), "%s/%s-script", r->directory, r->phase);
	if (!file_make_directories(r->directory, 0700, e) || !file_write(path, r->script, 0700, e))
		return error_rule(e, "SCR-9");
	/* Our end only: a script must be able to write a lot at once. */
	if (pipe2(pipes, O_CLOEXEC) != 0 || fcntl(pipes[0], F_SETFL, O_NONBLOCK) != 0) {
		error_errno(e, ERROR_MACHINE, "SCR-1", "no pipe for the script's output");
		goto out;
	}
	run.pid = fork();
	if (run.pid == 0)
		become_script(r, path, pipes[1]);
	close(pipes[1]);
	pipes[1] = -1;
	if (run.pid > 0)
		process = (int)syscall(SYS_pidfd_open, run.pid, 0);
	if (process < 0) {
		error_errno(e, ERROR_MACHINE, "SCR-1", "cannot start the script");
		if (run.pid > 0) {
			kill(run.pid, SIGKILL);
			waitpid(run.pid, NULL, 0);
		}
		goto out;
	}
	run.output = (struct loop_fd){ .fd = pipes[0], .wants = LOOP_READ, .ready = on_output,
				       .context = &run };
	run.process = (struct loop_fd){ .fd = process, .wants = LOOP_READ, .ready = on_end,
					.context = &run };
	attend(&run, r->time_out_s ? r->time_out_s : CONFIG_SCRIPT_TIME_OUT_S);
	done = true;
out:
	for (int i = 0; i < 2; i++)
		if (pipes[i] >= 0)
			close(pipes[i]);
	if (process >= 0)
		close(process);
	unlink(path);
	return done;
}

/* SPDX-License-Identifier: MIT */
#include "worker_process.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "config.h"
#include "platform/confine.h"
#include "platform/entropy.h"

#define GOODBYE_MS 1000 /* between the end of the channel and that of the process */

static struct {
	void (*forget)(void *context);
	void *context;
} secrets;

void worker_process_forgets(void (*forget)(void *context), void *context)
{
	secrets.forget = forget;
	secrets.context = context;
}

/* ---- in the worker ------------------------------------------------------------------------ */

static void send_log(void *context, const struct log_entry *entry)
{
	uint8_t level = (uint8_t)entry->level;
	const struct bytes parts[] = { bytes_of(&level, 1), bytes_of_text(entry->stem),
				       bytes_of_text(entry->event ? entry->event : ""),
				       bytes_of_text(entry->line) };
	struct error e;

	if (!worker_channel_send(context, WORKER_CHANNEL_LOG, parts, ARRAY_SIZE(parts), &e))
		_exit(1); /* nobody is there */
}

/* Does not return.  What is confined only half does nothing but say so. */
static void become_worker(int fd, void (*work)(void *, struct worker_channel *), void *context,
			  int keep)
{
	static struct worker_channel agent;
	const int kept[] = { fd, keep };
	struct error e, gone;

	agent = (struct worker_channel){ .fd = fd };
	log_to(send_log, &agent);
	if (secrets.forget)
		secrets.forget(secrets.context);
	if (confine_process(kept, keep < 0 ? 1 : 2, &e))
		work(context, &agent);
	else if (!worker_channel_answer(&agent, false, &e, bytes_of(NULL, 0), &gone))
		_exit(1);
	_exit(0);
}

/* ---- in the agent ------------------------------------------------------------------------- */

bool worker_process_start(struct worker_process *p, struct loop *loop,
			  void (*work)(void *context, struct worker_channel *agent), void *context,
			  int keep, struct error *e)
{
	uint8_t seed;
	int pair[2];

	worker_process_end(p);
	if (!entropy_fill(&seed, sizeof(seed), e)) /* RND-2: it cannot wait for the first seed */
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return error_errno(e, ERROR_MACHINE, "SEC-4", "no worker");
	pid_t pid = fork();
	if (pid == 0) {
		close(pair[0]);
		become_worker(pair[1], work, context, keep);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return error_errno(e, ERROR_MACHINE, "SEC-4", "no worker");
	}
	*p = (struct worker_process){ .pid = pid, .channel = { .fd = pair[0], .loop = loop } };
	return true;
}

/* Words for programs (LOG-7): ours, which sinks may keep, and no others. */
static const char *find_event(struct bytes word)
{
	static const char *const events[] = { "server-contact", "tls-result", "artifact-result",
					      "redirect", "failure", "complete" };

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (bytes_equal_text(word, events[i]))
			return events[i];
	return NULL;
}

static bool take_log(const struct worker_message *m)
{
	const char *event = find_event(m->part[2]);
	char stem[16], line[512];

	if (m->part[0].size != 1 || m->part[0].at[0] > LOG_LEVEL_DEBUG)
		return false;
	enum log_level level = (enum log_level)m->part[0].at[0];

	worker_channel_text(stem, sizeof(stem), m->part[1]);
	worker_channel_text(line, sizeof(line), m->part[3]);
	if (event)
		log_event(event, level, stem, "%s", line);
	else
		log_line(level, stem, "%s", line);
	return true;
}

/* Its end, whatever the state it is in; the status as wait(2) gives it. */
static int reap(struct worker_process *p, int patience_ms)
{
	struct pollfd process = { .fd = (int)syscall(SYS_pidfd_open, p->pid, 0), .events = POLLIN };
	int status = 0;

	if (!p->pid)
		return 0; /* 0 would be all of our own group */
	if (process.fd >= 0) {
		if (patience_ms)
			poll(&process, 1, patience_ms);
		close(process.fd);
	}
	kill(p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	p->pid = 0;
	worker_channel_close(&p->channel);
	return status;
}

/* The channel is at its end, so the process should be. */
static bool died(struct worker_process *p, struct error *e)
{
	int status = reap(p, GOODBYE_MS);

	if (!WIFSIGNALED(status))
		return error_set(e, ERROR_LATER, "SEC-4", "the worker ended without an answer (%d)",
				 WEXITSTATUS(status));
	return error_set(e, ERROR_LATER, "SEC-4", "the worker was killed by signal %d%s",
			 WTERMSIG(status),
			 WTERMSIG(status) == SIGSYS ? ": it tried what it has no right to" : "");
}

bool worker_process_refuse(struct worker_process *p, const char *what, struct error *e)
{
	if (p->pid)
		reap(p, 0);
	return error_set(e, ERROR_LATER, "SEC-4", "the worker was ended: %s", what);
}

bool worker_process_take(struct worker_process *p, struct worker_message *m, bool *is_line,
			 struct error *e)
{
	struct error why;

	if (!p->pid)
		return error_set(e, ERROR_LATER, "SEC-4", "there is no worker any more");
	if (!worker_channel_receive(&p->channel, m, &why))
		return why.rule[0] && why.code == ERROR_LATER
			       ? died(p, e)
			       : worker_process_refuse(p, why.text, e);
	if (++p->messages > CONFIG_WORKER_MESSAGES_MAX)
		return worker_process_refuse(p, "it talks without end", e);
	*is_line = m->type == WORKER_CHANNEL_LOG;
	return !*is_line || take_log(m) || worker_process_refuse(p, "no line for the log", e);
}

bool worker_process_receive(struct worker_process *p, struct worker_message *m, struct error *e)
{
	bool is_line;

	do {
		if (!worker_process_take(p, m, &is_line, e))
			return false;
	} while (is_line);
	return true;
}

void worker_process_end(struct worker_process *p)
{
	if (p->pid)
		reap(p, 0);
	*p = (struct worker_process){ .channel.fd = -1 };
}

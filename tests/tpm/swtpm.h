/* SPDX-License-Identifier: MIT */
#pragma once

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <tss2/tss2_tcti.h>
#include <unistd.h>

#include "check.h"
#include "tpm/tpm.h"
#include "tpm/tpm_key.h"
#include "tpm/tpm_pcr.h"
#include "tpm/tpm_session.h"

/*
 * A software TPM of the test's own, on a socket in a folder of its own: nothing to collide
 * with, and it dies with the test.  And an interposer between us and it.
 */

struct swtpm {
	pid_t pid;
	char folder[64];
	char address[96]; /* for tpm_open() */
};

static struct swtpm *swtpm_running[4];

/* A socket that has its name may still be refusing: the kernel's list tells who listens. */
static bool swtpm_listens(const char *path)
{
	FILE *f = fopen("/proc/net/unix", "re");
	char line[512];
	bool listens = false;

	while (f && !listens && fgets(line, sizeof(line), f))
		listens = strstr(line, " 00010000 ") && strstr(line, path) &&
			  strcmp(strstr(line, path) + strlen(path), "\n") == 0;
	if (f)
		fclose(f);
	return listens;
}

static void swtpm_wait_for(const char *path)
{
	for (int i = 0; i < 2000 && !swtpm_listens(path); i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
}

/* Power on: PCRs are zero, what is persistent is still there.  @started: by firmware. */
static void swtpm_power(struct swtpm *s, bool started)
{
	char state[96], server[128], control[128], path[96];

	snprintf(state, sizeof(state), "dir=%s", s->folder);
	snprintf(path, sizeof(path), "%s/sock", s->folder);
	snprintf(server, sizeof(server), "type=unixio,path=%s", path);
	snprintf(control, sizeof(control), "type=unixio,path=%s.ctrl", path);
	snprintf(s->address, sizeof(s->address), "swtpm:path=%s", path);
	unlink(path);
	unlink(control + strlen("type=unixio,path="));
	s->pid = fork();
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server",
		       server, "--ctrl", control, "--flags",
		       started ? "not-need-init,startup-clear" : "not-need-init",
		       (char *)NULL);
		_exit(127);
	}
	swtpm_wait_for(control + strlen("type=unixio,path="));
	swtpm_wait_for(path);
}

static void swtpm_on(struct swtpm *s)
{
	swtpm_power(s, true);
}

/* Pull the plug. */
static void swtpm_off(struct swtpm *s)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

static void swtpm_remove(struct swtpm *s)
{
	DIR *d = opendir(s->folder);
	struct dirent *entry;

	swtpm_off(s);
	while (d && (entry = readdir(d))) {
		char path[400];

		snprintf(path, sizeof(path), "%s/%s", s->folder, entry->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(s->folder);
}

static void swtpm_remove_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(swtpm_running); i++)
		if (swtpm_running[i])
			swtpm_remove(swtpm_running[i]);
}

/* A new one, never used before. */
static void swtpm_make(struct swtpm *s)
{
	static size_t n;

	strcpy(s->folder, "/tmp/sztpboot-swtpm.XXXXXX");
	if (!mkdtemp(s->folder))
		abort();
	if (n == 0)
		atexit(swtpm_remove_all);
	swtpm_running[n++] = s;
	swtpm_on(s);
}

/* Open, and play the firmware: it measures something into PCR 0, 4 and 7. */
__attribute__((unused)) static bool swtpm_boot(struct swtpm *s, struct tpm *t)
{
	struct error e;

	swtpm_off(s);
	swtpm_on(s);
	if (!tpm_open(t, s->address, 1, &e) ||
	    !tpm_pcr_event(t, 0, bytes_of_text("firmware"), &e) ||
	    !tpm_pcr_event(t, 4, bytes_of_text("kernel"), &e) ||
	    !tpm_pcr_event(t, 7, bytes_of_text("keys"), &e)) {
		printf("swtpm: %s\n", e.text);
		return false;
	}
	return true;
}

/* As swtpm_boot(), with the storage root key and the salted session; ends the test if not. */
__attribute__((unused)) static void swtpm_ready(struct swtpm *s, struct tpm *t)
{
	struct tpm_key_name name;
	uint16_t template;
	struct error e = { 0 };

	if (!s->pid)
		swtpm_make(s);
	if (swtpm_boot(s, t) && tpm_key_adopt_srk(t, &name, &template, &e) &&
	    tpm_session_start(t, &e))
		return;
	printf("no TPM: %s\n", e.text);
	exit(1);
}

/* --- interposer --- */

/*
 * Sees every command and may change every answer.  @change gets the command code and the
 * answer; it may shorten it, not lengthen it.
 */
struct interposer {
	void (*change)(uint32_t command, uint8_t *answer, size_t *size);
	bool (*watch)(const uint8_t *bytes, size_t size); /* both directions */
	void (*before)(TSS2_TCTI_CONTEXT *tcti, uint32_t command);
	bool seen;
	TSS2_TCTI_TRANSMIT_FCN transmit;
	TSS2_TCTI_RECEIVE_FCN receive;
	uint32_t command;
};

static struct interposer interposer;

static TSS2_RC interposer_transmit(TSS2_TCTI_CONTEXT *tcti, size_t size,
				   const uint8_t *command)
{
	if (size >= 10)
		interposer.command = (uint32_t)command[6] << 24 | command[7] << 16 |
				     command[8] << 8 | command[9];
	if (interposer.watch && interposer.watch(command, size))
		interposer.seen = true;
	if (interposer.before)
		interposer.before(tcti, interposer.command);
	return interposer.transmit(tcti, size, command);
}

static TSS2_RC interposer_receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, uint8_t *response,
				  int32_t timeout)
{
	TSS2_RC rc = interposer.receive(tcti, size, response, timeout);

	if (rc != TSS2_RC_SUCCESS || !response)
		return rc;
	if (interposer.watch && interposer.watch(response, *size))
		interposer.seen = true;
	if (interposer.change)
		interposer.change(interposer.command, response, size);
	return rc;
}

__attribute__((unused)) static void interposer_install(struct tpm *t)
{
	TSS2_TCTI_CONTEXT_COMMON_V1 *tcti = t->tcti;

	memset(&interposer, 0, sizeof(interposer));
	interposer.transmit = tcti->transmit;
	interposer.receive = tcti->receive;
	tcti->transmit = interposer_transmit;
	tcti->receive = interposer_receive;
}

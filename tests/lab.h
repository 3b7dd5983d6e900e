/* SPDX-License-Identifier: MIT */
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A network of our own for tests: a namespace with nothing in it but a loopback, servers
 * as child processes that die with us, and a folder that goes away.
 */

static char lab_folder[64];

static void lab_remove_folder(void)
{
	char line[128];

	snprintf(line, sizeof(line), "rm -rf %s", lab_folder);
	if (lab_folder[0] && system(line) != 0)
		fprintf(stderr, "%s stays\n", lab_folder);
}

static inline bool lab_write(const char *path, const char *format, unsigned id)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return false;
	fprintf(f, format, id);
	return fclose(f) == 0;
}

/* As an ordinary user: root of a user namespace of our own. */
static inline bool lab_become_root(void)
{
	unsigned uid = getuid(), gid = getgid();

	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
	       lab_write("/proc/self/setgroups", "deny", 0) &&
	       lab_write("/proc/self/uid_map", "0 %u 1", uid) &&
	       lab_write("/proc/self/gid_map", "0 %u 1", gid);
}

static inline bool lab_network(void)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET) != 0 && !lab_become_root())
		return false;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool ok = ioctl(fd, SIOCSIFFLAGS, &up) == 0;
	close(fd);
	return ok;
}

static inline bool lab_make_folder(void)
{
	strcpy(lab_folder, "/tmp/sztpboot-test.XXXXXX");
	if (!mkdtemp(lab_folder)) {
		lab_folder[0] = '\0';
		return false;
	}
	atexit(lab_remove_folder);
	return chmod(lab_folder, 0755) == 0; /* nginx drops root */
}

/* Run a shell command in the folder. */
static inline bool lab_run(const char *command)
{
	char line[4096];

	snprintf(line, sizeof(line), "cd %s && { %s; } >log 2>&1 || { cat log; exit 1; }",
		 lab_folder, command);
	return system(line) == 0;
}

/* A program as a child, in the folder; killed with us. */
static inline pid_t lab_spawn(const char *command)
{
	char line[4096];
	pid_t pid;

	snprintf(line, sizeof(line), "cd %s && exec %s >>server.log 2>&1 </dev/null",
		 lab_folder, command);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static inline void lab_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Wait until something listens on the port of 127.0.0.1. */
static inline bool lab_wait_port(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (int i = 0; i < 500; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool ok = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;

		close(fd);
		if (ok)
			return true;
		usleep(10000);
	}
	return false;
}

/* Read a file of the folder into @room; returns its size, 0 when it is not there. */
static inline size_t lab_read(const char *name, void *room, size_t size)
{
	char path[128];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%s", lab_folder, name);
	FILE *f = fopen(path, "rb");
	if (f) {
		n = fread(room, 1, size, f);
		fclose(f);
	}
	return n;
}

static inline int lab_listen(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 8) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* SPDX-License-Identifier: MIT */
#include "platform/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/syscall.h>

#include "check.h"
#include "lab.h"

/*
 * Each attempt is made by a child of its own inside the confinement.  What it returned comes
 * back through a pipe; a child that was killed has brought nothing back.
 */

static int parent; /* asking for it is one of the calls that kill */

enum { KILLED = -1000, BROKEN = -1001 };

static int inside(int (*attempt)(void))
{
	int pipes[2], result = BROKEN, status = 0;
	struct error e;

	if (pipe(pipes) != 0)
		return BROKEN;
	fflush(stdout);
	parent = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		if (!confine_process(&pipes[1], 1, &e)) {
			dprintf(2, "%s\n", e.text);
			_exit(1);
		}
		result = attempt();
		_exit(write(pipes[1], &result, sizeof(result)) != sizeof(result));
	}
	close(pipes[1]);
	if (read(pipes[0], &result, sizeof(result)) != sizeof(result))
		result = BROKEN;
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED : result;
}

/* 0, or the reason. */
static int outcome(long result)
{
	return result < 0 ? errno : 0;
}

/* ---- files ------------------------------------------------------------------------------- */

static int open_a_file(void) { return outcome(open("/etc/passwd", O_RDONLY)); }
static int open_the_root(void) { return outcome(open("/", O_RDONLY | O_DIRECTORY)); }
static int open_a_device(void) { return outcome(open("/dev/mem", O_RDWR)); }
static int open_at(void) { return outcome(openat(AT_FDCWD, "../../etc/shadow", O_RDONLY)); }
static int make_a_file(void) { return outcome(syscall(SYS_openat, AT_FDCWD, "x", O_CREAT | O_RDWR, 0600)); }

TEST(opens_no_file, "SEC-4")
{
	CHECK(inside(open_a_file) == EACCES);
	CHECK(inside(open_the_root) == EACCES);
	CHECK(inside(open_a_device) == EACCES);
	CHECK(inside(open_at) == EACCES);
	CHECK(inside(make_a_file) == EACCES);
}

/* ---- sockets ----------------------------------------------------------------------------- */

static int packet_socket(void) { return outcome(socket(AF_PACKET, SOCK_RAW, 0)); }
static int packet_dgram(void) { return outcome(socket(AF_PACKET, SOCK_DGRAM, 0)); }
static int raw_socket(void) { return outcome(socket(AF_INET, SOCK_RAW, IPPROTO_RAW)); }
static int raw_socket_with_flags(void) { return outcome(socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP)); }
static int ping_socket(void) { return outcome(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)); }
static int unix_socket(void) { return outcome(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int netlink_socket(void) { return outcome(socket(AF_NETLINK, SOCK_RAW, 0)); }
static int vsock_socket(void) { return outcome(socket(AF_VSOCK, SOCK_STREAM, 0)); }
static int mptcp_socket(void) { return outcome(socket(AF_INET, SOCK_STREAM, 262)); }

TEST(makes_no_socket_but_tcp_and_udp, "SEC-4")
{
	CHECK(inside(packet_socket) == EACCES);
	CHECK(inside(packet_dgram) == EACCES);
	CHECK(inside(raw_socket) == EACCES);
	CHECK(inside(raw_socket_with_flags) == EACCES);
	CHECK(inside(ping_socket) == EACCES);
	CHECK(inside(unix_socket) == EACCES);
	CHECK(inside(netlink_socket) == EACCES);
	CHECK(inside(vsock_socket) == EACCES);
	CHECK(inside(mptcp_socket) == EACCES);
}

/* ---- what kills -------------------------------------------------------------------------- */

static int run_a_program(void) { return outcome(execl("/bin/true", "true", (char *)NULL)); }
static int fork_away(void) { return outcome(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }
static int trace_me(void) { return outcome(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
static int trace_parent(void) { return outcome(ptrace(PTRACE_ATTACH, parent, 0, 0)); }
static int mount_something(void) { return outcome(mount("none", "/", "tmpfs", 0, "")); }
static int leave_the_root(void) { return outcome(chroot("..")); }
static int change_folder(void) { return outcome(chdir("/")); }
static int ask_for_parent(void) { return outcome(getppid()); }
static int make_a_folder(void) { return outcome(mkdirat(AT_FDCWD, "x", 0700)); }
static int make_a_device(void) { return outcome(syscall(SYS_mknodat, AT_FDCWD, "x", 0020600, 0x101)); }
static int unlink_a_file(void) { return outcome(unlinkat(AT_FDCWD, "/etc/passwd", 0)); }
static int new_namespace(void) { return outcome(unshare(CLONE_NEWUSER)); }
static int become_root(void) { return outcome(syscall(SYS_setresuid, 0, 0, 0)); }
static int take_rights(void) { return outcome(syscall(SYS_capset, NULL, NULL)); }
static int kill_parent(void) { return outcome(kill(parent, 0)); }
static int restart(void) { return outcome(syscall(SYS_reboot, 0, 0, 0, 0)); }
static int load_kernel(void) { return outcome(syscall(SYS_kexec_load, 0, 0, NULL, 0)); }
static int load_module(void) { return outcome(syscall(SYS_init_module, NULL, 0, "")); }
static int ring(void) { return outcome(syscall(SYS_io_uring_setup, 1, NULL)); }
static int bpf(void) { return outcome(syscall(SYS_bpf, 0, NULL, 0)); }
static int steal_descriptor(void) { return outcome(syscall(SYS_pidfd_getfd, 0, 0, 0)); }
static int read_memory(void) { return outcome(syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0)); }
static int lift_limits(void) { return outcome(syscall(SYS_prlimit64, 0, 0, NULL, NULL)); }
static int socket_pair(void) { int p[2]; return outcome(socketpair(AF_UNIX, SOCK_STREAM, 0, p)); }
static int lift_the_filter(void) { return outcome(prctl(PR_SET_SECCOMP, 0)); }
static int listen_to_others(void) { return outcome(listen(socket(AF_INET, SOCK_STREAM, 0), 1)); }
static int look_through_keys(void) { return outcome(syscall(SYS_keyctl, 0, 0, 0, 0, 0)); }
#ifdef __x86_64__
static int call_as_x32(void) { return outcome(syscall(0x40000000 | SYS_getpid)); }
static int call_as_32_bit(void)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory"); /* getpid */
	return result > 0 ? 0 : (int)-result;
}
#endif

TEST(dies_of_any_other_call, "SEC-4")
{
	static int (*const attempts[])(void) = {
		run_a_program, fork_away,     trace_me,	       trace_parent,	mount_something,
		leave_the_root, change_folder, make_a_folder,   make_a_device,	unlink_a_file,
		new_namespace, become_root,   take_rights,     kill_parent,	restart,
		load_kernel,   load_module,   ring,	       bpf,		steal_descriptor,
		read_memory,   lift_limits,   socket_pair,     lift_the_filter, listen_to_others,
		look_through_keys, ask_for_parent,
#ifdef __x86_64__
		call_as_x32, call_as_32_bit,
#endif
	};

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int result = inside(attempts[i]);

		if (result != KILLED)
			printf("attempt %zu: %d\n", i, result);
		CHECK(result == KILLED);
	}
}

/* ---- memory ------------------------------------------------------------------------------ */

static int map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED ? errno : 0;
}
static int make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 : outcome(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}
static int use_memory(void)
{
	uint8_t random[32];
	char *room = malloc(16 << 20);

	if (!room || syscall(SYS_getrandom, random, sizeof(random), 0) != sizeof(random))
		return -1;
	memset(room, random[0], 16 << 20);
	free(room);
	return 0;
}

TEST(has_memory_but_makes_no_code, "SEC-4")
{
	CHECK(inside(map_code) == EACCES);
	CHECK(inside(make_code) == EACCES);
	CHECK(inside(use_memory) == 0);
}

/* ---- signals ------------------------------------------------------------------------------ */

static int aim_signals(void) { return outcome(fcntl(1, F_SETOWN, parent)); }
static int choose_signal(void) { return outcome(fcntl(1, F_SETSIG, SIGKILL)); }
static int do_not_block(void) { return outcome(fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK)); }

TEST(sends_no_signals_by_descriptors, "SEC-4")
{
	CHECK(inside(aim_signals) == EACCES);
	CHECK(inside(choose_signal) == EACCES);
	CHECK(inside(do_not_block) == 0);
}

/* ---- what the kernel says of it ---------------------------------------------------------- */

static int hidden;

static int use_hidden(void) { return outcome(write(hidden, "x", 1)); }

TEST(has_no_descriptor_but_those_it_was_left, "SEC-4")
{
	hidden = open("/dev/null", O_RDWR);
	CHECK(hidden > 2);
	CHECK(inside(use_hidden) == EBADF);
	hidden = dup2(hidden, 900);
	CHECK(inside(use_hidden) == EBADF);
}

/* Root of the machine, and not only of a user namespace. */
static bool is_real_root(void)
{
	unsigned inside = 1, outside = 1, count = 0;
	FILE *f = fopen("/proc/self/uid_map", "r");
	bool whole = f && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3 && !inside &&
		     !outside && count == UINT32_MAX;

	if (f)
		fclose(f);
	return whole && geteuid() == 0;
}

struct looked {
	char status[4096], limits[4096], root[256];
	unsigned descriptors;
	struct stat memory;
};

static void read_proc(pid_t pid, const char *name, char *to, size_t size)
{
	char path[64];
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	FILE *f = fopen(path, "r");
	if (f) {
		n = fread(to, 1, size - 1, f);
		fclose(f);
	}
	to[n] = '\0';
}

/* A confined process that waits, and what /proc tells of it. */
static bool look(struct looked *l)
{
	int pair[2];
	struct error e;
	char path[64], byte;

	memset(l, 0, sizeof(*l));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return false;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (!confine_process(&pair[1], 1, &e) || write(pair[1], "r", 1) != 1)
			_exit(1);
		_exit((int)read(pair[1], &byte, 1));
	}
	close(pair[1]);
	bool ready = read(pair[0], &byte, 1) == 1;
	read_proc(pid, "status", l->status, sizeof(l->status));
	read_proc(pid, "limits", l->limits, sizeof(l->limits));
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	ssize_t n = readlink(path, l->root, sizeof(l->root) - 1);
	l->root[n > 0 ? n : 0] = '\0';
	for (int fd = 0; fd < 1024; fd++) {
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		l->descriptors += lstat(path, &st) == 0;
	}
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	stat(path, &l->memory);
	close(pair[0]);
	waitpid(pid, NULL, 0);
	return ready;
}

static bool has(const char *text, const char *line)
{
	bool found = strstr(text, line) != NULL;

	if (!found)
		printf("%s\nno line %s\n", text, line);
	return found;
}

static void check_rightless(const struct looked *l)
{
	CHECK(has(l->status, "\nCapInh:\t0000000000000000\n"));
	CHECK(has(l->status, "\nCapPrm:\t0000000000000000\n"));
	CHECK(has(l->status, "\nCapEff:\t0000000000000000\n"));
	CHECK(has(l->status, "\nCapAmb:\t0000000000000000\n"));
	CHECK(has(l->status, "\nNoNewPrivs:\t1\n"));
	CHECK(has(l->status, "\nSeccomp:\t2\n"));
	CHECK(has(l->limits, "Max core file size        0                    0 "));
	CHECK(has(l->limits, "Max open files            64                   64 "));
	CHECK(has(l->limits, "Max processes             0                    0 "));
#ifndef __SANITIZE_ADDRESS__
	CHECK(has(l->limits, "Max data size             134217728            134217728 "));
#endif
}

static bool has_become_nobody(const struct looked *l)
{
	return strstr(l->status, "\nUid:\t65534\t65534\t65534\t65534\n") != NULL;
}

TEST(the_kernel_sees_a_process_without_rights, "SEC-4 KEY-4")
{
	struct looked l;

	CHECK(look(&l));
	check_rightless(&l);
	CHECK(is_real_root() == has_become_nobody(&l));
	if (!is_real_root()) /* who may not look further: it is not dumpable */
		return;
	CHECK(has(l.status, "\nCapBnd:\t0000000000000000\n"));
	CHECK(has(l.status, "\nGid:\t65534\t65534\t65534\t65534\n"));
	CHECK(has(l.status, "\nGroups:\t \n"));
	CHECK(strstr(l.root, "/sztpboot.") && strstr(l.root, " (deleted)"));
	CHECK(l.descriptors == 4);
	CHECK(l.memory.st_uid == 0); /* not dumpable: nor may its own user trace it */
}

/* Not root: it stays who it is, and cannot even look at itself from outside. */
TEST(an_ordinary_user_loses_what_there_is_to_lose, "SEC-4 KEY-4")
{
	struct looked l;
	int status = 0;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (is_real_root() && (setgid(1) != 0 || setuid(1) != 0))
			_exit(2);
		if (!look(&l))
			_exit(3);
		check_rightless(&l);
		CHECK(!has_become_nobody(&l));
		_exit(check_failed);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- and what is left, last, for it changes the network -------------------------------- */

static uint16_t port;

/* TCP through a link of its choice, which takes no right (Linux 5.7), and UDP. */
static int talk(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), six = socket(AF_INET6, SOCK_DGRAM, 0);
	char back[2];

	if (tcp < 0 || six < 0 || setsockopt(tcp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) != 0 ||
	    connect(tcp, (struct sockaddr *)&to, sizeof(to)) != 0 || send(tcp, "hi", 2, 0) != 2)
		return errno;
	return recv(tcp, back, 2, MSG_WAITALL) == 2 && memcmp(back, "HI", 2) == 0 ? 0 : -1;
}

TEST(talks_over_a_link_of_its_choice, "SEC-4")
{
	char said[2];

	CHECK(lab_network());
	port = 4711;
	int server = lab_listen(port);
	CHECK(server >= 0);
	fflush(stdout);
	pid_t echo = fork();
	if (echo == 0) {
		int fd = accept(server, NULL, NULL);

		if (recv(fd, said, 2, MSG_WAITALL) == 2)
			send(fd, "HI", 2, 0);
		_exit(0);
	}
	CHECK(inside(talk) == 0);
	lab_kill(echo);
	close(server);
}

/* SPDX-License-Identifier: MIT */
#include "platform/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the filter needs this machine's AUDIT_ARCH"
#endif

/* gcc says it with a macro, clang with a feature. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* ---- system calls ------------------------------------------------------------------------ */

/*
 * What is not in the table kills the process: no code of ours calls it, so somebody else's
 * does, and that must not go on to try another.  Files are different: libraries look for
 * some of their own accord (/proc, /etc), and do without when they are told that there are
 * none.
 */
enum verdict {
	ALLOW,
	REFUSE, /* EACCES */
	DATA,	/* memory: not to be executed (argument 2); else EACCES */
	FLAGS,	/* fcntl(): up to F_SETFL, so not who gets signals; else EACCES */
	INTERNET, /* socket(): TCP and UDP over IPv4 and IPv6; else EACCES */
};

static const struct {
	uint16_t number;
	uint8_t verdict;
} calls[] = {
	/* The most frequent first: the filter walks down. */
	{ SYS_read, ALLOW },
	{ SYS_write, ALLOW },
#ifdef SYS_poll /* x86-64 */
	{ SYS_poll, ALLOW },
#endif
	{ SYS_ppoll, ALLOW },
	{ SYS_clock_gettime, ALLOW }, /* where the vDSO does not answer */
	{ SYS_recvfrom, ALLOW },
	{ SYS_sendto, ALLOW },
	{ SYS_recvmsg, ALLOW },
	{ SYS_sendmsg, ALLOW },
	{ SYS_readv, ALLOW },
	{ SYS_writev, ALLOW },
	{ SYS_getrandom, ALLOW }, /* keys, nonces, IDs, and expat's hash table */
	{ SYS_socket, INTERNET },
	{ SYS_connect, ALLOW },
	{ SYS_bind, ALLOW },
	{ SYS_shutdown, ALLOW },
	{ SYS_getsockname, ALLOW },
	{ SYS_getpeername, ALLOW },
	{ SYS_getsockopt, ALLOW },
	{ SYS_setsockopt, ALLOW }, /* SO_BINDTODEVICE needs no right since Linux 5.7 */
	{ SYS_close, ALLOW },
	{ SYS_fcntl, FLAGS },
	{ SYS_brk, ALLOW },
	{ SYS_mmap, DATA },
	{ SYS_mprotect, DATA },
	{ SYS_munmap, ALLOW },
	{ SYS_mremap, ALLOW },
	{ SYS_madvise, ALLOW },
	{ SYS_futex, ALLOW }, /* libc's locks */
	{ SYS_rt_sigprocmask, ALLOW }, /* libc's abort() */
	{ SYS_rt_sigreturn, ALLOW },
	{ SYS_restart_syscall, ALLOW }, /* a poll() that was stopped and goes on */
	{ SYS_getpid, ALLOW },
	{ SYS_gettid, ALLOW },
	{ SYS_exit, ALLOW },
	{ SYS_exit_group, ALLOW },
#ifdef __SANITIZE_ADDRESS__
	{ SYS_sched_yield, ALLOW },
	{ SYS_sigaltstack, ALLOW },
#endif
#ifdef SYS_open /* x86-64 */
	{ SYS_open, REFUSE },
	{ SYS_access, REFUSE },
	{ SYS_stat, REFUSE },
	{ SYS_readlink, REFUSE },
#endif
	{ SYS_openat, REFUSE },
	{ SYS_faccessat, REFUSE },
	{ SYS_newfstatat, REFUSE },
	{ SYS_readlinkat, REFUSE },
	{ SYS_fstat, REFUSE },
	{ SYS_ioctl, REFUSE }, /* stdio asks whether something is a terminal */
};

struct filter {
	struct sock_filter at[512];
	unsigned short count;
};

static void add(struct filter *f, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	if (f->count < ARRAY_SIZE(f->at))
		f->at[f->count] = (struct sock_filter){ code, if_true, if_false, k };
	f->count++;
}

#define NUMBER	    offsetof(struct seccomp_data, nr)
#define ARCH	    offsetof(struct seccomp_data, arch)
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t)) /* low half */
#define LOAD	    (BPF_LD | BPF_W | BPF_ABS)
#define IF_EQUAL    (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_ABOVE    (BPF_JMP | BPF_JGT | BPF_K)
#define IF_BITS	    (BPF_JMP | BPF_JSET | BPF_K)
#define RETURN	    (BPF_RET | BPF_K)
#define KILL	    SECCOMP_RET_KILL_PROCESS
#define NOT_FOR_YOU (SECCOMP_RET_ERRNO | EACCES)

static void add_internet(struct filter *f)
{
	add(f, LOAD, ARGUMENT(0), 0, 0);
	add(f, IF_EQUAL, AF_INET, 1, 0);
	add(f, IF_EQUAL, AF_INET6, 0, 9);
	add(f, LOAD, ARGUMENT(1), 0, 0);
	add(f, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0); /* without SOCK_NONBLOCK, SOCK_CLOEXEC */
	add(f, IF_EQUAL, SOCK_STREAM, 1, 0);
	add(f, IF_EQUAL, SOCK_DGRAM, 0, 5);
	add(f, LOAD, ARGUMENT(2), 0, 0);
	add(f, IF_EQUAL, IPPROTO_IP, 2, 0);
	add(f, IF_EQUAL, IPPROTO_TCP, 1, 0);
	add(f, IF_EQUAL, IPPROTO_UDP, 0, 1); /* no IPPROTO_ICMP, no SCTP, no MPTCP */
	add(f, RETURN, SECCOMP_RET_ALLOW, 0, 0);
	add(f, RETURN, NOT_FOR_YOU, 0, 0);
}

/* Not when the test of an argument holds. */
static void add_unless(struct filter *f, uint32_t argument, uint16_t test, uint32_t k)
{
	add(f, LOAD, argument, 0, 0);
	add(f, test, k, 0, 1);
	add(f, RETURN, NOT_FOR_YOU, 0, 0);
	add(f, RETURN, SECCOMP_RET_ALLOW, 0, 0);
}

/* The x32 calls of x86-64 have numbers of their own, so they match nothing. */
static void write_filter(struct filter *f)
{
	f->count = 0;
	add(f, LOAD, ARCH, 0, 0);
	add(f, IF_EQUAL, ARCHITECTURE, 1, 0);
	add(f, RETURN, KILL, 0, 0);
	add(f, LOAD, NUMBER, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		unsigned short test = f->count;

		add(f, IF_EQUAL, calls[i].number, 0, 0);
		switch ((enum verdict)calls[i].verdict) {
		case ALLOW:
			add(f, RETURN, SECCOMP_RET_ALLOW, 0, 0);
			break;
		case REFUSE:
			add(f, RETURN, NOT_FOR_YOU, 0, 0);
			break;
		case DATA:
			add_unless(f, ARGUMENT(2), IF_BITS, PROT_EXEC);
			break;
		case FLAGS:
			add_unless(f, ARGUMENT(1), IF_ABOVE, F_SETFL);
			break;
		case INTERNET:
			add_internet(f);
			break;
		}
		if (f->count <= ARRAY_SIZE(f->at))
			f->at[test].jf = (uint8_t)(f->count - test - 1);
	}
	add(f, RETURN, KILL, 0, 0);
}

static bool filter_calls(struct error *e)
{
	struct filter f;

	write_filter(&f);
	if (f.count > ARRAY_SIZE(f.at))
		return error_set(e, ERROR_MACHINE, "SEC-4", "the filter of system calls is too long");
	const struct sock_fprog program = { f.count, f.at };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
		return true;
	return error_errno(e, ERROR_MACHINE, "SEC-4", "no filter of system calls");
}

/* ---- files ------------------------------------------------------------------------------- */

/* A folder that is gone by the time it is the root: nothing can be made in it. */
static bool leave_files(struct error *e)
{
	static const char *const places[] = { "/run", "/tmp", "" };
	char path[40];
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s/sztpboot.XXXXXX", places[i]);
		if (!mkdtemp(path))
			continue;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rmdir(path);
		if (fd < 0)
			continue;
		if (fchdir(fd) == 0 && chroot(".") == 0) {
			close(fd);
			return true;
		}
		close(fd);
		break;
	}
	return error_errno(e, ERROR_MACHINE, "SEC-4", "no empty root folder");
}

static void close_from(unsigned first, unsigned last)
{
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < 65536; fd++) /* before Linux 5.9 */
		close((int)fd);
}

/* Nothing but @keep, and no terminal: a line for stderr must not end in a socket either. */
static bool leave_descriptors(const int *keep, size_t count, struct error *e)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned from = 3;

	if (null < 0)
		return error_errno(e, ERROR_MACHINE, "SEC-4", "/dev/null");
	for (int fd = 0; fd < 3; fd++) {
#ifdef __SANITIZE_ADDRESS__
		if (fd == STDERR_FILENO)
			continue; /* where the sanitizers report */
#endif
		dup2(null, fd);
	}
	for (;;) {
		int next = -1;

		for (size_t i = 0; i < count; i++)
			if (keep[i] >= (int)from && (next < 0 || keep[i] < next))
				next = keep[i];
		if (next < 0)
			break;
		close_from(from, (unsigned)next - 1);
		from = (unsigned)next + 1;
	}
	close_from(from, ~0u);
	return true;
}

/* ---- rights ------------------------------------------------------------------------------ */

static bool set_limits(struct error *e)
{
	static const struct {
		int what;
		rlim_t limit;
	} limits[] = {
		{ RLIMIT_CORE, 0 }, /* KEY-4 */
		{ RLIMIT_NPROC, 0 },
		{ RLIMIT_NOFILE, CONFIG_CONFINED_FDS_MAX },
#ifndef __SANITIZE_ADDRESS__ /* which need terabytes, and a file for their report */
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_DATA, CONFIG_CONFINED_MEMORY_MAX },
#endif
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct rlimit limit = { limits[i].limit, limits[i].limit };

		if (setrlimit((__typeof__(RLIMIT_CORE))limits[i].what, &limit) != 0)
			return error_errno(e, ERROR_MACHINE, "SEC-4", "setrlimit %d", limits[i].what);
	}
	return true;
}

/*
 * Who is nobody in a user namespace that has only one user stays that one, who owns nothing
 * outside; the capabilities go in any case.
 */
static bool become_nobody(struct error *e)
{
	const unsigned nobody = 65534;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	for (unsigned capability = 0; capability < 64; capability++)
		(void)!prctl(PR_CAPBSET_DROP, capability, 0, 0, 0); /* a second line only */
	if (geteuid() == 0) {
		if (setresgid(nobody, nobody, nobody) == 0) {
			if (setgroups(0, NULL) != 0 || setresuid(nobody, nobody, nobody) != 0)
				return error_errno(e, ERROR_MACHINE, "SEC-4", "cannot leave root");
		} else if (errno != EINVAL) {
			return error_errno(e, ERROR_MACHINE, "SEC-4", "cannot leave root");
		}
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, none) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
		return true;
	return error_errno(e, ERROR_MACHINE, "SEC-4", "cannot give up rights");
}

bool confine_process(const int *keep, size_t count, struct error *e)
{
	return leave_descriptors(keep, count, e) && (geteuid() != 0 || leave_files(e)) &&
	       set_limits(e) && become_nobody(e) && filter_calls(e);
}

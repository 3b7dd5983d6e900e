/* SPDX-License-Identifier: MIT */
/*
 * What libblkid is told about the system instead of running util-linux's configure: functions and
 * headers that musl 1.2.5 and glibc 2.36 both have; below, what only glibc has.  Leaving one out makes util-linux use its own.
 */
#define _GNU_SOURCE 1
#define STDC_HEADERS 1
#define PACKAGE "util-linux"
#define FS_SEARCH_PATH "/sbin"
#define CONFIG_ADJTIME_PATH "/etc/adjtime"

#define HAVE_BYTESWAP_H 1
#define HAVE_CPU_SET_T 1
#define HAVE_DECL_CPU_ALLOC 1
#define HAVE_DIRFD 1
#define HAVE_ENDIAN_H 1
#define HAVE_ENVIRON_DECL 1
#define HAVE_ERR 1
#define HAVE_ERRNO_H 1
#define HAVE_ERRX 1
#define HAVE_ERR_H 1
#define HAVE_EXPLICIT_BZERO 1
#define HAVE_FSYNC 1
#define HAVE_GETDTABLESIZE 1
#define HAVE_GETOPT_H 1
#define HAVE_GETRANDOM 1
#define HAVE_GETRLIMIT 1
#define HAVE_JRAND48 1
#define HAVE_LANGINFO_H 1
#define HAVE_LINUX_BLKZONED_H 1
#define HAVE_LINUX_CDROM_H 1
#define HAVE_LINUX_FD_H 1
#define HAVE_LOCALE_H 1
#define HAVE_MEMPCPY 1
#define HAVE_MKOSTEMP 1
#define HAVE_NANOSLEEP 1
#define HAVE_OPENAT 1
#define HAVE_OPAL_GET_STATUS 1
#define HAVE_PATHS_H 1
#define HAVE_POSIX_FADVISE 1
#define HAVE_PRCTL 1
#define HAVE_PROGRAM_INVOCATION_SHORT_NAME 1
#define HAVE_REALLOCARRAY 1
#define HAVE_SECURE_GETENV 1
#define HAVE_SRANDOM 1
#define HAVE_STDIO_EXT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRNDUP 1
#define HAVE_STRNLEN 1
#define HAVE_STRUCT_STAT_ST_MTIM_TV_NSEC 1
#define HAVE_SYSCONF 1
#define HAVE_SYS_IOCTL_H 1
#define HAVE_SYS_PRCTL_H 1
#define HAVE_SYS_STATFS_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_SYSCALL_H 1
#define HAVE_SYS_SYSMACROS_H 1
#define HAVE_SYS_TTYDEFAULTS_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_TIMEGM 1
#define HAVE_TLS 1
#define HAVE_TM_GMTOFF 1
#define HAVE_UNISTD_H 1
#define HAVE_USLEEP 1
#define HAVE_WARN 1
#define HAVE_WARNX 1
#define HAVE_WIDECHAR 1
#define HAVE___FPENDING 1
#define HAVE___PROGNAME 1

#include <features.h>
#ifdef __GLIBC__
#define HAVE_CLOSE_RANGE 1
#define HAVE_STRUCT_STATX 1
#define HAVE_STATX 1
#endif

/* Its tracing is a sixth of its code, and nobody could switch it on. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "debug.h"
#undef __UL_DBG
#undef __UL_DBG_CALL
#undef __UL_INIT_DEBUG_FROM_ENV
#define __UL_DBG(l, p, m, x) do { if (0) { x; } } while (0)
#define __UL_DBG_CALL(l, p, m, x) do { if (0) { x; } } while (0)
#define __UL_INIT_DEBUG_FROM_ENV(lib, pref, mask, env) (lib ## _debug_mask = pref ## INIT)

/* SPDX-License-Identifier: MIT */
#pragma once

#include "handoff/boot_entry.h"

/*
 * The next kernel: copied into memory, measured by the caller, loaded, and let go again
 * when the owner's server does not answer.  Three steps, so that the disk can be unmounted
 * and reports be sent in between:
 *
 *   kexec_prepare()  files into memory, digests       - unmount, extend PCRs -
 *   kexec_load()     into the kernel                   - reports -
 *   handoff_jump()   (handoff.h)
 */

/* SHA-256 of some bytes; image/sha256.h's sha256_of(), given as a parameter. */
typedef void kexec_digest(uint8_t digest[static 32], struct bytes bytes);

struct kexec_image {
	int kernel_fd, initrd_fd; /* sealed memory files; -1: none */
	uint64_t kernel_bytes, initrd_bytes;
	uint64_t kernel_memory_bytes; /* that it takes where it will run */
	char cmdline[CONFIG_BOOT_OPTIONS_MAX];
	/* Of the files as loaded, and of the command line without its NUL. */
	uint8_t kernel_sha256[32], initrd_sha256[32], cmdline_sha256[32];
};

/* What kexec_load came to. */
enum kexec_verdict {
	KEXEC_VERDICT_LOADED,
	KEXEC_VERDICT_REBOOT, /* not by kexec; the firmware may still boot the disk */
};

/*
 * Copy kernel and initrds into memory.  Several initrds become one, each padded to four
 * bytes; @extra_cpio (may be empty) comes last.
 *
 * @extra_options: appended to the entry's; may be "".
 * Errors: ERROR_REFUSED a file is missing, not regular or too large, or the command line is
 * longer than the kernel takes (CONFIG_BOOT_OPTIONS_MAX - 1); ERROR_MACHINE.
 */
MUST_CHECK bool kexec_prepare(struct kexec_image *image, const struct boot_entry *entry,
			      const struct boot_place *places, struct bytes extra_cpio,
			      const char *extra_options, kexec_digest *digest,
			      struct error *e);

/*
 * Give it to the kernel.  Refuses before the kernel would run out of memory: that is a
 * panic, not an error (measured: 288 MiB of initrd on 1 GiB).
 *
 * @e: says why when the verdict is KEXEC_VERDICT_REBOOT.
 * Source: kexec_file_load(2); errnos as kernel/kexec_file.c gives them.
 */
enum kexec_verdict kexec_load(const struct kexec_image *image, struct error *e);

/* Take the loaded kernel out again (DONE-3).  No error when none is loaded. */
MUST_CHECK bool kexec_unload(struct error *e);

/* Close the memory files.  Safe to call twice; what is loaded stays loaded. */
void kexec_release(struct kexec_image *image);

/* The sentence for an errno of kexec_file_load.  Pure. */
const char *kexec_errno_meaning(int number);

/*
 * Is there memory to load this?  Pure; looks at the sizes in @image.
 * @available_bytes, @total_bytes: MemAvailable and MemTotal, the copies already taken off.
 */
MUST_CHECK bool kexec_fits(const struct kexec_image *image, uint64_t available_bytes,
			   uint64_t total_bytes, struct error *e);

/* SPDX-License-Identifier: MIT */
#include "handoff/kexec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/text.h"
#include "platform/file.h"

/*
 * kexec_file_load and nothing else: it alone works under lockdown and checks signatures,
 * and it hands over ACPI, EFI and the random seed by itself.  When it refuses a signature,
 * the older call must not be tried instead; the way out is the firmware.
 */

#define SPARE_BYTES (16ull * 1024 * 1024) /* left for the running system while loading */

/* ---- copying into memory ----------------------------------------------------------------
 */

static bool memory_failed(const char *what, struct error *e)
{
	return error_errno(e, ERROR_MACHINE, "DONE-1", "no memory for the %s", what);
}

/* Append the file to @to.  At most @max bytes in @to altogether. */
static bool append_file(int to, uint64_t *size, uint64_t max, int root, const char *path,
			const char *what, struct error *e)
{
	int from = file_open_in(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	static uint8_t piece[65536];
	struct stat st;
	bool good = false;

	if (from < 0 || fstat(from, &st) < 0) {
		error_errno(e, ERROR_REFUSED, "DONE-1", "%s %s", what, path);
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || (uint64_t)st.st_size > max - *size) {
		error_set(e, ERROR_REFUSED, "DONE-1", "%s %s is no file of 1 to %llu bytes",
			  what, path, (unsigned long long)max);
		goto out;
	}
	for (;;) {
		ssize_t n = read(from, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error_errno(e, ERROR_MACHINE, "DONE-1", "%s %s", what, path);
			goto out;
		}
		if (n == 0)
			break;
		if ((uint64_t)n > max - *size) {
			error_set(e, ERROR_REFUSED, "DONE-1", "%s %s grows while it is read",
				  what, path);
			goto out;
		}
		if (pwrite(to, piece, (size_t)n, (off_t)*size) != n) {
			memory_failed(what, e);
			goto out;
		}
		*size += (uint64_t)n;
	}
	good = true;
out:
	if (from >= 0)
		close(from);
	return good;
}

/* The kernel unpacks archives one behind the other, each from a multiple of four bytes. */
static bool pad(int fd, uint64_t *size)
{
	*size = (*size + 3) & ~3ull;
	return ftruncate(fd, (off_t)*size) == 0;
}

static bool append_bytes(int fd, uint64_t *size, struct bytes bytes)
{
	while (bytes.size) {
		ssize_t n = pwrite(fd, bytes.at, bytes.size, (off_t)*size);

		if (n <= 0)
			return false;
		*size += (uint64_t)n;
		bytes = bytes_of(bytes.at + n, bytes.size - (size_t)n);
	}
	return true;
}

/* From here on nobody changes it; then its digest. */
static bool seal(int fd, uint64_t size, const char *what, uint8_t digest[static 32],
		 kexec_digest *digest_of, struct error *e)
{
	void *at;

	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) <
	    0)
		return memory_failed(what, e);
	if (size == 0) {
		digest_of(digest, bytes_of(NULL, 0));
		return true;
	}
	at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return memory_failed(what, e);
	digest_of(digest, bytes_of(at, (size_t)size));
	munmap(at, (size_t)size);
	return true;
}

/*
 * How much memory the kernel takes where it will run: init_size of the x86 boot protocol
 * (Documentation/arch/x86/boot.rst, offset 260h), or its own size.
 */
static uint64_t memory_of_kernel(int fd, uint64_t size)
{
	uint8_t header[0x264];
	bool bad;

	if (pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return size;

	struct reader r = reader_over(bytes_of(header, sizeof(header)), &bad);

	reader_skip(&r, 0x202);
	bool is_bzimage = reader_be32(&r) == 0x48647253; /* "HdrS" */
	bool has_init_size = reader_le16(&r) >= 0x020a;

	reader_skip(&r, 0x260 - 0x208);
	uint64_t init_size = reader_le32(&r);

	return !bad && is_bzimage && has_init_size && init_size > size ? init_size : size;
}

static bool join_options(struct kexec_image *image, const struct boot_entry *entry,
			 const char *extra, struct error *e)
{
	int n = snprintf(image->cmdline, sizeof(image->cmdline), "%s%s%s", entry->options,
			 entry->options[0] && extra[0] ? " " : "", extra);

	if (n < 0 || (size_t)n >= sizeof(image->cmdline))
		return error_set(e, ERROR_REFUSED, "DONE-1",
				 "the kernel command line has %d bytes, kexec takes %zu", n,
				 sizeof(image->cmdline) - 1);
	return true;
}

bool kexec_prepare(struct kexec_image *image, const struct boot_entry *entry,
		   const struct boot_place *places, struct bytes extra_cpio,
		   const char *extra_options, kexec_digest *digest, struct error *e)
{
	struct kexec_image i = { .kernel_fd = -1, .initrd_fd = -1 };
	int root = places[entry->place].root;

	if (!join_options(&i, entry, extra_options, e))
		return false;
	i.kernel_fd = memfd_create("kernel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (i.kernel_fd < 0) {
		memory_failed("kernel", e);
		goto failed;
	}
	if (!append_file(i.kernel_fd, &i.kernel_bytes, CONFIG_KERNEL_FILE_MAX, root,
			 entry->kernel, "kernel", e) ||
	    !seal(i.kernel_fd, i.kernel_bytes, "kernel", i.kernel_sha256, digest, e))
		goto failed;
	i.kernel_memory_bytes = memory_of_kernel(i.kernel_fd, i.kernel_bytes);

	if (entry->initrd_count || extra_cpio.size) {
		i.initrd_fd = memfd_create("initrd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (i.initrd_fd < 0) {
			memory_failed("initrd", e);
			goto failed;
		}
		for (size_t n = 0; n < entry->initrd_count; n++) {
			if (!append_file(i.initrd_fd, &i.initrd_bytes, CONFIG_INITRD_FILE_MAX,
					 root, entry->initrds[n], "initrd", e))
				goto failed;
			if (!pad(i.initrd_fd, &i.initrd_bytes)) {
				memory_failed("initrd", e);
				goto failed;
			}
		}
		if (!append_bytes(i.initrd_fd, &i.initrd_bytes, extra_cpio) ||
		    !pad(i.initrd_fd, &i.initrd_bytes)) {
			memory_failed("initrd", e);
			goto failed;
		}
		if (!seal(i.initrd_fd, i.initrd_bytes, "initrd", i.initrd_sha256, digest, e))
			goto failed;
	} else {
		digest(i.initrd_sha256, bytes_of(NULL, 0));
	}
	digest(i.cmdline_sha256, bytes_of_text(i.cmdline));
	*image = i;
	return true;
failed:
	kexec_release(&i);
	return false;
}

void kexec_release(struct kexec_image *image)
{
	if (image->kernel_fd >= 0)
		close(image->kernel_fd);
	if (image->initrd_fd >= 0)
		close(image->initrd_fd);
	image->kernel_fd = image->initrd_fd = -1;
}

/* ---- memory -----------------------------------------------------------------------------
 */

bool kexec_fits(const struct kexec_image *image, uint64_t available_bytes,
		uint64_t total_bytes, struct error *e)
{
	/* The kernel reads both files whole, then copies them to where they will run. */
	uint64_t segments = image->kernel_memory_bytes + image->initrd_bytes;
	uint64_t needed = segments + image->kernel_bytes + image->initrd_bytes + SPARE_BYTES;

	if (segments > total_bytes / 2)
		return error_set(
			e, ERROR_MACHINE, "DONE-1",
			"kernel and initrd need %llu MiB, more than half of this machine's "
			"%llu MiB",
			(unsigned long long)(segments >> 20),
			(unsigned long long)(total_bytes >> 20));
	if (needed > available_bytes)
		return error_set(
			e, ERROR_MACHINE, "DONE-1",
			"loading kernel and initrd needs %llu MiB, only %llu MiB are free",
			(unsigned long long)(needed >> 20),
			(unsigned long long)(available_bytes >> 20));
	return true;
}

/* A line of /proc/meminfo in bytes; 0 when it is not there. */
static uint64_t memory_line(const char *name)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	uint64_t value = 0;
	size_t n = strlen(name);

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, n) != 0 || line[n] != ':')
			continue;
		value = strtoull(line + n + 1, NULL, 10) * 1024;
		break;
	}
	if (f)
		fclose(f);
	return value;
}

/* ---- loading ----------------------------------------------------------------------------
 */

const char *kexec_errno_meaning(int number)
{
	switch (number) {
	case ENOEXEC:
	case EINVAL:
		return "this kernel file is in a form kexec does not take";
	case EPERM:
		return "kexec is switched off or locked down, or the caller lacks the right";
	case ENODATA:
		return "the kernel file has no signature, and this machine asks for one";
	case EKEYREJECTED:
	case ENOKEY:
	case EBADMSG:
	case ELIBBAD:
	case ENOPKG:
		return "the kernel file's signature is not accepted by this machine";
	case EBUSY:
		return "another program is loading a kernel";
	case ENOSYS:
	case EOPNOTSUPP:
		return "the running kernel has no kexec";
	case ENOMEM:
	case EADDRNOTAVAIL:
		return "there is no memory to load it into";
	case ETXTBSY:
		return "the file is open for writing";
	default:
		return "kexec failed";
	}
}

static long file_load(const struct kexec_image *image)
{
	unsigned long flags = image->initrd_fd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0;

	return syscall(SYS_kexec_file_load, image->kernel_fd, image->initrd_fd,
		       strlen(image->cmdline) + 1, image->cmdline, flags);
}

static bool unload(void)
{
	return syscall(SYS_kexec_file_load, -1, -1, 0ul, NULL,
		       (unsigned long)KEXEC_FILE_UNLOAD) == 0;
}

bool kexec_unload(struct error *e)
{
	return unload() || errno == ENOSYS ||
	       error_errno(e, ERROR_MACHINE, "DONE-3", "cannot unload the kernel");
}

/* What may go away on a second try. */
static bool try_again(int number)
{
	const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };

	if (number == EBUSY) {
		nanosleep(&pause, NULL);
		return true;
	}
	if (number == ENOMEM) {
		int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

		if (fd >= 0) {
			if (write(fd, "3", 1) < 0)
				number = 0;
			close(fd);
		}
		return number != 0;
	}
	return false;
}

enum kexec_verdict kexec_load(const struct kexec_image *image, struct error *e)
{
	uint64_t total = memory_line("MemTotal"), available = memory_line("MemAvailable");
	int number;

	unload(); /* an earlier one takes memory; that there was none is no error */
	if (total && available && !kexec_fits(image, available, total, e))
		return KEXEC_VERDICT_REBOOT;
	for (unsigned tries = 0; file_load(image) != 0; tries++) {
		number = errno;
		if (tries == 0 && try_again(number))
			continue;
		errno = number;
		error_errno(e, ERROR_MACHINE, "DONE-1", "%s", kexec_errno_meaning(number));
		return KEXEC_VERDICT_REBOOT;
	}
	return KEXEC_VERDICT_LOADED;
}

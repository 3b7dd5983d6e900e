/* SPDX-License-Identifier: MIT */
#include "handoff/kexec.h"

#include <errno.h>

#include "check.h"

#define MIB (1024ull * 1024)

static struct error e;

static bool fits(uint64_t kernel, uint64_t memory, uint64_t initrd, uint64_t available,
		 uint64_t total)
{
	const struct kexec_image image = {
		.kernel_bytes = kernel * MIB,
		.kernel_memory_bytes = memory * MIB,
		.initrd_bytes = initrd * MIB,
	};

	return kexec_fits(&image, available * MIB, total * MIB, &e);
}

/* Copying what is loaded is tested in boot_entry_test.c; loading in the boot stories. */

TEST(memory_is_counted_before_loading, "DONE-1")
{
	CHECK(fits(8, 32, 30, 160, 256));
	CHECK(!fits(8, 32, 30, 100, 256)); /* 32 + 30 + 8 + 30 + 16 */
	CHECK(e.code == ERROR_MACHINE && strstr(e.text, "116 MiB, only 100 MiB"));
	/* What made a machine panic: 288 MiB of initrd on 1 GiB, the copies already made. */
	CHECK(!fits(8, 32, 288, 600, 1024));
	/* More than half of all memory is refused by the kernel whatever is free. */
	CHECK(!fits(8, 32, 500, 4000, 1024));
	CHECK(strstr(e.text, "more than half"));
}

TEST(every_errno_has_a_sentence, "DONE-1")
{
	static const int numbers[] = { ENOEXEC, EINVAL,	 EPERM,	  ENODATA,	EKEYREJECTED,
				       ENOKEY,	EBADMSG, ELIBBAD, ENOPKG,	EBUSY,
				       ENOSYS,	ENOMEM,	 ETXTBSY, EADDRNOTAVAIL };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		CHECK(strcmp(kexec_errno_meaning(numbers[i]), "kexec failed") != 0);
	CHECK_STR(kexec_errno_meaning(ENOKEY), kexec_errno_meaning(EKEYREJECTED));
	CHECK_STR(kexec_errno_meaning(12345), "kexec failed");
}

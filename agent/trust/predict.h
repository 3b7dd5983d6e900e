/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "tpm/tpm_pcr.h"

/*
 * The PCR values a boot will produce, computed from its files without booting it
 * (tpm-trust-store.md 4.3).  Pure; PE images are read with bounds.
 *
 * Values are those after sztp:enter, as an envelope needs them.
 */

#define PREDICT_LOADERS_MAX  4
#define PREDICT_SECTIONS_MAX 96 /* of a PE image; the format's own limit for loaders */

/* SHA-256 Authenticode digest of a PE image, as firmware measures it into PCR 4. */
MUST_CHECK bool predict_authenticode(uint8_t digest[static 32], struct bytes image,
				     struct error *e);

/*
 * An EFI-stub kernel with a separate initrd: PCR 4, 9 and 11.
 *
 * @command_line: exactly as the kernel receives it, ASCII (QEMU adds " initrd=initrd").
 * @loaders: EFI programs started before it, the first one by the firmware.  None: the
 *	kernel itself is the firmware's boot option.
 * @qemu_memory: bytes of RAM of a q35 machine whose OVMF takes the kernel from QEMU's
 *	-kernel option, else 0.  Two things are then different, both found by comparing with
 *	the event log (QEMU 7.2, OVMF 2022.11): QEMU writes its own values into the kernel's
 *	setup header, among them the initrd's address, which depends on memory and initrd
 *	size; and the kernel is measured before, not after, the boot manager's own events.
 */
struct predict_split {
	struct bytes kernel, initrd, command_line;
	struct bytes loaders[PREDICT_LOADERS_MAX];
	size_t loader_count;
	uint64_t qemu_memory;
};
MUST_CHECK bool predict_split(struct tpm_pcr_values *values, const struct predict_split *what,
			      struct error *e);

/*
 * A unified kernel image started as the firmware's boot option: PCR 4, 11, 12 and 13.
 *
 * Which sections are measured depends on the stub's version, which the image names in its
 * section .sdmagic: up to 252 neither .ucode, .uname nor .sbat, from 256 on all of them
 * (both compared with real boots: 252 and 257).  For the versions between we do not know
 * and refuse; so are images with profiles.
 *
 * @failed_options: boot options tried and failed before it; each adds two events.
 * @secure_boot: on; the inner kernel is then not measured (systemd-stub 252).
 */
MUST_CHECK bool predict_uki(struct tpm_pcr_values *values, struct bytes image,
			    unsigned failed_options, bool secure_boot, struct error *e);

/* SPDX-License-Identifier: MIT */
#pragma once

#include "tpm/tpm.h"

/*
 * NV indices: read, defined, written and removed in pieces the chip can take (TPM-11).
 * Absent is told by tpm.rc: 0x18b.  Not written yet: 0x14a.
 */

/* Where our own lie (tpm-trust-store.md section 3). */
#define TPM_NV_ENVELOPE		 0x01805a60u /* ..67 */
#define TPM_NV_ENVELOPE_COUNT	 8
#define TPM_NV_CERTIFICATE	 0x01805a70u /* ..77 */
#define TPM_NV_CERTIFICATE_COUNT 8
#define TPM_NV_OURS_FIRST	 0x01805a00u
#define TPM_NV_OURS_LAST	 0x01805affu

/* Data size of an index. */
MUST_CHECK bool tpm_nv_size(struct tpm *t, uint32_t index, size_t *size, struct error *e);

/*
 * Read a whole index with its own empty authorisation, else the owner's (TPM-93), in the
 * encrypted session when there is one.  Errors: ERROR_REFUSED when larger than @room.
 */
MUST_CHECK bool tpm_nv_read(struct tpm *t, uint32_t index, uint8_t *to, size_t room,
			    size_t *size, struct error *e);

/*
 * Define an index of ours (OWNERWRITE, OWNERREAD, AUTHREAD, NO_DA; TPM-9) and write it
 * whole.  An index that is there is removed first.  Errors: TPM-10 when ours would exceed
 * CONFIG_TPM_OWN_NV_MAX; tpm.rc 0x14b when the chip has no room.
 */
MUST_CHECK bool tpm_nv_store(struct tpm *t, uint32_t index, struct bytes data,
			     struct error *e);

/* Remove; true as well when there is none. */
MUST_CHECK bool tpm_nv_remove(struct tpm *t, uint32_t index, struct error *e);

/* Bytes of all our indices. */
MUST_CHECK bool tpm_nv_used(struct tpm *t, size_t *size, struct error *e);

/* Indices from @first to @last, ascending; at most @max. */
MUST_CHECK bool tpm_nv_list(struct tpm *t, uint32_t first, uint32_t last, uint32_t *indices,
			    size_t max, size_t *count, struct error *e);

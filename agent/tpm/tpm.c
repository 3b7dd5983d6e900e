/* SPDX-License-Identifier: MIT */
#include "tpm/tpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tss2/tss2_tcti_device.h>
#include <tss2/tss2_tcti_swtpm.h>
#include <unistd.h>

#include "base/log.h"
#include "config.h"
#include "tpm/tpm_crypto.h"
#include "tpm/tpm_esys.h"
#include "tpm/tpm_session.h"

static void pause_ms(unsigned ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&t, &t) != 0)
		;
}

uint32_t tpm_code(uint32_t rc)
{
	return rc & 0xffff;
}

/* Codes of the TPM itself, or of the resource manager on its behalf. */
static bool from_tpm(uint32_t rc)
{
	uint32_t layer = rc & TSS2_RC_LAYER_MASK;

	return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER ||
	       layer == TSS2_RESMGR_RC_LAYER;
}

bool tpm_wait(struct tpm_patience *p, TSS2_RC rc)
{
	if (!from_tpm(rc) ||
	    (tpm_code(rc) != TPM2_RC_TESTING && tpm_code(rc) != TPM2_RC_RETRY))
		return false;
	if (p->waited_ms >= CONFIG_TPM_BUSY_MS)
		return false;
	p->next_ms = p->next_ms ? p->next_ms * 2 : 100;
	if (p->next_ms > CONFIG_TPM_BUSY_MS - p->waited_ms)
		p->next_ms = CONFIG_TPM_BUSY_MS - p->waited_ms;
	pause_ms(p->next_ms);
	p->waited_ms += p->next_ms;
	return true;
}

/* Section 11.2: the codes that speak for themselves.  @rule NULL: the caller knows. */
static const struct meaning {
	uint16_t code;
	const char *rule, *text;
} meanings[] = {
	{ 0x100, "STORE_NO_TPM", "TPM not started" },
	{ 0x101, "STORE_TPM_FAILED", "TPM is in failure mode" },
	{ 0x126, NULL, "comparison with the NV index is false" },
	{ 0x128, NULL, "a PCR changed meanwhile" },
	{ 0x12f, NULL, "no such right" },
	{ 0x149, NULL, "no such right to the NV index" },
	{ 0x14a, NULL, "NV index is not written" },
	{ 0x14b, NULL, "no NV space left" },
	{ 0x14c, NULL, "handle or NV index is in use" },
	{ 0x18b, NULL, "handle does not exist" },
	{ 0x1c4, NULL, "value is not the one that is allowed" },
	{ 0x1df, NULL, "not made for this TPM, or damaged" },
	{ 0x28b, NULL, "NV index does not exist" },
	{ 0x2d5, NULL, "larger than an NV index may be" },
	{ 0x902, NULL, "out of memory for objects" },
	{ 0x903, NULL, "out of memory for sessions" },
	{ 0x90a, "STORE_BUSY", "TPM is testing itself" },
	{ 0x921, "STORE_LOCKOUT", "TPM is locked out by wrong passwords" },
	{ 0x922, "STORE_BUSY", "TPM is busy" },
	{ 0x98e, NULL, "wrong authorisation" },
	{ 0x99d, NULL, "policy digest is not the object's" },
	{ 0x9a2, NULL, "another system has set the owner's password" },
};

bool tpm_fail(struct tpm *t, uint32_t rc, const char *command, struct error *e)
{
	t->rc = rc;
	if (from_tpm(rc)) {
		for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
			if (meanings[i].code == tpm_code(rc))
				return error_set(e, ERROR_MACHINE, meanings[i].rule,
						 "%s: %s (0x%X)", command, meanings[i].text,
						 rc);
		return error_set(e, ERROR_MACHINE, NULL, "%s: TPM answers 0x%X", command, rc);
	}
	/* What the library itself found: answers that do not fit, HMACs that are wrong. */
	switch (rc) {
	case TSS2_ESYS_RC_RSP_AUTH_FAILED:
	case TSS2_ESYS_RC_MALFORMED_RESPONSE:
	case TSS2_ESYS_RC_INSUFFICIENT_RESPONSE:
	case TSS2_SYS_RC_MALFORMED_RESPONSE:
	case TSS2_SYS_RC_INSUFFICIENT_RESPONSE:
		return error_set(e, ERROR_MACHINE, "STORE_BUS",
				 "%s: TPM answer was altered on its way (0x%X)", command, rc);
	}
	if ((rc & TSS2_RC_LAYER_MASK) == TSS2_TCTI_RC_LAYER)
		return error_set(e, ERROR_MACHINE, "STORE_IO",
				 "%s: TPM does not answer (0x%X)", command, rc);
	return error_set(e, ERROR_MACHINE, NULL, "%s: failed in the TPM library (0x%X)",
			 command, rc);
}

/* --- opening --- */

static TSS2_RC transport_start(void **to, bool device, const char *argument)
{
	TSS2_RC (*init)
	(TSS2_TCTI_CONTEXT *, size_t *, const char *) = device ? Tss2_Tcti_Device_Init
							       : Tss2_Tcti_Swtpm_Init;
	TSS2_TCTI_CONTEXT *context;
	size_t size = 0;
	TSS2_RC rc = init(NULL, &size, NULL);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	context = calloc(1, size);
	if (!context)
		return TSS2_TCTI_RC_MEMORY;
	rc = init(context, &size, argument);
	if (rc == TSS2_RC_SUCCESS)
		*to = context;
	else
		free(context);
	return rc;
}

static bool choose_device(char *to, size_t size, unsigned wait_s)
{
	static const char *const devices[] = { "/dev/tpmrm0", "/dev/tpm0" };

	for (unsigned waited_ms = 0;; waited_ms += 50) {
		for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
			if (access(devices[i], F_OK) == 0) {
				snprintf(to, size, "device:%s", devices[i]);
				return true;
			}
		if (waited_ms >= wait_s * 1000)
			return false;
		pause_ms(50);
	}
}

static bool connect_transport(struct tpm *t, const char *tcti, unsigned wait_s,
			      struct error *e)
{
	const char *argument;
	bool device;
	TSS2_RC rc;

	if (!tcti && !choose_device(t->where, sizeof(t->where), wait_s))
		return error_set(e, ERROR_MACHINE, "STORE_NO_TPM",
				 "no TPM 2.0 found (waited %u s); this build requires one",
				 wait_s);
	if (tcti) {
		if (strlen(tcti) >= sizeof(t->where))
			return error_set(e, ERROR_USAGE, NULL, "TPM address is too long");
		strcpy(t->where, tcti);
	}
	device = strncmp(t->where, "device:", 7) == 0;
	if (!device && strncmp(t->where, "swtpm:", 6) != 0)
		return error_set(e, ERROR_USAGE, NULL,
				 "TPM address is device:PATH or swtpm:host=H,port=N");
	argument = strchr(t->where, ':') + 1;
	t->shared = !device || !strstr(argument, "tpmrm");
	rc = transport_start(&t->tcti, device, argument);
	if (rc != TSS2_RC_SUCCESS) {
		t->rc = rc;
		return error_set(e, ERROR_MACHINE, "STORE_NO_TPM",
				 "TPM at %s does not open (0x%X)", t->where, rc);
	}
	return true;
}

static bool capability(struct tpm *t, TPM2_CAP what, uint32_t first, uint32_t count,
		       TPMS_CAPABILITY_DATA **data, struct error *e)
{
	TPMI_YES_NO more;
	TSS2_RC rc = TPM_CALL(Esys_GetCapability(t->esys, ESYS_TR_NONE, ESYS_TR_NONE,
						 ESYS_TR_NONE, what, first, count, &more,
						 data));

	if (rc == TSS2_RC_SUCCESS && (*data)->capability != what) {
		Esys_Free(*data);
		rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	}
	return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "GetCapability", e);
}

/* Without a resource manager, a killed user's sessions and objects stay behind (TPM-84). */
static bool flush_leftovers(struct tpm *t, struct error *e)
{
	static const uint32_t kinds[] = { TPM2_TRANSIENT_FIRST, TPM2_LOADED_SESSION_FIRST,
					  TPM2_ACTIVE_SESSION_FIRST };
	TSS2_SYS_CONTEXT *sys;
	TSS2_RC rc = Esys_GetSysContext(t->esys, &sys);

	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "FlushContext", e);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		TPMS_CAPABILITY_DATA *data;

		if (!capability(t, TPM2_CAP_HANDLES, kinds[i], TPM2_MAX_CAP_HANDLES, &data,
				e))
			return false;
		for (uint32_t j = 0; j < data->data.handles.count; j++) {
			TPM2_HANDLE handle = data->data.handles.handle[j];

			log_debug("tpm", "flushing %08x left behind by another user", handle);
			(void)Tss2_Sys_FlushContext(sys, handle);
		}
		Esys_Free(data);
	}
	return true;
}

/* Four ASCII characters of a property, without spaces and NUL. */
static size_t property_text(char *to, uint32_t value)
{
	size_t n = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		char c = value >> shift;

		if (c > ' ' && c < 0x7f)
			to[n++] = c;
	}
	to[n] = 0;
	return n;
}

static bool read_properties(struct tpm *t, struct error *e)
{
	TPMS_CAPABILITY_DATA *data;
	uint32_t family = 0, maker = 0;

	if (!capability(t, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_FIXED, TPM2_MAX_TPM_PROPERTIES,
			&data, e))
		return false;
	for (uint32_t i = 0; i < data->data.tpmProperties.count; i++) {
		const TPMS_TAGGED_PROPERTY *p = &data->data.tpmProperties.tpmProperty[i];

		if (p->property == TPM2_PT_FAMILY_INDICATOR)
			family = p->value;
		if (p->property == TPM2_PT_MANUFACTURER)
			maker = p->value;
		if (p->property == TPM2_PT_NV_BUFFER_MAX)
			t->nv_buffer_max = p->value > UINT16_MAX ? UINT16_MAX : p->value;
		if (p->property == TPM2_PT_NV_INDEX_MAX)
			t->nv_index_max = p->value > UINT16_MAX ? UINT16_MAX : p->value;
	}
	Esys_Free(data);
	if (family != 0x322e3000) /* "2.0" */
		return error_set(e, ERROR_MACHINE, "STORE_NO_TPM",
				 "TPM at %s is not of family 2.0; this build requires one",
				 t->where);
	property_text(t->maker, maker);
	/* TPM2B_MAX_NV_BUFFER's own size bounds what one command can carry. */
	if (!t->nv_buffer_max || t->nv_buffer_max > TPM2_MAX_NV_BUFFER_SIZE)
		t->nv_buffer_max = 512;
	if (!t->nv_index_max)
		t->nv_index_max = t->nv_buffer_max;
	return true;
}

/* TPM-19: with the bank off, policies over it are always true. */
static bool require_sha256_bank(struct tpm *t, struct error *e)
{
	TPMS_CAPABILITY_DATA *data;
	bool active = false;

	if (!capability(t, TPM2_CAP_PCRS, 0, TPM2_NUM_PCR_BANKS, &data, e))
		return false;
	for (uint32_t i = 0; i < data->data.assignedPCR.count; i++) {
		const TPMS_PCR_SELECTION *s = &data->data.assignedPCR.pcrSelections[i];

		if (s->hash == TPM2_ALG_SHA256 && s->sizeofSelect >= 3)
			active = s->pcrSelect[0] == 0xff && s->pcrSelect[1] == 0xff;
	}
	Esys_Free(data);
	if (!active)
		return error_set(
			e, ERROR_MACHINE, "STORE_BANK",
			"TPM has no active SHA-256 PCR bank; enable it in firmware setup");
	return true;
}

/* The first command: tells whether the TPM lives and was started (step 2). */
static bool wake(struct tpm *t, struct error *e)
{
	TPMS_CAPABILITY_DATA *data;

	if (capability(t, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_FAMILY_INDICATOR, 1, &data, e)) {
		Esys_Free(data);
		return true;
	}
	if (from_tpm(t->rc) && tpm_code(t->rc) == TPM2_RC_INITIALIZE) {
		TSS2_RC rc = TPM_CALL(Esys_Startup(t->esys, TPM2_SU_CLEAR));

		return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "Startup", e);
	}
	return false;
}

static bool start_library(struct tpm *t, struct error *e)
{
	TSS2_RC rc = Esys_Initialize(&t->esys, t->tcti, NULL);

	if (rc == TSS2_RC_SUCCESS)
		rc = tpm_crypto_install(t->esys);
	return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "Initialize", e);
}

bool tpm_restart(struct tpm *t, struct error *e)
{
	if (t->esys)
		Esys_Finalize(&t->esys);
	t->srk = t->session = TPM_NONE;
	t->srk_transient = false;
	return start_library(t, e) && (!t->shared || flush_leftovers(t, e));
}

bool tpm_open(struct tpm *t, const char *tcti, unsigned wait_s, struct error *e)
{
	uint32_t rc;

	*t = TPM_CLOSED;
	if (!connect_transport(t, tcti, wait_s, e))
		return false;
	if (start_library(t, e) && wake(t, e) && read_properties(t, e) &&
	    require_sha256_bank(t, e) && (!t->shared || flush_leftovers(t, e)))
		return true;
	rc = t->rc;
	tpm_close(t);
	t->rc = rc;
	return false;
}

void tpm_close(struct tpm *t)
{
	if (t->esys) {
		tpm_session_end(t);
		if (t->srk != TPM_NONE && t->srk_transient)
			(void)Esys_FlushContext(t->esys, t->srk);
		Esys_Finalize(&t->esys);
	}
	if (t->tcti) {
		Tss2_Tcti_Finalize((TSS2_TCTI_CONTEXT *)t->tcti);
		free(t->tcti);
	}
	*t = TPM_CLOSED;
}

bool tpm_is_open(const struct tpm *t)
{
	return t->esys != NULL;
}

bool tpm_shutdown(struct tpm *t, struct error *e)
{
	TSS2_RC rc = TPM_CALL(Esys_Shutdown(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    TPM2_SU_CLEAR));

	return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "Shutdown", e);
}

bool tpm_random(struct tpm *t, uint8_t *to, size_t size, struct error *e)
{
	TPM2B_DIGEST *bytes = NULL;
	TSS2_RC rc;

	if (size > 32)
		return error_set(e, ERROR_MACHINE, NULL,
				 "GetRandom: more than 32 bytes a call");
	rc = TPM_CALL(Esys_GetRandom(t->esys, tpm_session_around(t, TPMA_SESSION_ENCRYPT),
				     ESYS_TR_NONE, ESYS_TR_NONE, size, &bytes));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "GetRandom", e);
	if (bytes->size != size)
		rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	else
		memcpy(to, bytes->buffer, size);
	bytes_wipe(bytes, sizeof(*bytes));
	Esys_Free(bytes);
	return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "GetRandom", e);
}

bool tpm_has_algorithm(struct tpm *t, uint16_t algorithm)
{
	TPMS_CAPABILITY_DATA *data;
	struct error e;
	bool has;

	if (!capability(t, TPM2_CAP_ALGS, algorithm, 1, &data, &e))
		return false;
	has = data->data.algorithms.count == 1 &&
	      data->data.algorithms.algProperties[0].alg == algorithm;
	Esys_Free(data);
	return has;
}

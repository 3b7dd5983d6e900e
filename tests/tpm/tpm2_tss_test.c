/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_sys.h>

#include "check.h"

/*
 * The TPM library as we build it refuses answers whose length fields are not true: whoever sits on
 * the bus writes them.  A transport of our own gives the answers; the library's memory is watched by
 * the address sanitizer in the host build.
 */

static const uint8_t *answer;
static size_t answer_size;

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *tcti, size_t size, const uint8_t *command)
{
	(void)tcti, (void)size, (void)command;
	return TSS2_RC_SUCCESS;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, uint8_t *response, int32_t timeout)
{
	(void)tcti, (void)timeout;
	if (response)
		memcpy(response, answer, answer_size);
	*size = answer_size;
	return TSS2_RC_SUCCESS;
}

static TSS2_TCTI_CONTEXT_COMMON_V1 tcti = {
	.magic = 1, .version = 1, .transmit = transmit, .receive = receive,
};

/* Send GetRandom with or without a session, and take the given bytes for the TPM's answer. */
static TSS2_RC ask(TSS2_SYS_CONTEXT *sys, bool session, const uint8_t *bytes, size_t size)
{
	TSS2_ABI_VERSION version = TSS2_ABI_VERSION_CURRENT;
	TSS2L_SYS_AUTH_COMMAND auths = { .count = 1 };

	auths.auths[0].sessionHandle = 0x02000000;
	answer = bytes;
	answer_size = size;
	memset(sys, 0, Tss2_Sys_GetContextSize(0));
	if (Tss2_Sys_Initialize(sys, Tss2_Sys_GetContextSize(0), (TSS2_TCTI_CONTEXT *)&tcti,
				&version) != TSS2_RC_SUCCESS ||
	    Tss2_Sys_GetRandom_Prepare(sys, 8) != TSS2_RC_SUCCESS ||
	    (session && Tss2_Sys_SetCmdAuths(sys, &auths) != TSS2_RC_SUCCESS) ||
	    Tss2_Sys_ExecuteAsync(sys) != TSS2_RC_SUCCESS)
		return TSS2_BASE_RC_GENERAL_FAILURE;
	return Tss2_Sys_ExecuteFinish(sys, -1);
}

#define ASK(SYS, SESSION, ...)                                                                \
	ask(SYS, SESSION, (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }))
/* Tag, size and code of a successful answer. */
#define PLAIN(SIZE) 0x80, 0x01, 0, 0, (SIZE) >> 8, (SIZE) & 0xff, 0, 0, 0, 0
#define WITH_SESSION(SIZE) 0x80, 0x02, 0, 0, (SIZE) >> 8, (SIZE) & 0xff, 0, 0, 0, 0

static TSS2_SYS_CONTEXT *context(void)
{
	return calloc(1, Tss2_Sys_GetContextSize(0));
}

TEST(takes_true_answers, "")
{
	TSS2_SYS_CONTEXT *sys = context();
	TSS2L_SYS_AUTH_RESPONSE auths = { .count = 1 };
	const uint8_t *parameters;
	size_t size;

	CHECK(ASK(sys, false, PLAIN(14), 0, 2, 7, 7) == TSS2_RC_SUCCESS);
	CHECK(Tss2_Sys_GetRpBuffer(sys, &size, &parameters) == TSS2_RC_SUCCESS);
	CHECK(size == 4);
	CHECK(ASK(sys, true, WITH_SESSION(25), 0, 0, 0, 4, 0, 2, 7, 7, 0, 1, 9, 1, 0, 1, 8) ==
	      TSS2_RC_SUCCESS);
	CHECK(Tss2_Sys_GetRpBuffer(sys, &size, &parameters) == TSS2_RC_SUCCESS);
	CHECK(size == 4);
	CHECK(Tss2_Sys_GetEncryptParam(sys, &size, &parameters) == TSS2_RC_SUCCESS);
	CHECK(size == 2);
	CHECK(Tss2_Sys_GetRspAuths(sys, &auths) == TSS2_RC_SUCCESS);
	CHECK(auths.auths[0].nonce.size == 1);
	free(sys);
}

TEST(refuses_a_header_that_claims_more_than_arrived, "TPM-85")
{
	TSS2_SYS_CONTEXT *sys = context();

	CHECK(ASK(sys, false, PLAIN(15), 0, 2, 7, 7) == TSS2_SYS_RC_MALFORMED_RESPONSE);
	CHECK(ASK(sys, false, PLAIN(4096), 0, 2, 7, 7) == TSS2_SYS_RC_MALFORMED_RESPONSE);
	free(sys);
}

TEST(refuses_parameters_that_run_past_the_answer, "TPM-85")
{
	TSS2_SYS_CONTEXT *sys = context();
	const uint8_t *parameters;
	size_t size;

	CHECK(ASK(sys, true, WITH_SESSION(18), 0, 0, 0, 5, 0, 2, 7, 7) == TSS2_RC_SUCCESS);
	CHECK(Tss2_Sys_GetRpBuffer(sys, &size, &parameters) == TSS2_SYS_RC_MALFORMED_RESPONSE);
	CHECK(ASK(sys, true, WITH_SESSION(18), 0xff, 0xff, 0xff, 0xff, 0, 2, 7, 7) ==
	      TSS2_RC_SUCCESS);
	CHECK(Tss2_Sys_GetRpBuffer(sys, &size, &parameters) == TSS2_SYS_RC_MALFORMED_RESPONSE);
	free(sys);
}

TEST(refuses_an_encrypted_parameter_that_runs_past_the_answer, "TPM-85")
{
	TSS2_SYS_CONTEXT *sys = context();
	const uint8_t *parameters;
	size_t size;

	CHECK(ASK(sys, true, WITH_SESSION(18), 0, 0, 0, 4, 0, 3, 7, 7) == TSS2_RC_SUCCESS);
	CHECK(Tss2_Sys_GetEncryptParam(sys, &size, &parameters) ==
	      TSS2_SYS_RC_MALFORMED_RESPONSE);
	CHECK(ASK(sys, true, WITH_SESSION(18), 0, 0, 0, 4, 0xff, 0xff, 7, 7) == TSS2_RC_SUCCESS);
	CHECK(Tss2_Sys_GetEncryptParam(sys, &size, &parameters) ==
	      TSS2_SYS_RC_MALFORMED_RESPONSE);
	CHECK(ASK(sys, true, WITH_SESSION(14), 0, 0, 0, 0) == TSS2_RC_SUCCESS);
	CHECK(Tss2_Sys_GetEncryptParam(sys, &size, &parameters) ==
	      TSS2_SYS_RC_MALFORMED_RESPONSE);
	free(sys);
}

TEST(refuses_sessions_that_run_past_the_answer, "TPM-85")
{
	static const uint8_t good[] = { WITH_SESSION(25), 0, 0, 0, 4, 0, 2, 7, 7,
					0, 1, 9, 1, 0, 1, 8 };
	TSS2_SYS_CONTEXT *sys = context();
	TSS2L_SYS_AUTH_RESPONSE auths = { .count = 1 };

	for (size_t n = 18; n < sizeof(good); n++) { /* every truncation inside the session area */
		uint8_t cut[sizeof(good)];

		memcpy(cut, good, n);
		cut[5] = n;
		CHECK(ask(sys, true, cut, n) == TSS2_RC_SUCCESS);
		CHECK(Tss2_Sys_GetRspAuths(sys, &auths) == TSS2_SYS_RC_MALFORMED_RESPONSE);
	}
	CHECK(ASK(sys, true, WITH_SESSION(25), 0xff, 0xff, 0xff, 0xf0, 0, 2, 7, 7, 0, 1, 9, 1, 0, 1,
		  8) == TSS2_RC_SUCCESS);
	CHECK(Tss2_Sys_GetRspAuths(sys, &auths) == TSS2_SYS_RC_MALFORMED_RESPONSE);
	free(sys);
}

TEST(refuses_a_structure_that_does_not_fill_its_size_field, "TPM-85")
{
	static const uint8_t bytes[] = { 0, 4, 0, 0x23, 0, 0x0b }; /* a public area cut short */
	TPM2B_PUBLIC public = { 0 };
	size_t offset = 0;

	CHECK(Tss2_MU_TPM2B_PUBLIC_Unmarshal(bytes, sizeof(bytes), &offset, &public) !=
	      TSS2_RC_SUCCESS);
}

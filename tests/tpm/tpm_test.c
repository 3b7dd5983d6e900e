/* SPDX-License-Identifier: MIT */
#include "tpm/tpm.h"

#include "swtpm.h"
#include "tpm/tpm_esys.h"

static struct swtpm chip;
static struct tpm t;
static struct error e;

TEST(no_tpm_is_said_so, "TPM-88")
{
	CHECK(!tpm_open(&t, "swtpm:path=/nonexistent/sock", 0, &e));
	CHECK_STR(e.rule, "STORE_NO_TPM");
	CHECK(!tpm_is_open(&t));
	CHECK(!tpm_open(&t, "device:/nonexistent", 0, &e));
	CHECK_STR(e.rule, "STORE_NO_TPM");
	CHECK(!tpm_open(&t, "mssim:", 0, &e));
	CHECK(e.code == ERROR_USAGE);
}

TEST(opens_and_reads_capabilities, "TPM-11 TPM-19")
{
	swtpm_make(&chip);
	CHECK(tpm_open(&t, chip.address, 1, &e));
	CHECK(t.nv_buffer_max == 1024 && t.nv_index_max == 2048 && t.maker[0]);
	CHECK(tpm_has_algorithm(&t, TPM2_ALG_SHA256));
	CHECK(!tpm_has_algorithm(&t, TPM2_ALG_SM4));
	CHECK(tpm_shutdown(&t, &e));
	tpm_close(&t);
}

TEST(starts_what_firmware_did_not_start, "")
{
	uint8_t random[8];

	swtpm_off(&chip);
	swtpm_power(&chip, false);
	CHECK(tpm_open(&t, chip.address, 1, &e));
	CHECK(tpm_random(&t, random, sizeof(random), &e));
	tpm_close(&t);
}

/* What a killed user leaves: three sessions are all there is room for. */
static void leave_sessions(void)
{
	static const TPMT_SYM_DEF null = { .algorithm = TPM2_ALG_NULL };
	ESYS_TR session;

	for (int i = 0; i < 3; i++)
		(void)Esys_StartAuthSession(t.esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_HMAC,
					    &null, TPM2_ALG_SHA256, &session);
}

TEST(leftovers_of_a_killed_user_are_flushed, "TPM-84")
{
	for (int i = 0; i < 5; i++) {
		CHECK(tpm_open(&t, chip.address, 1, &e));
		leave_sessions();
		tpm_close(&t);
	}
}

TEST(random_bytes_come_encrypted, "TPM-130 TPM-83")
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	swtpm_ready(&chip, &t);
	CHECK(tpm_random(&t, a, 32, &e) && tpm_random(&t, b, 32, &e));
	CHECK(memcmp(a, b, 32) != 0);
	CHECK(!tpm_random(&t, a, 33, &e));
	tpm_close(&t);
}

static void failure_mode(uint32_t command, uint8_t *answer, size_t *size)
{
	if (command != 0x17a)
		return;
	memcpy(answer, "\x80\x01\0\0\0\x0a\0\0\x01\x01", 10);
	*size = 10;
}

static void busy(uint32_t command, uint8_t *answer, size_t *size)
{
	static int times;

	if (command != 0x17b || times++ % 8 == 7) /* GetRandom: busy seven times */
		return;
	memcpy(answer, "\x80\x01\0\0\0\x0a\0\0\x09\x22", 10);
	*size = 10;
}

/* Opening with an interposer in place: what tpm_open() does, on a transport that lies. */
static bool reopen(void (*change)(uint32_t, uint8_t *, size_t *))
{
	bool ok;

	CHECK(tpm_open(&t, chip.address, 1, &e));
	interposer_install(&t);
	interposer.change = change;
	ok = tpm_restart(&t, &e);
	return ok;
}

TEST(busy_tpm_is_waited_for, "")
{
	uint8_t a[32] = { 0 };

	CHECK(reopen(busy));
	CHECK(tpm_random(&t, a, 32, &e));
	tpm_close(&t);
}

TEST(failure_mode_is_said_so, "TPM-85")
{
	CHECK(!reopen(failure_mode));
	CHECK_STR(e.rule, "STORE_TPM_FAILED");
	tpm_close(&t);
}

TEST(inactive_sha256_bank_is_refused, "TPM-19")
{
	char line[200];

	swtpm_off(&chip);
	snprintf(line, sizeof(line),
		 "swtpm_setup --tpm2 --tpmstate %s --pcr-banks sha384 --overwrite >/dev/null "
		 "2>&1",
		 chip.folder);
	CHECK(system(line) == 0);
	swtpm_on(&chip);
	CHECK(!tpm_open(&t, chip.address, 1, &e));
	CHECK_STR(e.rule, "STORE_BANK");
}

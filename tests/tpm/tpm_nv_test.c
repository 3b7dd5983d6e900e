/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_nv.h"

#include "swtpm.h"

static struct swtpm chip;
static struct tpm t;
static struct error e;

static uint8_t data[4200], back[4200];

TEST(stores_in_pieces, "TPM-8 TPM-11")
{
	size_t size;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i * 7 + i / 256;
	swtpm_ready(&chip, &t);
	CHECK(!tpm_nv_read(&t, TPM_NV_ENVELOPE, back, sizeof(back), &size, &e));
	CHECK(tpm_code(t.rc) == 0x18b);
	CHECK(tpm_nv_store(&t, TPM_NV_ENVELOPE, bytes_of(data, 2000), &e));
	CHECK(tpm_nv_size(&t, TPM_NV_ENVELOPE, &size, &e) && size == 2000);
	CHECK(tpm_nv_read(&t, TPM_NV_ENVELOPE, back, sizeof(back), &size, &e));
	CHECK(size == 2000 && memcmp(back, data, 2000) == 0);
	/* Another one takes its place. */
	CHECK(tpm_nv_store(&t, TPM_NV_ENVELOPE, bytes_of(data + 100, 5), &e));
	CHECK(tpm_nv_read(&t, TPM_NV_ENVELOPE, back, sizeof(back), &size, &e));
	CHECK(size == 5 && memcmp(back, data + 100, 5) == 0);
	CHECK(!tpm_nv_read(&t, TPM_NV_ENVELOPE, back, 4, &size, &e));
	CHECK_STR(e.rule, "TPM-11");
	CHECK(tpm_nv_remove(&t, TPM_NV_ENVELOPE, &e));
	CHECK(tpm_nv_remove(&t, TPM_NV_ENVELOPE, &e));
	tpm_close(&t);
}

TEST(survives_a_reset_and_is_read_without_a_session, "TPM-11")
{
	size_t size;

	swtpm_ready(&chip, &t);
	CHECK(tpm_nv_store(&t, TPM_NV_ENVELOPE, bytes_of(data, 1025), &e));
	tpm_close(&t);
	CHECK(swtpm_boot(&chip, &t));
	CHECK(tpm_nv_read(&t, TPM_NV_ENVELOPE, back, sizeof(back), &size, &e));
	CHECK(size == 1025 && memcmp(back, data, 1025) == 0);
	CHECK(tpm_nv_remove(&t, TPM_NV_ENVELOPE, &e));
	tpm_close(&t);
}

TEST(keeps_the_budget, "TPM-10")
{
	uint32_t indices[8];
	size_t used, n;

	swtpm_ready(&chip, &t);
	CHECK(!tpm_nv_store(&t, TPM_NV_ENVELOPE, bytes_of(data, t.nv_index_max + 1), &e));
	CHECK_STR(e.rule, "TPM-10");
	CHECK(tpm_nv_store(&t, TPM_NV_ENVELOPE, bytes_of(data, 2048), &e));
	CHECK(tpm_nv_store(&t, TPM_NV_ENVELOPE + 1, bytes_of(data, 2000), &e));
	CHECK(tpm_nv_used(&t, &used, &e) && used == 4048);
	CHECK(!tpm_nv_store(&t, TPM_NV_CERTIFICATE, bytes_of(data, 49), &e));
	CHECK_STR(e.rule, "TPM-10");
	CHECK(tpm_nv_store(&t, TPM_NV_CERTIFICATE, bytes_of(data, 48), &e));
	CHECK(tpm_nv_list(&t, TPM_NV_ENVELOPE, TPM_NV_ENVELOPE + 7, indices, 8, &n, &e));
	CHECK(n == 2 && indices[0] == TPM_NV_ENVELOPE && indices[1] == TPM_NV_ENVELOPE + 1);
	tpm_close(&t);
}

static bool has_data(const uint8_t *bytes, size_t size)
{
	return memmem(bytes, size, data + 50, 32) != NULL;
}

TEST(contents_are_encrypted_in_the_session, "TPM-83")
{
	size_t size;

	swtpm_ready(&chip, &t);
	interposer_install(&t);
	interposer.watch = has_data;
	CHECK(tpm_nv_store(&t, TPM_NV_ENVELOPE, bytes_of(data, 600), &e));
	CHECK(tpm_nv_read(&t, TPM_NV_ENVELOPE, back, sizeof(back), &size, &e));
	CHECK(!interposer.seen);
	tpm_session_end(&t);
	CHECK(tpm_nv_read(&t, TPM_NV_ENVELOPE, back, sizeof(back), &size, &e));
	CHECK(interposer.seen);
	tpm_close(&t);
}

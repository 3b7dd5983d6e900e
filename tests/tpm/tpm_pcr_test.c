/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_pcr.h"

#include "base/text.h"
#include "swtpm.h"

static struct swtpm chip;
static struct tpm t;
static struct error e;

static bool ready(void)
{
	if (!chip.pid)
		swtpm_ready(&chip, &t);
	return true;
}

TEST(foretells_the_value_after_enter, "TPM-29")
{
	uint8_t value[32] = { 0 };
	char hex[65];

	tpm_pcr_foretell_event(value, bytes_of_text("sztp:enter"));
	CHECK_STR(text_hex(hex, sizeof(hex), bytes_of(value, 32)),
		  "6ef6bfa97d560efa6b57e84c2f8785b29718cece9d65f7107f45d780cb633aa9");
}

TEST(event_extends_as_foretold, "TPM-29 TPM-36")
{
	struct tpm_pcr_values values;
	uint8_t expected[32] = { 0 }, long_event[1025] = { 0 };

	CHECK(ready());
	CHECK(tpm_pcr_event(&t, 11, bytes_of_text("sztp:enter"), &e));
	CHECK(tpm_pcr_event(&t, 11, bytes_of_text("sztp:loaded"), &e));
	tpm_pcr_foretell_event(expected, bytes_of_text("sztp:enter"));
	tpm_pcr_foretell_event(expected, bytes_of_text("sztp:loaded"));
	CHECK(tpm_pcr_read(&t, 1u << 11, &values, &e));
	CHECK(values.mask == 1u << 11 && memcmp(values.value[11], expected, 32) == 0);
	CHECK(tpm_pcr_event(&t, 16, bytes_of(long_event, 1024), &e));
	CHECK(!tpm_pcr_event(&t, 16, bytes_of(long_event, 1025), &e));
	CHECK_STR(e.rule, "TPM-36");
}

TEST(reads_more_than_one_answer_holds, "TPM-19")
{
	struct tpm_pcr_values values, one;

	CHECK(ready());
	CHECK(tpm_pcr_read(&t, TPM_PCR_MASK_MAX, &values, &e));
	for (unsigned p = 0; p < TPM_PCR_COUNT; p++) {
		CHECK(tpm_pcr_read(&t, 1u << p, &one, &e));
		CHECK(memcmp(one.value[p], values.value[p], 32) == 0);
	}
	/* 17 to 22 are ones from power-on */
	CHECK(values.value[17][0] == 0xff && values.value[23][0] == 0);
}

static void alter_value(uint32_t command, uint8_t *answer, size_t *size)
{
	if (command == 0x17e && *size > 60) /* PCR_Read */
		answer[50] ^= 1;
}

TEST(altered_value_is_noticed_in_the_session, "TPM-82")
{
	struct tpm_pcr_values values = { .mask = 7 };

	CHECK(ready());
	interposer_install(&t);
	interposer.change = alter_value;
	CHECK(!tpm_pcr_read(&t, 1, &values, &e));
	CHECK_STR(e.rule, "STORE_BUS");
	CHECK(values.mask == 7);
}

static void swallow_event(uint32_t command, uint8_t *answer, size_t *size)
{
	if (command == 0x13c && *size > 20) /* PCR_Event: claim another digest */
		answer[*size - 1] ^= 1;
}

TEST(altered_answer_to_an_event_is_noticed, "TPM-29")
{
	struct tpm_key_name name;
	uint16_t template;

	/* The library takes nothing more after the last test's error. */
	CHECK(!tpm_session_start(&t, &e));
	CHECK(tpm_restart(&t, &e));
	CHECK(tpm_key_adopt_srk(&t, &name, &template, &e) && tpm_session_start(&t, &e));
	interposer.change = swallow_event;
	CHECK(!tpm_pcr_event(&t, 16, bytes_of_text("sztp:loaded"), &e));
	CHECK_STR(e.rule, "STORE_BUS");
	tpm_close(&t);
}

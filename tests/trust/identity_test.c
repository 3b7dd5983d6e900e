/* SPDX-License-Identifier: MIT */
#include "trust/identity.h"

#include "../tpm/swtpm.h"

static bool cuts(const char *rule, const char *from, const char *to)
{
	return bytes_equal_text(identity_cut_serial(bytes_of_text(rule), bytes_of_text(from)),
				to);
}

TEST(serial_rule_cuts, "TPM-56 TPM-96")
{
	CHECK(cuts("", "JADA123", "JADA123"));
	CHECK(cuts("after:SN:", "PID:x SN:FOC123", "FOC123"));
	CHECK(cuts("after:SN:", "PID:x SN:FOC123 REV:1", "FOC123"));
	CHECK(cuts("after:SN:", "FOC123", ""));
	CHECK(cuts("after:SN:", "PID:x SN:", ""));
	CHECK(cuts("after:", "FOC123", ""));
	CHECK(cuts("before:SN:", "PID:x SN:FOC123", ""));
	CHECK(cuts("aft", "x", ""));
}

TEST(no_identity_without_a_salted_session, "TPM-82 TPM-97")
{
	static struct identity i;
	struct tpm t = TPM_CLOSED;
	struct error e;

	CHECK(!identity_load(&i, &t, NULL, &e));
	CHECK_STR(e.rule, "TPM-97");
}

TEST(empty_tpm_has_no_identity, "TPM-97")
{
	static struct swtpm chip;
	static struct identity i;
	struct tpm t;
	struct error e;
	uint8_t digest[32] = { 0 }, signature[64];
	size_t size;

	swtpm_ready(&chip, &t);
	CHECK(!identity_load(&i, &t, NULL, &e));
	CHECK_STR(e.rule, "TPM-97");
	CHECK(!identity_sign(&i, bytes_of(digest, 32), signature, sizeof(signature), &size,
			     &e));
	CHECK_STR(e.rule, "TPM-97");
	/* A key alone is none either. */
	CHECK(tpm_key_create_device(&t, &e));
	CHECK(!identity_load(&i, &t, NULL, &e));
	CHECK_STR(e.rule, "TPM-97");
	tpm_close(&t);
}

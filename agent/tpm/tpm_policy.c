/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_policy.h"

#include <bearssl.h>

enum {
	POLICY_NV = 0x149,
	POLICY_SIGNED = 0x160,
	POLICY_AUTHORIZE = 0x16a,
	POLICY_COMMAND_CODE = 0x16c,
	POLICY_OR = 0x171,
	POLICY_PCR = 0x17f
};

#define EO_UNSIGNED_LE 0x0009
#define ALG_SHA256     0x000b

static void add_be16(br_sha256_context *c, uint16_t value)
{
	uint8_t b[2] = { value >> 8, value };

	br_sha256_update(c, b, sizeof(b));
}

static void add_be32(br_sha256_context *c, uint32_t value)
{
	add_be16(c, value >> 16);
	add_be16(c, value);
}

/* Every step hashes the digest so far and its command code first. */
static void begin(br_sha256_context *c, const uint8_t digest[static 32], uint32_t code)
{
	br_sha256_init(c);
	br_sha256_update(c, digest, 32);
	add_be32(c, code);
}

void tpm_policy_pcr(uint8_t digest[static 32], const struct tpm_pcr_values *values)
{
	br_sha256_context c;
	uint8_t all[32], mask[3] = { values->mask, values->mask >> 8, values->mask >> 16 };

	br_sha256_init(&c);
	for (unsigned p = 0; p < TPM_PCR_COUNT; p++)
		if (values->mask & (1u << p))
			br_sha256_update(&c, values->value[p], 32);
	br_sha256_out(&c, all);

	begin(&c, digest, POLICY_PCR);
	add_be32(&c, 1); /* one selection */
	add_be16(&c, ALG_SHA256);
	br_sha256_update(&c, (uint8_t[]){ sizeof(mask) }, 1);
	br_sha256_update(&c, mask, sizeof(mask));
	br_sha256_update(&c, all, sizeof(all));
	br_sha256_out(&c, digest);
}

/* Two hashes: over code and name, then over the result and the reference. */
static void update_policy(uint8_t digest[static 32], uint32_t code,
			  const struct tpm_key_name *key, struct bytes reference)
{
	br_sha256_context c;

	begin(&c, digest, code);
	br_sha256_update(&c, key->bytes, key->size);
	br_sha256_out(&c, digest);
	br_sha256_init(&c);
	br_sha256_update(&c, digest, 32);
	br_sha256_update(&c, reference.at, reference.size);
	br_sha256_out(&c, digest);
}

void tpm_policy_authorize(uint8_t digest[static 32], const struct tpm_key_name *key,
			  struct bytes reference)
{
	memset(digest, 0, 32);
	update_policy(digest, POLICY_AUTHORIZE, key, reference);
}

void tpm_policy_signed(uint8_t digest[static 32], const struct tpm_key_name *key,
		       struct bytes reference)
{
	update_policy(digest, POLICY_SIGNED, key, reference);
}

void tpm_policy_nv_at_most(uint8_t digest[static 32], const struct tpm_key_name *index,
			   uint16_t offset, struct bytes operand)
{
	br_sha256_context c;
	uint8_t arguments[32];

	br_sha256_init(&c);
	br_sha256_update(&c, operand.at, operand.size);
	add_be16(&c, offset);
	add_be16(&c, EO_UNSIGNED_LE);
	br_sha256_out(&c, arguments);

	begin(&c, digest, POLICY_NV);
	br_sha256_update(&c, arguments, sizeof(arguments));
	br_sha256_update(&c, index->bytes, index->size);
	br_sha256_out(&c, digest);
}

void tpm_policy_command(uint8_t digest[static 32], uint32_t code)
{
	br_sha256_context c;

	begin(&c, digest, POLICY_COMMAND_CODE);
	add_be32(&c, code);
	br_sha256_out(&c, digest);
}

void tpm_policy_or(uint8_t digest[static 32], const uint8_t (*branches)[32], size_t count)
{
	br_sha256_context c;
	static const uint8_t zero[32];

	begin(&c, zero, POLICY_OR);
	for (size_t i = 0; i < count; i++)
		br_sha256_update(&c, branches[i], 32);
	br_sha256_out(&c, digest);
}

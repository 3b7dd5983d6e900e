/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_seal.h"

#include "base/text.h"
#include "memory.h"
#include "swtpm.h"
#include "tpm/tpm_esys.h"
#include "tpm/tpm_policy.h"

#define MASK (1u << 4 | 1u << 11)

static const uint8_t secret[32] = "this is the content key, 32 byte";
static struct swtpm chip, other;
static struct tpm t;
static struct error e;

/* Seal under the values that PCR 4 and 11 have now. */
static bool seal(struct tpm_sealed *to)
{
	struct tpm_pcr_values values;
	uint8_t policy[32] = { 0 };

	if (!tpm_pcr_read(&t, MASK, &values, &e))
		return false;
	tpm_policy_pcr(policy, &values);
	return tpm_seal_create(&t, secret, policy, to, &e);
}

static bool open_sealed(const struct tpm_sealed *s, uint8_t *to)
{
	return tpm_seal_open(&t, bytes_of(s->public, s->public_size),
			     bytes_of(s->private, s->private_size), MASK, to, &e);
}

TEST(unseals_in_the_same_state_only, "TPM-29")
{
	struct tpm_sealed s;
	uint8_t key[32] = { 0 }, policy[32];

	swtpm_ready(&chip, &t);
	CHECK(seal(&s));
	CHECK(tpm_seal_policy(bytes_of(s.public, s.public_size), policy));
	CHECK(open_sealed(&s, key) && memcmp(key, secret, 32) == 0);

	CHECK(tpm_pcr_event(&t, 11, bytes_of_text("sztp:loaded"), &e));
	memset(key, 0, sizeof(key));
	CHECK(!open_sealed(&s, key));
	CHECK_STR(e.rule, "STORE_POLICY");
	CHECK(tpm_code(t.rc) == 0x99d && key[0] == 0);

	/* A reset brings the state back, another boot does not. */
	tpm_close(&t);
	swtpm_ready(&chip, &t);
	CHECK(open_sealed(&s, key) && memcmp(key, secret, 32) == 0);
	CHECK(tpm_pcr_event(&t, 4, bytes_of_text("another loader"), &e));
	CHECK(!open_sealed(&s, key));
	CHECK_STR(e.rule, "STORE_POLICY");
	tpm_close(&t);
}

/* Somebody extends PCR 10 between the policy and the unsealing, @disturb times. */
static unsigned disturb, disturbed;

static void disturb_unseal(TSS2_TCTI_CONTEXT *tcti, uint32_t command)
{
	static const uint8_t event[] = { 0x80, 2, 0, 0,	 0, 30, 0, 0, 1,    0x3c,
					 0,    0, 0, 10, 0, 0,	0, 9, 0x40, 0,
					 0,    9, 0, 0,	 0, 0,	0, 0, 1,    'x' };
	uint8_t answer[4096];
	size_t size = sizeof(answer);

	if (command != 0x15e || disturbed == disturb)
		return;
	disturbed++;
	CHECK(interposer.transmit(tcti, sizeof(event), event) == TSS2_RC_SUCCESS);
	CHECK(interposer.receive(tcti, &size, answer, -1) == TSS2_RC_SUCCESS);
	CHECK(size > 10 && !answer[8] && !answer[9]);
}

TEST(begins_again_when_a_pcr_moved, "TPM-79")
{
	struct tpm_sealed s;
	uint8_t key[32] = { 0 };

	swtpm_ready(&chip, &t);
	CHECK(seal(&s));
	interposer_install(&t);
	interposer.before = disturb_unseal;
	disturb = 16;
	CHECK(open_sealed(&s, key) && memcmp(key, secret, 32) == 0 && disturbed == 16);
	disturb = 1000;
	CHECK(!open_sealed(&s, key) && tpm_code(t.rc) == 0x128);
	CHECK(disturbed == 16 + 17);
	tpm_close(&t);
}

TEST(keeps_no_sessions_or_objects, "TPM-84")
{
	struct tpm_sealed s;
	uint8_t key[32];

	swtpm_ready(&chip, &t);
	CHECK(seal(&s));
	for (int i = 0; i < 20; i++)
		CHECK(open_sealed(&s, key));
	CHECK(tpm_pcr_event(&t, 11, bytes_of_text("sztp:loaded"), &e));
	for (int i = 0; i < 20; i++) {
		CHECK(!open_sealed(&s, key));
		CHECK_STR(e.rule, "STORE_POLICY");
	}
	tpm_close(&t);
}

TEST(does_not_load_in_another_tpm, "TPM-13")
{
	struct tpm_sealed s;
	uint8_t key[32];

	swtpm_ready(&chip, &t);
	CHECK(seal(&s));
	tpm_close(&t);
	swtpm_ready(&other, &t);
	CHECK(!open_sealed(&s, key));
	CHECK_STR(e.rule, "STORE_LOAD");
	CHECK(tpm_code(t.rc) == 0x1df);
	tpm_close(&t);
}

TEST(damage_does_not_load, "TPM-85")
{
	struct tpm_sealed s, broken;
	uint8_t key[32];

	swtpm_ready(&chip, &t);
	CHECK(seal(&s));
	for (size_t i = 0; i < s.private_size; i += 7) {
		broken = s;
		broken.private[i] ^= 1;
		CHECK(!open_sealed(&broken, key));
		CHECK_STR(e.rule, "STORE_LOAD");
	}
	for (size_t i = 0; i < s.public_size; i++) {
		uint8_t policy[32];

		broken = s;
		broken.public[i] ^= 1;
		CHECK(!open_sealed(&broken, key));
		/* The pure reader takes other digests, nothing else. */
		CHECK(tpm_seal_policy(bytes_of(broken.public, s.public_size), policy) ==
		      ((i >= 12 && i < 44) || i >= 48));
		CHECK(!tpm_seal_policy(bytes_of(s.public, i), policy));
	}
	tpm_close(&t);
}

static bool has_secret(const uint8_t *bytes, size_t size)
{
	return memmem(bytes, size, secret, 16) != NULL;
}

TEST(secret_never_crosses_the_bus_in_clear, "TPM-82 TPM-83")
{
	struct tpm_sealed s;
	uint8_t key[32];

	swtpm_ready(&chip, &t);
	interposer_install(&t);
	interposer.watch = has_secret;
	CHECK(seal(&s) && open_sealed(&s, key));
	CHECK(!interposer.seen);
	/* The watch works: what is sent in clear is seen. */
	CHECK(tpm_pcr_event(&t, 16, bytes_of(secret, 32), &e));
	CHECK(interposer.seen);
	tpm_close(&t);
}

/* --- what stays in memory --- */

static uint8_t inverted[32];

TEST(secret_does_not_stay_in_memory, "TPM-80")
{
	static uint8_t key[32];
	struct tpm_pcr_values values;
	uint8_t policy[32] = { 0 };
	struct tpm_sealed s;

	swtpm_ready(&chip, &t);
	CHECK(tpm_pcr_read(&t, MASK, &values, &e));
	tpm_policy_pcr(policy, &values);
	CHECK(tpm_random(&t, key, 32, &e));
	for (int i = 0; i < 32; i++)
		inverted[i] = key[i] ^ 0xff;
	CHECK(tpm_seal_create(&t, key, policy, &s, &e));
	CHECK(memory_holds(inverted)); /* the search works */
	bytes_wipe(key, sizeof(key));
	CHECK(tpm_pcr_event(&t, 16, bytes_of_text("next command"), &e));
	CHECK(!memory_holds(inverted));

	CHECK(open_sealed(&s, key) && (key[0] ^ inverted[0]) == 0xff);
	CHECK(memory_holds(inverted));
	bytes_wipe(key, sizeof(key));
	CHECK(tpm_pcr_event(&t, 16, bytes_of_text("sztp:loaded"), &e));
	CHECK(!memory_holds(inverted));
	tpm_close(&t);
}

/* --- an interposer that lies about everything --- */

static uint32_t state;

static uint32_t next(void)
{
	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static void mutate(uint32_t command, uint8_t *answer, size_t *size)
{
	(void)command;
	switch (next() % 6) {
	case 0: /* a length or code somewhere */
		answer[next() % *size] ^= 1 << next() % 8;
		break;
	case 1:
		answer[next() % *size] = 0xff;
		break;
	case 2:
		if (*size > 12)
			*size -= 1 + next() % (*size - 11);
		break;
	case 3: /* the header says what was sent, the inside does not */
		if (*size > 12)
			answer[10 + next() % 2] = next();
		break;
	}
}

TEST(lying_answers_neither_crash_nor_unseal, "TPM-82 TPM-85")
{
	struct tpm_sealed s;
	uint8_t policy[32] = { 0 };
	struct tpm_pcr_values values;
	size_t opened = 0;

	swtpm_ready(&chip, &t);
	CHECK(tpm_pcr_read(&t, MASK, &values, &e));
	tpm_policy_pcr(policy, &values);
	CHECK(tpm_seal_create(&t, secret, policy, &s, &e));
	interposer_install(&t);
	for (state = 1; state < 400; state = state < 400 ? state + 1 : 400) {
		uint32_t seed = state;
		uint8_t key[32] = { 0 };
		struct tpm_key_name name;
		uint16_t template;

		interposer.change = NULL;
		if (!tpm_restart(&t, &e))
			break;
		interposer.change = mutate;
		if (tpm_key_adopt_srk(&t, &name, &template, &e) &&
		    tpm_session_start(&t, &e) && tpm_pcr_read(&t, MASK, &values, &e) &&
		    open_sealed(&s, key)) {
			opened++;
			CHECK(memcmp(key, secret, 32) == 0);
		}
		state = seed;
	}
	interposer.change = NULL;
	CHECK(state == 400);
	CHECK(opened < 200);
	tpm_close(&t);
}

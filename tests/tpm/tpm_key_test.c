/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_key.h"

#include <bearssl.h>

#include "swtpm.h"
#include "tpm/tpm_esys.h"

static struct swtpm chip, other;
static struct tpm t;
static struct error e;

TEST(adopts_what_it_made, "TPM-12 TPM-13")
{
	struct tpm_key_name first, second;
	uint16_t template;

	swtpm_make(&chip);
	CHECK(swtpm_boot(&chip, &t));
	CHECK(tpm_key_adopt_srk(&t, &first, &template, &e));
	CHECK(template == 1 && first.size == 34 && first.bytes[1] == 0x0b);
	CHECK(tpm_key_adopt_srk(&t, &second, &template, &e));
	CHECK(template == 1 && memcmp(&first, &second, sizeof(first)) == 0);
	tpm_close(&t);
}

TEST(pins_by_name, "TPM-13 TPM-14 TPM-82")
{
	struct tpm_key_name name, wrong;
	uint16_t template;

	swtpm_ready(&chip, &t);
	CHECK(tpm_key_adopt_srk(&t, &name, &template, &e));
	CHECK(tpm_key_pin_srk(&t, TPM_KEY_SRK, 1, &name, &e) && tpm_session_start(&t, &e));
	wrong = name;
	wrong.bytes[10] ^= 1;
	CHECK(!tpm_key_pin_srk(&t, TPM_KEY_SRK, 1, &wrong, &e));
	CHECK_STR(e.rule, "STORE_FOREIGN");

	/* Gone from its handle: the template gives the same key, "as found" does not. */
	CHECK(tpm_key_evict(&t, TPM_KEY_SRK, &e));
	tpm_close(&t);
	CHECK(swtpm_boot(&chip, &t));
	CHECK(!tpm_key_pin_srk(&t, TPM_KEY_SRK, 0, &name, &e));
	CHECK_STR(e.rule, "STORE_FOREIGN");
	CHECK(tpm_key_pin_srk(&t, TPM_KEY_SRK, 1, &name, &e) && t.srk_transient);
	CHECK(tpm_session_start(&t, &e));
	tpm_close(&t);

	/* Another chip has another seed. */
	swtpm_make(&other);
	CHECK(swtpm_boot(&other, &t));
	CHECK(!tpm_key_pin_srk(&t, TPM_KEY_SRK, 1, &name, &e));
	CHECK_STR(e.rule, "STORE_FOREIGN");
	CHECK(tpm_key_adopt_srk(&t, &wrong, &template, &e));
	CHECK(!tpm_key_pin_srk(&t, TPM_KEY_SRK, 1, &name, &e));
	CHECK_STR(e.rule, "STORE_FOREIGN");
	tpm_close(&t);
}

/* Beside the genuine name, another key: P-256's base point. */
static void own_key(uint32_t command, uint8_t *answer, size_t *size)
{
	static const uint8_t x[4] = { 0x6b, 0x17, 0xd1, 0xf2 };

	/* TPM2B_PUBLIC behind the header: size, type .. kdf (24 bytes), x */
	if (command == 0x173 && *size > 80)
		memcpy(answer + 10 + 2 + 24, x, sizeof(x));
}

TEST(genuine_name_beside_another_key_is_refused, "TPM-13 TPM-82")
{
	struct tpm_key_name name;
	uint16_t template;

	swtpm_ready(&chip, &t);
	CHECK(tpm_key_adopt_srk(&t, &name, &template, &e));
	tpm_close(&t);
	CHECK(swtpm_boot(&chip, &t));
	interposer_install(&t);
	interposer.change = own_key;
	CHECK(!tpm_key_pin_srk(&t, TPM_KEY_SRK, 1, &name, &e));
	CHECK_STR(e.rule, "STORE_FOREIGN");
	CHECK(t.srk == TPM_NONE);
	tpm_close(&t);
}

static bool verifies(const struct tpm_key *key, const uint8_t *digest, size_t digest_size,
		     const uint8_t *signature, size_t size)
{
	br_ec_public_key public = { BR_EC_secp256r1, (uint8_t *)key->point, key->point_size };

	return br_ecdsa_vrfy_raw_get_default()(br_ec_get_default(), digest, digest_size,
					       &public, signature, size) == 1;
}

TEST(device_key_signs, "TPM-8 TPM-9 TPM-91 TPM-101 TPM-102")
{
	uint8_t digest[64], signature[128];
	struct tpm_key key;
	size_t size;

	memset(digest, 0x5a, sizeof(digest));
	swtpm_ready(&chip, &t);
	CHECK(!tpm_key_read(&t, TPM_KEY_DEVICE, &key, &e) && tpm_code(t.rc) == 0x18b);
	CHECK(tpm_key_create_device(&t, &e));
	CHECK(!tpm_key_create_device(&t, &e)); /* the handle is taken */
	CHECK(tpm_key_read(&t, TPM_KEY_DEVICE, &key, &e));
	CHECK(key.kind == TPM_KEY_KIND_ECC_P256 && key.point_size == 65 &&
	      !key.counts_tries && !key.fixed_hash);
	/* Often enough for an r or s with a leading zero to come along. */
	for (int i = 0; i < 300; i++) {
		digest[0] = i;
		digest[1] = i >> 8;
		size = sizeof(signature);
		CHECK(tpm_key_sign(&t, &key, bytes_of(digest, 32), signature, &size, &e));
		CHECK(size == 64 && verifies(&key, digest, 32, signature, size));
	}
	size = sizeof(signature);
	CHECK(tpm_key_sign(&t, &key, bytes_of(digest, 48), signature, &size, &e));
	CHECK(size == 64 && verifies(&key, digest, 48, signature, size));
	size = 63;
	CHECK(!tpm_key_sign(&t, &key, bytes_of(digest, 32), signature, &size, &e));
	size = sizeof(signature);
	CHECK(!tpm_key_sign(&t, &key, bytes_of(digest, 31), signature, &size, &e));
	CHECK_STR(e.rule, "TPM-101");
	/* The storage root key is restricted and does not sign. */
	CHECK(!tpm_key_read(&t, TPM_KEY_SRK, &key, &e));
	CHECK_STR(e.rule, "TPM-91");
	tpm_close(&t);
}

TEST(device_key_survives_a_reset_and_goes_away, "TPM-8")
{
	struct tpm_key before, after;
	uint32_t handles[16];
	size_t n;

	swtpm_ready(&chip, &t);
	CHECK(tpm_key_read(&t, TPM_KEY_DEVICE, &before, &e));
	tpm_close(&t);
	swtpm_ready(&chip, &t);
	CHECK(tpm_key_read(&t, TPM_KEY_DEVICE, &after, &e));
	CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	CHECK(tpm_key_list(&t, TPM_KEY_SRK, handles, 16, &n, &e));
	CHECK(n == 2 && handles[0] == TPM_KEY_SRK && handles[1] == TPM_KEY_DEVICE);
	CHECK(tpm_key_evict(&t, TPM_KEY_DEVICE, &e));
	CHECK(!tpm_key_read(&t, TPM_KEY_DEVICE, &after, &e));
	tpm_close(&t);
}

/* An RSA-2048 signing key at a maker's handle, made by hand. */
static bool make_rsa_key(uint32_t handle, TPMA_OBJECT attributes)
{
	static const TPM2B_SENSITIVE_CREATE none;
	static const TPM2B_DATA data;
	static const TPML_PCR_SELECTION pcrs;
	TPM2B_PUBLIC public = { .publicArea = { .type = TPM2_ALG_RSA,
						.nameAlg = TPM2_ALG_SHA256,
						.objectAttributes = attributes } };
	TPMS_RSA_PARMS *p = &public.publicArea.parameters.rsaDetail;
	ESYS_TR object, persistent;

	p->symmetric.algorithm = TPM2_ALG_NULL;
	p->scheme.scheme = TPM2_ALG_NULL;
	p->keyBits = 2048;
	if (Esys_CreatePrimary(t.esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			       ESYS_TR_NONE, &none, &public, &data, &pcrs, &object, NULL,
			       NULL, NULL, NULL) != TSS2_RC_SUCCESS)
		return false;
	if (Esys_EvictControl(t.esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
			      ESYS_TR_NONE, ESYS_TR_NONE, handle,
			      &persistent) != TSS2_RC_SUCCESS)
		return false;
	Esys_FlushContext(t.esys, object);
	return true;
}

TEST(rsa_key_signs_and_is_shut_down_after, "TPM-92 TPM-102 TPM-105")
{
	uint8_t digest[32] = { 1 }, signature[512], recovered[32];
	struct tpm_key key;
	br_rsa_public_key public;
	uint8_t exponent[3] = { 1, 0, 1 };
	size_t size = sizeof(signature);

	swtpm_ready(&chip, &t);
	CHECK(make_rsa_key(0x81020000, 0x00040072)); /* no noDA, as makers do */
	CHECK(tpm_key_read(&t, 0x81020000, &key, &e));
	CHECK(key.kind == TPM_KEY_KIND_RSA && key.counts_tries && key.exponent == 65537);
	CHECK(tpm_key_sign(&t, &key, bytes_of(digest, 32), signature, &size, &e));
	CHECK(size == 256);
	public = (br_rsa_public_key){ key.modulus, key.modulus_size, exponent, 3 };
	CHECK(br_rsa_pkcs1_vrfy_get_default()(signature, size, BR_HASH_OID_SHA256, 32,
					      &public, recovered) == 1 &&
	      memcmp(recovered, digest, 32) == 0);
	tpm_close(&t);
}

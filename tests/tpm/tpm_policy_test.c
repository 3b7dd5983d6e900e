/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_policy.h"

#include "base/text.h"
#include "swtpm.h"
#include "tpm/tpm_esys.h"

/* Each digest computed here against the TPM's own, from a trial session (TPM-62). */

static struct swtpm chip;
static struct tpm t;
static ESYS_TR session;
static struct tpm_key_name srk;

static bool ready(void)
{
	struct error e;
	uint16_t template;

	if (!chip.pid) {
		swtpm_make(&chip);
		if (!swtpm_boot(&chip, &t) || !tpm_key_adopt_srk(&t, &srk, &template, &e) ||
		    !tpm_session_start(&t, &e)) {
			printf("no TPM: %s\n", e.text);
			exit(1);
		}
	}
	return tpm_session_policy(&t, true, &session, &e);
}

/* What the trial session holds, then it is gone. */
static bool agrees(const uint8_t digest[static 32])
{
	TPM2B_DIGEST *theirs;
	bool equal;

	if (Esys_PolicyGetDigest(t.esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				 &theirs) != TSS2_RC_SUCCESS)
		return false;
	equal = theirs->size == 32 && memcmp(theirs->buffer, digest, 32) == 0;
	Esys_Free(theirs);
	tpm_session_flush(&t, session);
	return equal;
}

#define NONE3	 ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define OK(CALL) CHECK((CALL) == TSS2_RC_SUCCESS)

TEST(pcr_digest_is_the_tpms, "TPM-62")
{
	static const uint32_t masks[] = { 1u << 11, 1u << 4 | 1u << 9 | 1u << 11,
					  1u << 7 | 1u << 11 | 1u << 12 | 1u << 13,
					  0xffffff };

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		TPML_PCR_SELECTION s = { .count = 1 };
		TPM2B_DIGEST any = { 0 };
		struct tpm_pcr_values values;
		uint8_t digest[32] = { 0 };
		struct error e;

		CHECK(ready());
		CHECK(tpm_pcr_read(&t, masks[i], &values, &e));
		s.pcrSelections[0].hash = TPM2_ALG_SHA256;
		s.pcrSelections[0].sizeofSelect = 3;
		for (int b = 0; b < 3; b++)
			s.pcrSelections[0].pcrSelect[b] = masks[i] >> (8 * b);
		OK(Esys_PolicyPCR(t.esys, session, NONE3, &any, &s));
		tpm_policy_pcr(digest, &values);
		CHECK(agrees(digest));
	}
}

static struct tpm_key_name name_of(const TPM2B_NAME *n)
{
	struct tpm_key_name name = { .size = n->size };

	memcpy(name.bytes, n->name, n->size);
	return name;
}

TEST(authorize_digest_is_the_tpms, "TPM-62")
{
	TPMT_TK_VERIFIED ticket = { .tag = TPM2_ST_VERIFIED, .hierarchy = TPM2_RH_OWNER };
	TPM2B_NONCE reference = { .size = 11, .buffer = "sztp.unseal" };
	TPM2B_DIGEST approved = { 0 };
	TPM2B_NAME key = { .size = srk.size };
	uint8_t digest[32];

	CHECK(ready());
	memcpy(key.name, srk.bytes, srk.size);
	key.size = srk.size;
	OK(Esys_PolicyAuthorize(t.esys, session, NONE3, &approved, &reference, &key,
				&ticket));
	tpm_policy_authorize(digest, &srk, bytes_of_text("sztp.unseal"));
	CHECK(agrees(digest));
}

TEST(signed_digest_is_the_tpms, "TPM-62")
{
	/* A trial session looks at the key's name alone. */
	TPM2B_PUBLIC public = { .publicArea = { .type = TPM2_ALG_ECC,
						.nameAlg = TPM2_ALG_SHA256,
						.objectAttributes = 0x00060040 } };
	TPMT_PUBLIC *a = &public.publicArea;
	TPMT_SIGNATURE signature = { .sigAlg = TPM2_ALG_ECDSA };
	TPM2B_NONCE no_nonce = { 0 }, reference = { .size = 10, .buffer = "sztp.enrol" };
	TPM2B_DIGEST no_digest = { 0 };
	TPM2B_NAME *name;
	struct tpm_key_name key;
	uint8_t digest[32] = { 0 };
	ESYS_TR object;

	a->parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
	a->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
	a->parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
	a->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
	/* P-256's base point is a public key like any other. */
	CHECK(text_unhex(a->unique.ecc.x.buffer, 32,
			 bytes_of_text("6b17d1f2e12c4247f8bce6e563a440f2"
				       "77037d812deb33a0f4a13945d898c296")));
	CHECK(text_unhex(a->unique.ecc.y.buffer, 32,
			 bytes_of_text("4fe342e2fe1a7f9b8ee7eb4a7c0f9e16"
				       "2bce33576b315ececbb6406837bf51f5")));
	a->unique.ecc.x.size = a->unique.ecc.y.size = 32;
	signature.signature.ecdsa.hash = TPM2_ALG_SHA256;
	signature.signature.ecdsa.signatureR.size =
		signature.signature.ecdsa.signatureS.size = 32;

	CHECK(ready());
	OK(Esys_LoadExternal(t.esys, NONE3, NULL, &public, ESYS_TR_RH_OWNER, &object));
	OK(Esys_TR_GetName(t.esys, object, &name));
	key = name_of(name);
	Esys_Free(name);
	OK(Esys_PolicySigned(t.esys, object, session, NONE3, &no_nonce, &no_digest,
			     &reference, 0, &signature, NULL, NULL));
	Esys_FlushContext(t.esys, object);
	tpm_policy_signed(digest, &key, bytes_of_text("sztp.enrol"));
	CHECK(agrees(digest));
}

TEST(nv_digest_is_the_tpms, "TPM-62")
{
	TPM2B_AUTH none = { 0 };
	TPM2B_NV_PUBLIC public = { .nvPublic = { .nvIndex = 0x01805a54,
						 .nameAlg = TPM2_ALG_SHA256,
						 .attributes = 0x02040000 |
							       TPMA_NV_OWNERWRITE,
						 .dataSize = 48 } };
	TPM2B_MAX_NV_BUFFER zeros = { .size = 48 };
	TPM2B_OPERAND operand = { .size = 8, .buffer = { 0, 0, 0, 0, 0, 0, 0, 7 } };
	struct tpm_key_name name;
	TPM2B_NAME *found;
	uint8_t digest[32] = { 0 };
	ESYS_TR nv;

	CHECK(ready());
	OK(Esys_NV_DefineSpace(t.esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			       ESYS_TR_NONE, &none, &public, &nv));
	OK(Esys_NV_Write(t.esys, ESYS_TR_RH_OWNER, nv, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			 ESYS_TR_NONE, &zeros, 0));
	OK(Esys_TR_GetName(t.esys, nv, &found));
	name = name_of(found);
	Esys_Free(found);
	OK(Esys_PolicyNV(t.esys, nv, nv, session, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			 ESYS_TR_NONE, &operand, 8, TPM2_EO_UNSIGNED_LE));
	tpm_policy_nv_at_most(digest, &name, 8, bytes_of(operand.buffer, 8));
	CHECK(agrees(digest));
}

TEST(command_and_or_digests_are_the_tpms, "TPM-62")
{
	TPML_DIGEST list = { .count = 2 };
	uint8_t branches[2][32] = { { 0 }, { 0 } }, digest[32] = { 0 };

	tpm_policy_command(branches[0], TPM2_CC_NV_Write);
	tpm_policy_command(branches[1], TPM2_CC_Sign);
	for (int i = 0; i < 2; i++) {
		list.digests[i].size = 32;
		memcpy(list.digests[i].buffer, branches[i], 32);
	}
	CHECK(ready());
	OK(Esys_PolicyCommandCode(t.esys, session, NONE3, TPM2_CC_NV_Write));
	OK(Esys_PolicyOR(t.esys, session, NONE3, &list));
	tpm_policy_or(digest, (const uint8_t(*)[32])branches, 2);
	CHECK(agrees(digest));
	CHECK(ready());
	OK(Esys_PolicyCommandCode(t.esys, session, NONE3, TPM2_CC_NV_Write));
	CHECK(agrees(branches[0]));
}

TEST(closes, "TPM-84")
{
	tpm_close(&t);
	CHECK(!tpm_is_open(&t));
	CHECK(tpm_open(&t, chip.address, 1, &(struct error){ 0 }));
	tpm_close(&t);
	tpm_close(&t);
}

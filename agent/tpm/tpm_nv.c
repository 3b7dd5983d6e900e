/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_nv.h"

#include "config.h"
#include "tpm/tpm_esys.h"
#include "tpm/tpm_key.h"

#define ATTRIBUTES (TPMA_NV_OWNERWRITE | TPMA_NV_OWNERREAD | TPMA_NV_AUTHREAD | TPMA_NV_NO_DA)

/* ESYS' number and the public area of an index. */
static bool open_index(struct tpm *t, uint32_t index, ESYS_TR *nv, TPM2B_NV_PUBLIC *public,
		       struct error *e)
{
	TPM2B_NV_PUBLIC *found = NULL;
	TSS2_RC rc = TPM_CALL(Esys_TR_FromTPMPublic(t->esys, index, tpm_session_around(t, 0),
						    ESYS_TR_NONE, ESYS_TR_NONE, nv));

	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "NV_ReadPublic", e);
	rc = TPM_CALL(Esys_NV_ReadPublic(t->esys, *nv, tpm_session_around(t, 0), ESYS_TR_NONE,
					 ESYS_TR_NONE, &found, NULL));
	if (rc != TSS2_RC_SUCCESS) {
		(void)Esys_TR_Close(t->esys, nv);
		return tpm_fail(t, rc, "NV_ReadPublic", e);
	}
	*public = *found;
	Esys_Free(found);
	return true;
}

bool tpm_nv_size(struct tpm *t, uint32_t index, size_t *size, struct error *e)
{
	TPM2B_NV_PUBLIC public;
	ESYS_TR nv;

	if (!open_index(t, index, &nv, &public, e))
		return false;
	(void)Esys_TR_Close(t->esys, &nv);
	*size = public.nvPublic.dataSize;
	return true;
}

static bool read_pieces(struct tpm *t, ESYS_TR who, ESYS_TR nv, uint8_t *to, size_t size,
			struct error *e)
{
	for (size_t at = 0; at < size;) {
		uint16_t piece = size - at < t->nv_buffer_max ? size - at : t->nv_buffer_max;
		TPM2B_MAX_NV_BUFFER *data = NULL;
		TSS2_RC rc = TPM_CALL(Esys_NV_Read(
			t->esys, who, nv, tpm_session_for(t, TPMA_SESSION_ENCRYPT),
			ESYS_TR_NONE, ESYS_TR_NONE, piece, at, &data));

		if (rc == TSS2_RC_SUCCESS && data->size != piece) {
			Esys_Free(data);
			rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
		}
		if (rc != TSS2_RC_SUCCESS)
			return tpm_fail(t, rc, "NV_Read", e);
		memcpy(to + at, data->buffer, piece);
		Esys_Free(data);
		at += piece;
	}
	return true;
}

bool tpm_nv_read(struct tpm *t, uint32_t index, uint8_t *to, size_t room, size_t *size,
		 struct error *e)
{
	TPM2B_NV_PUBLIC public;
	ESYS_TR nv;
	bool ok;

	if (!open_index(t, index, &nv, &public, e))
		return false;
	if (public.nvPublic.dataSize > room)
		ok = error_set(e, ERROR_REFUSED, "TPM-11",
			       "NV index %08x has %u bytes, limit %zu", index,
			       public.nvPublic.dataSize, room);
	else if (public.nvPublic.attributes & TPMA_NV_AUTHREAD)
		ok = read_pieces(t, nv, nv, to, public.nvPublic.dataSize, e);
	else
		ok = read_pieces(t, ESYS_TR_RH_OWNER, nv, to, public.nvPublic.dataSize, e);
	(void)Esys_TR_Close(t->esys, &nv);
	if (ok)
		*size = public.nvPublic.dataSize;
	return ok;
}

bool tpm_nv_remove(struct tpm *t, uint32_t index, struct error *e)
{
	ESYS_TR nv;
	TPM2B_NV_PUBLIC public;
	TSS2_RC rc;

	if (!open_index(t, index, &nv, &public, e))
		return tpm_code(t->rc) == 0x18b;
	rc = TPM_CALL(Esys_NV_UndefineSpace(t->esys, ESYS_TR_RH_OWNER, nv,
					    tpm_session_for(t, 0), ESYS_TR_NONE,
					    ESYS_TR_NONE));
	return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "NV_UndefineSpace", e);
}

static bool write_pieces(struct tpm *t, ESYS_TR nv, struct bytes data, struct error *e)
{
	for (size_t at = 0; at < data.size;) {
		TPM2B_MAX_NV_BUFFER piece = { 0 };
		TSS2_RC rc;

		piece.size = data.size - at < t->nv_buffer_max ? data.size - at
							       : t->nv_buffer_max;
		memcpy(piece.buffer, data.at + at, piece.size);
		rc = TPM_CALL(Esys_NV_Write(t->esys, ESYS_TR_RH_OWNER, nv,
					    tpm_session_for(t, TPMA_SESSION_DECRYPT),
					    ESYS_TR_NONE, ESYS_TR_NONE, &piece, at));
		if (rc != TSS2_RC_SUCCESS)
			return tpm_fail(t, rc, "NV_Write", e);
		at += piece.size;
	}
	return true;
}

bool tpm_nv_store(struct tpm *t, uint32_t index, struct bytes data, struct error *e)
{
	TPM2B_AUTH no_password = { 0 };
	TPM2B_NV_PUBLIC public = { .nvPublic = {
					   .nvIndex = index,
					   .nameAlg = TPM2_ALG_SHA256,
					   .attributes = ATTRIBUTES,
					   .dataSize = data.size,
				   } };
	size_t used;
	ESYS_TR nv;
	TSS2_RC rc;
	bool ok;

	if (!tpm_nv_remove(t, index, e) || !tpm_nv_used(t, &used, e))
		return false;
	if (data.size > t->nv_index_max || used + data.size > CONFIG_TPM_OWN_NV_MAX)
		return error_set(
			e, ERROR_REFUSED, "TPM-10",
			"%zu bytes do not fit into TPM NV (%zu of %u used, index at most %u)",
			data.size, used, CONFIG_TPM_OWN_NV_MAX, t->nv_index_max);
	rc = TPM_CALL(Esys_NV_DefineSpace(t->esys, ESYS_TR_RH_OWNER, tpm_session_for(t, 0),
					  ESYS_TR_NONE, ESYS_TR_NONE, &no_password, &public,
					  &nv));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "NV_DefineSpace", e);
	ok = write_pieces(t, nv, data, e);
	(void)Esys_TR_Close(t->esys, &nv);
	return ok;
}

bool tpm_nv_list(struct tpm *t, uint32_t first, uint32_t last, uint32_t *indices, size_t max,
		 size_t *count, struct error *e)
{
	size_t n, kept = 0;

	if (!tpm_key_list(t, first, indices, max, &n, e))
		return false;
	while (kept < n && indices[kept] >= first && indices[kept] <= last)
		kept++;
	*count = kept;
	return true;
}

bool tpm_nv_used(struct tpm *t, size_t *size, struct error *e)
{
	uint32_t indices[64];
	size_t n, sum = 0, one;

	if (!tpm_nv_list(t, TPM_NV_OURS_FIRST, TPM_NV_OURS_LAST, indices, ARRAY_SIZE(indices),
			 &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!tpm_nv_size(t, indices[i], &one, e))
			return false;
		sum += one;
	}
	*size = sum;
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "tpm/tpm_key.h"

#include <bearssl.h>
#include <stdlib.h>
#include <tss2/tss2_mu.h>

#include "base/text.h"
#include "tpm/tpm_esys.h"
#include "tpm/tpm_session.h"

/* Attribute words of tpm-trust-store.md 3.1 and 13.1. */
#define SRK_ATTRIBUTES                                                                       \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |  \
	 TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |              \
	 TPMA_OBJECT_DECRYPT)
#define DEVICE_ATTRIBUTES                                                                    \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |  \
	 TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_SIGN_ENCRYPT)

static const TPM2B_SENSITIVE_CREATE no_password;
static const TPM2B_DATA no_data;
static const TPML_PCR_SELECTION no_pcrs;

static TPM2B_PUBLIC srk_template(void)
{
	TPM2B_PUBLIC p = { 0 };
	TPMT_PUBLIC *a = &p.publicArea;

	a->type = TPM2_ALG_ECC;
	a->nameAlg = TPM2_ALG_SHA256;
	a->objectAttributes = SRK_ATTRIBUTES;
	a->parameters.eccDetail.symmetric.algorithm = TPM2_ALG_AES;
	a->parameters.eccDetail.symmetric.keyBits.aes = 128;
	a->parameters.eccDetail.symmetric.mode.aes = TPM2_ALG_CFB;
	a->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
	a->parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
	a->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
	return p;
}

static TPM2B_PUBLIC device_template(void)
{
	TPM2B_PUBLIC p = srk_template();
	TPMT_PUBLIC *a = &p.publicArea;

	a->objectAttributes = DEVICE_ATTRIBUTES;
	a->parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
	return p;
}

static bool names_equal(const struct tpm_key_name *a, const struct tpm_key_name *b)
{
	return bytes_equal(bytes_of(a->bytes, a->size), bytes_of(b->bytes, b->size));
}

/* The last bytes of a name, for people. */
static const char *name_end(char to[static 16], const struct tpm_key_name *name)
{
	size_t n = name->size < 4 ? name->size : 4;

	return text_hex(to, 16, bytes_of(name->bytes + name->size - n, n));
}

/* --- names --- */

static bool public_name(const TPMT_PUBLIC *area, struct tpm_key_name *name)
{
	const br_hash_class *hash = area->nameAlg == TPM2_ALG_SHA256   ? &br_sha256_vtable
				    : area->nameAlg == TPM2_ALG_SHA384 ? &br_sha384_vtable
				    : area->nameAlg == TPM2_ALG_SHA512 ? &br_sha512_vtable
								       : NULL;
	br_hash_compat_context c;
	uint8_t bytes[sizeof(TPMT_PUBLIC)];
	size_t used = 0;

	if (!hash ||
	    Tss2_MU_TPMT_PUBLIC_Marshal(area, bytes, sizeof(bytes), &used) != TSS2_RC_SUCCESS)
		return false;
	name->bytes[0] = area->nameAlg >> 8;
	name->bytes[1] = area->nameAlg;
	hash->init(&c.vtable);
	hash->update(&c.vtable, bytes, used);
	hash->out(&c.vtable, name->bytes + 2);
	name->size = 2 + ((hash->desc >> BR_HASHDESC_OUT_OFF) & BR_HASHDESC_OUT_MASK);
	return true;
}

/*
 * The public area that ESYS holds for @object, out of its serialised form (handle, name,
 * type, TPM2B_PUBLIC).  For keys found at a handle ESYS believes the name that came with
 * the answer without hashing the public area, and salts sessions with that area: an
 * interposer could send the genuine name beside its own key.  So names are always computed
 * here, over exactly what ESYS will use.
 */
static bool public_in_use(struct tpm *t, ESYS_TR object, TPM2B_PUBLIC *public,
			  struct error *e)
{
	uint8_t *bytes = NULL;
	size_t size, at = 4;
	TPM2B_NAME name = { 0 };
	UINT32 type;
	TSS2_RC rc = Esys_TR_Serialize(t->esys, object, &bytes, &size);

	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "ReadPublic", e);
	memset(public, 0, sizeof(*public));
	rc = Tss2_MU_TPM2B_NAME_Unmarshal(bytes, size, &at, &name);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_MU_UINT32_Unmarshal(bytes, size, &at, &type);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_MU_TPM2B_PUBLIC_Unmarshal(bytes, size, &at, public);
	Esys_Free(bytes);
	return rc == TSS2_RC_SUCCESS ||
	       tpm_fail(t, TSS2_ESYS_RC_MALFORMED_RESPONSE, "ReadPublic", e);
}

static bool name_in_use(struct tpm *t, ESYS_TR object, struct tpm_key_name *name,
			struct error *e)
{
	TPM2B_PUBLIC public;

	if (!public_in_use(t, object, &public, e))
		return false;
	return public_name(&public.publicArea, name) ||
	       error_set(e, ERROR_REFUSED, "STORE_FOREIGN",
			 "storage root key uses an unknown hash algorithm");
}

/* --- storage root key --- */

static bool open_handle(struct tpm *t, uint32_t handle, ESYS_TR *object, struct error *e)
{
	TSS2_RC rc = TPM_CALL(Esys_TR_FromTPMPublic(t->esys, handle, tpm_session_around(t, 0),
						    ESYS_TR_NONE, ESYS_TR_NONE, object));

	return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "ReadPublic", e);
}

static bool create_srk(struct tpm *t, ESYS_TR *object, struct error *e)
{
	TPM2B_PUBLIC template = srk_template();
	TSS2_RC rc = TPM_CALL(Esys_CreatePrimary(
		t->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
		&no_password, &template, &no_data, &no_pcrs, object, NULL, NULL, NULL, NULL));

	return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "CreatePrimary", e);
}

static void pin(struct tpm *t, ESYS_TR object, bool transient)
{
	tpm_session_end(t);
	if (t->srk != TPM_NONE && t->srk_transient)
		(void)Esys_FlushContext(t->esys, t->srk);
	t->srk = object;
	t->srk_transient = transient;
}

static bool is_storage_key(const TPMT_PUBLIC *a)
{
	const TPMA_OBJECT must = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
				 TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED |
				 TPMA_OBJECT_DECRYPT;

	if ((a->objectAttributes & must) != must ||
	    (a->objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT))
		return false;
	if (a->type == TPM2_ALG_RSA)
		return a->parameters.rsaDetail.keyBits == 2048;
	return a->type == TPM2_ALG_ECC &&
	       (a->parameters.eccDetail.curveID == TPM2_ECC_NIST_P256 ||
		a->parameters.eccDetail.curveID == TPM2_ECC_NIST_P384);
}

static bool make_srk_persistent(struct tpm *t, ESYS_TR *object, struct error *e)
{
	ESYS_TR transient, persistent = ESYS_TR_NONE;
	TSS2_RC rc;

	if (!create_srk(t, &transient, e))
		return false;
	rc = TPM_CALL(Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, transient,
					ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM_KEY_SRK, &persistent));
	(void)Esys_FlushContext(t->esys, transient);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "EvictControl", e);
	/* The library does not count this reference: the next one to close would take it
	 * away. */
	(void)Esys_TR_Close(t->esys, &persistent);
	return open_handle(t, TPM_KEY_SRK, object, e);
}

/* Is it what our template gives?  Everything but the point itself. */
static bool is_template(const TPMT_PUBLIC *a)
{
	TPM2B_PUBLIC template = srk_template();
	TPMT_PUBLIC blank = *a;
	struct tpm_key_name one, two;

	if (a->type != TPM2_ALG_ECC)
		return false;
	memset(&blank.unique, 0, sizeof(blank.unique));
	return public_name(&blank, &one) && public_name(&template.publicArea, &two) &&
	       names_equal(&one, &two);
}

bool tpm_key_adopt_srk(struct tpm *t, struct tpm_key_name *name, uint16_t *template_number,
		       struct error *e)
{
	ESYS_TR object;
	TPM2B_PUBLIC public;
	struct tpm_key_name found;

	if (!open_handle(t, TPM_KEY_SRK, &object, e) &&
	    (tpm_code(t->rc) != 0x18b || !make_srk_persistent(t, &object, e)))
		return false;
	if (!public_in_use(t, object, &public, e))
		return false;
	if (!is_storage_key(&public.publicArea) || !public_name(&public.publicArea, &found))
		return error_set(e, ERROR_REFUSED, "TPM-12",
				 "key at %08x is no storage root key we can use",
				 TPM_KEY_SRK);
	pin(t, object, false);
	*template_number = is_template(&public.publicArea) ? 1 : 0;
	*name = found;
	return true;
}

bool tpm_key_pin_srk(struct tpm *t, uint32_t handle, uint16_t template_number,
		     const struct tpm_key_name *expected, struct error *e)
{
	ESYS_TR object;
	struct tpm_key_name found;
	bool transient = false;
	char is[16], wanted[16];

	tpm_session_end(t);
	if (!open_handle(t, handle, &object, e)) {
		if (tpm_code(t->rc) != 0x18b)
			return false;
		if (template_number != 1)
			return error_set(
				e, ERROR_REFUSED, "STORE_FOREIGN",
				"belongs to another TPM (no storage root key at %08x)",
				handle);
		if (!create_srk(t, &object, e))
			return false;
		transient = true;
	}
	if (!name_in_use(t, object, &found, e))
		goto refuse;
	if (!names_equal(&found, expected)) {
		error_set(e, ERROR_REFUSED, "STORE_FOREIGN",
			  "belongs to another TPM (storage key ...%s, expected ...%s)",
			  name_end(is, &found), name_end(wanted, expected));
		goto refuse;
	}
	pin(t, object, transient);
	return true;
refuse:
	if (transient)
		(void)Esys_FlushContext(t->esys, object);
	else
		(void)Esys_TR_Close(t->esys, &object);
	return false;
}

/* --- device key --- */

bool tpm_key_create_device(struct tpm *t, struct error *e)
{
	TPM2B_PUBLIC template = device_template(), *public = NULL;
	TPM2B_PRIVATE *private = NULL;
	ESYS_TR transient, persistent;
	TSS2_RC rc;

	rc = TPM_CALL(Esys_Create(t->esys, t->srk, tpm_session_for(t, TPMA_SESSION_DECRYPT),
				  ESYS_TR_NONE, ESYS_TR_NONE, &no_password, &template,
				  &no_data, &no_pcrs, &private, &public, NULL, NULL, NULL));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "Create", e);
	rc = TPM_CALL(Esys_Load(t->esys, t->srk, tpm_session_for(t, 0), ESYS_TR_NONE,
				ESYS_TR_NONE, private, public, &transient));
	Esys_Free(private);
	Esys_Free(public);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "Load", e);
	rc = TPM_CALL(Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, transient,
					tpm_session_for(t, 0), ESYS_TR_NONE, ESYS_TR_NONE,
					TPM_KEY_DEVICE, &persistent));
	(void)Esys_FlushContext(t->esys, transient);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "EvictControl", e);
	(void)Esys_TR_Close(t->esys, &persistent);
	return true;
}

static bool ecc_key(struct tpm_key *key, const TPMT_PUBLIC *a)
{
	const TPMS_ECC_POINT *point = &a->unique.ecc;
	const TPMT_ECC_SCHEME *scheme = &a->parameters.eccDetail.scheme;
	size_t size;

	if (a->parameters.eccDetail.curveID == TPM2_ECC_NIST_P256) {
		key->kind = TPM_KEY_KIND_ECC_P256;
		size = 32;
	} else if (a->parameters.eccDetail.curveID == TPM2_ECC_NIST_P384) {
		key->kind = TPM_KEY_KIND_ECC_P384;
		size = 48;
	} else {
		return false;
	}
	if (scheme->scheme == TPM2_ALG_ECDSA)
		key->fixed_hash = scheme->details.ecdsa.hashAlg;
	else if (scheme->scheme != TPM2_ALG_NULL)
		return false;
	if (point->x.size > size || point->y.size > size)
		return false;
	key->point[0] = 4;
	memcpy(key->point + 1 + size - point->x.size, point->x.buffer, point->x.size);
	memcpy(key->point + 1 + 2 * size - point->y.size, point->y.buffer, point->y.size);
	key->point_size = 1 + 2 * size;
	return true;
}

static bool rsa_key(struct tpm_key *key, const TPMT_PUBLIC *a)
{
	const TPMT_RSA_SCHEME *scheme = &a->parameters.rsaDetail.scheme;

	if (scheme->scheme == TPM2_ALG_RSASSA)
		key->fixed_hash = scheme->details.rsassa.hashAlg;
	else if (scheme->scheme != TPM2_ALG_NULL)
		return false;
	if (a->unique.rsa.size < 256 || a->unique.rsa.size > sizeof(key->modulus))
		return false;
	key->kind = TPM_KEY_KIND_RSA;
	memcpy(key->modulus, a->unique.rsa.buffer, a->unique.rsa.size);
	key->modulus_size = a->unique.rsa.size;
	key->exponent = a->parameters.rsaDetail.exponent ? a->parameters.rsaDetail.exponent
							 : 65537;
	return true;
}

bool tpm_key_read(struct tpm *t, uint32_t handle, struct tpm_key *key, struct error *e)
{
	struct tpm_key k = { .handle = handle };
	TPM2B_PUBLIC public;
	const TPMT_PUBLIC *a = &public.publicArea;
	ESYS_TR object;
	bool ok;

	if (!open_handle(t, handle, &object, e))
		return false;
	ok = public_in_use(t, object, &public, e);
	(void)Esys_TR_Close(t->esys, &object);
	if (!ok)
		return false;
	if (!(a->objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) ||
	    (a->objectAttributes & TPMA_OBJECT_RESTRICTED) ||
	    !(a->objectAttributes & TPMA_OBJECT_USERWITHAUTH) ||
	    !(a->type == TPM2_ALG_ECC ? ecc_key(&k, a)
				      : a->type == TPM2_ALG_RSA && rsa_key(&k, a)))
		return error_set(e, ERROR_REFUSED, "TPM-91",
				 "key at %08x is no unrestricted signing key we can use",
				 handle);
	k.counts_tries = !(a->objectAttributes & TPMA_OBJECT_NODA);
	*key = k;
	return true;
}

bool tpm_key_list(struct tpm *t, uint32_t first, uint32_t *handles, size_t max, size_t *count,
		  struct error *e)
{
	TPMS_CAPABILITY_DATA *data;
	TPMI_YES_NO more;
	TSS2_RC rc = TPM_CALL(Esys_GetCapability(t->esys, tpm_session_around(t, 0),
						 ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES,
						 first, max, &more, &data));

	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "GetCapability", e);
	if (data->capability != TPM2_CAP_HANDLES) {
		Esys_Free(data);
		return tpm_fail(t, TSS2_ESYS_RC_MALFORMED_RESPONSE, "GetCapability", e);
	}
	*count = 0;
	for (uint32_t i = 0; i < data->data.handles.count && *count < max; i++)
		handles[(*count)++] = data->data.handles.handle[i];
	Esys_Free(data);
	return true;
}

/* --- signing --- */

static bool hash_for(size_t digest_size, TPMI_ALG_HASH *hash)
{
	*hash = digest_size == 32   ? TPM2_ALG_SHA256
		: digest_size == 48 ? TPM2_ALG_SHA384
		: digest_size == 64 ? TPM2_ALG_SHA512
				    : TPM2_ALG_NULL;
	return *hash != TPM2_ALG_NULL;
}

/* r and s, or the RSA signature, left-padded: TPMs may return fewer bytes (TPM-102). */
static bool padded(uint8_t *to, size_t size, const uint8_t *from, size_t from_size)
{
	if (from_size > size)
		return false;
	memset(to, 0, size - from_size);
	memcpy(to + size - from_size, from, from_size);
	return true;
}

static bool take_signature(const struct tpm_key *key, const TPMT_SIGNATURE *s, uint8_t *to,
			   size_t *size)
{
	size_t half = (key->point_size - 1) / 2;

	if (key->kind == TPM_KEY_KIND_RSA) {
		if (s->sigAlg != TPM2_ALG_RSASSA || *size < key->modulus_size ||
		    !padded(to, key->modulus_size, s->signature.rsassa.sig.buffer,
			    s->signature.rsassa.sig.size))
			return false;
		*size = key->modulus_size;
		return true;
	}
	if (s->sigAlg != TPM2_ALG_ECDSA || *size < 2 * half ||
	    !padded(to, half, s->signature.ecdsa.signatureR.buffer,
		    s->signature.ecdsa.signatureR.size) ||
	    !padded(to + half, half, s->signature.ecdsa.signatureS.buffer,
		    s->signature.ecdsa.signatureS.size))
		return false;
	*size = 2 * half;
	return true;
}

static bool sign_with(struct tpm *t, ESYS_TR object, const struct tpm_key *key,
		      struct bytes digest, TPMI_ALG_HASH hash, uint8_t *to, size_t *size,
		      struct error *e)
{
	TPMT_SIG_SCHEME scheme = {
		.scheme = key->kind == TPM_KEY_KIND_RSA ? TPM2_ALG_RSASSA : TPM2_ALG_ECDSA,
		.details.any.hashAlg = hash,
	};
	TPMT_TK_HASHCHECK ticket = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	TPM2B_DIGEST data = { .size = digest.size };
	TPMT_SIGNATURE *signature = NULL;
	bool taken;
	TSS2_RC rc;

	memcpy(data.buffer, digest.at, digest.size);
	rc = TPM_CALL(Esys_Sign(t->esys, object, tpm_session_for(t, 0), ESYS_TR_NONE,
				ESYS_TR_NONE, &data, &scheme, &ticket, &signature));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail(t, rc, "Sign", e);
	taken = take_signature(key, signature, to, size);
	Esys_Free(signature);
	return taken || tpm_fail(t, TSS2_ESYS_RC_MALFORMED_RESPONSE, "Sign", e);
}

bool tpm_key_sign(struct tpm *t, const struct tpm_key *key, struct bytes digest, uint8_t *to,
		  size_t *size, struct error *e)
{
	TPMI_ALG_HASH hash;
	ESYS_TR object;
	bool ok;

	if (!hash_for(digest.size, &hash))
		return error_set(e, ERROR_MACHINE, "TPM-101", "digest of %zu bytes to sign",
				 digest.size);
	if (key->fixed_hash && key->fixed_hash != hash)
		return error_set(e, ERROR_REFUSED, "TPM-99",
				 "device key does not sign digests of %zu bytes",
				 digest.size);
	if (!open_handle(t, key->handle, &object, e))
		return false;
	ok = sign_with(t, object, key, digest, hash, to, size, e);
	(void)Esys_TR_Close(t->esys, &object);
	/* Otherwise three power cuts lock the TPM (TPM-105). */
	if (ok && key->counts_tries)
		ok = tpm_shutdown(t, e);
	return ok;
}

bool tpm_key_evict(struct tpm *t, uint32_t handle, struct error *e)
{
	ESYS_TR object, none;
	TSS2_RC rc;

	if (!open_handle(t, handle, &object, e))
		return false;
	rc = TPM_CALL(Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, object,
					tpm_session_for(t, 0), ESYS_TR_NONE, ESYS_TR_NONE,
					handle, &none));
	return rc == TSS2_RC_SUCCESS || tpm_fail(t, rc, "EvictControl", e);
}

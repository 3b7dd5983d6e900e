/* SPDX-License-Identifier: MIT */
#include "net/tls_identity.h"

#include <bearssl.h>
#include <stdlib.h>

#include "codec/pem.h"
#include "config.h"

struct tls_identity_key {
	br_skey_decoder_context decoder;
	const br_rsa_private_key *rsa; /* one of the two */
	const br_ec_private_key *ec;
};

static const br_hash_class *hash_class(enum tls_hash hash)
{
	switch (hash) {
	case TLS_HASH_SHA256:
		return &br_sha256_vtable;
	case TLS_HASH_SHA384:
		return &br_sha384_vtable;
	case TLS_HASH_SHA512:
		return &br_sha512_vtable;
	}
	return NULL;
}

static const uint8_t *hash_oid(enum tls_hash hash)
{
	switch (hash) {
	case TLS_HASH_SHA256:
		return BR_HASH_OID_SHA256;
	case TLS_HASH_SHA384:
		return BR_HASH_OID_SHA384;
	case TLS_HASH_SHA512:
		return BR_HASH_OID_SHA512;
	}
	return NULL;
}

static bool sign(void *context, enum tls_hash hash, struct bytes digest, uint8_t *signature,
		 size_t room, size_t *size, struct error *e)
{
	const struct tls_identity_key *key = context;
	size_t made = 0;

	if (key->rsa) {
		made = (key->rsa->n_bitlen + 7) / 8;
		if (made > room ||
		    !br_rsa_pkcs1_sign_get_default()(hash_oid(hash), digest.at, digest.size,
						     key->rsa, signature))
			made = 0;
	} else if (room >= 132) {
		made = br_ecdsa_sign_raw_get_default()(br_ec_get_default(), hash_class(hash),
						       digest.at, key->ec, signature);
	}
	if (made == 0)
		return error_set(e, ERROR_MACHINE, NULL, "the key file's key cannot sign");
	*size = made;
	return true;
}

static bool key_kind(const struct tls_identity_key *key, enum tls_key *kind)
{
	*kind = TLS_KEY_RSA;
	if (key->rsa)
		return key->rsa->n_bitlen >= 1024 && key->rsa->n_bitlen <= 4096;
	switch (key->ec->curve) {
	case BR_EC_secp256r1:
		*kind = TLS_KEY_P256;
		return true;
	case BR_EC_secp384r1:
		*kind = TLS_KEY_P384;
		return true;
	case BR_EC_secp521r1:
		*kind = TLS_KEY_P521;
		return true;
	}
	return false;
}

/* Sign something and verify it with the certificate: the two belong together. */
static bool matches(const struct tls_identity_key *key, struct bytes certificate)
{
	static const uint8_t digest[32] = "key and certificate are a pair?";
	uint8_t signature[512], back[32];
	br_x509_decoder_context decoder;
	struct error ignored;
	size_t size;

	br_x509_decoder_init(&decoder, NULL, NULL);
	br_x509_decoder_push(&decoder, certificate.at, certificate.size);
	br_x509_pkey *public = br_x509_decoder_get_pkey(&decoder);
	if (!public || !sign((void *)key, TLS_HASH_SHA256, bytes_of(digest, 32), signature,
			     sizeof(signature), &size, &ignored))
		return false;
	if (public->key_type == BR_KEYTYPE_RSA)
		return key->rsa &&
		       br_rsa_pkcs1_vrfy_get_default()(signature, size, BR_HASH_OID_SHA256,
						       32, &public->key.rsa, back) &&
		       memcmp(back, digest, 32) == 0;
	return key->ec && br_ecdsa_vrfy_raw_get_default()(br_ec_get_default(), digest, 32,
							  &public->key.ec, signature, size);
}

static bool decode(struct tls_identity_key *key, struct bytes file, struct error *e)
{
	uint8_t room[CONFIG_KEY_FILE_MAX];
	struct writer w = writer_over(room, sizeof(room));
	struct bytes der;
	bool found = pem_private_key(&der, file, &w, e) || error_wrap(e, "identity key");

	if (found) {
		br_skey_decoder_init(&key->decoder);
		br_skey_decoder_push(&key->decoder, der.at, der.size);
		key->rsa = br_skey_decoder_get_rsa(&key->decoder);
		key->ec = br_skey_decoder_get_ec(&key->decoder);
		if (!key->rsa && !key->ec)
			found = error_set(
				e, ERROR_MALFORMED, NULL,
				"identity key: neither an RSA nor an EC private key");
	}
	bytes_wipe(room, sizeof(room));
	return found;
}

static bool set_up(struct tls_identity_key *key, struct tls_identity *identity,
		   struct bytes file, const struct bytes *chain, size_t count,
		   struct error *e)
{
	enum tls_key kind;

	if (!decode(key, file, e))
		return false;
	if (!key_kind(key, &kind))
		return error_set(
			e, ERROR_REFUSED, NULL,
			"identity key: RSA of 1024 to 4096 bits, P-256, P-384 or P-521");
	if (count == 0 || !matches(key, chain[0]))
		return error_set(e, ERROR_REFUSED, NULL,
				 "identity key: does not belong to the first certificate");
	*identity = (struct tls_identity){
		.chain = chain, .count = count, .key = kind, .sign = sign, .context = key
	};
	return true;
}

struct tls_identity_key *tls_identity_read(struct tls_identity *identity, struct bytes file,
					   const struct bytes *chain, size_t count,
					   struct error *e)
{
	struct tls_identity_key *key = calloc(1, sizeof(*key));

	if (!key) {
		error_set(e, ERROR_MACHINE, NULL, "no memory for a key");
		return NULL;
	}
	if (!set_up(key, identity, file, chain, count, e)) {
		tls_identity_free(key);
		return NULL;
	}
	return key;
}

void tls_identity_free(struct tls_identity_key *key)
{
	if (!key)
		return;
	bytes_wipe(key, sizeof(*key));
	free(key);
}

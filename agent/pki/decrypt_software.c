/* SPDX-License-Identifier: MIT */
#include "pki/decrypt_software.h"

#include "codec/pem.h"
#include "config.h"
#include "pki/x509.h"

#define RSA_SIZE_MAX (CONFIG_RSA_BITS_MAX / 8)

/*
 * The message of a PKCS#1 v1.5 block, 00 02, eight or more bytes that are not 0, 00, message.
 * Its size is known, so every byte has one place and the whole block is looked at in the same
 * time, whatever is in it (RFC 8017 §7.2.2).  Returns 0 when it is as it should be.
 */
static uint8_t judge_padding(const uint8_t *block, size_t block_size, size_t size)
{
	uint32_t bad = block[0] | (block[1] ^ 2u) | block[block_size - size - 1];

	for (size_t i = 2; i < block_size - size - 1; i++)
		bad |= ((uint32_t)block[i] - 1) >> 31;
	return bad != 0;
}

static bool decrypt_rsa(void *context, enum decrypt_padding padding, struct bytes in,
			uint8_t *message, size_t size, struct error *e)
{
	const struct decrypt_software *s = context;
	const br_rsa_private_key *key = br_skey_decoder_get_rsa(&s->decoder);
	uint8_t block[RSA_SIZE_MAX];
	size_t left = in.size;
	uint32_t done;

	(void)e;
	if (in.size != s->modulus.size || size > in.size - 11)
		return true;
	memcpy(block, in.at, in.size);
	if (padding == DECRYPT_PADDING_PKCS1) {
		done = br_rsa_private_get_default()(block, key);
		done &= judge_padding(block, in.size, size) ^ 1u;
		decrypt_key_take(message, block + in.size - size, size, (uint8_t)(done ^ 1));
	} else {
		done = br_rsa_oaep_decrypt_get_default()(padding == DECRYPT_PADDING_OAEP_SHA1
								 ? &br_sha1_vtable
								 : &br_sha256_vtable,
							 NULL, 0, key, block, &left);
		done &= left == size;
		decrypt_key_take(message, block, size, (uint8_t)(done ^ 1));
	}
	bytes_wipe(block, sizeof(block));
	return true;
}

static bool agree(void *context, struct bytes point, uint8_t *z, size_t size, struct error *e)
{
	const struct decrypt_software *s = context;
	const br_ec_private_key *key = br_skey_decoder_get_ec(&s->decoder);
	uint8_t product[1 + 2 * 48];
	uint32_t done;

	(void)e;
	if (point.size != 1 + 2 * size || point.size > sizeof(product))
		return true;
	memcpy(product, point.at, point.size);
	done = br_ec_get_default()->mul(product, point.size, key->x, key->xlen, key->curve);
	decrypt_key_take(z, product + 1, size, (uint8_t)(done ^ 1));
	bytes_wipe(product, sizeof(product));
	return true;
}

/* Does the certificate hold this key's public half? */
static bool matches_rsa(const struct key *public, const br_rsa_private_key *key)
{
	uint8_t modulus[RSA_SIZE_MAX];
	br_rsa_compute_modulus compute = br_rsa_compute_modulus_get_default();
	size_t size = compute(NULL, key);

	if (public->kind != KEY_RSA || size == 0 || size > sizeof(modulus))
		return false;
	compute(modulus, key);
	return bytes_equal(public->modulus, bytes_of(modulus, size));
}

static bool matches_ec(const struct key *public, const br_ec_private_key *key)
{
	uint8_t point[BR_EC_KBUF_PUB_MAX_SIZE];
	int curve = public->kind == KEY_P256   ? BR_EC_secp256r1
		    : public->kind == KEY_P384 ? BR_EC_secp384r1
					       : 0;

	return key->curve == curve &&
	       bytes_equal(public->point,
			   bytes_of(point, br_ec_compute_pub(br_ec_get_default(), NULL, point,
							     key)));
}

static bool decode(struct decrypt_software *s, struct bytes file, struct error *e)
{
	uint8_t room[CONFIG_KEY_FILE_MAX];
	struct writer w = writer_over(room, sizeof(room));
	struct bytes der;
	bool ok = pem_private_key(&der, file, &w, e);

	if (ok) {
		br_skey_decoder_init(&s->decoder);
		br_skey_decoder_push(&s->decoder, der.at, der.size);
		ok = br_skey_decoder_last_error(&s->decoder) == 0 ||
		     error_set(e, ERROR_MALFORMED, NULL,
			       "neither an RSA nor an EC private key");
	}
	bytes_wipe(room, sizeof(room));
	return ok;
}

static bool set_up(struct decrypt_software *s, struct bytes file, struct bytes certificate,
		   struct error *e)
{
	const br_rsa_private_key *rsa;
	const br_ec_private_key *ec;
	struct key public;
	struct x509 x;

	if (!x509_read(&x, certificate, e) || !key_read(&public, x.spki, e))
		return error_wrap(e, "certificate of the decryption key");
	if (!decode(s, file, e))
		return error_wrap(e, "decryption key");
	rsa = br_skey_decoder_get_rsa(&s->decoder);
	ec = br_skey_decoder_get_ec(&s->decoder);
	if (!(rsa && matches_rsa(&public, rsa)) && !(ec && matches_ec(&public, ec)))
		return error_set(e, ERROR_REFUSED, NULL,
				 "decryption key: does not belong to the certificate, or is "
				 "neither RSA nor on P-256 or P-384");
	s->modulus = public.modulus;
	s->key = (struct decrypt_key){ .certificate = certificate,
				       .rsa = rsa ? decrypt_rsa : NULL,
				       .ecdh = ec ? agree : NULL,
				       .context = s };
	return true;
}

bool decrypt_software_read(struct decrypt_software *s, struct bytes file,
			   struct bytes certificate, struct error *e)
{
	if (set_up(s, file, certificate, e))
		return true;
	decrypt_software_wipe(s);
	return false;
}

void decrypt_software_wipe(struct decrypt_software *s)
{
	bytes_wipe(s, sizeof(*s));
}

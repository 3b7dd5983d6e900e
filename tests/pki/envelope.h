/* SPDX-License-Identifier: MIT */
#pragma once

#include <bearssl.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "pki/oid.h"
#include "pki/x509.h"

/* Makes an EnvelopedData for an RSA recipient, right or wrong in any of its secret parts. */

struct envelope {
	struct bytes certificate; /* of the recipient, DER */
	enum oid type;		  /* encryptedContentInfo */
	struct bytes plaintext;
	const uint8_t *block; /* NULL, or what stands for the whole PKCS#1 block */
	size_t key_size;      /* of the content key that is encrypted; 0: 32 */
	int padding;	      /* -1: right; else the last byte of the padded plaintext */
};

#define ENVELOPE_POOL (16 * 1024 * 1024) /* bytes; each level around a content is a copy */

static uint8_t envelope_pool[ENVELOPE_POOL];
static size_t envelope_pool_used; /* 0 again: all that was made may be overwritten */

static uint8_t *envelope_room(size_t size)
{
	if (size > ENVELOPE_POOL - envelope_pool_used)
		abort();
	envelope_pool_used += size;
	return envelope_pool + envelope_pool_used - size;
}

/* One item around others. */
static struct bytes envelope_item(uint8_t tag, const struct bytes *parts, size_t count)
{
	size_t size = 0, used = 0;
	uint8_t *to;

	for (size_t i = 0; i < count; i++)
		size += parts[i].size;
	to = envelope_room(size + 6);
	to[used++] = tag;
	if (size >= 0x10000) {
		to[used++] = 0x83;
		to[used++] = (uint8_t)(size >> 16);
		to[used++] = (uint8_t)(size >> 8);
	} else if (size >= 0x100) {
		to[used++] = 0x82;
		to[used++] = (uint8_t)(size >> 8);
	} else if (size >= 0x80) {
		to[used++] = 0x81;
	}
	to[used++] = (uint8_t)size;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].size)
			memcpy(to + used, parts[i].at, parts[i].size);
		used += parts[i].size;
	}
	return bytes_of(to, used);
}

#define ENVELOPE_ITEM(tag, ...)                                                              \
	envelope_item(tag, (const struct bytes[]){ __VA_ARGS__ },                            \
		      sizeof((const struct bytes[]){ __VA_ARGS__ }) / sizeof(struct bytes))
#define ENVELOPE_OID(oid) ENVELOPE_ITEM(0x06, oid_content(oid))

static struct bytes envelope_number(uint8_t n)
{
	uint8_t *to = envelope_room(3);

	memcpy(to, (const uint8_t[]){ 0x02, 0x01, n }, 3);
	return bytes_of(to, 3);
}

/* The content key under PKCS#1 v1.5: 00 02, padding, 00, key. */
static struct bytes envelope_key(const struct envelope *e, const struct key *key,
				 const uint8_t *content_key)
{
	size_t size = key->modulus.size, key_size = e->key_size ? e->key_size : 32;
	br_rsa_public_key public = { (unsigned char *)(uintptr_t)key->modulus.at, size,
				     (unsigned char *)(uintptr_t)key->exponent.at,
				     key->exponent.size };
	uint8_t *block = envelope_room(size);

	memset(block, 0x55, size);
	block[0] = 0;
	block[1] = 2;
	block[size - key_size - 1] = 0;
	memcpy(block + size - key_size, content_key, key_size);
	if (e->block)
		memcpy(block, e->block, size);
	if (!br_rsa_public_get_default()(block, size, &public))
		abort();
	return bytes_of(block, size);
}

/* Kept until envelope_pool_used is set back. */
static struct bytes envelope_make(const struct envelope *e)
{
	static const uint8_t content_key[64] =
		"a content key that every one of these tests has";
	static const uint8_t iv[16] = "and their vector";
	size_t size = e->plaintext.size / 16 * 16 + 16;
	uint8_t *content = envelope_room(size), vector[16];
	br_aes_ct64_cbcenc_keys schedule;
	struct error ignored;
	struct x509 x;
	struct key key;

	if (!x509_read(&x, e->certificate, &ignored) || !key_read(&key, x.spki, &ignored))
		abort();
	memset(content, (int)(size - e->plaintext.size), size);
	if (e->plaintext.size)
		memcpy(content, e->plaintext.at, e->plaintext.size);
	if (e->padding >= 0)
		content[size - 1] = (uint8_t)e->padding;
	memcpy(vector, iv, 16);
	br_aes_ct64_cbcenc_init(&schedule, content_key, 32);
	br_aes_ct64_cbcenc_run(&schedule, vector, content, size);

	struct bytes transport =
		ENVELOPE_ITEM(0x30, envelope_number(0),
			      ENVELOPE_ITEM(0x30, x.issuer, ENVELOPE_ITEM(0x02, x.serial)),
			      ENVELOPE_ITEM(0x30, ENVELOPE_OID(OID_RSA_ENCRYPTION)),
			      ENVELOPE_ITEM(0x04, envelope_key(e, &key, content_key)));
	struct bytes info =
		ENVELOPE_ITEM(0x30, ENVELOPE_OID(e->type),
			      ENVELOPE_ITEM(0x30, ENVELOPE_OID(OID_AES256_CBC),
					    ENVELOPE_ITEM(0x04, bytes_of(iv, 16))),
			      ENVELOPE_ITEM(0x80, bytes_of(content, size)));

	return ENVELOPE_ITEM(
		0x30, ENVELOPE_OID(OID_ENVELOPED_DATA),
		ENVELOPE_ITEM(0xa0, ENVELOPE_ITEM(0x30, envelope_number(0),
						  ENVELOPE_ITEM(0x31, transport), info)));
}

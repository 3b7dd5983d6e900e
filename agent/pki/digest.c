/* SPDX-License-Identifier: MIT */
#include "pki/digest.h"

#include <bearssl.h>

const char *digest_name(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA256:
		return "SHA-256";
	case DIGEST_SHA384:
		return "SHA-384";
	case DIGEST_SHA512:
		return "SHA-512";
	}
	return "no digest";
}

static const br_hash_class *class_of(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA256:
		return &br_sha256_vtable;
	case DIGEST_SHA384:
		return &br_sha384_vtable;
	case DIGEST_SHA512:
		return &br_sha512_vtable;
	}
	return &br_sha512_vtable;
}

size_t digest_size(enum digest_kind kind)
{
	return class_of(kind)->desc >> BR_HASHDESC_OUT_OFF & BR_HASHDESC_OUT_MASK;
}

struct digest digest_of_two(enum digest_kind kind, struct bytes first, struct bytes second)
{
	const br_hash_class *class = class_of(kind);
	br_hash_compat_context context;
	struct digest d = { .size = digest_size(kind) };

	class->init(&context.vtable);
	class->update(&context.vtable, first.at, first.size);
	class->update(&context.vtable, second.at, second.size);
	class->out(&context.vtable, d.value);
	return d;
}

struct digest digest_of(enum digest_kind kind, struct bytes data)
{
	return digest_of_two(kind, data, (struct bytes){ 0 });
}

struct bytes digest_bytes(const struct digest *d)
{
	return bytes_of(d->value, d->size);
}

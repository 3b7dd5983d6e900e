/* SPDX-License-Identifier: MIT */
#include "command/signer.h"

#include <bearssl.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/pem.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "platform/file.h"
#include "trust/csr.h"

/* --- what the key is --- */

static bool take_public_key(struct signer *s, struct error *e)
{
	struct key key;

	if (!key_read(&key, bytes_of(s->spki, s->spki_size), e))
		return false;
	switch (key.kind) {
	case KEY_P256:
		s->kind = ENVELOPE_SIGNATURE_P256_SHA256;
		s->signature_size = 64;
		return true;
	case KEY_P384:
		s->kind = ENVELOPE_SIGNATURE_P384_SHA384;
		s->signature_size = 96;
		return true;
	case KEY_RSA:
		s->kind = ENVELOPE_SIGNATURE_RSA_SHA256;
		s->signature_size = key.modulus.size;
		return true;
	case KEY_P521:
		break;
	}
	return error_set(e, ERROR_REFUSED, NULL, "authority keys are P-256, P-384 or RSA");
}

/* The first PEM block whose label ends in @label's words, or the file itself as DER. */
static bool read_key_file(const char *path, const char *label, uint8_t *to, size_t room,
			  size_t *size, struct error *e)
{
	uint8_t text[8192];
	struct writer w = writer_over(to, room);
	struct bytes rest;
	struct pem pem;
	size_t used;
	bool found = true, ok;

	if (!file_read(text, sizeof(text), &used, path, 0, e))
		return false;
	rest = bytes_of(text, used);
	ok = true;
	if (!pem_is(rest)) {
		writer_bytes(&w, rest);
	} else {
		do {
			w.used = 0;
			ok = pem_next(&pem, &found, &rest, &w, e);
		} while (ok && found &&
			 (pem.label.size < strlen(label) ||
			  memcmp(pem.label.at + pem.label.size - strlen(label), label,
				 strlen(label)) != 0));
		if (ok && !found)
			ok = error_set(e, ERROR_MALFORMED, NULL, "%s holds no %s", path,
				       label);
	}
	bytes_wipe(text, sizeof(text));
	if (ok && !writer_ok(&w))
		ok = error_set(e, ERROR_REFUSED, NULL, "%s is too large for a key", path);
	*size = w.used;
	return ok;
}

bool signer_open_program(struct signer *s, const char *program, const char *public_key,
			 struct error *e)
{
	*s = (struct signer){ .program = program };
	return read_key_file(public_key, "PUBLIC KEY", s->spki, sizeof(s->spki),
			     &s->spki_size, e) &&
	       (take_public_key(s, e) || error_wrap(e, "%s", public_key));
}

static bool ec_public_key(struct tpm_key *key, const br_ec_private_key *private)
{
	uint8_t point[BR_EC_KBUF_PUB_MAX_SIZE];
	size_t size = br_ec_compute_pub(br_ec_get_default(), NULL, point, private);

	if (size > sizeof(key->point))
		return false;
	key->kind = private->curve == BR_EC_secp256r1 ? TPM_KEY_KIND_ECC_P256
						      : TPM_KEY_KIND_ECC_P384;
	memcpy(key->point, point, size);
	key->point_size = size;
	return size != 0;
}

/* csr.h writes public keys from the shape the TPM room gives them. */
static bool write_public_key(struct signer *s, const br_skey_decoder_context *decoded)
{
	struct writer w = writer_over(s->spki, sizeof(s->spki));
	const br_ec_private_key *ec;
	const br_rsa_private_key *rsa;
	struct tpm_key key = { 0 };

	switch (br_skey_decoder_key_type(decoded)) {
	case BR_KEYTYPE_EC:
		ec = br_skey_decoder_get_ec(decoded);
		if ((ec->curve != BR_EC_secp256r1 && ec->curve != BR_EC_secp384r1) ||
		    !ec_public_key(&key, ec))
			return false;
		break;
	case BR_KEYTYPE_RSA:
		rsa = br_skey_decoder_get_rsa(decoded);
		key.kind = TPM_KEY_KIND_RSA;
		key.modulus_size = br_rsa_compute_modulus_get_default()(NULL, rsa);
		if (!key.modulus_size || key.modulus_size > sizeof(key.modulus))
			return false;
		br_rsa_compute_modulus_get_default()(key.modulus, rsa);
		/* BearSSL keeps none and computes it for some primes only.  Were it another,
		 * the finished envelope would not verify and be refused. */
		key.exponent = 65537;
		break;
	default:
		return false;
	}
	csr_write_public_key(&w, &key);
	s->spki_size = w.used;
	return writer_ok(&w);
}

static bool decode(br_skey_decoder_context *decoded, const struct signer *s)
{
	br_skey_decoder_init(decoded);
	br_skey_decoder_push(decoded, s->private_key, s->private_key_size);
	return br_skey_decoder_last_error(decoded) == 0;
}

bool signer_open_key(struct signer *s, const char *path, struct error *e)
{
	br_skey_decoder_context decoded;
	bool ok;

	*s = (struct signer){ 0 };
	if (!read_key_file(path, "PRIVATE KEY", s->private_key, sizeof(s->private_key),
			   &s->private_key_size, e))
		return false;
	ok = (decode(&decoded, s) && write_public_key(s, &decoded)) ||
	     error_set(e, ERROR_REFUSED, NULL,
		       "%s is no unencrypted P-256, P-384 or RSA-2048/3072 key", path);
	bytes_wipe(&decoded, sizeof(decoded));
	ok = ok && (take_public_key(s, e) || error_wrap(e, "%s", path));
	if (!ok)
		signer_close(s);
	return ok;
}

/* --- signing --- */

static bool sign_with_key(const struct signer *s, const struct digest *digest,
			  uint8_t *signature, struct error *e)
{
	br_skey_decoder_context decoded;
	bool ok = decode(&decoded, s);

	if (ok && s->kind == ENVELOPE_SIGNATURE_RSA_SHA256)
		ok = br_rsa_pkcs1_sign_get_default()(
			BR_HASH_OID_SHA256, digest->value, digest->size,
			br_skey_decoder_get_rsa(&decoded), signature);
	else if (ok)
		ok = br_ecdsa_sign_raw_get_default()(
			     br_ec_get_default(),
			     digest->size == 48 ? &br_sha384_vtable : &br_sha256_vtable,
			     digest->value, br_skey_decoder_get_ec(&decoded),
			     signature) == s->signature_size;
	bytes_wipe(&decoded, sizeof(decoded));
	return ok || error_set(e, ERROR_MACHINE, NULL, "the authority key does not sign");
}

/* Write the digest to the program, read what it says until it closes. */
static bool talk(int to, int from, const char *line, uint8_t *answer, size_t room,
		 size_t *size)
{
	size_t length = strlen(line), used = 0;
	bool ok = write(to, line, length) == (ssize_t)length;

	close(to);
	while (ok) {
		ssize_t n = read(from, answer + used, room - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			ok = n == 0;
			break;
		}
		used += n;
		if (used == room)
			ok = false;
	}
	close(from);
	*size = used;
	return ok;
}

static bool run_program(const char *program, const char *line, uint8_t *answer, size_t room,
			size_t *size, struct error *e)
{
	int to[2], from[2], status = -1;
	bool ok;
	pid_t pid;

	if (pipe(to) != 0)
		return error_errno(e, ERROR_MACHINE, NULL, "pipe");
	if (pipe(from) != 0) {
		close(to[0]);
		close(to[1]);
		return error_errno(e, ERROR_MACHINE, NULL, "pipe");
	}
	pid = fork();
	if (pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[0]);
		close(to[1]);
		close(from[0]);
		close(from[1]);
		execl("/bin/sh", "sh", "-c", program, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	if (pid < 0) {
		close(to[1]);
		close(from[0]);
		return error_errno(e, ERROR_MACHINE, NULL, "fork");
	}
	ok = talk(to[1], from[0], line, answer, room, size);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (ok && status == 0)
		return true;
	return error_set(e, ERROR_MACHINE, "TPM-4", "`%s` did not sign (status %d)", program,
			 status >> 8 & 0xff);
}

static bool sign_with_program(const struct signer *s, const struct digest *digest,
			      uint8_t *signature, struct error *e)
{
	uint8_t answer[1024];
	char line[2 * DIGEST_SIZE_MAX + 2];
	size_t size;

	text_hex(line, sizeof(line), digest_bytes(digest));
	strcat(line, "\n");
	if (!run_program(s->program, line, answer, sizeof(answer), &size, e))
		return false;
	if (s->kind == ENVELOPE_SIGNATURE_RSA_SHA256) {
		if (size == s->signature_size) {
			memcpy(signature, answer, size);
			return true;
		}
	} else if (envelope_signature_raw(signature, s->signature_size / 2,
					  bytes_of(answer, size)) == s->signature_size) {
		return true;
	}
	return error_set(e, ERROR_MALFORMED, "TPM-4",
			 "`%s` gave no signature of the key's kind", s->program);
}

bool signer_sign(const struct signer *s, struct bytes data, uint8_t *signature,
		 struct error *e)
{
	struct digest digest = digest_of(
		s->kind == ENVELOPE_SIGNATURE_P384_SHA384 ? DIGEST_SHA384 : DIGEST_SHA256,
		data);

	return s->program ? sign_with_program(s, &digest, signature, e)
			  : sign_with_key(s, &digest, signature, e);
}

void signer_close(struct signer *s)
{
	bytes_wipe(s, sizeof(*s));
}

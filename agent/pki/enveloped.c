/* SPDX-License-Identifier: MIT */
#include "pki/enveloped.h"

#include <bearssl.h>

#include "base/text.h"
#include "codec/der.h"
#include "pki/oid.h"
#include "pki/x509.h"

/*
 * How one answer comes out of many failures.
 *
 * First everything that anybody can see is read and judged, with sentences of its own: the
 * structure, the recipients, the algorithms.  After that nothing returns early.  A content
 * key that does not come out of its wrapping is a random one; with it the content decrypts to
 * noise; noise has a bad padding, or, if not, is none of the things an artifact can be.  The
 * padding's verdict and the form's verdict are asked together at the end (ENC-8, RFC 3218).
 *
 * CBC protects nobody from changed bits; who needs that signs inside (ENC-10).  But no answer
 * here tells more of the plaintext than "this is an artifact".
 */

#define BLOCK	     16
#define KEY_SIZE_MAX 32 /* AES-256 */
#define Z_SIZE_MAX   48 /* P-384 */
#define INFO_MAX                                                                             \
	512 /* bytes of ECC-CMS-SharedInfo; ours come to 30, more is user keying             \
	     * material */

struct envelope {
	struct bytes recipients; /* contents of the SET */
	struct bytes type;
	struct bytes algorithm; /* whole AlgorithmIdentifier */
	struct bytes content;
};

/* What one RecipientInfo says to us. */
struct recipient {
	bool agreement;		/* else key transport */
	struct bytes algorithm; /* whole AlgorithmIdentifier */
	struct bytes encrypted_key;
	struct bytes point; /* of the originator; size 0: not by its key */
	struct bytes ukm;   /* whole [1]; size 0: none */
};

struct device {
	struct x509 x;
	struct key key;
};

/* Everything secret, in one place to be wiped (TPM-129). */
struct secrets {
	uint8_t z[Z_SIZE_MAX], kek[KEY_SIZE_MAX], content_key[KEY_SIZE_MAX];
	br_aes_ct64_cbcdec_keys schedule;
};

static bool malformed(struct error *e)
{
	return error_set(e, ERROR_MALFORMED, "CMS-1",
			 "EnvelopedData is malformed (RFC 5652 §6.1)");
}

static bool refuse_algorithm(struct error *e, const char *what, struct bytes oid)
{
	return error_set(e, ERROR_REFUSED, "ENC-5", "%s by %s, which is not known here", what,
			 OID_TEXT(oid));
}

static bool refuse_parameters(struct error *e, struct bytes oid)
{
	return error_set(e, ERROR_REFUSED, "ENC-5", "%s with parameters it may not have",
			 OID_TEXT(oid));
}

/* --- what anybody can see ------------------------------------------------------------------
 */

static bool read_envelope(struct envelope *to, struct bytes der, struct error *e)
{
	bool bad;
	struct reader r = reader_over(der, &bad);
	struct reader data = der_open(&r, DER_SEQUENCE);
	struct envelope out;

	der_small(&data, 4);
	if (der_at(&data,
		   DER_CONTEXT_OPEN(0))) /* originatorInfo: certificates nobody needs */
		der_take(&data, DER_CONTEXT_OPEN(0));
	out.recipients = der_take(&data, DER_SET);

	struct reader info = der_open(&data, DER_SEQUENCE);

	out.type = der_oid(&info);
	out.algorithm = der_take_whole(&info, DER_SEQUENCE);
	out.content = der_take(&info, DER_CONTEXT(0));
	der_end(&info);
	if (der_at(&data, DER_CONTEXT_OPEN(1))) /* unprotectedAttrs say nothing */
		der_take(&data, DER_CONTEXT_OPEN(1));
	der_end(&data);
	if (!reader_ok(&r))
		return malformed(e);
	*to = out;
	return true;
}

static bool check_type(struct bytes type, struct error *e)
{
	switch (oid_find(type)) {
	case OID_DATA:
	case OID_SIGNED_DATA:
	case OID_SZTP_CONVEYED_INFO_XML:
	case OID_SZTP_CONVEYED_INFO_JSON:
		return true;
	default:
		return error_set(e, ERROR_REFUSED, NULL, "encrypted content of type %s",
				 OID_TEXT(type));
	}
}

static bool read_content_algorithm(size_t *key_size, struct bytes *iv, struct bytes whole,
				   struct error *e)
{
	bool bad;
	struct reader r = reader_over(whole, &bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct bytes oid = der_oid(&sequence);

	if (bad)
		return malformed(e);
	if (oid_is(oid, OID_AES128_CBC))
		*key_size = 16;
	else if (oid_is(oid, OID_AES256_CBC))
		*key_size = 32;
	else
		return refuse_algorithm(e, "content is encrypted", oid);
	*iv = der_take(&sequence, DER_OCTET_STRING);
	der_end(&sequence);
	return (reader_ok(&r) && iv->size == BLOCK) || refuse_parameters(e, oid);
}

/* --- recipients ----------------------------------------------------------------------------
 */

/* IssuerAndSerialNumber: is it our certificate's? */
static bool take_issuer_and_serial(struct reader *r, const struct x509 *own)
{
	struct reader sequence = der_open(r, DER_SEQUENCE);
	struct bytes issuer = der_take_whole(&sequence, DER_SEQUENCE);
	struct bytes serial = der_integer(&sequence);

	der_end(&sequence);
	return !*r->bad && x509_is_issued_as(own, issuer, serial);
}

static bool is_own_key_id(struct bytes key_id, const struct x509 *own)
{
	return key_id.size && bytes_equal(key_id, own->subject_key_id);
}

/* KeyTransRecipientInfo (RFC 5652 §6.2.1); true: it is for us. */
static bool read_transport(struct recipient *to, struct reader r, const struct x509 *own)
{
	bool ours;

	*to = (struct recipient){ .agreement = false };
	der_small(&r, 2);
	if (der_at(&r, DER_CONTEXT(0)))
		ours = is_own_key_id(der_take(&r, DER_CONTEXT(0)), own);
	else
		ours = take_issuer_and_serial(&r, own);
	to->algorithm = der_take_whole(&r, DER_SEQUENCE);
	to->encrypted_key = der_take(&r, DER_OCTET_STRING);
	der_end(&r);
	return ours;
}

/* OriginatorIdentifierOrKey: the point, if it is a key; static keys are not looked up. */
static struct bytes read_originator(struct reader r)
{
	struct bytes point = { 0 };

	if (der_at(&r, DER_CONTEXT_OPEN(1))) {
		struct reader key = der_open(&r, DER_CONTEXT_OPEN(1));
		struct reader algorithm = der_open(&key, DER_SEQUENCE);

		if (oid_is(der_oid(&algorithm), OID_EC_PUBLIC_KEY))
			point = der_bit_octets(&key);
		else
			der_take(&key, DER_BIT_STRING);
		/* Its parameters may be absent, NULL or the curve, which is our key's (RFC
		 * 5753 §3.1.1): a point of another one is not on it. */
		der_end(&key);
	} else {
		der_next(&r);
	}
	der_end(&r);
	return point;
}

/* KeyAgreeRecipientIdentifier: is it our certificate's?  rKeyId may carry a date and more. */
static bool take_agreement_identifier(struct reader *r, const struct x509 *own)
{
	struct bytes key_id;

	if (!der_at(r, DER_CONTEXT_OPEN(0)))
		return take_issuer_and_serial(r, own);

	struct reader id = der_open(r, DER_CONTEXT_OPEN(0));

	key_id = der_take(&id, DER_OCTET_STRING);
	while (reader_left(&id))
		der_next(&id);
	return is_own_key_id(key_id, own);
}

/* KeyAgreeRecipientInfo (RFC 5652 §6.2.2); true: one of its keys is for us. */
static bool read_agreement(struct recipient *to, struct reader r, const struct x509 *own)
{
	bool ours = false;

	*to = (struct recipient){ .agreement = true };
	der_small(&r, 3);
	to->point = read_originator(der_open(&r, DER_CONTEXT_OPEN(0)));
	if (der_at(&r, DER_CONTEXT_OPEN(1))) {
		to->ukm = der_take_whole(&r, DER_CONTEXT_OPEN(1));

		struct reader ukm = reader_within(to->ukm, r.bad);
		struct reader explicit = der_open(&ukm, DER_CONTEXT_OPEN(1));

		der_take(&explicit, DER_OCTET_STRING);
		der_end(&explicit);
	}
	to->algorithm = der_take_whole(&r, DER_SEQUENCE);

	struct reader keys = der_open(&r, DER_SEQUENCE);

	der_end(&r);
	while (reader_left(&keys)) {
		struct reader key = der_open(&keys, DER_SEQUENCE);
		bool is = take_agreement_identifier(&key, own);
		struct bytes encrypted_key = der_take(&key, DER_OCTET_STRING);

		der_end(&key);
		if (is && !ours)
			to->encrypted_key = encrypted_key;
		ours |= is;
	}
	return ours;
}

/* The first RecipientInfo that is for our certificate (ENC-4). */
static bool find_recipient(struct recipient *to, struct bytes set, const struct x509 *own,
			   struct error *e)
{
	bool bad, found = false;
	struct reader r = reader_over(set, &bad);

	while (reader_left(&r)) {
		struct der_item item = der_next(&r);
		struct reader inside = reader_within(item.content, &bad);
		struct recipient one;
		bool ours = false;

		/* Others are for passwords and shared keys: nobody's certificate. */
		if (item.tag == DER_SEQUENCE)
			ours = read_transport(&one, inside, own);
		else if (item.tag == DER_CONTEXT_OPEN(1))
			ours = read_agreement(&one, inside, own);
		if (ours && !found)
			*to = one;
		found |= ours;
	}
	if (bad)
		return malformed(e);
	return found || error_set(e, ERROR_REFUSED, "ENC-4",
				  "encrypted to other certificates, not to this device's");
}

/* --- key transport -------------------------------------------------------------------------
 */

/* A hash's or mask's AlgorithmIdentifier: the OID, parameters NULL or absent. */
static struct bytes take_hash(struct reader *r)
{
	struct reader sequence = der_open(r, DER_SEQUENCE);
	struct bytes oid = der_oid(&sequence);

	if (reader_left(&sequence))
		der_null(&sequence);
	der_end(&sequence);
	return oid;
}

/* RSAES-OAEP-params (RFC 8017 §A.2.1); what is absent has its default. */
static bool read_oaep(enum decrypt_padding *to, struct reader r)
{
	struct bytes hash = oid_content(OID_SHA1), mask = oid_content(OID_MGF1),
		     mask_hash = oid_content(OID_SHA1), label = { 0 };

	if (der_at(&r, DER_CONTEXT_OPEN(0))) {
		struct reader explicit = der_open(&r, DER_CONTEXT_OPEN(0));

		hash = take_hash(&explicit);
		der_end(&explicit);
	}
	if (der_at(&r, DER_CONTEXT_OPEN(1))) {
		struct reader explicit = der_open(&r, DER_CONTEXT_OPEN(1));
		struct reader sequence = der_open(&explicit, DER_SEQUENCE);

		mask = der_oid(&sequence);
		mask_hash = take_hash(&sequence);
		der_end(&sequence);
		der_end(&explicit);
	}
	if (der_at(&r, DER_CONTEXT_OPEN(2))) {
		struct reader explicit = der_open(&r, DER_CONTEXT_OPEN(2));
		struct reader sequence = der_open(&explicit, DER_SEQUENCE);

		if (!oid_is(der_oid(&sequence), OID_P_SPECIFIED))
			reader_fail(&r);
		label = der_take(&sequence, DER_OCTET_STRING);
		der_end(&sequence);
		der_end(&explicit);
	}
	der_end(&r);
	if (*r.bad || label.size || !oid_is(mask, OID_MGF1) || !bytes_equal(hash, mask_hash))
		return false;
	*to = oid_is(hash, OID_SHA256) ? DECRYPT_PADDING_OAEP_SHA256
				       : DECRYPT_PADDING_OAEP_SHA1;
	return oid_is(hash, OID_SHA256) || oid_is(hash, OID_SHA1);
}

static bool read_padding(enum decrypt_padding *to, struct bytes whole, struct error *e)
{
	bool bad;
	struct reader r = reader_over(whole, &bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct bytes oid = der_oid(&sequence);

	if (oid_is(oid, OID_RSAES_OAEP)) {
		struct reader parameters = reader_within((struct bytes){ 0 }, &bad);

		if (reader_left(&sequence))
			parameters = der_open(&sequence, DER_SEQUENCE);
		der_end(&sequence);
		return (read_oaep(to, parameters) && reader_ok(&r)) ||
		       error_set(e, ERROR_REFUSED, "ENC-5",
				 "RSAES-OAEP with parameters other than SHA-1 or SHA-256, "
				 "the same for the mask, and no label");
	}
	if (!oid_is(oid, OID_RSA_ENCRYPTION))
		return refuse_algorithm(e, "content key is encrypted", oid);
	if (reader_left(&sequence))
		der_null(&sequence);
	der_end(&sequence);
	*to = DECRYPT_PADDING_PKCS1;
	return reader_ok(&r) || refuse_parameters(e, oid);
}

static bool transport(struct secrets *s, size_t key_size, const struct recipient *recipient,
		      const struct decrypt_key *key, const struct device *device,
		      struct error *e)
{
	enum decrypt_padding padding;

	if (device->key.kind != KEY_RSA || !key->rsa)
		return error_set(e, ERROR_REFUSED, "ENC-5",
				 "encrypted as for an RSA key, which this device's is not");
	return read_padding(&padding, recipient->algorithm, e) &&
	       key->rsa(key->context, padding, recipient->encrypted_key, s->content_key,
			key_size, e);
}

/* --- key agreement -------------------------------------------------------------------------
 */

struct agreement {
	const br_hash_class *hash;
	struct bytes wrap; /* whole AlgorithmIdentifier */
	size_t wrap_key_size;
};

static bool read_wrap(struct agreement *a, struct error *e)
{
	bool bad;
	struct reader r = reader_over(a->wrap, &bad);
	struct bytes oid = take_hash(&r); /* parameters as those of a hash */

	a->wrap_key_size = oid_is(oid, OID_AES128_WRAP) ? 16 : 32;
	if (!reader_ok(&r))
		return error_set(e, ERROR_REFUSED, "ENC-5",
				 "key wrap algorithm with parameters it may not have");
	return oid_is(oid, OID_AES128_WRAP) || oid_is(oid, OID_AES256_WRAP) ||
	       refuse_algorithm(e, "content key is wrapped", oid);
}

static bool read_agreement_algorithm(struct agreement *a, struct bytes whole, struct error *e)
{
	bool bad;
	struct reader r = reader_over(whole, &bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct bytes oid = der_oid(&sequence);

	if (oid_is(oid, OID_STD_DH_SHA1_KDF))
		a->hash = &br_sha1_vtable;
	else if (oid_is(oid, OID_STD_DH_SHA256_KDF))
		a->hash = &br_sha256_vtable;
	else
		return refuse_algorithm(e, "key agreement", oid);
	a->wrap = der_take_whole(&sequence, DER_SEQUENCE);
	der_end(&sequence);
	return reader_ok(&r) ? read_wrap(a, e) : refuse_parameters(e, oid);
}

static void write_header(struct writer *w, uint8_t tag, size_t size)
{
	writer_u8(w, tag);
	if (size >= 0x100) /* and below INFO_MAX, or nothing is written */
		writer_be16(w, (uint16_t)(0x8200 | size >> 8));
	else if (size >= 0x80)
		writer_u8(w, 0x81);
	writer_u8(w, (uint8_t)size);
}

/* ECC-CMS-SharedInfo (RFC 5753 §7.2): the wrap algorithm exactly as it stands in the message,
 * [0] the user keying material, [2] the size of the key in bits. */
static bool write_shared_info(struct writer *w, const struct agreement *a, struct bytes ukm,
			      struct error *e)
{
	write_header(w, DER_SEQUENCE, a->wrap.size + ukm.size + 8);
	writer_bytes(w, a->wrap);
	if (ukm.size) {
		writer_u8(w, DER_CONTEXT_OPEN(0));
		writer_bytes(w, bytes_of(ukm.at + 1, ukm.size - 1));
	}
	write_header(w, DER_CONTEXT_OPEN(2), 6);
	write_header(w, DER_OCTET_STRING, 4);
	writer_be32(w, (uint32_t)a->wrap_key_size * 8);
	return writer_ok(w) || error_set(e, ERROR_REFUSED, "ENC-5",
					 "user keying material of %zu bytes", ukm.size);
}

/* The key derivation of X9.63 (SEC 1 §3.6.1). */
static void derive(uint8_t *key, size_t size, const br_hash_class *class, struct bytes z,
		   struct bytes info)
{
	br_hash_compat_context context;
	uint8_t out[32], counter[4] = { 0 };

	for (size_t done = 0; done < size;) {
		size_t n = class->desc >> BR_HASHDESC_OUT_OFF & BR_HASHDESC_OUT_MASK;

		n = n < size - done ? n : size - done;
		counter[3]++;
		class->init(&context.vtable);
		class->update(&context.vtable, z.at, z.size);
		class->update(&context.vtable, counter, sizeof(counter));
		class->update(&context.vtable, info.at, info.size);
		class->out(&context.vtable, out);
		memcpy(key + done, out, n);
		done += n;
	}
	bytes_wipe(out, sizeof(out));
	bytes_wipe(&context, sizeof(context));
}

/* AES key unwrap (RFC 3394 §2.2.2).  A key that is not whole leaves what is in @key. */
static void unwrap(uint8_t *key, size_t key_size, struct bytes wrapped, struct secrets *s,
		   size_t kek_size)
{
	uint8_t block[BLOCK], r[KEY_SIZE_MAX], zero[BLOCK], bad = 0;
	unsigned n = (unsigned)(key_size / 8);

	if (wrapped.size != key_size + 8)
		return;
	br_aes_ct64_cbcdec_init(&s->schedule, s->kek, kek_size);
	memcpy(block, wrapped.at, 8);
	memcpy(r, wrapped.at + 8, key_size);
	for (unsigned t = 6 * n; t > 0; t--) {
		uint8_t *part = r + (t - 1) % n * 8;

		block[7] ^= (uint8_t)t;
		memcpy(block + 8, part, 8);
		memset(zero, 0, sizeof(zero)); /* an IV of zeros: the bare cipher */
		br_aes_ct64_cbcdec_run(&s->schedule, zero, block, BLOCK);
		memcpy(part, block + 8, 8);
	}
	for (size_t i = 0; i < 8; i++)
		bad |= block[i] ^ 0xa6;
	decrypt_key_take(key, r, key_size, bad);
	bytes_wipe(block, sizeof(block));
	bytes_wipe(r, sizeof(r));
	bytes_wipe(zero, sizeof(zero));
}

static bool agree(struct secrets *s, size_t key_size, const struct recipient *recipient,
		  const struct decrypt_key *key, const struct device *device, struct error *e)
{
	uint8_t info[INFO_MAX];
	struct writer w = writer_over(info, sizeof(info));
	size_t z_size = device->key.kind == KEY_P256 ? 32 : 48;
	struct agreement a;

	if ((device->key.kind != KEY_P256 && device->key.kind != KEY_P384) || !key->ecdh)
		return error_set(
			e, ERROR_REFUSED, "ENC-5",
			"encrypted as for a key on P-256 or P-384, which this device's "
			"is not");
	if (recipient->point.size == 0)
		return error_set(e, ERROR_REFUSED, "ENC-5",
				 "key agreement without an ephemeral key of the sender");
	if (!read_agreement_algorithm(&a, recipient->algorithm, e) ||
	    !write_shared_info(&w, &a, recipient->ukm, e))
		return false;
	if (recipient->point.size == 1 + 2 * z_size && recipient->point.at[0] == 0x04 &&
	    !key->ecdh(key->context, recipient->point, s->z, z_size, e))
		return false;
	derive(s->kek, a.wrap_key_size, a.hash, bytes_of(s->z, z_size), writer_done(&w));
	unwrap(s->content_key, key_size, recipient->encrypted_key, s, a.wrap_key_size);
	return true;
}

/* --- content -------------------------------------------------------------------------------
 */

/* The bytes of padding (RFC 5652 §6.3) at the end of @last, a whole block; 0 when they are
 * not right.  Looks at every byte, whatever the last one says. */
static uint32_t padding_size(const uint8_t *last)
{
	uint32_t size = last[BLOCK - 1];
	uint32_t bad = (size - 1) >> 31 | (BLOCK - size) >> 31;

	for (uint32_t i = 0; i < BLOCK; i++) {
		uint32_t inside = (BLOCK - 1 - i - size) >> 31;

		bad |= (0 - inside) & (last[i] ^ size);
	}
	return size & ((bad - 1) >> 31 ? ~(uint32_t)0 : 0);
}

/* UTF-8 without control characters, in braces or brackets: no noise looks like this. */
static bool is_document(struct bytes b)
{
	size_t first = 0, last = b.size;

	while (first < b.size && b.at[first] <= ' ')
		first++;
	while (last > first && b.at[last - 1] <= ' ')
		last--;
	if (first == last || !((b.at[first] == '{' && b.at[last - 1] == '}') ||
			       (b.at[first] == '<' && b.at[last - 1] == '>')))
		return false;
	for (size_t i = 0; i < b.size;) {
		size_t n = text_utf8_length(bytes_of(b.at + i, b.size - i));

		if (n == 0 || (b.at[i] < ' ' && !memchr("\t\n\r", b.at[i], 3)))
			return false;
		i += n;
	}
	return true;
}

/* Tell the layouts of ENC-6 apart.  false: this is no artifact. */
static bool understand(struct enveloped_content *to, struct bytes type,
		       struct bytes plaintext)
{
	bool bad, is_signed_type = oid_is(type, OID_SIGNED_DATA);
	struct reader r = reader_over(plaintext, &bad);
	struct error ignored;

	*to = (struct enveloped_content){ .cms = { .type = oid_find(type),
						   .type_content = type } };
	if ((is_signed_type || oid_is(type, OID_DATA)) && der_at(&r, DER_SEQUENCE)) {
		struct reader inside = der_open(&r, DER_SEQUENCE);

		if (der_at(&inside, DER_OID))
			return cms_read(&to->cms, plaintext, &ignored);
		to->cms = (struct cms){ .type = OID_SIGNED_DATA,
					.type_content = oid_content(OID_SIGNED_DATA),
					.content = plaintext };
		return reader_ok(&r) && der_at(&inside, DER_INTEGER);
	}
	to->document = plaintext;
	return !is_signed_type && is_document(plaintext);
}

static bool decrypt_content(struct enveloped_content *to, const struct envelope *envelope,
			    struct secrets *s, size_t key_size, struct bytes iv,
			    struct writer *room, struct error *e)
{
	size_t before = room->used, size = envelope->content.size;
	uint8_t *at = room->start + before, vector[BLOCK];
	struct enveloped_content content;
	uint32_t padding = 0;
	bool understood = false;

	if (size > room->size - before)
		return error_set(e, ERROR_REFUSED, "CMS-16",
				 "encrypted artifacts are too large together (%zu bytes)",
				 size);
	if (size && size % BLOCK == 0) {
		writer_bytes(room, envelope->content);
		memcpy(vector, iv.at, BLOCK);
		br_aes_ct64_cbcdec_init(&s->schedule, s->content_key, key_size);
		br_aes_ct64_cbcdec_run(&s->schedule, vector, at, size);
		padding = padding_size(at + size - BLOCK);
		understood = understand(&content, envelope->type,
					bytes_of(at, size - padding));
	}
	if (padding == 0 || !understood) {
		bytes_wipe(at, room->used - before);
		room->used = before;
		return error_set(e, ERROR_REFUSED, "ENC-8", "artifact does not decrypt");
	}
	*to = content;
	return true;
}

/* --- all of it -----------------------------------------------------------------------------
 */

/* Whose certificate it is, and may its key do this (TPM-123)? */
static bool read_device(struct device *d, struct bytes certificate, struct error *e)
{
	if (!x509_read(&d->x, certificate, e) || !key_read(&d->key, d->x.spki, e)) {
		error_wrap(e, "device certificate");
		return error_rule(e, "ENC-3");
	}
	if (d->x.has_key_usage &&
	    !(d->x.key_usage &
	      (d->key.kind == KEY_RSA ? X509_KEY_ENCIPHERMENT : X509_KEY_AGREEMENT)))
		return error_set(e, ERROR_REFUSED, "TPM-123",
				 "device key cannot decrypt (no %s in its certificate)",
				 d->key.kind == KEY_RSA ? "keyEncipherment" : "keyAgreement");
	return true;
}

bool enveloped_open(struct enveloped_content *to, const struct cms *cms,
		    const struct decrypt_key *key,
		    const uint8_t random[static ENVELOPED_RANDOM_SIZE], struct writer *room,
		    struct error *e)
{
	struct envelope envelope;
	struct recipient recipient;
	struct device device;
	struct secrets s;
	struct bytes iv;
	size_t key_size;
	bool ok;

	if (!read_envelope(&envelope, cms->content, e) || !check_type(envelope.type, e) ||
	    !read_device(&device, key->certificate, e) ||
	    !find_recipient(&recipient, envelope.recipients, &device.x, e) ||
	    !read_content_algorithm(&key_size, &iv, envelope.algorithm, e))
		return false;
	memcpy(s.z, random, sizeof(s.z));
	memcpy(s.content_key, random + sizeof(s.z), sizeof(s.content_key));
	ok = (recipient.agreement ? agree : transport)(&s, key_size, &recipient, key, &device,
						       e) &&
	     decrypt_content(to, &envelope, &s, key_size, iv, room, e);
	bytes_wipe(&s, sizeof(s));
	return ok;
}

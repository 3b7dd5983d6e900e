/* SPDX-License-Identifier: MIT */
#include "trust/identity.h"

#include "base/log.h"
#include "base/text.h"
#include "codec/der.h"
#include "pki/x509.h"
#include "platform/file.h"
#include "tpm/tpm_nv.h"
#include "trust/phase.h"

/*
 * Keys are looked at in the order of TPM-92, certificates wherever they may lie; what
 * makes a pair is that the public keys are equal (TPM-93).  Of several pairs the one with
 * the earliest key wins.
 */

#define KEYS_MAX		16
#define INDICES_MAX		48
#define HANDLE_PERSISTENT_FIRST 0x81000000u
#define HANDLE_IDEVID_FIRST	0x81020000u
#define HANDLE_IDEVID_LAST	0x8102ffffu
#define NV_MAKERS_FIRST		0x01c90000u
#define NV_MAKERS_LAST		0x01caffffu

struct search {
	struct tpm *tpm;
	struct identity *to;
	struct tpm_key keys[KEYS_MAX];
	size_t key_count;
	size_t best;	  /* position of the key that has a certificate; key_count: none */
	size_t pool_used; /* of to->intermediates */
	struct bytes pool[IDENTITY_CHAIN_MAX - 1];
};

/* --- keys --- */

static bool known(const struct search *s, uint32_t handle)
{
	for (size_t i = 0; i < s->key_count; i++)
		if (s->keys[i].handle == handle)
			return true;
	return false;
}

/* Keys that cannot sign for us are passed over (TPM-91). */
static void add_key(struct search *s, uint32_t handle)
{
	struct error e;

	if (s->key_count == KEYS_MAX || known(s, handle))
		return;
	if (tpm_key_read(s->tpm, handle, &s->keys[s->key_count], &e))
		s->key_count++;
}

static bool find_keys(struct search *s, const struct trust_store *store, struct error *e)
{
	uint32_t handles[64];
	size_t n;

	if (store && store->payload.device_key)
		add_key(s, store->payload.device_key);
	if (!tpm_key_list(s->tpm, HANDLE_PERSISTENT_FIRST, handles, ARRAY_SIZE(handles), &n,
			  e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (handles[i] >= HANDLE_IDEVID_FIRST && handles[i] <= HANDLE_IDEVID_LAST)
			add_key(s, handles[i]);
	for (size_t i = 0; i < n; i++)
		if (handles[i] == TPM_KEY_DEVICE)
			add_key(s, handles[i]);
	for (size_t i = 0; i < n; i++)
		add_key(s, handles[i]);
	return true;
}

/* --- certificates --- */

static bool same_key(const struct tpm_key *mine, const struct key *theirs)
{
	switch (theirs->kind) {
	case KEY_P256:
	case KEY_P384:
		return mine->kind != TPM_KEY_KIND_RSA &&
		       bytes_equal(theirs->point, bytes_of(mine->point, mine->point_size));
	case KEY_RSA:
		if (mine->kind != TPM_KEY_KIND_RSA || theirs->exponent.size > 4)
			return false;
		for (size_t i = 0; i < 4; i++) {
			uint8_t octet = mine->exponent >> (8 * i);
			size_t n = theirs->exponent.size;

			if (octet != (i < n ? theirs->exponent.at[n - 1 - i] : 0))
				return false;
		}
		return bytes_equal(theirs->modulus,
				   bytes_of(mine->modulus, mine->modulus_size));
	case KEY_P521:
		return false;
	}
	return false;
}

bool identity_is_for(const struct tpm_key *key, struct bytes certificate)
{
	struct x509 x;
	struct key theirs;
	struct error e;

	return x509_read(&x, certificate, &e) && key_read(&theirs, x.spki, &e) &&
	       same_key(key, &theirs);
}

/* NV areas may be padded: cut at the DER length (TPM-93). */
static struct bytes cut_certificate(struct bytes from)
{
	bool bad;
	struct reader r = reader_over(from, &bad);
	struct der_item item = der_next(&r);

	return !bad && item.tag == DER_SEQUENCE ? item.whole : (struct bytes){ 0 };
}

/* Ours are kept for the chain; those of makers may be anything. */
static void keep_in_pool(struct search *s, uint32_t index, struct bytes der)
{
	if (index < TPM_NV_CERTIFICATE ||
	    index >= TPM_NV_CERTIFICATE + TPM_NV_CERTIFICATE_COUNT ||
	    s->pool_used == ARRAY_SIZE(s->pool))
		return;
	memcpy(s->to->intermediates[s->pool_used], der.at, der.size);
	s->pool[s->pool_used] = bytes_of(s->to->intermediates[s->pool_used], der.size);
	s->pool_used++;
}

static void look_at(struct search *s, uint32_t index)
{
	uint8_t contents[CONFIG_CERTIFICATE_SIZE_MAX];
	struct bytes der;
	struct x509 x;
	struct key key;
	struct error e;
	size_t size;

	if (!tpm_nv_read(s->tpm, index, contents, sizeof(contents), &size, &e)) {
		log_debug("identity", "NV %08x: %s", index, e.text);
		return;
	}
	der = cut_certificate(bytes_of(contents, size));
	if (!der.size || !x509_read(&x, der, &e) || !key_read(&key, x.spki, &e)) {
		log_debug("identity", "NV %08x: no certificate we can read", index);
		return;
	}
	for (size_t i = 0; i < s->best; i++) {
		if (!same_key(&s->keys[i], &key))
			continue;
		s->best = i;
		memcpy(s->to->leaf, der.at, der.size);
		s->to->chain[0] = bytes_of(s->to->leaf, der.size);
		s->to->chain_count = 1;
		log_debug("identity", "NV %08x has the certificate of key %08x", index,
			  s->keys[i].handle);
		return;
	}
	keep_in_pool(s, index, der);
}

static bool find_certificates(struct search *s, const struct trust_store *store,
			      struct error *e)
{
	static const uint32_t ranges[][2] = {
		{ TPM_NV_CERTIFICATE, TPM_NV_CERTIFICATE + TPM_NV_CERTIFICATE_COUNT - 1 },
		{ NV_MAKERS_FIRST, NV_MAKERS_LAST },
	};

	if (store && store->payload.certificate_index)
		look_at(s, store->payload.certificate_index);
	for (size_t r = 0; r < ARRAY_SIZE(ranges); r++) {
		uint32_t indices[INDICES_MAX];
		size_t n;

		if (!tpm_nv_list(s->tpm, ranges[r][0], ranges[r][1], indices,
				 ARRAY_SIZE(indices), &n, e))
			return false;
		for (size_t i = 0; i < n; i++)
			look_at(s, indices[i]);
	}
	return true;
}

/* --- chain --- */

static bool issuer_of(const struct x509 *x, const struct bytes *pool, size_t count,
		      struct x509 *issuer)
{
	struct error e;

	for (size_t i = 0; i < count; i++)
		if (x509_read(issuer, pool[i], &e) && !x509_is_self_issued(issuer) &&
		    bytes_equal(issuer->subject, x->issuer))
			return true;
	return false;
}

/* Leaf first, each followed by its issuer, without the root (TPM-94). */
static void build_chain(struct search *s, const struct trust_store *store)
{
	struct identity *i = s->to;
	struct x509 x, issuer;
	struct error e;

	if (!x509_read(&x, i->chain[0], &e))
		return;
	while (i->chain_count < IDENTITY_CHAIN_MAX) {
		if (!(store && issuer_of(&x, store->payload.intermediates,
					 store->payload.intermediate_count, &issuer)) &&
		    !issuer_of(&x, s->pool, s->pool_used, &issuer))
			return;
		i->chain[i->chain_count++] = issuer.der;
		x = issuer;
	}
}

/* --- serial --- */

struct bytes identity_cut_serial(struct bytes rule, struct bytes from)
{
	struct bytes mark;

	if (!rule.size)
		return from;
	if (!text_starts(rule, "after:") || rule.size == 6)
		return (struct bytes){ 0 };
	mark = bytes_of(rule.at + 6, rule.size - 6);
	for (size_t at = 0; at + mark.size <= from.size; at++) {
		struct bytes rest = bytes_of(from.at + at + mark.size,
					     from.size - at - mark.size);
		size_t n = 0;

		if (memcmp(from.at + at, mark.at, mark.size) != 0)
			continue;
		while (n < rest.size && rest.at[n] != ' ')
			n++;
		return bytes_of(rest.at, n);
	}
	return (struct bytes){ 0 };
}

static void warn_about_board(const struct trust_store *store)
{
	char board[CONFIG_SERIAL_MAX];

	file_read_line(board, sizeof(board), "/sys/class/dmi/id/product_serial");
	if (store && store->loaded && board[0] && strcmp(board, store->serial) != 0)
		log_warn("identity", "store is for %s, the board says %s", store->serial,
			 TEXT_QUOTED(bytes_of_text(board)));
}

static bool compare_serial(struct search *s, struct trust_store *store, struct error *e)
{
	struct identity *i = s->to;
	struct x509 x;
	struct bytes serial;

	if (!x509_read(&x, i->chain[0], e))
		return false;
	serial = x509_device_serial(&x);
	if (store)
		serial = identity_cut_serial(store->payload.serial_rule, serial);
	if (!text_copy(i->serial, sizeof(i->serial), serial))
		i->serial[0] = 0;
	if (!store || !store->loaded || strcmp(i->serial, store->serial) == 0)
		return true;
	error_set(e, ERROR_REFUSED, "STORE_SERIAL",
		  "store is for %s, device certificate says %s", store->serial,
		  TEXT_QUOTED(serial));
	return false;
}

/* --- all of it --- */

static void close_store(struct trust_store *store, struct tpm *t)
{
	struct error e;

	trust_store_wipe(store);
	if (!phase_extend(t, PHASE_LEAVE, &e))
		log_error("identity", "%s", e.text);
}

bool identity_load(struct identity *i, struct tpm *t, struct trust_store *store,
		   struct error *e)
{
	struct search s = { .tpm = t, .to = i };

	memset(i, 0, sizeof(*i));
	if (t->session == TPM_NONE)
		return error_set(e, ERROR_REFUSED, "TPM-97",
				 "no device identity without the TPM's storage key");
	if (!find_keys(&s, store, e))
		return false;
	s.best = s.key_count;
	if (!find_certificates(&s, store, e))
		return false;
	if (s.best == s.key_count) {
		warn_about_board(store);
		return error_set(e, ERROR_REFUSED, "TPM-97", "no device identity in the TPM");
	}
	if (!compare_serial(&s, store, e)) {
		if (store)
			close_store(store, t);
		memset(i, 0, sizeof(*i));
		return false;
	}
	i->tpm = t;
	i->key = s.keys[s.best];
	build_chain(&s, store);
	return true;
}

bool identity_sign(struct identity *i, struct bytes digest, uint8_t *to, size_t room,
		   size_t *size, struct error *e)
{
	size_t used = room;

	if (!i->chain_count)
		return error_set(e, ERROR_REFUSED, "TPM-97", "no device identity in the TPM");
	if (!tpm_key_sign(i->tpm, &i->key, digest, to, &used, e))
		return false;
	*size = used;
	return true;
}

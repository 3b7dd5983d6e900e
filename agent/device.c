/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "certificate_file.h"
#include "net/tls_identity.h"
#include "pki/x509.h"
#include "platform/machine_clock.h"
#include "platform/entropy.h"
#include "platform/file.h"
#include "trust/trust_clock.h"
#include "worker_process.h"

/* ---- sealed --------------------------------------------------------------------------- */

static bool sign(void *context, enum tls_hash hash, struct bytes digest, uint8_t *signature,
		 size_t room, size_t *size, struct error *e)
{
	struct identity *i = context;

	(void)hash; /* its length says it all to the TPM */
	*size = room;
	return tpm_key_sign(i->tpm, &i->key, digest, signature, size, e);
}

/* The hashes a key can sign with: one its scheme fixes, or what every TPM has (TPM-99). */
static unsigned key_hashes(const struct tpm_key *key)
{
	const uint16_t sha256 = 0x000b, sha384 = 0x000c; /* TPM2_ALG_ numbers */

	if (key->fixed_hash == sha256)
		return TLS_HASH_BIT(TLS_HASH_SHA256);
	if (key->fixed_hash == sha384)
		return TLS_HASH_BIT(TLS_HASH_SHA384);
	return TLS_HASH_BIT(TLS_HASH_SHA256) | TLS_HASH_BIT(TLS_HASH_SHA384);
}

/* OV-12 compares with the AuthorityKeyIdentifier of the device's own certificate. */
static void take_authority_key(struct device *d, struct bytes certificate)
{
	struct x509 x;
	struct error e;

	if (x509_read(&x, certificate, &e))
		d->idevid_authority_key = x.authority_key;
	else
		log_warn("device", "OV-13: own certificate: %s", e.text);
}

static void take_tpm_identity(struct device *d)
{
	static const enum tls_key kinds[] = {
		[TPM_KEY_KIND_ECC_P256] = TLS_KEY_P256,
		[TPM_KEY_KIND_ECC_P384] = TLS_KEY_P384,
		[TPM_KEY_KIND_RSA] = TLS_KEY_RSA,
	};

	d->tls_identity = (struct tls_identity){
		.chain = d->identity.chain,
		.count = d->identity.chain_count,
		.key = kinds[d->identity.key.kind],
		.hashes = key_hashes(&d->identity.key),
		.sign = sign,
		.context = &d->identity,
	};
	d->has_identity = true;
	take_authority_key(d, d->identity.chain[0]);
}

static void take_well_known(struct device *d)
{
	const struct trust_store *s = &d->store;

	for (size_t i = 0; i < s->well_known_count; i++) {
		struct server *to = &d->well_known_list.at[i];

		d->well_known[i] = (struct bootstrap_well_known){
			.host = s->well_known[i].host,
			.port = s->well_known[i].port,
			.anchors = s->well_known[i].anchors,
			.anchor_count = s->well_known[i].anchor_count,
		};
		snprintf(to->host, sizeof(to->host), "%s", s->well_known[i].host);
		to->port = s->well_known[i].port;
	}
	d->well_known_count = s->well_known_count;
	if (s->flags & PAYLOAD_FLAG_WELL_KNOWN)
		d->well_known_list.count = s->well_known_count;
}

static void take_store(struct device *d)
{
	const struct trust_store *s = &d->store;

	memcpy(d->serial, s->serial, sizeof(d->serial));
	memcpy(d->voucher_anchors, s->voucher_anchors, sizeof(d->voucher_anchors));
	d->voucher_anchor_count = s->voucher_anchor_count;
	take_well_known(d);
}

/* Mixed in, never used alone: a bad chip must not choose our keys (TPM-130, TPM-132). */
static void stir_entropy(struct device *d)
{
	uint8_t random[32];
	struct error e;

	for (int i = 0; i < 2; i++)
		if (!tpm_random(&d->tpm, random, sizeof(random), &e) ||
		    !entropy_stir(bytes_of(random, sizeof(random)), &e))
			log_warn("device", "TPM-130: %s", e.text);
	bytes_wipe(random, sizeof(random));
}

bool device_load_sealed(struct device *d, struct error *e)
{
	static struct trust_store_report report;
	const struct trust_store_sources sources = TRUST_STORE_SOURCES;

	memset(d, 0, sizeof(*d));
	d->tpm = TPM_CLOSED;
	worker_process_forgets(device_forget, d);
	if (!tpm_open(&d->tpm, NULL, CONFIG_TPM_WAIT_S, e))
		return false;
	bool loaded = trust_store_load(&d->store, &d->tpm, &sources, &report, e);
	for (size_t i = 0; i < report.line_count; i++)
		log_warn("trust", "%s", report.lines[i]);
	if (!loaded)
		return false;
	memcpy(d->summary, report.summary, sizeof(d->summary));
	stir_entropy(d);
	if (identity_load(&d->identity, &d->tpm, &d->store, e)) {
		take_tpm_identity(d);
	} else if (strcmp(e->rule, "STORE_SERIAL") == 0) {
		trust_store_wipe(&d->store);
		return false;
	} else {
		log_warn("trust", "%s: %s; going on without a client certificate", e->rule,
			 e->text);
	}
	take_store(d);
	/* No RTC is marked good, and no time is taken from a network: floor only (CLK-4). */
	d->clock = clock_floor((int64_t)trust_clock_floor(&d->store));
	return true;
}

/* ---- files ---------------------------------------------------------------------------- */

static bool read_file(struct device *d, struct bytes *to, const char *path, struct error *e)
{
	struct writer *w = &d->files_used;
	size_t used;

	if (!file_read(w->start + w->used, w->size - w->used, &used, path, 0, e))
		return false;
	*to = bytes_of(w->start + w->used, used);
	w->used += used;
	return true;
}

bool device_read_certificates(struct device *d, struct bytes *to, size_t *count, size_t max,
			      const char *path, struct error *e)
{
	size_t before = *count;
	struct x509 x;

	if (!certificate_file_read(to, count, max, CERTIFICATE_FILE_CERTIFICATE,
				   &d->files_used, path, e))
		return false;
	for (size_t i = before; i < *count; i++)
		if (!x509_read(&x, to[i], e))
			return error_wrap(e, "%s", path);
	return true;
}

static bool read_identity(struct device *d, const struct device_files *files, struct error *e)
{
	static struct bytes chain[IDENTITY_CHAIN_MAX];
	size_t count = 0;
	struct bytes key;
	struct error ignored; /* keys of other kinds sign only */

	if (!device_read_certificates(d, chain, &count, ARRAY_SIZE(chain),
				      files->identity_certificate, e) ||
	    !read_file(d, &key, files->identity_key, e))
		return false;
	d->file_key = tls_identity_read(&d->tls_identity, key, chain, count, e);
	d->can_decrypt = d->file_key &&
			 decrypt_software_read(&d->decrypt, key, chain[0], &ignored);
	bytes_wipe((uint8_t *)key.at, key.size);
	if (!d->file_key)
		return error_wrap(e, "%s", files->identity_key);
	d->has_identity = true;
	take_authority_key(d, chain[0]);
	return true;
}

bool device_load_files(struct device *d, const struct device_files *files, struct error *e)
{
	struct bytes idevid;
	size_t count = 0;

	memset(d, 0, sizeof(*d));
	d->tpm = TPM_CLOSED;
	worker_process_forgets(device_forget, d);
	d->files_used = writer_over(d->files, sizeof(d->files));
	if (!text_copy(d->serial, sizeof(d->serial), bytes_of_text(files->serial)))
		return error_set(e, ERROR_USAGE, "OV-11", "the serial number is too long");
	for (size_t i = 0; i < files->trust_anchor_count; i++)
		if (!device_read_certificates(d, d->voucher_anchors, &d->voucher_anchor_count,
					      ARRAY_SIZE(d->voucher_anchors),
					      files->trust_anchors[i], e))
			return false;
	for (size_t i = 0; i < files->server_anchor_count; i++)
		if (!device_read_certificates(d, d->server_anchors, &d->server_anchor_count,
					      ARRAY_SIZE(d->server_anchors),
					      files->server_anchors[i], e))
			return false;
	if (files->identity_key && !read_identity(d, files, e))
		return false;
	if (files->idevid) {
		if (!device_read_certificates(d, &idevid, &count, 1, files->idevid, e))
			return false;
		take_authority_key(d, idevid);
	}
	/* A workstation's clock is a lower bound only, like any we cannot prove (CLK-4). */
	int64_t now_s = machine_clock_now_s();
	d->clock = clock_floor(now_s > CONFIG_BUILD_TIME_S ? now_s : CONFIG_BUILD_TIME_S);
	return true;
}

/* ---- both ------------------------------------------------------------------------------ */

void device_offer(struct device *d, struct bootstrap *b)
{
	b->voucher_anchors = d->voucher_anchors;
	b->voucher_anchor_count = d->voucher_anchor_count;
	b->well_known = d->well_known;
	b->well_known_count = d->well_known_count;
	b->clock = d->clock;
	b->policy.require_clock_for_expiry =
		d->store.flags & PAYLOAD_FLAG_REQUIRE_CLOCK_FOR_EXPIRY;
	b->require_signed = d->store.flags & PAYLOAD_FLAG_REQUIRE_SIGNED;
	b->require_trusted_server = d->store.flags & PAYLOAD_FLAG_REQUIRE_TRUSTED_SERVER;
	b->serial = d->serial;
	b->hw_model = d->store.hardware_model;
	b->idevid_authority_key = d->idevid_authority_key;
	b->identity = d->has_identity ? &d->tls_identity : NULL;
	b->decrypt = d->can_decrypt ? &d->decrypt.key : NULL;
}

void device_offer_request(struct device *d, struct bootstrap *b)
{
	ldevid_software_start(&d->ldevid, entropy_fill);
	if (b->identity)
		b->ldevid = &d->ldevid.signer;
	else
		log_warn("device", "CSR-8: this device has no certificate of its own");
}

void device_forget(void *device)
{
	struct device *d = device;
	struct payload *p = &d->store.payload;

	for (size_t i = 0; i < p->secret_count; i++)
		bytes_wipe((uint8_t *)p->secrets[i].value.at, p->secrets[i].value.size);
	bytes_wipe((uint8_t *)p->local_key.at, p->local_key.size);
	tls_identity_free(d->file_key);
	d->file_key = NULL;
	decrypt_software_wipe(&d->decrypt);
	if (d->ldevid.signer.discard)
		d->ldevid.signer.discard(&d->ldevid);
}

void device_close(struct device *d)
{
	struct error e;

	worker_process_forgets(NULL, NULL);
	device_forget(d);
	trust_store_wipe(&d->store);
	d->can_decrypt = false;
	d->has_identity = false;
	if (tpm_is_open(&d->tpm) && !tpm_shutdown(&d->tpm, &e))
		log_warn("device", "TPM-136: %s", e.text);
	tpm_close(&d->tpm);
}

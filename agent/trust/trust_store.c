/* SPDX-License-Identifier: MIT */
#include "trust/trust_store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/text.h"
#include "pki/digest.h"
#include "pki/x509.h"
#include "platform/machine_clock.h"
#include "platform/entropy.h"
#include "platform/file.h"
#include "tpm/tpm_nv.h"
#include "tpm/tpm_pcr.h"
#include "tpm/tpm_seal.h"
#include "tpm/tpm_session.h"
#include "trust/envelope.h"
#include "trust/phase.h"

/*
 * How it decides (tpm-trust-store.md section 10).
 *
 * First everything is read into memory: authority keys, envelopes.  What has a bad form, a
 * bad signature or another TPM's storage key is dropped with its reason.  Only when one is
 * left does the phase begin: PCR 11 gets sztp:enter.  Then the rest is tried by generation,
 * the highest first; the first that opens and reads wins.  Whatever happened, PCR 11 gets
 * sztp:loaded, and sztp:leave too when no store came out of it, so there is no second try
 * in this boot, neither for us nor for anybody who takes the machine over (TPM-76).
 *
 * Of several failures the caller is told the one that came furthest.
 */

#define AUTHORITY_SIZE_MAX    1024 /* bytes of a SubjectPublicKeyInfo; RSA-4096 has 550 */
#define DIRECTORY_ENTRIES_MAX 256

enum stage {
	STAGE_NOTHING, /* no candidate seen */
	STAGE_FORM,
	STAGE_SIGNATURE,
	STAGE_TPM,
	STAGE_POLICY,
	STAGE_CONTENTS,
	STAGE_LOADED,
};

struct candidate {
	char from[64];
	uint8_t *bytes;
	size_t size;
	struct envelope envelope;
	bool usable;
};

struct load {
	struct trust_store *store;
	struct tpm *tpm;
	const struct trust_store_sources *sources;
	struct trust_store_report *report;
	struct bytes authorities[CONFIG_TRUST_AUTHORITIES_MAX];
	uint8_t authority_bytes[CONFIG_TRUST_AUTHORITIES_MAX][AUTHORITY_SIZE_MAX];
	size_t authority_count;
	struct candidate candidates[CONFIG_TRUST_CANDIDATES_MAX];
	size_t candidate_count;
	enum stage furthest;
	struct error why;
};

static void note(struct load *l, const char *line)
{
	struct trust_store_report *r = l->report;

	if (r->line_count < TRUST_STORE_LINES_MAX)
		snprintf(r->lines[r->line_count++], sizeof(r->lines[0]), "%s", line);
}

/* A candidate is out.  Keep the reason that came furthest. */
static void drop(struct load *l, struct candidate *c, enum stage stage, const struct error *e)
{
	struct error why = *e;

	error_wrap(&why, "envelope in %s", c->from);
	note(l, why.text);
	c->usable = false;
	if (stage > l->furthest) {
		l->furthest = stage;
		l->why = why;
	}
}

/* --- files --- */

typedef bool file_taker(struct load *l, struct bytes contents, const char *path,
			struct error *e);

/* Hand each *.der of a directory to @take.  A directory that is not there is empty. */
static bool each_der(struct load *l, const char *directory, size_t size_max, file_taker *take,
		     struct error *e)
{
	uint8_t *contents = malloc(size_max);
	DIR *d = contents ? opendir(directory) : NULL;
	struct dirent *entry;
	bool ok = true;

	for (int n = 0; d && ok && n < DIRECTORY_ENTRIES_MAX && (entry = readdir(d)); n++) {
		size_t length = strlen(entry->d_name), size;
		char path[512];

		if (length <= 4 || strcmp(entry->d_name + length - 4, ".der") != 0)
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name) >=
		    (int)sizeof(path))
			continue;
		ok = file_read(contents, size_max, &size, path, 0, e) &&
		     take(l, bytes_of(contents, size), path, e);
	}
	if (d)
		closedir(d);
	free(contents);
	return ok;
}

static bool take_authority(struct load *l, struct bytes contents, const char *path,
			   struct error *e)
{
	size_t i = l->authority_count;

	if (i == CONFIG_TRUST_AUTHORITIES_MAX)
		return error_set(e, ERROR_REFUSED, "TPM-3", "more than %d authority keys: %s",
				 CONFIG_TRUST_AUTHORITIES_MAX, path);
	memcpy(l->authority_bytes[i], contents.at, contents.size);
	l->authorities[i] = bytes_of(l->authority_bytes[i], contents.size);
	l->authority_count++;
	return true;
}

/* --- candidates (TPM-45) --- */

static struct candidate *new_candidate(struct load *l, const char *from, size_t size)
{
	struct candidate *c = &l->candidates[l->candidate_count];

	if (l->candidate_count == CONFIG_TRUST_CANDIDATES_MAX)
		return NULL;
	*c = (struct candidate){ .bytes = malloc(size) };
	if (!c->bytes)
		return NULL;
	snprintf(c->from, sizeof(c->from), "%s", from);
	l->candidate_count++;
	return c;
}

static void collect_file(struct load *l)
{
	struct candidate *c;
	struct error e;

	if (!l->sources->file)
		return;
	c = new_candidate(l, l->sources->file, ENVELOPE_SIZE_MAX);
	if (!c || file_read(c->bytes, ENVELOPE_SIZE_MAX, &c->size, c->from, 0, &e))
		return;
	/* Not there is nothing to tell of; there and not readable is. */
	if (e.code != ERROR_USAGE)
		drop(l, c, STAGE_FORM, &e);
	l->candidate_count--;
	free(c->bytes);
}

/* NV indices 60..67 one after the other, until the envelope's length is reached. */
static bool read_nv(struct tpm *t, uint8_t *to, size_t room, size_t *size, struct error *e)
{
	size_t used = 0, wanted = ENVELOPE_HEAD_SIZE;

	t->rc = 0;
	for (uint32_t i = 0; i < TPM_NV_ENVELOPE_COUNT && used < wanted; i++) {
		size_t piece;

		if (!tpm_nv_read(t, TPM_NV_ENVELOPE + i, to + used, room - used, &piece, e)) {
			if (used && tpm_code(t->rc) == 0x18b)
				break; /* cut short; its reader says so */
			return false;
		}
		used += piece;
		wanted = envelope_claimed_size(bytes_of(to, used));
		if (!wanted)
			break; /* no envelope; its reader says so */
	}
	*size = used;
	return true;
}

static bool collect_nv(struct load *l, struct error *e)
{
	struct candidate *c;

	if (!l->sources->nv)
		return true;
	c = new_candidate(l, "TPM NV", ENVELOPE_SIZE_MAX);
	if (!c || read_nv(l->tpm, c->bytes, ENVELOPE_SIZE_MAX, &c->size, e))
		return true;
	l->candidate_count--;
	/* 0x18b: no such index; 0x14a: defined and never written */
	if (tpm_code(l->tpm->rc) == 0x18b) {
		free(c->bytes);
		return true;
	}
	if (tpm_code(l->tpm->rc) == 0x14a || !e->rule[0]) {
		error_rule(e, "STORE_CORRUPT");
		drop(l, c, STAGE_FORM, e);
		free(c->bytes);
		return true;
	}
	free(c->bytes);
	return false; /* the TPM itself fails */
}

static void judge_forms(struct load *l)
{
	struct error e;

	for (size_t i = 0; i < l->candidate_count; i++) {
		struct candidate *c = &l->candidates[i];

		if (!envelope_read(&c->envelope, bytes_of(c->bytes, c->size), &e))
			drop(l, c, STAGE_FORM, &e);
		else if (!envelope_verify(&c->envelope, l->authorities, l->authority_count,
					  &e))
			drop(l, c, STAGE_SIGNATURE, &e);
		else
			c->usable = true;
	}
}

/* Highest generation first, equal ones in the order of the list (TPM-46). */
static void sort_by_generation(struct load *l)
{
	for (size_t i = 1; i < l->candidate_count; i++)
		for (size_t j = i; j > 0 && l->candidates[j].envelope.generation >
						    l->candidates[j - 1].envelope.generation;
		     j--) {
			struct candidate moved = l->candidates[j];

			l->candidates[j] = l->candidates[j - 1];
			l->candidates[j - 1] = moved;
		}
}

/* Keep those made for this TPM, and pin its storage root key by the first of them. */
static bool judge_parents(struct load *l, struct error *e)
{
	const struct envelope *pinned = NULL;

	for (size_t i = 0; i < l->candidate_count; i++) {
		struct candidate *c = &l->candidates[i];
		const struct envelope *v = &c->envelope;

		if (!c->usable)
			continue;
		if (pinned && bytes_equal(bytes_of(v->parent_name.bytes, v->parent_name.size),
					  bytes_of(pinned->parent_name.bytes,
						   pinned->parent_name.size)))
			continue;
		if (pinned)
			error_set(e, ERROR_REFUSED, "STORE_FOREIGN",
				  "made for another storage key than its neighbour");
		else if (tpm_key_pin_srk(l->tpm, v->parent_handle, v->parent_template,
					 &v->parent_name, e)) {
			pinned = v;
			continue;
		} else if (e->code != ERROR_REFUSED) {
			error_rule(e, "STORE_IO");
			return false;
		}
		drop(l, c, STAGE_TPM, e);
	}
	return true;
}

static bool any_usable(const struct load *l)
{
	for (size_t i = 0; i < l->candidate_count; i++)
		if (l->candidates[i].usable)
			return true;
	return false;
}

/* --- P1 --- */

/* The kernel's generator also gets what the TPM has to say, without credit (TPM-130). */
static bool stir(struct tpm *t, struct error *e)
{
	uint8_t random[64];
	bool ok = tpm_random(t, random, 32, e) && tpm_random(t, random + 32, 32, e);

	if (ok)
		ok = entropy_stir(bytes_of(random, sizeof(random)), e);
	bytes_wipe(random, sizeof(random));
	return ok;
}

static bool enter(struct tpm *t, struct error *e)
{
	static const uint8_t zero[32];
	struct tpm_pcr_values values;

	if (!tpm_session_start(t, e) || !stir(t, e) || !tpm_pcr_read(t, 1, &values, e))
		return false;
	if (memcmp(values.value[0], zero, 32) == 0)
		return error_set(e, ERROR_MACHINE, "STORE_UNMEASURED",
				 "firmware has not measured this boot (PCR 0 is zero)");
	return phase_extend(t, PHASE_ENTER, e);
}

/* Compare the registers ourselves, so that the line says which one differs (TPM-27). */
static bool compare_pcrs(struct load *l, const struct candidate *c, struct error *e)
{
	const struct tpm_pcr_values *expected = &c->envelope.pcrs;
	struct tpm_pcr_values found;
	struct error first = { 0 };
	char is[12], wanted[12];

	if (!tpm_pcr_read(l->tpm, expected->mask, &found, e))
		return false;
	for (unsigned p = 0; p < TPM_PCR_COUNT; p++) {
		struct error one;

		if (!(expected->mask & 1u << p) ||
		    memcmp(found.value[p], expected->value[p], 32) == 0)
			continue;
		error_set(&one, ERROR_REFUSED, "STORE_PCR",
			  "PCR %u is %s..., the envelope expects %s...", p,
			  text_hex(is, sizeof(is), bytes_of(found.value[p], 4)),
			  text_hex(wanted, sizeof(wanted), bytes_of(expected->value[p], 4)));
		if (first.code)
			note(l, one.text);
		else
			first = one;
	}
	if (first.code)
		*e = first;
	return !first.code;
}

static bool unseal(struct load *l, const struct candidate *c, uint8_t *key, struct error *e)
{
	const struct envelope *v = &c->envelope;
	uint8_t policy[32];

	return envelope_policy(v, policy, e) && compare_pcrs(l, c, e) &&
	       tpm_seal_open(l->tpm, v->sealed_public, v->sealed_private, v->pcrs.mask, key,
			     e);
}

/* --- contents --- */

static bool wanted(const struct bytes *anchors, size_t count, struct bytes digest)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(anchors[i], digest))
			return true;
	return false;
}

/* Keep a pool file in the store when an anchor's digest asks for it (TPM-52). */
static bool take_pool_file(struct load *l, struct bytes contents, const char *path,
			   struct error *e)
{
	struct trust_store *s = l->store;
	const struct payload *p = &s->payload;
	struct digest d = digest_of(DIGEST_SHA256, contents);
	struct bytes digest = digest_bytes(&d);

	(void)e;
	if (!wanted(p->voucher_anchors, p->voucher_anchor_count, digest) &&
	    !wanted(p->server_anchors, p->server_anchor_count, digest) &&
	    !wanted(p->download_anchors, p->download_anchor_count, digest))
		return true;
	if (contents.size + 2 > sizeof(s->pool) - s->pool_used) {
		log_warn("trust_store", "no room for %s", path);
		return true;
	}
	s->pool[s->pool_used++] = contents.size >> 8;
	s->pool[s->pool_used++] = contents.size;
	memcpy(s->pool + s->pool_used, contents.at, contents.size);
	s->pool_used += contents.size;
	return true;
}

static struct bytes find_in_pool(const struct trust_store *s, struct bytes digest)
{
	for (size_t at = 0; at < s->pool_used;) {
		size_t size = s->pool[at] << 8 | s->pool[at + 1];
		struct bytes der = bytes_of(s->pool + at + 2, size);
		struct digest d = digest_of(DIGEST_SHA256, der);

		if (bytes_equal(digest_bytes(&d), digest))
			return der;
		at += 2 + size;
	}
	return (struct bytes){ 0 };
}

/*
 * The certificate an anchor stands for; size 0 when it is given by a digest nobody has: it
 * is then disabled (TPM-52).  Errors: one that does not parse (TPM-53).
 */
static bool resolve(const struct trust_store *s, struct bytes anchor, struct bytes *der,
		    struct error *e)
{
	struct x509 x;
	struct error why;
	char hex[20];

	*der = anchor;
	if (payload_anchor_is_digest(anchor)) {
		*der = find_in_pool(s, anchor);
		if (!der->size) {
			log_warn("trust_store",
				 "anchor %s... is disabled: certificate not found",
				 text_hex(hex, sizeof(hex), bytes_of(anchor.at, 8)));
			return true;
		}
	}
	if (x509_read(&x, *der, &why))
		return true;
	return error_set(e, ERROR_MALFORMED, "STORE_FORMAT", "anchor: %s", why.text);
}

static bool resolve_list(const struct trust_store *s, const struct bytes *from, size_t count,
			 struct bytes *to, size_t *used, struct error *e)
{
	*used = 0;
	for (size_t i = 0; i < count; i++) {
		struct bytes der;

		if (!resolve(s, from[i], &der, e))
			return false;
		if (der.size)
			to[(*used)++] = der;
	}
	return true;
}

static bool resolve_servers(struct trust_store *s, struct error *e)
{
	for (size_t i = 0; i < s->payload.well_known_count; i++) {
		const struct payload_server *from = &s->payload.well_known[i];
		struct trust_store_server *to = &s->well_known[i];

		to->port = from->port;
		if (!text_copy(to->host, sizeof(to->host), from->host))
			return error_set(e, ERROR_MALFORMED, "STORE_FORMAT", "host name");
		for (size_t j = 0; j < from->positions.size; j++) {
			struct bytes der;

			if (to->anchor_count == PAYLOAD_SERVER_ANCHORS_MAX)
				return error_set(e, ERROR_MALFORMED, "STORE_FORMAT",
						 "anchor positions");
			if (!resolve(s, s->payload.server_anchors[from->positions.at[j]],
				     &der, e))
				return false;
			if (der.size)
				to->anchors[to->anchor_count++] = der;
		}
		s->well_known_count++;
	}
	return true;
}

static bool read_contents(struct load *l, const struct candidate *c, struct error *e)
{
	struct trust_store *s = l->store;
	struct payload *p = &s->payload;

	if (!payload_read(p, bytes_of(s->plain, c->envelope.ciphertext.size), e))
		return false;
	if (l->sources->certificate_directory &&
	    !each_der(l, l->sources->certificate_directory, CONFIG_CERTIFICATE_SIZE_MAX,
		      take_pool_file, e))
		log_warn("trust_store", "certificate pool: %s", e->text);
	for (size_t i = 0; i < p->intermediate_count; i++) {
		struct bytes der;

		if (!resolve(s, p->intermediates[i], &der, e))
			return false;
	}
	if (!text_copy(s->serial, sizeof(s->serial), p->serial) ||
	    !text_copy(s->hardware_model, sizeof(s->hardware_model), p->hardware_model) ||
	    !text_copy(s->vendor, sizeof(s->vendor), p->vendor))
		return error_set(e, ERROR_MALFORMED, "STORE_FORMAT", "payload text");
	s->generation = c->envelope.generation;
	s->created_s = c->envelope.created_s;
	s->flags = p->flags;
	s->minimum_time_s = p->minimum_time_s;
	s->voucher_window_s = p->voucher_window_s;
	return resolve_list(s, p->voucher_anchors, p->voucher_anchor_count,
			    s->voucher_anchors, &s->voucher_anchor_count, e) &&
	       resolve_list(s, p->server_anchors, p->server_anchor_count, s->server_anchors,
			    &s->server_anchor_count, e) &&
	       resolve_list(s, p->download_anchors, p->download_anchor_count,
			    s->download_anchors, &s->download_anchor_count, e) &&
	       resolve_servers(s, e);
}

static void clear(struct trust_store *s)
{
	bytes_wipe(s, sizeof(*s));
}

/* Steps 8 to 10 for one candidate. */
static bool try_candidate(struct load *l, struct candidate *c, struct error *e)
{
	uint8_t key[ENVELOPE_KEY_SIZE];
	enum stage stage = STAGE_POLICY;
	bool ok = unseal(l, c, key, e);

	if (ok) {
		stage = STAGE_CONTENTS;
		ok = envelope_open(&c->envelope, key, l->store->plain, e);
	}
	bytes_wipe(key, sizeof(key));
	if (ok)
		ok = read_contents(l, c, e);
	if (ok)
		return true;
	clear(l->store);
	drop(l, c, stage, e);
	return false;
}

static bool load_any(struct load *l, struct error *e)
{
	for (size_t i = 0; i < l->candidate_count; i++) {
		struct candidate *c = &l->candidates[i];

		if (!c->usable || !try_candidate(l, c, e))
			continue;
		l->furthest = STAGE_LOADED;
		snprintf(l->report->from, sizeof(l->report->from), "%s", c->from);
		snprintf(l->report->mode, sizeof(l->report->mode), "%s",
			 envelope_mode_name(c->envelope.mode));
		return true;
	}
	*e = l->why;
	return false;
}

/* --- all of it --- */

static bool steps_before_enter(struct load *l, struct error *e)
{
	if (l->sources->authority_directory &&
	    !each_der(l, l->sources->authority_directory, AUTHORITY_SIZE_MAX, take_authority,
		      e)) {
		error_rule(e, "STORE_SIGNATURE");
		return false;
	}
	collect_file(l);
	if (!collect_nv(l, e))
		return false;
	if (!l->candidate_count && l->furthest == STAGE_NOTHING)
		return error_set(e, ERROR_REFUSED, "STORE_NONE", "none found in TPM NV or %s",
				 l->sources->file ? l->sources->file : "a file");
	judge_forms(l);
	sort_by_generation(l);
	if (!judge_parents(l, e))
		return false;
	if (!any_usable(l)) {
		*e = l->why;
		return false;
	}
	return true;
}

/*
 * After a failure nothing may be unsealed any more in this boot (TPM-76).  Where the session
 * itself is what failed, without it: better unproven than not at all.
 */
static void close_phases(struct tpm *t)
{
	struct error e;

	if (phase_extend(t, PHASE_LOADED, &e) && phase_extend(t, PHASE_LEAVE, &e))
		return;
	if (!tpm_restart(t, &e) || !phase_extend(t, PHASE_LOADED, &e) ||
	    !phase_extend(t, PHASE_LEAVE, &e))
		log_error("trust_store", "%s", e.text);
}

static void summarise(struct load *l)
{
	struct trust_store_report *r = l->report;
	const struct trust_store *s = l->store;

	snprintf(r->summary, sizeof(r->summary),
		 "generation %llu, serial %s, %zu voucher anchor%s, from %s, policy %s, "
		 "%llu.%02llu s",
		 (unsigned long long)s->generation, s->serial, s->voucher_anchor_count,
		 s->voucher_anchor_count == 1 ? "" : "s", r->from, r->mode,
		 (unsigned long long)r->milliseconds / 1000,
		 (unsigned long long)r->milliseconds % 1000 / 10);
}

static bool run(struct load *l, struct error *e)
{
	if (!steps_before_enter(l, e) || !enter(l->tpm, e) || !load_any(l, e))
		return false;
	if (!phase_extend(l->tpm, PHASE_LOADED, e)) {
		error_rule(e, "STORE_BUS");
		return false;
	}
	return true;
}

bool trust_store_load(struct trust_store *s, struct tpm *t,
		      const struct trust_store_sources *sources,
		      struct trust_store_report *report, struct error *e)
{
	uint64_t started = machine_clock_running_ms();
	struct load *l = calloc(1, sizeof(*l));
	bool ok;

	clear(s);
	memset(report, 0, sizeof(*report));
	if (!l)
		return error_set(e, ERROR_MACHINE, "STORE_IO", "no memory");
	if (mlock(s, sizeof(*s)) != 0)
		log_warn("trust_store", "the store's memory cannot be locked");
	*l = (struct load){ .store = s, .tpm = t, .sources = sources, .report = report };
	ok = run(l, e);
	report->milliseconds = machine_clock_running_ms() - started;
	if (ok) {
		s->loaded = true;
		summarise(l);
	} else {
		if (!e->rule[0])
			error_rule(e, "STORE_IO");
		trust_store_wipe(s);
		close_phases(t);
	}
	for (size_t i = 0; i < l->candidate_count; i++)
		free(l->candidates[i].bytes);
	free(l);
	return ok;
}

void trust_store_wipe(struct trust_store *s)
{
	clear(s);
	(void)munlock(s, sizeof(*s));
}

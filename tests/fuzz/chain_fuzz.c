/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "pki/chain.h"
#include "pki/constraints.h"
#include "pki/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Questions made of real certificates and CRLs (tests/data/pki/paths), some of them changed.
 * The input is a program: pairs of an operation and a file's number, and for a change what
 * and where.  Whatever is asked, a path that is found consists of certificates as they were
 * issued, and none of it is on a CRL that was to be looked at.
 */

static const char *const names[] = {
	"ta.der",
	"sub.der",
	"leaf.der",
	"revoked.der",
	"sub.crl",
	"ta.crl",
	"sub-lists.crl",
	"ta-lists.crl",
	"two-keys.der",
	"two-keys-crl.der",
	"of-two-keys.der",
	"two-keys.crl",
	"roll-new.der",
	"roll-old-by-new.der",
	"of-roll-old.der",
	"roll.crl",
	"dns-in.der",
	"dns-narrow.der",
	"dns-narrow-a.der",
	"dns-narrow-b.der",
	"dir-in.der",
	"dir-in-self.der",
	"dir-in-self-in.der",
	"uri-domain.der",
	"uri-domain-in.der",
	"mail-box.der",
	"mail-box-ann.der",
	"ip-out.der",
	"maps.der",
	"maps-back.der",
	"maps-back-p3.der",
	"need0.der",
	"need0-p1.der",
	"noany1.der",
	"noany1-sub.der",
	"noany1-sub-p1.der",
	"many.der",
	"many-expired.der",
	"many-length.der",
	"under-many.der",
	"of-many.der",
	"self-crl.der",
	"self-crl-signer.der",
	"of-self-crl.der",
	"self-crl.crl",
	"self-crl-own.crl",
	"ring.der",
	"ring-a.der",
	"ring-b.der",
	"of-ring.der",
	"ring-by-a.crl",
	"ring-by-b.crl",
	"dp.der",
	"dp-full.der",
	"dp-full.crl",
	"dp-relative.crl",
	"sub-delta.crl",
	"sub-indirect.crl",
	"sub-users.crl",
	"sub-cas.crl",
	"plain1.der",
	"plain1-self.der",
	"below-plain1.der",
	"of-below-plain1.der",
};

#define COUNT	(sizeof(names) / sizeof(names[0]))
#define CHANGES 8

static struct bytes files[COUNT];

static void start(void)
{
	for (size_t i = 0; i < COUNT; i++) {
		char path[128];
		uint8_t *bytes = malloc(4096);

		snprintf(path, sizeof(path), "tests/data/pki/paths/%s", names[i]);
		FILE *f = fopen(path, "rb");
		if (!f || !bytes) {
			perror(path);
			exit(3);
		}
		files[i] = bytes_of(bytes, fread(bytes, 1, 4096, f));
		fclose(f);
	}
}

enum {
	OPERATION_LEAF,
	OPERATION_POOL,
	OPERATION_ANCHOR,
	OPERATION_CRL,
	OPERATION_CHANGE, /* the next one uses a changed copy */
	OPERATION_ASK,	  /* revocation, purpose, clock */
	OPERATION_COUNT,
};

struct program {
	struct chain_question question;
	struct bytes pool[CONFIG_CHAIN_POOL_MAX], anchors[CONFIG_CHAIN_ANCHORS_MAX],
		crls[CONFIG_CMS_CRLS_MAX];
	uint8_t copies[CHANGES][4096];
	size_t copy_count;
};

/* A copy with one byte overwritten, removed or doubled. */
static struct bytes change(struct program *p, struct bytes file, struct reader *r)
{
	uint8_t kind = reader_u8(r), value = reader_u8(r), *to;
	size_t at = reader_be16(r) % file.size;

	if (p->copy_count == CHANGES)
		return file;
	to = p->copies[p->copy_count++];
	memcpy(to, file.at, file.size);
	if (kind % 4 == 0) {
		memmove(to + at, to + at + 1, file.size - at - 1);
		return bytes_of(to, file.size - 1);
	}
	to[at] = kind % 4 == 1 ? (uint8_t)(to[at] + 1) : value;
	return bytes_of(to, file.size);
}

static void ask(struct chain_question *q, uint8_t how)
{
	q->revocation = (enum chain_revocation)(how % 3);
	q->purpose = (enum chain_purpose)(how / 3 % 4);
	q->clock = how & 0x80 ? clock_floor(1796083200) : clock_accurate(1796083200);
}

static void run(struct program *p, struct reader r)
{
	struct chain_question *q = &p->question;
	bool changed = false;

	while (reader_left(&r)) {
		uint8_t operation = reader_u8(&r) % OPERATION_COUNT, number = reader_u8(&r);
		struct bytes file = files[number % COUNT];

		if (operation == OPERATION_ASK)
			ask(q, number);
		if (operation == OPERATION_CHANGE)
			changed = true;
		if (operation >= OPERATION_CHANGE)
			continue;
		if (changed)
			file = change(p, file, &r);
		changed = false;
		if (operation == OPERATION_LEAF)
			q->leaf = file;
		else if (operation == OPERATION_POOL && q->pool_count < CONFIG_CHAIN_POOL_MAX)
			p->pool[q->pool_count++] = file;
		else if (operation == OPERATION_ANCHOR &&
			 q->anchor_count < CONFIG_CHAIN_ANCHORS_MAX)
			p->anchors[q->anchor_count++] = file;
		else if (operation == OPERATION_CRL && q->crl_count < CONFIG_CMS_CRLS_MAX)
			p->crls[q->crl_count++] = file;
	}
}

static bool is_original(struct bytes der)
{
	for (size_t i = 0; i < COUNT; i++)
		if (bytes_equal(files[i], der))
			return true;
	return false;
}

static bool is_name(struct bytes der, const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (bytes_equal(files[i], der) && strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Anchors are believed as they are; all below them is as it was issued. */
static void check(const struct chain *chain, const struct program *p)
{
	for (size_t i = 0; i + 1 < chain->length; i++)
		if (!is_original(chain->certificates[i]))
			abort();
	if (is_name(chain->certificates[0], "revoked.der") && chain->length > 1 &&
	    p->question.revocation == CHAIN_REVOCATION_REQUIRED)
		for (size_t i = 0; i < p->question.crl_count; i++)
			if (is_name(p->crls[i], "sub-lists.crl"))
				abort();
}

/* What is behind signatures in a path, asked of certificates that have none that is right. */
static void compare(const struct program *p)
{
	static struct x509 x[CONFIG_CHAIN_LENGTH_MAX];
	const struct x509 *path[CONFIG_CHAIN_LENGTH_MAX];
	unsigned work = 20000;
	struct error e;
	size_t count = 0;

	for (size_t i = 0; i < p->question.pool_count && count < CONFIG_CHAIN_LENGTH_MAX;
	     i++) {
		if (!x509_read(&x[count], p->pool[i], &e))
			continue;
		path[count] = &x[count];
		count++;
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (!constraints_check(path[i], path[j], &work, &e) &&
			    e.rule[0] == '\0')
				abort();
	if (count && !policy_check(path, count, &work, &e) && e.rule[0] == '\0')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct chain_workspace workspace;
	static struct program p;
	struct chain chain;
	struct error e;
	bool bad;

	if (files[0].size == 0)
		start();
	p.copy_count = 0;
	p.question = (struct chain_question){
		.leaf = files[2],
		.pool = p.pool,
		.anchors = p.anchors,
		.crls = p.crls,
		.clock = clock_accurate(1796083200),
	};
	run(&p, reader_over(bytes_of(data, size), &bad));
	if (chain_verify(&chain, &p.question, &workspace, &e))
		check(&chain, &p);
	else if (e.text[0] == '\0')
		abort();
	compare(&p);
	return 0;
}

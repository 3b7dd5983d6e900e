/* SPDX-License-Identifier: MIT */
#include "pki/chain.h"

#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "base/text.h"
#include "check.h"
#include "codec/date.h"
#include "pki/cms.h"
#include "stanza.h"

#define FOLDER "tests/data/pki/chains"

static const char *folder = FOLDER; /* of the cases that run */
static struct chain_workspace workspace;
static struct error e;

static size_t fill(struct bytes *to, const char *names)
{
	size_t count = 0;
	char name[64];

	while (stanza_word(name, sizeof(name), &names))
		if (strcmp(name, "none") != 0)
			to[count++] = stanza_data(folder, name);
	return count;
}

static enum chain_purpose purpose_of(const char *name)
{
	static const char *const names[] = {
		[CHAIN_ANY] = "any",
		[CHAIN_SIGNER] = "signer",
		[CHAIN_TLS_SERVER] = "tls-server",
		[CHAIN_TLS_CLIENT] = "tls-client",
	};
	size_t i = 0;

	while (strcmp(names[i], name) != 0)
		i++;
	return (enum chain_purpose)i;
}

static enum chain_revocation revocation_of(const char *name)
{
	return !name || strcmp(name, "off") == 0 ? CHAIN_REVOCATION_OFF
	       : strcmp(name, "if-present") == 0 ? CHAIN_REVOCATION_IF_PRESENT
						 : CHAIN_REVOCATION_REQUIRED;
}

static int64_t date(const char *text)
{
	int64_t seconds = 0;

	CHECK(date_read(&seconds, bytes_of_text(text), &e));
	return seconds;
}

static void fill_name(struct chain_question *q, const char *name)
{
	static uint8_t address[16];

	if (strncmp(name, "dns:", 4) == 0)
		q->dns_name = bytes_of_text(name + 4);
	if (strncmp(name, "ip:", 3) == 0) {
		q->address = bytes_of(address, strlen(name + 3) / 2);
		CHECK(text_unhex(address, q->address.size, bytes_of_text(name + 3)));
	}
}

static void run_case(const struct stanza *s)
{
	static struct bytes pool[CONFIG_CHAIN_POOL_MAX], anchors[CONFIG_CHAIN_ANCHORS_MAX];
	static struct bytes crls[CONFIG_CMS_CRLS_MAX];
	const char *expect = stanza_value(s, "expect"), *says = stanza_value(s, "says");
	const char *floor = stanza_value(s, "floor");
	struct chain_question q = {
		.leaf = stanza_data(folder, stanza_value(s, "leaf")),
		.pool = pool,
		.pool_count = fill(pool, stanza_value(s, "pool")),
		.anchors = anchors,
		.anchor_count = fill(anchors, stanza_value(s, "anchor")),
		.clock = floor ? clock_floor(date(floor))
			       : clock_accurate(date(stanza_value(s, "time"))),
		.purpose = purpose_of(stanza_value(s, "purpose")),
		.direct = strcmp(stanza_value(s, "direct"), "yes") == 0,
		.revocation = revocation_of(stanza_value(s, "revocation")),
		.crls = crls,
	};
	struct chain chain;
	char verdict[24];

	if (stanza_value(s, "crls"))
		q.crl_count = fill(crls, stanza_value(s, "crls"));
	fill_name(&q, stanza_value(s, "name"));
	memset(&e, 0, sizeof(e));
	if (chain_verify(&chain, &q, &workspace, &e)) {
		snprintf(verdict, sizeof(verdict), "%zu", chain.length);
		CHECK(bytes_equal(chain.certificates[0], q.leaf));
		CHECK(bytes_equal(chain.certificates[chain.length - 1],
				  q.anchors[chain.anchor]));
		CHECK(bytes_equal(chain.leaf.der, q.leaf));
	} else {
		snprintf(verdict, sizeof(verdict), "%s", e.rule[0] ? e.rule : "no");
		CHECK(e.code == ERROR_REFUSED || e.code == ERROR_MALFORMED);
		CHECK(e.text[0] != '\0');
	}

	bool good = strcmp(verdict, expect) == 0 && (!says || strstr(e.text, says));
	if (!good) {
		printf("%s: said '%s: %s'\n", stanza_value(s, "case"), verdict, e.text);
		check_failed = true;
	}
	printf("%s path_%s %s\n", good ? "ok  " : "FAIL", stanza_value(s, "case"),
	       stanza_value(s, "proves"));
}

TEST(says_what_chains_txt_says, "CMS-18")
{
	CHECK(stanza_each("tests/data/pki/chains.txt", run_case) > 50);
}

#define STACK_SIZE (1024 * 1024)

static void *run_paths(void *unused)
{
	CHECK(stanza_each("tests/data/pki/paths.txt", run_case) > 200);
	return unused;
}

/* On a painted stack: what searches inside searches need is seen, too. */
TEST(says_what_paths_txt_says, "CMS-16 CMS-18 VAL-8 VAL-9 VAL-10 VAL-11 OV-15 OV-16 OV-17")
{
	uint8_t *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;
	size_t untouched = 0;

	CHECK(stack != MAP_FAILED);
	memset(stack, 0xa5, STACK_SIZE);
	folder = "tests/data/pki/paths";
	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setstack(&attributes, stack, STACK_SIZE) == 0);
	CHECK(pthread_create(&thread, &attributes, run_paths, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	folder = FOLDER;
	while (untouched < STACK_SIZE && stack[untouched] == 0xa5)
		untouched++;
	printf("stack %zu bytes, workspace %zu bytes\n", STACK_SIZE - untouched,
	       sizeof(workspace));
	CHECK(STACK_SIZE - untouched + sizeof(workspace) <= 160 * 1024);
	munmap(stack, STACK_SIZE);
}

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct cms_signed bag;

static void read_bag(const char *name)
{
	struct cms cms;

	CHECK(cms_read(&cms, stanza_data(FOLDER, name), &e));
	CHECK(cms_signed_read(&bag, &cms, &e));
	CHECK(cms_check_degenerate(&bag, &e));
}

TEST(ends_among_certificates_that_certify_each_other, "CMS-16")
{
	struct bytes anchor = stanza_data(FOLDER, "root-p384.der");
	double start = milliseconds();
	struct chain chain;

	read_bag("circles.cms");
	struct chain_question q = {
		.leaf = stanza_data(FOLDER, "circle-1-2.der"),
		.pool = bag.certificates,
		.pool_count = bag.certificate_count,
		.anchors = &anchor,
		.anchor_count = 1,
		.clock = clock_accurate(date("2026-12-01T00:00:00Z")),
	};
	CHECK(bag.certificate_count == 56);
	CHECK(!chain_verify(&chain, &q, &workspace, &e));
	CHECK_STR(e.rule, "CMS-16");
	printf("circle of 56: %.1f ms\n", milliseconds() - start);
	/* 100 ms as shipped; here sanitizers watch. */
	CHECK(milliseconds() - start < 1000);
}

TEST(refuses_more_certificates_than_it_looks_at, "CMS-16")
{
	static struct bytes many[CONFIG_CHAIN_POOL_MAX + 1];
	struct bytes anchor = stanza_data(FOLDER, "root-p256.der");
	struct chain_question q = {
		.leaf = stanza_data(FOLDER, "server-p256.der"),
		.pool = many,
		.pool_count = ARRAY_SIZE(many),
		.anchors = &anchor,
		.anchor_count = 1,
	};
	struct chain chain;

	CHECK(!chain_verify(&chain, &q, &workspace, &e));
	CHECK_STR(e.rule, "CMS-16");
	q.pool_count = ARRAY_SIZE(many) - 1;
	CHECK(chain_verify(&chain, &q, &workspace, &e));
	q.anchor_count = 0;
	CHECK(!chain_verify(&chain, &q, &workspace, &e));
}

/* --- trust anchors of redirect information
 * -------------------------------------------------- */

TEST(finds_the_lowest_ca_of_a_trust_anchor, "REDIR-8 REDIR-9")
{
	struct clock clock = clock_accurate(date("2026-12-01T00:00:00Z"));
	struct bytes lowest;

	read_bag("anchor-chain.cms");
	CHECK(chain_lowest(&lowest, bag.certificates, bag.certificate_count, &clock,
			   &workspace, &e));
	CHECK(bytes_equal(lowest, stanza_data(FOLDER, "int-2.der")));
	/* A root alone is its own lowest CA. */
	struct bytes root = stanza_data(FOLDER, "root-rsa2048.der");
	CHECK(chain_lowest(&lowest, &root, 1, &clock, &workspace, &e));
	CHECK(bytes_equal(lowest, root));
}

static const char *lowest_rule(const char *names, const char *time)
{
	struct clock clock = clock_accurate(date(time));
	struct bytes some[8], lowest;

	memset(&e, 0, sizeof(e));
	return chain_lowest(&lowest, some, fill(some, names), &clock, &workspace, &e)
		       ? ""
		       : e.rule;
}

TEST(refuses_trust_anchors_that_are_no_chain, "REDIR-8 REDIR-9 REDIR-10")
{
	const char *now = "2026-12-01T00:00:00Z";

	CHECK_STR(lowest_rule("int-2.der int-1.der", now), "REDIR-10");
	CHECK_STR(lowest_rule("root-p256.der root-p384.der", now), "REDIR-10");
	CHECK_STR(lowest_rule("root-p256.der int-2.der", now), "REDIR-10");
	CHECK_STR(lowest_rule("root-p256.der int-1.der bridge.der", now), "REDIR-10");
	CHECK_STR(lowest_rule("root-p256.der server-p256.der", now), "REDIR-9");
	CHECK_STR(lowest_rule("root-p256.der v1.der", now), "CMS-18");
	CHECK_STR(lowest_rule("none", now), "REDIR-8");
	CHECK_STR(lowest_rule("root-p256.der int-1.der", "2100-01-01T00:00:00Z"), "REDIR-9");
	CHECK_STR(lowest_rule("root-p256.der int-1.der", now), "");
}

/* SPDX-License-Identifier: MIT */
#include "pki/policy.h"

#include "base/writer.h"
#include "check.h"

/* Limits; the rules themselves are tested with certificates in tests/data/pki/paths.txt. */

#define LENGTH 8

static struct error e;
static uint8_t subject_bytes[LENGTH][16], policies_bytes[LENGTH][8192],
	mappings_bytes[LENGTH][64 * 1024];
static struct x509 certificates[LENGTH];
static const struct x509 *path[LENGTH];

static void head(struct writer *w, uint8_t tag, size_t size)
{
	writer_u8(w, tag);
	if (size > 0xff)
		writer_u8(w, 0x82), writer_u8(w, (uint8_t)(size >> 8));
	else if (size > 0x7f)
		writer_u8(w, 0x81);
	writer_u8(w, (uint8_t)size);
}

/* 1.2.(2 arcs of 7 bits) */
static void oid(struct writer *w, unsigned n)
{
	writer_be32(w, 0x06032a00 | (n & 0x7f));
	writer_u8(w, (uint8_t)(n >> 7 & 0x7f));
}

/* A path of @count policies at each level, each of which is mapped to each. */
static void fill(unsigned count)
{
	for (size_t i = 0; i < LENGTH; i++) {
		struct writer s = writer_over(subject_bytes[i], sizeof(subject_bytes[i]));
		struct writer p = writer_over(policies_bytes[i], sizeof(policies_bytes[i]));
		struct writer m = writer_over(mappings_bytes[i], sizeof(mappings_bytes[i]));

		/* CN=<letter>, so that nothing is self-issued */
		writer_bytes(
			&s,
			bytes_of("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01", 13));
		writer_u8(&s, (uint8_t)('a' + i));
		head(&p, DER_SEQUENCE, count * 7);
		for (unsigned k = 0; k < count; k++) {
			writer_be16(&p, 0x3005);
			oid(&p, k);
		}
		head(&m, DER_SEQUENCE, count * count * 12);
		for (unsigned k = 0; k < count * count; k++) {
			writer_be16(&m, 0x300a);
			oid(&m, k / count);
			oid(&m, k % count);
		}
		CHECK(writer_ok(&s) && writer_ok(&p) && writer_ok(&m));
		certificates[i] = (struct x509){
			.subject = writer_done(&s),
			.issuer = bytes_of("\x30\x00", 2),
			.policies = writer_done(&p),
			.policy_mappings = writer_done(&m),
			.require_explicit_policy = 0,
			.inhibit_policy_mapping = X509_NO_LIMIT,
			.inhibit_any_policy = X509_NO_LIMIT,
		};
		path[i] = &certificates[i];
	}
}

TEST(a_tree_that_would_explode_is_a_set, "CMS-18 CMS-16")
{
	unsigned work = 1000000;

	/* A tree has 20 to the power of 7 leaves here. */
	fill(20);
	CHECK(policy_check(path, LENGTH, &work, &e));
	printf("work for 20 policies, each mapped to each, 7 times: %u\n", 1000000 - work);
	CHECK(work > 900000);
}

TEST(refuses_what_takes_too_much_work, "CMS-16")
{
	unsigned work = 1000;

	fill(20);
	CHECK(!policy_check(path, LENGTH, &work, &e) && work == 0);
	CHECK_STR(e.rule, "CMS-16");
}

TEST(refuses_more_policies_than_it_keeps, "CMS-16")
{
	unsigned work = 1000000;

	fill(CONFIG_POLICIES_MAX);
	CHECK(policy_check(path, LENGTH, &work, &e) || work == 0);
	fill(CONFIG_POLICIES_MAX + 1);
	work = 10000000;
	CHECK(!policy_check(path, LENGTH, &work, &e) && work > 0);
	CHECK_STR(e.rule, "CMS-16");
}

TEST(a_leaf_that_is_the_anchor_needs_no_policy, "OC-7 CMS-18")
{
	unsigned work = 1000;

	fill(1);
	certificates[0].policies = (struct bytes){ 0 };
	CHECK(policy_check(path, 1, &work, &e));
	CHECK(!policy_check(path, 2, &work, &e));
	CHECK_STR(e.rule, "CMS-18");
}

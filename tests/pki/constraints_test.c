/* SPDX-License-Identifier: MIT */
#include "pki/constraints.h"

#include "base/writer.h"
#include "check.h"
#include "stanza.h"

/*
 * One constraint and one name, written into extensions as a CA would; whole certificates are
 * in tests/data/pki/paths.txt.
 */

static struct error e;
static uint8_t ca_bytes[256 * 1024], below_bytes[256 * 1024];

static void item(struct writer *w, uint8_t tag, const void *content, size_t size)
{
	writer_u8(w, tag);
	if (size > 0xff)
		writer_u8(w, 0x82), writer_be16(w, (uint16_t)size);
	else if (size > 0x7f)
		writer_u8(w, 0x81), writer_u8(w, (uint8_t)size);
	else
		writer_u8(w, (uint8_t)size);
	writer_bytes(w, bytes_of(content, size));
}

/* @count times the same subtree in list [@list]. */
static struct bytes constraints(uint8_t list, uint8_t tag, struct bytes base, size_t count)
{
	static uint8_t one[512], all[200 * 1024], outer[200 * 1024];
	struct writer a = writer_over(one, sizeof(one)), b = writer_over(all, sizeof(all));
	struct writer c = writer_over(outer, sizeof(outer));
	struct writer d = writer_over(ca_bytes, sizeof(ca_bytes));

	item(&a, tag, base.at, base.size);
	for (size_t i = 0; i < count; i++)
		item(&b, DER_SEQUENCE, one, a.used);
	item(&c, DER_CONTEXT_OPEN(list), all, b.used);
	item(&d, DER_SEQUENCE, outer, c.used);
	CHECK(writer_ok(&d));
	return writer_done(&d);
}

static struct bytes names(uint8_t tag, struct bytes name, size_t count)
{
	static uint8_t all[200 * 1024];
	struct writer a = writer_over(all, sizeof(all));
	struct writer b = writer_over(below_bytes, sizeof(below_bytes));

	for (size_t i = 0; i < count; i++)
		item(&a, tag, name.at, name.size);
	item(&b, DER_SEQUENCE, all, a.used);
	CHECK(writer_ok(&b));
	return writer_done(&b);
}

static const struct bytes no_name = { (const uint8_t *)"\x30\x00", 2 };

static bool check(struct bytes limits, struct bytes alt_names, unsigned work)
{
	struct x509 ca = { .subject = no_name, .name_constraints = limits };
	struct x509 below = { .subject = no_name, .alt_names = alt_names };

	e = (struct error){ 0 };
	return constraints_check(&ca, &below, &work, &e);
}

/* "in", "out" of what a subtree holds, or "?" when it refuses either way. */
static const char *holds(uint8_t tag, struct bytes base, struct bytes name)
{
	struct bytes alt_names = names(tag, name, 1);
	bool permitted = check(constraints(0, tag, base, 1), alt_names, 100);
	bool excluded = !check(constraints(1, tag, base, 1), alt_names, 100);

	return permitted && excluded ? "in" : !permitted && !excluded ? "out" : "?";
}

static const char *text(uint8_t tag, const char *base, const char *name)
{
	return holds(tag, bytes_of_text(base), bytes_of_text(name));
}

#define DNS(BASE, NAME)	  text(X509_NAME_DNS, BASE, NAME)
#define EMAIL(BASE, NAME) text(X509_NAME_EMAIL, BASE, NAME)
#define URI(BASE, NAME)	  text(X509_NAME_URI, BASE, NAME)

TEST(compares_dns_names, "CMS-18")
{
	CHECK_STR(DNS("example.net", "example.net"), "in");
	CHECK_STR(DNS("example.net", "EXAMPLE.Net"), "in");
	CHECK_STR(DNS("example.net", "a.example.net"), "in");
	CHECK_STR(DNS("example.net", "a.b.example.net"), "in");
	CHECK_STR(DNS("example.net", "*.example.net"), "in");
	CHECK_STR(DNS("net", "example.net"), "in");
	CHECK_STR(DNS("", "example.net"), "in");
	CHECK_STR(DNS("example.net", "net"), "out");
	CHECK_STR(DNS("example.net", "badexample.net"), "out");
	CHECK_STR(DNS("example.net", "example.net.org"), "out");
	CHECK_STR(DNS("a.example.net", "example.net"), "out");
	CHECK_STR(DNS("a.example.net", "*.b.example.net"), "out");
	/* Some of it is in: neither permitted nor left alone when excluded. */
	CHECK_STR(DNS("a.example.net", "*.example.net"), "?");
	/* No host names. */
	CHECK_STR(DNS(".example.net", "a.example.net"), "?");
	CHECK_STR(DNS("example.net", "a.example.net."), "?");
	CHECK_STR(DNS("example.net", ".example.net"), "?");
	CHECK_STR(DNS("example.net", "a..example.net"), "?");
	CHECK_STR(DNS("example.net", "a.*.example.net"), "?");
	CHECK_STR(DNS("example.net", "*"), "?");
	CHECK_STR(DNS("example.net", ""), "?");
	CHECK_STR(DNS("*.example.net", "a.example.net"), "?");
}

TEST(compares_email_addresses, "CMS-18")
{
	CHECK_STR(EMAIL("example.net", "a@example.net"), "in");
	CHECK_STR(EMAIL("example.net", "a@EXAMPLE.net"), "in");
	CHECK_STR(EMAIL("example.net", "\"a@b\"@example.net"), "in");
	CHECK_STR(EMAIL("example.net", "a@b.example.net"), "out");
	CHECK_STR(EMAIL(".example.net", "a@b.example.net"), "in");
	CHECK_STR(EMAIL(".example.net", "a@example.net"), "out");
	CHECK_STR(EMAIL("a@example.net", "a@Example.net"), "in");
	CHECK_STR(EMAIL("a@example.net", "A@example.net"), "out");
	CHECK_STR(EMAIL("a@example.net", "a@example.org"), "out");
	CHECK_STR(EMAIL("", "a@example.net"), "in");
	CHECK_STR(EMAIL("example.net", "example.net"), "?");
	CHECK_STR(EMAIL("example.net", "@example.net"), "?");
	CHECK_STR(EMAIL("example.net", "a@"), "?");
	CHECK_STR(EMAIL("a@", "a@example.net"), "?");
	CHECK_STR(EMAIL("@example.net", "a@example.net"), "?");
	CHECK_STR(EMAIL("a@.example.net", "a@b.example.net"), "?");
}

TEST(compares_the_host_of_a_uri, "CMS-18")
{
	CHECK_STR(URI("example.net", "http://example.net"), "in");
	CHECK_STR(URI("example.net", "http://EXAMPLE.net:80/a"), "in");
	CHECK_STR(URI("example.net", "http://a:b@example.net?c"), "in");
	CHECK_STR(URI("example.net", "http://a.example.net/"), "out");
	CHECK_STR(URI(".example.net", "http://a.example.net/"), "in");
	CHECK_STR(URI(".example.net", "http://example.net/"), "out");
	CHECK_STR(URI("example.net", "http://example.org#@example.net"), "out");
	CHECK_STR(URI("example.net", "http://example.org/@example.net"), "out");
	CHECK_STR(URI("example.net", "http://example.net@example.org"), "out");
	CHECK_STR(URI("example.net", "http://192.0.2.1/"), "?");
	CHECK_STR(URI("example.net", "http://[2001:db8::1]/"), "?");
	CHECK_STR(URI("example.net", "urn:example.net"), "?");
	CHECK_STR(URI("example.net", "example.net"), "?");
	CHECK_STR(URI("example.net", "://example.net"), "?");
	CHECK_STR(URI("http://example.net", "http://example.net"), "?");
}

TEST(compares_addresses, "CMS-18")
{
	struct bytes four = bytes_of("\xc0\x00\x02\x09", 4);
	struct bytes sixteen = bytes_of("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
#define IP(BASE, NAME) holds(X509_NAME_IP, bytes_of(BASE, sizeof(BASE) - 1), NAME)

	CHECK_STR(IP("\xc0\x00\x02\x00\xff\xff\xff\x00", four), "in");
	CHECK_STR(IP("\xc0\x00\x02\x01\xff\xff\xff\x00", four), "in");
	CHECK_STR(IP("\0\0\0\0\0\0\0\0", four), "in");
	CHECK_STR(IP("\xc0\x00\x02\x08\xff\xff\xff\xff", four), "out");
	CHECK_STR(IP("\xc0\x00\x03\x00\xff\xff\xff\x00", four), "out");
	CHECK_STR(IP("\xc0\x00\x02\x00\xff\xff\xff\x00", sixteen), "out");
	CHECK_STR(IP("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\xff\xff\xff\xfe\0\0\0\0\0\0\0\0\0\0\0\0",
		     sixteen),
		  "in");
	CHECK_STR(IP("\x20\x01\x0d\xba\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\xff\xff\xff\xfe\0\0\0\0\0\0\0\0\0\0\0\0",
		     sixteen),
		  "out");
	CHECK_STR(IP("\xc0\x00\x02\x00\xff\x00\xff\x00", four), "?");
	CHECK_STR(IP("\xc0\x00\x02\x00\xff\xff\xff", four), "?");
	CHECK_STR(IP("\xc0\x00\x02\x09", four), "?");
}

TEST(kinds_that_are_not_compared_refuse, "CMS-18")
{
	static const uint8_t kinds[] = { X509_NAME_OTHER, X509_NAME_X400, X509_NAME_EDI,
					 X509_NAME_RID };

	for (size_t i = 0; i < sizeof(kinds); i++) {
		CHECK_STR(text(kinds[i], "a", "a"), "?");
		/* Only where both sides have the kind. */
		CHECK(check(constraints(0, kinds[i], bytes_of_text("a"), 1),
			    names(X509_NAME_DNS, bytes_of_text("example.net"), 1), 100));
	}
	CHECK_STR(text(X509_NAME_DIRECTORY, "a", "a"), "?");
}

TEST(refuses_malformed_constraints, "CMS-18")
{
	static const char *const bad[] = {
		"\x30\x00",				    /* nothing */
		"\x30\x02\xa0\x00",			    /* no subtree */
		"\x30\x04\xa0\x02\x30\x00",		    /* no base */
		"\x30\x05\xa2\x03\x82\x01\x61",		    /* no such list */
		"\x30\x08\xa0\x06\x30\x04\x82\x05\x61\x62", /* past the end */
	};
	struct bytes alt_names = names(X509_NAME_DNS, bytes_of_text("a"), 1);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK(!check(bytes_of(bad[i], 2 + (size_t)bad[i][1]), alt_names, 100));
		CHECK_STR(e.rule, "CMS-18");
	}
	/* minimum 0 written out is taken, minimum 1 and a maximum are not. */
	CHECK(check(bytes_of("\x30\x0a\xa0\x08\x30\x06\x82\x01\x61\x80\x01\x00", 12),
		    alt_names, 100));
	CHECK(!check(bytes_of("\x30\x0a\xa0\x08\x30\x06\x82\x01\x61\x80\x01\x01", 12),
		     alt_names, 100));
	CHECK(!check(bytes_of("\x30\x0a\xa0\x08\x30\x06\x82\x01\x61\x81\x01\x00", 12),
		     alt_names, 100));
}

TEST(counts_its_work, "CMS-16")
{
	struct bytes limits = constraints(0, X509_NAME_DNS, bytes_of_text("example.net"),
					  100);
	struct bytes alt_names = names(X509_NAME_DNS, bytes_of_text("a.example.net"), 50);
	struct x509 ca = { .subject = no_name, .name_constraints = limits };
	struct x509 below = { .subject = no_name, .alt_names = alt_names };
	unsigned work = 10000;

	CHECK(constraints_check(&ca, &below, &work, &e) && work == 10000 - 100 * 50);
	CHECK(!constraints_check(&ca, &below, &work, &e) || work == 0);
	work = 100 * 50 - 1;
	CHECK(!constraints_check(&ca, &below, &work, &e) && work == 0);
	CHECK_STR(e.rule, "CMS-16");
}

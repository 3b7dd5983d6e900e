/* SPDX-License-Identifier: MIT */
#include "codec/pem.h"

#include "check.h"

static uint8_t room[256];
static struct writer into;
static struct bytes rest;
static struct pem pem;
static struct error e;
static bool found;

static bool next(void)
{
	return pem_next(&pem, &found, &rest, &into, &e);
}

static void over(const char *text)
{
	into = writer_over(room, sizeof(room));
	rest = bytes_of_text(text);
}

TEST(reads_blocks_one_after_the_other, "CMS-2")
{
	over("subject=x\n-----BEGIN CERTIFICATE-----\nZm9v\nYmFy\n-----END CERTIFICATE-----\n"
	     "text between\r\n-----BEGIN CMS-----\r\nZm8=\r\n-----END CMS-----");
	CHECK(pem_is(rest));
	CHECK(next() && found);
	CHECK(bytes_equal_text(pem.label, "CERTIFICATE"));
	CHECK(bytes_equal_text(pem.content, "foobar"));
	CHECK(next() && found);
	CHECK(bytes_equal_text(pem.label, "CMS"));
	CHECK(bytes_equal_text(pem.content, "fo"));
	CHECK(next() && !found);
}

TEST(der_is_not_pem, "")
{
	CHECK(!pem_is(bytes_of("\x30\x03\x02\x01\x05", 5)));
	CHECK(!pem_is(bytes_of_text("-----BEGIN \n")));
	over("no block at all");
	CHECK(next() && !found);
}

TEST(refuses_blocks_that_are_not_whole, "CMS-2")
{
	over("-----BEGIN A-----\nZm9v\n");
	CHECK(!next());
	over("-----BEGIN A-----\nZm9v\n-----END B-----\n");
	CHECK(!next());
	over("-----BEGIN A-----\nZm9\n-----END A-----\n");
	CHECK(!next());
	over("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nZm9v\n-----END A-----\n");
	CHECK(!next() && strstr(e.text, "headers"));
	over("-----BEGIN A-----\nZm9v\n-----END A--\n");
	CHECK(!next());
}

TEST(reads_what_it_writes, "")
{
	static uint8_t text[1024];

	for (size_t size = 1; size < 200; size++) {
		uint8_t content[200];
		struct writer w = writer_over(text, sizeof(text) - 1);

		memset(content, (int)size, sizeof(content));
		pem_write(&w, "PRIVATE KEY", bytes_of(content, size));
		CHECK(writer_ok(&w));
		text[w.used] = '\0';
		for (char *line = (char *)text, *end; (end = strchr(line, '\n')); line = end + 1)
			CHECK(end - line <= 64);
		over((char *)text);
		CHECK(next() && found && bytes_equal_text(pem.label, "PRIVATE KEY") &&
		      bytes_equal(pem.content, bytes_of(content, size)));
	}
}

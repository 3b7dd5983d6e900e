/* SPDX-License-Identifier: MIT */
#include "codec/base64.h"

#include "check.h"

static uint8_t room[64];
static struct error e;

static bool decodes(const char *text, const char *wanted)
{
	struct writer w = writer_over(room, sizeof(room));
	struct bytes out;

	return base64_decode(&out, &w, bytes_of_text(text), &e) &&
	       bytes_equal_text(out, wanted) && w.used == out.size;
}

static bool refuses(const char *text)
{
	struct writer w = writer_over(room, sizeof(room));
	struct bytes out;

	writer_text(&w, "kept");
	return !base64_decode(&out, &w, bytes_of_text(text), &e) && w.used == 4 &&
	       writer_ok(&w) && e.code == ERROR_MALFORMED;
}

TEST(decodes_the_vectors_of_the_rfc, "ROUT-7 ENCODE-1 ENCODE-4")
{
	CHECK(decodes("", ""));
	CHECK(decodes("Zg==", "f"));
	CHECK(decodes("Zm8=", "fo"));
	CHECK(decodes("Zm9v", "foo"));
	CHECK(decodes("Zm9vYg==", "foob"));
	CHECK(decodes("Zm9vYmE=", "fooba"));
	CHECK(decodes("Zm9vYmFy", "foobar"));
}

TEST(passes_over_white_space, "ROUT-7")
{
	CHECK(decodes(" Z\tm9\r\nv Y g = = \n", "foob"));
	CHECK(decodes("\n", ""));
}

TEST(refuses_all_else, "ROUT-7")
{
	CHECK(refuses("Zg")); /* padding missing */
	CHECK(refuses("Zg="));
	CHECK(refuses("Z==="));
	CHECK(refuses("===="));
	CHECK(refuses("="));
	CHECK(refuses("Zg==="));
	CHECK(refuses("Zg==Zg==")); /* goes on after the end */
	CHECK(refuses("Zg=v"));
	CHECK(refuses("Zm8=="));
	CHECK(refuses("Zm9v="));
	CHECK(refuses("Zh==")); /* bits left over */
	CHECK(refuses("Zm9="));
	CHECK(refuses("Zm9-")); /* the URL alphabet */
	CHECK(refuses("Zm9_"));
	CHECK(refuses("Zm9v\x80"));
	CHECK(refuses("Zm9v."));
}

TEST(refuses_a_nul, "ROUT-7")
{
	struct writer w = writer_over(room, sizeof(room));
	struct bytes out;

	CHECK(!base64_decode(&out, &w, bytes_of("Zm9v\0", 5), &e));
}

TEST(says_when_there_is_no_room, "")
{
	struct writer w = writer_over(room, 3);
	struct bytes out;

	CHECK(!base64_decode(&out, &w, bytes_of_text("Zm9vYg=="), &e));
	CHECK(e.code == ERROR_REFUSED);
	CHECK(w.used == 0 && writer_ok(&w));
	CHECK(base64_decode(&out, &w, bytes_of_text("Zm9v"), &e));
}

TEST(encodes_what_it_decodes, "ENCODE-1")
{
	uint8_t data[16], text[32];

	for (size_t size = 0; size <= sizeof(data); size++) {
		struct writer w = writer_over(text, sizeof(text)),
			      back = writer_over(room, 64);
		struct bytes out;

		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)(i * 37 + size * 11);
		base64_write(&w, bytes_of(data, size));
		CHECK(writer_ok(&w) && w.used == BASE64_SIZE(size));
		CHECK(base64_decode(&out, &back, writer_done(&w), &e));
		CHECK(bytes_equal(out, bytes_of(data, size)));
	}
}

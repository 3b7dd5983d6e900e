/* SPDX-License-Identifier: MIT */
#include "codec/der_writer.h"

#include "check.h"

static uint8_t room[70000], content[70000];
static struct writer w;

static struct bytes start(void)
{
	w = writer_over(room, sizeof(room));
	return bytes_of(content, sizeof(content));
}

/* What is written is read again by der.c, which takes the shortest form only. */
TEST(lengths_in_their_shortest_form, "")
{
	static const size_t sizes[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		bool bad;

		start();
		writer_u8(&w, 0x55);
		der_writer_item(&w, DER_OCTET_STRING, bytes_of(content, sizes[i]));
		struct reader r = reader_over(bytes_of(room + 1, w.used - 1), &bad);
		CHECK(der_take(&r, DER_OCTET_STRING).size == sizes[i] && reader_ok(&r));
		CHECK(room[0] == 0x55);
	}
	start();
	der_writer_item(&w, DER_OCTET_STRING, bytes_of(content, 0x10000));
	CHECK(!writer_ok(&w));
}

TEST(turns_itself_off_when_full, "")
{
	for (size_t size = 0; size < 131; size++) {
		w = writer_over(room, size);
		room[size] = 0xee;
		der_writer_item(&w, DER_OCTET_STRING, bytes_of(content, 128));
		CHECK(!writer_ok(&w) && room[size] == 0xee);
	}
	w = writer_over(room, 131);
	der_writer_item(&w, DER_OCTET_STRING, bytes_of(content, 128));
	CHECK(writer_ok(&w));
}

static bool number_is(const char *number, size_t size, const char *der, size_t der_size)
{
	start();
	der_writer_number(&w, bytes_of(number, size));
	return bytes_equal(writer_done(&w), bytes_of(der, der_size));
}

TEST(numbers_without_needless_zeros, "")
{
	CHECK(number_is("", 0, "\x02\x01\x00", 3));
	CHECK(number_is("\0\0", 2, "\x02\x01\x00", 3));
	CHECK(number_is("\0\x7f", 2, "\x02\x01\x7f", 3));
	CHECK(number_is("\0\x80", 2, "\x02\x02\x00\x80", 4));
	CHECK(number_is("\x01\0", 2, "\x02\x02\x01\x00", 4));
}

TEST(signatures_as_two_numbers, "")
{
	start();
	der_writer_ecdsa(&w, bytes_of("\x00\x01\x80\x00", 4));
	CHECK(bytes_equal(writer_done(&w), bytes_of("\x30\x08\x02\x01\x01\x02\x03\x00\x80\x00", 10)));
	start();
	der_writer_bits(&w, bytes_of("\x80", 1));
	CHECK(bytes_equal(writer_done(&w), bytes_of("\x03\x02\x00\x80", 4)));
}

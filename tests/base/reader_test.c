/* SPDX-License-Identifier: MIT */
#include "base/reader.h"

#include "check.h"

static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

TEST(reads_both_byte_orders, "")
{
	bool bad;
	struct reader r = reader_over(bytes_of(data, sizeof(data)), &bad);

	CHECK(reader_u8(&r) == 1);
	CHECK(reader_be16(&r) == 0x0203);
	CHECK(reader_le16(&r) == 0x0504);
	CHECK(reader_be32(&r) == 0x06070809);
	CHECK(reader_ok(&r));
}

TEST(turns_itself_off_past_the_end, "SEC-5")
{
	bool bad;
	struct reader r = reader_over(bytes_of(data, 3), &bad);

	CHECK(reader_be32(&r) == 0);
	CHECK(bad && !reader_ok(&r) && reader_left(&r) == 0);
	CHECK(reader_u8(&r) == 0);
	CHECK(reader_rest(&r).size == 0);
	CHECK(reader_cut(&r, 0).left == 0);
}

TEST(a_cut_shares_the_flag_of_its_message, "SEC-5")
{
	bool bad;
	struct reader r = reader_over(bytes_of(data, sizeof(data)), &bad);
	struct reader inner = reader_cut(&r, 2);

	reader_be32(&inner);
	CHECK(bad);
	CHECK(reader_left(&r) == 0);
}

TEST(a_size_near_the_top_of_size_t_is_past_the_end, "SEC-5")
{
	bool bad;
	struct reader r = reader_over(bytes_of(data, sizeof(data)), &bad);

	CHECK(reader_bytes(&r, SIZE_MAX).size == 0 && bad);
}

TEST(until_needs_its_stop, "")
{
	bool bad;
	struct reader r = reader_over(bytes_of("ab:cd", 5), &bad);

	CHECK(bytes_equal_text(reader_until(&r, ':'), "ab"));
	CHECK(reader_until(&r, ':').size == 0 && bad);
}

TEST(trailing_bytes_are_not_ok, "")
{
	bool bad;
	struct reader r = reader_over(bytes_of(data, 2), &bad);

	reader_u8(&r);
	CHECK(!reader_ok(&r) && !bad);
}

/* SPDX-License-Identifier: MIT */
#include "codec/der.h"

#include "base/text.h"
#include "codec/date.h"

/* Lengths in their shortest form, at most four octets: 4 GiB is above every limit here. */
static size_t take_length(struct reader *r)
{
	uint8_t first = reader_u8(r);

	if (first < 0x80)
		return first;

	unsigned octets = first & 0x7f;
	size_t length = 0;

	if (octets < 1 || octets > 4) { /* 0x80: indefinite */
		reader_fail(r);
		return 0;
	}
	for (unsigned i = 0; i < octets; i++)
		length = length << 8 | reader_u8(r);
	if (length < 0x80 || length >> (8 * (octets - 1)) == 0)
		reader_fail(r);
	return length;
}

struct der_item der_next(struct reader *r)
{
	struct der_item item = { 0 };
	const uint8_t *start = r->at;
	uint8_t tag = reader_u8(r);

	/* High tag numbers, and the tag of "end of contents", occur nowhere in what we read.
	 */
	if ((tag & 0x1f) == 0x1f || tag == 0)
		reader_fail(r);

	size_t length = take_length(r);

	if (*r->bad)
		return item;

	struct bytes content = reader_bytes(r, length);

	if (*r->bad)
		return item;
	item.tag = tag;
	item.content = content;
	item.whole = bytes_of(start, (size_t)(r->at - start));
	return item;
}

bool der_at(const struct reader *r, uint8_t tag)
{
	return reader_left(r) && reader_peek(r) == tag;
}

static struct der_item take(struct reader *r, uint8_t tag)
{
	struct der_item item = der_next(r);

	if (item.tag == tag)
		return item;
	reader_fail(r);
	return (struct der_item){ 0 };
}

struct bytes der_take(struct reader *r, uint8_t tag)
{
	return take(r, tag).content;
}

struct bytes der_take_whole(struct reader *r, uint8_t tag)
{
	return take(r, tag).whole;
}

struct reader der_open(struct reader *r, uint8_t tag)
{
	struct bytes content = der_take(r, tag);

	return reader_within(content, r->bad);
}

void der_end(struct reader *r)
{
	if (reader_left(r))
		reader_fail(r);
}

bool der_boolean(struct reader *r)
{
	struct bytes b = der_take(r, DER_BOOLEAN);

	if (b.size == 1 && (b.at[0] == 0x00 || b.at[0] == 0xff))
		return b.at[0] != 0;
	reader_fail(r);
	return false;
}

struct bytes der_integer(struct reader *r)
{
	struct bytes b = der_take(r, DER_INTEGER);

	/* Nine equal leading bits: one octet too many. */
	if (b.size == 0 || (b.size > 1 && ((b.at[0] == 0x00 && !(b.at[1] & 0x80)) ||
					   (b.at[0] == 0xff && (b.at[1] & 0x80))))) {
		reader_fail(r);
		return (struct bytes){ 0 };
	}
	return b;
}

uint32_t der_small(struct reader *r, uint32_t max)
{
	struct bytes b = der_integer(r);
	uint64_t value = 0;

	if (b.size > 5 || (b.size && (b.at[0] & 0x80)))
		reader_fail(r);
	for (size_t i = 0; i < b.size && i < 5; i++)
		value = value << 8 | b.at[i];
	if (value > max)
		reader_fail(r);
	return *r->bad ? 0 : (uint32_t)value;
}

struct bytes der_positive(struct reader *r)
{
	struct bytes b = der_integer(r);

	if (b.size == 0)
		return b;
	if ((b.at[0] & 0x80) || (b.size == 1 && b.at[0] == 0)) {
		reader_fail(r);
		return (struct bytes){ 0 };
	}
	return b.at[0] == 0 ? bytes_of(b.at + 1, b.size - 1) : b;
}

struct bytes der_bit_octets(struct reader *r)
{
	struct bytes b = der_take(r, DER_BIT_STRING);

	if (b.size == 0 || b.at[0] != 0) {
		reader_fail(r);
		return (struct bytes){ 0 };
	}
	return bytes_of(b.at + 1, b.size - 1);
}

uint32_t der_named_bits(struct reader *r)
{
	struct bytes b = der_take(r, DER_BIT_STRING);
	uint32_t bits = 0;

	if (b.size == 0 || b.size > 5 || b.at[0] > 7 || (b.size == 1 && b.at[0] != 0)) {
		reader_fail(r);
		return 0;
	}
	for (size_t i = 0; i < (b.size - 1) * 8; i++)
		if (b.at[1 + i / 8] & (0x80 >> i % 8))
			bits |= (uint32_t)1 << i;
	/* Unused bits are 0, and the last used one is 1 (X.690 §11.2). */
	size_t used = (b.size - 1) * 8 - b.at[0];
	if (used && (bits >> (used - 1)) != 1) {
		reader_fail(r);
		return 0;
	}
	return bits;
}

struct bytes der_oid(struct reader *r)
{
	struct bytes b = der_take(r, DER_OID);
	bool starts = true;

	for (size_t i = 0; i < b.size; i++) {
		if (starts && b.at[i] == 0x80) /* an arc with a leading zero */
			reader_fail(r);
		starts = !(b.at[i] & 0x80);
	}
	if (b.size == 0 || !starts) {
		reader_fail(r);
		return (struct bytes){ 0 };
	}
	return *r->bad ? (struct bytes){ 0 } : b;
}

void der_null(struct reader *r)
{
	if (der_take(r, DER_NULL).size)
		reader_fail(r);
}

static unsigned two_digits(struct reader *r)
{
	uint64_t value = 0;

	if (!text_number(&value, reader_bytes(r, 2), 99))
		reader_fail(r);
	return (unsigned)value;
}

int64_t der_time(struct reader *r)
{
	struct der_item item = der_next(r);
	struct reader t = reader_within(item.content, r->bad);
	unsigned year = two_digits(&t);
	int64_t seconds = 0;

	if (item.tag == DER_GENERALIZED_TIME)
		year = year * 100 + two_digits(&t);
	else if (item.tag == DER_UTC_TIME)
		year += year < 50 ? 2000 : 1900;
	else
		reader_fail(r);

	unsigned month = two_digits(&t), day = two_digits(&t), hour = two_digits(&t);
	unsigned minute = two_digits(&t), second = two_digits(&t);

	if (reader_u8(&t) != 'Z' || !reader_ok(&t) || second > 59 ||
	    !date_seconds(&seconds, year, month, day, hour, minute, second)) {
		reader_fail(r);
		return 0;
	}
	return seconds;
}

/* Bytes above 0x7f that were replaced by U+FFFD: ef bf bd again and again. */
static bool is_damaged_text(struct bytes b)
{
	for (size_t i = 0; i + 3 <= b.size && i < 64; i++)
		if (memcmp(b.at + i, "\xef\xbf\xbd", 3) == 0)
			return true;
	return false;
}

bool der_complain(struct bytes input, struct error *e)
{
	bool bad;
	struct reader r = reader_over(input, &bad);

	if (input.size == 0)
		return error_set(e, ERROR_MALFORMED, NULL, "not DER: empty");
	if (is_damaged_text(input))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "not DER: damaged by a text conversion (ef bf bd); copy the "
				 "file as binary");
	if (text_starts(input, "-----BEGIN"))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "not DER but PEM; convert it with openssl");
	if (input.size > 1 && input.at[0] == DER_SEQUENCE && input.at[1] == 0x80)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "not DER: indefinite length; the sender wrote BER");

	der_next(&r);
	if (bad)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "not DER: cut short, or not ASN.1 at all (%zu bytes)",
				 input.size);
	if (reader_left(&r))
		return error_set(e, ERROR_MALFORMED, NULL, "not DER: %zu bytes after the end",
				 reader_left(&r));
	return error_set(e, ERROR_MALFORMED, NULL, "not the structure it should be");
}

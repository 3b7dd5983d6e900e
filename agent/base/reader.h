/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bytes.h"

/*
 * The one way to read hostile bytes: a cursor that turns itself off.
 *
 * Any read past the end sets *bad, and from then on every read gives 0 and every cut
 * gives nothing.  Read straight through, then ask once.  Readers cut from a reader
 * share its flag: one flag for a whole message.  A reader never outlives the function
 * that made it; what leaves is struct bytes (borrowed) or a copied value.
 */
struct reader {
	const uint8_t *at;
	size_t left;
	bool *bad;
};

/* Start over @bytes.  @bad: the message's flag, set to false here. */
struct reader reader_over(struct bytes bytes, bool *bad);

/* Start over @bytes under a flag that is already in use. */
struct reader reader_within(struct bytes bytes, bool *bad);

/* Bytes left; 0 once bad, so loops end. */
size_t reader_left(const struct reader *r);

uint8_t reader_u8(struct reader *r);
uint16_t reader_be16(struct reader *r);
uint32_t reader_be32(struct reader *r);
uint64_t reader_be64(struct reader *r);
uint16_t reader_le16(struct reader *r);
uint32_t reader_le32(struct reader *r);
uint64_t reader_le64(struct reader *r);

/* The next byte without taking it; 0 at the end (which is not bad). */
uint8_t reader_peek(const struct reader *r);

/* Take @size bytes: as a view, as a reader of their own, or copied into @to. */
struct bytes reader_bytes(struct reader *r, size_t size);
struct reader reader_cut(struct reader *r, size_t size);
void reader_copy(struct reader *r, void *to, size_t size);
void reader_skip(struct reader *r, size_t size);

/* Everything that is left. */
struct bytes reader_rest(struct reader *r);

/* Take bytes up to, not including, @stop; takes @stop too.  Bad when it never comes. */
struct bytes reader_until(struct reader *r, uint8_t stop);

/* Mark the message bad: for contents that are wrong, not only short. */
void reader_fail(struct reader *r);

/* Not bad and nothing left: for forms in which trailing bytes are an error. */
bool reader_ok(const struct reader *r);

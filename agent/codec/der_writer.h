/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"
#include "codec/der.h"

/*
 * DER (X.690 §10), written inside out: contents first, then der_writer_wrap() moves them up
 * and puts tag and length before.  What is written so is small, so the moving costs nothing.
 * As with any writer: write straight through, ask writer_ok() once.
 */

/* What has been written since w->used was @from becomes the content of one item; 64 KiB. */
void der_writer_wrap(struct writer *w, size_t from, uint8_t tag);

void der_writer_item(struct writer *w, uint8_t tag, struct bytes content);

/* INTEGER of a big-endian number that is not negative, whatever zeros it begins with. */
void der_writer_number(struct writer *w, struct bytes number);

/* BIT STRING of whole octets. */
void der_writer_bits(struct writer *w, struct bytes octets);

/* Ecdsa-Sig-Value (RFC 3279 §2.2.3) of r and s, each padded to the same size. */
void der_writer_ecdsa(struct writer *w, struct bytes raw);

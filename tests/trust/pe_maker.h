/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/writer.h"

/* Small PE images with the fields that measuring looks at. */

struct pe_section {
	const char *name, *contents;
	uint32_t virtual_size; /* 0: the contents' */
};

#define PE_ALIGN	64
#define PE_HEADERS	1024
#define PE_HEADER_AT	0x40
#define PE_OPTIONAL_AT	(PE_HEADER_AT + 24)
#define PE_CHECKSUM_AT	(PE_OPTIONAL_AT + 64)
#define PE_DIRECTORY_AT (PE_OPTIONAL_AT + 112)

/*
 * Write an image: headers of PE_HEADERS bytes, sections padded to PE_ALIGN, @certificate
 * bytes behind them.
 */
static void pe_make(struct writer *w, const struct pe_section *sections, size_t count,
		    size_t certificate)
{
	uint32_t at = PE_HEADERS, end = PE_HEADERS;

	for (size_t i = 0; i < count; i++)
		end += (strlen(sections[i].contents) + PE_ALIGN - 1) / PE_ALIGN * PE_ALIGN;
	writer_text(w, "MZ");
	writer_fill(w, 0, 0x3c - 2);
	writer_le32(w, PE_HEADER_AT);
	writer_text(w, "PE");
	writer_le16(w, 0);
	writer_le16(w, 0x8664);
	writer_le16(w, count);
	writer_fill(w, 0, 12);
	writer_le16(w, 112 + 16 * 8);
	writer_le16(w, 0x22e);
	/* optional header */
	writer_le16(w, 0x20b);
	writer_fill(w, 1, 58);
	writer_le32(w, PE_HEADERS);
	writer_le32(w, 0xabcdef01); /* checksum */
	writer_fill(w, 2, 108 - 68);
	writer_le32(w, 16);
	for (int i = 0; i < 16; i++) {
		writer_le32(w, i == 4 && certificate ? end : 0);
		writer_le32(w, i == 4 ? certificate : 0);
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t size = strlen(sections[i].contents);
		uint32_t raw = (size + PE_ALIGN - 1) / PE_ALIGN * PE_ALIGN;
		char name[8] = { 0 };

		memcpy(name, sections[i].name, strlen(sections[i].name));
		writer_bytes(w, bytes_of(name, 8));
		writer_le32(w, sections[i].virtual_size ? sections[i].virtual_size : size);
		writer_le32(w, 0x1000 * (i + 1));
		writer_le32(w, raw);
		writer_le32(w, at);
		writer_fill(w, 0, 16);
		at += raw;
	}
	writer_fill(w, 0, PE_HEADERS - w->used);
	for (size_t i = 0; i < count; i++) {
		writer_text(w, sections[i].contents);
		writer_fill(w, 0, (PE_ALIGN - w->used % PE_ALIGN) % PE_ALIGN);
	}
	writer_fill(w, 0xcc, certificate);
}

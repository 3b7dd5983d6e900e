/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/*
 * Disk images for the tests of this room: a GPT with one or two partitions, made here byte
 * by byte so that image/gpt.c is not checked against itself.
 */

static inline void image_maker_le32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static inline void image_maker_le64(uint8_t *at, uint64_t v)
{
	image_maker_le32(at, (uint32_t)v);
	image_maker_le32(at + 4, (uint32_t)(v >> 32));
}

/* Write the header's checksums again after a change. */
static inline void image_maker_seal(uint8_t *header, const uint8_t *entries)
{
	image_maker_le32(header + 88, (uint32_t)crc32(0, entries, 128 * 128));
	image_maker_le32(header + 16, 0);
	image_maker_le32(header + 16, (uint32_t)crc32(0, header, 92));
}

static inline void image_maker_header(uint8_t *image, uint64_t sectors, unsigned sector,
				      uint64_t my, uint64_t other, uint64_t entries)
{
	uint64_t table = 128 * 128 / sector;
	uint8_t *h = image + my * sector;

	memcpy(h, "EFI PART", 8);
	image_maker_le32(h + 8, 0x00010000);
	image_maker_le32(h + 12, 92);
	image_maker_le64(h + 24, my);
	image_maker_le64(h + 32, other);
	image_maker_le64(h + 40, 2 + table);
	image_maker_le64(h + 48, sectors - 2 - table);
	memset(h + 56, 0xd1, 16);
	image_maker_le64(h + 72, entries);
	image_maker_le32(h + 80, 128);
	image_maker_le32(h + 84, 128);
	image_maker_seal(h, image + entries * sector);
}

/*
 * Fill @image (@size bytes): protective MBR, both tables, a boot loader's bytes in the
 * head, one partition with data from the second megabyte on, zeros in its middle.
 */
static inline void image_maker_gpt(uint8_t *image, size_t size, unsigned sector)
{
	uint64_t sectors = size / sector, table = 128 * 128 / sector;
	uint64_t first = 1024 * 1024 / sector, last = sectors - 3 - table;
	uint32_t state = 1;

	memset(image, 0, size);
	for (size_t i = 32768; i < 50000; i++)
		image[i] = (uint8_t)(i * 7);
	for (size_t i = first * sector; i < (last + 1) * sector; i++) {
		state = state * 1664525 + 1013904223;
		image[i] = (uint8_t)(state >> 24);
	}
	if (size >= 4 * 1024 * 1024)
		memset(image + size / 2 - 600000, 0, 1000000);
	image[446 + 4] = 0xee;
	image_maker_le32(image + 446 + 8, 1);
	image_maker_le32(image + 446 + 12, (uint32_t)(sectors - 1));
	image[510] = 0x55;
	image[511] = 0xaa;
	for (int copy = 0; copy < 2; copy++) {
		uint8_t *entry = image + (copy ? sectors - 1 - table : 2) * sector;

		memset(entry, 0xaf, 16);
		memset(entry + 16, 0x11, 16);
		image_maker_le64(entry + 32, first);
		image_maker_le64(entry + 40, last);
		entry[56] = 'r';
	}
	image_maker_header(image, sectors, sector, 1, sectors - 1, 2);
	image_maker_header(image, sectors, sector, sectors - 1, 1, sectors - 1 - table);
}

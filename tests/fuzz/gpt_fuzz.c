/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "image/gpt.h"

#define DISK_BYTES (64ull * 1024 * 1024)

/*
 * First byte: sector size and whether to seal the checksums, so that what lies behind them
 * is reached.  Then the head.  What is read must lie within the head, and what was moved
 * must read again.
 */
static void seal(uint8_t *head, size_t size, uint32_t sector)
{
	uint8_t *h = head + sector;
	uint64_t lba = 0;
	uint32_t entries = 0, entry_bytes = 0, crc;

	if (size < sector + 92u)
		return;
	for (int i = 7; i >= 0; i--)
		lba = lba << 8 | h[72 + i];
	for (int i = 3; i >= 0; i--) {
		entries = entries << 8 | h[80 + i];
		entry_bytes = entry_bytes << 8 | h[84 + i];
	}
	uint64_t bytes = (uint64_t)entries * entry_bytes;

	if (lba < size && bytes <= size && lba * sector <= size - bytes) {
		crc = gpt_crc32(bytes_of(head + lba * sector, bytes));
		for (int i = 0; i < 4; i++)
			h[88 + i] = (uint8_t)(crc >> 8 * i);
	}
	h[12] = 92, h[13] = h[14] = h[15] = 0;
	h[16] = h[17] = h[18] = h[19] = 0;
	crc = gpt_crc32(bytes_of(h, 92));
	for (int i = 0; i < 4; i++)
		h[16 + i] = (uint8_t)(crc >> 8 * i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t tail[1024 * 1024];
	struct bytes backup;
	struct gpt gpt;
	struct error e;
	uint8_t *head;

	if (size == 0)
		return 0;
	uint32_t sector = data[0] & 1 ? 4096 : 512;
	bool sealed = data[0] & 2;

	data++, size--;
	head = malloc(size ? size : 1);
	if (!head)
		return 0;
	if (size)
		memcpy(head, data, size);
	if (sealed)
		seal(head, size, sector);
	gpt_look(bytes_of(head, size), sector);
	if (gpt_read(&gpt, bytes_of(head, size), sector, &e)) {
		assert(gpt.table.at >= head && gpt.table.at + gpt.table.size <= head + size);
		assert(gpt.last_used_lba <= gpt.last_usable_lba);
	}
	if (gpt_move(&backup, head, size, tail, sizeof(tail), DISK_BYTES, sector, &e)) {
		assert(gpt_read(&gpt, bytes_of(head, size), sector, &e));
		assert(gpt.backup_lba == DISK_BYTES / sector - 1);
		assert(backup.at + backup.size == tail + sizeof(tail));
	}
	free(head);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "image/gpt.h"

#include <zlib.h>

#include "base/reader.h"
#include "base/writer.h"

/*
 * The header lies in LBA 1 and says where the entries are.  All of it must be within the
 * head that the writer withholds: a table elsewhere would be on the disk before the image
 * is proven.  Checks that firmware makes (signature, revision, both checksums, ranges) are
 * made here first, so that a table which would not boot is refused before the old contents
 * of the disk are gone.
 *
 * Overlapping partitions are not refused: hybrid images have them, firmware takes them.
 */

static const uint8_t signature[8] = { 'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T' };

/* Offsets in the header: UEFI 2.10 table 5.5. */
enum {
	HEADER_CRC = 16,
	HEADER_MY_LBA = 24,
	HEADER_ALTERNATE_LBA = 32,
	HEADER_LAST_USABLE = 48,
	HEADER_ENTRIES_LBA = 72,
	HEADER_SIZE_MIN = 92,
};

uint32_t gpt_crc32(struct bytes bytes)
{
	return (uint32_t)crc32_z(0, bytes.at, bytes.size);
}

static bool signature_at(struct bytes head, size_t offset)
{
	return head.size >= offset + sizeof(signature) &&
	       memcmp(head.at + offset, signature, sizeof(signature)) == 0;
}

enum gpt_kind gpt_look(struct bytes head, uint32_t sector_bytes)
{
	if (signature_at(head, sector_bytes))
		return GPT_KIND_TABLE;
	for (uint32_t other = 512; other <= 4096; other *= 2)
		if (other != sector_bytes && signature_at(head, other))
			return GPT_KIND_OTHER_SECTOR;
	return GPT_KIND_NONE;
}

/* UEFI 2.10 §5.2.3: one entry of type ee from LBA 1, the other three are zero. */
static bool is_protective(struct bytes head)
{
	static const uint8_t nothing[48];
	bool bad;
	struct reader r = reader_over(head, &bad);

	reader_skip(&r, 446 + 4);
	uint8_t type = reader_u8(&r);
	reader_skip(&r, 3);
	uint32_t start = reader_le32(&r);
	reader_skip(&r, 4);
	struct bytes others = reader_bytes(&r, sizeof(nothing));
	uint16_t mark = reader_le16(&r);

	return !bad && type == 0xee && start == 1 && mark == 0xaa55 &&
	       bytes_equal(others, bytes_of(nothing, sizeof(nothing)));
}

/* Set last_used_lba and partitions. */
static bool read_entries(struct gpt *gpt, struct error *e)
{
	static const uint8_t unused[16];
	bool bad;
	struct reader r = reader_over(gpt->table, &bad);

	for (uint32_t i = 0; i < gpt->entries; i++) {
		struct reader entry = reader_cut(&r, gpt->entry_bytes);
		struct bytes type = reader_bytes(&entry, 16);

		reader_skip(&entry, 16);
		uint64_t start = reader_le64(&entry), end = reader_le64(&entry);

		if (bad)
			break;
		if (bytes_equal(type, bytes_of(unused, sizeof(unused))))
			continue;
		if (start > end || start < gpt->first_usable_lba ||
		    end > gpt->last_usable_lba)
			return error_set(e, ERROR_MALFORMED, NULL,
					 "partition %u lies outside the usable blocks "
					 "(UEFI 2.10 §5.3.3)",
					 i + 1);
		gpt->partitions++;
		if (end > gpt->last_used_lba)
			gpt->last_used_lba = end;
	}
	if (bad)
		return error_set(e, ERROR_MALFORMED, NULL, "partition entries are cut off");
	return true;
}

bool gpt_read(struct gpt *gpt, struct bytes head, uint32_t sector_bytes, struct error *e)
{
	struct gpt g = { .sector_bytes = sector_bytes };
	uint8_t copy[CONFIG_SECTOR_MAX];
	bool bad;
	struct reader r = reader_over(head, &bad);

	reader_skip(&r, sector_bytes);
	struct reader sector = reader_cut(&r, sector_bytes);
	struct reader h = sector;
	struct bytes mark = reader_bytes(&h, 8);
	uint32_t revision = reader_le32(&h);
	uint32_t header_bytes = reader_le32(&h);
	uint32_t header_crc = reader_le32(&h);
	uint32_t reserved = reader_le32(&h);
	uint64_t my_lba = reader_le64(&h);

	g.backup_lba = reader_le64(&h);
	g.first_usable_lba = reader_le64(&h);
	g.last_usable_lba = reader_le64(&h);
	reader_skip(&h, 16); /* disk GUID */
	g.entries_lba = reader_le64(&h);
	g.entries = reader_le32(&h);
	g.entry_bytes = reader_le32(&h);
	uint32_t table_crc = reader_le32(&h);

	if (bad || !bytes_equal(mark, bytes_of(signature, sizeof(signature))))
		return error_set(e, ERROR_MALFORMED, NULL, "no GPT header in block 1");
	if (revision != 0x00010000 || reserved != 0)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "GPT revision is %08x, not 00010000", revision);
	if (header_bytes < HEADER_SIZE_MIN || header_bytes > sector_bytes ||
	    sector_bytes > sizeof(copy))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "GPT header of %u bytes, not %d to %u (UEFI 2.10 §5.3.2)",
				 header_bytes, HEADER_SIZE_MIN, sector_bytes);
	g.header = reader_bytes(&sector, header_bytes);
	memcpy(copy, g.header.at, header_bytes);
	memset(copy + HEADER_CRC, 0, 4);
	if (gpt_crc32(bytes_of(copy, header_bytes)) != header_crc)
		return error_set(e, ERROR_MALFORMED, NULL, "GPT header checksum is wrong");
	if (my_lba != 1)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "GPT header is not its own block 1");
	if (g.entry_bytes < 128 || g.entry_bytes > 4096 ||
	    (g.entry_bytes & (g.entry_bytes - 1)))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "GPT entries of %u bytes (UEFI 2.10 §5.3.2)", g.entry_bytes);
	if (g.entries == 0 || g.entries > CONFIG_GPT_ENTRIES_MAX)
		return error_set(e, ERROR_MALFORMED, NULL, "GPT of %u entries, not 1 to %d",
				 g.entries, CONFIG_GPT_ENTRIES_MAX);

	size_t table_bytes = (size_t)g.entries * g.entry_bytes;
	uint64_t table_sectors = (table_bytes + sector_bytes - 1) / sector_bytes;

	if (g.entries_lba < 2 || g.entries_lba > head.size / sector_bytes ||
	    g.entries_lba + table_sectors > head.size / sector_bytes)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "GPT entries lie outside the first %zu bytes", head.size);
	if (g.first_usable_lba < g.entries_lba + table_sectors ||
	    g.first_usable_lba > g.last_usable_lba || g.last_usable_lba >= g.backup_lba)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "GPT usable blocks are not between the tables");
	g.table = bytes_of(head.at + g.entries_lba * sector_bytes, table_bytes);
	if (gpt_crc32(g.table) != table_crc)
		return error_set(e, ERROR_MALFORMED, NULL, "GPT entries checksum is wrong");
	if (!read_entries(&g, e))
		return false;
	g.protective = is_protective(head);
	*gpt = g;
	return true;
}

static void put_le32(uint8_t *at, uint32_t value)
{
	struct writer w = writer_over(at, 4);

	writer_le32(&w, value);
}

static void put_le64(uint8_t *at, uint64_t value)
{
	struct writer w = writer_over(at, 8);

	writer_le64(&w, value);
}

static void seal(uint8_t *header, size_t size)
{
	put_le32(header + HEADER_CRC, 0);
	put_le32(header + HEADER_CRC, gpt_crc32(bytes_of(header, size)));
}

bool gpt_move(struct bytes *backup, uint8_t *head, size_t head_size, uint8_t *tail,
	      size_t tail_size, uint64_t disk_bytes, uint32_t sector_bytes, struct error *e)
{
	struct gpt g;

	if (!gpt_read(&g, bytes_of(head, head_size), sector_bytes, e))
		return false;

	uint64_t sectors = disk_bytes / sector_bytes;
	uint64_t table_sectors = (g.table.size + sector_bytes - 1) / sector_bytes;
	uint64_t backup_sectors = table_sectors + 1;

	if (disk_bytes % sector_bytes || backup_sectors * sector_bytes > tail_size ||
	    sectors <= backup_sectors || g.last_used_lba >= sectors - backup_sectors ||
	    g.first_usable_lba >= sectors - backup_sectors)
		return error_set(
			e, ERROR_REFUSED, "IMG-15",
			"a partition of the image ends at block %llu, the disk has %llu",
			(unsigned long long)g.last_used_lba, (unsigned long long)sectors);

	uint64_t last = sectors - 1;
	uint8_t *primary = head + sector_bytes;
	size_t header_size = g.header.size;
	uint8_t *end = tail + tail_size;
	uint8_t *table_copy = end - backup_sectors * sector_bytes;
	uint8_t *header_copy = end - sector_bytes;

	if (g.backup_lba != last) {
		put_le64(primary + HEADER_ALTERNATE_LBA, last);
		put_le64(primary + HEADER_LAST_USABLE, last - backup_sectors);
		seal(primary, header_size);
	}
	if (g.protective)
		put_le32(head + 446 + 12, last > UINT32_MAX ? UINT32_MAX : (uint32_t)last);

	memset(table_copy, 0, backup_sectors * sector_bytes);
	memcpy(table_copy, g.table.at, g.table.size);
	memcpy(header_copy, primary, header_size);
	put_le64(header_copy + HEADER_MY_LBA, last);
	put_le64(header_copy + HEADER_ALTERNATE_LBA, 1);
	put_le64(header_copy + HEADER_ENTRIES_LBA, last - table_sectors);
	seal(header_copy, header_size);
	*backup = bytes_of(table_copy, backup_sectors * sector_bytes);
	return true;
}

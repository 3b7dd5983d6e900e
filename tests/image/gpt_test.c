/* SPDX-License-Identifier: MIT */
#include "image/gpt.h"

#include "check.h"
#include "image/image_maker.h"

#define MIB   ((size_t)1024 * 1024)
#define IMAGE (4 * MIB)

static uint8_t image[IMAGE], tail[MIB];
static struct gpt gpt;
static struct error e;

static struct bytes head_of(void)
{
	return bytes_of(image, MIB);
}

TEST(reads_a_table, "")
{
	image_maker_gpt(image, IMAGE, 512);
	CHECK(gpt_look(head_of(), 512) == GPT_KIND_TABLE);
	CHECK(gpt_read(&gpt, head_of(), 512, &e));
	CHECK(gpt.partitions == 1);
	CHECK(gpt.entries == 128 && gpt.entry_bytes == 128);
	CHECK(gpt.backup_lba == IMAGE / 512 - 1);
	CHECK(gpt.last_used_lba == IMAGE / 512 - 35);
	CHECK(gpt.protective);
}

TEST(reads_a_table_with_large_blocks, "")
{
	image_maker_gpt(image, IMAGE, 4096);
	CHECK(gpt_look(head_of(), 4096) == GPT_KIND_TABLE);
	CHECK(gpt_read(&gpt, head_of(), 4096, &e));
	CHECK(gpt.partitions == 1);
}

TEST(tells_another_sector_size, "IMG-15")
{
	image_maker_gpt(image, IMAGE, 4096);
	CHECK(gpt_look(head_of(), 512) == GPT_KIND_OTHER_SECTOR);
	image_maker_gpt(image, IMAGE, 512);
	CHECK(gpt_look(head_of(), 4096) == GPT_KIND_OTHER_SECTOR);
	memset(image, 0, MIB);
	CHECK(gpt_look(head_of(), 512) == GPT_KIND_NONE);
	CHECK(gpt_look(bytes_of(image, 100), 512) == GPT_KIND_NONE);
	CHECK(!gpt_read(&gpt, head_of(), 512, &e));
}

TEST(refuses_every_damaged_bit_of_the_header, "")
{
	image_maker_gpt(image, IMAGE, 512);
	for (size_t bit = 0; bit < 92 * 8; bit++) {
		image[512 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(!gpt_read(&gpt, head_of(), 512, &e));
		CHECK(e.code == ERROR_MALFORMED);
		image[512 + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CHECK(gpt_read(&gpt, head_of(), 512, &e));
}

TEST(refuses_damaged_entries, "")
{
	for (size_t at = 1024; at < 1024 + 128 * 128; at += 61) {
		image_maker_gpt(image, IMAGE, 512);
		image[at] ^= 4;
		CHECK(!gpt_read(&gpt, head_of(), 512, &e));
	}
}

TEST(refuses_every_truncation, "")
{
	image_maker_gpt(image, IMAGE, 512);
	for (size_t n = 0; n < 1024 + 128 * 128; n++)
		CHECK(!gpt_read(&gpt, bytes_of(image, n), 512, &e));
	CHECK(gpt_read(&gpt, bytes_of(image, 1024 + 128 * 128), 512, &e));
}

/* Fields that lie although the checksums are right. */
static bool reads_with(size_t offset, uint64_t value, unsigned size)
{
	image_maker_gpt(image, IMAGE, 512);
	if (size == 4)
		image_maker_le32(image + 512 + offset, (uint32_t)value);
	else
		image_maker_le64(image + 512 + offset, value);
	image_maker_seal(image + 512, image + 1024);
	return gpt_read(&gpt, head_of(), 512, &e);
}

TEST(refuses_sealed_lies, "")
{
	CHECK(reads_with(32, IMAGE / 512 - 1, 8)); /* as it was */
	CHECK(!reads_with(8, 0x00020000, 4));	   /* revision */
	CHECK(!reads_with(12, 91, 4));		   /* header size */
	CHECK(!reads_with(12, 513, 4));
	CHECK(!reads_with(20, 1, 4)); /* reserved */
	CHECK(!reads_with(24, 2, 8)); /* my LBA */
	CHECK(!reads_with(32, 0, 8)); /* backup before the usable blocks */
	CHECK(!reads_with(40, 3, 8)); /* first usable inside the entries */
	CHECK(!reads_with(40, UINT64_MAX, 8));
	CHECK(!reads_with(48, UINT64_MAX, 8)); /* last usable behind the backup */
	CHECK(!reads_with(72, 0, 8));	       /* entries in the MBR, header, beyond */
	CHECK(!reads_with(72, 1, 8));
	CHECK(!reads_with(72, 2047, 8));
	CHECK(!reads_with(72, UINT64_MAX, 8));
	CHECK(!reads_with(80, 0, 4)); /* number and size of the entries */
	CHECK(!reads_with(80, CONFIG_GPT_ENTRIES_MAX + 1, 4));
	CHECK(!reads_with(80, UINT32_MAX, 4));
	CHECK(!reads_with(84, 0, 4));
	CHECK(!reads_with(84, 64, 4));
	CHECK(!reads_with(84, 129, 4));
	CHECK(!reads_with(84, UINT32_MAX, 4));
}

TEST(refuses_partitions_outside, "")
{
	static const struct {
		uint64_t start, end;
	} bad[] = {
		{ 10, 3000 }, { 3000, 2000 }, { 2048, UINT64_MAX }, { 2048, IMAGE / 512 }
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		image_maker_gpt(image, IMAGE, 512);
		image_maker_le64(image + 1024 + 32, bad[i].start);
		image_maker_le64(image + 1024 + 40, bad[i].end);
		image_maker_seal(image + 512, image + 1024);
		CHECK(!gpt_read(&gpt, head_of(), 512, &e));
	}
}

TEST(moves_the_backup_to_a_larger_disk, "IMG-10")
{
	uint64_t disk = 16 * MIB;
	struct bytes backup;

	image_maker_gpt(image, IMAGE, 512);
	CHECK(gpt_move(&backup, image, MIB, tail, MIB, disk, 512, &e));
	CHECK(backup.size == 33 * 512);
	CHECK(backup.at + backup.size == tail + MIB);
	CHECK(gpt_read(&gpt, head_of(), 512, &e));
	CHECK(gpt.backup_lba == disk / 512 - 1);
	CHECK(gpt.last_usable_lba == disk / 512 - 34);
	CHECK(gpt.protective);
	CHECK(image[446 + 12] == 0xff && image[446 + 13] == 0x7f); /* 32767 blocks */

	/* What a tool would make for a disk of that size, byte for byte. */
	static uint8_t other[16 * MIB];
	image_maker_gpt(other, sizeof(other), 512);
	for (int copy = 0; copy < 2; copy++)
		memcpy(other + (copy ? sizeof(other) - 33 * 512 : 1024), image + 1024, 128);
	image_maker_header(other, disk / 512, 512, 1, disk / 512 - 1, 2);
	image_maker_header(other, disk / 512, 512, disk / 512 - 1, 1, disk / 512 - 33);
	CHECK(memcmp(other, image, 1024 + 128 * 128) == 0);
	CHECK(memcmp(other + sizeof(other) - 33 * 512, backup.at, backup.size) == 0);
}

TEST(same_size_changes_nothing, "")
{
	static uint8_t before[IMAGE];
	struct bytes backup;

	image_maker_gpt(image, IMAGE, 512);
	memcpy(before, image, IMAGE);
	CHECK(gpt_move(&backup, image, MIB, tail, MIB, IMAGE, 512, &e));
	CHECK(memcmp(before, image, IMAGE) == 0);
	CHECK(memcmp(before + IMAGE - backup.size, backup.at, backup.size) == 0);
}

TEST(refuses_a_disk_the_partitions_do_not_fit, "IMG-15")
{
	struct bytes backup;

	image_maker_gpt(image, IMAGE, 512);
	CHECK(!gpt_move(&backup, image, MIB, tail, MIB, IMAGE - 1024, 512, &e));
	CHECK_STR(e.rule, "IMG-15");
	CHECK(!gpt_move(&backup, image, MIB, tail, MIB, 512, 512, &e));
	CHECK(!gpt_move(&backup, image, MIB, tail, MIB, 0, 512, &e));
	CHECK(!gpt_move(&backup, image, MIB, tail, 512, IMAGE, 512, &e));
}

/* SPDX-License-Identifier: MIT */
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "image/image_maker.h"

/*
 * The writer through its front, image.h, on files that have the size of a disk.  A layer
 * below it counts and can break every write, and remembers what was flushed: so a power
 * cut can be tried between any two steps.
 */

#define MIB   ((size_t)1024 * 1024)
#define IMAGE (6 * MIB)
#define DISK  (12 * MIB)

static uint8_t image[IMAGE], disk[DISK], before[DISK];
static struct error e;
static struct image_report report;

/* ---- a target that can fail, and remembers ---- */

struct operation {
	enum { WRITE, PUNCH, FLUSH } kind;
	uint64_t offset, size;
	uint8_t *data;
};

static struct {
	int fd;
	unsigned writes, fail_write; /* the n-th fails; 0 none */
	unsigned flushes, fail_flush;
	unsigned reads, bad_read; /* the n-th gives one wrong byte */
	bool no_punch, keep;
	struct operation log[512];
	unsigned count;
} t;

static void note(int kind, const void *data, uint64_t size, uint64_t offset)
{
	if (!t.keep || t.count == ARRAY_SIZE(t.log))
		return;
	struct operation *o = &t.log[t.count++];

	o->kind = kind;
	o->offset = offset;
	o->size = size;
	o->data = NULL;
	if (data) {
		o->data = malloc(size);
		memcpy(o->data, data, size);
	}
}

static bool faulty_write(void *context, const void *from, size_t size, uint64_t offset)
{
	(void)context;
	if (++t.writes == t.fail_write) {
		errno = EIO;
		return false;
	}
	note(WRITE, from, size, offset);
	return pwrite(t.fd, from, size, (off_t)offset) == (ssize_t)size;
}

static bool faulty_read(void *context, void *to, size_t size, uint64_t offset)
{
	(void)context;
	if (pread(t.fd, to, size, (off_t)offset) != (ssize_t)size)
		return false;
	if (++t.reads == t.bad_read)
		((uint8_t *)to)[size / 2] ^= 1;
	return true;
}

static bool faulty_punch(void *context, uint64_t offset, uint64_t size)
{
	(void)context;
	if (t.no_punch) {
		errno = EOPNOTSUPP;
		return false;
	}
	note(PUNCH, NULL, size, offset);
	return fallocate(t.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
			 (off_t)size) == 0;
}

static bool faulty_flush(void *context)
{
	(void)context;
	if (++t.flushes == t.fail_flush) {
		errno = EIO;
		return false;
	}
	note(FLUSH, NULL, 0, 0);
	return true;
}

static const struct disk_writer_io faulty = { faulty_write, faulty_read, faulty_punch,
					      faulty_flush };

/* A disk of @size bytes that held a system before: every byte 0xee, and bootable. */
static void start(size_t size)
{
	for (unsigned i = 0; i < t.count; i++)
		free(t.log[i].data);
	if (t.fd > 0)
		close(t.fd);
	memset(&t, 0, sizeof(t));
	t.fd = memfd_create("disk", MFD_CLOEXEC);
	CHECK(t.fd > 0 && ftruncate(t.fd, (off_t)size) == 0);
	memset(before, 0xee, sizeof(before));
	memset(before, 0, 512);
	before[510] = 0x55;
	before[511] = 0xaa;
	CHECK(pwrite(t.fd, before, size, 0) == (ssize_t)size);
	memset(&e, 0, sizeof(e));
}

static struct image_options options(void)
{
	static uint8_t digest[32];

	sha256_of(digest, bytes_of(image, IMAGE));
	return (struct image_options){
		.fd = t.fd, .name = "disk", .sha256 = digest, .io = &faulty
	};
}

/* Push @size bytes of the image in odd pieces and finish. */
static bool install(const struct image_options *o, size_t size)
{
	static struct image_install i;

	if (!image_install_begin(&i, o, &e))
		return false;
	for (size_t at = 0; at < size; at += 77777) {
		size_t n = size - at < 77777 ? size - at : 77777;

		if (!image_install_push(&i, bytes_of(image + at, n), &e)) {
			image_install_abort(&i);
			return false;
		}
	}
	return image_install_finish(&i, &report, &e);
}

static bool plain_install(void)
{
	struct image_options o = options();

	return install(&o, IMAGE);
}

static size_t look(void)
{
	ssize_t n = pread(t.fd, disk, sizeof(disk), 0);

	return n < 0 ? 0 : (size_t)n;
}

static bool zero(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (disk[i])
			return false;
	return true;
}

static bool untouched(size_t size)
{
	return look() == size && memcmp(disk, before, size) == 0;
}

/* Nothing a firmware would start from: neither end holds anything. */
static bool unbootable(size_t size)
{
	return look() == size && zero(0, MIB) && zero(size - MIB, size);
}

/* ---- the good run ---- */

TEST(writes_an_image_of_the_disks_size, "IMG-10")
{
	image_maker_gpt(image, IMAGE, 512);
	start(IMAGE);
	CHECK(plain_install());
	CHECK(look() == IMAGE && memcmp(disk, image, IMAGE) == 0);
	CHECK(report.bytes_in == IMAGE && report.bytes_out == IMAGE);
	CHECK(report.read_back && report.gpt && !report.gpt_moved);
	CHECK(report.bytes_zero >= 900000 && report.bytes_zero <= 1000000);
}

TEST(moves_the_backup_table_on_a_larger_disk, "IMG-10")
{
	image_maker_gpt(image, IMAGE, 512);
	start(DISK);
	CHECK(plain_install());
	CHECK(look() == DISK && report.gpt_moved);
	CHECK(memcmp(disk + MIB, image + MIB, IMAGE - MIB) == 0);
	CHECK(memcmp(disk + DISK - 512, "EFI PART", 8) == 0);
	CHECK(zero(DISK - MIB, DISK - 33 * 512));
	/* What lies between image and tail is not our business. */
	CHECK(memcmp(disk + IMAGE, before + IMAGE, DISK - MIB - IMAGE) == 0);
}

TEST(writes_zeros_where_punching_is_impossible, "IMG-10")
{
	image_maker_gpt(image, IMAGE, 512);
	start(IMAGE);
	t.no_punch = true;
	CHECK(plain_install());
	CHECK(look() == IMAGE && memcmp(disk, image, IMAGE) == 0);
	CHECK(report.bytes_zero == 0);
}

TEST(takes_images_of_any_length, "IMG-10")
{
	static const size_t sizes[] = { 1,	     511,     512,	   513,
					1023,	     1025,    4095,	   4097,
					MIB - 1,     MIB,     MIB + 1,	   MIB + 513,
					4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 5 * MIB - 7,
					5 * MIB - 1, 5 * MIB, 5 * MIB + 1, IMAGE - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t digest[32];

		image_maker_gpt(image, IMAGE, 512);
		memset(image + 512, 0x33, 92); /* no GPT: it would not fit */
		start(IMAGE);
		sha256_of(digest, bytes_of(image, sizes[i]));

		struct image_options o = options();

		o.sha256 = digest;
		CHECK(install(&o, sizes[i]));
		CHECK(report.bytes_out == sizes[i]);
		CHECK(look() == IMAGE && memcmp(disk, image, sizes[i]) == 0);
		if (sizes[i] < MIB)
			CHECK(zero(sizes[i], MIB));
	}
}

TEST(a_growing_file_gets_the_images_size, "")
{
	struct image_options o;

	image_maker_gpt(image, IMAGE, 512);
	start(0);
	o = options();
	o.io = NULL;
	CHECK(install(&o, IMAGE));
	CHECK(look() == IMAGE && memcmp(disk, image, IMAGE) == 0);

	/* Large blocks: a file has none of its own, the table decides. */
	image_maker_gpt(image, IMAGE, 4096);
	start(0);
	o = options();
	o.io = NULL;
	CHECK(install(&o, IMAGE));
	CHECK(look() == IMAGE && memcmp(disk, image, IMAGE) == 0);

	/* A hole at the end is part of it. */
	memset(image, 0, IMAGE);
	image[0] = 1;
	start(0);
	o = options();
	o.io = NULL;
	o.no_readback = true;
	CHECK(install(&o, IMAGE));
	CHECK(look() == IMAGE && memcmp(disk, image, IMAGE) == 0);
}

/* ---- refusals ---- */

TEST(wrong_digest_leaves_nothing_bootable, "IMG-9 IMG-10")
{
	static const uint8_t wrong[32] = { 1, 2, 3 };

	image_maker_gpt(image, IMAGE, 512);
	for (size_t size = IMAGE; size <= DISK; size += DISK - IMAGE) {
		start(size);

		struct image_options o = options();

		o.sha256 = wrong;
		CHECK(!install(&o, IMAGE));
		CHECK(e.code == ERROR_REFUSED);
		CHECK_STR(e.rule, "IMG-9");
		CHECK(strstr(e.text, "0102030000") && strstr(e.text, "image digest is"));
		CHECK(unbootable(size));
	}
}

TEST(wrong_digest_of_a_small_image_touches_nothing, "IMG-9")
{
	image_maker_gpt(image, IMAGE, 512);
	start(DISK);

	struct image_options o = options(); /* digest of the whole */

	CHECK(!install(&o, MIB / 2));
	CHECK_STR(e.rule, "IMG-9");
	CHECK(untouched(DISK));
}

TEST(wrong_digest_empties_a_growing_file, "IMG-9")
{
	static const uint8_t wrong[32] = { 1, 2, 3 };

	image_maker_gpt(image, IMAGE, 512);
	start(0);

	struct image_options o = options();

	o.sha256 = wrong;
	o.io = NULL;
	CHECK(!install(&o, IMAGE));
	CHECK(look() == 0);
}

TEST(truncation_at_any_point_is_refused, "IMG-9 IMG-15")
{
	static const size_t sizes[] = { 0,	     1,		  511,	   512,
					4096,	     MIB - 1,	  MIB,	   MIB + 1,
					4 * MIB,     4 * MIB + 1, 5 * MIB, 5 * MIB + 1,
					IMAGE - 512, IMAGE - 1 };

	image_maker_gpt(image, IMAGE, 512);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		start(IMAGE);

		struct image_options o = options();

		o.bytes_in_expected = IMAGE;
		CHECK(!install(&o, sizes[i]));
		CHECK(e.code == ERROR_MALFORMED);
		CHECK(untouched(IMAGE) || unbootable(IMAGE));
		CHECK(sizes[i] >= 4 * MIB || untouched(IMAGE));
	}
}

TEST(more_bytes_than_announced_are_refused, "IMG-9")
{
	image_maker_gpt(image, IMAGE, 512);
	start(IMAGE);

	struct image_options o = options();

	o.bytes_in_expected = IMAGE - 1;
	CHECK(!install(&o, IMAGE));
	CHECK(e.code == ERROR_MALFORMED);
	CHECK(unbootable(IMAGE));
}

TEST(a_disk_too_small_is_refused_before_the_first_byte, "IMG-15")
{
	image_maker_gpt(image, IMAGE, 512);
	start(IMAGE - 512);

	struct image_options o = options();

	o.bytes_out_expected = IMAGE;
	CHECK(!install(&o, IMAGE));
	CHECK_STR(e.rule, "IMG-15");
	CHECK(untouched(IMAGE - 512));

	/* The size is not announced, but the table tells it. */
	start(5 * MIB);
	CHECK(!plain_install());
	CHECK_STR(e.rule, "IMG-15");
	CHECK(untouched(5 * MIB));

	/* Nothing tells it. */
	image_maker_gpt(image, IMAGE, 512);
	memset(image + 512, 0x33, 92);
	start(5 * MIB);
	CHECK(!plain_install());
	CHECK_STR(e.rule, "IMG-15");
	CHECK(unbootable(5 * MIB));

	start(MIB);
	CHECK(!plain_install());
	CHECK_STR(e.rule, "IMG-15");
}

TEST(an_announced_size_is_believed_when_it_is_too_large, "IMG-15")
{
	/* RFC 8878: no checksum, size field of 8 bytes, single segment: 2^40 bytes. */
	static const uint8_t large[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0,
					 0,    1,    0,	   0,	 0,    0, 0, 0, 0, 0, 0 };
	static struct image_install i;
	struct image_options o;

	image_maker_gpt(image, IMAGE, 512);
	start(DISK);
	o = options();
	CHECK(image_install_begin(&i, &o, &e));
	CHECK(!image_install_push(&i, bytes_of(large, sizeof(large)), &e));
	CHECK_STR(e.rule, "IMG-15");
	CHECK(strstr(e.text, "1099511627776 bytes"));
	image_install_abort(&i);
	CHECK(untouched(DISK));

	/* A raw image is as long as its download. */
	start(5 * MIB);
	o = options();
	o.format = DECODE_FORMAT_RAW;
	o.bytes_in_expected = IMAGE;
	CHECK(!image_install_begin(&i, &o, &e));
	CHECK_STR(e.rule, "IMG-15");
}

TEST(a_limit_below_the_disks_size_holds, "IMG-15")
{
	image_maker_gpt(image, IMAGE, 512);
	start(DISK);

	struct image_options o = options();

	o.bytes_out_max = 5 * MIB;
	CHECK(!install(&o, IMAGE));
	CHECK_STR(e.rule, "IMG-15");
	CHECK(unbootable(DISK));
}

TEST(a_damaged_table_is_refused_before_the_first_byte, "IMG-9")
{
	image_maker_gpt(image, IMAGE, 512);
	image[512 + 60] ^= 1;
	start(DISK);
	CHECK(!plain_install());
	CHECK(e.code == ERROR_MALFORMED);
	CHECK(untouched(DISK));
}

/* ---- a disk that fails ---- */

TEST(every_failing_write_leaves_nothing_bootable, "IMG-14 IMG-16")
{
	unsigned n;

	image_maker_gpt(image, IMAGE, 512);
	for (n = 1; n < 100; n++) {
		start(DISK);
		t.fail_write = n;
		if (plain_install())
			break;
		CHECK(e.code == ERROR_MACHINE);
		CHECK_STR(e.rule, "IMG-14");
		/* The one that fails may be the first: then the old system is still there. */
		CHECK(n <= 1 ? untouched(DISK) || unbootable(DISK) : unbootable(DISK));
	}
	CHECK(n > 7); /* head, tail, some of the body, tail, head, LBA 1, LBA 0 */
	CHECK(look() == DISK && memcmp(disk + MIB, image + MIB, IMAGE - MIB) == 0);
}

TEST(every_failing_flush_leaves_nothing_bootable, "IMG-14 IMG-16")
{
	unsigned n;

	image_maker_gpt(image, IMAGE, 512);
	for (n = 1; n < 100; n++) {
		start(DISK);
		t.fail_flush = n;
		if (plain_install())
			break;
		CHECK(e.code == ERROR_MACHINE);
		CHECK(unbootable(DISK));
	}
	CHECK(n == 7); /* ends, body, tail, head, LBA 1, LBA 0 */
}

TEST(a_disk_that_holds_something_else_is_found_out, "IMG-10")
{
	unsigned n;

	image_maker_gpt(image, IMAGE, 512);
	for (n = 1; n < 100; n++) {
		start(DISK);
		t.bad_read = n;
		if (plain_install())
			break;
		CHECK(e.code == ERROR_MACHINE);
		CHECK_STR(e.rule, "IMG-10");
		CHECK(unbootable(DISK));
	}
	CHECK(n > 5);
}

/* ---- power cuts ---- */

static uint32_t random_state = 20240607; /* any seed; this one is tried every time */

static bool coin(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 16 & 1;
}

/* All of it, or some of its pieces; a sector is never torn. */
static void apply(const struct operation *o, bool whole)
{
	size_t piece = o->size / 16 < 512 ? 512 : o->size / 16 / 512 * 512;

	for (size_t at = 0; at < o->size; at += piece) {
		size_t n = o->size - at < piece ? o->size - at : piece;

		if (!whole && coin())
			continue;
		if (o->kind == WRITE)
			memcpy(disk + o->offset + at, o->data + at, n);
		else
			memset(disk + o->offset + at, 0, n);
	}
}

/* Firmware starts nothing from a disk without the mark in LBA 0 (seen with EDK2). */
static bool may_boot(void)
{
	return disk[510] == 0x55 && disk[511] == 0xaa;
}

TEST(power_cuts_leave_the_old_or_the_proven_image, "IMG-16")
{
	static uint8_t final[DISK];
	unsigned old = 0, none = 0, new = 0;

	image_maker_gpt(image, IMAGE, 512);
	start(DISK);
	t.keep = true;
	CHECK(plain_install());
	CHECK(t.count > 10 && t.count < ARRAY_SIZE(t.log));
	look();
	memcpy(final, disk, DISK);

	/* The power fails after operation @cut; of those since the last flush some are lost.
	 */
	for (unsigned cut = 0; cut <= t.count; cut++) {
		unsigned flushed = 0;

		for (unsigned i = 0; i < cut; i++)
			if (t.log[i].kind == FLUSH)
				flushed = i;
		for (unsigned round = 0; round < 8; round++) {
			memcpy(disk, before, DISK);
			for (unsigned i = 0; i < cut; i++) {
				apply(&t.log[i], i < flushed || round == 0);
			}
			if (!may_boot()) {
				none++;
				continue;
			}
			/* The old one, with nothing of the new; or the new one, whole. */
			bool is_old = memcmp(disk, before, 512) == 0;

			old += is_old;
			new += !is_old;
			if (is_old)
				CHECK(memcmp(disk + MIB, before + MIB, IMAGE - MIB) == 0);
			else
				CHECK(memcmp(disk, final, DISK) == 0);
		}
	}
	CHECK(old > 0 && none > 0 && new > 0);
}

/* SPDX-License-Identifier: MIT */
#include "image/disk_writer.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "image/gpt.h"
#include "image/xxh64.h"
#include "platform/block.h"

/*
 * Why tail and LBA 0.  UEFI firmware takes a disk for partitioned when LBA 0 holds a
 * protective MBR and either copy of the GPT is good; EDK2 even writes the primary back
 * from the backup.  A left-over MBR and an old backup header are a bootable disk.  So both
 * ends are zeroed before the first byte of the body, and the one sector that makes the
 * difference, LBA 0, is written when all the rest is on the medium.
 *
 * The room is a block of CONFIG_IMAGE_BLOCK bytes at a multiple of that on the disk, so
 * direct writes are aligned.  From a full block the head and tail parts are put aside, the
 * rest is hashed, split into runs of zero and other chunks, and written.
 */

#define CHUNK 65536 /* granularity of looking for zeros, and of the checksum */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The descriptor itself. */
static bool fd_write(void *context, const void *from, size_t size, uint64_t offset)
{
	return block_write(((struct disk_writer *)context)->fd, from, size, offset);
}

static bool fd_read(void *context, void *to, size_t size, uint64_t offset)
{
	return block_read(((struct disk_writer *)context)->fd, to, size, offset);
}

static bool fd_punch(void *context, uint64_t offset, uint64_t size)
{
	return block_punch(((struct disk_writer *)context)->fd, offset, size);
}

static bool fd_flush(void *context)
{
	return block_flush(((struct disk_writer *)context)->fd);
}

static const struct disk_writer_io fd_io = { fd_write, fd_read, fd_punch, fd_flush };

/* Devices count in sectors; a file takes any length. */
static uint64_t round_up(const struct disk_writer *w, uint64_t size)
{
	uint32_t unit = w->is_device ? w->sector_bytes : 1;

	return (size + unit - 1) / unit * unit;
}

static bool failed(const struct disk_writer *w, const char *what, uint64_t offset,
		   struct error *e)
{
	return error_errno(e, ERROR_MACHINE, "IMG-14", "%s: %s at byte %llu", w->name, what,
			   (unsigned long long)offset);
}

static bool write_at(struct disk_writer *w, const void *from, uint64_t size, uint64_t offset,
		     struct error *e)
{
	uint64_t started = now_ns();

	w->touched = true;
	bool good = w->io->write(w->io_context, from, (size_t)size, offset);

	w->write_ns += now_ns() - started;
	return good || failed(w, "cannot write", offset, e);
}

static bool flush(struct disk_writer *w, struct error *e)
{
	uint64_t started = now_ns();
	bool good = w->io->flush(w->io_context);

	w->flush_ns += now_ns() - started;
	return good || error_errno(e, ERROR_MACHINE, "IMG-14", "%s: cannot flush", w->name);
}

static bool write_zeros(struct disk_writer *w, uint64_t from, uint64_t to, struct error *e)
{
	while (from < to) {
		uint64_t n = smaller(to - from, CONFIG_IMAGE_HEAD);

		if (!write_at(w, w->zeros, n, from, e))
			return false;
		from += n;
	}
	return true;
}

/* Punch the run that waits.  A short one is cheaper to write. */
static bool settle_zeros(struct disk_writer *w, struct error *e)
{
	uint64_t from = w->zero_from, to = w->zero_to;

	w->zero_from = w->zero_to = 0;
	if (from == to)
		return true;
	if (to - from >= CONFIG_IMAGE_ZERO_RUN && !w->no_punch) {
		uint64_t started = now_ns();

		w->touched = true;
		if (w->io->punch(w->io_context, from, to - from)) {
			w->write_ns += now_ns() - started;
			w->bytes_zero += to - from;
			return true;
		}
		/* Whatever the reason, writing shows whether the device is well. */
		w->no_punch = true;
	}
	return write_zeros(w, from, to, e);
}

/* By words: this looks at every byte of the image, and musl's memcmp is slow. */
static bool all_zero(const uint8_t *at, size_t size)
{
	uint64_t word[4];

	for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
		memcpy(word, at, sizeof(word));
		if (word[0] | word[1] | word[2] | word[3])
			return false;
	}
	for (; size; at++, size--)
		if (*at)
			return false;
	return true;
}

/* Part of the body, in order; @data may be padded with zeros to a whole sector. */
static bool write_body(struct disk_writer *w, const uint8_t *data, size_t size,
		       uint64_t offset, struct error *e)
{
	for (size_t done = 0; done < size;) {
		size_t end = done;
		size_t chunk = smaller(size - done, CHUNK);
		bool zero = all_zero(data + done, chunk);

		/* The longest run of chunks of the same kind. */
		do {
			end += chunk;
			chunk = smaller(size - end, CHUNK);
		} while (end < size && all_zero(data + end, chunk) == zero);

		if (zero) {
			if (w->zero_from == w->zero_to)
				w->zero_from = offset + done;
			w->zero_to = offset + end;
			if (w->zero_to - w->zero_from >= CONFIG_IMAGE_ZERO_MAX &&
			    !settle_zeros(w, e))
				return false;
		} else if (!settle_zeros(w, e) ||
			   !write_at(w, data + done, end - done, offset + done, e)) {
			return false;
		}
		done = end;
	}
	return true;
}

/* First and last megabyte, or what the target has of them. */
static bool zero_ends(struct disk_writer *w, struct error *e)
{
	if (!w->disk_bytes) {
		w->touched = true;
		if (ftruncate(w->fd, 0) < 0)
			return failed(w, "cannot truncate", 0, e);
		return true;
	}
	return write_zeros(w, 0, CONFIG_IMAGE_HEAD, e) &&
	       write_zeros(w, w->tail_at, w->disk_bytes, e) && flush(w, e);
}

/* The head is known: is it an image for this disk?  Nothing has been written so far. */
static bool check_head(struct disk_writer *w, struct error *e)
{
	struct bytes head = bytes_of(w->head, CONFIG_IMAGE_HEAD);
	enum gpt_kind kind = gpt_look(head, w->sector_bytes);
	struct gpt gpt;

	if (kind == GPT_KIND_OTHER_SECTOR && !w->is_device) {
		w->sector_bytes = gpt_look(head, 4096) == GPT_KIND_TABLE ? 4096 : 512;
		kind = gpt_look(head, w->sector_bytes);
	}
	w->head_checked = true;
	switch (kind) {
	case GPT_KIND_NONE:
		return true;
	case GPT_KIND_OTHER_SECTOR:
		return error_set(e, ERROR_REFUSED, "IMG-15",
				 "the image's partition table is not made for %s, which has "
				 "blocks of %u bytes",
				 w->name, w->sector_bytes);
	case GPT_KIND_TABLE:
		break;
	}
	w->gpt = true;
	if (!gpt_read(&gpt, head, w->sector_bytes, e)) {
		error_wrap(e, "the image");
		return error_rule(e, "IMG-9");
	}
	if (w->disk_bytes && gpt.last_used_lba >= w->disk_bytes / w->sector_bytes)
		return error_set(e, ERROR_REFUSED, "IMG-15",
				 "a partition of the image ends at byte %llu, %s has %llu",
				 (unsigned long long)(gpt.last_used_lba + 1) *
					 w->sector_bytes,
				 w->name, (unsigned long long)w->disk_bytes);
	return true;
}

/*
 * Go on with the body's checksum: each chunk's is the seed of the next.  Chunks begin at
 * the same places when writing and when reading back, for the head ends between two.
 */
static uint64_t sum_of(uint64_t sum, const uint8_t *data, size_t size)
{
	for (size_t done = 0; done < size; done += CHUNK)
		sum = xxh64_of(bytes_of(data + done, smaller(size - done, CHUNK)), sum);
	return sum;
}

/* Share out the block: head and tail are kept, the rest goes to the disk. */
static bool write_block(struct disk_writer *w, struct error *e)
{
	uint64_t at = w->bytes - w->block_used, end = w->bytes;
	uint64_t body_from = larger(at, CONFIG_IMAGE_HEAD);
	uint64_t body_to = smaller(end, w->tail_at);

	if (at < CONFIG_IMAGE_HEAD)
		memcpy(w->head + at, w->block, smaller(end, CONFIG_IMAGE_HEAD) - at);
	if (!w->head_checked && !check_head(w, e))
		return false;
	if (end > w->tail_at) {
		uint64_t from = larger(at, w->tail_at);

		memcpy(w->tail + (from - w->tail_at), w->block + (from - at), end - from);
	}
	if (body_from < body_to) {
		uint8_t *data = w->block + (body_from - at);
		size_t size = body_to - body_from;
		size_t whole = round_up(w, size);

		if (!w->touched && !zero_ends(w, e))
			return false;
		w->body_sum = sum_of(w->body_sum, data, size);
		memset(data + size, 0, whole - size);
		if (!write_body(w, data, whole, body_from, e))
			return false;
	}
	w->block_used = 0;
	return true;
}

bool disk_writer_open(struct disk_writer *w, int fd, const char *name, uint64_t bytes_max,
		      const struct disk_writer_io *io, void *io_context, struct error *e)
{
	size_t size = CONFIG_IMAGE_BLOCK + 2 * CONFIG_IMAGE_HEAD + CONFIG_IMAGE_TAIL;
	struct block_facts facts;

	memset(w, 0, sizeof(*w));
	w->fd = fd;
	w->name = name;
	w->io = io ? io : &fd_io;
	w->io_context = io ? io_context : w;
	w->bytes_max = bytes_max ? bytes_max : UINT64_MAX;
	w->tail_at = UINT64_MAX;

	if (!block_look(&facts, fd, name, e))
		return error_rule(e, "IMG-14");
	w->disk_bytes = facts.size_bytes;
	w->sector_bytes = facts.sector_bytes;
	w->is_device = facts.is_device;
	if (w->sector_bytes < 512 || w->sector_bytes > CONFIG_SECTOR_MAX ||
	    (w->sector_bytes & (w->sector_bytes - 1)))
		return error_set(e, ERROR_MACHINE, "IMG-14", "%s: blocks of %u bytes", name,
				 w->sector_bytes);
	if (!w->is_device)
		block_use_cache(fd); /* its size need be no multiple of anything */
	if (w->disk_bytes % 512)
		return error_set(
			e, ERROR_REFUSED, "IMG-15",
			"%s has a size no disk has (%llu bytes); remove it to have it made "
			"anew",
			name, (unsigned long long)w->disk_bytes);
	if (w->disk_bytes || w->is_device) {
		if (w->disk_bytes < CONFIG_IMAGE_HEAD + CONFIG_IMAGE_TAIL)
			return error_set(e, ERROR_REFUSED, "IMG-15",
					 "%s has %llu bytes, too few for any system", name,
					 (unsigned long long)w->disk_bytes);
		w->tail_at = w->disk_bytes - CONFIG_IMAGE_TAIL;
		w->bytes_max = smaller(w->bytes_max, w->disk_bytes);
	}
	w->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	if (w->memory == MAP_FAILED) {
		w->memory = NULL;
		return error_errno(e, ERROR_MACHINE, "IMG-14", "memory for writing");
	}
	w->block = w->memory;
	w->head = w->block + CONFIG_IMAGE_BLOCK;
	w->tail = w->head + CONFIG_IMAGE_HEAD;
	w->zeros = w->tail + CONFIG_IMAGE_TAIL; /* never written: costs no memory */
	return true;
}

uint8_t *disk_writer_room(struct disk_writer *w, size_t *size)
{
	*size = CONFIG_IMAGE_BLOCK - w->block_used;
	return w->block + w->block_used;
}

bool disk_writer_took(struct disk_writer *w, size_t size, struct error *e)
{
	if (size > w->bytes_max - w->bytes)
		return error_set(e, ERROR_REFUSED, "IMG-15",
				 "the image is larger than the %llu bytes %s can take",
				 (unsigned long long)w->bytes_max, w->name);
	w->bytes += size;
	w->block_used += size;
	return w->block_used < CONFIG_IMAGE_BLOCK || write_block(w, e);
}

bool disk_writer_flush(struct disk_writer *w, struct error *e)
{
	if (w->block_used && !write_block(w, e))
		return false;
	/* All of it fits into the head: the target is still as it was. */
	if (!w->touched && !zero_ends(w, e))
		return false;
	if (!settle_zeros(w, e))
		return false;
	/* A file that grew ends in a hole when its image ends in zeros. */
	if (!w->disk_bytes && ftruncate(w->fd, (off_t)w->bytes) < 0)
		return failed(w, "cannot extend", w->bytes, e);
	return flush(w, e);
}

bool disk_writer_read_back(struct disk_writer *w,
			   void (*progress)(void *context, uint64_t done), void *context,
			   struct error *e)
{
	uint64_t at = CONFIG_IMAGE_HEAD, end = smaller(w->bytes, w->tail_at);
	uint64_t sum = 0;

	while (at < end) {
		size_t size = smaller(end - at, CONFIG_IMAGE_BLOCK);

		if (!w->io->read(w->io_context, w->block, round_up(w, size), at))
			return failed(w, "cannot read back", at, e);
		sum = sum_of(sum, w->block, size);
		at += size;
		if (progress)
			progress(context, at);
	}
	if (sum != w->body_sum)
		return error_set(e, ERROR_MACHINE, "IMG-10",
				 "%s does not hold what was written to it", w->name);
	return true;
}

/* Write, flush, read again, compare.  The block is free by now. */
static bool put(struct disk_writer *w, const uint8_t *from, uint64_t size, uint64_t offset,
		struct error *e)
{
	if (size == 0)
		return true;
	if (!write_at(w, from, size, offset, e) || !flush(w, e))
		return false;
	if (!w->io->read(w->io_context, w->block, (size_t)size, offset))
		return failed(w, "cannot read back", offset, e);
	if (memcmp(w->block, from, (size_t)size) != 0)
		return error_set(e, ERROR_MACHINE, "IMG-10",
				 "%s does not hold what was written to it at byte %llu",
				 w->name, (unsigned long long)offset);
	return true;
}

bool disk_writer_commit(struct disk_writer *w, struct error *e)
{
	uint64_t head_bytes = round_up(w, smaller(w->bytes, CONFIG_IMAGE_HEAD));
	uint64_t sector = w->sector_bytes;

	if (w->gpt && w->disk_bytes) {
		struct bytes backup;

		if (!gpt_move(&backup, w->head, CONFIG_IMAGE_HEAD, w->tail, CONFIG_IMAGE_TAIL,
			      w->disk_bytes, w->sector_bytes, e))
			return false;
		w->gpt_moved = w->bytes < w->disk_bytes;
	}
	if (w->disk_bytes && !all_zero(w->tail, CONFIG_IMAGE_TAIL) &&
	    !put(w, w->tail, CONFIG_IMAGE_TAIL, w->tail_at, e))
		return false;
	if (head_bytes > 2 * sector &&
	    !put(w, w->head + 2 * sector, head_bytes - 2 * sector, 2 * sector, e))
		return false;
	if (head_bytes > sector &&
	    !put(w, w->head + sector, smaller(head_bytes - sector, sector), sector, e))
		return false;
	if (!put(w, w->head, smaller(head_bytes, sector), 0, e))
		return false;
	w->committed = true;
	return true;
}

void disk_writer_discard(struct disk_writer *w)
{
	struct error ignored;

	if (!w->memory || !w->touched || w->committed)
		return;
	/* The ends were zero before the body began; this is for a commit that stopped midway.
	 */
	if (zero_ends(w, &ignored))
		w->touched = false;
}

void disk_writer_end(struct disk_writer *w)
{
	if (w->memory)
		munmap(w->memory,
		       CONFIG_IMAGE_BLOCK + 2 * CONFIG_IMAGE_HEAD + CONFIG_IMAGE_TAIL);
	w->memory = NULL;
}

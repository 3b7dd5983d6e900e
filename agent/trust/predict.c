/* SPDX-License-Identifier: MIT */
#include "trust/predict.h"

#include <bearssl.h>

#include "base/reader.h"
#include "base/text.h"
#include "trust/phase.h"

/* Order and layout are EDK2's (DxeTpm2MeasureBootLib): headers, sections by file offset,
 * then what follows them, without checksum, certificate directory entry and table. */

#define PE_OPTIONAL_32	  0x10b
#define PE_OPTIONAL_64	  0x20b
#define CERTIFICATE_ENTRY 4 /* of the data directory */

struct section {
	char name[9];
	uint32_t virtual_size, raw_size, raw_at;
};

struct pe {
	size_t checksum_at, certificate_entry_at; /* 0: no such entry */
	uint32_t certificate_size, headers_size;
	struct section sections[PREDICT_SECTIONS_MAX];
	size_t section_count;
};

/* --- PE --- */

static bool read_optional_header(struct pe *pe, struct reader *r, size_t at)
{
	uint16_t magic = reader_le16(r);
	uint32_t entries;

	if (magic != PE_OPTIONAL_32 && magic != PE_OPTIONAL_64)
		return false;
	reader_skip(r, 60 - 2);
	pe->headers_size = reader_le32(r);
	pe->checksum_at = at + 64;
	reader_skip(r, (magic == PE_OPTIONAL_64 ? 108 : 92) - 64);
	entries = reader_le32(r);
	if (entries <= CERTIFICATE_ENTRY)
		return true;
	reader_skip(r, CERTIFICATE_ENTRY * 8);
	pe->certificate_entry_at = at + (magic == PE_OPTIONAL_64 ? 112 : 96) +
				   CERTIFICATE_ENTRY * 8;
	reader_skip(r, 4);
	pe->certificate_size = reader_le32(r);
	return true;
}

static bool read_sections(struct pe *pe, struct reader *r)
{
	for (size_t i = 0; i < pe->section_count; i++) {
		struct section *s = &pe->sections[i];

		reader_copy(r, s->name, 8);
		s->virtual_size = reader_le32(r);
		reader_skip(r, 4);
		s->raw_size = reader_le32(r);
		s->raw_at = reader_le32(r);
		reader_skip(r, 16);
	}
	return true;
}

static bool inside(struct bytes image, uint64_t at, uint64_t size)
{
	return at + size <= image.size;
}

static bool fits(const struct pe *pe, struct bytes image)
{
	if (pe->headers_size > image.size || pe->certificate_size > image.size ||
	    pe->checksum_at + 4 > pe->headers_size ||
	    (pe->certificate_entry_at && pe->certificate_entry_at + 8 > pe->headers_size))
		return false;
	for (size_t i = 0; i < pe->section_count; i++)
		if (pe->sections[i].raw_size &&
		    !inside(image, pe->sections[i].raw_at, pe->sections[i].raw_size))
			return false;
	return true;
}

static bool pe_read(struct pe *pe, struct bytes image, struct error *e)
{
	bool bad, ok;
	struct reader r = reader_over(image, &bad);
	size_t at, optional_size;

	memset(pe, 0, sizeof(*pe));
	ok = reader_le16(&r) == 0x5a4d; /* MZ */
	reader_skip(&r, 0x3c - 2);
	at = reader_le32(&r);
	r = reader_within(image, &bad);
	reader_skip(&r, at);
	ok &= reader_le32(&r) == 0x4550; /* PE\0\0 */
	reader_skip(&r, 2);
	pe->section_count = reader_le16(&r);
	reader_skip(&r, 12);
	optional_size = reader_le16(&r);
	reader_skip(&r, 2);
	at += 24;
	struct reader optional = reader_cut(&r, optional_size);
	ok = ok && !bad && pe->section_count <= PREDICT_SECTIONS_MAX &&
	     read_optional_header(pe, &optional, at) && read_sections(pe, &r);
	if (bad || !ok || !fits(pe, image))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "not a PE image (or a damaged one)");
	return true;
}

/* --- hashing --- */

/* The image with other bytes at its beginning: what QEMU makes of a kernel. */
struct overlay {
	struct bytes image, head;
};

static void add(br_sha256_context *c, const struct overlay *o, size_t from, size_t to)
{
	if (from < o->head.size && from < to) {
		size_t end = to < o->head.size ? to : o->head.size;

		br_sha256_update(c, o->head.at + from, end - from);
		from = end;
	}
	if (from < to)
		br_sha256_update(c, o->image.at + from, to - from);
}

static void sort_sections(struct pe *pe)
{
	for (size_t i = 1; i < pe->section_count; i++)
		for (size_t j = i; j && pe->sections[j].raw_at < pe->sections[j - 1].raw_at;
		     j--) {
			struct section moved = pe->sections[j];

			pe->sections[j] = pe->sections[j - 1];
			pe->sections[j - 1] = moved;
		}
}

static bool authenticode(uint8_t digest[static 32], const struct overlay *o, struct error *e)
{
	br_sha256_context c;
	struct pe pe;
	uint64_t hashed;

	if (!pe_read(&pe, o->image, e))
		return false;
	sort_sections(&pe);
	br_sha256_init(&c);
	add(&c, o, 0, pe.checksum_at);
	if (pe.certificate_entry_at) {
		add(&c, o, pe.checksum_at + 4, pe.certificate_entry_at);
		add(&c, o, pe.certificate_entry_at + 8, pe.headers_size);
	} else {
		add(&c, o, pe.checksum_at + 4, pe.headers_size);
	}
	hashed = pe.headers_size;
	for (size_t i = 0; i < pe.section_count; i++) {
		const struct section *s = &pe.sections[i];

		if (!s->raw_size)
			continue;
		add(&c, o, s->raw_at, s->raw_at + s->raw_size);
		hashed += s->raw_size;
	}
	if (hashed + pe.certificate_size < o->image.size)
		add(&c, o, hashed, o->image.size - pe.certificate_size);
	br_sha256_out(&c, digest);
	return true;
}

bool predict_authenticode(uint8_t digest[static 32], struct bytes image, struct error *e)
{
	return authenticode(digest, &(struct overlay){ .image = image }, e);
}

static void sha256(uint8_t digest[static 32], struct bytes data)
{
	br_sha256_context c;

	br_sha256_init(&c);
	br_sha256_update(&c, data.at, data.size);
	br_sha256_out(&c, digest);
}

/* --- PCR 4 --- */

static void boot_option(uint8_t pcr[static 32])
{
	tpm_pcr_foretell_event(pcr,
			       bytes_of_text("Calling EFI Application from Boot Option"));
}

static void separator(uint8_t pcr[static 32])
{
	static const uint8_t zeros[4];

	tpm_pcr_foretell_event(pcr, bytes_of(zeros, sizeof(zeros)));
}

static bool measure_image(uint8_t pcr[static 32], const struct overlay *o, struct error *e)
{
	uint8_t digest[32];

	if (!authenticode(digest, o, e))
		return false;
	tpm_pcr_foretell_digest(pcr, digest);
	return true;
}

/* --- split --- */

/* Offsets in the setup header; Linux, Documentation/arch/x86/boot.rst. */
enum {
	SETUP_MAGIC = 0x202,
	SETUP_VERSION = 0x206,
	SETUP_LOADER = 0x210,
	SETUP_LOAD_FLAGS = 0x211,
	SETUP_INITRD_AT = 0x218,
	SETUP_INITRD_SIZE = 0x21c,
	SETUP_HEAP_END = 0x224,
	SETUP_COMMAND_LINE = 0x228,
	SETUP_INITRD_MAX = 0x22c,
	SETUP_FLAGS = 0x236,
	SETUP_END = 0x268
};

static uint32_t le(const uint8_t *from, size_t size)
{
	uint32_t value = 0;

	while (size--)
		value = value << 8 | from[size];
	return value;
}

static void put_le(uint8_t *to, size_t size, uint32_t value)
{
	for (size_t i = 0; i < size; i++)
		to[i] = value >> (8 * i);
}

/* What QEMU 7.2 writes into a protocol 2.12 header (x86_load_linux), for a q35 machine. */
static bool qemu_header(uint8_t head[static SETUP_END], const struct predict_split *w,
			struct error *e)
{
	const uint64_t acpi_area = 0x28000, low = 0xb0000000;
	uint64_t below_4g = w->qemu_memory >= low ? 0x80000000 : w->qemu_memory;
	uint64_t initrd_max;

	if (w->kernel.size < SETUP_END)
		return error_set(e, ERROR_MALFORMED, NULL, "not a Linux kernel");
	memcpy(head, w->kernel.at, SETUP_END);
	if (memcmp(head + SETUP_MAGIC, "HdrS", 4) != 0 || le(head + SETUP_VERSION, 2) < 0x20c)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "not a Linux kernel of protocol 2.12");
	initrd_max = le(head + SETUP_FLAGS, 2) & 2 ? UINT32_MAX
						   : le(head + SETUP_INITRD_MAX, 4);
	if (below_4g <= acpi_area)
		return error_set(e, ERROR_USAGE, NULL, "machine memory is too small");
	if (initrd_max >= below_4g - acpi_area)
		initrd_max = below_4g - acpi_area - 1;
	if (w->initrd.size >= initrd_max)
		return error_set(e, ERROR_REFUSED, NULL,
				 "initrd does not fit into the memory");
	head[SETUP_LOADER] = 0xb0;
	head[SETUP_LOAD_FLAGS] |= 0x80;
	put_le(head + SETUP_HEAP_END, 2, 0x20000 - 0x10000 - 0x200);
	put_le(head + SETUP_COMMAND_LINE, 4, 0x20000);
	if (w->initrd.size) {
		put_le(head + SETUP_INITRD_AT, 4,
		       (initrd_max - w->initrd.size) & ~UINT64_C(4095));
		put_le(head + SETUP_INITRD_SIZE, 4, w->initrd.size);
	}
	return true;
}

static bool measure_split_images(uint8_t pcr[static 32], const struct predict_split *w,
				 struct error *e)
{
	uint8_t head[SETUP_END];

	if (w->qemu_memory) {
		if (!qemu_header(head, w, e) ||
		    !measure_image(pcr,
				   &(struct overlay){ w->kernel, bytes_of(head, SETUP_END) },
				   e))
			return false;
		boot_option(pcr);
		separator(pcr);
		return true;
	}
	boot_option(pcr);
	separator(pcr);
	for (size_t i = 0; i < w->loader_count; i++)
		if (!measure_image(pcr, &(struct overlay){ .image = w->loaders[i] }, e))
			return error_wrap(e, "loader %zu", i + 1);
	return measure_image(pcr, &(struct overlay){ .image = w->kernel }, e);
}

/* UTF-16LE with its NUL. */
static bool measure_command_line(uint8_t pcr[static 32], struct bytes line, struct error *e)
{
	br_sha256_context c;
	uint8_t digest[32];

	br_sha256_init(&c);
	for (size_t i = 0; i < line.size; i++) {
		uint8_t unit[2] = { line.at[i], 0 };

		if (line.at[i] < ' ' || line.at[i] >= 0x7f)
			return error_set(
				e, ERROR_USAGE, NULL,
				"command line has other characters than printable ASCII");
		br_sha256_update(&c, unit, sizeof(unit));
	}
	br_sha256_update(&c, (uint8_t[2]){ 0 }, 2);
	br_sha256_out(&c, digest);
	tpm_pcr_foretell_digest(pcr, digest);
	return true;
}

bool predict_split(struct tpm_pcr_values *values, const struct predict_split *what,
		   struct error *e)
{
	struct tpm_pcr_values v = { .mask = 1u << 4 | 1u << 9 | 1u << 11 };
	uint8_t digest[32];

	if (!measure_split_images(v.value[4], what, e))
		return error_wrap(e, "kernel");
	if (!measure_command_line(v.value[9], what->command_line, e))
		return false;
	if (what->initrd.size) {
		sha256(digest, what->initrd);
		tpm_pcr_foretell_digest(v.value[9], digest);
	}
	tpm_pcr_foretell_event(v.value[11], bytes_of_text(phase_text(PHASE_ENTER)));
	*values = v;
	return true;
}

/* --- uki --- */

static const struct section *section_of(const struct pe *pe, const char *name)
{
	for (size_t i = 0; i < pe->section_count; i++)
		if (strcmp(pe->sections[i].name, name) == 0)
			return &pe->sections[i];
	return NULL;
}

static struct bytes contents_of(const struct section *s, struct bytes image)
{
	uint32_t size = s->virtual_size < s->raw_size ? s->virtual_size : s->raw_size;

	return size ? bytes_of(image.at + s->raw_at, size) : (struct bytes){ 0 };
}

/* "#### LoaderInfo: systemd-stub 252.39-1 ####": 252; 0 when there is none. */
static uint64_t stub_version(const struct pe *pe, struct bytes image)
{
	static const char mark[] = "systemd-stub ";
	const struct section *s = section_of(pe, ".sdmagic");
	struct bytes text = s ? contents_of(s, image) : (struct bytes){ 0 };
	const uint8_t *found = text.size ? memmem(text.at, text.size, mark, sizeof(mark) - 1)
					 : NULL;
	uint64_t version = 0;
	size_t n = 0;

	if (!found)
		return 0;
	found += sizeof(mark) - 1;
	while (found + n < text.at + text.size && found[n] >= '0' && found[n] <= '9')
		n++;
	return text_number(&version, bytes_of(found, n), 100000) ? version : 0;
}

/* By the stub, in its canonical order: name with NUL, then contents. */
static bool measure_sections(uint8_t pcr[static 32], const struct pe *pe, struct bytes image,
			     struct error *e)
{
	static const struct {
		const char *name;
		bool later; /* measured from version 256 on, not up to 252 */
	} order[] = {
		{ ".linux", false },   { ".osrel", false }, { ".cmdline", false },
		{ ".initrd", false },  { ".ucode", true },  { ".splash", false },
		{ ".dtb", false },     { ".uname", true },  { ".sbat", true },
		{ ".pcrpkey", false },
	};
	static const char *const unknown[] = { ".profile", ".dtbauto", ".hwids", ".efifw" };
	uint64_t version = stub_version(pe, image);

	if (!version || (version > 252 && version < 256))
		return error_set(e, ERROR_REFUSED, "TPM-23",
				 "what systemd-stub %llu measures is not known: use --pcr",
				 (unsigned long long)version);
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		if (section_of(pe, unknown[i]))
			return error_set(e, ERROR_REFUSED, "TPM-23",
					 "image has a section %s: use --pcr", unknown[i]);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		const struct section *s = section_of(pe, order[i].name);

		if (!s || (order[i].later && version <= 252))
			continue;
		tpm_pcr_foretell_event(pcr,
				       bytes_of(order[i].name, strlen(order[i].name) + 1));
		tpm_pcr_foretell_event(pcr, contents_of(s, image));
	}
	return true;
}

bool predict_uki(struct tpm_pcr_values *values, struct bytes image, unsigned failed_options,
		 bool secure_boot, struct error *e)
{
	struct tpm_pcr_values v = { .mask = 1u << 4 | 1u << 11 | 1u << 12 | 1u << 13 };
	const struct section *kernel;
	struct pe pe;

	if (!pe_read(&pe, image, e))
		return false;
	kernel = section_of(&pe, ".linux");
	if (!kernel)
		return error_set(e, ERROR_MALFORMED, NULL, "image has no section .linux");
	boot_option(v.value[4]);
	separator(v.value[4]);
	for (unsigned n = 0; n < failed_options; n++) {
		tpm_pcr_foretell_event(
			v.value[4],
			bytes_of_text("Returning from EFI Application from Boot Option"));
		boot_option(v.value[4]);
	}
	if (!measure_image(v.value[4], &(struct overlay){ .image = image }, e))
		return false;
	if (!secure_boot &&
	    !measure_image(v.value[4],
			   &(struct overlay){ .image = contents_of(kernel, image) }, e))
		return error_wrap(e, "section .linux");
	if (!measure_sections(v.value[11], &pe, image, e))
		return false;
	tpm_pcr_foretell_event(v.value[11], bytes_of_text(phase_text(PHASE_ENTER)));
	*values = v;
	return true;
}

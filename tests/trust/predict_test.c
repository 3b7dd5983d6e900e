/* SPDX-License-Identifier: MIT */
#include "trust/predict.h"

#include <bearssl.h>

#include "base/text.h"
#include "check.h"
#include "pe_maker.h"

/*
 * Against the formulas written out once more, step by step.  That these are the formulas
 * of real firmware is shown by the boot stories, whose machine unseals only if they are.
 */

static const struct pe_section sections[] = { { ".text", "code", 0 },
					      { ".data", "data, longer", 0 } };
static uint8_t image[8192];
static struct error e;

static void sha256(uint8_t to[32], struct bytes data)
{
	br_sha256_context c;

	br_sha256_init(&c);
	br_sha256_update(&c, data.at, data.size);
	br_sha256_out(&c, to);
}

static void extend(uint8_t pcr[32], const uint8_t digest[32])
{
	uint8_t both[64];

	memcpy(both, pcr, 32);
	memcpy(both + 32, digest, 32);
	sha256(pcr, bytes_of(both, 64));
}

static void extend_text(uint8_t pcr[32], const char *text, size_t size)
{
	uint8_t digest[32];

	sha256(digest, bytes_of(text, size));
	extend(pcr, digest);
}
#define EXTEND(pcr, text) extend_text(pcr, text, sizeof(text) - 1)

/* The whole file but checksum, directory entry 4 and certificate table. */
static void whole_file(uint8_t to[32], struct bytes file, size_t certificate)
{
	uint8_t copy[sizeof(image)];
	struct writer w = writer_over(copy, sizeof(copy));

	writer_bytes(&w, bytes_of(file.at, PE_CHECKSUM_AT));
	writer_bytes(&w, bytes_of(file.at + PE_CHECKSUM_AT + 4,
				  PE_DIRECTORY_AT + 32 - PE_CHECKSUM_AT - 4));
	writer_bytes(&w, bytes_of(file.at + PE_DIRECTORY_AT + 40,
				  file.size - certificate - PE_DIRECTORY_AT - 40));
	CHECK(writer_ok(&w));
	sha256(to, writer_done(&w));
}

static struct bytes made(const struct pe_section *s, size_t count, size_t certificate)
{
	struct writer w = writer_over(image, sizeof(image));

	pe_make(&w, s, count, certificate);
	CHECK(writer_ok(&w));
	return writer_done(&w);
}

TEST(authenticode_leaves_out_what_signing_changes, "TPM-23")
{
	uint8_t digest[32], expected[32], unsigned_digest[32];
	struct bytes file;

	file = made(sections, 2, 0);
	CHECK(predict_authenticode(unsigned_digest, file, &e));
	whole_file(expected, file, 0);
	CHECK(memcmp(unsigned_digest, expected, 32) == 0);
	file = made(sections, 2, 104);
	CHECK(predict_authenticode(digest, file, &e));
	whole_file(expected, file, 104);
	CHECK(memcmp(digest, expected, 32) == 0);
	CHECK(memcmp(digest, unsigned_digest, 32) == 0);
	image[PE_CHECKSUM_AT] ^= 1;
	CHECK(predict_authenticode(digest, file, &e));
	CHECK(memcmp(digest, unsigned_digest, 32) == 0);
	image[1030] ^= 1;
	CHECK(predict_authenticode(digest, file, &e));
	CHECK(memcmp(digest, unsigned_digest, 32) != 0);
}

TEST(damaged_images_are_refused, "TPM-23")
{
	uint8_t digest[32];
	struct bytes file = made(sections, 2, 104);

	for (size_t n = 0; n < 512; n++)
		CHECK(!predict_authenticode(digest, bytes_of(file.at, n), &e));
	for (size_t i = 0; i < 512; i++)
		for (int v = 0; v < 256; v += 15) {
			uint8_t was = image[i];

			image[i] = v; /* whatever comes out, nothing is read outside */
			(void)!predict_authenticode(digest, file, &e);
			image[i] = was;
		}
	image[PE_OPTIONAL_AT] = 0x0c; /* optional header magic */
	CHECK(!predict_authenticode(digest, file, &e));
}

#define SETUP_SIZE 0x268

/* A PE image that is a Linux kernel too: the setup header lies in the first sector. */
static struct bytes kernel(void)
{
	struct bytes file = made(sections, 2, 0);

	/* 0x1f1..0x268 overlaps nothing that PE needs here but section padding */
	memcpy(image + 0x202, "HdrS", 4);
	image[0x206] = 0x0f;
	image[0x207] = 0x02;
	image[0x22c] = 0xff;
	image[0x22d] = 0xff;
	image[0x22e] = 0xff;
	image[0x22f] = 0x7f;
	return file;
}

static void le32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = v >> (8 * i);
}

TEST(qemu_kernel_is_measured_as_qemu_changes_it, "TPM-23")
{
	static uint8_t initrd[5000];
	static const struct {
		uint64_t memory;
		uint32_t initrd_at;
	} cases[] = {
		{ UINT64_C(256) << 20, (0x10000000 - 0x28000 - 1 - 5000) & ~4095u },
		{ UINT64_C(2048) << 20, (0x80000000 - 0x28000 - 1 - 5000) & ~4095u },
		{ UINT64_C(4096) << 20, (0x80000000 - 0x28000 - 1 - 5000) & ~4095u },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct predict_split what = { .initrd = bytes_of(initrd, sizeof(initrd)),
					      .command_line = bytes_of_text("quiet"),
					      .qemu_memory = cases[i].memory };
		struct tpm_pcr_values v;
		uint8_t pcr[32] = { 0 }, digest[32];

		what.kernel = kernel();
		CHECK(predict_split(&v, &what, &e));
		image[0x210] = 0xb0;
		image[0x211] |= 0x80;
		le32(image + 0x218, cases[i].initrd_at);
		le32(image + 0x21c, sizeof(initrd));
		image[0x224] = 0x00;
		image[0x225] = 0xfe;
		le32(image + 0x228, 0x20000);
		whole_file(digest, what.kernel, 0);
		extend(pcr, digest);
		EXTEND(pcr, "Calling EFI Application from Boot Option");
		EXTEND(pcr, "\0\0\0\0");
		CHECK(memcmp(v.value[4], pcr, 32) == 0);
	}
}

TEST(kernel_behind_a_loader_is_measured_after_it, "TPM-23")
{
	static uint8_t loader[2048];
	struct writer w = writer_over(loader, sizeof(loader));
	struct predict_split what = { .initrd = bytes_of_text("initrd"),
				      .command_line = bytes_of_text("a b"),
				      .loader_count = 1 };
	struct tpm_pcr_values v;
	uint8_t pcr[32] = { 0 }, digest[32];

	pe_make(&w, sections, 1, 0);
	what.loaders[0] = writer_done(&w);
	what.kernel = made(sections, 2, 0);
	CHECK(predict_split(&v, &what, &e));
	CHECK(v.mask == (1u << 4 | 1u << 9 | 1u << 11));
	EXTEND(pcr, "Calling EFI Application from Boot Option");
	EXTEND(pcr, "\0\0\0\0");
	whole_file(digest, what.loaders[0], 0);
	extend(pcr, digest);
	whole_file(digest, what.kernel, 0);
	extend(pcr, digest);
	CHECK(memcmp(v.value[4], pcr, 32) == 0);

	memset(pcr, 0, 32);
	EXTEND(pcr, "a\0 \0b\0\0\0");
	EXTEND(pcr, "initrd");
	CHECK(memcmp(v.value[9], pcr, 32) == 0);
	memset(pcr, 0, 32);
	EXTEND(pcr, "sztp:enter");
	CHECK(memcmp(v.value[11], pcr, 32) == 0);

	what.command_line = bytes_of_text("caf\xc3\xa9");
	CHECK(!predict_split(&v, &what, &e));
	what.command_line = bytes_of_text("ok");
	what.kernel = bytes_of_text("not a kernel");
	CHECK(!predict_split(&v, &what, &e));
}

TEST(unified_image_is_measured_by_its_stub, "TPM-17 TPM-23")
{
	static uint8_t inner[2048];
	struct writer w = writer_over(inner, sizeof(inner));
	struct pe_section uki[6] = {
		{ ".sdmagic", "#### LoaderInfo: systemd-stub 257.8-1~deb13u1 ####", 0 },
		{ ".sbat", "sbat,1", 0 },
		{ ".osrel", "ID=test", 0 },
		{ ".cmdline", "quiet and more", 5 }, /* virtual size counts when smaller */
		{ ".initrd", "archive", 0 },
	};
	struct tpm_pcr_values v;
	uint8_t pcr[32] = { 0 }, whole[32], older[32];
	struct bytes file;

	/* The made-up kernel ends in no NUL-free text, so the inner image is refused first.
	 */
	uki[5] = (struct pe_section){ ".linux", "no kernel", 0 };
	file = made(uki, 6, 0);
	CHECK(!predict_uki(&v, file, 0, false, &e));
	CHECK(predict_uki(&v, file, 2, true, &e));
	CHECK(v.mask == (1u << 4 | 1u << 11 | 1u << 12 | 1u << 13));
	whole_file(whole, file, 0);
	EXTEND(pcr, "Calling EFI Application from Boot Option");
	EXTEND(pcr, "\0\0\0\0");
	for (int i = 0; i < 2; i++) {
		EXTEND(pcr, "Returning from EFI Application from Boot Option");
		EXTEND(pcr, "Calling EFI Application from Boot Option");
	}
	extend(pcr, whole);
	CHECK(memcmp(v.value[4], pcr, 32) == 0);

	memset(pcr, 0, 32);
	EXTEND(pcr, ".linux\0");
	EXTEND(pcr, "no kernel");
	EXTEND(pcr, ".osrel\0");
	EXTEND(pcr, "ID=test");
	EXTEND(pcr, ".cmdline\0");
	EXTEND(pcr, "quiet");
	EXTEND(pcr, ".initrd\0");
	EXTEND(pcr, "archive");
	memcpy(older, pcr, 32);
	EXTEND(pcr, ".sbat\0");
	EXTEND(pcr, "sbat,1");
	EXTEND(pcr, "sztp:enter");
	CHECK(memcmp(v.value[11], pcr, 32) == 0);
	/* An older stub does not measure its own .sbat. */
	uki[0].contents = "#### LoaderInfo: systemd-stub 252.39-1~deb12u2 ####";
	CHECK(predict_uki(&v, made(uki, 6, 0), 0, true, &e));
	EXTEND(older, "sztp:enter");
	CHECK(memcmp(v.value[11], older, 32) == 0);
	memset(pcr, 0, 32);
	CHECK(memcmp(v.value[12], pcr, 32) == 0 && memcmp(v.value[13], pcr, 32) == 0);

	/* What we cannot know is refused. */
	uki[0].contents = "#### LoaderInfo: systemd-stub 254 ####";
	CHECK(!predict_uki(&v, made(uki, 6, 0), 0, true, &e));
	CHECK_STR(e.rule, "TPM-23");
	uki[0].contents = "another stub";
	CHECK(!predict_uki(&v, made(uki, 6, 0), 0, true, &e));
	CHECK_STR(e.rule, "TPM-23");
	uki[0].contents = "#### LoaderInfo: systemd-stub 257 ####";
	uki[1].name = ".profile";
	CHECK(!predict_uki(&v, made(uki, 6, 0), 0, true, &e));
	CHECK_STR(e.rule, "TPM-23");
	pe_make(&w, sections, 1, 0);
	CHECK(!predict_uki(&v, writer_done(&w), 0, true, &e)); /* no .linux */
}

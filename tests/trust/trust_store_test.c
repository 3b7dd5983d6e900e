/* SPDX-License-Identifier: MIT */
#include "trust/trust_store.h"

#include "../tpm/memory.h"
#include "../tpm/swtpm.h"
#include "envelope_maker.h"
#include "platform/file.h"
#include "tpm/tpm_nv.h"
#include "tpm/tpm_policy.h"
#include "tpm/tpm_seal.h"
#include "trust/phase.h"
#include "trust/trust_clock.h"

/*
 * Envelopes made here, loaded as the agent loads them.  Each boot() is a machine switched
 * on: firmware measures, PCR 11 is zero.
 */

#define MASK (1u << 4 | 1u << 11)

static struct swtpm chip, other;
static struct tpm t;
static struct maker_authority authority, stranger;
static struct trust_store store;
static struct trust_store_report report;
static struct trust_store_sources sources;
static char folder[64], authority_folder[96], pool_folder[96], file[96];
static uint8_t content_key[32] = "a content key of thirty-two byte";
static uint8_t anchor_bytes[1024], server_bytes[1024], envelope[4096];
static struct bytes anchor, server;
static struct error e;

static void put(const char *directory, const char *name, struct bytes contents)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	CHECK(file_write(path, contents, 0600, &e));
}

static void drop(const char *directory, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	unlink(path);
}

static void remove_folders(void)
{
	char line[200];

	snprintf(line, sizeof(line), "rm -rf %s", folder);
	if (system(line) != 0)
		abort();
}

static struct bytes read_data(uint8_t *to, size_t room, const char *path)
{
	size_t size = 0;

	CHECK(file_read(to, room, &size, path, 0, &e));
	return bytes_of(to, size);
}

/* The device in its factory: folders of its image, keys. */
static void factory(void)
{
	if (folder[0])
		return;
	strcpy(folder, "/tmp/sztpboot-store.XXXXXX");
	if (!mkdtemp(folder))
		abort();
	atexit(remove_folders);
	snprintf(authority_folder, sizeof(authority_folder), "%s/authority", folder);
	snprintf(pool_folder, sizeof(pool_folder), "%s/certs", folder);
	snprintf(file, sizeof(file), "%s/store.szt", folder);
	CHECK(mkdir(authority_folder, 0700) == 0 && mkdir(pool_folder, 0700) == 0);
	maker_authority(&authority, 0, false);
	maker_authority(&stranger, 1, false);
	put(authority_folder, "a.der", authority.spki);
	anchor = read_data(anchor_bytes, sizeof(anchor_bytes), "tests/data/trust/anchor.der");
	server = read_data(server_bytes, sizeof(server_bytes), "tests/data/trust/server.der");
	sources = (struct trust_store_sources){ .nv = true,
						.file = file,
						.authority_directory = authority_folder,
						.certificate_directory = pool_folder };
}

static void boot(struct swtpm *s)
{
	factory();
	tpm_close(&t);
	if (!s->pid)
		swtpm_make(s);
	CHECK(swtpm_boot(s, &t));
}

/* The values of a good boot after sztp:enter. */
static struct tpm_pcr_values good_values(void)
{
	struct tpm_pcr_values v = { .mask = MASK };

	tpm_pcr_foretell_event(v.value[4], bytes_of_text("kernel"));
	tpm_pcr_foretell_event(v.value[11], bytes_of_text("sztp:enter"));
	return v;
}

static struct payload simple(void)
{
	return (struct payload){ .serial = bytes_of_text("JADA123456789"),
				 .hardware_model = bytes_of_text("m1"),
				 .flags = PAYLOAD_FLAGS_DEFAULT,
				 .minimum_time_s = 1900000000,
				 .voucher_anchors = { anchor },
				 .voucher_anchor_count = 1 };
}

/* Seal and sign; @t has the storage root key and the session.  What enrolment does. */
static struct bytes enrol(uint64_t generation, const struct payload *p,
			  const struct maker_authority *signer, bool wrong_key)
{
	static uint8_t plain[4096];
	uint8_t key[32], policy[32] = { 0 };
	struct writer w = writer_over(plain, sizeof(plain));
	struct writer made = writer_over(envelope, sizeof(envelope));
	struct envelope v = maker_header(signer);
	struct tpm_sealed sealed;
	struct tpm_key_name name;
	uint16_t template;

	CHECK(tpm_key_adopt_srk(&t, &name, &template, &e) && tpm_session_start(&t, &e));
	payload_write(&w, p);
	memcpy(key, content_key, 32);
	v.generation = generation;
	v.mode = ENVELOPE_MODE_CUSTOM;
	v.pcrs = good_values();
	v.parent_name = name;
	tpm_policy_pcr(policy, &v.pcrs);
	CHECK(tpm_seal_create(&t, key, policy, &sealed, &e));
	v.sealed_public = bytes_of(sealed.public, sealed.public_size);
	v.sealed_private = bytes_of(sealed.private, sealed.private_size);
	key[0] ^= wrong_key;
	CHECK(maker_make(&made, &v, writer_done(&w), key, signer));
	return writer_done(&made);
}

static void into_nv(struct bytes made)
{
	for (uint32_t i = 0; i < TPM_NV_ENVELOPE_COUNT; i++)
		CHECK(tpm_nv_remove(&t, TPM_NV_ENVELOPE + i, &e));
	for (size_t i = 0, at = 0; at < made.size; i++, at += 700) {
		size_t size = made.size - at < 700 ? made.size - at : 700;

		CHECK(tpm_nv_store(&t, TPM_NV_ENVELOPE + i, bytes_of(made.at + at, size),
				   &e));
	}
}

static void into_file(struct bytes made)
{
	CHECK(file_write(file, made, 0600, &e));
}

/* The rule of the failure, or "" when it loaded. */
static const char *load(void)
{
	bool ok;

	e.rule[0] = 0;
	ok = trust_store_load(&store, &t, &sources, &report, &e);
	CHECK(ok == store.loaded);
	if (ok)
		return "";
	for (size_t i = 0; i < sizeof(store); i++)
		if (((uint8_t *)&store)[i]) {
			CHECK(!"a failed store leaves nothing behind");
			break;
		}
	return e.rule[0] ? e.rule : "no rule";
}

/* PCR 11 after these phases, and only these. */
static bool phases_are(const char *a, const char *b, const char *c)
{
	const char *texts[] = { a, b, c };
	struct tpm_pcr_values v;
	uint8_t expected[32] = { 0 };

	for (int i = 0; i < 3; i++)
		if (texts[i])
			tpm_pcr_foretell_event(expected, bytes_of_text(texts[i]));
	return tpm_pcr_read(&t, 1u << 11, &v, &e) && memcmp(v.value[11], expected, 32) == 0;
}

TEST(loads_from_nv, "TRUST-3 TPM-29 TPM-45 TPM-81 CLK-4")
{
	struct payload p;

	boot(&chip);
	p = simple();
	into_nv(enrol(7, &p, &authority, false));
	boot(&chip);
	CHECK_STR(load(), "");
	CHECK_STR(store.serial, "JADA123456789");
	CHECK_STR(store.hardware_model, "m1");
	CHECK_STR(store.vendor, "");
	CHECK(store.generation == 7 && store.created_s == 1800000000);
	CHECK(store.flags == PAYLOAD_FLAGS_DEFAULT);
	CHECK(store.voucher_anchor_count == 1 &&
	      bytes_equal(store.voucher_anchors[0], anchor));
	CHECK(store.server_anchor_count == 0 && store.well_known_count == 0);
	CHECK(trust_clock_floor(&store) == 1900000000);
	CHECK_STR(report.from, "TPM NV");
	CHECK_STR(report.mode, "custom");
	CHECK(strstr(report.summary,
		     "generation 7, serial JADA123456789, 1 voucher anchor, from TPM"));
	CHECK(report.line_count == 0 && report.milliseconds < 2000);
	CHECK(strstr(report.summary, ", policy custom, 0.") ||
	      strstr(report.summary, ", policy custom, 1."));
	CHECK(phases_are("sztp:enter", "sztp:loaded", NULL));
	trust_store_wipe(&store);
	CHECK(!store.loaded && !store.plain[10]);
}

TEST(loads_once_in_a_boot, "TPM-76 TPM-29 TRUST-4")
{
	boot(&chip);
	CHECK_STR(load(), "");
	CHECK(phases_are("sztp:enter", "sztp:loaded", NULL));
	CHECK_STR(load(), "STORE_PCR");
	CHECK(strstr(e.text, "PCR 11"));
	boot(&chip);
	CHECK(phase_extend(&t, PHASE_LEAVE, &e));
	CHECK_STR(load(), "STORE_PCR");
}

TEST(failure_closes_the_phases, "TPM-76 TPM-31 TRUST-4")
{
	boot(&chip);
	CHECK(tpm_pcr_event(&t, 4, bytes_of_text("another kernel"), &e));
	CHECK_STR(load(), "STORE_PCR");
	CHECK(strstr(e.text, "PCR 4 is"));
	{
		struct tpm_pcr_values v;
		uint8_t expected[32] = { 0 };

		for (int i = 0; i < 3; i++)
			tpm_pcr_foretell_event(expected, bytes_of_text(phase_text(i)));
		CHECK(tpm_pcr_read(&t, 1u << 11, &v, &e));
		CHECK(memcmp(v.value[11], expected, 32) == 0);
	}
	/* Also when it never came to sztp:enter. */
	boot(&chip);
	drop(authority_folder, "a.der");
	CHECK_STR(load(), "STORE_SIGNATURE");
	CHECK(phases_are("sztp:loaded", "sztp:leave", NULL));
	put(authority_folder, "a.der", authority.spki);
}

TEST(other_tpm_is_foreign, "TPM-13 TRUST-4")
{
	struct payload p;

	boot(&chip);
	p = simple();
	into_file(enrol(8, &p, &authority, false));
	boot(&other);
	CHECK_STR(load(), "STORE_FOREIGN");
	/* a storage key of its own */
	boot(&other);
	into_nv(enrol(3, &p, &stranger, false));
	boot(&other);
	CHECK_STR(load(), "STORE_FOREIGN"); /* of two failures the one that came further */
	CHECK(report.line_count == 2);
	unlink(file);
}

TEST(unknown_authority_is_refused, "TPM-2 TPM-3 TRUST-2")
{
	struct payload p;

	/* Sealed below the real key with the real policy, signed by somebody else. */
	boot(&chip);
	p = simple();
	into_nv(enrol(9, &p, &stranger, false));
	boot(&chip);
	CHECK_STR(load(), "STORE_SIGNATURE");
	/* With his key in the image it loads: the image is what PCRs measure. */
	put(authority_folder, "b.der", stranger.spki);
	boot(&chip);
	CHECK_STR(load(), "");
	/* More than four keys are refused. */
	put(authority_folder, "c.der", stranger.spki);
	put(authority_folder, "d.der", stranger.spki);
	boot(&chip);
	CHECK_STR(load(), "");
	put(authority_folder, "e.der", stranger.spki);
	boot(&chip);
	CHECK_STR(load(), "TPM-3");
	for (const char *name = "bcde"; *name; name++)
		drop(authority_folder, (char[]){ *name, '.', 'd', 'e', 'r', 0 });
	/* Other names are not looked at. */
	put(authority_folder, "b.pem", stranger.spki);
	boot(&chip);
	CHECK_STR(load(), "STORE_SIGNATURE");
	drop(authority_folder, "b.pem");
}

TEST(nothing_there_is_said_so, "TPM-50")
{
	boot(&chip);
	into_nv(bytes_of("", 0));
	CHECK_STR(load(), "STORE_NONE");
	into_file(bytes_of_text("SZTPSTOR and nothing"));
	boot(&chip);
	CHECK_STR(load(), "STORE_CORRUPT");
	unlink(file);
}

TEST(unmeasured_boot_is_refused, "TPM-20")
{
	struct payload p;

	boot(&chip);
	p = simple();
	into_nv(enrol(1, &p, &authority, false));
	tpm_close(&t);
	swtpm_off(&chip);
	swtpm_on(&chip);
	CHECK(tpm_open(&t, chip.address, 1, &e));
	CHECK_STR(load(), "STORE_UNMEASURED");
	CHECK(phases_are("sztp:loaded", "sztp:leave", NULL));
}

TEST(damaged_nv_is_refused, "TPM-39 TPM-77")
{
	struct payload p;
	struct bytes made;

	boot(&chip);
	p = simple();
	made = enrol(1, &p, &authority, false);
	into_nv(made);
	CHECK(tpm_nv_remove(&t, TPM_NV_ENVELOPE + 1, &e));
	boot(&chip);
	CHECK_STR(load(), "STORE_CORRUPT");
	envelope[300] ^= 1;
	boot(&chip);
	into_nv(made);
	CHECK_STR(load(), "STORE_SIGNATURE");
	envelope[300] ^= 1;
	boot(&chip);
	into_nv(made);
	CHECK(tpm_nv_store(&t, TPM_NV_ENVELOPE + 2, bytes_of("more", 4), &e));
	CHECK_STR(load(), "");
}

TEST(newest_wins_and_the_next_one_stands_in, "TPM-46 TPM-78")
{
	struct payload p;

	boot(&chip);
	p = simple();
	into_nv(enrol(5, &p, &authority, false));
	into_file(enrol(6, &p, &authority, false));
	boot(&chip);
	CHECK_STR(load(), "");
	CHECK(store.generation == 6);
	CHECK_STR(report.from, file);

	/* The newest does not open with its sealed key; the older one is loaded in its place.
	 */
	boot(&chip);
	into_file(enrol(6, &p, &authority, true));
	boot(&chip);
	CHECK_STR(load(), "");
	CHECK(store.generation == 5 && report.line_count == 1);
	CHECK(strstr(report.lines[0], "content key does not open"));

	boot(&chip);
	into_nv(enrol(5, &p, &stranger, false));
	boot(&chip);
	CHECK_STR(load(), "STORE_KEY");
	unlink(file);
}

TEST(anchors_by_digest_come_from_the_pool, "TPM-51 TPM-52 TRUST-7")
{
	static const uint8_t positions[] = { 1, 0 };
	struct digest a = { 0 }, s = { 0 };
	struct payload p;

	boot(&chip);
	a = digest_of(DIGEST_SHA256, anchor);
	s = digest_of(DIGEST_SHA256, server);
	p = simple();
	p.voucher_anchors[0] = digest_bytes(&a);
	p.server_anchors[0] = digest_bytes(&s);
	p.server_anchors[1] = anchor;
	p.server_anchor_count = 2;
	p.well_known[0] = (struct payload_server){ 443, bytes_of(positions, 2),
						   bytes_of_text("boot.example") };
	p.well_known_count = 1;
	into_nv(enrol(1, &p, &authority, false));

	/* Nobody has them: they are disabled, the store is not. */
	boot(&chip);
	CHECK_STR(load(), "");
	CHECK(store.voucher_anchor_count == 0 && store.server_anchor_count == 1);
	CHECK(store.well_known_count == 1 && store.well_known[0].anchor_count == 1);
	CHECK_STR(store.well_known[0].host, "boot.example");

	put(pool_folder, "1.der", anchor);
	put(pool_folder, "2.der", server);
	put(pool_folder, "3.der", bytes_of_text("something else"));
	boot(&chip);
	CHECK_STR(load(), "");
	CHECK(store.voucher_anchor_count == 1 &&
	      bytes_equal(store.voucher_anchors[0], anchor));
	CHECK(store.server_anchor_count == 2 && bytes_equal(store.server_anchors[0], server));
	CHECK(store.well_known[0].anchor_count == 2 &&
	      bytes_equal(store.well_known[0].anchors[0], anchor) &&
	      bytes_equal(store.well_known[0].anchors[1], server));

	/* One bit, and it is another certificate. */
	anchor_bytes[100] ^= 1;
	put(pool_folder, "1.der", anchor);
	anchor_bytes[100] ^= 1;
	boot(&chip);
	CHECK_STR(load(), "");
	CHECK(store.voucher_anchor_count == 0);
	drop(pool_folder, "1.der");
	drop(pool_folder, "2.der");
	drop(pool_folder, "3.der");
}

TEST(anchor_that_does_not_parse_spoils_the_store, "TPM-53 TPM-55")
{
	static uint8_t broken[60] = { 0x30, 58 };
	struct payload p;

	boot(&chip);
	p = simple();
	p.voucher_anchors[0] = bytes_of(broken, sizeof(broken));
	into_nv(enrol(1, &p, &authority, false));
	boot(&chip);
	CHECK_STR(load(), "STORE_FORMAT");
	boot(&chip);
	p = simple();
	p.serial.size = 0;
	into_nv(enrol(1, &p, &authority, false));
	boot(&chip);
	CHECK_STR(load(), "STORE_FORMAT");
	boot(&chip);
	p = simple();
	p.flags = 0x4000;
	into_nv(enrol(1, &p, &authority, false));
	boot(&chip);
	CHECK_STR(load(), "STORE_FORMAT");
}

static void altered(uint32_t command, uint8_t *answer, size_t *size)
{
	if (command == 0x15e && *size > 40) /* Unseal */
		answer[30] ^= 1;
}

TEST(altered_answer_ends_it_and_closes_the_phases, "TPM-82 TPM-76")
{
	struct payload p;

	boot(&chip);
	p = simple();
	into_nv(enrol(1, &p, &authority, false));
	boot(&chip);
	interposer_install(&t);
	interposer.change = altered;
	CHECK_STR(load(), "STORE_BUS");
	CHECK(phases_are("sztp:enter", "sztp:loaded", "sztp:leave"));
}

/* A secret of the store, and the key that seals it, on the bus or in the envelope. */
static bool has_secret(const uint8_t *bytes, size_t size)
{
	return memmem(bytes, size, "hunter2 hunter2", 15) ||
	       memmem(bytes, size, "a content key of", 16);
}

TEST(secrets_are_never_in_clear_outside, "KEY-3 TPM-80 TPM-83")
{
	struct payload p;

	boot(&chip);
	p = simple();
	p.secrets[0] = (struct payload_secret){ bytes_of_text("proxy"),
						bytes_of_text("hunter2 hunter2") };
	p.secret_count = 1;
	interposer_install(&t);
	interposer.watch = has_secret;
	into_nv(enrol(1, &p, &authority, false));
	CHECK(!interposer.seen && !has_secret(envelope, sizeof(envelope)));
	boot(&chip);
	interposer_install(&t);
	interposer.watch = has_secret;
	CHECK_STR(load(), "");
	CHECK(!interposer.seen);
	CHECK(store.payload.secret_count == 1 &&
	      bytes_equal_text(store.payload.secrets[0].value, "hunter2 hunter2"));
	trust_store_wipe(&store);
	CHECK(!has_secret((uint8_t *)&store, sizeof(store)));
}

/* In a process of its own, which leaves us nothing but the inverted key and secret. */
static void enrol_elsewhere(uint8_t inverted[64])
{
	int ends[2];
	pid_t pid;

	boot(&chip);
	tpm_close(&t);
	CHECK(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		struct payload p = simple();
		uint8_t secret[32];

		if (!tpm_open(&t, chip.address, 1, &e) ||
		    !tpm_random(&t, content_key, 32, &e) || !tpm_random(&t, secret, 32, &e))
			_exit(1);
		p.secrets[0] = (struct payload_secret){ bytes_of_text("psk"),
							bytes_of(secret, 32) };
		p.secret_count = 1;
		into_nv(enrol(1, &p, &authority, false));
		for (int i = 0; i < 32; i++) {
			inverted[i] = content_key[i] ^ 0xff;
			inverted[32 + i] = secret[i] ^ 0xff;
		}
		_exit(write(ends[1], inverted, 64) != 64);
	}
	close(ends[1]);
	CHECK(read(ends[0], inverted, 64) == 64);
	close(ends[0]);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

TEST(key_and_secrets_do_not_stay_in_memory, "TPM-80 KEY-3")
{
	static uint8_t inverted[64];

	enrol_elsewhere(inverted);
	boot(&chip);
	CHECK_STR(load(), "");
	CHECK(!memory_holds(inverted));	    /* the content key is gone already */
	CHECK(memory_holds(inverted + 32)); /* the secret is in the store */
	trust_store_wipe(&store);
	CHECK(!memory_holds(inverted + 32));
	/* Another kernel: nothing is ever unsealed. */
	boot(&chip);
	CHECK(tpm_pcr_event(&t, 4, bytes_of_text("another kernel"), &e));
	CHECK_STR(load(), "STORE_PCR");
	CHECK(!memory_holds(inverted) && !memory_holds(inverted + 32));
}

TEST(owner_password_is_not_needed, "TPM-15")
{
	boot(&chip);
	{
		char line[200];

		tpm_close(&t);
		snprintf(line, sizeof(line), "TPM2TOOLS_TCTI=%s tpm2_changeauth -c owner pw",
			 chip.address);
		CHECK(system(line) == 0);
	}
	boot(&chip);
	CHECK_STR(load(), "");
	tpm_close(&t);
}

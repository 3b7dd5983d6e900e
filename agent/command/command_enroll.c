/* SPDX-License-Identifier: MIT */
#include "command/command_enroll.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/date.h"
#include "command/command.h"
#include "command/signer.h"
#include "command/store_json.h"
#include "config.h"
#include "pki/digest.h"
#include "platform/machine_clock.h"
#include "platform/entropy.h"
#include "platform/file.h"
#include "tpm/tpm_nv.h"
#include "tpm/tpm_policy.h"
#include "tpm/tpm_seal.h"
#include "tpm/tpm_session.h"
#include "trust/phase.h"
#include "trust/predict.h"
#include "trust/trust_store.h"

#define NAME		   "trust"
#define FAILED_OPTIONS_MAX 16 /* tpm-trust-store.md 4.2 */

struct request {
	const char *in, *authority_key, *sign_program, *authority, *tcti, *out;
	const char *kernel, *initrd, *append, *uki;
	const char *loaders[PREDICT_LOADERS_MAX];
	size_t loader_count;
	uint64_t qemu_memory, generation, failed_options;
	bool boot_option, secure_boot, nv, i_know;
	struct tpm_pcr_values pcrs; /* given by hand, as a boot leaves them */
	uint32_t now;		    /* registers whose present value is meant */
};

/* What was done, for standard output; printed when all of it succeeded. */
static char said_bytes[4096];
static struct writer said;

/* --- whole files, possibly large --- */

static bool map_file(struct bytes *to, const char *path, struct error *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *at;

	if (fd < 0)
		return error_errno(e, ERROR_USAGE, NULL, "%s", path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0) {
		close(fd);
		return error_set(e, ERROR_USAGE, NULL, "%s is no file with contents", path);
	}
	at = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return error_errno(e, ERROR_MACHINE, NULL, "%s", path);
	*to = bytes_of(at, st.st_size);
	return true;
}

/* --- PCR values --- */

static bool predict_kernel(const struct request *r, struct tpm_pcr_values *values,
			   struct error *e)
{
	struct predict_split what = { .command_line = bytes_of_text(r->append),
				      .qemu_memory = r->qemu_memory,
				      .loader_count = r->loader_count };

	if (!map_file(&what.kernel, r->kernel, e) ||
	    (r->initrd && !map_file(&what.initrd, r->initrd, e)))
		return false;
	for (size_t i = 0; i < r->loader_count; i++)
		if (!map_file(&what.loaders[i], r->loaders[i], e))
			return false;
	return predict_split(values, &what, e);
}

/* Values given one by one: PCR 11 as the boot leaves it, zero when not given. */
static bool take_given(const struct request *r, struct tpm *t, struct tpm_pcr_values *values,
		       struct error *e)
{
	struct tpm_pcr_values v = r->pcrs, now;

	if (!tpm_pcr_read(t, r->now, &now, e))
		return false;
	for (unsigned p = 0; p < TPM_PCR_COUNT; p++)
		if (r->now & 1u << p)
			memcpy(v.value[p], now.value[p], 32);
	v.mask |= r->now | 1u << 11;
	if (!(v.mask & (1u << 4 | 1u << 7)) && !r->i_know)
		return error_set(
			e, ERROR_REFUSED, "TPM-18",
			"software can reach every register of the list: add PCR 4 or 7 "
			"(or say --i-know)");
	tpm_pcr_foretell_event(v.value[11], bytes_of_text(phase_text(PHASE_ENTER)));
	*values = v;
	return true;
}

static bool find_values(const struct request *r, struct tpm *t, struct envelope *v,
			struct error *e)
{
	struct bytes image;

	if (r->uki) {
		v->mode = ENVELOPE_MODE_UKI;
		return map_file(&image, r->uki, e) &&
		       (predict_uki(&v->pcrs, image, r->failed_options, r->secure_boot, e) ||
			error_wrap(e, "%s", r->uki));
	}
	if (r->kernel) {
		v->mode = ENVELOPE_MODE_SPLIT;
		return predict_kernel(r, &v->pcrs, e);
	}
	v->mode = ENVELOPE_MODE_CUSTOM;
	return take_given(r, t, &v->pcrs, e);
}

static void say_values(const struct envelope *v)
{
	char hex[65];

	for (unsigned p = 0; p < TPM_PCR_COUNT; p++)
		if (v->pcrs.mask & 1u << p)
			writer_printf(
				&said, "PCR %-2u       %s%s\n", p,
				text_hex(hex, sizeof(hex), bytes_of(v->pcrs.value[p], 32)),
				p == 11 ? " after sztp:enter" : "");
}

/* --- the envelope --- */

static uint8_t envelope_bytes[ENVELOPE_SIZE_MAX];
static uint8_t payload_bytes[PAYLOAD_SIZE_MAX];

/* One more than what is there already, so that the new one is tried first (TPM-46). */
static uint64_t next_generation(struct tpm *t)
{
	static uint8_t old[TPM_NV_ENVELOPE_COUNT * 2048];
	struct envelope v;
	struct error e;
	size_t used = 0, piece;

	for (uint32_t i = 0; i < TPM_NV_ENVELOPE_COUNT; i++) {
		if (!tpm_nv_read(t, TPM_NV_ENVELOPE + i, old + used, sizeof(old) - used,
				 &piece, &e))
			break;
		used += piece;
	}
	return envelope_read(&v, bytes_of(old, used), &e) ? v.generation + 1 : 1;
}

/* 32 bytes from the TPM xor 32 from the kernel (8.1): neither alone decides. */
static bool make_key(struct tpm *t, uint8_t *key, struct error *e)
{
	uint8_t other[ENVELOPE_KEY_SIZE];
	bool ok = tpm_random(t, key, ENVELOPE_KEY_SIZE, e) &&
		  entropy_fill(other, sizeof(other), e);

	for (size_t i = 0; ok && i < sizeof(other); i++)
		key[i] ^= other[i];
	bytes_wipe(other, sizeof(other));
	return ok;
}

static bool write_and_sign(struct writer *w, const struct envelope *v, struct bytes payload,
			   const uint8_t *key, const struct signer *signer, struct error *e)
{
	uint8_t signature[ENVELOPE_SIGNATURE_MAX];

	return envelope_write(w, v, payload, key, signer->signature_size, e) &&
	       signer_sign(signer, writer_done(w), signature, e) &&
	       envelope_sign(w, signer->kind, bytes_of(signature, signer->signature_size), e);
}

/* What was made must be what the agent accepts. */
static bool check(struct bytes made, const struct signer *signer, struct error *e)
{
	const struct bytes spki = bytes_of(signer->spki, signer->spki_size);
	struct envelope v;
	uint8_t policy[32];

	return (envelope_read(&v, made, e) && envelope_verify(&v, &spki, 1, e) &&
		envelope_policy(&v, policy, e)) ||
	       error_wrap(e, "the new envelope");
}

static bool make_envelope(struct writer *w, struct tpm *t, const struct request *r,
			  struct bytes payload, const struct signer *signer, struct error *e)
{
	struct digest signer_digest = digest_of(DIGEST_SHA256,
						bytes_of(signer->spki, signer->spki_size));
	uint8_t key[ENVELOPE_KEY_SIZE], random[16 + 12], policy[32] = { 0 };
	struct envelope v = { .parent_handle = TPM_KEY_SRK,
			      .cipher = ENVELOPE_CIPHER_CHACHA20_POLY1305,
			      .signer = digest_bytes(&signer_digest) };
	struct tpm_sealed sealed;
	bool ok;

	if (!tpm_key_adopt_srk(t, &v.parent_name, &v.parent_template, e) ||
	    !tpm_session_start(t, e) || !find_values(r, t, &v, e) ||
	    !entropy_fill(random, sizeof(random), e))
		return false;
	say_values(&v);
	v.generation = r->generation ? r->generation : next_generation(t);
	v.created_s = machine_clock_now_s();
	v.store_id = bytes_of(random, 16);
	v.nonce = bytes_of(random + 16, 12);
	tpm_policy_pcr(policy, &v.pcrs);
	ok = make_key(t, key, e) && tpm_seal_create(t, key, policy, &sealed, e);
	if (ok) {
		v.sealed_public = bytes_of(sealed.public, sealed.public_size);
		v.sealed_private = bytes_of(sealed.private, sealed.private_size);
		ok = write_and_sign(w, &v, payload, key, signer, e);
	}
	bytes_wipe(key, sizeof(key));
	if (!ok || !check(writer_done(w), signer, e))
		return false;
	writer_printf(&said, "policy       %s\ngeneration   %llu, created %s\n",
		      envelope_mode_name(v.mode), (unsigned long long)v.generation,
		      DATE_TEXT(v.created_s));
	return true;
}

/* --- where it goes --- */

/* Is there room, once the old envelope is gone?  Asked before it goes (TPM-10). */
static bool fits_into_nv(struct tpm *t, struct bytes made, struct error *e)
{
	size_t used, one;

	if (!tpm_nv_used(t, &used, e))
		return false;
	for (uint32_t i = 0; i < TPM_NV_ENVELOPE_COUNT; i++)
		if (tpm_nv_size(t, TPM_NV_ENVELOPE + i, &one, e))
			used -= one;
	return (used + made.size <= CONFIG_TPM_OWN_NV_MAX &&
		made.size <= (size_t)TPM_NV_ENVELOPE_COUNT * t->nv_index_max) ||
	       error_set(e, ERROR_REFUSED, "TPM-10",
			 "envelope of %zu bytes does not fit into TPM NV (%zu of %u used by "
			 "others): "
			 "give anchors by digest, or use --out",
			 made.size, used, CONFIG_TPM_OWN_NV_MAX);
}

static bool remove_envelope(struct tpm *t, struct error *e)
{
	for (uint32_t i = 0; i < TPM_NV_ENVELOPE_COUNT; i++)
		if (!tpm_nv_remove(t, TPM_NV_ENVELOPE + i, e))
			return false;
	return true;
}

/* Pieces of at most an index each, in the place of the old envelope. */
static bool write_nv(struct tpm *t, struct bytes made, struct error *e)
{
	struct error ignored;
	size_t at = 0;

	if (!fits_into_nv(t, made, e) || !remove_envelope(t, e))
		return false;
	for (uint32_t i = 0; at < made.size; i++) {
		size_t left = made.size - at;
		size_t piece = left < t->nv_index_max ? left : t->nv_index_max;

		if (!tpm_nv_store(t, TPM_NV_ENVELOPE + i, bytes_of(made.at + at, piece), e)) {
			(void)!remove_envelope(t, &ignored);
			return error_wrap(e, "NV %08x", TPM_NV_ENVELOPE + i);
		}
		at += piece;
	}
	return true;
}

static bool read_back_nv(struct tpm *t, struct bytes made, struct error *e)
{
	static uint8_t back[TPM_NV_ENVELOPE_COUNT * 2048];
	size_t used = 0, piece;

	for (uint32_t i = 0; used < made.size && i < TPM_NV_ENVELOPE_COUNT; i++) {
		if (!tpm_nv_read(t, TPM_NV_ENVELOPE + i, back + used, sizeof(back) - used,
				 &piece, e))
			return error_wrap(e, "reading back");
		used += piece;
	}
	return bytes_equal(bytes_of(back, used), made) ||
	       error_set(e, ERROR_MACHINE, "TPM-138",
			 "NV holds something else than was written");
}

static bool deliver(struct tpm *t, const struct request *r, struct bytes made,
		    struct error *e)
{
	size_t used;

	if (r->out && !file_write(r->out, made, 0644, e))
		return false;
	if (r->out)
		writer_printf(&said, "envelope     %zu bytes in %s\n", made.size, r->out);
	if (!r->nv)
		return true;
	if (!write_nv(t, made, e) || !read_back_nv(t, made, e) || !tpm_nv_used(t, &used, e))
		return false;
	writer_printf(&said, "envelope     %zu bytes in NV %08x (%zu of %u used)\n",
		      made.size, TPM_NV_ENVELOPE, used, CONFIG_TPM_OWN_NV_MAX);
	return true;
}

static bool enroll_with(struct tpm *t, const struct request *r, const struct payload *p,
			const struct signer *signer, struct error *e)
{
	struct writer w = writer_over(payload_bytes, sizeof(payload_bytes));
	struct writer made = writer_over(envelope_bytes, sizeof(envelope_bytes));
	struct payload again;
	bool ok;

	payload_write(&w, p);
	ok = writer_ok(&w) ? payload_read(&again, writer_done(&w), e)
			   : error_set(e, ERROR_REFUSED, "TPM-43",
				       "store is larger than %d bytes", PAYLOAD_SIZE_MAX);
	if (ok)
		writer_printf(
			&said,
			"payload      serial %.*s, %zu voucher anchors, %zu server anchors, "
			"%zu bytes\n",
			(int)p->serial.size, p->serial.at, p->voucher_anchor_count,
			p->server_anchor_count, w.used);
	ok = ok && make_envelope(&made, t, r, writer_done(&w), signer, e) &&
	     deliver(t, r, writer_done(&made), e);
	bytes_wipe(payload_bytes, sizeof(payload_bytes));
	return ok;
}

static bool enroll(const struct request *r, struct error *e)
{
	struct tpm t = TPM_CLOSED;
	struct store_json *json = NULL;
	struct payload payload;
	struct signer signer;
	bool ok = r->sign_program
			  ? signer_open_program(&signer, r->sign_program, r->authority, e)
			  : signer_open_key(&signer, r->authority_key, e);

	if (!ok)
		return false;
	ok = store_json_read(&json, &payload, r->in, e) &&
	     tpm_open(&t, r->tcti, CONFIG_TPM_WAIT_S, e) &&
	     enroll_with(&t, r, &payload, &signer, e);
	tpm_close(&t);
	store_json_free(json);
	signer_close(&signer);
	return ok;
}

/* --- options --- */

/* N=HEX or N=now */
static bool read_pcr(struct request *r, const char *text)
{
	const char *equals = strchr(text, '=');
	uint64_t pcr;

	if (!equals || !text_number(&pcr, bytes_of(text, equals - text), TPM_PCR_COUNT - 1))
		return false;
	if (strcmp(equals + 1, "now") == 0) {
		r->now |= 1u << pcr;
		return true;
	}
	r->pcrs.mask |= 1u << pcr;
	return text_unhex(r->pcrs.value[pcr], 32, bytes_of_text(equals + 1));
}

static const char *complain(const struct request *r)
{
	bool by_hand = r->pcrs.mask || r->now;

	if (!r->in)
		return "--in STORE.json is needed";
	if (!r->authority_key == !r->sign_program)
		return "one of --authority-key and --sign-cmd is needed";
	if (r->sign_program && !r->authority)
		return "--sign-cmd needs --authority PUBLIC-KEY";
	if (!r->nv && !r->out)
		return "--nv or --out FILE is needed";
	if (!!r->kernel + !!r->uki + by_hand != 1)
		return "one of --kernel, --uki and --pcr says what will boot";
	if (r->kernel && !r->append)
		return "--kernel needs --append, the command line as the kernel receives it";
	if (r->kernel && !!r->qemu_memory + !!r->loader_count + r->boot_option != 1)
		return "--kernel needs one of --qemu-memory MIB, --loader FILE and "
		       "--boot-option";
	if (!r->kernel &&
	    (r->initrd || r->append || r->qemu_memory || r->loader_count || r->boot_option))
		return "--initrd, --append, --qemu-memory, --loader and --boot-option go "
		       "with --kernel";
	if (!r->uki && (r->failed_options || r->secure_boot))
		return "--failed-options and --secure-boot go with --uki";
	return NULL;
}

/* A number option; false: not one within 1..max. */
static bool number(uint64_t *to, const char *text, uint64_t max)
{
	return text_number(to, bytes_of_text(text), max) && *to;
}

static bool take_option(struct request *r, int option, const char *value)
{
	switch (option) {
	case 'i':
		r->in = value;
		return true;
	case 'k':
		r->authority_key = value;
		return true;
	case 's':
		r->sign_program = value;
		return true;
	case 'a':
		r->authority = value;
		return true;
	case 't':
		r->tcti = value;
		return true;
	case 'o':
		r->out = value;
		return true;
	case 'n':
		r->nv = true;
		return true;
	case 'K':
		r->kernel = value;
		return true;
	case 'I':
		r->initrd = value;
		return true;
	case 'A':
		r->append = value;
		return true;
	case 'U':
		r->uki = value;
		return true;
	case 'L':
		if (r->loader_count == PREDICT_LOADERS_MAX)
			return false;
		r->loaders[r->loader_count++] = value;
		return true;
	case 'B':
		r->boot_option = true;
		return true;
	case 'Q':
		if (!number(&r->qemu_memory, value, 1024 * 1024))
			return false;
		r->qemu_memory <<= 20;
		return true;
	case 'F':
		return number(&r->failed_options, value, FAILED_OPTIONS_MAX);
	case 'S':
		r->secure_boot = true;
		return true;
	case 'p':
		return read_pcr(r, value);
	case 'g':
		return number(&r->generation, value, INT64_MAX);
	case 'y':
		r->i_know = true;
		return true;
	}
	return false;
}

int command_enroll_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "in", required_argument, NULL, 'i' },
		{ "authority-key", required_argument, NULL, 'k' },
		{ "sign-cmd", required_argument, NULL, 's' },
		{ "authority", required_argument, NULL, 'a' },
		{ "tcti", required_argument, NULL, 't' },
		{ "out", required_argument, NULL, 'o' },
		{ "nv", no_argument, NULL, 'n' },
		{ "kernel", required_argument, NULL, 'K' },
		{ "initrd", required_argument, NULL, 'I' },
		{ "append", required_argument, NULL, 'A' },
		{ "uki", required_argument, NULL, 'U' },
		{ "loader", required_argument, NULL, 'L' },
		{ "boot-option", no_argument, NULL, 'B' },
		{ "qemu-memory", required_argument, NULL, 'Q' },
		{ "failed-options", required_argument, NULL, 'F' },
		{ "secure-boot", no_argument, NULL, 'S' },
		{ "pcr", required_argument, NULL, 'p' },
		{ "generation", required_argument, NULL, 'g' },
		{ "i-know", no_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 },
	};
	struct request r = { 0 };
	struct error e = { 0 };
	const char *complaint;
	int option;

	optind = 0; /* also for a second run in one process */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return command_usage(NAME, "enroll: unknown option");
		if (!take_option(&r, option, optarg))
			return command_usage(NAME, "enroll: bad value `%s`", optarg);
	}
	if (optind < argc)
		return command_usage(NAME, "enroll: `%s` is one too many", argv[optind]);
	complaint = complain(&r);
	if (complaint)
		return command_usage(NAME, "enroll: %s", complaint);
	said = writer_over(said_bytes, sizeof(said_bytes));
	if (!enroll(&r, &e))
		return command_fail(&e);
	fwrite(said.start, 1, said.used, stdout);
	return 0;
}

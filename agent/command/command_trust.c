/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/date.h"
#include "codec/pem.h"
#include "command/command_enroll.h"
#include "command/describe.h"
#include "config.h"
#include "pki/x509.h"
#include "platform/file.h"
#include "tpm/tpm_nv.h"
#include "tpm/tpm_session.h"
#include "trust/csr.h"
#include "trust/envelope.h"
#include "trust/identity.h"
#include "trust/phase.h"
#include "trust/trust_store.h"

#define NAME "trust"

struct request {
	const char *tcti, *file, *authority, *certificates, *serial, *out, *certificate;
	const char *chain;
	bool yes;
};

static char text_out[16384];

/* --- showing --- */

static void write_text(struct writer *w, const char *name, const char *value)
{
	writer_printf(w, ",\"%s\":", name);
	writer_json_string(w, bytes_of_text(value));
}

static void write_header(struct writer *w, const struct envelope *v, const char *from)
{
	writer_text(w, "{\"from\":");
	writer_json_string(w, bytes_of_text(from));
	writer_text(w, ",");
	describe_store(w, v);
	writer_text(w, "}\n");
}

static int print(const struct writer *w)
{
	if (!writer_ok(w))
		return error_exit_status(ERROR_MACHINE);
	fwrite(w->start, 1, w->used, stdout);
	return 0;
}

static uint8_t envelope_bytes[ENVELOPE_SIZE_MAX];

static bool read_from_nv(struct tpm *t, size_t *size, struct error *e)
{
	size_t used = 0, wanted = ENVELOPE_HEAD_SIZE;

	for (uint32_t i = 0; i < TPM_NV_ENVELOPE_COUNT && used < wanted; i++) {
		size_t piece;

		if (!tpm_nv_read(t, TPM_NV_ENVELOPE + i, envelope_bytes + used,
				 sizeof(envelope_bytes) - used, &piece, e)) {
			if (tpm_code(t->rc) == 0x18b && !used)
				return error_set(e, ERROR_REFUSED, "STORE_NONE",
						 "none found in TPM NV");
			return false;
		}
		used += piece;
		wanted = envelope_claimed_size(bytes_of(envelope_bytes, used));
	}
	*size = used;
	return true;
}

/* The header, without judging: no signature is checked, no PCR moved. */
static bool show(const struct request *r, struct writer *w, struct error *e)
{
	struct tpm t = TPM_CLOSED;
	struct envelope v;
	size_t size;
	bool ok;

	if (r->file)
		ok = file_read(envelope_bytes, sizeof(envelope_bytes), &size, r->file, 0, e);
	else
		ok = tpm_open(&t, r->tcti, CONFIG_TPM_WAIT_S, e) &&
		     read_from_nv(&t, &size, e);
	tpm_close(&t);
	if (!ok || !envelope_read(&v, bytes_of(envelope_bytes, size), e))
		return false;
	write_header(w, &v, r->file ? r->file : "TPM NV");
	return true;
}

static void write_subject(struct writer *w, struct bytes certificate)
{
	struct x509 x;
	struct error e;

	if (!x509_read(&x, certificate, &e))
		return;
	writer_text(w, "{\"serial\":\"");
	writer_hex(w, x.serial);
	writer_printf(w, "\",\"expires\":\"%s\",\"bytes\":%zu}", DATE_TEXT(x.not_after_s),
		      certificate.size);
}

static void write_anchors(struct writer *w, const char *name, const struct bytes *anchors,
			  size_t count)
{
	writer_printf(w, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++) {
		if (i)
			writer_text(w, ",");
		write_subject(w, anchors[i]);
	}
	writer_text(w, "]");
}

/* null, or who the device can prove to be. */
static void write_identity(struct writer *w, const struct identity *i)
{
	if (!i) {
		writer_text(w, ",\"identity\":null");
		return;
	}
	writer_printf(w, ",\"identity\":{\"key\":\"%08x\",\"serial\":", i->key.handle);
	writer_json_string(w, bytes_of_text(i->serial));
	write_anchors(w, "chain", i->chain, i->chain_count);
	writer_text(w, "}");
}

/* Never secrets: their names alone. */
static void write_store(struct writer *w, const struct trust_store *s,
			const struct trust_store_report *report, const struct identity *i)
{
	const char *separator = "";

	writer_printf(w, "{\"loaded\":true,\"generation\":%llu,\"created\":\"%s\"",
		      (unsigned long long)s->generation, DATE_TEXT(s->created_s));
	write_text(w, "from", report->from);
	write_text(w, "mode", report->mode);
	writer_printf(w, ",\"milliseconds\":%llu", (unsigned long long)report->milliseconds);
	write_text(w, "serial", s->serial);
	write_text(w, "hardware-model", s->hardware_model);
	write_text(w, "vendor", s->vendor);
	writer_text(w, ",\"flags\":[");
	for (unsigned bit = 0; payload_flag_name(bit); bit++) {
		if (!(s->flags & 1u << bit))
			continue;
		writer_printf(w, "%s\"%s\"", separator, payload_flag_name(bit));
		separator = ",";
	}
	writer_printf(w, "],\"minimum-time\":\"%s\"", DATE_TEXT(s->minimum_time_s));
	write_anchors(w, "voucher-anchors", s->voucher_anchors, s->voucher_anchor_count);
	write_anchors(w, "server-anchors", s->server_anchors, s->server_anchor_count);
	write_anchors(w, "download-anchors", s->download_anchors, s->download_anchor_count);
	writer_text(w, ",\"well-known\":[");
	for (size_t i = 0; i < s->well_known_count; i++) {
		writer_text(w, i ? ",{\"host\":" : "{\"host\":");
		writer_json_string(w, bytes_of_text(s->well_known[i].host));
		writer_printf(w, ",\"port\":%u}", s->well_known[i].port);
	}
	writer_text(w, "]");
	write_identity(w, i);
	writer_text(w, ",\"secrets\":[");
	for (size_t i = 0; i < s->payload.secret_count; i++) {
		writer_text(w, i ? "," : "");
		writer_json_string(w, s->payload.secrets[i].name);
	}
	writer_text(w, "]}\n");
}

/*
 * Load as the agent would.  PCR 11 moves on, so this works once per boot, and ends like the
 * agent's own run: with sztp:leave (TPM-31).
 */
static bool check(const struct request *r, struct writer *w, struct error *e)
{
	static struct trust_store store;
	static struct trust_store_report report;
	static struct identity identity;
	struct trust_store_sources sources = TRUST_STORE_SOURCES;
	struct tpm t = TPM_CLOSED;
	struct error late;
	bool ok, known;

	if (r->file) {
		sources.file = r->file;
		sources.nv = false;
	}
	if (r->authority)
		sources.authority_directory = r->authority;
	if (r->certificates)
		sources.certificate_directory = r->certificates;
	if (!tpm_open(&t, r->tcti, CONFIG_TPM_WAIT_S, e))
		return false;
	ok = trust_store_load(&store, &t, &sources, &report, e);
	for (size_t i = 0; i < report.line_count; i++)
		fprintf(stderr, "sztpboot: trust store: %s\n", report.lines[i]);
	if (ok) {
		known = identity_load(&identity, &t, &store, &late);
		ok = store.loaded;
		if (ok)
			write_store(w, &store, &report, known ? &identity : NULL);
		else
			*e = late; /* STORE_SERIAL */
		if (ok)
			ok = phase_extend(&t, PHASE_LEAVE, e);
	}
	trust_store_wipe(&store);
	if (ok && !tpm_shutdown(&t, &late))
		fprintf(stderr, "sztpboot: %s\n", late.text);
	tpm_close(&t);
	return ok;
}

/* --- clearing --- */

static bool clear(const struct request *r, struct writer *w, struct error *e)
{
	struct tpm t = TPM_CLOSED;
	uint32_t indices[64], handles[64];
	size_t n;
	bool ok = tpm_open(&t, r->tcti, CONFIG_TPM_WAIT_S, e) &&
		  tpm_nv_list(&t, TPM_NV_OURS_FIRST, TPM_NV_OURS_LAST, indices,
			      ARRAY_SIZE(indices), &n, e);

	for (size_t i = 0; ok && i < n; i++) {
		ok = tpm_nv_remove(&t, indices[i], e);
		if (ok)
			writer_printf(w, "NV           %08x removed\n", indices[i]);
	}
	ok = ok && tpm_key_list(&t, TPM_KEY_OURS_FIRST, handles, ARRAY_SIZE(handles), &n, e);
	for (size_t i = 0; ok && i < n; i++) {
		if (handles[i] < TPM_KEY_OURS_FIRST || handles[i] > TPM_KEY_OURS_LAST)
			continue;
		ok = tpm_key_evict(&t, handles[i], e);
		if (ok)
			writer_printf(w, "key          %08x removed\n", handles[i]);
	}
	tpm_close(&t);
	return ok;
}

/* --- identity --- */

static bool open_with_session(struct tpm *t, const char *tcti, struct error *e)
{
	struct tpm_key_name name;
	uint16_t template;

	return tpm_open(t, tcti, CONFIG_TPM_WAIT_S, e) &&
	       tpm_key_adopt_srk(t, &name, &template, e) && tpm_session_start(t, e);
}

static bool device_key(struct tpm *t, bool create, struct tpm_key *key, struct error *e)
{
	if (tpm_key_read(t, TPM_KEY_DEVICE, key, e))
		return true;
	if (tpm_code(t->rc) != 0x18b || !create)
		return false;
	return tpm_key_create_device(t, e) && tpm_key_read(t, TPM_KEY_DEVICE, key, e);
}

static bool write_pem(const char *path, struct bytes der, struct error *e)
{
	static char pem[4096];
	struct writer w = writer_over(pem, sizeof(pem));

	pem_write(&w, "CERTIFICATE REQUEST", der);
	return writer_ok(&w) ? file_write(path, writer_done(&w), 0644, e)
			     : error_set(e, ERROR_MACHINE, NULL, "request is too large");
}

static bool identity_csr(const struct request *r, struct writer *w, struct error *e)
{
	uint8_t der[CSR_SIZE_MAX];
	struct writer request = writer_over(der, sizeof(der));
	struct tpm t = TPM_CLOSED;
	struct tpm_key key;
	bool ok = open_with_session(&t, r->tcti, e) && device_key(&t, true, &key, e) &&
		  csr_write(&request, &t, &key, r->serial, e);

	tpm_close(&t);
	if (!ok || !write_pem(r->out, writer_done(&request), e))
		return false;
	writer_printf(w, "identity     key %08x, request for serial %s in %s\n",
		      TPM_KEY_DEVICE, r->serial, r->out);
	return true;
}

/* The certificates of a file, one after the other: DER (one) or PEM. */
struct certificates {
	uint8_t bytes[IDENTITY_CHAIN_MAX * CONFIG_CERTIFICATE_SIZE_MAX];
	struct bytes at[IDENTITY_CHAIN_MAX];
	size_t count;
	struct writer used;
};

static bool add_certificates(struct certificates *c, const char *path, struct error *e)
{
	static uint8_t file[2 * IDENTITY_CHAIN_MAX * CONFIG_CERTIFICATE_SIZE_MAX];
	struct bytes rest;
	struct x509 x;
	size_t size;
	bool found = true;

	if (!file_read(file, sizeof(file), &size, path, 0, e))
		return false;
	rest = bytes_of(file, size);
	while (found) {
		size_t before = c->used.used;
		struct pem pem = { .label = bytes_of_text("CERTIFICATE") };

		if (!pem_is(bytes_of(file, size))) {
			writer_bytes(&c->used, rest);
			rest.size = 0;
		} else if (!pem_next(&pem, &found, &rest, &c->used, e)) {
			return error_wrap(e, "%s", path);
		}
		if (!found || c->used.used == before)
			return true;
		if (!bytes_equal_text(pem.label, "CERTIFICATE"))
			continue;
		if (c->count == IDENTITY_CHAIN_MAX || !writer_ok(&c->used))
			return error_set(e, ERROR_REFUSED, NULL,
					 "%s: more than %d certificates", path,
					 IDENTITY_CHAIN_MAX);
		c->at[c->count] = bytes_of(c->bytes + before, c->used.used - before);
		if (!x509_read(&x, c->at[c->count], e))
			return error_wrap(e, "%s", path);
		c->count++;
		if (!rest.size)
			return true;
	}
	return true;
}

static bool install(struct tpm *t, const struct certificates *c, struct writer *w,
		    struct error *e)
{
	static struct identity identity;
	struct tpm_key key;

	if (!device_key(t, false, &key, e))
		return false;
	if (!identity_is_for(&key, c->at[0]))
		return error_set(e, ERROR_REFUSED, "TPM-93",
				 "certificate is not for the key at %08x", TPM_KEY_DEVICE);
	for (uint32_t i = 0; i < TPM_NV_CERTIFICATE_COUNT; i++)
		if (!tpm_nv_remove(t, TPM_NV_CERTIFICATE + i, e))
			return false;
	for (uint32_t i = 0; i < c->count; i++)
		if (!tpm_nv_store(t, TPM_NV_CERTIFICATE + i, c->at[i], e))
			return error_wrap(e, "NV %08x", TPM_NV_CERTIFICATE + i);
	if (!identity_load(&identity, t, NULL, e))
		return false;
	writer_printf(w, "certificate  %zu bytes in NV %08x, serial %s, chain of %zu\n",
		      c->at[0].size, TPM_NV_CERTIFICATE, identity.serial,
		      identity.chain_count);
	return true;
}

static bool identity_install(const struct request *r, struct writer *w, struct error *e)
{
	static struct certificates c;
	struct tpm t = TPM_CLOSED;
	bool ok;

	c.count = 0;
	c.used = writer_over(c.bytes, sizeof(c.bytes));
	if (!add_certificates(&c, r->certificate, e) ||
	    (r->chain && !add_certificates(&c, r->chain, e)))
		return false;
	if (!c.count)
		return error_set(e, ERROR_MALFORMED, NULL, "%s holds no certificate",
				 r->certificate);
	ok = open_with_session(&t, r->tcti, e) && install(&t, &c, w, e);
	tpm_close(&t);
	return ok;
}

/* --- dispatch --- */

static const struct form {
	const char *name, *needs;
	bool (*run)(const struct request *r, struct writer *w, struct error *e);
} forms[] = {
	{ "show", "", show },
	{ "check", "", check },
	{ "clear", "y", clear },
	{ "identity-csr", "so", identity_csr },
	{ "identity-install", "c", identity_install },
};

/* Which of the options a form needs is missing; NULL: none. */
static const char *missing(const struct form *form, const struct request *r)
{
	for (const char *need = form->needs; *need; need++) {
		if (*need == 'y' && !r->yes)
			return "--yes";
		if (*need == 's' && !r->serial)
			return "--serial SN";
		if (*need == 'o' && !r->out)
			return "--out FILE";
		if (*need == 'c' && !r->certificate)
			return "--certificate FILE";
	}
	return NULL;
}

static bool take_option(struct request *r, int option, const char *value)
{
	switch (option) {
	case 't':
		r->tcti = value;
		return true;
	case 'f':
		r->file = value;
		return true;
	case 'a':
		r->authority = value;
		return true;
	case 'd':
		r->certificates = value;
		return true;
	case 's':
		r->serial = value;
		return true;
	case 'o':
		r->out = value;
		return true;
	case 'c':
		r->certificate = value;
		return true;
	case 'h':
		r->chain = value;
		return true;
	case 'y':
		r->yes = true;
		return true;
	case 'j': /* always JSON */
		return true;
	}
	return false;
}

int command_trust_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcti", required_argument, NULL, 't' },
		{ "file", required_argument, NULL, 'f' },
		{ "authority", required_argument, NULL, 'a' },
		{ "certificates", required_argument, NULL, 'd' },
		{ "serial", required_argument, NULL, 's' },
		{ "out", required_argument, NULL, 'o' },
		{ "certificate", required_argument, NULL, 'c' },
		{ "chain", required_argument, NULL, 'h' },
		{ "yes", no_argument, NULL, 'y' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct writer w = writer_over(text_out, sizeof(text_out));
	const struct form *form = NULL;
	struct request r = { 0 };
	struct error e = { 0 };
	int option, status;

	if (argc < 2)
		return command_usage(NAME, "what to do is missing");
	if (strcmp(argv[1], "enroll") == 0)
		return command_enroll_run(argc - 1, argv + 1);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (strcmp(argv[1], forms[i].name) == 0)
			form = &forms[i];
	if (!form)
		return command_usage(NAME, "there is no `trust %s`", argv[1]);
	optind = 0; /* also for a second run in one process */
	while ((option = getopt_long(argc - 1, argv + 1, "", options, NULL)) != -1)
		if (!take_option(&r, option, optarg))
			return command_usage(NAME, "%s: unknown option", form->name);
	if (optind < argc - 1)
		return command_usage(NAME, "%s: `%s` is one too many", form->name,
				     argv[1 + optind]);
	if (missing(form, &r))
		return command_usage(NAME, "%s: %s is needed", form->name, missing(form, &r));
	if (!form->run(&r, &w, &e)) {
		status = command_fail(&e);
		bytes_wipe(text_out, sizeof(text_out));
		return status;
	}
	return print(&w);
}

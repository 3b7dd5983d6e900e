/* SPDX-License-Identifier: MIT */
#include "command/store_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/date.h"
#include "codec/json.h"
#include "codec/pem.h"
#include "config.h"
#include "pki/digest.h"
#include "pki/x509.h"
#include "platform/file.h"

struct store_json {
	uint8_t document[STORE_JSON_SIZE_MAX];
	uint8_t arena[JSON_ARENA_SIZE(STORE_JSON_SIZE_MAX)] __attribute__((aligned(16)));
	uint8_t contents[PAYLOAD_SIZE_MAX]; /* what payload's views point to */
	struct writer used;
	char folder[512]; /* with its slash, or empty */
};

/* --- files --- */

static bool read_standard_input(struct store_json *j, size_t *size, struct error *e)
{
	*size = fread(j->document, 1, sizeof(j->document), stdin);
	if (ferror(stdin))
		return error_errno(e, ERROR_USAGE, NULL, "standard input");
	return feof(stdin) ||
	       error_set(e, ERROR_REFUSED, NULL, "larger than %d bytes", STORE_JSON_SIZE_MAX);
}

static bool read_document(struct store_json *j, const char *path, size_t *size,
			  struct error *e)
{
	const char *slash = strrchr(path, '/');

	if (strcmp(path, "-") == 0)
		return read_standard_input(j, size, e);
	if (slash) {
		size_t n = slash + 1 - path;

		if (n >= sizeof(j->folder))
			return error_set(e, ERROR_USAGE, NULL, "path is too long: %s", path);
		memcpy(j->folder, path, n);
		j->folder[n] = 0;
	}
	return file_read(j->document, sizeof(j->document), size, path, 0, e);
}

/* Contents of a file: DER as it is, PEM decoded (its first block). */
static bool read_file(struct store_json *j, struct bytes name, struct bytes *to,
		      struct error *e)
{
	uint8_t raw[3 * PAYLOAD_CERTIFICATE_MAX + PAYLOAD_CRLS_SIZE_MAX];
	size_t size, before = j->used.used;
	char file[512], path[1024];
	struct bytes rest;
	struct pem pem;
	bool found;

	if (!name.size || !text_copy(file, sizeof(file), name))
		return error_set(e, ERROR_USAGE, NULL, "not a file name");
	snprintf(path, sizeof(path), "%s%s", file[0] == '/' ? "" : j->folder, file);
	if (!file_read(raw, sizeof(raw), &size, path, 0, e))
		return false;
	rest = bytes_of(raw, size);
	if (!pem_is(rest))
		writer_bytes(&j->used, rest);
	else if (!pem_next(&pem, &found, &rest, &j->used, e))
		return error_wrap(e, "%s", path);
	if (!writer_ok(&j->used))
		return error_set(e, ERROR_REFUSED, "TPM-43", "store is larger than %d bytes",
				 PAYLOAD_SIZE_MAX);
	*to = bytes_of(j->contents + before, j->used.used - before);
	return true;
}

static bool read_certificate(struct store_json *j, struct bytes name, struct bytes *to,
			     struct x509 *x, struct error *e)
{
	if (!read_file(j, name, to, e))
		return false;
	if (!x509_read(x, *to, e))
		return error_wrap(e, "%s", TEXT_QUOTED(name));
	if (to->size > PAYLOAD_CERTIFICATE_MAX)
		return error_set(e, ERROR_REFUSED, "TPM-51", "%s: certificate of %zu bytes",
				 TEXT_QUOTED(name), to->size);
	return true;
}

/* Keep bytes that live nowhere else. */
static bool keep(struct store_json *j, struct bytes from, struct bytes *to, struct error *e)
{
	size_t before = j->used.used;

	writer_bytes(&j->used, from);
	*to = bytes_of(j->contents + before, from.size);
	return writer_ok(&j->used) ||
	       error_set(e, ERROR_REFUSED, "TPM-43", "store is too large");
}

/* --- members --- */

static bool read_text(struct bytes *to, const struct json_value *v, const char *what,
		      size_t max, struct error *e)
{
	struct bytes text;

	if (!json_text(&text, v, what, e))
		return false;
	if (text.size > max)
		return error_set(e, ERROR_REFUSED, NULL, "%s is longer than %zu bytes", what,
				 max);
	*to = text;
	return true;
}

static bool read_flags(struct payload *p, const struct json_value *v, struct error *e)
{
	struct json_walk walk;
	const struct json_value *name;

	if (!json_list(v, "flags", e))
		return false;
	p->flags = 0;
	walk = json_walk(v);
	while ((name = json_walk_next(&walk, NULL))) {
		struct bytes text;
		unsigned bit = 0;

		if (!json_text(&text, name, "flag", e))
			return false;
		while (payload_flag_name(bit) &&
		       !bytes_equal_text(text, payload_flag_name(bit)))
			bit++;
		if (!payload_flag_name(bit))
			return error_set(e, ERROR_REFUSED, NULL, "flag %s is unknown",
					 TEXT_QUOTED(text));
		p->flags |= 1u << bit;
	}
	return true;
}

static bool read_time(struct payload *p, const struct json_value *v, struct error *e)
{
	struct bytes text;
	int64_t seconds;

	if (!json_text(&text, v, "minimum-time", e) || !date_read(&seconds, text, e))
		return false;
	if (seconds < 0)
		return error_set(e, ERROR_REFUSED, NULL, "minimum-time lies before 1970");
	p->minimum_time_s = seconds;
	return true;
}

/* "file" or { "file": "file", "digest-only": true } */
static bool read_anchor(struct store_json *j, struct bytes *to, const struct json_value *v,
			const char *what, struct error *e)
{
	bool digest_only = false;
	struct bytes name;
	struct x509 x;

	if (json_is_object(v)) {
		const struct json_value *only = json_member(v, "digest-only");

		if (only && !json_flag(&digest_only, only, "digest-only", e))
			return false;
		v = json_member(v, "file");
		if (!v)
			return error_set(e, ERROR_REFUSED, NULL, "%s: no file", what);
	}
	if (!json_text(&name, v, what, e) || !read_certificate(j, name, to, &x, e))
		return false;
	if (digest_only) {
		struct digest d = digest_of(DIGEST_SHA256, *to);

		j->used.used -= to->size;
		return keep(j, digest_bytes(&d), to, e);
	}
	return true;
}

static bool read_anchors(struct store_json *j, struct bytes *list, size_t *count, size_t max,
			 const struct json_value *v, const char *what, struct error *e)
{
	struct json_walk walk;
	const struct json_value *one;

	if (!json_list(v, what, e))
		return false;
	walk = json_walk(v);
	while ((one = json_walk_next(&walk, NULL))) {
		if (*count == max)
			return error_set(e, ERROR_REFUSED, NULL, "%s: more than %zu", what,
					 max);
		if (!read_anchor(j, &list[(*count)++], one, what, e))
			return false;
	}
	return true;
}

/* Files that are not certificates: CRLs, public keys. */
static bool read_files(struct store_json *j, struct bytes *list, size_t *count, size_t max,
		       const struct json_value *v, const char *what, struct error *e)
{
	struct json_walk walk;
	const struct json_value *one;
	struct bytes name;

	if (!json_list(v, what, e))
		return false;
	walk = json_walk(v);
	while ((one = json_walk_next(&walk, NULL))) {
		if (*count == max)
			return error_set(e, ERROR_REFUSED, NULL, "%s: more than %zu", what,
					 max);
		if (!json_text(&name, one, what, e) ||
		    !read_file(j, name, &list[(*count)++], e))
			return false;
	}
	return true;
}

static bool read_port(uint16_t *to, const struct json_value *v, uint16_t otherwise,
		      struct error *e)
{
	uint64_t port = otherwise;

	if (v && !json_number(&port, v, 65535, "port", e))
		return false;
	*to = port;
	return port != 0 || error_set(e, ERROR_REFUSED, NULL, "port 0");
}

static bool read_positions(struct store_json *j, struct payload_server *s,
			   const struct json_value *v, struct error *e)
{
	uint8_t positions[PAYLOAD_SERVER_ANCHORS_MAX];
	size_t count = 0;
	struct json_walk walk;
	const struct json_value *one;

	if (!v)
		return true;
	if (!json_list(v, "anchors", e))
		return false;
	walk = json_walk(v);
	while ((one = json_walk_next(&walk, NULL))) {
		uint64_t position;

		if (count == ARRAY_SIZE(positions))
			return error_set(e, ERROR_REFUSED, NULL,
					 "anchors: too many positions");
		if (!json_number(&position, one, ARRAY_SIZE(positions) - 1, "anchor position",
				 e))
			return false;
		positions[count++] = position;
	}
	return keep(j, bytes_of(positions, count), &s->positions, e);
}

static bool read_servers(struct store_json *j, struct payload *p, const struct json_value *v,
			 struct error *e)
{
	struct json_walk walk;
	const struct json_value *one;

	if (!json_list(v, "well-known", e))
		return false;
	walk = json_walk(v);
	while ((one = json_walk_next(&walk, NULL))) {
		struct payload_server *s = &p->well_known[p->well_known_count];
		const struct json_value *host = json_member(one, "host");

		if (p->well_known_count++ == PAYLOAD_WELL_KNOWN_MAX || !host)
			return error_set(e, ERROR_REFUSED, NULL,
					 "well-known: at most %d, each with a host",
					 PAYLOAD_WELL_KNOWN_MAX);
		if (!read_text(&s->host, host, "host", PAYLOAD_HOST_MAX, e) ||
		    !read_port(&s->port, json_member(one, "port"), 443, e) ||
		    !read_positions(j, s, json_member(one, "anchors"), e))
			return false;
	}
	return true;
}

static bool read_proxies(struct payload *p, const struct json_value *v, struct error *e)
{
	struct json_walk walk;
	const struct json_value *one;

	if (!json_list(v, "proxies", e))
		return false;
	walk = json_walk(v);
	while ((one = json_walk_next(&walk, NULL))) {
		struct payload_proxy *proxy = &p->proxies[p->proxy_count];
		const struct json_value *host = json_member(one, "host");

		if (p->proxy_count++ == PAYLOAD_PROXIES_MAX || !host)
			return error_set(e, ERROR_REFUSED, NULL,
					 "proxies: at most %d, each with a host",
					 PAYLOAD_PROXIES_MAX);
		if (!read_text(&proxy->host, host, "host", PAYLOAD_HOST_MAX, e) ||
		    !read_port(&proxy->port, json_member(one, "port"), 0, e))
			return false;
	}
	return true;
}

static bool read_secrets(struct payload *p, const struct json_value *v, struct error *e)
{
	struct json_walk walk;
	const struct json_value *one;
	struct bytes name;

	if (!json_object(v, "secrets", e))
		return false;
	walk = json_walk(v);
	while ((one = json_walk_next(&walk, &name))) {
		struct payload_secret *s = &p->secrets[p->secret_count];

		if (p->secret_count++ == PAYLOAD_SECRETS_MAX || !name.size ||
		    name.size > PAYLOAD_SECRET_NAME_MAX || memchr(name.at, 0, name.size))
			return error_set(e, ERROR_REFUSED, NULL,
					 "secrets: at most %d, names of 1 to %d bytes",
					 PAYLOAD_SECRETS_MAX, PAYLOAD_SECRET_NAME_MAX);
		s->name = name;
		if (!read_text(&s->value, one, "secret", PAYLOAD_SECRET_VALUE_MAX, e))
			return false;
	}
	return true;
}

/* Certificates that are no longer good: kept by issuer and serial. */
static bool read_revoked(struct store_json *j, struct payload *p, const struct json_value *v,
			 struct error *e)
{
	struct json_walk walk;
	const struct json_value *one;

	if (!json_list(v, "revoked", e))
		return false;
	walk = json_walk(v);
	while ((one = json_walk_next(&walk, NULL))) {
		struct payload_revoked *r = &p->revoked[p->revoked_count];
		size_t before = j->used.used;
		uint8_t serial[PAYLOAD_REVOKED_SERIAL_MAX];
		struct bytes name, der;
		struct digest issuer;
		struct x509 x;
		size_t size;

		if (p->revoked_count++ == PAYLOAD_REVOKED_MAX)
			return error_set(e, ERROR_REFUSED, NULL, "revoked: more than %d",
					 PAYLOAD_REVOKED_MAX);
		if (!json_text(&name, one, "revoked", e) ||
		    !read_certificate(j, name, &der, &x, e))
			return false;
		if (x.serial.size > sizeof(serial))
			return error_set(e, ERROR_REFUSED, NULL, "revoked: serial too long");
		issuer = digest_of(DIGEST_SHA256, x.issuer);
		size = x.serial.size;
		memcpy(serial, x.serial.at, size);
		j->used.used = before;
		if (!keep(j, digest_bytes(&issuer), &r->issuer_digest, e) ||
		    !keep(j, bytes_of(serial, size), &r->serial, e))
			return false;
	}
	return true;
}

/* A handle or index in hex, with or without 0x. */
static bool read_handle(uint32_t *to, const struct json_value *v, const char *what,
			struct error *e)
{
	struct bytes text;
	uint8_t b[4];

	if (!json_text(&text, v, what, e))
		return false;
	if (text_starts(text, "0x")) {
		text.at += 2;
		text.size -= 2;
	}
	if (!text_unhex(b, 4, text))
		return error_set(e, ERROR_REFUSED, NULL, "%s: eight hex digits", what);
	*to = (uint32_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
	return true;
}

static bool read_identity(struct payload *p, const struct json_value *v, struct error *e)
{
	struct json_walk walk;
	const struct json_value *one;
	struct bytes name;

	if (!json_object(v, "identity", e))
		return false;
	walk = json_walk(v);
	while ((one = json_walk_next(&walk, &name))) {
		uint32_t *to = bytes_equal_text(name, "device-key") ? &p->device_key
			       : bytes_equal_text(name, "certificate-index")
				       ? &p->certificate_index
			       : bytes_equal_text(name, "decryption-key") ? &p->decryption_key
			       : bytes_equal_text(name, "attestation-key")
				       ? &p->attestation_key
				       : NULL;

		if (!to)
			return error_set(e, ERROR_REFUSED, NULL, "identity: %s is unknown",
					 TEXT_QUOTED(name));
		if (!read_handle(to, one, "identity", e))
			return false;
	}
	return true;
}

static bool read_window(struct payload *p, const struct json_value *v, struct error *e)
{
	uint64_t seconds;

	if (!json_number(&seconds, v, UINT32_MAX, "voucher-window", e))
		return false;
	p->voucher_window_s = seconds;
	return true;
}

static bool read_member(struct store_json *j, struct payload *p, struct bytes name,
			const struct json_value *v, struct error *e)
{
#define IS(text) bytes_equal_text(name, text)
	if (IS("serial"))
		return read_text(&p->serial, v, "serial", PAYLOAD_TEXT_MAX, e);
	if (IS("hardware-model"))
		return read_text(&p->hardware_model, v, "hardware-model", PAYLOAD_TEXT_MAX,
				 e);
	if (IS("vendor"))
		return read_text(&p->vendor, v, "vendor", PAYLOAD_TEXT_MAX, e);
	if (IS("serial-rule"))
		return read_text(&p->serial_rule, v, "serial-rule", PAYLOAD_TEXT_MAX, e);
	if (IS("flags"))
		return read_flags(p, v, e);
	if (IS("minimum-time"))
		return read_time(p, v, e);
	if (IS("voucher-anchors"))
		return read_anchors(j, p->voucher_anchors, &p->voucher_anchor_count,
				    PAYLOAD_VOUCHER_ANCHORS_MAX, v, "voucher-anchors", e);
	if (IS("server-anchors"))
		return read_anchors(j, p->server_anchors, &p->server_anchor_count,
				    PAYLOAD_SERVER_ANCHORS_MAX, v, "server-anchors", e);
	if (IS("download-anchors"))
		return read_anchors(j, p->download_anchors, &p->download_anchor_count,
				    PAYLOAD_DOWNLOAD_ANCHORS_MAX, v, "download-anchors", e);
	if (IS("intermediates"))
		return read_anchors(j, p->intermediates, &p->intermediate_count,
				    PAYLOAD_INTERMEDIATES_MAX, v, "intermediates", e);
	if (IS("well-known"))
		return read_servers(j, p, v, e);
	if (IS("proxies"))
		return read_proxies(p, v, e);
	if (IS("secrets"))
		return read_secrets(p, v, e);
	if (IS("revoked"))
		return read_revoked(j, p, v, e);
	if (IS("crls"))
		return read_files(j, p->crls, &p->crl_count, PAYLOAD_CRLS_MAX, v, "crls", e);
	if (IS("next-authorities"))
		return read_files(j, p->next_authorities, &p->next_authority_count,
				  PAYLOAD_NEXT_AUTHORITIES_MAX, v, "next-authorities", e);
	if (IS("identity"))
		return read_identity(p, v, e);
	if (IS("voucher-window"))
		return read_window(p, v, e);
#undef IS
	return error_set(e, ERROR_REFUSED, NULL, "member %s is unknown", TEXT_QUOTED(name));
}

static bool read_members(struct store_json *j, struct payload *p, struct bytes document,
			 struct error *e)
{
	const struct json_value *root, *v;
	struct json_walk walk;
	struct bytes name;

	if (!json_read(&root, document, STORE_JSON_SIZE_MAX, j->arena, sizeof(j->arena), e) ||
	    !json_object(root, "store", e))
		return false;
	walk = json_walk(root);
	while ((v = json_walk_next(&walk, &name)))
		if (!read_member(j, p, name, v, e))
			return false;
	return p->serial.size || error_set(e, ERROR_REFUSED, NULL, "serial is missing");
}

bool store_json_read(struct store_json **json, struct payload *payload, const char *path,
		     struct error *e)
{
	struct store_json *j = calloc(1, sizeof(*j));
	struct payload p = { .flags = PAYLOAD_FLAGS_DEFAULT };
	size_t size;

	if (!j)
		return error_set(e, ERROR_MACHINE, NULL, "no memory");
	j->used = writer_over(j->contents, sizeof(j->contents));
	if (!read_document(j, path, &size, e) ||
	    !read_members(j, &p, bytes_of(j->document, size), e)) {
		store_json_free(j);
		return error_wrap(e, "%s", path);
	}
	*payload = p;
	*json = j;
	return true;
}

void store_json_free(struct store_json *json)
{
	if (!json)
		return;
	bytes_wipe(json, sizeof(*json));
	free(json);
}

/* SPDX-License-Identifier: MIT */
#include "trust/payload.h"

#include "base/text.h"
#include "trust/record.h"

enum tag {
	TAG_SERIAL = 0x0001,
	TAG_HARDWARE_MODEL = 0x0002,
	TAG_VENDOR = 0x0003,
	TAG_FLAGS = 0x0004,
	TAG_MINIMUM_TIME = 0x0005,
	TAG_SERIAL_RULE = 0x0006,
	TAG_VOUCHER_ANCHOR = 0x0010,
	TAG_SERVER_ANCHOR = 0x0011,
	TAG_DOWNLOAD_ANCHOR = 0x0012,
	TAG_INTERMEDIATE = 0x0013,
	TAG_WELL_KNOWN = 0x0014,
	TAG_PROXY = 0x0015,
	TAG_SECRET = 0x0016,
	TAG_REVOKED = 0x0017,
	TAG_CRL = 0x0018,
	TAG_IDENTITY = 0x0019,
	TAG_VOUCHER_WINDOW = 0x001a,
	TAG_NEXT_AUTHORITY = 0x001b,
	TAG_LOCAL_KEY = 0x001c,
};

#define PROXY_HTTP_CONNECT 1
#define DIGEST_SIZE	   32

const char *payload_flag_name(unsigned bit)
{
	static const char *const names[] = {
		"secure-mode",
		"require-signed",
		"require-trusted-server",
		"require-encrypted",
		"usb",
		"dns",
		"dhcp",
		"well-known",
		"require-clock-for-expiry",
		"allow-scripts",
		"attest",
		"confined-identity",
		"commit-generation",
	};

	return bit < ARRAY_SIZE(names) ? names[bit] : NULL;
}

/* --- reading --- */

/* UTF-8 without control characters: it is printed and becomes a C string. */
static struct bytes read_text(struct reader *r, size_t min, size_t max)
{
	struct bytes text = reader_rest(r), left = text;

	if (text.size < min || text.size > max)
		reader_fail(r);
	while (left.size && !*r->bad) {
		size_t n = text_utf8_length(left);

		if (!n || left.at[0] < 0x20 || left.at[0] == 0x7f)
			reader_fail(r);
		left.at += n;
		left.size -= n;
	}
	return text;
}

/* A host name or address: printable ASCII. */
static struct bytes read_host(struct reader *r)
{
	struct bytes host = read_text(r, 1, PAYLOAD_HOST_MAX);

	for (size_t i = 0; i < host.size && !*r->bad; i++)
		if (host.at[i] <= ' ' || host.at[i] >= 0x7f)
			reader_fail(r);
	return host;
}

static void add(struct bytes *list, size_t *count, size_t max, struct bytes value,
		struct reader *r)
{
	if (*count == max || !value.size) {
		reader_fail(r);
		return;
	}
	list[(*count)++] = value;
}

static struct bytes read_certificate(struct reader *r)
{
	struct bytes der = reader_rest(r);

	if (der.size <= DIGEST_SIZE || der.size > PAYLOAD_CERTIFICATE_MAX ||
	    der.at[0] != 0x30)
		reader_fail(r);
	return der;
}

static struct bytes read_anchor(struct reader *r)
{
	return reader_left(r) == DIGEST_SIZE ? reader_rest(r) : read_certificate(r);
}

static void read_well_known(struct payload *p, struct reader *r)
{
	struct payload_server server = { .port = reader_be16(r) };

	server.positions = reader_bytes(r, reader_u8(r));
	server.host = read_host(r);
	if (p->well_known_count == PAYLOAD_WELL_KNOWN_MAX || !server.port)
		reader_fail(r);
	/* Server anchors stand before, so all are known by now. */
	for (size_t i = 0; i < server.positions.size && !*r->bad; i++)
		if (server.positions.at[i] >= p->server_anchor_count)
			reader_fail(r);
	if (!*r->bad)
		p->well_known[p->well_known_count++] = server;
}

static void read_proxy(struct payload *p, struct reader *r)
{
	struct payload_proxy proxy;

	if (reader_u8(r) != PROXY_HTTP_CONNECT || p->proxy_count == PAYLOAD_PROXIES_MAX)
		reader_fail(r);
	proxy.port = reader_be16(r);
	proxy.host = read_host(r);
	if (!proxy.port)
		reader_fail(r);
	if (!*r->bad)
		p->proxies[p->proxy_count++] = proxy;
}

static void read_secret(struct payload *p, struct reader *r)
{
	struct payload_secret secret;

	secret.name = reader_until(r, 0);
	secret.value = reader_rest(r);
	if (p->secret_count == PAYLOAD_SECRETS_MAX || !secret.name.size ||
	    secret.name.size > PAYLOAD_SECRET_NAME_MAX ||
	    secret.value.size > PAYLOAD_SECRET_VALUE_MAX)
		reader_fail(r);
	if (!*r->bad)
		p->secrets[p->secret_count++] = secret;
}

static void read_revoked(struct payload *p, struct reader *r)
{
	struct payload_revoked revoked;

	revoked.issuer_digest = reader_bytes(r, DIGEST_SIZE);
	revoked.serial = reader_rest(r);
	if (p->revoked_count == PAYLOAD_REVOKED_MAX || !revoked.serial.size ||
	    revoked.serial.size > PAYLOAD_REVOKED_SERIAL_MAX)
		reader_fail(r);
	if (!*r->bad)
		p->revoked[p->revoked_count++] = revoked;
}

static void read_crl(struct payload *p, struct reader *r)
{
	size_t sum = reader_left(r);

	for (size_t i = 0; i < p->crl_count; i++)
		sum += p->crls[i].size;
	if (sum > PAYLOAD_CRLS_SIZE_MAX)
		reader_fail(r);
	add(p->crls, &p->crl_count, PAYLOAD_CRLS_MAX, reader_rest(r), r);
}

static void read_record(struct payload *p, uint16_t tag, struct reader *r)
{
	switch ((enum tag)tag) {
	case TAG_SERIAL:
		p->serial = read_text(r, 1, PAYLOAD_TEXT_MAX);
		break;
	case TAG_HARDWARE_MODEL:
		p->hardware_model = read_text(r, 1, PAYLOAD_TEXT_MAX);
		break;
	case TAG_VENDOR:
		p->vendor = read_text(r, 0, PAYLOAD_TEXT_MAX);
		break;
	case TAG_FLAGS:
		p->flags = reader_be32(r);
		if (p->flags & ~PAYLOAD_FLAGS_ALL)
			reader_fail(r);
		break;
	case TAG_MINIMUM_TIME:
		p->minimum_time_s = reader_be64(r);
		if (p->minimum_time_s > INT64_MAX)
			reader_fail(r);
		break;
	case TAG_SERIAL_RULE:
		p->serial_rule = read_text(r, 1, PAYLOAD_TEXT_MAX);
		break;
	case TAG_VOUCHER_ANCHOR:
		add(p->voucher_anchors, &p->voucher_anchor_count, PAYLOAD_VOUCHER_ANCHORS_MAX,
		    read_anchor(r), r);
		break;
	case TAG_SERVER_ANCHOR:
		add(p->server_anchors, &p->server_anchor_count, PAYLOAD_SERVER_ANCHORS_MAX,
		    read_anchor(r), r);
		break;
	case TAG_DOWNLOAD_ANCHOR:
		add(p->download_anchors, &p->download_anchor_count,
		    PAYLOAD_DOWNLOAD_ANCHORS_MAX, read_anchor(r), r);
		break;
	case TAG_INTERMEDIATE:
		add(p->intermediates, &p->intermediate_count, PAYLOAD_INTERMEDIATES_MAX,
		    read_certificate(r), r);
		break;
	case TAG_WELL_KNOWN:
		read_well_known(p, r);
		break;
	case TAG_PROXY:
		read_proxy(p, r);
		break;
	case TAG_SECRET:
		read_secret(p, r);
		break;
	case TAG_REVOKED:
		read_revoked(p, r);
		break;
	case TAG_CRL:
		read_crl(p, r);
		break;
	case TAG_IDENTITY:
		p->device_key = reader_be32(r);
		p->certificate_index = reader_be32(r);
		p->decryption_key = reader_be32(r);
		p->attestation_key = reader_be32(r);
		break;
	case TAG_VOUCHER_WINDOW:
		p->voucher_window_s = reader_be32(r);
		break;
	case TAG_NEXT_AUTHORITY:
		add(p->next_authorities, &p->next_authority_count,
		    PAYLOAD_NEXT_AUTHORITIES_MAX, read_certificate(r), r);
		break;
	case TAG_LOCAL_KEY:
		p->local_key = reader_bytes(r, 32);
		break;
	default:
		reader_fail(r);
	}
	if (!reader_ok(r))
		reader_fail(r);
}

static bool may_repeat(uint16_t tag)
{
	return (tag >= TAG_VOUCHER_ANCHOR && tag <= TAG_CRL) || tag == TAG_NEXT_AUTHORITY;
}

bool payload_read(struct payload *to, struct bytes from, struct error *e)
{
	struct payload p = { .flags = PAYLOAD_FLAGS_DEFAULT };
	uint16_t last = 0;
	bool bad;
	struct reader r = reader_over(from, &bad);

	if (from.size > PAYLOAD_SIZE_MAX)
		return error_set(e, ERROR_MALFORMED, "STORE_FORMAT", "payload of %zu bytes",
				 from.size);
	while (reader_left(&r)) {
		struct record record = record_next(&r, last);
		struct reader value = record_reader(&record, &r);

		if (!bad && record.tag == last && !may_repeat(last))
			reader_fail(&r);
		if (!bad)
			read_record(&p, record.tag, &value);
		if (bad)
			return error_set(e, ERROR_MALFORMED, "STORE_FORMAT",
					 "payload record %04X is malformed",
					 record.tag ? record.tag : last);
		last = record.tag;
	}
	if (bad || !p.serial.size)
		return error_set(e, ERROR_MALFORMED, "STORE_FORMAT",
				 "payload names no serial number");
	*to = p;
	return true;
}

/* --- writing --- */

static void write_some(struct writer *w, enum tag tag, struct bytes value)
{
	if (value.size)
		record_write(w, tag, value);
}

static void write_list(struct writer *w, enum tag tag, const struct bytes *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		record_write(w, tag, list[i]);
}

static void write_servers(struct writer *w, const struct payload *p)
{
	for (size_t i = 0; i < p->well_known_count; i++) {
		const struct payload_server *s = &p->well_known[i];

		record_write_head(w, TAG_WELL_KNOWN,
				  2 + 1 + s->positions.size + s->host.size);
		writer_be16(w, s->port);
		writer_u8(w, s->positions.size);
		writer_bytes(w, s->positions);
		writer_bytes(w, s->host);
	}
	for (size_t i = 0; i < p->proxy_count; i++) {
		record_write_head(w, TAG_PROXY, 1 + 2 + p->proxies[i].host.size);
		writer_u8(w, PROXY_HTTP_CONNECT);
		writer_be16(w, p->proxies[i].port);
		writer_bytes(w, p->proxies[i].host);
	}
}

static void write_secrets(struct writer *w, const struct payload *p)
{
	for (size_t i = 0; i < p->secret_count; i++) {
		const struct payload_secret *s = &p->secrets[i];

		record_write_head(w, TAG_SECRET, s->name.size + 1 + s->value.size);
		writer_bytes(w, s->name);
		writer_u8(w, 0);
		writer_bytes(w, s->value);
	}
	for (size_t i = 0; i < p->revoked_count; i++) {
		const struct payload_revoked *v = &p->revoked[i];

		record_write_head(w, TAG_REVOKED, v->issuer_digest.size + v->serial.size);
		writer_bytes(w, v->issuer_digest);
		writer_bytes(w, v->serial);
	}
}

void payload_write(struct writer *w, const struct payload *p)
{
	record_write(w, TAG_SERIAL, p->serial);
	write_some(w, TAG_HARDWARE_MODEL, p->hardware_model);
	write_some(w, TAG_VENDOR, p->vendor);
	record_write_head(w, TAG_FLAGS, 4);
	writer_be32(w, p->flags);
	record_write_head(w, TAG_MINIMUM_TIME, 8);
	writer_be64(w, p->minimum_time_s);
	write_some(w, TAG_SERIAL_RULE, p->serial_rule);
	write_list(w, TAG_VOUCHER_ANCHOR, p->voucher_anchors, p->voucher_anchor_count);
	write_list(w, TAG_SERVER_ANCHOR, p->server_anchors, p->server_anchor_count);
	write_list(w, TAG_DOWNLOAD_ANCHOR, p->download_anchors, p->download_anchor_count);
	write_list(w, TAG_INTERMEDIATE, p->intermediates, p->intermediate_count);
	write_servers(w, p);
	write_secrets(w, p);
	write_list(w, TAG_CRL, p->crls, p->crl_count);
	if (p->device_key || p->certificate_index || p->decryption_key ||
	    p->attestation_key) {
		record_write_head(w, TAG_IDENTITY, 16);
		writer_be32(w, p->device_key);
		writer_be32(w, p->certificate_index);
		writer_be32(w, p->decryption_key);
		writer_be32(w, p->attestation_key);
	}
	if (p->voucher_window_s) {
		record_write_head(w, TAG_VOUCHER_WINDOW, 4);
		writer_be32(w, p->voucher_window_s);
	}
	write_list(w, TAG_NEXT_AUTHORITY, p->next_authorities, p->next_authority_count);
	write_some(w, TAG_LOCAL_KEY, p->local_key);
}

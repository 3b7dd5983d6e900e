/* SPDX-License-Identifier: MIT */
#include "codec/uri.h"

#include <stdio.h>

#include "base/reader.h"
#include "base/text.h"

static bool is_alpha(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Copy in lower case, the way names and schemes are compared; false when it does not fit. */
static bool copy_lower(char *to, size_t size, struct bytes from)
{
	if (!text_copy(to, size, from))
		return false;
	for (; *to; to++)
		*to = (char)lower((uint8_t)*to);
	return true;
}

/* Bytes up to the first of @stops, which is left in place; all of them when none comes. */
static struct bytes take_until_any(struct reader *r, const char *stops)
{
	size_t n = 0;

	while (n < reader_left(r) && (r->at[n] == 0 || !strchr(stops, r->at[n])))
		n++;
	return reader_bytes(r, n);
}

bool uri_read_ip4(uint8_t address[static 4], struct bytes text)
{
	bool bad;
	struct reader r = reader_over(text, &bad);
	uint8_t out[4];

	for (size_t i = 0; i < 4; i++) {
		struct bytes part = take_until_any(&r, ".");
		uint64_t value;

		/* No leading zeros: some read them as octal. */
		if (part.size > 3 || (part.size > 1 && part.at[0] == '0') ||
		    !text_number(&value, part, 255))
			return false;
		out[i] = (uint8_t)value;
		if (i < 3 && reader_u8(&r) != '.')
			return false;
	}
	if (!reader_ok(&r))
		return false;
	memcpy(address, out, 4);
	return true;
}

static bool read_group(uint16_t *to, struct bytes text)
{
	uint16_t value = 0;

	if (text.size < 1 || text.size > 4)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = lower(text.at[i]);

		if (!is_hex(c))
			return false;
		value = (uint16_t)(value << 4 | (is_digit(c) ? c - '0' : c - 'a' + 10));
	}
	*to = value;
	return true;
}

/* Groups joined by ':', the last two perhaps as an IPv4 address; the count of bytes, or -1.
 */
static int read_groups(uint8_t out[static 16], struct bytes text)
{
	bool bad;
	struct reader r = reader_over(text, &bad);
	int used = 0;

	if (text.size == 0)
		return 0;
	for (;;) {
		struct bytes part = take_until_any(&r, ":");
		uint16_t group;

		if (!reader_left(&r) && used <= 12 && uri_read_ip4(out + used, part))
			return used + 4;
		if (used > 14 || !read_group(&group, part))
			return -1;
		out[used++] = (uint8_t)(group >> 8);
		out[used++] = (uint8_t)group;
		if (!reader_left(&r))
			return used;
		reader_skip(&r, 1);
		if (!reader_left(&r))
			return -1;
	}
}

bool uri_read_ip6(uint8_t address[static 16], struct bytes text)
{
	uint8_t head[16], tail[16], out[16] = { 0 };
	size_t gap = 0;

	while (gap + 1 < text.size && !(text.at[gap] == ':' && text.at[gap + 1] == ':'))
		gap++;
	if (gap + 1 >= text.size) {
		if (read_groups(out, text) != 16)
			return false;
		memcpy(address, out, 16);
		return true;
	}

	int before = read_groups(head, bytes_of(text.at, gap));
	int after = read_groups(tail, bytes_of(text.at + gap + 2, text.size - gap - 2));

	/* "::" stands for at least one group; an IPv4 tail before it is no address. */
	if (before < 0 || after < 0 || before + after > 14 ||
	    (gap && memchr(text.at, '.', gap)))
		return false;
	if (before)
		memcpy(out, head, (size_t)before);
	if (after)
		memcpy(out + 16 - after, tail, (size_t)after);
	memcpy(address, out, 16);
	return true;
}

static bool is_label(struct bytes label)
{
	if (label.size < 1 || label.size > 63 || label.at[0] == '-' ||
	    label.at[label.size - 1] == '-')
		return false;
	for (size_t i = 0; i < label.size; i++)
		if (!is_alpha(label.at[i]) && !is_digit(label.at[i]) && label.at[i] != '-' &&
		    label.at[i] != '_')
			return false;
	return true;
}

/* As a last label these make "10.1", "1.2.3.256" or "0x7f000001" an address to somebody. */
static bool is_numeric(struct bytes label)
{
	if (text_starts(label, "0x") || text_starts(label, "0X"))
		return true;
	for (size_t i = 0; i < label.size; i++)
		if (!is_digit(label.at[i]))
			return false;
	return true;
}

bool uri_is_host_name(struct bytes text)
{
	bool bad;
	struct reader r = reader_over(text, &bad);
	struct bytes label;

	if (text.size < 1 || text.size > 253)
		return false;
	for (;;) {
		label = take_until_any(&r, ".");
		if (!is_label(label))
			return false;
		if (!reader_left(&r))
			break;
		reader_skip(&r, 1);
	}
	return !is_numeric(label);
}

bool uri_read_host(struct uri *uri, struct bytes text, struct error *e)
{
	struct uri out = { 0 };

	if (uri_read_ip4(out.address, text))
		out.host_is_ip4 = true;
	else if (uri_read_ip6(out.address, text))
		out.host_is_ip6 = true;
	else if (!uri_is_host_name(text))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "'%s' is neither an IP address nor a host name",
				 TEXT_QUOTED(text));
	if (!copy_lower(out.host, sizeof(out.host), text))
		return error_set(e, ERROR_MALFORMED, NULL, "host name longer than 253 bytes");
	*uri = out;
	return true;
}

static bool read_scheme(struct uri *out, struct reader *r, struct error *e)
{
	struct bytes scheme = take_until_any(r, ":/?#");

	if (reader_u8(r) != ':' || scheme.size == 0 || !is_alpha(scheme.at[0]))
		return error_set(e, ERROR_MALFORMED, NULL, "no scheme such as https:");
	for (size_t i = 1; i < scheme.size; i++) {
		uint8_t c = scheme.at[i];

		if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
			return error_set(e, ERROR_MALFORMED, NULL,
					 "no scheme such as https:");
	}
	if (!copy_lower(out->scheme, sizeof(out->scheme), scheme))
		return error_set(e, ERROR_MALFORMED, NULL, "scheme '%s' is not known",
				 TEXT_QUOTED(scheme));
	return true;
}

static bool read_port(struct uri *out, struct reader *r, struct error *e)
{
	uint64_t port;

	if (reader_left(r) && reader_u8(r) != ':')
		return error_set(e, ERROR_MALFORMED, NULL, "only a port may follow the host");

	struct bytes text = reader_rest(r);

	if (text.size == 0) { /* "host:" too is the default (RFC 3986 §3.2.3) */
		out->port = strcmp(out->scheme, "https") == 0  ? 443
			    : strcmp(out->scheme, "http") == 0 ? 80
							       : 0;
		return true;
	}
	if (text.size > 5 || !text_number(&port, text, 65535) || port == 0)
		return error_set(e, ERROR_MALFORMED, NULL, "port '%s' is not 1 to 65535",
				 TEXT_QUOTED(text));
	out->port = (uint16_t)port;
	out->has_port = true;
	return true;
}

static bool read_authority(struct uri *out, struct bytes authority, struct error *e)
{
	bool bad;
	struct reader r = reader_over(authority, &bad);
	struct bytes host;
	struct uri named;
	bool bracketed = reader_peek(&r) == '[';

	if (authority.size && memchr(authority.at, '@', authority.size))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "user information before the host");
	if (bracketed) {
		reader_skip(&r, 1);
		host = reader_until(&r, ']');
	} else {
		host = take_until_any(&r, ":");
	}
	if (bad || !uri_read_host(&named, host, e) || named.host_is_ip6 != bracketed)
		return error_set(e, ERROR_MALFORMED, NULL,
				 "host of '%s' is neither an address nor a name",
				 TEXT_QUOTED(authority));
	memcpy(out->host, named.host, sizeof(out->host));
	memcpy(out->address, named.address, sizeof(out->address));
	out->host_is_ip4 = named.host_is_ip4;
	out->host_is_ip6 = named.host_is_ip6;
	return read_port(out, &r, e);
}

/* pchar, '/' and '?' (RFC 3986 §3.3, §3.4); percent signs stand before two hex digits. */
static bool path_is_sound(struct bytes path)
{
	for (size_t i = 0; i < path.size; i++) {
		uint8_t c = path.at[i];

		if (c == '%') {
			if (i + 2 >= path.size || !is_hex(path.at[i + 1]) ||
			    !is_hex(path.at[i + 2]))
				return false;
		} else if (c == 0 || (!is_alpha(c) && !is_digit(c) &&
				      !strchr("-._~!$&'()*+,;=:@/?", c))) {
			return false;
		}
	}
	return true;
}

static bool read_path(struct uri *out, struct bytes path, struct error *e)
{
	bool slash = path.size && path.at[0] == '/';

	if (!path_is_sound(path))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "path '%s' holds characters no URI may", TEXT_QUOTED(path));
	if (!slash)
		out->path[0] = '/';
	if (!text_copy(out->path + !slash, sizeof(out->path) - !slash, path))
		return error_set(e, ERROR_MALFORMED, NULL, "path longer than %zu bytes",
				 sizeof(out->path) - 2);
	return true;
}

bool uri_read(struct uri *uri, struct bytes text, struct error *e)
{
	bool bad;
	struct reader r = reader_over(text, &bad);
	struct uri out = { 0 };
	bool is_file, has_authority = false;

	if (!read_scheme(&out, &r, e))
		return error_wrap(e, "URI '%s'", TEXT_QUOTED(text));
	is_file = strcmp(out.scheme, "file") == 0;
	if (reader_left(&r) >= 2 && memcmp(r.at, "//", 2) == 0) {
		reader_skip(&r, 2);
		struct bytes authority = take_until_any(&r, "/?#");
		has_authority = !(is_file && authority.size == 0);
		if (has_authority && !read_authority(&out, authority, e))
			return error_wrap(e, "URI");
	}
	if (!has_authority && (!is_file || reader_peek(&r) != '/'))
		return error_set(e, ERROR_MALFORMED, NULL, "URI '%s' names no %s",
				 TEXT_QUOTED(text), is_file ? "absolute path" : "host");
	if (!read_path(&out, reader_rest(&r), e))
		return error_wrap(e, "URI");
	*uri = out;
	return true;
}

const char *uri_text(char *to, size_t size, const struct uri *uri)
{
	char port[8] = "";

	if (uri->has_port)
		snprintf(port, sizeof(port), ":%u", (unsigned)uri->port);
	snprintf(to, size, uri->host_is_ip6 ? "%s://[%s]%s%s" : "%s://%s%s%s", uri->scheme,
		 uri->host, port, uri->path);
	return to;
}

/* SPDX-License-Identifier: MIT */
#include "sztp/server_list.h"

#include "base/log.h"
#include "base/reader.h"
#include "base/text.h"
#include "codec/uri.h"

/* Where RESTCONF has the operation; the root before it differs from server to server. */
static bool is_operation(const char *path)
{
	static const char end[] = "/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data";
	size_t size = strlen(path);

	return size >= sizeof(end) - 1 && strcmp(path + size - (sizeof(end) - 1), end) == 0;
}

static bool read_uri(struct server *server, struct bytes uri, bool strip_path, struct error *e)
{
	struct uri u;

	if (!uri_read(&u, uri, e))
		return error_rule(e, "DHCP-9");
	if (strcmp(u.scheme, "https") != 0)
		return error_set(e, ERROR_MALFORMED, "DHCP-9", "scheme is %s, not https",
				 u.scheme);
	/* uri_read() gives "/" for no path at all, too: one trailing slash is tolerated. */
	if (strcmp(u.path, "/") != 0 && !(strip_path && is_operation(u.path)))
		return error_set(e, ERROR_MALFORMED, "DHCP-9",
				 "a bootstrap server's URI has no path (RFC 8572 §8.3)");
	memset(server, 0, sizeof(*server));
	memcpy(server->host, u.host, sizeof(server->host));
	server->host_is_address = u.host_is_ip4 || u.host_is_ip6;
	server->port = u.port;
	return true;
}

bool server_list_read_uri(struct server *server, struct bytes uri, struct error *e)
{
	return read_uri(server, uri, false, e);
}

static void take(struct server_list *list, struct bytes uri, unsigned ways)
{
	struct error why;

	if (list->count == ARRAY_SIZE(list->at)) {
		log_warn("redirect", "DHCP-18: more than %zu servers, the rest is left out",
			 ARRAY_SIZE(list->at));
		return;
	}
	if (read_uri(&list->at[list->count], uri, ways & SERVER_LIST_STRIP_PATH, &why))
		list->count++;
	else
		log_warn("redirect", "%s: server \"%s\" is left out: %s", why.rule,
			 TEXT_QUOTED(uri), why.text);
}

/* What RFC 8572 §8.3 says: 16-bit length, URI, repeated. */
static void read_binary(struct server_list *list, struct bytes option, unsigned ways)
{
	bool bad;
	struct reader r = reader_over(option, &bad);

	while (reader_left(&r) > 1) {
		struct bytes uri = reader_bytes(&r, reader_be16(&r));

		if (bad)
			log_warn("redirect", "DHCP-10: an entry runs past the option");
		else
			take(list, uri, ways);
	}
}

/* What is met in the field instead: URIs as text, between them spaces or commas. */
static void read_text(struct server_list *list, struct bytes option, unsigned ways)
{
	size_t start = 0;

	for (size_t i = 0; i <= option.size; i++) {
		if (i < option.size && option.at[i] != ' ' && option.at[i] != ',')
			continue;
		if (i > start)
			take(list, bytes_of(option.at + start, i - start), ways);
		start = i + 1;
	}
}

bool server_list_read_option(struct server_list *list, struct bytes option, unsigned ways,
			     struct error *e)
{
	struct server_list found;

	if (option.size > CONFIG_REDIRECT_OPTION_MAX)
		return error_set(e, ERROR_REFUSED, "DHCP-18",
				 "the SZTP redirect option has %zu bytes, at most %d are taken",
				 option.size, CONFIG_REDIRECT_OPTION_MAX);
	memset(&found, 0, sizeof(found));
	/* Read as a length, "ht" would be 26740: the two forms cannot be confused. */
	if (ways & SERVER_LIST_TEXT && text_starts(option, "https://"))
		read_text(&found, option, ways);
	else
		read_binary(&found, option, ways);
	if (found.count == 0)
		return error_set(e, ERROR_REFUSED, "DHCP-4",
				 "the SZTP redirect option names no usable server");
	*list = found;
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "sztp/conveyed_information.h"

#include "base/text.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/uri.h"
#include "codec/yang_xml.h"

/*
 * Absent, null and wrong are three things: null is absent for optional leaves (YANG-8), a
 * value of another type is refused with the whole document.  Entries of a server list fail
 * one by one where the specification says so (YANG-11, REDIR-10).
 */

#define MODULE "ietf-sztp-conveyed-info"

/* RFC 8572 §6.3. */
static const struct yang_node server_schema[] = {
	{ .name = "address", .type = YANG_STRING },
	{ .name = "port", .type = YANG_NUMBER },
	{ .name = "trust-anchor", .type = YANG_BINARY },
	{ 0 },
};

static const struct yang_node redirect_schema[] = {
	{ .name = "bootstrap-server", .many = true, .children = server_schema },
	{ 0 },
};

static const struct yang_node hash_schema[] = {
	{ .name = "hash-algorithm", .type = YANG_IDENTITY },
	{ .name = "hash-value", .type = YANG_STRING },
	{ 0 },
};

static const struct yang_node image_schema[] = {
	{ .name = "os-name", .type = YANG_STRING },
	{ .name = "os-version", .type = YANG_STRING },
	{ .name = "download-uri", .type = YANG_STRING, .many = true },
	{ .name = "image-verification", .many = true, .children = hash_schema },
	{ 0 },
};

static const struct yang_node onboarding_schema[] = {
	{ .name = "boot-image", .children = image_schema },
	{ .name = "configuration-handling", .type = YANG_ENUMERATION },
	{ .name = "pre-configuration-script", .type = YANG_BINARY },
	{ .name = "configuration", .type = YANG_BINARY },
	{ .name = "post-configuration-script", .type = YANG_BINARY },
	{ 0 },
};

static const struct yang_node schema[] = {
	{ .module = MODULE, .name = "redirect-information", .children = redirect_schema },
	{ .module = MODULE, .name = "onboarding-information", .children = onboarding_schema },
	{ 0 },
};

struct reading {
	struct conveyed_information *ci;
	struct writer *into;
	struct error *e;
};

/* Find a child; NULL when it is absent or null. */
static bool find(struct reading *r, const struct json_value **child,
		 const struct json_value *object, const char *name)
{
	if (!json_yang_member(child, object, MODULE, name, r->e))
		return false;
	if (*child && json_is_null(*child))
		*child = NULL;
	return true;
}

static bool find_text(struct reading *r, struct bytes *to, const struct json_value *object,
		      const char *name)
{
	const struct json_value *v;

	if (!find(r, &v, object, name))
		return false;
	return !v || json_text(to, v, name, r->e) || error_rule(r->e, "YANG-1");
}

static bool find_binary(struct reading *r, struct bytes *to, const struct json_value *object,
			const char *name)
{
	const struct json_value *v;

	if (!find(r, &v, object, name))
		return false;
	return !v || json_binary(to, r->into, v, name, r->e) || error_rule(r->e, "ENCODE-4");
}

static void count_unknown(struct reading *r, const struct json_value *object,
			  const char *const *known, size_t known_count)
{
	struct json_walk walk = json_walk(object);
	struct bytes name, prefix = bytes_of_text(MODULE ":");

	while (json_walk_next(&walk, &name)) {
		bool found = false;

		if (text_starts(name, MODULE ":"))
			name = bytes_of(name.at + prefix.size, name.size - prefix.size);
		for (size_t i = 0; i < known_count && !found; i++)
			found = bytes_equal_text(name, known[i]);
		r->ci->unknown_nodes += !found;
	}
}

/* --- redirect-information ------------------------------------------------------------------
 */

static bool read_address(struct conveyed_information_server *server, struct bytes address,
			 struct error *e)
{
	struct uri uri;

	if (!uri_read_host(&uri, address, e))
		return error_rule(e, "REDIR-13");
	memcpy(server->host, uri.host, sizeof(server->host));
	memcpy(server->address, uri.address, sizeof(server->address));
	server->host_is_ip4 = uri.host_is_ip4;
	server->host_is_ip6 = uri.host_is_ip6;
	return true;
}

static bool read_trust_anchor(struct conveyed_information_server *server, struct bytes text,
			      struct writer *into, struct error *e)
{
	if (!base64_decode(&server->trust_anchor, into, text, e)) {
		error_wrap(e, "trust-anchor");
		return error_rule(e, "REDIR-10");
	}
	/* "" would be no anchor at all, and so a provisional connection. */
	return server->trust_anchor.size ||
	       error_set(e, ERROR_MALFORMED, "REDIR-10", "trust-anchor is empty");
}

/* What is wrong with the values of one entry: it fails, others go on. */
static bool fill_server(struct conveyed_information_server *server, struct bytes address,
			uint64_t port, const struct bytes *anchor, struct writer *into,
			struct error *e)
{
	if (!read_address(server, address, e))
		return false;
	if (port == 0)
		return error_set(e, ERROR_MALFORMED, "YANG-11", "server '%s' has port 0",
				 TEXT_QUOTED(address));
	server->port = (uint16_t)port;
	return !anchor || read_trust_anchor(server, *anchor, into, e);
}

static bool read_server(struct reading *r, const struct json_value *entry)
{
	static const char *const known[] = { "address", "port", "trust-anchor" };
	struct conveyed_information *ci = r->ci;
	struct conveyed_information_server server = { 0 };
	const struct json_value *address, *port, *anchor;
	struct bytes host, anchor_text;
	uint64_t number = 443;
	struct error why;

	if (!json_object(entry, "bootstrap-server", r->e))
		return error_rule(r->e, "YANG-1");
	if (!find(r, &address, entry, "address") || !find(r, &port, entry, "port") ||
	    !find(r, &anchor, entry, "trust-anchor"))
		return false;
	if (!address)
		return error_set(r->e, ERROR_MALFORMED, "REDIR-13",
				 "bootstrap-server without address");
	if (!json_text(&host, address, "address", r->e) ||
	    (port && !json_number(&number, port, 65535, "port", r->e)))
		return error_rule(r->e, "REDIR-13");
	if (anchor && !json_text(&anchor_text, anchor, "trust-anchor", r->e))
		return error_rule(r->e, "REDIR-8");
	count_unknown(r, entry, known, ARRAY_SIZE(known));

	if (!fill_server(&server, host, number, anchor ? &anchor_text : NULL, r->into,
			 &why)) {
		if (ci->skipped_servers++ == 0)
			ci->skipped_why = why;
		return true;
	}
	if (ci->server_count == CONFIG_SERVER_LIST_MAX)
		return error_set(r->e, ERROR_REFUSED, "YANG-13",
				 "more than %d bootstrap servers", CONFIG_SERVER_LIST_MAX);
	ci->servers[ci->server_count++] = server;
	return true;
}

static bool read_redirect(struct reading *r, const struct json_value *object)
{
	static const char *const known[] = { "bootstrap-server" };
	const struct json_value *list, *entry;

	if (!find(r, &list, object, "bootstrap-server"))
		return false;
	if (!list)
		return error_set(r->e, ERROR_MALFORMED, "YANG-1",
				 "redirect-information without bootstrap-server");
	if (!json_list(list, "bootstrap-server", r->e))
		return error_rule(r->e, "YANG-1");
	count_unknown(r, object, known, ARRAY_SIZE(known));
	for (struct json_walk walk = json_walk(list); (entry = json_walk_next(&walk, NULL));)
		if (!read_server(r, entry))
			return false;
	if (r->ci->server_count)
		return true;
	if (r->ci->skipped_servers == 0)
		return error_set(r->e, ERROR_MALFORMED, "YANG-1",
				 "redirect-information with an empty list of servers");
	*r->e = r->ci->skipped_why;
	return error_wrap(r->e, "no usable bootstrap server");
}

/* --- onboarding-information ----------------------------------------------------------------
 */

static bool is_sha256(struct bytes algorithm)
{
	return bytes_equal_text(algorithm, "sha-256") ||
	       bytes_equal_text(algorithm, MODULE ":sha-256");
}

static bool read_hash(struct reading *r, const struct json_value *entry)
{
	static const char *const known[] = { "hash-algorithm", "hash-value" };
	struct conveyed_information *ci = r->ci;
	struct bytes algorithm = { 0 }, value = { 0 };
	uint8_t digest[32];

	if (!json_object(entry, "image-verification", r->e))
		return error_rule(r->e, "YANG-5");
	if (!find_text(r, &algorithm, entry, "hash-algorithm") ||
	    !find_text(r, &value, entry, "hash-value"))
		return false;
	count_unknown(r, entry, known, ARRAY_SIZE(known));
	if (algorithm.size == 0)
		return error_set(r->e, ERROR_MALFORMED, "YANG-4",
				 "image-verification without hash-algorithm");
	if (!is_sha256(algorithm)) {
		ci->skipped_hashes++;
		return true;
	}
	if (!text_unhex(digest, sizeof(digest), value))
		return error_set(r->e, ERROR_MALFORMED, "YANG-5",
				 "hash-value '%s' is not 32 bytes in hex",
				 TEXT_QUOTED(value));
	if (ci->has_sha256 && memcmp(ci->sha256, digest, sizeof(digest)) != 0)
		return error_set(r->e, ERROR_MALFORMED, "YANG-9",
				 "two different sha-256 values for one boot image");
	memcpy(ci->sha256, digest, sizeof(digest));
	ci->has_sha256 = true;
	return true;
}

static bool read_download_uris(struct reading *r, const struct json_value *list)
{
	struct conveyed_information *ci = r->ci;
	const struct json_value *entry;

	if (!list)
		return true;
	if (!json_list(list, "download-uri", r->e))
		return error_rule(r->e, "YANG-1");
	for (struct json_walk walk = json_walk(list);
	     (entry = json_walk_next(&walk, NULL));) {
		if (ci->download_uri_count == CONFIG_DOWNLOAD_URIS_MAX)
			return error_set(r->e, ERROR_REFUSED, "YANG-13",
					 "more than %d download-uri",
					 CONFIG_DOWNLOAD_URIS_MAX);
		if (!json_text(&ci->download_uris[ci->download_uri_count], entry,
			       "download-uri", r->e))
			return error_rule(r->e, "YANG-1");
		ci->download_uri_count++;
	}
	return true;
}

static bool read_boot_image(struct reading *r, const struct json_value *image)
{
	static const char *const known[] = { "os-name", "os-version", "download-uri",
					     "image-verification" };
	const struct json_value *uris, *hashes, *entry;

	if (!image)
		return true;
	if (!json_object(image, "boot-image", r->e))
		return error_rule(r->e, "YANG-1");
	if (!find_text(r, &r->ci->os_name, image, "os-name") ||
	    !find_text(r, &r->ci->os_version, image, "os-version") ||
	    !find(r, &uris, image, "download-uri") ||
	    !find(r, &hashes, image, "image-verification") || !read_download_uris(r, uris))
		return false;
	count_unknown(r, image, known, ARRAY_SIZE(known));
	if (!hashes)
		return true;
	if (!json_list(hashes, "image-verification", r->e))
		return error_rule(r->e, "YANG-5");

	struct json_walk walk = json_walk(hashes);

	if (walk.left && r->ci->download_uri_count == 0)
		return error_set(r->e, ERROR_MALFORMED, "YANG-7",
				 "image-verification without download-uri");
	while ((entry = json_walk_next(&walk, NULL)))
		if (!read_hash(r, entry))
			return false;
	return true;
}

static bool read_handling(struct reading *r, struct bytes handling)
{
	if (handling.size == 0)
		return true;
	if (bytes_equal_text(handling, "merge"))
		r->ci->handling = CONVEYED_INFORMATION_MERGE;
	else if (bytes_equal_text(handling, "replace"))
		r->ci->handling = CONVEYED_INFORMATION_REPLACE;
	else
		return error_set(r->e, ERROR_MALFORMED, "YANG-6",
				 "configuration-handling '%s' is neither merge nor replace",
				 TEXT_QUOTED(handling));
	return true;
}

/* configuration and its handling stand together; a configuration of null is none, and takes
 * its handling with it (YANG-8). */
static bool read_configuration(struct reading *r, const struct json_value *object)
{
	struct conveyed_information *ci = r->ci;
	const struct json_value *configuration, *present;
	struct bytes handling = { 0 };

	if (!find_text(r, &handling, object, "configuration-handling") ||
	    !read_handling(r, handling) ||
	    !json_yang_member(&present, object, MODULE, "configuration", r->e) ||
	    !find(r, &configuration, object, "configuration") ||
	    !find_binary(r, &ci->configuration, object, "configuration"))
		return false;
	if (configuration && ci->handling == CONVEYED_INFORMATION_HANDLING_NONE)
		return error_set(r->e, ERROR_MALFORMED, "YANG-6",
				 "configuration without configuration-handling");
	if (!present && ci->handling != CONVEYED_INFORMATION_HANDLING_NONE)
		return error_set(r->e, ERROR_MALFORMED, "YANG-6",
				 "configuration-handling without configuration");
	ci->has_configuration = configuration != NULL;
	if (!configuration)
		ci->handling = CONVEYED_INFORMATION_HANDLING_NONE;
	return true;
}

static bool read_onboarding(struct reading *r, const struct json_value *object)
{
	static const char *const known[] = { "boot-image", "configuration-handling",
					     "pre-configuration-script", "configuration",
					     "post-configuration-script" };
	const struct json_value *image;

	count_unknown(r, object, known, ARRAY_SIZE(known));
	return find(r, &image, object, "boot-image") && read_boot_image(r, image) &&
	       read_configuration(r, object) &&
	       find_binary(r, &r->ci->pre_configuration_script, object,
			   "pre-configuration-script") &&
	       find_binary(r, &r->ci->post_configuration_script, object,
			   "post-configuration-script");
}

/* --- the document --------------------------------------------------------------------------
 */

static bool read_json(struct reading *r, const struct json_value *root)
{
	static const char *const known[] = { "redirect-information",
					     "onboarding-information" };
	const struct json_value *redirect = json_member(root, MODULE ":redirect-information");
	const struct json_value *onboarding = json_member(root,
							  MODULE ":onboarding-information");
	const struct json_value *object = redirect ? redirect : onboarding;

	if (redirect && onboarding)
		return error_set(r->e, ERROR_MALFORMED, "YANG-2",
				 "both redirect-information and onboarding-information");
	if (!object)
		return error_set(r->e, ERROR_MALFORMED, "YANG-1",
				 "neither '" MODULE ":redirect-information' nor '" MODULE
				 ":onboarding-information' at the top");
	if (!json_object(object, redirect ? "redirect-information" : "onboarding-information",
			 r->e))
		return error_rule(r->e, "YANG-2");
	count_unknown(r, root, known, ARRAY_SIZE(known));
	r->ci->kind = redirect ? CONVEYED_INFORMATION_REDIRECT
			       : CONVEYED_INFORMATION_ONBOARDING;
	return redirect ? read_redirect(r, object) : read_onboarding(r, object);
}

static bool read_document(const struct json_value **root, size_t *unknown,
			  enum conveyed_information_encoding encoding, struct bytes document,
			  void *arena, size_t arena_size, struct error *e)
{
	if (encoding == CONVEYED_INFORMATION_XML)
		return yang_xml_read(root, unknown, document, schema, CONFIG_ARTIFACT_MAX,
				     arena, arena_size, e);
	*unknown = 0;
	return json_read(root, document, CONFIG_ARTIFACT_MAX, arena, arena_size, e);
}

bool conveyed_information_read(struct conveyed_information *ci,
			       enum conveyed_information_encoding encoding,
			       struct bytes document, void *arena, size_t arena_size,
			       struct writer *into, struct error *e)
{
	const struct json_value *root;
	struct reading r = { .ci = ci, .into = into, .e = e };
	size_t unknown;

	if (!read_document(&root, &unknown, encoding, document, arena, arena_size, e)) {
		error_wrap(e, "conveyed information");
		return error_rule(e, "YANG-14");
	}
	/* Too big for a second copy on the stack: emptied here, and empty again on failure.
	 */
	memset(ci, 0, sizeof(*ci));
	ci->unknown_nodes = unknown;
	if (read_json(&r, root))
		return true;
	memset(ci, 0, sizeof(*ci));
	return error_wrap(e, "conveyed information");
}

bool conveyed_information_to_json(struct bytes *json, struct bytes xml, void *arena,
				  size_t arena_size, struct error *e)
{
	size_t unknown;

	if (yang_xml_to_json(json, &unknown, xml, schema, CONFIG_ARTIFACT_MAX, arena,
			     arena_size, e))
		return true;
	error_wrap(e, "conveyed information");
	return error_rule(e, "YANG-14");
}

bool conveyed_information_check_known(const struct conveyed_information *ci, bool strict,
				      struct error *e)
{
	if (!strict || !ci->unknown_nodes)
		return true;
	return error_set(e, ERROR_REFUSED, "YANG-12",
			 "conveyed information holds %zu nodes that nobody knows, and policy is "
			 "strict",
			 ci->unknown_nodes);
}

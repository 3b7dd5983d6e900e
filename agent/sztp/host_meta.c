/* SPDX-License-Identifier: MIT */
#include "sztp/host_meta.h"

#include "base/text.h"
#include "codec/xml.h"

bool host_meta_read_path(char root[static CONFIG_RESTCONF_ROOT_MAX], struct bytes path,
			 struct error *e)
{
	bool good = path.size && path.at[0] == '/';

	while (path.size && path.at[path.size - 1] == '/')
		path.size--;
	for (size_t i = 0; i < path.size; i++)
		good = good && path.at[i] > ' ' && path.at[i] < 0x7f && path.at[i] != '?' &&
		       path.at[i] != '#';
	if (!good || text_starts(path, "//") || path.size >= CONFIG_RESTCONF_ROOT_MAX)
		return error_set(e, ERROR_REFUSED, "HTTP-3", "%s is no path of a RESTCONF root",
				 TEXT_QUOTED(path));
	if (path.size)
		memcpy(root, path.at, path.size);
	root[path.size] = '\0';
	return true;
}

static bool read_href(char root[static CONFIG_RESTCONF_ROOT_MAX], struct bytes href,
		      const struct uri *server, struct error *e)
{
	struct uri to;

	if (text_starts(href, "/"))
		return host_meta_read_path(root, href, e);
	if (!uri_read(&to, href, e) || strcmp(to.scheme, server->scheme) != 0 ||
	    strcmp(to.host, server->host) != 0 || to.port != server->port)
		return error_set(e, ERROR_REFUSED, "HTTP-3", "%s is not on this server",
				 TEXT_QUOTED(href));
	return host_meta_read_path(root, bytes_of_text(to.path), e);
}

bool host_meta_read(char root[static CONFIG_RESTCONF_ROOT_MAX], struct bytes document,
		    const struct uri *server, void *arena, size_t arena_size, struct error *e)
{
	const struct xml_element *xrd, *link;
	size_t used;

	if (!xml_read(&xrd, &used, document, CONFIG_HOST_META_MAX, arena, arena_size, e))
		return false;
	for (link = xrd->child; link; link = link->next)
		if (bytes_equal_text(link->name, "Link") &&
		    bytes_equal_text(xml_attribute(link, "rel"), "restconf"))
			return read_href(root, xml_attribute(link, "href"), server, e);
	return error_set(e, ERROR_REFUSED, "HTTP-1", "no link of relation restconf");
}

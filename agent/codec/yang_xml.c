/* SPDX-License-Identifier: MIT */
#include "codec/yang_xml.h"

#include <inttypes.h>

#include "base/text.h"
#include "base/writer.h"
#include "codec/xml.h"
#include "config.h"

#define NAMESPACE "urn:ietf:params:xml:ns:yang:"

struct conversion {
	struct writer w;
	unsigned depth;
	size_t unknown;
	struct error *e;
};

/* --- names -------------------------------------------------------------------------- */

static bool is_node(const struct xml_element *element, const struct yang_node *node,
		    const char *module)
{
	struct bytes uri = element->uri;

	if (!bytes_equal_text(element->name, node->name) || !text_starts(uri, NAMESPACE))
		return false;
	uri = bytes_of(uri.at + strlen(NAMESPACE), uri.size - strlen(NAMESPACE));
	return bytes_equal_text(uri, node->module ? node->module : module);
}

static const struct xml_element *find(const struct xml_element *from,
				      const struct yang_node *node, const char *module)
{
	while (from && !is_node(from, node, module))
		from = from->next;
	return from;
}

/* --- values ------------------------------------------------------------------------- */

static void write_line(struct conversion *c)
{
	writer_u8(&c->w, '\n');
	writer_fill(&c->w, ' ', 2 * c->depth);
}

static bool is_number(struct bytes text)
{
	uint64_t number;

	/* A leading zero makes a number octal (RFC 7950 §9.2.1): nobody means that. */
	return text_number(&number, text, UINT64_MAX) &&
	       (text.at[0] != '0' || text.size == 1);
}

/* base64 over several lines, joined where it lies: the tree is ours. */
static struct bytes without_space(struct bytes text)
{
	struct writer w = writer_over((uint8_t *)(uintptr_t)text.at, text.size);

	for (size_t i = 0; i < text.size; i++)
		if (!xml_is_blank(bytes_of(text.at + i, 1)))
			writer_u8(&w, text.at[i]);
	return writer_done(&w);
}

/*
 * QName to "module:name".  A namespace that is no module's is written so that it cannot be
 * taken for a module: "{uri}name".
 */
static bool write_identity(struct conversion *c, const struct xml_element *leaf)
{
	struct bytes name = xml_trim(leaf->text), prefix = { 0 }, uri;
	uint8_t text[512];
	struct writer w = writer_over(text, sizeof(text));

	if (name.size == 0) {
		writer_text(&c->w, "\"\"");
		return true;
	}
	for (size_t i = 0; i < name.size && !prefix.at; i++) {
		if (name.at[i] != ':')
			continue;
		prefix = bytes_of(name.at, i);
		name = bytes_of(name.at + i + 1, name.size - i - 1);
	}
	if ((prefix.at && prefix.size == 0) || !xml_prefix_find(&uri, leaf, prefix))
		return error_set(c->e, ERROR_MALFORMED, "YANG-4",
				 "XML: prefix '%s' of the identity in %s has no namespace",
				 TEXT_QUOTED(prefix), TEXT_QUOTED(leaf->name));
	if (text_starts(uri, NAMESPACE)) {
		writer_bytes(&w, bytes_of(uri.at + strlen(NAMESPACE),
					  uri.size - strlen(NAMESPACE)));
		writer_u8(&w, ':');
	} else {
		writer_u8(&w, '{');
		writer_bytes(&w, uri);
		writer_u8(&w, '}');
	}
	writer_bytes(&w, name);
	if (!writer_ok(&w))
		return error_set(c->e, ERROR_REFUSED, "YANG-13",
				 "XML: identity of more than %zu bytes in %s", sizeof(text),
				 TEXT_QUOTED(leaf->name));
	writer_json_string(&c->w, writer_done(&w));
	return true;
}

static bool write_leaf(struct conversion *c, const struct xml_element *leaf,
		       enum yang_type type)
{
	struct bytes text = xml_trim(leaf->text);

	switch (type) {
	case YANG_IDENTITY:
		return write_identity(c, leaf);
	case YANG_BINARY:
		text = without_space(text);
		break;
	case YANG_NUMBER:
		if (!is_number(text))
			break;
		writer_bytes(&c->w, text);
		return true;
	case YANG_BOOLEAN:
		if (!bytes_equal_text(text, "true") && !bytes_equal_text(text, "false"))
			break;
		writer_bytes(&c->w, text);
		return true;
	case YANG_EMPTY:
		if (text.size)
			break;
		writer_text(&c->w, "[null]"); /* RFC 7951 §6.9 */
		return true;
	case YANG_STRING:
		text = leaf->text;
		break;
	case YANG_ENUMERATION:
	case YANG_CONTAINER:
		break;
	}
	writer_json_string(&c->w, text);
	return true;
}

static bool write_members(struct conversion *c, const struct xml_element *first,
			  const struct yang_node *schema, const char *module);

static bool write_value(struct conversion *c, const struct xml_element *element,
			const struct yang_node *node, const char *module)
{
	if (node->type == YANG_CONTAINER && xml_is_blank(element->text))
		return write_members(c, element->child, node->children, module);
	if (node->type != YANG_CONTAINER && element->child) {
		writer_text(&c->w, "{}");
		return true;
	}
	return write_leaf(c, element, node->type);
}

/* All entries, wherever among their siblings they stand (RFC 7950 §7.8.5). */
static bool write_list(struct conversion *c, const struct xml_element *entry, size_t *count,
		       const struct yang_node *node, const char *module)
{
	bool first = true;

	writer_u8(&c->w, '[');
	c->depth++;
	for (; entry; entry = find(entry->next, node, module), first = false) {
		if (!first)
			writer_u8(&c->w, ',');
		write_line(c);
		if (!write_value(c, entry, node, module))
			return false;
		++*count;
	}
	c->depth--;
	write_line(c);
	writer_u8(&c->w, ']');
	return true;
}

static bool write_member(struct conversion *c, const struct xml_element *element,
			 size_t *count, const struct yang_node *node, const char *module)
{
	if (node->module)
		module = node->module;
	writer_text(&c->w, *count ? "," : "");
	write_line(c);
	writer_printf(&c->w, "\"%s%s%s\": ", node->module ? node->module : "",
		      node->module ? ":" : "", node->name);
	if (node->many)
		return write_list(c, element, count, node, module);
	if (find(element->next, node, module))
		return error_set(c->e, ERROR_MALFORMED, "YANG-13", "XML: %s stands twice",
				 node->name);
	++*count;
	return write_value(c, element, node, module);
}

static bool write_members(struct conversion *c, const struct xml_element *first,
			  const struct yang_node *schema, const char *module)
{
	const struct xml_element *element;
	size_t known = 0;

	writer_u8(&c->w, '{');
	c->depth++;
	for (const struct yang_node *node = schema; node->name; node++) {
		element = find(first, node, module);
		if (element && !write_member(c, element, &known, node, module))
			return false;
	}
	c->depth--;
	if (known)
		write_line(c);
	writer_u8(&c->w, '}');
	for (element = first; element; element = element->next)
		c->unknown++;
	c->unknown -= known;
	return true;
}

/* --- documents ---------------------------------------------------------------------- */

bool yang_xml_to_json(struct bytes *json, size_t *unknown, struct bytes document,
		      const struct yang_node *schema, size_t limit, void *arena,
		      size_t arena_size, struct error *e)
{
	const struct xml_element *root;
	struct conversion c = { .e = e };
	size_t used;

	if (!xml_read(&root, &used, document, limit, arena, arena_size, e))
		return false;
	c.w = writer_over((uint8_t *)arena + used, arena_size - used);
	if (!write_members(&c, root, schema, ""))
		return false;
	if (!writer_ok(&c.w))
		return error_set(e, ERROR_REFUSED, "YANG-13", "XML: more text than is read");
	memmove(arena, c.w.start, c.w.used); /* over the tree, which is not needed any more */
	*json = bytes_of(arena, c.w.used);
	*unknown = c.unknown;
	return true;
}

bool yang_xml_read(const struct json_value **root, size_t *unknown, struct bytes document,
		   const struct yang_node *schema, size_t limit, void *arena,
		   size_t arena_size, struct error *e)
{
	struct bytes json;

	if (!yang_xml_to_json(&json, unknown, document, schema, limit, arena, arena_size, e))
		return false;
	return json_read(root, json, arena_size, (uint8_t *)arena + json.size,
			 arena_size - json.size, e);
}

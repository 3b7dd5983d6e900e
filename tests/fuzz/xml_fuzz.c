/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "codec/xml.h"
#include "codec/yang_xml.h"
#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct yang_node entry[] = {
	{ .name = "address", .type = YANG_STRING },
	{ .name = "port", .type = YANG_NUMBER },
	{ .name = "trust-anchor", .type = YANG_BINARY },
	{ .name = "hash-algorithm", .type = YANG_IDENTITY },
	{ .name = "flag", .type = YANG_BOOLEAN },
	{ .name = "nothing", .type = YANG_EMPTY },
	{ .name = "handling", .type = YANG_ENUMERATION },
	{ .name = "download-uri", .type = YANG_STRING, .many = true },
	{ 0 },
};

static const struct yang_node redirect[] = {
	{ .name = "bootstrap-server", .many = true, .children = entry },
	{ .name = "boot-image", .children = entry },
	{ .module = "ietf-y", .name = "port", .type = YANG_NUMBER },
	{ 0 },
};

static const struct yang_node schema[] = {
	{ .module = "ietf-sztp-conveyed-info",
	  .name = "redirect-information",
	  .children = redirect },
	{ .module = "ietf-y", .name = "port", .type = YANG_NUMBER },
	{ 0 },
};

/* Every element lies in the tree and is its parent's child; returns how many there are. */
static size_t walk(const struct xml_element *element, unsigned depth)
{
	size_t count = 1;

	if (depth > CONFIG_XML_DEPTH_MAX || element->name.size == 0 ||
	    (element->child && element->text.size))
		abort();
	for (const struct xml_element *child = element->child; child; child = child->next) {
		if (child->parent != element)
			abort();
		count += walk(child, depth + 1);
	}
	return count;
}

/* XML: a tree, or a reason; and what is rewritten as JSON is JSON. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t arena[CONFIG_XML_PARSER_SIZE + 64 * 1024], tree[sizeof(arena)];
	const struct xml_element *element;
	const struct json_value *root;
	struct bytes json;
	size_t used, unknown, elements;
	struct error e = { 0 };
	bool converted;

	converted = yang_xml_to_json(&json, &unknown, bytes_of(data, size), schema, size,
				     arena, sizeof(arena), &e);
	if (!converted && (e.code == ERROR_NONE || e.text[0] == '\0'))
		abort();
	if (converted && !json_read(&root, json, json.size, tree, sizeof(tree), &e) &&
	    e.code != ERROR_REFUSED)
		abort();
	if (!xml_read(&element, &used, bytes_of(data, size), size, tree, sizeof(tree), &e)) {
		if (converted)
			abort();
		return 0;
	}
	elements = walk(element, 1);
	if (used > sizeof(tree) - CONFIG_XML_PARSER_SIZE || (converted && unknown > elements))
		abort();
	return 0;
}

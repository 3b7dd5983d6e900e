/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "codec/json.h"
#include "config.h"

/*
 * YANG data in XML (RFC 7950), rewritten as the same data in JSON (RFC 7951), so that there
 * is one reader for both.  XML does not show what is a list and what is a number: a schema
 * says it.
 *
 * Nothing is judged here but the form.  A value that is not of its type becomes a string (or
 * an object, if it has elements), which the JSON reader refuses by the leaf's own rule.
 */

enum yang_type {
	YANG_CONTAINER, /* or, with many, a list */
	YANG_STRING,	/* also dates, URIs, hex: as written, white space too */
	YANG_BINARY,	/* base64, white space left away */
	YANG_NUMBER,
	YANG_BOOLEAN,
	YANG_EMPTY,
	YANG_ENUMERATION,
	YANG_IDENTITY, /* a QName; "module:name" in JSON (YANG-4) */
};

struct yang_node {
	const char *module; /* NULL: the parent's */
	const char *name;   /* NULL ends a schema */
	enum yang_type type;
	bool many;			  /* list or leaf-list */
	const struct yang_node *children; /* of a container or list */
};

/*
 * Rewrite a document.
 *
 * @schema: what may stand at the top, each with its module.  A namespace is
 * "urn:ietf:params:xml:ns:yang:" and the module's name (RFC 8572 §10.1, RFC 8366 §8.1).
 * @json: lies at the beginning of @arena; its members are in the schema's order, the entries
 * of a list in the document's.  "{}" when the document is another one.
 * @unknown: elements the schema does not know; ignored with all they hold (YANG-12).
 * Errors: those of xml_read; YANG-13 for a node that stands twice, YANG-4 for a prefix of an
 * identity that means nothing.
 */
MUST_CHECK bool yang_xml_to_json(struct bytes *json, size_t *unknown, struct bytes document,
				 const struct yang_node *schema, size_t limit, void *arena,
				 size_t arena_size, struct error *e);

/*
 * The twin of json_read.
 *
 * @arena: YANG_XML_ARENA_SIZE() bytes hold a document that is mostly text.
 */
MUST_CHECK bool yang_xml_read(const struct json_value **root, size_t *unknown,
			      struct bytes document, const struct yang_node *schema,
			      size_t limit, void *arena, size_t arena_size, struct error *e);

#define YANG_XML_ARENA_SIZE(size) (JSON_ARENA_SIZE(size) + CONFIG_XML_PARSER_SIZE + 16 * 1024)

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"

/*
 * Hostile XML (XML 1.0, Namespaces in XML 1.0), read whole into a tree in memory the caller
 * gives.
 *
 * What is refused before anything is seen: a document above the caller's limit, a document
 * type (and with it every entity but the five of XML), encodings other than UTF-8, text
 * beside elements, more than CONFIG_XML_DEPTH_MAX levels, more than CONFIG_XML_PREFIXES_MAX
 * namespaces in one tag (YANG-13).  Comments and processing instructions are passed over,
 * and so are attributes that have a prefix.
 */

struct xml_prefix {
	struct bytes prefix; /* size 0: the default namespace */
	struct bytes uri;    /* size 0: taken back */
	const struct xml_prefix *next;
};

struct xml_attribute {
	struct bytes name, value; /* references resolved */
	const struct xml_attribute *next;
};

struct xml_element {
	struct bytes uri;  /* of its namespace; size 0: none */
	struct bytes name; /* without prefix */
	struct bytes text; /* references and CDATA resolved; size 0 when it has children */
	const struct xml_element *parent, *child, *next;
	struct xml_element *last_child;
	const struct xml_prefix *prefixes; /* declared in its tag */
	const struct xml_attribute *attributes; /* without prefix; YANG has none (RFC 7952) */
};

/*
 * Read a document.
 *
 * @root: points into @arena, which is lent until the last use of any element.
 * @used: bytes at the arena's beginning that the tree lies in; the others are free again.
 * @limit: the largest document accepted, in bytes.
 * @arena: CONFIG_XML_PARSER_SIZE bytes for the time of the call, and the tree: the text, and
 * about 150 bytes an element.  Not enough is a refusal, YANG-13.
 * Errors: ERROR_MALFORMED; ERROR_REFUSED (limits).  Rule: YANG-13 where it speaks of it.
 */
MUST_CHECK bool xml_read(const struct xml_element **root, size_t *used, struct bytes document,
			 size_t limit, void *arena, size_t arena_size, struct error *e);

/* The namespace that @prefix (size 0: none) means inside @at.  false: it means none. */
MUST_CHECK bool xml_prefix_find(struct bytes *uri, const struct xml_element *at,
				struct bytes prefix);

/* The value of an attribute; size 0: empty, or it has none of that name. */
struct bytes xml_attribute(const struct xml_element *element, const char *name);

/* Nothing but what XML calls white space. */
bool xml_is_blank(struct bytes text);

/* Without white space at its ends. */
struct bytes xml_trim(struct bytes text);

/* Text of an element; what is no character of XML becomes U+FFFD. */
void xml_write_text(struct writer *w, struct bytes text);

/* SPDX-License-Identifier: MIT */
#include "codec/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdalign.h>

#include "base/text.h"
#include "config.h"

/*
 * expat reads; this file gives it memory, hears its events, and builds the tree.
 *
 *   arena   [ elements, names and text, growing --> ........ | the parser's own memory ]
 *
 * The text of an element is the last thing in the tree as long as it grows, so its pieces
 * (expat hands out one for every line, reference and CDATA section) join by themselves.  When
 * a child begins, the white space before it is given back.
 *
 * The document is handed over in one piece and as the last one: expat then reads it where it
 * lies and copies names only.
 */

/* --- the parser's memory ------------------------------------------------------------ */

/* Takes from the front only; what was taken last can grow, shrink and be given back. */
struct pool {
	uint8_t *at;
	size_t left;
	struct block *last;
};

struct block {
	size_t size;
	alignas(max_align_t) uint8_t content[];
};

/* expat's allocation functions are told nothing but sizes. */
static _Thread_local struct pool *pool;

static size_t rounded(size_t size)
{
	return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

static void *take(size_t size)
{
	struct block *block = (struct block *)pool->at;

	if (size > pool->left || sizeof(*block) + rounded(size) > pool->left)
		return NULL;
	block->size = rounded(size);
	pool->at += sizeof(*block) + block->size;
	pool->left -= sizeof(*block) + block->size;
	pool->last = block;
	return block->content;
}

static void give_back(void *content)
{
	struct block *block = pool->last;

	if (!content || !block || content != block->content)
		return;
	pool->at -= sizeof(*block) + block->size;
	pool->left += sizeof(*block) + block->size;
	pool->last = NULL;
}

static void *resize(void *content, size_t size)
{
	struct block *block;
	void *moved;

	if (!content)
		return take(size);
	block = (struct block *)((uint8_t *)content - sizeof(*block));
	if (block == pool->last && size <= pool->left + block->size &&
	    rounded(size) <= pool->left + block->size) {
		pool->at = block->content + rounded(size);
		pool->left = pool->left + block->size - rounded(size);
		block->size = rounded(size);
		return content;
	}
	if (size <= block->size)
		return content;
	moved = take(size);
	if (moved)
		memcpy(moved, content, block->size);
	return moved;
}

/* --- the tree ----------------------------------------------------------------------- */

struct reading {
	XML_Parser parser;
	uint8_t *at;
	size_t left;
	struct xml_element *root, *current;
	struct xml_prefix *prefixes; /* of the tag that comes next, the last one first */
	unsigned prefix_count, depth;
	bool failed;
	struct error *e;
};

static void stop(struct reading *r)
{
	r->failed = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static void refuse(struct reading *r, const char *what)
{
	error_set(r->e, ERROR_REFUSED, "YANG-13", "XML: %s (line %lu)", what,
		  (unsigned long)XML_GetCurrentLineNumber(r->parser));
	stop(r);
}

/* NULL when the arena is full; the reading has failed then. */
static void *tree_take(struct reading *r, size_t size, size_t alignment)
{
	size_t gap = -(uintptr_t)r->at & (alignment - 1);
	void *taken;

	if (gap > r->left || size > r->left - gap) {
		refuse(r, "more elements and text than are read");
		return NULL;
	}
	taken = r->at + gap;
	r->at += gap + size;
	r->left -= gap + size;
	return taken;
}

static struct bytes tree_copy(struct reading *r, struct bytes text)
{
	uint8_t *copy = tree_take(r, text.size, 1);

	if (!copy)
		return bytes_of(NULL, 0);
	if (text.size)
		memcpy(copy, text.at, text.size);
	return bytes_of(copy, text.size);
}

static bool refuse_mixed(struct reading *r)
{
	error_set(r->e, ERROR_MALFORMED, NULL, "XML: text beside elements in '%s' (line %lu)",
		  TEXT_QUOTED(r->current->name),
		  (unsigned long)XML_GetCurrentLineNumber(r->parser));
	stop(r);
	return false;
}

/* A child begins: what its parent held up to here can only have been white space. */
static bool begin_child(struct reading *r)
{
	struct xml_element *parent = r->current;

	if (!parent || parent->text.size == 0)
		return true;
	if (!xml_is_blank(parent->text))
		return refuse_mixed(r);
	r->at -= parent->text.size;
	r->left += parent->text.size;
	parent->text = bytes_of(NULL, 0);
	return true;
}

/* Names come as "URI newline local name"; no URI can hold a newline, expat sees to that. */
static void split_name(struct bytes *uri, struct bytes *name, const char *full)
{
	const char *mark = strrchr(full, '\n');

	*uri = mark ? bytes_of(full, (size_t)(mark - full)) : bytes_of(NULL, 0);
	*name = bytes_of_text(mark ? mark + 1 : full);
}

/* The URI as the tree holds it already; only the prefix "xml" is declared nowhere. */
static struct bytes known_uri(struct reading *r, const struct xml_element *at,
			      struct bytes uri)
{
	for (; at; at = at->parent)
		for (const struct xml_prefix *p = at->prefixes; p; p = p->next)
			if (bytes_equal(p->uri, uri))
				return p->uri;
	return tree_copy(r, uri);
}

/* Those without a prefix; expat sees to it that each stands there once. */
static const struct xml_attribute *take_attributes(struct reading *r, const XML_Char **from)
{
	const struct xml_attribute *first = NULL;

	for (; from[0] && !r->failed; from += 2) {
		struct xml_attribute *a;

		if (strchr(from[0], '\n'))
			continue;
		a = tree_take(r, sizeof(*a), alignof(struct xml_attribute));
		if (!a)
			break;
		*a = (struct xml_attribute){ .next = first };
		a->name = tree_copy(r, bytes_of_text(from[0]));
		a->value = tree_copy(r, bytes_of_text(from[1]));
		first = a;
	}
	return first;
}

static void on_start(void *context, const XML_Char *full, const XML_Char **attributes)
{
	struct reading *r = context;
	struct xml_element *element;
	struct bytes uri, name;

	if (r->failed || !begin_child(r))
		return;
	if (r->depth == CONFIG_XML_DEPTH_MAX) {
		refuse(r, "too many levels");
		return;
	}
	element = tree_take(r, sizeof(*element), alignof(struct xml_element));
	if (!element)
		return;
	*element = (struct xml_element){ .parent = r->current, .prefixes = r->prefixes };
	split_name(&uri, &name, full);
	element->name = tree_copy(r, name);
	if (uri.size)
		element->uri = known_uri(r, element, uri);
	element->attributes = take_attributes(r, attributes);
	if (!r->current)
		r->root = element;
	else if (r->current->last_child)
		r->current->last_child->next = element;
	else
		r->current->child = element;
	if (r->current)
		r->current->last_child = element;
	r->current = element;
	r->prefixes = NULL;
	r->prefix_count = 0;
	r->depth++;
}

static void on_end(void *context, const XML_Char *full)
{
	struct reading *r = context;

	(void)full;
	if (r->failed)
		return;
	r->current = (struct xml_element *)(uintptr_t)r->current->parent;
	r->depth--;
}

static void on_text(void *context, const XML_Char *at, int size)
{
	struct reading *r = context;
	struct bytes piece = bytes_of(at, (size_t)size), copy;

	if (r->failed)
		return;
	if (r->current->child) {
		if (!xml_is_blank(piece))
			refuse_mixed(r);
		return;
	}
	copy = tree_copy(r, piece);
	if (r->current->text.size == 0)
		r->current->text = copy;
	else
		r->current->text.size += copy.size;
}

static void on_prefix(void *context, const XML_Char *prefix, const XML_Char *uri)
{
	struct reading *r = context;
	struct xml_prefix *p;

	if (r->failed || !begin_child(r))
		return;
	if (r->prefix_count++ == CONFIG_XML_PREFIXES_MAX) {
		refuse(r, "too many namespaces in one tag");
		return;
	}
	p = tree_take(r, sizeof(*p), alignof(struct xml_prefix));
	if (!p)
		return;
	p->next = r->prefixes;
	p->prefix = tree_copy(r, bytes_of_text(prefix ? prefix : ""));
	p->uri = tree_copy(r, bytes_of_text(uri ? uri : ""));
	r->prefixes = p;
}

static void on_document_type(void *context, const XML_Char *name, const XML_Char *system,
			     const XML_Char *public, int subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)subset;
	refuse(context, "documents with a DOCTYPE are not read");
}

static void on_declaration(void *context, const XML_Char *version, const XML_Char *encoding,
			   int standalone)
{
	struct reading *r = context;

	(void)version; /* NULL only in what is no document */
	(void)standalone;
	if (!encoding || text_equal_nocase(bytes_of_text(encoding), bytes_of_text("UTF-8")))
		return;
	error_set(r->e, ERROR_REFUSED, NULL, "XML: encoding %s, and only UTF-8 is read",
		  TEXT_QUOTED(bytes_of_text(encoding)));
	stop(r);
}

static bool parse(struct reading *r, struct bytes document)
{
	XML_Parser parser = r->parser;
	enum XML_Status status;
	enum XML_Error why;

	XML_SetUserData(parser, r);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartNamespaceDeclHandler(parser, on_prefix);
	XML_SetStartDoctypeDeclHandler(parser, on_document_type);
	XML_SetXmlDeclHandler(parser, on_declaration);
	status = XML_Parse(parser, (const char *)document.at, (int)document.size, XML_TRUE);
	if (r->failed)
		return false;
	if (status == XML_STATUS_OK)
		return true;
	why = XML_GetErrorCode(parser);
	if (why == XML_ERROR_NO_MEMORY)
		return error_set(r->e, ERROR_REFUSED, "YANG-13",
				 "XML: names and attributes larger than are read");
	return error_set(r->e, ERROR_MALFORMED, NULL, "XML: %s (line %lu)",
			 XML_ErrorString(why),
			 (unsigned long)XML_GetCurrentLineNumber(parser));
}

bool xml_read(const struct xml_element **root, size_t *used, struct bytes document,
	      size_t limit, void *arena, size_t arena_size, struct error *e)
{
	static const XML_Memory_Handling_Suite memory = { take, resize, give_back };
	size_t parser_at;
	struct reading r = { .at = arena, .e = e };
	struct pool parsers;
	bool good;

	if (document.size > limit || document.size > INT_MAX)
		return error_set(e, ERROR_REFUSED, "YANG-13",
				 "XML: document of %zu bytes, at most %zu are read",
				 document.size, limit);
	if (document.size == 0)
		return error_set(e, ERROR_MALFORMED, NULL, "XML: the document is empty");
	/* UTF-16, which expat finds out by itself, has a mark, and a NUL beside every '<'. */
	if (text_utf8_length(document) == 0 || memchr(document.at, 0, document.size))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "XML: not UTF-8, or with a NUL in it");
	if (arena_size < CONFIG_XML_PARSER_SIZE + 2 * alignof(max_align_t))
		return error_set(e, ERROR_MACHINE, NULL, "XML: no memory was lent");
	parser_at = arena_size - CONFIG_XML_PARSER_SIZE;
	parser_at -= (uintptr_t)((uint8_t *)arena + parser_at) & (alignof(max_align_t) - 1);
	r.left = parser_at;
	parsers = (struct pool){ .at = r.at + parser_at, .left = CONFIG_XML_PARSER_SIZE };

	pool = &parsers;
	r.parser = XML_ParserCreate_MM("UTF-8", &memory, "\n");
	good = r.parser ? parse(&r, document)
			: error_set(e, ERROR_MACHINE, NULL, "XML: no memory was lent");
	if (r.parser)
		XML_ParserFree(r.parser);
	pool = NULL;
	if (!good)
		return false;
	*root = r.root;
	*used = parser_at - r.left;
	return true;
}

bool xml_prefix_find(struct bytes *uri, const struct xml_element *at, struct bytes prefix)
{
	for (; at; at = at->parent) {
		for (const struct xml_prefix *p = at->prefixes; p; p = p->next) {
			if (!bytes_equal(p->prefix, prefix))
				continue;
			if (p->uri.size)
				*uri = p->uri;
			return p->uri.size != 0;
		}
	}
	return false;
}

struct bytes xml_attribute(const struct xml_element *element, const char *name)
{
	for (const struct xml_attribute *a = element->attributes; a; a = a->next)
		if (bytes_equal_text(a->name, name))
			return a->value;
	return bytes_of(NULL, 0);
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct bytes xml_trim(struct bytes text)
{
	while (text.size && is_space(text.at[text.size - 1]))
		text.size--;
	while (text.size && is_space(text.at[0]))
		text = bytes_of(text.at + 1, text.size - 1);
	return text;
}

bool xml_is_blank(struct bytes text)
{
	return xml_trim(text).size == 0;
}

static bool is_character(struct bytes c)
{
	if (c.size == 1)
		return c.at[0] >= ' ' || is_space(c.at[0]);
	return c.size != 0 && !text_starts(c, "\xef\xbf\xbe") &&
	       !text_starts(c, "\xef\xbf\xbf");
}

void xml_write_text(struct writer *w, struct bytes text)
{
	while (text.size) {
		struct bytes c = bytes_of(text.at, text_utf8_length(text));

		if (bytes_equal_text(c, "<"))
			writer_text(w, "&lt;");
		else if (bytes_equal_text(c, ">"))
			writer_text(w, "&gt;"); /* "]]>" may not stand in text */
		else if (bytes_equal_text(c, "&"))
			writer_text(w, "&amp;");
		else if (bytes_equal_text(c, "\r"))
			writer_text(w, "&#13;"); /* bare it would come back as a newline */
		else if (is_character(c))
			writer_bytes(w, c);
		else
			writer_text(w, "\xef\xbf\xbd");
		c.size += c.size == 0;
		text = bytes_of(text.at + c.size, text.size - c.size);
	}
}

/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/error.h"
#include "base/writer.h"

/*
 * Hostile JSON (RFC 8259), read whole into memory the caller gives, and asked by name.
 *
 * What is refused before anything is seen: a document above the caller's limit, bytes
 * that are not UTF-8, a byte order mark, anything after the document, more than
 * CONFIG_JSON_DEPTH_MAX levels, more than CONFIG_JSON_MEMBERS_MAX members in one object,
 * and a member name that stands twice in one object (YANG-13).
 *
 * Absent and wrong are two things: json_member() says whether a member is there, the
 * getters fail on another type.  There is no getter with a default.
 */

struct json_value; /* one value of a document; lives as long as the arena */

/*
 * Arena bytes that always hold a well-formed document of @size bytes whose values are
 * mostly text; a document of very many small values may need more and is then refused.
 */
#define JSON_ARENA_SIZE(size) ((size_t)(size)*4 + 1024)

/*
 * Read a document.
 *
 * @root: points into @arena, which is lent until the last use of any of its values.
 * @limit: the largest document accepted, in bytes.
 * Errors: ERROR_MALFORMED; ERROR_REFUSED (limits).  Rule: YANG-13 where it speaks of it.
 */
MUST_CHECK bool json_read(const struct json_value **root, struct bytes document, size_t limit,
			  void *arena, size_t arena_size, struct error *e);

bool json_is_object(const struct json_value *v);
bool json_is_list(const struct json_value *v);
bool json_is_text(const struct json_value *v);
bool json_is_null(const struct json_value *v);

/* "object", "list", "string", ...: for sentences. */
const char *json_type_name(const struct json_value *v);

/* The member of that exact name; NULL when there is none or @object is no object. */
const struct json_value *json_member(const struct json_value *object, const char *name);

/*
 * The member called @name or "@module:@name" (YANG-3); *@to is NULL when there is none.
 * Both at once is an error: one node twice.
 */
MUST_CHECK bool json_yang_member(const struct json_value **to,
				 const struct json_value *object, const char *module,
				 const char *name, struct error *e);

/*
 * Typed views.  @what names the value in the error ("server: port is a string, not a
 * number").  Text is the decoded string, borrowed from the arena; it may hold NUL.
 */
MUST_CHECK bool json_text(struct bytes *to, const struct json_value *v, const char *what,
			  struct error *e);
MUST_CHECK bool json_flag(bool *to, const struct json_value *v, const char *what,
			  struct error *e);
MUST_CHECK bool json_number(uint64_t *to, const struct json_value *v, uint64_t max,
			    const char *what, struct error *e);

/* Any number for people, as it is written, cut after 31 characters; "" for other values.
 * Returns @to. */
const char *json_number_text(char to[static 32], const struct json_value *v);

/* A base64 string, decoded to the end of @into (YANG binary). */
MUST_CHECK bool json_binary(struct bytes *to, struct writer *into, const struct json_value *v,
			    const char *what, struct error *e);

/* Only the type: the value is an object, or a list. */
MUST_CHECK bool json_object(const struct json_value *v, const char *what, struct error *e);
MUST_CHECK bool json_list(const struct json_value *v, const char *what, struct error *e);

/* Walk a list, or the members of an object, in document order. */
struct json_walk {
	const struct json_value *at; /* fields belong to json.c */
	size_t left;
	bool members;
};

struct json_walk json_walk(const struct json_value *v);

/* The next value, NULL at the end.  @name (may be NULL): the member's, empty in a list. */
const struct json_value *json_walk_next(struct json_walk *walk, struct bytes *name);

/* SPDX-License-Identifier: MIT */
#include "codec/json.h"

#include <stdio.h>
#include <yyjson.h>

#include "base/text.h"
#include "codec/base64.h"
#include "config.h"

/*
 * yyjson reads without recursion and without standard allocation (the arena is its pool);
 * it checks UTF-8 and refuses what RFC 8259 does not know.  Depth, number of members and
 * names that stand twice are checked here, over the finished tree, before anybody sees it.
 */

static yyjson_val *inner(const struct json_value *v)
{
	return (yyjson_val *)(uintptr_t)v;
}

static const struct json_value *outer(const yyjson_val *v)
{
	return (const struct json_value *)v;
}

/* Of a string, or of a number as it is written. */
static struct bytes text_of(yyjson_val *v)
{
	return bytes_of(unsafe_yyjson_get_str(v), unsafe_yyjson_get_len(v));
}

/* A name that stands twice; false when all are different. */
static bool find_twin(yyjson_val *object, struct bytes *twin)
{
	yyjson_val *key = unsafe_yyjson_get_first(object);
	size_t count = unsafe_yyjson_get_len(object);

	for (size_t i = 0; i < count; i++, key = unsafe_yyjson_get_next(key + 1)) {
		yyjson_val *other = unsafe_yyjson_get_first(object);

		for (size_t j = 0; j < i; j++, other = unsafe_yyjson_get_next(other + 1)) {
			if (bytes_equal(text_of(key), text_of(other))) {
				*twin = text_of(key);
				return true;
			}
		}
	}
	return false;
}

static bool check_members(yyjson_val *object, struct error *e)
{
	size_t count = unsafe_yyjson_get_len(object);
	struct bytes twin;

	if (count > CONFIG_JSON_MEMBERS_MAX)
		return error_set(e, ERROR_REFUSED, "YANG-13",
				 "JSON: an object of %zu members, at most %d are read", count,
				 CONFIG_JSON_MEMBERS_MAX);
	if (find_twin(object, &twin))
		return error_set(e, ERROR_MALFORMED, "YANG-13",
				 "JSON: member '%s' stands twice in one object",
				 TEXT_QUOTED(twin));
	return true;
}

static bool check_tree(yyjson_val *v, unsigned depth, struct error *e)
{
	bool is_object = yyjson_is_obj(v);

	if (!is_object && !yyjson_is_arr(v))
		return true;
	if (depth > CONFIG_JSON_DEPTH_MAX)
		return error_set(e, ERROR_REFUSED, "YANG-13", "JSON: deeper than %d levels",
				 CONFIG_JSON_DEPTH_MAX);
	if (is_object && !check_members(v, e))
		return false;

	yyjson_val *at = unsafe_yyjson_get_first(v);

	for (size_t left = unsafe_yyjson_get_len(v); left > 0; left--) {
		yyjson_val *value = is_object ? at + 1 : at;

		if (!check_tree(value, depth + 1, e))
			return false;
		at = unsafe_yyjson_get_next(value);
	}
	return true;
}

bool json_read(const struct json_value **root, struct bytes document, size_t limit,
	       void *arena, size_t arena_size, struct error *e)
{
	yyjson_read_err why;
	yyjson_alc pool;

	if (document.size > limit)
		return error_set(e, ERROR_REFUSED, "YANG-13",
				 "JSON: document of %zu bytes, at most %zu are read",
				 document.size, limit);
	if (document.size == 0)
		return error_set(e, ERROR_MALFORMED, NULL, "JSON: the document is empty");
	if (!yyjson_alc_pool_init(&pool, arena, arena_size))
		return error_set(e, ERROR_MACHINE, NULL, "JSON: no memory was lent");

	/* Without YYJSON_READ_INSITU the input is only read: the cast takes nothing away. */
	yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)document.at, document.size,
					   YYJSON_READ_NUMBER_AS_RAW, &pool, &why);

	if (!doc && why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
		return error_set(e, ERROR_REFUSED, "YANG-13",
				 "JSON: more values than are read");
	if (!doc)
		return error_set(e, ERROR_MALFORMED, NULL, "JSON: %s at byte %zu", why.msg,
				 why.pos);
	if (!check_tree(yyjson_doc_get_root(doc), 1, e))
		return false;
	*root = outer(yyjson_doc_get_root(doc));
	return true;
}

bool json_is_object(const struct json_value *v)
{
	return yyjson_is_obj(inner(v));
}

bool json_is_list(const struct json_value *v)
{
	return yyjson_is_arr(inner(v));
}

bool json_is_text(const struct json_value *v)
{
	return yyjson_is_str(inner(v));
}

bool json_is_null(const struct json_value *v)
{
	return yyjson_is_null(inner(v));
}

const char *json_type_name(const struct json_value *v)
{
	switch (yyjson_get_type(inner(v))) {
	case YYJSON_TYPE_NULL:
		return "null";
	case YYJSON_TYPE_BOOL:
		return "true or false";
	case YYJSON_TYPE_RAW:
		return "a number";
	case YYJSON_TYPE_STR:
		return "a string";
	case YYJSON_TYPE_ARR:
		return "a list";
	case YYJSON_TYPE_OBJ:
		return "an object";
	default:
		return "nothing";
	}
}

const struct json_value *json_member(const struct json_value *object, const char *name)
{
	struct json_walk walk = json_walk(object);
	const struct json_value *v;
	struct bytes found;

	if (!walk.members)
		return NULL;
	while ((v = json_walk_next(&walk, &found)))
		if (bytes_equal_text(found, name))
			return v;
	return NULL;
}

bool json_yang_member(const struct json_value **to, const struct json_value *object,
		      const char *module, const char *name, struct error *e)
{
	char full[128];

	snprintf(full, sizeof(full), "%s:%s", module, name);

	const struct json_value *plain = json_member(object, name);
	const struct json_value *prefixed = json_member(object, full);

	if (plain && prefixed)
		return error_set(e, ERROR_MALFORMED, "YANG-13",
				 "JSON: %s stands twice, as %s too", name, full);
	*to = plain ? plain : prefixed;
	return true;
}

static bool refuse_type(const struct json_value *v, const char *what, const char *wanted,
			struct error *e)
{
	return error_set(e, ERROR_MALFORMED, NULL, "%s is %s, not %s", what,
			 json_type_name(v), wanted);
}

bool json_text(struct bytes *to, const struct json_value *v, const char *what,
	       struct error *e)
{
	if (!json_is_text(v))
		return refuse_type(v, what, "a string", e);
	*to = text_of(inner(v));
	return true;
}

bool json_flag(bool *to, const struct json_value *v, const char *what, struct error *e)
{
	if (!yyjson_is_bool(inner(v)))
		return refuse_type(v, what, "true or false", e);
	*to = yyjson_is_true(inner(v));
	return true;
}

bool json_number(uint64_t *to, const struct json_value *v, uint64_t max, const char *what,
		 struct error *e)
{
	if (!yyjson_is_raw(inner(v)))
		return refuse_type(v, what, "a number", e);
	if (!text_number(to, text_of(inner(v)), max))
		return error_set(e, ERROR_MALFORMED, NULL,
				 "%s is not a whole number from 0 to %llu", what,
				 (unsigned long long)max);
	return true;
}

const char *json_number_text(char to[static 32], const struct json_value *v)
{
	snprintf(to, 32, "%s", yyjson_is_raw(inner(v)) ? yyjson_get_raw(inner(v)) : "");
	return to;
}

bool json_binary(struct bytes *to, struct writer *into, const struct json_value *v,
		 const char *what, struct error *e)
{
	struct bytes text;

	if (!json_text(&text, v, what, e))
		return false;
	if (!base64_decode(to, into, text, e))
		return error_wrap(e, "%s", what);
	return true;
}

bool json_object(const struct json_value *v, const char *what, struct error *e)
{
	return json_is_object(v) || refuse_type(v, what, "an object", e);
}

bool json_list(const struct json_value *v, const char *what, struct error *e)
{
	return json_is_list(v) || refuse_type(v, what, "a list", e);
}

struct json_walk json_walk(const struct json_value *v)
{
	struct json_walk walk = { 0 };

	if (yyjson_is_ctn(inner(v))) {
		walk.at = outer(unsafe_yyjson_get_first(inner(v)));
		walk.left = unsafe_yyjson_get_len(inner(v));
		walk.members = yyjson_is_obj(inner(v));
	}
	return walk;
}

const struct json_value *json_walk_next(struct json_walk *walk, struct bytes *name)
{
	if (walk->left == 0)
		return NULL;

	yyjson_val *at = inner(walk->at), *value = walk->members ? at + 1 : at;

	if (name)
		*name = walk->members ? text_of(at) : (struct bytes){ 0 };
	walk->left--;
	walk->at = walk->left ? outer(unsafe_yyjson_get_next(value)) : NULL;
	return outer(value);
}

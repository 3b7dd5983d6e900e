/* SPDX-License-Identifier: MIT */
#include "codec/json.h"

#include <stdlib.h>

#include "check.h"
#include "config.h"

static uint8_t arena[64 * 1024];
static const struct json_value *root;
static struct error e;

static bool reads(const char *text)
{
	memset(&e, 0, sizeof(e));
	return json_read(&root, bytes_of_text(text), 4096, arena, sizeof(arena), &e);
}

TEST(reads_values_by_name_and_type, "YANG-3")
{
	struct bytes text, decoded;
	uint8_t room[16];
	struct writer into = writer_over(room, sizeof(room));
	uint64_t number;
	bool flag;

	CHECK(reads("{\"a\":\"t\\u00e9xt\",\"b\":true,\"c\":443,\"d\":[1,\"x\"],\"e\":null,"
		    "\"f\":\"Zm9v\",\"g\":{}}"));
	CHECK(json_is_object(root));
	CHECK(json_text(&text, json_member(root, "a"), "a", &e) &&
	      bytes_equal_text(text, "t\xc3\xa9xt"));
	CHECK(json_flag(&flag, json_member(root, "b"), "b", &e) && flag);
	CHECK(json_number(&number, json_member(root, "c"), 65535, "c", &e) && number == 443);
	CHECK(json_list(json_member(root, "d"), "d", &e));
	CHECK(json_is_null(json_member(root, "e")));
	CHECK(json_binary(&decoded, &into, json_member(root, "f"), "f", &e));
	CHECK(bytes_equal_text(decoded, "foo"));
	CHECK(json_object(json_member(root, "g"), "g", &e));
	CHECK(json_member(root, "h") == NULL);
	CHECK(json_member(json_member(root, "a"), "x") == NULL);
}

TEST(another_type_is_an_error_and_not_absent, "OV-18 YANG-12")
{
	struct bytes text;
	uint64_t number;
	bool flag;
	uint8_t room[16];
	struct writer into = writer_over(room, sizeof(room));

	CHECK(reads("{\"a\":1,\"b\":\"true\",\"c\":\"443\",\"d\":-1,\"e\":1.5,\"f\":65536,"
		    "\"g\":null}"));
	CHECK(!json_text(&text, json_member(root, "a"), "a", &e));
	CHECK_STR(e.text, "a is a number, not a string");
	CHECK(!json_flag(&flag, json_member(root, "b"), "b", &e));
	CHECK(!json_number(&number, json_member(root, "c"), 65535, "c", &e));
	CHECK(!json_number(&number, json_member(root, "d"), 65535, "d", &e));
	CHECK(!json_number(&number, json_member(root, "e"), 65535, "e", &e));
	CHECK(!json_number(&number, json_member(root, "f"), 65535, "f", &e));
	CHECK(!json_text(&text, json_member(root, "g"), "g", &e));
	CHECK(!json_list(json_member(root, "a"), "a", &e));
	CHECK(!json_object(json_member(root, "a"), "a", &e));
	CHECK(!json_binary(&text, &into, json_member(root, "a"), "a", &e));
}

TEST(refuses_what_is_no_json, "YANG-13")
{
	static const char *const wrong[] = {
		"",
		" ",
		"{",
		"}",
		"{}x",
		"{} {}",
		"[1,]",
		"{\"a\":1,}",
		"{'a':1}",
		"{a:1}",
		"nan",
		"NaN",
		"Infinity",
		"01",
		"1.",
		".5",
		"+1",
		"tru",
		"\"",
		"\"\\x\"",
		"\"\t\"",
		"\"\\ud800\"",
		"\"\xff\"",
		"\"\xc0\x80\"",
		"\"\xed\xa0\x80\"",
		"// c\n{}",
		"{}/**/",
		"\xef\xbb\xbf{}",
		"{\"a\"}",
		"{\"a\":}",
		"[1 2]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (reads(wrong[i]))
			printf("taken: '%s'\n", wrong[i]), check_failed = true;
}

TEST(refuses_names_that_stand_twice, "YANG-13")
{
	CHECK(!reads("{\"a\":1,\"b\":2,\"a\":1}"));
	CHECK_STR(e.rule, "YANG-13");
	CHECK(strstr(e.text, "'a' stands twice"));
	CHECK(!reads("{\"x\":[{\"a\":1,\"a\":2}]}"));
	CHECK(!reads("{\"a\":1,\"\\u0061\":2}")); /* the same name, written differently */
	CHECK(reads("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"));
}

TEST(refuses_one_node_under_two_names, "YANG-3 YANG-13")
{
	const struct json_value *v;

	CHECK(reads("{\"m:a\":1,\"b\":2,\"m:c\":3,\"c\":4}"));
	CHECK(json_yang_member(&v, root, "m", "a", &e) && v);
	CHECK(json_yang_member(&v, root, "m", "b", &e) && v);
	CHECK(json_yang_member(&v, root, "m", "d", &e) && !v);
	CHECK(!json_yang_member(&v, root, "m", "c", &e));
}

static char *nested(int depth)
{
	char *text = malloc((size_t)depth * 2 + 1);

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	text[2 * depth] = '\0';
	return text;
}

TEST(refuses_deep_trees, "YANG-13")
{
	char *text = nested(CONFIG_JSON_DEPTH_MAX);

	CHECK(reads(text));
	free(text);
	text = nested(CONFIG_JSON_DEPTH_MAX + 1);
	CHECK(!reads(text));
	CHECK_STR(e.rule, "YANG-13");
	free(text);
	text = nested(2000);
	CHECK(!reads(text));
	free(text);
}

TEST(refuses_wide_objects, "YANG-13")
{
	static char text[16384];
	size_t used = 1;

	text[0] = '{';
	for (int i = 0; i < CONFIG_JSON_MEMBERS_MAX; i++)
		used += (size_t)sprintf(text + used, "%s\"m%d\":1", i ? "," : "", i);
	strcpy(text + used, "}");
	CHECK(json_read(&root, bytes_of_text(text), sizeof(text), arena, sizeof(arena), &e));
	strcpy(text + used, ",\"one more\":1}");
	CHECK(!json_read(&root, bytes_of_text(text), sizeof(text), arena, sizeof(arena), &e));
	CHECK_STR(e.rule, "YANG-13");
}

TEST(refuses_large_documents_and_small_arenas, "YANG-13")
{
	static char text[4098];

	memset(text, ' ', sizeof(text));
	text[0] = '1';
	CHECK(json_read(&root, bytes_of(text, 4096), 4096, arena, sizeof(arena), &e));
	CHECK(!json_read(&root, bytes_of(text, 4097), 4096, arena, sizeof(arena), &e));
	CHECK_STR(e.rule, "YANG-13");
	/* Many small values need more than the arena: refused, never a crash. */
	text[0] = '[';
	for (size_t i = 1; i < 4095; i += 2)
		text[i] = '1', text[i + 1] = ',';
	text[4094] = '1', text[4095] = ']';
	for (size_t size = 0; size < 40000; size += 997)
		if (!json_read(&root, bytes_of(text, 4096), 4096, arena, size, &e))
			CHECK(e.code == ERROR_REFUSED || e.code == ERROR_MACHINE);
	CHECK(json_read(&root, bytes_of(text, 4096), 4096, arena, sizeof(arena), &e));
}

TEST(arena_size_is_enough_for_text, "")
{
	static char text[4096];
	static uint8_t exact[JSON_ARENA_SIZE(4096)];

	memset(text, 'x', sizeof(text));
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + sizeof(text) - 2, "\"}", 2);
	CHECK(json_read(&root, bytes_of(text, sizeof(text)), sizeof(text), exact,
			sizeof(exact), &e));
	CHECK(json_read(&root, bytes_of_text("{\"a\":1}"), 4096, exact, JSON_ARENA_SIZE(7),
			&e));
}

TEST(walks_in_document_order, "")
{
	const struct json_value *v;
	struct bytes name;
	uint64_t number, sum = 0;
	char names[8] = "";

	CHECK(reads("{\"a\":[1,2,[3],{}],\"b\":{\"x\":4},\"c\":5}"));
	for (struct json_walk w = json_walk(root); (v = json_walk_next(&w, &name));)
		strncat(names, (const char *)name.at, name.size);
	CHECK_STR(names, "abc");
	for (struct json_walk w = json_walk(json_member(root, "a"));
	     (v = json_walk_next(&w, &name));) {
		CHECK(name.size == 0);
		if (!json_is_list(v) && !json_is_object(v) &&
		    json_number(&number, v, 9, "x", &e))
			sum += number;
	}
	CHECK(sum == 3);
	for (struct json_walk w = json_walk(json_member(root, "c"));
	     (v = json_walk_next(&w, NULL));)
		CHECK(false);
}

TEST(numbers_become_text_for_people, "")
{
	static const char *const texts[][2] = {
		{ "0", "0" }, { "18446744073709551615", "18446744073709551615" },
		{ "3.14159", "3.14159" }, { "-1", "-1" }, { "1e300", "1e300" },
		{ "0.005", "0.005" }, { "\"1\"", "" }, { "true", "" }, { "null", "" },
	};
	char document[64], text[32];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(document, sizeof(document), "{\"a\":%s}", texts[i][0]);
		CHECK(reads(document));
		CHECK_STR(json_number_text(text, json_member(root, "a")), texts[i][1]);
	}
}

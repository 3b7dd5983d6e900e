/* SPDX-License-Identifier: MIT */
#include "codec/yang_xml.h"

#include "check.h"
#include "config.h"

#define IETF "urn:ietf:params:xml:ns:yang:"

static const struct yang_node entry[] = {
	{ .name = "key", .type = YANG_STRING },
	{ .name = "size", .type = YANG_NUMBER },
	{ 0 },
};

static const struct yang_node box[] = {
	{ .name = "text", .type = YANG_STRING },
	{ .name = "flag", .type = YANG_BOOLEAN },
	{ .name = "number", .type = YANG_NUMBER },
	{ .name = "blob", .type = YANG_BINARY },
	{ .name = "nothing", .type = YANG_EMPTY },
	{ .name = "choice", .type = YANG_ENUMERATION },
	{ .name = "identity", .type = YANG_IDENTITY },
	{ .name = "uri", .type = YANG_STRING, .many = true },
	{ .name = "entry", .many = true, .children = entry },
	{ .name = "inner", .children = entry },
	{ .module = "other", .name = "added", .type = YANG_STRING },
	{ 0 },
};

static const struct yang_node schema[] = {
	{ .module = "ietf-x", .name = "box", .children = box },
	{ .module = "ietf-x", .name = "word", .type = YANG_STRING },
	{ 0 },
};

static uint8_t arena[128 * 1024];
static char text[8192];
static size_t unknown;
static struct error e;

static bool converts(const char *document)
{
	struct bytes json;

	memset(&e, 0, sizeof(e));
	if (!yang_xml_to_json(&json, &unknown, bytes_of_text(document), schema, 1 << 20,
			      arena, sizeof(arena), &e))
		return false;
	CHECK(json.at == arena && json.size < sizeof(text));
	memcpy(text, json.at, json.size);
	text[json.size] = '\0';
	return true;
}

/* The members of the box without line ends and indentation; the rule, or "?", when refused.
 */
static const char *members(const char *inside)
{
	static const char head[] = "{\"ietf-x:box\": {";
	char document[4096], *to = text;

	snprintf(document, sizeof(document), "<box xmlns='" IETF "ietf-x'>%s</box>", inside);
	if (!converts(document))
		return e.rule[0] ? e.rule : "?";
	for (const char *from = text; *from; from++) {
		if (*from != '\n')
			*to++ = *from;
		else
			from += strspn(from + 1, " ");
	}
	*to = '\0';
	CHECK(strncmp(text, head, sizeof(head) - 1) == 0 && strcmp(to - 2, "}}") == 0);
	to[-2] = '\0';
	return text + sizeof(head) - 1;
}

TEST(looks_like_this, "")
{
	CHECK(converts("<box xmlns='" IETF "ietf-x'><text>a</text><entry><key>k</key></entry>"
		       "<uri>u</uri><uri>v</uri><inner/></box>"));
	CHECK_STR(text, "{\n"
			"  \"ietf-x:box\": {\n"
			"    \"text\": \"a\",\n"
			"    \"uri\": [\n"
			"      \"u\",\n"
			"      \"v\"\n"
			"    ],\n"
			"    \"entry\": [\n"
			"      {\n"
			"        \"key\": \"k\"\n"
			"      }\n"
			"    ],\n"
			"    \"inner\": {}\n"
			"  }\n"
			"}");
	CHECK(converts("<word xmlns='" IETF "ietf-x'>w</word>"));
	CHECK_STR(text, "{\n  \"ietf-x:word\": \"w\"\n}");
}

TEST(strings_stay_as_they_are, "")
{
	CHECK_STR(members("<text> a\"\\ </text>"), "\"text\": \" a\\\"\\\\ \"");
	CHECK_STR(members("<text/>"), "\"text\": \"\"");
	CHECK_STR(members("<text>&#9;&#10;</text>"), "\"text\": \"\\u0009\\u000a\"");
	CHECK_STR(members("<text>true</text>"), "\"text\": \"true\"");
	CHECK_STR(members("<text><![CDATA[<a>]]>&amp;</text>"), "\"text\": \"<a>&\"");
}

TEST(leaves_have_their_type, "YANG-8")
{
	CHECK_STR(members("<flag> true\n</flag>"), "\"flag\": true");
	CHECK_STR(members("<flag>false</flag>"), "\"flag\": false");
	CHECK_STR(members("<number> 443 </number>"), "\"number\": 443");
	CHECK_STR(members("<number>0</number>"), "\"number\": 0");
	CHECK_STR(members("<number>18446744073709551615</number>"),
		  "\"number\": 18446744073709551615");
	CHECK_STR(members("<nothing/>"), "\"nothing\": [null]");
	CHECK_STR(members("<nothing> </nothing>"), "\"nothing\": [null]");
	CHECK_STR(members("<choice> merge </choice>"), "\"choice\": \"merge\"");
	CHECK_STR(members("<blob>\n QUJD\n\tREVG\r\n</blob>"), "\"blob\": \"QUJDREVG\"");
}

/* So that the JSON reader refuses it by the leaf's own rule. */
TEST(a_wrong_value_becomes_a_value_of_another_type, "YANG-1")
{
	CHECK_STR(members("<flag>1</flag>"), "\"flag\": \"1\"");
	CHECK_STR(members("<flag>TRUE</flag>"), "\"flag\": \"TRUE\"");
	CHECK_STR(members("<flag/>"), "\"flag\": \"\"");
	CHECK_STR(members("<number>0443</number>"), "\"number\": \"0443\"");
	CHECK_STR(members("<number>-1</number>"), "\"number\": \"-1\"");
	CHECK_STR(members("<number>1e2</number>"), "\"number\": \"1e2\"");
	CHECK_STR(members("<number>1,\"x\":2</number>"), "\"number\": \"1,\\\"x\\\":2\"");
	CHECK_STR(members("<number>18446744073709551616</number>"),
		  "\"number\": \"18446744073709551616\"");
	CHECK_STR(members("<nothing>x</nothing>"), "\"nothing\": \"x\"");
	CHECK_STR(members("<text><text>a</text></text>"), "\"text\": {}");
	CHECK_STR(members("<flag><x/></flag>"), "\"flag\": {}");
	CHECK_STR(members("<inner>x</inner>"), "\"inner\": \"x\"");
	CHECK_STR(members("<entry>x</entry>"), "\"entry\": [\"x\"]");
	CHECK_STR(members("<blob>QU\"JD</blob>"), "\"blob\": \"QU\\\"JD\"");
}

TEST(lists_keep_the_order_of_the_document, "")
{
	CHECK_STR(members("<uri>1</uri><text>a</text><uri>2</uri><uri>1</uri>"),
		  "\"text\": \"a\",\"uri\": [\"1\",\"2\",\"1\"]");
	CHECK_STR(members("<entry><key>a</key></entry><flag>true</flag><entry/>"),
		  "\"flag\": true,\"entry\": [{\"key\": \"a\"},{}]");
}

TEST(what_stands_twice_is_refused, "YANG-13")
{
	CHECK_STR(members("<text>a</text>"), "\"text\": \"a\"");
	CHECK_STR(members("<text>a</text><text>a</text>"), "YANG-13");
	CHECK_STR(members("<text>a</text><uri>1</uri><text>b</text>"), "YANG-13");
	CHECK(strstr(e.text, "text stands twice"));
	CHECK_STR(members("<inner/><inner/>"), "YANG-13");
	CHECK_STR(members("<entry><key>a</key><key>b</key></entry>"), "YANG-13");
	CHECK_STR(members("<text>a</text><p:text xmlns:p='" IETF "ietf-x'>b</p:text>"),
		  "YANG-13");
}

TEST(unknown_nodes_are_counted_and_left_away, "YANG-12")
{
	CHECK_STR(members("<text>a</text><colour><text>b</text></colour><colour/>"),
		  "\"text\": \"a\"");
	CHECK(unknown == 2);
	CHECK_STR(members("<entry><x/></entry>"), "\"entry\": [{}]");
	CHECK(unknown == 1);
	CHECK_STR(members("<text xmlns='urn:other'>a</text><text xmlns=''>b</text>"), "");
	CHECK(unknown == 2);
	CHECK_STR(members("<text xmlns='" IETF
			  "ietf-xy'>a</text><text xmlns='ietf-x'>b</text>"),
		  "");
	CHECK(unknown == 2);
	CHECK_STR(members("<Text>a</Text>"), "");
	CHECK(unknown == 1);
}

TEST(nodes_of_another_module_bring_its_name, "YANG-3")
{
	CHECK_STR(members("<added xmlns='" IETF "other'>a</added>"),
		  "\"other:added\": \"a\"");
	CHECK_STR(members("<added>a</added>"), "");
}

TEST(another_document_is_an_empty_object, "YANG-1")
{
	CHECK(converts("<box xmlns='" IETF "ietf-y'><text>a</text></box>") && unknown == 1);
	CHECK_STR(text, "{}");
	CHECK(converts("<html/>") && unknown == 1);
	CHECK_STR(text, "{}");
	CHECK(converts("<text xmlns='" IETF "ietf-x'/>"));
	CHECK_STR(text, "{}");
	CHECK(!converts("text"));
}

TEST(identities_are_resolved_where_they_stand, "YANG-4")
{
	CHECK_STR(members("<identity>sha-256</identity>"),
		  "\"identity\": \"ietf-x:sha-256\"");
	CHECK_STR(members("<identity xmlns:a='" IETF "ietf-y'>\n a:b </identity>"),
		  "\"identity\": \"ietf-y:b\"");
	CHECK_STR(
		members("<p:identity xmlns:p='" IETF "ietf-x' xmlns='urn:v'>b</p:identity>"),
		"\"identity\": \"{urn:v}b\"");
	/* A namespace that looks like a module's name is none. */
	CHECK_STR(
		members("<p:identity xmlns:p='" IETF "ietf-x' xmlns='ietf-x'>b</p:identity>"),
		"\"identity\": \"{ietf-x}b\"");
	CHECK_STR(members("<identity/>"), "\"identity\": \"\"");
	CHECK_STR(members("<identity>q:b</identity>"), "YANG-4");
	CHECK(strstr(e.text, "'q'"));
	CHECK_STR(members("<identity>:b</identity>"), "YANG-4");
	CHECK_STR(members("<p:identity xmlns:p='" IETF "ietf-x' xmlns=''>b</p:identity>"),
		  "YANG-4");
	CHECK_STR(members("<identity>ietf-x:b</identity>"), "YANG-4");
}

TEST(the_tree_is_read_by_the_json_reader, "")
{
	const struct json_value *root, *v;
	struct bytes found;

	CHECK(yang_xml_read(&root, &unknown,
			    bytes_of_text("<word xmlns='" IETF "ietf-x'>&#228;</word>"),
			    schema, 1024, arena, sizeof(arena), &e));
	v = json_member(root, "ietf-x:word");
	CHECK(v && json_text(&found, v, "word", &e) && bytes_equal_text(found, "\xc3\xa4"));
	CHECK(!yang_xml_read(&root, &unknown, bytes_of_text("<word/>"), schema, 6, arena,
			     sizeof(arena), &e));
	CHECK_STR(e.rule, "YANG-13");
}

TEST(arena_size_is_enough_for_text, "USB-10")
{
	enum { SIZE = 1024 * 1024 };
	static char document[SIZE + 1];
	static uint8_t exact[YANG_XML_ARENA_SIZE(SIZE)];
	static const char head[] = "<box xmlns='" IETF "ietf-x'><blob>";
	static const char tail[] = "</blob></box>";
	const struct json_value *root;
	const struct bytes few = bytes_of_text("<box xmlns='" IETF
					       "ietf-x'><number>1</number></box>");

	memset(document, 'A', SIZE);
	memcpy(document, head, sizeof(head) - 1);
	memcpy(document + SIZE - sizeof(tail) + 1, tail, sizeof(tail));
	CHECK(yang_xml_read(&root, &unknown, bytes_of_text(document), schema, SIZE, exact,
			    sizeof(exact), &e));
	CHECK(yang_xml_read(&root, &unknown, few, schema, SIZE, exact,
			    YANG_XML_ARENA_SIZE(few.size), &e));
}

TEST(what_grows_beyond_the_arena_is_refused, "YANG-13")
{
	static char document[48 * 1024];
	static const char head[] = "<word xmlns='" IETF "ietf-x'>";

	memset(document, '\n', sizeof(document));
	memcpy(document, head, sizeof(head) - 1);
	strcpy(document + sizeof(document) - 8, "</word>");
	CHECK(!converts(document));
	CHECK_STR(e.rule, "YANG-13");
}

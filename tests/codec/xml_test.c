/* SPDX-License-Identifier: MIT */
#include "codec/xml.h"

#include "check.h"
#include "config.h"

static uint8_t arena[256 * 1024];
static const struct xml_element *root;
static size_t used;
static struct error e;

static bool reads_bytes(const void *at, size_t size)
{
	memset(&e, 0, sizeof(e));
	root = NULL;
	return xml_read(&root, &used, bytes_of(at, size), 1 << 20, arena, sizeof(arena), &e);
}

static bool reads(const char *text)
{
	return reads_bytes(text, strlen(text));
}

/* The rule of the refusal, "malformed" for one without; "" when it is taken. */
static const char *refusal(const char *text)
{
	if (reads(text))
		return "";
	CHECK(root == NULL && e.text[0] != '\0');
	return e.rule[0] ? e.rule : "malformed";
}

/* Is the root's text @text? */
static bool text_is(const char *document, const char *text)
{
	return reads(document) && bytes_equal_text(root->text, text);
}

TEST(builds_the_tree_in_document_order, "")
{
	CHECK(reads(
		"<?xml version='1.0' encoding='utf-8'?>\n<!-- a --><a>\n <b>1</b> <?pi x?>\n"
		" <c><b/></c>\n <b>2</b>\n</a>\n<!-- end -->\n"));
	CHECK(bytes_equal_text(root->name, "a") && root->uri.size == 0 &&
	      root->text.size == 0);
	CHECK(!root->next && !root->parent);
	const struct xml_element *b = root->child, *c = b->next;
	CHECK(bytes_equal_text(b->name, "b") && bytes_equal_text(b->text, "1"));
	CHECK(bytes_equal_text(c->name, "c") && bytes_equal_text(c->child->name, "b"));
	CHECK(!c->child->next && c->child->parent == c && c->child->text.size == 0);
	CHECK(bytes_equal_text(c->next->text, "2") && !c->next->next && !c->next->child);
	CHECK(used > 0 && used < 2048);
}

TEST(text_comes_in_one_piece, "YANG-13")
{
	CHECK(text_is("<a>one<![CDATA[ <two> ]]>&amp;&lt;&#x41;&#66;&quot;</a>",
		      "one <two> &<AB\""));
	CHECK(text_is("<a>JADA<!-- -->123</a>", "JADA123"));
	CHECK(text_is("<a>l1\r\nl2\rl3\n</a>", "l1\nl2\nl3\n"));
	CHECK(text_is("<a><![CDATA[]]></a>", ""));
	CHECK(text_is("<a>\xc3\xa4\xf0\x9f\x98\x80</a>", "\xc3\xa4\xf0\x9f\x98\x80"));
	CHECK(text_is("<a> \n </a>", " \n "));
}

TEST(text_beside_elements_is_refused, "YANG-13")
{
	CHECK_STR(refusal("<a> <b/> </a>"), "");
	CHECK_STR(refusal("<a>x<b/></a>"), "malformed");
	CHECK_STR(refusal("<a><b/>x</a>"), "malformed");
	CHECK_STR(refusal("<a><b/><![CDATA[x]]></a>"), "malformed");
	CHECK_STR(refusal("<a>x<b xmlns='u'/></a>"), "malformed");
	CHECK_STR(refusal("<a>&#32;<b/>&#10;</a>"), "");
}

TEST(namespaces_go_by_uri, "")
{
	CHECK(reads("<p:a xmlns:p='u' xmlns='d'><b><c xmlns='' xmlns:p='v'><p:d/><e/></c></b>"
		    "<p:b/></p:a>"));
	const struct xml_element *b = root->child, *c = b->child, *d = c->child;
	CHECK(bytes_equal_text(root->name, "a") && bytes_equal_text(root->uri, "u"));
	CHECK(bytes_equal_text(b->uri, "d") && c->uri.size == 0);
	CHECK(bytes_equal_text(d->uri, "v") && bytes_equal_text(d->name, "d"));
	CHECK(d->next->uri.size == 0 && bytes_equal_text(b->next->uri, "u"));
}

TEST(prefixes_inside_text_can_be_looked_up, "YANG-4")
{
	struct bytes uri;

	CHECK(reads("<a xmlns='d' xmlns:p='u'><b xmlns:p='v'/><c xmlns=''/></a>"));
	const struct xml_element *b = root->child;
	CHECK(xml_prefix_find(&uri, root, bytes_of_text("p")) && bytes_equal_text(uri, "u"));
	CHECK(xml_prefix_find(&uri, b, bytes_of_text("p")) && bytes_equal_text(uri, "v"));
	CHECK(xml_prefix_find(&uri, b, bytes_of_text("")) && bytes_equal_text(uri, "d"));
	CHECK(!xml_prefix_find(&uri, b->next, bytes_of_text("")));
	CHECK(!xml_prefix_find(&uri, b, bytes_of_text("q")));
}

TEST(namespace_tricks_are_refused, "YANG-13")
{
	CHECK_STR(refusal("<p:a/>"), "malformed");
	CHECK_STR(refusal("<a xmlns:p=''/>"), "malformed");
	CHECK_STR(refusal("<a xmlns:xml='u'/>"), "malformed");
	CHECK_STR(refusal("<a xmlns:xmlns='u'/>"), "malformed");
	CHECK_STR(refusal("<a xmlns='u' xmlns='u'/>"), "malformed");
	CHECK_STR(refusal("<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>"), "malformed");
	/* The mark between URI and name cannot be smuggled in. */
	CHECK_STR(refusal("<p:a xmlns:p='u&#10;v'/>"), "malformed");
	CHECK(reads("<xml:a/>") &&
	      bytes_equal_text(root->uri, "http://www.w3.org/XML/1998/namespace"));
}

TEST(attributes_have_names_and_values, "")
{
	CHECK(text_is("<a x='1' xmlns:m='u' m:y='2' z='&lt;3'>t</a>", "t"));
	CHECK(bytes_equal_text(xml_attribute(root, "x"), "1"));
	CHECK(bytes_equal_text(xml_attribute(root, "z"), "<3"));
	CHECK(xml_attribute(root, "y").size == 0 && xml_attribute(root, "w").size == 0);
	CHECK(reads("<a x='1'> <b x='2'/> <c x=''/> </a>"));
	CHECK(bytes_equal_text(xml_attribute(root->child, "x"), "2"));
	CHECK(xml_attribute(root->child->next, "x").size == 0);
	CHECK_STR(refusal("<a x='1' x='2'/>"), "malformed");
	CHECK_STR(refusal("<a x=1/>"), "malformed");
}

TEST(document_types_and_entities_are_refused, "YANG-13")
{
	CHECK_STR(refusal("<!DOCTYPE a><a/>"), "YANG-13");
	CHECK_STR(refusal("<!DOCTYPE a [<!ENTITY b 'x'>]><a>&b;</a>"), "YANG-13");
	CHECK_STR(refusal("<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;&b;&b;&b;&b;'>"
			  "<!ENTITY d '&c;&c;&c;&c;&c;&c;'>]><a>&d;</a>"),
		  "YANG-13");
	CHECK_STR(refusal("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
		  "YANG-13");
	CHECK_STR(refusal("<!DOCTYPE a SYSTEM 'http://192.0.2.1/x.dtd'><a/>"), "YANG-13");
	CHECK_STR(refusal("<!DOCTYPE a [<!ENTITY % p SYSTEM 'x'> %p;]><a/>"), "YANG-13");
	CHECK_STR(refusal("<!DOCTYPE a [<!ATTLIST a xmlns CDATA 'u'>]><a/>"), "YANG-13");
	CHECK(strstr(e.text, "DOCTYPE"));
	CHECK_STR(refusal("<a>&b;</a>"), "malformed");
	CHECK_STR(refusal("<a x='&b;'/>"), "malformed");
	CHECK_STR(refusal("<?xml version='1.0' standalone='no'?><a>&b;</a>"), "malformed");
}

TEST(only_utf8_is_read, "HTTP-14 YANG-13")
{
	CHECK_STR(refusal("<?xml version='1.0' encoding='UTF-8'?><a/>"), "");
	CHECK_STR(refusal("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>"),
		  "malformed");
	CHECK_STR(refusal("<?xml version='1.0' encoding='ISO-8859-1'?><a/>"), "malformed");
	CHECK(strstr(e.text, "ISO-8859-1"));
	CHECK_STR(refusal("<?xml version='1.0' encoding='UTF-16'?><a/>"), "malformed");
	CHECK_STR(refusal("<?xml version='1.0' encoding='\x1b[31m'?><a/>"), "malformed");
	CHECK(!strchr(e.text, '\x1b'));
	CHECK_STR(refusal("<a>\xe4</a>"), "malformed");
	CHECK_STR(refusal("<a>\xc0\xbc</a>"), "malformed");
	CHECK_STR(refusal("<a>\xed\xa0\x80</a>"), "malformed");
	CHECK(!reads_bytes("\xff\xfe<\0a\0/\0>\0", 10));
	CHECK(!reads_bytes("\xfe\xff\0<\0a\0/\0>", 10));
	CHECK(!reads_bytes("<\0a\0/\0>\0", 8));
	CHECK(!reads_bytes("\0<\0a\0/\0>", 8));
	CHECK_STR(refusal("\xff\xfe<a/>"), "malformed");
	CHECK_STR(refusal("\xfe\xff<a/>"), "malformed");
	CHECK(reads("\xef\xbb\xbf<a/>"));
}

TEST(what_is_no_xml_character_is_refused, "YANG-13")
{
	CHECK(!reads_bytes("<a>x\0y</a>", 10));
	CHECK(!reads_bytes("<a/>\0", 5));
	CHECK_STR(refusal("<a>\x01</a>"), "malformed");
	CHECK_STR(refusal("<a>&#0;</a>"), "malformed");
	CHECK_STR(refusal("<a>&#x1b;</a>"), "malformed");
	CHECK_STR(refusal("<a>&#xD800;</a>"), "malformed");
	CHECK_STR(refusal("<a>&#x110000;</a>"), "malformed");
	CHECK_STR(refusal("<a>&#99999999999999999999;</a>"), "malformed");
}

TEST(what_is_not_well_formed_is_refused, "YANG-13")
{
	static const char *const bad[] = {
		"",
		" ",
		"x",
		"<a>",
		"<a></b>",
		"<a/><b/>",
		"<a/>x",
		"<a",
		"<a b/>",
		"<a><![CDATA[",
		"<!-- --><!-- -- --><a/>",
		" <?xml version='1.0'?><a/>",
		"<a>]]></a>",
		"<a:b:c/>",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_STR(refusal(bad[i]), "malformed");
	CHECK_STR(refusal("<a>\n\n</b>"), "malformed");
	CHECK(strstr(e.text, "line 3"));
}

TEST(every_truncation_is_refused, "YANG-13")
{
	static const char good[] = "<?xml version='1.0'?><a xmlns:p='u'><p:b "
				   "c='d'>&lt;<![CDATA[x]]></p:b><!--y--></a>";

	for (size_t n = 0; n < sizeof(good) - 1; n++)
		CHECK(!reads_bytes(good, n));
	CHECK(reads(good));
}

static const char *nested(unsigned levels)
{
	static char text[64 * 1024];
	size_t n = 0;

	for (unsigned i = 0; i < levels; i++)
		n += (size_t)sprintf(text + n, "<a>");
	for (unsigned i = 0; i < levels; i++)
		n += (size_t)sprintf(text + n, "</a>");
	return text;
}

TEST(depth_has_a_limit, "YANG-13")
{
	CHECK_STR(refusal(nested(CONFIG_XML_DEPTH_MAX)), "");
	CHECK_STR(refusal(nested(CONFIG_XML_DEPTH_MAX + 1)), "YANG-13");
	CHECK_STR(refusal(nested(5000)), "YANG-13");
}

static const char *prefixes(unsigned count)
{
	static char text[8192];
	size_t n = (size_t)sprintf(text, "<a");

	for (unsigned i = 0; i < count; i++)
		n += (size_t)sprintf(text + n, " xmlns:p%u='u%u'", i, i);
	sprintf(text + n, "/>");
	return text;
}

TEST(namespaces_of_one_tag_have_a_limit, "YANG-13")
{
	CHECK_STR(refusal(prefixes(CONFIG_XML_PREFIXES_MAX)), "");
	CHECK_STR(refusal(prefixes(CONFIG_XML_PREFIXES_MAX + 1)), "YANG-13");
}

/* <a x="..."/> and <aaa.../> of @size bytes each. */
TEST(names_and_attributes_have_a_limit, "YANG-13")
{
	static char text[128 * 1024];

	memset(text, 'a', sizeof(text));
	memcpy(text, "<a x='", 6);
	strcpy(text + 1000, "'/>");
	CHECK_STR(refusal(text), "");
	text[1000] = text[1001] = text[1002] = text[1003] = 'a';
	strcpy(text + sizeof(text) - 4, "'/>");
	CHECK_STR(refusal(text), "YANG-13");
	memset(text, 'a', sizeof(text));
	text[0] = '<';
	strcpy(text + sizeof(text) - 3, "/>");
	CHECK_STR(refusal(text), "YANG-13");
	memset(text, 'a', sizeof(text));
	memcpy(text, "<a xmlns='", 10);
	strcpy(text + sizeof(text) - 4, "'/>");
	CHECK_STR(refusal(text), "YANG-13");
	size_t n = (size_t)sprintf(text, "<a");
	for (unsigned i = 0; i < 5000; i++)
		n += (size_t)sprintf(text + n, " b%u=''", i);
	sprintf(text + n, "/>");
	CHECK_STR(refusal(text), "YANG-13");
}

TEST(documents_have_a_limit, "YANG-13 USB-10")
{
	const struct bytes text = bytes_of_text("<a>12345</a>");

	CHECK(xml_read(&root, &used, text, text.size, arena, sizeof(arena), &e));
	CHECK(!xml_read(&root, &used, text, text.size - 1, arena, sizeof(arena), &e));
	CHECK_STR(e.rule, "YANG-13");
}

TEST(the_arena_is_the_limit_of_elements, "YANG-13")
{
	static char text[64 * 1024];
	size_t n = (size_t)sprintf(text, "<a>");

	while (n < sizeof(text) - 16)
		n += (size_t)sprintf(text + n, "<b/>");
	sprintf(text + n, "</a>");
	CHECK_STR(refusal(text), "YANG-13");
	CHECK(strstr(e.text, "more elements"));

	/* Every size of arena gives a tree or a refusal. */
	static uint8_t small[CONFIG_XML_PARSER_SIZE + 2048];
	const struct bytes few = bytes_of_text("<a xmlns='u'><b>12345</b><c/></a>");
	bool good = false;

	for (size_t size = 0; size <= sizeof(small); size += 7) {
		bool now = xml_read(&root, &used, few, 1024, small, size, &e);

		CHECK(now || !good);
		CHECK(!now || used <= size - CONFIG_XML_PARSER_SIZE);
		good = now;
	}
	CHECK(good);
}

TEST(long_text_needs_no_memory_of_the_parser, "USB-10")
{
	static char text[1024 * 1024];
	static uint8_t room[sizeof(text) + CONFIG_XML_PARSER_SIZE + 1024];
	size_t lines = 0;

	memset(text, 'A', sizeof(text));
	for (size_t i = 80; i < sizeof(text) - 100; i += 77, lines++)
		memcpy(text + i, i % 2 ? "\r\n" : "&#10;", i % 2 ? 2 : 5);
	memcpy(text, "<a>", 3);
	memcpy(text + sizeof(text) - 4, "</a>", 4);
	CHECK(xml_read(&root, &used, bytes_of(text, sizeof(text)), sizeof(text), room,
		       sizeof(room), &e));
	CHECK(root->text.size > sizeof(text) - 6 * lines && root->text.size < sizeof(text));
}

TEST(an_empty_arena_is_our_mistake, "")
{
	CHECK(!xml_read(&root, &used, bytes_of_text("<a/>"), 10, arena, 0, &e));
	CHECK(e.code == ERROR_MACHINE);
}

TEST(blank_and_trimmed, "")
{
	CHECK(xml_is_blank(bytes_of_text(" \t\r\n")) && xml_is_blank(bytes_of_text("")));
	CHECK(!xml_is_blank(bytes_of_text(" x ")) && !xml_is_blank(bytes_of_text("\v")));
	CHECK(bytes_equal_text(xml_trim(bytes_of_text("\n a b\t")), "a b"));
}

/* SPDX-License-Identifier: MIT */
#include "sztp/host_meta.h"

#include <stdio.h>

#include "check.h"

static uint8_t arena[128 * 1024];
static char root[CONFIG_RESTCONF_ROOT_MAX];
static struct error e;

/* The root that a document of this server tells; "!RULE" when it tells none. */
static const char *told(const char *document)
{
	static char rule[sizeof(e.rule) + 1];
	struct uri server;

	CHECK(uri_read(&server, bytes_of_text("https://boot.example:8443"), &e));
	e = (struct error){ 0 };
	strcpy(root, "untouched");
	if (host_meta_read(root, bytes_of_text(document), &server, arena, sizeof(arena), &e))
		return root;
	CHECK(strcmp(root, "untouched") == 0 && e.text[0]);
	snprintf(rule, sizeof(rule), "!%s", e.rule);
	return rule;
}

#define XRD(links) "<?xml version='1.0'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>" links "</XRD>"
#define LINK(href) "<Link rel='restconf' href='" href "'/>"

TEST(finds_the_link_of_relation_restconf, "HTTP-1")
{
	CHECK_STR(told(XRD(LINK("/restconf"))), "/restconf");
	CHECK_STR(told(XRD("\n <Subject>x</Subject>\n <Link rel='lrdd' href='/l'/>\n"
			   " <Link href='/top/restconf' rel='restconf'>\n<Title>t</Title></Link>\n")),
		  "/top/restconf");
	CHECK_STR(told(XRD(LINK("/first") LINK("/second"))), "/first");
}

TEST(cuts_the_last_slash, "HTTP-3")
{
	CHECK_STR(told(XRD(LINK("/top/"))), "/top");
	CHECK_STR(told(XRD(LINK("/"))), "");
}

TEST(takes_an_address_on_this_server_and_no_other, "HTTP-3")
{
	CHECK_STR(told(XRD(LINK("https://boot.example:8443/r"))), "/r");
	CHECK_STR(told(XRD(LINK("HTTPS://Boot.Example:8443/r/"))), "/r");
	CHECK_STR(told(XRD(LINK("https://boot.example/r"))), "!HTTP-3");
	CHECK_STR(told(XRD(LINK("http://boot.example:8443/r"))), "!HTTP-3");
	CHECK_STR(told(XRD(LINK("https://other.example:8443/r"))), "!HTTP-3");
	CHECK_STR(told(XRD(LINK("//other.example:8443/r"))), "!HTTP-3");
}

TEST(takes_nothing_but_a_path, "HTTP-3")
{
	CHECK_STR(told(XRD(LINK("restconf"))), "!HTTP-3");
	CHECK_STR(told(XRD(LINK(""))), "!HTTP-3");
	CHECK_STR(told(XRD("<Link rel='restconf'/>")), "!HTTP-3");
	CHECK_STR(told(XRD(LINK("/a b"))), "!HTTP-3");
	CHECK_STR(told(XRD(LINK("/a&#10;X: y"))), "!HTTP-3");
	CHECK_STR(told(XRD(LINK("/a?b"))), "!HTTP-3");
	CHECK_STR(told(XRD(LINK("/a#b"))), "!HTTP-3");
	CHECK_STR(told(XRD(LINK("/\xc3\xa4"))), "!HTTP-3");
}

TEST(a_path_has_its_limit, "HTTP-3")
{
	char document[1024], path[300];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[CONFIG_RESTCONF_ROOT_MAX - 1] = '\0';
	snprintf(document, sizeof(document), XRD(LINK("%s")), path);
	CHECK_STR(told(document), path);
	path[CONFIG_RESTCONF_ROOT_MAX - 1] = 'a';
	path[CONFIG_RESTCONF_ROOT_MAX] = '\0';
	snprintf(document, sizeof(document), XRD(LINK("%s")), path);
	CHECK_STR(told(document), "!HTTP-3");
}

TEST(other_documents_tell_nothing, "HTTP-1 HTTP-2")
{
	CHECK_STR(told(XRD("")), "!HTTP-1");
	CHECK_STR(told(XRD("<Link rel='other' href='/r'/>")), "!HTTP-1");
	CHECK_STR(told("<html><body><p>404</p></body></html>"), "!HTTP-1");
	CHECK_STR(told("<html>"), "!");
	CHECK_STR(told("{\"links\":[]}"), "!");
	CHECK_STR(told(""), "!");
	CHECK_STR(told("<!DOCTYPE html><html/>"), "!YANG-13");
}

TEST(a_configured_root_is_a_path, "HTTP-2")
{
	CHECK(host_meta_read_path(root, bytes_of_text("/api/restconf/"), &e));
	CHECK_STR(root, "/api/restconf");
	CHECK(!host_meta_read_path(root, bytes_of_text("api"), &e));
	CHECK(!host_meta_read_path(root, bytes_of_text(""), &e));
}

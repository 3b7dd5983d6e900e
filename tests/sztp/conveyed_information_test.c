/* SPDX-License-Identifier: MIT */
#include "sztp/conveyed_information.h"

#include "check.h"

#define REDIRECT(servers)                                                                    \
	"{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[" servers  \
	"]}}"
#define ONBOARDING(members)                                                                  \
	"{\"ietf-sztp-conveyed-info:onboarding-information\":{" members "}}"
#define HASH                                                                                 \
	"68:96:d9:ea:3f:73:a4:43:4f:58:32:bc:65:71:4e:7d:06:6f:17:73:73:f3:6f:34:dc:8a:6f:"  \
	"73:5d:aa:41:b1"
#define OTHER_HASH "00" HASH_REST
#define HASH_REST                                                                            \
	":96:d9:ea:3f:73:a4:43:4f:58:32:bc:65:71:4e:7d:06:6f:17:73:73:f3:6f:34:dc:8a:6f:73:" \
	"5d:aa:41:b1"
#define ENTRY(algorithm, value)                                                              \
	"{\"hash-algorithm\":\"" algorithm "\",\"hash-value\":\"" value "\"}"
#define IMAGE(members) ONBOARDING("\"boot-image\":{" members "}")
#define URI	       "\"download-uri\":[\"http://192.0.2.10/image.bin\"]"

static struct conveyed_information ci;
static uint8_t arena[64 * 1024], decoded[16 * 1024];
static struct error e;

static bool reads(const char *text)
{
	struct writer into = writer_over(decoded, sizeof(decoded));

	memset(&e, 0, sizeof(e));
	return conveyed_information_read(&ci, CONVEYED_INFORMATION_JSON, bytes_of_text(text),
					 arena, sizeof(arena), &into, &e);
}

/* The rule by which it is refused; "" when it is taken. */
static const char *refusal(const char *text)
{
	if (reads(text))
		return "";
	CHECK(e.text[0] != '\0');
	CHECK(ci.server_count == 0 && ci.download_uri_count == 0 &&
	      ci.configuration.size == 0);
	return e.rule;
}

TEST(reads_the_onboarding_example, "EX-5 YANG-1 YANG-4 YANG-5 ENCODE-4")
{
	CHECK(reads(ONBOARDING(
		"\"boot-image\":{\"os-name\":\"ExampleOS\",\"os-version\":\"1.2.3\","
		"\"download-uri\":[\"https://files.example.net/os/image.bin\",\"http://"
		"192.0.2.10/image.bin\"],"
		"\"image-verification\":[" ENTRY(
			"ietf-sztp-conveyed-info:sha-256",
			HASH) "]},"
			      "\"pre-configuration-script\":"
			      "\"IyEvYmluL3NoCmVjaG8gcHJlCmV4aXQgMAo=\","
			      "\"configuration-handling\":\"replace\",\"configuration\":"
			      "\"aG9zdG5hbWU9ZWRnZTEK\","
			      "\"post-configuration-script\":"
			      "\"IyEvYmluL3NoCmVjaG8gcG9zdApleGl0IDAK\"")));
	CHECK(ci.kind == CONVEYED_INFORMATION_ONBOARDING);
	CHECK(bytes_equal_text(ci.os_name, "ExampleOS") &&
	      bytes_equal_text(ci.os_version, "1.2.3"));
	CHECK(ci.download_uri_count == 2);
	CHECK(bytes_equal_text(ci.download_uris[1], "http://192.0.2.10/image.bin"));
	CHECK(ci.has_sha256 && ci.sha256[0] == 0x68 && ci.sha256[31] == 0xb1);
	CHECK(ci.handling == CONVEYED_INFORMATION_REPLACE && ci.has_configuration);
	CHECK(bytes_equal_text(ci.configuration, "hostname=edge1\n"));
	CHECK(bytes_equal_text(ci.pre_configuration_script, "#!/bin/sh\necho pre\nexit 0\n"));
	CHECK(bytes_equal_text(ci.post_configuration_script,
			       "#!/bin/sh\necho post\nexit 0\n"));
	CHECK(ci.unknown_nodes == 0 && ci.skipped_hashes == 0);
}

TEST(reads_the_redirect_example, "EX-5 REDIR-13 YANG-11")
{
	CHECK(reads(REDIRECT(
		"{\"address\":\"Boot1.example.net\",\"port\":8443,\"trust-anchor\":\"MIID\"},"
		"{\"address\":\"2001:db8::5\"},{\"address\":\"192.0.2.1\",\"port\":1},"
		"{\"address\":\"192.0.2.1\",\"port\":2}")));
	CHECK(ci.kind == CONVEYED_INFORMATION_REDIRECT && ci.server_count == 4);
	CHECK_STR(ci.servers[0].host, "boot1.example.net");
	CHECK(ci.servers[0].port == 8443 && ci.servers[0].trust_anchor.size == 3);
	CHECK(!ci.servers[0].host_is_ip4 && !ci.servers[0].host_is_ip6);
	CHECK_STR(ci.servers[1].host, "2001:db8::5");
	CHECK(ci.servers[1].host_is_ip6 && ci.servers[1].address[15] == 5);
	CHECK(ci.servers[1].port == 443 && ci.servers[1].trust_anchor.size == 0);
	CHECK(ci.servers[2].host_is_ip4 && ci.servers[2].port == 1 &&
	      ci.servers[3].port == 2);
}

TEST(takes_one_of_the_two_cases, "YANG-1 YANG-2")
{
	CHECK_STR(refusal("{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-"
			  "server\":[{\"address\":\"a\"}]},"
			  "\"ietf-sztp-conveyed-info:onboarding-information\":{}}"),
		  "YANG-2");
	CHECK_STR(refusal("{}"), "YANG-1");
	CHECK_STR(refusal("{\"onboarding-information\":{}}"), "YANG-1");
	CHECK_STR(refusal("{\"ietf-sztp-conveyed-info:conveyed-information\":{\"onboarding-"
			  "information\":{}}}"),
		  "YANG-1");
	CHECK_STR(refusal("{\"ietf-sztp-conveyed-info:onboarding-information\":[]}"),
		  "YANG-2");
	CHECK_STR(refusal("[]"), "YANG-1");
	CHECK_STR(refusal(ONBOARDING("")), "");
}

TEST(takes_a_prefix_of_the_same_module, "YANG-3")
{
	CHECK(reads(ONBOARDING("\"ietf-sztp-conveyed-info:boot-image\":{\"ietf-sztp-conveyed-"
			       "info:os-name\":\"x\"}")));
	CHECK(bytes_equal_text(ci.os_name, "x") && ci.unknown_nodes == 0);
	CHECK_STR(
		refusal(IMAGE("\"os-name\":\"x\",\"ietf-sztp-conveyed-info:os-name\":\"y\"")),
		"YANG-13");
}

TEST(hashes_come_in_several_forms, "YANG-4 YANG-5 YANG-9 YANG-10 IMG-9")
{
	CHECK(reads(IMAGE(URI ",\"image-verification\":[" ENTRY("sha-256", HASH) "]")));
	CHECK(ci.has_sha256);
	CHECK(reads(IMAGE(URI ",\"image-verification\":[" ENTRY(
		"sha-256",
		"6896D9EA3F73A4434F5832BC65714E7D066F177373F36F34DC8A6F735DAA41B1") "]")));
	CHECK(ci.has_sha256 && ci.sha256[1] == 0x96);
	CHECK(reads(IMAGE(URI ",\"image-verification\":[" ENTRY("sha-256", HASH) "," ENTRY(
		"ietf-sztp-conveyed-info:sha-256", HASH) "]")));
	CHECK(reads(IMAGE(URI ",\"image-verification\":[" ENTRY("sha-384", "00") "]")));
	CHECK(!ci.has_sha256 && ci.skipped_hashes == 1);
	CHECK_STR(refusal(IMAGE(URI ",\"image-verification\":[" ENTRY(
			  "sha-256", HASH) "," ENTRY("sha-256", OTHER_HASH) "]")),
		  "YANG-9");
	CHECK_STR(
		refusal(IMAGE(URI ",\"image-verification\":[" ENTRY("sha-256", "68:96") "]")),
		"YANG-5");
	CHECK_STR(refusal(IMAGE(URI
				",\"image-verification\":[" ENTRY("sha-256", "x" HASH) "]")),
		  "YANG-5");
	CHECK_STR(refusal(IMAGE(
			  URI ",\"image-verification\":[{\"hash-algorithm\":\"sha-256\"}]")),
		  "YANG-5");
	CHECK_STR(
		refusal(IMAGE(URI ",\"image-verification\":[{\"hash-value\":\"" HASH "\"}]")),
		"YANG-4");
	CHECK_STR(refusal(IMAGE(URI ",\"image-verification\":[7]")), "YANG-5");
}

TEST(verification_needs_something_to_verify, "YANG-7")
{
	CHECK_STR(refusal(IMAGE("\"image-verification\":[" ENTRY("sha-256", HASH) "]")),
		  "YANG-7");
	CHECK_STR(refusal(IMAGE("\"download-uri\":[],\"image-verification\":[" ENTRY(
			  "sha-256", HASH) "]")),
		  "YANG-7");
	CHECK_STR(refusal(IMAGE("\"download-uri\":null,\"image-verification\":[" ENTRY(
			  "sha-256", HASH) "]")),
		  "YANG-7");
}

TEST(configuration_and_handling_stand_together, "YANG-6 YANG-8")
{
	CHECK_STR(refusal(ONBOARDING("\"configuration\":\"eA==\"")), "YANG-6");
	CHECK_STR(refusal(ONBOARDING("\"configuration-handling\":\"merge\"")), "YANG-6");
	CHECK_STR(refusal(ONBOARDING(
			  "\"configuration-handling\":null,\"configuration\":\"eA==\"")),
		  "YANG-6");
	CHECK_STR(refusal(ONBOARDING(
			  "\"configuration-handling\":\"Merge\",\"configuration\":\"eA==\"")),
		  "YANG-6");
	CHECK(reads(
		ONBOARDING("\"configuration-handling\":\"merge\",\"configuration\":null")));
	CHECK(!ci.has_configuration && ci.handling == CONVEYED_INFORMATION_HANDLING_NONE);
	CHECK(reads(
		ONBOARDING("\"configuration-handling\":\"merge\",\"configuration\":\"\"")));
	CHECK(ci.has_configuration && ci.configuration.size == 0);
	CHECK(ci.handling == CONVEYED_INFORMATION_MERGE);
}

TEST(null_is_absent, "YANG-8")
{
	CHECK(reads(ONBOARDING("\"boot-image\":null,\"pre-configuration-script\":null,"
			       "\"post-configuration-script\":null,\"configuration\":null")));
	CHECK(reads(IMAGE("\"os-name\":null,\"os-version\":null,\"download-uri\":null,"
			  "\"image-verification\":null")));
	CHECK(reads(
		REDIRECT("{\"address\":\"a.example\",\"port\":null,\"trust-anchor\":null}")));
	CHECK(ci.servers[0].port == 443);
}

TEST(wrong_types_are_refused, "YANG-1 ENCODE-4")
{
	CHECK_STR(refusal(IMAGE("\"os-name\":7")), "YANG-1");
	CHECK_STR(refusal(IMAGE("\"download-uri\":\"http://x.example/\"")), "YANG-1");
	CHECK_STR(refusal(IMAGE("\"download-uri\":[7]")), "YANG-1");
	CHECK_STR(refusal(ONBOARDING("\"boot-image\":[]")), "YANG-1");
	CHECK_STR(refusal(ONBOARDING("\"pre-configuration-script\":7")), "ENCODE-4");
	CHECK_STR(refusal(ONBOARDING("\"pre-configuration-script\":\"!\"")), "ENCODE-4");
	CHECK_STR(refusal(REDIRECT("7")), "YANG-1");
	CHECK_STR(refusal(REDIRECT("{\"address\":7}")), "REDIR-13");
	CHECK_STR(refusal(REDIRECT("{\"port\":443}")), "REDIR-13");
	CHECK_STR(refusal(REDIRECT("{\"address\":\"a.example\",\"port\":\"443\"}")),
		  "REDIR-13");
	CHECK_STR(refusal(REDIRECT("{\"address\":\"a.example\",\"port\":65536}")),
		  "REDIR-13");
	CHECK_STR(refusal(REDIRECT("{\"address\":\"a.example\",\"trust-anchor\":7}")),
		  "REDIR-8");
	CHECK_STR(refusal(REDIRECT("")), "YANG-1");
	CHECK_STR(refusal("{\"ietf-sztp-conveyed-info:redirect-information\":{}}"), "YANG-1");
}

TEST(bad_servers_are_passed_over, "YANG-11 REDIR-10")
{
	CHECK(reads(REDIRECT(
		"{\"address\":\"a.example\",\"port\":0},{\"address\":\"https://a.example\"},"
		"{\"address\":\"a.example\",\"trust-anchor\":\"!\"},"
		"{\"address\":\"a.example\",\"trust-anchor\":\"\"},{\"address\":\"b."
		"example\"}")));
	CHECK(ci.server_count == 1 && ci.skipped_servers == 4);
	CHECK_STR(ci.servers[0].host, "b.example");
	CHECK_STR(ci.skipped_why.rule, "YANG-11");
	CHECK_STR(refusal(REDIRECT("{\"address\":\"a.example\",\"trust-anchor\":\"!\"}")),
		  "REDIR-10");
}

TEST(unknown_nodes_are_counted, "YANG-12")
{
	CHECK(reads(
		"{\"ietf-sztp-conveyed-info:onboarding-information\":{\"colour\":\"green\","
		"\"boot-image\":{\"other:x\":{\"y\":1}}},\"vendor:z\":1}"));
	CHECK(ci.unknown_nodes == 3);
}

TEST(limits, "YANG-13 USB-10")
{
	static char text[CONFIG_ARTIFACT_MAX + 2];
	char list[2048] = "", uris[1024] = "";

	for (int i = 0; i <= CONFIG_SERVER_LIST_MAX; i++)
		sprintf(list + strlen(list), "%s{\"address\":\"a%d.example\"}", i ? "," : "",
			i);
	snprintf(text, sizeof(text), REDIRECT("%s"), list);
	CHECK_STR(refusal(text), "YANG-13");
	for (int i = 0; i <= CONFIG_DOWNLOAD_URIS_MAX; i++)
		sprintf(uris + strlen(uris), "%s\"http://x.example/\"", i ? "," : "");
	snprintf(text, sizeof(text), IMAGE("\"download-uri\":[%s]"), uris);
	CHECK_STR(refusal(text), "YANG-13");
	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memcpy(text, ONBOARDING(""), sizeof(ONBOARDING("")) - 1);
	CHECK_STR(refusal(text), "YANG-13");
	CHECK_STR(refusal(ONBOARDING("\"a\":1,\"a\":1")), "YANG-13");
}

TEST(buffer_sizes_are_enough, "")
{
	static char text[8192];
	static uint8_t exact_arena[CONVEYED_INFORMATION_ARENA_SIZE(8191)],
		exact_into[CONVEYED_INFORMATION_INTO_SIZE(8191)];
	struct writer into = writer_over(exact_into, sizeof(exact_into));
	size_t before = sizeof(ONBOARDING("\"pre-configuration-script\":\"")) - 3;

	strcpy(text, ONBOARDING("\"pre-configuration-script\":\""));
	memset(text + before, 'A', 8000);
	strcpy(text + before + 8000, "\"}}");
	CHECK(conveyed_information_read(&ci, CONVEYED_INFORMATION_JSON, bytes_of_text(text),
					exact_arena, sizeof(exact_arena), &into, &e));
	CHECK(ci.pre_configuration_script.size == 6000);
}

/* --- XML: the same documents, the same results ---------------------------------------------
 */

#define NAMESPACE "urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info"
#define XML_REDIRECT(servers)                                                                \
	"<redirect-information xmlns='" NAMESPACE "'>" servers "</redirect-information>"
#define XML_ONBOARDING(members)                                                              \
	"<onboarding-information xmlns='" NAMESPACE "'>" members "</onboarding-information>"
#define XML_IMAGE(members) XML_ONBOARDING("<boot-image>" members "</boot-image>")
#define XML_URI		   "<download-uri>http://192.0.2.10/image.bin</download-uri>"
#define XML_ENTRY(algorithm, value)                                                          \
	"<image-verification><hash-algorithm>" algorithm                                     \
	"</hash-algorithm><hash-value>" value "</hash-value></image-verification>"

static bool reads_xml(const char *text)
{
	struct writer into = writer_over(decoded, sizeof(decoded));

	memset(&e, 0, sizeof(e));
	return conveyed_information_read(&ci, CONVEYED_INFORMATION_XML, bytes_of_text(text),
					 arena, sizeof(arena), &into, &e);
}

static const char *xml_refusal(const char *text)
{
	if (reads_xml(text))
		return "";
	CHECK(strncmp(e.text, "conveyed information: ", 22) == 0);
	return e.rule;
}

static void note(struct writer *w, const char *name, struct bytes value)
{
	writer_printf(w, "%s %zu ", name, value.size);
	writer_bytes(w, value);
	writer_u8(w, '\n');
}

/* All that was read, or the refusal's rule, as bytes. */
static struct bytes everything(struct writer *w, bool good)
{
	if (!good) {
		writer_printf(w, "refused %s", e.rule);
		return writer_done(w);
	}
	writer_printf(w, "%d %zu %zu %zu %zu %d %d %d %s\n", ci.kind, ci.skipped_hashes,
		      ci.skipped_servers, ci.unknown_nodes, ci.server_count, ci.has_sha256,
		      ci.handling, ci.has_configuration, ci.skipped_why.rule);
	for (size_t i = 0; i < ci.server_count; i++) {
		const struct conveyed_information_server *server = &ci.servers[i];

		writer_printf(w, "%s %d %d %d ", server->host, server->host_is_ip4,
			      server->host_is_ip6, server->port);
		note(w, "address", bytes_of(server->address, 16));
		note(w, "trust-anchor", server->trust_anchor);
	}
	for (size_t i = 0; i < ci.download_uri_count; i++)
		note(w, "uri", ci.download_uris[i]);
	note(w, "os-name", ci.os_name);
	note(w, "os-version", ci.os_version);
	note(w, "sha256", bytes_of(ci.sha256, sizeof(ci.sha256)));
	note(w, "configuration", ci.configuration);
	note(w, "pre", ci.pre_configuration_script);
	note(w, "post", ci.post_configuration_script);
	return writer_done(w);
}

static bool are_twins(const char *json, const char *xml)
{
	static uint8_t of_json[8192], of_xml[8192];
	struct writer a = writer_over(of_json, sizeof(of_json)),
		      b = writer_over(of_xml, sizeof(of_xml));

	everything(&a, reads(json));
	everything(&b, reads_xml(xml));
	CHECK(writer_ok(&a) && writer_ok(&b));
	return bytes_equal(writer_done(&a), writer_done(&b));
}

TEST(xml_redirect_is_what_json_is, "YANG-14 YANG-1 EX-5")
{
	CHECK(are_twins(REDIRECT("{\"address\":\"boot1.example.net\",\"port\":8443}"),
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" XML_REDIRECT(
				"\n  <bootstrap-server><address>boot1.example.net</address>"
				"<port>8443</port></bootstrap-server>\n")));
	CHECK(ci.kind == CONVEYED_INFORMATION_REDIRECT && ci.server_count == 1);
	CHECK(ci.servers[0].port == 8443);
	CHECK(are_twins(
		REDIRECT("{\"address\":\"2001:db8::5\",\"trust-anchor\":\"QUJD\"},"
			 "{\"address\":\"192.0.2.7\",\"port\":0},"
			 "{\"address\":\"Boot2.Example\",\"x\":1}"),
		XML_REDIRECT("<bootstrap-server><trust-anchor>\nQU\nJD\n</trust-anchor>"
			     "<address>2001:db8::5</address></bootstrap-server>"
			     "<bootstrap-server><address>192.0.2.7</address><port> 0 "
			     "</port></bootstrap-server><bootstrap-server><x/><address>"
			     "Boot2.Example</address></bootstrap-server>")));
	CHECK(ci.server_count == 2 && ci.skipped_servers == 1 && ci.unknown_nodes == 1);
}

TEST(xml_onboarding_is_what_json_is, "YANG-14 YANG-4 YANG-5 EX-5")
{
	static const char json[] = ONBOARDING(
		"\"boot-image\":{\"os-name\":\"ExampleOS\",\"os-version\":\"<1.2 & 3>\","
		"\"download-uri\":[\"https://files.example.net/os/image.bin\","
		"\"http://192.0.2.10/image.bin\"],\"image-verification\":[" ENTRY(
			"ietf-sztp-conveyed-info:sha-256",
			HASH) "," ENTRY("other:sha-3",
					"00") "]},"
					      "\"pre-configuration-script\":"
					      "\"IyEvYmluL3NoCmVjaG8gcHJlCmV4aXQgMAo=\","
					      "\"configuration-handling\":\"replace\","
					      "\"configuration\":\"aG9zdG5hbWU9ZWRnZTEK\","
					      "\"post-configuration-script\":"
					      "\"IyEvYmluL3NoCmVjaG8gcG9zdApleGl0IDAK\"");
	static const char xml[] =
		"<!-- made by hand --><c:onboarding-information xmlns:c='" NAMESPACE "' "
		"xmlns:o='urn:other'><c:configuration><![CDATA[aG9zdG5h]]>bWU9ZWRnZTEK"
		"</c:configuration><c:boot-image><c:download-uri>https://files.example.net/"
		"os/"
		"image.bin</c:download-uri><c:os-name>Example&#x4f;S</c:os-name>"
		"<c:image-verification><c:hash-value>" HASH
		"</c:hash-value><c:hash-algorithm>"
		" c:sha-256\n</c:hash-algorithm></c:image-verification>"
		"<c:download-uri>http://192.0.2.10/image.bin</c:download-uri>"
		"<c:image-verification><c:hash-algorithm>o:sha-3</c:hash-algorithm>"
		"<c:hash-value>00</c:hash-value></c:image-verification>"
		"<c:os-version>&lt;1.2 <![CDATA[& 3>]]></c:os-version></c:boot-image>"
		"<c:configuration-handling>replace</c:configuration-handling>"
		"<c:pre-configuration-script>IyEvYmluL3NoCmVjaG8gcHJl\r\n"
		"    CmV4aXQgMAo=</c:pre-configuration-script>"
		"<c:post-configuration-script>IyEvYmluL3NoCmVjaG8gcG9zdApleGl0IDAK"
		"</c:post-configuration-script></c:onboarding-information>";

	CHECK(are_twins(json, xml));
	CHECK(ci.kind == CONVEYED_INFORMATION_ONBOARDING && ci.has_sha256 &&
	      ci.has_configuration);
	CHECK(ci.download_uri_count == 2 && ci.skipped_hashes == 1);
	CHECK(bytes_equal_text(ci.configuration, "hostname=edge1\n"));
	CHECK(are_twins(ONBOARDING(""), XML_ONBOARDING("")));
	CHECK(are_twins(IMAGE(URI), XML_IMAGE(XML_URI)));
	CHECK(are_twins(IMAGE(URI ",\"image-verification\":[" ENTRY("sha-256", HASH) "]"),
			XML_IMAGE(XML_URI XML_ENTRY("sha-256", HASH))));
	CHECK(ci.has_sha256);
}

TEST(xml_is_refused_where_json_is, "YANG-1 YANG-4 YANG-5 YANG-6 YANG-7 YANG-9 YANG-13")
{
	static const struct {
		const char *json, *xml, *rule;
	} pairs[] = {
		{ REDIRECT(""), XML_REDIRECT(""), "YANG-1" },
		{ REDIRECT("{}"), XML_REDIRECT("<bootstrap-server/>"), "REDIR-13" },
		{ REDIRECT("\"a\""), XML_REDIRECT("<bootstrap-server>a</bootstrap-server>"),
		  "YANG-1" },
		{ REDIRECT("{\"address\":\"a.example\",\"port\":\"x\"}"),
		  XML_REDIRECT("<bootstrap-server><address>a.example</address><port>x</port>"
			       "</bootstrap-server>"),
		  "REDIR-13" },
		{ REDIRECT("{\"address\":\"a.example\",\"port\":65536}"),
		  XML_REDIRECT("<bootstrap-server><address>a.example</address>"
			       "<port>65536</port></bootstrap-server>"),
		  "REDIR-13" },
		{ REDIRECT("{\"address\":\"a.example\",\"trust-anchor\":\"\"}"),
		  XML_REDIRECT("<bootstrap-server><address>a.example</address><trust-anchor/>"
			       "</bootstrap-server>"),
		  "REDIR-10" },
		{ REDIRECT("{\"address\":\"a.example\",\"address\":\"a.example\"}"),
		  XML_REDIRECT("<bootstrap-server><address>a.example</address>"
			       "<address>a.example</address></bootstrap-server>"),
		  "YANG-13" },
		{ "{\"conveyed-information\":{}}",
		  "<conveyed-information xmlns='" NAMESPACE "'/>", "YANG-1" },
		{ "{\"other:onboarding-information\":{}}",
		  "<onboarding-information xmlns='urn:other'/>", "YANG-1" },
		{ IMAGE("\"image-verification\":[" ENTRY("sha-256", HASH) "]"),
		  XML_IMAGE(XML_ENTRY("sha-256", HASH)), "YANG-7" },
		{ IMAGE(URI ",\"image-verification\":[" ENTRY("sha-256", HASH) "," ENTRY(
			  "sha-256", OTHER_HASH) "]"),
		  XML_IMAGE(XML_URI XML_ENTRY("sha-256", HASH)
				    XML_ENTRY("sha-256", OTHER_HASH)),
		  "YANG-9" },
		{ IMAGE(URI ",\"image-verification\":[" ENTRY("sha-256", "12") "]"),
		  XML_IMAGE(XML_URI XML_ENTRY("sha-256", "12")), "YANG-5" },
		{ IMAGE("\"os-name\":{}"), XML_IMAGE("<os-name><x/></os-name>"), "YANG-1" },
		{ ONBOARDING("\"configuration\":\"QQ==\""),
		  XML_ONBOARDING("<configuration>QQ==</configuration>"), "YANG-6" },
		{ ONBOARDING("\"configuration-handling\":\"merge\""),
		  XML_ONBOARDING("<configuration-handling>merge</configuration-handling>"),
		  "YANG-6" },
		{ ONBOARDING(
			  "\"configuration-handling\":\"Merge\",\"configuration\":\"QQ==\""),
		  XML_ONBOARDING("<configuration-handling>Merge</configuration-handling>"
				 "<configuration>QQ==</configuration>"),
		  "YANG-6" },
		{ ONBOARDING("\"pre-configuration-script\":\"Q-==\""),
		  XML_ONBOARDING("<pre-configuration-script>Q-==</pre-configuration-script>"),
		  "ENCODE-4" },
		{ "{\"a\":", "<a>", "YANG-14" },
		{ "<a/>", "{}", "YANG-14" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		CHECK_STR(refusal(pairs[i].json), pairs[i].rule);
		CHECK_STR(xml_refusal(pairs[i].xml), pairs[i].rule);
	}
}

TEST(xml_tricks_are_refused, "YANG-13 YANG-4")
{
	CHECK_STR(xml_refusal("<!DOCTYPE a [<!ENTITY x 'merge'>]>" XML_ONBOARDING("&x;")),
		  "YANG-13");
	CHECK_STR(xml_refusal(XML_ONBOARDING("&x;")), "YANG-14");
	CHECK_STR(xml_refusal(XML_ONBOARDING("<boot-image/>text")), "YANG-14");
	CHECK_STR(xml_refusal(XML_ONBOARDING("<boot-image/><boot-image/>")), "YANG-13");
	CHECK_STR(xml_refusal(XML_REDIRECT("") XML_ONBOARDING("")), "YANG-14");
	CHECK_STR(xml_refusal(XML_IMAGE(XML_URI XML_ENTRY("x:sha-256", HASH))), "YANG-4");
	/* A digest of the right name in a wrong namespace is one we do not know. */
	CHECK(reads_xml(XML_IMAGE(XML_URI "<image-verification><hash-algorithm xmlns:c='c'>"
					  "c:sha-256</hash-algorithm><hash-value>" HASH
					  "</hash-value></image-verification>")));
	CHECK(!ci.has_sha256 && ci.skipped_hashes == 1);
	/* The prefix is bound anew inside: these leaves are another's. */
	CHECK(reads_xml(
		"<c:onboarding-information xmlns:c='" NAMESPACE "'>"
		"<c:boot-image xmlns:c='urn:x'><c:os-name>x</c:os-name></c:boot-image>"
		"</c:onboarding-information>"));
	CHECK(ci.os_name.size == 0 && ci.unknown_nodes == 1);
}

TEST(xml_is_shown_as_json, "YANG-14")
{
	struct bytes json;

	CHECK(conveyed_information_to_json(
		&json,
		bytes_of_text(XML_REDIRECT("<bootstrap-server><address>a.example"
					   "</address></bootstrap-server>")),
		arena, sizeof(arena), &e));
	CHECK(bytes_equal_text(json, "{\n"
				     "  \"ietf-sztp-conveyed-info:redirect-information\": {\n"
				     "    \"bootstrap-server\": [\n"
				     "      {\n"
				     "        \"address\": \"a.example\"\n"
				     "      }\n"
				     "    ]\n"
				     "  }\n"
				     "}"));
	CHECK(!conveyed_information_to_json(&json, bytes_of_text("<x"), arena, sizeof(arena),
					    &e));
	CHECK_STR(e.rule, "YANG-14");
}

TEST(xml_has_the_limits_of_json, "YANG-13 USB-10")
{
	static char text[CONFIG_ARTIFACT_MAX + 1];
	static uint8_t big[CONVEYED_INFORMATION_ARENA_SIZE(CONFIG_ARTIFACT_MAX)],
		leaves[CONVEYED_INFORMATION_INTO_SIZE(CONFIG_ARTIFACT_MAX)];
	static const char head[] = "<onboarding-information xmlns='" NAMESPACE
				   "'><pre-configuration-script>";
	static const char tail[] = "</pre-configuration-script></onboarding-information>";
	struct writer into = writer_over(leaves, sizeof(leaves));
	char servers[4096] = "";

	for (int i = 0; i <= CONFIG_SERVER_LIST_MAX; i++)
		sprintf(servers + strlen(servers),
			"<bootstrap-server><address>a%d.example</address></bootstrap-server>",
			i);
	snprintf(text, sizeof(text), XML_REDIRECT("%s"), servers);
	CHECK_STR(xml_refusal(text), "YANG-13");

	size_t size = (sizeof(text) - sizeof(head) - sizeof(tail)) / 4 * 4;

	strcpy(text, head);
	memset(text + sizeof(head) - 1, 'A', size);
	strcpy(text + sizeof(head) - 1 + size, tail);
	CHECK(conveyed_information_read(&ci, CONVEYED_INFORMATION_XML, bytes_of_text(text),
					big, sizeof(big), &into, &e));
	CHECK(ci.pre_configuration_script.size == size / 4 * 3);
	memset(text, ' ', sizeof(text));
	memcpy(text, XML_ONBOARDING(""), sizeof(XML_ONBOARDING("")) - 1);
	CHECK(!conveyed_information_read(&ci, CONVEYED_INFORMATION_XML,
					 bytes_of(text, sizeof(text)), big, sizeof(big),
					 &into, &e));
	CHECK_STR(e.rule, "YANG-13");
}

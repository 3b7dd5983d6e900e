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

TEST(xml_is_refused_in_one_sentence, "YANG-14")
{
	struct writer into = writer_over(decoded, sizeof(decoded));

	CHECK(!conveyed_information_read(&ci, CONVEYED_INFORMATION_XML, bytes_of_text("<x/>"),
					 arena, sizeof(arena), &into, &e));
	CHECK_STR(e.rule, "YANG-14");
	CHECK(strstr(e.text, "XML"));
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

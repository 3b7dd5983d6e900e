/* SPDX-License-Identifier: MIT */
#include "sztp/rpc.h"

#include "check.h"
#include "codec/json.h"
#include "config.h"

static char text[1024];
static uint8_t arena[64 * 1024], decoded[4096];
static struct rpc_output output;
static struct error e;

static const char *written(const struct rpc_input *input)
{
	struct writer w = writer_over(text, sizeof(text) - 1);

	rpc_input_write(&w, input);
	CHECK(writer_ok(&w));
	text[w.used] = '\0';
	return text;
}

static bool reads(const char *body)
{
	struct writer into = writer_over(decoded, sizeof(decoded));

	memset(&e, 0, sizeof(e));
	return rpc_output_read(&output, bytes_of_text(body), arena, sizeof(arena), &into, &e);
}

TEST(says_only_signed_data_preferred_to_strangers, "EX-2 RIN-1 RIN-2 RIN-3 RIN-6")
{
	const struct rpc_input input = { .signed_data_preferred = true };

	CHECK_STR(written(&input),
		  "{\"ietf-sztp-bootstrap-server:input\":{\"signed-data-preferred\":[null]}}");
	CHECK(strlen(text) == 69);
}

TEST(says_more_to_trusted_servers, "EX-3 RIN-5 RIN-7")
{
	uint8_t nonce[32];

	for (int i = 0; i < 32; i++)
		nonce[i] = (uint8_t)i;
	const struct rpc_input input = { .hw_model = "Model-X", .os_name = "ExampleOS",
					 .os_version = "1.0.0", .nonce = bytes_of(nonce, 32) };

	CHECK_STR(written(&input),
		  "{\"ietf-sztp-bootstrap-server:input\":{\"hw-model\":\"Model-X\","
		  "\"os-name\":\"ExampleOS\",\"os-version\":\"1.0.0\","
		  "\"nonce\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}}");
}

TEST(leaves_away_what_it_does_not_know, "RIN-9")
{
	const struct rpc_input input = { .os_name = "" };

	CHECK_STR(written(&input), "{\"ietf-sztp-bootstrap-server:input\":{}}");
}

TEST(reads_the_three_artifacts, "ROUT-1 ENCODE-1")
{
	CHECK(reads("{\"ietf-sztp-bootstrap-server:output\":{\"reporting-level\":\"verbose\","
		    "\"conveyed-information\":\"QUI=\",\"owner-certificate\":\"Qw==\","
		    "\"ownership-voucher\":\"RA==\"}}"));
	CHECK(bytes_equal_text(output.conveyed_information, "AB"));
	CHECK(bytes_equal_text(output.owner_certificate, "C"));
	CHECK(bytes_equal_text(output.ownership_voucher, "D"));
	CHECK(output.verbose);
}

TEST(absent_or_unknown_reporting_level_means_minimal, "ROUT-5")
{
	CHECK(reads("{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"QUI=\"}}"));
	CHECK(!output.verbose && output.owner_certificate.size == 0);
	CHECK(reads("{\"ietf-sztp-bootstrap-server:output\":{\"reporting-level\":\"loud\","
		    "\"conveyed-information\":\"QUI=\"}}"));
	CHECK(!output.verbose);
	CHECK(!reads("{\"ietf-sztp-bootstrap-server:output\":{\"reporting-level\":1,"
		     "\"conveyed-information\":\"QUI=\"}}"));
}

TEST(refuses_answers_without_conveyed_information, "ROUT-2")
{
	CHECK(!reads("{\"ietf-sztp-bootstrap-server:output\":{}}"));
	CHECK_STR(e.rule, "ROUT-2");
}

TEST(refuses_other_roots, "ROUT-1")
{
	CHECK(!reads("{\"output\":{\"conveyed-information\":\"QUI=\"}}"));
	CHECK_STR(e.rule, "ROUT-1");
	CHECK(!reads("{\"ietf-sztp-bootstrap-server:output\":[]}"));
	CHECK(!reads(""));
	CHECK(!reads("not json"));
	CHECK(!reads("[{\"ietf-sztp-bootstrap-server:output\":{}}]"));
	CHECK_STR(e.rule, "ROUT-1");
}

TEST(refuses_a_member_twice_and_ignores_unknown_ones, "ROUT-6")
{
	CHECK(reads("{\"ietf-sztp-bootstrap-server:output\":{\"x\":{},\"conveyed-information\":"
		    "\"QUI=\"}}"));
	CHECK(!reads("{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"QUI=\","
		     "\"conveyed-information\":\"QUI=\"}}"));
	CHECK(!reads("{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"QUI=\","
		     "\"ietf-sztp-bootstrap-server:conveyed-information\":\"QUI=\"}}"));
}

TEST(refuses_bytes_outside_base64, "ROUT-7")
{
	CHECK(reads("{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"Q U\\nI=\"}}"));
	CHECK(!reads("{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"Q-I=\"}}"));
	CHECK_STR(e.rule, "ROUT-7");
	CHECK(!reads("{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":\"\"}}"));
	CHECK(!reads("{\"ietf-sztp-bootstrap-server:output\":{\"conveyed-information\":null}}"));
}

TEST(tolerates_a_byte_order_mark, "HTTP-14")
{
	CHECK(reads("\xef\xbb\xbf{\"ietf-sztp-bootstrap-server:output\":"
		    "{\"conveyed-information\":\"QUI=\"}}"));
}

TEST(reads_restconf_errors_for_the_log, "EX-4 ERR-1")
{
	static const char body[] =
		"{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":\"protocol\","
		"\"error-tag\":\"access-denied\",\"error-message\":\"unknown \\u001bdevice\"}]}}";
	char said[100];

	CHECK_STR(rpc_error_text(said, sizeof(said), bytes_of_text(body), arena, sizeof(arena)),
		  "protocol access-denied: unknown \\x1bdevice");
	CHECK_STR(rpc_error_text(said, sizeof(said), bytes_of_text("<html>"), arena,
				 sizeof(arena)),
		  "");
	CHECK_STR(rpc_error_text(said, sizeof(said), bytes_of_text("{\"ietf-restconf:errors\":3}"),
				 arena, sizeof(arena)),
		  "");
}

/* --- XML ----------------------------------------------------------------------------------- */

#define NAMESPACE "urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server"
#define XML(leaves) "<output xmlns='" NAMESPACE "'>" leaves "</output>"
#define XML_CI	    "<conveyed-information>QUI=</conveyed-information>"

static const char *xml_written(const struct rpc_input *input)
{
	struct writer w = writer_over(text, sizeof(text) - 1);

	rpc_input_write_xml(&w, input);
	CHECK(writer_ok(&w));
	text[w.used] = '\0';
	return text;
}

TEST(asks_in_xml, "EX-2 RIN-1 RIN-6 RIN-7 HTTP-9")
{
	const struct rpc_input stranger = { .signed_data_preferred = true };
	const struct rpc_input trusted = { .hw_model = "<X> & \"Y\"\x1b\xff", .os_name = "",
					   .os_version = "1\r2", .nonce = bytes_of_text("AB") };

	CHECK_STR(xml_written(&stranger),
		  "<input xmlns=\"" NAMESPACE "\"><signed-data-preferred/></input>");
	CHECK_STR(xml_written(&trusted),
		  "<input xmlns=\"" NAMESPACE "\"><hw-model>&lt;X&gt; &amp; \"Y\"\xef\xbf\xbd"
		  "\xef\xbf\xbd</hw-model><os-version>1&#13;2</os-version><nonce>QUI=</nonce>"
		  "</input>");
}

TEST(reads_answers_in_xml, "ROUT-1 ROUT-5 ROUT-6 ROUT-7 HTTP-7 HTTP-9")
{
	CHECK(reads("<?xml version='1.0'?>\n" XML(
		"<ownership-voucher>RA==</ownership-voucher>\n<x/><reporting-level>verbose"
		"</reporting-level><conveyed-information>\nQ\nUI=\n</conveyed-information>"
		"<owner-certificate>Qw==</owner-certificate>")));
	CHECK(bytes_equal_text(output.conveyed_information, "AB"));
	CHECK(bytes_equal_text(output.owner_certificate, "C"));
	CHECK(bytes_equal_text(output.ownership_voucher, "D") && output.verbose);
	CHECK(reads("\xef\xbb\xbf" XML(XML_CI)) && !output.verbose);
	CHECK(reads(" \n" XML(XML_CI)));
	CHECK(reads(XML(XML_CI "<reporting-level>loud</reporting-level>")) && !output.verbose);
}

TEST(refuses_answers_in_bad_xml, "ROUT-1 ROUT-2 ROUT-6 ROUT-7 YANG-13")
{
	static const struct {
		const char *body, *rule;
	} cases[] = {
		{ XML(""), "ROUT-2" },
		{ "<output>" XML_CI "</output>", "ROUT-1" },
		{ "<input xmlns='" NAMESPACE "'>" XML_CI "</input>", "ROUT-1" },
		{ "<html/>", "ROUT-1" },
		{ "<html>", "ROUT-1" },
		{ XML(XML_CI XML_CI), "YANG-13" },
		{ XML("<conveyed-information/>"), "ROUT-7" },
		{ XML("<conveyed-information>Q-I=</conveyed-information>"), "ROUT-7" },
		{ XML("<conveyed-information><a/></conveyed-information>"), "ROUT-7" },
		{ XML(XML_CI "<reporting-level><a/></reporting-level>"), "ROUT-5" },
		{ "<output xmlns='" NAMESPACE "'>text</output>", "ROUT-1" },
		{ "<!DOCTYPE output>" XML(XML_CI), "YANG-13" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(!reads(cases[i].body));
		CHECK_STR(e.rule, cases[i].rule);
	}
}

TEST(reads_restconf_errors_in_xml, "ERR-1")
{
	static const char body[] =
		"<errors xmlns=\"urn:ietf:params:xml:ns:yang:ietf-restconf\">\n<error>\n"
		"<error-type>protocol</error-type>\n<error-tag>access-denied</error-tag>\n"
		"<error-path xmlns:x='urn:x'>/x:y</error-path>"
		"<error-message>unknown \xc2\x9b&lt;device&gt;</error-message>"
		"<error-info><x xmlns='urn:x'>1</x></error-info></error>"
		"<error><error-tag>other</error-tag></error></errors>";
	static const char *const foreign[] = {
		"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>",
		"<html><body>502</body></html>",
		"<errors><error><error-tag>x</error-tag></error></errors>",
		"<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'/>",
		"<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'>x</errors>",
		"<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'><error>x</error></errors>",
	};
	char said[100];

	CHECK_STR(rpc_error_text(said, sizeof(said), bytes_of_text(body), arena, sizeof(arena)),
		  "protocol access-denied: unknown \\xc2\\x9b<device>");
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		CHECK_STR(rpc_error_text(said, sizeof(said), bytes_of_text(foreign[i]), arena,
					 sizeof(arena)),
			  "");
}

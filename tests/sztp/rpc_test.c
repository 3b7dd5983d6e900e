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
		  "access-denied: unknown \\x1bdevice");
	CHECK_STR(rpc_error_text(said, sizeof(said), bytes_of_text("<html>"), arena,
				 sizeof(arena)),
		  "");
	CHECK_STR(rpc_error_text(said, sizeof(said), bytes_of_text("{\"ietf-restconf:errors\":3}"),
				 arena, sizeof(arena)),
		  "");
}

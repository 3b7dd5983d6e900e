/* SPDX-License-Identifier: MIT */
#include "sztp/csr_question.h"

#include "check.h"
#include "codec/base64.h"
#include "codec/der_writer.h"
#include "config.h"
#include "lab.h"
#include "net/tls_identity.h"
#include "pki/certification_request.h"
#include "pki/ldevid_software.h"
#include "sztp/rpc.h"

/* The question of RFC 9646 and its answer, in both encodings. */

#define BOTH (LDEVID_SIGNER_BIT(KEY_P256) | LDEVID_SIGNER_BIT(KEY_P384))
#define P256 "MBMGByqGSM49AgEGCCqGSM49AwEH"
#define P384 "MBAGByqGSM49AgEGBSuBBAAi"
#define RSA  "MA0GCSqGSIb3DQEBAQUA"
#define P521 "MBAGByqGSM49AgEGBSuBBAAj"
#define P10  "ietf-ztp-types:p10-csr"

static struct error e;
static char text[8192], body[8192];
static uint8_t arena[256 * 1024], decoded[16 * 1024], request[CONFIG_CSR_MAX], file[8192];
static struct csr_question question;

/* ---- what is offered ---------------------------------------------------------------------- */

static const char *input(bool xml, const struct rpc_input *from)
{
	struct writer w = writer_over(text, sizeof(text) - 1);

	(xml ? rpc_input_write_xml : rpc_input_write)(&w, from);
	CHECK(writer_ok(&w));
	text[w.used] = '\0';
	return text;
}

TEST(offers_what_can_be_made, "CSR-2 CSR-3 EX-4")
{
	CHECK_STR(input(false, &(struct rpc_input){ .hw_model = "m", .csr_support = true,
						    .csr_kinds = LDEVID_SIGNER_BIT(KEY_P256) }),
		  "{\"ietf-sztp-bootstrap-server:input\":{\"hw-model\":\"m\",\"ietf-sztp-csr:csr-support\":{"
		  "\"key-generation\":{\"supported-algorithms\":{\"algorithm-identifier\":[\"" P256 "\"]}},"
		  "\"csr-generation\":{\"supported-formats\":{\"format-identifier\":[\"" P10 "\"]}}}}}");
	CHECK(strstr(input(false, &(struct rpc_input){ .csr_support = true, .csr_kinds = BOTH }),
		     "[\"" P256 "\",\"" P384 "\"]"));
	CHECK(strstr(input(false, &(struct rpc_input){ .csr_support = true,
						       .csr_kinds = BOTH | LDEVID_SIGNER_BIT(KEY_RSA) }),
		     "[\"" P256 "\",\"" P384 "\",\"" RSA "\"]"));
	CHECK_STR(input(true, &(struct rpc_input){ .hw_model = "m", .csr_support = true, .csr_kinds = BOTH }),
		  "<input xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\"><hw-model>m</hw-model>"
		  "<csr-support xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-csr\"><key-generation>"
		  "<supported-algorithms><algorithm-identifier>" P256 "</algorithm-identifier>"
		  "<algorithm-identifier>" P384 "</algorithm-identifier></supported-algorithms></key-generation>"
		  "<csr-generation><supported-formats><format-identifier "
		  "xmlns:ietf-ztp-types=\"urn:ietf:params:xml:ns:yang:ietf-ztp-types\">" P10
		  "</format-identifier></supported-formats></csr-generation></csr-support></input>");
}

TEST(says_nothing_where_nothing_may_be_asked, "CSR-1")
{
	CHECK_STR(input(false, &(struct rpc_input){ .csr_kinds = BOTH }),
		  "{\"ietf-sztp-bootstrap-server:input\":{}}");
	CHECK(!strstr(input(true, &(struct rpc_input){ .csr_kinds = BOTH }), "csr"));
}

TEST(the_answer_takes_the_place_of_the_offer, "CSR-5 CSR-13")
{
	const struct rpc_input from = { .os_name = "o", .csr_support = true, .csr_kinds = BOTH,
					.p10_csr = bytes_of("abc", 3) };

	CHECK_STR(input(false, &from), "{\"ietf-sztp-bootstrap-server:input\":{\"os-name\":\"o\","
				       "\"ietf-sztp-csr:p10-csr\":\"YWJj\"}}");
	CHECK_STR(input(true, &from),
		  "<input xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\"><os-name>o</os-name>"
		  "<p10-csr xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-csr\">YWJj</p10-csr></input>");
}

/* ---- what is asked ---------------------------------------------------------------------------- */

#define JSON(TAG, KEY, FORMAT, MORE)                                                                  \
	"{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":\"application\",\"error-tag\":\"" TAG  \
	"\",\"error-info\":{\"ietf-sztp-csr:csr-request\":{" KEY                                      \
	"\"csr-generation\":{\"selected-format\":{\"format-identifier\":\"" FORMAT "\"}}" MORE "}}}]}}"
#define JSON_KEY(ALGORITHM)                                                                    \
	"\"key-generation\":{\"selected-algorithm\":{\"algorithm-identifier\":\"" ALGORITHM "\"}},"
#define XML(KEY, PREFIX, FORMAT, MORE)                                                                \
	"<errors xmlns=\"urn:ietf:params:xml:ns:yang:ietf-restconf\"><error><error-type>application"  \
	"</error-type><error-tag>missing-attribute</error-tag><error-info><csr-request "              \
	"xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-csr\">" KEY "<csr-generation><selected-format>" \
	"<format-identifier xmlns:z=\"urn:ietf:params:xml:ns:yang:" PREFIX "\">z:" FORMAT             \
	"</format-identifier></selected-format></csr-generation>" MORE "</csr-request></error-info>"  \
	"</error></errors>"
#define XML_KEY(ALGORITHM)                                                                        \
	"<key-generation><selected-algorithm><algorithm-identifier>" ALGORITHM                    \
	"</algorithm-identifier></selected-algorithm></key-generation>"

static const struct json_value *finds(const char *answer)
{
	return csr_question_find(bytes_of_text(answer), arena, sizeof(arena));
}

static const char *reads(const char *answer, unsigned kinds)
{
	struct writer into = writer_over(decoded, CONFIG_CSR_INFO_MAX);
	const struct json_value *found = finds(answer);

	e = (struct error){ 0 };
	if (!found)
		return "no question";
	return csr_question_read(&question, found, kinds, &into, &e) ? "" : e.rule;
}

TEST(understands_the_question, "CSR-5 CSR-6 EX-4")
{
	CHECK_STR(reads(JSON("missing-attribute", JSON_KEY(P256), P10, ""), BOTH), "");
	CHECK(question.new_key && question.kind == KEY_P256 && question.info.size == 0);
	CHECK_STR(reads(JSON("missing-attribute", JSON_KEY(P384), P10, ",\"cert-req-info\":\"YWJj\""), BOTH), "");
	CHECK(question.new_key && question.kind == KEY_P384 && bytes_equal_text(question.info, "abc"));
	CHECK_STR(reads(XML(XML_KEY(P384), "ietf-ztp-types", "p10-csr", ""), BOTH), "");
	CHECK(question.new_key && question.kind == KEY_P384 && question.info.size == 0);
	CHECK_STR(reads(XML(XML_KEY("\n" P256 " \n"), "ietf-ztp-types", "p10-csr",
			    "<cert-req-info>YWJj</cert-req-info>"), BOTH), "");
	CHECK(question.kind == KEY_P256 && bytes_equal_text(question.info, "abc"));
	/* It need not be the first error of the list. */
	CHECK_STR(reads("{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"other\"},"
			"{\"error-tag\":\"missing-attribute\",\"error-info\":{\"ietf-sztp-csr:csr-request\":{"
			JSON_KEY(P256) "\"csr-generation\":{\"selected-format\":{\"format-identifier\":\"" P10
			"\"}}}}}]}}", BOTH), "");
}

TEST(a_question_without_a_new_key_is_about_the_own_one, "CSR-4")
{
	CHECK_STR(reads(JSON("missing-attribute", "", P10, ""), BOTH), "");
	CHECK(!question.new_key);
	CHECK_STR(reads(XML("", "ietf-ztp-types", "p10-csr", ""), 0), "");
	CHECK(!question.new_key);
}

TEST(other_errors_are_no_questions, "CSR-5")
{
	CHECK_STR(reads(JSON("invalid-value", JSON_KEY(P256), P10, ""), BOTH), "no question");
	CHECK_STR(reads("", BOTH), "no question");
	CHECK_STR(reads("<html><body>400</body></html>", BOTH), "no question");
	CHECK_STR(reads("{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"missing-attribute\"}]}}", BOTH),
		  "no question");
	CHECK_STR(reads("{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"missing-attribute\","
			"\"error-info\":\"csr\"}]}}", BOTH), "no question");
	CHECK_STR(reads("{\"ietf-restconf:errors\":{\"error\":[]}}", BOTH), "no question");
}

TEST(refuses_what_was_not_offered, "CSR-6")
{
	static const char *const unknown[] = {
		JSON("missing-attribute", JSON_KEY(RSA), P10, ""),
		JSON("missing-attribute", JSON_KEY(P521), P10, ""),
		JSON("missing-attribute", JSON_KEY(""), P10, ""),
		JSON("missing-attribute", JSON_KEY("!"), P10, ""),
		JSON("missing-attribute", JSON_KEY(P256 "AAAA"), P10, ""),
		JSON("missing-attribute", "\"key-generation\":{},", P10, ""),
		JSON("missing-attribute", "\"key-generation\":null,", P10, ""),
		JSON("missing-attribute", JSON_KEY(P256), "ietf-ztp-types:cmc-csr", ""),
		JSON("missing-attribute", JSON_KEY(P256), "ietf-ztp-types:cmp-csr", ""),
		JSON("missing-attribute", JSON_KEY(P256), "ietf-sztp-csr:p10-csr", ""),
		JSON("missing-attribute", JSON_KEY(P256), "", ""),
		"{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"missing-attribute\",\"error-info\":"
		"{\"ietf-sztp-csr:csr-request\":{" JSON_KEY(P256) "\"csr-generation\":{}}}}]}}",
		"{\"ietf-restconf:errors\":{\"error\":[{\"error-tag\":\"missing-attribute\",\"error-info\":"
		"{\"ietf-sztp-csr:csr-request\":7}}]}}",
		XML(XML_KEY(RSA), "ietf-ztp-types", "p10-csr", ""),
		XML(XML_KEY(P256), "ietf-ztp-types", "cmp-csr", ""),
		XML(XML_KEY(P256), "ietf-sztp-csr", "p10-csr", ""),
	};

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		CHECK_STR(reads(unknown[i], BOTH), "CSR-6");
	/* What another device would have offered, we did not. */
	CHECK_STR(reads(JSON("missing-attribute", JSON_KEY(P384), P10, ""), LDEVID_SIGNER_BIT(KEY_P256)), "CSR-6");
	CHECK(e.code == ERROR_REFUSED && strstr(e.text, "not offered"));
	CHECK_STR(reads(JSON("missing-attribute", JSON_KEY(P256), P10, ""), 0), "CSR-6");
}

TEST(refuses_what_it_is_to_say_when_it_is_too_long, "CSR-7")
{
	static const char head[] = JSON("missing-attribute", JSON_KEY(P256), P10, ",\"cert-req-info\":\"");
	size_t start = strstr(head, "info\":\"}") + strlen("info\":\"") - head;

	for (size_t size = 2046; size <= 2052; size += 3) {
		struct writer w = writer_over(body, sizeof(body) - 1);

		writer_bytes(&w, bytes_of(head, start));
		writer_fill(&w, 'A', BASE64_SIZE(size));
		writer_printf(&w, "\"%s", head + start);
		body[w.used] = '\0';
		CHECK_STR(reads(body, BOTH), size <= CONFIG_CSR_INFO_MAX ? "" : "CSR-7");
	}
	CHECK_STR(reads(JSON("missing-attribute", JSON_KEY(P256), P10, ",\"cert-req-info\":7"), BOTH), "CSR-7");
}

/* ---- the answer --------------------------------------------------------------------------------- */

static struct tls_identity identity;
static struct tls_identity_key *identity_key;
static uint8_t certificate[4096];
static struct bytes chain[1];
static struct ldevid_software software;

static bool randomly(void *to, size_t size, struct error *why)
{
	FILE *f = fopen("/dev/urandom", "r");
	bool done = f && fread(to, 1, size, f) == size;

	(void)why;
	if (f)
		fclose(f);
	return done;
}

static bool setup(const char *kind)
{
	char line[512];

	if (!lab_folder[0] && !lab_make_folder())
		return false;
	tls_identity_free(identity_key);
	snprintf(line, sizeof(line),
		 "openssl req -x509 -newkey %s -nodes -keyout own.key -outform DER -out own.der "
		 "-subj /O=Maker/serialNumber=SN-1 2>/dev/null && "
		 "openssl x509 -inform DER -in own.der -noout -pubkey > own.pub", kind);
	if (!lab_run(line))
		return false;
	chain[0] = bytes_of(certificate, lab_read("own.der", certificate, sizeof(certificate)));
	identity_key = tls_identity_read(&identity, bytes_of(file, lab_read("own.key", file, sizeof(file))),
					 chain, 1, &e);
	ldevid_software_start(&software, randomly);
	return identity_key;
}

static bool answers(const char *answer)
{
	struct writer w = writer_over(request, sizeof(request));
	char path[128];

	CHECK_STR(reads(answer, software.signer.kinds), "");
	if (!csr_question_answer(&w, &question, &software.signer, &identity, &e))
		return false;
	snprintf(path, sizeof(path), "%s/request", lab_folder);
	FILE *f = fopen(path, "w");
	return f && fwrite(request, 1, w.used, f) == w.used && fclose(f) == 0;
}

#define SHOW "openssl req -inform DER -in request -noout -verify -text > request.txt 2>&1"

TEST(a_new_key_with_the_subject_of_the_device, "CSR-8 CSR-10 CSR-13")
{
	CHECK(setup("rsa:2048"));
	CHECK(answers(JSON("missing-attribute", JSON_KEY(P256), P10, "")) && lab_run(SHOW));
	CHECK(lab_run("grep -q 'O = Maker, serialNumber = SN-1' request.txt && grep -q P-256 request.txt"));
	CHECK(lab_run("openssl req -inform DER -in request -noout -pubkey > first; ! cmp -s first own.pub"));
	CHECK(answers(XML(XML_KEY(P256), "ietf-ztp-types", "p10-csr", "")) && lab_run(SHOW));
	CHECK(lab_run("openssl req -inform DER -in request -noout -pubkey > second; ! cmp -s first second"));
	CHECK(answers(JSON("missing-attribute", JSON_KEY(P384), P10, "")) && lab_run(SHOW));
	CHECK(lab_run("grep -q P-384 request.txt"));
}

TEST(the_own_key_where_no_new_one_is_wanted, "CSR-4")
{
	static const char *const kinds[] = { "rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256",
					     "ec -pkeyopt ec_paramgen_curve:P-384" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		CHECK(setup(kinds[i]));
		CHECK(answers(JSON("missing-attribute", "", P10, "")) && lab_run(SHOW));
		CHECK(lab_run("grep -qi 'sha256With\\|with-SHA256' request.txt && "
			      "openssl req -inform DER -in request -noout -pubkey | cmp - own.pub"));
		CHECK(software.point_size == 0);
	}
}

TEST(what_the_server_wants_it_to_say, "CSR-7")
{
	CHECK(setup("ec -pkeyopt ec_paramgen_curve:P-256"));
	/* A request of somebody else's, about a key of theirs. */
	CHECK(lab_run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout other.key "
		      "-subj /O=Owner/CN=edge-1 -addext subjectAltName=DNS:edge-1 -outform DER -out other 2>/dev/null && "
		      "openssl asn1parse -inform DER -in other -strparse 4 -out info -noout && base64 -w0 info > info64"));
	size_t size = lab_read("info64", file, sizeof(file) - 1);
	file[size] = '\0';
	snprintf(body, sizeof(body), JSON("missing-attribute", JSON_KEY(P384), P10, ",\"cert-req-info\":\"%s\""), file);
	CHECK(answers(body) && lab_run(SHOW));
	CHECK(lab_run("grep -q 'O = Owner, CN = edge-1' request.txt && grep -q 'DNS:edge-1' request.txt && "
		      "! grep -q SN-1 request.txt"));
	CHECK(lab_run("openssl req -inform DER -in other -noout -pubkey > first; "
		      "openssl req -inform DER -in request -noout -pubkey > second; ! cmp -s first second"));
	/* About a key of another algorithm than the selected one: no key is made for it. */
	software.signer.discard(&software);
	snprintf(body, sizeof(body), JSON("missing-attribute", JSON_KEY(P256), P10, ",\"cert-req-info\":\"%s\""), file);
	CHECK(!answers(body) && software.point_size == 0);
	CHECK_STR(e.rule, "CSR-7");
	snprintf(body, sizeof(body), JSON("missing-attribute", "", P10, ",\"cert-req-info\":\"%s\""), file);
	CHECK(!answers(body));
	CHECK_STR(e.rule, "CSR-7");
	CHECK(!answers(JSON("missing-attribute", JSON_KEY(P256), P10, ",\"cert-req-info\":\"\"")));
	CHECK_STR(e.rule, "CSR-7");
	CHECK(!answers(JSON("missing-attribute", JSON_KEY(P256), P10, ",\"cert-req-info\":\"YWJj\"")));
	CHECK_STR(e.rule, "CSR-7");
}

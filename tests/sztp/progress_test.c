/* SPDX-License-Identifier: MIT */
#include "sztp/progress.h"

#include <stdlib.h>

#include "check.h"
#include "config.h"

static char out[CONFIG_REPORT_BODY_MAX + 1];

static const char *written_as(const struct progress *p, bool xml)
{
	struct writer w = writer_over(out, progress_size(p));

	CHECK(progress_size(p) < sizeof(out));
	(xml ? progress_write_xml : progress_write)(&w, p);
	CHECK(writer_ok(&w));
	out[w.used] = '\0';
	return out;
}

static const char *written(enum progress_type type, struct bytes message)
{
	const struct progress p = { .type = type, .message = message };

	return written_as(&p, false);
}

TEST(writes_the_input_container_in_the_module, "RIN-1 PROG-4")
{
	CHECK_STR(written(PROGRESS_TYPE_BOOTSTRAP_INITIATED, bytes_of(NULL, 0)),
		  "{\"ietf-sztp-bootstrap-server:input\":"
		  "{\"progress-type\":\"bootstrap-initiated\"}}");
}

TEST(escapes_and_cleans_the_message, "PROG-12")
{
	static const char message[] = "a\"b\\c\nd\x01\xff\xc3\xa9\x7f";

	CHECK_STR(written(PROGRESS_TYPE_CONFIG_WARNING, bytes_of(message, sizeof(message) - 1)),
		  "{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"config-warning\","
		  "\"message\":\"a\\\"b\\\\c\\u000ad\\ufffd\xc3\xa9\"}}");
}

TEST(keeps_the_end_of_a_long_message, "PROG-12")
{
	size_t size = CONFIG_REPORT_MESSAGE_MAX + 5000;
	char *message = malloc(size);

	memset(message, '\x02', size);
	memcpy(message + size - 3, "end", 3);
	CHECK_STR(written(PROGRESS_TYPE_INFORMATIONAL, bytes_of(message, size)),
		  "{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"informational\","
		  "\"message\":\"[...] end\"}}");
	memset(message, '\xff', size);
	written(PROGRESS_TYPE_INFORMATIONAL, bytes_of(message, size));
	free(message);
}

TEST(every_type_has_a_name, "")
{
	for (int t = 0; t < PROGRESS_TYPE_COUNT; t++)
		CHECK(progress_type_name(t) != NULL);
}

TEST(error_types_and_the_two_ends_are_last, "PROG-5")
{
	int last = 0;

	for (int t = 0; t < PROGRESS_TYPE_COUNT; t++) {
		const char *name = progress_type_name(t);
		size_t n = strlen(name);
		bool error = n > 6 && strcmp(name + n - 6, "-error") == 0;

		if (progress_type_is_last(t))
			last++;
		if (error)
			CHECK(progress_type_is_last(t) && progress_type_is_minimal(t));
	}
	CHECK(last == 8);
}

TEST(writes_the_same_in_xml, "PROG-12 PROG-17")
{
	static const char message[] = "a<b>&c\nd\x01\xff\xc3\xa9\x7f";
	const struct progress p = { .type = PROGRESS_TYPE_CONFIG_WARNING,
				    .message = bytes_of(message, sizeof(message) - 1) };

	CHECK_STR(written_as(&p, true),
		  "<input xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\">"
		       "<progress-type>config-warning</progress-type>"
		       "<message>a&lt;b&gt;&amp;c\nd\xef\xbf\xbd\xc3\xa9</message></input>");
}

static const struct progress_ssh_key keys[] = {
	{ "ssh-ed25519", { (const uint8_t *)"AB", 2 } },
	{ "rsa-sha2-256", { (const uint8_t *)"C", 1 } },
};
static const struct bytes certificates[] = { { (const uint8_t *)"D", 1 },
					     { (const uint8_t *)"EF", 2 } };

static struct progress with_lists(enum progress_type type, size_t key_count, size_t certificate_count)
{
	return (struct progress){ .type = type,
				  .ssh_host_keys = keys,
				  .ssh_host_key_count = key_count,
				  .trust_anchor_certs = certificates,
				  .trust_anchor_cert_count = certificate_count };
}

TEST(tells_host_keys_and_anchors_when_it_is_complete, "PROG-13 PROG-14 PROG-15")
{
	struct progress p = with_lists(PROGRESS_TYPE_BOOTSTRAP_COMPLETE, 2, 2);

	CHECK_STR(written_as(&p, false),
		  "{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"bootstrap-complete\","
		  "\"ssh-host-keys\":{\"ssh-host-key\":["
		  "{\"algorithm\":\"ssh-ed25519\",\"key-data\":\"QUI=\"},"
		  "{\"algorithm\":\"rsa-sha2-256\",\"key-data\":\"Qw==\"}]},"
		  "\"trust-anchor-certs\":{\"trust-anchor-cert\":[\"RA==\",\"RUY=\"]}}}");
	CHECK_STR(written_as(&p, true),
		  "<input xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\">"
		  "<progress-type>bootstrap-complete</progress-type><ssh-host-keys>"
		  "<ssh-host-key><algorithm>ssh-ed25519</algorithm><key-data>QUI=</key-data></ssh-host-key>"
		  "<ssh-host-key><algorithm>rsa-sha2-256</algorithm><key-data>Qw==</key-data></ssh-host-key>"
		  "</ssh-host-keys><trust-anchor-certs><trust-anchor-cert>RA==</trust-anchor-cert>"
		  "<trust-anchor-cert>RUY=</trust-anchor-cert></trust-anchor-certs></input>");
	p = with_lists(PROGRESS_TYPE_BOOTSTRAP_COMPLETE, 0, 1);
	CHECK_STR(written_as(&p, false),
		  "{\"ietf-sztp-bootstrap-server:input\":{\"progress-type\":\"bootstrap-complete\","
		  "\"trust-anchor-certs\":{\"trust-anchor-cert\":[\"RA==\"]}}}");
}

TEST(tells_them_at_no_other_time, "PROG-13")
{
	for (int t = 0; t < PROGRESS_TYPE_COUNT; t++) {
		struct progress p = with_lists((enum progress_type)t, 2, 2);

		if (t == PROGRESS_TYPE_BOOTSTRAP_COMPLETE)
			continue;
		CHECK(!strstr(written_as(&p, false), "keys") && !strstr(out, "certs"));
		CHECK(!strstr(written_as(&p, true), "keys") && !strstr(out, "certs"));
	}
}

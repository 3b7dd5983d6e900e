/* SPDX-License-Identifier: MIT */
#include "sztp/progress.h"

#include <stdlib.h>

#include "check.h"
#include "config.h"

static char out[CONFIG_REPORT_BODY_MAX + 1];

static const char *written(enum progress_type type, struct bytes message)
{
	struct writer w = writer_over(out, sizeof(out) - 1);

	progress_write(&w, type, message);
	CHECK(writer_ok(&w));
	out[w.used] = '\0';
	return out;
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
	struct writer w = writer_over(out, sizeof(out) - 1);

	progress_write_xml(&w, PROGRESS_TYPE_CONFIG_WARNING,
			   bytes_of(message, sizeof(message) - 1));
	CHECK(writer_ok(&w));
	out[w.used] = '\0';
	CHECK_STR(out, "<input xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\">"
		       "<progress-type>config-warning</progress-type>"
		       "<message>a&lt;b&gt;&amp;c\nd\xef\xbf\xbd\xc3\xa9</message></input>");
}

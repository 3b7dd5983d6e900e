/* SPDX-License-Identifier: MIT */
#include "status.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "codec/json.h"
#include "platform/console.h"
#include "platform/file.h"

static struct loop loop;
static struct status status;
static struct stage_log stages;
static struct discovery discovery;
static struct proxies proxies;
static uint8_t text[CONFIG_STATUS_MAX + 1], arena[JSON_ARENA_SIZE(CONFIG_STATUS_MAX)];
static char path[256];

static const struct json_value *written(void)
{
	struct writer w = writer_over(text, sizeof(text) - 1);
	const struct json_value *root = NULL;
	struct error e;

	status_write(&status, &w);
	text[w.used] = '\0';
	CHECK(writer_ok(&w));
	if (!json_read(&root, writer_done(&w), sizeof(text), arena, sizeof(arena), &e)) {
		printf("%s\n%s\n", e.text, (char *)text);
		CHECK(!"this is JSON");
		exit(1);
	}
	return root;
}

static const struct json_value *entry(const char *list, size_t at)
{
	struct json_walk walk = json_walk(json_member(written(), list));
	const struct json_value *v;

	do
		v = json_walk_next(&walk, NULL);
	while (v && at--);
	return v;
}

static bool is(const struct json_value *object, const char *name, const char *value)
{
	const struct json_value *v = json_member(object, name);
	struct bytes found;
	struct error e;

	return value ? v && json_text(&found, v, name, &e) && bytes_equal_text(found, value)
		     : v && json_is_null(v);
}

static void begin(void)
{
	memset(&status, 0, sizeof(status));
	memset(&discovery, 0, sizeof(discovery));
	proxies_stop(&proxies);
	memset(&proxies, 0, sizeof(proxies));
	loop_start(&loop);
	stage_start(&stages);
	snprintf(path, sizeof(path), "%s/status-test.%d",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (int)getpid());
	status.loop = &loop;
	status.stages = &stages;
	status.path = getenv("STATUS_FILE") ? getenv("STATUS_FILE") : path;
}

static void fail(const char *source, const char *rule)
{
	struct error e;

	error_set(&e, ERROR_REFUSED, rule, "a \"sentence\"");
	status_source_ended(&status, source, &e);
}

static void lease(size_t port, enum discovery_kind kind, const char *link, uint32_t address)
{
	struct discovery_network *n = &discovery.ports[port].networks[kind];

	discovery.ports[port].used = true;
	discovery.ports[port].present |= 1u << kind;
	n->kind = kind;
	snprintf(n->link, sizeof(n->link), "%s", link);
	if (address)
		n->own = address_ipv4(address);
	n->prefix = 24;
}

TEST(with_nothing_known_every_member_is_there, "")
{
	const struct json_value *root;

	begin();
	root = written();
	CHECK(is(root, "state", "running") && is(root, "stage", "probe"));
	CHECK(is(root, "serial-number", NULL) && is(root, "profile", NULL));
	CHECK(is(root, "source", NULL) && is(root, "server", NULL));
	CHECK(is(root, "last-error", NULL) && is(root, "progress", NULL));
	CHECK(!entry("sources", 0) && !entry("leases", 0) && !entry("proxies", 0));
	CHECK(is(entry("stages", 0), "stage", "probe"));
}

TEST(sources_keep_their_last_outcome, "DISC-9")
{
	char name[64];

	begin();
	fail("usb sdb1", "USB-8");
	fail("dhcp4 eth0", "OV-10");
	status_source_ended(&status, "usb sdb1", NULL); /* tried again: at the end now */
	CHECK(is(entry("sources", 0), "source", "dhcp4 eth0"));
	CHECK(is(entry("sources", 0), "rule", "OV-10"));
	CHECK(is(entry("sources", 0), "text", "a \"sentence\""));
	CHECK(is(entry("sources", 1), "source", "usb sdb1"));
	CHECK(is(entry("sources", 1), "rule", NULL) && is(entry("sources", 1), "text", NULL));
	CHECK(!entry("sources", 2));
	CHECK(is(json_member(written(), "last-error"), "rule", "OV-10"));
	for (int i = 0; i < 2 * CONFIG_STATUS_SOURCES_MAX; i++) {
		snprintf(name, sizeof(name), "source %d of many, with a name that is much too long",
			 i);
		fail(name, "X-1");
		fail(name, "X-2"); /* the same one */
	}
	CHECK(entry("sources", CONFIG_STATUS_SOURCES_MAX - 1) != NULL);
	CHECK(!entry("sources", CONFIG_STATUS_SOURCES_MAX));
	CHECK(is(entry("sources", CONFIG_STATUS_SOURCES_MAX - 1), "rule", "X-2"));
	CHECK(is(entry("sources", 0), "source", "source 24 of many, with a name that is much too"));
}

TEST(proxies_are_shown_for_each_interface_with_the_active_one, "PROXY-8 MIST-1")
{
	static const struct proxies_options options = { .mode = PROXIES_LEARNED };
	static const char ten[] = "\x80\x0d" "192.0.2.10:80", eleven[] = "\x80\x0d" "192.0.2.11:80";
	struct error e;

	begin(); /* links that are not there: nothing is sent */
	CHECK(proxies_start(&proxies, &loop, &options, &e));
	status.proxies = &proxies;
	proxies_learn(&proxies, "none1", bytes_of(eleven, sizeof(eleven) - 1), bytes_of(NULL, 0));
	proxies_learn(&proxies, "none0", bytes_of(ten, sizeof(ten) - 1), bytes_of(NULL, 0));
	CHECK(is(entry("proxies", 0), "interface", "none0"));
	CHECK(is(entry("proxies", 0), "proxy", "192.0.2.10:80"));
	CHECK(is(entry("proxies", 1), "interface", "none1"));
	CHECK(is(entry("proxies", 1), "proxy", "192.0.2.11:80"));
	CHECK(!entry("proxies", 2));
	CHECK(json_member(entry("proxies", 0), "active") != NULL);
	proxies_forget(&proxies, "none0");
	CHECK(is(entry("proxies", 0), "interface", "none1") && !entry("proxies", 1));
	proxies_stop(&proxies);
}

TEST(leases_are_shown_for_each_interface, "")
{
	begin();
	status.discovery = &discovery;
	lease(0, DISCOVERY_DHCP4, "eth0", 0xc0000209);
	lease(1, DISCOVERY_DHCP4, "eth1", 0xc6336409);
	lease(1, DISCOVERY_DHCP6, "eth1", 0);
	CHECK(is(entry("leases", 0), "interface", "eth0"));
	CHECK(is(entry("leases", 0), "address", "192.0.2.9/24"));
	CHECK(is(entry("leases", 1), "kind", "dhcp4") && is(entry("leases", 2), "kind", "dhcp6"));
	CHECK(is(entry("leases", 2), "address", NULL) && !entry("leases", 3));
}

TEST(the_longest_list_fits, "")
{
	begin();
	status.discovery = &discovery;
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++)
		for (enum discovery_kind kind = 0; kind < DISCOVERY_KINDS; kind++) {
			struct discovery_network *n = &discovery.ports[i].networks[kind];

			lease(i, kind, "enp123s0f0np123", 0xffffffff);
			for (n->dns_count = 0; n->dns_count < 3; n->dns_count++)
				n->dns[n->dns_count] = (struct address){
					.family = ADDRESS_IPV6, .bytes = "0123456789abcde" };
		}
	for (int i = 0; i < CONFIG_STATUS_SOURCES_MAX; i++) {
		struct error e;

		error_set(&e, ERROR_REFUSED, "STORE_OF_MANY_THINGS", "%0319d", i);
		status_source_ended(&status, (char[]){ (char)('A' + i), '\0' }, &e);
	}
	CHECK(entry("leases", CONFIG_LINKS_MAX * DISCOVERY_KINDS - 1) != NULL);
}

/* With STATUS_FILE, that file is left to tests/command/status_test.sh. */
TEST(the_file_is_replaced_when_something_has_changed, "PROXY-8")
{
	const bool never = false;
	struct error e;
	size_t used, changed;

	begin();
	status.discovery = &discovery;
	status.proxies = &proxies;
	status.serial = "SN-1";
	status.profile = "ssr";
	status.round = 1;
	lease(0, DISCOVERY_DHCP4, "eth0", 0xc0000209);
	discovery.ports[0].networks[DISCOVERY_DHCP4].dns_count = 1;
	discovery.ports[0].networks[DISCOVERY_DHCP4].dns[0] = address_ipv4(0xc0000235);
	discovery.ports[0].networks[DISCOVERY_DHCP4].syslog_count = 1;
	discovery.ports[0].networks[DISCOVERY_DHCP4].syslog[0] = address_ipv4(0xc0000236);
	const struct proxies_fixed fixed = { address_ipv4(0x7f000001), 9 };
	const struct proxies_options options = { .mode = PROXIES_STATIC, .fixed = &fixed,
						 .fixed_count = 1,
						 .credentials = "user:secret" };
	CHECK(proxies_start(&proxies, &loop, &options, &e));
	snprintf(status.source, sizeof(status.source), "dhcp4 eth0");
	snprintf(status.server, sizeof(status.server), "boot.example:443");
	status_start(&status);
	CHECK(file_read(text, sizeof(text), &used, status.path, 0, &e));
	CHECK(!memmem(text, used, "secret", 6)); /* KEY-4 */
	uint64_t digest = status.written;
	CHECK(!loop_run_until(&loop, &never, loop_now_ms() + 50, &e));
	CHECK(status.written == digest && status.timer.armed);
	fail("dhcp4 eth0", "OV-10");
	loop_timer_set(&loop, &status.timer, loop_now_ms()); /* do not wait for it */
	CHECK(!loop_run_until(&loop, &never, loop_now_ms() + 20, &e));
	CHECK(file_read(text, sizeof(text), &changed, status.path, 0, &e) && changed > used);
	CHECK(status.written != digest);
	console_progress("install", 1 << 20, 4 << 20);
	fail("dhcp4 eth0", "OV-11");
	error_set(&e, ERROR_LATER, "DISC-6", "no more");
	status_end(&status, STATUS_FAILED, &e);
	CHECK(!status.timer.armed);
	CHECK(file_read(text, sizeof(text) - 1, &used, status.path, 0, &e));
	text[used] = '\0';
	CHECK(strstr((char *)text, "\"state\":\"failed\"") && strstr((char *)text, "DISC-6"));
	CHECK(strstr((char *)text, "{\"bytes\":1048576,\"of\":4194304,\"percent\":25}"));
	console_progress_end();
	proxies_stop(&proxies);
	if (!getenv("STATUS_FILE"))
		unlink(status.path);
}

TEST(a_place_that_cannot_be_written_is_nobody_s_failure, "")
{
	begin();
	status.path = "/proc/no/such/status.json";
	status_start(&status);
	CHECK(status.written == 0 && status.timer.armed);
	status_end(&status, STATUS_DONE, NULL);
	CHECK(status.last.code == ERROR_NONE);
}

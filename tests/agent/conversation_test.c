/* SPDX-License-Identifier: MIT */
#include "sztp/bootstrap.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "agent/rpc_server.h"
#include "base/log.h"
#include "check.h"
#include "device.h"
#include "platform/entropy.h"

/*
 * Whole conversations, with nginx as artifacts site sets it up (mutual TLS), and with servers
 * of our own that misbehave.  All in a network namespace of its own.
 */

/* ---- keys, artifacts, servers ------------------------------------------------------------- */

static const char library[] =
	"art() { $TOP/scripts/artifacts \"$@\" >/dev/null; }\n"
	"keys() {\n"
	"	art ca --out maker --name Maker && art signer --ca maker --out signer &&\n"
	"	art ca --out devices --name Devices &&\n"
	"	art ca --out owner-ca --name Owner && art owner-certificate --ca owner-ca --out owner &&\n"
	"	art idevid --ca devices --serial SN-1 --out dev1 &&\n"
	"	art idevid --ca devices --serial SN-2 --out dev2 &&\n"
	"	art voucher --signer signer --serial SN-1 --pinned owner-ca/ca.pem --out SN-1.vcj &&\n"
	"	art voucher --signer signer --serial SN-2 --pinned owner-ca/ca.pem --out SN-2.vcj || return\n"
	"	for i in 1 2 3 4; do\n"
	"		art ca --out ca$i --name \"Servers $i\" && art server --ca ca$i --name ip:127.0.0.1 \\\n"
	"			--name dns:boot.example --out server$i || return\n"
	"	done\n"
	"	cat server1/server.pem server1/chain.pem server1/server.key > both.pem\n"
	"	printf 'hostname edge-1\\n' > configuration\n"
	"}\n"
	/* onboarding NAME SIGNING... */
	"onboarding() { art conveyed-information onboarding --configuration configuration \\\n"
	"	--configuration-handling merge \"${@:2}\" --out $1.cms; }\n"
	/* redirect NAME SIGNING... -- SERVER... */
	"redirect() { art conveyed-information redirect \"${@:2}\" --out $1.cms; }\n"
	/* site N SERIAL CI [OPTION...]: what server N, at port 900N, gives that device */
	"site() {\n"
	"	local proof=\n"
	"	openssl asn1parse -inform DER -in $3.cms | grep -q signedData &&\n"
	"		proof=\"--owner-certificate owner/owner-certificate.cms --voucher $2.vcj\"\n"
	"	art site --out site$1 --serial $2 --conveyed-information $3.cms $proof --server server$1 \\\n"
	"		--port 900$1 --http-port 910$1 --listen 127.0.0.1 --device-ca devices/ca.pem \\\n"
	"		--require-device-certificate --reporting-level verbose \"${@:4}\"\n"
	"}\n"
	/* anchored NAME SERVER N: signed redirect, whose trust anchor has the list crl.pem of CA N */
	"anchored() {\n"
	"	local a\n"
	"	a=$(openssl crl2pkcs7 -in crl.pem -certfile ca$3/ca.pem -outform DER | base64 -w0) &&\n"
	"	printf '{\"ietf-sztp-conveyed-info:redirect-information\":{\"bootstrap-server\":[{\"address\":\"%s\",'\\\n"
	"'\"port\":%s,\"trust-anchor\":\"%s\"}]}}' ${2%:*} ${2#*:} $a > $1.json &&\n"
	"	openssl cms -sign -binary -nodetach -md sha256 -econtent_type 1.2.840.113549.1.9.16.1.43 \\\n"
	"		-in $1.json -signer owner/owner.pem -inkey owner/owner.key -nocerts -outform DER -out $1.cms\n"
	"}\n"
	"asked() { grep -c get-bootstrapping site$1/log/requests.jsonl; true; }\n"
	"reported() { [ ! -s site$1/log/reports.jsonl ] || jq -r '.body | fromjson |\n"
	"	.\"ietf-sztp-bootstrap-server:input\".\"progress-type\"' site$1/log/reports.jsonl | xargs; }\n";

static struct loop loop;
static struct device device;
static struct bootstrap b;
static struct error e;

static bool sh(const char *format, ...) PRINTF_LIKE(1, 2);

static bool sh(const char *format, ...)
{
	char command[2048], line[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	snprintf(line, sizeof(line), "bash -c '. ./lib.sh; %s'", command);
	bool done = lab_run(line);
	CHECK(done);
	return done;
}

/* What a command prints, without the last newline. */
static const char *output(const char *command)
{
	static char text[8192];
	size_t n;

	if (!sh("{ %s; } > output", command))
		return "";
	n = lab_read("output", text, sizeof(text) - 1);
	text[n && text[n - 1] == '\n' ? n - 1 : n] = '\0';
	return text;
}

/* ---- the device's side ---------------------------------------------------------------------- */

static char said[1 << 20];
static size_t said_size;
static struct {
	unsigned onboarded, fail_times;
	char server[300];
	bool server_trusted, is_signed;
	int64_t voucher_created_on;
	const char *fails_at; /* NULL: does not */
} seen;

static void listen_to(void *context, const struct log_entry *entry)
{
	(void)context;
	said_size += (size_t)snprintf(said + said_size, sizeof(said) - said_size, "%s%s%s: %s\n",
				      entry->event ? entry->event : "", entry->event ? " " : "",
				      entry->stem, entry->line);
}

/* A device whose steps all succeed, unless it is told otherwise. */
static bool carry_out(void *context, const struct bootstrap_onboarding *from, struct error *why)
{
	struct report *report = from->report;

	(void)context;
	seen.onboarded++;
	snprintf(seen.server, sizeof(seen.server), "%s", from->server);
	seen.server_trusted = from->server_trusted;
	seen.is_signed = from->validated->is_signed;
	seen.voucher_created_on = from->voucher_created_on;
	CHECK(bytes_equal_text(from->information->configuration, "hostname edge-1\n"));
	if (!report_initiated(report, why))
		return false;
	report_step(report, PROGRESS_TYPE_CONFIG_INITIATED, "x");
	if (seen.fail_times && seen.fail_times--) {
		error_set(why, ERROR_REFUSED, "CFG-4", "no");
		return seen.fails_at ? report_error(report, PROGRESS_TYPE_CONFIG_ERROR, why) : false;
	}
	report_step(report, PROGRESS_TYPE_CONFIG_COMPLETE, "x");
	return report_complete(report, NULL, why);
}

static bool setup_once(void)
{
	char top[256], path[128];
	FILE *f;

	if (!getcwd(top, sizeof(top)) || setenv("TOP", top, 1) != 0)
		return false;
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
	loop_start(&loop);
	if (!lab_make_folder() || !lab_network())
		return false;
	snprintf(path, sizeof(path), "%s/lib.sh", lab_folder);
	f = fopen(path, "w");
	if (!f || fputs(library, f) < 0 || fclose(f) != 0)
		return false;
	return sh("keys && onboarding signed --owner owner && onboarding plain --unsigned");
}

static const char *in_folder(char to[static 128], const char *name)
{
	snprintf(to, 128, "%s/%s", lab_folder, name);
	return to;
}

/* A device of that serial number, which knows its maker; and, for server1, an anchor. */
static bool become(const char *serial, const char *folder, bool knows_server1)
{
	char maker[128], key[128], certificate[128], server[128], name[64];
	const char *const anchors[] = { in_folder(maker, "maker/ca.der") };
	const char *const server_anchors[] = { in_folder(server, "ca1/ca.der") };
	struct device_files files = { .serial = serial,
				      .trust_anchors = anchors,
				      .trust_anchor_count = 1,
				      .server_anchors = server_anchors,
				      .server_anchor_count = knows_server1 };

	snprintf(name, sizeof(name), "%s/idevid.key", folder);
	files.identity_key = in_folder(key, name);
	snprintf(name, sizeof(name), "%s/idevid.pem", folder);
	files.identity_certificate = in_folder(certificate, name);
	device_close(&device);
	memset(&device, 0, sizeof(device));
	device.tpm = TPM_CLOSED;
	if (!device_load_files(&device, &files, &e))
		return false;
	for (unsigned port = 9001; knows_server1 && port <= 9011; port += 10)
		device.well_known[device.well_known_count++] =
			(struct bootstrap_well_known){ .host = "127.0.0.1",
						       .port = (uint16_t)port,
						       .anchors = device.server_anchors,
						       .anchor_count = device.server_anchor_count };
	bootstrap_close(&b);
	b = (struct bootstrap){ .loop = &loop, .random = entropy_fill, .onboard = carry_out };
	device_offer(&device, &b);
	b.hw_model = "lab";
	memset(&seen, 0, sizeof(seen));
	log_to(listen_to, NULL);
	log_up_to(LOG_LEVEL_INFO);
	said_size = 0;
	return bootstrap_open(&b, &e);
}

static bool setup(bool knows_server1)
{
	static bool tried, ready;

	if (!tried) {
		tried = true;
		ready = setup_once();
	}
	CHECK(ready);
	bool good = ready && become("SN-1", "dev1", knows_server1);
	CHECK(good);
	return good;
}

static const struct bootstrap_source source = { .name = "test" };

/* Servers at ports of 127.0.0.1, up to a 0. */
static bool try_ports(const uint16_t *ports)
{
	struct server_list list = { 0 };
	char uri[64];

	for (; *ports; ports++) {
		snprintf(uri, sizeof(uri), "https://127.0.0.1:%u", *ports);
		CHECK(server_list_read_uri(&list.at[list.count++], bytes_of_text(uri), &e));
	}
	said_size = 0;
	said[0] = '\0';
	e = (struct error){ 0 };
	return bootstrap_try(&b, &source, &list, &e);
}
#define TRY(...) try_ports((const uint16_t[]){ __VA_ARGS__, 0 })

static bool was_said(const char *text)
{
	if (strstr(said, text))
		return true;
	printf("not said: %s\nbut:\n%s", text, said);
	return false;
}

static unsigned times_said(const char *text)
{
	unsigned n = 0;

	for (const char *at = said; (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

/* ---- nginx ---------------------------------------------------------------------------------- */

static pid_t nginx(int n)
{
	char line[128];

	snprintf(line, sizeof(line), "nginx -p site%d -e log/error.log -c nginx.conf", n);
	pid_t pid = lab_spawn(line);
	CHECK(lab_wait_port((uint16_t)(9000 + n)));
	return pid;
}

static void remove_sites(void)
{
	sh("rm -rf site?");
}

/* nginx ends in its own time; its port must be free for the next test. */
static void quit(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

TEST(three_redirects_lead_to_onboarding_and_only_the_last_server_hears_of_it,
     "SRC-4 SRC-7 HW-8 REDIR-5 REDIR-12 PROG-1 PROG-2 PROG-3 PROG-6 MATRIX-1 MATRIX-3 MATRIX-7 "
     "MATRIX-8 XR-13 ONB-7 TERM-1 CLK-9")
{
	pid_t pids[4];

	if (!setup(false))
		return;
	remove_sites();
	/* A stranger's hint, signed words, then the words of a server that is trusted. */
	sh("redirect r1 --unsigned --server 127.0.0.1:9002=ca4/ca.pem &&"
	   "redirect r2 --owner owner --server 127.0.0.1:9003=ca3/ca.pem &&"
	   "redirect r3 --unsigned --server 127.0.0.1:9004=ca4/ca.pem &&"
	   "site 1 SN-1 r1 && site 2 SN-1 r2 && site 3 SN-1 r3 && site 4 SN-1 plain");
	for (int i = 0; i < 4; i++)
		pids[i] = nginx(i + 1);
	CHECK(TRY(9001) && seen.onboarded == 1);
	CHECK_STR(seen.server, "https://127.0.0.1:9004");
	CHECK(seen.server_trusted && !seen.is_signed && seen.voucher_created_on > 1700000000);
	for (int i = 0; i < 4; i++)
		quit(pids[i]);
	CHECK_STR(output("asked 1; asked 2; asked 3; asked 4"), "1\n1\n1\n1");
	CHECK_STR(output("reported 1; reported 2; reported 3"), "");
	CHECK_STR(output("reported 4"), "bootstrap-initiated parsing-initiated parsing-complete "
					"config-initiated config-complete bootstrap-complete");
	CHECK_STR(output("jq .status site4/log/reports.jsonl | sort -u"), "204");
	/* Who was told what. */
	CHECK_STR(output("for i in 1 2 3 4; do jq -r \"select(.request | contains(\\\"get-boot\\\")) | "
			 ".body\" site$i/log/requests.jsonl | jq -c \"[.[] | keys[]] - [\\\"nonce\\\"]\"; done"),
		  "[\"signed-data-preferred\"]\n[\"signed-data-preferred\"]\n[\"hw-model\"]\n[\"hw-model\"]");
	CHECK(was_said("redirect bootstrap: https://127.0.0.1:9001 redirects to 1 server, not trusted"));
	CHECK(was_said("redirect bootstrap: https://127.0.0.1:9002 redirects to 1 server, trusted"));
	CHECK(times_said("server-contact ") == 4 && times_said("is a stranger") == 2);
}

TEST(an_anchor_counts_for_its_own_server_alone, "REDIR-12 REDIR-6 HW-8 TERM-3 TLS-10")
{
	pid_t one, three, four;

	if (!setup(false))
		return;
	remove_sites();
	/* Server 3 under its anchor; then the same server without one: a stranger again. */
	sh("redirect r1 --owner owner --server 127.0.0.1:9003=ca3/ca.pem --server 127.0.0.1:9003 "
	   "--server 127.0.0.1:9004=ca3/ca.pem --server 127.0.0.1:9004=ca4/ca.pem &&"
	   "redirect r3 --unsigned --server 127.0.0.1:9009 &&"
	   "site 1 SN-1 r1 && site 3 SN-1 r3 && site 4 SN-1 plain");
	one = nginx(1), three = nginx(3), four = nginx(4);
	CHECK(TRY(9001) && seen.onboarded == 1 && seen.server_trusted);
	CHECK_STR(seen.server, "https://127.0.0.1:9004");
	CHECK(times_said("https://127.0.0.1:9003 is authenticated, by 'CN=Servers 3'") == 1);
	CHECK(times_said("https://127.0.0.1:9003 is a stranger") == 1);
	CHECK(was_said("https://127.0.0.1:9004: TLS-7: "));
	quit(one), quit(three), quit(four);
}

TEST(each_device_is_sent_to_its_own_server, "MIST-4 XR-9")
{
	pid_t one, two, three;

	if (!setup(true))
		return;
	remove_sites();
	sh("redirect to2 --owner owner --server 127.0.0.1:9002=ca2/ca.pem &&"
	   "redirect to3 --owner owner --server 127.0.0.1:9003=ca3/ca.pem &&"
	   "site 1 SN-1 to2 && site 1 SN-2 to3 && site 2 SN-1 plain && site 3 SN-2 plain");
	one = nginx(1), two = nginx(2), three = nginx(3);
	CHECK(TRY(9001) && was_said("https://127.0.0.1:9001 is authenticated, by 'CN=Servers 1'"));
	CHECK_STR(seen.server, "https://127.0.0.1:9002");
	CHECK(become("SN-2", "dev2", true) && TRY(9001));
	CHECK_STR(seen.server, "https://127.0.0.1:9003");
	quit(one), quit(two), quit(three);
}

TEST(a_server_that_refuses_the_identity_is_left_for_this_round, "XR-9 ERR-3 SRC-10 CWK-4 DISC-9")
{
	pid_t two, three, four;

	if (!setup(false))
		return;
	remove_sites();
	/* One knows another CA, one another device, the third is right. */
	sh("site 2 SN-1 signed --device-ca ca1/ca.pem && site 3 SN-2 signed && site 4 SN-1 signed");
	two = nginx(2), three = nginx(3), four = nginx(4);
	CHECK(TRY(9002, 9003, 9004) && seen.onboarded == 1 && !seen.server_trusted);
	CHECK_STR(seen.server, "https://127.0.0.1:9004");
	CHECK(was_said("test: https://127.0.0.1:9003: ERR-3: the server does not accept this device (401: protocol access-denied"));
	CHECK_STR(output("reported 4; asked 3"), "1");
	/* Another source of the same round names it again, and another round does. */
	CHECK(!TRY(9003) && was_said("not asked again"));
	CHECK_STR(e.rule, "ERR-3");
	CHECK_STR(output("asked 3"), "1");
	bootstrap_begin_round(&b);
	CHECK(!TRY(9003));
	CHECK_STR(output("asked 3"), "2");
	quit(two), quit(three), quit(four);
}

TEST(a_server_that_breaks_the_handshake_off_is_left, "XR-9 TLS-2 SRC-10")
{
	pid_t strict, four;

	if (!setup(false))
		return;
	remove_sites();
	sh("site 4 SN-1 signed");
	four = nginx(4);
	/* It takes certificates of another authority alone, and says so with an alert. */
	strict = lab_spawn("openssl s_server -accept 127.0.0.1:9021 -quiet -tls1_2 -cert both.pem "
			   "-key both.pem -CAfile ca2/ca.pem -Verify 1 -verify_return_error");
	CHECK(lab_wait_port(9021));
	CHECK(TRY(9021, 9004) && seen.onboarded == 1);
	CHECK_STR(seen.server, "https://127.0.0.1:9004");
	CHECK(was_said("test: https://127.0.0.1:9021: TLS-2: "));
	lab_kill(strict);
	quit(four);
}

TEST(with_an_anchor_and_without, "HW-6 HW-7 XR-6 XR-14 MATRIX-4 MATRIX-10 PROG-2 CWK-4")
{
	pid_t one;
	const char *voucher, *owner, *signature;

	if (!setup(true))
		return;
	remove_sites();
	sh("site 1 SN-1 signed");
	one = nginx(1);
	CHECK(TRY(9001) && seen.server_trusted && seen.is_signed);
	CHECK(times_said("tls-result bootstrap: device validation: ") == 1);
	CHECK(times_said("tls-result bootstrap: server validation: ") == 1);
	CHECK(times_said("artifact-result bootstrap: artifact validation: ") == 1);
	CHECK(was_said("takes this device's certificate"));
	voucher = strstr(said, "VAL-3"), owner = strstr(said, "VAL-8"),
	signature = strstr(said, "VAL-12");
	CHECK(voucher && owner && signature && voucher < owner && owner < signature);
	CHECK_STR(output("reported 1 | wc -w"), "6");
	CHECK(become("SN-1", "dev1", false) && TRY(9001) && !seen.server_trusted && seen.is_signed);
	CHECK(was_said("artifact validation: signed by CN="));
	CHECK_STR(output("reported 1 | wc -w"), "6");
	quit(one);
}

TEST(what_was_passed_over_is_told_to_who_wrote_it, "PROG-6 YANG-12 YANG-10")
{
	pid_t one;

	if (!setup(true))
		return;
	remove_sites();
	sh("printf \"{\\\"ietf-sztp-conveyed-info:onboarding-information\\\":{\\\"new\\\":1,"
	   "\\\"configuration-handling\\\":\\\"merge\\\",\\\"configuration\\\":\\\"$(base64 -w0 configuration)\\\"}}\" "
	   "> x.json && openssl cms -data_create -binary -in x.json -outform DER -out x.cms && site 1 SN-1 x");
	one = nginx(1);
	CHECK(TRY(9001));
	CHECK_STR(output("reported 1"), "bootstrap-initiated parsing-initiated parsing-warning parsing-complete "
					"config-initiated config-complete bootstrap-complete");
	CHECK_STR(output("jq -r .body site1/log/reports.jsonl | jq -r .[].message | grep unknown"),
		  "passed over: unknown nodes (1), hashes of unknown algorithms (0)");
	quit(one);
}

TEST(a_circle_of_redirects_ends, "SRC-5 SRC-6 SRC-7")
{
	pid_t one, two;

	if (!setup(false))
		return;
	remove_sites();
	sh("redirect r1 --unsigned --server 127.0.0.1:9002 &&"
	   "redirect r2 --unsigned --server 127.0.0.1:9001 && site 1 SN-1 r1 && site 2 SN-1 r2");
	one = nginx(1), two = nginx(2);
	CHECK(!TRY(9001));
	CHECK_STR(e.rule, "SRC-5");
	CHECK_STR(output("asked 1; asked 2"), "6\n5");
	/* A tree of them: breadth is bounded too. */
	sh("redirect r1 --unsigned --server 127.0.0.1:9002 --server 127.0.0.1:9002 && site 1 SN-1 r1");
	CHECK(!TRY(9001));
	CHECK_STR(e.rule, "SRC-6");
	CHECK(times_said("server-contact ") == CONFIG_SERVER_CONTACTS_MAX);
	quit(one), quit(two);
}

/* ---- servers of our own ----------------------------------------------------------------------- */

static pid_t own, tls;

static void serve_replies(const struct rpc_reply *replies)
{
	own = rpc_server(9011, replies);
	tls = rpc_tls(9011);
	CHECK(tls > 0);
}

static void stop_serving(void)
{
	lab_kill(tls);
	lab_kill(own);
}

/* The answer with those artifacts, in the file answer (JSON) and answer.xml. */
static void make_answer(const char *name, bool proven)
{
	sh("j() { printf \"\\\"%%s\\\":\\\"%%s\\\"\" $1 $(base64 -w0 $2); };"
	   "x() { printf \"<%%s>%%s</%%s>\" $1 $(base64 -w0 $2) $1; };"
	   "for f in j x; do all=$($f conveyed-information %s.cms);"
	   "%s"
	   "case $f in j) printf \"{\\\"ietf-sztp-bootstrap-server:output\\\":{%%s}}\" \"$all\" > answer;;"
	   "*) printf \"<output xmlns=\\\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\\\">%%s"
	   "</output>\" \"$all\" > answer.xml;; esac; done",
	   name,
	   !proven ? ""
		   : "s=; [ $f = x ] || s=,; all=$all$s$($f owner-certificate owner/owner-certificate.cms)$s"
		     "$($f ownership-voucher SN-1.vcj);");
}

#define GBD    "get-bootstrapping-data"
#define REPORT "report-progress"
#define REPORT_204 { REPORT, 0, 204, NULL, NULL, 0 }
#define GIVE   { GBD, 0, 200, "Content-Type: application/yang-data+json\r\n", "@answer", 0 }
#define END    { NULL, 0, 0, NULL, NULL, 0 }

TEST(host_meta_names_another_root, "HTTP-1 HTTP-2 HTTP-3 HTTP-4 HTTP-5 HTTP-6 HTTP-8 HTTP-16")
{
	static const struct rpc_reply replies[] = {
		{ "host-meta", 1, 200, "Content-Type: application/xrd+xml\r\n",
		  "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
		  "<Link rel='restconf' href='https://127.0.0.1:9011/top/restconf/'/></XRD>", 0 },
		{ "/top/restconf/operations/ietf-sztp-bootstrap-server:" GBD, 0, 200, NULL, "@answer", 0 },
		{ "/top/restconf/operations/ietf-sztp-bootstrap-server:" REPORT, 0, 204, NULL, NULL, 0 },
		END,
	};

	if (!setup(true))
		return;
	make_answer("signed", true);
	serve_replies(replies);
	CHECK(TRY(9011) && seen.server_trusted);
	CHECK_STR(output("grep -a -e ^GET -e ^POST -e ^Accept -e ^Content asked | tr -d \"\\r\""),
		  "GET /.well-known/host-meta\n"
		  "Accept: application/xrd+xml\n"
		  "POST /top/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data\n"
		  "Content-Type: application/yang-data+json\n"
		  "Accept: application/yang-data+json, application/yang-data+xml;q=0.5\n"
		  "POST /top/restconf/operations/ietf-sztp-bootstrap-server:report-progress\n"
		  "Content-Type: application/yang-data+json\n"
		  "Accept: application/yang-data+json, application/yang-data+xml;q=0.5\n"
		  "POST /top/restconf/operations/ietf-sztp-bootstrap-server:report-progress\n"
		  "Content-Type: application/yang-data+json\n"
		  "Accept: application/yang-data+json, application/yang-data+xml;q=0.5");
	/* The second time it has none, and a fixed root is not asked for. */
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "ERR-4");
	CHECK(was_said("at /restconf/operations"));
	b.restconf_root = "/top/restconf";
	CHECK(!TRY(9011) && e.code == ERROR_USAGE);
	b.restconf_root = "auto";
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "ERR-4");
	b.restconf_root = "fixed:/top/restconf/";
	CHECK(TRY(9011));
	CHECK_STR(output("grep -a -c host-meta asked"), "3");
	stop_serving();
}

TEST(a_host_meta_that_is_of_no_use_is_passed_over, "HTTP-2 HTTP-3")
{
	static const char elsewhere[] = "<XRD><Link rel='restconf' href='https://127.0.0.1:9012/x'/></XRD>";
	static const struct rpc_reply replies[] = {
		{ "host-meta", 1, 200, "Content-Type: text/html\r\n", "<!DOCTYPE html><html></html>", 0 },
		{ "host-meta", 1, 200, NULL, elsewhere, 0 },
		{ "host-meta", 1, 200, NULL, "@big", 0 },
		{ "host-meta", 1, 302, "Location: /elsewhere\r\n", NULL, 0 },
		{ "host-meta", 1, 500, "Connection: close\r\n", "x", 0 },
		{ "host-meta", 0, 0, NULL, NULL, 0 }, /* hangs up */
		{ "/restconf/operations/ietf-sztp-bootstrap-server:" GBD, 0, 200, NULL, "@answer", 0 },
		END,
	};

	if (!setup(false))
		return;
	make_answer("signed", true);
	sh("head -c 200000 /dev/zero > big");
	serve_replies(replies);
	for (int i = 0; i < 6; i++)
		CHECK(TRY(9011));
	CHECK(seen.onboarded == 6);
	CHECK_STR(output("grep -a -c -e \"^[A-Z]* /elsewhere\" -e \"^[A-Z]* /x\" asked; true"), "0");
	stop_serving();
}

TEST(answers_in_either_encoding, "HTTP-7 HTTP-9 HTTP-10 PROG-17 ROUT-1")
{
	static const struct rpc_reply replies[] = {
		{ GBD, 1, 415, NULL, NULL, 0 },
		{ GBD, 1, 200, "Content-Type: application/yang.data+xml; charset=utf-8\r\n", "@answer.xml", 0 },
		{ GBD, 1, 406, NULL, "<html>", 0 },
		{ GBD, 1, 415, NULL, "{}", 0 }, /* takes neither */
		{ GBD, 1, 200, NULL, "@answer", 0 }, /* no Content-Type at all */
		REPORT_204,
		END,
	};

	if (!setup(true))
		return;
	make_answer("signed", true);
	serve_replies(replies);
	CHECK(TRY(9011) && was_said("wants XML"));
	CHECK_STR(output("grep -a -A1 report-progress asked | grep -a Content-Type | tr -d \"\\r\" | sort -u"),
		  "Content-Type: application/yang-data+xml");
	CHECK_STR(output("grep -a -o \"<progress-type>[a-z-]*\" asked | cut -d\">\" -f2 | xargs"),
		  "bootstrap-initiated bootstrap-complete");
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "HTTP-11");
	CHECK(TRY(9011));
	stop_serving();
}

TEST(errors_of_real_front_ends, "ERR-1 ERR-2 ERR-4 HTTP-11 HTTP-12 ROUT-1 ROUT-2")
{
	static const struct rpc_reply replies[] = {
		{ GBD, 1, 502, "Content-Type: text/html\r\n", "<html><h1>502 Bad Gateway</h1></html>", 0 },
		{ GBD, 1, 500, NULL, NULL, 0 },
		{ GBD, 1, 400, NULL, "{\"ietf-restconf:errors\":{\"error\":[{\"error-type\":\"rpc\","
				     "\"error-tag\":\"invalid-value\",\"error-message\":\"no\"}]}}", 0 },
		{ GBD, 1, 403, NULL, "<errors xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'><error>"
				     "<error-type>protocol</error-type><error-tag>access-denied</error-tag>"
				     "</error></errors>", 0 },
		{ GBD, 1, 200, "Content-Type: text/html\r\n", "<html><body>Welcome</body></html>", 0 },
		{ GBD, 1, 200, NULL, "[1]", 0 },
		{ GBD, 1, 200, NULL, NULL, 0 },
		{ GBD, 1, 204, NULL, NULL, 0 },
		{ GBD, 1, 307, "Location: https://127.0.0.1:9011/x\r\n", NULL, 0 },
		END,
	};
	static const struct {
		const char *rule, *words;
		enum error_code code;
	} expected[] = {
		{ "HTTP-11", "the server answered 502 instead of 200", ERROR_LATER },
		{ "HTTP-11", "the server answered 500 instead of 200", ERROR_LATER },
		{ "HTTP-11", "the server answered 400 instead of 200: rpc invalid-value: no", ERROR_REFUSED },
		{ "ERR-3", "(403: protocol access-denied)", ERROR_REFUSED },
		{ "ROUT-1", "answer of type text/html: ", ERROR_MALFORMED },
		{ "ROUT-1", "no member ietf-sztp-bootstrap-server:output", ERROR_MALFORMED },
		{ "HTTP-11", "answered 200, and nothing else", ERROR_REFUSED },
		{ "HTTP-11", "answered 204 instead of 200", ERROR_REFUSED },
		{ "HTTP-12", "the server answered 307", ERROR_REFUSED },
		{ "ERR-4", "no data for this device at /restconf/operations (404)", ERROR_REFUSED },
	};

	if (!setup(false))
		return;
	serve_replies(replies);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		bootstrap_begin_round(&b);
		CHECK(!TRY(9011));
		CHECK_STR(e.rule, expected[i].rule);
		CHECK(e.code == expected[i].code);
		CHECK(was_said(expected[i].words));
	}
	CHECK(seen.onboarded == 0);
	stop_serving();
}

TEST(passwords_are_for_nobody, "TLS-6 ERR-3")
{
	static const struct rpc_reply replies[] = {
		{ GBD, 0, 401, "WWW-Authenticate: Basic realm=\"x\"\r\n", NULL, 0 }, END,
	};

	if (!setup(false))
		return;
	serve_replies(replies);
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "ERR-3");
	CHECK_STR(output("grep -a -c " GBD " asked; grep -a -c ^Authorization asked; true"), "1\n0");
	stop_serving();
}

TEST(a_busy_server_gets_a_second_chance, "ERR-5")
{
	static const struct rpc_reply replies[] = {
		{ GBD, 1, 503, "Retry-After: 1\r\n", NULL, 0 },
		{ GBD, 1, 200, NULL, "@answer", 0 },
		{ GBD, 1, 429, "Retry-After: 0\r\n", NULL, 0 },
		{ GBD, 1, 503, "Retry-After: 0\r\n", NULL, 0 }, /* only one */
		{ GBD, 1, 503, "Retry-After: 31\r\n", NULL, 0 },
		{ GBD, 1, 503, NULL, NULL, 0 },
		END,
	};

	if (!setup(false))
		return;
	make_answer("signed", true);
	serve_replies(replies);
	uint64_t begun = loop_now_ms();
	CHECK(TRY(9011) && loop_now_ms() - begun >= 1000 && was_said("once more in 1 s"));
	for (int i = 0; i < 3; i++) {
		CHECK(!TRY(9011) && e.code == ERROR_LATER);
		CHECK_STR(e.rule, "HTTP-11");
	}
	CHECK_STR(output("grep -a -c " GBD " asked"), "6");
	stop_serving();
}

TEST(a_server_that_fails_three_times_and_is_mended, "HW-13 DISC-6 SRC-10 CWK-3")
{
	static const struct rpc_reply replies[] = {
		{ GBD, 1, 500, NULL, NULL, 0 },
		{ GBD, 1, 0, NULL, NULL, 0 },
		{ GBD, 1, 200, NULL, "{", 0 },
		GIVE,
		END,
	};

	if (!setup(false))
		return;
	make_answer("signed", true);
	serve_replies(replies);
	unsigned rounds = 0;
	do {
		bootstrap_begin_round(&b);
		rounds++;
	} while (!TRY(9011) && rounds < 10);
	CHECK(seen.onboarded == 1 && rounds >= 3 && rounds <= 4);
	stop_serving();
}

TEST(every_report_has_its_end, "PROG-4 PROG-5 PROG-8 PROG-9 PROG-16 PROG-19 FAIL-1 MATRIX-12 CWK-1 CWK-2")
{
	static const struct rpc_reply replies[] = {
		GIVE,
		{ REPORT, 1, 500, NULL, NULL, 0 },  /* the initiation is not taken */
		{ REPORT, 1, 204, NULL, NULL, 0 },  /* bootstrap-error */
		{ REPORT, 1, 204, NULL, NULL, 0 },  /* 2nd run: a step that reports its own error */
		{ REPORT, 1, 204, NULL, NULL, 0 },
		{ REPORT, 1, 204, NULL, NULL, 0 },  /* 3rd run: one that does not */
		{ REPORT, 1, 204, NULL, NULL, 0 },
		{ REPORT, 1, 204, NULL, NULL, 0 },  /* 4th run: the completion is not taken */
		{ REPORT, 1, 200, NULL, "ok", 0 },
		REPORT_204,
		END,
	};
	static const char list[] = "grep -a -o \"progress-type.:.[a-z-]*\" asked | cut -d\\\" -f3 | xargs";

	if (!setup(true))
		return;
	make_answer("plain", false);
	serve_replies(replies);
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "PROG-4");
	seen.fail_times = 1;
	seen.fails_at = "config";
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "CFG-4");
	seen.fail_times = 1;
	seen.fails_at = NULL;
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "CFG-4");
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "PROG-8");
	CHECK(TRY(9011));
	CHECK_STR(output(list), "bootstrap-initiated bootstrap-error "
				"bootstrap-initiated config-error "
				"bootstrap-initiated bootstrap-error "
				"bootstrap-initiated bootstrap-complete bootstrap-error "
				"bootstrap-initiated bootstrap-complete");
	/* Bad data of a server that may be told. */
	sh("printf x | cat - signed.cms > bad.cms");
	make_answer("bad", true);
	CHECK(!TRY(9011));
	CHECK(strstr(output(list), "bootstrap-complete parsing-error") != NULL);
	CHECK(!strstr(output(list), "parsing-error "));
	stop_serving();
}

TEST(a_server_that_hangs_after_the_beginning_costs_bounded_time, "PROG-9 PROG-10")
{
	static const struct rpc_reply replies[] = {
		{ GBD, 0, 200, NULL, "@verbose", 0 },
		{ REPORT, 1, 204, NULL, NULL, 0 },
		{ REPORT, 3, 0, NULL, NULL, 0 }, /* the first is sent again, once */
		REPORT_204,
		END,
	};

	if (!setup(true))
		return;
	make_answer("plain", false);
	sh("sed \"s/output.:{/&\\\"reporting-level\\\":\\\"verbose\\\",/\" answer > verbose");
	serve_replies(replies);
	/* Two that got lost, and then only what must be told. */
	CHECK(TRY(9011) && was_said("what need not be sent is left away"));
	stop_serving();
}

TEST(proofs_beside_unsigned_data_prove_nothing, "ROUT-4 MATRIX-14 DISC-5 TLS-16 MATRIX-2 MATRIX-8")
{
	static const struct rpc_reply replies[] = { GIVE, REPORT_204, END };

	if (!setup(false))
		return;
	make_answer("plain", true);
	serve_replies(replies);
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "SRC-8");
	CHECK(become("SN-1", "dev1", true) && TRY(9011, 9) && !seen.is_signed && seen.server_trusted);
	CHECK(was_said("asks for no certificate (TLS-16)"));
	CHECK(!strstr(said, "127.0.0.1:9\n")); /* nobody else is asked after success */
	stop_serving();
}

TEST(a_device_with_less_does_what_it_can, "INIT-3 INIT-5 INIT-6 INIT-7 INIT-10 OV-4 RIN-4 CLK-8")
{
	static const struct rpc_reply replies[] = { GIVE, REPORT_204, END };
	static const char keys[] = "grep -a -o \"{.*}\" asked | head -n 1 | jq -c \".[] | keys\"";

	if (!setup(true))
		return;
	make_answer("signed", true);
	serve_replies(replies);
	/* Without voucher anchors nothing signed counts, also of a trusted server. */
	b.voucher_anchor_count = 0;
	CHECK(!TRY(9011));
	CHECK_STR(e.rule, "OV-4");
	CHECK_STR(output("grep -a -c parsing-error asked"), "1");
	/* Without server anchors all servers are strangers; without a certificate some do. */
	CHECK(become("SN-1", "dev1", false));
	b.identity = NULL;
	CHECK(TRY(9011) && !seen.server_trusted && seen.is_signed);
	stop_serving();
	/* Others want to see one. */
	remove_sites();
	sh("site 1 SN-1 signed");
	pid_t one = nginx(1);
	CHECK(!TRY(9001) && was_said("and we have none it takes"));
	CHECK_STR(e.rule, "ERR-3");
	quit(one);
	/* With a clock that can be relied on no nonce is needed. */
	serve_replies(replies);
	CHECK(become("SN-1", "dev1", false));
	b.clock.accurate = true;
	b.clock.now_s = time(NULL) + 60;
	CHECK(TRY(9011));
	CHECK_STR(output(keys), "[\"signed-data-preferred\"]");
	b.clock.accurate = false;
	make_answer("plain", false);
	stop_serving();
	serve_replies(replies);
	CHECK(!TRY(9011));
	CHECK_STR(output(keys), "[\"nonce\",\"signed-data-preferred\"]");
	stop_serving();
}

/* ---- names ------------------------------------------------------------------------------------- */

TEST(the_other_addresses_of_a_name_are_asked, "REDIR-2 REDIR-3 REDIR-4 TLS-11 SRC-1 HTTP-16 HW-5")
{
	static const struct rpc_reply replies[] = {
		{ GBD, 1, 404, NULL, NULL, 0 },
		{ GBD, 1, 403, NULL, NULL, 0 },
		{ GBD, 0, 200, NULL, "@answer", 0 },
		REPORT_204,
		END,
	};
	struct resolve_target boot = { .host = "boot.example", .count = 2 };
	const struct bootstrap_source named = { .name = "named",
						.resolver = { .known = &boot, .known_count = 1 } };
	struct server_list list = { 0 };
	pid_t other;

	if (!setup(true))
		return;
	remove_sites();
	sh("art site --out site1 --serial SN-1 --conveyed-information plain.cms --server server1 "
	   "--port 9011 --listen 127.0.0.2 --device-ca devices/ca.pem --require-device-certificate");
	make_answer("plain", false);
	serve_replies(replies);
	other = lab_spawn("nginx -p site1 -e log/error.log -c nginx.conf");
	sh("for i in $(seq 500); do (: < /dev/tcp/127.0.0.2/9011) 2> /dev/null && exit; sleep 0.02; done; exit 1");
	device.well_known[0].host = "boot.example";
	device.well_known[0].port = 9011;
	CHECK(server_list_read_uri(&list.at[list.count++], bytes_of_text("https://boot.example:9011"), &e));
	CHECK(address_read(&boot.addresses[0], bytes_of_text("127.0.0.1")));
	CHECK(address_read(&boot.addresses[1], bytes_of_text("127.0.0.2")));
	for (int i = 0; i < 2; i++) { /* no data, and no acceptance, at the first */
		said_size = 0;
		CHECK(bootstrap_try(&b, &named, &list, &e) && seen.server_trusted);
		CHECK(was_said("boot.example:9011 at 127.0.0.1: ERR-"));
	}
	CHECK_STR(output("asked 1; reported 1"), "2\nbootstrap-initiated bootstrap-complete "
						 "bootstrap-initiated bootstrap-complete");
	/* Data at the first: the other is not asked. */
	CHECK(bootstrap_try(&b, &named, &list, &e) && seen.onboarded == 3);
	CHECK_STR(output("asked 1; grep -a -c report-progress asked"), "2\n2");
	quit(other);
	stop_serving();
}

/* ---- who is trusted ---------------------------------------------------------------------------- */

TEST(preconfigured_anchors_are_for_their_servers_alone, "TLS-11 INIT-4 AMB-3 SRC-1 DHCP-15 DISC-3")
{
	static const struct rpc_reply replies[] = { GIVE, REPORT_204, END };
	pid_t server, front;

	if (!setup(true))
		return;
	make_answer("plain", false);
	/* The same certificate, at a port that nobody told us of. */
	server = rpc_server(9021, replies);
	front = rpc_tls(9021);
	CHECK(!TRY(9021) && was_said("https://127.0.0.1:9021 is a stranger"));
	CHECK_STR(e.rule, "SRC-8");
	CHECK_STR(output("grep -a -c report-progress asked; true"), "0");
	lab_kill(front);
	lab_kill(server);
}

TEST(a_well_known_server_that_cannot_prove_itself_is_a_stranger, "TLS-7 TLS-9 SRC-1 TERM-1 PROG-2")
{
	pid_t one;

	if (!setup(true))
		return;
	remove_sites();
	sh("site 1 SN-1 signed && art site --out site1 --serial SN-1 --conveyed-information signed.cms "
	   "--owner-certificate owner/owner-certificate.cms --voucher SN-1.vcj --server server2");
	one = nginx(1);
	CHECK(TRY(9001) && !seen.server_trusted && seen.is_signed);
	CHECK(was_said("going on without trust") && was_said("is a stranger"));
	CHECK_STR(output("asked 1; reported 1"), "1");
	b.require_trusted_server = true; /* policy wants no strangers */
	CHECK(!TRY(9001));
	CHECK_STR(e.rule, "TLS-9");
	CHECK_STR(output("asked 1"), "1");
	quit(one);
}

/* Squid that resolves from ./hosts alone; it refuses to be root, and wants a /dev/shm. */
static pid_t squid(void)
{
	CHECK(sh("printf \"%%s\\n\" \"http_port 127.0.0.1:3128\" \"pid_filename none\" \"pinger_enable off\" "
		 "\"visible_hostname lab\" \"access_log stdio:$PWD/squid.access\" \"cache_log $PWD/squid.log\" "
		 "\"coredump_dir none\" \"cache deny all\" \"hosts_file $PWD/hosts\" \"dns_nameservers 127.0.0.1\" "
		 "\"shutdown_lifetime 0 seconds\" \"http_access allow CONNECT\" \"http_access deny all\" > squid.conf "
		 "&& echo 127.0.0.1 ep-terminator.mistsys.net > hosts && : > squid.access && chmod 777 . squid.access"));
	pid_t pid = lab_spawn("unshare --mount sh -c 'mount -t tmpfs none /dev/shm && exec unshare --user "
			      "--map-user=1000 --map-group=1000 squid -N -f squid.conf'");
	CHECK(lab_wait_port(3128));
	return pid;
}

TEST(phone_home_goes_through_the_proxy_to_the_sealed_list, "MIST-3 INIT-4 PROXY-9 PROXY-14")
{
	static const char host[] = "ep-terminator.mistsys.net";
	struct proxy through = { .port = 3128 };
	struct bootstrap_source home = { .name = "well-known servers", .proxy = &through };
	struct server_list list = { .count = 1 };
	pid_t one, proxy;

	if (!setup(true))
		return;
	remove_sites();
	sh("art server --ca ca1 --name dns:%s --out server5 && site 5 SN-1 plain", host);
	proxy = squid();
	one = nginx(5);
	CHECK(address_read(&through.address, bytes_of_text("127.0.0.1")));
	CHECK(server_list_read_uri(&list.at[0], bytes_of_text("https://ep-terminator.mistsys.net:9005"), &e));
	/* Not on the sealed list: a stranger, whatever its certificate. */
	CHECK(!bootstrap_try(&b, &home, &list, &e) && was_said("is a stranger"));
	CHECK_STR(e.rule, "SRC-8");
	device.well_known[device.well_known_count++] =
		(struct bootstrap_well_known){ .host = host,
					       .port = 9005,
					       .anchors = device.server_anchors,
					       .anchor_count = device.server_anchor_count };
	device_offer(&device, &b);
	CHECK(bootstrap_try(&b, &home, &list, &e) && seen.server_trusted && !seen.is_signed);
	CHECK_STR(output("grep -c \"CONNECT ep-terminator.mistsys.net:9005\" squid.access | grep -vx 0 >/dev/null "
			 "&& echo used"), "used");
	/* The name means nothing to this machine. */
	home.proxy = NULL;
	CHECK(!bootstrap_try(&b, &home, &list, &e));
	quit(one);
	lab_kill(proxy);
}

TEST(policy_may_want_signed_data_of_everybody, "SEC-2 PROG-19")
{
	pid_t one;

	if (!setup(true))
		return;
	remove_sites();
	sh("site 1 SN-1 plain");
	one = nginx(1);
	b.require_signed = true;
	CHECK(!TRY(9001));
	CHECK_STR(e.rule, "SEC-2");
	CHECK_STR(output("reported 1"), "parsing-error");
	quit(one);
}

TEST(revocation_lists_in_a_trust_anchor_count, "REDIR-11 REDIR-8")
{
	pid_t one, three;

	if (!setup(false))
		return;
	remove_sites();
	sh("printf \"[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\ndefault_md=sha256\\n"
	   "default_crl_days=30\\n\" > ca.cnf && : > index &&"
	   "openssl ca -config ca.cnf -cert ca3/ca.pem -keyfile ca3/ca.key -gencrl -out crl.pem");
	sh("anchored r1 127.0.0.1:9003 3 && site 1 SN-1 r1");
	sh("site 3 SN-1 plain");
	one = nginx(1), three = nginx(3);
	CHECK(TRY(9001) && seen.server_trusted);
	sh("openssl ca -config ca.cnf -cert ca3/ca.pem -keyfile ca3/ca.key -revoke server3/server.pem && "
	   "openssl ca -config ca.cnf -cert ca3/ca.pem -keyfile ca3/ca.key -gencrl -out crl.pem");
	sh("anchored r1 127.0.0.1:9003 3 && site 1 SN-1 r1");
	CHECK(!TRY(9001));
	CHECK_STR(e.rule, "VAL-9");
	CHECK(was_said("9003: VAL-9"));
	CHECK_STR(output("asked 3"), "1");
	quit(one), quit(three);
}

TEST(what_came_encrypted_is_opened_first, "SRC-2 INIT-8 ENC-1 ENC-3 ENC-10 MATRIX-2 MATRIX-4 MATRIX-10")
{
	pid_t one;

	if (!setup(true))
		return;
	remove_sites();
	/* A certificate whose key may decrypt, too (ENC-11). */
	sh("mkdir dev3 && cp dev1/idevid.key dev3 && openssl req -new -key dev3/idevid.key "
	   "-subj /serialNumber=SN-1 -out dev3/csr && "
	   "printf \"keyUsage=digitalSignature,keyAgreement\\nauthorityKeyIdentifier=keyid\\n\" > dev3/ext && "
	   "openssl x509 -req -in dev3/csr -CA devices/ca.pem -CAkey devices/ca.key -days 2 -extfile dev3/ext "
	   "-out dev3/idevid.pem");
	sh("for f in signed plain; do openssl cms -encrypt -binary -aes-256-cbc -in $f.cms -recip dev3/idevid.pem "
	   "-outform DER -out sealed-$f.cms || exit; done;"
	   "cp owner/owner-certificate.cms keep-oc && openssl cms -encrypt -binary -aes-256-cbc -in keep-oc "
	   "-recip dev3/idevid.pem -outform DER -out sealed-oc && "
	   "art site --out site1 --serial SN-1 --conveyed-information sealed-signed.cms --owner-certificate sealed-oc "
	   "--voucher SN-1.vcj --server server1 --port 9001 --listen 127.0.0.1");
	one = nginx(1);
	CHECK(become("SN-1", "dev3", true) && TRY(9001) && seen.server_trusted && seen.is_signed);
	CHECK(become("SN-1", "dev3", false) && TRY(9001) && !seen.server_trusted && seen.is_signed);
	b.decrypt = NULL;
	CHECK(!TRY(9001));
	CHECK_STR(e.rule, "ENC-3");
	/* Nobody but the recipient opens it; and it gains no trust by that. */
	CHECK(become("SN-1", "dev3", false));
	sh("art site --out site1 --serial SN-1 --conveyed-information sealed-plain.cms --server server1");
	CHECK(!TRY(9001));
	CHECK_STR(e.rule, "SRC-8");
	CHECK(become("SN-2", "dev2", false) && !TRY(9001));
	CHECK_STR(e.rule, "TPM-123");
	quit(one);
}

/* ---- without a server ---------------------------------------------------------------------------- */

static uint8_t artifact_room[3][64 * 1024];

static bool try_artifacts(const char *name, bool owner, bool voucher, bool no_redirects)
{
	char file[64];
	struct bootstrap_source stick = { .name = "usb sda1", .no_redirects = no_redirects };
	struct bootstrap_artifacts a = { 0 };

	snprintf(file, sizeof(file), "%s.cms", name);
	a.conveyed_information = bytes_of(artifact_room[0], lab_read(file, artifact_room[0], sizeof(artifact_room[0])));
	if (owner)
		a.owner_certificate =
			bytes_of(artifact_room[1], lab_read("owner/owner-certificate.cms",
							    artifact_room[1], sizeof(artifact_room[1])));
	if (voucher)
		a.ownership_voucher = bytes_of(
			artifact_room[2], lab_read("SN-1.vcj", artifact_room[2], sizeof(artifact_room[2])));
	said_size = 0;
	e = (struct error){ 0 };
	return bootstrap_try_artifacts(&b, &stick, &a, &e);
}

TEST(signed_onboarding_of_a_stick, "USB-2 USB-18 MATRIX-16 XR-4")
{
	if (!setup(false))
		return;
	CHECK(try_artifacts("signed", true, true, false));
	CHECK(seen.onboarded == 1 && seen.is_signed && !seen.server_trusted);
	CHECK_STR(seen.server, "usb sda1");
	CHECK(try_artifacts("signed", true, true, true) && seen.onboarded == 2);
	CHECK(!try_artifacts("signed", false, true, false));
	CHECK_STR(e.rule, "VAL-2");
	CHECK(!try_artifacts("signed", true, false, false));
	CHECK_STR(e.rule, "VAL-2");
	CHECK(seen.onboarded == 2);
}

TEST(unsigned_onboarding_of_a_stick_is_refused, "DISC-3 DNS-11 MATRIX-16 SRC-8 USB-8")
{
	if (!setup(true))
		return;
	CHECK(!try_artifacts("plain", false, false, false));
	CHECK_STR(e.rule, "SRC-8");
	CHECK(!try_artifacts("plain", true, true, false)); /* the others prove nothing about it */
	CHECK_STR(e.rule, "SRC-8");
	CHECK(seen.onboarded == 0);
}

TEST(a_nonce_on_a_stick_answers_nobody, "USB-16 OV-19")
{
	if (!setup(false))
		return;
	/* The nonce of an earlier contact does not count either. */
	static const struct rpc_reply replies[] = { { GBD, 0, 404, NULL, NULL, 0 }, END };

	serve_replies(replies);
	CHECK(!TRY(9011));
	sh("n=$(grep -a -o \"nonce.:.[^\\\"]*\" asked | cut -d\\\" -f3) && cp SN-1.vcj keep.vcj &&"
	   "art voucher --signer signer --serial SN-1 --pinned owner-ca/ca.pem --nonce $n --out SN-1.vcj");
	CHECK(!try_artifacts("signed", true, true, false));
	CHECK_STR(e.rule, "OV-19");
	CHECK(was_said("none was sent"));
	sh("mv keep.vcj SN-1.vcj");
	stop_serving();
}

TEST(redirects_of_a_stick, "USB-11 USB-12 USB-18 XR-4 DISC-4 MATRIX-16 REDIR-7")
{
	pid_t one;

	if (!setup(false))
		return;
	remove_sites();
	sh("redirect hint --unsigned --server 127.0.0.1:9001=ca1/ca.pem && site 1 SN-1 signed &&"
	   "redirect word --owner owner --server 127.0.0.1:9001=ca1/ca.pem");
	one = nginx(1);
	CHECK(try_artifacts("hint", false, false, false) && !seen.server_trusted);
	CHECK_STR(seen.server, "https://127.0.0.1:9001");
	CHECK(try_artifacts("word", true, true, false) && seen.server_trusted);
	CHECK(seen.onboarded == 2);
	CHECK(!try_artifacts("word", true, true, true) && !try_artifacts("hint", false, false, true));
	CHECK_STR(e.rule, "USB-12");
	CHECK(seen.onboarded == 2);
	quit(one);
}

/* ---- what a fleet's owner sees ------------------------------------------------------------------ */

static const char *state_at(int site)
{
	char command[200];

	snprintf(command, sizeof(command),
		 "$TOP/scripts/fleet --json site%d | jq -r \"[.state, .stage] | @tsv\" | tr \"\\t\" \" \"",
		 site);
	return output(command);
}

TEST(the_fleet_table_follows_a_trusted_server_through_all_states, "CWK-1 CWK-2 CWK-3 CWK-6 PROG-19")
{
	pid_t one;

	if (!setup(true))
		return;
	remove_sites();
	sh("echo nothing > nothing.cms && site 1 SN-1 plain");
	one = nginx(1);
	CHECK_STR(state_at(1), "Unprovisioned ");
	sh("mv site1/devices/SN-1.json later");
	CHECK(!TRY(9001));
	CHECK_STR(state_at(1), "Provisioning Error get-bootstrapping-data");
	bootstrap_begin_round(&b);
	sh("site 1 SN-1 nothing");
	CHECK(!TRY(9001) && seen.onboarded == 0);
	CHECK_STR(state_at(1), "Provisioning Error parsing-error");
	sh("mv later site1/devices/SN-1.json");
	seen.fail_times = 1;
	seen.fails_at = "config";
	bootstrap_begin_round(&b);
	CHECK(!TRY(9001) && seen.onboarded == 1);
	CHECK_STR(state_at(1), "ZTP Error config-error");
	bootstrap_begin_round(&b);
	CHECK(TRY(9001) && seen.onboarded == 2);
	CHECK_STR(state_at(1), "Provisioned bootstrap-complete");
	sh("$TOP/scripts/fleet --confirm SN-1 site1");
	CHECK_STR(state_at(1), "Onboarded confirmed");
	/* Nothing else in between, whatever else was reported. */
	CHECK_STR(output("$TOP/scripts/fleet --history SN-1 site1 | cut -f2,3 | tr \"\\t\" :"),
		  "Provisioning Error:get-bootstrapping-data\n"
		  "InProgress:get-bootstrapping-data\nProvisioning Error:parsing-error\n"
		  "InProgress:get-bootstrapping-data\nZTP Error:config-error\n"
		  "InProgress:get-bootstrapping-data\nProvisioned:bootstrap-complete\n"
		  "Onboarded:confirmed");
	quit(one);
}

TEST(what_a_stranger_gave_stays_in_progress_in_the_fleet_table, "CWK-4 PROG-2 CWK-2")
{
	pid_t one;

	if (!setup(false))
		return;
	remove_sites();
	/* A voucher for another device: refused, and nobody hears of it. */
	sh("mv SN-1.vcj own.vcj && cp SN-2.vcj SN-1.vcj && site 1 SN-1 signed && mv own.vcj SN-1.vcj");
	one = nginx(1);
	CHECK(!TRY(9001) && seen.onboarded == 0);
	CHECK_STR(e.rule, "OV-10");
	CHECK_STR(state_at(1), "InProgress get-bootstrapping-data");
	/* Good data from the same stranger look the same. */
	sh("site 1 SN-1 signed");
	bootstrap_begin_round(&b);
	CHECK(TRY(9001) && seen.onboarded == 1);
	CHECK_STR(state_at(1), "InProgress get-bootstrapping-data");
	CHECK_STR(output("reported 1"), "");
	quit(one);
}

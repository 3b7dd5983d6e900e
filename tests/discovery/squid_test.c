/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "base/writer.h"
#include "check.h"
#include "codec/uri.h"
#include "discovery/proxies.h"
#include "lab.h"
#include "net/dial.h"
#include "net/fetch.h"
#include "net/tls_identity.h"

/*
 * Squid between the device and the world, in three network namespaces:
 *
 *	device (this one)          proxies                         world
 *	eth0 10.0.0.2  ----------  10.0.0.10 squid
 *	eth1 10.0.1.2  ----------  10.0.1.11 squid, .12 with a login
 *	                           203.0.113.1  -----------------  203.0.113.5 nginx
 *
 * The device has a route to the world, but nothing is forwarded: only a proxy leads there.
 */

static struct loop loop;
static struct error e;
static struct proxies proxies;
static struct fetch f;
static struct fetch_response response;
static uint8_t room[4096];
static char said[16384];
static pid_t proxy_place, world, squids[3], nginx;

static void hear(void *context, const struct log_entry *entry)
{
	size_t used = strlen(said);

	(void)context;
	snprintf(said + used, sizeof(said) - used, "%s\n", entry->line);
}

/* A namespace of its own, for as long as the process lives. */
static pid_t place(void)
{
	pid_t pid = lab_spawn("unshare --net sleep 600");
	char path[64], here[64], there[64];

	for (int i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
		ssize_t a = readlink("/proc/self/ns/net", here, sizeof(here)),
			b = readlink(path, there, sizeof(there));
		if (a > 0 && b > 0 && (a != b || memcmp(here, there, (size_t)a) != 0))
			return pid;
		usleep(10000);
	}
	return -1;
}

/* Squid refuses to be root, so it is somebody in a user namespace; and it leaves things in
 * /dev/shm, so it has its own. */
static pid_t squid(const char *name, const char *address, bool login)
{
	char line[2048];

	snprintf(line, sizeof(line),
		 "cat >%s.conf <<'E'\n"
		 "http_port %s:3128\n"
		 "pid_filename none\npinger_enable off\nvisible_hostname lab\n"
		 "access_log stdio:%s/%s.access\ncache_log %s/%s.log\ncoredump_dir none\n"
		 "cache deny all\nhosts_file %s/hosts\ndns_nameservers 127.0.0.1\n"
		 "dns_timeout 1 second\nconnect_timeout 1 second\nconnect_retries 0\n"
		 "forward_max_tries 1\nshutdown_lifetime 0 seconds\n"
		 "%sacl ours port 80 443\n"
		 "http_access deny !ours\n%shttp_access allow CONNECT\nhttp_access deny all\nE\ntrue",
		 name, address, lab_folder, name, lab_folder, name, lab_folder,
		 login ? "auth_param basic program /usr/lib/squid/basic_ncsa_auth users\n"
			 "acl known proxy_auth REQUIRED\n"
		       : "",
		 login ? "http_access deny !known\n" : "");
	CHECK(lab_run(line));
	snprintf(line, sizeof(line),
		 "nsenter -t %d -n unshare --mount sh -c 'mount -t tmpfs none /dev/shm && "
		 "exec unshare --user --map-user=1000 --map-group=1000 squid -N -f %s.conf'",
		 proxy_place, name);
	return lab_spawn(line);
}

static bool wait_at(const char *address, uint16_t port)
{
	struct address to, at;
	struct error ignored;

	CHECK(address_read(&to, bytes_of_text(address)));
	for (int i = 0; i < 1000; i++) {
		int fd = dial_addresses(&loop, &to, 1, port, NULL, loop_now_ms() + 1000, &at,
					&ignored);

		if (fd >= 0) {
			close(fd);
			return true;
		}
		usleep(10000);
	}
	return false;
}

static void end_all(void)
{
	const pid_t all[] = { squids[0], squids[1], squids[2], nginx, proxy_place, world };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i] > 0)
			lab_kill(all[i]);
}

static bool build(void)
{
	char line[2048];

	if (!lab_make_folder() || !lab_network())
		return false;
	atexit(end_all);
	proxy_place = place();
	world = place();
	snprintf(line, sizeof(line),
		 "p() { nsenter -t %d -n \"$@\"; }; "
		 "w() { nsenter -t %d -n \"$@\"; }; "
		 "for i in 0 1; do ip link add eth$i type veth peer name port$i netns %d; "
		 "ip addr add 10.0.$i.2/24 dev eth$i; ip link set eth$i up; "
		 "p ip link set port$i up; done; "
		 "p ip addr add 10.0.0.10/24 dev port0; p ip addr add 10.0.1.11/24 dev port1; "
		 "p ip addr add 10.0.1.12/24 dev port1; "
		 "p ip link set lo up; w ip link set lo up; "
		 "p ip link add wan type veth peer name lan netns %d; "
		 "p ip addr add 203.0.113.1/24 dev wan; p ip link set wan up; "
		 "w ip addr add 203.0.113.5/24 dev lan; w ip link set lan up; "
		 "w ip route add default via 203.0.113.1; "
		 "ip route add default via 10.0.0.10; "
		 "p sh -c 'test $(cat /proc/sys/net/ipv4/ip_forward) = 0'",
		 proxy_place, world, proxy_place, world);
	return lab_run(line) &&
	       lab_run("printf '203.0.113.5 boot.example files.example\\n"
		       "203.0.113.9 dead.example\\n' >hosts; "
		       "echo \"user:$(openssl passwd -apr1 secret)\" >users; "
		       "for i in server client; do openssl req -x509 -newkey ec -pkeyopt "
		       "ec_paramgen_curve:P-256 -nodes -keyout $i.key -out $i.pem -subj /CN=$i "
		       "-days 2 && openssl x509 -in $i.pem -outform DER -out $i.der; done; "
		       "echo hello >file");
}

static bool setup(void)
{
	static int ready = -1;
	char line[2048];

	if (ready < 0) {
		loop_start(&loop);
		log_to(hear, NULL);
		log_up_to(LOG_LEVEL_DEBUG);
		log_debug_stems("all");
		ready = build();
		snprintf(line, sizeof(line),
			 "cat >nginx.conf <<'E'\nuser root; daemon off; master_process off; "
			 "pid nginx.pid; error_log err.log;\nevents {}\nhttp { access_log off; "
			 "client_body_temp_path t1; proxy_temp_path t2;\nfastcgi_temp_path t3; "
			 "uwsgi_temp_path t4; scgi_temp_path t5;\nserver { listen 203.0.113.5:80; "
			 "listen 203.0.113.5:443 ssl; listen 203.0.113.5:8443 ssl; root .;\n"
			 "ssl_certificate server.pem; ssl_certificate_key server.key;\n"
			 "ssl_client_certificate client.pem; ssl_verify_client optional;\n"
			 "location /who { return 200 $ssl_client_s_dn; } } }\nE\ntrue");
		ready = ready && lab_run(line);
		snprintf(line, sizeof(line), "nsenter -t %d -n nginx -p %s -c nginx.conf", world,
			 lab_folder);
		nginx = ready ? lab_spawn(line) : 0;
		squids[0] = ready ? squid("ten", "10.0.0.10", false) : 0;
		squids[1] = ready ? squid("eleven", "10.0.1.11", false) : 0;
		squids[2] = ready ? squid("twelve", "10.0.1.12", true) : 0;
		ready = ready && wait_at("10.0.0.10", 3128) && wait_at("10.0.1.11", 3128) &&
			wait_at("10.0.1.12", 3128);
		snprintf(line, sizeof(line),
			 "for i in $(seq 500); do nsenter -t %d -n curl -s -o /dev/null "
			 "http://203.0.113.5/file && exit; sleep 0.02; done; exit 1",
			 world);
		ready = ready && lab_run(line);
	}
	CHECK(ready);
	said[0] = '\0';
	return ready;
}

/* ---- the device ---- */

static uint8_t server_der[2048], client_der[2048], client_key[2048];
static struct bytes server, client;
static struct tls_identity identity;
static struct tls_identity_key *key;

static bool expect(void *context, const struct bytes *certificates, size_t count,
		   const char *host, struct error *why)
{
	(void)context, (void)host;
	return (count == 1 && bytes_equal(certificates[0], server)) ||
	       error_set(why, ERROR_REFUSED, "TLS-7", "not the certificate we know");
}

static struct fetch_options options(const struct proxy *proxy)
{
	if (!key) {
		server = bytes_of(server_der,
				  lab_read("server.der", server_der, sizeof(server_der)));
		client = bytes_of(client_der,
				  lab_read("client.der", client_der, sizeof(client_der)));
		key = tls_identity_read(
			&identity,
			bytes_of(client_key,
				 lab_read("client.key", client_key, sizeof(client_key))),
			&client, 1, &e);
		CHECK(key != NULL);
	}
	/* No name server: names go to the proxy. */
	return (struct fetch_options){
		.tls = { TLS_SERVER_VERIFIED, .verify = expect, .identity = &identity },
		.proxy = proxy,
		.connect_ms = 5000,
		.handshake_ms = 5000,
		.idle_ms = 5000,
	};
}

static bool get(const char *url, const struct fetch_options *o)
{
	struct fetch_request q = { .method = "GET", .room = room, .room_size = sizeof(room) };
	struct uri uri;

	CHECK(uri_read(&uri, bytes_of_text(url), &e));
	q.path = uri.path;
	bool ok = fetch_open(&f, &loop, &uri, o, &e) && fetch_exchange(&f, &q, &response, &e);
	fetch_close(&f);
	return ok;
}

static bool room_is(const char *text)
{
	return response.room_used == strlen(text) && memcmp(room, text, strlen(text)) == 0;
}

static bool holds(const char *name, const char *text)
{
	static char content[16384];

	content[lab_read(name, content, sizeof(content) - 1)] = '\0';
	return strstr(content, text);
}

/* A log of squid's; it writes a tunnel down when that is closed. */
static bool logged(const char *name, const char *text)
{
	for (int i = 0; i < 500; i++) {
		if (holds(name, text))
			return true;
		usleep(10000);
	}
	printf("%s: no \"%s\"\n", name, text);
	return false;
}

static void learn(const char *link, const char *text)
{
	uint8_t option[64];
	struct writer w = writer_over(option, sizeof(option));

	writer_u8(&w, 128);
	writer_u8(&w, (uint8_t)strlen(text));
	writer_text(&w, text);
	proxies_learn(&proxies, link, writer_done(&w), bytes_of(NULL, 0));
}

TEST(there_is_no_direct_path, "MIST-2")
{
	if (!setup())
		return;
	struct fetch_options o = options(NULL);

	o.connect_ms = 500;
	CHECK(!get("https://203.0.113.5/file", &o) && e.code == ERROR_LATER);
	CHECK_STR(e.rule, "TLS-15");
}

TEST(everything_goes_through_the_lower_one, "MIST-1 MIST-2 PROXY-5 PROXY-8 PROXY-9 PROXY-14")
{
	static const struct proxies_options learned = { .mode = PROXIES_LEARNED };
	const struct proxy *to;
	struct proxies_view view;
	size_t at = 0;

	if (!setup())
		return;
	CHECK(proxies_start(&proxies, &loop, &learned, &e));
	learn("eth1", "10.0.1.11:3128");
	learn("eth0", "10.0.0.10:3128");
	CHECK(proxies_choose(&proxies, &to, &e) && to);
	CHECK_STR(ADDRESS_TEXT(&to->address), "10.0.0.10");
	CHECK_STR(to->link, "eth0");
	CHECK(proxies_next(&proxies, &at, &view) && view.active);
	CHECK(proxies_next(&proxies, &at, &view) && !view.active);
	CHECK_STR(view.link, "eth1");
	CHECK_STR(view.state, "reached");
	CHECK(!proxies_next(&proxies, &at, &view));
	struct fetch_options o = options(to);
	CHECK(get("https://boot.example/who", &o) && room_is("CN=client"));
	CHECK_STR(ADDRESS_TEXT(&f.peer), "10.0.0.10");
	CHECK(get("http://files.example/file", &o) && room_is("hello\n"));
	CHECK(get("https://203.0.113.5/file", &o) && room_is("hello\n"));
	CHECK(logged("ten.access", "CONNECT boot.example:443"));
	CHECK(logged("ten.access", "CONNECT files.example:80"));
	CHECK(logged("ten.access", "CONNECT 203.0.113.5:443"));
	CHECK(!holds("eleven.access", "CONNECT"));
	proxies_stop(&proxies);
}

TEST(inside_the_tunnel_nothing_changes, "PROXY-9 TLS-7")
{
	struct proxy proxy = { .port = 3128 };

	if (!setup())
		return;
	CHECK(address_read(&proxy.address, bytes_of_text("10.0.1.11")));
	struct fetch_options o = options(&proxy);
	server.size--;
	CHECK(!get("https://boot.example/who", &o) && e.code == ERROR_REFUSED);
	server.size++;
	CHECK_STR(e.rule, "TLS-7");
	CHECK_STR(e.text, "boot.example:443: not the certificate we know");
}

TEST(what_squid_says_no_to, "PROXY-10")
{
	struct proxy proxy = { .port = 3128 };

	if (!setup())
		return;
	CHECK(address_read(&proxy.address, bytes_of_text("10.0.1.11")));
	struct fetch_options o = options(&proxy);
	CHECK(!get("https://boot.example:8443/", &o) && e.code == ERROR_REFUSED);
	CHECK_STR(e.rule, "PROXY-10");
	CHECK_STR(e.text,
		  "boot.example:8443: proxy 10.0.1.11:3128: it answers 403 to CONNECT");
	/* A server that is dead. */
	CHECK(!get("https://dead.example/", &o) && e.code == ERROR_LATER);
	CHECK_STR(e.rule, "PROXY-10");
}

TEST(squid_asks_for_a_login, "PROXY-10 KEY-4")
{
	static const struct {
		const char *credentials, *text;
	} cases[] = {
		{ "user:wrong", "it does not take our login (407)" },
		{ NULL, "it demands a login (407), and none is configured" },
	};
	struct proxies_fixed list[] = { { .port = 3128 } };
	struct proxies_options fixed = {
		.mode = PROXIES_STATIC, .fixed = list, .fixed_count = 1
	};
	const struct proxy *to;

	if (!setup())
		return;
	CHECK(address_read(&list[0].address, bytes_of_text("10.0.1.12")));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fixed.credentials = cases[i].credentials;
		CHECK(proxies_start(&proxies, &loop, &fixed, &e));
		CHECK(proxies_choose(&proxies, &to, &e) && to);
		struct fetch_options o = options(to);
		CHECK(!get("https://boot.example/who", &o) && e.code == ERROR_REFUSED);
		CHECK_STR(e.rule, "PROXY-10");
		CHECK(strstr(e.text, cases[i].text));
		proxies_stop(&proxies);
	}
	fixed.credentials = "user:secret";
	CHECK(proxies_start(&proxies, &loop, &fixed, &e));
	CHECK(proxies_choose(&proxies, &to, &e) && to);
	struct fetch_options o = options(to);
	CHECK(get("https://boot.example/who", &o) && room_is("CN=client"));
	CHECK(logged("twelve.access", "CONNECT boot.example:443 user"));
	CHECK(!strstr(said, "secret") && !strstr(said, "dXNlcjp"));
	proxies_stop(&proxies);
}

TEST(a_dead_one_gives_way, "MIST-1 PROXY-11")
{
	static const struct proxies_options learned = { .mode = PROXIES_LEARNED };
	static const bool never;
	const struct proxy *to;
	struct error ignored;

	if (!setup())
		return;
	CHECK(proxies_start(&proxies, &loop, &learned, &e));
	learn("eth1", "10.0.1.11:3128");
	learn("eth0", "10.0.0.10:3128");
	CHECK(proxies_choose(&proxies, &to, &e) && to);
	CHECK_STR(ADDRESS_TEXT(&to->address), "10.0.0.10");
	lab_kill(squids[0]);
	squids[0] = 0;
	struct fetch_options o = options(to);
	CHECK(!get("https://boot.example/who", &o) && e.code == ERROR_LATER);
	CHECK_STR(e.text, "boot.example:443: proxy: 10.0.0.10:3128: Connection refused");
	/* The next minute's check. */
	for (size_t i = 0; i < 2; i++)
		loop_timer_set(&loop, &proxies.candidates[i].timer, loop_now_ms());
	CHECK(!loop_run_until(&loop, &never, loop_now_ms() + 200, &ignored));
	CHECK(strstr(said, "proxy unreachable: 10.0.0.10:3128 on eth0"));
	CHECK(proxies_choose(&proxies, &to, &e) && to);
	CHECK_STR(ADDRESS_TEXT(&to->address), "10.0.1.11");
	o = options(to);
	CHECK(get("https://boot.example/who", &o) && room_is("CN=client"));
	CHECK(logged("eleven.access", "TCP_TUNNEL/200"));
	proxies_stop(&proxies);
	CHECK(!loop.fds && !loop.timers);
	tls_identity_free(key);
}

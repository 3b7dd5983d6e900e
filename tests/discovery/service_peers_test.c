/* SPDX-License-Identifier: MIT */
#include "discovery/service.h"

#include <fcntl.h>
#include <stdlib.h>

#include "check.h"
#include "lab.h"
#include "net/dns_peer.h"

/*
 * Against real peers at the other end of a cable: BIND, dnsmasq, avahi-daemon, Avahi's
 * library; and against responders that misbehave.
 */

#define VECTORS "tests/data/vectors/"

static struct loop loop;
static struct service service;
static struct error e;
static int peer_namespace;
static unsigned link_index;
static bool changed;

static const char domains[][CONFIG_HOST_MAX] = { "foreign.example", "empty.example",
						 "lab.example", "other.example" };
static struct address servers[2];
static struct service_question question;

static const char *const artifacts[3] = { VECTORS "ci/doc-configuration-large.cms",
					  VECTORS "oc/alg-rsa4096.cms",
					  VECTORS "ov/alg-rsa4096.vcj" };
static uint8_t contents[3][32768];
static size_t sizes[3];

static void note(void *context)
{
	(void)context;
	changed = true;
}

static bool run_there(const char *command)
{
	char line[2048];

	snprintf(line, sizeof(line), "nsenter -t $(cat peer.pid) -n %s", command);
	return lab_run(line);
}

static pid_t spawn_there(const char *command)
{
	static unsigned count;
	char path[128], line[128];

	snprintf(path, sizeof(path), "%s/run.%u", lab_folder, ++count);
	FILE *f = fopen(path, "w");
	fprintf(f, "exec %s\n", command);
	fclose(f);
	snprintf(line, sizeof(line), "nsenter -t $(cat peer.pid) -n sh run.%u", count);
	return lab_spawn(line);
}

static bool wait_file(const char *name)
{
	char byte;

	for (int i = 0; i < 1000 && !lab_read(name, &byte, 1); i++)
		usleep(10000);
	return lab_read(name, &byte, 1) == 1;
}

static bool plug_cable(void)
{
	char path[64], pid[16] = { 0 };
	const char *quick = "sysctl -qw net.ipv6.conf.all.accept_dad=0 "
			    "net.ipv6.conf.default.accept_dad=0";

	if (!lab_make_folder() || !lab_network())
		return false;
	lab_spawn("unshare -n sh -c 'echo $$ >peer.new && mv peer.new peer.pid && sleep 1000'");
	if (!wait_file("peer.pid") || !lab_read("peer.pid", pid, sizeof(pid) - 1))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", atoi(pid));
	peer_namespace = open(path, O_RDONLY | O_CLOEXEC);
	return lab_run(quick) && run_there(quick) &&
	       lab_run("ip link add e0 type veth peer name e1 netns $(cat peer.pid)") &&
	       run_there("ip addr add 10.1.2.1/24 dev e1") &&
	       run_there("ip addr add fd00:1:2::1/64 dev e1 nodad") &&
	       run_there("ip link set dev e1 address 02:00:00:00:00:01 up") &&
	       run_there("ip link set lo up") &&
	       lab_run("ip addr add 10.1.2.3/24 dev e0 && ip addr add fd00:1:2::3/64 dev e0 nodad "
		       "&& ip link set e0 up && until ip -6 route show dev e0 | grep -q fe80; do "
		       "sleep 0.05; done");
}

static bool setup(void)
{
	static int ready = -1;

	if (ready < 0) {
		loop_start(&loop);
		ready = plug_cable();
		link_index = if_nametoindex("e0");
		servers[0] = address_ipv4(0x0a010201);
		service.changed = note;
		for (size_t i = 0; i < 3; i++) {
			FILE *f = fopen(artifacts[i], "rb");

			sizes[i] = f ? fread(contents[i], 1, sizeof(contents[i]), f) : 0;
			ready = ready && sizes[i] > 500;
			if (f)
				fclose(f);
		}
	}
	CHECK(ready && link_index);
	question = (struct service_question){ .serial = bytes_of_text("JADA123456789"),
					      .steps = 0xf };
	question.resolver = (struct resolver){ .link = "e0", .servers = servers,
					       .server_count = 1, .domains = domains,
					       .domain_count = 3 };
	return ready;
}

/* Until the step is no longer asked for. */
static enum service_state settle(enum service_step step)
{
	uint64_t deadline = loop_now_ms() + 20000;

	while (service_state(&service, step) == SERVICE_ASKING && loop_now_ms() < deadline) {
		changed = false;
		if (!loop_run_until(&loop, &changed, deadline, &e))
			break;
	}
	return service_state(&service, step);
}

static enum service_state ask(enum service_step step)
{
	question.steps = 1u << step;
	service_start(&service, &loop, &question);
	return settle(step);
}

static bool holds(struct bytes b, size_t artifact)
{
	return bytes_equal(b, bytes_of(contents[artifact], sizes[artifact]));
}

/* --- BIND ---------------------------------------------------------------------------------- */

/* A TXT record in master file syntax: "key=value" in strings of 255. */
static void write_text(FILE *f, const char *name, const char *key, const uint8_t *value,
		       size_t size)
{
	size_t prefix = strlen(key) + 1, total = prefix + size;

	fprintf(f, "%s TXT (", name);
	for (size_t i = 0; i < total; i++) {
		unsigned c = i < prefix - 1 ? (uint8_t)key[i]
			     : i == prefix - 1 ? '='
					       : value[i - prefix];

		if (i % 255 == 0)
			fprintf(f, "%s\"", i ? "\"\n" : "");
		fprintf(f, "\\%03u", c);
	}
	fprintf(f, "\")\n");
}

static FILE *zone(const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", lab_folder, name);
	FILE *f = fopen(path, "w");
	fprintf(f, "$TTL 60\n@ SOA ns hostmaster 1 60 60 60 60\n NS ns\nns A 10.1.2.1\n");
	return f;
}

static void write_zones(void)
{
	FILE *f = zone("lab.example");
	static const char *const keys[] = { "ci", "OC", "ov" };

	for (size_t i = 0; i < 3; i++)
		write_text(f, "JADA123456789._sztp", keys[i], contents[i], sizes[i]);
	write_text(f, "JADA123456789._sztp", "note", contents[0], 300);
	write_text(f, "small._sztp", "ci", contents[0], 300);
	write_text(f, "half._sztp", "ci", contents[0], 300);
	write_text(f, "half._sztp", "oc", contents[1], 300);
	write_text(f, "SN\\.1\\ a._sztp", "ci", contents[0], 300);
	fprintf(f, "alias._sztp CNAME chain.other.example.\n"
		   "_sztp._tcp SRV 20 0 9443 c\n_sztp._tcp SRV 10 1 8443 a\n"
		   "_sztp._tcp SRV 10 0 443 b.other.example.\n"
		   "a A 10.1.2.1\na AAAA fd00:1:2::1\n");
	for (unsigned i = 1; i <= 60; i++)
		fprintf(f, "many AAAA fd00::%x\n", i);
	fclose(f);
	f = zone("other.example");
	fprintf(f, "chain CNAME end\nb CNAME a.lab.example.\n");
	write_text(f, "end", "ci", contents[0], sizes[0]);
	write_text(f, "JADA123456789._sztp", "ci", contents[0], 300);
	fclose(f);
	fclose(zone("empty.example"));
	f = zone("absent.example");
	fprintf(f, "_sztp._tcp SRV 0 0 0 .\n");
	fclose(f);
	f = zone("10.in-addr.arpa");
	fprintf(f, "b._dns-sd._udp.0.2.1 PTR other.example.\nlb._dns-sd._udp.0.2.1 PTR "
		   "lab.example.\n");
	fclose(f);
	f = zone("ip6.arpa");
	fprintf(f, "lb._dns-sd._udp.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.0.0."
		   "d.f PTR lab.example.\n");
	fclose(f);
}

static pid_t start_named(void)
{
	static const char *const zones[] = { "lab.example",    "other.example",	  "empty.example",
					     "absent.example", "10.in-addr.arpa", "ip6.arpa" };
	char path[160];

	write_zones();
	CHECK(lab_run("rm -f named.log"));
	snprintf(path, sizeof(path), "%s/named.conf", lab_folder);
	FILE *f = fopen(path, "w");
	fprintf(f, "options { directory \"%s\"; pid-file none; session-keyfile none; recursion no;"
		   " dnssec-validation no; listen-on { any; }; listen-on-v6 { any; };"
		   " minimal-responses yes; };\ncontrols { };\n",
		lab_folder);
	for (size_t i = 0; i < ARRAY_SIZE(zones); i++)
		fprintf(f, "zone \"%s\" { type primary; file \"%s\"; };\n", zones[i], zones[i]);
	fclose(f);
	pid_t pid = spawn_there("named -g -n 1 -c $PWD/named.conf 2>named.log");
	CHECK(lab_run("(for i in $(seq 500); do grep -q ' running$' named.log && exit 0; sleep "
		      "0.02; done; cat named.log; exit 1)"));
	return pid;
}

TEST(takes_signed_artifacts_from_bind_over_tcp, "DNS-1 DNS-5 DNS-7 DNS-8 DNS-13 DNS-20")
{
	if (!setup())
		return;
	pid_t pid = start_named();
	/* refused in the first domain, no such name in the second */
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	const struct service_txt *txt = service_txt(&service, SERVICE_TXT_UNICAST);
	CHECK(holds(txt->ci, 0) && holds(txt->oc, 1) && holds(txt->ov, 2));
	CHECK(txt->ci.size + txt->oc.size + txt->ov.size > 16384);
	CHECK(service.parts[SERVICE_TXT_UNICAST].candidate == 2);
	service_stop(&service);
	CHECK(!loop.fds && !loop.timers);
	/* by IPv6, by a link-local address, and after a server that is not there */
	CHECK(address_read(&servers[0], bytes_of_text("fd00:1:2::1")));
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	service_stop(&service);
	CHECK(address_read(&servers[1], bytes_of_text("fe80::ff:fe00:1")));
	servers[1].link = link_index;
	servers[0] = address_ipv4(0x0a010209);
	question.resolver.server_count = 2;
	question.resolver.domains = domains + 1;
	question.resolver.domain_count = 2;
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	CHECK(service.parts[SERVICE_TXT_UNICAST].lookup.preferred == 1);
	service_stop(&service);
	servers[0] = address_ipv4(0x0a010201);
	lab_kill(pid);
}

TEST(follows_aliases_of_bind_and_other_labels, "DNS-5 DNS-21 DNS-11")
{
	if (!setup())
		return;
	pid_t pid = start_named();
	question.serial = bytes_of_text("alias");
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	CHECK(holds(service_txt(&service, SERVICE_TXT_UNICAST)->ci, 0));
	service_stop(&service);
	question.serial = bytes_of_text("SN.1 A"); /* DNS does not tell cases apart */
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	service_stop(&service);
	question.serial = bytes_of_text("half");
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_NOTHING);
	CHECK_STR(service_reason(&service, SERVICE_TXT_UNICAST)->rule, "DNS-11");
	CHECK_STR(service_reason(&service, SERVICE_TXT_UNICAST)->text,
		  "half._sztp.lab.example: there is an oc=, but no ov=");
	service_stop(&service);
	question.serial = bytes_of_text("nobody");
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_NOTHING);
	CHECK_STR(service_reason(&service, SERVICE_TXT_UNICAST)->rule, "DNS-5");
	CHECK_STR(service_reason(&service, SERVICE_TXT_UNICAST)->text,
		  "nobody._sztp.lab.example: there is no such name");
	service_stop(&service);
	lab_kill(pid);
}

TEST(takes_servers_from_bind, "DNS-6 DNS-13 DNS-17 DNS-18")
{
	size_t count = 0;

	if (!setup())
		return;
	pid_t pid = start_named();
	unsigned a_first = 0;
	for (int i = 0; i < 40; i++) {
		CHECK(ask(SERVICE_SRV_UNICAST) == SERVICE_FOUND);
		const struct resolve_target *t =
			service_targets(&service, SERVICE_SRV_UNICAST, &count);
		CHECK(count == 3);
		bool a = strcmp(t[0].host, "a.lab.example") == 0;
		a_first += a;
		CHECK_STR(t[a ? 1 : 0].host, "b.other.example");
		CHECK(t[a ? 0 : 1].port == 8443 && t[2].port == 9443 && t[0].count == 0);
		service_stop(&service);
	}
	CHECK(a_first > 5 && a_first < 35); /* weights 1 and 0: of the draws 0 and 1, one each */
	/* a host that is an alias in another zone */
	struct address found[CONFIG_DIAL_ADDRESSES_MAX];
	CHECK(resolve_name(&loop, "b.other.example", &question.resolver, loop_now_ms() + 5000,
			   found, &count, &e) &&
	      count == 2);
	/* the search list in order */
	CHECK(resolve_name(&loop, "a", &question.resolver, loop_now_ms() + 5000, found, &count,
			   &e) &&
	      count == 2);
	CHECK_STR(ADDRESS_TEXT(&found[0]), "fd00:1:2::1");
	/* more addresses than UDP carries */
	CHECK(resolve_name(&loop, "many.lab.example", &question.resolver, loop_now_ms() + 5000,
			   found, &count, &e) &&
	      count == CONFIG_DIAL_ADDRESSES_MAX);
	static const char absent[][CONFIG_HOST_MAX] = { "absent.example" };
	question.resolver.domains = absent;
	question.resolver.domain_count = 1;
	CHECK(ask(SERVICE_SRV_UNICAST) == SERVICE_NOTHING);
	CHECK_STR(service_reason(&service, SERVICE_SRV_UNICAST)->rule, "DNS-18");
	service_stop(&service);
	lab_kill(pid);
}

TEST(goes_on_to_the_next_domain_on_demand, "DNS-4 DNS-20")
{
	if (!setup())
		return;
	pid_t pid = start_named();
	question.resolver.domain_count = 4;
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	CHECK(holds(service_txt(&service, SERVICE_TXT_UNICAST)->ci, 0));
	service_next(&service, SERVICE_TXT_UNICAST);
	CHECK(service_state(&service, SERVICE_TXT_UNICAST) == SERVICE_ASKING);
	CHECK(settle(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	CHECK(service_txt(&service, SERVICE_TXT_UNICAST)->ci.size == 300);
	service_next(&service, SERVICE_TXT_UNICAST);
	CHECK(service_state(&service, SERVICE_TXT_UNICAST) == SERVICE_NOTHING);
	CHECK_STR(service_reason(&service, SERVICE_TXT_UNICAST)->rule, "DNS-4");
	service_stop(&service);
	lab_kill(pid);
}

TEST(asks_the_reverse_zone_for_domains, "DNS-20")
{
	if (!setup())
		return;
	pid_t pid = start_named();
	question.resolver.domain_count = 0;
	question.own = address_ipv4(0x0a010203);
	question.prefix = 24;
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_NOTHING);
	CHECK_STR(service_reason(&service, SERVICE_TXT_UNICAST)->rule, "DNS-20");
	service_stop(&service);
	question.reverse = true;
	CHECK(ask(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	CHECK_STR(service.domains[0], "other.example");
	CHECK_STR(service.domains[1], "lab.example");
	service_stop(&service);
	question.steps = 1u << SERVICE_SRV_UNICAST | 1u << SERVICE_TXT_UNICAST;
	service_start(&service, &loop, &question);
	CHECK(settle(SERVICE_SRV_UNICAST) == SERVICE_FOUND);
	CHECK(settle(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	service_stop(&service);
	CHECK(address_read(&question.own, bytes_of_text("fd00:1:2::3")));
	question.prefix = 64;
	CHECK(ask(SERVICE_SRV_UNICAST) == SERVICE_FOUND);
	CHECK(service.domain_count == 1);
	service_stop(&service);
	question.prefix = 63; /* fd00:1:2:: all the same, */
	CHECK(ask(SERVICE_SRV_UNICAST) == SERVICE_FOUND);
	service_stop(&service);
	question.prefix = 46; /* but this is fd00:1:: */
	CHECK(ask(SERVICE_SRV_UNICAST) == SERVICE_NOTHING);
	service_stop(&service);
	lab_kill(pid);
}

TEST(takes_records_from_dnsmasq, "DNS-6 DNS-7 DNS-17")
{
	size_t count;

	if (!setup())
		return;
	pid_t pid = spawn_there("dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts "
				"--user=root --group=root --local=/example/ "
				"--srv-host=_sztp._tcp.lab.example,boot.lab.example,8443,1,1 "
				"--txt-record=JADA123456789._sztp.lab.example,ci=abc");
	for (int i = 0; i < 50 && ask(SERVICE_TXT_UNICAST) != SERVICE_FOUND; i++)
		service_stop(&service); /* until it has begun */
	CHECK(bytes_equal(service_txt(&service, SERVICE_TXT_UNICAST)->ci, bytes_of("abc", 3)));
	service_stop(&service);
	CHECK(ask(SERVICE_SRV_UNICAST) == SERVICE_FOUND);
	CHECK_STR(service_targets(&service, SERVICE_SRV_UNICAST, &count)->host,
		  "boot.lab.example");
	CHECK(count == 1);
	service_stop(&service);
	lab_kill(pid);
}

/* --- multicast -------------------------------------------------------------------------------- */

TEST(asks_the_avahi_daemon_for_hosts, "DNS-15 DNS-6")
{
	struct address found[CONFIG_DIAL_ADDRESSES_MAX];
	size_t count = 0;

	if (!setup())
		return;
	CHECK(lab_run("mkdir services && cat >services/sztp.service <<END\n<service-group>"
		      "<name>boot</name><service><type>_sztp._tcp</type><port>8443</port>"
		      "</service></service-group>\nEND\n"
		      "printf '[server]\\nhost-name=boot\\nuse-ipv6=yes\\nenable-dbus=no\\n' "
		      ">avahi.conf"));
	pid_t pid = spawn_there("unshare -m sh -c 'mount -t tmpfs none /run && mkdir "
				"/run/avahi-daemon && mount --bind services /etc/avahi/services && "
				"exec avahi-daemon --no-drop-root --no-chroot --no-rlimits "
				"-f \"$PWD/avahi.conf\"'");
	for (int i = 0; i < 50 && count < 2; i++)
		if (!resolve_name(&loop, "boot.local", &question.resolver, loop_now_ms() + 3500,
				  found, &count, &e))
			count = 0;
	/* fe80:: or fd00::, whichever it tells first, and IPv4 */
	CHECK(count >= 2 && found[0].family == ADDRESS_IPV6 && found[1].family == ADDRESS_IPV4);
	CHECK_STR(ADDRESS_TEXT(&found[1]), "10.1.2.1");
	for (size_t i = 0; i < count; i++)
		CHECK(found[i].link == (address_is_link_local(&found[i]) ? link_index : 0));
	CHECK(!resolve_name(&loop, "nobody.local", &question.resolver, loop_now_ms() + 300, found,
			    &count, &e));
	CHECK_STR(e.text, "nobody.local: nobody on the link answers");
	/* A DNS-SD service is not what RFC 8572 asks for: it has no SRV record of that name. */
	CHECK(ask(SERVICE_SRV_MULTICAST) == SERVICE_NOTHING);
	CHECK_STR(service_reason(&service, SERVICE_SRV_MULTICAST)->rule, "DNS-6");
	service_stop(&service);
	/* Without a link there is nobody to ask; a zone of that name is asked as any other. */
	static const char local[][CONFIG_HOST_MAX] = { "local" };
	question.resolver.link = NULL;
	CHECK(!resolve_name(&loop, "boot.local", &question.resolver, loop_now_ms() + 5000, found,
			    &count, &e));
	CHECK_STR(e.text, "boot.local: no link to ask");
	question.resolver.domains = local;
	question.resolver.domain_count = 1;
	CHECK(!resolve_name(&loop, "boot.local", &question.resolver, loop_now_ms() + 5000, found,
			    &count, &e));
	CHECK_STR(e.text, "boot.local: 10.1.2.1: Connection refused");
	lab_kill(pid);
}

TEST(takes_records_from_a_multicast_responder, "DNS-3 DNS-5 DNS-6 DNS-15 DNS-19")
{
	struct address found[CONFIG_DIAL_ADDRESSES_MAX];
	char source[600];
	size_t count;

	if (!setup())
		return;
	snprintf(source, sizeof(source),
		 "cc -o responder %s/tests/discovery/service_responder.c -lavahi-core "
		 "-lavahi-common",
		 getenv("PWD"));
	CHECK(lab_run(source));
	/* Avahi gives one-shot queriers 512 bytes, and leaves out the rest without a word. */
	CHECK(lab_run("printf '\\377ci=%0252d\\12%010d' 7 9 >ci && printf '\\4oc=x' >oc && "
		      "printf '\\4ov=y' >ov && cat >records <<END\n"
		      "JADA123456789._sztp.local txt oc\nJADA123456789._sztp.local txt ci\n"
		      "JADA123456789._sztp.local txt ov\n_sztp._tcp.local srv 1 1 8443 boot.local\n"
		      "END\n:"));
	pid_t pid = spawn_there("./responder <records");
	question.steps = 1u << SERVICE_TXT_MULTICAST | 1u << SERVICE_SRV_MULTICAST;
	for (int i = 0; i < 20; i++) {
		service_start(&service, &loop, &question);
		if (settle(SERVICE_SRV_MULTICAST) == SERVICE_FOUND)
			break;
		service_stop(&service); /* it has not begun */
	}
	CHECK(settle(SERVICE_TXT_MULTICAST) == SERVICE_FOUND);
	const struct service_txt *txt = service_txt(&service, SERVICE_TXT_MULTICAST);
	CHECK(txt->ci.size == 262 && txt->oc.size == 1 && txt->ov.size == 1);
	CHECK(txt->ci.at[251] == '7' && txt->ci.at[261] == '9');
	const struct resolve_target *t = service_targets(&service, SERVICE_SRV_MULTICAST, &count);
	CHECK(service_state(&service, SERVICE_SRV_MULTICAST) == SERVICE_FOUND && count == 1);
	CHECK_STR(t[0].host, "boot.local");
	CHECK(t[0].port == 8443 && t[0].count >= 1);
	for (size_t i = 0; i < t[0].count; i++)
		CHECK(t[0].addresses[i].link ==
		      (address_is_link_local(&t[0].addresses[i]) ? link_index : 0));
	/* where there is no IPv4 */
	service_stop(&service);
	CHECK(lab_run("ip addr del 10.1.2.3/24 dev e0"));
	CHECK(ask(SERVICE_SRV_MULTICAST) == SERVICE_FOUND);
	CHECK(lab_run("ip addr add 10.1.2.3/24 dev e0"));
	t = service_targets(&service, SERVICE_SRV_MULTICAST, &count);
	CHECK(count == 1 && t[0].count >= 1);
	/* Whose addresses are known, is not asked for again. */
	question.resolver.known = t;
	question.resolver.known_count = count;
	lab_kill(pid);
	CHECK(resolve_name(&loop, "Boot.local", &question.resolver, loop_now_ms() + 200, found,
			   &count, &e) &&
	      count == t[0].count);
	question.resolver.known = NULL;
	service_stop(&service);
	CHECK(!loop.fds && !loop.timers);
}

/*
 * A responder that is none: @answer makes its answers; they come from port 5354 when it
 * says so in peer_elsewhere.
 */
static bool peer_elsewhere;

static int bind_there(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		_exit(1);
	return fd;
}

static pid_t responder(peer_udp *answer)
{
	struct ip_mreqn group = { .imr_multiaddr.s_addr = htonl(0xe00000fb) };
	int ready[2];
	char byte;

	if (pipe(ready) != 0)
		return -1;
	if (!peer_seen)
		peer_seen = mmap(NULL, sizeof(*peer_seen), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(peer_seen, 0, sizeof(*peer_seen));
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		static uint8_t packet[65535];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setns(peer_namespace, CLONE_NEWNET) != 0)
			_exit(1);
		int fd = bind_there(5353), elsewhere = bind_there(5354);
		group.imr_ifindex = (int)if_nametoindex("e1");
		if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) != 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;) {
			struct sockaddr_in from;
			socklen_t from_size = sizeof(from);
			ssize_t n = recvfrom(fd, packet, sizeof(packet), 0,
					     (struct sockaddr *)&from, &from_size);

			peer_seen->ports[peer_seen->udp % PEER_QUESTIONS] =
				ntohs(from.sin_port);
			peer_seen->ids[peer_seen->udp++ % PEER_QUESTIONS] =
				(uint16_t)(packet[0] << 8 | packet[1]);
			peer_elsewhere = false;
			size_t size = n > 12 ? answer(packet, (size_t)n) : 0;
			if (size)
				sendto(peer_elsewhere ? elsewhere : fd, packet, size, 0,
				       (struct sockaddr *)&from, from_size);
		}
	}
	close(ready[1]);
	CHECK(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return pid;
}

static size_t good(uint8_t *p, size_t size)
{
	(void)size;
	return peer_record(p, peer_begin(p, 0, 1), DNS_TYPE_TXT, "\4ci=x", 5);
}

/* An answer of @whole bytes: oc, ov, and ci in strings of 255. */
static size_t filled_to(uint8_t *p, size_t whole)
{
	static uint8_t data[10000];
	size_t used = peer_record(p, peer_begin(p, 0, 2), DNS_TYPE_TXT, "\4oc=x", 5), rest;

	used = peer_record(p, used, DNS_TYPE_TXT, "\4ov=x", 5);
	p[7] = 3;
	rest = whole - used - 12;
	for (size_t i = 0; i < rest; i += 256)
		data[i] = rest - i > 256 ? 255 : (uint8_t)(rest - i - 1);
	memcpy(data + 1, "ci=", 3);
	return peer_record(p, used, DNS_TYPE_TXT, data, rest);
}

static size_t just_fits(uint8_t *p, size_t size)
{
	(void)size;
	return filled_to(p, 9000);
}

static size_t without_id_and_question(uint8_t *p, size_t size)
{
	size_t name = peer_question_end(p) - 4 - 12, end = peer_question_end(p);

	/* The name, which the record points to, becomes the record's own. */
	(void)size;
	memset(p, 0, 12);
	p[2] = 0x84;
	p[7] = 1;
	memcpy(p + end - 4, "\0\x10\x80\1\0\0\0\x0a\0\5\4ci=x", 15);
	(void)name;
	return end - 4 + 15;
}

/* The name asked for begins with the number of the lie. */
static size_t lies(uint8_t *p, size_t size)
{
	switch (p[13]) {
	case '0': /* more than multicast may have */
		return filled_to(p, 9001);
	case '1':
		p[1] ^= 1;
		return good(p, size);
	case '2':
		size = good(p, size);
		p[2] |= 2; /* TC */
		return size;
	case '3':
		peer_elsewhere = true;
		return good(p, size);
	default:
		return good(p, size);
	}
}

/* Nonsense to the first question, an answer to the second. */
static size_t late(uint8_t *p, size_t size)
{
	if (peer_seen->udp > 1)
		return good(p, size);
	return peer_record(p, peer_begin(p, 0, 1), DNS_TYPE_TXT, "\4oc=x", 5);
}

TEST(takes_multicast_answers_of_9000_bytes, "DNS-16 DNS-15")
{
	static const struct {
		peer_udp *answer;
		size_t size;
	} cases[] = { { just_fits, 8000 }, { without_id_and_question, 1 }, { late, 1 } };

	if (!setup())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pid_t pid = responder(cases[i].answer);

		CHECK(ask(SERVICE_TXT_MULTICAST) == SERVICE_FOUND);
		CHECK(service_txt(&service, SERVICE_TXT_MULTICAST)->ci.size >= cases[i].size);
		service_stop(&service);
		lab_kill(pid);
	}
}

TEST(refuses_what_no_responder_sends, "DNS-15 DNS-16 DNS-21")
{
	static const char *const rules[] = { "DNS-5", "DNS-21", "DNS-16", "DNS-5", NULL };
	static const char serials[] = "01234";
	static struct service services[ARRAY_SIZE(rules)];
	static const enum service_step step = SERVICE_TXT_MULTICAST;

	if (!setup())
		return;
	pid_t pid = responder(lies);
	uint64_t begun = loop_now_ms();
	question.steps = 1u << step;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		question.serial = bytes_of(serials + i, 1);
		services[i].changed = note;
		service_start(&services[i], &loop, &question);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		while (service_state(&services[i], step) == SERVICE_ASKING) {
			changed = false;
			CHECK(loop_run_until(&loop, &changed, loop_now_ms() + 20000, &e));
		}
		if (rules[i]) {
			CHECK(service_state(&services[i], step) == SERVICE_NOTHING);
			CHECK_STR(service_reason(&services[i], step)->rule, rules[i]);
		} else {
			CHECK(service_state(&services[i], step) == SERVICE_FOUND);
		}
		service_stop(&services[i]);
	}
	/* three questions, a second apart; the one that was answered was one */
	CHECK(loop_now_ms() - begun >= 3000 && peer_seen->udp == 4 * 3 + 1);
	CHECK(!loop.fds && !loop.timers);
	lab_kill(pid);
	/* the same one three times, from a port of ours */
	pid = responder(lies);
	question.serial = bytes_of_text("1");
	CHECK(ask(step) == SERVICE_NOTHING && peer_seen->udp == 3);
	CHECK(peer_seen->ids[0] == peer_seen->ids[2] &&
	      peer_seen->ports[0] == peer_seen->ports[2] && peer_seen->ports[0] != 5353);
	service_stop(&service);
	lab_kill(pid);
}

TEST(asks_all_four_at_once, "DNS-2 DNS-3 DNS-1")
{
	if (!setup())
		return;
	pid_t pid = start_named(), other = responder(good);
	uint64_t begun = loop_now_ms();
	question.steps = 0xf;
	service_start(&service, &loop, &question);
	CHECK(settle(SERVICE_TXT_MULTICAST) == SERVICE_FOUND);
	CHECK(settle(SERVICE_TXT_UNICAST) == SERVICE_FOUND);
	CHECK(settle(SERVICE_SRV_UNICAST) == SERVICE_FOUND);
	/* these did not wait for the one that nobody answers */
	CHECK(service_state(&service, SERVICE_SRV_MULTICAST) == SERVICE_ASKING);
	CHECK(settle(SERVICE_SRV_MULTICAST) == SERVICE_NOTHING &&
	      loop_now_ms() - begun >= 3000);
	service_stop(&service);
	CHECK(!loop.fds && !loop.timers);
	lab_kill(pid);
	lab_kill(other);
}

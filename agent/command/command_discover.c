/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "base/writer.h"
#include "command/command.h"
#include "discovery/discovery.h"
#include "platform/machine_clock.h"
#include "platform/console.h"
#include "sztp/server_list.h"

#define WAIT_DEFAULT_S 10
#define WAIT_MAX_S     86400

static bool stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = true;
}

/* ,"name":["a","b"] */
static void write_addresses(struct writer *w, const char *name, const uint32_t *at,
			    size_t count)
{
	writer_printf(w, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++) {
		struct address a = address_ipv4(at[i]);

		writer_printf(w, "%s\"%s\"", i ? "," : "", ADDRESS_TEXT(&a));
	}
	writer_text(w, "]");
}

static void write_routes(struct writer *w, const struct dhcp4_lease *lease)
{
	writer_text(w, ",\"routes\":[");
	for (size_t i = 0; i < lease->route_count; i++) {
		struct address to = address_ipv4(lease->routes[i].destination);
		struct address via = address_ipv4(lease->routes[i].gateway);

		writer_printf(w, "%s{\"to\":\"%s/%u\"", i ? "," : "", ADDRESS_TEXT(&to),
			      lease->routes[i].prefix);
		if (lease->routes[i].gateway)
			writer_printf(w, ",\"via\":\"%s\"", ADDRESS_TEXT(&via));
		writer_text(w, "}");
	}
	writer_text(w, "]");
}

/* The servers option 143 or 136 names, or why it names none. */
static void write_servers(struct writer *w, const struct discovery_network *n)
{
	struct bytes option = bytes_of(n->redirect, n->redirect_size);
	struct server_list list;
	struct error why;

	if (!n->has_redirect)
		return;
	writer_printf(w, ",\"option-%s\":\"", n->kind == DISCOVERY_DHCP6 ? "136" : "143");
	writer_hex(w, option);
	writer_text(w, "\"");
	if (!server_list_read_option(&list, option, &why)) {
		writer_printf(w, ",\"servers\":[],\"rule\":\"%s\",\"reason\":", why.rule);
		writer_json_string(w, bytes_of_text(why.text));
		return;
	}
	writer_text(w, ",\"servers\":[");
	for (size_t i = 0; i < list.count; i++) {
		bool six = strchr(list.at[i].host, ':') != NULL;

		writer_printf(w, "%s\"https://%s%s%s:%u\"", i ? "," : "", six ? "[" : "",
			      list.at[i].host, six ? "]" : "", list.at[i].port);
	}
	writer_text(w, "]");
}

static void put_addresses(struct writer *w, const char *name, const struct address *at,
			  size_t count)
{
	writer_printf(w, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++)
		writer_printf(w, "%s\"%s\"", i ? "," : "", ADDRESS_TEXT(&at[i]));
	writer_text(w, "]");
}

static void write_network6(struct writer *w, const struct discovery_network *n)
{
	writer_printf(w, "{\"source\":\"dhcp6\",\"link\":\"%s\",\"after-ms\":%llu", n->link,
		      (unsigned long long)machine_clock_running_ms());
	if (n->own.family != ADDRESS_NONE)
		writer_printf(w, ",\"address\":\"%s/%u\"", ADDRESS_TEXT(&n->own), n->prefix);
	put_addresses(w, "dns", n->dns, n->dns_count);
	put_addresses(w, "ntp", n->ntp, n->ntp_count);
	writer_text(w, ",\"domains\":[");
	for (size_t i = 0; i < n->domain_count; i++)
		writer_printf(w, "%s\"%s\"", i ? "," : "", n->domains[i]);
	writer_text(w, "]");
	write_servers(w, n);
	writer_text(w, "}\n");
}

static void on_found(void *context, const struct discovery_network *network)
{
	static char room[32768];
	const struct dhcp4_lease *lease = network->lease4;
	struct writer w = writer_over(room, sizeof(room));
	struct address own = network->own, server = { 0 };
	size_t *count = context;

	if (network->lease6) {
		write_network6(&w, network);
		goto out;
	}
	if (!lease)
		return;
	server = address_ipv4(lease->server);
	writer_printf(&w,
		      "{\"source\":\"dhcp4\",\"link\":\"%s\",\"after-ms\":%llu,"
		      "\"address\":\"%s/%u\",\"dhcp-server\":\"%s\",\"lease-s\":%u",
		      network->link, (unsigned long long)machine_clock_running_ms(),
		      ADDRESS_TEXT(&own), lease->prefix, ADDRESS_TEXT(&server),
		      lease->lease_s);
	write_routes(&w, lease);
	write_addresses(&w, "dns", lease->dns, lease->dns_count);
	write_addresses(&w, "ntp", lease->ntp, lease->ntp_count);
	write_addresses(&w, "syslog", lease->syslog, lease->syslog_count);
	if (lease->domain[0])
		writer_printf(&w, ",\"domain\":\"%s\"", lease->domain);
	write_servers(&w, network);
	writer_text(&w, "}\n");
out:
	if (writer_ok(&w)) {
		fwrite(room, 1, w.used, stdout);
		fflush(stdout);
		(*count)++;
	}
}

static int discover(uint64_t wait_s)
{
	static struct discovery d; /* too large for the stack */
	const struct discovery_options options = { .dhcp4.vendor_class = NULL };
	struct loop loop;
	struct error e;
	size_t count = 0;

	loop_start(&loop);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	d.found = on_found;
	d.context = &count;
	if (!discovery_start(&d, &loop, &options, &e))
		return command_fail(&e);
	bool ended = loop_run_until(&loop, &stopped, loop_now_ms() + wait_s * 1000, &e);
	bool cable = discovery_any_carrier(&d);
	discovery_stop(&d);
	if (!ended && e.code == ERROR_MACHINE)
		return command_fail(&e);
	if (count)
		return 0;
	error_set(&e, ERROR_LATER, NULL, "%s",
		  cable ? "no DHCP server has answered" : "no link has a carrier");
	return command_fail(&e);
}

int command_discover_run(int argc, char **argv)
{
	static const struct option options[] = { { "wait", required_argument, NULL, 'w' },
						 { "debug", required_argument, NULL, 'd' },
						 { 0 } };
	uint64_t wait_s = WAIT_DEFAULT_S;
	int option;

	log_to(console_log, NULL);
	log_up_to(LOG_LEVEL_WARN);
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'w':
			if (!text_number(&wait_s, bytes_of_text(optarg), WAIT_MAX_S) ||
			    !wait_s)
				return command_usage("discover",
						     "--wait wants 1 to %d seconds",
						     WAIT_MAX_S);
			break;
		case 'd':
			log_up_to(LOG_LEVEL_DEBUG);
			log_debug_stems(optarg);
			break;
		default:
			return command_usage("discover", "unknown option");
		}
	}
	if (optind != argc)
		return command_usage("discover", "unexpected argument %s", argv[optind]);
	return discover(wait_s);
}

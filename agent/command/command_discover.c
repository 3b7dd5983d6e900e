/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "base/writer.h"
#include "command/command.h"
#include "platform/console.h"
#include "platform/machine_clock.h"
#include "sources_settings.h"
#include "sztp/server_list.h"

#define WAIT_DEFAULT_S 10
#define WAIT_MAX_S     86400

static struct run {
	struct loop loop;
	struct settings settings;
	struct sources *sources;
	struct sources_settings keep;
	size_t findings;
	bool news, stopped;
	char room[65536];
	struct writer line;
} run;

static void stop(int signal)
{
	(void)signal;
	run.stopped = run.news = true;
}

/* ---- one line ------------------------------------------------------------------------- */

static void begin_line(const char *source)
{
	run.line = writer_over(run.room, sizeof(run.room));
	writer_printf(&run.line, "{\"source\":\"%s\",\"after-ms\":%llu", source,
		      (unsigned long long)machine_clock_running_ms());
}

static void end_line(void)
{
	writer_text(&run.line, "}\n");
	if (!writer_ok(&run.line))
		return;
	fwrite(run.room, 1, run.line.used, stdout);
	fflush(stdout);
	run.findings++;
}

static void put_text(const char *name, const char *value)
{
	if (!value[0])
		return;
	writer_printf(&run.line, ",\"%s\":", name);
	writer_json_string(&run.line, bytes_of_text(value));
}

static void put_addresses(const char *name, const struct address *at, size_t count)
{
	writer_printf(&run.line, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++)
		writer_printf(&run.line, "%s\"%s\"", i ? "," : "", ADDRESS_TEXT(&at[i]));
	writer_text(&run.line, "]");
}

static void put_server(const char *host, uint16_t port, bool first)
{
	bool six = strchr(host, ':') != NULL;

	writer_printf(&run.line, "%s\"https://%s%s%s:%u\"", first ? "" : ",", six ? "[" : "",
		      host, six ? "]" : "", port);
}

/* ---- DHCP, router advertisements, static ------------------------------------------------ */

static void put_routes(const struct dhcp4_lease *lease)
{
	struct writer *w = &run.line;

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

/* The servers that option 143 or 136 names, or why it names none. */
static void put_redirect(const struct discovery_network *n)
{
	struct bytes option = bytes_of(n->redirect, n->redirect_size);
	struct writer *w = &run.line;
	struct server_list list;
	struct error why;

	if (!n->has_redirect)
		return;
	writer_printf(w, ",\"option-%s\":\"", n->kind == DISCOVERY_DHCP6 ? "136" : "143");
	writer_hex(w, option);
	writer_text(w, "\",\"servers\":[");
	if (!server_list_read_option(&list, option, run.sources->list_ways, &why)) {
		writer_printf(w, "],\"rule\":\"%s\",\"reason\":", why.rule);
		writer_json_string(w, bytes_of_text(why.text));
		return;
	}
	for (size_t i = 0; i < list.count; i++)
		put_server(list.at[i].host, list.at[i].port, i == 0);
	writer_text(w, "]");
}

static void on_network(void *context, const struct discovery_network *n)
{
	struct writer *w = &run.line;

	(void)context;
	begin_line(discovery_kind_name(n->kind));
	put_text("link", n->link);
	if (n->own.family != ADDRESS_NONE)
		writer_printf(w, ",\"address\":\"%s/%u\"", ADDRESS_TEXT(&n->own), n->prefix);
	if (n->lease4) {
		struct address server = address_ipv4(n->lease4->server);

		writer_printf(w, ",\"dhcp-server\":\"%s\",\"lease-s\":%u", ADDRESS_TEXT(&server),
			      n->lease4->lease_s);
		put_routes(n->lease4);
	}
	put_addresses("dns", n->dns, n->dns_count);
	put_addresses("ntp", n->ntp, n->ntp_count);
	put_addresses("syslog", n->syslog, n->syslog_count);
	writer_text(w, ",\"domains\":[");
	for (size_t i = 0; i < n->domain_count; i++) {
		writer_text(w, i ? "," : "");
		writer_json_string(w, bytes_of_text(n->domains[i]));
	}
	writer_text(w, "]");
	put_redirect(n);
	end_line();
}

/* ---- DNS ---------------------------------------------------------------------------------- */

static void on_service(void *context, const char *link, enum service_step step,
		       const struct lookup *found)
{
	struct writer *w = &run.line;
	size_t count;

	(void)context;
	begin_line("dns");
	put_text("link", link);
	put_text("step", service_step_name(step));
	if (step == SERVICE_TXT_MULTICAST || step == SERVICE_TXT_UNICAST) {
		const struct service_txt *txt = lookup_txt(found, step);

		writer_printf(w, ",\"bytes\":{\"ci\":%zu,\"oc\":%zu,\"ov\":%zu}", txt->ci.size,
			      txt->oc.size, txt->ov.size);
	} else {
		const struct resolve_target *at = lookup_targets(found, step, &count);

		writer_text(w, ",\"servers\":[");
		for (size_t i = 0; i < count; i++)
			put_server(at[i].host, at[i].port, i == 0);
		writer_text(w, "]");
	}
	end_line();
}

/* ---- proxies: one line for each change ------------------------------------------------------ */

static void tell_proxies(void)
{
	static char last[8192];
	struct proxies_view view;
	struct writer list = writer_over(run.room, sizeof(last));
	size_t at = 0, start;

	while (proxies_next(&run.sources->proxies, &at, &view)) {
		writer_printf(&list, "%s{\"address\":\"%s\",\"link\":\"%s\",\"from\":\"%s\",",
			      list.used ? "," : "",
			      address_port_text(&view.address, view.port).text, view.link,
			      view.fixed ? "settings" : "option 43");
		writer_printf(&list, "\"state\":\"%s\",\"active\":%s}", view.state,
			      view.active ? "true" : "false");
	}
	if (!writer_ok(&list) || list.used >= sizeof(last) ||
	    (strlen(last) == list.used && memcmp(last, run.room, list.used) == 0))
		return;
	memcpy(last, run.room, list.used);
	last[list.used] = '\0';
	begin_line("proxy");
	start = run.line.used;
	writer_printf(&run.line, ",\"proxies\":[%s]", last);
	if (run.line.used > start)
		end_line();
}

/* ---- sticks ------------------------------------------------------------------------------ */

static void look_at_media(void)
{
	struct media_find find;
	struct error none;

	while (run.sources->uses_media && media_next(&run.sources->media, &find, &none)) {
		begin_line("usb");
		put_text("device", find.device);
		put_text("file-system", find.file_system);
		put_text("directory", find.directory);
		writer_printf(&run.line, ",\"bytes\":{\"ci\":%zu,\"oc\":%zu,\"ov\":%zu}",
			      find.conveyed_information.size, find.owner_certificate.size,
			      find.ownership_voucher.size);
		end_line();
		media_release(&run.sources->media);
	}
}

static void on_change(void *context, bool arrived)
{
	(void)context, (void)arrived;
	run.news = true;
}

static int discover(const char *serial, uint64_t wait_s)
{
	const struct server_list nobody = { .count = 0 };
	struct sources *s = run.sources = sources_memory();
	struct error e = { .code = ERROR_NONE };
	uint64_t until_ms;
	bool cable;

	loop_start(&run.loop);
	until_ms = loop_now_ms() + wait_s * 1000;
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	sources_settings_apply(s, &run.keep, &run.settings, serial, NULL, NULL);
	s->loop = &run.loop;
	s->well_known = &nobody;
	s->changed = on_change;
	s->network = on_network;
	s->service = on_service;
	if (!sources_start(s, &e))
		return command_fail(&e);
	run.news = true;
	while (!run.stopped && loop_run_until(&run.loop, &run.news, until_ms, &e)) {
		run.news = false;
		tell_proxies();
		look_at_media();
	}
	cable = discovery_any_carrier(&s->discovered);
	sources_stop(s);
	if (!run.stopped && e.code == ERROR_MACHINE)
		return command_fail(&e);
	if (run.findings)
		return 0;
	error_set(&e, ERROR_LATER, NULL, "%s",
		  cable ? "nothing has answered, and there is no stick"
			: "no link has a carrier, and there is no stick");
	return command_fail(&e);
}

int command_discover_run(int argc, char **argv)
{
	static const struct option options[] = { { "wait", required_argument, NULL, 'w' },
						 { "serial", required_argument, NULL, 's' },
						 { "set", required_argument, NULL, 'S' },
						 { "debug", required_argument, NULL, 'd' },
						 { 0 } };
	const char *serial = NULL;
	uint64_t wait_s = WAIT_DEFAULT_S;
	int option;

	log_to(console_log, NULL);
	log_up_to(LOG_LEVEL_WARN);
	settings_start(&run.settings);
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
		case 's':
			serial = optarg;
			break;
		case 'S':
			if (!sources_settings_set(&run.settings, optarg))
				return command_usage("discover", "--set %s cannot be taken", optarg);
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
	return discover(serial, wait_s);
}

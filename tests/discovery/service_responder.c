/* SPDX-License-Identifier: MIT */
/*
 * usage: service_responder < RECORDS
 *
 * A multicast DNS responder around Avahi's library, for records that its daemon cannot be
 * told to have: those of RFC 8572 §4.2 are no DNS-SD service.  It stays until it is killed.
 *
 *	NAME txt FILE-OF-TEXT-RDATA
 *	NAME srv PRIORITY WEIGHT PORT HOST
 */
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-common/simple-watch.h>
#include <avahi-core/core.h>
#include <avahi-core/publish.h>
#include <avahi-core/rr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static AvahiServer *server;

static void changed(AvahiServer *s, AvahiServerState state, void *context)
{
	(void)s, (void)context;
	fprintf(stderr, "state %d\n", state);
}

static AvahiStringList *read_text(const char *path)
{
	static unsigned char strings[65536];
	AvahiStringList *list = NULL;
	FILE *f = fopen(path, "rb");

	if (!f)
		exit(1);
	size_t size = fread(strings, 1, sizeof(strings), f);
	fclose(f);
	for (size_t i = 0; i < size; i += strings[i] + 1u)
		list = avahi_string_list_add_arbitrary(list, strings + i + 1, strings[i]);
	return list; /* its last one is sent first */
}

int main(void)
{
	AvahiSimplePoll *poll = avahi_simple_poll_new();
	AvahiServerConfig config;
	char line[1024], name[256], type[8], rest[512], host[256];
	int error;

	avahi_server_config_init(&config);
	config.host_name = avahi_strdup("boot");
	config.publish_hinfo = config.publish_workstation = config.publish_domain = 0;
	config.use_ipv6 = 1;
	server = avahi_server_new(avahi_simple_poll_get(poll), &config, changed, NULL, &error);
	if (!server) {
		fprintf(stderr, "responder: %s\n", avahi_strerror(error));
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		unsigned priority, weight, port;
		AvahiRecord *r;

		if (sscanf(line, "%255s %7s %511[^\n]", name, type, rest) != 3)
			return 1;
		if (strcmp(type, "txt") == 0) {
			r = avahi_record_new_full(name, AVAHI_DNS_CLASS_IN, AVAHI_DNS_TYPE_TXT, 60);
			r->data.txt.string_list = read_text(rest);
		} else {
			if (sscanf(rest, "%u %u %u %255s", &priority, &weight, &port, host) != 4)
				return 1;
			r = avahi_record_new_full(name, AVAHI_DNS_CLASS_IN, AVAHI_DNS_TYPE_SRV, 60);
			r->data.srv.priority = (uint16_t)priority;
			r->data.srv.weight = (uint16_t)weight;
			r->data.srv.port = (uint16_t)port;
			r->data.srv.name = avahi_strdup(host);
		}
		error = avahi_server_add(server, NULL, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, 0, r);
		if (error < 0) {
			fprintf(stderr, "responder: %s: %s\n", name, avahi_strerror(error));
			return 1;
		}
	}
	return avahi_simple_poll_loop(poll) < 0;
}

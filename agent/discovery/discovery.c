/* SPDX-License-Identifier: MIT */
#include "discovery/discovery.h"

#include "base/log.h"
#include "base/text.h"

#define METRIC_FIRST 1024 /* what other DHCP clients use; each link takes the next */

static void warn(const struct discovery_port *p, const struct error *why)
{
	log_warn("discovery", "%s: %s", p->link.name, why->text);
}

static struct link_route link_route_of(const struct discovery_port *p,
				       const struct dhcp4_route *r, uint32_t source)
{
	struct link_route route = {
		.destination = address_ipv4(r->destination),
		.prefix = r->prefix,
		.source = address_ipv4(source),
		.metric = p->metric,
	};

	if (r->gateway)
		route.gateway = address_ipv4(r->gateway);
	return route;
}

static void take_back(struct discovery_port *p)
{
	const struct dhcp4_lease *l = &p->lease;
	struct address own = address_ipv4(l->address);
	struct error why;

	if (!p->applied)
		return;
	p->applied = false;
	for (size_t i = 0; i < l->route_count; i++) {
		struct link_route route = link_route_of(p, &l->routes[i], l->address);

		if (!link_route_remove(p->link.index, &route, &why))
			warn(p, &why);
	}
	if (!link_address_remove(p->link.index, &own, l->prefix, &why))
		warn(p, &why);
}

static bool apply_address(struct discovery_port *p, const struct dhcp4_lease *l)
{
	struct address own = address_ipv4(l->address);
	struct error why;

	if (link_address_add(p->link.index, &own, l->prefix, l->lease_s, p->metric, &why))
		return true;
	warn(p, &why);
	return false;
}

static void apply_routes(struct discovery_port *p, const struct dhcp4_lease *l)
{
	struct error why;

	/* Those on this link first: the gateways of the others may lie behind them. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < l->route_count; i++) {
			struct link_route route = link_route_of(p, &l->routes[i], l->address);

			if ((l->routes[i].gateway != 0) == (pass == 1) &&
			    !link_route_add(p->link.index, &route, &why))
				warn(p, &why);
		}
}

static void on_lease(void *context, const struct dhcp4_lease *lease)
{
	struct discovery_port *p = context;
	struct discovery *d = p->discovery;
	struct discovery_finding finding = { p->link.name, &p->lease };

	take_back(p);
	if (!apply_address(p, lease))
		return;
	p->lease = *lease;
	p->applied = true;
	apply_routes(p, lease);
	if (lease->boot_server[0] || lease->boot_file[0])
		log_debug("discovery",
			  "%s: boot file \"%s\" of \"%s\" is offered and not used",
			  p->link.name, TEXT_QUOTED(bytes_of_text(lease->boot_file)),
			  TEXT_QUOTED(bytes_of_text(lease->boot_server)));
	d->found(d->context, &finding);
}

static void on_renewed(void *context, const struct dhcp4_lease *lease)
{
	struct discovery_port *p = context;

	p->lease = *lease;
	apply_address(p, lease);
}

static void on_lost(void *context)
{
	struct discovery_port *p = context;
	struct discovery *d = p->discovery;

	take_back(p);
	if (d->lost)
		d->lost(d->context, p->link.name);
}

static void drop_port(struct discovery_port *p)
{
	dhcp4_client_stop(&p->client);
	p->used = false;
}

static struct discovery_port *find_port(struct discovery *d, int index)
{
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++)
		if (d->ports[i].used && d->ports[i].link.index == index)
			return &d->ports[i];
	return NULL;
}

static void start_port(struct discovery *d, const struct link *link)
{
	struct discovery_port *p = d->ports;
	struct dhcp4_profile profile = {
		.identifier = d->options.identifier,
		.serial = d->options.serial,
		.vendor_class = d->options.vendor_class,
	};
	struct error *why = &d->failure;

	while (p->used)
		if (++p == d->ports + CONFIG_LINKS_MAX)
			return; /* the watch has the same maximum, and has told */
	p->discovery = d;
	p->link = *link;
	p->used = true;
	p->applied = false;
	p->metric = METRIC_FIRST + (uint32_t)(p - d->ports);
	p->client = (struct dhcp4_client){ .on_lease = on_lease,
					   .on_renewed = on_renewed,
					   .on_lost = on_lost,
					   .context = p };
	memcpy(profile.mac, link->mac, sizeof(profile.mac));
	bool started = (link->is_up || link_bring_up(link->index, why)) &&
		       dhcp4_client_start(&p->client, d->loop, link, &profile, why);
	d->any_started |= started;
	if (!started)
		warn(p, why);
}

static void link_changed(void *context, const struct link *link)
{
	struct discovery *d = context;
	struct discovery_port *p = find_port(d, link->index);

	if (!p) {
		log_info("link", "%s: %02x:%02x:%02x:%02x:%02x:%02x%s", link->name,
			 link->mac[0], link->mac[1], link->mac[2], link->mac[3], link->mac[4],
			 link->mac[5], link->has_carrier ? ", has carrier" : "");
		start_port(d, link);
		return;
	}
	bool changed = p->link.has_carrier != link->has_carrier;
	bool readier = link->has_carrier && link->is_ready && !p->link.is_ready;
	p->link = *link;
	if (changed)
		log_info("link", "%s: %s", link->name,
			 link->has_carrier ? "has carrier" : "no carrier");
	/* The first packet may have come before the other end could answer it. */
	if (changed || readier)
		dhcp4_client_carrier(&p->client, link->has_carrier);
}

static void link_gone(void *context, const struct link *link)
{
	struct discovery *d = context;
	struct discovery_port *p = find_port(d, link->index);
	bool had;

	if (!p)
		return;
	log_info("link", "%s: gone", link->name);
	had = p->applied;
	drop_port(p);
	if (had && d->lost)
		d->lost(d->context, link->name);
}

bool discovery_start(struct discovery *d, struct loop *l,
		     const struct discovery_options *options, struct error *e)
{
	d->loop = l;
	d->options = *options;
	memset(d->ports, 0, sizeof(d->ports));
	d->watch = (struct link_watch){ .changed = link_changed,
					.gone = link_gone,
					.context = d };
	d->any_started = false;
	d->failure.code = ERROR_NONE;
	if (!link_watch_start(&d->watch, l, e))
		return false;
	if (d->any_started || d->failure.code == ERROR_NONE)
		return true;
	*e = d->failure;
	discovery_stop(d);
	return false;
}

void discovery_stop(struct discovery *d)
{
	if (!d->loop)
		return;
	link_watch_stop(&d->watch);
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		if (!d->ports[i].used)
			continue;
		if (!d->options.keep_addresses)
			take_back(&d->ports[i]);
		drop_port(&d->ports[i]);
	}
	d->loop = NULL;
}

size_t discovery_findings(const struct discovery *d, struct discovery_finding *to,
			  size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < CONFIG_LINKS_MAX && n < room; i++)
		if (d->ports[i].used && d->ports[i].applied)
			to[n++] = (struct discovery_finding){ d->ports[i].link.name,
							      &d->ports[i].lease };
	return n;
}

size_t discovery_dns(const struct discovery *d, struct address *to, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		const struct discovery_port *p = &d->ports[i];

		for (size_t j = 0; p->used && p->applied && j < p->lease.dns_count; j++) {
			struct address a = address_ipv4(p->lease.dns[j]);
			bool known = false;

			for (size_t k = 0; k < n; k++)
				known |= address_equal(&to[k], &a);
			if (!known && n < room)
				to[n++] = a;
		}
	}
	return n;
}

bool discovery_any_carrier(const struct discovery *d)
{
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++)
		if (d->ports[i].used && d->ports[i].link.has_carrier)
			return true;
	return false;
}

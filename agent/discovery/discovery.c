/* SPDX-License-Identifier: MIT */
#include "discovery/discovery.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "platform/icmp6.h"

/*
 * A port for each link that takes part.  Its clients start with the first cable, so that
 * links without one cost nothing, neither time nor memory.
 */

#define METRIC_FIRST	1024 /* what other DHCP clients use; each link takes the next */
#define RELEASE_WAIT_MS 50   /* for the server's MAC, before the address goes */

static void warn(const struct discovery_port *p, const struct error *why)
{
	log_warn("discovery", "%s: %s", p->link.name, why->text);
}

/* ---- addresses and routes ---------------------------------------------------------------- */

static void set_route(struct discovery_port *p, const struct link_route *r, bool add)
{
	struct error why;

	if (!(add ? link_route_add : link_route_remove)(p->link.index, r, &why))
		warn(p, &why);
}

/* Those on this link first: the gateways of the others may lie behind them. */
static void set_routes4(struct discovery_port *p, const struct dhcp4_lease *l, bool add)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < l->route_count; i++) {
			const struct dhcp4_route *r = &l->routes[i];
			struct link_route route = {
				.destination = address_ipv4(r->destination),
				.prefix = r->prefix,
				.source = address_ipv4(l->address),
				.metric = p->metric,
			};

			if (r->gateway)
				route.gateway = address_ipv4(r->gateway);
			if ((r->gateway != 0) == (pass == 1))
				set_route(p, &route, add);
		}
}

static bool apply_address4(struct discovery_port *p, const struct dhcp4_lease *l)
{
	struct address own = address_ipv4(l->address);
	struct error why;

	if (link_address_add(p->link.index, &own, l->prefix, l->lease_s, l->lease_s, p->metric,
			     false, &why))
		return true;
	warn(p, &why);
	return false;
}

static void remove_address(struct discovery_port *p, const struct address *a, uint8_t prefix)
{
	struct error why;

	if (!link_address_remove(p->link.index, a, prefix, &why))
		warn(p, &why);
}

/* SLAAC is the kernel's; the addresses of DHCPv6 are told without a prefix (RFC 8415 §18.2.10.1). */
#define PREFIX6 128

static bool has_address6(const struct dhcp6_lease *l, const struct address *a)
{
	for (size_t i = 0; i < l->address_count; i++)
		if (address_equal(&l->addresses[i].address, a))
			return true;
	return false;
}

static void apply_addresses6(struct discovery_port *p, const struct dhcp6_lease *l)
{
	bool had = p->present & 1 << DISCOVERY_DHCP6;
	struct error why;

	for (size_t i = 0; i < l->address_count; i++) {
		const struct dhcp6_address *a = &l->addresses[i];
		bool check = !had || !has_address6(&p->lease6, &a->address);

		if (!link_address_add(p->link.index, &a->address, PREFIX6, a->preferred_s,
				      a->valid_s, p->metric, check, &why))
			warn(p, &why);
	}
}

/* Those that @now no longer has; NULL: all. */
static void remove_addresses6(struct discovery_port *p, const struct dhcp6_lease *now)
{
	for (size_t i = 0; i < p->lease6.address_count; i++) {
		const struct address *a = &p->lease6.addresses[i].address;

		if (!now || !has_address6(now, a))
			remove_address(p, a, PREFIX6);
	}
}

static void set_static(struct discovery_port *p, const struct interfaces_static *s, bool add)
{
	struct link_route route = {
		.destination = { .family = s->own.family },
		.gateway = s->gateway,
		.source = s->own,
		.metric = p->metric,
	};
	struct error why;

	if (s->own.family == ADDRESS_NONE)
		return;
	if (add && !link_address_add(p->link.index, &s->own, s->prefix, UINT32_MAX, UINT32_MAX,
				     p->metric, false, &why))
		warn(p, &why);
	if (s->gateway.family != ADDRESS_NONE)
		set_route(p, &route, add);
	if (!add)
		remove_address(p, &s->own, s->prefix);
}

static void take_back(struct discovery_port *p, enum discovery_kind kind)
{
	switch (kind) {
	case DISCOVERY_DHCP4:;
		struct address own = address_ipv4(p->lease4.address);

		set_routes4(p, &p->lease4, false);
		remove_address(p, &own, p->lease4.prefix);
		break;
	case DISCOVERY_DHCP6:
		remove_addresses6(p, NULL);
		break;
	case DISCOVERY_STATIC:
		set_static(p, &p->settings->four, false);
		set_static(p, &p->settings->six, false);
		break;
	case DISCOVERY_KINDS:
		break;
	}
}

/* ---- networks -------------------------------------------------------------------------------- */

const char *discovery_kind_name(enum discovery_kind kind)
{
	static const char *const names[] = {
		[DISCOVERY_DHCP4] = "dhcp4",
		[DISCOVERY_DHCP6] = "dhcp6",
		[DISCOVERY_STATIC] = "static",
	};

	return names[kind];
}

static void add_address(struct address *to, size_t *count, size_t max, const struct address *a)
{
	for (size_t i = 0; i < *count; i++)
		if (address_equal(&to[i], a))
			return;
	if (*count < max)
		to[(*count)++] = *a;
}

static void add_dns(struct discovery_network *n, const struct address *a)
{
	add_address(n->dns, &n->dns_count, ARRAY_SIZE(n->dns), a);
}

static void add_addresses4(struct address *to, size_t *count, size_t max, const uint32_t *from,
			   size_t from_count)
{
	for (size_t i = 0; i < from_count; i++) {
		struct address a = address_ipv4(from[i]);

		add_address(to, count, max, &a);
	}
}

static void add_domain(struct discovery_network *n, const char *domain)
{
	for (size_t i = 0; i < n->domain_count; i++)
		if (text_equal_nocase(bytes_of_text(n->domains[i]), bytes_of_text(domain)))
			return;
	if (domain[0] && n->domain_count < ARRAY_SIZE(n->domains))
		snprintf(n->domains[n->domain_count++], sizeof(n->domains[0]), "%s", domain);
}

/* An empty network of the port, with the name servers of the settings. */
static struct discovery_network *new_network(struct discovery_port *p, enum discovery_kind kind)
{
	struct discovery_network *n = &p->networks[kind];
	const struct interfaces *all = p->discovery->options.interfaces;

	memset(n, 0, sizeof(*n));
	memcpy(n->link, p->link.name, sizeof(n->link));
	n->index = p->link.index;
	n->kind = kind;
	for (size_t i = 0; all && i < all->dns_count; i++)
		add_dns(n, &all->dns[i]);
	return n;
}

static void tell_found(struct discovery_port *p, struct discovery_network *n, const char *option)
{
	struct discovery *d = p->discovery;

	p->present |= 1 << n->kind;
	if (n->has_redirect)
		log_event("option-143", LOG_LEVEL_NOTICE, "discovery",
			  "%s %s: option %s names bootstrap servers, %zu bytes",
			  discovery_kind_name(n->kind), n->link, option, n->redirect_size);
	else if (option)
		log_event("option-143", LOG_LEVEL_INFO, "discovery",
			  "%s %s: HW-3: no bootstrap server is named (no option %s)",
			  discovery_kind_name(n->kind), n->link, option);
	d->found(d->context, n);
}

static void tell_lost(struct discovery_port *p, enum discovery_kind kind)
{
	struct discovery *d = p->discovery;

	if (!(p->present & 1 << kind))
		return;
	p->present &= ~(1u << kind);
	if (d->lost && !d->stopping)
		d->lost(d->context, p->link.name, kind);
}

static void tell_boot_file(const struct discovery_port *p, const char *rule, const char *file,
			   const char *server)
{
	if (file[0] || server[0])
		log_info("discovery",
			 "%s: %s: boot file \"%s\" of \"%s\" is offered and not used (DHCP-17)",
			 p->link.name, rule, TEXT_QUOTED(bytes_of_text(file)),
			 TEXT_QUOTED(bytes_of_text(server)));
}

/* ---- DHCPv4 ----------------------------------------------------------------------------------- */

static bool learns_proxies(const struct discovery_port *p)
{
	const char *const *without = p->discovery->options.no_proxies;

	for (; without && *without; without++)
		if (text_matches(p->link.name, *without))
			return false;
	return true;
}

static void on_lease4(void *context, const struct dhcp4_lease *lease)
{
	struct discovery_port *p = context;
	struct discovery_network *n;

	if (p->present & 1 << DISCOVERY_DHCP4)
		take_back(p, DISCOVERY_DHCP4);
	if (!apply_address4(p, lease)) {
		tell_lost(p, DISCOVERY_DHCP4);
		return;
	}
	p->lease4 = *lease;
	lease = &p->lease4;
	set_routes4(p, lease, true);
	n = new_network(p, DISCOVERY_DHCP4);
	n->own = address_ipv4(lease->address);
	n->prefix = lease->prefix;
	n->lease4 = lease;
	add_addresses4(n->dns, &n->dns_count, ARRAY_SIZE(n->dns), lease->dns, lease->dns_count);
	add_addresses4(n->syslog, &n->syslog_count, ARRAY_SIZE(n->syslog), lease->syslog,
		       lease->syslog_count);
	add_addresses4(n->ntp, &n->ntp_count, ARRAY_SIZE(n->ntp), lease->ntp, lease->ntp_count);
	add_domain(n, lease->domain);
	for (size_t i = 0; i < lease->search_count; i++)
		add_domain(n, lease->search[i]);
	n->has_redirect = lease->has_redirect;
	n->redirect_size = lease->redirect_size;
	memcpy(n->redirect, lease->redirect, lease->redirect_size);
	if (learns_proxies(p)) {
		n->vendor_size = lease->vendor_size;
		memcpy(n->vendor, lease->vendor, lease->vendor_size);
	}
	tell_boot_file(p, "OPT4-11", lease->boot_file, lease->boot_server);
	tell_found(p, n, "143");
}

static void on_renewed4(void *context, const struct dhcp4_lease *lease)
{
	struct discovery_port *p = context;

	if (!(p->present & 1 << DISCOVERY_DHCP4))
		return;
	p->lease4 = *lease;
	(void)apply_address4(p, lease);
}

static void on_lost4(void *context)
{
	struct discovery_port *p = context;

	if (p->present & 1 << DISCOVERY_DHCP4)
		take_back(p, DISCOVERY_DHCP4);
	tell_lost(p, DISCOVERY_DHCP4);
}

static bool start4(struct discovery_port *p, struct error *e)
{
	struct discovery *d = p->discovery;
	struct dhcp4_profile profile = d->options.dhcp4;

	if (!learns_proxies(p) && profile.proxies) {
		profile.proxies = profile.wpad = false;
		profile.vendor_class = NULL;
	}
	p->client4 = (struct dhcp4_client){ .on_lease = on_lease4,
					    .on_renewed = on_renewed4,
					    .on_lost = on_lost4,
					    .context = p };
	return dhcp4_client_start(&p->client4, d->loop, &p->link, &profile, e);
}

/* ---- DHCPv6 and router advertisements --------------------------------------------------------- */

static void on_lease6(void *context, const struct dhcp6_lease *lease)
{
	struct discovery_port *p = context;
	struct discovery_network *n;

	apply_addresses6(p, lease);
	if (p->present & 1 << DISCOVERY_DHCP6)
		remove_addresses6(p, lease);
	p->lease6 = *lease;
	lease = &p->lease6;
	n = new_network(p, DISCOVERY_DHCP6);
	if (lease->address_count)
		n->own = lease->addresses[0].address;
	n->prefix = lease->address_count ? PREFIX6 : 0;
	n->lease6 = lease;
	for (size_t i = 0; i < lease->dns_count; i++)
		add_dns(n, &lease->dns[i]);
	for (size_t i = 0; i < lease->domain_count; i++)
		add_domain(n, lease->domains[i]);
	for (size_t i = 0; i < lease->ntp_count; i++)
		add_address(n->ntp, &n->ntp_count, ARRAY_SIZE(n->ntp), &lease->ntp[i]);
	n->has_redirect = lease->has_redirect;
	n->redirect_size = lease->redirect_size;
	memcpy(n->redirect, lease->redirect, lease->redirect_size);
	tell_boot_file(p, "OPT6-7", lease->boot_url, lease->boot_parameters);
	tell_found(p, n, "136");
}

static void on_renewed6(void *context, const struct dhcp6_lease *lease)
{
	struct discovery_port *p = context;

	apply_addresses6(p, lease);
	p->lease6 = *lease;
}

static void on_lost6(void *context)
{
	struct discovery_port *p = context;

	if (p->present & 1 << DISCOVERY_DHCP6)
		take_back(p, DISCOVERY_DHCP6);
	tell_lost(p, DISCOVERY_DHCP6);
}

static bool start6(struct discovery_port *p, struct error *e)
{
	struct discovery *d = p->discovery;
	struct dhcp6_profile profile = d->options.dhcp6;

	memcpy(profile.mac, p->link.mac, sizeof(profile.mac));
	p->client6 = (struct dhcp6_client){ .on_lease = on_lease6,
					    .on_renewed = on_renewed6,
					    .on_lost = on_lost6,
					    .context = p,
					    .release = d->options.release };
	return dhcp6_client_start(&p->client6, d->loop, &p->link, &profile, e);
}

/* ---- static ------------------------------------------------------------------------------------ */

static void apply_static(struct discovery_port *p)
{
	const struct interfaces_static *s[2];
	struct discovery_network *n;

	if (!p->settings)
		return;
	s[0] = &p->settings->four;
	s[1] = &p->settings->six;
	if (s[0]->own.family == ADDRESS_NONE && s[1]->own.family == ADDRESS_NONE)
		return;
	n = new_network(p, DISCOVERY_STATIC);
	for (int i = 0; i < 2; i++) {
		set_static(p, s[i], true);
		if (n->own.family == ADDRESS_NONE) {
			n->own = s[i]->own;
			n->prefix = s[i]->prefix;
		}
		for (size_t k = 0; k < s[i]->dns_count; k++)
			add_dns(n, &s[i]->dns[k]);
	}
	log_info("discovery", "%s: has the address of the settings, %s/%u", p->link.name,
		 ADDRESS_TEXT(&n->own), n->prefix);
	tell_found(p, n, NULL);
}

/* ---- ports ------------------------------------------------------------------------------------- */

static struct discovery_port *find_port(struct discovery *d, int index)
{
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++)
		if (d->ports[i].used && d->ports[i].link.index == index)
			return &d->ports[i];
	return NULL;
}

/* The first cable: what can fail on this link fails for it alone. */
static void start_clients(struct discovery_port *p)
{
	struct error why;

	p->started = true;
	apply_static(p);
	if (!(p->without & INTERFACES_NO_DHCP4) && !start4(p, &why))
		warn(p, &why);
	if (!(p->without & INTERFACES_NO_DHCP6) && !start6(p, &why))
		log_info("discovery", "%s: no IPv6: %s", p->link.name, why.text);
}

static void tell_carrier(const struct discovery_port *p)
{
	log_event("link", LOG_LEVEL_INFO, "link", "%s: %s", p->link.name,
		  p->link.has_carrier ? "has carrier" : "no carrier");
}

static void drop_port(struct discovery_port *p)
{
	dhcp4_client_stop(&p->client4);
	dhcp6_client_stop(&p->client6);
	p->started = p->used = false;
}

/* Whatever it had is gone with it. */
static void lose_port(struct discovery_port *p)
{
	drop_port(p);
	for (enum discovery_kind kind = 0; kind < DISCOVERY_KINDS; kind++)
		tell_lost(p, kind);
}

static void apply_mtu(const struct discovery_port *p, const struct interfaces *i)
{
	uint32_t mtu = p->settings && p->settings->mtu ? p->settings->mtu : i->mtu;
	struct error why;

	for (size_t k = 0; k < i->bond_count; k++)
		if (i->bonds[k].mtu && strcmp(i->bonds[k].name, p->link.name) == 0)
			mtu = i->bonds[k].mtu;
	if (mtu && mtu != p->link.mtu && !link_set_mtu(p->link.index, mtu, &why))
		log_warn("link", "%s: MTU %u: %s", p->link.name, mtu, why.text);
}

/* VLANs that wait for this link.  Theirs goes up like every other when its event comes. */
static void make_vlans(const struct discovery_port *p, const struct interfaces *i)
{
	struct error why;

	for (const struct interfaces_vlan *v = i->vlans; v < i->vlans + i->vlan_count; v++) {
		if (strcmp(v->parent, p->link.name) != 0)
			continue;
		if (link_virtual_vlan(v->name, p->link.index, v->id, &why))
			log_info("link", "%s: VLAN %u of %s", v->name, v->id, v->parent);
		else
			log_warn("link", "VLAN %s: %s", v->name, why.text);
	}
}

static void start_port(struct discovery *d, const struct link *link)
{
	const struct interfaces *i = d->options.interfaces;
	struct discovery_port *p = d->ports;

	while (p->used)
		if (++p == d->ports + CONFIG_LINKS_MAX)
			return; /* the watch has the same maximum, and has told */
	p->discovery = d;
	p->link = *link;
	p->used = true;
	p->started = false;
	p->present = 0;
	p->metric = METRIC_FIRST + (uint32_t)(p - d->ports);
	p->settings = i ? interfaces_find(i, link->name) : NULL;
	p->without = (p->settings && p->settings->has_method ? p->settings->without
		      : i				     ? i->without
							     : 0) |
		     (d->options.no_dhcp4 ? INTERFACES_NO_DHCP4 : 0) |
		     (d->options.no_dhcp6 ? INTERFACES_NO_DHCP6 : 0);
	log_info("link", "%s: %02x:%02x:%02x:%02x:%02x:%02x%s%s", link->name, link->mac[0],
		 link->mac[1], link->mac[2], link->mac[3], link->mac[4], link->mac[5],
		 (p->without & INTERFACES_OFF) == INTERFACES_OFF ? ", no DHCP by the settings" : "",
		 link->has_carrier ? "" : ", no carrier");
	if (i)
		apply_mtu(p, i);
	/* Before there is a carrier: the kernel begins with IPv6 then. */
	if (!(p->without & INTERFACES_NO_DHCP6))
		icmp6_enable(link->name);
	/* Also those that are up: whether we may is known now, and not with the first cable. */
	if (!link_bring_up(link->index, &d->failure)) {
		warn(p, &d->failure);
		return;
	}
	d->any_started = true;
	if (link->has_carrier) {
		tell_carrier(p);
		start_clients(p);
	}
	if (i)
		make_vlans(p, i);
}

/* A bond's member.  The kernel then calls it gone. */
static bool enslave(struct discovery *d, const struct link *link)
{
	const struct interfaces *i = d->options.interfaces;
	const struct interfaces_bond *b = i ? interfaces_bond_of(i, link->name) : NULL;
	struct error why;
	int bond = b ? link_index(b->name) : 0;

	if (!b)
		return false;
	if (!bond)
		return true; /* it was told why there is none; its members do no DHCP */
	if (link_virtual_enslave(link->index, bond, &why))
		log_info("link", "%s: in the bond %s", link->name, b->name);
	else
		log_warn("link", "%s: %s: %s", link->name, b->name, why.text);
	d->any_started = true;
	return true;
}

static void take_link(void *context, const struct link *link)
{
	struct discovery *d = context;
	struct discovery_port *p = find_port(d, link->index);

	/* A bond takes its first member's MAC: to DHCP it is another client then. */
	if (p && memcmp(p->link.mac, link->mac, sizeof(link->mac)) != 0) {
		for (enum discovery_kind kind = 0; kind < DISCOVERY_KINDS; kind++)
			if (p->present & 1 << kind)
				take_back(p, kind);
		lose_port(p);
		p = NULL;
	}
	if (!p) {
		if (!enslave(d, link))
			start_port(d, link);
		return;
	}
	bool changed = p->link.has_carrier != link->has_carrier;
	bool readier = link->has_carrier && link->is_ready && !p->link.is_ready;
	p->link = *link;
	if (changed)
		tell_carrier(p);
	if (changed && link->has_carrier && !p->started) {
		start_clients(p);
	} else if (p->started && (changed || readier)) {
		/* Readier: the first packet may have come before the other end could answer. */
		dhcp4_client_carrier(&p->client4, link->has_carrier);
		dhcp6_client_carrier(&p->client6, link->has_carrier);
	}
}

static void tell_links(const struct discovery *d)
{
	if (d->links_changed && !d->stopping)
		d->links_changed(d->context);
}

static void link_changed(void *context, const struct link *link)
{
	take_link(context, link);
	tell_links(context);
}

static void link_gone(void *context, const struct link *link)
{
	struct discovery_port *p = find_port(context, link->index);

	if (!p)
		return;
	log_event("link", LOG_LEVEL_INFO, "link", "%s: gone", link->name);
	lose_port(p);
	tell_links(context);
}

static void make_bonds(const struct interfaces *i)
{
	struct error why;

	for (const struct interfaces_bond *b = i->bonds; b < i->bonds + i->bond_count; b++) {
		if (link_virtual_bond(b->name, &b->options, &why))
			log_info("link", "%s: bond of %zu links", b->name, b->member_count);
		else
			log_warn("link", "bond %s", why.text);
	}
}

bool discovery_start(struct discovery *d, struct loop *l,
		     const struct discovery_options *options, struct error *e)
{
	d->loop = l;
	d->options = *options;
	d->watch = (struct link_watch){ .changed = link_changed,
					.gone = link_gone,
					.context = d };
	d->any_started = d->stopping = false;
	d->failure.code = ERROR_NONE;
	if (options->interfaces)
		make_bonds(options->interfaces);
	if (!link_watch_start(&d->watch, l, e)) {
		d->loop = NULL;
		return false;
	}
	if (d->any_started || d->failure.code == ERROR_NONE)
		return true;
	*e = d->failure;
	discovery_stop(d);
	return false;
}

/* All at once, so that all wait for one moment. */
static void release(struct discovery *d)
{
	const bool never = false;
	bool any = false;
	struct error silence;

	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		struct discovery_port *p = &d->ports[i];

		if (!p->used || !(p->present & 1 << DISCOVERY_DHCP4))
			continue;
		dhcp4_client_release(&p->client4);
		any = true;
	}
	if (any)
		(void)!loop_run_until(d->loop, &never, loop_now_ms() + RELEASE_WAIT_MS,
				      &silence);
}

static void remove_virtual(const struct interfaces *i)
{
	struct error why;

	for (const struct interfaces_vlan *v = i->vlans; v < i->vlans + i->vlan_count; v++)
		if (!link_virtual_remove(v->name, &why))
			log_warn("link", "%s", why.text);
	for (const struct interfaces_bond *b = i->bonds; b < i->bonds + i->bond_count; b++)
		if (!link_virtual_remove(b->name, &why))
			log_warn("link", "%s", why.text);
}

void discovery_stop(struct discovery *d)
{
	if (!d->loop || d->stopping)
		return;
	d->stopping = true;
	link_watch_stop(&d->watch);
	if (d->options.release)
		release(d);
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		struct discovery_port *p = &d->ports[i];

		if (!p->used)
			continue;
		drop_port(p);
		for (enum discovery_kind kind = 0; kind < DISCOVERY_KINDS; kind++)
			if (p->present & 1 << kind && !d->options.keep_addresses)
				take_back(p, kind);
		p->present = 0;
	}
	if (d->options.interfaces && !d->options.keep_addresses)
		remove_virtual(d->options.interfaces);
	d->loop = NULL;
}

const struct discovery_network *discovery_next(const struct discovery *d,
					       const struct discovery_network *after)
{
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++) {
		const struct discovery_port *p = &d->ports[i];

		for (enum discovery_kind kind = 0; kind < DISCOVERY_KINDS; kind++) {
			const struct discovery_network *n = &p->networks[kind];

			if (p->used && p->present & 1 << kind && (!after || n > after))
				return n;
		}
	}
	return NULL;
}

size_t discovery_dns(const struct discovery *d, struct address *to, size_t room)
{
	const struct discovery_network *n = NULL;
	size_t count = 0;

	while ((n = discovery_next(d, n)))
		for (size_t i = 0; i < n->dns_count; i++)
			add_address(to, &count, room, &n->dns[i]);
	return count;
}

bool discovery_any_carrier(const struct discovery *d)
{
	for (size_t i = 0; i < CONFIG_LINKS_MAX; i++)
		if (d->ports[i].used && d->ports[i].link.has_carrier)
			return true;
	return false;
}

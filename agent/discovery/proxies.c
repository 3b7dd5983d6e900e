/* SPDX-License-Identifier: MIT */
#include "discovery/proxies.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/reader.h"
#include "base/text.h"
#include "net/dial.h"

#define VENDOR_PAD 0
#define VENDOR_PROXY 128
#define VENDOR_END 255

/* ---- the pure parts ---- */

bool proxies_read(struct proxies_fixed *to, struct bytes text)
{
	bool broken;
	uint64_t port;
	struct address address;
	struct reader r = reader_over(text, &broken);
	struct bytes host = reader_until(&r, ':');

	if (!text_number(&port, reader_rest(&r), UINT16_MAX) || broken || port == 0 ||
	    !address_read(&address, host) || address.family != ADDRESS_IPV4 ||
	    address.bytes[0] == 0 || address.bytes[0] == 127 || address.bytes[0] >= 224)
		return false;
	*to = (struct proxies_fixed){ address, (uint16_t)port };
	return true;
}

bool proxies_read_wpad(struct proxies_fixed *to, struct bytes url)
{
	bool broken;

	if (!text_starts(url, "http://"))
		return false;
	struct reader r = reader_over(bytes_of(url.at + 7, url.size - 7), &broken);
	struct bytes authority = reader_until(&r, '/');
	return !broken && proxies_read(to, authority);
}

bool proxies_vendor_next(struct bytes vendor, size_t *at, struct bytes *value)
{
	bool broken;
	struct reader r = reader_over(vendor, &broken);

	reader_skip(&r, *at);
	while (reader_left(&r)) {
		uint8_t code = reader_u8(&r);

		if (code == VENDOR_PAD)
			continue;
		if (code == VENDOR_END)
			break;
		struct bytes content = reader_bytes(&r, reader_u8(&r));
		if (broken || code != VENDOR_PROXY)
			continue;
		*at = vendor.size - reader_left(&r);
		*value = content;
		return true;
	}
	*at = vendor.size;
	return false;
}

/* ---- the order ---- */

static bool is_before(const struct proxies_candidate *a, const struct proxies_candidate *b)
{
	const struct proxy *x = &a->proxy, *y = &b->proxy;
	int order = (int)x->address.family - (int)y->address.family;

	order = order ? order : memcmp(x->address.bytes, y->address.bytes, 16);
	order = order ? order : x->port - y->port;
	order = order ? order : strcmp(x->link, y->link);
	return order ? order < 0 : a < b;
}

/* The one with @rank others before it; NULL: there are not so many. */
static const struct proxies_candidate *ranked(const struct proxies *p, size_t rank)
{
	for (size_t i = 0; i < CONFIG_PROXIES_MAX; i++) {
		const struct proxies_candidate *c = &p->candidates[i];
		size_t before = 0;

		for (size_t k = 0; c->used && k < CONFIG_PROXIES_MAX; k++)
			before += p->candidates[k].used && is_before(&p->candidates[k], c);
		if (c->used && before == rank)
			return c;
	}
	return NULL;
}

/* The first that is reached.  *@asking: one before it is not known yet. */
static const struct proxies_candidate *best(const struct proxies *p, bool *asking)
{
	const struct proxies_candidate *c;

	*asking = false;
	for (size_t rank = 0; (c = ranked(p, rank)) && c->state != PROXIES_REACHED; rank++)
		*asking |= c->state == PROXIES_ASKING || c->again;
	return c;
}

static void update(struct proxies *p, bool is_news)
{
	bool asking;
	const struct proxies_candidate *c = best(p, &asking);

	p->settled = !asking;
	if (p->settled && c != p->active) {
		p->active = c;
		if (c)
			log_notice("proxy", "%s is used",
				   address_port_text(&c->proxy.address, c->proxy.port).text);
	}
	if (is_news && p->changed)
		p->changed(p->context);
}

/* ---- health ---- */

static void end_connect(struct proxies_candidate *c)
{
	if (c->watch.fd < 0)
		return;
	loop_fd_remove(c->proxies->loop, &c->watch);
	close(c->watch.fd);
	c->watch.fd = -1;
}

/* @reason: an errno, 0 when it was reached. */
static void conclude(struct proxies_candidate *c, int reason)
{
	enum proxies_state now = reason ? PROXIES_UNREACHABLE : PROXIES_REACHED;
	struct address_text name = address_port_text(&c->proxy.address, c->proxy.port);

	end_connect(c);
	loop_timer_set(c->proxies->loop, &c->timer,
		       loop_now_ms() + CONFIG_PROXY_CHECK_EVERY_MS);
	c->again = false;
	bool is_news = now != c->state;
	c->state = now;
	/* Without a network yet it is no wonder. */
	if (is_news)
		log_line(reason && reason != ENETUNREACH ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
			 "proxy", "proxy %s: %s%s%s: %s", reason ? "unreachable" : "reached",
			 name.text, c->proxy.link[0] ? " on " : "", c->proxy.link,
			 reason ? strerror(reason) : "connected");
	update(c->proxies, is_news);
}

static void connected(void *context, unsigned events)
{
	struct proxies_candidate *c = context;
	int reason = 0;
	socklen_t size = sizeof(reason);

	(void)events;
	if (getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
		reason = errno;
	conclude(c, reason);
}

static void timer_over(void *context)
{
	struct proxies_candidate *c = context;
	struct loop *l = c->proxies->loop;

	if (c->watch.fd >= 0) {
		conclude(c, ETIMEDOUT);
		return;
	}
	c->watch.fd = dial_begin(&c->proxy.address, c->proxy.port, c->proxy.link);
	if (c->watch.fd < 0) {
		conclude(c, errno);
		return;
	}
	loop_fd_add(l, &c->watch);
	loop_timer_set(l, &c->timer, loop_now_ms() + CONFIG_PROXY_CHECK_MS);
}

/* ---- the list ---- */

static bool is_listed(const struct proxies_fixed *list, size_t count,
		      const struct address *address, uint16_t port)
{
	for (size_t i = 0; i < count; i++)
		if (address_equal(&list[i].address, address) && list[i].port == port)
			return true;
	return false;
}

static bool add(struct proxies *p, const struct proxies_fixed *what, const char *link,
		bool fixed)
{
	for (size_t i = 0; i < CONFIG_PROXIES_MAX; i++) {
		struct proxies_candidate *c = &p->candidates[i];

		if (c->used)
			continue;
		*c = (struct proxies_candidate){ .proxies = p, .used = true, .fixed = fixed };
		c->proxy.address = what->address;
		c->proxy.port = what->port;
		snprintf(c->proxy.link, sizeof(c->proxy.link), "%s", link);
		c->watch = (struct loop_fd){
			.fd = -1, .wants = LOOP_WRITE, .ready = connected, .context = c
		};
		c->timer = (struct loop_timer){ .expired = timer_over, .context = c };
		/* Known as a fixed one it may have the credentials, whoever names it. */
		if (is_listed(p->options.fixed, p->options.fixed_count, &what->address,
			      what->port))
			c->proxy.credentials = p->options.credentials;
		timer_over(c); /* the first check */
		return true;
	}
	return false;
}

static void drop(struct proxies_candidate *c)
{
	end_connect(c);
	loop_timer_cancel(c->proxies->loop, &c->timer);
	c->used = false;
}

bool proxies_start(struct proxies *p, struct loop *l, const struct proxies_options *options,
		   struct error *e)
{
	p->loop = l;
	p->options = *options;
	p->settled = true;
	p->active = NULL;
	memset(p->candidates, 0, sizeof(p->candidates));
	for (size_t i = 0; options->mode != PROXIES_DISABLED && i < options->fixed_count; i++) {
		const struct proxies_fixed *f = &options->fixed[i];

		if (f->address.family == ADDRESS_NONE || f->port == 0 ||
		    !add(p, f, "", true)) {
			proxies_stop(p);
			return error_set(e, ERROR_USAGE, "PROXY-1",
					 "proxies: at most %d, each with address and port",
					 CONFIG_PROXIES_MAX);
		}
	}
	update(p, true);
	return true;
}

bool proxies_wants(const struct proxies *p, const char *link)
{
	const char *const *pattern = p->options.without;

	for (; pattern && *pattern; pattern++)
		if (text_matches(link, *pattern))
			return false;
	return p->options.mode == PROXIES_LEARNED;
}

/* What a lease names: candidates go that are not in the list, and new ones come. */
static void replace(struct proxies *p, const char *link, const struct proxies_fixed *list,
		    size_t count)
{
	bool there[CONFIG_PROXIES_LINK_MAX] = { false };

	for (size_t i = 0; i < CONFIG_PROXIES_MAX; i++) {
		struct proxies_candidate *c = &p->candidates[i];
		bool stays = false;

		if (!c->used || c->fixed || strcmp(c->proxy.link, link) != 0)
			continue;
		for (size_t k = 0; k < count; k++)
			if (is_listed(&list[k], 1, &c->proxy.address, c->proxy.port))
				stays = there[k] = true;
		if (!stays)
			drop(c);
	}
	for (size_t k = 0; k < count; k++)
		if (!there[k] && !add(p, &list[k], link, false))
			log_warn("proxy", "%s: more than %d proxies", link, CONFIG_PROXIES_MAX);
	update(p, true);
}

void proxies_learn(struct proxies *p, const char *link, struct bytes vendor, struct bytes wpad)
{
	struct proxies_fixed list[CONFIG_PROXIES_LINK_MAX], one;
	struct bytes value;
	size_t at = 0, count = 0;

	if (!proxies_wants(p, link))
		return;
	if (p->options.wpad && wpad.size) {
		if (proxies_read_wpad(&list[0], wpad))
			count = 1;
		else
			log_warn("proxy",
				 "%s: option 252 is not http://address:port/: %s (PROXY-12)",
				 link, TEXT_QUOTED(wpad));
	}
	while (count < CONFIG_PROXIES_LINK_MAX && proxies_vendor_next(vendor, &at, &value)) {
		if (!proxies_read(&one, value))
			log_warn("proxy", "%s: not the address and port of a proxy: %s (PROXY-4)",
				 link, TEXT_QUOTED(value));
		else if (!is_listed(list, count, &one.address, one.port))
			list[count++] = one;
	}
	replace(p, link, list, count);
}

void proxies_check(struct proxies *p)
{
	for (size_t i = 0; p->loop && i < CONFIG_PROXIES_MAX; i++) {
		struct proxies_candidate *c = &p->candidates[i];

		if (!c->used || c->state != PROXIES_UNREACHABLE || c->watch.fd >= 0)
			continue;
		c->again = true;
		p->settled = false;
		timer_over(c);
	}
}

void proxies_forget(struct proxies *p, const char *link)
{
	if (p->loop)
		replace(p, link, NULL, 0);
}

bool proxies_choose(struct proxies *p, const struct proxy **to, struct error *e)
{
	bool asking;
	struct error waited;

	*to = NULL;
	if (!p->loop || p->options.mode == PROXIES_DISABLED || !ranked(p, 0))
		return true;
	if (!p->settled &&
	    !loop_run_until(p->loop, &p->settled,
			    loop_now_ms() + CONFIG_PROXY_CHECK_MS + 100, &waited) &&
	    waited.code != ERROR_LATER) {
		*e = waited;
		return false;
	}
	const struct proxies_candidate *c = best(p, &asking);
	if (c) {
		*to = &c->proxy;
		return true;
	}
	if (p->options.fallback_direct || !ranked(p, 0)) {
		log_info("proxy", "no proxy is reachable: going directly (PROXY-11)");
		return true;
	}
	return error_set(e, ERROR_LATER, "PROXY-11",
			 "no proxy is reachable, and direct contacts are not allowed");
}

bool proxies_next(const struct proxies *p, size_t *at, struct proxies_view *to)
{
	static const char *const names[] = { [PROXIES_ASKING] = "asking",
					     [PROXIES_REACHED] = "reached",
					     [PROXIES_UNREACHABLE] = "unreachable" };
	bool asking;
	const struct proxies_candidate *c = ranked(p, *at);

	if (!c)
		return false;
	++*at;
	*to = (struct proxies_view){ c->proxy.link,  c->proxy.address,
				     c->proxy.port,  c->fixed,
				     best(p, &asking) == c, names[c->state] };
	return true;
}

void proxies_stop(struct proxies *p)
{
	for (size_t i = 0; i < CONFIG_PROXIES_MAX; i++)
		if (p->candidates[i].used)
			drop(&p->candidates[i]);
	p->loop = NULL;
}

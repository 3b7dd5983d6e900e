/* SPDX-License-Identifier: MIT */
#include "net/resolve.h"

#include <stdio.h>

#include "base/text.h"
#include "net/dns_lookup.h"
#include "net/mdns.h"

/*
 * An address in hand does not wait for the other family longer than a moment (RFC 8305
 * §3: 50 ms).
 */
#define OTHER_FAMILY_MS 50

struct resolution;

struct half {
	struct resolution *whole;
	struct dns_lookup lookup;
	struct address found[CONFIG_DIAL_ADDRESSES_MAX];
	size_t count;
	bool done;
};

struct resolution {
	struct loop *loop;
	const struct resolver *with;
	struct half halves[2]; /* IPv6, IPv4 */
	struct loop_timer patience; /* for the other family */
	bool done;
	struct error why;
};

static void patience_over(void *context)
{
	struct resolution *r = context;

	r->done = true;
}

static void answered(void *context, const struct dns_answer *a, struct bytes message)
{
	struct half *h = context;
	struct resolution *r = h->whole;

	(void)message;
	h->done = true;
	if (a->status == DNS_ANSWER) {
		memcpy(h->found, a->addresses, a->count * sizeof(a->addresses[0]));
		h->count = a->count;
		mdns_scope(h->found, h->count, r->with->link);
	} else if (a->status == DNS_NO_NAME) {
		error_set(&r->why, ERROR_LATER, NULL, "there is no such name");
	} else if (a->status == DNS_NO_DATA) {
		if (!r->why.code)
			error_set(&r->why, ERROR_LATER, NULL, "it has no address");
	} else {
		r->why = h->lookup.why;
	}
	if (r->halves[0].done && r->halves[1].done)
		r->done = true;
	else if (h->count)
		loop_timer_set(r->loop, &r->patience, loop_now_ms() + OTHER_FAMILY_MS);
}

/* Families in turn, IPv6 first (RFC 8305 §4). */
static size_t interleave(struct address *to, const struct half halves[2])
{
	size_t n = 0;

	for (size_t i = 0; i < CONFIG_DIAL_ADDRESSES_MAX; i++)
		for (size_t j = 0; j < 2; j++)
			if (i < halves[j].count && n < CONFIG_DIAL_ADDRESSES_MAX)
				to[n++] = halves[j].found[i];
	return n;
}

static bool same_host(const char *a, const char *b)
{
	return text_equal_nocase(bytes_of_text(a), bytes_of_text(b));
}

/* DNS-19 */
static size_t take_known(struct address *to, const struct resolver *with, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < with->known_count && n == 0; i++) {
		const struct resolve_target *k = &with->known[i];

		if (!same_host(k->host, name))
			continue;
		memcpy(to, k->addresses, k->count * sizeof(to[0]));
		n = k->count;
	}
	return n;
}

static bool is_below(const char *name, const char *domain)
{
	size_t size = strlen(name), under = strlen(domain);

	return under && size > under && name[size - under - 1] == '.' &&
	       same_host(name + size - under, domain);
}

bool resolve_is_for_the_link(const char *name, const struct resolver *with)
{
	for (size_t i = 0; i < with->domain_count; i++)
		if (is_below(name, with->domains[i]))
			return false;
	return is_below(name, "local");
}

/* Ask for one name, until @deadline_ms.  Returns how many addresses are in @to. */
static size_t ask(struct resolution *r, const char *name, uint64_t deadline_ms,
		  struct address *to)
{
	static const enum dns_type types[2] = { DNS_TYPE_AAAA, DNS_TYPE_A };
	struct error waiting = { 0 };

	r->done = false;
	r->why = (struct error){ 0 };
	for (size_t i = 0; i < 2; i++) {
		struct half *h = &r->halves[i];

		*h = (struct half){ .whole = r };
		h->lookup.answered = answered;
		h->lookup.context = h;
		dns_lookup_start(&h->lookup, r->loop, r->with, name, types[i],
				 resolve_is_for_the_link(name, r->with));
	}
	if (!loop_run_until(r->loop, &r->done, deadline_ms, &waiting) &&
	    (waiting.code == ERROR_MACHINE || !r->why.code))
		r->why = waiting.code == ERROR_MACHINE ? waiting : r->halves[0].lookup.why;
	dns_lookup_stop(&r->halves[0].lookup);
	dns_lookup_stop(&r->halves[1].lookup);
	loop_timer_cancel(r->loop, &r->patience);
	return interleave(to, r->halves);
}

bool resolve_name(struct loop *loop, const char *name, const struct resolver *with,
		  uint64_t deadline_ms, struct address *to, size_t *count, struct error *e)
{
	struct resolution r = { .loop = loop, .with = with };
	char whole[2 * CONFIG_HOST_MAX];
	bool alone = !strchr(name, '.');
	size_t n = take_known(to, with, name), names = alone ? with->domain_count : 0;

	r.patience = (struct loop_timer){ .expired = patience_over, .context = &r };
	for (size_t i = 0; n == 0 && i < (names ? names : 1); i++) {
		snprintf(whole, sizeof(whole), "%s%s%s", name, names ? "." : "",
			 names ? with->domains[i] : "");
		if (!names && whole[0] && whole[strlen(whole) - 1] == '.')
			whole[strlen(whole) - 1] = '\0';
		if (!dns_name_is_valid(whole))
			return error_set(e, ERROR_MALFORMED, "DNS-23",
					 "%.128s: not a host name", whole);
		n = ask(&r, whole, deadline_ms, to);
		if (n == 0 && loop_now_ms() >= deadline_ms)
			break;
	}
	if (n) {
		*count = n;
		return true;
	}
	*e = r.why;
	if (e->code != ERROR_MACHINE)
		e->code = ERROR_LATER;
	return error_wrap(e, "%.128s", whole);
}

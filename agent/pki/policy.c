/* SPDX-License-Identifier: MIT */
#include "pki/policy.h"

#include "pki/name.h"

/*
 * Why this needs no tree.  RFC 5280 §6.1 grows a tree whose lowest level decides: nodes that
 * have no children are pruned, so the tree is empty exactly when its lowest level is.  What a
 * next level becomes depends only on the policies expected there and on whether a node of
 * anyPolicy is among them, not on who their parents are.  And since the user accepts any
 * policy, nothing is cut off the tree at its end (§6.1.5 (g) (ii)).  So the lowest level, a
 * set, is all that is kept, and a tree that could grow exponentially never exists.
 */

struct policies {
	struct bytes at[CONFIG_POLICIES_MAX]; /* content octets of their OIDs */
	size_t count;
	bool any; /* a node of anyPolicy */
};

struct walk {
	struct policies now, next;
	const struct x509 *x; /* the certificate that is looked at */
	int explicit_policy, policy_mapping, inhibit_any; /* certificates until it holds */
	unsigned *work;
	struct error *e;
};

static bool is_empty(const struct policies *p)
{
	return p->count == 0 && !p->any;
}

static bool holds(struct walk *w, const struct policies *p, struct bytes policy)
{
	for (size_t i = 0; i < p->count && *w->work; i++) {
		--*w->work;
		if (bytes_equal(p->at[i], policy))
			return true;
	}
	return false;
}

static bool check_work(struct walk *w)
{
	return *w->work ||
	       error_set(w->e, ERROR_REFUSED, "CMS-16", "too many certificate policies");
}

/* Add one that may be there. */
static bool add(struct walk *w, struct policies *to, struct bytes policy)
{
	if (holds(w, to, policy))
		return true;
	if (to->count == CONFIG_POLICIES_MAX)
		return error_set(w->e, ERROR_REFUSED, "CMS-16",
				 "more than %d certificate policies", CONFIG_POLICIES_MAX);
	to->at[to->count++] = policy;
	return true;
}

static bool refuse(struct walk *w, const char *what)
{
	return error_set(w->e, ERROR_REFUSED, "CMS-18", "'%s' %s", NAME_TEXT(w->x->subject),
			 what);
}

/* The next of certificatePolicies; false at the end. */
static bool next_policy(struct bytes *policy, struct reader *list)
{
	if (!reader_left(list))
		return false;

	struct reader information = der_open(list, DER_SEQUENCE);

	*policy = der_oid(&information);
	return true;
}

/* §6.1.3 (d), (e): the level of this certificate.  @any: its anyPolicy counts. */
static bool take_policies(struct walk *w, bool any)
{
	bool bad, has_any = false;
	struct reader r = reader_over(w->x->policies, &bad);
	struct reader list = w->x->policies.size ? der_open(&r, DER_SEQUENCE) : r;
	struct bytes policy;

	w->next.count = 0;
	w->next.any = false;
	while (next_policy(&policy, &list)) {
		if (oid_is(policy, OID_ANY_POLICY))
			has_any = true;
		else if ((w->now.any || holds(w, &w->now, policy)) &&
			 !add(w, &w->next, policy))
			return false;
	}
	for (size_t i = 0; has_any && any && i < w->now.count; i++)
		if (!add(w, &w->next, w->now.at[i]))
			return false;
	w->next.any = has_any && any && w->now.any;
	w->now = w->next;
	return check_work(w);
}

struct mapping {
	struct bytes from, to;
};

static struct reader open_mappings(const struct walk *w, bool *bad)
{
	struct reader r = reader_over(w->x->policy_mappings, bad);

	return w->x->policy_mappings.size ? der_open(&r, DER_SEQUENCE) : r;
}

static bool next_mapping(struct mapping *mapping, struct reader *list)
{
	if (!reader_left(list))
		return false;

	struct reader pair = der_open(list, DER_SEQUENCE);

	mapping->from = der_oid(&pair);
	mapping->to = der_oid(&pair);
	return true;
}

static bool has_mapping(struct walk *w, struct bytes from)
{
	bool bad;
	struct reader list = open_mappings(w, &bad);
	struct mapping mapping;

	while (*w->work && next_mapping(&mapping, &list)) {
		--*w->work;
		if (bytes_equal(mapping.from, from))
			return true;
	}
	return false;
}

/* §6.1.4 (a), (b): replace what is mapped, or delete it where mapping is inhibited. */
static bool map_policies(struct walk *w)
{
	bool bad;
	struct reader list = open_mappings(w, &bad);
	struct mapping mapping;

	w->next.count = 0;
	w->next.any = w->now.any;
	for (size_t i = 0; i < w->now.count; i++)
		if (!has_mapping(w, w->now.at[i]) && !add(w, &w->next, w->now.at[i]))
			return false;
	while (check_work(w) && next_mapping(&mapping, &list)) {
		if (oid_is(mapping.from, OID_ANY_POLICY) ||
		    oid_is(mapping.to, OID_ANY_POLICY))
			return refuse(w, "maps anyPolicy (RFC 5280 §6.1.4)");
		if (w->policy_mapping > 0 &&
		    (w->now.any || holds(w, &w->now, mapping.from)) &&
		    !add(w, &w->next, mapping.to))
			return false;
	}
	w->now = w->next;
	return check_work(w);
}

static void lower(int *to, int limit)
{
	if (limit < *to)
		*to = limit;
}

/* §6.1.4 (i), (j) */
static void take_restrictions(struct walk *w)
{
	lower(&w->explicit_policy, w->x->require_explicit_policy);
	lower(&w->policy_mapping, w->x->inhibit_policy_mapping);
	lower(&w->inhibit_any, w->x->inhibit_any_policy);
}

/* §6.1.4 (h) */
static void count_down(struct walk *w)
{
	w->explicit_policy -= w->explicit_policy > 0;
	w->policy_mapping -= w->policy_mapping > 0;
	w->inhibit_any -= w->inhibit_any > 0;
}

bool policy_check(const struct x509 *const path[], size_t length, unsigned *work,
		  struct error *e)
{
	int all = (int)length; /* n + 1: the anchor is not counted in n */
	struct walk w = {
		.now = { .any = true },
		.x = path[length - 1],
		.explicit_policy = all,
		.policy_mapping = all,
		.inhibit_any = all,
		.work = work,
		.e = e,
	};

	if (length > 1)
		take_restrictions(&w);
	for (size_t i = length - 1; i-- > 0;) {
		bool self_issued = x509_is_self_issued(path[i]);

		w.x = path[i];
		if (!take_policies(&w, w.inhibit_any > 0 || (i > 0 && self_issued)))
			return false;
		if (i == 0) { /* §6.1.5 (a), (b) */
			w.explicit_policy -= w.explicit_policy > 0;
			if (w.x->require_explicit_policy == 0)
				w.explicit_policy = 0;
		}
		if (w.explicit_policy == 0 && is_empty(&w.now))
			return refuse(&w, "has no certificate policy that the CAs above it "
					  "demand (RFC 5280 §6.1)");
		if (i == 0)
			break;
		if (!map_policies(&w))
			return false;
		if (!self_issued)
			count_down(&w);
		take_restrictions(&w);
	}
	return true;
}

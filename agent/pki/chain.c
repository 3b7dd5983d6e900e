/* SPDX-License-Identifier: MIT */
#include "pki/chain.h"

#include "base/text.h"
#include "codec/date.h"
#include "pki/constraints.h"
#include "pki/name.h"
#include "pki/policy.h"

/*
 * How a path is found.
 *
 * Every certificate is a node: the leaf, those of the pool, the anchors.  A depth-first
 * search starts at the leaf and asks each time "who may have issued this one?": anchors
 * first, then the pool; those whose key identifier fits before those where it does not (it
 * is a hint, RFC 5280 §4.2.1.1).  A candidate is entered only after all that is cheap has
 * been checked (name, validity, CA, path length, key usage, extensions, its name constraints
 * against all below), and then its signature on the child; name and signature are remembered
 * for each pair.  What needs a whole path, policies and revocation, is checked when an anchor
 * has been reached; that is the one place that says yes, and the search goes on when it says
 * no.
 *
 * Certificates that certify each other in circles cost what CONFIG_CHAIN_COST_MAX,
 * CONFIG_CHAIN_STEPS_MAX and CONFIG_CHAIN_WORK_MAX allow, and no more.
 *
 * When there is no path, the person at the console wants to know what stood in the way of
 * the most promising attempt: the obstacle seen at the greatest depth, the first of those.
 *
 * An anchor is a whole certificate (TRUST-7).  Unlike RFC 5280 §6.1.1 (d), which takes only
 * its name and key, its validity, CA flag, key usage, path length, name constraints and
 * restrictions of policies are held against it: what its maker limited stays limited.
 *
 * A CRL is believed when the key of its issuer verifies it: of a certificate above the one in
 * question on the path, else of one with the same name that has a path of its own to the same
 * anchor, with revocation checked there, too (RFC 5280 §6.3.3 (f)).  These searches inside
 * the search share its limits, and go CONFIG_CRL_SIGNER_DEPTH_MAX deep.
 */

#define LEAF 0

/* What is known of a pair of child and issuer: asked once, so that circles cost little. */
enum {
	PAIR_UNKNOWN,
	PAIR_STRANGERS, /* the names differ */
	PAIR_NAMED,	/* the names fit, the signature is not tried yet */
	PAIR_GOOD,
	PAIR_BAD,
};

/* What a question may cost, all its searches together. */
struct effort {
	unsigned cost, steps; /* spent */
	unsigned work;	      /* left */
	bool exhausted;
};

struct search {
	const struct chain_question *question;
	struct chain_workspace *w;
	struct effort *effort;
	enum chain_purpose purpose;
	size_t first_anchor, anchors_end;     /* those that may end the path */
	size_t first_of_anchors;	      /* pool before, anchors from here */
	size_t path[CONFIG_CHAIN_LENGTH_MAX]; /* node numbers, leaf first */
	size_t length;
	size_t obstacle_depth;	     /* of w->first; 0: none seen */
	const struct search *parent; /* whose CRL's signer this one is about; or NULL */
	unsigned depth;		     /* of parents */
};

static struct chain_node *node_at(struct search *s, size_t n)
{
	return &s->w->nodes[n];
}

static const struct x509 *cert_at(struct search *s, size_t n)
{
	return &s->w->nodes[n].x;
}

static bool is_anchor(const struct search *s, size_t n)
{
	return n >= s->first_of_anchors;
}

/* Remember why something at @depth (1: the leaf) did not do.  Returns false. */
static bool obstacle(struct search *s, size_t depth, const struct error *why)
{
	if (!s->parent && depth > s->obstacle_depth) {
		s->obstacle_depth = depth;
		s->w->first = *why;
	}
	return false;
}

static bool check_validity(const struct search *s, const struct x509 *x, struct error *e)
{
	const struct clock *clock = &s->question->clock;

	if (!clock_has_begun(clock, x->not_before_s))
		return error_set(e, ERROR_REFUSED, NULL, "'%s' is not valid before %s",
				 NAME_TEXT(x->subject), DATE_TEXT(x->not_before_s));
	if (clock_is_over(clock, x->not_after_s))
		return error_set(e, ERROR_REFUSED, clock->accurate ? NULL : "CLK-5",
				 "'%s' expired on %s", NAME_TEXT(x->subject),
				 DATE_TEXT(x->not_after_s));
	return true;
}

/* What may stand in no certificate of a path. */
static bool check_extensions(const struct x509 *x, struct error *e)
{
	if (x->unknown_critical.size)
		return error_set(e, ERROR_REFUSED, "CMS-18",
				 "'%s' has the critical extension %s, which is not known or "
				 "must not be critical",
				 NAME_TEXT(x->subject), OID_TEXT(x->unknown_critical));
	if (x->name_constraints.size && !x->is_ca)
		return error_set(e, ERROR_REFUSED, "CMS-18",
				 "'%s' has name constraints, but is not a CA",
				 NAME_TEXT(x->subject));
	return true;
}

/* What RFC 5280 asks of every certificate; held against TLS peers, but not against owners,
 * whose certificates are nobody's business but their own (OC-5). */
static bool check_form(const struct x509 *x, struct error *e)
{
	if (name_is_empty(x->subject) && !x->alt_names_critical)
		return error_set(e, ERROR_REFUSED, "CMS-18",
				 "certificate has no subject, and no critical subjectAltName "
				 "instead (RFC 5280 §4.2.1.6)");
	if ((x->key_usage & X509_KEY_CERT_SIGN) && !x->is_ca)
		return error_set(e, ERROR_REFUSED, "CMS-18",
				 "'%s' may sign certificates, but is not a CA",
				 NAME_TEXT(x->subject));
	return true;
}

/* May the leaf do what it is used for? */
static bool check_purpose(const struct search *s, const struct x509 *x, struct error *e)
{
	uint32_t needed = 0;
	enum oid usage = OID_UNKNOWN;

	switch (s->purpose) {
	case CHAIN_ANY:
		return true;
	case CHAIN_SIGNER:
		needed = X509_DIGITAL_SIGNATURE | X509_CONTENT_COMMITMENT;
		break;
	case CHAIN_TLS_SERVER:
		needed = X509_DIGITAL_SIGNATURE | X509_KEY_ENCIPHERMENT | X509_KEY_AGREEMENT;
		usage = OID_SERVER_AUTH;
		break;
	case CHAIN_TLS_CLIENT:
		needed = X509_DIGITAL_SIGNATURE;
		usage = OID_CLIENT_AUTH;
		break;
	}
	if (x->has_key_usage && !(x->key_usage & needed))
		return error_set(e, ERROR_REFUSED, NULL,
				 "keyUsage of '%s' does not allow this use",
				 NAME_TEXT(x->subject));
	if (usage != OID_UNKNOWN && !x509_allows_usage(x, usage))
		return error_set(e, ERROR_REFUSED, NULL, "extendedKeyUsage of '%s' is not %s",
				 NAME_TEXT(x->subject), OID_TEXT(oid_content(usage)));
	return usage == OID_UNKNOWN || check_form(x, e);
}

static bool check_names(const struct search *s, const struct x509 *x, struct error *e)
{
	const struct chain_question *q = s->question;
	char hex[33];

	if (q->dns_name.size && !x509_has_dns_name(x, q->dns_name))
		return error_set(e, ERROR_REFUSED, NULL, "'%s' is not a certificate for %s",
				 NAME_TEXT(x->subject), TEXT_QUOTED(q->dns_name));
	if (q->address.size == 4 && !x509_has_address(x, q->address))
		return error_set(e, ERROR_REFUSED, NULL,
				 "'%s' is not a certificate for address %u.%u.%u.%u",
				 NAME_TEXT(x->subject), q->address.at[0], q->address.at[1],
				 q->address.at[2], q->address.at[3]);
	if (q->address.size && !x509_has_address(x, q->address))
		return error_set(
			e, ERROR_REFUSED, NULL, "'%s' is not a certificate for address %s",
			NAME_TEXT(x->subject), text_hex(hex, sizeof(hex), q->address));
	return true;
}

static bool check_leaf(const struct search *s, const struct chain_node *leaf, struct error *e)
{
	return check_validity(s, &leaf->x, e) && check_extensions(&leaf->x, e) &&
	       check_purpose(s, &leaf->x, e) && check_names(s, &leaf->x, e);
}

/* Certificates of the path, the leaf left out, that count for a path length. */
static int intermediates(struct search *s)
{
	int count = 0;

	for (size_t i = 1; i < s->length; i++)
		count += !node_at(s, s->path[i])->self_issued;
	return count;
}

/* All about an issuer but its signature on the child. */
static bool check_issuer(struct search *s, size_t n, struct error *e)
{
	const struct chain_node *node = node_at(s, n);
	const struct x509 *x = &node->x;

	if (!check_validity(s, x, e) || !check_extensions(x, e))
		return false;
	if (!x->is_ca)
		return error_set(e, ERROR_REFUSED, "CMS-18",
				 "'%s' is not a CA (basicConstraints)",
				 NAME_TEXT(x->subject));
	if (x->has_key_usage && !(x->key_usage & X509_KEY_CERT_SIGN))
		return error_set(e, ERROR_REFUSED, "CMS-18",
				 "'%s' may not sign certificates (keyUsage)",
				 NAME_TEXT(x->subject));
	if (x->path_length >= 0 && intermediates(s) > x->path_length)
		return error_set(e, ERROR_REFUSED, "CMS-18",
				 "the path below '%s' is longer than it allows (%d)",
				 NAME_TEXT(x->subject), x->path_length);
	if (s->purpose == CHAIN_TLS_SERVER && !is_anchor(s, n) &&
	    !x509_allows_usage(x, OID_SERVER_AUTH))
		return error_set(e, ERROR_REFUSED, NULL, "CA '%s' is not for TLS servers",
				 NAME_TEXT(x->subject));
	if (s->purpose == CHAIN_TLS_CLIENT && !is_anchor(s, n) &&
	    !x509_allows_usage(x, OID_CLIENT_AUTH))
		return error_set(e, ERROR_REFUSED, NULL, "CA '%s' is not for TLS clients",
				 NAME_TEXT(x->subject));
	if (!node->key_usable) {
		struct key key;

		return key_read(&key, x->spki, e) ||
		       error_wrap(e, "'%s'", NAME_TEXT(x->subject));
	}
	return true;
}

/* Do the names of the path fit into the name constraints of its next certificate?  Those of
 * self-issued ones are looked at in the leaf only (RFC 5280 §6.1.3 (b), (c)). */
static bool check_constraints(struct search *s, size_t n, struct error *e)
{
	bool good = true;

	for (size_t i = 0; i < s->length && good; i++)
		if (i == 0 || !node_at(s, s->path[i])->self_issued)
			good = constraints_check(cert_at(s, n), cert_at(s, s->path[i]),
						 &s->effort->work, e);
	s->effort->exhausted |= s->effort->work == 0;
	return good;
}

/* Does the name of a candidate fit? */
static bool is_named(struct search *s, size_t child, size_t issuer)
{
	uint8_t *pair = &s->w->pairs[child][issuer];

	if (*pair == PAIR_UNKNOWN)
		*pair = name_equal(cert_at(s, child)->issuer, cert_at(s, issuer)->subject)
				? PAIR_NAMED
				: PAIR_STRANGERS;
	return *pair != PAIR_STRANGERS;
}

static bool exhausted(struct search *s, struct error *e)
{
	s->effort->exhausted = true;
	return error_set(e, ERROR_REFUSED, "CMS-16",
			 "no path found within the allowed number of signatures and steps");
}

/* A signature is about to be verified by @key. */
static bool spend(struct search *s, const struct key *key, struct error *e)
{
	s->effort->cost += key_cost(key);
	return s->effort->cost <= CONFIG_CHAIN_COST_MAX || exhausted(s, e);
}

/* The issuer's signature on the child. */
static bool check_signature(struct search *s, size_t child, size_t issuer, struct error *e)
{
	uint8_t *pair = &s->w->pairs[child][issuer];

	if (*pair == PAIR_NAMED) {
		if (!spend(s, &node_at(s, issuer)->key, e))
			return false;
		*pair = x509_verify(cert_at(s, child), &node_at(s, issuer)->key, e)
				? PAIR_GOOD
				: PAIR_BAD;
		if (*pair == PAIR_GOOD)
			return true;
		return error_wrap(e, "'%s' by '%s'", NAME_TEXT(cert_at(s, child)->subject),
				  NAME_TEXT(cert_at(s, issuer)->subject));
	}
	return *pair == PAIR_GOOD ||
	       error_set(e, ERROR_REFUSED, NULL, "'%s' is not signed by '%s'",
			 NAME_TEXT(cert_at(s, child)->subject),
			 NAME_TEXT(cert_at(s, issuer)->subject));
}

static bool is_in_path(struct search *s, size_t n)
{
	const struct x509 *x = cert_at(s, n);

	for (size_t i = 0; i < s->length; i++) {
		const struct x509 *other = cert_at(s, s->path[i]);

		if (s->path[i] == n ||
		    (!is_anchor(s, n) && bytes_equal(other->spki, x->spki) &&
		     name_equal(other->subject, x->subject)))
			return true;
	}
	return false;
}

static bool key_ids_differ(const struct x509 *child, const struct x509 *issuer)
{
	return child->authority_key_id.size && issuer->subject_key_id.size &&
	       !bytes_equal(child->authority_key_id, issuer->subject_key_id);
}

static bool find_issuer(struct search *s);

/* --- revocation --------------------------------------------------------------------------
 */

/* Does the list carry the signature of this node, whose name fits? */
static bool is_crl_signed(struct search *s, struct chain_crl *list, size_t n)
{
	const struct crl *crl = &list->crl;
	struct error ignored;

	if (list->signers[n] != PAIR_NAMED)
		return list->signers[n] == PAIR_GOOD;
	if (!list->has_digest) {
		if (!signature_algorithm_read(&list->algorithm, crl->algorithm, &ignored))
			return false;
		list->digest = digest_of(list->algorithm.digest, crl->tbs);
		list->has_digest = true;
	}
	if (!spend(s, &node_at(s, n)->key, &ignored))
		return false;

	bool good = signature_verify(&node_at(s, n)->key, &list->algorithm, &list->digest,
				     crl->signature, &ignored);

	list->signers[n] = good ? PAIR_GOOD : PAIR_BAD;
	return good;
}

/* Did this node issue the list, as far as the node itself tells? */
static bool issues_crl(struct search *s, struct chain_crl *list, size_t n)
{
	const struct chain_node *node = node_at(s, n);

	if (list->signers[n] == PAIR_UNKNOWN)
		list->signers[n] = node->usable && node->key_usable &&
						   name_equal(node->x.subject,
							      list->crl.issuer) &&
						   (!node->x.has_key_usage ||
						    (node->x.key_usage & X509_CRL_SIGN))
					   ? PAIR_NAMED
					   : PAIR_STRANGERS;
	return is_crl_signed(s, list, n);
}

/* Does a signer of CRLs that is not on the path lead to the same anchor? */
static bool leads_to_anchor(struct search *s, size_t n)
{
	struct chain_node *node = node_at(s, n);
	size_t anchor = s->path[s->length - 1];
	struct error ignored;
	struct search own = {
		.question = s->question,
		.w = s->w,
		.effort = s->effort,
		.purpose = CHAIN_ANY,
		.first_anchor = anchor,
		.anchors_end = anchor + 1,
		.first_of_anchors = s->first_of_anchors,
		.path = { n },
		.length = 1,
		.parent = s,
		.depth = s->depth + 1,
	};

	if (node->signs_crls_under == anchor - s->first_of_anchors + 1)
		return true;
	if (own.depth > CONFIG_CRL_SIGNER_DEPTH_MAX)
		return false;
	for (const struct search *p = s; p; p = p->parent)
		if (p->path[0] == n) /* it would vouch for itself */
			return false;
	if (!check_validity(&own, &node->x, &ignored) ||
	    !check_extensions(&node->x, &ignored) || !find_issuer(&own))
		return false;
	node->signs_crls_under = (uint8_t)(anchor - s->first_of_anchors + 1);
	return true;
}

/* Is the list signed by its issuer?  @i: the certificate's place in the path. */
static bool find_crl_signer(struct search *s, struct chain_crl *list, size_t i,
			    struct error *e)
{
	for (size_t j = i + 1; j < s->length; j++)
		if (issues_crl(s, list, s->path[j]))
			return true;
	for (size_t n = 1; n < s->first_of_anchors && !s->effort->exhausted; n++)
		if (issues_crl(s, list, n) && leads_to_anchor(s, n))
			return true;
	return error_set(e, ERROR_REFUSED, "VAL-9",
			 "CRL of '%s' is not signed by its issuer, or not by a key for CRLs",
			 NAME_TEXT(list->crl.issuer));
}

static bool work_on(struct search *s, size_t work, struct error *e)
{
	if (work >= s->effort->work)
		return exhausted(s, e);
	s->effort->work -= (unsigned)work;
	return true;
}

/* Is a list of use for the certificate at place @i? */
static bool check_crl(struct search *s, struct chain_crl *list, size_t i, struct error *e)
{
	const struct crl *crl = &list->crl;

	return crl_check_kind(crl, e) && find_crl_signer(s, list, i, e) &&
	       crl_check_fresh(crl, &s->question->clock, e) &&
	       work_on(s, crl->revoked.size / 64, e);
}

/* One certificate of a path that reaches an anchor. */
static bool check_status(struct search *s, size_t i, struct error *e)
{
	const struct x509 *x = cert_at(s, s->path[i]);
	bool seen = false, good = false;

	for (size_t k = 0; k < s->question->crl_count; k++) {
		struct chain_crl *list = &s->w->crls[k];
		const struct crl *crl = &list->crl;

		if (!work_on(s, 1 + crl->issuer.size / 64, e))
			return false;
		if (!name_equal(crl->issuer, x->issuer))
			continue;
		if (crl->kind != CRL_COMPLETE && crl->kind != CRL_ATTRIBUTES)
			return crl_check_kind(crl, e);
		/* Each name of one distribution point is compared with each of the other. */
		if (!work_on(s, crl->point.size * x->crl_points.size / 1024, e))
			return false;
		if (crl->kind == CRL_COMPLETE && !crl_is_about(crl, x))
			continue;
		seen = true;
		if (!check_crl(s, list, i, e))
			continue;
		if (crl_lists(crl, x->serial))
			return error_set(e, ERROR_REFUSED, "VAL-9",
					 "'%s' is revoked by the CRL of '%s' of %s",
					 NAME_TEXT(x->subject), NAME_TEXT(x->issuer),
					 DATE_TEXT(crl->this_update_s));
		good = true;
	}
	if (good || (!seen && s->question->revocation != CHAIN_REVOCATION_REQUIRED))
		return true;
	if (seen)
		return false;
	return error_set(e, ERROR_REFUSED, s->question->crl_count ? "VAL-11" : "VAL-9",
			 "there is no CRL of '%s' that tells of '%s'", NAME_TEXT(x->issuer),
			 NAME_TEXT(x->subject));
}

static bool check_revocation(struct search *s, struct error *e)
{
	if (s->question->revocation == CHAIN_REVOCATION_OFF)
		return true;
	for (size_t i = s->length - 1; i-- > 0;)
		if (!check_status(s, i, e))
			return false;
	return true;
}

/* What can only be told of a path that has reached an anchor. */
static bool check_path(struct search *s, struct error *e)
{
	const struct x509 *path[CONFIG_CHAIN_LENGTH_MAX];
	bool good;

	for (size_t i = 0; i < s->length; i++)
		path[i] = cert_at(s, s->path[i]);
	good = policy_check(path, s->length, &s->effort->work, e) && check_revocation(s, e);
	/* What was not looked at for lack of means might have said no. */
	if (s->effort->exhausted || s->effort->work == 0)
		return exhausted(s, e);
	return good;
}

/* --- the search ---------------------------------------------------------------------------
 */

/* Try one candidate for the end of the path. */
static bool enter(struct search *s, size_t n)
{
	size_t child = s->path[s->length - 1];
	struct error why;

	if (++s->effort->steps > CONFIG_CHAIN_STEPS_MAX)
		return exhausted(s, &why);
	if (!check_issuer(s, n, &why) || !check_constraints(s, n, &why) ||
	    !check_signature(s, child, n, &why))
		return obstacle(s, s->length + 1, &why);
	s->path[s->length++] = n;
	if (!is_anchor(s, n) && find_issuer(s))
		return true;
	if (is_anchor(s, n) && check_path(s, &why))
		return true;
	if (is_anchor(s, n))
		obstacle(s, s->length + 1, &why);
	s->length--;
	return false;
}

/* Candidates from @from to @to whose name fits; those whose key identifier does not fit come
 * when @unlikely. */
static bool try_range(struct search *s, size_t from, size_t to, bool unlikely, bool *seen)
{
	size_t child = s->path[s->length - 1];

	for (size_t n = from; n < to && !s->effort->exhausted; n++) {
		if (!node_at(s, n)->usable || !is_named(s, child, n) || is_in_path(s, n) ||
		    key_ids_differ(cert_at(s, child), cert_at(s, n)) != unlikely)
			continue;
		*seen = true;
		if (enter(s, n))
			return true;
	}
	return false;
}

static bool find_issuer(struct search *s)
{
	size_t pool_end = s->question->direct ? 1 : s->first_of_anchors;
	const struct x509 *child = cert_at(s, s->path[s->length - 1]);
	struct error why;
	bool seen = false;

	if (s->length == CONFIG_CHAIN_LENGTH_MAX) {
		error_set(&why, ERROR_REFUSED, "CMS-16",
			  "the path is longer than %d certificates", CONFIG_CHAIN_LENGTH_MAX);
		return obstacle(s, s->length, &why);
	}
	if (try_range(s, s->first_anchor, s->anchors_end, false, &seen) ||
	    try_range(s, 1, pool_end, false, &seen) ||
	    try_range(s, s->first_anchor, s->anchors_end, true, &seen) ||
	    try_range(s, 1, pool_end, true, &seen))
		return true;
	if (seen)
		return false;
	error_set(&why, ERROR_REFUSED, NULL,
		  "'%s' is issued by '%s', which is no trust anchor and not among the "
		  "certificates%s%s",
		  NAME_TEXT(child->subject), NAME_TEXT(child->issuer),
		  s->w->unread.code ? "; one of them cannot be used: " : "",
		  s->w->unread.code ? s->w->unread.text : "");
	return obstacle(s, s->length, &why);
}

/* Read one certificate into a node; strangers that cannot be read are passed over (OC-8). */
static void fill_node(struct search *s, struct chain_node *node, struct bytes der)
{
	struct error ignored;

	node->signs_crls_under = 0;
	node->usable = x509_read(&node->x, der,
				 s->w->unread.code ? &ignored : &s->w->unread);
	node->self_issued = node->usable && x509_is_self_issued(&node->x);
	node->key_usable = node->usable && key_read(&node->key, node->x.spki, &ignored);
}

static bool is_twin(const struct search *s, size_t from, size_t n)
{
	for (size_t i = from; i < n; i++)
		if (s->w->nodes[i].usable &&
		    bytes_equal(s->w->nodes[i].x.der, s->w->nodes[n].x.der))
			return true;
	return false;
}

/* Copies, also of the leaf in the pool, would only be tried twice. */
static void fill_range(struct search *s, size_t from, size_t twins_from,
		       const struct bytes *certificates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct chain_node *node = node_at(s, from + i);

		fill_node(s, node, certificates[i]);
		if (node->usable && is_twin(s, twins_from, from + i))
			node->usable = false;
	}
}

static bool read_crls(struct search *s, struct error *e)
{
	const struct chain_question *q = s->question;

	if (q->revocation == CHAIN_REVOCATION_OFF)
		return true;
	if (q->crl_count > CONFIG_CMS_CRLS_MAX)
		return error_set(e, ERROR_REFUSED, "CMS-16", "%zu CRLs, at most %d are read",
				 q->crl_count, CONFIG_CMS_CRLS_MAX);
	for (size_t i = 0; i < q->crl_count; i++) {
		struct chain_crl *list = &s->w->crls[i];

		if (!crl_read(&list->crl, q->crls[i], e))
			return false;
		if (list->crl.kind == CRL_INDIRECT) /* it may be about anybody */
			return crl_check_kind(&list->crl, e);
		list->has_digest = false;
		memset(list->signers, PAIR_UNKNOWN, sizeof(list->signers));
	}
	return true;
}

static bool start(struct search *s, struct error *e)
{
	const struct chain_question *q = s->question;

	if (q->pool_count > CONFIG_CHAIN_POOL_MAX ||
	    q->anchor_count > CONFIG_CHAIN_ANCHORS_MAX)
		return error_set(
			e, ERROR_REFUSED, "CMS-16",
			"%zu certificates and %zu anchors, at most %d and %d are looked at",
			q->pool_count, q->anchor_count, CONFIG_CHAIN_POOL_MAX,
			CONFIG_CHAIN_ANCHORS_MAX);
	if (q->anchor_count == 0)
		return error_set(e, ERROR_REFUSED, NULL, "there is no trust anchor");
	memset(s->w->pairs, PAIR_UNKNOWN, sizeof(s->w->pairs));
	s->w->unread.code = ERROR_NONE;

	struct chain_node *leaf = node_at(s, LEAF);

	if (!x509_read(&leaf->x, q->leaf, e) || !key_read(&leaf->key, leaf->x.spki, e))
		return false;
	leaf->usable = leaf->key_usable = true;
	leaf->self_issued = x509_is_self_issued(&leaf->x);
	leaf->signs_crls_under = 0;
	fill_range(s, 1, LEAF, q->pool, q->pool_count);
	fill_range(s, s->first_anchor, s->first_anchor, q->anchors, q->anchor_count);
	return read_crls(s, e) && check_leaf(s, leaf, e);
}

/* The leaf itself may be an anchor (OC-7). */
static bool leaf_is_anchor(const struct search *s, size_t *anchor)
{
	for (size_t i = 0; i < s->question->anchor_count; i++) {
		if (bytes_equal(s->question->anchors[i], s->question->leaf)) {
			*anchor = i;
			return true;
		}
	}
	return false;
}

static void finish(struct chain *chain, struct search *s, size_t anchor)
{
	*chain = (struct chain){
		.length = s->length,
		.leaf = node_at(s, LEAF)->x,
		.leaf_key = node_at(s, LEAF)->key,
		.anchor = anchor,
	};
	for (size_t i = 0; i < s->length; i++)
		chain->certificates[i] = cert_at(s, s->path[i])->der;
}

bool chain_verify(struct chain *chain, const struct chain_question *question,
		  struct chain_workspace *workspace, struct error *e)
{
	struct effort effort = { .work = CONFIG_CHAIN_WORK_MAX };
	struct search s = {
		.question = question,
		.w = workspace,
		.effort = &effort,
		.purpose = question->purpose,
		.first_anchor = 1 + question->pool_count,
		.first_of_anchors = 1 + question->pool_count,
		.anchors_end = 1 + question->pool_count + question->anchor_count,
		.path = { LEAF },
		.length = 1,
	};
	size_t anchor;

	if (!start(&s, e))
		return false;
	if (!question->direct && leaf_is_anchor(&s, &anchor)) {
		finish(chain, &s, anchor);
		return true;
	}
	if (find_issuer(&s)) {
		finish(chain, &s, s.path[s.length - 1] - s.first_anchor);
		return true;
	}
	if (effort.exhausted)
		return exhausted(&s, e);
	*e = workspace->first;
	return false;
}

static bool is_issued_by(const struct chain_node *child, const struct chain_node *issuer)
{
	struct error ignored;

	return name_equal(child->x.issuer, issuer->x.subject) &&
	       x509_verify(&child->x, &issuer->key, &ignored);
}

/* Order nodes so that each is issued by the one before; the first is the self-signed root. */
static bool order(struct chain_workspace *w, size_t count, struct error *e)
{
	for (size_t place = 0; place < count; place++) {
		const struct chain_node *issuer = place ? &w->nodes[place - 1] : NULL;
		size_t found = count;

		for (size_t i = place; i < count && found == count; i++)
			if (is_issued_by(&w->nodes[i], issuer ? issuer : &w->nodes[i]))
				found = i;
		if (found == count)
			return error_set(e, ERROR_REFUSED, "REDIR-10",
					 place ? "its certificates are not one chain"
					       : "no self-signed root in it");

		struct chain_node swap = w->nodes[place];
		w->nodes[place] = w->nodes[found];
		w->nodes[found] = swap;
	}
	return true;
}

bool chain_lowest(struct bytes *lowest, const struct bytes *certificates, size_t count,
		  const struct clock *clock, struct chain_workspace *workspace,
		  struct error *e)
{
	struct bytes ordered[CONFIG_CHAIN_LENGTH_MAX];
	struct chain chain;

	if (count < 1 || count > CONFIG_CHAIN_LENGTH_MAX)
		return error_set(e, ERROR_REFUSED, "REDIR-8",
				 "trust-anchor of %zu certificates", count);
	for (size_t i = 0; i < count; i++) {
		struct chain_node *node = &workspace->nodes[i];

		if (!x509_read(&node->x, certificates[i], e) ||
		    !key_read(&node->key, node->x.spki, e)) {
			error_wrap(e, "trust-anchor");
			return error_rule(e, "REDIR-10");
		}
	}
	if (!order(workspace, count, e))
		return error_wrap(e, "trust-anchor");
	for (size_t i = 0; i < count; i++)
		ordered[i] = workspace->nodes[i].x.der;
	if (!workspace->nodes[count - 1].x.is_ca)
		return error_set(e, ERROR_REFUSED, "REDIR-9",
				 "trust-anchor: '%s' is not a CA",
				 NAME_TEXT(workspace->nodes[count - 1].x.subject));

	struct chain_question question = {
		.leaf = ordered[count - 1],
		.pool = ordered,
		.pool_count = count,
		.anchors = ordered,
		.anchor_count = 1,
		.clock = *clock,
		.purpose = CHAIN_ANY,
	};

	if (!chain_verify(&chain, &question, workspace, e)) {
		error_wrap(e, "trust-anchor");
		return error_rule(e, "REDIR-9");
	}
	*lowest = ordered[count - 1];
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "sztp/validate.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "codec/date.h"
#include "codec/der.h"
#include "pki/enveloped.h"
#include "pki/name.h"
#include "pki/voucher.h"

/*
 * How the verdict comes about.
 *
 *   conveyed information   decrypted if need be                      ENC-*
 *                          what is it, and is it signed at all?      CI-*, CMS-*
 *   both other artifacts   must be there, decrypted if need be      VAL-2
 *   voucher                signed under a voucher anchor of ours     VAL-3, OV-4
 *                          dates, assertion, serial, issuer, nonce   VAL-4 to VAL-6
 *                          and it pins one certificate               VAL-7
 *   owner certificate      named by the signer, issued under the pin VAL-8, VAL-9
 *   signature              made with the owner certificate's key     VAL-12
 *
 * Nothing of a later line is looked at before the earlier ones have passed, except the
 * outermost form of the conveyed information, which decides whether there is anything to
 * validate, and then that of the other two (SRC-2).  The result is written once, at the end.
 *
 * What came encrypted is not repeated in sentences (ENC-9): where such an artifact speaks, a
 * refusal keeps its number only.
 */

#define HIDDEN "what came encrypted is not repeated (ENC-9)"

/* What an artifact holds once it is in the clear. */
struct artifact {
	struct enveloped_content content;
	bool was_encrypted;
};

struct validation {
	const struct validate_input *input;
	struct validate_workspace *w;
	struct validate_result result;
	struct artifact conveyed_information, owner_certificate, ownership_voucher;
	bool hidden; /* what is being judged may not be repeated */
	struct voucher voucher;
	struct x509 pinned, owner;
	struct key owner_key;
};

static void passed(const struct validation *v, const char *rule, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void passed(const struct validation *v, const char *rule, const char *format, ...)
{
	char sentence[320];
	va_list args;

	if (!v->input->explain)
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	v->input->explain(v->input->context, rule, v->hidden ? "passed; " HIDDEN : sentence);
}

bool validate_hide(struct error *e)
{
	snprintf(e->text, sizeof(e->text), "the reason lies in what came encrypted, which is not repeated (ENC-9)");
	return false;
}

static bool decrypt(const struct validation *v, struct artifact *to, const struct cms *cms,
		    struct error *e)
{
	uint8_t random[ENVELOPED_RANDOM_SIZE];
	bool ok = v->input->random(random, sizeof(random), e) &&
		  enveloped_open(&to->content, cms, v->input->decrypt, random,
				 v->input->plaintext, e);

	bytes_wipe(random, sizeof(random));
	to->was_encrypted = ok;
	return ok;
}

/* One artifact, decrypted if need be (ENC-3); @rule is for encrypted content of a type that
 * it cannot have. */
static bool read_artifact(const struct validation *v, struct artifact *to, struct bytes der,
			  const char *what, const char *rule, struct error *e)
{
	struct cms *cms = &to->content.cms;

	if (!cms_read(cms, der, e))
		return error_wrap(e, "%s", what);
	if (cms->type == OID_ENVELOPED_DATA && !v->input->decrypt)
		return error_set(e, ERROR_REFUSED, "ENC-3",
				 "%s is encrypted, and there is no key here that decrypts",
				 what);
	if (cms->type == OID_ENVELOPED_DATA) {
		const struct cms encrypted = *cms;

		if (!decrypt(v, to, &encrypted, e)) {
			error_wrap(e, "%s", what);
			return error_rule(e, rule);
		}
		passed(v, "ENC-3", "%s is decrypted", what);
		return true;
	}
	if (cms->type == OID_AUTH_ENVELOPED_DATA)
		return error_set(e, ERROR_REFUSED, "ENC-7",
				 "%s is AuthEnvelopedData, which RFC 8572 does not allow; "
				 "encrypt with "
				 "AES-CBC",
				 what);
	return true;
}

static bool read_signed(struct cms_signed *s, const struct cms *cms, const char *what,
			struct error *e)
{
	if (!cms_signed_read(s, cms, e))
		return error_wrap(e, "%s", what);
	if (s->type == OID_ENVELOPED_DATA || s->type == OID_AUTH_ENVELOPED_DATA)
		return error_set(
			e, ERROR_REFUSED, "ENC-2",
			"%s is signed around encrypted data; sign first, then encrypt", what);
	return true;
}

/* --- conveyed information: what is it? ----------------------------------------------------
 */

static uint8_t first_mark(struct bytes document)
{
	for (size_t i = 0; i < document.size; i++)
		if (document.at[i] > ' ')
			return document.at[i];
	return 0;
}

/* What no document begins with. */
static const char *what_begins_with(uint8_t mark)
{
	return mark == '[' ? "a JSON list, not an object" : "neither JSON nor XML";
}

/* The encoding, by the content type or, with id-data, by the first mark (CI-5, CI-6). */
static bool find_encoding(struct validate_result *result, enum oid type, struct error *e)
{
	uint8_t mark = first_mark(result->document);

	if (mark != '{' && mark != '<')
		return error_set(e, ERROR_REFUSED, type == OID_DATA ? "CI-6" : "CI-5",
				 "conveyed information holds %s", what_begins_with(mark));
	result->encoding = mark == '{' ? CONVEYED_INFORMATION_JSON : CONVEYED_INFORMATION_XML;
	if (type == OID_SZTP_CONVEYED_INFO_XML && mark == '{')
		return error_set(e, ERROR_REFUSED, "CI-5",
				 "conveyed information says it is XML (.42), but holds JSON");
	if (type == OID_SZTP_CONVEYED_INFO_JSON && mark == '<')
		return error_set(e, ERROR_REFUSED, "CI-5",
				 "conveyed information says it is JSON (.43), but holds XML");
	return true;
}

static bool is_document_type(enum oid type)
{
	return type == OID_DATA || type == OID_SZTP_CONVEYED_INFO_XML ||
	       type == OID_SZTP_CONVEYED_INFO_JSON;
}

static bool refuse_type(struct bytes type, struct error *e)
{
	return error_set(e, ERROR_REFUSED, "CI-7", "conveyed information of content type %s",
			 OID_TEXT(type));
}

static bool read_signed_conveyed(struct validation *v, const struct cms *cms, struct error *e)
{
	struct cms_signed *s = &v->w->conveyed_information;

	if (!read_signed(s, cms, "conveyed information", e))
		return false;
	if (s->signer_count == 0)
		return error_set(e, ERROR_REFUSED, "CI-8",
				 "conveyed information is SignedData that nobody signed");
	if (s->signer_count > 1)
		return error_set(e, ERROR_REFUSED, "CMS-11",
				 "conveyed information has %zu signers, not one",
				 s->signer_count);
	if (!is_document_type(s->type))
		return refuse_type(s->type_content, e);
	if (!s->has_content)
		return error_set(e, ERROR_REFUSED, "CMS-17",
				 "conveyed information is a detached signature");
	v->result.is_signed = true;
	v->result.document = s->content;
	return find_encoding(&v->result, s->type, e);
}

static bool read_conveyed(struct validation *v, struct error *e)
{
	struct artifact *a = &v->conveyed_information;
	const struct cms *cms = &a->content.cms;

	if (!read_artifact(v, a, v->input->conveyed_information, "conveyed information",
			   "CI-7", e))
		return false;
	v->hidden = v->result.was_encrypted = a->was_encrypted;
	if (cms->type == OID_SIGNED_DATA)
		return read_signed_conveyed(v, cms, e);
	if (!is_document_type(cms->type))
		return refuse_type(cms->type_content, e);
	v->result.document = a->content.document;
	if (v->result.document.size == 0 && !cms_octets(&v->result.document, cms, e))
		return error_wrap(e, "conveyed information");
	return find_encoding(&v->result, cms->type, e);
}

static bool check_presence(const struct validation *v, struct error *e)
{
	bool voucher = v->input->ownership_voucher.size,
	     owner = v->input->owner_certificate.size;

	if (voucher && owner)
		return true;
	return error_set(e, ERROR_REFUSED, "VAL-2",
			 "conveyed information is signed, but %s missing",
			 voucher ? "the owner certificate is"
			 : owner ? "the ownership voucher is"
				 : "ownership voucher and owner certificate are");
}

/* --- voucher -------------------------------------------------------------------------------
 */

/* Is the voucher signed by this certificate, and does that lead to an anchor? */
static bool try_signer(struct validation *v, const struct cms_signer *signer,
		       struct bytes der, struct error *e)
{
	const struct cms_signed *s = &v->w->ownership_voucher;
	struct chain_question question = {
		.leaf = der,
		.pool = s->certificates,
		.pool_count = s->certificate_count,
		.anchors = v->input->voucher_anchors,
		.anchor_count = v->input->voucher_anchor_count,
		.clock = v->input->clock,
		.purpose = CHAIN_SIGNER,
	};

	if (!chain_verify(&v->w->chain, &question, &v->w->chain_workspace, e)) {
		error_wrap(e, "voucher: signer");
		return error_rule(e, "OV-4");
	}
	if (!cms_verify(s, signer, &v->w->chain.leaf_key, e)) {
		error_wrap(e, "voucher");
		return error_rule(e, "OV-4");
	}
	return true;
}

/* Does the signer identifier name this certificate?  What cannot be read is not it. */
static bool is_named(const struct cms_signer *signer, struct bytes der)
{
	struct error ignored;
	struct x509 x;

	return x509_read(&x, der, &ignored) && cms_signer_names(signer, &x);
}

/* What policy asks of a signer. */
static bool check_attributes(const struct validation *v, const struct cms_signer *signer,
			     struct error *e)
{
	if (!v->input->policy.require_signed_attributes || signer->attributes.size)
		return true;
	return error_set(e, ERROR_REFUSED, "CMS-9",
			 "voucher is signed without signed attributes, which policy asks for");
}

/* The certificates a signer may mean: those in the voucher, then the anchors themselves. */
static bool check_signer(struct validation *v, const struct cms_signer *signer,
			 unsigned *tries, struct error *e)
{
	const struct cms_signed *s = &v->w->ownership_voucher;
	size_t count = s->certificate_count + v->input->voucher_anchor_count;
	bool named = false;

	for (size_t i = 0; i < count; i++) {
		struct bytes der =
			i < s->certificate_count
				? s->certificates[i]
				: v->input->voucher_anchors[i - s->certificate_count];

		if (!is_named(signer, der))
			continue;
		if (++*tries > CONFIG_VOUCHER_TRIES_MAX)
			return error_set(e, ERROR_REFUSED, "CMS-16",
					 "voucher: more than %d certificates for its signers",
					 CONFIG_VOUCHER_TRIES_MAX);
		named = true;
		if (try_signer(v, signer, der, e))
			return true;
	}
	if (!named)
		error_set(e, ERROR_REFUSED, "OV-4",
			  "voucher: signer (%s) is neither among its certificates nor a "
			  "voucher anchor",
			  CMS_SIGNER_TEXT(signer));
	return false;
}

static bool check_signers(struct validation *v, struct error *e)
{
	const struct cms_signed *s = &v->w->ownership_voucher;
	struct error first = { 0 };
	unsigned tries = 0;

	if (s->signer_count == 0)
		return error_set(e, ERROR_REFUSED, "OV-4", "voucher: nobody signed it");
	if (!s->has_content)
		return error_set(e, ERROR_REFUSED, "CMS-17",
				 "voucher is a detached signature");
	for (size_t i = 0; i < s->signer_count; i++) {
		const struct cms_signer *signer = &s->signers[i];
		struct error why;

		if (!signer->known)
			why = signer->why, error_wrap(&why, "voucher"),
			error_rule(&why, "OV-4");
		else if (check_attributes(v, signer, &why) &&
			 check_signer(v, signer, &tries, &why))
			return true;
		if (first.code == ERROR_NONE)
			first = why;
	}
	*e = first;
	return false;
}

static bool read_voucher(struct validation *v, struct error *e)
{
	struct cms_signed *s = &v->w->ownership_voucher;
	const struct cms *cms = &v->ownership_voucher.content.cms;

	if (cms->type != OID_SIGNED_DATA)
		return error_set(e, ERROR_REFUSED, "OV-1",
				 "voucher of type %s, not id-signedData",
				 OID_TEXT(cms->type_content));
	if (!read_signed(s, cms, "voucher", e))
		return false;
	if (s->type != OID_DATA && s->type != OID_ANIMA_JSON_VOUCHER)
		return error_set(e, ERROR_REFUSED, "OV-1", "voucher with content type %s",
				 OID_TEXT(s->type_content));
	return true;
}

/* JSON or XML, by the first mark; the registered content type is JSON's (OV-2). */
static bool read_voucher_document(struct validation *v, struct error *e)
{
	const struct cms_signed *s = &v->w->ownership_voucher;
	struct writer into = writer_over(v->w->decoded, sizeof(v->w->decoded));
	uint8_t mark = first_mark(s->content);

	if (mark != '{' && mark != '<')
		return error_set(e, ERROR_REFUSED, "OV-2", "voucher holds %s", what_begins_with(mark));
	if (mark == '<' && s->type != OID_DATA)
		return error_set(e, ERROR_REFUSED, "OV-2",
				 "voucher says it is JSON (.40), but holds XML");
	if (!(mark == '<'		       ? voucher_read_xml
	      : v->input->policy.bare_voucher ? voucher_read_bare
					      : voucher_read_json)(
		    &v->voucher, s->content, v->w->json, sizeof(v->w->json), &into, e))
		return error_wrap(e, "voucher");
	if (v->input->policy.strict_model && v->voucher.unknown_leaves)
		return error_set(e, ERROR_REFUSED, "YANG-12",
				 "voucher holds %zu leaves that nobody knows, and policy is strict",
				 v->voucher.unknown_leaves);
	return true;
}

static bool check_voucher_dates(const struct validation *v, struct error *e)
{
	const struct clock *clock = &v->input->clock;
	const struct voucher *voucher = &v->voucher;

	if (v->input->policy.require_clock_for_expiry && voucher->has_expires_on &&
	    !clock->accurate)
		return error_set(e, ERROR_REFUSED, "CLK-7",
				 "voucher expires on %s, and policy asks for a clock to tell",
				 DATE_TEXT(voucher->expires_on_s));

	if (!clock_is_past(clock, voucher->created_on_s))
		return error_set(e, ERROR_REFUSED, "OV-6",
				 "voucher is from the future: created on %s, now %s",
				 DATE_TEXT(voucher->created_on_s), DATE_TEXT(clock->now_s));
	if (voucher->has_expires_on && clock_has_ended(clock, voucher->expires_on_s))
		return error_set(
			e, ERROR_REFUSED, "OV-7", "voucher expired on %s, now is %s%s",
			DATE_TEXT(voucher->expires_on_s), clock->accurate ? "" : "at least ",
			DATE_TEXT(clock->accurate ? clock->now_s : clock->floor_s));
	return true;
}

/* idevid-issuer is the whole AuthorityKeyIdentifier or the key identifier in it (OV-13). */
static bool check_idevid_issuer(const struct validation *v, struct error *e)
{
	bool bad;
	struct bytes authority = v->input->idevid_authority_key;
	struct reader r = reader_over(authority, &bad);
	struct reader sequence = der_open(&r, DER_SEQUENCE);
	struct bytes key_id = { 0 };

	if (!v->voucher.has_idevid_issuer)
		return true;
	if (authority.size == 0)
		return error_set(e, ERROR_REFUSED, "OV-13",
				 "voucher names an IDevID issuer, and this device's IDevID "
				 "names none");
	if (der_at(&sequence, DER_CONTEXT(0)))
		key_id = der_take(&sequence, DER_CONTEXT(0));
	if (bytes_equal(v->voucher.idevid_issuer, authority) ||
	    (key_id.size && bytes_equal(v->voucher.idevid_issuer, key_id)))
		return true;

	char theirs[96], ours[96];

	return error_set(e, ERROR_REFUSED, "OV-12",
			 "voucher is for a device of issuer %s, this device's issuer is %s",
			 text_hex(theirs, sizeof(theirs), v->voucher.idevid_issuer),
			 text_hex(ours, sizeof(ours), key_id));
}

static bool check_voucher_device(const struct validation *v, struct error *e)
{
	const struct voucher *voucher = &v->voucher;

	if (v->input->serial.size == 0)
		return error_set(e, ERROR_REFUSED, "OV-10",
				 "this device has no serial number");
	if (!bytes_equal(voucher->serial_number, v->input->serial))
		return error_set(e, ERROR_REFUSED, "OV-10",
				 "voucher is for serial %s, this device is %s",
				 TEXT_QUOTED(voucher->serial_number),
				 TEXT_QUOTED(v->input->serial));
	if (!check_idevid_issuer(v, e))
		return false;
	if (v->input->policy.nonce_required && !voucher->has_nonce)
		return error_set(e, ERROR_REFUSED, "OV-20",
				 "voucher has no nonce, which policy asks for");
	if (voucher->has_nonce && v->input->nonce.size == 0)
		return error_set(e, ERROR_REFUSED, "OV-19",
				 "voucher answers a nonce, and none was sent in this run");
	if (voucher->has_nonce && !bytes_equal(voucher->nonce, v->input->nonce))
		return error_set(
			e, ERROR_REFUSED, "OV-19",
			"voucher answers another nonce than the one sent in this run");
	return true;
}

static bool read_pinned(struct validation *v, struct error *e)
{
	const struct clock *clock = &v->input->clock;

	if (!x509_read(&v->pinned, v->voucher.pinned_domain_cert, e)) {
		error_wrap(e, "pinned-domain-cert");
		e->rule[0] = '\0'; /* whatever is wrong with it: the voucher's maker has to
				      mend it */
		return error_rule(e, "OV-14");
	}
	if (!clock_has_begun(clock, v->pinned.not_before_s))
		return error_set(e, ERROR_REFUSED, "OV-26",
				 "pinned-domain-cert '%s' is not valid before %s",
				 NAME_TEXT(v->pinned.subject),
				 DATE_TEXT(v->pinned.not_before_s));
	if (clock_is_over(clock, v->pinned.not_after_s))
		return error_set(e, ERROR_REFUSED, clock->accurate ? "OV-26" : "CLK-5",
				 "pinned-domain-cert '%s' expired on %s",
				 NAME_TEXT(v->pinned.subject),
				 DATE_TEXT(v->pinned.not_after_s));
	return true;
}

static bool check_voucher(struct validation *v, struct error *e)
{
	const struct voucher *voucher = &v->voucher;
	bool accurate = v->input->clock.accurate;

	if (!read_voucher(v, e) || !check_signers(v, e))
		return false;
	passed(v, "VAL-3", "voucher is signed by '%s', which leads to voucher anchor %zu",
	       NAME_TEXT(v->w->chain.leaf.subject), v->w->chain.anchor + 1);
	if (!read_voucher_document(v, e) || !check_voucher_dates(v, e))
		return false;
	passed(v, "VAL-4", "voucher of %s%s%s%s", DATE_TEXT(voucher->created_on_s),
	       voucher->has_expires_on ? ", good until " : "",
	       voucher->has_expires_on ? DATE_TEXT(voucher->expires_on_s) : "",
	       accurate ? "" : "; the clock knows a lower bound only");
	passed(v, "VAL-5", "assertion %s is acceptable",
	       voucher_assertion_name(voucher->assertion));
	if (!check_voucher_device(v, e))
		return false;
	passed(v, "VAL-6", "voucher is for serial %s%s%s",
	       TEXT_QUOTED(voucher->serial_number),
	       voucher->has_idevid_issuer ? ", the IDevID's issuer" : "",
	       voucher->has_nonce ? ", and this run's nonce" : "");
	if (!read_pinned(v, e))
		return false;
	passed(v, "VAL-7", "pinned-domain-cert is '%s'", NAME_TEXT(v->pinned.subject));
	return true;
}

/* --- owner certificate ---------------------------------------------------------------------
 */

/* The certificate that the conveyed information's signer identifier names (OC-6, CI-9). */
static bool find_owner(struct validation *v, struct error *e)
{
	const struct cms_signed *s = &v->w->owner_certificate;
	const struct cms_signer *signer = &v->w->conveyed_information.signers[0];
	struct error ignored;
	bool found = false;
	struct x509 x;

	for (size_t i = 0; i < s->certificate_count; i++) {
		if (!x509_read(&x, s->certificates[i], &ignored) ||
		    !cms_signer_names(signer, &x) ||
		    (found && bytes_equal(v->owner.der, x.der)))
			continue;
		if (found)
			return error_set(e, ERROR_REFUSED, "OC-6",
					 "owner certificate: two certificates are called %s",
					 CMS_SIGNER_TEXT(signer));
		v->owner = x;
		found = true;
	}
	return found ||
	       error_set(e, ERROR_REFUSED, "OC-6",
			 "conveyed information is signed by %s, which is not in the owner "
			 "certificate artifact",
			 CMS_SIGNER_TEXT(signer));
}

/* The owner certificate is the leaf of its set: it has issued no other one in it (OC-6). */
static bool check_is_leaf(struct validation *v, struct error *e)
{
	const struct cms_signed *s = &v->w->owner_certificate;
	struct error ignored;
	struct x509 x;

	for (size_t i = 0; i < s->certificate_count; i++) {
		if (!x509_read(&x, s->certificates[i], &ignored) ||
		    bytes_equal(x.der, v->owner.der) ||
		    !name_equal(x.issuer, v->owner.subject))
			continue;
		if (x509_verify(&x, &v->owner_key, &ignored))
			return error_set(e, ERROR_REFUSED, "OC-6",
					 "'%s' signed the conveyed information, but is the "
					 "issuer of '%s', "
					 "not an owner certificate",
					 NAME_TEXT(v->owner.subject), NAME_TEXT(x.subject));
	}
	return true;
}

/* What the voucher asks of revocation (OV-15 to OV-17). */
static enum chain_revocation revocation_of(const struct voucher *voucher)
{
	switch (voucher->revocation_checks) {
	case VOUCHER_REVOCATION_FALSE:
		return CHAIN_REVOCATION_OFF;
	case VOUCHER_REVOCATION_TRUE:
		return CHAIN_REVOCATION_REQUIRED;
	case VOUCHER_REVOCATION_ABSENT:
		break;
	}
	return CHAIN_REVOCATION_IF_PRESENT;
}

size_t validate_crls(struct bytes *to, const struct cms_signed *s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->crl_count; i++)
		if (s->crls[i].at[0] == DER_SEQUENCE)
			to[count++] = s->crls[i];
	return count;
}

static void passed_revocation(const struct validation *v, const struct chain_question *q)
{
	if (q->revocation == CHAIN_REVOCATION_OFF)
		passed(v, "VAL-9", "voucher says that revocation is not to be checked");
	else if (q->revocation == CHAIN_REVOCATION_REQUIRED)
		passed(v, "VAL-9", "no certificate of the path is revoked, by %zu CRLs",
		       q->crl_count);
	else
		passed(v, "VAL-9", "revocation is not asked for; %zu CRLs came along",
		       q->crl_count);
}

static bool read_owner_certificate(struct validation *v, struct error *e)
{
	struct cms_signed *s = &v->w->owner_certificate;
	const struct cms *cms = &v->owner_certificate.content.cms;

	if (cms->type != OID_SIGNED_DATA)
		return error_set(e, ERROR_REFUSED, "OC-1",
				 "owner certificate of type %s, not id-signedData",
				 OID_TEXT(cms->type_content));
	if (!read_signed(s, cms, "owner certificate", e))
		return false;
	return cms_check_degenerate(s, e) || error_wrap(e, "owner certificate");
}

static bool check_owner_certificate(struct validation *v, struct error *e)
{
	struct cms_signed *s = &v->w->owner_certificate;

	if (!read_owner_certificate(v, e) || !find_owner(v, e))
		return false;
	if (!key_read(&v->owner_key, v->owner.spki, e)) {
		error_wrap(e, "owner certificate");
		return error_rule(e, "VAL-8");
	}
	if (v->owner.has_key_usage && !(v->owner.key_usage & X509_DIGITAL_SIGNATURE))
		return error_set(e, ERROR_REFUSED, "OC-4",
				 "keyUsage of owner certificate '%s' lacks digitalSignature",
				 NAME_TEXT(v->owner.subject));
	if (!check_is_leaf(v, e))
		return false;
	passed(v, "OC-6", "owner certificate is '%s'", NAME_TEXT(v->owner.subject));

	struct bytes crls[CONFIG_CMS_CRLS_MAX];
	struct chain_question question = {
		.leaf = v->owner.der,
		.pool = s->certificates,
		.pool_count = s->certificate_count,
		.anchors = &v->voucher.pinned_domain_cert,
		.anchor_count = 1,
		.clock = v->input->clock,
		.purpose = CHAIN_ANY,
		.revocation = revocation_of(&v->voucher),
		.crls = crls,
		.crl_count = validate_crls(crls, s),
	};

	if (!chain_verify(&v->w->chain, &question, &v->w->chain_workspace, e)) {
		error_wrap(e, "owner certificate");
		return error_rule(e, "VAL-8");
	}
	passed(v, "VAL-8", "owner certificate leads to the pinned one by %zu certificates",
	       v->w->chain.length);
	passed_revocation(v, &question);
	return true;
}

static bool check_signature(const struct validation *v, struct error *e)
{
	const struct cms_signed *s = &v->w->conveyed_information;

	if (!cms_verify(s, &s->signers[0], &v->owner_key, e)) {
		error_wrap(e, "conveyed information");
		return error_rule(e, "VAL-12");
	}
	passed(v, "VAL-12",
	       "conveyed information is signed with the owner certificate's key");
	return true;
}

/* Both other artifacts, when they are needed; before that they are not looked at (MATRIX-14). */
static bool read_others(struct validation *v, struct error *e)
{
	return read_artifact(v, &v->ownership_voucher, v->input->ownership_voucher, "voucher",
			     "OV-1", e) &&
	       read_artifact(v, &v->owner_certificate, v->input->owner_certificate,
			     "owner certificate", "OC-1", e);
}

static bool validate_signed(struct validation *v, struct error *e)
{
	bool hidden = v->hidden;

	v->hidden = false;
	passed(v, "VAL-1", "conveyed information is signed, so it is validated");
	if (!check_presence(v, e))
		return false;
	passed(v, "VAL-2", "ownership voucher and owner certificate are there");
	if (!read_others(v, e))
		return false;
	v->hidden = v->ownership_voucher.was_encrypted;
	if (!check_voucher(v, e))
		return false;
	v->hidden |= hidden || v->owner_certificate.was_encrypted;
	if (!check_owner_certificate(v, e) || !check_signature(v, e))
		return false;
	v->result.voucher_created_on = v->voucher.created_on_s;
	if (v->owner_certificate.was_encrypted)
		snprintf(v->result.owner_subject, sizeof(v->result.owner_subject),
			 "an owner whose certificate came encrypted");
	else
		name_text(v->result.owner_subject, sizeof(v->result.owner_subject),
			  v->owner.subject);
	return true;
}

bool validate_conveyed_information(struct validate_result *result,
				   const struct validate_input *input,
				   struct validate_workspace *workspace, struct error *e)
{
	struct validation v = { .input = input, .w = workspace };

	if (!read_conveyed(&v, e) || (v.result.is_signed && !validate_signed(&v, e)))
		return v.hidden && validate_hide(e);
	if (!v.result.is_signed) {
		v.hidden = false;
		passed(&v, "CI-1", "conveyed information is not signed");
	}
	*result = v.result;
	return true;
}

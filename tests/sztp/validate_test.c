/* SPDX-License-Identifier: MIT */
#include "sztp/validate.h"

#include <pthread.h>
#include <sys/mman.h>

#include "../pki/envelope.h"
#include "../pki/stanza.h"
#include "base/text.h"
#include "check.h"
#include "codec/date.h"
#include "pki/voucher.h"
#include "pki/decrypt_software.h"

#define FOLDER	  "tests/data/pki/bundles"
#define ENCRYPTED "tests/data/encrypted"

static struct validate_workspace workspace;
static struct bytes anchors[CONFIG_CHAIN_ANCHORS_MAX];
static struct x509 device;
static uint8_t nonce[64];
static struct error e;

static struct bytes artifact(const struct stanza *s, const char *key)
{
	const char *name = stanza_value(s, key);

	return strcmp(name, "none") == 0 ? (struct bytes){ 0 } : stanza_data(FOLDER, name);
}

static int64_t date(const char *text)
{
	int64_t seconds = 0;

	CHECK(date_read(&seconds, bytes_of_text(text), &e));
	return seconds;
}

static void fill_anchors(struct validate_input *input, const char *names)
{
	char name[64];

	input->voucher_anchors = anchors;
	while (stanza_word(name, sizeof(name), &names))
		anchors[input->voucher_anchor_count++] = stanza_data(FOLDER, name);
}

static void fill_device(struct validate_input *input, const struct stanza *s)
{
	const char *value = stanza_value(s, "nonce");
	struct bytes certificate = artifact(s, "idevid");

	input->serial = bytes_of_text(stanza_value(s, "serial"));
	if (strcmp(value, "none") != 0) {
		input->nonce = bytes_of(nonce, strlen(value) / 2);
		CHECK(text_unhex(nonce, input->nonce.size, bytes_of_text(value)));
	}
	if (certificate.size) {
		CHECK(x509_read(&device, certificate, &e));
		input->idevid_authority_key = device.authority_key;
	}
	value = stanza_value(s, "floor");
	input->clock = value ? clock_floor(date(value))
			     : clock_accurate(date(stanza_value(s, "time")));
}

/* "flip conveyed -1": a copy with one bit inverted. */
static void flip(struct validate_input *input, const char *what)
{
	static uint8_t copy[64 * 1024];
	char field[16];
	long position;

	CHECK(stanza_word(field, sizeof(field), &what));
	struct bytes *b = field[0] == 'v'   ? &input->ownership_voucher
			  : field[0] == 'o' ? &input->owner_certificate
					    : &input->conveyed_information;
	position = strtol(what, NULL, 10);
	memcpy(copy, b->at, b->size);
	copy[position < 0 ? b->size - (size_t)-position : (size_t)position] ^= 1;
	b->at = copy;
}

/* --- encryption ----------------------------------------------------------------------------
 */

static struct decrypt_software decrypt_key;
static uint8_t room[256 * 1024];
static struct writer plaintext;

static bool no_random(void *to, size_t size, struct error *unused)
{
	(void)unused;
	memset(to, 0x5a, size);
	return true;
}

/* Give the device of this name its key. */
static void fill_key(struct validate_input *input, const char *name)
{
	char key[64], certificate[64];

	snprintf(key, sizeof(key), "%s.key", name);
	snprintf(certificate, sizeof(certificate), "%s.der", name);
	CHECK(decrypt_software_read(&decrypt_key, stanza_data(ENCRYPTED, key),
				    stanza_data(ENCRYPTED, certificate), &e));
	plaintext = writer_over(room, sizeof(room));
	input->decrypt = &decrypt_key.key;
	input->plaintext = &plaintext;
	input->random = no_random;
}

static struct bytes encrypted(struct bytes artifact)
{
	const struct envelope made = { .certificate = stanza_data(ENCRYPTED, "rsa.der"),
				       .type = OID_DATA,
				       .plaintext = artifact,
				       .padding = -1 };

	return artifact.size ? envelope_make(&made) : artifact;
}

/* The verdict on a bundle once all of it is encrypted: the same, but what is no artifact at
 * all does not decrypt, and nothing is encrypted twice. */
static bool is_verdict_encrypted(const char *verdict, const char *expect)
{
	if (strcmp(expect, "CMS-1") == 0)
		return strcmp(verdict, "CMS-1") == 0 || strcmp(verdict, "ENC-8") == 0;
	if (strcmp(expect, "ENC-3") == 0 || strcmp(expect, "ENC-7") == 0)
		return strcmp(verdict, "CI-7") == 0 || strcmp(verdict, "OV-1") == 0 ||
		       strcmp(verdict, "OC-1") == 0;
	return strcmp(verdict, expect) == 0;
}

static void run_case_encrypted(const struct stanza *s, struct validate_input input)
{
	const char *expect = stanza_value(s, "expect");
	struct validate_result result;
	const char *verdict;

	envelope_pool_used = 0;
	fill_key(&input, "rsa");
	input.conveyed_information = encrypted(input.conveyed_information);
	input.owner_certificate = encrypted(input.owner_certificate);
	input.ownership_voucher = encrypted(input.ownership_voucher);
	memset(&e, 0, sizeof(e));
	if (validate_conveyed_information(&result, &input, &workspace, &e))
		verdict = result.is_signed ? "signed" : "unsigned";
	else
		verdict = e.rule;

	bool good = is_verdict_encrypted(verdict, expect) &&
		    (e.code == ERROR_NONE || strncmp(e.rule, "ENC-", 4) == 0 ||
		     strcmp(e.rule, "VAL-2") == 0 || strstr(e.text, "ENC-9"));
	if (!good) {
		printf("%s, encrypted: said '%s: %s'\n", stanza_value(s, "case"), verdict,
		       e.text);
		check_failed = true;
	}
	printf("%s encrypted_bundle_%s %s\n", good ? "ok  " : "FAIL", stanza_value(s, "case"),
	       stanza_value(s, "proves"));
}

static void run_case(const struct stanza *s)
{
	const char *expect = stanza_value(s, "expect"), *says = stanza_value(s, "says");
	struct validate_input input = {
		.conveyed_information = artifact(s, "conveyed"),
		.owner_certificate = artifact(s, "owner"),
		.ownership_voucher = artifact(s, "voucher"),
	};
	struct validate_result result;
	const char *verdict;

	fill_anchors(&input, stanza_value(s, "anchor"));
	fill_device(&input, s);
	if (stanza_value(s, "flip"))
		flip(&input, stanza_value(s, "flip"));
	if (strcmp(stanza_value(s, "key"), "none") != 0)
		fill_key(&input, stanza_value(s, "key"));
	memset(&e, 0, sizeof(e));
	if (validate_conveyed_information(&result, &input, &workspace, &e))
		verdict = result.is_signed ? "signed" : "unsigned";
	else
		verdict = e.rule;

	bool good = strcmp(verdict, expect) == 0 && (!says || strstr(e.text, says));
	if (!good) {
		printf("%s: said '%s: %s'\n", stanza_value(s, "case"), verdict, e.text);
		check_failed = true;
	}
	printf("%s bundle_%s %s\n", good ? "ok  " : "FAIL", stanza_value(s, "case"),
	       stanza_value(s, "proves"));
	if (!input.decrypt)
		run_case_encrypted(s, input);
}

TEST(says_what_bundles_txt_says, "VAL-1 VAL-14")
{
	CHECK(stanza_each("tests/data/pki/bundles.txt", run_case) > 100);
}

/* --- every byte ----------------------------------------------------------------------------
 */

static struct validate_input good_input(const char *algorithm)
{
	static char name[64];
	struct validate_input input = {
		.serial = bytes_of_text("JADA123456789"),
		.clock = clock_accurate(date("2026-12-01T00:00:00Z")),
		.voucher_anchors = anchors,
		.voucher_anchor_count = 1,
	};

	snprintf(name, sizeof(name), "vroot-%s.der", algorithm);
	anchors[0] = stanza_data(FOLDER, name);
	snprintf(name, sizeof(name), "ci-%s.cms", algorithm);
	input.conveyed_information = stanza_data(FOLDER, name);
	snprintf(name, sizeof(name), "owner-%s.cms", algorithm);
	input.owner_certificate = stanza_data(FOLDER, name);
	snprintf(name, sizeof(name), "voucher-%s.vcj", algorithm);
	input.ownership_voucher = stanza_data(FOLDER, name);
	return input;
}

static bool accepts(const struct validate_input *input, struct validate_result *result)
{
	e.rule[0] = '\0';
	e.code = ERROR_NONE;
	return validate_conveyed_information(result, input, &workspace, &e);
}

static struct bytes *field(struct validate_input *input, int which)
{
	return which == 0   ? &input->conveyed_information
	       : which == 1 ? &input->owner_certificate
			    : &input->ownership_voucher;
}

/* Invert one bit of every byte: never another document, never anything but a numbered
 * refusal. Bits that say nothing (an attached certificate nobody needs) may change. */
static void invert_every_byte(const char *algorithm)
{
	struct validate_result result, wanted;
	struct validate_input input = good_input(algorithm);

	CHECK(accepts(&input, &wanted));
	for (int which = 0; which < 3; which++) {
		input = good_input(algorithm);
		struct bytes original = *field(&input, which);
		uint8_t *copy = malloc(original.size);
		memcpy(copy, original.at, original.size);
		field(&input, which)->at = copy;
		for (size_t i = 0; i < original.size; i++) {
			uint8_t bit = (uint8_t)(1 << i % 8);

			copy[i] ^= bit;
			if (accepts(&input, &result)) {
				CHECK(result.is_signed);
				CHECK(bytes_equal(result.document, wanted.document));
			} else {
				CHECK(e.rule[0] != '\0' && e.text[0] != '\0');
				CHECK(e.code == ERROR_REFUSED || e.code == ERROR_MALFORMED);
			}
			copy[i] ^= bit;
		}
		free(copy);
	}
}

TEST(accepts_no_other_document_for_any_changed_byte, "VAL-12 VAL-13 CMS-6")
{
	invert_every_byte("p256");
}

TEST(accepts_no_other_document_for_any_changed_byte_rsa, "VAL-12 VAL-13 CMS-6")
{
	invert_every_byte("rsa2048");
}

TEST(refuses_every_truncation, "CMS-1 CMS-16 VAL-13")
{
	struct validate_result result;

	for (int which = 0; which < 3; which++) {
		struct validate_input input = good_input("p256");
		struct bytes original = *field(&input, which);

		for (size_t n = 0; n < original.size; n++) {
			uint8_t *cut =
				malloc(n ? n : 1); /* the sanitizer sees one byte too many */
			memcpy(cut, original.at, n);
			*field(&input, which) = bytes_of(cut, n);
			CHECK(!accepts(&input, &result));
			CHECK(e.rule[0] != '\0');
			free(cut);
		}
	}
}

TEST(refuses_bytes_after_the_end, "CMS-2")
{
	struct validate_result result;

	for (int which = 0; which < 3; which++) {
		struct validate_input input = good_input("p256");
		struct bytes original = *field(&input, which);
		uint8_t *longer = calloc(1, original.size + 1);
		memcpy(longer, original.at, original.size);
		longer[original.size] = '\n';
		*field(&input, which) = bytes_of(longer, original.size + 1);
		CHECK(!accepts(&input, &result));
		CHECK_STR(e.rule, "CMS-1");
		/* On a stick one newline is taken off first. */
		*field(&input, which) = cms_file(*field(&input, which));
		CHECK(accepts(&input, &result));
		free(longer);
	}
}

TEST(refuses_without_anchors_and_without_serial, "OV-4 OV-10")
{
	struct validate_input input = good_input("p256");
	struct validate_result result;

	input.voucher_anchor_count = 0;
	CHECK(!accepts(&input, &result));
	CHECK_STR(e.rule, "OV-4");
	input = good_input("p256");
	input.serial.size = 0;
	CHECK(!accepts(&input, &result));
	CHECK_STR(e.rule, "OV-10");
}

TEST(gives_the_date_and_the_owner, "CLK-9")
{
	struct validate_input input = good_input("p256");
	struct validate_result result;

	CHECK(accepts(&input, &result));
	CHECK(result.voucher_created_on == date("2026-01-01T00:00:00Z"));
	CHECK_STR(result.owner_subject, "CN=owner-p256");
	CHECK(result.encoding == CONVEYED_INFORMATION_JSON);
}

/* --- the steps -----------------------------------------------------------------------------
 */

static char steps[512];

static void note_step(void *context, const char *rule, const char *sentence)
{
	(void)context;
	CHECK(sentence[0] != '\0');
	strcat(strcat(steps, rule), " ");
}

TEST(takes_the_steps_in_order,
     "VAL-1 VAL-2 VAL-3 VAL-4 VAL-5 VAL-6 VAL-7 VAL-8 VAL-9 VAL-12 VAL-14")
{
	struct validate_input input = good_input("p256");
	struct validate_result result;

	input.explain = note_step;
	steps[0] = '\0';
	CHECK(accepts(&input, &result));
	CHECK_STR(steps,
		  "VAL-1 VAL-2 VAL-3 VAL-4 VAL-5 VAL-6 VAL-7 OC-6 VAL-8 VAL-9 VAL-12 ");
	/* The first failure ends it. */
	input.serial = bytes_of_text("OTHER");
	steps[0] = '\0';
	CHECK(!accepts(&input, &result));
	CHECK_STR(steps, "VAL-1 VAL-2 VAL-3 VAL-4 VAL-5 ");
}

TEST(escapes_what_a_peer_wrote, "VAL-14")
{
	struct validate_input input = good_input("p256");
	struct validate_result result;

	input.serial = bytes_of("\x1b[31m", 5);
	CHECK(!accepts(&input, &result));
	CHECK(!strchr(e.text, '\x1b'));
}

/* --- memory --------------------------------------------------------------------------------
 */

#define STACK_SIZE (1024 * 1024)

/* The largest RSA key, whose arrays are on the stack of a verification. */
static void verify_largest_key(void)
{
	struct signature_algorithm algorithm = { SIGNATURE_RSA, DIGEST_SHA512 };
	struct digest digest = digest_of(DIGEST_SHA512, bytes_of_text("hello"));
	struct key key;

	CHECK(key_read(&key, stanza_data("tests/data/pki/signatures", "rsa8192.der"), &e));
	CHECK(signature_verify(&key, &algorithm, &digest,
			       stanza_data("tests/data/pki/signatures", "rsa8192.sig"), &e));
}

/* XML goes through a parser of its own, in the same workspace. */
static void read_xml(void)
{
	static const char document[] =
		"<voucher xmlns='urn:ietf:params:xml:ns:yang:ietf-voucher'>"
		"<created-on>2026-01-01T00:00:00Z</created-on><assertion>verified</assertion>"
		"<serial-number>S</serial-number><pinned-domain-cert>AAAA</pinned-domain-cert>"
		"</voucher>";
	struct writer into = writer_over(workspace.decoded, sizeof(workspace.decoded));
	struct voucher v;

	CHECK(voucher_read_xml(&v, bytes_of_text(document), workspace.json,
			       sizeof(workspace.json), &into, &e));
}

static void *run_on_painted_stack(void *unused)
{
	struct validate_input input = good_input("p384");
	struct validate_result result;

	CHECK(accepts(&input, &result));
	input = good_input("p256"); /* with CRLs */
	input.owner_certificate = stanza_data(FOLDER, "owner-crl.cms");
	input.clock = clock_accurate(date("2027-01-01T00:00:00Z"));
	CHECK(accepts(&input, &result));
	verify_largest_key();
	read_xml();
	input = good_input("p256");
	fill_key(&input, "rsa");
	input.conveyed_information = stanza_data(ENCRYPTED, "ci-rsa.cms");
	CHECK(accepts(&input, &result));
	return unused;
}

TEST(stays_within_its_memory, "CMS-16")
{
	uint8_t *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;
	size_t untouched = 0;

	CHECK(stack != MAP_FAILED);
	memset(stack, 0xa5, STACK_SIZE);
	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setstack(&attributes, stack, STACK_SIZE) == 0);
	CHECK(pthread_create(&thread, &attributes, run_on_painted_stack, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	while (untouched < STACK_SIZE && stack[untouched] == 0xa5)
		untouched++;
	printf("stack %zu bytes, workspace %zu bytes\n", STACK_SIZE - untouched,
	       sizeof(workspace));
	/* Sanitizers put their red zones on the stack, too. */
	CHECK(STACK_SIZE - untouched + sizeof(workspace) <= 256 * 1024);
	munmap(stack, STACK_SIZE);
}

/* --- what came encrypted stays here
 * ----------------------------------------------------------
 */

static char told[4096];

static void note_sentence(void *context, const char *rule, const char *sentence)
{
	(void)context;
	strcat(strcat(strcat(strcat(told, rule), ": "), sentence), "\n");
}

TEST(repeats_nothing_that_came_encrypted, "ENC-9")
{
	struct validate_input input = good_input("p256");
	struct validate_result result;

	envelope_pool_used = 0;
	fill_key(&input, "rsa");
	input.explain = note_sentence;
	told[0] = '\0';
	input.ownership_voucher = stanza_data(ENCRYPTED, "voucher-serial-rsa.vcj");
	CHECK(!accepts(&input, &result));
	CHECK_STR(e.rule, "OV-10");
	CHECK_STR(e.text, "the reason lies in what came encrypted, which is not repeated (ENC-9)");
	CHECK(strstr(told, "ENC-3: voucher is decrypted\n"));
	CHECK(strstr(told, "VAL-3: passed; ") && !strstr(told, "vsign"));

	input.ownership_voucher = stanza_data(ENCRYPTED, "voucher-rsa.vcj");
	input.owner_certificate = stanza_data(ENCRYPTED, "owner-rsa.cms");
	input.conveyed_information = stanza_data(ENCRYPTED, "ci-rsa.cms");
	told[0] = '\0';
	CHECK(accepts(&input, &result) && result.is_signed && result.was_encrypted);
	CHECK(!strstr(told, "owner-p256") && !strstr(told, "oroot"));
	CHECK_STR(result.owner_subject, "an owner whose certificate came encrypted");

	/* What came in the clear may be told. */
	input.ownership_voucher = stanza_data(FOLDER, "voucher-other-serial.vcj");
	CHECK(!accepts(&input, &result));
	CHECK(strstr(e.text, "JADA123456789"));
}

TEST(encrypted_is_not_signed, "ENC-10 MATRIX-1")
{
	struct validate_input input = good_input("p256");
	struct validate_result result;

	fill_key(&input, "rsa");
	input.conveyed_information = stanza_data(ENCRYPTED, "unsigned-redirect.cms");
	CHECK(accepts(&input, &result));
	CHECK(!result.is_signed && result.was_encrypted && result.document.at[0] == '{');
}

/* A bit of the ciphertext changes bits of the plaintext: never another signed document. */
TEST(accepts_no_other_document_for_any_changed_byte_encrypted, "ENC-8 VAL-13")
{
	struct validate_result result;

	for (int which = 0; which < 3; which++) {
		static const char *const names[] = { "bare-ci-p256.cms", "owner-p256.cms",
						     "voucher-p256.vcj" };
		struct validate_input input = good_input("p256");
		struct bytes original = stanza_data(ENCRYPTED, names[which]), wanted;
		uint8_t *copy = malloc(original.size);

		CHECK(accepts(&input, &result));
		wanted = result.document;
		memcpy(copy, original.at, original.size);
		*field(&input, which) = bytes_of(copy, original.size);
		fill_key(&input, "p256");
		for (size_t i = 0; i < original.size; i++) {
			copy[i] ^= (uint8_t)(1 << i % 8);
			plaintext = writer_over(room, sizeof(room));
			if (accepts(&input, &result))
				CHECK(result.is_signed &&
				      bytes_equal(result.document, wanted));
			else
				CHECK(e.rule[0] != '\0' && e.text[0] != '\0');
			copy[i] ^= (uint8_t)(1 << i % 8);
		}
		free(copy);
	}
}

/* --- policy ---------------------------------------------------------------------------------
 */

/* "" when @voucher is accepted under this policy, else the rule. */
static const char *judged(struct validate_policy policy, const char *voucher, struct clock clock)
{
	struct validate_input input = good_input("p256");
	struct validate_result result;

	input.policy = policy;
	input.clock = clock;
	input.ownership_voucher = stanza_data(FOLDER, voucher);
	nonce[0] = 0;
	for (uint8_t i = 0; i < 16; i++)
		nonce[i] = i;
	input.nonce = bytes_of(nonce, 16);
	return accepts(&input, &result) ? "" : e.rule;
}

TEST(policy_asks_for_more_or_takes_more, "OV-20 CMS-9 CLK-7 OV-3 YANG-12")
{
	static const struct {
		struct validate_policy policy;
		const char *voucher, *without, *with;
	} cases[] = {
		{ { .nonce_required = true }, "voucher-p256.vcj", "", "OV-20" },
		{ { .nonce_required = true }, "voucher-nonce.vcj", "", "" },
		{ { .require_signed_attributes = true }, "voucher-data-no-attributes.vcj", "",
		  "CMS-9" },
		{ { .require_signed_attributes = true }, "voucher-p256.vcj", "", "" },
		{ { .require_clock_for_expiry = true }, "voucher-expires.vcj", "", "CLK-7" },
		{ { .require_clock_for_expiry = true }, "voucher-p256.vcj", "", "" },
		{ { .strict_model = true }, "voucher-unknown-leaf.vcj", "", "YANG-12" },
		{ { .strict_model = true }, "voucher-p256.vcj", "", "" },
		{ { .strict_model = true }, "voucher-issuer-null.vcj", "OV-12", "OV-12" },
		{ { .bare_voucher = true }, "voucher-bare.vcj", "OV-3", "" },
		{ { .bare_voucher = true }, "voucher-p256.vcj", "", "" },
		{ { .bare_voucher = true }, "voucher-no-serial.vcj", "OV-23", "OV-23" },
	};
	struct clock floor = clock_floor(date("2026-11-01T00:00:00Z"));
	struct clock accurate = clock_accurate(date("2026-12-01T00:00:00Z"));

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		printf("%zu: %s\n", i, cases[i].voucher);
		CHECK_STR(judged((struct validate_policy){ 0 }, cases[i].voucher, floor),
			  cases[i].without);
		CHECK_STR(judged(cases[i].policy, cases[i].voucher, floor), cases[i].with);
	}
	CHECK_STR(judged((struct validate_policy){ .require_clock_for_expiry = true },
			 "voucher-expires.vcj", accurate),
		  "");
}

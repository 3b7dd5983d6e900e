/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/writer.h"
#include "check.h"
#include "pki/ldevid_software.h"
#include "platform/entropy.h"

/*
 * The agent's side against processes that do as they like: the task of each is a function of
 * this test instead of the conversation.  What the conversation itself does there is proven
 * by tests/net/confinement_test.sh.
 */

static struct run {
	struct loop loop;
	struct bootstrap bootstrap;
	struct worker worker;
	unsigned steps, plans, signatures, ticks, lines;
	bool plan_is_good, plan_is_ours;
	struct error report_error;
	bool reported;
	char last_line[512];
	struct loop_timer timer;
} run;

static bool plan_fails;
static struct ldevid_software ldevid;
static bool asks_for_requests;
static const struct bootstrap_source source = { .name = "test" };
static struct server_list list = { .count = 1, .at = { { .host = "first" } } };

static bool on_plan(void *context, const struct bootstrap_onboarding *from, struct error *e)
{
	struct progress p = { .type = PROGRESS_TYPE_INFORMATIONAL, .message = bytes_of_text("hello") };

	(void)context;
	run.plans++;
	run.plan_is_good =
		bytes_equal_text(from->conveyed_information, "conveyed") &&
		bytes_equal_text(from->owner_certificate, "owner") &&
		bytes_equal_text(from->ownership_voucher, "voucher") &&
		bytes_equal_text(from->validated->document, "{}") &&
		strcmp(from->validated->owner_subject, "CN=owner?") == 0 &&
		strcmp(from->server, "https://first:443") == 0 && from->source == &source &&
		from->validated->is_signed && from->server_trusted && from->report->allowed &&
		from->report->verbose && from->voucher_created_on == 5 &&
		from->information->kind == CONVEYED_INFORMATION_ONBOARDING &&
		from->information->handling == CONVEYED_INFORMATION_MERGE &&
		from->information->has_configuration && from->information->has_sha256 &&
		from->information->sha256[31] == 7 &&
		bytes_equal_text(from->information->os_name, "os") &&
		bytes_equal_text(from->information->configuration, "config") &&
		bytes_equal_text(from->information->post_configuration_script, "post") &&
		from->information->download_uri_count == 2 &&
		bytes_equal_text(from->information->download_uris[1], "http://b/i");
	fflush(stdout);
	pid_t other = fork(); /* as a download does */
	if (other == 0)
		_exit(from->information->configuration.at[0] != 0 || from->conveyed_information.at[0] != 0);
	int status = 1;
	run.plan_is_ours = waitpid(other, &status, 0) == other && status == 0;
	run.reported = from->report->send(from->report->context, &p, &run.report_error);
	return plan_fails ? error_set(e, ERROR_REFUSED, "IMG-2", "not wanted") : true;
}

static void on_step(void *context, enum bootstrap_step step, const char *server)
{
	(void)context;
	run.steps += step == BOOTSTRAP_STEP_VERIFY && strcmp(server, "https://a") == 0;
}

static bool on_sign(void *context, enum tls_hash hash, struct bytes digest, uint8_t *signature,
		    size_t room, size_t *size, struct error *e)
{
	(void)context, (void)room, (void)e;
	run.signatures++;
	memcpy(signature, digest.at, digest.size);
	signature[0] = (uint8_t)hash;
	*size = digest.size;
	return true;
}

static bool on_ecdh(void *context, struct bytes point, uint8_t *z, size_t size, struct error *e)
{
	(void)context, (void)e;
	if (point.size && point.at[0] == 4)
		memset(z, 9, size);
	return true;
}

static void on_log(void *context, const struct log_entry *entry)
{
	(void)context;
	run.lines++;
	snprintf(run.last_line, sizeof(run.last_line), "%d %s %s %s", entry->level, entry->stem,
		 entry->event ? entry->event : "-", entry->line);
}

static void tick(void *context)
{
	run.ticks++;
	loop_timer_set(context, &run.timer, loop_now_ms() + 10);
}

static bool try_with(void (*task)(void *context, struct worker_channel *agent), struct error *e)
{
	static const struct tls_identity identity = { .sign = on_sign };
	static const struct decrypt_key decrypt = { .ecdh = on_ecdh };

	memset(&run, 0, sizeof(run));
	memset(e, 0, sizeof(*e));
	loop_start(&run.loop);
	run.bootstrap.onboard = on_plan;
	run.bootstrap.step = on_step;
	run.bootstrap.identity = &identity;
	run.bootstrap.decrypt = &decrypt;
	run.bootstrap.ldevid = asks_for_requests ? &ldevid.signer : NULL;
	run.worker = (struct worker){ .loop = &run.loop, .bootstrap = &run.bootstrap, .task = task };
	log_to(on_log, NULL);
	bool done = worker_try(&run.worker, &source, &list, e);
	log_to(NULL, NULL);
	CHECK(run.worker.process.pid == 0);
	return done;
}

/* The process was lost for this reason. */
static bool is_lost(const struct error *e, const char *why)
{
	bool as_expected = e->code == ERROR_LATER && strcmp(e->rule, "SEC-4") == 0 &&
			   strstr(e->text, why);

	if (!as_expected)
		printf("%d %s: %s\n", e->code, e->rule, e->text);
	return as_expected;
}

/* ---- what a worker says --------------------------------------------------------------------- */

static struct bytes part(const char *text)
{
	return bytes_of_text(text);
}

static void send_or_end(struct worker_channel *c, enum worker_channel_type type,
			const struct bytes *parts, size_t count)
{
	struct error e;

	if (!worker_channel_send(c, type, parts, count, &e))
		_exit(9);
}

static void answer_done(struct worker_channel *c)
{
	struct error e = { 0 };

	if (!worker_channel_answer(c, true, &e, part(""), &e))
		_exit(9);
}

/* Numbers as write_numbers() in worker.c has them. */
struct numbers {
	uint8_t is_signed, was_encrypted;
	uint8_t created[16];
	uint8_t trusted, allowed, verbose, handling, has_configuration, has_sha256;
	uint8_t sha256[32];
};
_Static_assert(sizeof(struct numbers) == 56, "no padding");

static const struct numbers good_numbers = {
	.is_signed = 1, .created = { [15] = 5 }, .trusted = 1, .allowed = 1, .verbose = 1,
	.handling = CONVEYED_INFORMATION_MERGE, .has_configuration = 1, .has_sha256 = 1,
	.sha256 = { [31] = 7 },
};

static size_t good_plan(struct bytes *parts, const struct numbers *numbers)
{
	const struct bytes plan[] = {
		bytes_of(numbers, sizeof(*numbers)), part("conveyed"), part("owner"), part("voucher"),
		part("{}"), part("CN=owner\n"), part("https://first:443"), part("os"), part("1.0"),
		part("config"), part("pre"), part("post"), part(""), part("http://a/i"),
		part("http://b/i"),
	};

	memcpy(parts, plan, sizeof(plan));
	return ARRAY_SIZE(plan);
}

static struct worker_message expect(struct worker_channel *c, enum worker_channel_type type)
{
	struct worker_message m;
	struct error e;

	if (!worker_channel_receive(c, &m, &e) || m.type != type)
		_exit(8);
	return m;
}

static void well_behaved(void *context, struct worker_channel *c)
{
	struct bytes parts[WORKER_CHANNEL_PARTS_MAX];
	uint8_t step = BOOTSTRAP_STEP_VERIFY, hash = TLS_HASH_SHA384, digest[48] = { [47] = 1 };
	struct worker_message m;

	(void)context;
	log_event("redirect", LOG_LEVEL_NOTICE, "worker", "a line\n\033[31mof ours");
	parts[0] = bytes_of(&step, 1);
	parts[1] = part("https://a");
	send_or_end(c, WORKER_CHANNEL_STEP, parts, 2);
	parts[0] = bytes_of(&hash, 1);
	parts[1] = bytes_of(digest, sizeof(digest));
	send_or_end(c, WORKER_CHANNEL_SIGN, parts, 2);
	m = expect(c, WORKER_CHANNEL_ANSWER);
	if (m.part[3].size != 48 || m.part[3].at[0] != TLS_HASH_SHA384 || m.part[3].at[47] != 1)
		_exit(7);
	parts[0] = part("\4xy");
	parts[1] = part("before");
	send_or_end(c, WORKER_CHANNEL_ECDH, parts, 2);
	m = expect(c, WORKER_CHANNEL_ANSWER);
	if (!bytes_equal_text(m.part[3], "\t\t\t\t\t\t"))
		_exit(6);
	parts[0] = part("bad");
	send_or_end(c, WORKER_CHANNEL_ECDH, parts, 2);
	m = expect(c, WORKER_CHANNEL_ANSWER);
	if (!bytes_equal_text(m.part[3], "before"))
		_exit(5);
	parts[0] = part("other.example");
	parts[1] = part("eth0");
	parts[2] = bytes_of("\x20\xfb", 2);
	send_or_end(c, WORKER_CHANNEL_REFUSAL, parts, 3);
	send_or_end(c, WORKER_CHANNEL_ONBOARD, parts, good_plan(parts, &good_numbers));
	m = expect(c, WORKER_CHANNEL_REPORT);
	if (m.part[0].at[0] != PROGRESS_TYPE_INFORMATIONAL || !bytes_equal_text(m.part[1], "hello"))
		_exit(4);
	answer_done(c);
	m = expect(c, WORKER_CHANNEL_ANSWER);
	answer_done(c);
}

TEST(a_plan_and_its_reports_travel, "SEC-4 ERR-3")
{
	struct error e;

	CHECK(try_with(well_behaved, &e));
	CHECK(run.plans == 1 && run.plan_is_good && run.reported);
	CHECK(run.steps == 1 && run.signatures == 1);
	CHECK(run.bootstrap.refusal_count == 1 && run.bootstrap.refusals[0].port == 8443);
	CHECK_STR(run.bootstrap.refusals[0].host, "other.example");
	CHECK_STR(run.bootstrap.refusals[0].link, "eth0");
	CHECK_STR(run.last_line, "2 worker redirect a line??[31mof ours");
}

static void fails_by_plan(void *context, struct worker_channel *c)
{
	struct bytes parts[WORKER_CHANNEL_PARTS_MAX];
	struct error why = { 0 }, e;

	(void)context;
	send_or_end(c, WORKER_CHANNEL_ONBOARD, parts, good_plan(parts, &good_numbers));
	expect(c, WORKER_CHANNEL_REPORT);
	error_set(&why, ERROR_REFUSED, "HTTP-11", "500 instead of 204");
	if (!worker_channel_answer(c, false, &why, part(""), &e))
		_exit(9);
	expect(c, WORKER_CHANNEL_ANSWER);
	answer_done(c); /* success, it says */
}

TEST(a_plan_is_not_in_the_memory_of_other_processes, "KEY-4")
{
	struct error e;

	CHECK(try_with(well_behaved, &e) && run.plan_is_good && run.plan_is_ours);
}

TEST(the_outcome_is_what_we_did_and_not_what_it_says, "SEC-4")
{
	struct error e;

	CHECK(try_with(fails_by_plan, &e));
	CHECK(!run.reported && strcmp(run.report_error.rule, "HTTP-11") == 0 &&
	      run.report_error.code == ERROR_REFUSED);
	plan_fails = true;
	CHECK(!try_with(fails_by_plan, &e) && is_lost(&e, "success without a plan"));
	plan_fails = false;
}

static void success_without_plan(void *context, struct worker_channel *c)
{
	(void)context;
	answer_done(c);
}

TEST(success_without_a_plan_is_none, "SEC-4")
{
	struct error e;

	CHECK(!try_with(success_without_plan, &e) && is_lost(&e, "success without a plan"));
	CHECK(run.plans == 0);
}

/* ---- those that are lost ---------------------------------------------------------------------- */

static void crashes(void *context, struct worker_channel *c)
{
	(void)context, (void)c;
	kill(getpid(), SIGSEGV); /* itself a call that it may not make */
}

static void runs_a_program(void *context, struct worker_channel *c)
{
	(void)context, (void)c;
	execl("/bin/true", "true", (char *)NULL);
	answer_done(c);
}

static void just_ends(void *context, struct worker_channel *c)
{
	(void)context, (void)c;
	_exit(3);
}

static void hangs_up(void *context, struct worker_channel *c)
{
	(void)context;
	close(c->fd);
	for (;;)
		;
}

TEST(a_lost_worker_is_a_failed_attempt, "SEC-4")
{
	struct error e;

	CHECK(!try_with(crashes, &e) && is_lost(&e, "killed by signal 31: it tried what it has no right to"));
	CHECK(!try_with(runs_a_program, &e) && is_lost(&e, "killed by signal 31"));
	CHECK(!try_with(just_ends, &e) && is_lost(&e, "ended without an answer (3)"));
	CHECK(!try_with(hangs_up, &e) && is_lost(&e, "killed by signal 9"));
	CHECK(run.plans == 0 && run.lines == 1); /* the line that says so */
}

/* Crashes at the first server of the list, wherever that stands. */
static void dislikes_first(void *context, struct worker_channel *c)
{
	struct worker *w = context;

	if (strcmp(w->list->at[0].host, "first") == 0)
		_exit(1);
	well_behaved(context, c);
}

TEST(a_server_that_costs_a_worker_does_not_keep_us_from_the_next, "SEC-4 SRC-10")
{
	struct error e;

	list = (struct server_list){ .count = 3, .at = { { .host = "first" }, { .host = "first" },
							 { .host = "second" } } };
	CHECK(try_with(dislikes_first, &e));
	CHECK(run.plans == 1 && run.plan_is_good);
	list = (struct server_list){ .count = 1, .at = { { .host = "first" } } };
	CHECK(!try_with(dislikes_first, &e) && is_lost(&e, "ended without"));
}

/* ---- those that break the rules ----------------------------------------------------------------- */

static struct {
	uint8_t bytes[64];
	size_t size;
} raw;

static void says_raw(void *context, struct worker_channel *c)
{
	(void)context;
	if (send(c->fd, raw.bytes, raw.size, 0) != (ssize_t)raw.size)
		_exit(9);
	for (;;)
		if (recv(c->fd, raw.bytes, 1, 0) <= 0)
			_exit(0);
}

static bool raw_is_lost(const void *bytes, size_t size, const char *why)
{
	struct error e;

	memcpy(raw.bytes, bytes, size);
	raw.size = size;
	return !try_with(says_raw, &e) && is_lost(&e, why) && run.plans == 0;
}
#define RAW(why, ...) raw_is_lost((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), why)

TEST(no_message_of_another_form_is_taken, "SEC-5")
{
	CHECK(RAW("of 0 bytes", WORKER_CHANNEL_TYPES, 0, 0, 0, 0));
	CHECK(RAW("message 255 of", 255, 0, 0, 0, 0));
	CHECK(RAW("of 4294967295 bytes", WORKER_CHANNEL_ONBOARD, 255, 255, 255, 255));
	CHECK(RAW("of 1025 bytes", WORKER_CHANNEL_LOG, 0, 0, 4, 1));
	CHECK(RAW("does not have its form", WORKER_CHANNEL_STEP, 0, 0, 0, 0));
	CHECK(RAW("does not have its form", WORKER_CHANNEL_STEP, 0, 0, 0, 5, 0, 0, 0, 2, 0));
	CHECK(RAW("does not have its form", WORKER_CHANNEL_STEP, 0, 0, 0, 5, 255, 255, 255, 255, 0));
	CHECK(RAW("does not have its form", WORKER_CHANNEL_STEP, 0, 0, 0, 5, 0, 0, 0, 1, 0));
	CHECK(RAW("no such step", WORKER_CHANNEL_STEP, 0, 0, 0, 9, 0, 0, 0, 1, 2, 0, 0, 0, 0));
	CHECK(RAW("no line for the log", WORKER_CHANNEL_LOG, 0, 0, 0, 17, 0, 0, 0, 1, 9, 0, 0, 0, 0, 0,
		  0, 0, 0, 0, 0, 0, 0));
	CHECK(RAW("out of turn", WORKER_CHANNEL_REPORT, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0));
	CHECK(RAW("no digest to be signed", WORKER_CHANNEL_SIGN, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0));
	CHECK(run.signatures == 0);
	CHECK(RAW("a refusal of its own", WORKER_CHANNEL_REFUSAL, 0, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		  0, 1, 0));
	CHECK(RAW("a refusal of its own", WORKER_CHANNEL_REFUSAL, 0, 0, 0, 15, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		  0, 0, 2, 0, 0));
	CHECK(RAW("nothing to be decrypted", WORKER_CHANNEL_RSA, 0, 0, 0, 13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		  0, 0, 0));
	CHECK(RAW("does not answer", WORKER_CHANNEL_ANSWER, 0, 0, 0, 17, 0, 0, 0, 1, 99, 0, 0, 0, 0, 0, 0,
		  0, 0, 0, 0, 0, 0));
}

/* Keys of the kinds that we make, and signatures of theirs, which the process never holds. */
static void makes_keys(void *context, struct worker_channel *c)
{
	struct bytes parts[WORKER_CHANNEL_PARTS_MAX], in;
	struct worker_message m;
	uint8_t kind = KEY_P256, digest[32] = { 1 };

	(void)context;
	in = bytes_of(digest, sizeof(digest));
	send_or_end(c, WORKER_CHANNEL_LDEVID, &in, 1); /* there is none yet */
	m = expect(c, WORKER_CHANNEL_ANSWER);
	if (m.part[0].at[0] != ERROR_MACHINE)
		_exit(7);
	in = bytes_of(&kind, 1);
	send_or_end(c, WORKER_CHANNEL_LDEVID, &in, 1);
	m = expect(c, WORKER_CHANNEL_ANSWER);
	if (m.part[0].at[0] != ERROR_NONE || m.part[3].size != 91)
		_exit(6);
	in = bytes_of(digest, sizeof(digest));
	send_or_end(c, WORKER_CHANNEL_LDEVID, &in, 1);
	m = expect(c, WORKER_CHANNEL_ANSWER);
	if (m.part[0].at[0] != ERROR_NONE || m.part[3].size != 64)
		_exit(5);
	size_t count = good_plan(parts, &good_numbers);
	parts[12] = part("request");
	send_or_end(c, WORKER_CHANNEL_ONBOARD, parts, count);
	expect(c, WORKER_CHANNEL_REPORT);
	answer_done(c);
	expect(c, WORKER_CHANNEL_ANSWER);
	answer_done(c);
}

TEST(the_key_of_a_request_stays_here, "SEC-4 SEC-5 CSR-1 CSR-11")
{
	struct error e;

	ldevid_software_start(&ldevid, entropy_fill);
	CHECK(!try_with(makes_keys, &e) && is_lost(&e, "nothing to do with an LDevID key"));
	asks_for_requests = true;
	CHECK(try_with(makes_keys, &e) && run.plans == 1 && ldevid.point_size == 65);
	CHECK(RAW("nothing to do with", WORKER_CHANNEL_LDEVID, 0, 0, 0, 5, 0, 0, 0, 1, KEY_RSA));
	CHECK(RAW("nothing to do with", WORKER_CHANNEL_LDEVID, 0, 0, 0, 5, 0, 0, 0, 1, 200));
	CHECK(RAW("nothing to do with", WORKER_CHANNEL_LDEVID, 0, 0, 0, 6, 0, 0, 0, 2, 1, 1));
	CHECK(RAW("nothing to do with", WORKER_CHANNEL_LDEVID, 0, 0, 0, 4, 0, 0, 0, 0));
	CHECK(RAW("of 65 bytes", WORKER_CHANNEL_LDEVID, 0, 0, 0, 65));
	ldevid.signer.discard(&ldevid);
	asks_for_requests = false;
}

static void signs_without_end(void *context, struct worker_channel *c)
{
	uint8_t hash = TLS_HASH_SHA256, digest[32] = { 0 };
	const struct bytes parts[] = { bytes_of(&hash, 1), bytes_of(digest, 32) };

	(void)context;
	for (;;) {
		send_or_end(c, WORKER_CHANNEL_SIGN, parts, 2);
		expect(c, WORKER_CHANNEL_ANSWER);
	}
}

static void talks_without_end(void *context, struct worker_channel *c)
{
	(void)context, (void)c;
	for (;;)
		log_info("worker", "bla");
}

TEST(nothing_goes_on_without_end, "SEC-4 SEC-5")
{
	struct error e;

	CHECK(!try_with(signs_without_end, &e) && is_lost(&e, "asks for the key too often"));
	CHECK(run.signatures == CONFIG_WORKER_KEY_USES_MAX);
	CHECK(!try_with(talks_without_end, &e) && is_lost(&e, "talks without end"));
}

/* ---- plans that nobody may carry out -------------------------------------------------------------- */

static struct {
	struct numbers numbers;
	struct bytes part[WORKER_CHANNEL_PARTS_MAX];
	size_t count;
} plan;

static void sends_plan(void *context, struct worker_channel *c)
{
	(void)context;
	send_or_end(c, WORKER_CHANNEL_ONBOARD, plan.part, plan.count);
	for (;;)
		expect(c, WORKER_CHANNEL_REPORT);
}

static void reset_plan(void)
{
	plan.numbers = good_numbers;
	plan.count = good_plan(plan.part, &plan.numbers);
}

static bool plan_is_refused(void)
{
	struct error e;
	bool refused = !try_with(sends_plan, &e) && is_lost(&e, "no plan that could be carried out") &&
		       run.plans == 0;

	reset_plan();
	return refused;
}

TEST(an_unsound_plan_is_not_begun, "SEC-4 SEC-5 SRC-8 PROG-2 VAL-2")
{
	static uint8_t large[CONFIG_ARTIFACT_MAX + 1];

	reset_plan();
	plan.numbers.is_signed = 0, plan.numbers.trusted = 0, plan.numbers.allowed = 0;
	CHECK(plan_is_refused());
	plan.numbers.trusted = 0; /* and reports to it */
	CHECK(plan_is_refused());
	plan.part[2] = part("");
	CHECK(plan_is_refused());
	plan.part[3] = part("");
	CHECK(plan_is_refused());
	plan.numbers.is_signed = 2;
	CHECK(plan_is_refused());
	plan.numbers.handling = CONVEYED_INFORMATION_REPLACE + 1;
	CHECK(plan_is_refused());
	plan.part[0].size--;
	CHECK(plan_is_refused());
	plan.part[9] = bytes_of(large, sizeof(large));
	CHECK(plan_is_refused());
	plan.part[12] = part("a request that nobody may ask for");
	CHECK(plan_is_refused());
	while (plan.count <= 13 + CONFIG_DOWNLOAD_URIS_MAX)
		plan.part[plan.count++] = part("http://c/i");
	CHECK(plan_is_refused());
}

static void plans_within_a_plan(void *context, struct worker_channel *c)
{
	(void)context;
	reset_plan();
	send_or_end(c, WORKER_CHANNEL_ONBOARD, plan.part, plan.count);
	expect(c, WORKER_CHANNEL_REPORT);
	send_or_end(c, WORKER_CHANNEL_ONBOARD, plan.part, plan.count);
	expect(c, WORKER_CHANNEL_ANSWER);
}

TEST(there_is_one_plan_at_a_time, "SEC-4")
{
	struct error e;

	/* Its report fails, and with that the worker; what was begun goes on without it. */
	CHECK(try_with(plans_within_a_plan, &e));
	CHECK(run.plans == 1 && !run.reported && is_lost(&run.report_error, "a plan within a plan"));
}

/* ---- noise ------------------------------------------------------------------------------------------ */

static uint32_t noise = 1;

static uint32_t random_below(uint32_t limit)
{
	noise ^= noise << 13, noise ^= noise >> 17, noise ^= noise << 5;
	return noise % limit;
}

/* A good plan with some bytes changed, or cut, or with more behind it. */
static void sends_noise(void *context, struct worker_channel *c)
{
	static uint8_t sent[4096];
	struct bytes parts[WORKER_CHANNEL_PARTS_MAX];
	size_t count = good_plan(parts, &good_numbers);
	struct writer body = writer_over(sent + 5, sizeof(sent) - 5), head = writer_over(sent, 5);

	(void)context;
	for (size_t i = 0; i < count; i++) {
		writer_be32(&body, (uint32_t)parts[i].size);
		writer_bytes(&body, parts[i]);
	}
	writer_u8(&head, WORKER_CHANNEL_ONBOARD);
	writer_be32(&head, (uint32_t)body.used);
	size_t size = 5 + body.used;
	for (uint32_t n = random_below(4); n; n--)
		sent[random_below(8) ? random_below((uint32_t)size) : random_below(24)] ^=
			(uint8_t)(1u << random_below(8));
	if (random_below(4) == 0)
		size = random_below((uint32_t)size);
	if (send(c->fd, sent, size, MSG_NOSIGNAL) != (ssize_t)size)
		_exit(9);
	_exit(0);
}

TEST(changed_messages_do_no_harm, "SEC-4 SEC-5")
{
	unsigned begun = 0;
	struct error e;

	for (int i = 0; i < 300; i++) {
		random_below(2); /* here, too: the child has a copy */
		CHECK(try_with(sends_noise, &e) == (run.plans == 1));
		begun += run.plans;
	}
	CHECK(begun > 30 && begun < 270);
}

/* ---- the loop ------------------------------------------------------------------------------------- */

static void waits(void *context, struct worker_channel *c)
{
	struct error e;
	const bool never = false;
	struct loop loop;

	loop_start(&loop);
	(void)!loop_run_until(&loop, &never, loop_now_ms() + 100, &e);
	well_behaved(context, c);
}

TEST(leases_are_renewed_while_a_worker_works, "SEC-4")
{
	struct error e = { 0 };

	memset(&run, 0, sizeof(run));
	loop_start(&run.loop);
	run.timer = (struct loop_timer){ .expired = tick, .context = &run.loop };
	loop_timer_set(&run.loop, &run.timer, loop_now_ms());
	run.bootstrap.onboard = on_plan;
	run.bootstrap.identity = &(const struct tls_identity){ .sign = on_sign };
	run.bootstrap.decrypt = &(const struct decrypt_key){ .ecdh = on_ecdh };
	run.worker = (struct worker){ .loop = &run.loop, .bootstrap = &run.bootstrap, .task = waits };
	CHECK(worker_try(&run.worker, &source, &list, &e));
	CHECK(run.ticks >= 3);
}

/* SPDX-License-Identifier: MIT */
#include "sztp/workflow.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "check.h"

#define PAGE "docs/state-machine.md"

static struct workflow flow;

/* ---- the page shows this very table ------------------------------------------------------ */

static const struct {
	const char *cells[8];
} rows[] = {
#define ROW(state, event, only_if, next, server, data, rfc, means)                          \
	{ { #state, #event, #only_if, #next, #server, #data, rfc, means } },
	WORKFLOW_TABLE(ROW)
#undef ROW
};

/* "NOT_AUTHENTICATED" as "not authenticated"; a condition that is none as nothing. */
static void in_words(char *to, size_t size, const char *from)
{
	static const char *const other[][2] = { { "ANY", "" },
						{ "KEEP", "as it was" },
						{ "LISTS", "the list's" } };

	snprintf(to, size, "%s", from);
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		if (strcmp(from, other[i][0]) == 0)
			snprintf(to, size, "%s", other[i][1]);
	for (; *to; to++)
		*to = *to == '_' ? ' ' : (char)tolower((unsigned char)*to);
}

static void row_text(char *to, size_t size, size_t row)
{
	char words[64];
	size_t used = 0;

	for (size_t i = 0; i < 8; i++) {
		in_words(words, sizeof(words), rows[row].cells[i]);
		used += (size_t)snprintf(to + used, size - used, "| %s ",
					 i < 6 ? words : rows[row].cells[i]);
	}
	snprintf(to + used, size - used, "|\n");
}

TEST(the_page_shows_the_table_of_the_program, "")
{
	char line[1024], expected[1024];
	FILE *page = fopen(PAGE, "r");
	size_t row = 0;
	bool in_table = false;

	CHECK(page != NULL);
	while (page && fgets(line, sizeof(line), page)) {
		if (strncmp(line, "|---", 4) == 0) {
			in_table = true;
			continue;
		}
		if (!in_table)
			continue;
		if (line[0] != '|')
			break;
		CHECK(row < ARRAY_SIZE(rows));
		row_text(expected, sizeof(expected), row++);
		CHECK_STR(line, expected);
	}
	CHECK(row == ARRAY_SIZE(rows));
	for (; row < ARRAY_SIZE(rows); row++) {
		row_text(expected, sizeof(expected), row);
		printf("missing in " PAGE ": %s", expected);
	}
	if (page)
		fclose(page);
}

/* ---- walking it -------------------------------------------------------------------------- */

/* One letter an event, so that a walk is a word. */
static const struct {
	char letter;
	enum workflow_event event;
} letters[] = {
	{ 's', WORKFLOW_EVENT_SERVERS },       { 'a', WORKFLOW_EVENT_ARTIFACTS },
	{ 'A', WORKFLOW_EVENT_WITH_ANCHOR },   { 'W', WORKFLOW_EVENT_WELL_KNOWN },
	{ 'P', WORKFLOW_EVENT_PLAIN },	       { 'e', WORKFLOW_EVENT_END },
	{ 'E', WORKFLOW_EVENT_OUTER_END },     { '+', WORKFLOW_EVENT_AUTHENTICATED },
	{ '-', WORKFLOW_EVENT_NOT_AUTHENTICATED }, { 'c', WORKFLOW_EVENT_CONNECTED },
	{ 'd', WORKFLOW_EVENT_DATA },	       { 'u', WORKFLOW_EVENT_UNSIGNED },
	{ 'v', WORKFLOW_EVENT_VALID },	       { 'x', WORKFLOW_EVENT_INVALID },
	{ 'r', WORKFLOW_EVENT_REDIRECT },      { 'o', WORKFLOW_EVENT_ONBOARDING },
	{ '!', WORKFLOW_EVENT_SUCCESS },       { 'f', WORKFLOW_EVENT_FAILURE },
};

static enum workflow_state go(const char *word)
{
	for (; *word; word++)
		for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
			if (letters[i].letter == *word)
				workflow_step(&flow, letters[i].event);
	return flow.state;
}

static enum workflow_state walk(const char *word)
{
	workflow_start(&flow);
	return go(word);
}

/* What a stranger and what an authenticated server is, to begin with. */
#define STRANGER "sPcd"
#define TRUSTED	 "sW+d"

TEST(nothing_is_trusted_to_begin_with, "TERM-2 DHCP-15 USB-2")
{
	CHECK(walk("s") == WORKFLOW_STATE_LIST && !flow.server_trusted && !flow.data_trusted);
	CHECK(walk("a") == WORKFLOW_STATE_JUDGE && !flow.server_trusted && !flow.data_trusted);
	walk(TRUSTED "vo!");
	CHECK(walk(STRANGER) == WORKFLOW_STATE_JUDGE && !flow.server_trusted && !flow.data_trusted);
}

TEST(every_combination_of_sender_signature_and_kind,
     "MATRIX-1 MATRIX-2 MATRIX-3 MATRIX-4 MATRIX-5 MATRIX-6 MATRIX-7 MATRIX-8 MATRIX-9 "
     "MATRIX-10 MATRIX-11 MATRIX-12 MATRIX-13 MATRIX-14 MATRIX-15 MATRIX-16 TERM-1 SRC-3 SRC-8")
{
	static const struct {
		const char *walk;
		enum workflow_state to;
		bool server_trusted, data_trusted;
	} cases[] = {
		{ STRANGER "ur", WORKFLOW_STATE_FOLLOW, false, false }, /* 1, 14, 15 */
		{ STRANGER "uo", WORKFLOW_STATE_LIST, false, false },	/* 2 */
		{ STRANGER "vr", WORKFLOW_STATE_FOLLOW, false, true },	/* 3 */
		{ STRANGER "vo", WORKFLOW_STATE_ONBOARD, false, true }, /* 4 */
		{ STRANGER "x", WORKFLOW_STATE_LIST, false, false },	/* 5, 6, 13 */
		{ TRUSTED "ur", WORKFLOW_STATE_FOLLOW, true, true },	/* 7, 14 */
		{ TRUSTED "uo", WORKFLOW_STATE_ONBOARD, true, true },	/* 8 */
		{ TRUSTED "vr", WORKFLOW_STATE_FOLLOW, true, true },	/* 9 */
		{ TRUSTED "vo", WORKFLOW_STATE_ONBOARD, true, true },	/* 10 */
		{ TRUSTED "x", WORKFLOW_STATE_LIST, false, false },	/* 11, 12, 13 */
		{ "aur", WORKFLOW_STATE_FOLLOW, false, false },		/* 16 */
		{ "auo", WORKFLOW_STATE_LIST, false, false },
		{ "avr", WORKFLOW_STATE_FOLLOW, false, true },
		{ "avo", WORKFLOW_STATE_ONBOARD, false, true },
		{ "ax", WORKFLOW_STATE_LIST, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK(walk(cases[i].walk) == cases[i].to);
		CHECK(flow.server_trusted == cases[i].server_trusted);
		CHECK(flow.data_trusted == cases[i].data_trusted);
	}
}

TEST(a_server_is_a_stranger_unless_an_anchor_proves_it,
     "SRC-1 TLS-10 TLS-11 REDIR-5 REDIR-6 REDIR-7")
{
	/* A trusted list, whose first entry has an anchor. */
	CHECK(walk(STRANGER "vrsA") == WORKFLOW_STATE_ANCHOR && !flow.server_trusted);
	CHECK(go("+") == WORKFLOW_STATE_ASK && flow.server_trusted && flow.data_trusted);
	CHECK(walk(STRANGER "vrsAf") == WORKFLOW_STATE_LIST); /* no second try */
	/* Without one, in the same list: its data are not trusted. */
	CHECK(walk(STRANGER "vrsPc") == WORKFLOW_STATE_ASK && !flow.server_trusted && !flow.data_trusted);
	CHECK(go("duo") == WORKFLOW_STATE_LIST);
	/* A well-known one that does not hold: a stranger; not reached: the next. */
	CHECK(walk("sW-") == WORKFLOW_STATE_STRANGER && !flow.server_trusted);
	CHECK(go("c") == WORKFLOW_STATE_ASK && !flow.server_trusted && !flow.data_trusted);
	CHECK(walk("sWf") == WORKFLOW_STATE_LIST);
}

TEST(each_list_keeps_its_own_trust, "TERM-3 AMB-4 SRC-10 AMB-7 FAIL-1")
{
	/* A trusted list: after an entry without anchor and one that failed, it is as before. */
	walk(STRANGER "vrs");
	CHECK(flow.data_trusted && flow.depth == 1);
	CHECK(go("Pcduo") == WORKFLOW_STATE_LIST && flow.data_trusted && !flow.server_trusted);
	CHECK(go("A+dx") == WORKFLOW_STATE_LIST && flow.data_trusted && !flow.server_trusted);
	CHECK(go("A+duof") == WORKFLOW_STATE_LIST && flow.data_trusted && !flow.server_trusted);
	/* An untrusted list inside it, and back. */
	CHECK(go("Pcdurs") == WORKFLOW_STATE_LIST && !flow.data_trusted && flow.depth == 2);
	CHECK(go("e") == WORKFLOW_STATE_LIST && flow.data_trusted && flow.depth == 1);
	/* And the outermost, which is never trusted. */
	CHECK(go("e") == WORKFLOW_STATE_LIST && !flow.data_trusted && flow.depth == 0);
	CHECK(go("E") == WORKFLOW_STATE_FAILED);
}

TEST(a_redirect_to_itself_promotes_a_server, "SRC-7")
{
	CHECK(walk(STRANGER "vrsA+duo") == WORKFLOW_STATE_ONBOARD && flow.server_trusted);
	CHECK(go("!") == WORKFLOW_STATE_DONE);
}

TEST(ten_redirects_and_no_more, "SRC-5 AMB-31")
{
	walk("s");
	for (int i = 0; i < CONFIG_REDIRECT_DEPTH_MAX; i++) {
		CHECK(workflow_may_descend(&flow));
		CHECK(go("Pcdurs") == WORKFLOW_STATE_LIST);
	}
	CHECK(go("Pcdur") == WORKFLOW_STATE_FOLLOW && !workflow_may_descend(&flow));
	CHECK(go("f") == WORKFLOW_STATE_LIST && flow.depth == CONFIG_REDIRECT_DEPTH_MAX);
	for (int i = 0; i < CONFIG_REDIRECT_DEPTH_MAX; i++)
		go("e");
	CHECK(flow.depth == 0 && go("E") == WORKFLOW_STATE_FAILED);
}

TEST(nothing_leads_back_to_a_source, "SRC-11 DISC-5")
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *state = rows[i].cells[0], *next = rows[i].cells[3];

		CHECK(strcmp(next, "SOURCE") != 0);
		/* Redirect information leads to servers, and the end is the end. */
		if (strcmp(state, "FOLLOW") == 0)
			CHECK_STR(next, "LIST");
		CHECK(strcmp(state, "DONE") != 0 && strcmp(state, "FAILED") != 0);
	}
}

TEST(every_failure_goes_back_to_the_list, "SRC-10 ERR-2 ONB-4")
{
	static const char *const before[] = { "sPf", "sWf",	"sPcf",	  TRUSTED "urf",
					      TRUSTED "uf", TRUSTED "uof", STRANGER "vrsAf" };

	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		CHECK(walk(before[i]) == WORKFLOW_STATE_LIST && !flow.server_trusted);
}

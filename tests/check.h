/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * One test program tests one file.  TEST(name, "OV-10 VAL-6") { CHECK(...); } registers
 * itself; the second argument names the requirements the test proves.  Every test prints
 * one line, "ok   name REQS" or "FAIL name", which scripts/run-tests counts.
 */

struct check_test {
	const char *name, *rules;
	void (*run)(void);
	struct check_test *next;
};

static struct check_test *check_first, **check_end = &check_first;
static bool check_failed;

#define TEST(NAME, RULES)                                                                     \
	static void NAME(void);                                                               \
	static struct check_test check_test_##NAME = { #NAME, RULES, NAME, NULL };            \
	__attribute__((constructor)) static void check_register_##NAME(void)                  \
	{                                                                                     \
		*check_end = &check_test_##NAME;                                              \
		check_end = &check_test_##NAME.next;                                          \
	}                                                                                     \
	static void NAME(void)

#define CHECK(CONDITION)                                                                      \
	do {                                                                                  \
		if (!(CONDITION)) {                                                           \
			check_failed = true;                                                  \
			printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #CONDITION);      \
		}                                                                             \
	} while (0)

#define CHECK_STR(A, B)                                                                       \
	do {                                                                                  \
		const char *check_a = (A), *check_b = (B);                                    \
		if (strcmp(check_a, check_b) != 0) {                                          \
			check_failed = true;                                                  \
			printf("%s:%d: \"%s\" is not \"%s\"\n", __FILE__, __LINE__, check_a,  \
			       check_b);                                                      \
		}                                                                             \
	} while (0)

/* With an argument, run only the tests whose name holds it. */
int main(int argc, char **argv)
{
	bool failed = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct check_test *t = check_first; t; t = t->next) {
		if (argc > 1 && !strstr(t->name, argv[1]))
			continue;
		check_failed = false;
		t->run();
		printf("%s %s %s\n", check_failed ? "FAIL" : "ok  ", t->name, t->rules);
		failed |= check_failed;
	}
	return failed;
}

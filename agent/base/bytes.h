/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed run of bytes: what parsers take and hand out.  Owns nothing. */

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct bytes {
	const uint8_t *at; /* may be NULL only when size is 0 */
	size_t size;
};

static inline struct bytes bytes_of(const void *at, size_t size)
{
	return (struct bytes){ at, size };
}

static inline struct bytes bytes_of_text(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static inline bool bytes_equal_text(struct bytes a, const char *text)
{
	return bytes_equal(a, bytes_of_text(text));
}

/* Compare without telling by time where the first difference is (SEC-6). */
bool bytes_equal_secret(struct bytes a, struct bytes b);

/* Overwrite a secret in a way the compiler keeps (KEY-4). */
void bytes_wipe(void *at, size_t size);

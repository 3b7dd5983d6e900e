/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "discovery/medium_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the address, its path stays below the root. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[CONFIG_URI_MAX];
	struct error e;

	if (!medium_path_read(path, sizeof(path), bytes_of(data, size), &e)) {
		if (strcmp(e.rule, "USB-14") != 0)
			abort();
		return 0;
	}
	if (strlen(path) > size)
		abort();
	for (const char *at = path;; at++) {
		size_t n = strcspn(at, "/");

		if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			abort();
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)at[i] < ' ' || at[i] == '\\' || at[i] == 0x7f)
				abort();
		at += n;
		if (*at == '\0')
			return 0;
	}
}

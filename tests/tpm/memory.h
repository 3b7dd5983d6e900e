/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "check.h"

/* Looks for secrets that should have been wiped. */

/*
 * Are these 32 bytes anywhere in our writable memory?  @inverted: each byte xor 0xff, so
 * that the question itself is not the answer.
 */
static bool memory_holds(const uint8_t inverted[static 32])
{
	static uint8_t window[1 << 16];
	const unsigned long own = (unsigned long)window;
	FILE *maps = fopen("/proc/self/maps", "r");
	FILE *mem = fopen("/proc/self/mem", "r");
	unsigned long from, to;
	char rights[5], line[300];
	bool found = false;

	CHECK(maps && mem);
	if (mem)
		setvbuf(mem, NULL, _IONBF, 0);
	while (maps && mem && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) != 3 ||
		    rights[1] != 'w' || to - from > (64ul << 20))
			continue; /* larger ones are the sanitizer's own tables */
		for (unsigned long at = from; at < to; at += sizeof(window) - 32) {
			size_t n = to - at < sizeof(window) ? to - at : sizeof(window);

			if (fseek(mem, (long)at, SEEK_SET) != 0 ||
			    (n = fread(window, 1, n, mem)) < 32)
				break;
			for (size_t i = 0; i + 32 <= n; i++) {
				size_t j = 0;

				if (at + i >= own && at + i < own + sizeof(window))
					continue;
				while (j < 32 && (window[i + j] ^ inverted[j]) == 0xff)
					j++;
				found |= j == 32;
			}
		}
		memset(window, 0, sizeof(window));
	}
	if (maps)
		fclose(maps);
	if (mem)
		fclose(mem);
	return found;
}

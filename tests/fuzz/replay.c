/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A fuzz target without a fuzzer: runs every file of the folder in argv[1], and every truncation of
 * the small ones, through LLVMFuzzerTestOneInput().  Each input is in an allocation of exactly its size,
 * so the address sanitizer sees the first byte read past it.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX (16 << 20)
#define TRUNCATED_MAX 1024 /* bytes; more would make the run quadratic */

static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(size ? copy : copy + 1, size);
	free(copy);
}

static bool run_file(const char *path, uint8_t *buffer)
{
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!f) {
		perror(path);
		return false;
	}
	size = fread(buffer, 1, FILE_MAX, f);
	fclose(f);
	printf("%s: %zu bytes\n", path, size);
	run(buffer, size);
	if (size <= TRUNCATED_MAX)
		for (size_t n = 0; n < size; n++)
			run(buffer, n);
	return true;
}

int main(int argc, char **argv)
{
	uint8_t *buffer = malloc(FILE_MAX);
	char path[4096];
	bool good = true;
	int files = 0;
	DIR *d;

	if (argc != 2 || !buffer)
		return 3;
	setvbuf(stdout, NULL, _IOLBF, 0);
	run(buffer, 0);
	d = opendir(argv[1]);
	if (!d) {
		perror(argv[1]);
		printf("FAIL replays_its_corpus\n");
		return 1;
	}
	for (struct dirent *entry; (entry = readdir(d));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		good &= run_file(path, buffer);
		files++;
	}
	closedir(d);
	free(buffer);
	good &= files > 0;
	printf("%s replays_its_corpus\n", good ? "ok  " : "FAIL");
	return !good;
}

/* SPDX-License-Identifier: MIT */
/* dictionaries: der json */
#include <stdlib.h>

#include "codec/json.h"
#include "command/describe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX (32 * 1024)

/* Is it one JSON document?  With documents of strangers inside it may be too deep to ask. */
static void check(struct bytes out)
{
	static uint8_t arena[JSON_ARENA_SIZE(DESCRIBE_OUT_SIZE(FILE_MAX)) * 4];
	const struct json_value *root;
	struct error e;

	if (out.size < 2 || out.at[0] != '{' || out.at[out.size - 1] != '}')
		abort();
	if (memmem(out.at, out.size, "\"document\":", 11))
		return;
	if (!json_read(&root, out, out.size, arena, sizeof(arena), &e))
		abort();
}

/* The first byte says whether it is to be taken for an option. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[DESCRIBE_OUT_SIZE(FILE_MAX)], scratch[DESCRIBE_SCRATCH_SIZE(FILE_MAX)];
	struct bytes file = bytes_of(data, size);
	enum describe_form form = DESCRIBE_GUESS;
	struct writer w;
	struct error e;

	if (size && data[0] == 'o') {
		form = DESCRIBE_OPTION143;
		file = bytes_of(data + 1, size - 1);
	}
	if (file.size > FILE_MAX)
		return 0;
	w = writer_over(out, DESCRIBE_OUT_SIZE(file.size));
	if (describe_file(&w, file, form, scratch, DESCRIBE_SCRATCH_SIZE(file.size), &e))
		check(writer_done(&w));
	else if (!e.text[0])
		abort();
	return 0;
}

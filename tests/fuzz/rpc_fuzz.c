/* SPDX-License-Identifier: MIT */
/* dictionaries: json xml */
#include <stdlib.h>

#include "sztp/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Answers of bootstrap servers, both readers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t arena[256 * 1024], decoded[64 * 1024];
	struct writer into = writer_over(decoded, sizeof(decoded));
	struct rpc_output output;
	struct error e;
	char said[64];

	if (rpc_output_read(&output, bytes_of(data, size), arena, sizeof(arena), &into, &e) &&
	    output.conveyed_information.size == 0)
		abort();
	rpc_error_text(said, sizeof(said), bytes_of(data, size), arena, sizeof(arena));
	return 0;
}

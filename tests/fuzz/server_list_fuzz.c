/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "sztp/server_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* DHCP option 143: whatever is accepted has hosts that are terminated, and ports. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct server_list list;
	struct error e;

	if (!server_list_read_option(&list, bytes_of(data, size),
				     SERVER_LIST_TEXT | SERVER_LIST_STRIP_PATH, &e))
		return 0;
	if (list.count == 0 || list.count > CONFIG_SERVER_LIST_MAX)
		abort();
	for (size_t i = 0; i < list.count; i++)
		if (!memchr(list.at[i].host, 0, sizeof(list.at[i].host)) || list.at[i].port == 0)
			abort();
	return 0;
}

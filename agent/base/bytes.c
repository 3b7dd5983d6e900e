/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

bool bytes_equal_secret(struct bytes a, struct bytes b)
{
	uint8_t differ = 0;

	if (a.size != b.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		differ |= a.at[i] ^ b.at[i];
	return differ == 0;
}

void bytes_wipe(void *at, size_t size)
{
	if (size == 0)
		return;
	memset(at, 0, size);
	__asm__ volatile("" : : "r"(at) : "memory");
}

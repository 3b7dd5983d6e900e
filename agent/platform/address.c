/* SPDX-License-Identifier: MIT */
#include "platform/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/text.h"

struct address address_ipv4(uint32_t host_order)
{
	struct address a = { .family = ADDRESS_IPV4 };

	for (int i = 0; i < 4; i++)
		a.bytes[i] = (uint8_t)(host_order >> (24 - 8 * i));
	return a;
}

uint32_t address_to_ipv4(const struct address *a)
{
	if (a->family != ADDRESS_IPV4)
		return 0;
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
	       (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->link == b->link &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool address_is_link_local(const struct address *a)
{
	return a->family == ADDRESS_IPV6 && a->bytes[0] == 0xfe &&
	       (a->bytes[1] & 0xc0) == 0x80;
}

bool address_read(struct address *a, struct bytes text)
{
	char copy[INET6_ADDRSTRLEN];
	struct address out = { 0 };

	if (!text_copy(copy, sizeof(copy), text))
		return false;
	if (inet_pton(AF_INET, copy, out.bytes) == 1)
		out.family = ADDRESS_IPV4;
	else if (inet_pton(AF_INET6, copy, out.bytes) == 1)
		out.family = ADDRESS_IPV6;
	else
		return false;
	*a = out;
	return true;
}

struct address_text address_text(const struct address *a)
{
	struct address_text t = { "no address" };

	if (a->family == ADDRESS_IPV4)
		inet_ntop(AF_INET, a->bytes, t.text, sizeof(t.text));
	if (a->family == ADDRESS_IPV6)
		inet_ntop(AF_INET6, a->bytes, t.text, sizeof(t.text));
	if (a->link) {
		size_t used = strlen(t.text);
		snprintf(t.text + used, sizeof(t.text) - used, "%%%u", a->link);
	}
	return t;
}

struct address_text address_port_text(const struct address *a, uint16_t port)
{
	struct address_text alone = address_text(a), t;
	bool six = a->family == ADDRESS_IPV6;

	snprintf(t.text, sizeof(t.text), "%s%.46s%s:%u", six ? "[" : "", alone.text,
		 six ? "]" : "", port);
	return t;
}

size_t address_to_socket(const struct address *a, uint16_t port, void *to)
{
	if (a->family == ADDRESS_IPV6) {
		struct sockaddr_in6 s = { .sin6_family = AF_INET6,
					  .sin6_port = htons(port),
					  .sin6_scope_id = a->link };
		memcpy(&s.sin6_addr, a->bytes, 16);
		memcpy(to, &s, sizeof(s));
		return sizeof(s);
	}
	struct sockaddr_in s = { .sin_family = AF_INET, .sin_port = htons(port) };
	memcpy(&s.sin_addr, a->bytes, 4);
	memcpy(to, &s, sizeof(s));
	return sizeof(s);
}

/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "discovery/service.h"

static void read_text(const struct dns_answer *a)
{
	static uint8_t room[65536];
	struct service_txt txt = { 0 };
	struct error e = { 0 };

	if (!service_txt_read(&txt, room, a, &e)) {
		assert(e.code == ERROR_MALFORMED || e.code == ERROR_REFUSED);
		assert(e.rule[0]);
		return;
	}
	assert(txt.ci.size && !txt.oc.size == !txt.ov.size);
	for (size_t i = 0; i < 3; i++) {
		struct bytes b = ((struct bytes[]){ txt.ci, txt.oc, txt.ov })[i];

		assert(b.size == 0 || (b.at >= room + 3 && b.at + b.size <= room + 65536));
	}
}

static void read_servers(const struct dns_answer *a, struct bytes message)
{
	static struct resolve_target to[CONFIG_SERVER_LIST_MAX];
	uint32_t random[CONFIG_SERVER_LIST_MAX];
	struct error e = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(random); i++)
		random[i] = (uint32_t)(i * 2654435761u);
	if (!service_srv_read(to, &count, a, message, random, &e)) {
		assert(e.code == ERROR_REFUSED && e.rule[0]);
		return;
	}
	assert(count > 0 && count <= CONFIG_SERVER_LIST_MAX && count <= a->count);
	for (size_t i = 0; i < count; i++)
		assert(dns_name_is_valid(to[i].host) && to[i].port && to[i].count == 0);
}

/* An answer about "boot.example", as in dns_fuzz.c, whatever it says it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_answer a;
	struct bytes message = bytes_of(data, size);
	struct dns_question q = { 0x1234, DNS_TYPE_TXT, true, false, "boot.example" };
	struct error e;

	if (size > 65535)
		return 0;
	if (dns_answer_read(&a, message, &q, &e) && a.status == DNS_ANSWER)
		read_text(&a);
	q.type = DNS_TYPE_SRV;
	if (dns_answer_read(&a, message, &q, &e) && a.status == DNS_ANSWER)
		read_servers(&a, message);
	return 0;
}

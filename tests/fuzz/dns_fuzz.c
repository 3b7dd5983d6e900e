/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "net/dns.h"

/* What came along with an answer, for one host. */
static void read_addresses(struct bytes message, const char *host)
{
	struct address found[CONFIG_DNS_KNOWN_MAX];
	size_t count = dns_addresses_read(found, ARRAY_SIZE(found), message, host);

	assert(count <= ARRAY_SIZE(found));
	for (size_t i = 0; i < count; i++)
		assert(found[i].family != ADDRESS_NONE);
}

static void read_data(struct bytes data, enum dns_type type, struct bytes message)
{
	static uint8_t joined[65536];
	char name[CONFIG_HOST_MAX];
	struct dns_srv srv;
	size_t size;

	assert(data.at >= message.at && data.at + data.size <= message.at + message.size);
	if (type == DNS_TYPE_TXT && dns_txt_join(joined, &size, data))
		assert(size <= data.size);
	if (type == DNS_TYPE_PTR && dns_pointer_read(name, data, message))
		assert(strlen(name) < CONFIG_HOST_MAX);
	if (type == DNS_TYPE_SRV && dns_srv_read(&srv, data, message)) {
		assert(!srv.target[0] || (dns_name_is_valid(srv.target) && srv.port));
		read_addresses(message, srv.target);
	}
}

/* An answer to the one question of the collected inputs, in every type, both ways. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_TXT,
					       DNS_TYPE_SRV, DNS_TYPE_PTR };
	static struct dns_answer a;
	struct bytes message = bytes_of(data, size);
	struct error e;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(types); i++) {
		struct dns_question q = { 0x1234, types[i / 2], i % 2, false, "boot.example" };

		if (!dns_answer_read(&a, message, &q, &e)) {
			assert(e.code == ERROR_MALFORMED);
			continue;
		}
		assert(a.aliases <= CONFIG_DNS_CNAME_MAX);
		assert((a.status == DNS_ANSWER) == (a.count > 0));
		if (a.status == DNS_ALIAS) {
			uint8_t room[CONFIG_DNS_QUESTION_MAX];
			struct writer w = writer_over(room, sizeof(room));

			memcpy(q.name, a.alias, sizeof(q.name));
			q.edns = true;
			assert(dns_question_write(&w, &q));
		}
		for (size_t j = 0; j < a.count; j++)
			if (i / 2 < 2)
				assert(a.addresses[j].family ==
				       (i / 2 ? ADDRESS_IPV6 : ADDRESS_IPV4));
			else
				read_data(a.data[j], types[i / 2], message);
	}
	read_addresses(message, "boot.example");
	return 0;
}

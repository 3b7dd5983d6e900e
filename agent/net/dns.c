/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include "base/text.h"

#define CLASS_IN	       1
#define FLAG_RESPONSE	       0x8000
#define FLAG_TRUNCATED	       0x0200
#define FLAG_RECURSION_DESIRED 0x0100
#define OPCODE_MASK	       0x7800
#define RCODE_MASK	       0x000f
#define TYPE_OPT	       41
#define EDNS_SIZE	       1232 /* bytes that pass everywhere unfragmented */

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

bool dns_name_is_valid(const char *name)
{
	size_t size = strlen(name);

	if (size && name[size - 1] == '.')
		size--;
	if (size == 0 || size > 253)
		return false;
	for (size_t i = 0, label = 0; i <= size; i++) {
		if (i == size || name[i] == '.') {
			if (label == 0 || label > 63)
				return false;
			label = 0;
		} else if (!is_label_char(name[i])) {
			return false;
		} else {
			label++;
		}
	}
	return true;
}

static void write_name(struct writer *w, const char *name)
{
	while (*name) {
		size_t size = strcspn(name, ".");

		if (size == 0)
			break;
		writer_u8(w, (uint8_t)size);
		writer_bytes(w, bytes_of(name, size));
		name += size;
		name += *name == '.';
	}
	writer_u8(w, 0);
}

bool dns_question_write(struct writer *w, uint16_t id, const char *name, enum dns_type type)
{
	if (!dns_name_is_valid(name))
		return false;
	writer_be16(w, id);
	writer_be16(w, FLAG_RECURSION_DESIRED);
	writer_be16(w, 1); /* questions */
	writer_be16(w, 0);
	writer_be16(w, 0);
	writer_be16(w, 1); /* the OPT record */
	write_name(w, name);
	writer_be16(w, (uint16_t)type);
	writer_be16(w, CLASS_IN);
	writer_u8(w, 0); /* RFC 6891 §6.1.2: root, OPT, our size, no flags, no options */
	writer_be16(w, TYPE_OPT);
	writer_be16(w, EDNS_SIZE);
	writer_be32(w, 0);
	writer_be16(w, 0);
	return writer_ok(w);
}

/*
 * A pointer must lead to before the place where the name (or the part before it) began,
 * so that every jump goes further back and the reading ends.
 */
bool dns_name_read(char to[static CONFIG_HOST_MAX], struct reader *r, struct bytes message)
{
	size_t used = 0, limit = (size_t)(r->at - message.at);
	struct reader jumped, *at = r;

	for (;;) {
		uint8_t length = reader_u8(at);

		if (*r->bad)
			return false;
		if (length == 0)
			break;
		if ((length & 0xc0) == 0xc0) {
			size_t target = (size_t)(length & 0x3f) << 8 | reader_u8(at);

			if (*r->bad || target >= limit) {
				reader_fail(r);
				return false;
			}
			limit = target;
			jumped = reader_within(
				bytes_of(message.at + target, message.size - target), r->bad);
			at = &jumped;
			continue;
		}
		struct bytes label = reader_bytes(at, length);
		if (length > 63 || used + length + 2 > CONFIG_HOST_MAX ||
		    label.size != length || memchr(label.at, '.', label.size) ||
		    memchr(label.at, 0, label.size)) {
			reader_fail(r);
			return false;
		}
		if (used)
			to[used++] = '.';
		memcpy(to + used, label.at, length);
		used += length;
	}
	to[used] = '\0';
	return true;
}

static bool same_name(const char *a, const char *b)
{
	struct bytes x = bytes_of_text(a), y = bytes_of_text(b);

	if (x.size && x.at[x.size - 1] == '.')
		x.size--;
	if (y.size && y.at[y.size - 1] == '.')
		y.size--;
	return text_equal_nocase(x, y);
}

static void add_address(struct dns_answer *a, enum dns_type type, struct reader *data)
{
	struct address found = { .family = type == DNS_TYPE_A ? ADDRESS_IPV4 : ADDRESS_IPV6 };

	reader_copy(data, found.bytes, type == DNS_TYPE_A ? 4 : 16);
	if (*data->bad || data->left != 0) {
		reader_fail(data);
		return;
	}
	for (size_t i = 0; i < a->count; i++)
		if (address_equal(&a->addresses[i], &found))
			return;
	if (a->count < CONFIG_DIAL_ADDRESSES_MAX)
		a->addresses[a->count++] = found;
}

/*
 * One pass over the answer section: the alias of @a->alias, if it is there, or its
 * addresses.  True when an alias was followed (another pass is due).
 */
static bool follow(struct dns_answer *a, struct reader records, unsigned count,
		   struct bytes message, enum dns_type type)
{
	char owner[CONFIG_HOST_MAX], alias[CONFIG_HOST_MAX];

	for (unsigned i = 0; i < count; i++) {
		if (!dns_name_read(owner, &records, message))
			return false;
		uint16_t got = reader_be16(&records), class = reader_be16(&records);
		reader_be32(&records); /* TTL: nothing is kept */
		struct reader data = reader_cut(&records, reader_be16(&records));

		if (class != CLASS_IN || !same_name(owner, a->alias))
			continue;
		if (got == type) {
			add_address(a, type, &data);
		} else if (got == DNS_TYPE_CNAME) {
			/* Within the whole message, for pointers; the data's end is checked.
			 */
			struct reader name = data;

			if (!dns_name_read(alias, &name, message))
				return false;
			if (!dns_name_is_valid(alias)) {
				reader_fail(&records);
				return false;
			}
			memcpy(a->alias, alias, sizeof(alias));
			a->aliases++;
			return true;
		}
	}
	return false;
}

bool dns_answer_read(struct dns_answer *answer, struct bytes message, uint16_t id,
		     const char *name, enum dns_type type, struct error *e)
{
	static const char *const form = "DNS answer: %s";
	struct dns_answer a = { .status = DNS_FAILURE };
	char asked[CONFIG_HOST_MAX];
	bool broken;
	struct reader r = reader_over(message, &broken);
	uint16_t got_id = reader_be16(&r), flags = reader_be16(&r),
		 questions = reader_be16(&r);
	unsigned count = reader_be16(&r);

	reader_skip(&r, 4);
	if (broken)
		return error_set(e, ERROR_MALFORMED, NULL, form, "shorter than its header");
	if (got_id != id || !(flags & FLAG_RESPONSE) || (flags & OPCODE_MASK))
		return error_set(e, ERROR_MALFORMED, NULL, form, "not to our question");
	a.code = flags & RCODE_MASK;
	/* Servers that cannot read a query may leave the question out (RFC 6891 §7). */
	if (questions == 0 && a.code != 0) {
		*answer = a;
		return true;
	}
	if (questions != 1 || !dns_name_read(asked, &r, message) || reader_be16(&r) != type ||
	    reader_be16(&r) != CLASS_IN || broken || !same_name(asked, name))
		return error_set(e, ERROR_MALFORMED, NULL, form, "to another question");
	if (flags & FLAG_TRUNCATED) {
		a.status = DNS_TRUNCATED;
		*answer = a;
		return true;
	}
	if (count > CONFIG_DNS_RECORDS_MAX)
		return error_set(e, ERROR_MALFORMED, NULL, form, "too many records");
	if (a.code == 3) {
		a.status = DNS_NO_NAME;
	} else if (a.code == 0) {
		memcpy(a.alias, asked, sizeof(asked));
		while (follow(&a, r, count, message, type))
			if (a.aliases > CONFIG_DNS_CNAME_MAX)
				return error_set(e, ERROR_MALFORMED, NULL,
						 "DNS answer: more than %d aliases",
						 CONFIG_DNS_CNAME_MAX);
		if (broken)
			return error_set(e, ERROR_MALFORMED, NULL, form, "broken record");
		a.status = a.count ? DNS_ANSWER : a.aliases ? DNS_ALIAS : DNS_NO_DATA;
	}
	*answer = a;
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include "base/text.h"

#define CLASS_IN	       1
#define CLASS_CACHE_FLUSH      0x8000 /* RFC 6762 §10.2, §18.12 */
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

void dns_label_write(struct writer *w, struct bytes label)
{
	for (size_t i = 0; i < label.size; i++) {
		if (label.at[i] == '.' || label.at[i] == '\\')
			writer_u8(w, '\\');
		writer_u8(w, label.at[i]);
	}
}

static void write_name(struct writer *w, const char *name)
{
	while (*name) {
		size_t at = w->used, size;

		writer_u8(w, 0);
		for (; *name && *name != '.'; name++) {
			name += name[0] == '\\' && name[1];
			writer_u8(w, (uint8_t)*name);
		}
		name += *name == '.';
		size = w->used - at - 1;
		if (w->bad || size == 0 || size > 63) {
			w->bad = true;
			return;
		}
		w->start[at] = (uint8_t)size;
	}
	writer_u8(w, 0); /* 255 in all: the text has no more than 253 */
}

bool dns_question_write(struct writer *w, const struct dns_question *q)
{
	writer_be16(w, q->id);
	writer_be16(w, q->multicast ? 0 : FLAG_RECURSION_DESIRED);
	writer_be16(w, 1); /* questions */
	writer_be32(w, 0);
	writer_be16(w, q->edns); /* the OPT record */
	write_name(w, q->name);
	writer_be16(w, (uint16_t)q->type);
	writer_be16(w, CLASS_IN);
	if (q->edns) {
		writer_u8(w, 0); /* RFC 6891 §6.1.2: root, OPT, our size, no flags, no options */
		writer_be16(w, TYPE_OPT);
		writer_be16(w, EDNS_SIZE);
		writer_be32(w, 0);
		writer_be16(w, 0);
	}
	return writer_ok(w);
}

/*
 * A pointer must lead to before the place where the name (or the part before it) began,
 * so that every jump goes further back and the reading ends.
 */
bool dns_name_read(char to[static CONFIG_HOST_MAX], struct reader *r, struct bytes message)
{
	size_t limit = (size_t)(r->at - message.at);
	struct writer text = writer_over(to, CONFIG_HOST_MAX);
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
		if (text.used)
			writer_u8(&text, '.');
		dns_label_write(&text, label);
		if (length > 63 || label.size != length || memchr(label.at, 0, label.size) ||
		    text.bad) {
			reader_fail(r);
			return false;
		}
	}
	writer_u8(&text, 0);
	if (text.bad)
		reader_fail(r);
	return !text.bad;
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

struct record {
	char owner[CONFIG_HOST_MAX];
	uint16_t type;
	struct bytes data;
};

/* The next record of class IN; others show as type 0.  false: broken. */
static bool read_record(struct record *to, struct reader *r, struct bytes message)
{
	if (!dns_name_read(to->owner, r, message))
		return false;
	to->type = reader_be16(r);
	if ((reader_be16(r) & ~CLASS_CACHE_FLUSH) != CLASS_IN)
		to->type = 0;
	reader_be32(r); /* TTL: nothing is kept */
	to->data = reader_bytes(r, reader_be16(r));
	return !*r->bad;
}

/* false: it is no address of this type. */
static bool add_address(struct address *to, size_t *count, size_t room,
			const struct record *from)
{
	struct address found = { .family = from->type == DNS_TYPE_A ? ADDRESS_IPV4
								    : ADDRESS_IPV6 };

	if (from->data.size != (from->type == DNS_TYPE_A ? 4 : 16))
		return false;
	memcpy(found.bytes, from->data.at, from->data.size);
	for (size_t i = 0; i < *count; i++)
		if (address_equal(&to[i], &found))
			return true;
	if (*count < room)
		to[(*count)++] = found;
	return true;
}

static bool add_record(struct dns_answer *a, const struct record *from)
{
	if (from->type == DNS_TYPE_A || from->type == DNS_TYPE_AAAA)
		return add_address(a->addresses, &a->count, ARRAY_SIZE(a->addresses), from);
	if (a->count == ARRAY_SIZE(a->data))
		return false;
	a->data[a->count++] = from->data;
	return true;
}

/*
 * One pass over the answer section: the alias of @a->alias, if it is there, or its
 * records.  True when an alias was followed (another pass is due).
 */
static bool follow(struct dns_answer *a, struct reader records, unsigned count,
		   struct bytes message, enum dns_type type)
{
	struct record record;

	while (count-- && read_record(&record, &records, message)) {
		if (!same_name(record.owner, a->alias))
			continue;
		if (record.type == type) {
			if (!add_record(a, &record))
				reader_fail(&records);
		} else if (record.type == DNS_TYPE_CNAME) {
			if (!dns_pointer_read(a->alias, record.data, message) || !a->alias[0]) {
				reader_fail(&records);
				return false;
			}
			a->aliases++;
			return true;
		}
	}
	return false;
}

static bool refuse(struct error *e, const char *rule, const char *what)
{
	return error_set(e, ERROR_MALFORMED, rule, "DNS answer: %s", what);
}

bool dns_answer_read(struct dns_answer *answer, struct bytes message,
		     const struct dns_question *q, struct error *e)
{
	struct dns_answer a = { .status = DNS_FAILURE };
	char asked[CONFIG_HOST_MAX];
	bool broken;
	struct reader r = reader_over(message, &broken);
	uint16_t id = reader_be16(&r), flags = reader_be16(&r), questions = reader_be16(&r);
	unsigned count = reader_be16(&r);

	reader_skip(&r, 4);
	a.code = flags & RCODE_MASK;
	if (broken)
		return refuse(e, NULL, "shorter than its header");
	if ((id != q->id && !(q->multicast && id == 0)) || !(flags & FLAG_RESPONSE) ||
	    (flags & OPCODE_MASK) || (q->multicast && a.code))
		return refuse(e, "DNS-21", "not to our question");
	/* Servers that cannot read a query may leave the question out (RFC 6891 §7). */
	if (questions == 0 && a.code != 0) {
		*answer = a;
		return true;
	}
	/* And multicast answers need none (RFC 6762 §6): their records name what they are. */
	if (!(questions == 0 && q->multicast) &&
	    (questions != 1 || !dns_name_read(asked, &r, message) ||
	     reader_be16(&r) != q->type ||
	     (reader_be16(&r) & ~CLASS_CACHE_FLUSH) != CLASS_IN || broken ||
	     !same_name(asked, q->name)))
		return refuse(e, "DNS-21", "to another question");
	if (flags & FLAG_TRUNCATED) {
		a.status = DNS_TRUNCATED;
		*answer = a;
		return true;
	}
	if (count > CONFIG_DNS_RECORDS_MAX)
		return refuse(e, "SEC-5", "too many records");
	if (a.code == 3) {
		a.status = DNS_NO_NAME;
	} else if (a.code == 0) {
		memcpy(a.alias, q->name, sizeof(q->name));
		while (follow(&a, r, count, message, q->type))
			if (a.aliases > CONFIG_DNS_CNAME_MAX)
				return refuse(e, "DNS-21", "too many aliases");
		if (broken)
			return refuse(e, "SEC-5", "broken record");
		a.status = a.count ? DNS_ANSWER : a.aliases ? DNS_ALIAS : DNS_NO_DATA;
	}
	*answer = a;
	return true;
}

size_t dns_addresses_read(struct address *to, size_t room, struct bytes message,
			  const char *host)
{
	struct record record;
	bool broken;
	size_t count = 0;
	struct reader r = reader_over(message, &broken);
	unsigned questions, records;

	reader_be32(&r);
	questions = reader_be16(&r);
	records = reader_be16(&r);
	records += reader_be16(&r);
	records += reader_be16(&r);
	if (questions > 1 || records > CONFIG_DNS_RECORDS_MAX)
		return 0;
	if (questions && dns_name_read(record.owner, &r, message))
		reader_be32(&r);
	while (records-- && read_record(&record, &r, message))
		if ((record.type == DNS_TYPE_A || record.type == DNS_TYPE_AAAA) &&
		    same_name(record.owner, host) &&
		    !add_address(to, &count, room, &record))
			return 0;
	return broken ? 0 : count;
}

bool dns_pointer_read(char to[static CONFIG_HOST_MAX], struct bytes data, struct bytes message)
{
	bool broken;
	struct reader r = reader_over(data, &broken);

	return dns_name_read(to, &r, message) && reader_ok(&r);
}

bool dns_srv_read(struct dns_srv *srv, struct bytes data, struct bytes message)
{
	struct dns_srv s;
	bool broken;
	struct reader r = reader_over(data, &broken);

	s.priority = reader_be16(&r);
	s.weight = reader_be16(&r);
	s.port = reader_be16(&r);
	if (!dns_pointer_read(s.target, reader_rest(&r), message) ||
	    (s.target[0] && (!dns_name_is_valid(s.target) || s.port == 0)))
		return false;
	*srv = s;
	return true;
}

bool dns_txt_join(uint8_t *to, size_t *size, struct bytes data)
{
	struct writer w = writer_over(to, data.size);
	bool broken;
	struct reader r = reader_over(data, &broken);

	while (reader_left(&r))
		writer_bytes(&w, reader_bytes(&r, reader_u8(&r)));
	if (broken || w.bad)
		return false;
	*size = w.used;
	return true;
}

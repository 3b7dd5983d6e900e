/* SPDX-License-Identifier: MIT */
#include "net/dns.h"

#include "check.h"

static struct dns_answer a;
static struct error e;
static uint8_t room[2048];
static struct writer w;

#define ID	0x1234
#define NAME	"boot.example"
/* The question's name stands at offset 12. */
#define POINTER "\xc0\x0c"

static void begin(unsigned flags, unsigned answers)
{
	w = writer_over(room, sizeof(room));
	writer_be16(&w, ID);
	writer_be16(&w, (uint16_t)flags);
	writer_be16(&w, 1);
	writer_be16(&w, (uint16_t)answers);
	writer_be32(&w, 0);
	writer_bytes(&w, bytes_of("\4boot\7example\0", 14));
	writer_be16(&w, DNS_TYPE_A);
	writer_be16(&w, 1);
}

static void record(const void *name, size_t name_size, uint16_t type, const void *data,
		   size_t size)
{
	writer_bytes(&w, bytes_of(name, name_size));
	writer_be16(&w, type);
	writer_be16(&w, 1);
	writer_be32(&w, 60);
	writer_be16(&w, (uint16_t)size);
	writer_bytes(&w, bytes_of(data, size));
}

static struct dns_question question(uint16_t id, const char *name, enum dns_type type)
{
	struct dns_question q = { .id = id, .type = type };

	strcpy(q.name, name);
	return q;
}

static bool read_as(uint16_t id, const char *name, enum dns_type type)
{
	struct dns_question q = question(id, name, type);

	memset(&a, 0, sizeof(a));
	return dns_answer_read(&a, writer_done(&w), &q, &e);
}

static bool end(void)
{
	return read_as(ID, NAME, DNS_TYPE_A);
}

TEST(writes_a_question, "DNS-14 DNS-22")
{
	struct dns_question q = question(ID, "boot.example.", DNS_TYPE_AAAA);

	w = writer_over(room, sizeof(room));
	CHECK(dns_question_write(&w, &q));
	CHECK(bytes_equal(writer_done(&w),
			  bytes_of("\x12\x34\1\0\0\1\0\0\0\0\0\0\4boot\7example\0\0\x1c\0\1",
				   30)));
	/* with EDNS, but nothing of DNSSEC is asked for */
	q.edns = true;
	w = writer_over(room, sizeof(room));
	CHECK(dns_question_write(&w, &q));
	CHECK(bytes_equal(writer_done(&w),
			  bytes_of("\x12\x34\1\0\0\1\0\0\0\0\0\1\4boot\7example\0\0\x1c\0\1"
				   "\0\0\x29\4\xd0\0\0\0\0\0\0",
				   41)));
	w = writer_over(room, 20);
	CHECK(!dns_question_write(&w, &q));
}

TEST(writes_any_label_that_fits, "DNS-5 DNS-23")
{
	struct dns_question q = question(ID, "", DNS_TYPE_TXT);
	char label[64];
	struct writer text = writer_over(q.name, sizeof(q.name));

	dns_label_write(&text, bytes_of_text("A.b\\ 1"));
	writer_text(&text, "._sztp.local");
	writer_u8(&text, 0);
	q.multicast = true;
	w = writer_over(room, sizeof(room));
	CHECK(dns_question_write(&w, &q));
	CHECK(bytes_equal(writer_done(&w),
			  bytes_of("\x12\x34\0\0\0\1\0\0\0\0\0\0\6A.b\\ 1\5_sztp\5local\0"
				   "\0\x10\0\1",
				   36)));
	memset(label, 'x', sizeof(label));
	for (size_t n = 63; n <= 64; n++) {
		snprintf(q.name, sizeof(q.name), "%.*s.local", (int)n, label);
		w = writer_over(room, sizeof(room));
		CHECK(dns_question_write(&w, &q) == (n == 63));
	}
	snprintf(q.name, sizeof(q.name), "%.63s.%.63s.%.63s.%.61s", label, label, label, label);
	w = writer_over(room, sizeof(room));
	CHECK(dns_question_write(&w, &q) && w.used == 12 + 255 + 4);
	for (size_t i = 0; i < 3; i++) {
		strcpy(q.name, (const char *[]){ ".", ".a", "a..b" }[i]);
		w = writer_over(room, sizeof(room));
		CHECK(!dns_question_write(&w, &q));
	}
}

TEST(knows_names, "DNS-23")
{
	char name[300];

	CHECK(dns_name_is_valid("a") && dns_name_is_valid("a-b.c9.") &&
	      dns_name_is_valid("_sztp._tcp.x"));
	CHECK(!dns_name_is_valid("") && !dns_name_is_valid(".") &&
	      !dns_name_is_valid("a..b"));
	CHECK(!dns_name_is_valid("a b") && !dns_name_is_valid("a\\b") &&
	      !dns_name_is_valid(".a"));
	memset(name, 'a', 63);
	strcpy(name + 63, ".b");
	CHECK(dns_name_is_valid(name));
	memset(name, 'a', 64);
	strcpy(name + 64, ".b");
	CHECK(!dns_name_is_valid(name));
	for (int i = 0; i < 254; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	CHECK(dns_name_is_valid(name));
	strcpy(name + 253, ".a");
	CHECK(!dns_name_is_valid(name));
}

TEST(reads_addresses, "")
{
	begin(0x8180, 2);
	record(POINTER, 2, DNS_TYPE_A, "\xc0\0\2\1", 4);
	record("\4BOOT\xc0\x11", 7, DNS_TYPE_A, "\xc0\0\2\2", 4);
	CHECK(end() && a.status == DNS_ANSWER && a.count == 2);
	CHECK_STR(ADDRESS_TEXT(&a.addresses[1]), "192.0.2.2");
	CHECK(read_as(ID, "Boot.Example.", DNS_TYPE_A) && a.count == 2);
}

TEST(follows_aliases_in_any_order, "DNS-21")
{
	begin(0x8180, 3);
	record("\1b\xc0\x11", 4, DNS_TYPE_A, "\xc0\0\2\1", 4);
	record("\1a\xc0\x11", 4, DNS_TYPE_CNAME, "\1b\xc0\x11", 4);
	record(POINTER, 2, DNS_TYPE_CNAME, "\1a\xc0\x11", 4);
	CHECK(end() && a.status == DNS_ANSWER && a.count == 1 && a.aliases == 2);
	begin(0x8180, 1);
	record(POINTER, 2, DNS_TYPE_CNAME, "\1a\xc0\x11", 4);
	CHECK(end() && a.status == DNS_ALIAS);
	CHECK_STR(a.alias, "a.example");
}

TEST(refuses_alias_circles_and_long_chains, "DNS-21 SEC-5")
{
	char from[3] = "\1a", to[3] = "\1b";

	begin(0x8180, 1);
	record(POINTER, 2, DNS_TYPE_CNAME, POINTER, 2);
	CHECK(!end());
	begin(0x8180, 10);
	record(POINTER, 2, DNS_TYPE_CNAME, "\1a", 3);
	for (int i = 0; i < 9; i++, from[1]++, to[1]++)
		record(from, 3, DNS_TYPE_CNAME, to, 3);
	CHECK(!end());
}

TEST(says_how_it_ended_without_addresses, "")
{
	begin(0x8183, 0);
	CHECK(end() && a.status == DNS_NO_NAME);
	begin(0x8180, 0);
	CHECK(end() && a.status == DNS_NO_DATA);
	begin(0x8182, 0);
	CHECK(end() && a.status == DNS_FAILURE && a.code == 2);
	begin(0x8380, 0);
	CHECK(end() && a.status == DNS_TRUNCATED);
	/* Records about something else are not an answer. */
	begin(0x8180, 1);
	record("\3bad\7example\0", 13, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(end() && a.status == DNS_NO_DATA && a.count == 0);
}

TEST(refuses_answers_to_other_questions, "DNS-21 RND-3")
{
	begin(0x8180, 1);
	record(POINTER, 2, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(!read_as(ID + 1, NAME, DNS_TYPE_A));
	CHECK(!read_as(ID, "boot.example.org", DNS_TYPE_A));
	CHECK(!read_as(ID, NAME, DNS_TYPE_AAAA));
	room[2] &= 0x7f; /* a question, not an answer */
	CHECK(!end());
	begin(0x8980, 0); /* another opcode */
	CHECK(!end());
}

TEST(refuses_compression_that_does_not_lead_back, "SEC-5")
{
	begin(0x8180, 1);
	size_t here = w.used;
	uint8_t self[2] = { 0xc0, (uint8_t)here }, forward[2] = { 0xc0, (uint8_t)(here + 4) };

	record(self, 2, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(!end());
	begin(0x8180, 1);
	record(forward, 2, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(!end());
	begin(0x8180, 1); /* a label of a reserved kind */
	record("\x80\0", 2, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(!end());
	/* a dot or a NUL in a label must not look like another name */
	begin(0x8180, 1);
	record("\14boot.example\0", 14, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(end() && a.status == DNS_NO_DATA);
	begin(0x8180, 1);
	record("\4bo\0t\xc0\x11", 7, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(!end());
}

TEST(refuses_every_truncation_and_wrong_sizes, "SEC-4")
{
	struct dns_question q = question(ID, NAME, DNS_TYPE_A);

	begin(0x8180, 2);
	record(POINTER, 2, DNS_TYPE_CNAME, "\1a\xc0\x11", 4);
	record("\1a\xc0\x11", 4, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(end() && a.count == 1);
	for (size_t n = 0; n < w.used; n++)
		CHECK(!dns_answer_read(&a, bytes_of(room, n), &q, &e));
	begin(0x8180, 1);
	record(POINTER, 2, DNS_TYPE_A, "\xc0\0\2", 3);
	CHECK(!end());
	begin(0x8180, 1);
	record(POINTER, 2, DNS_TYPE_A, "\xc0\0\2\1\1", 5);
	CHECK(!end());
	begin(0x8180, 300);
	CHECK(!end());
}

TEST(keeps_no_more_than_it_has_room_for, "SEC-5")
{
	uint8_t address[4] = { 192, 0, 2, 0 };

	begin(0x8180, 40);
	for (int i = 0; i < 40; i++, address[3]++)
		record(POINTER, 2, DNS_TYPE_A, address, 4);
	CHECK(end() && a.count == CONFIG_DIAL_ADDRESSES_MAX);
}

/* The records of other kinds are about NAME too, but for their own question's type. */
static bool end_as(enum dns_type type)
{
	room[12 + 14 + 1] = (uint8_t)type;
	return read_as(ID, NAME, type);
}

TEST(hands_out_text_records_of_several_strings, "DNS-9 DNS-12")
{
	uint8_t joined[600];
	size_t size = 0;
	char big[514];

	begin(0x8180, 2);
	record(POINTER, 2, DNS_TYPE_TXT, "\3ci=\0\4a=b\0", 10);
	record(POINTER, 2, DNS_TYPE_TXT, "", 0);
	CHECK(end_as(DNS_TYPE_TXT) && a.status == DNS_ANSWER && a.count == 2);
	CHECK(dns_txt_join(joined, &size, a.data[0]));
	CHECK(bytes_equal(bytes_of(joined, size), bytes_of("ci=a=b\0", 7)));
	CHECK(dns_txt_join(joined, &size, a.data[1]) && size == 0);
	/* a string that runs past its record */
	size = 77;
	CHECK(!dns_txt_join(joined, &size, bytes_of("\3ci=\5abcd", 9)) && size == 77);
	CHECK(!dns_txt_join(joined, &size, bytes_of("\1", 1)));
	memset(big, 'x', sizeof(big));
	big[0] = big[256] = (char)255;
	big[512] = 1;
	CHECK(dns_txt_join(joined, &size, bytes_of(big, sizeof(big))) && size == 511);
}

TEST(reads_service_records, "DNS-17 DNS-18")
{
	struct dns_srv srv;

	begin(0x8180, 3);
	record(POINTER, 2, DNS_TYPE_SRV, "\0\1\0\2\1\xbb\4host\xc0\x11", 13);
	record(POINTER, 2, DNS_TYPE_SRV, "\0\0\0\0\0\0\0", 7);
	record(POINTER, 2, DNS_TYPE_SRV, "\0\0\0\0\0\0\4host\0", 12);
	CHECK(end_as(DNS_TYPE_SRV) && a.count == 3);
	CHECK(dns_srv_read(&srv, a.data[0], writer_done(&w)));
	CHECK(srv.priority == 1 && srv.weight == 2 && srv.port == 443);
	CHECK_STR(srv.target, "host.example");
	CHECK(dns_srv_read(&srv, a.data[1], writer_done(&w)));
	CHECK_STR(srv.target, "");
	CHECK(!dns_srv_read(&srv, a.data[2], writer_done(&w))); /* no port */
	/* too short, too long, a name that is no host's, a pointer that leads onwards */
	static const struct {
		const char *data;
		size_t size;
	} wrong[] = { { "\0\0\0\0\1\xbb", 6 }, { "\0\0\0\0\1", 5 },
		      { "\0\0\0\0\1\xbb\1a\0\0", 10 }, { "\0\0\0\0\1\xbb\2a b\0", 10 },
		      { "\0\0\0\0\1\xbb\3a.b\0", 11 }, { "\0\0\0\0\1\xbb\xc2\0", 8 },
		      { "\0\0\0\0\1\xbb\2a", 8 } };
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		begin(0x8180, 1);
		record(POINTER, 2, DNS_TYPE_SRV, wrong[i].data, wrong[i].size);
		CHECK(end_as(DNS_TYPE_SRV));
		CHECK(!dns_srv_read(&srv, a.data[0], writer_done(&w)));
	}
	begin(0x8180, 65);
	for (int i = 0; i < 65; i++)
		record(POINTER, 2, DNS_TYPE_SRV, "\0\0\0\0\0\0\0", 7);
	CHECK(!end_as(DNS_TYPE_SRV));
}

TEST(finds_the_addresses_that_come_along, "DNS-19")
{
	struct address found[2];

	begin(0x8180, 1);
	room[9] = 1;  /* one authority, */
	room[11] = 4; /* four additional records */
	record(POINTER, 2, DNS_TYPE_SRV, "\0\0\0\0\1\xbb\1a\xc0\x11", 10);
	record("\1b\xc0\x11", 4, DNS_TYPE_A, "\xc0\0\2\1", 4);
	record("\1A\xc0\x11", 4, DNS_TYPE_A, "\xc0\0\2\2", 4);
	record("\1a\xc0\x11", 4, DNS_TYPE_A, "\xc0\0\2\2", 4);
	record("\1a\xc0\x11", 4, DNS_TYPE_AAAA, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	record("\1a\xc0\x11", 4, DNS_TYPE_A, "\xc0\0\2\3", 4);
	CHECK(dns_addresses_read(found, 2, writer_done(&w), "a.example") == 2);
	CHECK_STR(ADDRESS_TEXT(&found[0]), "192.0.2.2");
	CHECK_STR(ADDRESS_TEXT(&found[1]), "2001:db8::1");
	CHECK(dns_addresses_read(found, 2, writer_done(&w), "c.example") == 0);
	for (size_t n = 0; n < w.used; n++)
		CHECK(dns_addresses_read(found, 2, bytes_of(room, n), "a.example") == 0);
	room[5] = 2; /* questions */
	CHECK(dns_addresses_read(found, 2, writer_done(&w), "a.example") == 0);
	room[5] = 1;
	room[10] = 1; /* more records than we look at */
	CHECK(dns_addresses_read(found, 2, writer_done(&w), "a.example") == 0);
}

TEST(reads_multicast_answers_as_they_may_be, "DNS-15")
{
	struct dns_question q = question(ID, NAME, DNS_TYPE_A);

	q.multicast = true;
	begin(0x8400, 1);
	record("\4boot\7example\0", 14, DNS_TYPE_A, "\xc0\0\2\1", 4);
	room[w.used - 12] = 0x80; /* the cache-flush bit of its class */
	CHECK(dns_answer_read(&a, writer_done(&w), &q, &e) && a.count == 1);
	room[0] = room[1] = 0; /* no ID */
	CHECK(dns_answer_read(&a, writer_done(&w), &q, &e) && a.count == 1);
	/* and without a question */
	uint8_t alone[12 + 14 + 14];
	memcpy(alone, room, 12);
	memcpy(alone + 12, room + 30, sizeof(alone) - 12);
	alone[5] = 0;
	CHECK(dns_answer_read(&a, bytes_of(alone, sizeof(alone)), &q, &e) && a.count == 1);
	/* which a name server's may not be */
	q.multicast = false;
	CHECK(!dns_answer_read(&a, writer_done(&w), &q, &e));
	q.id = 0;
	CHECK(!dns_answer_read(&a, bytes_of(alone, sizeof(alone)), &q, &e));
	CHECK_STR(e.rule, "DNS-21");
	/* another ID, an error's code */
	q.id = ID;
	q.multicast = true;
	room[0] = 1;
	CHECK(!dns_answer_read(&a, writer_done(&w), &q, &e));
	room[0] = 0;
	room[3] = 3;
	CHECK(!dns_answer_read(&a, writer_done(&w), &q, &e));
}

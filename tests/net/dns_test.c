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

static bool read_as(uint16_t id, const char *name, enum dns_type type)
{
	memset(&a, 0, sizeof(a));
	return dns_answer_read(&a, writer_done(&w), id, name, type, &e);
}

static bool end(void)
{
	return read_as(ID, NAME, DNS_TYPE_A);
}

TEST(writes_a_question, "")
{
	w = writer_over(room, sizeof(room));
	CHECK(dns_question_write(&w, ID, "boot.example.", DNS_TYPE_AAAA));
	CHECK(bytes_equal(writer_done(&w),
			  bytes_of("\x12\x34\1\0\0\1\0\0\0\0\0\1\4boot\7example\0\0\x1c\0\1"
				   "\0\0\x29\4\xd0\0\0\0\0\0\0",
				   41)));
	w = writer_over(room, 20);
	CHECK(!dns_question_write(&w, ID, NAME, DNS_TYPE_A));
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

TEST(follows_aliases_in_any_order, "")
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

TEST(refuses_alias_circles_and_long_chains, "SEC-5")
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

TEST(refuses_answers_to_other_questions, "RND-3")
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
	/* a dot or a NUL in a label would look like another name */
	begin(0x8180, 1);
	record("\4bo.t\xc0\x11", 7, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(!end());
}

TEST(refuses_every_truncation_and_wrong_sizes, "SEC-4")
{
	begin(0x8180, 2);
	record(POINTER, 2, DNS_TYPE_CNAME, "\1a\xc0\x11", 4);
	record("\1a\xc0\x11", 4, DNS_TYPE_A, "\xc0\0\2\1", 4);
	CHECK(end() && a.count == 1);
	for (size_t n = 0; n < w.used; n++)
		CHECK(!dns_answer_read(&a, bytes_of(room, n), ID, NAME, DNS_TYPE_A, &e));
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

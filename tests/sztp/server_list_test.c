/* SPDX-License-Identifier: MIT */
#include "sztp/server_list.h"

#include "check.h"

/* EX-1 of the specification, byte by byte. */
static const char two[] = "\x00\x17https://192.0.2.10:8443\x00\x18https://boot.example.net";
static const char literal6[] = "\x00\x1ahttps://[2001:db8::5]:8443";

#define OPTION(text) bytes_of(text, sizeof(text) - 1)

static struct server_list list;
static struct error e;

TEST(reads_the_worked_example, "EX-1 DHCP-2 DHCP-8")
{
	CHECK(server_list_read_option(&list, OPTION(two), SERVER_LIST_TEXT, &e));
	CHECK(list.count == 2);
	CHECK_STR(list.at[0].host, "192.0.2.10");
	CHECK(list.at[0].host_is_address && list.at[0].port == 8443);
	CHECK_STR(list.at[1].host, "boot.example.net");
	CHECK(!list.at[1].host_is_address && list.at[1].port == 443);
	CHECK(list.at[0].trust_anchor.size == 0 && list.at[1].trust_anchor.size == 0);
}

TEST(reads_an_ipv6_literal, "EX-1 DHCP-9")
{
	CHECK(server_list_read_option(&list, OPTION(literal6), SERVER_LIST_TEXT, &e));
	CHECK(list.count == 1 && list.at[0].host_is_address);
	CHECK_STR(list.at[0].host, "2001:db8::5");
}

TEST(tolerates_the_text_form, "DHCP-11 AMB-27")
{
	CHECK(server_list_read_option(
		&list, OPTION("https://192.0.2.10:8443 https://b.example,https://c.example/"),
		SERVER_LIST_TEXT, &e));
	CHECK(list.count == 3);
	CHECK_STR(list.at[2].host, "c.example");
}

TEST(does_not_read_text_where_it_is_switched_off, "DHCP-11")
{
	CHECK(!server_list_read_option(&list, OPTION("https://192.0.2.10:8443"), 0, &e));
	CHECK_STR(e.rule, "DHCP-4");
	CHECK(server_list_read_option(&list, OPTION(two), 0, &e) && list.count == 2);
}

#define RPC "/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data"

TEST(cuts_the_operation_off_where_it_is_switched_on, "DHCP-12 DHCP-9")
{
	static const char uris[] = "https://a.example:8443/restconf" RPC ",https://b.example" RPC
				   ",https://c.example/restconf,https://d.example" RPC "/x";
	const struct bytes option = OPTION(uris);

	CHECK(!server_list_read_option(&list, option, SERVER_LIST_TEXT, &e));
	CHECK_STR(e.rule, "DHCP-4");
	CHECK(server_list_read_option(&list, option, SERVER_LIST_TEXT | SERVER_LIST_STRIP_PATH, &e));
	CHECK(list.count == 2);
	CHECK_STR(list.at[0].host, "a.example");
	CHECK(list.at[0].port == 8443);
	CHECK_STR(list.at[1].host, "b.example");
}

TEST(leaves_out_invalid_entries_and_keeps_the_others, "DHCP-3 DHCP-10 TLS-1")
{
	static const char mixed[] = "\x00\x00"
				    "\x00\x10http://192.0.2.1"
				    "\x00\x11https://192.0.2.2";

	CHECK(server_list_read_option(&list, OPTION(mixed), SERVER_LIST_TEXT, &e));
	CHECK(list.count == 1);
	CHECK_STR(list.at[0].host, "192.0.2.2");
}

TEST(keeps_entries_before_a_length_past_the_end, "DHCP-10")
{
	static const char past[] = "\x00\x11https://192.0.2.2\x00\x40https://x";
	static const char stray[] = "\x00\x11https://192.0.2.2\x00";

	CHECK(server_list_read_option(&list, OPTION(past), SERVER_LIST_TEXT, &e) && list.count == 1);
	CHECK(server_list_read_option(&list, OPTION(stray), SERVER_LIST_TEXT, &e) && list.count == 1);
}

TEST(refuses_an_option_without_a_valid_entry, "DHCP-4")
{
	CHECK(!server_list_read_option(&list, OPTION(""), SERVER_LIST_TEXT, &e));
	CHECK_STR(e.rule, "DHCP-4");
	CHECK(!server_list_read_option(&list, OPTION("\x00\x00"), SERVER_LIST_TEXT, &e));
	CHECK(!server_list_read_option(&list, OPTION("\x00\x05https"), SERVER_LIST_TEXT, &e));
}

TEST(refuses_what_is_no_server, "DHCP-9")
{
	static const char *bad[] = {
		"https://192.0.2.1/restconf",  "https://u@192.0.2.1", "https://192.0.2.1:0",
		"https://192.0.2.1:65536",     "https://a b",	     "https://a?x=1",
		"https://a#f",		       "https://",	     "https://[2001:db8::5",
		"https://2001:db8::5",	       "ftp://192.0.2.1",    "https://a\tb",
	};
	struct server server;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK(!server_list_read_uri(&server, bytes_of_text(bad[i]), &e));
		CHECK_STR(e.rule, "DHCP-9");
	}
	CHECK(server_list_read_uri(&server, bytes_of_text("HTTPS://a.example/"), &e));
}

TEST(bounds_the_number_of_servers_and_bytes, "DHCP-18")
{
	static uint8_t many[CONFIG_REDIRECT_OPTION_MAX + 1];
	size_t used = 0;

	for (int i = 0; i < 40; i++) {
		memcpy(many + used, "\x00\x11https://192.0.2.2", 19);
		used += 19;
	}
	CHECK(server_list_read_option(&list, bytes_of(many, used), SERVER_LIST_TEXT, &e));
	CHECK(list.count == CONFIG_SERVER_LIST_MAX);
	CHECK(!server_list_read_option(&list, bytes_of(many, sizeof(many)), SERVER_LIST_TEXT, &e));
	CHECK_STR(e.rule, "DHCP-18");
}

TEST(the_list_is_written_only_on_success, "")
{
	list.count = 7;
	CHECK(!server_list_read_option(&list, OPTION(""), SERVER_LIST_TEXT, &e));
	CHECK(list.count == 7);
}

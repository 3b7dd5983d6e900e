/* SPDX-License-Identifier: MIT */
#include "codec/uri.h"

#include "check.h"

static struct uri uri;
static struct error e;

static bool reads(const char *text)
{
	return uri_read(&uri, bytes_of_text(text), &e);
}

TEST(reads_scheme_host_port_and_path, "EX-1")
{
	CHECK(reads("https://192.0.2.10:8443"));
	CHECK_STR(uri.scheme, "https");
	CHECK_STR(uri.host, "192.0.2.10");
	CHECK(uri.host_is_ip4 && !uri.host_is_ip6 &&
	      memcmp(uri.address, "\xc0\x00\x02\x0a", 4) == 0);
	CHECK(uri.port == 8443 && uri.has_port);
	CHECK_STR(uri.path, "/");

	CHECK(reads("HTTPS://Boot.Example.NET"));
	CHECK_STR(uri.scheme, "https");
	CHECK_STR(uri.host, "boot.example.net");
	CHECK(!uri.host_is_ip4 && !uri.host_is_ip6 && uri.port == 443 && !uri.has_port);

	CHECK(reads("https://[2001:db8::5]:8443/"));
	CHECK_STR(uri.host, "2001:db8::5");
	CHECK(uri.host_is_ip6 && uri.address[0] == 0x20 && uri.address[15] == 5 &&
	      uri.port == 8443);

	CHECK(reads("http://files.example.net/os/image%20one.bin?x=1&y=2"));
	CHECK(uri.port == 80);
	CHECK_STR(uri.path, "/os/image%20one.bin?x=1&y=2");
	CHECK(reads("http://host.example?query"));
	CHECK_STR(uri.path, "/?query");
	CHECK(reads("https://host.example:/x"));
	CHECK(uri.port == 443 && !uri.has_port);
	CHECK(reads("tftp://host.example/x"));
	CHECK(uri.port == 0);
}

TEST(reads_files, "USB-14")
{
	CHECK(reads("file:///disk2:/images/x.iso"));
	CHECK_STR(uri.host, "");
	CHECK_STR(uri.path, "/disk2:/images/x.iso");
	CHECK(reads("file:/images/x.iso"));
	CHECK_STR(uri.path, "/images/x.iso");
	CHECK(reads("file://stick/images/x.iso"));
	CHECK_STR(uri.host, "stick");
	CHECK(!reads("file:images/x.iso"));
	CHECK(!reads("file:"));
}

TEST(refuses_what_is_no_uri_of_ours, "EX-1")
{
	static const char *const wrong[] = {
		"",
		"https",
		"https:",
		"https://",
		"https:///x",
		"https:host",
		"//host/x",
		"host/x",
		"1http://host.example",
		"https://user@host.example",
		"https://user:pass@host.example",
		"https://host.example:0",
		"https://host.example:65536",
		"https://host.example:-1",
		"https://host.example:44x",
		"https://host.example:000443",
		"https://host.example#x",
		"https://host.example/x#y",
		"https://host.example/a b",
		"https://host.example/\"",
		"https://host.example/%",
		"https://host.example/%4",
		"https://host.example/%zz",
		"https://host.example/\r\nX: y",
		"https://host_.example.1",
		"https://10.1",
		"https://1.2.3.256",
		"https://1.2.3.4.5",
		"https://01.2.3.4",
		"https://0x7f000001",
		"https://-host.example",
		"https://host-.example",
		"https://host..example",
		"https://.host.example",
		"https://host.example.",
		"https://h\xc3\xb6st.example",
		"https://[2001:db8::5",
		"https://2001:db8::5",
		"https://[2001:db8::5]x",
		"https://[2001:db8::5%25eth0]",
		"https://[192.0.2.1]",
		"https://[host.example]",
		"https://[]",
		"longscheme://host.example",
		"ht tp://host.example",
		"https://host.example /",
		" https://host.example",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (reads(wrong[i]))
			printf("taken: '%s'\n", wrong[i]), check_failed = true;
	CHECK(!uri_read(&uri, bytes_of("https://host.example/\0x", 23), &e));
}

TEST(writes_nothing_on_failure, "")
{
	CHECK(reads("https://host.example"));
	CHECK(!reads("https://other.example:0"));
	CHECK_STR(uri.host, "host.example");
}

static const char *six(const char *text)
{
	static char out[33];
	uint8_t address[16];

	if (!uri_read_ip6(address, bytes_of_text(text)))
		return "no";
	for (int i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", address[i]);
	return out;
}

TEST(reads_ip6_addresses, "EX-1 REDIR-13")
{
	CHECK_STR(six("::"), "00000000000000000000000000000000");
	CHECK_STR(six("::1"), "00000000000000000000000000000001");
	CHECK_STR(six("1::"), "00010000000000000000000000000000");
	CHECK_STR(six("2001:db8::5"), "20010db8000000000000000000000005");
	CHECK_STR(six("2001:DB8:0:0:8:800:200C:417A"), "20010db80000000000080800200c417a");
	CHECK_STR(six("::ffff:192.0.2.1"), "00000000000000000000ffffc0000201");
	CHECK_STR(six("64:ff9b::192.0.2.33"), "0064ff9b0000000000000000c0000221");
	CHECK_STR(six("1:2:3:4:5:6:192.0.2.1"), "000100020003000400050006c0000201");
	CHECK_STR(six("1:2:3:4:5:6:7::"), "00010002000300040005000600070000");
	CHECK_STR(six("::2:3:4:5:6:7:8"), "00000002000300040005000600070008");

	static const char *const wrong[] = {
		"",
		":",
		":::",
		"1",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:2:3:4:5:6:7:8::",
		"::1:2:3:4:5:6:7:8",
		"1::2::3",
		"12345::",
		"g::",
		"::1%eth0",
		"1:2:3:4:5:6:7:",
		":1:2:3:4:5:6:7",
		"192.0.2.1::",
		"::192.0.2.1:1",
		"::192.0.2",
		"1:2:3:4:5:6:7:192.0.2.1",
		"::ffff:192.0.2.256",
		" ::1",
		"::1 ",
		"1.2.3.4",
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (strcmp(six(wrong[i]), "no") != 0)
			printf("taken: '%s'\n", wrong[i]), check_failed = true;
}

TEST(reads_hosts_alone, "REDIR-13")
{
	CHECK(uri_read_host(&uri, bytes_of_text("Boot1.Example.net"), &e));
	CHECK_STR(uri.host, "boot1.example.net");
	CHECK(uri_read_host(&uri, bytes_of_text("2001:db8::5"), &e) && uri.host_is_ip6);
	CHECK(uri_read_host(&uri, bytes_of_text("192.0.2.1"), &e) && uri.host_is_ip4);
	CHECK(!uri_read_host(&uri, bytes_of_text("https://x"), &e));
	CHECK(!uri_read_host(&uri, bytes_of_text("[2001:db8::5]"), &e));
	CHECK(!uri_read_host(&uri, bytes_of_text(""), &e));
}

TEST(knows_host_names, "")
{
	char longest[256];

	CHECK(uri_is_host_name(bytes_of_text("localhost")));
	CHECK(uri_is_host_name(bytes_of_text("a-b.c_d.example")));
	CHECK(uri_is_host_name(bytes_of_text("3com.example")));
	CHECK(uri_is_host_name(bytes_of_text("10.example.1a")));
	memset(longest, 'a', sizeof(longest));
	for (int i = 63; i < 253; i += 64)
		longest[i] = '.';
	CHECK(uri_is_host_name(bytes_of(longest, 253)));
	CHECK(!uri_is_host_name(bytes_of(longest, 254)));
	longest[63] = 'a';
	CHECK(!uri_is_host_name(bytes_of(longest, 100)));
}

TEST(joins_the_parts_again, "")
{
	static const char *const same[] = { "https://[2001:db8::5]:8443/x",
					    "https://host.example/",
					    "http://192.0.2.1:81/a?b" };
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		CHECK(reads(same[i]));
		CHECK_STR(uri_text(text, sizeof(text), &uri), same[i]);
	}
}

/* SPDX-License-Identifier: MIT */
#include "fetchers.h"

#include "base/text.h"
#include "check.h"

static struct fetchers f;

static const char *order(void)
{
	static char text[128];

	text[0] = '\0';
	for (size_t i = 0; i < f.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
			 fetchers_name(f.at[i].which));
	return text;
}

TEST(lower_priorities_come_first_and_equal_ones_in_the_order_of_the_file, "XR-10 XR-11")
{
	f.count = 0;
	fetchers_put(&f, FETCHER_DPORT6, 4);
	fetchers_put(&f, FETCHER_USB, 9);
	fetchers_put(&f, FETCHER_MGMT4, 4);
	fetchers_put(&f, FETCHER_MGMT6, 0);
	CHECK_STR(order(), "mgmt6 dport6 mgmt4 usb");
	fetchers_put(&f, FETCHER_DPORT6, 4); /* said again: behind its equals */
	CHECK_STR(order(), "mgmt6 mgmt4 dport6 usb");
	CHECK(fetchers_has(&f, FETCHER_USB) && !fetchers_has(&f, FETCHER_DPORT4));
}

TEST(there_is_room_for_all_of_them, "DISC-2")
{
	f.count = 0;
	for (int again = 0; again < 2; again++)
		for (unsigned i = 0; i < FETCHER_COUNT; i++)
			fetchers_put(&f, i, (uint8_t)(FETCHER_COUNT - i));
	CHECK(f.count == FETCHER_COUNT);
	CHECK(f.at[0].which == FETCHER_DPORT6 && f.at[8].which == FETCHER_USB);
}

TEST(an_order_is_a_list_of_names, "DISC-2")
{
	CHECK(fetchers_read(&f, bytes_of_text("dns, USB well-known")));
	CHECK_STR(order(), "dns usb well-known");
	CHECK(!fetchers_read(&f, bytes_of_text("dns, tftp")));
	CHECK(!fetchers_read(&f, bytes_of_text("dns usb dns")));
	CHECK(!fetchers_read(&f, bytes_of_text("well")));
	CHECK_STR(order(), "dns usb well-known");
	CHECK(fetchers_read(&f, bytes_of(NULL, 0)) && f.count == 0);
}

TEST(management_interfaces_and_the_others_are_told_apart, "XR-12")
{
	static const struct {
		const char *link;
		bool management;
	} links[] = { { "eth0", true },	  { "mgmt", true },    { "mgmt0", true },
		      { "eth1", false },  { "eth00", false },  { "enp1s0", false },
		      { "xmgmt", false }, { "eth0.5", false }, { "", false } };

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		CHECK(text_listed(links[i].link, "eth0, mgmt*") == links[i].management);
}

TEST(each_network_is_a_case_for_one_row_of_the_table, "XR-12")
{
	static const struct {
		enum address_family family;
		bool management;
		enum fetcher row, plain;
	} cases[] = {
		{ ADDRESS_IPV4, true, FETCHER_MGMT4, FETCHER_DHCP4 },
		{ ADDRESS_IPV6, true, FETCHER_MGMT6, FETCHER_DHCP6 },
		{ ADDRESS_IPV4, false, FETCHER_DPORT4, FETCHER_DHCP4 },
		{ ADDRESS_IPV6, false, FETCHER_DPORT6, FETCHER_DHCP6 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (unsigned which = 0; which < FETCHER_COUNT; which++)
			CHECK(fetchers_takes(which, cases[i].family, cases[i].management) ==
			      (which == cases[i].row || which == cases[i].plain));
}

/* SPDX-License-Identifier: MIT */
#include "handoff/bls.h"

#include <stdlib.h>

#include "check.h"

static struct bls_entry b;
static struct error e;

static bool reads(const char *name, const char *text)
{
	return bls_read(&b, name, bytes_of_text(text), &e);
}

TEST(reads_the_examples_of_the_specification, "")
{
	CHECK(reads(
		"6a9857a393724b7a981ebb5b8495b9ea-3.8.0-2.fc19.x86_64.conf",
		"# /boot/loader/entries/...\n"
		"title        Fedora 19 (Rawhide)\n"
		"sort-key     fedora\n"
		"machine-id   6a9857a393724b7a981ebb5b8495b9ea\n"
		"version      3.8.0-2.fc19.x86_64\n"
		"options      root=UUID=6d3376e4-fc93-4509-95ec-a21d68011da2 quiet\n"
		"architecture x64\n"
		"linux        /6a9857a393724b7a981ebb5b8495b9ea/3.8.0-2.fc19.x86_64/linux\n"
		"initrd       "
		"/6a9857a393724b7a981ebb5b8495b9ea/3.8.0-2.fc19.x86_64/initrd\n"));
	CHECK_STR(b.title, "Fedora 19 (Rawhide)");
	CHECK_STR(b.sort_key, "fedora");
	CHECK_STR(b.version, "3.8.0-2.fc19.x86_64");
	CHECK_STR(b.architecture, "x64");
	CHECK_STR(b.kernel, "6a9857a393724b7a981ebb5b8495b9ea/3.8.0-2.fc19.x86_64/linux");
	CHECK(b.initrd_count == 1 && !b.has_counter && !b.is_program);
}

TEST(repeated_options_and_initrds_accumulate, "")
{
	CHECK(reads("a.conf", "linux /k\noptions root=/dev/x\noptions\tquiet  splash \n"
			      "initrd /ucode\ninitrd /initrd\noptions\n"));
	CHECK_STR(b.options, "root=/dev/x quiet  splash");
	CHECK(b.initrd_count == 2);
	CHECK_STR(b.initrds[0], "ucode");
	CHECK_STR(b.initrds[1], "initrd");
}

TEST(takes_tabs_spaces_and_line_ends_as_they_come, "")
{
	CHECK(reads("a.conf",
		    "\t linux \t /vmlinuz \r\n\n#linux /other\ntitle\tA\tB\r\ninitrd /i"));
	CHECK_STR(b.kernel, "vmlinuz");
	CHECK_STR(b.initrds[0], "i");
	CHECK(reads("a.conf", "linux ///k\nfrobnicate /x\ndevicetree /dtb\n"));
	CHECK_STR(b.kernel, "k");
}

TEST(tells_programs_from_kernels, "")
{
	CHECK(reads("a.conf", "title Setup\nefi /EFI/setup.efi\n") && b.is_program &&
	      !b.kernel[0]);
	CHECK(reads("a.conf", "uki /EFI/Linux/x.efi\n") && b.is_program);
}

TEST(reads_the_counter_of_tries, "")
{
	CHECK(reads("linux+3.conf", "linux /k\n"));
	CHECK(b.has_counter && b.tries_left == 3 && b.tries_done == 0);
	CHECK_STR(b.id, "linux.conf");
	CHECK(reads("linux+0-4.conf", "linux /k\n"));
	CHECK(b.has_counter && b.tries_left == 0 && b.tries_done == 4);
	CHECK(reads("linux+x-4.conf", "linux /k\n") && !b.has_counter);
	CHECK_STR(b.id, "linux+x-4.conf");
	CHECK(reads("c++.conf", "linux /k\n") && !b.has_counter);
	CHECK(reads("a+1+2-3.conf", "linux /k\n") && b.tries_left == 2 && b.tries_done == 3);
	CHECK(reads("a+99999999999999999999.conf", "linux /k\n") && !b.has_counter);
}

TEST(refuses_what_is_not_an_entry, "")
{
	static char long_options[4000] = "linux /k\noptions ";
	static char long_path[600] = "linux /";

	memset(long_options + strlen(long_options), 'x', 2017);
	memset(long_path + strlen(long_path), 'x', 300);
	CHECK(!reads("a.conf", ""));
	CHECK(!reads("a.conf", "title nothing\n"));
	CHECK(!reads("a.conf", "linux /k\nlinux /k2\n"));
	CHECK(!reads("a.conf", "linux /k\ntitle a\ntitle b\n"));
	CHECK(!reads("a.conf", "linux\n"));
	CHECK(!reads("a.conf", "linux /\n"));
	CHECK(!reads("a.conf", "linux /k\ninitrd\n"));
	CHECK(!reads("a.conf", long_options));
	CHECK(!reads("a.conf", long_path));
	CHECK(!reads("a.conf", "linux /k\x01\n"));
	CHECK(!reads("a.conf", "linux /k\noptions a\x1b[2J\n"));
	CHECK(!bls_read(&b, "a.conf", bytes_of("linux /k\0x\n", 11), &e));
	CHECK(!reads("a.txt", "linux /k\n"));
	CHECK(!reads(".conf", "linux /k\n"));
	CHECK(!reads("+3.conf", "linux /k\n"));
	CHECK(!reads("a.conf", "linux /k\ninitrd 1\ninitrd 2\ninitrd 3\ninitrd 4\ninitrd 5\n"
			       "initrd 6\ninitrd 7\ninitrd 8\ninitrd 9\n"));
	long_options[strlen(long_options) - 1] = '\0';
	CHECK(reads("a.conf", long_options)); /* 2016 bytes are taken */
}

TEST(refuses_paths_that_lead_upwards, "")
{
	CHECK(!reads("a.conf", "linux /../k\n"));
	CHECK(!reads("a.conf", "linux ..\n"));
	CHECK(!reads("a.conf", "linux a/..\n"));
	CHECK(!reads("a.conf", "linux a/../b\n"));
	CHECK(!reads("a.conf", "linux /k\ninitrd ../i\n"));
	CHECK(reads("a.conf", "linux a..b/c..\n"));
	CHECK_STR(b.kernel, "a..b/c..");
}

TEST(only_visible_conf_files_are_entries, "")
{
	CHECK(bls_is_entry_name("a.conf"));
	CHECK(!bls_is_entry_name(".a.conf"));
	CHECK(!bls_is_entry_name(".conf"));
	CHECK(!bls_is_entry_name("a.conf~"));
	CHECK(!bls_is_entry_name("conf"));
	CHECK(!bls_is_entry_name(""));
}

static int versions(const char *a, const char *b2)
{
	int one = bls_compare_versions(bytes_of_text(a), bytes_of_text(b2));
	int other = bls_compare_versions(bytes_of_text(b2), bytes_of_text(a));

	CHECK((one < 0) == (other > 0) && (one == 0) == (other == 0));
	return one < 0 ? -1 : one > 0;
}

TEST(orders_versions_as_the_specification_does, "")
{
	/* Examples of UAPI.10, each older than the next. */
	static const char *const rising[] = {
		"",	 "~1",	    "122.1",	 "123~rc1-1", "123",	 "123-a",  "123-a.1",
		"123-1", "123-1.1", "123^post1", "123.a-1",   "123.1-1", "123a-1", "124-1",
	};

	CHECK(versions("11", "11") == 0);
	CHECK(versions("systemd-123", "systemd-123") == 0);
	CHECK(versions("bar-123", "foo-123") < 0);
	CHECK(versions("123a", "123") > 0);
	CHECK(versions("123.a", "123") > 0);
	CHECK(versions("123.a", "123.b") < 0);
	CHECK(versions("123a", "123.a") > 0);
	CHECK(versions("11a", "11.a") > 0);
	CHECK(versions("11.a", "1.a") > 0);
	CHECK(versions("122.1", "123~rc1-1") < 0);
	CHECK(versions("123~rc1-1", "123") < 0);
	CHECK(versions("123~", "123") < 0);
	CHECK(versions("123-1", "123") > 0);
	CHECK(versions("123-1", "123^post1") < 0);
	CHECK(versions("123^post1", "123.a-1") < 0);
	CHECK(versions("123.a-1", "123.1-1") < 0);
	CHECK(versions("123.1-1", "123a-1") < 0);
	CHECK(versions("123a-1", "124-1") < 0);
	CHECK(versions("a", "B") > 0);
	CHECK(versions("B", "a") < 0);
	CHECK(versions("6.1.0-9", "6.1.0-10") < 0);
	CHECK(versions("6.1.0-09", "6.1.0-9") == 0);
	CHECK(versions("6.1.0+b1", "6.1.0b1") == 0); /* '+' says nothing */
	CHECK(versions("1_2", "12") < 0);	     /* but it separates: 1, then 2 */
	for (size_t i = 0; i + 1 < ARRAY_SIZE(rising); i++)
		if (strcmp(rising[i], "") != 0)
			CHECK(versions(rising[i], rising[i + 1]) < 0);
}

static struct bls_entry made(const char *id, const char *sort_key, const char *version,
			     int left)
{
	struct bls_entry x = { .has_counter = left >= 0,
			       .tries_left = left < 0 ? 0 : (uint64_t)left };

	snprintf(x.id, sizeof(x.id), "%s", id);
	snprintf(x.sort_key, sizeof(x.sort_key), "%s", sort_key);
	snprintf(x.version, sizeof(x.version), "%s", version);
	return x;
}

static int by_order(const void *a, const void *b2)
{
	return bls_compare(a, b2);
}

TEST(orders_entries_as_the_specification_does, "")
{
	static const char *const right[] = {
		"k3.conf", "k1.conf", "k2.conf", "z-10.conf", "z-9.conf", "bad.conf",
	};
	struct bls_entry list[] = {
		made("z-9.conf", "", "9", -1),	 made("bad.conf", "a", "99", 0),
		made("k2.conf", "b", "99", -1),	 made("k1.conf", "a", "6.1-2", -1),
		made("z-10.conf", "", "10", -1), made("k3.conf", "a", "6.1-11", 3),
	};

	qsort(list, ARRAY_SIZE(list), sizeof(list[0]), by_order);
	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		CHECK_STR(list[i].id, right[i]);
}

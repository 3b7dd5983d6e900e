/* SPDX-License-Identifier: MIT */
#include "image/target.h"

#include <stdio.h>

#include "check.h"

#define GIB (1024ull * 1024 * 1024)

static struct disk disks[4];
static size_t count;
static struct target_verdict verdicts[4];
static struct target_policy policy;
static struct error e;
static size_t chosen;

/* An empty virtio disk of 16 GiB with its own serial number. */
static struct disk *add(const char *name)
{
	struct disk *d = &disks[count];

	memset(d, 0, sizeof(*d));
	snprintf(d->name, sizeof(d->name), "%s", name);
	snprintf(d->path, sizeof(d->path), "/dev/%s", name);
	snprintf(d->bus_path, sizeof(d->bus_path), "pci0000:00/0000:00:0%zu.0/virtio%zu",
		 count, count);
	snprintf(d->transport, sizeof(d->transport), "virtio");
	snprintf(d->serial, sizeof(d->serial), "SN%zu", count);
	d->size_bytes = 16 * GIB;
	d->sector_bytes = 512;
	d->contents = DISK_CONTENTS_NONE;
	count++;
	return d;
}

static void start(void)
{
	count = 0;
	chosen = 99;
	memset(&policy, 0, sizeof(policy));
	memset(&e, 0, sizeof(e));
}

static bool choose(void)
{
	return target_choose(&chosen, verdicts, disks, count, &policy, &e);
}

/* A second disk is left for @reason, and the first is taken. */
static void leaves(const char *reason)
{
	CHECK(choose());
	CHECK(chosen == 0);
	CHECK(verdicts[0].taken && strstr(verdicts[0].reason, "taken"));
	CHECK(!verdicts[1].taken);
	if (!strstr(verdicts[1].reason, reason)) {
		CHECK(!"the reason");
		puts(verdicts[1].reason);
	}
}

TEST(takes_the_only_empty_disk, "")
{
	start();
	add("vda");
	CHECK(choose() && chosen == 0);
	CHECK_STR(verdicts[0].reason, "taken: the only one that fits, and empty");
}

TEST(leaves_what_is_no_target, "")
{
	start();
	add("vda");
	struct disk *d = add("sdb");

	d->removable = true;
	leaves("removable");
	d->removable = false;
	d->read_only = true;
	leaves("read-only");
	d->read_only = false;
	d->boot_medium = true;
	leaves("started from it");
	d->boot_medium = false;
	d->hidden = true;
	leaves("another disk");
	d->hidden = false;
	snprintf(d->used_by, sizeof(d->used_by), "sdb1 mounted");
	leaves("in use (sdb1 mounted)");
	d->used_by[0] = '\0';
	snprintf(d->transport, sizeof(d->transport), "usb");
	leaves("USB");
	snprintf(d->transport, sizeof(d->transport), "sata");
	d->bus_path[0] = '\0';
	leaves("not on any bus");
	snprintf(d->bus_path, sizeof(d->bus_path), "x");
	d->size_bytes = GIB;
	policy.size_min_bytes = 2 * GIB;
	leaves("too small");
	d->size_bytes = 99 * GIB;
	policy.size_max_bytes = 20 * GIB;
	leaves("larger than the policy");
	d->size_bytes = 16 * GIB;
	d->contents = DISK_CONTENTS_SOME;
	snprintf(d->holds, sizeof(d->holds), "gpt partition table");
	leaves("it holds gpt partition table");
	d->contents = DISK_CONTENTS_UNKNOWN;
	leaves("cannot be told");
}

TEST(two_that_fit_are_not_guessed_between, "")
{
	start();
	add("vda");
	add("vdb")->size_bytes = 999 * GIB;
	CHECK(!choose());
	CHECK(e.code == ERROR_REFUSED);
	CHECK(strstr(e.text, "vda (SN0), vdb (SN1)"));
	CHECK(!verdicts[0].taken && !verdicts[1].taken);
	CHECK(strstr(verdicts[0].reason, "not the only one"));
	CHECK(chosen == 99);
}

TEST(no_disk_and_none_that_fits_are_different, "")
{
	start();
	CHECK(!choose() && e.code == ERROR_LATER);
	add("vda")->read_only = true;
	CHECK(!choose() && e.code == ERROR_REFUSED);
	CHECK(strstr(e.text, "vda") && strstr(e.text, "read-only"));
}

TEST(a_disk_that_holds_something_needs_permission, "")
{
	start();
	struct disk *d = add("vda");

	d->contents = DISK_CONTENTS_SOME;
	snprintf(d->holds, sizeof(d->holds), "ext4");
	CHECK(!choose());
	policy.install = TARGET_INSTALL_ANY;
	CHECK(choose() && chosen == 0);
	CHECK(strstr(verdicts[0].reason, "lost (ext4)"));
	d->contents = DISK_CONTENTS_UNKNOWN;
	CHECK(choose());
	/* But permission to overwrite is not permission to guess. */
	add("vdb");
	CHECK(!choose());
}

TEST(a_named_disk_is_taken_among_several, "")
{
	start();
	add("vda");
	add("vdb");
	policy.serial = "SN1";
	CHECK(choose() && chosen == 1);
	CHECK(strstr(verdicts[0].reason, "serial number is not SN1"));
	snprintf(disks[0].wwid, sizeof(disks[0].wwid), "naa.5000");
	policy = (struct target_policy){ .wwid = "naa.5000" };
	CHECK(choose() && chosen == 0);
	policy = (struct target_policy){ .bus_path = disks[1].bus_path };
	CHECK(choose() && chosen == 1);
	snprintf(disks[1].model, sizeof(disks[1].model), "Super Disk 9");
	policy = (struct target_policy){ .model = "Super*" };
	CHECK(choose() && chosen == 1);
	policy = (struct target_policy){ .serial = "SN7" };
	CHECK(!choose());
}

TEST(a_named_disk_may_be_on_usb_but_not_the_boot_medium, "")
{
	start();
	struct disk *d = add("sda");

	snprintf(d->transport, sizeof(d->transport), "usb");
	d->removable = true;
	CHECK(!choose());
	policy.serial = "SN0";
	CHECK(choose());
	d->boot_medium = true;
	CHECK(!choose());
	d->boot_medium = false;
	d->contents = DISK_CONTENTS_SOME;
	CHECK(!choose());
	d->removable = false;
	d->contents = DISK_CONTENTS_NONE;
	policy = (struct target_policy){ .transport = "usb" };
	CHECK(choose());
}

TEST(disks_with_one_number_are_both_left, "")
{
	start();
	add("sda");
	add("sdb");
	snprintf(disks[0].wwid, sizeof(disks[0].wwid), "naa.1");
	snprintf(disks[1].wwid, sizeof(disks[1].wwid), "naa.1");
	CHECK(!choose());
	CHECK(strstr(verdicts[0].reason, "sdb has the same") &&
	      strstr(verdicts[1].reason, "sda has the same"));
	disks[0].wwid[0] = disks[1].wwid[0] = '\0';
	snprintf(disks[1].serial, sizeof(disks[1].serial), "SN0");
	CHECK(!choose());
	CHECK(strstr(verdicts[0].reason, "same serial"));
	policy.serial = "SN0";
	CHECK(!choose());
}

TEST(settings_are_read, "")
{
	enum target_install i;

	CHECK(target_install_read(&i, "empty") && i == TARGET_INSTALL_EMPTY);
	CHECK(target_install_read(&i, "any") && i == TARGET_INSTALL_ANY);
	CHECK(!target_install_read(&i, "Any"));
	CHECK(!target_install_read(&i, ""));
}

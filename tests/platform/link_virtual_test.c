/* SPDX-License-Identifier: MIT */
#include "platform/link_virtual.h"

#include "check.h"
#include "lab.h"

/* Where the kernel has no VLANs or bonds, that is what it must say; the boot stories have a
 * kernel with both. */

static struct error e;

static bool setup(void)
{
	static int ready = -1;

	if (ready < 0)
		ready = lab_make_folder() && lab_network() &&
			lab_run("ip link add left type veth peer name right");
	CHECK(ready);
	return ready;
}

static bool makes(bool made, const char *name, const char *otherwise)
{
	if (made)
		return link_index(name) != 0;
	return e.code == ERROR_MACHINE && strcmp(e.text, otherwise) == 0;
}

TEST(makes_a_vlan_or_says_that_the_kernel_cannot, "")
{
	if (!setup())
		return;
	bool made = link_virtual_vlan("vlan5", link_index("left"), 5, &e);
	CHECK(makes(made, "vlan5", "vlan5: this kernel has no VLANs (module 8021q)"));
	if (made)
		CHECK(link_virtual_vlan("vlan5", link_index("left"), 5, &e)); /* is there */
	CHECK(!link_virtual_vlan("vlan6", 4711, 6, &e) && e.code == ERROR_MACHINE);
	CHECK(link_virtual_remove("vlan5", &e) && link_index("vlan5") == 0);
	CHECK(link_virtual_remove("vlan5", &e)); /* is not there */
}

TEST(makes_a_bond_or_says_that_the_kernel_cannot, "")
{
	struct link_bond b = { 0 };

	if (!setup())
		return;
	CHECK(link_virtual_bond_option(&b, bytes_of_text("mode"), bytes_of_text("802.3ad")));
	bool made = link_virtual_bond("up", &b, &e);
	CHECK(makes(made, "up", "up: this kernel has no bonds (module bonding)"));
	if (made)
		CHECK(link_virtual_enslave(link_index("left"), link_index("up"), &e));
	else
		CHECK(!link_virtual_enslave(link_index("left"), link_index("right"), &e));
	CHECK(link_virtual_remove("up", &e) && link_index("up") == 0);
}

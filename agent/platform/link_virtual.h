/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "platform/link.h"

/*
 * VLANs and bonds, made by rtnetlink.  The kernel loads its modules for them by itself when
 * it has them; where it has none, the error says so.
 */

/* One option of a bond, as the kernel wants it. */
struct link_bond_option {
	uint16_t attribute;
	uint8_t size; /* bytes: 1 or 4 */
	uint32_t value;
};

/* Zero: active-backup, with the carrier looked at each 100 ms. */
struct link_bond {
	struct link_bond_option options[CONFIG_BOND_OPTIONS_MAX];
	size_t option_count;
};

/*
 * Take one option as the bonding module names it: mode=802.3ad, miimon=100,
 * lacp_rate=fast.  Modes are active-backup (1) and 802.3ad (4).
 * false: there is no such option, or not with this value.
 */
MUST_CHECK bool link_virtual_bond_option(struct link_bond *b, struct bytes name,
					 struct bytes value);

/* Make the bond, or give the one of this name these options.  Errors: ERROR_MACHINE. */
MUST_CHECK bool link_virtual_bond(const char *name, const struct link_bond *b,
				  struct error *e);

/* Make the VLAN @id on the link of the index @parent; fine when it is there already. */
MUST_CHECK bool link_virtual_vlan(const char *name, int parent, uint16_t id, struct error *e);

/* Give @member, which loses its addresses, to the bond of the index @bond; fine when it has it. */
MUST_CHECK bool link_virtual_enslave(int member, int bond, struct error *e);

/* Take a VLAN or bond away.  Fine when it is not there. */
MUST_CHECK bool link_virtual_remove(const char *name, struct error *e);

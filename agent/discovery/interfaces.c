/* SPDX-License-Identifier: MIT */
#include "discovery/interfaces.h"

#include <stdio.h>

#include "base/text.h"

#define MTU_MIN	    68
#define MTU_MAX	    65535
#define VLAN_ID_MAX 4094
#define FIELDS_MAX  10

/* Cut @text at each @stop that does not stand in brackets.  0: more than @max fields. */
static size_t split(struct bytes *to, size_t max, struct bytes text, char stop)
{
	size_t count = 0, from = 0;
	bool inside = false;

	to[0] = text;
	if (text.size == 0)
		return 1;
	for (size_t at = 0; at <= text.size; at++) {
		if (at < text.size && text.at[at] == '[')
			inside = true;
		if (at < text.size && text.at[at] == ']')
			inside = false;
		if (at < text.size && (inside || text.at[at] != (uint8_t)stop))
			continue;
		if (count == max)
			return 0;
		to[count++] = bytes_of(text.at + from, at - from);
		from = at + 1;
	}
	return count;
}

/* As the kernel allows it (dev_valid_name); @pattern: '*' and '?' too. */
static bool read_name(char to[static LINK_NAME_SIZE], struct bytes text, bool pattern)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.at[i] <= ' ' || text.at[i] >= 0x7f || strchr("/:\"\\", text.at[i]) ||
		    (!pattern && strchr("*?[]", text.at[i])))
			return false;
	return text.size && !bytes_equal_text(text, ".") && !bytes_equal_text(text, "..") &&
	       text_copy(to, LINK_NAME_SIZE, text);
}

static bool read_mtu(uint32_t *to, struct bytes text)
{
	uint64_t value;

	if (!text_number(&value, text, MTU_MAX) || value < MTU_MIN)
		return false;
	*to = (uint32_t)value;
	return true;
}

bool interfaces_read_vlan(struct interfaces *i, struct bytes value)
{
	struct interfaces_vlan v = { 0 };
	struct bytes field[2], digits;
	uint64_t id;

	if (i->vlan_count == ARRAY_SIZE(i->vlans) ||
	    split(field, ARRAY_SIZE(field), value, ':') != 2 ||
	    !read_name(v.name, field[0], false) || !read_name(v.parent, field[1], false))
		return false;
	digits = bytes_of(field[0].at + field[0].size, 0);
	while (digits.size < field[0].size && digits.at[-1] >= '0' && digits.at[-1] <= '9')
		digits = bytes_of(digits.at - 1, digits.size + 1);
	if (!text_number(&id, digits, VLAN_ID_MAX) || !id || strcmp(v.name, v.parent) == 0)
		return false;
	v.id = (uint16_t)id;
	i->vlans[i->vlan_count++] = v;
	return true;
}

static bool read_members(struct interfaces_bond *b, struct bytes text)
{
	struct bytes member[CONFIG_BOND_MEMBERS_MAX];

	b->member_count = split(member, ARRAY_SIZE(member), text, ',');
	for (size_t k = 0; k < b->member_count; k++)
		if (!read_name(b->members[k], member[k], false))
			return false;
	return b->member_count > 0;
}

static bool read_bond_options(struct interfaces_bond *b, struct bytes text)
{
	struct bytes option[CONFIG_BOND_OPTIONS_MAX], part[2];
	size_t count = text.size ? split(option, ARRAY_SIZE(option), text, ',') : 0;

	for (size_t k = 0; k < count; k++)
		if (split(part, ARRAY_SIZE(part), option[k], '=') != 2 ||
		    !link_virtual_bond_option(&b->options, part[0], part[1]))
			return false;
	return count || !text.size;
}

bool interfaces_read_bond(struct interfaces *i, struct bytes value)
{
	struct interfaces_bond b = { 0 };
	struct bytes field[4];
	size_t count = split(field, ARRAY_SIZE(field), value, ':');

	if (!count || i->bond_count == ARRAY_SIZE(i->bonds) ||
	    !read_name(b.name, field[0], false) ||
	    !read_members(&b, count > 1 ? field[1] : bytes_of_text("eth0,eth1")) ||
	    (count > 2 && !read_bond_options(&b, field[2])) ||
	    (count > 3 && field[3].size && !read_mtu(&b.mtu, field[3])))
		return false;
	i->bonds[i->bond_count++] = b;
	return true;
}

static bool read_method(unsigned *without, struct bytes text)
{
	static const struct {
		const char *name;
		unsigned without;
	} methods[] = {
		{ "dhcp", INTERFACES_NO_DHCP6 },  { "dhcp4", INTERFACES_NO_DHCP6 },
		{ "dhcp6", INTERFACES_NO_DHCP4 }, { "auto6", INTERFACES_NO_DHCP4 },
		{ "either6", INTERFACES_NO_DHCP4 }, { "on", 0 },
		{ "any", 0 },			  { "off", INTERFACES_OFF },
		{ "none", INTERFACES_OFF },	  { "link6", INTERFACES_OFF },
		{ "link-local", INTERFACES_OFF },
	};

	for (size_t k = 0; k < ARRAY_SIZE(methods); k++) {
		if (!bytes_equal_text(text, methods[k].name))
			continue;
		*without = methods[k].without;
		return true;
	}
	return false;
}

static bool read_address(struct address *to, struct bytes text)
{
	if (text.size > 2 && text.at[0] == '[' && text.at[text.size - 1] == ']')
		return address_read(to, bytes_of(text.at + 1, text.size - 2)) &&
		       to->family == ADDRESS_IPV6;
	return address_read(to, text);
}

/* "24" or "255.255.255.0" */
static bool read_prefix(uint8_t *to, struct bytes text, enum address_family family)
{
	struct address mask;
	uint64_t bits;

	if (address_read(&mask, text) && mask.family == ADDRESS_IPV4 &&
	    family == ADDRESS_IPV4) {
		uint32_t holes = ~address_to_ipv4(&mask);

		*to = (uint8_t)(32 - __builtin_popcount(holes));
		return (holes & (holes + 1)) == 0 && *to;
	}
	if (!text_number(&bits, text, family == ADDRESS_IPV4 ? 32 : 128) || !bits)
		return false;
	*to = (uint8_t)bits;
	return true;
}

/* <address>[/<prefix>], <gateway>, <netmask or prefix> */
static bool read_static(struct interfaces_static *s, struct bytes own, struct bytes gateway,
			struct bytes mask)
{
	struct bytes part[2];
	size_t count = split(part, ARRAY_SIZE(part), own, '/');

	if (!count || !read_address(&s->own, part[0]))
		return false;
	if (count == 2 && mask.size == 0)
		mask = part[1];
	else if (count == 2)
		return false;
	if (mask.size == 0)
		s->prefix = s->own.family == ADDRESS_IPV4 ? 32 : 128;
	else if (!read_prefix(&s->prefix, mask, s->own.family))
		return false;
	return gateway.size == 0 ||
	       (read_address(&s->gateway, gateway) && s->gateway.family == s->own.family);
}

/* The entry of @name, or a new one; NULL: no room. */
static struct interfaces_link *entry_of(struct interfaces *i, const char *name)
{
	struct interfaces_link *l = i->links;

	for (; l < i->links + i->link_count; l++)
		if (strcmp(l->name, name) == 0)
			return l;
	if (i->link_count == ARRAY_SIZE(i->links))
		return NULL;
	i->link_count++;
	*l = (struct interfaces_link){ 0 };
	memcpy(l->name, name, LINK_NAME_SIZE);
	return l;
}

/* What may stand behind the method: an MTU, or up to two name servers. */
static bool read_rest(uint32_t *mtu, struct interfaces_static *s, const struct bytes *field,
		      size_t count)
{
	if (count == 1 && read_mtu(mtu, field[0]))
		return true;
	for (size_t k = 0; k < count; k++)
		if (field[k].size &&
		    (!s || k == ARRAY_SIZE(s->dns) || !read_address(&s->dns[s->dns_count++], field[k])))
			return false;
	return true;
}

bool interfaces_read_ip(struct interfaces *i, struct bytes value)
{
	struct bytes field[FIELDS_MAX];
	size_t count = split(field, ARRAY_SIZE(field), value, ':');
	struct interfaces_static s = { 0 };
	struct interfaces_link *l;
	char name[LINK_NAME_SIZE] = "";
	unsigned without;
	uint32_t mtu = 0;
	bool has_address = count >= 7, ok;

	if (count == 1 && read_method(&without, value)) {
		i->without = without;
		return true;
	}
	if (has_address)
		ok = (field[0].size ? read_static(&s, field[0], field[2], field[3])
				    : !field[2].size && !field[3].size) &&
		     read_name(name, field[5], false) && read_method(&without, field[6]) &&
		     read_rest(&mtu, &s, field + 7, count - 7);
	else
		ok = (count == 2 || count == 3) && read_name(name, field[0], false) &&
		     read_method(&without, field[1]) &&
		     read_rest(&mtu, NULL, field + 2, count - 2);
	if (!ok || !(l = entry_of(i, name)))
		return false;
	l->has_method = true;
	l->without = without;
	l->mtu = mtu ? mtu : l->mtu;
	if (s.own.family == ADDRESS_IPV6)
		l->six = s;
	else if (s.own.family == ADDRESS_IPV4)
		l->four = s;
	return true;
}

bool interfaces_read_nameserver(struct interfaces *i, struct bytes value)
{
	if (i->dns_count == ARRAY_SIZE(i->dns) || !read_address(&i->dns[i->dns_count], value))
		return false;
	i->dns_count++;
	return true;
}

bool interfaces_read_mtu(struct interfaces *i, struct bytes value)
{
	struct bytes field[2];
	size_t count = split(field, ARRAY_SIZE(field), value, ':');
	char name[LINK_NAME_SIZE] = "";
	struct interfaces_link *l;
	uint32_t mtu;

	if (count == 1)
		return read_mtu(&i->mtu, field[0]);
	if (count != 2 || !read_name(name, field[0], true) || !read_mtu(&mtu, field[1]) ||
	    !(l = entry_of(i, name)))
		return false;
	l->mtu = mtu;
	return true;
}

bool interfaces_read_off(struct interfaces *i, struct bytes value)
{
	struct bytes name[CONFIG_INTERFACES_MAX];
	size_t count = split(name, ARRAY_SIZE(name), value, ',');
	struct interfaces old = *i;

	for (size_t k = 0; k < count; k++) {
		char text[LINK_NAME_SIZE] = "";
		struct interfaces_link *l =
			read_name(text, name[k], true) ? entry_of(i, text) : NULL;

		if (!l) {
			*i = old;
			return false;
		}
		l->has_method = true;
		l->without = INTERFACES_OFF;
	}
	return count > 0;
}

const struct interfaces_link *interfaces_find(const struct interfaces *i, const char *name)
{
	const struct interfaces_link *found = NULL;

	for (const struct interfaces_link *l = i->links; l < i->links + i->link_count; l++) {
		if (strcmp(l->name, name) == 0)
			return l;
		if (!found && text_matches(name, l->name))
			found = l;
	}
	return found;
}

const struct interfaces_bond *interfaces_bond_of(const struct interfaces *i, const char *name)
{
	for (const struct interfaces_bond *b = i->bonds; b < i->bonds + i->bond_count; b++)
		for (size_t k = 0; k < b->member_count; k++)
			if (strcmp(b->members[k], name) == 0)
				return b;
	return NULL;
}

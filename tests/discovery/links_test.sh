#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# What settings say about links, and many links at once.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/discovery/cables.sh"

list=001768747470733a2f2f3139322e302e322e31303a38343433
list=$(sed 's/../&:/g; s/:$//' <<<$list)
cable 0
cable 1
serve 0 "--dhcp-option=143,$list" --dhcp-boot=pxelinux.0,tftp.example,10.0.0.9
serve 1

# The log says what each link gave, with the number of the rule that ended it there.
told_why()
{
	discover 8 --debug none && is "$(field .link)" eth0 &&
		grep -q 'dhcp4 eth0: option 143 names bootstrap servers, 25 bytes' told &&
		grep -q 'dhcp4 eth1: HW-3: ' told && is "$(field '.servers | length' eth1)" 0 &&
		grep -q 'eth0: OPT4-11: boot file "pxelinux.0"' told && ! grep -q pxelinux found
}
check each_link_says_what_it_gave "HW-3 OPT4-11 DHCP-17" told_why

static()
{
	discover_until 2 10 --set interfaces.ip=10.1.0.77:::255.255.255.0::eth1:none:192.0.2.53 \
		--set 'interfaces.ip=[2001:db8::7]::[2001:db8::1]:64::eth1:none' --set interfaces.nameserver=192.0.2.1 &&
		is "$(field 'select(.source == "static") | .address' eth1)" 10.1.0.77/24 &&
		is "$(field '.dns | join(" ")' eth1)" "192.0.2.1 192.0.2.53" &&
		is "$(jq -r 'select(.link == "eth1") | .source' found)" static
}
check static_addresses_and_no_dhcp_beside "" static
gone() { ! device ip addr | grep -E 'inet6? (10\.|2001)' && is "$(device ip -6 route show default | wc -l)" 0; }
check static_addresses_are_taken_back "" gone

left_out()
{
	discover_until 1 10 --set interfaces.off=eth0 && is "$(field .link)" eth1 && is "$(jq -r .link found | sort -u)" eth1
}
check a_link_that_is_left_alone "" left_out

mtu()
{
	discover_until 1 10 --set interfaces.mtu=eth0:1400 && device ip link show eth0 | grep -q 'mtu 1400' &&
		device ip link show eth1 | grep -q 'mtu 1500'
}
check the_mtu_of_a_link "" mtu

classes()
{
	discover_until 1 10 --set startup.profile=ssr --set proxy.discovery-off=eth1 --set dhcp.user-class=gear
	grep -q 'vendor class: JuniperSSR' log0 && grep -q 'user class: gear' log0 &&
		! grep -q JuniperSSR log1 && grep -q 'user class: gear' log1 && return
	cat log0 log1
	return 1
}
check classes_and_no_proxies_on_one_link "OPT4-4 OPT4-6 PROXY-7" classes

four_only()
{
	discover_until 1 10 --set dhcp.ipv6=no && [ -z "$(device ip -6 route show default)" ] && ! grep -q dhcp6 told
}
check one_family_alone "" four_only
stop 1

# 64 ports without a cable beside the one that has one.
for n in $(seq 2 65); do
	printf 'link add port%s type veth peer name eth%s netns %s\n' "$n" "$n" $device_pid
done >links
many()
{
	ip -batch links && discover_until 1 10 --debug none && is "$(field .link)" eth0 &&
		is "$(grep -c 'link: eth[0-9]*: .*, no carrier' told)" 64
}
check sixty_four_ports_without_a_cable "" many
stop 0

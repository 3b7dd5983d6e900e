#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# `sztpboot discover` on cables of its own: two namespaces, dnsmasq at the far ends.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/discovery/cables.sh"

example=00:17:68:74:74:70:73:3a:2f:2f:31:39:32:2e:30:2e:32:2e:31:30:3a:38:34:34:33
example+=:00:18:68:74:74:70:73:3a:2f:2f:62:6f:6f:74:2e:65:78:61:6d:70:6c:65:2e:6e:65:74
text=68:74:74:70:73:3a:2f:2f:62:6f:6f:74:2e:65:78:61:6d:70:6c:65

no_cable()
{
	discover 1
	is $? 2 && grep -q 'no link has a carrier' told
}
check says_that_there_is_no_cable "" no_cable

cable 0
cable 1
cable 2 down
serve 0 "--dhcp-option=143,$example" --dhcp-option=option:dns-server,10.0.0.1,10.0.0.2 \
	--dhcp-option=option:log-server,10.0.0.3 --dhcp-option=option:domain-name,lab.example \
	--dhcp-option=121,0.0.0.0/0,10.0.0.1,192.0.2.0/24,10.0.0.9

one_answers()
{
	discover_until 1 30 && is "$(wc -l <found)" 1 && is "$(field .link)" eth0 &&
		is "$(field '.servers | join(" ")')" "https://192.0.2.10:8443 https://boot.example.net:443" &&
		is "$(field '.dns | join(" ")')" "10.0.0.1 10.0.0.2" && is "$(field ".domains[0]")" lab.example &&
		is "$(field '.syslog[0]')" 10.0.0.3 && is "$(field '.routes | length')" 2 &&
		is "$(field '."option-143"' | tr -d :)" "$(tr -d : <<<"$example")"
}
check one_link_answers_one_is_silent_one_has_no_cable "DHCP-1 DHCP-2 DHCP-13 OPT4-3 OPT4-8 OPT4-9 OPT4-15" one_answers
clean()
{
	! device ip -4 addr | grep -q 'inet 10\.' && is "$(device ip -4 route | wc -l)" 0
}
check addresses_and_routes_are_taken_back "" clean

serve 1 "--dhcp-option=143,$text"
both()
{
	nsenter -t $device_pid -n "$agent" discover --wait 3 >found 2>told &
	local pid=$!
	for _ in $(seq 100); do
		[ "$(wc -l <found)" -lt 2 ] || break
		sleep 0.02
	done
	is "$(field '.servers[0]' eth0)" https://192.0.2.10:8443 &&
		is "$(field '.servers[0]' eth1)" https://boot.example:443 &&
		is "$(device ip -4 route show default | grep -c .)" 2 &&
		device ip -4 route show 192.0.2.0/24 | grep -q 'via 10.0.0.9 dev eth0' &&
		kill $pid && wait $pid
}
check leases_of_two_links_live_side_by_side "DHCP-11 DHCP-13" both
check a_signal_leaves_nothing_behind_either "" clean
stop 0
stop 1

nobody_answers()
{
	discover 1
	is $? 2 && grep -q 'nothing has answered' told
}
check says_that_nobody_answers "" nobody_answers

later()
{
	serve 2 "--dhcp-option=143,$example"
	(sleep 0.5; ip link set port2 up) &
	discover_until 1 30 && is "$(field .link)" eth2
	local status=$?
	stop 2
	return $status
}
check a_cable_that_comes_later_is_used "DISC-7" later

plugged()
{
	(
		sleep 0.4
		cable 3 down
		serve 3 "--dhcp-option=143,$example"
		ip link set port3 up
		sleep 4
		stop 3
		uncable 3
	) &
	local plug=$! status
	discover_until 1 30 && is "$(field .link)" eth3
	status=$?
	wait $plug
	return $status
}
check a_link_that_is_plugged_in_joins "" plugged

# T1 as short as dnsmasq allows, and another list of servers from the second lease on.
renews()
{
	local times="--dhcp-option=option:T1,3 --dhcp-option=option:T2,100" pid status

	serve 0 "--dhcp-option=143,$example" $times
	nsenter -t $device_pid -n "$agent" discover --wait 60 >found 2>told &
	pid=$!
	wait_for eval '[ "$(grep -c "DHCPREQUEST(port0)" log0)" -ge 2 ]'
	wait_for eval '[ "$(grep -c "DHCPACK(port0)" log0)" -ge 2 ]'
	is "$(wc -l <found)" 1 || { stop 0; kill $pid; return 1; }
	stop 0
	serve 0 "--dhcp-option=143,$text" $times
	wait_for eval '[ "$(wc -l <found)" = 2 ]'
	kill $pid
	wait $pid
	is "$(jq -r '.servers[0]' found | tail -n 1)" https://boot.example:443
	status=$?
	[ $status = 0 ] || cat log0
	stop 0
	return $status
}
check renewals_bring_changed_lists "DHCP-14 OPT4-12" renews

# Nothing usable in it: said with the rule's number.
broken()
{
	serve 0 --dhcp-option=143,00:04:68:74:74:70
	discover_until 1 30 && is "$(field .rule)" DHCP-4
	local status=$?
	stop 0
	return $status
}
check an_option_without_a_valid_entry_is_discarded "DHCP-3 DHCP-4" broken

forbidden()
{
	setpriv --bounding-set -all --inh-caps -all --reuid 0 true 2>/dev/null || return 0
	device setpriv --bounding-set -all --inh-caps -all "$agent" discover --wait 1 >found 2>told
	is $? 4
}
check says_when_it_may_not "" forbidden

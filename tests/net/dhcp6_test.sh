#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 180
#
# `sztpboot discover` in networks of IPv6: Kea, dnsmasq, radvd and a hostile server at the
# other end of a cable.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/namespace.sh"
in_namespace dnsmasq jq kea-dhcp6 nsenter python3 radvd
export KEA_PIDFILE_DIR=$IN_NAMESPACE KEA_LOCKFILE_DIR=$IN_NAMESPACE

in_device() { nsenter -t "${device_pid[$1]}" -n "${@:2}"; }

# device N: begin a device whose eth0 has its cable in the bridge portN here, 2001:db8:N::1.
# A bridge, and something else in it, because servers want their link to be up before.
device_pid=()
device()
{
	unshare --net sleep 1000 &
	device_pid[$1]=$!
	while [ "/proc/$!/ns/net" -ef /proc/self/ns/net ]; do sleep 0.02; done
	ip link add "port$1" type bridge mcast_snooping 0
	echo 0 >"/proc/sys/net/ipv6/conf/port$1/accept_dad"
	echo 0 >"/proc/sys/net/ipv6/conf/port$1/accept_ra"
	ip link add "cable$1" type veth peer name eth0 netns "$!"
	in_device "$1" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1 net.ipv6.conf.eth0.accept_ra=0
	ip link add "other$1" type veth peer name "end$1"
	ip link set "cable$1" master "port$1" up
	ip link set "other$1" master "port$1" up
	ip link set "end$1" up
	ip addr add "2001:db8:$1::1/64" dev "port$1" nodad
	ip link set "port$1" up
	wait_for eval "ip link show port$1 | grep -q 'state UP'"
}

# Servers: started, and there when these return; stop NAME ends one.
declare -A server_pid
stop()
{
	local s

	for s; do
		kill "${server_pid[$s]}"
		wait "${server_pid[$s]}" 2>/dev/null
		unset "server_pid[$s]"
	done
}

# What the test before has left.
begin()
{
	stop "${!server_pid[@]}"
	rm -f found1 told1 radvd.pid
}

# routers FLAGS...: radvd on port1; what stands between the braces.
routers()
{
	begin
	{
		echo "interface port1 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 10;"
		echo "MinDelayBetweenRAs 3; prefix 2001:db8:1::/64 { };"
		printf '%s\n' "$@"
		echo "};"
	} >radvd.conf
	radvd -n -m stderr -d 1 -p radvd.pid -C radvd.conf >radvd.log 2>&1 &
	server_pid[radvd]=$!
	wait_for test -s radvd.pid
}

# kea SUBNET6 OPTIONS [TIMES]: on port1; JSON members.
kea_configure()
{
	cat >kea.json <<-END
		{ "Dhcp6": { "interfaces-config": { "interfaces": [ "port1" ] },
		  "server-id": { "type": "LL", "htype": 1, "identifier": "020000000001", "persist": false },
		  "lease-database": { "type": "memfile", "persist": false },
		  ${3:-"\"preferred-lifetime\": 500, \"valid-lifetime\": 600,"}
		  "subnet6": [ { "id": 1, "subnet": "2001:db8:1::/64", "interface": "port1" $1 } ],
		  "option-data": [ $2 ],
		  "loggers": [ { "name": "kea-dhcp6", "severity": "DEBUG", "debuglevel": 55,
		    "output_options": [ { "output": "stdout" } ] } ] } }
	END
}
kea()
{
	kea_configure "$@"
	kea-dhcp6 -c kea.json >kea.log 2>&1 &
	server_pid[kea]=$!
	wait_for grep -q 'DHCP6_STARTED\|_FAIL ' kea.log
	! grep '_FAIL ' kea.log
}
option() { printf '{ "code": %s, "csv-format": false, "data": "%s" }' "$1" "${2//:/}"; }
pool=', "pools": [ { "pool": "2001:db8:1::100-2001:db8:1::1ff" } ]'

# discover N: begin, into foundN (JSON lines) and toldN (log); discovered ends it.
discover()
{
	nsenter -t "${device_pid[$1]}" -n "$agent" discover --wait 60 --debug all >"found$1" 2>"told$1" &
	discover_pid=$!
}
discovered()
{
	kill "$discover_pid"
	wait "$discover_pid"
	true
}
# finds CONDITION: discover until DHCPv6 has found that.
finds()
{
	local status

	discover 1
	wait_for eval "[ -n \"\$(field '$1 // empty')\" ]"
	status=$?
	discovered
	[ $status = 0 ] || cat found1 told1
	return $status
}

# field NAME [N]: of the last finding of DHCPv6, without quotes.
field() { jq -r "select(.source == \"dhcp6\") | $1" "found${2-1}" | tail -n 1; }
findings() { jq -r 'select(.source == "dhcp6") | .source' "found${1-1}" | wc -l; }
is() { [ "$1" = "$2" ] || { echo "$1 is not $2"; cat found1 told1; return 1; }; }
said() { grep -q -- "$1" told1 || { echo "not said: $1"; cat told1; return 1; }; }
not_said() { ! grep -- "$1" told1; }

example=00:17:68:74:74:70:73:3a:2f:2f:31:39:32:2e:30:2e:32:2e:31:30:3a:38:34:34:33
example+=:00:18:68:74:74:70:73:3a:2f:2f:62:6f:6f:74:2e:65:78:61:6d:70:6c:65:2e:6e:65:74
text=68:74:74:70:73:3a:2f:2f:62:6f:6f:74:2e:65:78:61:6d:70:6c:65
servers="https://192.0.2.10:8443 https://boot.example.net:443"
dns=20010db8000100000000000000000053
names=036c6162076578616d706c6500

# In a network of its own, because it takes its ten seconds: a server, and no router.
device 2
dnsmasq -d -C /dev/null --port=0 --interface=port2 --bind-interfaces --leasefile-ro --pid-file= \
	--dhcp-range=2001:db8:2::100,2001:db8:2::1ff,64,10m "--dhcp-option=option6:136,$example" \
	2>dnsmasq2.log &
discover 2
without_router=$discover_pid
device 1

managed()
{
	routers "AdvManagedFlag on;" && kea "$pool" "$(option 136 "$example"), $(option 23 $dns),
		$(option 24 $names)" || return 1
	finds ".servers" &&
		is "$(field '.servers | join(" ")')" "$servers" && is "$(findings)" 1 &&
		is "$(field '."option-136"')" "${example//:/}" &&
		is "$(field .address)" 2001:db8:1::100/128 &&
		is "$(field '.dns | join(" ")')" 2001:db8:1::53 &&
		is "$(field '.domains | join(" ")')" lab.example &&
		said 'asks DHCPv6 for addresses' && grep -q 'type=00003.*00:03:00:01\|duid=\[00:03:00:01' kea.log
}
check kea_gives_addresses_and_servers "OPT6-1 OPT6-2 OPT6-3 OPT6-5 DHCP-1 DHCP-13 XR-8" managed
# IPv6 was switched off on this link, and advertisements did not count: see device().
kernel()
{
	in_device 1 ip -6 addr show dev eth0 | grep 'inet6 2001:db8:1:.*/64' &&
		in_device 1 ip -6 route show default | grep 'via fe80.*dev eth0'
}
check the_kernel_does_its_part "OPT6-2" kernel
clean() { ! in_device 1 ip -6 addr | grep '2001:db8:1::100'; }
check addresses_are_taken_back "" clean

informed()
{
	routers "AdvOtherConfigFlag on;" && kea "" "$(option 136 "$example"), $(option 23 $dns)" || return 1
	finds ".servers" &&
		is "$(field '.servers | join(" ")')" "$servers" && is "$(field .address)" null &&
		is "$(field '.dns | join(" ")')" 2001:db8:1::53 && said 'asks DHCPv6 for information' &&
		not_said 'soliciting'
}
check kea_gives_information_alone "OPT6-1 OPT6-2 DHCP-1" informed

# The flags promise addresses; the server has none, but knows the bootstrap servers.
bare()
{
	routers "AdvManagedFlag on;" && kea "" "$(option 136 "$example")" || return 1
	finds ".servers" &&
		is "$(field '.servers | join(" ")')" "$servers" && is "$(field .address)" null &&
		said 'soliciting -> informing'
}
check a_server_without_addresses_still_informs "OPT6-2 OPT6-10" bare

advertised()
{
	routers "AdvManagedFlag off;" "RDNSS 2001:db8:1::54 { AdvRDNSSLifetime 60; };" \
		"DNSSL ra.example net.example { AdvDNSSLLifetime 60; };" || return 1
	finds ".dns[0]" &&
		is "$(field '.dns | join(" ")')" 2001:db8:1::54 && is "$(findings)" 1 &&
		is "$(field '.domains | join(" ")')" "ra.example net.example" &&
		is "$(field '."option-136"')" null
}
check routers_alone_name_dns_servers "OPT6-9" advertised

both()
{
	routers "AdvManagedFlag on;" "RDNSS 2001:db8:1::54 { };" "DNSSL ra.example { };" &&
		kea "$pool" "$(option 136 "$example"), $(option 23 $dns)" || return 1
	finds ".domains[0]" &&
		is "$(field '.dns | join(" ")')" 2001:db8:1::53 &&	# DHCPv6 has given some
		is "$(field '.domains | join(" ")')" ra.example # and none here
}
check dhcpv6_goes_before_routers "OPT6-9" both

masq()
{
	begin
	dnsmasq -d -C /dev/null --port=0 --interface=port1 --bind-interfaces --leasefile-ro \
		--pid-file= --log-dhcp --log-facility=- --enable-ra --ra-param=port1,4,60 \
		--dhcp-range=2001:db8:1::100,2001:db8:1::1ff,64,10m "$@" 2>dnsmasq.log &
	server_pid[dnsmasq]=$!
	wait_for grep -q 'sockets bound' dnsmasq.log
}
as_text()
{
	masq "--dhcp-option=option6:136,$text" '--dhcp-option=option6:ntp-server,[2001:db8:1::7]' \
		'--dhcp-option=option6:bootfile-url,http://boot.example/evil' || return 1
	finds ".servers" &&
		is "$(field '.servers | join(" ")')" https://boot.example:443 &&
		is "$(field '.ntp | join(" ")')" 2001:db8:1::7 &&
		said 'http://boot.example/evil.* is offered and not used'
}
check dnsmasq_with_the_list_as_text "XR-8 DHCP-11 OPT6-6 OPT6-7" as_text

unusable()
{
	masq --dhcp-option=option6:136,00:04:68:74:74:70 || return 1
	finds ".rule" &&
		is "$(field '.servers | length')" 0 && is "$(field .rule)" DHCP-4
}
check a_list_without_a_valid_entry_is_discarded "DHCP-4 XR-8" unusable

# Lives of six seconds; the list changes while the lease is renewed.
renewed()
{
	local times='"preferred-lifetime": 5, "valid-lifetime": 6, "renew-timer": 2, "rebind-timer": 4,'

	routers "AdvManagedFlag on;" && kea "$pool" "$(option 136 "$example")" "$times" || return 1
	discover 1
	wait_for grep -qs 'bound -> renewing' told1 && wait_for grep -q 'renewing -> bound' told1
	kea_configure "$pool" "$(option 136 "$text")" "$times"
	kill -HUP "${server_pid[kea]}"
	wait_for eval '[ "$(field ".servers[0]")" = https://boot.example:443 ]' || { cat told1; return 1; }
	in_device 1 ip -6 addr show dev eth0 | grep 2001:db8:1::100 || return 1
	# Nobody answers any more: renewed, rebound, lost.
	stop kea
	wait_for grep -q 'dhcp6: eth0: lost' told1 || { cat told1; return 1; }
	said 'renewing -> rebinding' && said 'rebinding -> soliciting'
	local status=$?
	! in_device 1 ip -6 addr | grep 2001:db8:1::100 || status=1
	discovered
	return $status
}
check short_leases_are_renewed_and_end "DHCP-14 OPT6-10" renewed

# The peer has the first address of the pool itself.
declined()
{
	ip addr add 2001:db8:1::100/64 dev port1 nodad
	routers "AdvManagedFlag on;" && kea "$pool" "$(option 136 "$example")" || return 1
	discover 1
	wait_for eval '[ "$(field .address)" = 2001:db8:1::101/128 ]'
	local status=$?
	said 'another host has 2001:db8:1::100' && grep -q 'DHCP6_DECLINE_PROCESS_IA\|DECLINE' kea.log || status=1
	discovered
	ip addr del 2001:db8:1::100/64 dev port1
	return $status
}
check an_address_in_use_is_declined "OPT6-10" declined

replugged()
{
	routers "AdvManagedFlag on;" && kea "$pool" "$(option 136 "$example")" || return 1
	discover 1
	wait_for grep -qs 'requesting -> bound' told1
	ip link set cable1 down
	wait_for grep -q 'bound -> unplugged' told1
	ip link set cable1 up
	wait_for grep -q 'confirming -> bound' told1
	local status=$?
	is "$(findings)" 1 || status=1
	discovered
	return $status
}
check a_lease_is_confirmed_after_the_cable_came_back "OPT6-10" replugged

hostile()
{
	routers "AdvManagedFlag on;" || return 1
	python3 "$top/tests/net/dhcp6_hostile.py" port1 "${example//:/}" >hostile.log 2>&1 &
	server_pid[hostile]=$!
	wait_for grep -q ready hostile.log
	discover 1
	wait_for eval '[ -n "$(field ".servers // empty")" ]'
	wait_for grep -q 'all was sent' hostile.log || cat hostile.log
	sleep 0.5 # for what comes too late
	discovered
	is "$(field '.servers | join(" ")')" "$servers" && is "$(findings)" 1 &&
		is "$(field .address)" 2001:db8:1::d00d/128 &&
		is "$(field '.dns | join(" ")')" "" &&
		said 'DHCP-7: option 136 comes 2 times' && said 'from beyond this link'
}
check only_the_one_true_answer_is_taken "OPT6-2 OPT6-10 DHCP-7 DHCP-13 SEC-5" hostile

unrouted()
{
	wait_for eval '[ -n "$(field ".servers // empty" 2)" ]'
	kill $without_router
	is "$(field '.servers | join(" ")' 2)" "$servers" && is "$(findings 2)" 1 &&
		[ "$(field '."after-ms"' 2)" -ge 10000 ]
}
check without_a_router_dhcpv6_is_asked_after_ten_seconds "OPT6-2 DHCP-1" unrouted

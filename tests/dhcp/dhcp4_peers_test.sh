#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# DHCPv4 with servers of others (Kea, dnsmasq) and with one of our own that misbehaves.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/discovery/cables.sh"

# peer N WAY...: our own server at the end of cable N, with the address 10.N.0.9.
peer()
{
	"$top/tests/dhcp/dhcp4_peer.py" "port$1" "10.$1.0.9" "${@:2}" >"peer$1" 2>&1 &
	server_pid[$1]=$!
	until grep -qs ready "peer$1"; do
		kill -0 $! || { cat "peer$1"; return 1; }
		sleep 0.02
	done
}

two=001768747470733a2f2f3139322e302e322e31303a38343433001868747470733a2f2f626f6f742e6578616d706c652e6e6574
colons=$(sed "s/../&:/g; s/:$//" <<<$two)
text=$(printf 'https://boot.example https://192.0.2.7' | xxd -p | tr -d '\n')
# Nine servers are 261 bytes: two instances of the option, cut in the ninth.
long=
for i in 1 2 3 4 5 6 7 8 9; do
	long+=001b$(printf 'https://server%s.example.org' $i | xxd -p)
done

cat >kea.json <<END
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "port0", "port1", "port2" ], "service-sockets-max-retries": 0 },
  "lease-database": { "type": "memfile", "persist": false },
  "valid-lifetime": 600,
  "option-def": [ { "name": "sztp", "code": 143, "type": "binary", "space": "dhcp4" } ],
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ],
  "subnet4": [ $(i=0; for list in $two $text $long; do
	[ $i = 0 ] || echo ,
	echo "{ \"id\": $((i + 1)), \"subnet\": \"10.$i.0.0/24\", \"interface\": \"port$i\",
	  \"pools\": [ { \"pool\": \"10.$i.0.50 - 10.$i.0.99\" } ],
	  \"option-data\": [ { \"code\": 143, \"space\": \"dhcp4\", \"csv-format\": false, \"data\": \"$list\", \"always-send\": true },
	    { \"name\": \"routers\", \"data\": \"10.$i.0.1\" } ] }"
	i=$((i + 1))
	done) ] } }
END
kea()
{
	local status

	KEA_PIDFILE_DIR=$PWD KEA_LOCKFILE_DIR=none KEA_LOGGER_DESTINATION=stdout kea-dhcp4 -c kea.json >kea.log 2>&1 &
	local pid=$!
	for _ in $(seq 250); do
		grep -qs DHCP4_STARTED kea.log && break
		sleep 0.02
	done
	discover_until 3 10 && is "$(field '.servers | join(" ")' eth0)" \
		"https://192.0.2.10:8443 https://boot.example.net:443" &&
		is "$(field '.servers | join(" ")' eth1)" "https://boot.example:443 https://192.0.2.7:443" &&
		is "$(field '.servers | length' eth2)" 9 &&
		is "$(field '.servers[8]' eth2)" https://server9.example.org:443
	status=$?
	kill $pid && wait $pid
	[ $status = 0 ] || tail -n 20 kea.log
	return $status
}
for n in 0 1 2; do
	cable $n
	device ip link set eth$n up # Kea wants it running when it starts
done
check kea_with_binary_text_and_long_lists "DHCP-2 DHCP-5 DHCP-11 DHCP-13 XR-8 OPT4-17" kea
uncable 2

# Everything wrong that there is, then the truth; on the other link nothing but wrong answers.
hostile="truncated overlong foreign-xid foreign-mac no-server no-host loop huge noise other-port late"
survives()
{
	# shellcheck disable=SC2086
	peer 0 $hostile good && peer 1 $hostile || return 1
	discover 8 --debug dhcp4
	local status=$?
	is $status 0 && is "$(wc -l <found)" 1 && is "$(field '.servers[0]' eth0)" https://10.0.0.1:8443 &&
		grep -q 'eth0: OPT4-13: .*less than' told && grep -q 'eth1: OPT4-13' told &&
		is "$(grep -c "got 1" peer0)" 1
	status=$?
	stop 0
	stop 1
	return $status
}
check wrong_answers_beside_the_right_one "OPT4-13" survives
uncable 1

# An address that somebody has: told to the server, which then offers another.
conflict()
{
	local mac

	mac=$(device ip -j link show eth0 | jq -r ".[0].address")
	peer 0 owner 10.0.0.60 || return 1
	local owner=${server_pid[0]}
	serve 0 "--dhcp-option=143,$colons" "--dhcp-host=$mac,10.0.0.60"
	discover_until 1 30
	local status=$?
	[ $status = 0 ] && grep -q arp peer0 && grep -q "DHCPDECLINE.*10.0.0.60" log0 &&
		[ "$(field .address)" != 10.0.0.60/24 ] && grep -q 'OPT4-14: 10.0.0.60 belongs to' told
	status=$?
	[ $status = 0 ] || cat log0 told
	stop 0
	kill "$owner"
	wait "$owner"
	return $status
}
check an_address_in_use_is_declined "OPT4-14" conflict

# The cable is moved to another network: refused there, and a new lease.
moved()
{
	local pid status

	serve 0 "--dhcp-option=143,$colons"
	: >found
	nsenter -t $device_pid -n "$agent" discover --wait 20 --debug dhcp4 >found 2>told &
	pid=$!
	while kill -0 $pid && [ "$(wc -l <found)" -lt 1 ]; do sleep 0.02; done
	ip link set port0 down
	while kill -0 $pid && ! grep -q 'eth0: no carrier' told; do sleep 0.02; done
	stop 0
	ip addr flush dev port0
	ip addr add 10.99.0.1/24 dev port0
	dnsmasq -d -C /dev/null --port=0 --interface=port0 --bind-interfaces --leasefile-ro --no-ping \
		--dhcp-authoritative --log-dhcp --log-facility=- --pid-file= \
		--dhcp-range=10.99.0.50,10.99.0.99,255.255.255.0,10m "--dhcp-option=143,$colons" 2>log0 &
	server_pid[0]=$!
	until grep -qs "sockets bound" log0; do sleep 0.02; done
	ip link set port0 up
	while kill -0 $pid && [ "$(wc -l <found)" -lt 2 ]; do sleep 0.02; done
	grep -q 'DHCPNAK' log0 && grep -q '(NAK)' told && sed -n 2p found | grep -q '"10\.99\.0\.' &&
		! device ip -4 addr show dev eth0 | grep -q 'inet 10\.0\.0\.'
	status=$?
	[ $status = 0 ] || cat found told log0
	kill $pid
	wait $pid
	stop 0
	return $status
}
check a_refused_lease_is_given_up_for_another "OPT4-12" moved

# Release only where it is configured.
released()
{
	ip addr flush dev port0
	ip addr add 10.0.0.1/24 dev port0
	serve 0 "--dhcp-option=143,$colons"
	discover_until 1 10 && ! grep -q DHCPRELEASE log0 || { stop 0; return 1; }
	discover_until 1 10 --set dhcp.release=yes
	for _ in $(seq 100); do
		grep -q DHCPRELEASE log0 && break
		sleep 0.02
	done
	grep -q 'DHCPRELEASE(port0) 10.0.0' log0
	local status=$?
	[ $status = 0 ] || cat log0 told
	stop 0
	return $status
}
check a_lease_is_given_back_where_configured "OPT4-14" released

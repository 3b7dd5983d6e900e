#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# `sztpboot discover` behind ISC's relay agents: Kea for DHCPv4 and DHCPv6 is two networks
# away and never hears us itself.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/namespace.sh"
in_namespace dhcrelay jq kea-dhcp4 kea-dhcp6 nsenter radvd
export KEA_PIDFILE_DIR=$IN_NAMESPACE KEA_LOCKFILE_DIR=$IN_NAMESPACE
namespace()
{
	unshare --net sleep 1000 &
	while [ "/proc/$!/ns/net" -ef /proc/self/ns/net ]; do sleep 0.02; done
}
no_checks() { echo 0 >"/proc/sys/net/ipv6/conf/$1/accept_dad"; }

# The relay is here: "lower" is a bridge to the device, "upper" leads to the server.
namespace
device_pid=$!
namespace
server_pid=$!
device() { nsenter -t $device_pid -n "$@"; }
server() { nsenter -t $server_pid -n "$@"; }
ip link add lower type bridge mcast_snooping 0
ip link add cable type veth peer name eth0 netns $device_pid
ip link add other type veth peer name end
ip link add upper type veth peer name eth0 netns $server_pid
no_checks lower
no_checks upper
server sysctl -qw net.ipv6.conf.eth0.accept_dad=0
ip link set cable master lower up
ip link set other master lower up
ip link set end up
ip link set lower up
ip link set upper up
ip addr add 10.1.0.1/24 dev lower
ip addr add 10.2.0.1/24 dev upper
ip addr add 2001:db8:1::1/64 dev lower nodad
ip addr add 2001:db8:2::1/64 dev upper nodad
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
server ip addr add 10.2.0.2/24 dev eth0
server ip addr add 2001:db8:2::2/64 dev eth0 nodad
server ip link set eth0 up
server ip link set lo up
server ip route add default via 10.2.0.1
server ip -6 route add default via 2001:db8:2::1
for link in lower upper; do
	wait_for eval "ip link show $link | grep -q 'state UP'"
done

example=001768747470733a2f2f3139322e302e322e31303a38343433
example+=001868747470733a2f2f626f6f742e6578616d706c652e6e6574
common='"lease-database": { "type": "memfile", "persist": false }, "valid-lifetime": 600,
	"loggers": [ { "name": "*", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ],'
cat >kea4.json <<END
{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ], "dhcp-socket-type": "udp" }, $common
  "option-data": [ { "code": 143, "csv-format": false, "data": "$example" },
    { "name": "routers", "data": "10.1.0.1" } ],
  "subnet4": [ { "id": 1, "subnet": "10.1.0.0/24", "pools": [ { "pool": "10.1.0.50-10.1.0.99" } ] } ] } }
END
cat >kea6.json <<END
{ "Dhcp6": { "interfaces-config": { "interfaces": [ "eth0/2001:db8:2::2" ] }, $common
  "preferred-lifetime": 500,
  "server-id": { "type": "LL", "htype": 1, "identifier": "020000000001", "persist": false },
  "option-data": [ { "code": 136, "csv-format": false, "data": "$example" } ],
  "subnet6": [ { "id": 1, "subnet": "2001:db8:1::/64",
    "pools": [ { "pool": "2001:db8:1::100-2001:db8:1::1ff" } ] } ] } }
END
cat >radvd.conf <<'END'
interface lower { AdvSendAdvert on; AdvManagedFlag on; MinRtrAdvInterval 3; MaxRtrAdvInterval 10;
  prefix 2001:db8:1::/64 { }; };
END

servers() { jq -r "select(.source == \"$1\") | .servers | join(\" \")" found | tail -n 1; }
address() { jq -r "select(.source == \"$1\") | .address" found | tail -n 1; }
both="https://192.0.2.10:8443 https://boot.example.net:443"
is() { [ "$1" = "$2" ] || { echo "$1 is not $2"; cat found told; return 1; }; }

# Nobody relays yet: asked again and again.
unrelayed()
{
	device "$agent" discover --wait 6 --debug dhcp4,dhcp6 >found 2>told
	is "$(servers dhcp4)$(servers dhcp6)" "" &&
		[ "$(grep -c 'dhcp4: eth0: .*sends\|nobody has answered; selecting, packet' told)" -ge 2 ] ||
		{ cat told; return 1; }
}
radvd -n -m stderr -p radvd.pid -C radvd.conf >radvd.log 2>&1 &
check without_a_relay_nobody_answers "HW-2" unrelayed

server kea-dhcp4 -c kea4.json >kea4.log 2>&1 &
server kea-dhcp6 -c kea6.json >kea6.log 2>&1 &
relays()
{
	wait_for grep -q 'DHCP4_STARTED\|_FAIL ' kea4.log
	wait_for grep -q 'DHCP6_STARTED\|_FAIL ' kea6.log
	! grep '_FAIL ' kea4.log kea6.log
}
check the_servers_are_there "" relays
dhcrelay -4 -d --no-pid -id lower -iu upper 10.2.0.2 >relay4.log 2>&1 &
dhcrelay -6 -d --no-pid -l lower -u 2001:db8:2::2%upper >relay6.log 2>&1 &

relayed()
{
	wait_for grep -q 'Sending on' relay4.log
	wait_for grep -q 'Sending on' relay6.log
	device "$agent" discover --wait 6 >found 2>told
	is "$(servers dhcp4)" "$both" && is "$(servers dhcp6)" "$both" &&
		is "$(address dhcp6)" 2001:db8:1::100/128 && is "$(address dhcp4)" 10.1.0.50/24 &&
		grep -qi 'relay' relay6.log && grep -q 'Forwarded BOOTREPLY' relay4.log
}
check both_families_reach_their_servers_by_relays "HW-2 DHCP-1 XR-8" relayed

# SPDX-License-Identifier: MIT
#
# For tests of discovery: a namespace for the device, cabled to this one, where servers of all
# kinds are.  Sourced with $top set, as the first thing: it starts the test again in there.

. "$top/tests/namespace.sh"
in_namespace dnsmasq jq nsenter
unshare --net sleep 1000 &
device_pid=$!
while [ /proc/$device_pid/ns/net -ef /proc/self/ns/net ]; do sleep 0.02; done
device() { nsenter -t $device_pid -n "$@"; }

# cable N [down]: ethN of the device to portN here, which has the address 10.N.0.1.
cable()
{
	ip link add "port$1" type veth peer name "eth$1" netns $device_pid
	ip addr add "10.$1.0.1/24" dev "port$1"
	[ "${2-}" = down ] || ip link set "port$1" up
}
uncable() { ip link del "port$1"; }

# serve N ARGS...: a DHCP server at the end of cable N, with dns_port=53 a name server too; stop N.
serve()
{
	local n=$1

	shift
	dnsmasq -d -C /dev/null "--port=${dns_port:-0}" --interface="port$n" --except-interface=lo --bind-interfaces \
		--leasefile-ro \
		--no-ping --dhcp-authoritative --log-dhcp --log-facility=- --pid-file= \
		"--dhcp-range=10.$n.0.50,10.$n.0.99,255.255.255.0,10m" "$@" 2>"log$n" &
	server_pid[n]=$!
	for _ in $(seq 100); do
		grep -qs "sockets bound" "log$n" && break
		sleep 0.02
	done
}
stop() { kill "${server_pid[$1]}"; wait "${server_pid[$1]}" 2>/dev/null; rm -f "log$1"; }

# discover SECONDS [OPTION...]: into found (JSON lines) and told (stderr); its exit status.
discover() { device "$agent" discover --wait "$@" >found 2>told; }

# discover_until COUNT SECONDS [OPTION...]: the same, and it ends with so many findings.
discover_until()
{
	local count=$1 pid status

	shift
	: >found
	nsenter -t $device_pid -n "$agent" discover --wait "$@" >found 2>told &
	pid=$!
	while kill -0 $pid 2>/dev/null && [ "$(wc -l <found)" -lt "$count" ]; do sleep 0.02; done
	kill $pid 2>/dev/null
	wait $pid
	status=$?
	[ "$(wc -l <found)" -ge "$count" ] && [ $status = 0 ] && return
	cat found told
	return 1
}

# field NAME [LINK]: of the first finding (of that link), without quotes.
field() { jq -r "select(\"${2-}\" == \"\" or .link == \"${2-}\") | $1" found | head -n 1; }
is() { [ "$1" = "$2" ] || { echo "$1 is not $2"; cat found told; return 1; }; }

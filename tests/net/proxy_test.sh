#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 180
#
# The whole way through squid: two DHCP servers name a proxy each, and nothing else leads out.
#
#	device                      proxies (forwards nothing)          world
#	eth0  dhcp  ------------  port0 10.0.0.10  squid, dnsmasq
#	eth1  dhcp  ------------  port1 10.0.1.11  squid, dnsmasq
#	                                10.0.1.12  squid with a login
#	                          wan 203.0.113.1  ----------------  203.0.113.5  nginx
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/namespace.sh"
in_namespace squid dnsmasq nginx openssl jq nsenter
work=$IN_NAMESPACE
. "$top/scripts/rehearsal.sh"
agent=$BUILD/sztpboot
owner_server=203.0.113.5
cd "$work" || exit 1
mount -t tmpfs none /dev/shm	# squid leaves things there

# --- the three places; this one is that of the proxies

place()
{
	unshare --net sleep 1000 &
	place_pid=$!
	while [ /proc/$place_pid/ns/net -ef /proc/self/ns/net ]; do sleep 0.02; done
}
place; device_pid=$place_pid
place; world_pid=$place_pid
device() { nsenter -t "$device_pid" -n "$@"; }
world() { nsenter -t "$world_pid" -n "$@"; }
ip link set lo up
device ip link set lo up
world ip link set lo up
for i in 0 1; do
	ip link add port$i type veth peer name eth$i netns $device_pid
	ip link set port$i up
done
ip addr add 10.0.0.10/24 dev port0
ip addr add 10.0.1.11/24 dev port1
ip addr add 10.0.1.12/24 dev port1
ip link add wan type veth peer name lan netns $world_pid
ip addr add 203.0.113.1/24 dev wan
ip link set wan up
world ip addr add $owner_server/24 dev lan
world ip link set lan up
world ip route add default via 203.0.113.1

# dhcp N ADDRESS [OPTION...]: a server at port N that names the proxy there, and the bootstrap server.
uri=https://$owner_server:8443
redirect=$(printf '%04x%s' ${#uri} "$(printf %s "$uri" | xxd -p -c 99)" | sed 's/../&:/g; s/:$//')
dhcp()
{
	dnsmasq -d -C /dev/null --port=0 --interface="port$1" --bind-interfaces --leasefile-ro \
		--no-ping --dhcp-authoritative --pid-file= --log-facility=- --log-dhcp \
		"--dhcp-range=10.0.$1.50,10.0.$1.99,255.255.255.0,10m" \
		"--dhcp-option=option:router,$2" "--dhcp-option=143,$redirect" \
		"--dhcp-option=vendor:JuniperSSR,128,$2:3128" "${@:3}" >"dhcp$1.log" 2>&1 &
}

# squid_at NAME ADDRESS [LINES...]: its pid in squid_pid.  Squid refuses to be root.
squid_at()
{
	{
		printf '%s\n' "http_port $2:3128" "pid_filename none" "pinger_enable off" \
			"visible_hostname lab" "access_log stdio:$work/$1.access" \
			"cache_log $work/$1.log" "coredump_dir none" "cache deny all" \
			"dns_nameservers 127.0.0.1" "shutdown_lifetime 0 seconds" \
			"acl ours port 8080 8443" "http_access deny !ours" "${@:3}" \
			"http_access allow CONNECT" "http_access deny all"
	} >"$1.conf"
	: >"$1.access"
	unshare --user --map-user=1000 --map-group=1000 squid -N -f "$1.conf" >"$1.out" 2>&1 &
	squid_pid=$!
	for _ in $(seq 300); do
		(exec 3<>"/dev/tcp/$2/3128") 2>/dev/null && return
		sleep 0.02
	done
	cat "$1.out" "$1.log"
	return 1
}

or_end()
{
	"$@" >out 2>&1 && return
	cat out
	fail prepare "exit status $? of: $*"
	exit 1
}
or_end rehearsal_keys
or_end artifacts idevid --ca pki/devices --serial "$serial" --out idevid
head -c 100000 /dev/urandom >image
or_end rehearsal_conveyed "$work/image" target 1
or_end rehearsal_voucher "$serial" "$work/pki/signer"
or_end rehearsal_redirect
or_end rehearsal_site "$work/image"
world nginx -p "$work/site/" -e "$work/nginx.log" -c nginx.conf \
	-g 'user root root; master_process off;' >nginx.out 2>&1 </dev/null &
dhcp 0 10.0.0.10
dhcp 1 10.0.1.11 --dhcp-reply-delay=1	# so it is known which proxy is known first
or_end squid_at ten 10.0.0.10
ten=$squid_pid
or_end squid_at eleven 10.0.1.11
eleven=$squid_pid
printf 'user:%s\n' "$(openssl passwd -apr1 secret)" >users
or_end squid_at twelve 10.0.1.12 "auth_param basic program /usr/lib/squid/basic_ncsa_auth $work/users" \
	"acl known proxy_auth REQUIRED" "http_access deny !known"

# said WORDS...; used NAME WORDS: squid writes a tunnel down when it has been closed.
said() { grep -qF -- "$1" told || { echo "not said: $1"; cat told; return 1; }; }
used()
{
	for _ in $(seq 100); do
		! grep -qF -- "$2" "$1.access" || return 0
		sleep 0.05
	done
	echo "$1 was not used for $2:"
	cat "$1.access" told
	return 1
}
unused() { ! grep -F CONNECT "$1.access"; }

both()
{
	device "$agent" discover --wait 6 --set startup.profile=ssr >found 2>told
	jq -c 'select(.source == "proxy") | .proxies' found | tail -n 1 >proxies
	[ "$(jq -r 'map("\(.address) \(.link) \(.state) \(.active)") | join("; ")' proxies)" = \
		"10.0.0.10:3128 eth0 reached true; 10.0.1.11:3128 eth1 reached false" ] ||
		{ cat found told dhcp0.log; return 1; }
}
check both_proxies_are_learned_and_shown "MIST-1 PROXY-2 PROXY-3 PROXY-5 PROXY-8" both

# gets SETTINGS...: a whole conversation with the image; its exit status.
gets()
{
	local set=() word

	for word; do
		set+=(--set "$word")
	done
	rm -rf result
	device timeout 60 "$agent" bootstrap --output result --download --serial "$serial" \
		--wait 20 --trust-anchor pki/maker/ca.der --identity-key idevid/idevid.key \
		--identity-certificate idevid/idevid.pem "${set[@]}" >told 2>&1
}

through_ten()
{
	gets startup.profile=ssr || { cat told; return 1; }
	cmp image result/boot-image && used ten "CONNECT $owner_server:8443" &&
		used ten "CONNECT $owner_server:8080" && unused eleven && unused twelve
}
check everything_goes_through_the_lowest "MIST-2 PROXY-9 PROXY-5" through_ten

login()
{
	gets proxy.mode=static proxy.server=10.0.1.12:3128 proxy.fallback-direct=no \
		proxy.credentials=user:secret || { cat told; return 1; }
	cmp image result/boot-image && used twelve "CONNECT $owner_server:8443 user" &&
		unused eleven && ! grep -e secret -e dXNlcjp told
}
check a_fixed_proxy_gets_its_login "PROXY-1 PROXY-10 KEY-4" login

wrong_login()
{
	gets proxy.mode=static proxy.server=10.0.1.12:3128 proxy.fallback-direct=no \
		proxy.credentials=user:wrong
	[ $? = 1 ] && said "PROXY-10" && said "it does not take our login (407)" &&
		! grep -e wrong -e dXNlcjp told && [ ! -e result/onboarding.json ]
}
check a_wrong_login_is_a_refusal "PROXY-10" wrong_login

kill $ten
wait $ten 2>/dev/null
next_one()
{
	gets startup.profile=ssr || { cat told; return 1; }
	said "proxy unreachable: 10.0.0.10:3128 on eth0" && cmp image result/boot-image &&
		used eleven "CONNECT $owner_server:8443"
}
check a_dead_proxy_gives_way_to_the_next "MIST-1 PROXY-11" next_one

kill $eleven
wait $eleven 2>/dev/null
none_left()
{
	gets startup.profile=ssr
	[ $? = 2 ] && said PROXY-11 && [ ! -e result/onboarding.json ]
}
check without_a_proxy_nobody_is_asked "PROXY-11 MIST-2" none_left

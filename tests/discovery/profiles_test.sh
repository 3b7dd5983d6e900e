#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 180
#
# What the profiles and switches change, in whole conversations on cables: xr, huawei, the forms
# of option 143, and ports without a cable.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/discovery/cables.sh"
work=$IN_NAMESPACE
sn=SN-1

or_end() { "$@" > or-end.out 2>&1 || { cat or-end.out; fail prepare "$*"; exit 1; }; }
make() { or_end "$top/scripts/artifacts" "$@"; }
option() { "$top/scripts/artifacts" dhcp-option "$@"; }
# text TEXT: as dnsmasq wants bytes
text() { printf %s "$1" | xxd -p -c 999 | sed 's/../&:/g; s/:$//'; }

make ca --out maker --name Maker
make signer --ca maker --out signer
make ca --out devices --name Devices
make idevid --ca devices --serial $sn --out idevid
make ca --out owner-ca --name Owner
make owner-certificate --ca owner-ca --out owner
make ca --out server-ca --name Servers
make server --ca server-ca --name ip:10.1.0.1 --out server
make voucher --signer signer --serial $sn --pinned owner-ca/ca.pem --out voucher.vcj
head -c 100000 /dev/urandom > image
printf 'hostname=edge\n' > configuration

# site NAME PORT HTTP-PORT URI...: a bootstrap server, which names the image so.
site()
{
	local name=$1 port=$2 http=$3 uris=() uri

	for uri in "${@:4}"; do uris+=(--image-uri "$uri"); done
	make conveyed-information onboarding --image image "${uris[@]}" --os-name target --os-version 1 \
		--configuration configuration --configuration-handling merge --owner owner --out "$name.cms"
	make site --out "$name" --serial $sn --conveyed-information "$name.cms" --server server --image image \
		--owner-certificate owner/owner-certificate.cms --voucher voucher.vcj --port "$port" --http-port "$http"
	serve_web "$name"
}
serve_web()
{
	nginx -p "$work/$1/" -e "$work/$1.log" -c nginx.conf -g "master_process off;" 2> "$1.err" &
	for _ in $(seq 200); do
		! grep -qs . "$1/run/nginx.pid" || return 0
		sleep 0.02
	done
	fail prepare "nginx: $(cat "$1.err" "$1.log")"
	exit 1
}
for n in 1 2; do cable $n; done
ip addr add fd01::1/64 dev port1 nodad
site both 8443 8080 http://10.1.0.1:8080/images/image https://10.1.0.1:8443/images/image
site plain 9443 9080 http://10.1.0.1:9080/images/image
good=$(option https://10.1.0.1:8443)

# A web server for what classic provisioning would fetch.
mkdir -p classic/{run,log,www}
echo 'echo classic' > classic/www/ztp.sh
cat > classic/nginx.conf <<'END'
daemon off;
pid run/nginx.pid;
events { }
http { access_log log/access.log; server { listen 7080; root www; } }
END
serve_web classic
classic_file=--dhcp-option-force=67,http://10.1.0.1:7080/ztp.sh

# bootstrap SETTINGS... [-- OPTION...]
identity=(--identity-key idevid/idevid.key --identity-certificate idevid/idevid.pem)
bootstrap()
{
	local set=()

	while (($#)) && [ "$1" != -- ]; do set+=(--set "$1"); shift; done
	rm -rf result
	device timeout 60 "$agent" bootstrap --output result --serial $sn --trust-anchor maker/ca.der \
		"${identity[@]}" --wait 20 --set usb.enabled=no --set dns.mdns=no "${set[@]}" "${@:2}" > said 2>&1
}
said() { grep -qE -- "$1" said || { echo "not said: $1"; cat said; return 1; }; }
unsaid() { ! grep -E -- "$1" said || { cat said; return 1; }; }
onboards() { bootstrap "$@" && [ "$(cat result/configuration)" = hostname=edge ] || { cat said; return 1; }; }
# refused STATUS REGEX [SETTING...] [-- OPTION...]
refused()
{
	bootstrap "${@:3}"
	is $? "$1" && said "$2" && [ ! -e result/onboarding.json ]
}

## profile xr

serve 1 "--dhcp-option=143,$good" "$classic_file"
serve 2 "$classic_file" --dhcp-boot=ztp.sh,boot,10.2.0.1
only_143()
{
	onboards startup.profile=xr startup.mgmt-interfaces=eth1 && said 'trying dhcp4 eth1' &&
		unsaid 'trying dns|dhcp6 eth1: failed' && [ ! -s classic/log/access.log ] &&
		[ "$(grep -c get-bootstrapping-data both/log/requests.jsonl)" = 1 ]
}
check xr_contacts_only_what_143_names "XR-2 XR-10 XR-12 DHCP-17 DISC-2" only_143
the_web_server_is_there()
{
	[ "$(curl -s --noproxy '*' http://10.1.0.1:7080/ztp.sh)" = "echo classic" ] && [ -s classic/log/access.log ]
}
check a_classic_device_would_find_it "XR-2" the_web_server_is_there

: > classic/log/access.log
stop 1
serve 1 "$classic_file"
nothing_fetched()
{
	refused 2 'dhcp4 eth1: nothing to try: HW-3' startup.profile=xr && said 'dhcp4 eth2: nothing to try: HW-3' &&
		[ ! -s classic/log/access.log ] && [ "$(grep -c get-bootstrapping-data both/log/requests.jsonl)" = 1 ]
}
check with_a_boot_file_alone_nothing_is_fetched "XR-2 HW-3 DHCP-17" nothing_fetched
no_identity() { local identity=(); refused 1 'refused: XR-15' startup.profile=xr; }
check xr_without_an_identity_does_not_start "XR-15 KEY-2" no_identity

## profile huawei

stop 1
serve 1 "--dhcp-option=143,00:03:61:62:63" --enable-ra "--dhcp-range=fd01::100,fd01::1ff,10m" \
	"--dhcp-option=option6:136,$(option 'https://[fd01::1]:8443')"
other_family()
{
	refused 2 'dhcp6 eth1: nothing to try: DHCP-16' startup.profile=huawei discovery.order=dhcp4,dhcp6 &&
		said 'dhcp4 eth1: nothing to try: DHCP-4'
}
check an_option_143_of_no_use_is_the_end_of_dhcp "HW-4 DHCP-16" other_family
check other_profiles_take_the_other_family "DHCP-16 XR-8" onboards discovery.order=dhcp4,dhcp6

stop 1
serve 1 "--dhcp-option=143,$(option https://10.1.0.1:9443)"
check huawei_takes_no_image_by_http "HW-9" refused 1 'HW-9: ' startup.profile=huawei -- --download
check others_do "HW-9 IMG-8" onboards -- --download
stop 1
serve 1 "--dhcp-option=143,$good"
https_only()
{
	onboards startup.profile=huawei -- --download && said 'http://10.1.0.1:8080.*HW-9' && cmp image result/boot-image &&
		[ "$(grep -c 'GET /images/' both/log/requests.jsonl)" = 1 ]
}
check huawei_takes_it_by_https "HW-9 HW-2" https_only

## forms of option 143

stop 1
serve 1 "--dhcp-option=143,$(text "https://10.1.0.1:8443/restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data")"
check a_path_is_no_server "DHCP-9 DHCP-12" refused 2 'nothing to try: DHCP-4' discovery.order=dhcp4
check a_path_is_cut_off_where_that_is_wanted "DHCP-11 DHCP-12" onboards dhcp.strip-path=yes
check text_is_not_read_where_that_is_not_wanted "DHCP-11" refused 2 'nothing to try: DHCP-4' \
	discovery.order=dhcp4 dhcp.strip-path=yes dhcp.text-list=no

## a cable that comes later

stop 1
serve 1 "--dhcp-option=143,$good"
ip link set port1 down
ip link set port2 down
later()
{
	bootstrap &
	local pid=$!

	for _ in $(seq 100); do
		! device ip -j link show eth1 | jq -e '.[].flags | index("UP")' > /dev/null || break
		sleep 0.02
	done
	ip link set port1 up
	wait $pid && [ "$(cat result/configuration)" = hostname=edge ] && unsaid ': failed: '
}
check a_port_without_a_cable_is_no_failure "BOOT-4" later
ip link set port1 down
check no_cable_at_all "BOOT-4 DISC-6" refused 2 'DISC-6: no stick, and no cable' -- --wait 1

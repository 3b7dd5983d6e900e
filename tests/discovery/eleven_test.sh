#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 180
#
# Ten sources that are of no use, each in another way, and the right answer from the eleventh: the
# device is provisioned, and the log says of each what stopped it.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/discovery/cables.sh"
work=$IN_NAMESPACE
sn=SN-11

or_end() { "$@" > or-end.out 2>&1 || { cat or-end.out; fail prepare "$*"; exit 1; }; }
make() { or_end "$top/scripts/artifacts" "$@"; }
option() { "$top/scripts/artifacts" dhcp-option "$@"; }

## the owner's data, once for this device and once for another

make ca --out maker --name Maker
make signer --ca maker --out signer
make ca --out devices --name Devices
make idevid --ca devices --serial $sn --out idevid
make ca --out owner-ca --name Owner
make owner-certificate --ca owner-ca --out owner
make ca --out server-ca --name Servers
make server --ca server-ca --name ip:10.9.0.1 --name dns:boot.lab9 --out server
printf 'hostname=edge\n' > configuration
make conveyed-information onboarding --configuration configuration --configuration-handling merge \
	--owner owner --out conveyed.cms
make voucher --signer signer --serial $sn --pinned owner-ca/ca.pem --out right.vcj
make voucher --signer signer --serial SN-12 --pinned owner-ca/ca.pem --out wrong.vcj

# site DIR VOUCHER PORT HTTP-PORT
site()
{
	make site --out "$1" --serial $sn --conveyed-information conveyed.cms --server server \
		--owner-certificate owner/owner-certificate.cms --voucher "$2" --port "$3" --http-port "$4"
	nginx -p "$work/$1/" -e "$work/$1.log" -c nginx.conf -g "master_process off;" 2> "$1.err" &
	for _ in $(seq 200); do
		[ -z "$(ss -Hltn "sport = :$3")" ] || return 0
		sleep 0.02
	done
	fail prepare "nginx: $(cat "$1.err" "$1.log")"
	exit 1
}

site right right.vcj 8443 8080
site wrong wrong.vcj 9443 9080

## eleven sources

for n in 0 1 2 3 4 5 6 7 8 9; do cable $n; done
serve 1						# no option 143
serve 2 --dhcp-option=143,00:03:61:62:63	# no valid entry
serve 3 "--dhcp-option=143,$(option https://10.3.0.1:1)"	# nobody listens
serve 4 "--dhcp-option=143,$(option https://10.4.0.1:9443)"	# a voucher for another device
serve 5 "--dhcp-option=143,$(option https://10.5.0.1:9080)"	# a server that speaks no TLS
ip addr add fd06::1/64 dev port6 nodad
serve 6 --enable-ra "--dhcp-range=fd06::100,fd06::1ff,10m" \
	"--dhcp-option=option6:136,$(option 'https://[fd06::1]:1')"	# nobody listens, IPv6
dns_port=53 serve 7 --domain=lab7 "--txt-record=$sn._sztp.lab7,ci=garbage"
dns_port=53 serve 8 --domain=lab8 --srv-host=_sztp._tcp.lab8,boot.lab8,1 \
	--host-record=boot.lab8,10.8.0.1	# nobody listens
dns_port=53 serve 9 --domain=lab9 --srv-host=_sztp._tcp.lab9,boot.lab9,8443 \
	--host-record=boot.lab9,10.9.0.1
# Cable 0 has a server that says nothing at all, and there is no stick and no well-known server.

# bootstrap [OPTION...]
bootstrap()
{
	rm -rf result
	device timeout 90 "$agent" bootstrap --output result --serial $sn --trust-anchor maker/ca.der \
		--identity-key idevid/idevid.key --identity-certificate idevid/idevid.pem --wait 30 \
		--set usb.enabled=no "$@" > said 2>&1
}
said() { grep -qE -- "$1" said || { echo "not said: $1"; cat said; return 1; }; }

# before A B: the first line that says A comes before the first that says B.
before()
{
	awk -v a="$1" -v b="$2" 'index($0, a) && !x { x = NR } index($0, b) && !y { y = NR }
		END { exit !(x && y && x < y) }' said || { echo "'$1' is not before '$2'"; cat said; return 1; }
}

eleventh()
{
	bootstrap && [ "$(cat result/configuration)" = hostname=edge ] ||
		{ cat said; return 1; }
}
check the_eleventh_provisions "DISC-1 DISC-2 DISC-5 SRC-10 BOOT-2" eleventh

each_is_told()
{
	said 'dhcp4 eth1: nothing to try: HW-3: ' &&
		said 'dhcp4 eth2: nothing to try: DHCP-4: ' &&
		said 'dhcp4 eth3: failed: ' &&
		said 'dhcp4 eth4: https://10.4.0.1:9443: OV-1[01]: ' &&
		said 'dhcp4 eth5: failed: ' &&
		said 'dhcp6 eth6: failed: ' &&
		said 'dns txt-multicast eth7: nothing to try: DNS-5: ' &&
		said 'dns txt-unicast eth7: failed: ' &&
		said 'dns srv-unicast eth8: failed: ' &&
		said 'trying dns srv-unicast eth9'
}
check each_source_says_what_stopped_it "DISC-9 DNS-4 DHCP-13" each_is_told

in_order()
{
	before 'trying dhcp4' 'trying dhcp6' && before 'trying dhcp4' 'trying dns' &&
		before 'trying dns txt-unicast eth7' 'trying dns srv-unicast eth8'
}
check they_are_taken_in_order "DISC-1 DNS-2 DNS-3" in_order

other_order()
{
	bootstrap --set discovery.order=dns,dhcp6,dhcp4 && before 'trying dns txt-unicast eth7' 'trying dns srv-unicast eth9' &&
		! grep -q 'trying dhcp' said || { cat said; return 1; }
}
check the_order_is_configuration "DISC-2 DISC-5" other_order

# eth4 is for management here, and management interfaces do not stand in the order.
interfaces_split()
{
	bootstrap --set startup.mgmt-interfaces=eth4 --set discovery.order=dport6,dport4
	[ $? -ne 0 ] && before 'trying dhcp6 eth6' 'trying dhcp4 eth3' && ! grep -q 'trying dns\|eth4: nothing\|trying dhcp4 eth4' said ||
		{ cat said; return 1; }
}
check management_and_data_ports_are_told_apart "XR-10 XR-12" interfaces_split

nobody()
{
	bootstrap --set discovery.order=dhcp6 --set dns.mdns=no
	is $? 2 && said 'dhcp6 eth6: failed: '
}
check nobody_left_is_no_success "DISC-6" nobody

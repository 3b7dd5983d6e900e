#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 60
#
# What rsyslog's own parser of RFC 5424 makes of our messages; servers that are not there.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
sender=$(realpath "${BUILD:-$top/build}")/host/check/net/syslog_test
. "$top/tests/namespace.sh"
in_namespace rsyslogd jq "$sender"
ip addr add 2001:db8::1/64 dev lo nodad
# A network in which nobody answers.
ip link add hole type veth peer name end
ip link set end up
ip addr add 192.0.2.1/24 dev hole
ip link set hole up

cat >conf <<END
global(workDirectory="$PWD" parser.escapeControlCharactersOnReceive="off")
module(load="imudp")
template(name="json" type="list" option.jsonf="on") {
	property(outname="pri" name="pri" format="jsonf")
	property(outname="version" name="protocol-version" format="jsonf")
	property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
	property(outname="host" name="hostname" format="jsonf")
	property(outname="app" name="app-name" format="jsonf")
	property(outname="process" name="procid" format="jsonf")
	property(outname="id" name="msgid" format="jsonf")
	property(outname="data" name="structured-data" format="jsonf")
	property(outname="text" name="msg" format="jsonf")
}
ruleset(name="all") { action(type="omfile" file="$PWD/messages" template="json") }
input(type="imudp" address="127.0.0.1" port="514" ruleset="all")
input(type="imudp" address="2001:db8::1" port="514" ruleset="all")
END
rsyslogd -n -f conf -i "$PWD/pid" >rsyslogd.log 2>&1 &
for _ in $(seq 500); do
	[ "$(grep -c ':0202 ' /proc/net/udp /proc/net/udp6 | cut -d: -f2 | paste -sd+)" = 1+1 ] && break
	sleep 0.02
done

# tells ADDRESS [FLOOD]: the story of the unit test; "complete" is its last message.
tells()
{
	: >messages
	SYSLOG_SERVER=$1 SYSLOG_FLOOD=${2-} timeout 30 "$sender" a_whole_story >told 2>&1
}

arrived()
{
	for _ in $(seq 500); do
		jq -se "any(.id == \"$1\")" messages >/dev/null 2>&1 && return
		sleep 0.02
	done
	echo "no $1 has arrived:"
	cat rsyslogd.log messages told
	return 1
}

# message N FILTER: what jq finds in the N-th message is true.
message() { jq -se ".[$1] | $2" messages >/dev/null || { jq -s ".[$1]" messages; false; }; }

parsed()
{
	local me

	tells "$1" && arrived complete || return
	me=$(jq -sr '.[0].process' messages)
	[ "$(jq -s length messages)" = 5 ] || { cat messages; return 1; }
	jq -se "all(.version == \"1\" and .app == \"sztp\" and .host == \"SN\" and .process == \"$me\")" \
		messages >/dev/null || { cat messages; return 1; }
	message 0 '.pri == "133" and .id == "start" and .data == "-" and
		.text == "t: before any server is known"' &&
	message 1 '.pri == "134" and .id == "server-contact" and
		.data == "[sztp@32473 source=\"dhcp4 \\\"eth0\\\"\\]\\\\\" server=\"https://boot.example:443\" step=\"bootstrap\"]" and
		.text == "t: a?b?[31m <0>1 - - c"' &&
	message 2 '.pri == "132" and .id == "OV-10" and
		(.text | endswith("t: OV-10: the voucher is for \u00e4 ?"))' &&
	message 3 '.pri == "131" and .id == "-" and .data == "-" and (.text | endswith("x\u00e4"))' &&
	message 4 '.pri == "133" and .id == "complete"'
}
check rsyslog_parses_every_field "LOG-1 LOG-2 LOG-3" parsed 127.0.0.1
check over_ipv6_too "LOG-1" parsed 2001:db8::1

flooded()
{
	tells 127.0.0.1 20000 && arrived flood
}
check a_flood_is_told_without_waiting "LOG-6" flooded

# Nobody there, no way there, and a host that says that the port is closed.
nobody()
{
	local address

	for address in 192.0.2.9 203.0.113.1 192.0.2.1 fe80::1; do
		tells "$address" 3000 || { echo "$address: $(cat told)"; return 1; }
		[ ! -s messages ] || return
	done
}
check servers_that_are_not_there_hold_up_nothing "LOG-6" nobody

#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 300
#
# A whole run as the network's syslog server hears it, which DHCP names in option 7.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare
cat >"$work/rsyslog.conf" <<END
global(workDirectory="$work")
module(load="imudp")
template(name="json" type="list" option.jsonf="on") {
	property(outname="pri" name="pri" format="jsonf")
	property(outname="version" name="protocol-version" format="jsonf")
	property(outname="host" name="hostname" format="jsonf")
	property(outname="app" name="app-name" format="jsonf")
	property(outname="id" name="msgid" format="jsonf")
	property(outname="data" name="structured-data" format="jsonf")
	property(outname="text" name="msg" format="jsonf")
}
ruleset(name="all") { action(type="omfile" file="$work/messages" template="json") }
input(type="imudp" address="$owner_server" port="514" ruleset="all")
END
: >"$work/messages"
attended "$top/scripts/lab" run --taps 1 --redirect "https://$owner_server:8443" --site "$work/site" \
	--dnsmasq "--dhcp-option=option:log-server,$owner_server" -- bash -c '
	rsyslogd -n -f "$1" -i "$1.pid" >"$1.log" 2>&1 &
	shift
	"$@"
	status=$?
	kill $! && wait $!
	exit $status' machine "$work/rsyslog.conf" \
	"$top/scripts/qemu" --memory $memory_mib --tap tap0 --disk "$work/disk.img" \
	--kernel "$kernel/vmlinuz" --initrd "$work/initrd" --append "$append" \
	--serial-log "$work/console.log" --tpm "$work/tpm" --timeout 180 >"$work/run.log" 2>&1

# heard FILTER: what jq finds in the list of all messages is true.
heard()
{
	jq -se "$1" "$work/messages" >/dev/null && return
	cat "$work/messages" "$work/rsyslog.conf.log" "$work/run.log"
	story_failed
	return 1
}
check target_is_running "" console 'target: running'
check every_message_is_the_device_s "LOG-1 LOG-2 LOG-3" heard \
	"length > 0 and all(.version == \"1\" and .app == \"sztp\" and .host == \"$serial\")"
# What went before the lease was kept until there was a server.
check the_phases_come_in_their_order "LOG-5 LOG-7 HW-12" heard '
	["start", "link", "lease", "option-143", "server-contact", "tls-result", "artifact-result",
	 "image-start", "image-done", "complete", "kexec"] as $phases |
	[.[].id] as $ids | [$phases[] as $p | $ids | index([$p])] |
	all(. != null) and . == sort'
check the_source_is_named "LOG-3" heard \
	'any(.id == "image-start" and (.data | contains("source=\"dhcp4 ")))'
check nothing_secret_is_said "LOG-6" heard 'all(.text | test("PRIVATE|BEGIN|password") | not)'

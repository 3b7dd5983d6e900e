#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/fleet: one device after the other through the states of a fleet, from log lines as nginx
# writes them.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/fleet-test.XXXXXX")
at_exit rm -rf "$work"
site=$work/site
mkdir -p "$site/log"
printf '%s\t%s\n' a.json SN-A b.json 'SN,B' > "$site/devices.list"
clock=1000

# asks SUBJECT STATUS: a device wants its bootstrapping data.
asks()
{
	clock=$((clock + 1))
	jq -cn --arg d "$1" --argjson s "$2" --argjson at "$clock" \
		'{time: ($at | todate), msec: $at, device: $d, status: $s,
		request: "POST /restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data HTTP/1.1"}' \
		>> "$site/log/requests.jsonl"
}

# reports SUBJECT TYPE [MESSAGE [STATUS]]
reports()
{
	clock=$((clock + 1))
	jq -cn --arg d "$1" --arg t "$2" --arg m "${3-}" --argjson s "${4-204}" --argjson at "$clock" \
		'{time: ($at | todate), msec: $at, device: $d, status: $s, request: "POST /report-progress HTTP/1.1",
		body: ({"ietf-sztp-bootstrap-server:input": {"progress-type": $t, message: $m}} | tojson)}' \
		>> "$site/log/reports.jsonl"
}

# is SERIAL STATE [STAGE]
is()
{
	local got

	got=$("$top/scripts/fleet" --json "$site" | jq -r --arg s "$1" 'select(.serial == $s) | .state, .stage')
	[[ ${got%%$'\n'*} == "$2" && (-z ${3-} || ${got#*$'\n'} == "$3") ]] || { echo "$got"; return 1; }
}

a='CN=edge,serialNumber=SN-A' b='serialNumber=SN\,B,CN=edge'

check starts_unprovisioned "CWK-1" is SN-A Unprovisioned
asks "$a" 200
check data_given_is_in_progress "CWK-1" is SN-A InProgress get-bootstrapping-data
reports "$a" bootstrap-initiated
reports "$a" boot-image-initiated
reports "$a" config-warning "line 3"
check other_reports_change_nothing "CWK-2" is SN-A InProgress config-warning
reports "$a" boot-image-installed-rebooting
check rebooting_is_in_progress "CWK-5" is SN-A InProgress boot-image-installed-rebooting
check another_device_is_not_touched "CWK-1" is SN,B Unprovisioned
asks "$b" 401
check refused_by_the_server "CWK-1 CWK-4 CWK-6" is SN,B "Provisioning Error"
asks "$b" 200
check tries_again "CWK-3" is SN,B InProgress
for type in boot-image-error pre-script-error config-error post-script-error bootstrap-error; do
	reports "$b" $type "it broke"
	check "$type" "CWK-1" is SN,B "ZTP Error" $type
	asks "$b" 200
	check "after_$type" "CWK-3" is SN,B InProgress
done
reports "$b" parsing-error
check parsing_error "CWK-1" is SN,B "Provisioning Error"
reports "$b" bootstrap-complete "" 500
check a_report_that_was_not_taken_counts_nothing "CWK-1" is SN,B "Provisioning Error"
reports "$a" bootstrap-complete
check complete_is_provisioned "CWK-1" is SN-A Provisioned
check confirmed "CWK-1" "$top/scripts/fleet" --confirm SN-A "$site"
check confirmed_is_onboarded "CWK-1" is SN-A Onboarded

xml_report()
{
	clock=$((clock + 1))
	printf '{"time":"2026-01-01T01:00:00+01:00","msec":%d.25,"device":"%s","status":204,"request":"POST x","body":"%s"}\n' \
		"$clock" 'serialNumber=SN\\,B' \
		'<input xmlns=\"urn:x\"><progress-type>bootstrap-complete</progress-type><message>fine</message></input>' \
		>> "$site/log/reports.jsonl"
	is SN,B Provisioned && [[ $("$top/scripts/fleet" --json "$site" | jq -r 'select(.serial == "SN,B").message') == fine ]]
}
check reads_xml "CWK-1" xml_report

history_of()
{
	[[ $("$top/scripts/fleet" --history "$1" "$site" | cut -f2 | paste -sd,) == "$2" ]]
}
check history_of_states "CWK-1 CWK-2 CWK-3" history_of SN-A "InProgress,Provisioned,Onboarded"

# IOS XR as its manual prints it: no root object, and containers that are bare arrays.
simplified()
{
	clock=$((clock + 1))
	jq -cn --arg d "$b" --arg t "$1" --argjson at "$clock" \
		'{time: ($at | todate), msec: $at, device: $d, status: 204, request: "POST x",
		body: ({"progress-type": $t, message: "so far", "ssh-host-keys": [{algorithm: "ssh-rsa", "key-data": "AA=="}],
			"trust-anchor-certs": ["AA=="]} | tojson)}' >> "$site/log/reports.jsonl"
}
simplified config-error
check reads_the_simplified_form "XR-13" is SN,B "ZTP Error" config-error
simplified bootstrap-complete
check simplified_completion "XR-13" is SN,B Provisioned bootstrap-complete

# What no device says, but anybody with a certificate can.
for body in '[1]' '"x"' '{"progress-type":{}}' '{"ietf-sztp-bootstrap-server:input":7}' '{"progress-type":"no-such","message":[]}' '<progress-type' ''; do
	jq -cn --arg d "$b" --arg b "$body" --argjson at $((++clock)) \
		'{msec: $at, device: $d, status: 204, request: "POST x", body: $b}' >> "$site/log/reports.jsonl"
done
printf '%s\n' '7' '{}' '{"msec":1,"device":7,"status":204}' '{"msec":1,"device":"serialNumber=SN-A"}' \
	>> "$site/log/reports.jsonl"
check nonsense_changes_nothing "" is SN,B Provisioned no-such

half_a_line()
{
	printf '{"time":"2026-01' >> "$site/log/reports.jsonl"
	is SN-A Onboarded
}
check a_line_being_written_is_left_for_later "" half_a_line

table()
{
	"$top/scripts/fleet" "$site" > "$work/table" && grep -q '^SERIAL  *STATE  *STAGE' "$work/table" &&
		grep -q '^SN-A  *Onboarded' "$work/table" && grep -q '^1 Onboarded, 1 Provisioned$' "$work/table" ||
		{ cat "$work/table"; return 1; }
}
check prints_a_table "" table

# refuses WORDS ARGUMENT...
refuses()
{
	local words=$1

	shift
	"$top/scripts/fleet" "$@" > "$work/out" 2> "$work/err"
	[[ $? == 3 && ! -s $work/out ]] && grep -qF -- "$words" "$work/err"
}
check refuses_no_site "" refuses "usage: fleet"
check refuses_a_folder_that_is_none "" refuses "no devices.list" "$work"
check refuses_unknown_option "" refuses "unknown option" --jsn "$site"
check refuses_to_confirm_a_stranger "" refuses "no device of" --confirm X "$site"
check refuses_to_tell_of_a_stranger "" refuses "no device of" --history X "$site"

# 500 devices, 20 000 lines.
large()
{
	local large=$work/large

	mkdir -p "$large/log"
	seq -f 'SN-%04g' 500 | sed 's/.*/&.json\t&/' > "$large/devices.list"
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf "{\"msec\":%d,\"device\":\"serialNumber=SN-%04d\",\"status\":204,\"request\":\"POST x\",\"body\":\"{\\\"ietf-sztp-bootstrap-server:input\\\":{\\\"progress-type\\\":\\\"%s\\\",\\\"message\\\":\\\"step %d\\\"}}\"}\n",
		i, i % 500 + 1, i < 19900 ? "config-initiated" : "bootstrap-complete", i }' > "$large/log/reports.jsonl"
	[[ $(timeout 60 "$top/scripts/fleet" "$large" | tail -n 1) == "100 Provisioned, 400 Unprovisioned" ]]
}
check a_large_fleet "" large

# screen WORD: what --watch drew last has it, or will have it soon.
screen()
{
	local i

	for i in {1..300}; do
		! tail -n 8 "$work/screen" | awk 'BEGIN { RS = "\033\\[2J" } { last = $0 } END { print last }' |
			grep -q -- "$1" || return 0
		sleep 0.1
	done
	cat "$work/screen"
	return 1
}
watched()
{
	local status

	"$top/scripts/fleet" --watch 1 "$site" > "$work/screen" 2>&1 &
	at_exit kill $!
	screen '^SN-A  *Onboarded' && mv "$site/devices.list" "$work/aside" && screen "no devices.list" &&
		screen '^SN-A  *Onboarded'
	status=$?
	[[ -e $site/devices.list ]] || mv "$work/aside" "$site/devices.list"
	echo >> "$site/log/reports.jsonl"
	clock=$(date +%s)
	reports "$a" bootstrap-error
	((status == 0)) && screen '^SN-A  *ZTP Error' && ! screen_has_error
}
screen_has_error() { tail -n 4 "$work/screen" | grep 'no devices.list'; }
check watching_shows_errors_until_they_are_gone "" watched

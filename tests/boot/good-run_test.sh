#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Everything is right: the device installs what its owner signed and starts it.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare
story_run --tpm "$work/tpm"
installed()
{
	installed_file /var/lib/sztpboot/result.json > "$work/result.json" || { story_failed; return 1; }
	[[ $(jq -r "$1" "$work/result.json") == "$2" ]] || { cat "$work/result.json"; return 1; }
}
check target_is_running "DONE-2 DONE-5 BOOT-3" console 'target: running'
check target_got_its_root "DONE-2" console 'target: running.*root=PARTUUID=5a545020-0001-4000-8000-000000000002'
check result_names_the_device "DONE-6" installed '."serial-number"' "$serial"
check result_has_every_stage "DONE-6" installed '.stages | length' 8
what_is_left()
{
	local first

	first=$(sgdisk -i 2 "$work/disk.img" | sed -n 's/^First sector: \([0-9]*\).*/\1/p')
	[[ $(debugfs -R "ls -p /var/lib/sztpboot" "$work/disk.img?offset=$((first * 512))" 2> /dev/null |
		awk -F/ '$6 !~ /^\.*$/ { print $6 }' | sort | xargs) == "eventlog log result.json" ]]
}
check nothing_is_kept_for_another_run "BOOT-5" what_is_left
device_showed_its_certificate()
{
	jq -r 'select(.request | startswith("POST")) | .device + " " + .verified' "$work/site/log/requests.jsonl" |
		grep -qx "serialNumber=$serial SUCCESS"
}
check device_showed_its_certificate "TLS-2 TLS-4 TLS-14" device_showed_its_certificate
check image_was_asked_for_once "" test "$(image_requests)" = 1
check no_reports_to_an_unknown_server "PROG-2" test ! -s "$work/site/log/reports.jsonl"

#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# No network at all: everything, the boot image too, is on one stick in the layout of the Cisco
# tool, which says file:///disk2:/images/... of what lies in images/.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare_sticks
or_end "make the stick" stick_image good --serial "$serial" --conveyed-information "$work/offline.cms" \
	--owner-certificate "$work/pki/owner/owner-certificate.cms" --voucher "$work/voucher.vcj" \
	--image "$image"
story_run_offline --tpm "$work/tpm" --stick "$work/good.img"
check target_is_running "USB-1 USB-13 USB-14 XR-3 XR-16 DISC-1" console 'target: running'
check data_are_of_this_device "USB-6" console "usb: sda1 \(vfat\): bootstrapping data in EN9/$serial/bootstrapping-data"
installed()
{
	installed_file /var/lib/sztpboot/result.json > "$work/result.json" || { story_failed; return 1; }
	[[ $(jq -r "$1" "$work/result.json") == "$2" ]] || { cat "$work/result.json"; return 1; }
}
check result_names_the_device "DONE-6" installed '."serial-number"' "$serial"
stick_is_untouched()
{
	cmp "$work/good.img" "$work/good.before"
}
check stick_is_untouched "USB-10" stick_is_untouched
check nothing_is_reported "USB-18" silent 'report-progress|bootstrap-initiated'

#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Somebody pulls out the stick while the boot image is read from it.  That is a failed source, and
# nothing more: the network is next, and brings everything.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare_sticks
or_end "make the stick" stick_image good --serial "$serial" --conveyed-information "$work/offline.cms" \
	--owner-certificate "$work/pki/owner/owner-certificate.cms" --voucher "$work/voucher.vcj" \
	--image "$image"
or_end "sign the conveyed information" rehearsal_conveyed "$image" target 1
story_site
story_run --tpm "$work/tpm" --stick "$work/good.img" --slow-sticks 2048 \
	--pull-on 'install: fetching file:' --pull-after 1
check stick_is_read_first "DISC-1 USB-1" console 'install: .*file:///disk2:/images'
check stick_fails "USB-15 XR-5" console 'file:///disk2:/images/.*(Input/output error|No such|cannot read)'
check network_is_next "XR-5 IMG-8" console 'target: running'
check image_came_from_the_server "XR-5" test "$(image_requests)" = 1

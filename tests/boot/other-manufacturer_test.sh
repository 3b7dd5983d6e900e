#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The voucher is right in every word, but signed by a manufacturer this device does not know.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare
# The same name as the right one: names prove nothing.
or_end "make another manufacturer" artifacts ca --out "$work/other" --name "Maker vouchers"
or_end "make its signer" artifacts signer --ca "$work/other" --out "$work/other-signer"
or_end "sign its voucher" rehearsal_voucher "$serial" "$work/other-signer"
story_site
story_refusal --tpm "$work/tpm"
check console_says_why "OV-4 VAL-3" console 'OV-4|VAL-3'
check image_was_not_fetched "VAL-13" test "$(image_requests)" = 0
check device_gives_up "" gave_up
check nothing_was_started "VAL-13" silent 'target: running'
check disk_is_untouched "VAL-13" disk_is_untouched

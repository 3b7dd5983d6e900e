#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The owner's server gives out a voucher for another device of the same manufacturer.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare
or_end "sign the other voucher" rehearsal_voucher JADA000000000 "$work/pki/signer"
story_site
story_refusal --tpm "$work/tpm"
check console_says_why "OV-10" console 'OV-10.*JADA000000000'
check image_was_not_fetched "VAL-6 VAL-13" test "$(image_requests)" = 0
check device_gives_up "" gave_up
check nothing_was_started "VAL-6 VAL-13" silent 'target: running'
check disk_is_untouched "VAL-6 VAL-13" disk_is_untouched

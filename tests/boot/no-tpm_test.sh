#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The TPM that holds the trust store is not there: whom should the device believe?
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare
story_refusal
check console_says_why "TRUST-4" console 'STORE_NO_TPM'
check image_was_not_fetched "TRUST-4" test "$(image_requests)" = 0
check device_gives_up "" gave_up
check nothing_was_started "TRUST-4" silent 'target: running'
check disk_is_untouched "TRUST-4" disk_is_untouched

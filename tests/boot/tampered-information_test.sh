#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The conveyed information was changed after the owner signed it.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare
LC_ALL=C sed -i 's/"os-version":"1"/"os-version":"2"/' "$work/conveyed.cms"
story_site
story_refusal --tpm "$work/tpm"
check console_says_why "CMS-6 VAL-12" console 'CMS-6|VAL-12'
check image_was_not_fetched "VAL-13" test "$(image_requests)" = 0
check device_gives_up "" gave_up
check nothing_was_started "VAL-13" silent 'target: running'
check disk_is_untouched "VAL-13" disk_is_untouched

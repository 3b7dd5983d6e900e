#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The TPM that holds the trust store is not there: whom should the device believe?
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

story_prepare
story_run
check console_says_why "TRUST-4" console 'STORE_NO_TPM'
check image_was_not_fetched "TRUST-4" test "$(grep -c images/ "$work/site/log/requests.jsonl")" = 0
story_refused "TRUST-4"

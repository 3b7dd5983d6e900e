#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# Everything goes well, but the server does not take the last report: the machine does not start
# the new system, says why, and the next round does not fetch the image again.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

printf 'edge-1\n' > "$work/configuration"
story_prepare
or_end "sign the conveyed information" rehearsal_conveyed "$image" target 1 \
	--configuration "$work/configuration" --configuration-handling merge
or_end "sign the redirect" rehearsal_redirect
story_site
# bootstrap-complete gets 500, all other reports 204.
sed -i -e 's|error_page 405 = @reported;|error_page 405 = /reported/$taken;|' \
	-e 's|^\tmap_hash_bucket_size.*|&\n\tmap $request_body $taken { default yes; ~progress-type...bootstrap-complete no; }|' \
	-e 's|^\t\tlocation @reported {|\t\tlocation = /reported/no { internal; return 500; }\n\t\tlocation = /reported/yes {\n\t\t\tinternal;|' \
	"$work/site/nginx.conf"
or_end "change the server" grep -q 'location = /reported/no' "$work/site/nginx.conf"

story_run --tpm "$work/tpm" --stop-on 'IMG-3: ' --linger 3 --fail-on 'target: running'
check run_goes_on "" gave_up
check last_report_must_be_taken "PROG-8 PROG-4" console 'PROG-8: report bootstrap-complete'
check new_system_is_not_started "DONE-3 FAIL-2 FAIL-4" silent 'target: running'
check configuration_is_removed_again "FAIL-3 HW-14" console 'FAIL-3: configuration is removed again'
told_of_the_error()
{
	rehearsal_reports | grep -qx bootstrap-error
}
check switch_stays_on "BOOT-3 FAIL-5" console 'next round in'
check tries_to_tell "PROG-8" told_of_the_error
check image_is_fetched_once "IMG-3 FAIL-2" test "$(image_requests)" = 1

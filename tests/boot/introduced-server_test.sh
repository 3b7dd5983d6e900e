#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# A server nobody knows introduces itself by signed redirect information with its trust anchor: the
# device authenticates it, takes everything from it, and reports to it.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

printf 'edge-1\n' > "$work/configuration"
cat > "$work/pre-script" <<'END'
#!/bin/sh
echo "pre for $SZTP_SERIAL"
[ -e "$SZTP_TARGET/sbin/init" ] && echo image > "$SZTP_TARGET/etc/order"
[ -e "$SZTP_TARGET/var/lib/sztpboot/configuration" ] || echo pre >> "$SZTP_TARGET/etc/order"
END
cat > "$work/post-script" <<'END'
#!/bin/sh
set -e
cp "$SZTP_TARGET/var/lib/sztpboot/configuration" "$SZTP_TARGET/etc/hostname"
echo "configuration post" >> "$SZTP_TARGET/etc/order"
echo "post in $SZTP_PHASE"
exit 100
END
story_prepare
or_end "sign the conveyed information" rehearsal_conveyed "$image" target 1 \
	--pre-script "$work/pre-script" --configuration "$work/configuration" \
	--configuration-handling replace --post-script "$work/post-script"
or_end "sign the redirect" rehearsal_redirect
story_site
story_run --tpm "$work/tpm"
check target_is_running "DONE-2 HW-11" console 'target: running'

rehearsal_reports > "$work/reports"
cat > "$work/expected" <<'END'
bootstrap-initiated
boot-image-initiated
boot-image-complete
pre-script-initiated
pre-script-complete
config-initiated
config-complete
post-script-initiated
post-script-warning
bootstrap-warning
bootstrap-complete
END
told_in_order()
{
	# Parsing may be reported or not; it is no step of its own here.
	diff "$work/expected" <(grep -v '^parsing-' "$work/reports")
}
check reports_tell_the_story_in_order "PROG-4 PROG-5 PROG-6 ONB-1 ONB-6 SCR-4" told_in_order
fleet_history()
{
	[[ $("$top/scripts/fleet" --history "$serial" "$work/site" | cut -f2 | paste -sd,) == "InProgress,Provisioned" ]]
}
check fleet_table_follows "CWK-1 CWK-2" fleet_history
message()
{
	jq -r '.body | fromjson | .["ietf-sztp-bootstrap-server:input"] |
		select(.["progress-type"] == "'"$1"'") | .message' "$work/site/log/reports.jsonl" | grep -qF -- "$2"
}
check report_carries_the_scripts_output "PROG-11 SCR-1" message post-script-warning "post in post"
no_configuration() { ! grep -q 'edge-1' "$work/site/log/reports.jsonl"; }
check reports_hold_no_configuration "PROG-18" no_configuration
asked_twice()
{
	[[ $(grep -c get-bootstrapping-data "$work/site/log/requests.jsonl") == 2 ]] &&
		[[ $(grep -c signed-data-preferred "$work/site/log/requests.jsonl") == 1 ]]
}
check asked_as_a_stranger_then_as_a_friend "RIN-2 RIN-5 SRC-7 REDIR-5" asked_twice
hostname_is()
{
	[[ $(installed_file /etc/hostname) == "$1" ]]
}
check post_script_changed_the_system "SCR-8 HW-10" hostname_is edge-1
marks_in_order()
{
	[[ $(installed_file /etc/order | xargs) == "image pre configuration post" ]]
}
check marks_show_the_order "XR-7 ONB-1 HW-10" marks_in_order
configuration_as_delivered()
{
	installed_file /var/lib/sztpboot/configuration | cmp - "$work/configuration"
}
check configuration_is_there_as_delivered "HW-10 HW-11" configuration_as_delivered

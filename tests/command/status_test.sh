#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 60
#
# The status command, and the file it reads against docs/status.md.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(realpath "${BUILD:-$top/build}")
agent=$build/sztpboot
maker=$build/host/check/agent/status_test	# writes STATUS_FILE as the agent does

# A namespace with /run and /var/lib of its own.
if [ -z "${IN_NAMESPACE-}" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/status-test.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	for tool in jq unshare "$agent" "$maker"; do
		command -v "$tool" >/dev/null || { echo "FAIL $tool is missing"; exit 1; }
	done
	users=(--user --map-root-user)
	[ "$(id -u)" != 0 ] || users=()
	IN_NAMESPACE=$work unshare "${users[@]}" --net --mount bash "$0"
	exit
fi
. "$top/tests/check.sh"
cd "$IN_NAMESPACE" || exit 1
mount -t tmpfs none /run && mount -t tmpfs none /var/lib && mkdir -p /run/sztpboot /var/lib/sztpboot ||
	exit 1

# ends STATUS TEXT ARGUMENT...: the command ends so, and says TEXT.
ends()
{
	local status=$1 text=$2

	shift 2
	"$agent" status "$@" >said 2>&1
	[ $? = "$status" ] && grep -qF -- "$text" said && return
	cat said
	return 1
}

check nothing_has_run "" ends 2 "try again later: nothing has run here"
check unknown_argument "" ends 3 "unknown argument" --yaml
check no_such_file "" ends 3 "no-such-file" no-such-file

# The names and types in the page, and those in a file of a run.
described() { sed -n 's/^| `\(\.[^`]*\)` | \([^|]*\) | .*/\1 \2/p' "$top/docs/status.md"; }
found()
{
	jq -r 'def kind: if type == "array" then "list" else type end;
		paths as $p | "\($p | map(if type == "number" then "[]" else "." + . end) | join("")) \(getpath($p) | kind)"' \
		/run/sztpboot/status.json | sort -u
}
as_described()
{
	local name kind bad=0

	STATUS_FILE=/run/sztpboot/status.json "$maker" the_file || return
	while read -r name kind; do
		described | grep -F "$name " | grep -qwF "$kind" && continue
		echo "not described: $name, $kind"
		bad=1
	done < <(found)
	while read -r name kind; do
		found | grep -qF "$name " && continue
		echo "not in the file: $name"
		bad=1
	done < <(described)
	return $bad
}
check the_file_is_as_docs_status_md_says "MIST-1 PROXY-8" as_described

shown()
{
	ends 0 "OV-11" && grep -qE '^  dhcp4 eth0  no +OV-11  a "sentence"' said &&
		grep -qE '^  interface +proxy +static +state +active$' said &&
		grep -qE '^  - +127\.0\.0\.1:9 +yes +(asking|unreachable) +no$' said &&
		grep -qE '^  eth0 +dhcp4 +192\.0\.2\.9/24 +192\.0\.2\.53 +192\.0\.2\.54' said &&
		grep -qE '^serial-number +SN-1$' said && grep -qE '^  percent +25$' said &&
		! grep -q secret said && return
	cat said
	return 1
}
check a_table_for_people "MIST-1 PROXY-8" shown
same() { ends 0 "" --json && cmp said /run/sztpboot/status.json; }
check json_is_the_file_as_it_is "" same

printf '{"agent":"sztpboot 1","reports":{"sent":3,"text":"a\\u001b[2J"},"stages":[{"a":1.5,"b":[]}]}' \
	>/var/lib/sztpboot/result.json
check the_run_that_goes_on_comes_first "" ends 0 SN-1
rm /run/sztpboot/status.json
check an_installed_system_shows_its_result "DONE-6" ends 0 "sent               3"
check control_characters_are_escaped "" ends 0 'a\x1b[2J'
check fractions_are_numbers_too "" ends 0 "1.5  -"
: >empty
printf '{"a":1' >cut
check empty_file "" ends 1 "refused: empty: JSON" empty
check cut_file "" ends 1 "refused: cut: JSON" cut

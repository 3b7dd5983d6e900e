#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Forty agents at once against one nginx, closed at first: all get their data, and their pauses
# differ.  `make fleet` does it with five hundred.
set -u
top=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
. "$top/tests/check.sh"
BUILD=$(realpath -m "${BUILD:-$top/build}")
export BUILD
work=$(mktemp -d "${TMPDIR:-/tmp}/fleet-run.XXXXXX") || exit 1
at_exit rm -rf "$work"

timeout 200 "$top/scripts/campaign" --agents 40 --keep "$work/fleet" > "$work/out" 2>&1 ||
	sed 's/^/# /' "$work/out"
figures=$work/fleet/figures.json

is() { jq -e "$1" "$figures" || { cat "$work/out"; return 1; }; }

all_of_them() { is '.done == 40 and .agents == 40' && ! grep '^campaign:' "$work/out"; }
check all_get_their_data "TLS-2 XR-9 MATRIX-4" all_of_them
check pauses_differ_and_none_is_short "DISC-7" is '.jittered and .pauses_s.counted == 40'

own_certificates()
{
	local log=$work/fleet/site/log/requests.jsonl

	[[ $(jq -r 'select(.status == 200 and .verified == "SUCCESS") | .device' "$log" | sort -u | wc -l) == 40 ]] &&
		[[ $(jq -r 'select(.status == 200) | .device' "$log" | wc -l) == 40 ]]
}
check each_as_itself_and_once "CWK-6 DISC-5" own_certificates

table()
{
	"$top/scripts/fleet" "$work/fleet/site" | tail -n 1 | grep -x '40 InProgress'
}
check the_fleet_table_shows_them "CWK-1 CWK-2" table

nonsense()
{
	local n

	for n in 0 -1 x 1001x 1000001; do
		"$BUILD/sztpboot" bootstrap --output "$work/none" --rounds "$n" > "$work/said" 2>&1
		[[ $? == 3 ]] && grep -q "^sztpboot: usage: bootstrap: --rounds" "$work/said" || return 1
	done
}
check rounds_are_a_number "" nonsense

ends()
{
	"$BUILD/sztpboot" bootstrap --output "$work/none" --rounds 2 --serial FLEET-0001 \
		--server https://127.0.0.1:9 --trust-anchor "$work/fleet/pki/maker/ca.der" > "$work/said" 2>&1
	[[ $? == 2 && $(grep -c 'next round in' "$work/said") == 1 ]] ||
		{ cat "$work/said"; return 1; }
}
check rounds_end "DISC-7" ends

# A machine that failed does not get better by asking again.
machine()
{
	mkdir -p "$work/read-only" && touch "$work/read-only/file" &&
		"$BUILD/sztpboot" bootstrap --output "$work/read-only/file/x" --rounds 9 --serial FLEET-0001 \
			--server https://127.0.0.1:9 --trust-anchor "$work/fleet/pki/maker/ca.der" > "$work/said" 2>&1
	(($? >= 3)) && ! grep -q 'next round' "$work/said"
}
check a_failed_machine_ends_it "" machine

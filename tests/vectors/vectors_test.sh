#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The conformance vectors of tests/data/vectors against `sztpboot verify`: verdict, exit status,
# the number a refusal names, the document an acceptance prints.  With names of vectors as arguments, only those.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"

agent=$(realpath "${BUILD:-$top/build}")/sztpboot
cd "$top/tests/data/vectors" || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/vectors-test.XXXXXX")
at_exit rm -rf "$work"

# A vector's line: id, verdict, level, numbers proven, numbers allowed, kind, document, authority, and the
# command's arguments, which a tab divides.
jq -r 'def option(name; value): if value == null then [] else ["--" + name, value] end;
	.[] | [.id, .verdict, .level, (.requirements | join(" ")), (.requirements + .also | join(" ")),
		.expected.kind // "-", .expected.document // "-", (.expected["data-trusted"] | tostring),
		([(.files["trust-anchors"][] | "--trust-anchor", .),
		  option("serial"; .inputs.serial)[], option("time"; .inputs.time)[],
		  option("nonce"; .inputs.nonce)[], option("source"; .inputs.source)[],
		  option("conveyed-information"; .files["conveyed-information"])[],
		  option("owner-certificate"; .files["owner-certificate"])[],
		  option("voucher"; .files["ownership-voucher"])[],
		  option("idevid"; .files.idevid)[],
		  option("decrypt-key"; .files["decrypt-key"])[]] | join("\t"))] | join("\u001f")' \
	index.json > "$work/vectors"
# Documents in one form each: members sorted, no blanks.
for document in documents/*.json; do
	jq -cS . "$document" > "$work/$(basename "$document")"
done

# The document on stdout is the expected one, or at least of the expected kind.
prints_document()
{
	local kind=$1 document=$2 got

	got=$(jq -cS . "$work/out") || return
	if [ "$document" = - ]; then
		jq -e "has(\"ietf-sztp-conveyed-info:$kind-information\")" "$work/out" > "$work/kind"
	else
		[ "$got" = "$(cat "$work/${document#*/}")" ]
	fi || { echo "another document: $got"; return 1; }
}

accepted()
{
	prints_document "$1" "$2" || return
	[ "$3" = true ] || grep -q '^MATRIX-1: ' "$work/err" ||
		{ echo "did not say that the document has no authority"; return 1; }
}

refused()
{
	local numbers=$1 line number

	line=$(tail -n 1 "$work/err")
	[ ! -s "$work/out" ] || { echo "refused, and printed a document"; return 1; }
	[[ $line =~ ^'sztpboot: refused: '([A-Z]+-[0-9]+)': ' ]] || { echo "no number: $line"; return 1; }
	number=${BASH_REMATCH[1]}
	[[ " $numbers " == *" $number "* ]] || { echo "$number is none of $numbers: $line"; return 1; }
}

count=0 other=0
while IFS=$'\x1f' read -r id verdict level proven allowed kind document authority arguments; do
	[ $# = 0 ] || [[ " $* " == *" $id "* ]] || continue
	count=$((count + 1))
	IFS=$'\t' read -ra options <<< "$arguments"
	"$agent" verify --explain "${options[@]}" > "$work/out" 2> "$work/err" < /dev/null
	status=$?
	case $status in
	0) got=accept why=$(accepted "$kind" "$document" "$authority" 2>&1) ;;
	1) got=refuse why=$(refused "$allowed" 2>&1) ;;
	*) got="status $status" why=$(tail -n 1 "$work/err") ;;
	esac
	right=$?
	if [ "$got" = "$verdict" ] && [ $right = 0 ]; then
		pass "${id//-/_}" "$proven"
	elif [ "$level" != must ] && [[ $got == accept || $got == refuse ]] && [ "$got" != "$verdict" ]; then
		# Open to each implementation: nothing is proven, nothing is wrong.
		other=$((other + 1))
		echo "$id: $got, where the index says $verdict; $level"
		pass "${id//-/_}"
	else
		fail "${id//-/_}" "$verdict is right, got $got. ${why:-$(tail -n 1 "$work/err")}"
	fi
done < "$work/vectors"
echo "$count vectors, $other with another verdict where that is open"

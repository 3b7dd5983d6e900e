#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The bootstrap conversation against real dnsmasq and nginx, without a virtual machine: what the
# agent takes, what it refuses, and what it tells whom.
set -u
top=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
. "$top/tests/check.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/bootstrap.XXXXXX") || exit 1
at_exit rm -rf "$work"
. "$top/scripts/rehearsal.sh"
agent=$BUILD/sztpboot
gbd=get-bootstrapping-data

or_end()
{
	"$@" > "$work/out" 2>&1 && return
	cat "$work/out"
	fail prepare "exit status $? of: $*"
	exit 1
}

# site: from conveyed.cms and voucher.vcj in $work, with redirect.cms if there is one.
site()
{
	rm -rf "$work/site"
	or_end rehearsal_site "$work/image"
}

# all_good: artifacts as they should be.  A story begins with it; its last command is its verdict.
all_good()
{
	cp "$work/good.cms" "$work/conveyed.cms"
	cp "$work/good.vcj" "$work/voucher.vcj"
	rm -f "$work/redirect.cms"
}

or_end rehearsal_keys
or_end artifacts idevid --ca "$work/pki/devices" --serial "$serial" --out "$work/idevid"
or_end artifacts ca --out "$work/pki/other" --name "Maker devices"
head -c 100000 /dev/urandom > "$work/image"
printf 'hostname edge-1\n' > "$work/configuration"
printf '#!/bin/sh\nexit 0\n' > "$work/script"
or_end rehearsal_conveyed "$work/image" target 1 --configuration "$work/configuration" \
	--configuration-handling merge --pre-script "$work/script"
or_end rehearsal_voucher "$serial" "$work/pki/signer"
cp "$work/conveyed.cms" "$work/good.cms"
cp "$work/voucher.vcj" "$work/good.vcj"

# conversation [--discover] [OPTION...]: with the owner's server, beside it, where the network is up;
# or with the server that DHCP names.  All output is in $work/said.
conversation()
{
	local where= lab=(--no-dhcp) server=(--server "https://$owner_server:8443")

	if [[ ${1-} == --discover ]]; then
		where='$LAB_DEVICE' lab=(--veth --redirect "${server[1]}") server=(--wait 20)
		shift
	fi
	rm -rf "$work/result"
	"$top/scripts/lab" run "${lab[@]}" --site "$work/site" -- bash -c "$where"' "$@"' _ \
		timeout 60 "$agent" bootstrap --output "$work/result" --serial "$serial" "${server[@]}" \
		--trust-anchor "$work/pki/maker/ca.der" --identity-key "$work/idevid/idevid.key" \
		--identity-certificate "$work/idevid/idevid.pem" "$@" > "$work/said" 2>&1
	status=$?
	return $status
}

said() { grep -q -- "$1" "$work/said" || { cat "$work/said"; return 1; }; }

refused()
{
	conversation "${@:2}"
	[[ $status == 1 ]] && said "^sztpboot: refused: $1: " && [[ ! -e $work/result/onboarding.json ]]
}

logged() { jq -r 'select(.request | contains("'"$1"'")) | .body' "$work/site/log/"*.jsonl; }

accepts()
{
	site
	conversation --discover --download && said "^$work/result/onboarding.json$" &&
		cmp "$work/image" "$work/result/boot-image" &&
		cmp "$work/configuration" "$work/result/configuration" &&
		cmp "$work/script" "$work/result/pre-configuration-script" &&
		[[ ! -e $work/result/post-configuration-script ]] &&
		said "device validation: .* takes this device's certificate" &&
		said "server validation: .* is a stranger" && said "artifact validation: signed by " &&
		jq -e '.["ietf-sztp-conveyed-info:onboarding-information"]["boot-image"]' \
			"$work/result/onboarding.json" > /dev/null &&
		[[ $(jq -r '.result, .["server-authenticated"], .signed' "$work/result/status.json" | xargs) == "done false true" ]]
}
check signed_onboarding_from_an_untrusted_server "XR-14 DHCP-8 MATRIX-4 TERM-1 TLS-9 HTTP-4" accepts

nothing_but_the_preference()
{
	[[ $(logged $gbd | jq -c '."ietf-sztp-bootstrap-server:input" | keys') == '["nonce","signed-data-preferred"]' ]] &&
		[[ $(logged $gbd | jq -r '."ietf-sztp-bootstrap-server:input".nonce' | base64 -d | wc -c) == 32 ]] &&
		[[ -z $(logged report-progress) ]]
}
check says_no_more_than_it_must_to_a_stranger "RIN-2 RIN-3 RIN-4 RIN-7 PROG-2 SEC-1" nothing_but_the_preference

identified() { [[ $(jq -r 'select(.request | contains("'$gbd'")) | .verified' "$work/site/log/requests.jsonl") == SUCCESS ]]; }
check shows_its_certificate "TLS-2 TLS-3 CWK-6" identified

promoted()
{
	or_end rehearsal_redirect
	site
	conversation && said "redirects to 1 server, trusted" &&
		[[ $(jq -r '.["server-authenticated"]' "$work/result/status.json") == true ]] &&
		[[ $(logged $gbd | tail -n 1 | jq -c '."ietf-sztp-bootstrap-server:input" | has("signed-data-preferred")') == false ]]
}
check a_signed_redirect_to_itself_promotes_the_server "SRC-7 REDIR-5 MATRIX-3 MATRIX-10 RIN-5" promoted

wrong_anchor()
{
	or_end artifacts conveyed-information redirect --owner "$work/pki/owner" --out "$work/redirect.cms" \
		--server "$owner_server:8443=$work/pki/other/ca.pem"
	site
	refused TLS-7 && [[ $(logged $gbd | wc -l) == 1 ]]
}
check no_fallback_after_a_trust_anchor_failed "TLS-10 REDIR-5" wrong_anchor

second_entry()
{
	or_end artifacts conveyed-information redirect --owner "$work/pki/owner" --out "$work/redirect.cms" \
		--server "$owner_server:8443=$work/pki/other/ca.pem" \
		--server "$owner_server:8443=$work/pki/server-ca/ca.pem"
	site
	conversation && said "TLS-7" && [[ $(jq -r '.["server-authenticated"]' "$work/result/status.json") == true ]]
}
check the_next_entry_of_the_list_is_tried "REDIR-1 SRC-10 TERM-3" second_entry

unsigned_redirect()
{
	or_end artifacts conveyed-information redirect --unsigned --out "$work/redirect.cms" \
		--server "$owner_server:8443=$work/pki/server-ca/ca.pem"
	site
	# Its anchors are dropped, so the server stays a stranger and answers with it for ever.
	refused SRC-5 && [[ $(logged $gbd | wc -l) == 11 ]] && said "not trusted: any trust anchors are dropped"
}
check an_unsigned_redirect_is_followed_without_its_anchors "DISC-4 MATRIX-1 SRC-5 AMB-31" unsigned_redirect

unsigned_onboarding()
{
	all_good
	or_end artifacts conveyed-information onboarding --unsigned --image "$work/image" \
		--image-uri "http://$owner_server:8080/images/image" --out "$work/conveyed.cms"
	site
	refused SRC-8
}
check unsigned_onboarding_from_a_stranger_is_refused "DISC-3 MATRIX-2 SRC-8 RIN-8" unsigned_onboarding

# The same data from a server that the caller's anchor authenticates.
authenticated()
{
	conversation --server-anchor "$work/pki/server-ca/ca.pem" &&
		[[ $(jq -r '.signed, .["server-authenticated"]' "$work/result/status.json" | xargs) == "false true" ]]
}
check unsigned_onboarding_from_an_authenticated_server "MATRIX-8 TLS-7 TLS-11" authenticated

other_name()
{
	or_end artifacts server --ca "$work/pki/server-ca" --name ip:10.77.0.9 --out "$work/pki/server9"
	or_end artifacts site --out "$work/site" --serial "$serial" --conveyed-information "$work/conveyed.cms" \
		--server "$work/pki/server9"
	refused SRC-8 --server-anchor "$work/pki/server-ca/ca.pem" &&
		said TLS-7
}
check a_certificate_for_another_address_does_not_authenticate "TLS-7" other_name

flip()
{
	local size at=$1 byte

	byte=$(od -An -tu1 -j "$at" -N 1 "$2")
	printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$2" bs=1 seek="$at" conv=notrunc status=none
}
tampered()
{
	local at

	all_good
	at=$(grep -abo target "$work/conveyed.cms" | head -n 1 | cut -d: -f1)
	flip "$at" "$work/conveyed.cms"
	site
	refused CMS-6
}
check a_flipped_bit_in_the_document "CMS-6 MATRIX-6 VAL-13" tampered

other_serial()
{
	all_good
	or_end rehearsal_voucher OTHER-0001 "$work/pki/signer"
	site
	refused OV-10
}
check a_voucher_for_another_device "OV-10 VAL-6" other_serial

other_maker()
{
	all_good
	or_end artifacts ca --out "$work/pki/maker2" --name "Maker vouchers"
	or_end artifacts signer --ca "$work/pki/maker2" --out "$work/pki/signer2"
	or_end rehearsal_voucher "$serial" "$work/pki/signer2"
	site
	refused OV-4
}
check a_voucher_of_another_manufacturer_of_the_same_name "OV-4 VAL-3 TRUST-7" other_maker

missing_voucher()
{
	all_good
	site
	jq -c '.[] |= del(.["ownership-voucher"])' "$work"/site/devices/*.json > "$work/short"
	cp "$work/short" "$(ls "$work"/site/devices/*.json)"
	refused VAL-2
}
check signed_data_without_a_voucher "VAL-2 ROUT-3 MATRIX-13" missing_voucher

wrong_image()
{
	all_good
	site
	printf x >> "$work/site/www/images/image"
	refused IMG-9 --download && [[ ! -e $work/result/boot-image ]]
}
check an_image_that_was_not_signed_for "IMG-9" wrong_image

# A server that knows XML alone, in what it takes and in what it gives.
only_xml()
{
	local file

	all_good
	site
	file=$(ls "$work"/site/devices/*.json)
	jq -r '.[] | "<output xmlns=\"urn:ietf:params:xml:ns:yang:ietf-sztp-bootstrap-server\">" +
		(to_entries | map("<" + .key + ">" + .value + "</" + .key + ">") | add) + "</output>"' \
		"$file" > "$work/answer.xml"
	cp "$work/answer.xml" "$file"
	sed -i '/:get-bootstrapping-data {/a if ($content_type !~ xml) { return 415; }' "$work/site/nginx.conf"
	conversation && said "wants XML" && cmp "$work/configuration" "$work/result/configuration" &&
		logged $gbd | tail -n 1 | grep -q '^<input xmlns="urn.*<signed-data-preferred/><nonce>'
}
check a_server_that_takes_and_gives_only_xml "HTTP-7 HTTP-8 HTTP-9 HTTP-10 ROUT-1" only_xml

not_there()
{
	all_good
	site
	rm "$work"/site/devices/*.json
	refused ERR-3 && said "unknown device"
}
check a_server_that_does_not_know_the_device "ERR-1 ERR-3" not_there

silence()
{
	"$top/scripts/lab" run --veth -- bash -c '$LAB_DEVICE "$@"' _ "$agent" bootstrap --wait 3 \
		--output "$work/result" --serial "$serial" --trust-anchor "$work/pki/maker/ca.der" \
		> "$work/said" 2>&1
	[[ $? == 2 ]] && said "DISC-6: no source offered" &&
		[[ $(jq -r '.["exit-status"]' "$work/result/status.json") == 2 ]]
}
check nobody_offers_anything "DISC-6" silence

usage()
{
	local bad

	for bad in "" "--output x --serial A" "--output x --trust-anchor f" "--output x --wait a" "--frob" \
		"--output x --server http://a" "--output x --identity-key k"; do
		"$agent" bootstrap $bad > "$work/said" 2>&1
		[[ $? == 3 ]] && said "^sztpboot: usage: bootstrap: " || return 1
	done
}
check wrong_arguments_are_usage_errors "KEY-2" usage

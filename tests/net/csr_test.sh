#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Certification requests on the way to onboarding information (RFC 9646): nginx asks, the agent
# answers, openssl judges what it answered.
set -u
top=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
. "$top/tests/check.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/csr.XXXXXX") || exit 1
at_exit rm -rf "$work"
. "$top/scripts/rehearsal.sh"
agent=$BUILD/sztpboot
input='."ietf-sztp-bootstrap-server:input"'

or_end()
{
	"$@" > "$work/out" 2>&1 && return
	cat "$work/out"
	fail prepare "exit status $? of: $*"
	exit 1
}

or_end rehearsal_keys
or_end artifacts idevid --ca "$work/pki/devices" --serial "$serial" --out "$work/idevid"
head -c 1000 /dev/urandom > "$work/image"
or_end rehearsal_conveyed "$work/image" target 1
or_end rehearsal_voucher "$serial" "$work/pki/signer"

# site ALGORITHM: what the server asks for; its logs begin anew.
site()
{
	rm -rf "$work/site"
	or_end rehearsal_site "$work/image"
	or_end artifacts site --out "$work/site" --serial "$serial" --ask-csr "$1" \
		--conveyed-information "$work/conveyed.cms" --voucher "$work/voucher.vcj" \
		--owner-certificate "$work/pki/owner/owner-certificate.cms"
}

# conversation [OPTION...]
conversation()
{
	rm -rf "$work/result"
	"$top/scripts/lab" run --veth --no-dhcp --site "$work/site" -- \
		timeout 60 "$agent" bootstrap --output "$work/result" --serial "$serial" \
		--server "https://$owner_server:8443" --trust-anchor "$work/pki/maker/ca.der" \
		--identity-key "$work/idevid/idevid.key" --identity-certificate "$work/idevid/idevid.pem" \
		"$@" > "$work/said" 2>&1
	status=$?
	return $status
}

trusted() { conversation --server-anchor "$work/pki/server-ca/ca.pem" "$@"; }
said() { grep -q -- "$1" "$work/said" || { cat "$work/said"; return 1; }; }

# The inputs of get-bootstrapping-data, one per line.
asked() { jq -r 'select(.request | contains("get-bootstrapping-data")) | .body' "$work/site/log/requests.jsonl"; }
answers() { jq -r 'select(.request | contains("get-bootstrapping-data")) | .status' "$work/site/log/requests.jsonl" | xargs; }
sent_request() { asked | tail -n 1 | jq -r "$input.\"ietf-sztp-csr:p10-csr\"" | base64 -d > "$work/p10"; }

# The request that reached the server, as openssl sees it.
verify()
{
	sent_request && openssl req -inform DER -in "$work/p10" -noout -verify -text > "$work/p10.txt" 2>&1 &&
		openssl req -inform DER -in "$work/p10" -noout -subject -nameopt RFC2253 > "$work/subject" &&
		openssl x509 -in "$work/idevid/idevid.pem" -noout -subject -nameopt RFC2253 | cmp - "$work/subject" &&
		openssl req -in "$work/result/ldevid.csr" -outform DER | cmp - "$work/p10"
}

# asked_for ALGORITHM CURVE
asked_for()
{
	site "$1"
	trusted --csr && said "asks for a certification request about a new key" && verify &&
		grep -q "NIST CURVE: $2" "$work/p10.txt" && grep -q ecdsa-with-SHA256 "$work/p10.txt" &&
		[[ $(answers) == "400 200" && $(stat -c %a "$work/result/ldevid-key.pem") == 600 ]] &&
		openssl pkey -in "$work/result/ldevid-key.pem" -pubout > "$work/public" &&
		openssl req -inform DER -in "$work/p10" -noout -pubkey | cmp - "$work/public" &&
		[[ -f $work/result/onboarding.json && $(jq -r .result "$work/result/status.json") == done ]]
}
check a_request_about_a_new_p256_key "CSR-2 CSR-3 CSR-5 CSR-8 CSR-10 CSR-11 CSR-13" asked_for p256 P-256
cp "$work/public" "$work/former"
check a_request_about_a_new_p384_key "CSR-3 CSR-6" asked_for p384 P-384

the_same_otherwise()
{
	[[ $(asked | wc -l) == 2 ]] &&
		[[ $(asked | jq -c "$input | keys - [\"nonce\"]" | xargs) == "[ietf-sztp-csr:csr-support] [ietf-sztp-csr:p10-csr]" ]] &&
		[[ $(asked | jq -r "$input.nonce" | sort -u | wc -l) == 1 ]]
}
check the_rest_of_the_input_stays "CSR-5" the_same_otherwise

no_key_in_the_log()
{
	local secret

	secret=$(sed -n 2p "$work/result/ldevid-key.pem")
	[[ -n $secret ]] && ! grep -qF -- "$secret" "$work/said" "$work/site/log/"*
}
check the_private_key_stays_in_its_file "CSR-11" no_key_in_the_log

fresh() { asked_for p256 P-256 && ! cmp -s "$work/public" "$work/former"; }
check every_request_has_its_own_key "CSR-10 CSR-9" fresh

own_key()
{
	site own
	trusted --csr && said "about the device's own key" && verify && [[ ! -e $work/result/ldevid-key.pem ]] &&
		openssl x509 -in "$work/idevid/idevid.pem" -noout -pubkey > "$work/public" &&
		openssl req -inform DER -in "$work/p10" -noout -pubkey | cmp - "$work/public"
}
check a_request_about_the_own_key "CSR-4" own_key

nothing_unless_wanted()
{
	site p256
	trusted && ! asked | grep -q csr && [[ $(answers) == 200 && ! -e $work/result/ldevid.csr ]]
}
check offers_nothing_unless_told_to "CSR-1" nothing_unless_wanted

stranger()
{
	site p256
	conversation --csr && ! asked | grep -q csr && [[ $(answers) == 200 ]] &&
		[[ ! -e $work/result/ldevid.csr && ! -e $work/result/ldevid-key.pem ]]
}
check a_stranger_is_offered_nothing "CSR-1" stranger

# A stranger that asks all the same.
pushing_stranger()
{
	site p256
	sed -i 's/~signed-data-preferred untrusted;/~signed-data-preferred ask;/' "$work/site/nginx.conf"
	conversation --csr
	[[ $? == 1 ]] && said "HTTP-11: the server answered 400" && ! asked | grep -q csr && [[ $(answers) == 400 ]]
}
check a_question_of_a_stranger_is_an_error "CSR-1 CSR-5" pushing_stranger

insatiable()
{
	site p256
	sed -i 's/~csr-support ask;/~csr ask;/' "$work/site/nginx.conf"
	trusted --csr
	[[ $? == 1 ]] && said "^sztpboot: refused: CSR-9: " && [[ $(answers) == "400 400 400 400" ]] &&
		[[ $(asked | jq -r "$input.\"ietf-sztp-csr:p10-csr\" // empty" | sort -u | wc -l) == 3 ]] &&
		[[ ! -e $work/result/ldevid-key.pem && ! -e $work/result/ldevid.csr ]]
}
check three_questions_and_no_more "CSR-9" insatiable

# refuses RULE SED: a question changed so
refuses()
{
	site p256
	sed -i "$2" "$work/site/nginx.conf"
	trusted --csr
	[[ $? == 1 ]] && said "^sztpboot: refused: $1: " && [[ $(answers) == 400 && ! -e $work/result/ldevid.csr ]]
}
check an_algorithm_that_was_not_offered "CSR-6" refuses CSR-6 s/MBMGByqGSM49AgEGCCqGSM49AwEH/MA0GCSqGSIb3DQEBAQUA/
check a_format_that_was_not_offered "CSR-6" refuses CSR-6 s/types:p10-csr/types:cmp-csr/
check a_request_that_is_about_another_key "CSR-7" refuses CSR-7 \
	"s/\"csr-generation\"/\"cert-req-info\":\"$(openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null \
		-subj /CN=x -outform DER 2> /dev/null | openssl asn1parse -inform DER -strparse 4 -noout -out /dev/stdout |
		base64 -w0 | sed 's,/,\\/,g')\",&/"

told_what_to_say()
{
	local info

	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /O=Owner/CN=edge-1 \
		-addext subjectAltName=DNS:edge-1.example -addext extendedKeyUsage=clientAuth -outform DER \
		-out "$work/theirs" 2> "$work/out" || return
	info=$(openssl asn1parse -inform DER -in "$work/theirs" -strparse 4 -noout -out /dev/stdout | base64 -w0)
	site p256
	sed -i "s,\"csr-generation\",\"cert-req-info\":\"$info\"\,&," "$work/site/nginx.conf"
	trusted --csr && sent_request &&
		openssl req -inform DER -in "$work/p10" -noout -verify -text > "$work/p10.txt" 2>&1 &&
		grep -q 'Subject: O = Owner, CN = edge-1' "$work/p10.txt" && grep -q DNS:edge-1.example "$work/p10.txt"
}
check says_what_the_server_wants_it_to_say "CSR-7" told_what_to_say

usage()
{
	artifacts site --out "$work/site" --serial A --conveyed-information "$work/conveyed.cms" --ask-csr rsa \
		> "$work/said" 2>&1
	[[ $? == 3 ]] && said "p256, p384, own or no"
}
check the_owner_asks_for_what_exists "" usage

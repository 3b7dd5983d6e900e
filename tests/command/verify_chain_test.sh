#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `sztpboot verify-chain` as operators call it: forms of files, exit status, and what goes to
# which stream.  The rules of paths are tested in tests/pki.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"

agent=$(realpath "${BUILD:-$top/build}")/sztpboot
chains=$top/tests/data/pki/chains
paths=$top/tests/data/pki/paths
work=$(mktemp -d "${TMPDIR:-/tmp}/verify-chain-test.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

now=2026-12-01T00:00:00Z

ask() { "$agent" verify-chain "$@" >out 2>err; }

# prints TEXT OPTION...: accepted, these subjects on stdout, nothing on stderr.
prints()
{
	local text=$1

	shift
	ask "$@" && [ ! -s err ] && [ "$(tr '\n' ' ' <out)" = "$text " ] || { cat out err; false; }
}

# refuses STATUS LINE OPTION...: nothing on stdout, one line on stderr that begins so.
refuses()
{
	local status=$1 line=$2

	shift 2
	ask "$@"
	[ $? = "$status" ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && [[ $(cat err) == "sztpboot: $line"* ]] ||
		{ cat out err; false; }
}

pem() { openssl "$1" -inform DER -in "$2"; }
for f in ta sub leaf revoked; do pem x509 "$paths/$f.der" >$f.pem; done
for f in sub ta sub-lists; do pem crl "$paths/$f.crl" >$f.crl.pem; done
deep=(--time $now --trust-anchor "$chains/root-p256.der")
path=(--time $now --trust-anchor ta.pem --intermediate sub.pem)

check prints_the_path_one_subject_a_line "CMS-18" prints "CN=deep CN=int-2 CN=int-1 CN=root-p256" "${deep[@]}" \
	--intermediate "$chains/int-2.der" --intermediate "$chains/int-1.der" "$chains/deep.der"
check one_intermediate_is_missing "CMS-5 VAL-8" refuses 1 "refused: VAL-8: 'CN=int-2' is issued by 'CN=int-1'" \
	"${deep[@]}" --intermediate "$chains/int-2.der" "$chains/deep.der"
check reads_pem "CMS-18" prints "CN=leaf CN=sub CN=ta" "${path[@]}" leaf.pem
cat leaf.pem sub.pem >full.pem
check reads_a_bundle_with_its_leaf_first "CMS-5" prints "CN=leaf CN=sub CN=ta" --time $now --trust-anchor ta.pem full.pem
cat "$top"/README.md revoked.pem sub.pem ta.pem >bag.pem
check reads_bundles_of_intermediates "CMS-5" prints "CN=leaf CN=sub CN=ta" --time $now --trust-anchor ta.pem \
	--intermediate bag.pem leaf.pem
check takes_several_anchors "CMS-18" prints "CN=leaf CN=sub" --time $now --trust-anchor "$chains/root-p256.der" \
	--trust-anchor sub.pem leaf.pem
check the_anchor_itself "OC-7" prints "CN=ta" --time $now --trust-anchor ta.pem ta.pem

server=("${deep[@]}" --purpose tls-server)
names=(--name dns:boot.example.net --name ip:192.0.2.10 --name ip:2001:db8::5)
check has_all_names "TLS-7" prints "CN=server-p256 CN=root-p256" "${server[@]}" "${names[@]}" "$chains/server-p256.der"
check lacks_one_name "TLS-7" refuses 1 "refused: TLS-7: 'CN=server-p256' is not a certificate for other.example.net" \
	"${server[@]}" "${names[@]}" --name dns:other.example.net "$chains/server-p256.der"
check lacks_an_address "TLS-7" refuses 1 "refused: TLS-7: " "${server[@]}" --name ip:2001:db8::6 "$chains/server-p256.der"
check client_is_no_server "TLS-7" refuses 1 "refused: TLS-7: extendedKeyUsage" "${server[@]}" "$chains/client.der"
check client_is_a_client "CMS-18" prints "CN=client CN=root-p256" "${deep[@]}" --purpose tls-client "$chains/client.der"
check owner_may_be_anything "OC-5" prints "CN=client CN=root-p256" "${deep[@]}" --purpose any "$chains/client.der"
check signer_has_its_own_number "OV-4" refuses 1 "refused: OV-4: " "${path[@]}" --purpose signer "$chains/client.der"

# A server whose common name is boot.example.net; named NAME [SUBJECT-ALTERNATIVE-NAME]
named()
{
	printf '%s\n' extendedKeyUsage=serverAuth basicConstraints=critical,CA:false \
		authorityKeyIdentifier=keyid ${2:+"subjectAltName=$2"} >$1.ext
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key -subj /CN=boot.example.net |
		openssl x509 -req -CA by.pem -CAkey by.key -CAcreateserial -days 3000 -extfile $1.ext -out $1.pem
}
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout by.key -subj /CN=by -days 3000 \
		-addext keyUsage=critical,keyCertSign -out by.pem
	named without && named other DNS:other.example.net,IP:192.0.2.10 && named right DNS:boot.example.net
} >openssl.out 2>&1 || { cat openssl.out; fail prepare "openssl"; exit 1; }
server=(--trust-anchor by.pem --purpose tls-server --name dns:boot.example.net)
check a_common_name_is_no_name "TLS-8" refuses 1 "refused: TLS-7: " "${server[@]}" without.pem
check nor_is_it_one_beside_other_names "TLS-8" refuses 1 "refused: TLS-7: " "${server[@]}" other.pem
check the_same_name_where_names_stand "TLS-8" prints "CN=boot.example.net CN=by" "${server[@]}" right.pem

check crls "VAL-9 VAL-11" prints "CN=leaf CN=sub CN=ta" "${path[@]}" --require-revocation --crl sub.crl.pem \
	--crl "$paths/ta.crl" leaf.pem
cat sub.crl.pem ta.crl.pem >both.pem
check crls_of_one_file "VAL-11" prints "CN=leaf CN=sub CN=ta" "${path[@]}" --require-revocation --crl both.pem leaf.pem
check revoked "VAL-9" refuses 1 "refused: VAL-9: 'CN=revoked' is revoked" "${path[@]}" --require-revocation \
	--crl sub-lists.crl.pem --crl ta.crl.pem revoked.pem
check revoked_counts_without_being_asked_for "OV-17" refuses 1 "refused: VAL-9: 'CN=revoked' is revoked" "${path[@]}" \
	--crl sub-lists.crl.pem revoked.pem
check no_crl "VAL-9" refuses 1 "refused: VAL-9: there is no CRL" "${path[@]}" --require-revocation leaf.pem
check one_crl_is_missing "VAL-11" refuses 1 "refused: VAL-11: there is no CRL of 'CN=ta'" "${path[@]}" \
	--require-revocation --crl sub.crl.pem leaf.pem
check old_crl "VAL-10" refuses 1 "refused: VAL-10: " "${path[@]}" --crl "$paths/sub-old.crl" leaf.pem

check certificate_is_no_crl "VAL-9" refuses 1 "refused: VAL-9: CRL" "${path[@]}" --crl "$paths/sub.der" leaf.pem
check crl_is_no_certificate "CMS-18" refuses 1 "refused: CMS-18: " "${path[@]}" "$paths/sub.crl"
check pem_without_a_certificate "CMS-18" refuses 1 "refused: CMS-18: sub.crl.pem holds no CERTIFICATE" "${path[@]}" sub.crl.pem
: >empty
check empty_file "CMS-18" refuses 1 "refused: CMS-18: " "${path[@]}" empty
check empty_anchor "CMS-18" refuses 1 "refused: CMS-18: trust anchor 1" --time $now --trust-anchor empty leaf.pem
head -c 300 "$paths/leaf.der" >cut
check truncated_file "CMS-18" refuses 1 "refused: CMS-18: " "${path[@]}" cut
for i in {1..66}; do cat sub.pem; done >many.pem
check more_certificates_than_are_looked_at "CMS-16" refuses 1 "refused: CMS-16: " "${path[@]}" --intermediate many.pem leaf.pem
for i in {1..17}; do cat sub.crl.pem; done >many.crl.pem
check more_crls_than_are_read "CMS-16" refuses 1 "refused: CMS-16: " "${path[@]}" --crl many.crl.pem leaf.pem

check expired_with_a_right_clock "CLK-5" refuses 1 "refused: VAL-8: " --time 2090-01-01T00:00:00Z --trust-anchor ta.pem \
	--intermediate sub.pem leaf.pem
check the_machines_clock_is_a_floor "CLK-2 CLK-4 CLK-5" prints "CN=of-sub-future CN=sub-future CN=ta" --trust-anchor ta.pem \
	--intermediate "$paths/sub-future.der" "$paths/of-sub-future.der"
check not_yet_valid_with_a_right_clock "CLK-5" refuses 1 "refused: VAL-8: 'CN=sub-future' is not valid before" --time $now \
	--trust-anchor ta.pem --intermediate "$paths/sub-future.der" "$paths/of-sub-future.der"

check missing_file "" refuses 3 "usage: " "${path[@]}" nothing.pem
check no_anchor "" refuses 3 "usage: " leaf.pem
check no_leaf "" refuses 3 "usage: " "${path[@]}"
check two_leaves "" refuses 3 "usage: " "${path[@]}" leaf.pem sub.pem
check unknown_option "" refuses 3 "usage: " "${path[@]}" --quick leaf.pem
check unknown_purpose "" refuses 3 "usage: " "${path[@]}" --purpose server leaf.pem
check name_of_no_kind "" refuses 3 "usage: " "${path[@]}" --name boot.example.net leaf.pem
check bad_address "" refuses 3 "usage: " "${path[@]}" --name ip:192.0.2.256 leaf.pem
check bad_time "" refuses 3 "usage: " "${path[@]}" --time yesterday leaf.pem

# Certificates that certify each other: the search ends by its own count.
openssl pkcs7 -inform DER -in "$chains/circles.cms" -print_certs -out circles.pem
check ends_in_circles "CMS-16" refuses 1 "refused: CMS-16: no path found within the allowed number" --time $now \
	--trust-anchor "$chains/root-p384.der" --intermediate circles.pem "$chains/circle-1-2.der"

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `sztpboot inspect`: what it tells of every kind of file, and that it judges none.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"

agent=$(realpath "${BUILD:-$top/build}")/sztpboot
data=$top/tests/data/pki
work=$(mktemp -d "${TMPDIR:-/tmp}/inspect-test.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

# tells FILE FILTER...: one line of JSON for which every FILTER is true.
tells()
{
	local file=$1 filter

	shift
	"$agent" inspect "$file" >out 2>err && [ ! -s err ] && [ "$(wc -l <out)" = 1 ] || { cat out err; return 1; }
	for filter; do
		jq -e "$filter" out >/dev/null || { echo "not true: $filter"; jq . out; return 1; }
	done
}

# refuses TEXT FILE: nothing on stdout, one line with TEXT.
refuses()
{
	"$agent" inspect "$2" >out 2>err
	[ $? = 1 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -qF "$1" err || { cat out err; false; }
}

b=$data/bundles c=$data/chains
check signed_data "CMS-1" tells "$b/ci-p256.cms" \
	'.file | endswith("ci-p256.cms")' '.kind == "CMS" and .type == "id-signedData"' \
	'."signed-data" | ."content-type" == "id-ct-sztpConveyedInfoJSON" and (.degenerate | not)' \
	'."signed-data".signers | length == 1 and .[0].issuer == "CN=oint-p256"' \
	'."signed-data".signers[0] | ."digest-algorithm" == "SHA-256" and ."signature-algorithm" == "ecdsa-with-SHA256"' \
	'[."signed-data".signers[0]."signed-attributes"[].type] | contains(["content-type", "message-digest", "signing-time"])' \
	'."signed-data".content | .encoding == "JSON" and .document["ietf-sztp-conveyed-info:onboarding-information"]."configuration-handling" == "merge"'
check signed_by_key_identifier "CMS-10" tells "$b/ci-keyid.cms" '."signed-data".signers[0].key | length == 40'
check no_signed_attributes "CMS-6" tells "$b/ci-data-no-attributes.cms" \
	'."signed-data".signers[0] | has("signed-attributes") | not'
check weak_signature "" tells "$b/ci-sha1.cms" '."signed-data".signers[0]."digest-algorithm" == "SHA-1"'
check several_signers "" tells "$b/ci-two-signers.cms" '."signed-data".signers | length == 2'
check detached_signature "CMS-17" tells "$b/ci-detached.cms" '."signed-data" | has("content") | not'
check voucher "" tells "$b/voucher-p256.vcj" \
	'."signed-data".certificates[0].subject == "CN=vsign-p256"' \
	'."signed-data".content.document["ietf-voucher:voucher"]."serial-number" == "JADA123456789"' \
	'."signed-data".content."pinned-domain-cert".subject | startswith("CN=")'
check voucher_that_is_refused "" tells "$b/voucher-bad-date.vcj" '."signed-data".content.encoding == "JSON"'
check conveyed_information_in_xml "" tells "$b/ci-xml.cms" \
	'."signed-data".content | .encoding == "XML" and (.document | type == "object")'
check voucher_in_xml "" tells "$top/tests/data/vectors/ov/xml-all.vcj" \
	'."signed-data".content | .encoding == "XML" and (.document["ietf-voucher:voucher"] | has("serial-number"))'
check certificate_bag "CMS-14" tells "$b/owner-p256.cms" '."signed-data" | .degenerate and (.certificates | length >= 1)'
check bag_with_a_crl "" tells "$b/owner-crl.cms" \
	'."signed-data".crls[0] | .issuer and ."this-update" and ."next-update" and .revoked >= 0'
check enveloped_data "" tells "$b/ci-encrypted.cms" \
	'."enveloped-data" | .algorithm and .recipients[0].kind == "key-transport" and .recipients[0].serial'
check authenticated_enveloped_data "" tells "$b/ci-gcm.cms" 'has("auth-enveloped-data")'
check plain_content "" tells "$b/ci-unsigned.cms" '.type == "id-ct-sztpConveyedInfoJSON"' '.content.document | type == "object"'
check certificate "" tells "$b/device.der" '.kind == "certificate" and ."device-serial" == "JADA123456789"' \
	'.key == "RSA-2048" and .version == 3' '[.extensions[].type] | contains(["keyUsage"])'
check names_of_a_server "" tells "$c/server-p256.der" \
	'[.extensions[] | select(.type == "subjectAltName") | .names[].dns // empty] | length > 0'
check certificate_nobody_takes "" tells "$c/v1.der" '.version == 1 and (.unusable | contains("version 1"))'
check unknown_key "" tells "$c/stranger-ed25519.der" '.key | test("25519|1.3.101.112")'
check large_key "CMS-12" tells "$c/root-rsa4096.der" '.key == "RSA-4096"'

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj "/CN=lists" 2>/dev/null
printf '[ca]\ndefault_ca=a\n[a]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\ncrl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n' >ca.cnf
printf 'R\t300101000000Z\t260101000000Z\t0A\tunknown\t/CN=gone\n' >index
echo 01 >number
openssl ca -config ca.cnf -gencrl -keyfile ca.key -cert ca.pem -crldays 30 -out crl.pem 2>/dev/null
openssl crl -in crl.pem -outform DER -out crl.der
openssl cms -encrypt -in ca.pem -binary -outform DER -out agreed.cms -recip ca.pem -aes256 2>/dev/null
check crl "" tells crl.der '.kind == "CRL" and .issuer == "CN=lists" and .revoked == 1 and .version == 2' \
	'.extensions | length == 2'
check crl_in_pem "" tells crl.pem '.kind == "CRL"'
check key_agreement "" tells agreed.cms \
	'."enveloped-data".recipients[0] | .kind == "key-agreement" and .keys[0].issuer == "CN=lists"'
cat ca.key ca.pem crl.pem >several.pem
check blocks_of_a_file "" tells several.pem '[.blocks[].kind] == ["certificate", "CRL"]'
check pem_of_cms "" tells "$b/ci.pem" '.kind == "CMS"'
cat "$b/ci-p256.cms" >newline.cms && echo >>newline.cms
check one_newline_may_follow "CMS-2" tells newline.cms '.kind == "CMS"'
check sealed_store "" tells "$top/tests/data/corpus/envelope/good" \
	'.kind == "sealed-store" and .generation == 1 and .policy.mode == "split"'

printf '\0\026https://192.0.2.1:8443\0\023https://example.net\0\022http://example.net' >option
check option_payload "DHCP-9" tells option '.kind == "bootstrap-server-list" and (.servers | length == 3)' \
	'.servers[0] == {uri: "https://192.0.2.1:8443", host: "192.0.2.1", port: 8443}' \
	'.servers[1].port == 443' '.servers[2].invalid | contains("http")'
printf 'https://example.net:8443' >text
check option_as_text "DHCP-11" tells text '.servers[0].port == 8443'
hex() { "$agent" inspect --hex "00:13 $(printf 'https://example.net' | od -An -tx1 | tr -d '\n')" >out && jq -e '.servers[0].host == "example.net"' out; }
check option_in_hex "" hex
printf '\0\377https://example.net' >short
option() { "$agent" inspect --option143 "$1" >out 2>err; [ $? = 1 ] && grep -q DHCP-10 err; }
check option_that_is_cut "DHCP-10" option short

## what it cannot read

: >empty
echo "hello, world" >words
head -c 300 "$b/ci-p256.cms" >cut
printf '\x30\x03\x02\x01\x05' >other
{ cat "$b/device.der"; printf 'xx'; } >longer
check damaged_by_text_conversion "ENCODE-3" refuses "not DER: damaged by a text conversion" "$b/ci-damaged.cms"
check indefinite_length "CMS-3" refuses "not DER: indefinite length" "$b/ci-indefinite.cms"
check empty_file "" refuses "not DER: empty" empty
check no_structure "" refuses "not DER" words
check cut_file "" refuses "not DER: cut short" cut
check bytes_after_the_end "CMS-2" refuses "2 bytes after the end" longer
check der_of_something_else "" refuses "neither CMS nor a certificate nor a CRL" other
check private_key "" refuses "PEM without a certificate" ca.key

every_cut()
{
	local size

	for size in $(seq 1 37 574); do
		head -c "$size" "$b/ci-p256.cms" >cut
		"$agent" inspect cut >out 2>err
		[ $? = 1 ] && [ ! -s out ] || return 1
	done
}
check every_truncation "" every_cut
several()
{
	"$agent" inspect "$b/device.der" words "$b/ci-p256.cms" >out 2>err
	[ $? = 1 ] && [ "$(wc -l <out)" = 2 ] && [ "$(wc -l <err)" = 1 ] && jq -e .kind out
}
check one_document_a_file "" several
usage() { "$agent" inspect "$@" >out 2>err; [ $? = 3 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ]; }
check no_file "" usage
check unknown_option "" usage --colour "$b/device.der"
check no_hex "" usage --hex xyz
check half_a_byte "" usage --hex 123
check missing_file "" usage missing.der

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `sztpboot verify` as operators call it: exit status, what goes to which stream, forms of
# files, and bundles that scripts/artifacts makes.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"

agent=$(realpath "${BUILD:-$top/build}")/sztpboot
data=$top/tests/data/pki/bundles
work=$(mktemp -d "${TMPDIR:-/tmp}/verify-test.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

# bundle [OPTION...]: the good bundle; later options win where there can be one only.
bundle()
{
	"$agent" verify --trust-anchor "$data/vroot-p256.der" --serial JADA123456789 --time 2026-12-01T00:00:00Z \
		--voucher "$data/voucher-p256.vcj" --owner-certificate "$data/owner-p256.cms" \
		--conveyed-information "$data/ci-p256.cms" "$@" >out 2>err
}

# refuses STATUS LINE OPTION...: nothing on stdout, one line on stderr that begins so.
refuses()
{
	local status=$1 line=$2

	shift 2
	bundle "$@"
	[ $? = "$status" ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && [[ $(cat err) == "sztpboot: $line"* ]] ||
		{ cat out err; false; }
}

accepts() { bundle "$@" && [ ! -s err ] && jq -e . out >/dev/null || { cat out err; false; }; }

check accepts_a_good_bundle "VAL-1 VAL-12" accepts
check prints_the_document "CI-3" jq -e '."ietf-sztp-conveyed-info:onboarding-information"."configuration-handling" == "merge"' out
check a_refusal_is_one_line_with_its_number "OV-10" \
	refuses 1 "refused: OV-10: voucher is for serial JADA123456789, this device is JADA000000000" --serial JADA000000000
check other_manufacturer "OV-4" refuses 1 "refused: OV-4: " --serial JADA123456789 \
	--voucher "$data/voucher-by-twin.vcj"
check expired "OV-7" refuses 1 "refused: OV-7: " --voucher "$data/voucher-expires.vcj" --time 2028-01-01T00:00:00Z
check not_signed_needs_a_trusted_source "DISC-3 MATRIX-2" \
	refuses 1 "refused: DISC-3: " --conveyed-information "$data/ci-unsigned.cms"
check not_signed_is_fine_from_a_trusted_source "MATRIX-8" \
	accepts --source trusted --conveyed-information "$data/ci-unsigned.cms"
check not_signed_redirect_may_come_from_anywhere "MATRIX-1" \
	accepts --conveyed-information "$data/ci-unsigned-redirect.cms"
check signed_and_bad_is_bad_from_a_trusted_source_too "VAL-1" \
	refuses 1 "refused: OV-10: " --source trusted --serial X
check nonce_of_this_run "OV-19" \
	accepts --voucher "$data/voucher-nonce.vcj" --nonce AAECAwQFBgcICQoLDA0ODw==
check nonce_nobody_sent "OV-19" refuses 1 "refused: OV-19: " --voucher "$data/voucher-nonce.vcj"
check issuer_of_the_device "OV-12 OV-13" \
	accepts --voucher "$data/voucher-issuer.vcj" --idevid "$data/device.der"
check issuer_of_another_device "OV-12" \
	refuses 1 "refused: OV-12: " --voucher "$data/voucher-issuer-other.vcj" --idevid "$data/device.der"
check xml_is_accepted "YANG-14 CI-5" accepts --conveyed-information "$data/ci-xml.cms"
check xml_is_printed_as_json "YANG-14" jq -e '."ietf-sztp-conveyed-info:redirect-information"."bootstrap-server"[0].address ==
	"boot1.example.net"' out

explains()
{
	bundle --explain && jq -e . out >/dev/null && [ "$(cut -d: -f1 err | tr '\n' ' ')" = \
		"VAL-1 VAL-2 VAL-3 VAL-4 VAL-5 VAL-6 VAL-7 OC-6 VAL-8 VAL-9 VAL-12 " ] || { cat err; false; }
}
check explains_each_step "VAL-14" explains

## forms of files

openssl x509 -inform DER -in "$data/vroot-p256.der" -out anchor.pem
cat "$data/voucher-p256.vcj" > newline.vcj && echo >> newline.vcj
cat anchor.pem > two.pem && openssl x509 -inform DER -in "$data/other.der" >> two.pem
: > empty
head -c 100 "$data/ci-p256.cms" > cut.cms

anchor() { "$agent" verify --trust-anchor "$1" --serial JADA123456789 --time 2026-12-01T00:00:00Z \
	--voucher "$data/voucher-p256.vcj" --owner-certificate "$data/owner-p256.cms" \
	--conveyed-information "$data/ci-p256.cms" >out 2>err; }
check anchor_may_be_pem "" anchor anchor.pem
check anchors_may_share_a_file "" anchor two.pem
no_anchor() { anchor "$1"; [ $? = "$2" ] && grep -q "$3" err || { cat err; false; }; }
check anchor_that_is_empty "" no_anchor empty 1 refused
check anchor_that_is_no_certificate "" no_anchor "$data/ci-p256.cms" 1 refused
check anchor_that_is_not_there "" no_anchor missing.pem 3 missing.pem
check one_newline_may_follow "CMS-2" accepts --voucher newline.vcj
check artifacts_are_der "CMS-1" refuses 1 "refused: CMS-1: conveyed information: not DER but PEM" \
	--conveyed-information "$data/ci.pem"
check empty_artifact "CMS-1" refuses 1 "refused: CMS-1: " --conveyed-information empty
check empty_voucher "VAL-2" refuses 1 "refused: VAL-2: " --voucher empty
check artifact_that_is_cut "CMS-1" refuses 1 "refused: CMS-1: " --conveyed-information cut.cms
check artifact_that_is_not_there "" refuses 3 "usage: " --conveyed-information missing.cms

## usage

usage() { "$agent" verify "$@" >out 2>err; [ $? = 3 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] || { cat out err; false; }; }
check no_arguments "" usage
check no_serial "" usage --trust-anchor anchor.pem --conveyed-information "$data/ci-p256.cms"
check no_anchor "" usage --serial X --conveyed-information "$data/ci-p256.cms"
check unknown_option "" usage --serial X --trust-anchor anchor.pem --conveyed-information x --colour
check no_option "" usage --serial X --trust-anchor anchor.pem --conveyed-information x y
check bad_time "" refuses 3 "usage: " --time yesterday
check bad_source "" refuses 3 "usage: " --source maybe
check bad_nonce "" refuses 3 "usage: " --nonce '!'

## what the owner's tools make

make() { "$top/scripts/artifacts" "$@" >/dev/null; }
tools()
{
	local alg=$1 id

	make ca --out "$alg/vendor" --name "Vendor root" --alg "$alg" &&
	make signer --ca "$alg/vendor" --out "$alg/signer" --alg "$alg" &&
	make ca --out "$alg/root" --name "Owner root" --alg "$alg" &&
	make ca --out "$alg/issuing" --name "Owner issuing CA" --parent "$alg/root" --alg "$alg" &&
	make owner-certificate --ca "$alg/root" --intermediate "$alg/issuing" --out "$alg/owner" --alg "$alg" &&
	make voucher --signer "$alg/signer" --serial SN-1 --pinned "$alg/root/ca.pem" --out "$alg/voucher.vcj" || return
	echo hostname=edge > configuration
	for id in '' --id-data --certs '--id-data --certs'; do
		make conveyed-information onboarding --configuration configuration --configuration-handling merge \
			--owner "$alg/owner" --out "$alg/information.cms" $id || return
		"$agent" verify --trust-anchor "$alg/vendor/ca.pem" --serial SN-1 --voucher "$alg/voucher.vcj" \
			--owner-certificate "$alg/owner/owner-certificate.cms" \
			--conveyed-information "$alg/information.cms" >out || return
		rm "$alg/information.cms"
	done
}
for alg in p256 p384 rsa2048 rsa3072; do
	check "accepts_what_the_tools_make_$alg" "CMS-12 CI-6 CI-9 CLK-4" tools "$alg"
done

## vouchers in XML: openssl signs with id-data, as field tools do

xml_voucher() # CONTENT-TYPE, then what openssl takes besides
{
	cat >voucher.xml <<-END
	<?xml version="1.0" encoding="UTF-8"?>
	<v:voucher xmlns:v="urn:ietf:params:xml:ns:yang:ietf-voucher">
	  <v:created-on>2026-01-01T00:00:00Z</v:created-on>
	  <v:assertion>verified</v:assertion>
	  <v:serial-number>${serial-SN-1}</v:serial-number>
	  <v:domain-cert-revocation-checks>false</v:domain-cert-revocation-checks>
	  <v:pinned-domain-cert>
	$(grep -v -e ----- p256/root/ca.pem)
	  </v:pinned-domain-cert>
	</v:voucher>
	END
	openssl cms -sign -binary -nodetach -md sha256 -signer p256/signer/signer.pem -inkey p256/signer/signer.key \
		-econtent_type "$1" -in voucher.xml -outform DER -out xml.vcj
}
xml_bundle()
{
	"$agent" verify --trust-anchor p256/vendor/ca.pem --serial SN-1 --voucher xml.vcj --time 2026-12-01T00:00:00Z \
		--owner-certificate p256/owner/owner-certificate.cms --conveyed-information information.cms >out 2>err
}
xml_accepts() { xml_voucher "$@" && xml_bundle && jq -e . out >/dev/null || { cat out err; false; }; }
xml_refuses() { xml_voucher "$2"; xml_bundle; [ $? = 1 ] && [[ $(cat err) == "sztpboot: refused: $1: "* ]] || { cat out err; false; }; }
make conveyed-information onboarding --configuration configuration --configuration-handling merge \
	--owner p256/owner --out information.cms
check voucher_in_xml "OV-2 OV-3" xml_accepts 1.2.840.113549.1.7.1
check voucher_in_xml_for_another_device "OV-10 OV-2" eval "serial=SN-2 xml_refuses OV-10 1.2.840.113549.1.7.1"
check voucher_in_xml_under_the_type_of_json "OV-2" xml_refuses OV-2 1.2.840.113549.1.9.16.1.40

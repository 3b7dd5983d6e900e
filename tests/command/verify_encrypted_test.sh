#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `sztpboot verify` and encrypted artifacts: what openssl makes on the spot, for keys made on
# the spot, and what the command says when they do not fit.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"

agent=$(realpath "${BUILD:-$top/build}")/sztpboot
data=$top/tests/data/pki/bundles
encrypted=$top/tests/data/encrypted
work=$(mktemp -d "${TMPDIR:-/tmp}/verify-encrypted-test.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

# bundle [OPTION...]: the good bundle; later options win.
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

# device NAME USAGE ALGORITHM...: a key and its certificate
device()
{
	local name=$1 usage=$2

	shift 2
	openssl genpkey "$@" -out "$name.key" 2>/dev/null &&
		openssl req -x509 -key "$name.key" -subj "/serialNumber=JADA123456789/CN=$name" \
			-addext "keyUsage=critical,$usage" -out "$name.pem"
}

# round_trip DEVICE CIPHER OPTION...: all three artifacts, encrypted by openssl
round_trip()
{
	local device=$1 cipher=$2 f

	shift 2
	for f in ci-p256.cms owner-p256.cms voucher-p256.vcj; do
		openssl cms -encrypt -binary "-$cipher" -in "$data/$f" -recip "$device.pem" "$@" \
			-outform DER -out "$f" || return
	done
	accepts --conveyed-information ci-p256.cms --owner-certificate owner-p256.cms \
		--voucher voucher-p256.vcj --decrypt-key "$device.key" --idevid "$device.pem"
}

device rsa2048 keyEncipherment -algorithm RSA -pkeyopt rsa_keygen_bits:2048
device rsa3072 digitalSignature,keyEncipherment -algorithm RSA -pkeyopt rsa_keygen_bits:3072
device p256 digitalSignature,keyAgreement -algorithm EC -pkeyopt ec_paramgen_curve:P-256
device p384 keyAgreement -algorithm EC -pkeyopt ec_paramgen_curve:P-384
for cipher in aes-128-cbc aes-256-cbc; do
	for d in rsa2048 rsa3072; do
		check "opens_${d}_${cipher//-/_}" "ENC-5" round_trip $d $cipher
		check "opens_${d}_oaep_${cipher//-/_}" "ENC-5" round_trip $d $cipher -keyopt rsa_padding_mode:oaep
		check "opens_${d}_oaep_sha256_${cipher//-/_}" "ENC-5" \
			round_trip $d $cipher -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256
	done
	for d in p256 p384; do
		check "opens_${d}_${cipher//-/_}" "ENC-5" round_trip $d $cipher
		check "opens_${d}_sha256_${cipher//-/_}" "ENC-5" round_trip $d $cipher -keyopt ecdh_kdf_md:sha256
	done
done
check opens_by_key_identifier "ENC-4" round_trip p384 aes-256-cbc -keyid

key=(--decrypt-key "$encrypted/rsa-both.key")
check certificate_beside_the_key "ENC-3" accepts "${key[@]}" --conveyed-information "$encrypted/ci-rsa.cms"
check both_layouts "ENC-6" accepts "${key[@]}" --conveyed-information "$encrypted/bare-ci-rsa.cms"
check the_key_may_be_idle "" accepts "${key[@]}"
check no_key "ENC-3" refuses 1 "refused: ENC-3: conveyed information is encrypted" \
	--conveyed-information "$encrypted/ci-rsa.cms"
check other_recipient "ENC-4" refuses 1 "refused: ENC-4: " "${key[@]}" --conveyed-information "$encrypted/ci-other.cms"
check gcm "ENC-7" refuses 1 "refused: ENC-7: " "${key[@]}" --conveyed-information "$encrypted/ci-gcm.cms"
head -c -1 "$encrypted/ci-rsa.cms" >broken && printf x >>broken
check broken "ENC-8" refuses 1 "refused: ENC-8: conveyed information: artifact does not decrypt" \
	"${key[@]}" --conveyed-information broken
check serial_is_not_repeated "ENC-9" refuses 1 "refused: OV-10: the reason lies in what came encrypted" \
	"${key[@]}" --voucher "$encrypted/voucher-serial-rsa.vcj"
check document_is_not_repeated "ENC-9" refuses 1 "refused: YANG-1: the reason lies in what came encrypted" \
	"${key[@]}" --conveyed-information "$encrypted/unsigned-wrong.cms"
check encrypted_is_not_signed "ENC-10 DISC-3" refuses 1 "refused: DISC-3: " \
	"${key[@]}" --conveyed-information "$encrypted/unsigned-typed.cms"
check encrypted_from_a_trusted_source "ENC-10 MATRIX-8" accepts --source trusted \
	"${key[@]}" --conveyed-information "$encrypted/unsigned-typed.cms"
check encrypted_redirect "CI-2 MATRIX-1" accepts "${key[@]}" --conveyed-information "$encrypted/unsigned-redirect.cms"
check key_without_certificate "" refuses 3 "usage: " --decrypt-key "$encrypted/p256.key"
check key_of_another_certificate "" refuses 1 "refused: " --decrypt-key p384.key --idevid p256.pem
check key_that_is_not_there "" refuses 3 "usage: " --decrypt-key missing.key

# SPDX-License-Identifier: MIT
#
# ENC, CI-2, CI-4: enveloped artifacts.  Layout (a) is what RFC 8572 words, layout (b) what tools
# write: a whole ContentInfo inside id-data (AMB-9).

rsa=(idevid=device-rsa key=test-device-rsa)
p256=(idevid=device-p256 key=test-device-p256)
p384=(idevid=device-p384 key=test-device-p384)
trusted=(oc=none ov=none source=trusted)
readonly OAEP="-keyopt rsa_padding_mode:oaep" OAEP256="-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256"
readonly KDF256="-keyopt ecdh_kdf_md:sha256"
./der-edit get "$out/ci/good.cms" 1.0 > good.signed-data

# --- CI-2, CI-4, ENC-6: layouts ------------------------------------------------------------------

encrypted_as "$out/ci/enc-a-signed.cms" $SIGNED good.signed-data device-rsa
vector enc-a-signed accept "ENC-6 ENC-2 CI-4 AMB-9 EX-6" "Signed, layout (a): content type id-signedData around the SignedData" ci=enc-a-signed "${rsa[@]}"
type=$XML ci xml-signed-for-a onboarding.xml
./der-edit get "$out/ci/xml-signed-for-a.cms" 1.0 > xml.signed-data
rm "$out/ci/xml-signed-for-a.cms"
encrypted_as "$out/ci/enc-a-signed-xml.cms" $SIGNED xml.signed-data device-rsa
vector enc-a-signed-xml accept "ENC-6 CI-4" "Signed XML, layout (a)" ci=enc-a-signed-xml "${rsa[@]}"
./der-edit get "$out/ci/data-json.cms" 1.0 > data.signed-data
encrypted_as "$out/ci/enc-a-signed-data.cms" $SIGNED data.signed-data device-rsa
vector enc-a-signed-data accept "ENC-6 CI-4 CI-6" "Signed id-data, layout (a)" ci=enc-a-signed-data "${rsa[@]}"
vector enc-b-signed accept "ENC-6 CI-4 AMB-9 EX-6" "Signed, layout (b): id-data around the ContentInfo" ci=enveloped-good "${rsa[@]}"
for t in json:JSON xml:XML data-json:DATA data-xml:DATA; do
	n=${t%:*} type=${t#*:}
	[[ $n == *xml ]] && d=onboarding.xml || d=onboarding.json
	encrypted_as "$out/ci/enc-a-$n.cms" ${!type} $d device-rsa
	vector enc-a-unsigned-$n accept "ENC-6 CI-2" "Unsigned, layout (a), document in content type $(
		case $n in json) echo .43 ;; xml) echo .42 ;; *) echo id-data ;; esac)" ci=enc-a-$n "${rsa[@]}" "${trusted[@]}"
done
unset type
vector enc-b-unsigned-json accept "ENC-6 CI-2" "Unsigned, layout (b), ContentInfo of type .43" ci=enveloped-unsigned-onboarding "${rsa[@]}" "${trusted[@]}"
encrypted "$out/ci/enc-b-xml.cms" "$out/ci/unsigned-xml-onboarding.cms" device-rsa
vector enc-b-unsigned-xml accept "ENC-6 CI-2" "Unsigned, layout (b), ContentInfo of type .42" ci=enc-b-xml "${rsa[@]}" "${trusted[@]}"
encrypted "$out/ci/enc-b-data.cms" "$out/ci/unsigned-data-json-onboarding.cms" device-rsa
vector enc-b-unsigned-data accept "ENC-6 CI-2" "Unsigned, layout (b), ContentInfo of type id-data" ci=enc-b-data "${rsa[@]}" "${trusted[@]}"
vector enc-unsigned-untrusted refuse "DISC-3 ENC-10" "Unsigned onboarding information, enveloped, untrusted source: encryption proves nothing" \
	ci=enc-a-json "${rsa[@]}" oc=none ov=none

bad() { vector "enc-$1" refuse "$2" "$3" "ci=enc-$1" "${rsa[@]}" "${@:4}"; }
encrypted_as "$out/ci/enc-type-voucher.cms" $VOUCHER onboarding.json device-rsa
bad type-voucher "CI-7 CI-2" "Content type .40 inside, around conveyed information" source=trusted oc=none ov=none also="ENC-6"
encrypted_as "$out/ci/enc-json-as-xml.cms" $XML onboarding.json device-rsa
bad json-as-xml "CI-5" "Content type .42 (XML) inside, around JSON" source=trusted oc=none ov=none
encrypted "$out/ci/enc-text.cms" text device-rsa
bad text "CI-6" "Inside is neither JSON nor XML nor CMS" source=trusted oc=none ov=none also="YANG-14 CI-5 ENC-6 CMS-1 ENC-8"
encrypted "$out/ci/enc-twice.cms" "$out/ci/enveloped-good.cms" device-rsa
bad twice "CI-4" "Enveloped twice" level=may also="CI-7 ENC-2 ENC-6 ENC-3"
copy ci/good.cms ci/enc-invalid.cms
edit "$out/ci/enc-invalid.cms" flip 1.0.-1.0.-1 -1
encrypted enc.invalid "$out/ci/enc-invalid.cms" device-rsa
mv enc.invalid "$out/ci/enc-invalid.cms"
bad invalid "VAL-12 ENC-3" "The signature below the envelope is bad"

# --- ENC-5: algorithms ----------------------------------------------------------------------------

# algorithm NAME DEVICE DESCRIPTION [OPTION...]; with cipher= level=
algorithm()
{
	local name=$1 device=$2 description=$3
	local -n inputs=$device

	shift 3
	encrypted "$out/ci/enc-$name.cms" "$out/ci/good.cms" "device-$device" "$@"
	vector "enc-$name" accept "ENC-5 ENC-3" "$description" "ci=enc-$name" "${inputs[@]}" ${level:+"level=$level"}
}
algorithm rsa-oaep rsa "RSAES-OAEP with SHA-1" $OAEP
algorithm rsa-oaep-sha256 rsa "RSAES-OAEP with SHA-256, and MGF1 with SHA-256" $OAEP256
level=may algorithm rsa-oaep-mixed rsa "RSAES-OAEP with SHA-256, and MGF1 with SHA-1" $OAEP256 -keyopt rsa_mgf1_md:sha1
cipher=-aes-128-cbc algorithm rsa-aes128 rsa "RSA PKCS#1 v1.5, AES-128-CBC"
cipher=-aes-128-cbc algorithm rsa-oaep-aes128 rsa "RSAES-OAEP, AES-128-CBC" $OAEP
for d in p256 p384; do
	for k in sha1 sha256; do
		for c in 128 256; do
			how="-wrap aes$c-wrap"
			[ $k = sha1 ] || how+=" $KDF256"
			cipher=-aes-$c-cbc algorithm $d-$k-aes$c $d "ECDH on ${d/p/P-}, stdDH-${k}kdf, aes$c-wrap, AES-$c-CBC" $how
		done
	done
done
algorithm p256-mixed p256 "ECDH on P-256, aes128-wrap around a key for AES-256-CBC" -wrap aes128-wrap
algorithm rsa-keyid rsa "RSA recipient by subjectKeyIdentifier" -keyid
algorithm p256-keyid p256 "ECDH recipient by subjectKeyIdentifier" -keyid
unset cipher
cipher=-des-ede3-cbc encrypted "$out/ci/enc-3des.cms" "$out/ci/good.cms" device-rsa
bad 3des "ENC-5" "Content encrypted with 3DES" level=may also=ENC-8
cipher=-aes-192-cbc encrypted "$out/ci/enc-aes192.cms" "$out/ci/good.cms" device-rsa
bad aes192 "ENC-5" "Content encrypted with AES-192-CBC" level=may also=ENC-8
unset cipher

# --- ENC-1, ENC-3: the other artifacts -------------------------------------------------------------

for d in rsa p256; do
	declare -n inputs=$d
	encrypted "$out/oc/enc-$d.cms" "$out/oc/good.cms" device-$d
	vector enc-oc-$d accept "ENC-1 ENC-6 OC-1" "Owner certificate enveloped for ${d^^}, layout (b)" oc=enc-$d "${inputs[@]}"
	encrypted "$out/ov/enc-$d.vcj" "$out/ov/good.vcj" device-$d
	vector enc-ov-$d accept "ENC-1 ENC-6 OV-1" "Voucher enveloped for ${d^^}, layout (b)" ov=enc-$d "${inputs[@]}"
done
unset -n inputs
./der-edit get "$out/oc/good.cms" 1.0 > signed-data
encrypted_as "$out/oc/enc-a.cms" $SIGNED signed-data device-rsa
vector enc-oc-a accept "ENC-1 ENC-6 OC-1" "Owner certificate enveloped, layout (a)" oc=enc-a "${rsa[@]}"
./der-edit get "$out/ov/good.vcj" 1.0 > signed-data
encrypted_as "$out/ov/enc-a.vcj" $SIGNED signed-data device-rsa
vector enc-ov-a accept "ENC-1 ENC-6 OV-1" "Voucher enveloped, layout (a)" ov=enc-a "${rsa[@]}"
vector enc-all accept "ENC-1 ENC-3" "All three artifacts enveloped" ci=enveloped-good oc=enc-rsa ov=enc-rsa "${rsa[@]}"
vector enc-all-untrusted-signature refuse "OV-10 ENC-3" "All three artifacts enveloped, and the voucher is for another device" \
	ci=enveloped-good oc=enc-rsa ov=enc-rsa "${rsa[@]}" serial=JADA000000000
document > voucher.json
encrypted_as "$out/ov/enc-unsigned.vcj" $VOUCHER voucher.json device-rsa
vector enc-ov-unsigned refuse "OV-1" "A voucher that is enveloped, and not signed" ov=enc-unsigned "${rsa[@]}" also="OV-4 ENC-6 CMS-1"
encrypted "$out/oc/enc-certificate.cms" owner.der device-rsa
vector enc-oc-certificate refuse "OC-1" "A bare certificate enveloped as owner certificate" oc=enc-certificate "${rsa[@]}" also="CMS-1 ENC-6 CMS-14 ENC-8"

# --- ENC-2, ENC-7: forms that are not allowed ---------------------------------------------------------

type=$ENVELOPED ci enc-signed-around "$out/ci/enveloped-good.cms"
bad signed-around "ENC-2" "Signed around enveloped, eContentType id-envelopedData" also=CI-7
type=$DATA ci enc-signed-around-data "$out/ci/enveloped-good.cms"
bad signed-around-data "ENC-2 CI-6" "Signed around enveloped, eContentType id-data" also="CI-5 YANG-14"
type=$ENVELOPED ov_of enc-signed-around "$out/ov/enc-rsa.vcj"
vector enc-signed-around-ov refuse "ENC-2" "Voucher: signed around enveloped" ov=enc-signed-around "${rsa[@]}" also=OV-1
for kind in ci oc ov; do
	cipher=-aes-256-gcm encrypted "$out/$kind/enc-gcm.$(suffix $kind)" "$out/${path[$kind]}" device-rsa
	vector enc-gcm-$kind refuse "ENC-7" "AuthEnvelopedData (AES-GCM): the ${name[$kind]}" $kind=$kind/enc-gcm.$(suffix $kind) "${rsa[@]}"
done
cipher=-aes-256-gcm encrypted "$out/ci/enc-gcm-p256.cms" "$out/ci/good.cms" device-p256
unset cipher
vector enc-gcm-p256 refuse "ENC-7" "AuthEnvelopedData (AES-GCM) for a P-256 device" ci=enc-gcm-p256 "${p256[@]}"

# --- ENC-4: recipients --------------------------------------------------------------------------------

encrypted "$out/ci/enc-other.cms" "$out/ci/good.cms" device-other
bad other "ENC-4" "Enveloped for another device" also="ENC-8 ENC-3"
encrypted "$out/ci/enc-other-ec.cms" "$out/ci/good.cms" device-other-p256
vector enc-other-ec refuse "ENC-4" "Enveloped for another device with a P-256 key" ci=enc-other-ec "${p256[@]}" also="ENC-8 ENC-3"
vector enc-other-kind refuse "ENC-4" "Enveloped for a device with an RSA key, this one has P-256" ci=enveloped-good "${p256[@]}" also="ENC-8 ENC-3"
vector enc-no-key refuse "ENC-3" "This device cannot decrypt" ci=enveloped-good idevid=device-rsa also="ENC-4 ENC-8"
encrypted "$out/oc/enc-other.cms" "$out/oc/good.cms" device-other
encrypted "$out/ov/enc-other.vcj" "$out/ov/good.vcj" device-other
vector enc-other-oc refuse "ENC-4" "Owner certificate enveloped for another device" oc=enc-other "${rsa[@]}" also="ENC-8 ENC-3"
vector enc-other-ov refuse "ENC-4" "Voucher enveloped for another device" ov=enc-other "${rsa[@]}" also="ENC-8 ENC-3"
# several NAME DEVICE DESCRIPTION RECIPIENT...: enveloped for all of these
several()
{
	local name=$1 device=$2 description=$3 recipients=() r
	local -n given=$device

	shift 3
	for r in "${@:2}"; do recipients+=(-recip "$r.pem"); done
	encrypted "$out/ci/enc-$name.cms" "$out/ci/good.cms" "$1" "${recipients[@]}"
	vector "enc-$name" accept "ENC-4" "$description" "ci=enc-$name" "${given[@]}"
}
several two-first rsa "Two recipients, this device the first" device-rsa device-other
several two-last rsa "Two recipients, this device the last" device-other device-rsa
several two-mixed p256 "Two recipients, one RSA, this device P-256" device-other device-p256
several two-ec p256 "Two P-256 recipients" device-other-p256 device-p256
several five rsa "Five recipients of all kinds" device-other device-other-p256 device-rsa device-p256 device-p384
vector enc-five-p384 accept "ENC-4" "Five recipients of all kinds, this device P-384" ci=enc-five "${p384[@]}"
encrypted "$out/ci/enc-kek.cms" "$out/ci/good.cms" device-rsa -secretkey 000102030405060708090A0B0C0D0E0F -secretkeyid C0FFEE
vector enc-kek accept "ENC-4" "A recipient of another kind (a shared key) beside this device" ci=enc-kek "${rsa[@]}"
encrypted "$out/ci/enc-password.cms" "$out/ci/good.cms" device-rsa -pwri_password secret
vector enc-password accept "ENC-4" "A recipient of another kind (a password) beside this device" ci=enc-password "${rsa[@]}"
# Another device of the same issuer whose serial number differs in one bit, and the right key inside.
copy ci/enveloped-good.cms ci/enc-serial-flipped.cms
edit "$out/ci/enc-serial-flipped.cms" flip 1.0.1.0.1.1 -1
bad serial-flipped "ENC-4" "The recipient's serial number differs from this device's in one bit" level=should also="ENC-8 ENC-3"
copy ci/enveloped-good.cms ci/enc-no-recipient.cms
octets 3100 > element
edit "$out/ci/enc-no-recipient.cms" set 1.0.1 element
bad no-recipient "ENC-4" "No recipient at all" also="CMS-1 ENC-8 ENC-3"

# --- ENC-8: damage, all of it the same to an observer ------------------------------------------------

damaged() { vector "enc-$1" refuse "ENC-8 ENC-3" "$2" "ci=enc-$1" "${@:3}" also="ENC-4 ENC-5 CMS-1 CI-6 CI-5 ENC-6 YANG-14"; }
copy ci/enveloped-good.cms ci/enc-key-flipped.cms
edit "$out/ci/enc-key-flipped.cms" flip 1.0.1.0.3 20
damaged key-flipped "The key encrypted with RSA PKCS#1 v1.5 is damaged" "${rsa[@]}"
copy ci/enc-rsa-oaep.cms ci/enc-oaep-flipped.cms
edit "$out/ci/enc-oaep-flipped.cms" flip 1.0.1.0.3 20
damaged oaep-flipped "The key encrypted with OAEP is damaged" "${rsa[@]}"
copy ci/enveloped-good.cms ci/enc-key-zero.cms
octets "04820100$(printf '00%.0s' {1..256})" > element
edit "$out/ci/enc-key-zero.cms" set 1.0.1.0.3 element
damaged key-zero "The encrypted key is 0" "${rsa[@]}"
copy ci/enveloped-good.cms ci/enc-key-short.cms
octets 04020102 > element
edit "$out/ci/enc-key-short.cms" set 1.0.1.0.3 element
damaged key-short "The encrypted key has two octets" "${rsa[@]}"
# The key inside has 16 octets, the content wants 32.
openssl pkeyutl -encrypt -pubin -inkey <(openssl pkey -in device-rsa.key -pubout) -in <(head -c 16 device-rsa.der) -out key-16
copy ci/enveloped-good.cms ci/enc-key-16.cms
edit "$out/ci/enc-key-16.cms" set 1.0.1.0.3 <(wrap 04 key-16)
damaged key-16 "The key inside has 16 octets, and the content wants 32" "${rsa[@]}"
copy ci/enc-p256-sha256-aes256.cms ci/enc-wrap-flipped.cms
edit "$out/ci/enc-wrap-flipped.cms" flip 1.0.1.0.3.0.1 5
damaged wrap-flipped "The wrapped key of an ECDH recipient is damaged" "${p256[@]}"
copy ci/enc-p256-sha256-aes256.cms ci/enc-point-flipped.cms
edit "$out/ci/enc-point-flipped.cms" flip 1.0.1.0.1.0.1 -1
damaged point-flipped "The sender's ECDH key is no point of the curve" "${p256[@]}"
copy ci/enveloped-good.cms ci/enc-padding.cms
edit "$out/ci/enc-padding.cms" flip 1.0.-1.2 -17
damaged padding "The padding of the content is wrong" "${rsa[@]}"
copy ci/enveloped-good.cms ci/enc-blocks.cms
./der-edit value "$out/ci/enc-blocks.cms" 1.0.-1.2 | head -c -1 > element
edit "$out/ci/enc-blocks.cms" set 1.0.-1.2 <(wrap 80 element)
damaged blocks "The content is no whole number of blocks" "${rsa[@]}"
copy ci/enveloped-good.cms ci/enc-empty.cms
octets 8000 > element
edit "$out/ci/enc-empty.cms" set 1.0.-1.2 element
damaged empty "The content is empty" "${rsa[@]}"
copy ci/enveloped-good.cms ci/enc-iv.cms
octets 04020102 > element
edit "$out/ci/enc-iv.cms" set 1.0.-1.1.1 element
damaged iv "The initialisation vector has two octets" "${rsa[@]}"
copy ci/enveloped-good.cms ci/enc-cut.cms
truncate -s -20 "$out/ci/enc-cut.cms"
vector enc-cut refuse "CMS-1" "The enveloped artifact is cut" ci=enc-cut "${rsa[@]}"
copy ci/enveloped-good.cms ci/enc-detached.cms
edit "$out/ci/enc-detached.cms" delete 1.0.-1.2
vector enc-detached refuse "ENC-3 CMS-17" "The enveloped artifact has no content" ci=enc-detached "${rsa[@]}" also="CMS-1 ENC-8"

# --- ENC-11: device-rsa's keyUsage allows both
vector enc-one-key accept "ENC-11 ENC-3" "The device's certificate allows signatures and key encipherment" ci=enveloped-redirect "${rsa[@]}" document=redirect

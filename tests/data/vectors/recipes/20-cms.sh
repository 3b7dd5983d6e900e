# SPDX-License-Identifier: MIT
#
# CMS-1 to CMS-11, CMS-14 to CMS-17: the shapes of SignedData.

declare -A path=([ci]=ci/good.cms [oc]=oc/good.cms [ov]=ov/good.vcj)
declare -A name=([ci]="conveyed information" [oc]="owner certificate" [ov]="ownership voucher")
suffix() { [ "$1" = ov ] && echo vcj || echo cms; }

# at KIND NAME: sets $f and $file to the artifact of that name
at() { file=$1/$2.$(suffix "$1") f=$out/$1/$2.$(suffix "$1"); }

# changed KIND NAME: a copy of the good artifact, to be edited
changed() { at "$@" && copy "${path[$1]}" "$file"; }

# --- CMS-1, CMS-2, CMS-3: one DER ContentInfo ---------------------------------------------------

printf '\x05\x00' > null
for kind in ci oc ov; do
	also="also=CMS-2"
	size=$(stat -c %s "$out/${path[$kind]}")
	changed $kind cut-in-half
	truncate -s $((size / 2)) "$f"
	vector cut-in-half-$kind refuse "CMS-1" "The ${name[$kind]} ends in the middle" $kind=$file
	changed $kind cut-by-one
	truncate -s $((size - 1)) "$f"
	vector cut-by-one-$kind refuse "CMS-1" "The last octet of the ${name[$kind]} is missing" $kind=$file
	changed $kind zero-behind
	printf '\0' >> "$f"
	vector zero-behind-$kind refuse "CMS-1 CMS-2" "An octet 0 follows the ${name[$kind]}" $kind=$file
	changed $kind twice
	cat "$out/${path[$kind]}" >> "$f"
	vector twice-$kind refuse "CMS-1 CMS-2" "The ${name[$kind]} stands twice in its file" $kind=$file
	changed $kind extra-inside
	edit "$f" insert + null
	vector extra-inside-$kind refuse "CMS-1" "An element NULL follows [0] inside the ContentInfo of the ${name[$kind]}" $kind=$file
	changed $kind no-content-info
	./der-edit get "$out/${path[$kind]}" 1.0 > "$f"
	vector bare-$kind refuse "CMS-1" "The ${name[$kind]} is a SignedData without its ContentInfo" $kind=$file
	changed $kind armoured
	{ echo "-----BEGIN CMS-----"; base64 -w 64 "$out/${path[$kind]}"; echo "-----END CMS-----"; } > "$f"
	vector armoured-$kind refuse "CMS-1 CMS-2 ENCODE-2" "The ${name[$kind]} is PEM, where DER is demanded" $kind=$file level=should
	changed $kind newline-behind
	echo >> "$f"
	vector newline-behind-$kind accept "CMS-2" "One newline follows the ${name[$kind]} in its file" $kind=$file level=may
	changed $kind long-length
	edit "$f" long 1.0
	vector long-length-$kind refuse "CMS-1 CMS-3" "A length of the ${name[$kind]} has one octet more than it needs: BER, not DER" \
		$kind=$file level=may
	changed $kind indefinite
	edit "$f" indefinite 1.0
	vector indefinite-$kind refuse "CMS-1 CMS-3" "A length of the ${name[$kind]} is indefinite: BER, not DER" $kind=$file level=may
done
: > "$out/ci/no-octets.cms"
copy ci/no-octets.cms oc/no-octets.cms
copy ci/no-octets.cms ov/no-octets.vcj
vector empty-ci refuse "CMS-1" "The conveyed information is an empty file" ci=no-octets
vector empty-oc refuse "CMS-1" "The owner certificate is an empty file" oc=no-octets also=VAL-2
vector empty-ov refuse "CMS-1" "The ownership voucher is an empty file" ov=no-octets also=VAL-2
cp onboarding.json "$out/ci/bare-document.cms"
vector bare-document refuse "CMS-1 ENCODE-2" "The conveyed information is the JSON document itself, without any CMS" ci=bare-document source=trusted
changed ci octet-string
edit "$f" tag . 04
vector octet-string refuse "CMS-1" "The conveyed information is an OCTET STRING, not a SEQUENCE" ci=octet-string
changed ci primitive-explicit
edit "$f" tag 1 80
vector primitive-explicit refuse "CMS-1" "[0] of the ContentInfo is not constructed" ci=primitive-explicit
changed ci no-content
edit "$f" delete 1
vector no-content refuse "CMS-1" "A ContentInfo with a type, but no content" ci=no-content
openssl cms -sign -binary -nodetach -stream -md sha256 -econtent_type $JSON -in onboarding.json -nocerts \
	-signer owner.pem -inkey owner.key -outform DER -out "$out/ci/streamed.cms"
vector streamed refuse "CMS-1 CMS-3" "As 'openssl cms -stream' writes it: indefinite lengths, content in pieces" ci=streamed level=may
octets "$(printf '3080%.0s' {1..5000})" > "$out/ci/nested.cms"
vector nested refuse "CMS-1 CMS-16" "5000 SEQUENCEs in each other" ci=nested
changed ci huge-length
octets "3084ffffffff$(./der-edit value "$f" . | od -An -tx1 -v | tr -d ' \n')" > edited
mv edited "$f"
vector huge-length refuse "CMS-1 CMS-16" "A length of almost 4 GiB" ci=huge-length
printf '\x02\x01\x63' > version-99
changed ci signed-version
edit "$f" set 1.0.0 version-99
vector signed-version refuse "CMS-1" "SignedData of version 99" ci=signed-version level=should

# --- CMS-4, CMS-5: sets have no order -----------------------------------------------------------

for order in "owner oint oroot" "owner oroot oint" "oint owner oroot" "oint oroot owner" "oroot owner oint" "oroot oint owner"; do
	n=${order// /-}
	oc order-$n $order
	vector oc-order-$n accept "CMS-4 CMS-5 OC-2 AMB-10" "Certificates of the owner certificate in the order $order" oc=order-$n
done
cert vint vroot "$CA"
cert vsign-int vint "$SIGNER"
for order in "vint vroot" "vroot vint"; do
	n=${order// /-}
	signer=vsign-int chain=$order ov order-signer-$n
	vector ov-order-signer-$n accept "CMS-4 CMS-5 OV-4" "Certificates of the voucher: signer, ${order/ /, }" ov=order-signer-$n
done
at ov order-reversed
signer=vsign-int chain="vint vroot" ov order-reversed
edit "$f" reverse 1.0.3
vector ov-order-reversed accept "CMS-4 CMS-5 OV-4" "Certificates of the voucher in the reverse of their order before" ov=order-reversed

# --- CMS-6, CMS-7, CMS-8: signed attributes -----------------------------------------------------

for t in JSON XML DATA; do
	[ $t = XML ] && d=onboarding.xml || d=onboarding.json
	type=${!t} ci attributes-absent-${t,,} $d -noattr
done
vector attributes-absent-json refuse "CMS-6 AMB-25" "No signed attributes, content type .43" ci=attributes-absent-json
vector attributes-absent-xml refuse "CMS-6" "No signed attributes, content type .42" ci=attributes-absent-xml
vector attributes-absent-data accept "CMS-8" "No signed attributes, id-data: the signature covers the content itself" ci=attributes-absent-data
type=$DATA ci data-json onboarding.json
vector attributes-present-data accept "CMS-6 CI-6" "Signed attributes, id-data" ci=data-json
options=-noattr ov attributes-absent
vector attributes-absent-voucher refuse "CMS-6" "Voucher without signed attributes, content type .40" ov=attributes-absent also=OV-4
type=$DATA options=-noattr ov attributes-absent-data
vector attributes-absent-data-voucher accept "CMS-8 CMS-9" "Voucher without signed attributes, id-data" ov=attributes-absent-data level=should
type=$DATA ci attributes-absent-other onboarding.json -noattr
edit "$out/ci/attributes-absent-other.cms" flip 1.0.2.1.0 -4
vector attributes-absent-other refuse "VAL-12 CMS-8" "No signed attributes, id-data, and the content was changed after signing" ci=attributes-absent-other
# The signature is over the whole OCTET STRING with tag and length.
at ci attributes-absent-whole
type=$DATA ci attributes-absent-whole onboarding.json -noattr
./der-edit get "$f" 1.0.2.1.0 > octet-string
openssl dgst -sha256 -sign owner.key -out signature octet-string
wrap 04 signature > element
edit "$f" set 1.0.-1.0.-1 element
vector attributes-absent-whole refuse "VAL-12 CMS-8" "No signed attributes, id-data, but the signature covers tag and length of the content too" ci=attributes-absent-whole

changed ci attribute-type-other
edit "$f" set 1.0.2.0 "$(oid $XML)"
edit "$f" set 1.0.2.1.0 <(wrap 04 onboarding.xml)
vector attribute-type-and-content-other refuse "CMS-6" "Type .42 and XML put in place of the signed type .43 and JSON" ci=attribute-type-other
changed ci attribute-type-contradicts
edit "$f" set 1.0.2.0 "$(oid $DATA)"
vector attribute-type-contradicts refuse "CMS-6" "Signed as .43, now said to be id-data" ci=attribute-type-contradicts
changed ov attribute-type-contradicts
edit "$f" set 1.0.2.0 "$(oid $DATA)"
vector attribute-type-contradicts-voucher refuse "CMS-6" "Voucher signed as .40, now said to be id-data" ov=attribute-type-contradicts also=OV-4

# attribute CERTAIN-TYPE: number of the attribute of that type in the last signer's
attribute()
{
	local n=0 wanted

	wanted=$(hex "$(oid "$1")")
	while [ "$(./der-edit get "$2" 1.0.-1.-1.3.$n.0 | od -An -tx1 -v | tr -d ' \n')" != "$wanted" ]; do n=$((n + 1)); done
	echo $n
}
readonly CONTENT_TYPE=1.2.840.113549.1.9.3 MESSAGE_DIGEST=1.2.840.113549.1.9.4 SIGNING_TIME=1.2.840.113549.1.9.5

at ci attribute-type-json-content-xml
type=$XML ci attribute-type-json-content-xml onboarding.json
n=$(attribute $CONTENT_TYPE "$f")
edit "$f" set 1.0.-1.-1.3.$n.1.0 "$(oid $JSON)"
resign "$f" owner
vector attribute-type-differs refuse "CMS-6" "The owner signed the attribute content-type .43, but put the content into .42" \
	ci=attribute-type-json-content-xml also=CI-5
for a in type:$CONTENT_TYPE digest:$MESSAGE_DIGEST; do
	w=${a%%:*} t=${a#*:}
	[ $w = type ] && n_of=content-type || n_of=message-digest
	changed ci attribute-$w-missing
	n=$(attribute $t "$f")
	edit "$f" delete 1.0.-1.-1.3.$n
	resign "$f" owner
	vector attribute-$w-missing refuse "CMS-6" "Signed attributes without $n_of" ci=attribute-$w-missing
	changed ci attribute-$w-twice
	./der-edit get "$f" 1.0.-1.-1.3.$n > element
	edit "$f" insert 1.0.-1.-1.3.$n element
	resign "$f" owner
	vector attribute-$w-twice refuse "CMS-6" "The attribute $n_of stands twice" ci=attribute-$w-twice
	changed ci attribute-$w-two-values
	./der-edit get "$f" 1.0.-1.-1.3.$n.1.0 > element
	edit "$f" insert 1.0.-1.-1.3.$n.1.+ element
	resign "$f" owner
	vector attribute-$w-two-values refuse "CMS-6" "The attribute $n_of has two values" ci=attribute-$w-two-values
	changed ci attribute-$w-no-value
	edit "$f" delete 1.0.-1.-1.3.$n.1.0
	resign "$f" owner
	vector attribute-$w-no-value refuse "CMS-6" "The attribute $n_of has no value" ci=attribute-$w-no-value
done
changed ci digest-of-another
edit "$f" set 1.0.2.1.0 <(wrap 04 redirect.json)
vector digest-of-another refuse "CMS-6" "The signed attributes belong to another document" ci=digest-of-another also=VAL-12
at ov digest-of-another
document 'serial-number="JADA123456780"' > voucher.json
ov_of digest-of-another voucher.json
document > voucher.json
edit "$f" set 1.0.2.1.0 <(wrap 04 voucher.json)
vector digest-of-another-voucher refuse "CMS-6" "The serial number was changed after signing" ov=digest-of-another also=OV-4
changed ci attributes-as-stored
resign "$f" owner a0
vector attributes-as-stored refuse "VAL-12 CMS-7" "The signature covers the attributes with the tag they are stored with, not with SET's" ci=attributes-as-stored
changed ci attributes-without-tag
./der-edit value "$f" 1.0.-1.0.3 > attributes
openssl dgst -sha256 -sign owner.key -out signature attributes
wrap 04 signature > element
edit "$f" set 1.0.-1.0.-1 element
vector attributes-without-tag refuse "VAL-12 CMS-7" "The signature covers the attributes without tag and length" ci=attributes-without-tag
changed ci attributes-ignored
openssl dgst -sha256 -sign owner.key -out signature onboarding.json
wrap 04 signature > element
edit "$f" set 1.0.-1.0.-1 element
vector attributes-ignored refuse "VAL-12 CMS-7" "There are signed attributes, but the signature covers the content" ci=attributes-ignored
changed ci attributes-empty
octets a000 > element
edit "$f" set 1.0.-1.0.3 element
resign "$f" owner
vector attributes-empty refuse "CMS-6" "An empty set of signed attributes" ci=attributes-empty also=CMS-1
changed ci unsigned-attributes
wrap 31 null > values
wrap 30 "$(oid 1.2.3.4)" values > element
wrap a1 element > unsigned
edit "$f" insert 1.0.-1.0.+ unsigned
vector unsigned-attributes accept "CMS-6" "An unknown unsigned attribute: it says nothing" ci=unsigned-attributes
changed ci attribute-unknown
n=$(attribute $SIGNING_TIME "$f")
edit "$f" set 1.0.-1.-1.3.$n element
resign "$f" owner
vector attribute-unknown accept "CMS-6" "An unknown signed attribute instead of signing-time" ci=attribute-unknown

# --- CMS-15: signing-time is never a time -------------------------------------------------------

for t in past:500101000000Z future:491231235959Z; do
	changed ci signing-time-${t%:*}
	n=$(attribute $SIGNING_TIME "$f")
	printf '%s' "${t#*:}" > time
	edit "$f" set 1.0.-1.-1.3.$n.1.0 <(wrap 17 time)
	resign "$f" owner
	vector signing-time-${t%:*} accept "CMS-15 CLK-6 CI-10" "signing-time far in the ${t%:*}: it is no time source" ci=signing-time-${t%:*}
done

# --- CMS-10: signer identifiers ----------------------------------------------------------------

ci keyid onboarding.json -keyid
vector keyid accept "CMS-10 VAL-12" "Signer identified by subjectKeyIdentifier" ci=keyid
options=-keyid ov keyid
vector keyid-voucher accept "CMS-10 OV-4" "Voucher whose signer is identified by subjectKeyIdentifier" ov=keyid
by=owner-rsa2048 ci keyid-rsa onboarding.json -keyid
pin=oroot-rsa2048 ov pin-rsa2048
vector keyid-rsa accept "CMS-10 VAL-12" "RSA signer identified by subjectKeyIdentifier" ci=keyid-rsa oc=good-rsa2048 ov=pin-rsa2048
at ci keyid-unknown
ci keyid-unknown onboarding.json -keyid
edit "$f" flip 1.0.-1.0.1 0
vector keyid-unknown refuse "OC-6 CMS-10" "No certificate has the signer's subjectKeyIdentifier" ci=keyid-unknown also=VAL-12
changed ci serial-unknown
edit "$f" flip 1.0.-1.0.1.1 -1
vector serial-unknown refuse "OC-6 CMS-10" "No certificate has the signer's serial number" ci=serial-unknown also=VAL-12
changed ci issuer-other
./der-edit get other.der 0.3 > element
edit "$f" set 1.0.-1.0.1.0 element
vector issuer-other refuse "OC-6 CMS-10" "The signer's serial number is right, the issuer is another" ci=issuer-other also=VAL-12
changed ov serial-unknown
edit "$f" flip 1.0.-1.0.1.1 -1
vector serial-unknown-voucher refuse "OV-4 CMS-10" "No certificate has the serial number of the voucher's signer" ov=serial-unknown
at ci keyid-version-1
ci keyid-version-1 onboarding.json -keyid
printf '\x02\x01\x01' > version
edit "$f" set 1.0.-1.0.0 version
vector keyid-version-1 refuse "CMS-1 CMS-10" "SignerInfo of version 1 with a subjectKeyIdentifier" ci=keyid-version-1 level=should also=CMS-11
changed ci identifier-unknown
edit "$f" tag 1.0.-1.0.1 a2
vector identifier-unknown refuse "CMS-1 CMS-10" "A signer identifier that is neither of the two" ci=identifier-unknown also=CMS-11

# --- CMS-11: several signers -------------------------------------------------------------------

ci two-signers onboarding.json -signer owner-rsa2048.pem -inkey owner-rsa2048.key
oc two-signers owner oint owner-rsa2048 oint-rsa2048
vector two-signers refuse "CMS-11" "Conveyed information with two signers" ci=two-signers oc=two-signers
changed ci same-signer-twice
./der-edit get "$f" 1.0.-1.0 > element
edit "$f" insert 1.0.-1.+ element
vector same-signer-twice refuse "CMS-11" "Conveyed information with the same SignerInfo twice" ci=same-signer-twice
document > voucher.json
signed "$out/ov/two-signers.vcj" voucher.json vsign $VOUCHER -signer stranger.pem -inkey stranger.key
vector two-signers-voucher accept "CMS-11 OV-4" "Voucher with a good signer and a stranger" ov=two-signers
copy ov/two-signers.vcj ov/two-signers-reversed.vcj
edit "$out/ov/two-signers-reversed.vcj" reverse 1.0.-1
vector two-signers-reversed-voucher accept "CMS-11 OV-4" "The same two SignerInfos in the other order" ov=two-signers-reversed
signed "$out/ov/two-strangers.vcj" voucher.json stranger $VOUCHER -signer owner.pem -inkey owner.key
vector two-strangers-voucher refuse "OV-4 CMS-11" "Voucher with two signers, neither under an anchor" ov=two-strangers
copy ov/two-signers.vcj ov/two-signers-damaged.vcj
n=0
cmp -s <(./der-edit get "$out/ov/two-signers.vcj" 1.0.-1.0.1.0) <(./der-edit get vsign.der 0.3) || n=1
edit "$out/ov/two-signers-damaged.vcj" flip 1.0.-1.$n.-1 -1
vector two-signers-damaged-voucher refuse "OV-4 CMS-11" "Voucher with a good and a strange signer; the good one's signature is damaged" ov=two-signers-damaged
printf '\x02\x01\x09' > version
for where in first last; do
	changed ov unknown-version-$where
	./der-edit get "$f" 1.0.-1.0 > element
	edit element set 0 version
	[ $where = first ] && edit "$f" insert 1.0.-1.0 element || edit "$f" insert 1.0.-1.+ element
	vector unknown-version-$where accept "CMS-11" "Voucher with a SignerInfo of version 9 $where, beside the good one" ov=unknown-version-$where
	changed ov unknown-algorithm-$where
	./der-edit get "$f" 1.0.-1.0 > element
	edit element set 2.0 "$(oid 1.2.3.4.5)"
	[ $where = first ] && edit "$f" insert 1.0.-1.0 element || edit "$f" insert 1.0.-1.+ element
	vector unknown-algorithm-$where accept "CMS-11" "Voucher with a SignerInfo of an unknown digest $where, beside the good one" ov=unknown-algorithm-$where
done

# --- CMS-14: owner certificate is degenerate ---------------------------------------------------

oc_edit() { copy oc/good.cms oc/"$1".cms; edit "$out/oc/$1.cms" "${@:2}"; }
openssl cms -sign -binary -nodetach -md sha256 -econtent_type $DATA -in text -signer owner.pem -inkey owner.key -certfile oint.pem \
	-outform DER -out "$out/oc/signed.cms"
vector oc-signed refuse "CMS-14 OC-1" "Owner certificate with a signer and content" oc=signed
oc_edit with-content insert 1.0.2.+ <(wrap 04 text > octets; wrap a0 octets)
vector oc-with-content refuse "CMS-14" "Owner certificate with content, but no signer" oc=with-content
oc_edit with-digest set 1.0.1 <(oid 2.16.840.1.101.3.4.2.1 > /dev/null; wrap 30 2.16.840.1.101.3.4.2.1.oid > element; wrap 31 element)
vector oc-with-digest refuse "CMS-14" "Owner certificate with a digest algorithm, but no signer" oc=with-digest level=should
oc_edit other-type set 1.0.2.0 "$(oid $JSON)"
vector oc-other-type refuse "CMS-14" "Owner certificate whose eContentType is not id-data" oc=other-type
oc empty-bag
vector oc-none refuse "OC-6 OC-2" "Owner certificate without any certificate" oc=empty-bag also="CMS-14 VAL-8"

# --- CMS-16: limits ------------------------------------------------------------------------------

many=()
for i in {1..62}; do many+=(oroot); done
oc 64 owner "${many[@]}" oint
oc 65 owner "${many[@]}" oint oroot
vector oc-64-certificates accept "CMS-16 OC-8" "64 certificates" oc=64
vector oc-65-certificates refuse "CMS-16" "65 certificates" oc=65 level=may
previous=oroot deep=()
for i in 1 2 3 4 5 6 7; do
	cert deep-$i $previous "$CA"
	previous=deep-$i
	deep+=(deep-$i)
done
cert owner-8 deep-6 "$SIGNER"
cert owner-9 deep-7 "$SIGNER"
by=owner-8 ci owner-8 onboarding.json
by=owner-9 ci owner-9 onboarding.json
oc owner-8 owner-8 "${deep[@]:0:6}"
oc owner-9 owner-9 "${deep[@]}"
vector path-of-8 accept "CMS-16 CMS-18" "A path of eight certificates from the owner to the pinned one" ci=owner-8 oc=owner-8
vector path-of-9 refuse "CMS-16" "A path of nine certificates" ci=owner-9 oc=owner-9 level=may also=VAL-8

# --- CMS-17: detached ----------------------------------------------------------------------------

openssl cms -sign -binary -md sha256 -econtent_type $JSON -in onboarding.json -nocerts -signer owner.pem \
	-inkey owner.key -outform DER -out "$out/ci/detached.cms"
vector detached refuse "CMS-17" "The signature is detached: no content" ci=detached
document > voucher.json
openssl cms -sign -binary -md sha256 -econtent_type $VOUCHER -in voucher.json -signer vsign.pem \
	-inkey vsign.key -outform DER -out "$out/ov/detached.vcj"
vector detached-voucher refuse "CMS-17" "The voucher's signature is detached: no content" ov=detached

# SPDX-License-Identifier: MIT
#
# OV: ownership vouchers, VAL-3 to VAL-7.

accepted() { vector "ov-$1" accept "$2" "$3" "ov=$1" "${@:4}"; }	# NAME NUMBERS DESCRIPTION [NAME=VALUE...]
refused() { vector "ov-$1" refuse "$2" "$3" "ov=$1" "${@:4}"; }

# --- OV-1, OV-2: types and encodings --------------------------------------------------------------

type=$DATA ov data-json
accepted data-json "OV-1 OV-2" "Content type id-data, JSON"
type=1.2.840.113549.1.9.16.1 ov type-arc
refused type-arc "OV-1 AMB-1" "Content type is the bare arc that RFC 8572 prints"
type=$JSON ov type-conveyed
refused type-conveyed "OV-1" "Content type .43, conveyed information's"
type=1.2.3.4 ov type-unknown
refused type-unknown "OV-1" "A content type nobody knows"
document > voucher.json
typed "$out/ov/unsigned.vcj" $VOUCHER voucher.json
refused unsigned "OV-1 OV-4" "A voucher without signature, content type .40" also=CMS-1
typed "$out/ov/unsigned-data.vcj" $DATA voucher.json
refused unsigned-data "OV-1 OV-4" "A voucher without signature, id-data" also=CMS-1
changed ov nobody
octets 3100 > element
edit "$f" set 1.0.-1 element
refused nobody "OV-4" "SignedData with the voucher, but no SignerInfo"
vector ov-is-conveyed refuse "OV-1" "Conveyed information in place of the voucher" ov=ci/good.cms also=OV-4
type=$DATA ov_of text text
refused text "OV-2" "id-data with neither JSON nor XML" also="OV-3 YANG-14"
: > nothing
ov_of nothing nothing
refused nothing "OV-2" "The voucher's document is empty" also="CMS-17 OV-3"

# xml_document LEAF=TEXT...: a voucher in XML; with pin= namespace= before=
xml_document()
{
	local e

	printf '%s<voucher xmlns="%s">' "${before-}" "${namespace-urn:ietf:params:xml:ns:yang:ietf-voucher}"
	for e; do printf '<%s>%s</%s>' "${e%%=*}" "${e#*=}" "${e%%=*}"; done
	printf '</voucher>\n'
}
pinned="pinned-domain-cert=$(base64 -w0 oroot.der)"
base=(created-on=2026-01-01T00:00:00Z assertion=verified serial-number=JADA123456789 "$pinned")
xml() { type=${type-$DATA} ov_of "$1" <(cat voucher.xml); }
before='<?xml version="1.0" encoding="UTF-8"?>' xml_document "${base[@]}" > voucher.xml
xml xml
accepted xml "OV-2 OV-3" "XML, id-data"
type=$VOUCHER xml xml-as-json
refused xml-as-json "OV-2" "XML, content type .40 (JSON)" also=OV-1
xml_document "${base[@]}" expires-on=2027-01-01T00:00:00Z last-renewal-date=2026-12-01T00:00:00Z domain-cert-revocation-checks=false > voucher.xml
xml xml-all
accepted xml-all "OV-2 OV-7 OV-16" "XML with expires-on, last-renewal-date and domain-cert-revocation-checks"
xml_document "${base[@]}" nonce=AAECAwQFBgcICQoLDA0ODw== > voucher.xml
xml xml-nonce
accepted xml-nonce "OV-19" "XML with the nonce that was sent" nonce=AAECAwQFBgcICQoLDA0ODw==
vector ov-xml-nonce-other refuse "OV-19" "XML with another nonce than the one sent" ov=xml-nonce nonce=AAAAAAAAAAAAAAAAAAAAAA==
xml_document "${base[@]}" expires-on=2026-06-01T00:00:00Z > voucher.xml
xml xml-expired
refused xml-expired "OV-7 VAL-4" "XML, expired"
xml_document "${base[@]}" domain-cert-revocation-checks=true > voucher.xml
xml xml-revocation
refused xml-revocation "VAL-9 OV-15" "XML that demands revocation checks, and there is no CRL"
xml_document "${base[@]}" domain-cert-revocation-checks=yes > voucher.xml
xml xml-revocation-yes
refused xml-revocation-yes "OV-18" "XML whose domain-cert-revocation-checks is neither true nor false"
xml_document "${base[@]/JADA123456789/JADA000000000}" > voucher.xml
xml xml-other-serial
refused xml-other-serial "OV-10 VAL-6" "XML for another serial number"
xml_document "${base[@]}" serial-number=JADA000000000 > voucher.xml
xml xml-two-serials
refused xml-two-serials "OV-25" "XML with serial-number twice" also="OV-2 OV-10 YANG-13"
xml_document "${base[@]:0:3}" > voucher.xml
xml xml-no-pin
refused xml-no-pin "OV-14 OV-23" "XML without pinned-domain-cert"
namespace=urn:example:other xml_document "${base[@]}" > voucher.xml
xml xml-namespace
refused xml-namespace "OV-3" "XML in another namespace"
namespace= xml_document "${base[@]}" > voucher.xml
xml xml-no-namespace
refused xml-no-namespace "OV-3" "XML without namespace"
before='<!DOCTYPE voucher [<!ENTITY s "JADA123456789">]>' xml_document "${base[@]/JADA123456789/&s;}" > voucher.xml
xml xml-doctype
refused xml-doctype "YANG-13 OV-2" "XML with a DOCTYPE and an entity"
xml_document "${base[@]}" | sed 's/<serial-number>/<serial-number><!-- c -->/; s/JADA/<![CDATA[JADA]]>/' > voucher.xml
xml xml-cdata
accepted xml-cdata "OV-2 YANG-13" "XML with a comment and a CDATA section inside a leaf"
xml_document "${base[@]}" | sed 's/xmlns="/xmlns:v="/; s/<\([a-z]\)/<v:\1/g; s/<\/\([a-z]\)/<\/v:\1/g' > voucher.xml
xml xml-prefix
accepted xml-prefix "OV-3" "XML whose namespace has a prefix"
xml_document "${base[@]}" | head -c -12 > voucher.xml
xml xml-cut
refused xml-cut "OV-2" "XML without its end" also="YANG-13 OV-3"

# --- OV-3: the root -------------------------------------------------------------------------------

# json NAME TEXT: a voucher of this document
json() { printf '%s' "$2" > voucher.json; ov_of "$1" voucher.json; }
document > voucher.json
leaves=$(jq -c '."ietf-voucher:voucher"' voucher.json)
json bare "$leaves"
refused bare "OV-3 AMB-28" "The leaves without root object"
json unprefixed "{\"voucher\":$leaves}"
refused unprefixed "OV-3" "The root's name without the module's"
json request "{\"ietf-voucher-request:voucher\":$leaves}"
refused request "OV-3" "A voucher request"
json list "[{\"ietf-voucher:voucher\":$leaves}]"
refused list "OV-3" "A list of one voucher" also=OV-2
json list-inside "{\"ietf-voucher:voucher\":[$leaves]}"
refused list-inside "OV-3" "The voucher is a list"
json root-null '{"ietf-voucher:voucher":null}'
refused root-null "OV-3" "The voucher is null"
json root-twice "{\"ietf-voucher:voucher\":$leaves,\"ietf-voucher:voucher\":$leaves}"
refused root-twice "OV-2 YANG-13" "Two vouchers in one document" also=OV-3
json cut "$(head -c -2 voucher.json)"
refused cut "OV-2" "JSON without its end" also=YANG-13
document > voucher.json
printf ' {}' >> voucher.json
ov_of behind voucher.json
refused behind "OV-2" "Something follows the JSON" also=YANG-13
document > voucher.json
{ printf '/* for you */'; cat voucher.json; } > commented.json
ov_of commented commented.json
refused commented "OV-2" "A comment before the JSON" also=YANG-14
document | jq . > voucher.json
ov_of indented voucher.json
accepted indented "OV-3 EX-5" "JSON with blanks and line ends"
document | sed 's/"\(created-on\|assertion\|serial-number\|pinned-domain-cert\)"/"ietf-voucher:\1"/g' > voucher.json
ov_of prefixed voucher.json
accepted prefixed "OV-3 YANG-3" "Each leaf's name has the module's prefix" level=should
document > voucher.json
sed -i 's/JADA123456789/JADA\\u003123456789/; s/"assertion"/"assert\\u0069on"/' voucher.json
ov_of escaped voucher.json
accepted escaped "OV-3 OV-10" "Letters of names and values are escaped"

# --- OV-4: who signed ---------------------------------------------------------------------------------

cert vsign-second vroot "$SIGNER"
signer=vsign-second ov second-signer
accepted second-signer "OV-4" "Signed by another signer of the manufacturer"
signer=vsign-int chain=vint ov by-intermediate
accepted by-intermediate "OV-4 VAL-3" "Signed below an intermediate that the voucher carries"
signer=vsign-int ov no-intermediate
refused no-intermediate "OV-4" "Signed below an intermediate that is missing"
signer=vroot options=-nocerts ov by-anchor
refused by-anchor "OV-4" "Signed by the anchor itself, whose keyUsage does not allow it" also=CMS-18
cert vself vself "${CA/keyCertSign/digitalSignature,keyCertSign}"
keep pki vself.der other.der oroot.der
signer=vself options=-nocerts ov by-anchor-itself
accepted by-anchor-itself "OV-4" "Signed by the anchor itself, which may sign data" anchors=vself
cert vleaf vleaf "$SIGNER"
keep pki vleaf.der vint.der
signer=vleaf ov by-anchor-leaf
accepted by-anchor-leaf "OV-4" "The anchor is a self-signed certificate that is no CA, and signed itself" anchors=vleaf
vector ov-anchor-intermediate accept "OV-4" "The anchor is an intermediate CA" ov=by-intermediate anchors=vint
vector ov-anchors-many accept "OV-4" "The right anchor is the last of three" anchors="other oroot vroot"
vector ov-anchor-other refuse "OV-4 VAL-3" "Another manufacturer's device" anchors=other
vector ov-anchor-owner refuse "OV-4" "The device's only voucher anchor is the owner's root" anchors=oroot
signer=owner chain=oint ov by-owner
refused by-owner "OV-4 VAL-3" "The owner made its own voucher"
pin=oroot signer=oint ov by-pinned
refused by-pinned "OV-4 VAL-3" "The pinned network's CA made the voucher"
signer=stranger chain=other ov by-stranger
refused by-stranger "OV-4 VAL-3" "A stranger made the voucher, and attached the stranger's root"
subject=/CN=vroot cert vroot-twin vroot-twin "$CA"
subject=/CN=vsign cert vsign-twin vroot-twin "$SIGNER"
signer=vsign-twin chain=vroot-twin ov by-twin
refused by-twin "OV-4 VAL-3" "Made by somebody whose certificates bear the manufacturer's names"
cert vsign-by-leaf vsign "$SIGNER"
signer=vsign-by-leaf chain=vsign ov by-leaf
refused by-leaf "OV-4 CMS-18" "The voucher signer's issuer is another signer, no CA"
options=-nocerts ov no-certificates
refused no-certificates "OV-4" "The voucher carries no certificate, and its signer is no anchor"
chain="other stranger oint" ov with-strangers
accepted with-strangers "OV-4" "Certificates of strangers in the voucher"

# --- OV-6, OV-7: dates --------------------------------------------------------------------------------

ov created-later 'created-on="2026-12-01T00:00:01Z"'
refused created-later "OV-6 VAL-4 AMB-23" "Created one second after now"
ov created-now 'created-on="2026-12-01T00:00:00Z"'
refused created-now "OV-6" "Created at this very second: not in the past" level=may
ov created-before 'created-on="2026-11-30T23:59:59Z"'
accepted created-before "OV-6" "Created one second before now"
ov created-1970 'created-on="1970-01-01T00:00:00Z"'
accepted created-1970 "OV-6" "Created in 1970"
ov created-2099 'created-on="2099-01-01T00:00:00Z"'
refused created-2099 "OV-6" "Created in 2099"
ov created-offset 'created-on="2026-12-01T01:00:00+02:00"'
accepted created-offset "OV-6 OV-22" "Created at a local time after, but in fact before now"
ov created-offset-later 'created-on="2026-11-30T23:00:00-02:00"'
refused created-offset-later "OV-6 OV-22" "Created at a local time before, but in fact after now"
ov expires-later 'expires-on="2026-12-01T00:00:01Z"'
accepted expires-later "OV-7 OV-8" "Expires one second after now"
ov expires-now 'expires-on="2026-12-01T00:00:00Z"'
refused expires-now "OV-7 VAL-4" "Expires at this very second"
ov expires-before 'expires-on="2026-11-30T23:59:59Z"'
refused expires-before "OV-7 VAL-4" "Expired one second before now"
ov expires-offset 'expires-on="2026-12-01T01:00:00+02:00"'
refused expires-offset "OV-7 OV-22" "Expires at a local time after, but in fact before now"
ov expires-9999 'expires-on="9999-12-31T23:59:59Z"'
accepted expires-9999 "OV-7" "Expires at the end of 9999"
ov expires-before-created 'expires-on="2025-01-01T00:00:00Z"'
refused expires-before-created "OV-7" "Expired before it was created"
ov both-future 'created-on="2027-01-01T00:00:00Z"' 'expires-on="2026-06-01T00:00:00Z"'
refused both-future "OV-6 VAL-4" "Created after now, and expired: created-on is looked at first" also=OV-7

# --- OV-8, OV-19, OV-20: nonce --------------------------------------------------------------------------

N16=AAECAwQFBgcICQoLDA0ODw==
ov nonce "nonce=\"$N16\""
accepted nonce "OV-19 OV-8 AMB-17" "The nonce that was sent" nonce=$N16
vector ov-nonce-other refuse "OV-19 VAL-6" "A nonce of the same length, but not the one sent" ov=nonce nonce=AAECAwQFBgcICQoLDA0ODg==
vector ov-nonce-none-sent refuse "OV-19 USB-16" "A nonce, and none was sent in this run" ov=nonce
vector ov-nonce-longer refuse "OV-19" "The nonce is the beginning of the one sent" ov=nonce nonce=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
ov nonce-32 'nonce="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="'
vector ov-nonce-shorter refuse "OV-19" "The nonce sent is the beginning of this one" ov=nonce-32 nonce=$N16
accepted nonce-32 "OV-19" "A nonce of 32 octets" nonce=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
vector ov-nonce-absent accept "OV-20" "No nonce in the voucher, though one was sent" nonce=$N16
ov nonce-8 'nonce="AAECAwQFBgc="'
vector ov-nonce-8 refuse "OV-19 AMB-17" "A nonce of 8 octets, not the one sent" ov=nonce-8 nonce=$N16
ov nonce-7 'nonce="AAECAwQFBg=="'
vector ov-nonce-7 refuse "OV-19" "A nonce of 7 octets, too short for any" ov=nonce-7 nonce=AAECAwQFBg==
ov nonce-33 'nonce="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"'
vector ov-nonce-33 refuse "OV-19" "A nonce of 33 octets, too long for any" ov=nonce-33 nonce=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g
ov nonce-empty 'nonce=""'
refused nonce-empty "OV-19" "An empty nonce"
ov nonce-number 'nonce=7'
refused nonce-number "OV-19" "A nonce that is a number"
ov nonce-null 'nonce=null'
vector ov-nonce-null refuse "OV-19" "A nonce of null: another type, not absent" ov=nonce-null nonce=$N16
ov nonce-base64 'nonce="AAECAwQFBgcICQoLDA0ODw"'
vector ov-nonce-base64 refuse "OV-19 ENCODE-4" "The nonce's base64 lacks its padding" ov=nonce-base64 nonce=$N16
ov nonce-and-expires "nonce=\"$N16\"" 'expires-on="2027-01-01T00:00:00Z"'
refused nonce-and-expires "OV-8" "nonce and expires-on together" nonce=$N16
ov nonce-twice "nonce=\"$N16\"" "ietf-voucher:nonce=\"$N16\""
refused nonce-twice "YANG-13 OV-2" "The nonce twice, once with the module's prefix" nonce=$N16 also=OV-19

# --- OV-9: assertion ----------------------------------------------------------------------------------------

for a in verified logged proximity; do
	ov assertion-$a "assertion=\"$a\""
	accepted assertion-$a "OV-9 VAL-5" "assertion $a"
done
for a in agent-proximity Verified none '' ' verified'; do
	n=${a// /blank-}
	[ -n "$n" ] || n=empty
	[ "$n" != Verified ] || n=capital
	ov assertion-$n "assertion=\"$a\""
	refused assertion-$n "OV-9 VAL-5" "assertion '$a'"
done
ov assertion-null assertion=null
refused assertion-null "OV-9" "assertion is null" also=OV-23
ov assertion-number assertion=0
refused assertion-number "OV-9" "assertion is a number"
ov assertion-list 'assertion=["verified"]'
refused assertion-list "OV-9" "assertion is a list"

# --- OV-10, OV-25: serial number ------------------------------------------------------------------------

serials() { ov "serial-$1" "serial-number=$2"; refused "serial-$1" "$3" "$4" "${@:5}"; }
serials other '"JADA000000000"' "OV-10 VAL-6" "Another serial number"
serials case '"jada123456789"' "OV-10" "The serial number in small letters"
serials blank-behind '"JADA123456789 "' "OV-10" "A blank behind the serial number"
serials blank-before '" JADA123456789"' "OV-10" "A blank before the serial number"
serials newline '"JADA123456789\n"' "OV-10" "A line end behind the serial number"
serials nul '"JADA123456789\u0000"' "OV-10" "A NUL behind the serial number" also="OV-2 OV-25"
serials prefix '"JADA12345678"' "OV-10" "The beginning of the serial number"
serials longer '"JADA1234567890"' "OV-10" "One digit more than the serial number"
serials empty '""' "OV-10" "An empty serial number" also="OV-23 OV-25"
serials list '["JADA123456789"]' "OV-25" "A list with the right serial number"
serials two '["JADA123456789","JADA000000000"]' "OV-25" "A list of two serial numbers"
serials list-empty '[]' "OV-25" "An empty list of serial numbers"
serials pattern '"*"' "OV-10 OV-25" "A pattern instead of a serial number"
serials pattern-jada '"JADA*"' "OV-10 OV-25" "A pattern that would fit"
serials object '{"value":"JADA123456789"}' "OV-25" "An object instead of a serial number"
serials null null "OV-25 OV-23" "The serial number is null"
serials number 123456789 "OV-25" "The serial number is a JSON number" serial=123456789
ov serial-letters 'serial-number="Gerät 7/Ä"'
vector ov-serial-letters accept "OV-10" "A serial number with blanks and letters beyond ASCII" ov=serial-letters "serial=Gerät 7/Ä"

# --- OV-11: the serial number in the device's certificate -----------------------------------------------

vector idevid-serial accept "OV-11" "The serial number is taken from the IDevID's subject" serial=none idevid=device-p256
subject=/serialNumber=HW-0042/CN=device device device-0042 vroot "$SIGNER"
hardware=$SIGNER$'\nsubjectAltName=otherName:1.3.6.1.5.5.7.8.4;SEQUENCE:hw\n[hw]\ntype=OID:1.2.3.4\nserial=FORMAT:ASCII,OCTETSTRING:HW-0042'
subject=/CN=device device device-hardware vroot "$hardware"
device device-both vroot "$hardware"
subject=/CN=JADA123456789 device device-none vroot "$SIGNER"
keep pki device-0042.der device-hardware.der device-both.der device-none.der
vector idevid-serial-other refuse "OV-10 OV-11" "The IDevID's subject holds another serial number" serial=none idevid=device-0042
ov serial-hardware 'serial-number="HW-0042"'
vector idevid-hardware accept "OV-11" "The serial number is taken from the IDevID's hardwareModuleName" serial=none idevid=device-hardware ov=serial-hardware
vector idevid-both accept "OV-11" "subject serialNumber goes before hardwareModuleName" serial=none idevid=device-both
vector idevid-both-hardware refuse "OV-10 OV-11" "hardwareModuleName does not count beside a subject serialNumber" serial=none idevid=device-both ov=serial-hardware
vector idevid-none refuse "OV-11" "The IDevID names no serial number: a common name is none" serial=none idevid=device-none also=OV-10

# --- OV-12, OV-13: idevid-issuer ---------------------------------------------------------------------------

authority() { openssl asn1parse -inform DER -in "$1" | grep -A1 'X509v3 Authority Key' | sed -n 's/.*\[HEX DUMP\]://p'; }
aki=$(authority device-p256.der)
b64() { octets "$1" | base64 -w0; }
ov issuer "idevid-issuer=\"$(b64 "$aki")\""
vector ov-issuer accept "OV-12 OV-13 EX-5 AMB-24" "idevid-issuer is the IDevID's AuthorityKeyIdentifier, whole" ov=issuer idevid=device-p256
ov issuer-key "idevid-issuer=\"$(b64 "${aki#????????}")\""
vector ov-issuer-key accept "OV-12 OV-13 AMB-24" "idevid-issuer is the key identifier alone" ov=issuer-key idevid=device-p256
ov issuer-octets "idevid-issuer=\"$(b64 "0414${aki#????????}")\""
vector ov-issuer-octets refuse "OV-12" "idevid-issuer is the key identifier as an OCTET STRING" ov=issuer-octets idevid=device-p256 level=may
cert vroot-second vroot-second "$CA"
device device-second vroot-second "$SIGNER"
device device-no-aki vroot $'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=none'
device device-full-aki vroot $'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always,issuer:always'
keep pki device-second.der device-no-aki.der device-full-aki.der
vector ov-issuer-second refuse "OV-12 VAL-6" "The device was issued by another CA, with the same serial number" ov=issuer idevid=device-second
vector ov-issuer-second-key refuse "OV-12" "The same with the key identifier alone" ov=issuer-key idevid=device-second
vector ov-issuer-no-aki refuse "OV-13 OV-12" "The IDevID has no AuthorityKeyIdentifier: nothing can match" ov=issuer idevid=device-no-aki
vector ov-issuer-no-idevid refuse "OV-13 OV-12" "The device has no IDevID: nothing can match" ov=issuer
vector ov-issuer-absent accept "OV-12" "No idevid-issuer, whoever issued the device's certificate" idevid=device-second
ov issuer-full "idevid-issuer=\"$(b64 "$(authority device-full-aki.der)")\""
vector ov-issuer-full accept "OV-12 OV-13" "AuthorityKeyIdentifier with issuer and serial number, whole" ov=issuer-full idevid=device-full-aki
vector ov-issuer-full-key accept "OV-13" "AuthorityKeyIdentifier with issuer and serial number; the voucher names the key identifier alone" \
	ov=issuer-key idevid=device-full-aki
ov issuer-subject "idevid-issuer=\"$(b64 "$(openssl x509 -in device-p256.pem -noout -ext subjectKeyIdentifier | tail -1 | tr -d ' :')")\""
vector ov-issuer-subject refuse "OV-12" "idevid-issuer is the IDevID's own key identifier" ov=issuer-subject idevid=device-p256
ov issuer-empty 'idevid-issuer=""'
vector ov-issuer-empty refuse "OV-12" "idevid-issuer is empty" ov=issuer-empty idevid=device-p256
vector ov-issuer-empty-no-aki refuse "OV-13 OV-12" "idevid-issuer is empty, and the IDevID has no AuthorityKeyIdentifier" ov=issuer-empty idevid=device-no-aki
ov issuer-prefix "idevid-issuer=\"$(b64 "${aki:0:40}")\""
vector ov-issuer-prefix refuse "OV-12" "idevid-issuer is the beginning of the AuthorityKeyIdentifier" ov=issuer-prefix idevid=device-p256
ov issuer-null idevid-issuer=null
vector ov-issuer-null refuse "OV-12" "idevid-issuer is null: another type, not absent" ov=issuer-null idevid=device-p256
ov issuer-number idevid-issuer=1
vector ov-issuer-number refuse "OV-12" "idevid-issuer is a number" ov=issuer-number idevid=device-p256
ov issuer-base64 'idevid-issuer="MBaAFA*="'
vector ov-issuer-base64 refuse "OV-12 ENCODE-4" "idevid-issuer is not base64" ov=issuer-base64 idevid=device-p256

# --- OV-14: pinned-domain-cert -----------------------------------------------------------------------------

pinned() { ov "pin-$1" "pinned-domain-cert=\"$2\""; refused "pin-$1" "$3" "$4" "${@:5}"; }
pin64=$(base64 -w0 oroot.der)
pinned empty "" "OV-14" "pinned-domain-cert is empty"
pinned garbage MAA= "OV-14" "pinned-domain-cert is an empty SEQUENCE"
pinned two "$(cat oroot.der oint.der | base64 -w0)" "OV-14" "pinned-domain-cert holds two certificates"
pinned behind "$({ cat oroot.der; printf '\0'; } | base64 -w0)" "OV-14" "An octet follows the certificate in pinned-domain-cert"
pinned pem "$(base64 -w0 oroot.pem)" "OV-14" "pinned-domain-cert is a PEM file in base64"
pinned bag "$(base64 -w0 "$out/oc/good.cms")" "OV-14" "pinned-domain-cert is a CMS structure"
pinned spki "$(openssl pkey -in oroot.key -pubout -outform DER | base64 -w0)" "OV-14" "pinned-domain-cert is a public key"
pinned request "$(openssl req -in oroot.csr -outform DER | base64 -w0)" "OV-14" "pinned-domain-cert is a certificate request"
openssl x509 -req -in oroot.csr -signkey oroot.key -days 20000 -out oroot-v1.pem 2>/dev/null
pinned version-1 "$(openssl x509 -in oroot-v1.pem -outform DER | base64 -w0)" "OV-14" "pinned-domain-cert is of version 1" also="VAL-8 CMS-18"
pinned padding "${pin64%%=*}!" "OV-14 ENCODE-4" "pinned-domain-cert ends in a character that is not base64"
pinned url "$(tr '+/' '-_' <<<"$pin64")" "OV-14 ENCODE-4" "pinned-domain-cert in base64url, with the letters - and _"
pinned cut "${pin64:0:100}" "OV-14" "pinned-domain-cert is cut"
ov pin-null pinned-domain-cert=null
refused pin-null "OV-14 OV-23" "pinned-domain-cert is null"
ov pin-list "pinned-domain-cert=[\"$pin64\"]"
refused pin-list "OV-14" "pinned-domain-cert is a list"
ov pin-lines "pinned-domain-cert=\"$(base64 -w 64 oroot.der | sed ':a;N;$!ba;s/\n/\\n/g')\""
accepted pin-lines "ENCODE-4 OV-14" "pinned-domain-cert in lines of 64 characters" level=should

# --- OV-18, OV-21 to OV-24: other leaves ------------------------------------------------------------------

ov renewed 'expires-on="2027-01-01T00:00:00Z"' 'last-renewal-date="2026-12-31T00:00:00Z"'
accepted renewed "OV-21" "last-renewal-date beside expires-on"
ov renewal-past 'expires-on="2027-01-01T00:00:00Z"' 'last-renewal-date="2026-02-01T00:00:00Z"'
accepted renewal-past "OV-21" "last-renewal-date has passed: it is not processed"
ov renewal-alone 'last-renewal-date="2026-12-31T00:00:00Z"'
refused renewal-alone "OV-21" "last-renewal-date without expires-on"

date_accepted() { ov "date-$1" "created-on=\"$2\""; accepted "date-$1" "OV-22" "created-on is $2" "${@:3}"; }
date_refused() { ov "date-$1" "created-on=\"$2\""; refused "date-$1" "OV-22" "created-on is '$2'" "${@:3}"; }
date_accepted micro 2026-01-01T01:02:03.123456+00:00
date_accepted tenth 2026-01-01T01:02:03.1Z
date_accepted long 2026-01-01T01:02:03.12345678901234567890Z
date_accepted minus-zero 2026-01-01T01:02:03-00:00
date_accepted offset 2026-01-01T01:02:03+14:00
date_accepted offset-west 2026-01-01T01:02:03-05:30
date_accepted leap-day 2024-02-29T00:00:00Z
date_refused no-zone 2026-01-01T00:00:00
date_refused no-time 2026-01-01
date_refused blank '2026-01-01 00:00:00Z'
date_refused month 2026-13-01T00:00:00Z
date_refused day 2026-02-30T00:00:00Z
date_refused no-leap-day 2025-02-29T00:00:00Z
date_refused hour 2026-01-01T24:00:00Z
date_refused minute 2026-01-01T00:60:00Z
date_refused offset-range 2026-01-01T00:00:00+24:00
date_refused offset-form 2026-01-01T00:00:00+0000
date_refused no-fraction 2026-01-01T00:00:00.Z
date_refused short-year 26-01-01T00:00:00Z
date_refused behind '2026-01-01T00:00:00Z '
date_refused word yesterday
date_refused empty ''
ov date-number 'created-on=1767225600'
refused date-number "OV-22" "created-on is a number"
ov date-null 'created-on=null'
refused date-null "OV-22 OV-23" "created-on is null"
ov date-expires 'expires-on="2027-01-01"'
refused date-expires "OV-22" "expires-on is no date and time"
ov date-expires-null 'expires-on=null'
refused date-expires-null "OV-22" "expires-on is null: another type, not absent" also=OV-7

for l in created-on assertion serial-number; do
	ov without-$l -$l
	refused without-$l "OV-23$([ $l != created-on ] || echo " AMB-28")" "Without $l"
done
ov without-pinned-domain-cert -pinned-domain-cert
refused without-pinned-domain-cert "OV-14 OV-23" "Without pinned-domain-cert"
json empty '{"ietf-voucher:voucher":{}}'
refused empty "OV-23" "A voucher without leaves" also=OV-14

ov unknown 'colour="green"' 'example-module:inventory={"rack":7}'
accepted unknown "OV-24" "Leaves nobody knows"
ov pubk -pinned-domain-cert 'pinned-domain-pubk="MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"'
refused pubk "OV-14 OV-24" "pinned-domain-pubk without pinned-domain-cert" also=OV-23
ov pubk-beside 'pinned-domain-pubk="MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"'
accepted pubk-beside "OV-24" "pinned-domain-pubk beside pinned-domain-cert" level=may

# Members that stand twice.
document > voucher.json
sed 's/{"created-on"/{"serial-number":"JADA000000000","created-on"/' voucher.json > twice.json
ov_of twice-differs twice.json
refused twice-differs "YANG-13 OV-2" "serial-number stands twice, first another one" also="OV-10 OV-25"
sed 's/}}$/,"serial-number":"JADA000000000"}}/' voucher.json > twice.json
ov_of twice-differs-last twice.json
refused twice-differs-last "YANG-13 OV-2" "serial-number stands twice, last another one" also="OV-10 OV-25"
sed 's/}}$/,"serial-number":"JADA123456789"}}/' voucher.json > twice.json
ov_of twice-same twice.json
refused twice-same "YANG-13 OV-2" "serial-number stands twice, the same both times"
sed 's/}}$/,"serial\\u002dnumber":"JADA000000000"}}/' voucher.json > twice.json
ov_of twice-escaped twice.json
refused twice-escaped "YANG-13 OV-2" "serial-number stands twice, once escaped" also="OV-10 OV-25"
sed 's/}}$/,"x":{"a":1,"a":2}}}/' voucher.json > twice.json
ov_of twice-inside twice.json
refused twice-inside "YANG-13 OV-2" "A member of an unknown leaf stands twice" level=may

# EX-5, with this suite's certificates.
json example "{\"ietf-voucher:voucher\":{\"created-on\":\"2024-01-01T00:00:00Z\",\"expires-on\":\"2034-01-01T00:00:00Z\",
  \"assertion\":\"verified\",\"serial-number\":\"JADA123456789\",
  \"idevid-issuer\":\"$(b64 "$aki")\",
  \"pinned-domain-cert\":\"$pin64\",\"domain-cert-revocation-checks\":false}}"
accepted example "EX-5 OV-3" "The worked example of a voucher" idevid=device-p256

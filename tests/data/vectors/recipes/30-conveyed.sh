# SPDX-License-Identifier: MIT
#
# CI: types and encodings of conveyed information.

# --- CI-1, CI-5, CI-6, CI-7: unsigned -----------------------------------------------------------

readonly AUTH_ENVELOPED=1.2.840.113549.1.9.16.1.23
for d in redirect onboarding; do
	typed "$out/ci/unsigned-xml-$d.cms" $XML $d.xml
	typed "$out/ci/unsigned-data-json-$d.cms" $DATA $d.json
	typed "$out/ci/unsigned-data-xml-$d.cms" $DATA $d.xml
	for f in xml:.42 data-json:id-data data-xml:id-data; do
		vector unsigned-${f%:*}-$d accept "CI-1 YANG-14$([[ $f == data* ]] && echo " CI-6")" \
			"Unsigned $d information, ${f#*:}, $([[ $f == *xml* ]] && echo XML || echo JSON), trusted source" \
			ci=unsigned-${f%:*}-$d oc=none ov=none source=trusted document=$d
	done
done
bad_unsigned() { vector "unsigned-$1" refuse "$2" "Unsigned, $3" ci="unsigned-$1" oc=none ov=none source=trusted "${@:4}"; }
typed "$out/ci/unsigned-json-as-xml.cms" $XML onboarding.json
bad_unsigned json-as-xml "CI-5" "content type .42 (XML), but JSON inside"
typed "$out/ci/unsigned-xml-as-json.cms" $JSON onboarding.xml
bad_unsigned xml-as-json "CI-5" "content type .43 (JSON), but XML inside"
typed "$out/ci/unsigned-arc.cms" 1.2.840.113549.1.9.16.1 onboarding.json
bad_unsigned arc "CI-7" "content type is the bare arc 1.2.840.113549.1.9.16.1"
typed "$out/ci/unsigned-voucher.cms" $VOUCHER onboarding.json
bad_unsigned voucher "CI-7" "content type .40, a voucher's"
typed "$out/ci/unsigned-unknown.cms" 1.2.3.4 onboarding.json
bad_unsigned unknown "CI-7" "a content type nobody knows"
wrap 30 null > sequence
content_info "$out/ci/unsigned-digested.cms" 1.2.840.113549.1.7.5 sequence
bad_unsigned digested "CI-7" "content type id-digestedData"
typed "$out/ci/unsigned-text.cms" $DATA text
bad_unsigned text "CI-6 YANG-14" "id-data with neither JSON nor XML" also="CI-5 CI-1"
: > nothing
typed "$out/ci/unsigned-nothing.cms" $JSON nothing
bad_unsigned nothing "CI-5 CI-1" "an empty document" also="YANG-14"
wrap 0c onboarding.json > element
content_info "$out/ci/unsigned-utf8-string.cms" $JSON element
bad_unsigned utf8-string "CI-1 CMS-1" "the document in a UTF8String instead of an OCTET STRING"
wrap 30 onboarding.json > element
content_info "$out/ci/unsigned-no-string.cms" $JSON element
bad_unsigned no-string "CI-1 CMS-1" "the document in a SEQUENCE instead of an OCTET STRING"

# --- CI-3, CI-5, CI-6, CI-7: signed -------------------------------------------------------------

type=$XML ci xml onboarding.xml
vector signed-xml accept "CI-3 CI-5 YANG-14" "Signed XML, content type .42" ci=xml
type=$XML ci xml-redirect redirect.xml
vector signed-xml-redirect accept "CI-3 CI-5 YANG-14" "Signed XML redirect information, content type .42" ci=xml-redirect document=redirect
vector signed-data-json accept "CI-3 CI-6 EX-6" "Signed JSON, id-data, without the signer's certificate" ci=data-json
type=$DATA ci data-xml onboarding.xml
vector signed-data-xml accept "CI-3 CI-6 YANG-14" "Signed XML, id-data" ci=data-xml
type=$DATA certs=1 ci cisco onboarding.json
vector signed-cisco accept "CI-6 CI-9 EX-6" "As widely used tools do it: id-data, the signer's certificate embedded" ci=cisco
{ printf '\n\t  '; cat onboarding.json; printf ' \n'; } > blanks.json
type=$DATA ci data-blanks blanks.json
vector signed-data-blanks accept "CI-6 YANG-14" "id-data, blanks and line ends before the JSON" ci=data-blanks
{ printf '\n\t  '; tail -n +2 onboarding.xml; } > blanks.xml
type=$DATA ci data-blanks-xml blanks.xml
vector signed-data-blanks-xml accept "CI-6 YANG-14" "id-data, blanks and line ends before the XML" ci=data-blanks-xml
type=$XML ci json-as-xml onboarding.json
vector signed-json-as-xml refuse "CI-5" "Signed, content type .42 (XML), but JSON inside" ci=json-as-xml
type=$JSON ci xml-as-json onboarding.xml
vector signed-xml-as-json refuse "CI-5" "Signed, content type .43 (JSON), but XML inside" ci=xml-as-json
type=$DATA ci text text
vector signed-text refuse "CI-6 YANG-14" "Signed, id-data with neither JSON nor XML" ci=text also=CI-5
type=$VOUCHER ci type-voucher onboarding.json
vector signed-type-voucher refuse "CI-7" "Signed, content type .40, a voucher's" ci=type-voucher
type=1.2.840.113549.1.9.16.1 ci type-arc onboarding.json
vector signed-type-arc refuse "CI-7" "Signed, content type is the bare arc" ci=type-arc
type=1.2.3.4 ci type-unknown onboarding.json
vector signed-type-unknown refuse "CI-7" "Signed, a content type nobody knows" ci=type-unknown
type=$SIGNED ci signed-twice "$out/ci/good.cms"
vector signed-twice refuse "CI-7" "Signed around signed" ci=signed-twice
type=$DATA ci signed-around-artifact "$out/ci/good.cms"
vector signed-around-artifact refuse "CI-6 YANG-14" "Signed, id-data, and inside another signed artifact" ci=signed-around-artifact also=CI-5
document > voucher.json
type=$DATA ci voucher-document voucher.json
vector voucher-as-conveyed refuse "YANG-1 YANG-2" "A voucher's document where conveyed information should be" ci=voucher-document

# --- CI-8: degenerate ------------------------------------------------------------------------------

degenerate "$out/ci/degenerate.cms" owner.der oint.der
vector degenerate-ci refuse "CI-8" "Degenerate SignedData as conveyed information" ci=degenerate also="CMS-17 CI-7"
vector degenerate-ci-trusted refuse "CI-8" "Degenerate SignedData as conveyed information, trusted source" ci=degenerate source=trusted oc=none ov=none also="CMS-17 CI-7"
changed ci nobody
octets 3100 > element
edit "$f" set 1.0.-1 element
vector nobody-signed refuse "CI-8" "SignedData with a document, but no SignerInfo" ci=nobody
vector nobody-signed-trusted refuse "CI-8" "SignedData with a document, but no SignerInfo, trusted source" ci=nobody source=trusted oc=none ov=none

# --- CI-9: certificates in the conveyed information count for nothing ------------------------------

certs=1 ci embedded onboarding.json
vector embedded-owner accept "CI-9" "The owner certificate is embedded in the conveyed information, too" ci=embedded
oc without-owner oint
vector embedded-only refuse "OC-6 CI-9" "The owner certificate is embedded in the conveyed information, and missing in its artifact" ci=embedded oc=without-owner also=VAL-8
changed ci embedded-stranger
wrap a0 stranger.der other.der > element
edit "$f" insert 1.0.3 element
vector embedded-strangers accept "CI-9" "Strangers' certificates are embedded in the conveyed information" ci=embedded-stranger
certs=1 by=stranger ci embedded-unknown onboarding.json
vector embedded-unknown refuse "OC-6 CI-9" "Signed by a stranger who embedded a certificate" ci=embedded-unknown also="VAL-12 VAL-8"
wrap a0 oint.der > element
changed ci embedded-intermediate
edit "$f" insert 1.0.3 element
vector embedded-intermediate refuse "VAL-8 CI-9 OC-2" "The intermediate stands in the conveyed information instead of the owner certificate artifact" \
	ci=embedded-intermediate oc=no-intermediate level=may

# --- CI-10: no validity of its own -------------------------------------------------------------------

vector long-after accept "CI-10 OV-7" "Voucher without expires-on, fifty years later" time=2076-12-01T00:00:00Z


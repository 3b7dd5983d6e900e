# SPDX-License-Identifier: MIT
#
# OV-15 to OV-18 and VAL-9 to VAL-11: domain-cert-revocation-checks, and CRLs in the owner
# certificate.  The path owner, oint, oroot needs two: of oint (about owner) and of oroot (about oint).

ov checks 'domain-cert-revocation-checks=true'
ov checks-false 'domain-cert-revocation-checks=false'
ov checks-text 'domain-cert-revocation-checks="true"'
ov checks-text-false 'domain-cert-revocation-checks="false"'
good=(good-oint.crl good-oroot.crl)
crl bad-oint oint '' owner
crl bad-oroot oroot '' oint
oc crl-bad-leaf owner oint bad-oint.crl good-oroot.crl
oc crl-bad-intermediate owner oint good-oint.crl bad-oroot.crl

# revocation NAME VERDICT NUMBERS DESCRIPTION CRL...: a set with these CRLs, checks demanded;
# with v= for further NAME=VALUEs
revocation()
{
	local also=
	oc "crl-$1" owner oint "${@:5}"
	[ "$2" = accept ] || also="also=VAL-9 VAL-10 VAL-11 OV-15"
	vector "crl-$1" "$2" "$3" "$4" "oc=crl-$1" ov=checks ${also:+"$also"} ${v-}
}

# --- the leaf -----------------------------------------------------------------------------------

vector checks-true-no-crl refuse "VAL-9 OV-15" "domain-cert-revocation-checks true, and there is no CRL" ov=checks
vector checks-true-good accept "VAL-9 OV-15 VAL-11 EX-6" "domain-cert-revocation-checks true, and good CRLs of both issuers" ov=checks oc=with-crl
vector checks-true-revoked refuse "VAL-9 OV-15" "domain-cert-revocation-checks true, and the owner certificate is revoked" ov=checks oc=crl-bad-leaf
vector checks-true-intermediate refuse "VAL-9 VAL-11" "domain-cert-revocation-checks true, and the intermediate is revoked" ov=checks oc=crl-bad-intermediate
vector checks-false-no-crl accept "OV-16" "domain-cert-revocation-checks false, no CRL" ov=checks-false
vector checks-false-revoked accept "OV-16" "domain-cert-revocation-checks false, and a CRL that lists the owner certificate: it must not be looked at" \
	ov=checks-false oc=crl-bad-leaf
vector checks-absent-revoked refuse "OV-17" "No domain-cert-revocation-checks, and a CRL in the set lists the owner certificate" oc=crl-bad-leaf also="VAL-9"
vector checks-absent-intermediate refuse "OV-17" "No domain-cert-revocation-checks, and a CRL in the set lists the intermediate" oc=crl-bad-intermediate also="VAL-9"
vector checks-absent-good accept "OV-17 OC-3" "No domain-cert-revocation-checks, and good CRLs in the set" oc=with-crl
oc crl-one owner oint good-oint.crl
vector checks-absent-partial accept "OV-17" "No domain-cert-revocation-checks, and a CRL of one issuer only: none is demanded" oc=crl-one
crl strange other
oc crl-of-stranger owner oint strange.crl
vector checks-absent-stranger accept "OV-17" "No domain-cert-revocation-checks, and a stranger's CRL in the set" oc=crl-of-stranger
vector checks-text-true refuse "VAL-9 OV-18 AMB-20" "domain-cert-revocation-checks is the string \"true\", and there is no CRL" ov=checks-text
vector checks-text-true-good accept "OV-18 AMB-20" "domain-cert-revocation-checks is the string \"true\", and good CRLs" ov=checks-text oc=with-crl
vector checks-text-false accept "OV-18 AMB-20 OV-16" "domain-cert-revocation-checks is the string \"false\", and a CRL that lists the owner certificate" \
	ov=checks-text-false oc=crl-bad-leaf
n=0
for value in 1 0 null '"TRUE"' '"yes"' '""' '"1"' '[true]' '{}' '" true"'; do
	n=$((n + 1))
	ov checks-wrong-$n "domain-cert-revocation-checks=$value"
	vector checks-wrong-$n refuse "OV-18" "domain-cert-revocation-checks is $value" ov=checks-wrong-$n oc=with-crl
done

# --- demanded: which CRLs do ------------------------------------------------------------------------

revocation order accept "VAL-9 CMS-4" "The CRLs in the other order" good-oroot.crl good-oint.crl
revocation strangers accept "VAL-9 VAL-11" "A stranger's CRL beside the right ones" strange.crl "${good[@]}"
revocation leaf-only refuse "VAL-11 VAL-9" "A CRL of the intermediate, none of the pinned root" good-oint.crl
revocation root-only refuse "VAL-11 VAL-9" "A CRL of the pinned root, none of the intermediate" good-oroot.crl
revocation stranger-only refuse "VAL-9" "A stranger's CRL only" strange.crl
from=20250101000000Z to=20260101000000Z crl old-oint oint
revocation expired refuse "VAL-10 VAL-9" "The intermediate's CRL has passed its nextUpdate" old-oint.crl good-oroot.crl
from=20250101000000Z to=20260101000000Z crl old-oroot oroot
revocation expired-root refuse "VAL-10 VAL-9" "The root's CRL has passed its nextUpdate" good-oint.crl old-oroot.crl
from=20270101000000Z crl future-oint oint
revocation future refuse "VAL-10 VAL-9" "thisUpdate of the intermediate's CRL lies in the future" future-oint.crl good-oroot.crl
from=20260601000000Z to=20261201000001Z crl last-second-oint oint
revocation last-second accept "VAL-10" "nextUpdate one second after now" last-second-oint.crl good-oroot.crl
from=20250101000000Z to=20261130235959Z crl just-over-oint oint
revocation just-over refuse "VAL-10 VAL-9" "nextUpdate one second before now" just-over-oint.crl good-oroot.crl
revocation old-and-new accept "VAL-9 VAL-10" "An old CRL of the intermediate beside a good one" old-oint.crl "${good[@]}"
from=20260701000000Z crl newer-bad-oint oint '' owner
revocation newer-revoked refuse "VAL-9" "Two current CRLs of the intermediate; the newer one lists the owner certificate" "${good[@]}" newer-bad-oint.crl
revocation newer-revoked-first refuse "VAL-9" "The same, the newer one first" newer-bad-oint.crl "${good[@]}"
from=20250101000000Z to=20260101000000Z crl old-bad-oint oint '' owner
revocation old-revoked refuse "VAL-10 VAL-9" "The only CRL of the intermediate has passed, and lists the owner certificate" old-bad-oint.crl good-oroot.crl
cp good-oint.crl forged-oint.crl
resigned_certificate forged-oint.crl other
revocation forged refuse "VAL-9 VAL-10" "The intermediate's CRL is signed by somebody else's key" forged-oint.crl good-oroot.crl
revocation forged-and-good accept "VAL-9 VAL-10" "A forged CRL of the intermediate beside the good one" forged-oint.crl "${good[@]}"
subject=/CN=oint cert oint-impostor other "$CA"
crl impostor oint-impostor
oc crl-impostor owner oint oint-impostor other impostor.crl good-oroot.crl
vector crl-impostor refuse "VAL-9 VAL-10" "A CRL by a CA of another network that has the intermediate's name" oc=crl-impostor ov=checks also="VAL-11 OV-15"
cp good-oint.crl damaged-oint.crl
edit damaged-oint.crl flip 2 -1
revocation damaged refuse "VAL-9 VAL-10" "The signature of the intermediate's CRL is damaged" damaged-oint.crl good-oroot.crl
cp bad-oint.crl unlisted-oint.crl
edit unlisted-oint.crl delete 0.5.0
revocation entry-removed refuse "VAL-9 VAL-10" "The owner certificate's entry was taken out of the intermediate's CRL" unlisted-oint.crl good-oroot.crl
md=sha1 crl sha1-oint oint
revocation sha1 refuse "CMS-12 VAL-9" "The intermediate's CRL is signed with SHA-1" sha1-oint.crl good-oroot.crl
crl others-oint oint '' owner-second
revocation others accept "VAL-9" "The intermediate's CRL lists another owner" others-oint.crl good-oroot.crl
cp good-oint.crl endless-oint.crl
edit endless-oint.crl delete 0.4
resigned_certificate endless-oint.crl oint
revocation endless refuse "VAL-10 VAL-9" "The intermediate's CRL has no nextUpdate" endless-oint.crl good-oroot.crl
printf '\x30\x03\x02\x01\x07' > nonsense.crl
v=level=may revocation nonsense accept "VAL-9" "Something that is no CRL beside the good ones" "${good[@]}" nonsense.crl
revocation ocsp-only refuse "VAL-9" "An OCSP answer that says nothing, and no CRL" other.revocation
revocation ocsp-beside accept "VAL-9 OC-3" "An OCSP answer that says nothing beside good CRLs" other.revocation "${good[@]}"
crl v1-oint oint v1
v=level=may revocation version-1 accept "VAL-9" "The intermediate's CRL is of version 1" v1-oint.crl good-oroot.crl
copy ci/good.cms ci/with-crls.cms
wrap a1 "${good[@]}" > element
edit "$out/ci/with-crls.cms" insert 1.0.-1 element
vector crls-in-conveyed refuse "VAL-9" "The CRLs stand in the conveyed information instead of the owner certificate" ci=with-crls ov=checks also="OV-15 VAL-11" level=may
cert oint-no-crl oroot "${CA/keyCertSign,cRLSign/keyCertSign}"
cert owner-no-crl oint-no-crl "$SIGNER"
by=owner-no-crl ci owner-no-crl onboarding.json
crl no-crl oint-no-crl
oc crl-no-sign owner-no-crl oint-no-crl no-crl.crl good-oroot.crl
vector crl-no-sign refuse "VAL-9 VAL-10" "The CRL's issuer may not sign CRLs (keyUsage)" ci=owner-no-crl oc=crl-no-sign ov=checks also="CMS-18 VAL-11"

# Kinds of CRLs: what is not understood does not count.
crl delta-oint oint '2.5.29.27=critical,DER:020101'
revocation delta refuse "VAL-9" "The intermediate's only CRL is a delta CRL" delta-oint.crl good-oroot.crl
crl delta-bad-oint oint '2.5.29.27=critical,DER:020101' owner
v=level=may revocation delta-revoked refuse "VAL-9" "A good CRL, and a delta CRL that lists the owner certificate" "${good[@]}" delta-bad-oint.crl
crl indirect-oint oint $'issuingDistributionPoint=critical,@idp\n[idp]\nindirectCRL=TRUE'
v=level=should revocation indirect refuse "VAL-9" "The intermediate's only CRL is an indirect CRL" indirect-oint.crl good-oroot.crl
crl users-oint oint $'issuingDistributionPoint=critical,@idp\n[idp]\nonlyuser=TRUE'
revocation users accept "VAL-9" "The intermediate's CRL is about end-entity certificates only" users-oint.crl good-oroot.crl
crl cas-oint oint $'issuingDistributionPoint=critical,@idp\n[idp]\nonlyCA=TRUE'
revocation cas refuse "VAL-9" "The intermediate's CRL is about CA certificates only, and so not about the owner's" cas-oint.crl good-oroot.crl
crl cas-oroot oroot $'issuingDistributionPoint=critical,@idp\n[idp]\nonlyCA=TRUE'
revocation cas-root accept "VAL-9" "The root's CRL is about CA certificates only, and so about the intermediate" good-oint.crl cas-oroot.crl
crl users-oroot oroot $'issuingDistributionPoint=critical,@idp\n[idp]\nonlyuser=TRUE'
revocation users-root refuse "VAL-9" "The root's CRL is about end-entity certificates only, and so not about the intermediate" good-oint.crl users-oroot.crl
crl attributes-oint oint $'issuingDistributionPoint=critical,@idp\n[idp]\nonlyAA=TRUE'
revocation attributes refuse "VAL-9" "The intermediate's CRL is about attribute certificates only" attributes-oint.crl good-oroot.crl
crl reasons-oint oint $'issuingDistributionPoint=critical,@idp\n[idp]\nonlysomereasons=keyCompromise'
revocation reasons refuse "VAL-9" "The intermediate's CRL is about one reason only" reasons-oint.crl good-oroot.crl
crl point-oint oint $'issuingDistributionPoint=critical,@idp\n[idp]\nfullname=URI:http://crl.example.net/other.crl'
revocation point refuse "VAL-9" "The intermediate's CRL is of a distribution point that the owner certificate does not name" point-oint.crl good-oroot.crl
cert owner-point oint "$SIGNER"$'\ncrlDistributionPoints=URI:http://crl.example.net/a.crl'
by=owner-point ci owner-point onboarding.json
crl point-a-oint oint $'issuingDistributionPoint=critical,@idp\n[idp]\nfullname=URI:http://crl.example.net/a.crl'
oc crl-point-named owner-point oint point-a-oint.crl good-oroot.crl
vector crl-point-named accept "VAL-9" "The intermediate's CRL is of the distribution point that the owner certificate names" ci=owner-point oc=crl-point-named ov=checks level=should
crl critical-oint oint '1.2.3.4.5=critical,DER:0500'
revocation critical refuse "VAL-9" "The intermediate's CRL has an unknown critical extension" critical-oint.crl good-oroot.crl
crl uncritical-oint oint '1.2.3.4.5=DER:0500'
revocation uncritical accept "VAL-9" "The intermediate's CRL has an unknown extension that is not critical" uncritical-oint.crl good-oroot.crl

# Other pins.
pin=oint ov checks-pin-intermediate 'domain-cert-revocation-checks=true'
vector crl-pin-intermediate accept "VAL-11 VAL-9" "The intermediate is pinned: its own CRL is enough" ov=checks-pin-intermediate oc=crl-one
vector crl-pin-intermediate-revoked refuse "VAL-9 VAL-11" "The intermediate is pinned, and its CRL lists the owner certificate" \
	ov=checks-pin-intermediate oc=crl-bad-leaf
vector crl-pin-intermediate-none refuse "VAL-9 VAL-11" "The intermediate is pinned, and there is no CRL" ov=checks-pin-intermediate
pin=owner ov checks-pin-owner 'domain-cert-revocation-checks=true'
vector crl-pin-owner accept "VAL-11" "The owner certificate itself is pinned: no issuer below the pinned certificate, no CRL needed" ov=checks-pin-owner level=may also="VAL-9 OV-15"
pin=oself ov checks-pin-self 'domain-cert-revocation-checks=true'
vector crl-pin-self accept "VAL-11" "A self-signed owner certificate is pinned: no CRL needed" ci=self oc=self ov=checks-pin-self level=may also="VAL-9 OV-15"
oc crl-three owner-under-int-2 int-2 int-1 good-oroot.crl
crl good-int-1 int-1
crl good-int-2 int-2
oc crl-three-good owner-under-int-2 int-2 int-1 good-oroot.crl good-int-1.crl good-int-2.crl
oc crl-three-partial owner-under-int-2 int-2 int-1 good-oroot.crl good-int-2.crl
vector crl-three-good accept "VAL-11 VAL-9" "A path with two intermediates, and the CRLs of all three issuers" ci=under-int-2 oc=crl-three-good ov=checks
vector crl-three-partial refuse "VAL-11 VAL-9" "A path with two intermediates, and the CRL of the upper one is missing" ci=under-int-2 oc=crl-three-partial ov=checks
vector crl-three-root-only refuse "VAL-11 VAL-9" "A path with two intermediates, and the root's CRL only" ci=under-int-2 oc=crl-three ov=checks

# Without a clock.
vector crl-floor-good accept "VAL-10 CLK-2" "No clock; the CRLs list nothing" ov=checks oc=with-crl time=none
vector crl-floor-revoked refuse "VAL-9 VAL-10" "No clock; the owner certificate is listed" ov=checks oc=crl-bad-leaf time=none
vector crl-floor-future accept "VAL-10 CLK-5" "No clock; thisUpdate may lie in the future" ov=checks oc=crl-future time=none
vector crl-floor-expired refuse "CLK-5 VAL-10" "No clock; nextUpdate has passed for certain" ov=checks oc=crl-expired time=none also=VAL-9
vector crl-floor-none refuse "VAL-9 OV-15" "No clock, and no CRL" ov=checks time=none
vector crl-floor-forged refuse "VAL-9 VAL-10" "No clock; the CRL is forged" ov=checks oc=crl-forged time=none

# CMS-16.
many=()
for i in {1..14}; do many+=(strange.crl); done
revocation 16 accept "CMS-16" "16 CRLs" "${many[@]}" "${good[@]}"
v=level=may revocation 17 refuse "CMS-16" "17 CRLs" "${many[@]}" strange.crl "${good[@]}"

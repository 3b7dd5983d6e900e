# SPDX-License-Identifier: MIT
#
# OC: the owner certificate artifact; VAL-8: its path to the pinned certificate; OV-14: what may
# be pinned.

# --- OC-1 ---------------------------------------------------------------------------------------

cp owner.der "$out/oc/certificate.cms"
vector oc-certificate refuse "CMS-1 OC-1" "The owner certificate artifact is a certificate, not CMS" oc=certificate
typed "$out/oc/data.cms" $DATA owner.der
vector oc-data refuse "OC-1" "The owner certificate artifact is of type id-data" oc=data also="CMS-1 CMS-14"
copy ci/good.cms oc/conveyed.cms
vector oc-is-conveyed-information refuse "CMS-14 OC-1" "The owner certificate artifact is signed conveyed information" oc=conveyed
content_info "$out/oc/enveloped-type.cms" 1.2.840.113549.1.9.16.1.2 <(./der-edit get "$out/oc/good.cms" 1.0)
vector oc-type-unknown refuse "OC-1" "The owner certificate artifact is a SignedData of another type's name" oc=enveloped-type also=CMS-1

# --- OC-2, OC-3 ---------------------------------------------------------------------------------

oc with-root owner oint oroot
vector oc-with-root accept "OC-2" "The pinned certificate itself is in the set" oc=with-root
crl good-oint oint
crl good-oroot oroot
oc with-crl owner oint good-oint.crl good-oroot.crl
vector oc-with-crls accept "OC-3" "CRLs stand in the owner certificate, and nobody asked for them" oc=with-crl
# An OCSP answer (tryLater) as other revocation information, RFC 5940.
octets 30030a0103 > ocsp.response
{ cat "$(oid 1.3.6.1.5.5.7.16.2)"; cat ocsp.response; } > inner
wrap a1 inner > other.revocation
oc with-ocsp owner oint other.revocation
vector oc-with-ocsp accept "OC-3" "An OCSP answer stands in the owner certificate (RFC 5940)" oc=with-ocsp
copy oc/good.cms oc/with-other-format.cms
wrap a3 "$(oid 1.2.3.4)" null > element
edit "$out/oc/with-other-format.cms" insert 1.0.3.0 element
edit "$out/oc/with-other-format.cms" set 1.0.0 <(octets 020105)
vector oc-with-other-format accept "OC-8" "A certificate of another format (RFC 5652, OtherCertificateFormat) stands among the certificates" \
	oc=with-other-format level=should

# --- OC-4, OC-5: what the owner certificate may be ----------------------------------------------

# owner_with NAME EXTENSIONS: an owner below oint with these
owner_as()
{
	cert "owner-$1" oint "$2"
	by=owner-$1 ci "owner-$1" onboarding.json
	oc "owner-$1" "owner-$1" oint
}
owner_vector() { vector "owner-$1" "$2" "$3" "$4" "ci=owner-$1" "oc=owner-$1" "${@:5}"; }
readonly IDENTIFIERS=$'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid'
owner_as no-key-usage $'basicConstraints=CA:FALSE\n'"$IDENTIFIERS"
owner_vector no-key-usage accept "OC-4" "Owner certificate without keyUsage"
owner_as plain "$IDENTIFIERS"
owner_vector plain accept "OC-4 CMS-18" "Owner certificate without keyUsage and basicConstraints"
owner_as encipher "${SIGNER/digitalSignature/keyEncipherment}"
owner_vector encipher refuse "OC-4" "keyUsage of the owner certificate is keyEncipherment only" also=VAL-8
owner_as repudiation "${SIGNER/digitalSignature/nonRepudiation}"
owner_vector repudiation refuse "OC-4" "keyUsage of the owner certificate is contentCommitment only" also=VAL-8
owner_as all-usages "${SIGNER/digitalSignature/digitalSignature,nonRepudiation,keyEncipherment,keyAgreement}"
owner_vector all-usages accept "OC-4" "keyUsage of the owner certificate is digitalSignature among others"
owner_as uncritical-usage "${SIGNER/critical,digitalSignature/keyAgreement}"
owner_vector uncritical-usage refuse "OC-4" "keyUsage of the owner certificate is keyAgreement, not critical" also=VAL-8
for u in serverAuth emailProtection OCSPSigning; do
	owner_as eku-$u "$SIGNER"$'\n'"extendedKeyUsage=critical,$u"
	owner_vector eku-$u accept "OC-5" "extendedKeyUsage of the owner certificate is $u, critical"
done
subject=/ owner_as no-subject "$SIGNER"$'\nsubjectAltName=critical,URI:urn:example:owner'
owner_vector no-subject accept "OC-5" "Owner certificate with an empty subject and a critical subjectAltName"
subject='/C=SE/O=Example Åkeri/OU=Nätverk/CN=ägare' owner_as other-name "$SIGNER"
owner_vector other-name accept "OC-5" "Owner certificate with letters beyond ASCII in its name"
owner_as ca "${CA/keyCertSign,cRLSign/digitalSignature,keyCertSign}"
owner_vector ca accept "OC-5 OC-6" "The owner certificate is a CA that issued nothing in the set"

# --- OC-6: which certificate is the owner's -----------------------------------------------------

cert oint-both oroot "${CA/keyCertSign/digitalSignature,keyCertSign}"
cert owner-of-both oint-both "$SIGNER"
by=oint-both ci by-intermediate onboarding.json
oc both owner-of-both oint-both
vector signed-by-intermediate refuse "OC-6" "Signed by the intermediate, which has issued another certificate of the set" ci=by-intermediate oc=both
by=oint ci by-issuer onboarding.json
vector signed-by-issuer refuse "OC-4 OC-6" "Signed by the issuing CA, whose keyUsage does not allow it" ci=by-issuer also=VAL-8
by=oroot ci by-root onboarding.json
vector signed-by-root refuse "OC-6 OC-4" "Signed by the pinned root, which has issued another certificate of the set" ci=by-root oc=with-root also=VAL-8
oc lowest oint-both
vector signed-by-lowest accept "OC-6" "Signed by a CA that may sign data and is the lowest certificate of the set" ci=by-intermediate oc=lowest
vector signer-not-in-set refuse "OC-6" "The signer's certificate is not in the set" oc=without-owner also=VAL-8
cert owner-second oint "$SIGNER"
oc two-owners owner owner-second oint
vector two-owners accept "OC-6 OC-8" "Two end-entity certificates of the same CA; one signed" oc=two-owners
cp owner.key owner-renewed.key
cert owner-renewed oint "$SIGNER"
oc renewed-owner owner owner-renewed oint
vector renewed-owner accept "OC-6 OC-8" "Two certificates for the owner's key; the signer is identified by serial number" oc=renewed-owner

# --- OC-7, OC-8 ---------------------------------------------------------------------------------

cert oself oself "$SIGNER"
by=oself ci self onboarding.json
oc self oself
pin=oself ov pin-self
vector self-signed accept "OC-7 OV-14 VAL-8" "A self-signed owner certificate, pinned" ci=self oc=self ov=pin-self
vector self-signed-not-pinned refuse "VAL-8 OC-7" "A self-signed owner certificate, and another one is pinned" ci=self oc=self
cert oself-ca oself-ca "${CA/keyCertSign,cRLSign/digitalSignature,keyCertSign}"
by=oself-ca ci self-ca onboarding.json
oc self-ca oself-ca
pin=oself-ca ov pin-self-ca
vector self-signed-ca accept "OC-7 OV-14 VAL-8" "A self-signed owner certificate that is a CA, pinned" ci=self-ca oc=self-ca ov=pin-self-ca
cp oself.key oself-again.key
subject=/CN=oself cert oself-again oself-again "$SIGNER"
pin=oself-again ov pin-self-again
vector self-signed-again refuse "VAL-8 OC-7" "The pinned certificate has the owner's name and key, but is another certificate" \
	ci=self oc=self ov=pin-self-again level=may also=CMS-18
oc strangers other stranger owner vsign oint
vector strangers accept "OC-8" "Certificates of strangers in the set" oc=strangers

to=20250101000000Z cert stranger-expired other "$SIGNER"
md=sha1 cert stranger-sha1 other "$SIGNER"
cert stranger-critical other "$SIGNER"$'\n1.2.3.4.5=critical,DER:0500'
oc bad-strangers stranger-expired owner stranger-sha1 oint stranger-critical owner-alg-ed25519 owner-alg-rsa1024
vector bad-strangers accept "OC-8" "Strangers in the set are expired, weak, of unknown kinds or have unknown critical extensions" oc=bad-strangers
wrap 30 null > unreadable.der
oc unreadable unreadable owner oint
vector unreadable-stranger accept "OC-8" "A SEQUENCE in the set that is no certificate at all" oc=unreadable level=may also=CMS-1
oc each-twice owner oint owner oint
vector oc-twice accept "OC-8" "Each certificate stands twice in the set" oc=each-twice

# --- VAL-8, OV-14: the pinned certificate -------------------------------------------------------

pin=oint ov pin-intermediate
vector pin-intermediate accept "VAL-8 OV-14" "An intermediate CA is pinned" ov=pin-intermediate
vector pin-intermediate-alone accept "VAL-8 OV-14 OC-2" "An intermediate CA is pinned, and the set holds the owner certificate only" ov=pin-intermediate oc=no-intermediate
pin=owner ov pin-owner
vector pin-owner accept "VAL-8 OV-14" "The owner certificate itself is pinned, an end-entity certificate" ov=pin-owner
vector pin-owner-alone accept "VAL-8 OV-14" "The owner certificate itself is pinned, and alone in the set" ov=pin-owner oc=no-intermediate
pin=other ov pin-other
vector pin-other refuse "VAL-8 VAL-7" "Another root is pinned" ov=pin-other
pin=owner-second ov pin-sibling
vector pin-sibling refuse "VAL-8" "Another end-entity certificate of the same CA is pinned" ov=pin-sibling
pin=oint-both ov pin-other-intermediate
vector pin-other-intermediate refuse "VAL-8" "Another intermediate below the same root is pinned: the root does not count" ov=pin-other-intermediate oc=with-root
pin=vroot ov pin-vendor
vector pin-vendor refuse "VAL-8 AMB-26" "The manufacturer's root is pinned, which has not issued the owner certificate" ov=pin-vendor
cert owner-of-vendor vroot "$SIGNER"
by=owner-of-vendor ci by-vendor onboarding.json
oc vendor owner-of-vendor
vector owner-of-vendor refuse "VAL-8 AMB-22 AMB-26" "The owner certificate is under the device's voucher anchor, but not under the pinned certificate" \
	ci=by-vendor oc=vendor
cp oroot.key oroot-renewed.key
subject=/CN=oroot cert oroot-renewed oroot-renewed "$CA"
pin=oroot-renewed ov pin-renewed
vector pin-renewed-root accept "VAL-8" "A renewed certificate of the owner's root is pinned: same name, same key" ov=pin-renewed
oc renewed-root owner oint oroot
vector pin-renewed-root-old-in-set accept "VAL-8 CMS-5" "The same, and the old root certificate is in the set" ov=pin-renewed oc=renewed-root
